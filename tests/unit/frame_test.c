#include "relay_protocol/frame.h"

#include <string.h>

#include "support/unit_test.h"

/* A request TIME with id 0x01020304 and a body of 3 bytes, which no TIME should have. */
static const uint8_t whole[] = {
	0x57, 0x54,             /* magic "WT" */
	0x01,                   /* version */
	0x01,                   /* kind: request */
	0x00, 0x02,             /* type: TIME */
	0x00, 0x00,             /* status */
	0x01, 0x02, 0x03, 0x04, /* id */
	0x00, 0x00, 0x00, 0x03, /* length */
	'a',  'b',  'c',        /* body */
};

static enum relay_frame_verdict decode(const uint8_t *bytes, size_t length, uint32_t max_body)
{
	struct relay_frame frame;
	size_t needed;

	return relay_frame_decode(bytes, length, max_body, &frame, &needed);
}

static void a_whole_frame_is_taken_apart(void **state)
{
	struct relay_frame frame;
	size_t needed = 0;

	(void)state;
	assert_int_equal(relay_frame_decode(whole, sizeof(whole), 3, &frame, &needed),
			 RELAY_FRAME_OK);
	assert_int_equal(needed, sizeof(whole));
	assert_int_equal(frame.kind, RELAY_REQUEST);
	assert_int_equal(frame.type, RELAY_TYPE_TIME);
	assert_int_equal(frame.status, RELAY_STATUS_OK);
	assert_int_equal(frame.id, 0x01020304);
	assert_int_equal(frame.length, 3);
	assert_ptr_equal(frame.body, whole + 16);
}

static void each_cut_of_a_frame_says_how_much_it_needs(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(whole); length++) {
		struct relay_frame frame = { .id = 0xdeadbeef };
		size_t needed = 0;

		assert_int_equal(relay_frame_decode(whole, length, 65536, &frame, &needed),
				 RELAY_FRAME_NEED_MORE);
		assert_int_equal(needed, length < 16 ? 16 : sizeof(whole));
		assert_int_equal(frame.id, 0xdeadbeef);
	}
}

static void bytes_behind_the_frame_are_not_looked_at(void **state)
{
	uint8_t bytes[sizeof(whole) + 1];
	struct relay_frame frame;
	size_t needed = 0;

	(void)state;
	memcpy(bytes, whole, sizeof(whole));
	bytes[sizeof(whole)] = 0xff;
	assert_int_equal(relay_frame_decode(bytes, sizeof(bytes), 3, &frame, &needed),
			 RELAY_FRAME_OK);
	assert_int_equal(needed, sizeof(whole));
}

static void a_fault_is_told_by_the_byte_that_shows_it(void **state)
{
	static const struct {
		size_t offset;
		uint8_t byte;
		enum relay_frame_verdict verdict;
	} faults[] = {
		{ 0, 'G', RELAY_FRAME_BAD_MAGIC }, { 0, 0x16, RELAY_FRAME_BAD_MAGIC },
		{ 1, 'w', RELAY_FRAME_BAD_MAGIC }, { 2, 0, RELAY_FRAME_BAD_VERSION },
		{ 2, 2, RELAY_FRAME_BAD_VERSION }, { 2, 0xff, RELAY_FRAME_BAD_VERSION },
		{ 3, 0, RELAY_FRAME_BAD_KIND },    { 3, 5, RELAY_FRAME_BAD_KIND },
		{ 3, 0x81, RELAY_FRAME_BAD_KIND },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		uint8_t bytes[sizeof(whole)];

		memcpy(bytes, whole, sizeof(whole));
		bytes[faults[i].offset] = faults[i].byte;
		assert_int_equal(decode(bytes, faults[i].offset, 3), RELAY_FRAME_NEED_MORE);
		for (size_t length = faults[i].offset + 1; length <= sizeof(bytes); length++)
			assert_int_equal(decode(bytes, length, 3), faults[i].verdict);
	}
}

static void the_first_of_two_faults_is_the_one_that_is_told(void **state)
{
	/* a wrong version, a wrong kind and a huge length */
	static const uint8_t bytes[] = { 0x57, 0x54, 0x09, 0x09, 0,    0,    0,    0,
					 0,    0,    0,    0,    0xff, 0xff, 0xff, 0xff };

	(void)state;
	assert_int_equal(decode(bytes, sizeof(bytes), 65536), RELAY_FRAME_BAD_VERSION);
}

static void a_length_over_the_limit_is_told_before_any_body_comes(void **state)
{
	static const uint32_t over[] = { 65537,      0x100000,   0x7fffffff,
					 0x80000000, 0xfffffff0, 0xffffffff };
	uint8_t bytes[16];

	(void)state;
	memcpy(bytes, whole, sizeof(bytes));
	for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
		relay_store_u32(bytes + 12, over[i]);
		assert_int_equal(decode(bytes, 15, 65536), RELAY_FRAME_NEED_MORE);
		assert_int_equal(decode(bytes, 16, 65536), RELAY_FRAME_TOO_LARGE);
	}
	relay_store_u32(bytes + 12, 65536);
	assert_int_equal(decode(bytes, 16, 65536), RELAY_FRAME_NEED_MORE);
	relay_store_u32(bytes + 12, 0);
	assert_int_equal(decode(bytes, 16, 65536), RELAY_FRAME_OK);
}

static void types_and_statuses_that_are_unknown_still_make_a_frame(void **state)
{
	uint8_t bytes[sizeof(whole)];
	struct relay_frame frame;
	size_t needed;

	(void)state;
	memcpy(bytes, whole, sizeof(whole));
	relay_store_u16(bytes + 4, 0xffff);
	relay_store_u16(bytes + 6, 0xfffe);
	assert_int_equal(relay_frame_decode(bytes, sizeof(bytes), 3, &frame, &needed),
			 RELAY_FRAME_OK);
	assert_int_equal(frame.type, 0xffff);
	assert_int_equal(frame.status, 0xfffe);
}

static void a_frame_that_is_written_gets_its_length_at_the_end(void **state)
{
	uint8_t memory[64];
	struct byte_writer writer = byte_writer_into(memory, sizeof(memory));
	size_t start;

	(void)state;
	byte_write_u8(&writer, 0xee); /* a frame need not stand at the front */
	start = relay_frame_begin(&writer, RELAY_REQUEST, RELAY_TYPE_TIME, 0, 0x01020304);
	byte_write_bytes(&writer, "abc", 3);
	relay_frame_end(&writer, start);
	assert_false(writer.overflowed);
	assert_int_equal(writer.length, 1 + sizeof(whole));
	assert_memory_equal(memory + 1, whole, sizeof(whole));
}

static void a_header_alone_is_the_same_header(void **state)
{
	struct relay_frame frame = {
		.kind = RELAY_REQUEST, .type = RELAY_TYPE_TIME, .id = 0x01020304, .length = 3
	};
	uint8_t header[16];

	(void)state;
	relay_frame_header(header, &frame);
	assert_memory_equal(header, whole, sizeof(header));
}

static void a_frame_without_room_overflows_and_leaves_what_was_before(void **state)
{
	uint8_t memory[20];
	struct byte_writer writer = byte_writer_into(memory, sizeof(memory));
	size_t start;

	(void)state;
	memset(memory, 0xee, sizeof(memory));
	byte_write_bytes(&writer, "front", 5);
	start = relay_frame_begin(&writer, RELAY_REQUEST, RELAY_TYPE_TIME, 0, 1);
	relay_frame_end(&writer, start);
	assert_true(writer.overflowed);
	assert_memory_equal(memory, "front\xee\xee\xee", 8);
}

static void every_type_and_status_has_a_slug_of_its_own(void **state)
{
	static const char *const types[] = { "bye",  "time", "name",  "list",  "send",  "hello",
					     "ping", "join", "leave", "rooms", "watch", "error" };
	static const char *const statuses[] = {
		"ok",         "malformed", "unsupported",   "too-large",    "no-such-client",
		"gone",       "busy",      "rate-limited",  "unauthorized", "forbidden",
		"name-taken", "timeout",   "shutting-down", "internal",
	};

	(void)state;
	for (uint16_t type = 1; type <= 12; type++)
		assert_string_equal(relay_type_slug(type), types[type - 1]);
	for (uint16_t status = 0; status <= 13; status++)
		assert_string_equal(relay_status_slug(status), statuses[status]);
	assert_string_equal(relay_type_slug(0), "unknown");
	assert_string_equal(relay_type_slug(13), "unknown");
	assert_string_equal(relay_status_slug(14), "unknown");
	assert_string_equal(relay_status_slug(0xffff), "unknown");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_frame_is_taken_apart),
		cmocka_unit_test(each_cut_of_a_frame_says_how_much_it_needs),
		cmocka_unit_test(bytes_behind_the_frame_are_not_looked_at),
		cmocka_unit_test(a_fault_is_told_by_the_byte_that_shows_it),
		cmocka_unit_test(the_first_of_two_faults_is_the_one_that_is_told),
		cmocka_unit_test(a_length_over_the_limit_is_told_before_any_body_comes),
		cmocka_unit_test(types_and_statuses_that_are_unknown_still_make_a_frame),
		cmocka_unit_test(a_frame_that_is_written_gets_its_length_at_the_end),
		cmocka_unit_test(a_header_alone_is_the_same_header),
		cmocka_unit_test(a_frame_without_room_overflows_and_leaves_what_was_before),
		cmocka_unit_test(every_type_and_status_has_a_slug_of_its_own),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
