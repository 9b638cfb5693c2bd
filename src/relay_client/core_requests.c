#include "relay_client/core_requests.h"

#include <stdlib.h>
#include <string.h>

#include "base/byte_writer.h"

static const char numbers_are_void[] =
	"not sent: the connection was lost, and the server may have given the number anew";
static const char over_the_limit[] = "not sent: longer than the server takes";
static const char nobody_said[] = "the connection ended before the server said what became of it";

static size_t field_bytes(size_t length)
{
	return length > 0 ? RELAY_FIELD_HEADER_BYTES + length : 0;
}

/* The length of the body that write_request() writes. */
static size_t body_bytes(const struct core_request *request)
{
	size_t length = field_bytes(request->to_name.length) +
			field_bytes(request->to_room.length) + field_bytes(request->name.length) +
			field_bytes(request->cursor.length);

	if (request->to_number != 0)
		length += RELAY_FIELD_HEADER_BYTES + 4;
	if (request->has_data)
		length += RELAY_FIELD_HEADER_BYTES + request->data_bytes;
	if (request->message_id)
		length += RELAY_FIELD_HEADER_BYTES + RELAY_MESSAGE_ID_BYTES;
	if (request->has_flag)
		length += RELAY_FIELD_HEADER_BYTES + 1;
	return length;
}

static void put_name(struct byte_writer *writer, enum relay_field field, struct relay_bytes name)
{
	if (name.length > 0)
		relay_put_bytes(writer, field, name.bytes, name.length);
}

static void write_request(uint8_t *room, size_t length, const struct core_request *request,
			  uint32_t id)
{
	struct byte_writer writer = byte_writer_into(room, length);
	size_t start = relay_frame_begin(&writer, RELAY_REQUEST, (uint16_t)request->type, 0, id);

	if (request->to_number != 0)
		relay_put_u32(&writer, RELAY_FIELD_TO_NUMBER, request->to_number);
	put_name(&writer, RELAY_FIELD_TO_NAME, request->to_name);
	put_name(&writer, RELAY_FIELD_TO_ROOM, request->to_room);
	put_name(&writer, RELAY_FIELD_NAME, request->name);
	put_name(&writer, RELAY_FIELD_CURSOR, request->cursor);
	if (request->has_data)
		relay_put_bytes(&writer, RELAY_FIELD_DATA, request->data, request->data_bytes);
	if (request->message_id)
		relay_put_bytes(&writer, RELAY_FIELD_MESSAGE_ID, request->message_id,
				RELAY_MESSAGE_ID_BYTES);
	if (request->has_flag)
		relay_put_u8(&writer, RELAY_FIELD_FLAG, request->flag);
	relay_frame_end(&writer, start);
}

/* Frames can go out: requests before HELLO would not know LIMIT. */
static bool can_send(const struct client_core *core)
{
	return !core->end.pending && (core->state == CORE_NAMING || core->state == CORE_OPEN);
}

static bool takes_requests(const struct client_core *core)
{
	if (core->state == CORE_IDLE || core->leaving)
		return false;
	return !core->end.pending || core->reconnect;
}

static void note_queued(struct client_core *core, size_t length)
{
	byte_queue_commit(&core->output, length);
	core->unsent_bytes += length;
	core->spoke_ns = core->now_ns;
}

/* What was queued with an empty queue is taken whatever its length: it could never be sent. */
static bool is_over(size_t queued, size_t length, size_t ceiling)
{
	return queued > 0 && (length > ceiling || queued > ceiling - length);
}

/*
 * Which frames are kept behind the sending: those that may be sent again, and those whose
 * content has to be known when the answer comes.
 */
static bool is_kept(const struct client_core *core, const struct core_request *request)
{
	switch (request->type) {
	case RELAY_TYPE_SEND:
		return core->reconnect && request->to_number == 0;
	case RELAY_TYPE_JOIN:
	case RELAY_TYPE_LEAVE:
	case RELAY_TYPE_WATCH:
		return true;
	case RELAY_TYPE_HELLO:
	case RELAY_TYPE_BYE:
	case RELAY_TYPE_TIME:
	case RELAY_TYPE_NAME:
	case RELAY_TYPE_LIST:
	case RELAY_TYPE_PING:
	case RELAY_TYPE_ROOMS:
	case RELAY_TYPE_ERROR:
		break;
	}
	return false;
}

static uint8_t flags_of(const struct client_core *core, const struct core_request *request)
{
	uint8_t flags = 0;

	if (request->type != RELAY_TYPE_SEND)
		return 0;
	if (request->to_room.length > 0)
		flags |= IN_FLIGHT_TO_ROOM;
	if (request->to_number != 0)
		flags |= IN_FLIGHT_TO_NUMBER;
	else if (core->reconnect)
		flags |= IN_FLIGHT_RESEND;
	return flags;
}

static void mark_done(struct client_core *core, struct in_flight_request *done,
		      enum wt_status status, const char *text)
{
	done->outcome = WT_OUTCOME_NONE;
	done->status = (uint8_t)status;
	done->text = text;
	done->done_ns = core->now_ns;
	in_flight_move_to_done(&core->in_flight, done);
}

static struct kept_frame *kept_frame_create(size_t length)
{
	struct kept_frame *kept = malloc(sizeof(*kept) + length);

	if (kept)
		kept->length = (uint32_t)length;
	return kept;
}

/* Opens the request and puts its frame where it belongs. */
static struct in_flight_request *open_request(struct client_core *core,
					      const struct core_request *request, uint8_t flags)
{
	size_t length = RELAY_FRAME_HEADER_BYTES + body_bytes(request);
	bool now = can_send(core) && !request->number_is_stale;
	struct kept_frame *kept = NULL;
	struct in_flight_request *made;
	uint8_t *room = NULL;

	if (!now || is_kept(core, request)) {
		kept = kept_frame_create(length);
		if (!kept)
			return NULL;
	}
	if (now)
		room = byte_queue_reserve(&core->output, length);
	else if (kept)
		room = kept->bytes;
	if (!room)
		goto free_kept;
	made = in_flight_add(&core->in_flight, (uint8_t)request->type);
	if (!made)
		goto free_kept;

	write_request(room, length, request, made->id);
	made->made_ns = core->now_ns;
	made->flags = flags;
	made->kept = kept;
	if (kept)
		core->kept_bytes += length;
	if (kept && now)
		memcpy(kept->bytes, room, length);
	if (now) {
		note_queued(core, length);
		made->flags |= IN_FLIGHT_SENT;
	}
	return made;

free_kept:
	free(kept);
	return NULL;
}

static enum wt_result check_ceilings(const struct client_core *core, size_t length, bool keep)
{
	if (core->in_flight.count >= core->max_in_flight ||
	    is_over(core->unsent_bytes, length, core->max_unsent_bytes))
		return WT_QUEUE_FULL;
	if (keep && is_over(core->kept_bytes, length, core->max_unsent_bytes))
		return WT_QUEUE_FULL;
	return WT_OK;
}

enum wt_result core_request(struct client_core *core, const struct core_request *request,
			    uint64_t now_ns, uint32_t *id)
{
	struct core_request copy = *request;
	uint32_t limit = core->number != 0 ? core->limit_bytes : RELAY_BODY_MAX_BYTES;
	bool is_void = request->to_number != 0 && core->was_connected &&
		       (!can_send(core) || request->number_is_stale);
	/* cppcheck-suppress variableScope ; copy.message_id points to it to the end */
	uint64_t message_id[RELAY_MESSAGE_ID_BYTES / 8] = { 0 };
	struct in_flight_request *made;
	enum wt_result result;

	core->now_ns = now_ns;
	if (!takes_requests(core))
		return WT_NOT_CONNECTED;
	if (request->type == RELAY_TYPE_SEND && core->reconnect && !request->message_id) {
		message_id[0] = core_random(core);
		message_id[1] = core_random(core);
		copy.message_id = (const uint8_t *)message_id;
	}
	if (request->data_bytes > limit || body_bytes(&copy) > limit)
		return WT_TOO_LARGE;
	result = check_ceilings(core, RELAY_FRAME_HEADER_BYTES + body_bytes(&copy),
				!can_send(core) || copy.number_is_stale || is_kept(core, &copy));
	if (result != WT_OK)
		return result;

	made = open_request(core, &copy, flags_of(core, request));
	if (!made)
		return WT_NO_MEMORY;
	if (is_void)
		mark_done(core, made, WT_STATUS_GONE, numbers_are_void);
	if (id)
		*id = made->id;
	return WT_OK;
}

bool core_own_request(struct client_core *core, const struct core_request *request, uint32_t *id)
{
	const struct in_flight_request *made = open_request(core, request, IN_FLIGHT_INTERNAL);

	if (!made)
		return false;
	if (id)
		*id = made->id;
	return true;
}

bool core_ask_next_page(struct client_core *core, const struct in_flight_request *request,
			struct relay_bytes cursor)
{
	struct core_request next = { .type = request->type, .cursor = cursor };
	size_t length = RELAY_FRAME_HEADER_BYTES + body_bytes(&next);
	uint8_t *room = byte_queue_reserve(&core->output, length);

	if (!room)
		return false;
	write_request(room, length, &next, request->id);
	note_queued(core, length);
	return true;
}

static void free_kept_frame(struct client_core *core, struct in_flight_request *request)
{
	if (!request->kept)
		return;
	core->kept_bytes -= request->kept->length;
	free(request->kept);
	request->kept = NULL;
}

/* Whether the frame is still of use once it was sent; see is_kept(). */
static bool is_kept_on(const struct in_flight_request *request)
{
	return (request->flags & IN_FLIGHT_RESEND) != 0 || request->type == RELAY_TYPE_JOIN ||
	       request->type == RELAY_TYPE_LEAVE || request->type == RELAY_TYPE_WATCH;
}

static bool send_kept(struct client_core *core, struct in_flight_request *request)
{
	const struct kept_frame *kept = request->kept;

	if (kept->length > RELAY_FRAME_HEADER_BYTES + core->limit_bytes) {
		mark_done(core, request, WT_STATUS_TOO_LARGE, over_the_limit);
		return true;
	}
	if (!byte_queue_push(&core->output, kept->bytes, kept->length))
		return false;
	core->unsent_bytes += kept->length;
	core->spoke_ns = core->now_ns;
	request->flags |= IN_FLIGHT_SENT;
	if (!is_kept_on(request))
		free_kept_frame(core, request);
	return true;
}

/* The library's own requests were made just now, and are on their way. */
static bool send_all_kept(struct client_core *core)
{
	struct in_flight_request *request =
		in_flight_first(&core->in_flight, &core->in_flight.open);

	while (request) {
		struct in_flight_request *next = in_flight_next(&core->in_flight, request);
		bool own = (request->flags & IN_FLIGHT_INTERNAL) != 0;

		if (!own && request->kept && !send_kept(core, request))
			return false;
		request = next;
	}
	return true;
}

bool core_say_hello(struct client_core *core)
{
	struct core_request hello = { .type = RELAY_TYPE_HELLO };
	struct core_request watch = { .type = RELAY_TYPE_WATCH, .has_flag = true, .flag = true };

	core->name_request = 0;
	hello.name = core_name_bytes(&core->wanted);
	if (hello.name.length > 0 && !core_own_request(core, &hello, &core->name_request))
		return false;
	for (uint32_t i = 0; core->again && i < core->room_count; i++) {
		struct core_request join = { .type = RELAY_TYPE_JOIN };

		join.to_room = core_name_bytes(&core->rooms[i]);
		if (!core_own_request(core, &join, NULL))
			return false;
	}
	if (core->again && core->watching && !core_own_request(core, &watch, NULL))
		return false;
	return send_all_kept(core);
}

static bool write_acknowledgement(struct client_core *core, enum relay_type type,
				  struct core_range range)
{
	size_t length = RELAY_FRAME_HEADER_BYTES;
	struct byte_writer writer;
	uint8_t *room;
	size_t start;

	if (range.through > range.from)
		length += RELAY_FIELD_HEADER_BYTES + 4;
	room = byte_queue_reserve(&core->output, length);
	if (!room)
		return false;
	writer = byte_writer_into(room, length);
	start = relay_frame_begin(&writer, RELAY_ACKNOWLEDGEMENT, (uint16_t)type, 0, range.from);
	if (range.through > range.from)
		relay_put_u32(&writer, RELAY_FIELD_THROUGH, range.through);
	relay_frame_end(&writer, start);
	note_queued(core, length);
	return true;
}

void core_write_acknowledgements(struct client_core *core)
{
	static const struct core_range none = { 0 };

	if (core->due_messages.from != 0 &&
	    write_acknowledgement(core, RELAY_TYPE_SEND, core->due_messages))
		core->due_messages = none;
	if (core->due_pings.from != 0 &&
	    write_acknowledgement(core, RELAY_TYPE_PING, core->due_pings))
		core->due_pings = none;
}

void core_write_sign_of_life(struct client_core *core)
{
	/* A late acknowledgement is passed over by the server, but it is a whole frame. */
	struct core_range last = { core->pings_seen, core->pings_seen };

	(void)write_acknowledgement(core, RELAY_TYPE_PING, last);
	core->spoke_ns = core->now_ns;
}

/* Adjacent ranges become one; numbers between two ranges must not be acknowledged. */
static bool join_ranges(struct core_range *range, uint32_t from, uint32_t through)
{
	if (range->from == 0) {
		*range = (struct core_range){ from, through };
		return true;
	}
	if (from > (uint64_t)range->through + 1 || (uint64_t)through + 1 < range->from)
		return false;
	if (from < range->from)
		range->from = from;
	if (through > range->through)
		range->through = through;
	return true;
}

enum wt_result core_acknowledge(struct client_core *core, uint32_t from, uint32_t through)
{
	if (core->end.pending || (core->state != CORE_OPEN && core->state != CORE_LEAVING))
		return WT_NOT_CONNECTED;
	if (from == 0)
		from = core->acknowledged_below;
	if (from > through)
		return WT_OK;
	if (!join_ranges(&core->due_messages, from, through)) {
		if (!write_acknowledgement(core, RELAY_TYPE_SEND, core->due_messages))
			return WT_QUEUE_FULL;
		core->due_messages = (struct core_range){ from, through };
	}
	if (from <= core->acknowledged_below && through >= core->acknowledged_below)
		core->acknowledged_below = through + 1;
	return WT_OK;
}

static void settle(struct client_core *core, struct in_flight_request *request,
		   bool another_follows)
{
	bool sent = (request->flags & IN_FLIGHT_SENT) != 0;

	if ((request->flags & IN_FLIGHT_INTERNAL) != 0) {
		core_close_request(core, request);
		return;
	}
	if (another_follows && (!sent || (request->flags & IN_FLIGHT_RESEND) != 0))
		return;
	mark_done(core, request, WT_STATUS_TIMEOUT, nobody_said);
	request->outcome = WT_OUTCOME_UNKNOWN;
	request->flags |= IN_FLIGHT_CLOSED;
}

void core_settle_requests(struct client_core *core, bool another_follows)
{
	struct in_flight_request *request =
		in_flight_first(&core->in_flight, &core->in_flight.open);

	while (request) {
		struct in_flight_request *next = in_flight_next(&core->in_flight, request);

		settle(core, request, another_follows);
		request = next;
	}
}

void core_note_room(struct client_core *core, struct relay_bytes room, bool joined)
{
	uint32_t at = 0;

	while (at < core->room_count &&
	       (strlen(core->rooms[at].text) != room.length ||
		memcmp(core->rooms[at].text, room.bytes, room.length) != 0))
		at++;
	if (!joined && at < core->room_count)
		core->rooms[at] = core->rooms[--core->room_count];
	if (joined && at == core->room_count && core->reconnect && at < CORE_ROOMS_MAX) {
		struct core_name *rooms = realloc(core->rooms, (at + 1) * sizeof(*rooms));

		if (!rooms)
			return;
		core->rooms = rooms;
		core_copy_name(&core->rooms[core->room_count++], room);
	}
}
