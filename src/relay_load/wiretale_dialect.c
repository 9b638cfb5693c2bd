#include "relay_load/wiretale_dialect.h"

#include <stdio.h>

#include "relay_protocol/frame.h"
#include "relay_protocol/message.h"

#define JOIN_ID 1u

/* Of a party's scratch words: how many of its messages had their verdict. */
#define JUDGED 0

#define ROOM_BYTES 32

/* SEND's header, TO_NUMBER or TO_ROOM, and DATA's header. */
#define EXTRA_BYTES (RELAY_FRAME_HEADER_BYTES + 2 * RELAY_FIELD_HEADER_BYTES + (size_t)ROOM_BYTES)

/* What one call of take() has to acknowledge: the messages that it found. */
struct to_acknowledge {
	uint32_t first; /* 0: none */
	uint32_t last;
};

static void room_name(const struct load_party *party, char name[ROOM_BYTES])
{
	(void)snprintf(name, ROOM_BYTES, "load-%08x", party->run);
}

static void greet(struct load_party *party, struct byte_writer *out)
{
	char room[ROOM_BYTES];
	size_t frame;

	if (!party->in_room)
		return;
	room_name(party, room);
	frame = relay_frame_begin(out, RELAY_REQUEST, RELAY_TYPE_JOIN, 0, JOIN_ID);
	relay_put_text(out, RELAY_FIELD_TO_ROOM, room);
	relay_frame_end(out, frame);
}

static void put_message(struct load_party *party, struct byte_writer *out, const uint8_t *payload,
			size_t length)
{
	size_t frame =
		relay_frame_begin(out, RELAY_REQUEST, RELAY_TYPE_SEND, 0, party->messages + 1);

	if (party->to) {
		relay_put_u32(out, RELAY_FIELD_TO_NUMBER, party->to->number);
	} else {
		char room[ROOM_BYTES];

		room_name(party, room);
		relay_put_text(out, RELAY_FIELD_TO_ROOM, room);
	}
	relay_put_bytes(out, RELAY_FIELD_DATA, payload, length);
	relay_frame_end(out, frame);
}

/*
 * Finds one field's value. The codec's relay_message_decode() checks all of a body against its
 * table, at several times the price; what a server sends wrongly shows here all the same, as a
 * value that is missing. NULL: there is none.
 */
static const uint8_t *find_field(const struct relay_frame *frame, enum relay_field field,
				 uint32_t *length)
{
	const uint8_t *next = frame->body;
	uint32_t left = frame->length;

	while (left >= RELAY_FIELD_HEADER_BYTES) {
		uint32_t value_bytes = relay_load_u32(next + 2);

		left -= RELAY_FIELD_HEADER_BYTES;
		if (value_bytes > left)
			return NULL;
		if (relay_load_u16(next) == (uint16_t)field) {
			*length = value_bytes;
			return next + RELAY_FIELD_HEADER_BYTES;
		}
		next += RELAY_FIELD_HEADER_BYTES + value_bytes;
		left -= value_bytes;
	}
	return NULL;
}

static bool find_u32(const struct relay_frame *frame, enum relay_field field, uint32_t *out)
{
	uint32_t length = 0;
	const uint8_t *value = find_field(frame, field, &length);

	if (!value || length != 4)
		return false;
	*out = relay_load_u32(value);
	return true;
}

static bool complain(struct load_sink *sink, const char *what)
{
	(void)snprintf(sink->problem, sizeof(sink->problem), "%s", what);
	return false;
}

static bool take_message(struct load_party *party, const struct relay_frame *frame,
			 struct to_acknowledge *acknowledge, struct load_sink *sink)
{
	uint32_t length = 0;
	const uint8_t *payload = find_field(frame, RELAY_FIELD_DATA, &length);

	if (!payload)
		return complain(sink, "a message without DATA came");
	load_sink_received(sink, party, payload, length);
	if (acknowledge->first == 0)
		acknowledge->first = frame->id;
	acknowledge->last = frame->id;
	return true;
}

static bool take_verdict(struct load_party *party, const struct relay_frame *frame,
			 struct load_sink *sink)
{
	uint32_t last = frame->id;

	if (frame->status == RELAY_STATUS_OK)
		(void)find_u32(frame, RELAY_FIELD_THROUGH, &last);
	if (frame->id == 0 || last < frame->id || last > party->messages)
		return complain(sink, "a verdict came on a message that was never sent");
	/* Which had theirs is not kept, but one more than there are messages is one too many. */
	party->scratch[JUDGED] += (uint64_t)(last - frame->id) + 1;
	if (party->scratch[JUDGED] > party->messages)
		return complain(sink, "a second verdict came on a message");
	load_sink_verdict(sink, party, frame->id, last,
			  frame->status == RELAY_STATUS_OK ? NULL
							   : relay_status_slug(frame->status));
	return true;
}

static bool take_response(struct load_party *party, const struct relay_frame *frame,
			  struct load_sink *sink)
{
	if (frame->type == RELAY_TYPE_SEND)
		return take_verdict(party, frame, sink);
	if (frame->type != RELAY_TYPE_JOIN)
		return complain(sink, "an answer came to what nobody asked");
	if (frame->status != RELAY_STATUS_OK)
		return complain(sink, "the room could not be joined");
	party->ready = true;
	return true;
}

static void answer_ping(const struct relay_frame *frame, struct byte_writer *out)
{
	relay_frame_end(
		out, relay_frame_begin(out, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_PING, 0, frame->id));
}

static bool take_farewell(const struct relay_frame *frame, struct load_sink *sink)
{
	uint32_t length = 0;
	const uint8_t *text = find_field(frame, RELAY_FIELD_TEXT, &length);
	size_t at;

	(void)snprintf(sink->problem, sizeof(sink->problem), "the server said %s, \"%.*s\"",
		       frame->type == RELAY_TYPE_BYE ? "BYE" : relay_status_slug(frame->status),
		       text ? (int)(length < 100 ? length : 100) : 0,
		       text ? (const char *)text : "");
	/* It goes to a terminal, and comes from a network. */
	for (at = 0; sink->problem[at]; at++) {
		if (sink->problem[at] < ' ' || sink->problem[at] > '~')
			sink->problem[at] = '?';
	}
	return false;
}

static bool take_indication(struct load_party *party, const struct relay_frame *frame,
			    struct to_acknowledge *acknowledge, struct byte_writer *out,
			    struct load_sink *sink)
{
	switch (frame->type) {
	case RELAY_TYPE_SEND:
		return take_message(party, frame, acknowledge, sink);
	case RELAY_TYPE_PING:
		answer_ping(frame, out);
		return true;
	case RELAY_TYPE_HELLO:
		/* Others read the number from then on: it never changes. */
		if (party->number != 0)
			return complain(sink, "a second HELLO came");
		if (!find_u32(frame, RELAY_FIELD_NUMBER, &party->number) || party->number == 0)
			return complain(sink, "a HELLO without NUMBER came");
		party->ready = !party->in_room;
		return true;
	case RELAY_TYPE_ERROR:
	case RELAY_TYPE_BYE:
		return take_farewell(frame, sink);
	default:
		return true;
	}
}

static void write_acknowledgement(struct byte_writer *out, const struct to_acknowledge *acknowledge)
{
	size_t frame;

	if (acknowledge->first == 0)
		return;
	frame = relay_frame_begin(out, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND, 0,
				  acknowledge->first);
	if (acknowledge->last != acknowledge->first)
		relay_put_u32(out, RELAY_FIELD_THROUGH, acknowledge->last);
	relay_frame_end(out, frame);
}

static ssize_t take(struct load_party *party, const uint8_t *bytes, size_t length,
		    struct byte_writer *out, struct load_sink *sink)
{
	struct to_acknowledge acknowledge = { 0 };
	size_t taken = 0;

	for (;;) {
		struct relay_frame frame;
		size_t needed = 0;
		enum relay_frame_verdict verdict = relay_frame_decode(
			bytes + taken, length - taken,
			RELAY_BODY_MAX_BYTES + RELAY_SERVER_EXTRA_BYTES, &frame, &needed);
		bool good;

		if (verdict == RELAY_FRAME_NEED_MORE)
			break;
		if (verdict != RELAY_FRAME_OK) {
			(void)complain(sink, "what came is no frame of this protocol");
			return -1;
		}
		if (frame.kind == RELAY_INDICATION)
			good = take_indication(party, &frame, &acknowledge, out, sink);
		else if (frame.kind == RELAY_RESPONSE)
			good = take_response(party, &frame, sink);
		else
			good = complain(sink, "a frame came that only clients send");
		if (!good)
			return -1;
		taken += needed;
	}
	write_acknowledgement(out, &acknowledge);
	return (ssize_t)taken;
}

const struct load_dialect wiretale_dialect = {
	.name = "wiretale",
	.confirms = true,
	.extra_bytes = EXTRA_BYTES,
	.greet = greet,
	.put_message = put_message,
	.take = take,
};
