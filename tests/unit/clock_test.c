#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/unit_test.h"

#define MOMENT_NS (UINT64_C(1795179600) * NS_PER_S + 123456789) /* 2026-11-20 13:00:00 UTC */

static void a_moment_is_written_as_rfc_3339_in_the_zone_asked_for(void **state)
{
	char text[CLOCK_TEXT_BYTES];

	(void)state;
	clock_text(MOMENT_NS, 8 * 3600, 9, text);
	assert_string_equal(text, "2026-11-20T21:00:00.123456789+08:00");
	clock_text(MOMENT_NS, 0, 3, text);
	assert_string_equal(text, "2026-11-20T13:00:00.123+00:00");
	clock_text(MOMENT_NS, -(3 * 3600 + 1800), 0, text);
	assert_string_equal(text, "2026-11-20T09:30:00-03:30");
	clock_text(0, 0, 0, text);
	assert_string_equal(text, "1970-01-01T00:00:00+00:00");
}

static void any_time_and_zone_that_a_peer_sends_fits_the_buffer(void **state)
{
	static const int32_t zones[] = { INT32_MIN, -86400, -1, 0, 1, 86399, INT32_MAX };
	static const uint64_t times[] = { 0, 1, MOMENT_NS, UINT64_MAX };

	(void)state;
	for (size_t zone = 0; zone < sizeof(zones) / sizeof(zones[0]); zone++) {
		for (size_t time = 0; time < sizeof(times) / sizeof(times[0]); time++) {
			char text[CLOCK_TEXT_BYTES + 1];

			memset(text, '#', sizeof(text));
			clock_text(times[time], zones[zone], 9, text);
			assert_int_equal(text[CLOCK_TEXT_BYTES], '#');
			assert_in_range(strnlen(text, CLOCK_TEXT_BYTES), 1, CLOCK_TEXT_BYTES - 1);
		}
	}
}

static void the_zone_is_the_one_of_the_moment_and_not_of_now(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	tzset();
	assert_int_equal(clock_zone_s(MOMENT_NS), 3600);
	assert_int_equal(clock_zone_s(MOMENT_NS - UINT64_C(120) * 86400 * NS_PER_S), 7200);
	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
	tzset();
	assert_int_equal(clock_zone_s(MOMENT_NS), 0);
}

static void elapsed_time_never_goes_back(void **state)
{
	uint64_t last = clock_elapsed_ns();

	(void)state;
	for (int i = 0; i < 1000; i++) {
		uint64_t now = clock_elapsed_ns();

		assert_true(now >= last);
		last = now;
	}
	assert_true(clock_elapsed_ms() >= last / NS_PER_MS);
}

static void the_wall_clock_is_the_time_of_day(void **state)
{
	time_t before = time(NULL);
	uint64_t now = clock_wall_ns();
	time_t after = time(NULL);

	(void)state;
	/* time() may read a coarser clock, up to a tick behind */
	assert_true(now / NS_PER_S >= (uint64_t)before);
	assert_true(now / NS_PER_S <= (uint64_t)after + 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_is_written_as_rfc_3339_in_the_zone_asked_for),
		cmocka_unit_test(any_time_and_zone_that_a_peer_sends_fits_the_buffer),
		cmocka_unit_test(the_zone_is_the_one_of_the_moment_and_not_of_now),
		cmocka_unit_test(elapsed_time_never_goes_back),
		cmocka_unit_test(the_wall_clock_is_the_time_of_day),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
