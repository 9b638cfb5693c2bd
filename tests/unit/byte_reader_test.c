#include "base/byte_reader.h"

#include "support/unit_test.h"

static void integers_are_read_in_the_order_that_the_name_says(void **state)
{
	static const uint8_t bytes[] = {
		0x7f,                                           /* u8 */
		0x12, 0x34,                                     /* u16, big-endian */
		0x80, 0x00, 0x00, 0x01,                         /* u32, big-endian */
		0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10, /* u64, big-endian */
		0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, /* u64, little-endian */
	};
	struct byte_reader reader = byte_reader_over(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(byte_reader_u8(&reader), 0x7f);
	assert_int_equal(byte_reader_u16_be(&reader), 0x1234);
	assert_int_equal(byte_reader_u32_be(&reader), 0x80000001);
	assert_true(byte_reader_u64_be(&reader) == UINT64_C(0xfedcba9876543210));
	assert_true(byte_reader_u64_le(&reader) == UINT64_C(0x8000000000000002));
	assert_false(reader.overran);
	assert_int_equal(reader.left, 0);
}

static void the_last_byte_can_be_read_and_no_more(void **state)
{
	static const uint8_t bytes[] = { 1, 2 };
	struct byte_reader reader = byte_reader_over(bytes, sizeof(bytes));

	(void)state;
	assert_ptr_equal(byte_reader_bytes(&reader, 2), bytes);
	assert_false(reader.overran);
	assert_null(byte_reader_bytes(&reader, 1));
	assert_true(reader.overran);
}

static void an_overrun_sticks_even_for_reads_that_would_fit(void **state)
{
	static const uint8_t bytes[] = { 0xaa, 0xbb, 0xcc };
	struct byte_reader reader = byte_reader_over(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(byte_reader_u32_be(&reader), 0);
	assert_true(reader.overran);
	assert_int_equal(byte_reader_u8(&reader), 0);
	assert_int_equal(byte_reader_u16_be(&reader), 0);
	assert_true(byte_reader_u64_be(&reader) == 0);
	assert_true(byte_reader_u64_le(&reader) == 0);
	assert_null(byte_reader_bytes(&reader, 0));
}

static void a_length_near_the_top_of_size_t_is_an_overrun_and_does_not_wrap(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4 };
	struct byte_reader reader = byte_reader_over(bytes, sizeof(bytes));

	(void)state;
	(void)byte_reader_u8(&reader);
	assert_null(byte_reader_bytes(&reader, SIZE_MAX));
	assert_true(reader.overran);
}

static void nothing_of_nothing_is_no_overrun(void **state)
{
	static const uint8_t bytes[1];
	struct byte_reader reader = byte_reader_over(bytes, 0);

	(void)state;
	assert_ptr_equal(byte_reader_bytes(&reader, 0), bytes);
	assert_false(reader.overran);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_read_in_the_order_that_the_name_says),
		cmocka_unit_test(the_last_byte_can_be_read_and_no_more),
		cmocka_unit_test(an_overrun_sticks_even_for_reads_that_would_fit),
		cmocka_unit_test(a_length_near_the_top_of_size_t_is_an_overrun_and_does_not_wrap),
		cmocka_unit_test(nothing_of_nothing_is_no_overrun),
	};

	return cmocka_run_group_tests_name("byte_reader", tests, NULL, NULL);
}
