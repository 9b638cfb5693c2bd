#include "programs/relay_log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text_builder.h"
#include "relay_protocol/classic.h"
#include "relay_protocol/frame.h"

#define LOG_WAITING_MAX_BYTES (256u * 1024)
#define LOG_LINE_MAX_BYTES 512u
#define LOG_LAST_WORDS_S 1

/* Lines that any client can cause, shown in a second: more can't be read, and
 * would cost more than the messages themselves. */
#define LOG_TRAFFIC_LINES_PER_S 1000u

struct relay_log {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	char *waiting;          /* owned; LOG_WAITING_MAX_BYTES; guarded by `lock` */
	char *writing;          /* owned; the thread's */
	size_t waiting_bytes;   /* guarded */
	uint64_t left_out;      /* guarded: lines since the last that had room */
	uint64_t second;        /* guarded: of `lines_this_second` */
	uint32_t traffic_lines; /* guarded: in this second */
	bool ending;            /* guarded */
};

static const char *const level_words[] = { "error", "warn", "notice", "info", "debug" };

bool relay_log_level_parse(const char *word, enum relay_log_level *out)
{
	for (size_t i = 0; i < sizeof(level_words) / sizeof(level_words[0]); i++) {
		if (strcmp(word, level_words[i]) == 0) {
			*out = (enum relay_log_level)i;
			return true;
		}
	}
	return false;
}

uint32_t relay_log_event_mask(enum relay_log_level level)
{
	static const uint32_t shown[] = {
		[RELAY_LOG_ERROR] = 1u << RELAY_EVENT_TROUBLE,
		[RELAY_LOG_WARN] = 1u << RELAY_EVENT_REFUSED,
		[RELAY_LOG_NOTICE] = 1u << RELAY_EVENT_CAME | 1u << RELAY_EVENT_LEFT,
		[RELAY_LOG_INFO] = 1u << RELAY_EVENT_ASKED | 1u << RELAY_EVENT_ROUTED,
		[RELAY_LOG_DEBUG] = 1u << RELAY_EVENT_VERDICT,
	};
	uint32_t mask = 0;

	for (unsigned i = 0; i <= level; i++)
		mask |= shown[i];
	return mask;
}

static void write_all(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(STDERR_FILENO, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		/* Nobody reads the log any more: not a reason to stop relaying. */
		if (written <= 0)
			return;
		text += written;
		length -= (size_t)written;
	}
}

static void *write_lines(void *context)
{
	struct relay_log *log = context;
	bool ending = false;

	while (!ending) {
		size_t length;
		char *taken;

		(void)pthread_mutex_lock(&log->lock);
		while (log->waiting_bytes == 0 && !log->ending)
			(void)pthread_cond_wait(&log->changed, &log->lock);
		taken = log->waiting;
		length = log->waiting_bytes;
		log->waiting = log->writing;
		log->writing = taken;
		log->waiting_bytes = 0;
		ending = log->ending;
		(void)pthread_mutex_unlock(&log->lock);
		write_all(taken, length);
	}
	return NULL;
}

struct relay_log *relay_log_create(void)
{
	struct relay_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->waiting = malloc(LOG_WAITING_MAX_BYTES);
	log->writing = malloc(LOG_WAITING_MAX_BYTES);
	if (!log->waiting || !log->writing)
		goto free_buffers;
	(void)pthread_mutex_init(&log->lock, NULL);
	(void)pthread_cond_init(&log->changed, NULL);
	if (pthread_create(&log->thread, NULL, write_lines, log) != 0)
		goto destroy_lock;
	return log;

destroy_lock:
	(void)pthread_cond_destroy(&log->changed);
	(void)pthread_mutex_destroy(&log->lock);
free_buffers:
	free(log->waiting);
	free(log->writing);
	free(log);
	return NULL;
}

void relay_log_destroy(struct relay_log *log)
{
	struct timespec give_up;

	if (!log)
		return;
	(void)pthread_mutex_lock(&log->lock);
	log->ending = true;
	(void)pthread_cond_signal(&log->changed);
	(void)pthread_mutex_unlock(&log->lock);
	(void)clock_gettime(CLOCK_REALTIME, &give_up);
	give_up.tv_sec += LOG_LAST_WORDS_S;
	if (pthread_timedjoin_np(log->thread, NULL, &give_up) != 0)
		return;
	(void)pthread_cond_destroy(&log->changed);
	(void)pthread_mutex_destroy(&log->lock);
	free(log->waiting);
	free(log->writing);
	free(log);
}

static void append_client(struct text_builder *line, const struct relay_event *event)
{
	char address[RELAY_ADDRESS_TEXT_BYTES] = "?";

	if (event->address)
		relay_address_text(event->address, address);
	if (event->number != 0)
		text_append_format(line, "client %u %s", event->number, address);
	else
		text_append(line, address);
}

static void append_upper(struct text_builder *line, const char *slug)
{
	for (; *slug; slug++) {
		char letter = *slug >= 'a' && *slug <= 'z' ? (char)(*slug - 'a' + 'A') : *slug;

		text_append_bytes(line, &letter, 1);
	}
}

static void append_asked(struct text_builder *line, const struct relay_event *event)
{
	const char *slug = relay_type_slug(event->type);

	text_append(line, " asked ");
	if (strcmp(slug, "unknown") == 0)
		text_append_format(line, "type %u", event->type);
	else
		append_upper(line, slug);
	if (event->name.length > 0) {
		text_append(line, " \"");
		text_append_harmless(line, event->name.bytes, event->name.length);
		text_append(line, "\"");
	}
	if (event->status != RELAY_STATUS_OK)
		text_append_format(line, ": refused, %s", relay_status_slug(event->status));
}

static void append_routed(struct text_builder *line, const struct relay_event *event)
{
	text_append_format(line, " sends %u byte%s to ", event->bytes,
			   event->bytes == 1 ? "" : "s");
	if (event->room.length == 0) {
		text_append_format(line, "client %u", event->to);
		return;
	}
	text_append(line, "room \"");
	text_append_harmless(line, event->room.bytes, event->room.length);
	text_append(line, "\"");
}

static void append_count(struct text_builder *line, uint32_t clients)
{
	text_append_format(line, " (%u client%s now)", clients, clients == 1 ? "" : "s");
}

static void append_event(struct text_builder *line, const struct relay_event *event)
{
	switch (event->kind) {
	case RELAY_EVENT_CAME:
		append_client(line, event);
		text_append(line, event->classic ? " connected, classic" : " connected");
		append_count(line, event->clients);
		break;
	case RELAY_EVENT_LEFT:
		append_client(line, event);
		text_append_format(line, " left: %s", event->text ? event->text : "closed");
		append_count(line, event->clients);
		break;
	case RELAY_EVENT_REFUSED:
		append_client(line, event);
		text_append_format(line, " turned away: %s", event->text);
		break;
	case RELAY_EVENT_ASKED:
		append_client(line, event);
		append_asked(line, event);
		break;
	case RELAY_EVENT_ROUTED:
		append_client(line, event);
		append_routed(line, event);
		break;
	case RELAY_EVENT_VERDICT:
		append_client(line, event);
		text_append_format(line, " is told: %s",
				   event->status != RELAY_STATUS_OK
					   ? relay_status_slug(event->status)
				   : event->outcome == RELAY_OUTCOME_PASSED ? "passed"
									    : "delivered");
		break;
	case RELAY_EVENT_TROUBLE:
		text_append_format(line, "%s: %s", event->text,
				   event->error ? strerrordesc_np(event->error) : "failed");
		break;
	}
}

static bool is_traffic(const struct relay_event *event)
{
	return event->kind != RELAY_EVENT_CAME && event->kind != RELAY_EVENT_LEFT;
}

/* Is there room for a line of this kind? Before it is put together, for that costs most. */
static bool take_place(struct relay_log *log, const struct relay_event *event, uint64_t second)
{
	bool room;

	(void)pthread_mutex_lock(&log->lock);
	if (log->second != second) {
		log->second = second;
		log->traffic_lines = 0;
	}
	room = log->waiting_bytes + 2 * LOG_LINE_MAX_BYTES <= LOG_WAITING_MAX_BYTES &&
	       (!is_traffic(event) || log->traffic_lines < LOG_TRAFFIC_LINES_PER_S);
	if (!room)
		log->left_out++;
	else if (is_traffic(event))
		log->traffic_lines++;
	(void)pthread_mutex_unlock(&log->lock);
	return room;
}

static void put(struct relay_log *log, const struct text_builder *line)
{
	char time[CLOCK_TEXT_BYTES];
	uint64_t now_ns = clock_wall_ns();
	int note_length = 0;
	char note[128];

	clock_text(now_ns, clock_zone_s(now_ns), 3, time);
	(void)pthread_mutex_lock(&log->lock);
	if (log->left_out > 0)
		note_length =
			snprintf(note, sizeof(note), "%s (%llu line%s left out)\n", time,
				 (unsigned long long)log->left_out, log->left_out == 1 ? "" : "s");
	if (log->waiting_bytes + (size_t)note_length + line->length <= LOG_WAITING_MAX_BYTES) {
		memcpy(log->waiting + log->waiting_bytes, note, (size_t)note_length);
		log->waiting_bytes += (size_t)note_length;
		memcpy(log->waiting + log->waiting_bytes, text_builder_text(line), line->length);
		log->waiting_bytes += line->length;
		log->left_out = 0;
	} else {
		log->left_out++;
	}
	(void)pthread_cond_signal(&log->changed);
	(void)pthread_mutex_unlock(&log->lock);
}

void relay_log_event(void *context, const struct relay_event *event)
{
	uint64_t now_ns = clock_wall_ns();
	struct relay_log *log = context;
	char time[CLOCK_TEXT_BYTES];
	struct text_builder line;

	/* Where a message goes says that SEND was asked. */
	if (event->kind == RELAY_EVENT_ASKED && event->type == RELAY_TYPE_SEND &&
	    event->status == RELAY_STATUS_OK)
		return;
	if (!take_place(log, event, now_ns / NS_PER_S))
		return;
	clock_text(now_ns, clock_zone_s(now_ns), 3, time);
	text_builder_init(&line, LOG_LINE_MAX_BYTES - 1);
	text_append_format(&line, "%s ", time);
	append_event(&line, event);
	line.max_bytes = LOG_LINE_MAX_BYTES;
	line.truncated = false;
	text_append(&line, "\n");
	put(log, &line);
	text_builder_finish(&line);
}

void relay_log_say(struct relay_log *log, const char *text)
{
	struct text_builder line;

	text_builder_init(&line, LOG_LINE_MAX_BYTES);
	text_append_format(&line, "wiretaled: %s\n", text);
	put(log, &line);
	text_builder_finish(&line);
}
