#include "relay_protocol/message.h"

#include <string.h>

#include "support/reencode.h"
#include "support/unit_test.h"

#define BIT(field) (1u << RELAY_FIELD_##field)

/* The table "Types" of docs/protocol.md once more, and by hand: what each message may hold. */
static const struct row {
	const char *name;
	enum relay_kind kind;
	uint16_t type;
	uint32_t required;
	uint32_t optional;
	uint32_t repeatable;
} rows[] = {
	{ "request BYE", RELAY_REQUEST, 1, 0, 0, 0 },
	{ "request TIME", RELAY_REQUEST, 2, 0, 0, 0 },
	{ "request NAME", RELAY_REQUEST, 3, 0, 0, 0 },
	{ "request LIST", RELAY_REQUEST, 4, 0, BIT(CURSOR), 0 },
	{ "request SEND to a number", RELAY_REQUEST, 5, BIT(TO_NUMBER) | BIT(DATA), BIT(MESSAGE_ID),
	  0 },
	{ "request SEND to a name", RELAY_REQUEST, 5, BIT(TO_NAME) | BIT(DATA), BIT(MESSAGE_ID),
	  0 },
	{ "request SEND to a room", RELAY_REQUEST, 5, BIT(TO_ROOM) | BIT(DATA), BIT(MESSAGE_ID),
	  0 },
	{ "request HELLO", RELAY_REQUEST, 6, 0, BIT(NAME), 0 },
	{ "request PING", RELAY_REQUEST, 7, 0, BIT(DATA), 0 },
	{ "request JOIN", RELAY_REQUEST, 8, BIT(TO_ROOM), 0, 0 },
	{ "request LEAVE", RELAY_REQUEST, 9, BIT(TO_ROOM), 0, 0 },
	{ "request ROOMS", RELAY_REQUEST, 10, 0, BIT(CURSOR), 0 },
	{ "request WATCH", RELAY_REQUEST, 11, BIT(FLAG), 0, 0 },
	{ "response BYE", RELAY_RESPONSE, 1, 0, 0, 0 },
	{ "response TIME", RELAY_RESPONSE, 2, BIT(TIME) | BIT(ZONE), 0, 0 },
	{ "response NAME", RELAY_RESPONSE, 3, BIT(NAME), 0, 0 },
	{ "response LIST", RELAY_RESPONSE, 4, 0, BIT(ENTRY) | BIT(CURSOR), BIT(ENTRY) },
	{ "response SEND", RELAY_RESPONSE, 5, BIT(OUTCOME), BIT(COUNT) | BIT(THROUGH), 0 },
	{ "response HELLO", RELAY_RESPONSE, 6, BIT(NUMBER), BIT(NAME), 0 },
	{ "response PING", RELAY_RESPONSE, 7, 0, BIT(DATA), 0 },
	{ "response JOIN", RELAY_RESPONSE, 8, BIT(COUNT), 0, 0 },
	{ "response LEAVE", RELAY_RESPONSE, 9, 0, 0, 0 },
	{ "response ROOMS", RELAY_RESPONSE, 10, 0, BIT(ENTRY) | BIT(CURSOR), BIT(ENTRY) },
	{ "response WATCH", RELAY_RESPONSE, 11, 0, 0, 0 },
	{ "indication BYE", RELAY_INDICATION, 1, BIT(TEXT), 0, 0 },
	{ "indication SEND", RELAY_INDICATION, 5, BIT(FROM) | BIT(DATA) | BIT(TIME),
	  BIT(TO_ROOM) | BIT(MESSAGE_ID), 0 },
	{ "indication HELLO", RELAY_INDICATION, 6,
	  BIT(NAME) | BIT(TEXT) | BIT(NUMBER) | BIT(ADDRESS) | BIT(LIMIT) | BIT(KEEPALIVE) |
		  BIT(AUTH),
	  0, 0 },
	{ "indication PING", RELAY_INDICATION, 7, 0, 0, 0 },
	{ "indication WATCH", RELAY_INDICATION, 11, BIT(FLAG) | BIT(ENTRY), 0, 0 },
	{ "indication ERROR", RELAY_INDICATION, 12, BIT(TEXT), BIT(RETRY_AFTER), 0 },
	{ "acknowledgement SEND", RELAY_ACKNOWLEDGEMENT, 5, 0, BIT(THROUGH), 0 },
	{ "acknowledgement PING", RELAY_ACKNOWLEDGEMENT, 7, 0, BIT(THROUGH), 0 },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))
#define FIRST_TAG ((unsigned)RELAY_FIELD_TEXT)
#define LAST_TAG ((unsigned)RELAY_FIELD_RETRY_AFTER)

static const uint8_t sample_id[RELAY_MESSAGE_ID_BYTES] = "0123456789abcdef";

static const struct relay_entry sample_client = {
	.number = 7,
	.address = { 4, 51402, { 127, 0, 0, 1 } },
	.name = { (const uint8_t *)"alice", 5 },
	.since_ns = UINT64_C(1795179600000000000),
};

static const struct relay_entry sample_room = {
	.name = { (const uint8_t *)"tea", 3 },
	.count = 3,
};

/* A message that has every field once. */
static const struct relay_message sample = {
	.text = { (const uint8_t *)"words", 5 },
	.data = { (const uint8_t *)"da\0ta", 5 },
	.number = 9,
	.name = { (const uint8_t *)"bob", 3 },
	.address = { 6, 80, { [15] = 1 } },
	.time_ns = UINT64_C(0x0102030405060708),
	.zone_s = -12600,
	.to_number = 0x01020304,
	.to_name = { (const uint8_t *)"carol", 5 },
	.to_room = { (const uint8_t *)"tea", 3 },
	.message_id = sample_id,
	.outcome = RELAY_OUTCOME_PASSED,
	.through = 0xfffffffe,
	.limit = 65536,
	.keepalive_ms = 30000,
	.auth = 0,
	.cursor = { (const uint8_t *)"c", 1 },
	.count = 12,
	.flag = 1,
	.retry_after_ms = 250,
};

static const struct row *row_of(const char *name)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	fail_msg("there is no %s", name);
	return NULL;
}

static void put_sample(struct byte_writer *writer, const struct row *row, unsigned tag)
{
	if (tag == RELAY_FIELD_ENTRY && row->type == RELAY_TYPE_ROOMS)
		relay_put_room_entry(writer, &sample_room);
	else if (tag == RELAY_FIELD_ENTRY || tag == RELAY_FIELD_FROM)
		relay_put_entry(writer, (enum relay_field)tag, &sample_client);
	else
		reencode_field(writer, &sample, (enum relay_field)tag);
}

static void put_samples(struct byte_writer *writer, const struct row *row, uint32_t fields)
{
	for (unsigned tag = FIRST_TAG; tag <= LAST_TAG; tag++) {
		if (fields >> tag & 1u)
			put_sample(writer, row, tag);
	}
}

/* The body that was written, as a frame of the row; id 1. */
static enum relay_message_verdict judge(const struct row *row, const struct byte_writer *body,
					struct relay_message *message, const char **problem)
{
	struct relay_frame frame = {
		.kind = (uint8_t)row->kind,
		.type = row->type,
		.id = 1,
		.length = (uint32_t)body->length,
		.body = body->bytes,
	};

	assert_false(body->overflowed);
	return relay_message_decode(&frame, message, problem);
}

static void every_message_is_good_with_all_its_fields_and_with_the_required_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const struct row *row = &rows[i];
		uint32_t masks[] = { row->required, row->required | row->optional };

		for (size_t mask = 0; mask < 2; mask++) {
			uint8_t memory[1024];
			struct byte_writer body = byte_writer_into(memory, sizeof(memory));
			struct relay_message message;
			const char *problem = "";

			put_samples(&body, row, masks[mask]);
			if (judge(row, &body, &message, &problem) != RELAY_MESSAGE_OK)
				fail_msg("%s: %s", row->name, problem);
			assert_int_equal(message.present, masks[mask]);
		}
	}
}

static void a_message_that_lacks_a_required_field_is_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		for (unsigned tag = FIRST_TAG; tag <= LAST_TAG; tag++) {
			uint8_t memory[1024];
			struct byte_writer body = byte_writer_into(memory, sizeof(memory));
			struct relay_message message;
			const char *problem = NULL;

			if ((rows[i].required >> tag & 1u) == 0)
				continue;
			put_samples(&body, &rows[i],
				    (rows[i].required | rows[i].optional) & ~(1u << tag));
			if (judge(&rows[i], &body, &message, &problem) != RELAY_MESSAGE_MALFORMED)
				fail_msg("%s is good without %u", rows[i].name, tag);
			assert_non_null(strstr(problem, "missing"));
		}
	}
}

static void a_field_that_may_not_repeat_makes_the_message_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		uint32_t listed = rows[i].required | rows[i].optional;

		for (unsigned tag = FIRST_TAG; tag <= LAST_TAG; tag++) {
			uint8_t memory[1024];
			struct byte_writer body = byte_writer_into(memory, sizeof(memory));
			struct relay_message message;
			enum relay_message_verdict verdict;

			if ((listed >> tag & 1u) == 0)
				continue;
			put_samples(&body, &rows[i], listed);
			put_sample(&body, &rows[i], tag);
			verdict = judge(&rows[i], &body, &message, NULL);
			if ((verdict == RELAY_MESSAGE_OK) != (rows[i].repeatable >> tag & 1u))
				fail_msg("%s with field %u twice", rows[i].name, tag);
		}
	}
}

/* What a message does not list is not even looked at: three bytes fit none of the fixed sizes. */
static void fields_that_a_message_does_not_list_are_skipped(void **state)
{
	static const uint16_t unknown[] = { 0, 24, 31, 32, 33, 64, 0x0101, 0xffff };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		uint32_t listed = rows[i].required | rows[i].optional;
		uint8_t memory[1024];
		struct byte_writer body = byte_writer_into(memory, sizeof(memory));
		struct relay_message message;
		const char *problem = "";

		for (unsigned tag = FIRST_TAG; tag <= LAST_TAG; tag++) {
			bool is_recipient =
				rows[i].type == RELAY_TYPE_SEND && rows[i].kind == RELAY_REQUEST &&
				tag >= RELAY_FIELD_TO_NUMBER && tag <= RELAY_FIELD_TO_ROOM;

			if ((listed >> tag & 1u) == 0 && !is_recipient)
				relay_put_bytes(&body, (enum relay_field)tag, "\x01\xff\x00", 3);
		}
		put_samples(&body, &rows[i], listed);
		for (size_t tag = 0; tag < sizeof(unknown) / sizeof(unknown[0]); tag++) {
			byte_write_u16_be(&body, unknown[tag]);
			byte_write_u32_be(&body, 1);
			byte_write_u8(&body, 0xff);
		}
		if (judge(&rows[i], &body, &message, &problem) != RELAY_MESSAGE_OK)
			fail_msg("%s: %s", rows[i].name, problem);
		assert_int_equal(message.present, listed);
	}
}

static void every_cut_of_a_body_is_malformed_or_whole_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		uint8_t memory[1024];
		struct byte_writer body = byte_writer_into(memory, sizeof(memory));
		size_t boundary = 0;
		size_t whole;

		put_samples(&body, &rows[i], rows[i].required | rows[i].optional);
		whole = body.length;
		for (body.length = 1; body.length < whole; body.length++) {
			struct relay_message message;

			if (body.length > boundary)
				boundary += 6 + relay_load_u32(memory + boundary + 2);
			if (body.length != boundary)
				assert_int_equal(judge(&rows[i], &body, &message, NULL),
						 RELAY_MESSAGE_MALFORMED);
		}
	}
}

static void only_the_types_of_a_kind_exist_in_it(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind <= 255; kind++) {
		for (uint32_t type = 0; type <= 0xffff; type += type < 40 ? 1 : 251) {
			struct relay_frame frame = { .kind = (uint8_t)kind,
						     .type = (uint16_t)type };
			struct relay_message message;
			bool exists = false;

			for (size_t i = 0; i < ROW_COUNT; i++)
				exists |= rows[i].kind == kind && rows[i].type == type;
			assert_int_equal(relay_message_decode(&frame, &message, NULL) !=
						 RELAY_MESSAGE_UNKNOWN_TYPE,
					 exists);
		}
	}
}

static void all_values_survive_the_way_there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		uint8_t memory[1024];
		uint8_t again[1024];
		struct byte_writer writer = byte_writer_into(memory, sizeof(memory));
		size_t start = relay_frame_begin(&writer, rows[i].kind, rows[i].type, 0, 77);
		struct relay_frame frame;
		struct relay_message message;
		size_t needed;

		put_samples(&writer, &rows[i], rows[i].required | rows[i].optional);
		relay_frame_end(&writer, start);
		assert_int_equal(relay_frame_decode(memory, writer.length, 1024, &frame, &needed),
				 RELAY_FRAME_OK);
		assert_int_equal(relay_message_decode(&frame, &message, NULL), RELAY_MESSAGE_OK);
		assert_int_equal(reencode_message(&frame, &message, again, sizeof(again)),
				 writer.length);
		assert_memory_equal(again, memory, writer.length);
	}
}

static void a_refusal_has_one_shape_whatever_was_asked(void **state)
{
	static const uint16_t types[] = { 1, 2, 5, 12, 13, 0, 0xffff };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		uint8_t memory[64];
		struct byte_writer body = byte_writer_into(memory, sizeof(memory));
		struct relay_frame frame = { .kind = RELAY_RESPONSE, .type = types[i], .id = 9 };
		struct relay_message message;

		frame.status = RELAY_STATUS_BUSY;
		assert_int_equal(relay_message_decode(&frame, &message, NULL), RELAY_MESSAGE_OK);
		assert_int_equal(message.present, 0);

		relay_put_text(&body, RELAY_FIELD_TEXT, "later");
		relay_put_u32(&body, RELAY_FIELD_RETRY_AFTER, 250);
		relay_put_u32(&body, RELAY_FIELD_THROUGH, 1); /* below the id, but not listed */
		frame.body = memory;
		frame.length = (uint32_t)body.length;
		frame.status = 0xffff;
		assert_int_equal(relay_message_decode(&frame, &message, NULL), RELAY_MESSAGE_OK);
		assert_int_equal(message.present, BIT(TEXT) | BIT(RETRY_AFTER));
		assert_int_equal(message.retry_after_ms, 250);
		assert_memory_equal(message.text.bytes, "later", message.text.length);
	}
}

static void through_may_equal_the_id_but_not_be_below_it(void **state)
{
	static const struct row *through_rows[2] = { NULL, NULL };
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if ((rows[i].optional & BIT(THROUGH)) && rows[i].type == RELAY_TYPE_SEND)
			through_rows[count++] = &rows[i];
	}
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++) {
		uint8_t memory[64];
		struct byte_writer body = byte_writer_into(memory, sizeof(memory));
		struct relay_frame frame = { .kind = (uint8_t)through_rows[i]->kind, .type = 5 };
		struct relay_message message;
		const char *problem = NULL;

		put_samples(&body, through_rows[i], through_rows[i]->required);
		relay_put_u32(&body, RELAY_FIELD_THROUGH, 100);
		frame.body = memory;
		frame.length = (uint32_t)body.length;
		frame.id = 100;
		assert_int_equal(relay_message_decode(&frame, &message, NULL), RELAY_MESSAGE_OK);
		assert_int_equal(message.through, 100);
		frame.id = 101;
		assert_int_equal(relay_message_decode(&frame, &message, &problem),
				 RELAY_MESSAGE_MALFORMED);
		assert_string_equal(problem, "THROUGH is below the id");
	}
}

static void entries_are_handed_out_one_by_one(void **state)
{
	struct relay_entry unnamed = { .number = 9, .address = { 6, 1, { 0xfe, 0x80 } } };
	uint8_t memory[512];
	struct byte_writer body = byte_writer_into(memory, sizeof(memory));
	const struct row *list = row_of("response LIST");
	struct relay_message message;
	struct relay_bytes rest;
	struct relay_entry entry;

	(void)state;
	relay_put_text(&body, RELAY_FIELD_CURSOR, "next");
	relay_put_entry(&body, RELAY_FIELD_ENTRY, &sample_client);
	relay_put_text(&body, RELAY_FIELD_TEXT, "skipped, in the middle");
	relay_put_entry(&body, RELAY_FIELD_ENTRY, &unnamed);
	relay_put_text(&body, RELAY_FIELD_TEXT, "skipped, at the end");
	assert_int_equal(judge(list, &body, &message, NULL), RELAY_MESSAGE_OK);
	assert_int_equal(message.entry_count, 2);

	rest = message.entries;
	assert_true(relay_entry_next(&rest, &entry));
	assert_int_equal(entry.number, 7);
	assert_int_equal(entry.address.family, 4);
	assert_int_equal(entry.address.port, 51402);
	assert_memory_equal(entry.address.bytes, "\x7f\0\0\x01", 4);
	assert_int_equal(entry.name.length, 5);
	assert_memory_equal(entry.name.bytes, "alice", 5);
	assert_true(entry.since_ns == sample_client.since_ns);
	assert_true(relay_entry_next(&rest, &entry));
	assert_int_equal(entry.number, 9);
	assert_int_equal(entry.name.length, 0);
	assert_memory_equal(entry.address.bytes, unnamed.address.bytes, 16);
	assert_false(relay_entry_next(&rest, &entry));
	assert_false(relay_entry_next(&rest, &entry));
}

static void a_list_without_entries_hands_out_none(void **state)
{
	struct byte_writer body = byte_writer_into(NULL, 0);
	struct relay_message message;
	struct relay_entry entry;

	(void)state;
	memset(&message, 0xee, sizeof(message));
	assert_int_equal(judge(row_of("response LIST"), &body, &message, NULL), RELAY_MESSAGE_OK);
	assert_int_equal(message.entry_count, 0);
	assert_false(relay_entry_next(&message.entries, &entry));
}

static void a_room_entry_has_a_name_and_a_count(void **state)
{
	uint8_t memory[128];
	struct byte_writer body = byte_writer_into(memory, sizeof(memory));
	const struct row *room_list = row_of("response ROOMS");
	struct relay_message message;
	struct relay_entry entry;

	(void)state;
	relay_put_room_entry(&body, &sample_room);
	assert_int_equal(judge(room_list, &body, &message, NULL), RELAY_MESSAGE_OK);
	assert_true(relay_entry_next(&message.entries, &entry));
	assert_int_equal(entry.count, 3);
	assert_memory_equal(entry.name.bytes, "tea", 3);
	/* the same entry is none for a LIST, and a client's none for ROOMS */
	assert_int_equal(judge(row_of("response LIST"), &body, &message, NULL),
			 RELAY_MESSAGE_MALFORMED);
	body.length = 0;
	relay_put_entry(&body, RELAY_FIELD_ENTRY, &sample_client);
	assert_int_equal(judge(room_list, &body, &message, NULL), RELAY_MESSAGE_MALFORMED);
}

static void a_name_is_1_to_64_bytes_of_utf8_without_controls(void **state)
{
	static const char *const good[] = {
		"a",
		"7",
		"#tea",
		"two words",
		"\xe4\xb8\xad\xe6\x96\x87",
		"\xf0\x9f\x8d\xb5",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	};
	static const char *const bad[] = {
		"",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
		"a\tb",
		"a\x1b[2J",
		"\x7f",
		"\xc2\x80",     /* U+0080, the first of the C1 controls */
		"\xc2\x9f",     /* and the last */
		"\xc0\x80",     /* an overlong zero */
		"\xed\xa0\x80", /* a surrogate */
		"cut \xe4\xb8",
		"\xff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(relay_name_is_valid((const uint8_t *)good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(relay_name_is_valid((const uint8_t *)bad[i], strlen(bad[i])));
	assert_false(relay_name_is_valid((const uint8_t *)"a\0b", 3));
	assert_true(relay_name_is_valid((const uint8_t *)"\xc2\xa0", 2)); /* not Cc */
}

static void a_mapped_address_counts_as_ipv4(void **state)
{
	struct relay_entry entry = sample_client;
	uint8_t memory[128];
	struct byte_writer body = byte_writer_into(memory, sizeof(memory));
	struct relay_message message;

	(void)state;
	entry.address = (struct relay_address){
		6, 80, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3 }
	};
	relay_put_entry(&body, RELAY_FIELD_ENTRY, &entry);
	assert_int_equal(judge(row_of("response LIST"), &body, &message, NULL), RELAY_MESSAGE_OK);
	assert_true(relay_entry_next(&message.entries, &entry));
	assert_int_equal(entry.address.family, 4);
	assert_int_equal(entry.address.port, 80);
	assert_memory_equal(entry.address.bytes, "\x0a\x01\x02\x03\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static void a_field_is_written_whole_or_not_at_all(void **state)
{
	(void)state;
	for (size_t capacity = 0; capacity < 54; capacity++) {
		uint8_t memory[64];
		struct byte_writer writer = byte_writer_into(memory, capacity);

		relay_put_entry(&writer, RELAY_FIELD_ENTRY, &sample_client);
		assert_true(writer.overflowed);
		assert_int_equal(writer.length, 0);
	}
	for (size_t capacity = 0; capacity < 10; capacity++) {
		uint8_t memory[64];
		struct byte_writer writer = byte_writer_into(memory, capacity);

		relay_put_u32(&writer, RELAY_FIELD_NUMBER, 1);
		assert_true(writer.overflowed);
		assert_int_equal(writer.length, 0);
	}
}

static void no_entry_is_larger_than_is_stated(void **state)
{
	struct relay_entry largest = sample_client;
	uint8_t name[RELAY_NAME_MAX_BYTES];
	uint8_t memory[RELAY_ENTRY_MAX_BYTES];
	struct byte_writer writer = byte_writer_into(memory, sizeof(memory));

	(void)state;
	memset(name, 'n', sizeof(name));
	largest.address.family = 6;
	largest.name = (struct relay_bytes){ name, sizeof(name) };
	relay_put_entry(&writer, RELAY_FIELD_FROM, &largest);
	assert_false(writer.overflowed);
	assert_int_equal(writer.length, RELAY_ENTRY_MAX_BYTES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_message_is_good_with_all_its_fields_and_with_the_required_ones),
		cmocka_unit_test(a_message_that_lacks_a_required_field_is_malformed),
		cmocka_unit_test(a_field_that_may_not_repeat_makes_the_message_malformed),
		cmocka_unit_test(fields_that_a_message_does_not_list_are_skipped),
		cmocka_unit_test(every_cut_of_a_body_is_malformed_or_whole_fields),
		cmocka_unit_test(only_the_types_of_a_kind_exist_in_it),
		cmocka_unit_test(all_values_survive_the_way_there_and_back),
		cmocka_unit_test(a_refusal_has_one_shape_whatever_was_asked),
		cmocka_unit_test(through_may_equal_the_id_but_not_be_below_it),
		cmocka_unit_test(entries_are_handed_out_one_by_one),
		cmocka_unit_test(a_list_without_entries_hands_out_none),
		cmocka_unit_test(a_room_entry_has_a_name_and_a_count),
		cmocka_unit_test(a_name_is_1_to_64_bytes_of_utf8_without_controls),
		cmocka_unit_test(a_mapped_address_counts_as_ipv4),
		cmocka_unit_test(a_field_is_written_whole_or_not_at_all),
		cmocka_unit_test(no_entry_is_larger_than_is_stated),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
