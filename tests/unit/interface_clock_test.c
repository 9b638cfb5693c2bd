#include "capture/interface_clock.h"
#include "packet/captured_frame.h"

#include "support/unit_test.h"

static int64_t ns_of(uint8_t resolution, int64_t offset_s, uint64_t ticks)
{
	struct interface_clock clock;

	interface_clock_init(&clock, resolution, offset_s);
	return interface_clock_ns(&clock, ticks);
}

static void decimal_ticks_of_any_size_are_nanoseconds(void **state)
{
	(void)state;
	assert_true(ns_of(0, 0, 7) == 7000000000);
	assert_true(ns_of(3, 0, 1001) == 1001000000);
	assert_true(ns_of(6, 0, 1700000000123456) == 1700000000123456000);
	assert_true(ns_of(9, 0, 1700000000123456789) == 1700000000123456789);
	assert_true(ns_of(12, 0, 1000750000000999) == 1000750000000);
	assert_true(ns_of(19, 0, UINT64_MAX) == 1844674407);
	assert_true(ns_of(28, 0, UINT64_MAX) == 1);
	assert_true(ns_of(29, 0, UINT64_MAX) == 0);
	assert_true(ns_of(127, 0, UINT64_MAX) == 0);
}

static void binary_ticks_of_any_size_are_nanoseconds(void **state)
{
	(void)state;
	assert_true(ns_of(0x80, 0, 5) == 5000000000);
	assert_true(ns_of(0x80 | 10, 0, 1024 * 1000 + 768) == 1000750000000);
	assert_true(ns_of(0x80 | 32, 0, (UINT64_C(1000) << 32) + (UINT64_C(3) << 30)) ==
		    1000750000000);
	assert_true(ns_of(0x80 | 64, 0, UINT64_MAX) == 999999999);
	assert_true(ns_of(0x80 | 93, 0, UINT64_MAX) == 1);
	assert_true(ns_of(0x80 | 94, 0, UINT64_MAX) == 0);
	assert_true(ns_of(0xff, 0, UINT64_MAX) == 0);
}

static void an_offset_is_added_in_seconds(void **state)
{
	(void)state;
	assert_true(ns_of(6, 1000000000, 1500000) == 1000000001500000000);
	assert_true(ns_of(6, -1000, 1500000) == -998500000000);
	assert_true(ns_of(0x80 | 1, -1, 1) == -500000000);
}

static void a_moment_out_of_range_is_the_nearest_in_it(void **state)
{
	(void)state;
	assert_true(ns_of(0, 0, UINT64_MAX) == CAPTURED_TIME_MAX_NS);
	assert_true(ns_of(6, 0, UINT64_MAX) == CAPTURED_TIME_MAX_NS);
	assert_true(ns_of(9, 0, UINT64_MAX) == CAPTURED_TIME_MAX_NS);
	assert_true(ns_of(6, INT64_MAX, 0) == CAPTURED_TIME_MAX_NS);
	assert_true(ns_of(6, INT64_MIN, 0) == -CAPTURED_TIME_MAX_NS);
	assert_true(ns_of(6, INT64_MIN, UINT64_MAX) == -CAPTURED_TIME_MAX_NS);
	/* On both sides of where the quick way ends. */
	assert_true(ns_of(9, 0, INT64_MAX / 2 - 1) == INT64_MAX / 2 - 1);
	assert_true(ns_of(9, 0, INT64_MAX / 2) == INT64_MAX / 2);
	assert_true(ns_of(9, 2305843009, INT64_MAX / 4 - 1) ==
		    INT64_MAX / 4 - 1 + INT64_C(2305843009000000000));
	assert_true(ns_of(9, 2305843010, INT64_MAX / 4) == CAPTURED_TIME_MAX_NS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal_ticks_of_any_size_are_nanoseconds),
		cmocka_unit_test(binary_ticks_of_any_size_are_nanoseconds),
		cmocka_unit_test(an_offset_is_added_in_seconds),
		cmocka_unit_test(a_moment_out_of_range_is_the_nearest_in_it),
	};

	return cmocka_run_group_tests_name("interface_clock", tests, NULL, NULL);
}
