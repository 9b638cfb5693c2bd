#include "relay_client/core_answers.h"

#include "relay_client/core_requests.h"
#include "relay_client/entry_pages.h"

static uint64_t elapsed(const struct in_flight_request *request, uint64_t until_ns)
{
	return until_ns > request->made_ns ? until_ns - request->made_ns : 0;
}

static void begin_answer(struct wt_event *out, const struct in_flight_request *request,
			 uint64_t until_ns)
{
	out->kind = WT_EVENT_ANSWER;
	out->request = request->id;
	out->as.answer.type = (enum wt_request_type)request->type;
	out->as.answer.elapsed_ns = elapsed(request, until_ns);
	out->as.answer.text = "";
}

/* What the request said, where it was kept. */
static bool decode_kept(const struct in_flight_request *request, struct relay_message *out)
{
	struct relay_frame frame;
	size_t needed;

	return request->kept &&
	       relay_frame_decode(request->kept->bytes, request->kept->length, RELAY_BODY_MAX_BYTES,
				  &frame, &needed) == RELAY_FRAME_OK &&
	       relay_message_decode(&frame, out, NULL) == RELAY_MESSAGE_OK;
}

/* The name that we asked for at the connect was granted or refused. */
void core_note_own_name(struct client_core *core, enum wt_status status)
{
	core->name_request = 0;
	core->name_status = status;
	if (status == WT_STATUS_NAME_TAKEN && core->again)
		core->name_again_ns = core->now_ns + CORE_NAME_AGAIN_NS;
}

static void handle_name_answer(struct client_core *core, const struct in_flight_request *request,
			       enum wt_status status, const struct relay_message *message)
{
	bool own = (request->flags & IN_FLIGHT_INTERNAL) != 0;

	if (status == WT_STATUS_OK) {
		core->name.text[0] = '\0';
		if (relay_message_has(message, RELAY_FIELD_NAME))
			core_copy_name(&core->name, message->name);
		if (!own)
			core->wanted = core->name;
	}
	if (own)
		core_note_own_name(core, status);
	else if (status == WT_STATUS_OK)
		core->name_again_ns = CORE_NEVER;
}

/* What a granted or refused request changes in what is asked for again after a reconnection. */
static void note_answer(struct client_core *core, const struct in_flight_request *request,
			enum wt_status status, const struct relay_message *message)
{
	bool own = (request->flags & IN_FLIGHT_INTERNAL) != 0;
	struct relay_message asked;

	if (request->type == RELAY_TYPE_HELLO) {
		handle_name_answer(core, request, status, message);
		return;
	}
	if ((status != WT_STATUS_OK && !own) || !decode_kept(request, &asked))
		return;
	if (request->type == RELAY_TYPE_JOIN)
		core_note_room(core, asked.to_room, status == WT_STATUS_OK);
	else if (request->type == RELAY_TYPE_LEAVE)
		core_note_room(core, asked.to_room, false);
	else if (request->type == RELAY_TYPE_WATCH)
		core->watching = asked.flag == 1 && status == WT_STATUS_OK;
}

/*
 * The library's own requests are told of only where the application would otherwise believe
 * what is not so, and then as request 0: a room or the presence that is not as before, or
 * the name that is there after all.
 */
static bool is_told(const struct client_core *core, const struct in_flight_request *request,
		    enum wt_status status)
{
	if ((request->flags & IN_FLIGHT_INTERNAL) == 0)
		return true;
	switch ((enum relay_type)request->type) {
	case RELAY_TYPE_JOIN:
	case RELAY_TYPE_WATCH:
		return status != WT_STATUS_OK;
	case RELAY_TYPE_HELLO:
		return status == WT_STATUS_OK && core->opened_ns != CORE_NEVER;
	case RELAY_TYPE_BYE:
	case RELAY_TYPE_TIME:
	case RELAY_TYPE_NAME:
	case RELAY_TYPE_LIST:
	case RELAY_TYPE_SEND:
	case RELAY_TYPE_PING:
	case RELAY_TYPE_LEAVE:
	case RELAY_TYPE_ROOMS:
	case RELAY_TYPE_ERROR:
		break;
	}
	return false;
}

static void tell_room_asked_for(struct client_core *core, const struct in_flight_request *request,
				struct wt_event *out)
{
	struct relay_message asked;

	if (request->type == RELAY_TYPE_JOIN && decode_kept(request, &asked))
		out->as.answer.name = core_name_of(&core->event_room, asked.to_room);
}

static void fill_answer(struct client_core *core, const struct in_flight_request *request,
			const struct relay_message *message, struct wt_event *out)
{
	switch ((enum relay_type)request->type) {
	case RELAY_TYPE_TIME:
		out->as.answer.time_ns = message->time_ns;
		out->as.answer.zone_s = message->zone_s;
		break;
	case RELAY_TYPE_NAME:
		out->as.answer.name = core_name_of(&core->event_name, message->name);
		break;
	case RELAY_TYPE_HELLO:
		if (core->name.text[0] != '\0')
			out->as.answer.name = core->name.text;
		break;
	case RELAY_TYPE_PING:
		if (relay_message_has(message, RELAY_FIELD_DATA)) {
			out->as.answer.data = message->data.bytes;
			out->as.answer.data_bytes = message->data.length;
		}
		break;
	case RELAY_TYPE_JOIN:
		out->as.answer.count = message->count;
		break;
	case RELAY_TYPE_LIST:
		out->as.answer.count = request->pages->entries;
		out->as.answer.peers = core->block;
		break;
	case RELAY_TYPE_ROOMS:
		out->as.answer.count = request->pages->entries;
		out->as.answer.rooms = core->block;
		break;
	case RELAY_TYPE_BYE:
	case RELAY_TYPE_SEND:
	case RELAY_TYPE_LEAVE:
	case RELAY_TYPE_WATCH:
	case RELAY_TYPE_ERROR:
		break;
	}
}

/* One page of LIST or ROOMS. False: it is not the last, or *step says what became of it. */
static bool take_page(struct client_core *core, struct in_flight_request *request,
		      const struct relay_message *message, enum wt_result *result,
		      enum core_step *step)
{
	enum relay_type type = (enum relay_type)request->type;
	const char *problem = NULL;

	*step = CORE_STEP_QUIET;
	switch (entry_pages_add(&request->pages, type, message, &core->pages_bytes, &problem)) {
	case ENTRY_PAGES_MALFORMED:
		*step = core_fault(core, problem);
		return false;
	case ENTRY_PAGES_NO_MEMORY:
		*result = WT_NO_MEMORY;
		return true;
	case ENTRY_PAGES_OK:
		break;
	}
	if (relay_message_has(message, RELAY_FIELD_CURSOR)) {
		if (core->end.pending || core_ask_next_page(core, request, message->cursor))
			return false;
		*result = WT_NO_MEMORY;
		return true;
	}
	if (type == RELAY_TYPE_LIST)
		core->block = entry_pages_peers(request->pages);
	else
		core->block = entry_pages_rooms(request->pages);
	if (!core->block)
		*result = WT_NO_MEMORY;
	return true;
}

static enum core_step handle_answer(struct client_core *core, struct in_flight_request *request,
				    enum wt_status status, const struct relay_message *message,
				    struct wt_event *out)
{
	enum wt_result result = status == WT_STATUS_OK ? WT_OK : WT_REFUSED;
	bool own = (request->flags & IN_FLIGHT_INTERNAL) != 0;
	enum core_step step;
	bool told;

	if (result == WT_OK &&
	    (request->type == RELAY_TYPE_LIST || request->type == RELAY_TYPE_ROOMS) &&
	    !take_page(core, request, message, &result, &step))
		return step;

	note_answer(core, request, status, message);
	told = is_told(core, request, status);
	if (told) {
		begin_answer(out, request, core->received_ns);
		out->as.answer.result = result;
		out->as.answer.status = status;
		if (result == WT_OK)
			fill_answer(core, request, message, out);
		if (status != WT_STATUS_OK) {
			out->as.answer.text = core_text_of(core, message);
			if (relay_message_has(message, RELAY_FIELD_RETRY_AFTER))
				out->as.answer.retry_after_ms = message->retry_after_ms;
		}
		if (own) {
			out->request = 0;
			tell_room_asked_for(core, request, out);
		}
	}
	core_close_request(core, request);
	return told ? CORE_STEP_EVENT : CORE_STEP_QUIET;
}

/* The response to our BYE: all that was asked before is answered. */
static enum core_step handle_bye_answer(struct client_core *core, struct in_flight_request *request)
{
	core_close_request(core, request);
	core_end(core, WT_OK, WT_STATUS_OK, "");
	return CORE_STEP_QUIET;
}

/* One response for all open messages to clients from its own id to THROUGH. */
static enum core_step handle_verdicts(struct client_core *core, struct in_flight_request *request,
				      const struct relay_message *message)
{
	while (request) {
		struct in_flight_request *next = in_flight_next(&core->in_flight, request);
		uint32_t id = request->id;

		if (id > message->through)
			break;
		if (request->type == RELAY_TYPE_SEND && (request->flags & IN_FLIGHT_TO_ROOM) == 0 &&
		    (request->flags & IN_FLIGHT_SENT) != 0) {
			request->outcome = message->outcome;
			request->status = WT_STATUS_OK;
			request->done_ns = core->received_ns;
			in_flight_move_to_done(&core->in_flight, request);
		}
		/* The list is in the order of making: behind a wrap of the ids it is all newer. */
		request = next && next->id > id ? next : NULL;
	}
	return CORE_STEP_QUIET;
}

static enum core_step handle_verdict(struct client_core *core, struct in_flight_request *request,
				     enum wt_status status, const struct relay_message *message,
				     struct wt_event *out)
{
	bool to_room = (request->flags & IN_FLIGHT_TO_ROOM) != 0;

	if (status == WT_STATUS_OK && relay_message_has(message, RELAY_FIELD_THROUGH) &&
	    message->through > request->id) {
		if (to_room)
			return core_fault(core, "THROUGH in the answer to a message to a room");
		return handle_verdicts(core, request, message);
	}
	out->kind = WT_EVENT_VERDICT;
	out->request = request->id;
	out->as.verdict.status = status;
	out->as.verdict.to_room = to_room;
	out->as.verdict.elapsed_ns = elapsed(request, core->received_ns);
	out->as.verdict.text = "";
	if (status == WT_STATUS_OK) {
		out->as.verdict.outcome = (enum wt_outcome)message->outcome;
		out->as.verdict.count = 1;
		if (to_room)
			out->as.verdict.count =
				relay_message_has(message, RELAY_FIELD_COUNT) ? message->count : 0;
	} else {
		out->as.verdict.text = core_text_of(core, message);
		if (relay_message_has(message, RELAY_FIELD_RETRY_AFTER))
			out->as.verdict.retry_after_ms = message->retry_after_ms;
	}
	core_close_request(core, request);
	return CORE_STEP_EVENT;
}

enum core_step core_handle_response(struct client_core *core, const struct relay_frame *frame,
				    const struct relay_message *message, struct wt_event *out)
{
	struct in_flight_request *request = in_flight_find(&core->in_flight, frame->id);
	enum wt_status status = core_status_of(frame->status);

	if (!request || (request->flags & IN_FLIGHT_SENT) == 0 ||
	    (request->flags & IN_FLIGHT_DONE) != 0)
		return core_fault(core, "a response to nothing");
	if (request->type != frame->type)
		return core_fault(core, "a response of another type than the request");
	if (request->type == RELAY_TYPE_BYE)
		return handle_bye_answer(core, request);
	if (request->type == RELAY_TYPE_SEND)
		return handle_verdict(core, request, status, message, out);
	return handle_answer(core, request, status, message, out);
}

enum core_step core_tell_done(struct client_core *core, struct wt_event *out)
{
	struct in_flight_request *request =
		in_flight_first(&core->in_flight, &core->in_flight.done);
	enum wt_status status = (enum wt_status)request->status;
	const char *text = request->text ? request->text : "";

	if (request->type == RELAY_TYPE_SEND) {
		out->kind = WT_EVENT_VERDICT;
		out->request = request->id;
		out->as.verdict.outcome = (enum wt_outcome)request->outcome;
		out->as.verdict.status = status;
		out->as.verdict.count = status == WT_STATUS_OK ? 1 : 0;
		out->as.verdict.to_room = (request->flags & IN_FLIGHT_TO_ROOM) != 0;
		out->as.verdict.elapsed_ns = elapsed(request, request->done_ns);
		out->as.verdict.text = text;
	} else {
		bool closed = (request->flags & IN_FLIGHT_CLOSED) != 0;

		begin_answer(out, request, request->done_ns);
		out->as.answer.result = closed ? WT_CLOSED : WT_REFUSED;
		out->as.answer.status = status;
		out->as.answer.text = text;
	}
	core_close_request(core, request);
	return CORE_STEP_EVENT;
}
