/*
 * Any bytes as one frame, whose length is made to fit so that the body is reached. What is decoded
 * must lie within the body and keep the rules of its field; written again and decoded again it must
 * be the same message.
 */
#include <stdlib.h>
#include <string.h>

#include "relay_protocol/message.h"
#include "support/reencode.h"

#define MAX_BODY_BYTES (64u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_bytes(const struct relay_frame *frame, const struct relay_message *message,
			enum relay_field field, struct relay_bytes bytes)
{
	if (!relay_message_has(message, field))
		return;
	require(bytes.bytes >= frame->body + RELAY_FIELD_HEADER_BYTES);
	require(bytes.length <= (size_t)(frame->body + frame->length - bytes.bytes));
}

static void check_name(const struct relay_frame *frame, const struct relay_message *message,
		       enum relay_field field, struct relay_bytes bytes)
{
	check_bytes(frame, message, field, bytes);
	if (relay_message_has(message, field))
		require(relay_name_is_valid(bytes.bytes, bytes.length));
}

static void check_entries(const struct relay_message *message)
{
	struct relay_bytes rest = message->entries;
	struct relay_entry entry;
	uint32_t count = 0;

	while (relay_entry_next(&rest, &entry)) {
		count++;
		if (entry.name.length > 0)
			require(relay_name_is_valid(entry.name.bytes, entry.name.length));
		require(entry.address.family == 4 || entry.address.family == 6 ||
			entry.address.family == 0);
	}
	require(count == message->entry_count);
	require((count > 0) == relay_message_has(message, RELAY_FIELD_ENTRY));
}

static void check_values(const struct relay_frame *frame, const struct relay_message *message)
{
	check_bytes(frame, message, RELAY_FIELD_TEXT, message->text);
	check_bytes(frame, message, RELAY_FIELD_DATA, message->data);
	check_bytes(frame, message, RELAY_FIELD_CURSOR, message->cursor);
	check_name(frame, message, RELAY_FIELD_NAME, message->name);
	check_name(frame, message, RELAY_FIELD_TO_NAME, message->to_name);
	check_name(frame, message, RELAY_FIELD_TO_ROOM, message->to_room);
	if (relay_message_has(message, RELAY_FIELD_FLAG))
		require(message->flag <= 1);
	if (relay_message_has(message, RELAY_FIELD_OUTCOME))
		require(message->outcome >= 1 && message->outcome <= 3);
	if (relay_message_has(message, RELAY_FIELD_LIMIT))
		require(message->limit >= 1024 && message->limit <= 1024 * 1024);
	if (relay_message_has(message, RELAY_FIELD_THROUGH))
		require(message->through >= frame->id);
	check_entries(message);
}

static void check_again(const struct relay_frame *frame, const struct relay_message *message)
{
	static uint8_t once[RELAY_FRAME_HEADER_BYTES + MAX_BODY_BYTES * 2];
	static uint8_t twice[sizeof(once)];
	size_t length = reencode_message(frame, message, once, sizeof(once));
	struct relay_frame frame_again;
	struct relay_message message_again;
	size_t needed;

	require(length >= RELAY_FRAME_HEADER_BYTES);
	require(relay_frame_decode(once, length, 2 * MAX_BODY_BYTES, &frame_again, &needed) ==
		RELAY_FRAME_OK);
	require(needed == length && frame_again.length <= frame->length);
	require(relay_message_decode(&frame_again, &message_again, NULL) == RELAY_MESSAGE_OK);
	require(message_again.present == message->present);
	require(message_again.entry_count == message->entry_count);
	require(reencode_message(&frame_again, &message_again, twice, sizeof(twice)) == length);
	require(memcmp(once, twice, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct relay_frame frame;
	struct relay_message message;
	const char *problem = NULL;

	if (size < RELAY_FRAME_HEADER_BYTES || size > RELAY_FRAME_HEADER_BYTES + MAX_BODY_BYTES)
		return 0;
	frame = (struct relay_frame){
		.kind = (uint8_t)(1 +
				  (data[3] - 1u) % 4), /* a kind outside 1 to 4 comes no further */
		.type = relay_load_u16(data + 4),
		.status = relay_load_u16(data + 6),
		.id = relay_load_u32(data + 8),
		.length = (uint32_t)(size - RELAY_FRAME_HEADER_BYTES),
		.body = data + RELAY_FRAME_HEADER_BYTES,
	};
	memset(&message, 0xee, sizeof(message)); /* nothing may be taken that was not written */
	switch (relay_message_decode(&frame, &message, &problem)) {
	case RELAY_MESSAGE_OK:
		require(!problem);
		check_values(&frame, &message);
		check_again(&frame, &message);
		break;
	case RELAY_MESSAGE_MALFORMED:
		require(problem && problem[0]);
		break;
	case RELAY_MESSAGE_UNKNOWN_TYPE:
		require(frame.type == 0 || frame.type > RELAY_TYPE_ERROR ||
			frame.kind != RELAY_RESPONSE || frame.type == RELAY_TYPE_ERROR);
		break;
	}
	return 0;
}
