#include "relay_client/core_frames.h"

#include <string.h>

#include "relay_client/core_answers.h"
#include "relay_client/core_requests.h"

static uint32_t max_body(const struct client_core *core)
{
	return core->number != 0 ? core->limit_bytes + RELAY_SERVER_EXTRA_BYTES
				 : CORE_GREETING_BODY_MAX_BYTES;
}

static void copy_address(struct wt_address *out, const struct relay_address *address)
{
	out->family = address->family;
	out->port = address->port;
	memcpy(out->bytes, address->bytes, sizeof(out->bytes));
}

static void copy_peer(struct wt_peer *out, const struct relay_entry *entry, struct core_name *name)
{
	out->number = entry->number;
	out->since_ns = entry->since_ns;
	out->name = core_name_of(name, entry->name);
	copy_address(&out->address, &entry->address);
}

/* --- Indications --- */

static enum core_step handle_hello(struct client_core *core, const struct relay_message *hello)
{
	if (core->state != CORE_GREETING)
		return core_fault(core, "a second HELLO");
	if (hello->number == 0)
		return core_fault(core, "HELLO gave the number 0");

	core->number = hello->number;
	core->limit_bytes = hello->limit;
	core->keepalive_ms = hello->keepalive_ms;
	copy_address(&core->address, &hello->address);
	core_copy_name(&core->server_name, hello->name);
	core_copy_text(core->banner, hello->text.bytes, hello->text.length);
	core->name.text[0] = '\0';
	core->name_status = WT_STATUS_OK;
	core->again = core->was_connected;
	core->was_connected = true;
	core->state = CORE_NAMING;
	core->scanned = 0;
	if (!core_say_hello(core))
		core_end(core, WT_NO_MEMORY, WT_STATUS_OK, "no memory");
	return CORE_STEP_QUIET;
}

static enum core_step handle_message(struct client_core *core, const struct relay_frame *frame,
				     const struct relay_message *message, struct wt_event *out)
{
	if (frame->id != core->messages_seen + 1)
		return core_fault(core, "a gap in the numbers of messages");
	core->messages_seen = frame->id;

	out->kind = WT_EVENT_MESSAGE;
	out->as.message.number = frame->id;
	copy_peer(&out->as.message.from, &message->from, &core->event_name);
	if (relay_message_has(message, RELAY_FIELD_TO_ROOM))
		out->as.message.room = core_name_of(&core->event_room, message->to_room);
	if (relay_message_has(message, RELAY_FIELD_MESSAGE_ID))
		out->as.message.message_id = message->message_id;
	out->as.message.time_ns = message->time_ns;
	out->as.message.data = message->data.bytes;
	out->as.message.data_bytes = message->data.length;
	return CORE_STEP_EVENT;
}

static enum core_step handle_presence(struct client_core *core, const struct relay_message *message,
				      struct wt_event *out)
{
	struct relay_bytes entries = message->entries;
	struct relay_entry entry;

	if (!relay_entry_next(&entries, &entry))
		return core_fault(core, "WATCH without an ENTRY");
	out->kind = WT_EVENT_PRESENCE;
	out->as.presence.came = message->flag == 1;
	copy_peer(&out->as.presence.peer, &entry, &core->event_name);
	return CORE_STEP_EVENT;
}

static enum core_step handle_ping(struct client_core *core, const struct relay_frame *frame)
{
	if (frame->id != core->pings_seen + 1)
		return core_fault(core, "a gap in the numbers of PING");
	core->pings_seen = frame->id;
	if (core->due_pings.from == 0)
		core->due_pings.from = frame->id;
	core->due_pings.through = frame->id;
	return CORE_STEP_QUIET;
}

static enum core_step handle_bye(struct client_core *core, const struct relay_message *message,
				 struct wt_event *out)
{
	core->bye_by_ns = core->now_ns + CORE_BYE_WITHIN_NS;
	out->kind = WT_EVENT_CLOSING;
	out->as.closing.text = core_text_of(core, message);
	return CORE_STEP_EVENT;
}

static enum core_step handle_error(struct client_core *core, const struct relay_frame *frame,
				   const struct relay_message *message)
{
	enum wt_status status = core_status_of(frame->status);

	core_end(core, WT_REFUSED, status == WT_STATUS_OK ? WT_STATUS_INTERNAL : status,
		 core_text_of(core, message));
	if (relay_message_has(message, RELAY_FIELD_RETRY_AFTER))
		core->end.retry_after_ms = message->retry_after_ms < CORE_RETRY_AFTER_MAX_MS
						   ? message->retry_after_ms
						   : CORE_RETRY_AFTER_MAX_MS;
	input_buffer_clear(&core->input);
	return CORE_STEP_QUIET;
}

static enum core_step handle_indication(struct client_core *core, const struct relay_frame *frame,
					const struct relay_message *message, struct wt_event *out)
{
	if (core->state == CORE_GREETING && frame->type != RELAY_TYPE_HELLO &&
	    frame->type != RELAY_TYPE_ERROR)
		return core_fault(core, "the first frame is not HELLO");
	switch ((enum relay_type)frame->type) {
	case RELAY_TYPE_HELLO:
		return handle_hello(core, message);
	case RELAY_TYPE_SEND:
		return handle_message(core, frame, message, out);
	case RELAY_TYPE_WATCH:
		return handle_presence(core, message, out);
	case RELAY_TYPE_PING:
		return handle_ping(core, frame);
	case RELAY_TYPE_BYE:
		return handle_bye(core, message, out);
	case RELAY_TYPE_ERROR:
		return handle_error(core, frame, message);
	case RELAY_TYPE_TIME:
	case RELAY_TYPE_NAME:
	case RELAY_TYPE_LIST:
	case RELAY_TYPE_JOIN:
	case RELAY_TYPE_LEAVE:
	case RELAY_TYPE_ROOMS:
		break;
	}
	return CORE_STEP_QUIET; /* an indication of a later version's */
}

/* --- Frames --- */

void core_tell_connected(struct client_core *core, struct wt_event *out)
{
	core->connected_due = false;
	out->kind = WT_EVENT_CONNECTED;
	out->as.connected.number = core->number;
	out->as.connected.address = core->address;
	out->as.connected.server_name = core->server_name.text;
	out->as.connected.banner = core->banner;
	out->as.connected.limit_bytes = core->limit_bytes;
	out->as.connected.keepalive_ms = core->keepalive_ms;
	out->as.connected.again = core->again;
	out->as.connected.name_status = core->name_status;
}

static const char *frame_problem(enum relay_frame_verdict verdict)
{
	switch (verdict) {
	case RELAY_FRAME_BAD_MAGIC:
		return "what came is not of this protocol";
	case RELAY_FRAME_BAD_VERSION:
		return "a frame of another version of the protocol";
	case RELAY_FRAME_BAD_KIND:
		return "a frame of no known kind";
	case RELAY_FRAME_TOO_LARGE:
		return "a frame longer than the server may send";
	case RELAY_FRAME_OK:
	case RELAY_FRAME_NEED_MORE:
		break;
	}
	return NULL;
}

/* Decodes the frame that stands `at` bytes behind the front. */
static enum core_step peek_frame(struct client_core *core, size_t at, struct relay_frame *frame,
				 size_t *size)
{
	struct input_buffer *input = &core->input;
	enum relay_frame_verdict verdict;

	if (input_buffer_length(input) <= at)
		return CORE_STEP_WAIT;
	verdict = relay_frame_decode(input_buffer_bytes(input) + at,
				     input_buffer_length(input) - at, max_body(core), frame, size);
	if (verdict == RELAY_FRAME_NEED_MORE) {
		input->needed = at + *size;
		return CORE_STEP_WAIT;
	}
	if (verdict != RELAY_FRAME_OK)
		return core_fault(core, frame_problem(verdict));
	return CORE_STEP_EVENT;
}

static enum core_step handle_frame(struct client_core *core, const struct relay_frame *frame,
				   struct wt_event *out)
{
	struct relay_message message;
	const char *problem = "a malformed frame";

	if (frame->kind != RELAY_RESPONSE && frame->kind != RELAY_INDICATION)
		return core_fault(core, "a request or an acknowledgement from a server");
	switch (relay_message_decode(frame, &message, &problem)) {
	case RELAY_MESSAGE_MALFORMED:
		return core_fault(core, problem);
	case RELAY_MESSAGE_UNKNOWN_TYPE:
		if (frame->kind == RELAY_INDICATION && core->state != CORE_GREETING)
			return CORE_STEP_QUIET;
		return core_fault(core, "a frame of an unknown type");
	case RELAY_MESSAGE_OK:
		break;
	}
	if (frame->kind == RELAY_INDICATION)
		return handle_indication(core, frame, &message, out);
	if (core->state == CORE_GREETING)
		return core_fault(core, "the first frame is not HELLO");
	return core_handle_response(core, frame, &message, out);
}

static void finish_naming(struct client_core *core)
{
	core->state = CORE_OPEN;
	core->opened_ns = core->now_ns;
	core->greeting_by_ns = CORE_NEVER;
	core->connected_due = true;
}

/* A frame that came while the answer about our name was not there yet. */
static void scan_frame(struct client_core *core, const struct relay_frame *frame, size_t size)
{
	bool is_end = frame->kind == RELAY_INDICATION &&
		      (frame->type == RELAY_TYPE_BYE || frame->type == RELAY_TYPE_ERROR);
	struct wt_event none = { 0 };

	if (is_end && frame->status == RELAY_STATUS_OK) {
		core_note_own_name(core, WT_STATUS_SHUTTING_DOWN);
	} else if (is_end) {
		core_note_own_name(core, core_status_of(frame->status));
	} else if (frame->kind == RELAY_RESPONSE && frame->id == core->name_request) {
		core->name_answer_at = core->consumed + core->scanned;
		(void)handle_frame(core, frame, &none);
	}
	core->scanned += size;
}

/*
 * The answer about our name is looked for ahead of its turn, so that CONNECTED, which
 * tells it, comes before anything else that is on its way already. An end that is in
 * sight before it leaves the name without an answer.
 */
static enum core_step seek_name_answer(struct client_core *core)
{
	enum core_step step = CORE_STEP_EVENT;
	struct relay_frame frame;
	size_t size = 0;

	while (core->name_request != 0 && !core->end.pending && step == CORE_STEP_EVENT) {
		step = peek_frame(core, core->scanned, &frame, &size);
		if (step == CORE_STEP_EVENT)
			scan_frame(core, &frame, size);
	}
	if (core->end.pending) {
		/* Where the server ended it, what it had said before is still to be told. */
		if (core->end.reason != WT_CLOSED && core->end.reason != WT_SYSTEM)
			return CORE_STEP_WAIT;
		if (core->name_request != 0)
			core_note_own_name(core, WT_STATUS_TIMEOUT);
	}
	if (core->name_request != 0)
		return CORE_STEP_WAIT;
	finish_naming(core);
	return CORE_STEP_QUIET;
}

enum core_step core_take_frame(struct client_core *core, struct wt_event *out)
{
	struct relay_frame frame;
	enum core_step step;
	uint64_t place;
	size_t size = 0;

	if (core->state == CORE_NAMING)
		return seek_name_answer(core);

	step = peek_frame(core, 0, &frame, &size);
	if (step != CORE_STEP_EVENT)
		return step;
	place = core->consumed;
	core->consumed += size;
	input_buffer_consume(&core->input, size);
	if (place == core->name_answer_at)
		return CORE_STEP_QUIET;
	return handle_frame(core, &frame, out);
}

bool core_has_frame(const struct client_core *core)
{
	const struct input_buffer *input = &core->input;
	struct relay_frame frame;
	size_t size;

	if (core->state == CORE_NAMING)
		return core->name_request == 0;
	return input_buffer_length(input) > 0 &&
	       relay_frame_decode(input_buffer_bytes(input), input_buffer_length(input),
				  max_body(core), &frame, &size) != RELAY_FRAME_NEED_MORE;
}
