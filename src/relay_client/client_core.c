#include "relay_client/client_core.h"

#include <stdlib.h>
#include <string.h>

#include "relay_client/core_answers.h"
#include "relay_client/core_frames.h"
#include "relay_client/core_requests.h"
#include "relay_client/entry_pages.h"

void core_init(struct client_core *core, const struct core_options *options)
{
	*core = (struct client_core){
		.reconnect = options->reconnect,
		.connect_timeout_ns = options->connect_timeout_ns,
		.max_in_flight = options->max_in_flight,
		.max_unsent_bytes = options->max_unsent_bytes,
		.secret = options->secret,
		.back_off_bound_ns = CORE_BACK_OFF_FIRST_BOUND_NS,
		.looked_ns = CORE_NEVER,
	};
	if (options->name)
		(void)strncpy(core->wanted.text, options->name, RELAY_NAME_MAX_BYTES);
	in_flight_init(&core->in_flight);
	recent_ids_init(&core->recent, &options->secret);
	byte_queue_init(&core->output, options->max_unsent_bytes + CORE_CONTROL_RESERVE_BYTES);
}

void core_finish(struct client_core *core)
{
	struct in_flight *in_flight = &core->in_flight;
	struct in_flight_request *request;

	while ((request = in_flight_first(in_flight, &in_flight->open)))
		core_close_request(core, request);
	while ((request = in_flight_first(in_flight, &in_flight->done)))
		core_close_request(core, request);
	in_flight_finish(in_flight);
	recent_ids_finish(&core->recent);
	input_buffer_finish(&core->input);
	byte_queue_finish(&core->output);
	free(core->rooms);
	free(core->block);
	*core = (struct client_core){ 0 };
}

uint64_t core_random(struct client_core *core)
{
	uint64_t draw = core->numbers_drawn++;

	/* A keyed hash of a counter: peers who see one number can't tell the next. */
	return hash_bytes(&core->secret, &draw, sizeof(draw));
}

void core_copy_text(char out[CORE_TEXT_MAX_BYTES + 1], const uint8_t *text, size_t text_bytes)
{
	size_t most = text_bytes < CORE_TEXT_MAX_BYTES ? text_bytes : CORE_TEXT_MAX_BYTES;
	size_t end = strnlen((const char *)text, most);

	/* Not in the middle of a character. */
	while (end > 0 && end < text_bytes && (text[end] & 0xc0) == 0x80)
		end--;
	memcpy(out, text, end);
	out[end] = '\0';
}

void core_copy_name(struct core_name *out, struct relay_bytes name)
{
	size_t length = name.length < RELAY_NAME_MAX_BYTES ? name.length : RELAY_NAME_MAX_BYTES;

	memcpy(out->text, name.bytes, length);
	out->text[length] = '\0';
}

struct relay_bytes core_name_bytes(const struct core_name *name)
{
	return (struct relay_bytes){
		.bytes = (const uint8_t *)name->text,
		.length = (uint32_t)strlen(name->text),
	};
}

enum wt_status core_status_of(uint16_t wire)
{
	return wire <= WT_STATUS_INTERNAL ? (enum wt_status)wire : WT_STATUS_INTERNAL;
}

const char *core_name_of(struct core_name *scratch, struct relay_bytes name)
{
	if (name.length == 0)
		return NULL;
	core_copy_name(scratch, name);
	return scratch->text;
}

const char *core_text_of(struct client_core *core, const struct relay_message *message)
{
	if (!relay_message_has(message, RELAY_FIELD_TEXT))
		return "";
	core_copy_text(core->text, message->text.bytes, message->text.length);
	return core->text;
}

void core_close_request(struct client_core *core, struct in_flight_request *request)
{
	if (request->kept) {
		core->kept_bytes -= request->kept->length;
		free(request->kept);
	}
	entry_pages_destroy(request->pages, &core->pages_bytes);
	in_flight_remove(&core->in_flight, request);
}

/* --- The life of a connection --- */

static void stop_clocks(struct client_core *core)
{
	core->greeting_by_ns = CORE_NEVER;
	core->opened_ns = CORE_NEVER;
	core->probed_ns = CORE_NEVER;
	core->name_again_ns = CORE_NEVER;
	core->bye_by_ns = CORE_NEVER;
	core->retry_ns = CORE_NEVER;
}

void core_connect(struct client_core *core, uint64_t now_ns)
{
	core->now_ns = now_ns;
	core->leaving = false;
	core->was_connected = false;
	core->attempts++;
	core->back_off_bound_ns = CORE_BACK_OFF_FIRST_BOUND_NS;
	stop_clocks(core);
	core->state = CORE_CONNECTING;
}

bool core_wants_stream(const struct client_core *core)
{
	return core->state != CORE_IDLE && core->state != CORE_WAITING && !core->end.pending;
}

void core_stream_started(struct client_core *core, uint64_t now_ns)
{
	core->now_ns = now_ns;
	if (core->state != CORE_CONNECTING || core->end.pending)
		return;
	core->state = CORE_GREETING;
	core->serial++;
	input_buffer_clear(&core->input);
	core->messages_seen = 0;
	core->pings_seen = 0;
	core->acknowledged_below = 1;
	core->due_messages = (struct core_range){ 0 };
	core->due_pings = (struct core_range){ 0 };
	core->consumed = 0;
	core->name_answer_at = CORE_NEVER;
	stop_clocks(core);
	core->greeting_by_ns = now_ns + core->connect_timeout_ns;
	core->received_ns = now_ns;
	core->spoke_ns = now_ns;
}

void core_end(struct client_core *core, enum wt_result reason, enum wt_status status,
	      const char *text)
{
	if (core->end.pending || core->state == CORE_IDLE)
		return;
	core->end.pending = true;
	core->end.settled = false;
	core->end.reason = reason;
	core->end.status = status;
	core->end.retry_after_ms = 0;
	core->end.text[0] = '\0';
	if (text)
		(void)strncpy(core->end.text, text, CORE_TEXT_MAX_BYTES);
	core->unsent_bytes = 0;
	byte_queue_finish(&core->output);
}

enum core_step core_fault(struct client_core *core, const char *what)
{
	core_end(core, WT_PROTOCOL, WT_STATUS_MALFORMED, what);
	input_buffer_clear(&core->input);
	return CORE_STEP_QUIET;
}

void core_stream_ended(struct client_core *core, enum wt_result reason, const char *text,
		       uint64_t now_ns)
{
	core->now_ns = now_ns;
	if (core->state == CORE_WAITING)
		return;
	if (core->state == CORE_LEAVING && reason == WT_CLOSED)
		text = "the server closed before it had answered";
	core_end(core, reason, WT_STATUS_OK, text);
}

void core_leave(struct client_core *core, uint64_t now_ns)
{
	static const struct core_request bye = { .type = RELAY_TYPE_BYE };

	core->now_ns = now_ns;
	if (core->end.pending || (core->state != CORE_OPEN && core->state != CORE_NAMING)) {
		core_abandon(core);
		return;
	}
	core->leaving = true;
	core_write_acknowledgements(core);
	if (!core_own_request(core, &bye, NULL)) {
		core_end(core, WT_NO_MEMORY, WT_STATUS_OK, "no memory");
		return;
	}
	if (core->state == CORE_OPEN)
		core->state = CORE_LEAVING;
}

void core_abandon(struct client_core *core)
{
	core->leaving = true;
	if (core->end.pending) {
		/* The reason stays; but what waited for another connection is settled too. */
		core->end.settled = false;
		return;
	}
	input_buffer_clear(&core->input);
	core_end(core, WT_OK, WT_STATUS_OK, "");
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* From one tenth of a second to a bound that doubles each time. */
static uint64_t draw_back_off(struct client_core *core)
{
	uint64_t bound = core->back_off_bound_ns;
	uint64_t wait =
		CORE_BACK_OFF_LEAST_NS + core_random(core) % (bound - CORE_BACK_OFF_LEAST_NS + 1);

	core->back_off_bound_ns = earlier(bound * 2, CORE_BACK_OFF_LAST_BOUND_NS);
	if (wait < core->end.retry_after_ms * NS_PER_MS)
		wait = core->end.retry_after_ms * NS_PER_MS;
	return wait;
}

static bool another_follows(const struct client_core *core)
{
	return core->reconnect && !core->leaving;
}

static void tell_disconnected(struct client_core *core, struct wt_event *out)
{
	if (core->opened_ns != CORE_NEVER && core->now_ns - core->opened_ns >= CORE_STEADY_NS)
		core->back_off_bound_ns = CORE_BACK_OFF_FIRST_BOUND_NS;
	stop_clocks(core);
	core->number = 0;
	core->name.text[0] = '\0';
	core->connected_due = false;
	input_buffer_clear(&core->input);

	out->kind = WT_EVENT_DISCONNECTED;
	out->as.disconnected.reason = core->end.reason;
	out->as.disconnected.status = core->end.status;
	memcpy(core->text, core->end.text, sizeof(core->text));
	out->as.disconnected.text = core->text;
	out->as.disconnected.retry_in_ms = -1;
	core->end.pending = false;
	core->end.settled = false;
	core->state = CORE_IDLE;
	if (another_follows(core)) {
		uint64_t wait = draw_back_off(core);

		core->retry_ns = core->now_ns + wait;
		core->state = CORE_WAITING;
		out->as.disconnected.retry_in_ms = (int32_t)(wait / NS_PER_MS);
	} else {
		core->room_count = 0;
		core->watching = false;
	}
}

/* --- Bytes --- */

uint8_t *core_input_room(struct client_core *core, size_t *room)
{
	size_t largest = RELAY_FRAME_HEADER_BYTES + RELAY_SERVER_EXTRA_BYTES + RELAY_BODY_MAX_BYTES;

	if (!core_wants_stream(core))
		return NULL;
	return input_buffer_room(&core->input, largest, room);
}

void core_received(struct client_core *core, size_t length, uint64_t now_ns)
{
	core->now_ns = now_ns;
	core->received_ns = now_ns;
	core->probed_ns = CORE_NEVER;
	input_buffer_commit(&core->input, length);
}

bool core_has_output(const struct client_core *core)
{
	return core_wants_stream(core) &&
	       (byte_queue_length(&core->output) > 0 || core->due_messages.from != 0 ||
		core->due_pings.from != 0);
}

bool core_take_output(struct client_core *core, struct byte_queue *into)
{
	struct byte_queue taken;

	if (!core_has_output(core))
		return false;
	core_write_acknowledgements(core);
	taken = core->output;
	core->output = *into;
	core->output.max_bytes = taken.max_bytes;
	*into = taken;
	return byte_queue_length(into) > 0;
}

void core_sent(struct client_core *core, size_t length)
{
	core->unsent_bytes -= length < core->unsent_bytes ? length : core->unsent_bytes;
}

void core_looked(struct client_core *core, uint64_t looked_ns)
{
	core->looked_ns = looked_ns;
}

/* --- Clocks --- */

/* Silence that makes us ask the server whether it is there; CORE_NEVER: it does not matter. */
static uint64_t silence_allowed(const struct client_core *core)
{
	uint64_t silence = core->keepalive_ms * NS_PER_MS;

	if (core->keepalive_ms == 0 || (core->state != CORE_OPEN && core->state != CORE_LEAVING))
		return CORE_NEVER;
	return silence > CORE_SILENCE_LEAST_NS ? silence : CORE_SILENCE_LEAST_NS;
}

/* The silent server is asked; later, without an answer, it is given up. */
static uint64_t silence_deadline(const struct client_core *core)
{
	uint64_t allowed = silence_allowed(core);

	if (allowed == CORE_NEVER)
		return CORE_NEVER;
	if (core->probed_ns != CORE_NEVER)
		return core->probed_ns + allowed / 2;
	return core->received_ns + allowed;
}

/*
 * The server asks by PING, and our answers keep it content. Where its PING waits behind
 * events that the application does not take, we speak first, in time before 1.5 x KEEPALIVE.
 */
static uint64_t sign_of_life_deadline(const struct client_core *core)
{
	uint64_t keepalive = core->keepalive_ms * NS_PER_MS;
	uint64_t wait = keepalive + keepalive / 4;

	if (silence_allowed(core) == CORE_NEVER)
		return CORE_NEVER;
	return core->spoke_ns + (wait > CORE_BACK_OFF_LEAST_NS ? wait : CORE_BACK_OFF_LEAST_NS);
}

uint64_t core_deadline(const struct client_core *core)
{
	uint64_t deadline;

	if (core->end.pending || core->state == CORE_IDLE)
		return CORE_NEVER;
	deadline = earlier(core->greeting_by_ns, core->retry_ns);
	deadline = earlier(deadline, earlier(core->name_again_ns, core->bye_by_ns));
	deadline = earlier(deadline, silence_deadline(core));
	return earlier(deadline, sign_of_life_deadline(core));
}

static void tick_silence(struct client_core *core)
{
	static const struct core_request ping = { .type = RELAY_TYPE_PING };

	if (core->now_ns < silence_deadline(core))
		return;
	if (core_has_frame(core)) {
		/* It is the application that does not listen. */
		core->received_ns = core->now_ns;
		core->probed_ns = CORE_NEVER;
	} else if (core->probed_ns != CORE_NEVER) {
		if (core->looked_ns >= silence_deadline(core))
			core_end(core, WT_TIMEOUT, WT_STATUS_OK, "the server is silent");
	} else if (core->state == CORE_LEAVING || core_own_request(core, &ping, NULL)) {
		core->probed_ns = core->now_ns;
	}
}

static void tick_name(struct client_core *core)
{
	struct core_request hello = { .type = RELAY_TYPE_HELLO };

	if (core->now_ns < core->name_again_ns)
		return;
	core->name_again_ns = CORE_NEVER;
	hello.name = core_name_bytes(&core->wanted);
	if (core->state == CORE_OPEN && hello.name.length > 0 &&
	    !core_own_request(core, &hello, NULL))
		core->name_again_ns = core->now_ns + CORE_NAME_AGAIN_NS;
}

void core_tick(struct client_core *core, uint64_t now_ns)
{
	core->now_ns = now_ns;
	if (core->end.pending)
		return;
	if (core->state == CORE_WAITING && now_ns >= core->retry_ns) {
		core->retry_ns = CORE_NEVER;
		core->attempts++;
		core->state = CORE_CONNECTING;
	}
	/* The greeting came while this process stood still: it is looked at before the time is. */
	if (now_ns >= core->greeting_by_ns && core->state == CORE_GREETING && core_has_frame(core))
		core->greeting_by_ns = now_ns + core->connect_timeout_ns;
	if (now_ns >= core->greeting_by_ns && core->looked_ns >= core->greeting_by_ns) {
		input_buffer_clear(&core->input);
		core_end(core, WT_TIMEOUT, WT_STATUS_OK,
			 core->state == CORE_GREETING ? "the server did not greet in time"
						      : "the server did not answer in time");
		return;
	}
	if (now_ns >= core->bye_by_ns) {
		core_end(core, WT_CLOSED, WT_STATUS_OK, "the server said BYE and did not close");
		return;
	}
	tick_silence(core);
	tick_name(core);
	if (now_ns >= sign_of_life_deadline(core))
		core_write_sign_of_life(core);
}

/* --- Events --- */

static void release_block(struct client_core *core)
{
	free(core->block);
	core->block = NULL;
}

/* What ended already is told, but not before CONNECTED where that is on its way. */
static bool can_tell_done(const struct client_core *core)
{
	return core->in_flight.done.first != IN_FLIGHT_NONE &&
	       (core->state != CORE_NAMING || core->end.settled);
}

static bool next_event(struct client_core *core, struct wt_event *out)
{
	for (;;) {
		enum core_step step = CORE_STEP_WAIT;

		if (core->connected_due) {
			core_tell_connected(core, out);
			return true;
		}
		if (can_tell_done(core))
			return core_tell_done(core, out) == CORE_STEP_EVENT;
		if (core->state >= CORE_GREETING && core->state <= CORE_LEAVING)
			step = core_take_frame(core, out);
		if (step == CORE_STEP_EVENT)
			return true;
		if (step == CORE_STEP_QUIET)
			continue;
		if (!core->end.pending)
			return false;
		if (core->end.settled) {
			tell_disconnected(core, out);
			return true;
		}
		core->end.settled = true;
		core_settle_requests(core, another_follows(core));
	}
}

bool core_next_event(struct client_core *core, struct wt_event *out)
{
	release_block(core);
	*out = (struct wt_event){ 0 };
	core->input.borrowed = next_event(core, out);
	return core->input.borrowed;
}

void core_release_event(struct client_core *core)
{
	core->input.borrowed = false;
	release_block(core);
}

bool core_has_event(const struct client_core *core)
{
	return core->end.pending || core->connected_due || can_tell_done(core) ||
	       (core->state >= CORE_GREETING && core->state <= CORE_LEAVING &&
		core_has_frame(core));
}

void *core_steal_block(struct client_core *core)
{
	void *block = core->block;

	core->block = NULL;
	return block;
}

bool core_is_repeated(struct client_core *core, const uint8_t *message_id, uint64_t now_ns)
{
	return recent_ids_seen(&core->recent, message_id, now_ns);
}

bool core_is_connected(const struct client_core *core)
{
	return !core->end.pending && (core->state == CORE_OPEN || core->state == CORE_LEAVING);
}

bool core_is_over(const struct client_core *core)
{
	return core->state == CORE_IDLE || (core->end.pending && !another_follows(core));
}
