#include "packet/tcp_header.h"

#include <string.h>

#include "support/unit_test.h"

#define DECODED(...)                                                                               \
	decoded((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static struct tcp_options decoded(const uint8_t *bytes, size_t length)
{
	struct tcp_options options;

	memset(&options, 0xa5, sizeof(options));
	tcp_options_decode(bytes, length, &options);
	return options;
}

static void the_options_of_a_syn_are_read(void **state)
{
	struct tcp_options options =
		DECODED(0x02, 0x04, 0x05, 0xb4,             /* MSS 1460 */
			0x04, 0x02,                         /* SACK permitted */
			0x08, 0x0a, 0, 0, 1, 0, 0, 0, 2, 0, /* timestamps 256, 512 */
			0x01,                               /* NOP */
			0x03, 0x03, 0x07);                  /* window scale 7 */

	(void)state;
	assert_int_equal(options.has, TCP_HAS_MSS | TCP_HAS_SACK_PERMITTED | TCP_HAS_TIMESTAMPS |
					      TCP_HAS_WINDOW_SCALE);
	assert_int_equal(options.mss, 1460);
	assert_int_equal(options.timestamp_value, 256);
	assert_int_equal(options.timestamp_echo, 512);
	assert_int_equal(options.window_scale, 7);
	assert_int_equal(options.sack_count, 0);
}

static void sack_blocks_are_read_in_order(void **state)
{
	struct tcp_options options =
		DECODED(0x01, 0x01, 0x05, 0x12,              /* two blocks */
			0, 0, 0, 10, 0, 0, 0, 20,            /* 10 to 20 */
			0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 5); /* across the wrap */

	(void)state;
	assert_int_equal(options.has, TCP_HAS_SACK);
	assert_int_equal(options.sack_count, 2);
	assert_int_equal(options.sack[0].left, 10);
	assert_int_equal(options.sack[0].right, 20);
	assert_int_equal(options.sack[1].left, UINT32_C(0xfffffff0));
	assert_int_equal(options.sack[1].right, 5);
}

static void no_more_sack_blocks_are_kept_than_there_is_room_for(void **state)
{
	uint8_t bytes[2 + 32 + 2 + 32] = { [0] = 0x05, [1] = 34, [34] = 0x05, [35] = 34 };
	struct tcp_options options = decoded(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(options.sack_count, TCP_SACK_MAX_BLOCKS);
	assert_int_equal(options.has, TCP_HAS_SACK);
}

static void the_rarer_options_are_known(void **state)
{
	static const uint8_t md5[18] = { 19, 18 };
	struct tcp_options options = decoded(md5, sizeof(md5));

	(void)state;
	assert_int_equal(options.has, TCP_HAS_MD5);
	options = DECODED(28, 4, 0x80, 0x05); /* five minutes */
	assert_int_equal(options.has, TCP_HAS_USER_TIMEOUT);
	assert_int_equal(options.user_timeout, 0x8005);
	options = DECODED(29, 6, 1, 2, 0xaa, 0xbb);
	assert_int_equal(options.has, TCP_HAS_AO);
	options = DECODED(30, 4, 0x20, 0x01);
	assert_int_equal(options.has, TCP_HAS_MPTCP);
	assert_string_equal(mptcp_subtype_name(options.mptcp_subtype), "DSS");
	options = DECODED(174, 5, 0, 0, 1);
	assert_int_equal(options.has, TCP_HAS_ACCECN);
	options = DECODED(99, 4, 1, 2);
	assert_int_equal(options.has, TCP_HAS_OTHER);
}

static void fast_open_is_known_by_its_kind_and_as_an_experiment(void **state)
{
	struct tcp_options options = DECODED(34, 2); /* asks for a cookie */

	(void)state;
	assert_int_equal(options.has, TCP_HAS_FAST_OPEN);
	assert_int_equal(options.fast_open_length, 0);
	options = DECODED(34, 6, 1, 2, 3, 4);
	assert_int_equal(options.fast_open_length, 4);
	options = DECODED(254, 8, 0xf9, 0x89, 1, 2, 3, 4);
	assert_int_equal(options.has, TCP_HAS_FAST_OPEN);
	assert_int_equal(options.fast_open_length, 4);
	options = DECODED(253, 4, 0xac, 0xc1);
	assert_int_equal(options.has, TCP_HAS_ACCECN);
	options = DECODED(253, 4, 0x12, 0x34);
	assert_int_equal(options.has, TCP_HAS_OTHER);
	options = DECODED(253, 3, 0xf9); /* too short to tell whose */
	assert_int_equal(options.has, TCP_HAS_OTHER);
}

static void nothing_is_read_behind_the_end_of_the_list(void **state)
{
	struct tcp_options options = DECODED(0x01, 0x00, 0x02, 0x04, 0x05, 0xb4);

	(void)state;
	assert_int_equal(options.has, 0);
}

static void a_length_past_the_end_or_of_nothing_lies(void **state)
{
	(void)state;
	/* kind 5 (SACK), length 10, but only 4 bytes follow */
	assert_int_equal(DECODED(0x05, 0x0a, 0, 0, 0, 1).has, TCP_HAS_BAD_LENGTH);
	assert_int_equal(DECODED(0x02, 0x00, 0x05, 0xb4).has, TCP_HAS_BAD_LENGTH);
	assert_int_equal(DECODED(0x02, 0x01, 0x05, 0xb4).has, TCP_HAS_BAD_LENGTH);
	assert_int_equal(DECODED(0x01, 0x02).has, TCP_HAS_BAD_LENGTH);
}

static void an_option_of_another_length_than_its_kind_has_is_skipped(void **state)
{
	struct tcp_options options = DECODED(0x02, 0x03, 0x05,    /* an MSS of one byte */
					     0x05, 0x05, 1, 2, 3, /* no whole SACK block */
					     0x08, 0x09, 1, 2, 3, 4, 5, 6, 7, /* a byte short */
					     0x03, 0x03, 0x09); /* right: window scale 9 */

	(void)state;
	assert_int_equal(options.has, TCP_HAS_BAD_LENGTH | TCP_HAS_WINDOW_SCALE);
	assert_int_equal(options.window_scale, 9);
}

static void options_can_be_taken_one_by_one(void **state)
{
	static const uint8_t bytes[] = { 0x01, 0x02, 0x04, 0x05, 0xb4, 0x63, 0x07, 0xaa };
	struct tcp_option option;
	size_t offset = 0;

	(void)state;
	assert_true(tcp_option_next(bytes, sizeof(bytes), &offset, &option));
	assert_int_equal(option.kind, TCP_OPTION_NOP);
	assert_int_equal(option.length, 1);
	assert_int_equal(option.content_length, 0);
	assert_true(tcp_option_next(bytes, sizeof(bytes), &offset, &option));
	assert_string_equal(tcp_option_name(option.kind), "mss");
	assert_int_equal(option.length, 4);
	assert_false(option.bad_length);
	assert_int_equal(option.content_length, 2);
	assert_ptr_equal(option.content, bytes + 3);
	/* kind 99 says 7 bytes, and 3 are there: the content is the one that is */
	assert_true(tcp_option_next(bytes, sizeof(bytes), &offset, &option));
	assert_null(tcp_option_name(option.kind));
	assert_true(option.bad_length);
	assert_int_equal(option.length, 7);
	assert_int_equal(option.content_length, 1);
	assert_int_equal(option.content[0], 0xaa);
	assert_false(tcp_option_next(bytes, sizeof(bytes), &offset, &option));
	assert_int_equal(offset, sizeof(bytes));
}

static void every_subtype_of_mptcp_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(mptcp_subtype_name(0), "MP_CAPABLE");
	assert_string_equal(mptcp_subtype_name(7), "MP_FASTCLOSE");
	assert_string_equal(mptcp_subtype_name(8), "MP_TCPRST");
	assert_null(mptcp_subtype_name(9));
	assert_string_equal(mptcp_subtype_name(15), "MP_EXPERIMENTAL");
	assert_null(mptcp_subtype_name(16));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_options_of_a_syn_are_read),
		cmocka_unit_test(sack_blocks_are_read_in_order),
		cmocka_unit_test(no_more_sack_blocks_are_kept_than_there_is_room_for),
		cmocka_unit_test(the_rarer_options_are_known),
		cmocka_unit_test(fast_open_is_known_by_its_kind_and_as_an_experiment),
		cmocka_unit_test(nothing_is_read_behind_the_end_of_the_list),
		cmocka_unit_test(a_length_past_the_end_or_of_nothing_lies),
		cmocka_unit_test(an_option_of_another_length_than_its_kind_has_is_skipped),
		cmocka_unit_test(options_can_be_taken_one_by_one),
		cmocka_unit_test(every_subtype_of_mptcp_has_a_name),
	};

	return cmocka_run_group_tests_name("tcp_options", tests, NULL, NULL);
}
