/*
 * What a server says, for the tests of the client: each function appends one frame to the
 * script. Overflowing the script's memory fails the test that checks script_ok().
 */
#ifndef TESTS_SUPPORT_SERVER_SCRIPT_H
#define TESTS_SUPPORT_SERVER_SCRIPT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/byte_writer.h"
#include "relay_protocol/message.h"

#define SCRIPT_MAX_BYTES 65536

struct script {
	uint8_t bytes[SCRIPT_MAX_BYTES];
	struct byte_writer writer; /* into `bytes` */
	size_t frame;              /* where the frame that is being written starts */
};

static inline void script_start(struct script *script)
{
	script->writer = byte_writer_into(script->bytes, sizeof(script->bytes));
}

static inline struct byte_writer *script_begin(struct script *script, enum relay_kind kind,
					       uint16_t type, uint16_t status, uint32_t id)
{
	script->frame = relay_frame_begin(&script->writer, kind, type, status, id);
	return &script->writer;
}

static inline void script_end(struct script *script)
{
	relay_frame_end(&script->writer, script->frame);
}

static inline struct relay_bytes script_name(const char *name)
{
	return (struct relay_bytes){
		.bytes = (const uint8_t *)name,
		.length = name ? (uint32_t)strlen(name) : 0,
	};
}

/* A client of the list: its port is 40000 + number. */
static inline struct relay_entry script_client(uint32_t number, const char *name)
{
	return (struct relay_entry){
		.number = number,
		.address = { .family = 4,
			     .port = (uint16_t)(40000 + number),
			     .bytes = { 127, 0, 0, 1 } },
		.name = script_name(name),
		.since_ns = UINT64_C(1000000000) * number,
	};
}

static inline void say_hello_with(struct script *script, uint32_t number, uint32_t limit,
				  uint32_t keepalive_ms)
{
	struct byte_writer *writer = script_begin(script, RELAY_INDICATION, RELAY_TYPE_HELLO, 0, 0);
	struct relay_entry self = script_client(number, NULL);

	relay_put_text(writer, RELAY_FIELD_NAME, "relay");
	relay_put_text(writer, RELAY_FIELD_TEXT, "welcome");
	relay_put_u32(writer, RELAY_FIELD_NUMBER, number);
	relay_put_address(writer, &self.address);
	relay_put_u32(writer, RELAY_FIELD_LIMIT, limit);
	relay_put_u32(writer, RELAY_FIELD_KEEPALIVE, keepalive_ms);
	relay_put_u8(writer, RELAY_FIELD_AUTH, 0);
	script_end(script);
}

static inline void say_hello(struct script *script)
{
	say_hello_with(script, 7, 65536, 30000);
}

static inline void say_message(struct script *script, uint32_t id, const char *room,
			       const char *data, const uint8_t *message_id)
{
	struct byte_writer *writer = script_begin(script, RELAY_INDICATION, RELAY_TYPE_SEND, 0, id);
	struct relay_entry from = script_client(3, "ann");

	relay_put_entry(writer, RELAY_FIELD_FROM, &from);
	relay_put_text(writer, RELAY_FIELD_DATA, data);
	relay_put_u64(writer, RELAY_FIELD_TIME, 1234567890);
	if (room)
		relay_put_text(writer, RELAY_FIELD_TO_ROOM, room);
	if (message_id)
		relay_put_bytes(writer, RELAY_FIELD_MESSAGE_ID, message_id, 16);
	script_end(script);
}

/* A response or indication without fields. */
static inline void say_bare(struct script *script, enum relay_kind kind, uint16_t type, uint32_t id)
{
	(void)script_begin(script, kind, type, 0, id);
	script_end(script);
}

static inline void say_refusal(struct script *script, uint16_t type, uint16_t status, uint32_t id,
			       const char *text)
{
	struct byte_writer *writer = script_begin(script, RELAY_RESPONSE, type, status, id);

	relay_put_text(writer, RELAY_FIELD_TEXT, text);
	script_end(script);
}

/* through, count: 0 for none. */
static inline void say_delivered(struct script *script, uint32_t id, uint32_t through,
				 uint32_t count)
{
	struct byte_writer *writer = script_begin(script, RELAY_RESPONSE, RELAY_TYPE_SEND, 0, id);

	relay_put_u8(writer, RELAY_FIELD_OUTCOME, RELAY_OUTCOME_DELIVERED);
	if (count > 0)
		relay_put_u32(writer, RELAY_FIELD_COUNT, count);
	if (through > 0)
		relay_put_u32(writer, RELAY_FIELD_THROUGH, through);
	script_end(script);
}

static inline void say_time(struct script *script, uint32_t id)
{
	struct byte_writer *writer = script_begin(script, RELAY_RESPONSE, RELAY_TYPE_TIME, 0, id);

	relay_put_u64(writer, RELAY_FIELD_TIME, UINT64_C(1700000000000000000));
	relay_put_u32(writer, RELAY_FIELD_ZONE, 28800);
	script_end(script);
}

/* The answer to HELLO; name may be NULL. */
static inline void say_named(struct script *script, uint32_t id, const char *name)
{
	struct byte_writer *writer = script_begin(script, RELAY_RESPONSE, RELAY_TYPE_HELLO, 0, id);

	relay_put_u32(writer, RELAY_FIELD_NUMBER, 7);
	if (name)
		relay_put_text(writer, RELAY_FIELD_NAME, name);
	script_end(script);
}

static inline void say_joined(struct script *script, uint32_t id, uint32_t members)
{
	struct byte_writer *writer = script_begin(script, RELAY_RESPONSE, RELAY_TYPE_JOIN, 0, id);

	relay_put_u32(writer, RELAY_FIELD_COUNT, members);
	script_end(script);
}

/* A page with the clients `from` to `through`; cursor may be NULL. */
static inline void say_list_page(struct script *script, uint32_t id, uint32_t from,
				 uint32_t through, const char *cursor)
{
	struct byte_writer *writer = script_begin(script, RELAY_RESPONSE, RELAY_TYPE_LIST, 0, id);

	for (uint32_t number = from; number <= through; number++) {
		struct relay_entry entry = script_client(number, number % 2 ? "odd" : NULL);

		relay_put_entry(writer, RELAY_FIELD_ENTRY, &entry);
	}
	if (cursor)
		relay_put_text(writer, RELAY_FIELD_CURSOR, cursor);
	script_end(script);
}

static inline void say_text(struct script *script, uint16_t type, uint16_t status, const char *text)
{
	struct byte_writer *writer = script_begin(script, RELAY_INDICATION, type, status, 0);

	relay_put_text(writer, RELAY_FIELD_TEXT, text);
	script_end(script);
}

static inline void say_presence(struct script *script, uint8_t came, uint32_t number,
				const char *name)
{
	struct byte_writer *writer = script_begin(script, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, 0);
	struct relay_entry entry = script_client(number, name);

	relay_put_u8(writer, RELAY_FIELD_FLAG, came);
	relay_put_entry(writer, RELAY_FIELD_ENTRY, &entry);
	script_end(script);
}

#endif
