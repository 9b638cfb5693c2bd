/*
 * Writes a decoded message again, field by field in the order in which the body had them, from
 * nothing but the decoded values. What the message does not list is left out. A body that holds
 * only listed fields, in the layout that we write, comes out byte for byte.
 */
#ifndef TESTS_SUPPORT_REENCODE_H
#define TESTS_SUPPORT_REENCODE_H

#include "relay_protocol/message.h"

static inline void reencode_bytes(struct byte_writer *writer, enum relay_field field,
				  struct relay_bytes bytes)
{
	relay_put_bytes(writer, field, bytes.bytes, bytes.length);
}

static inline void reencode_entry(struct byte_writer *writer, struct relay_bytes *entries,
				  bool is_room)
{
	struct relay_entry entry;

	if (!relay_entry_next(entries, &entry))
		writer->overflowed = true; /* fewer than were counted: the caller will see it */
	else if (is_room)
		relay_put_room_entry(writer, &entry);
	else
		relay_put_entry(writer, RELAY_FIELD_ENTRY, &entry);
}

static inline void reencode_field(struct byte_writer *writer, const struct relay_message *message,
				  enum relay_field field)
{
	switch (field) {
	case RELAY_FIELD_TEXT:
		reencode_bytes(writer, field, message->text);
		break;
	case RELAY_FIELD_DATA:
		reencode_bytes(writer, field, message->data);
		break;
	case RELAY_FIELD_NUMBER:
		relay_put_u32(writer, field, message->number);
		break;
	case RELAY_FIELD_NAME:
		reencode_bytes(writer, field, message->name);
		break;
	case RELAY_FIELD_ADDRESS:
		relay_put_address(writer, &message->address);
		break;
	case RELAY_FIELD_TIME:
		relay_put_u64(writer, field, message->time_ns);
		break;
	case RELAY_FIELD_ZONE:
		relay_put_u32(writer, field, (uint32_t)message->zone_s);
		break;
	case RELAY_FIELD_TO_NUMBER:
		relay_put_u32(writer, field, message->to_number);
		break;
	case RELAY_FIELD_TO_NAME:
		reencode_bytes(writer, field, message->to_name);
		break;
	case RELAY_FIELD_TO_ROOM:
		reencode_bytes(writer, field, message->to_room);
		break;
	case RELAY_FIELD_FROM:
		relay_put_entry(writer, field, &message->from);
		break;
	case RELAY_FIELD_MESSAGE_ID:
		relay_put_bytes(writer, field, message->message_id, RELAY_MESSAGE_ID_BYTES);
		break;
	case RELAY_FIELD_OUTCOME:
		relay_put_u8(writer, field, message->outcome);
		break;
	case RELAY_FIELD_THROUGH:
		relay_put_u32(writer, field, message->through);
		break;
	case RELAY_FIELD_LIMIT:
		relay_put_u32(writer, field, message->limit);
		break;
	case RELAY_FIELD_KEEPALIVE:
		relay_put_u32(writer, field, message->keepalive_ms);
		break;
	case RELAY_FIELD_AUTH:
		relay_put_u8(writer, field, message->auth);
		break;
	case RELAY_FIELD_CURSOR:
		reencode_bytes(writer, field, message->cursor);
		break;
	case RELAY_FIELD_COUNT:
		relay_put_u32(writer, field, message->count);
		break;
	case RELAY_FIELD_FLAG:
		relay_put_u8(writer, field, message->flag);
		break;
	case RELAY_FIELD_RETRY_AFTER:
		relay_put_u32(writer, field, message->retry_after_ms);
		break;
	case RELAY_FIELD_ENTRY:
	case RELAY_FIELD_SECRET:
		writer->overflowed = true; /* neither comes here */
		break;
	}
}

/* Returns the bytes written, 0 where they did not fit or the message does not hold together. */
static inline size_t reencode_message(const struct relay_frame *frame,
				      const struct relay_message *message, uint8_t *out,
				      size_t capacity)
{
	struct byte_writer writer = byte_writer_into(out, capacity);
	size_t start = relay_frame_begin(&writer, (enum relay_kind)frame->kind, frame->type,
					 frame->status, frame->id);
	struct relay_bytes entries = message->entries;
	struct relay_entry none;

	for (size_t at = 0; at < frame->length;) {
		uint16_t tag = relay_load_u16(frame->body + at);

		at += RELAY_FIELD_HEADER_BYTES + relay_load_u32(frame->body + at + 2);
		if (tag > RELAY_FIELD_RETRY_AFTER || !relay_message_has(message, tag))
			continue;
		if (tag == RELAY_FIELD_ENTRY)
			reencode_entry(&writer, &entries, frame->type == RELAY_TYPE_ROOMS);
		else
			reencode_field(&writer, message, (enum relay_field)tag);
	}
	relay_frame_end(&writer, start);
	return writer.overflowed || relay_entry_next(&entries, &none) ? 0 : writer.length;
}

#endif
