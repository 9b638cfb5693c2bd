#include "report/relay_dissection.h"

#include <stdio.h>

#include "base/clock.h"
#include "relay_protocol/classic.h"
#include "relay_protocol/frame.h"
#include "relay_protocol/message.h"
#include "report/message_text.h"

bool relay_dissection_fits(const uint8_t *bytes, size_t length)
{
	struct relay_frame frame;
	size_t needed;
	enum relay_frame_verdict verdict;

	if (length < RELAY_FRAME_HEADER_BYTES)
		return false;
	verdict =
		relay_frame_decode(bytes, length, RELAY_DISSECTION_BODY_MAX_BYTES, &frame, &needed);
	return verdict == RELAY_FRAME_OK || verdict == RELAY_FRAME_NEED_MORE;
}

const char *relay_dissection_kind(uint8_t kind)
{
	switch (kind) {
	case RELAY_REQUEST:
		return "request";
	case RELAY_RESPONSE:
		return "response";
	case RELAY_INDICATION:
		return "indication";
	case RELAY_ACKNOWLEDGEMENT:
		return "acknowledgement";
	default:
		return NULL;
	}
}

const char *relay_dissection_type(uint16_t type)
{
	switch (type) {
#define AS_CASE(name, number, slug)                                                                \
	case number:                                                                               \
		return #name;
		RELAY_TYPES(AS_CASE)
#undef AS_CASE
	default:
		return NULL;
	}
}

void relay_dissection_name(const uint8_t header[RELAY_FRAME_HEADER_BYTES],
			   char out[CONVERSATION_NAME_BYTES])
{
	uint16_t number = relay_load_u16(header + 4);
	const char *type = relay_dissection_type(number);
	const char *kind = relay_dissection_kind(header[3]);

	if (!kind)
		kind = "of an unknown kind";
	if (type)
		(void)snprintf(out, CONVERSATION_NAME_BYTES, "%s %s", type, kind);
	else
		(void)snprintf(out, CONVERSATION_NAME_BYTES, "type %u %s", number, kind);
}

static void append_named(struct text_builder *out, const char *before, struct relay_bytes text)
{
	message_text_next(out);
	text_append(out, before);
	text_append_harmless(out, text.bytes, text.length);
}

static void append_number(struct text_builder *out, const char *before, uint32_t number)
{
	message_text_next(out);
	text_append_format(out, "%s%u", before, number);
}

static void append_address(struct text_builder *out, const char *before,
			   const struct relay_address *address)
{
	char text[RELAY_ADDRESS_TEXT_BYTES];

	relay_address_text(address, text);
	message_text_next(out);
	text_append_format(out, "%s%s", before, text);
}

static void append_content(struct text_builder *out, struct relay_bytes data)
{
	message_text_next(out);
	text_append_format(out, "%u %s", data.length, data.length == 1 ? "byte" : "bytes");
	if (data.length > 0) {
		text_append(out, ": ");
		message_text_sample(out, data.bytes, data.length);
	}
}

static void append_duration(struct text_builder *out, const char *before, uint32_t ms)
{
	message_text_next(out);
	text_append_format(out, "%s%u ms", before, ms);
}

/* Whom it is from, whom it is for. */
static void tell_people(struct text_builder *out, const struct relay_message *message)
{
	if (relay_message_has(message, RELAY_FIELD_TO_NUMBER))
		append_number(out, "to client ", message->to_number);
	if (relay_message_has(message, RELAY_FIELD_TO_NAME))
		append_named(out, "to @", message->to_name);
	if (relay_message_has(message, RELAY_FIELD_TO_ROOM))
		append_named(out, "room ", message->to_room);
	if (relay_message_has(message, RELAY_FIELD_FROM)) {
		append_number(out, "from client ", message->from.number);
		if (message->from.name.length > 0) {
			text_append(out, " @");
			text_append_harmless(out, message->from.name.bytes,
					     message->from.name.length);
		}
	}
	if (relay_message_has(message, RELAY_FIELD_NUMBER))
		append_number(out, "client ", message->number);
	if (relay_message_has(message, RELAY_FIELD_NAME))
		append_named(out, "name ", message->name);
	if (relay_message_has(message, RELAY_FIELD_ADDRESS))
		append_address(out, "at ", &message->address);
}

/* What is agreed, or what became of it. */
static void tell_terms(struct text_builder *out, const struct relay_message *message)
{
	if (relay_message_has(message, RELAY_FIELD_OUTCOME))
		append_named(out, "",
			     message->outcome == RELAY_OUTCOME_DELIVERED
				     ? (struct relay_bytes){ (const uint8_t *)"delivered", 9 }
			     : message->outcome == RELAY_OUTCOME_STORED
				     ? (struct relay_bytes){ (const uint8_t *)"stored", 6 }
				     : (struct relay_bytes){ (const uint8_t *)"passed", 6 });
	if (relay_message_has(message, RELAY_FIELD_THROUGH))
		append_number(out, "through id ", message->through);
	if (relay_message_has(message, RELAY_FIELD_COUNT))
		append_number(out, "count ", message->count);
	if (relay_message_has(message, RELAY_FIELD_FLAG)) {
		message_text_next(out);
		text_append(out, message->flag ? "on" : "off");
	}
	if (relay_message_has(message, RELAY_FIELD_LIMIT))
		append_number(out, "limit ", message->limit);
	if (relay_message_has(message, RELAY_FIELD_KEEPALIVE))
		append_duration(out, "keep-alive ", message->keepalive_ms);
	if (relay_message_has(message, RELAY_FIELD_RETRY_AFTER))
		append_duration(out, "retry after ", message->retry_after_ms);
	if (relay_message_has(message, RELAY_FIELD_MESSAGE_ID)) {
		message_text_next(out);
		text_append(out, "with a message id");
	}
}

static void tell_time(struct text_builder *out, const struct relay_message *message)
{
	char text[CLOCK_TEXT_BYTES];
	bool has_zone = relay_message_has(message, RELAY_FIELD_ZONE) && message->zone_s > -86400 &&
			message->zone_s < 86400;

	clock_text(message->time_ns, has_zone ? message->zone_s : 0, 3, text);
	message_text_next(out);
	text_append(out, text);
}

static void tell_entries(struct text_builder *out, const struct relay_message *message)
{
	struct relay_bytes rest = message->entries;
	struct relay_entry entry;

	message_text_next(out);
	text_append_format(out, "%u %s", message->entry_count,
			   message->entry_count == 1 ? "entry" : "entries");
	if (message->entry_count != 1 || !relay_entry_next(&rest, &entry))
		return;
	text_append(out, ": ");
	if (entry.number > 0)
		text_append_format(out, "client %u%s", entry.number,
				   entry.name.length > 0 ? " @" : "");
	text_append_harmless(out, entry.name.bytes, entry.name.length);
}

static void tell_body(struct text_builder *out, const struct relay_frame *frame)
{
	struct relay_message message;
	const char *problem = NULL;

	switch (relay_message_decode(frame, &message, &problem)) {
	case RELAY_MESSAGE_OK:
		break;
	case RELAY_MESSAGE_MALFORMED:
		message_text_next(out);
		text_append_format(out, "malformed: %s", problem ? problem : "its body");
		return;
	case RELAY_MESSAGE_UNKNOWN_TYPE:
		message_text_next(out);
		text_append_format(out, "%u bytes of an unknown type", frame->length);
		return;
	}
	tell_people(out, &message);
	tell_terms(out, &message);
	if (relay_message_has(&message, RELAY_FIELD_TIME))
		tell_time(out, &message);
	if (message.entry_count > 0)
		tell_entries(out, &message);
	if (relay_message_has(&message, RELAY_FIELD_CURSOR)) {
		message_text_next(out);
		text_append(out, frame->kind == RELAY_REQUEST ? "the next page" : "more follow");
	}
	if (relay_message_has(&message, RELAY_FIELD_TEXT)) {
		message_text_next(out);
		message_text_sample(out, message.text.bytes, message.text.length);
	}
	if (relay_message_has(&message, RELAY_FIELD_DATA))
		append_content(out, message.data);
}

size_t relay_dissection_tell(const uint8_t *bytes, size_t length, struct conversation_line *line,
			     struct text_builder *detail)
{
	struct relay_frame frame = { .kind = 0 };
	size_t needed = 0;

	if (!relay_dissection_fits(bytes, length))
		return 0;
	line->whole = relay_frame_decode(bytes, length, RELAY_DISSECTION_BODY_MAX_BYTES, &frame,
					 &needed) == RELAY_FRAME_OK;
	if (!line->whole) { /* the header is there, or it would not fit */
		frame.kind = bytes[3];
		frame.type = relay_load_u16(bytes + 4);
		frame.status = relay_load_u16(bytes + 6);
		frame.id = relay_load_u32(bytes + 8);
		frame.length = relay_load_u32(bytes + 12);
	}
	relay_dissection_name(bytes, line->name);
	line->bytes = (uint64_t)RELAY_FRAME_HEADER_BYTES + frame.length;
	if (frame.id != 0)
		append_number(detail, "id ", frame.id);
	if (frame.status != RELAY_STATUS_OK) {
		message_text_next(detail);
		text_append(detail, relay_status_slug(frame.status));
	}
	if (!line->whole)
		return length;
	tell_body(detail, &frame);
	return (size_t)line->bytes;
}
