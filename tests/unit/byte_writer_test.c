#include "base/byte_writer.h"

#include "support/unit_test.h"

static void integers_are_written_in_the_order_that_the_name_says(void **state)
{
	static const uint8_t expected[] = {
		0x7f,                                           /* u8 */
		0x12, 0x34,                                     /* u16, big-endian */
		0x80, 0x00, 0x00, 0x01,                         /* u32, big-endian */
		0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10, /* u64, big-endian */
		0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, /* u64, little-endian */
	};
	uint8_t memory[sizeof(expected)];
	struct byte_writer writer = byte_writer_into(memory, sizeof(memory));

	(void)state;
	byte_write_u8(&writer, 0x7f);
	byte_write_u16_be(&writer, 0x1234);
	byte_write_u32_be(&writer, 0x80000001);
	byte_write_u64_be(&writer, UINT64_C(0xfedcba9876543210));
	byte_write_u64_le(&writer, UINT64_C(0x8000000000000002));
	assert_false(writer.overflowed);
	assert_int_equal(writer.length, sizeof(expected));
	assert_memory_equal(memory, expected, sizeof(expected));
}

static void a_write_that_does_not_fit_writes_nothing(void **state)
{
	uint8_t memory[6] = { 0, 0, 0, 0xee, 0xee, 0xee };
	struct byte_writer writer = byte_writer_into(memory, 5);

	(void)state;
	byte_write_bytes(&writer, "abc", 3);
	byte_write_u32_be(&writer, 0x01020304);
	assert_true(writer.overflowed);
	assert_int_equal(writer.length, 3);
	assert_memory_equal(memory, "abc\xee\xee\xee", 6);
}

static void an_overflow_sticks_even_for_writes_that_would_fit(void **state)
{
	uint8_t memory[4] = { 0 };
	struct byte_writer writer = byte_writer_into(memory, sizeof(memory));

	(void)state;
	byte_write_u64_be(&writer, UINT64_MAX); /* its first half would have fitted */
	assert_true(writer.overflowed);
	byte_write_u8(&writer, 1);
	byte_write_u16_be(&writer, 1);
	assert_null(byte_writer_room(&writer, 0));
	assert_true(writer.overflowed);
}

static void a_length_near_the_top_of_size_t_is_an_overflow_and_does_not_wrap(void **state)
{
	uint8_t memory[4];
	struct byte_writer writer = byte_writer_into(memory, sizeof(memory));

	(void)state;
	byte_write_u8(&writer, 1);
	assert_null(byte_writer_room(&writer, SIZE_MAX));
	assert_true(writer.overflowed);
	assert_int_equal(writer.length, 1);
}

static void the_memory_can_be_filled_to_its_last_byte(void **state)
{
	uint8_t memory[3];
	struct byte_writer writer = byte_writer_into(memory, sizeof(memory));

	(void)state;
	byte_write_bytes(&writer, "xyz", 3);
	byte_write_bytes(&writer, NULL, 0);
	assert_false(writer.overflowed);
	assert_memory_equal(memory, "xyz", 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_written_in_the_order_that_the_name_says),
		cmocka_unit_test(a_write_that_does_not_fit_writes_nothing),
		cmocka_unit_test(an_overflow_sticks_even_for_writes_that_would_fit),
		cmocka_unit_test(a_length_near_the_top_of_size_t_is_an_overflow_and_does_not_wrap),
		cmocka_unit_test(the_memory_can_be_filled_to_its_last_byte),
	};

	return cmocka_run_group_tests_name("byte_writer", tests, NULL, NULL);
}
