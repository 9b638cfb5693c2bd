#include "tcp_lab/info_key.h"

#include <stddef.h>
#include <string.h>

#include "base/decimal.h"
#include "base/duration.h"
#include "base/nearest_word.h"

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)

/* A field of struct diag_socket: where it is, how wide, and what knows whether it is known. */
#define SOCKET_FIELD(field, factor)                                                                \
	offsetof(struct diag_socket, field), sizeof(((struct diag_socket *)0)->field), factor, 0
#define INFO_FIELD(field, factor, has)                                                             \
	offsetof(struct diag_socket, info.field), sizeof(((struct socket_info *)0)->field),        \
		factor, offsetof(struct diag_socket, has)

static const struct info_key keys[] = {
	{ "cwnd", INFO_COUNT, "congestion window, segments", INFO_FIELD(cwnd, 1, has_info) },
	{ "ssthresh", INFO_THRESHOLD, "where slow start ends, segments; none",
	  INFO_FIELD(ssthresh, 1, has_info) },
	{ "rtt", INFO_TIME, "round-trip time, smoothed; 0ms: none measured",
	  INFO_FIELD(rtt_us, US, has_info) },
	{ "rttvar", INFO_TIME, "its mean deviation", INFO_FIELD(rttvar_us, US, has_info) },
	{ "min_rtt", INFO_TIME, "the shortest lately",
	  INFO_FIELD(min_rtt_us, US, info.has_min_rtt) },
	{ "rto", INFO_TIME, "retransmission timeout", INFO_FIELD(rto_us, US, has_info) },
	{ "unacked", INFO_COUNT, "segments sent and not acknowledged",
	  INFO_FIELD(unacked, 1, has_info) },
	{ "sacked", INFO_COUNT, "of these, known to have arrived",
	  INFO_FIELD(sacked, 1, has_info) },
	{ "lost", INFO_COUNT, "of these, taken for lost", INFO_FIELD(lost, 1, has_info) },
	{ "retrans", INFO_COUNT, "of these, sent again", INFO_FIELD(retrans, 1, has_info) },
	{ "total_retrans", INFO_COUNT, "segments sent again since the beginning",
	  INFO_FIELD(total_retrans, 1, has_info) },
	{ "retransmits", INFO_COUNT, "times that the first of them was sent again",
	  INFO_FIELD(retransmits, 1, has_info) },
	{ "backoff", INFO_COUNT, "times that the timeout was doubled",
	  INFO_FIELD(backoff, 1, has_info) },
	{ "probes", INFO_COUNT, "keep-alives or window probes without an answer",
	  INFO_FIELD(probes, 1, has_info) },
	{ "mss", INFO_BYTES, "largest segment that it sends", INFO_FIELD(snd_mss, 1, has_info) },
	{ "pmtu", INFO_BYTES, "MTU of the path, as known", INFO_FIELD(pmtu, 1, has_info) },
	{ "send_window", INFO_BYTES, "what the peer last offered",
	  INFO_FIELD(send_window, 1, info.has_window) },
	{ "not_sent", INFO_BYTES, "written and still waiting",
	  INFO_FIELD(not_sent_bytes, 1, info.has_min_rtt) },
	{ "bytes_acked", INFO_BYTES, "acknowledged; SYN and FIN count",
	  INFO_FIELD(bytes_acked, 1, info.has_traffic) },
	{ "bytes_received", INFO_BYTES, "received in order; the FIN counts",
	  INFO_FIELD(bytes_received, 1, info.has_traffic) },
	{ "bytes_sent", INFO_BYTES, "data, each time it was sent",
	  INFO_FIELD(bytes_sent, 1, info.has_sent) },
	{ "bytes_sent_again", INFO_BYTES, "of these, not for the first time",
	  INFO_FIELD(bytes_sent_again, 1, info.has_sent) },
	{ "segments_out", INFO_COUNT, "segments sent",
	  INFO_FIELD(segments_out, 1, info.has_traffic) },
	{ "segments_in", INFO_COUNT, "segments received",
	  INFO_FIELD(segments_in, 1, info.has_traffic) },
	{ "receive_queue", INFO_BYTES, "not read yet; LISTEN: connections not accepted",
	  SOCKET_FIELD(receive_queue, 1) },
	{ "send_queue", INFO_BYTES, "not acknowledged yet; LISTEN: the backlog",
	  SOCKET_FIELD(send_queue, 1) },
	{ "timer", INFO_TIMER, "none, retransmit, keep-alive, time-wait or probe",
	  SOCKET_FIELD(timer, 1) },
	{ "left", INFO_TIME, "until that timer fires", SOCKET_FIELD(timer_ms, MS) },
	{ "tries", INFO_COUNT, "times that it fired without an answer", SOCKET_FIELD(tries, 1) },
};

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static const char *const timers[] = { "none", "retransmit", "keep-alive", "time-wait", "probe" };

#define TIMER_COUNT (sizeof(timers) / sizeof(timers[0]))

const struct info_key *info_key_find(const char *name)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

const char *info_key_nearest(const char *name)
{
	const char *names[KEY_COUNT];

	for (size_t i = 0; i < KEY_COUNT; i++)
		names[i] = keys[i].name;
	return nearest_word(name, names, KEY_COUNT);
}

const struct info_key *info_key_at(size_t i)
{
	return i < KEY_COUNT ? &keys[i] : NULL;
}

static bool timer_parse(const char *text, uint64_t *out)
{
	for (size_t i = 0; i < TIMER_COUNT; i++) {
		if (strcmp(timers[i], text) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* Without its unit "200" may be anything. */
static bool has_unit(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && strchr("0123456789.", text[length - 1]) == NULL;
}

bool info_value_parse(const struct info_key *key, const char *text, uint64_t *out)
{
	switch (key->unit) {
	case INFO_TIME:
		return has_unit(text) && duration_parse(text, UINT64_MAX, out);
	case INFO_TIMER:
		return timer_parse(text, out);
	case INFO_THRESHOLD:
		if (strcmp(text, "none") == 0) {
			*out = SOCKET_SSTHRESH_NONE;
			return true;
		}
		return decimal_parse(text, 0, UINT64_MAX, out);
	case INFO_COUNT:
	case INFO_BYTES:
		break;
	}
	return decimal_parse(text, 0, UINT64_MAX, out);
}

static void append_time(uint64_t ns, struct text_builder *out)
{
	if (ns % MS == 0)
		text_append_format(out, "%llums", (unsigned long long)(ns / MS));
	else if (ns % US == 0)
		text_append_format(out, "%lluus", (unsigned long long)(ns / US));
	else
		text_append_format(out, "%llu.%09llus", (unsigned long long)(ns / (US * MS)),
				   (unsigned long long)(ns % (US * MS)));
}

void info_value_text(const struct info_key *key, uint64_t value, struct text_builder *out)
{
	if (key->unit == INFO_TIME)
		append_time(value, out);
	else if (key->unit == INFO_TIMER && value < TIMER_COUNT)
		text_append(out, timers[value]);
	else if (key->unit == INFO_THRESHOLD && value == SOCKET_SSTHRESH_NONE)
		text_append(out, "none");
	else
		text_append_format(out, "%llu", (unsigned long long)value);
}

const char *info_value_kind(const struct info_key *key)
{
	switch (key->unit) {
	case INFO_TIME:
		return "a time such as 200ms";
	case INFO_TIMER:
		return "one of none, retransmit, keep-alive, time-wait, probe";
	case INFO_THRESHOLD:
		return "a number, or none";
	case INFO_BYTES:
		return "a number of bytes";
	case INFO_COUNT:
		break;
	}
	return "a number";
}

bool info_value_get(const struct info_key *key, const struct diag_socket *socket, uint64_t *out)
{
	const char *place = (const char *)socket + key->offset;
	uint64_t wide = 0;
	uint32_t narrow = 0;

	if (key->has_offset != 0) {
		bool known;

		memcpy(&known, (const char *)socket + key->has_offset, sizeof(known));
		if (!socket->has_info || !known)
			return false;
	}
	switch (key->bytes) {
	case 1:
		wide = *(const uint8_t *)place;
		break;
	case sizeof(narrow):
		memcpy(&narrow, place, sizeof(narrow));
		wide = narrow;
		break;
	default:
		memcpy(&wide, place, sizeof(wide));
		break;
	}
	*out = wide * key->factor;
	return true;
}

static const char *operator_text(enum info_operator operator)
{
	switch (operator) {
	case INFO_EQUAL:
		return "=";
	case INFO_UNEQUAL:
		return "!=";
	case INFO_LESS:
		return "<";
	case INFO_MORE:
		break;
	}
	return ">";
}

static bool compares(uint64_t value, enum info_operator operator, uint64_t with)
{
	switch (operator) {
	case INFO_EQUAL:
		return value == with;
	case INFO_UNEQUAL:
		return value != with;
	case INFO_LESS:
		return value < with;
	case INFO_MORE:
		break;
	}
	return value > with;
}

static void append_condition(const struct info_key *key, const struct info_term *term,
			     struct text_builder *out)
{
	text_append(out, operator_text(term->operator));
	info_value_text(key, term->value, out);
}

bool info_term_holds(const struct info_term *term, const struct diag_socket *socket,
		     struct text_builder *difference)
{
	const struct info_key *key = info_key_find(term->key);
	uint64_t value = 0;
	bool known = key && info_value_get(key, socket, &value);

	if (known && compares(value, term->operator, term->value))
		return true;
	if (difference && key && known) {
		text_append_format(difference, "%s is ", key->name);
		info_value_text(key, value, difference);
		text_append(difference, ", expected ");
		append_condition(key, term, difference);
	} else if (difference) {
		text_append_format(difference, "the kernel tells no %s of this socket", term->key);
	}
	return false;
}

void info_term_text(const struct info_term *term, struct text_builder *out)
{
	const struct info_key *key = info_key_find(term->key);

	text_append(out, term->key);
	if (key)
		append_condition(key, term, out);
}
