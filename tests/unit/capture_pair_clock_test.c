#include "tcp_flow/capture_pair_clock.h"

#include "support/unit_test.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define EPOCH (INT64_C(1700000000) * SECOND)

/* A line of points each way, as two clocks and a link would give. */
struct script {
	struct pair_points forth;
	struct pair_points back;
	struct pair_clock clock;
	uint32_t seed;
};

static int64_t jitter(struct script *script, int64_t most)
{
	script->seed = script->seed * 1664525 + 1013904223;
	return most > 0 ? (int64_t)(script->seed >> 8) % most : 0;
}

/* count segments each way, `every` apart, that need `delays` and up to `most` more. */
static void play(struct script *script, int count, int64_t every, const int64_t delays[2],
		 int64_t most)
{
	for (int i = 0; i < count; i++) {
		int64_t at = EPOCH + i * every;

		pair_points_add(&script->forth, at, 5 * SECOND + delays[0] + jitter(script, most));
		pair_points_add(&script->back, at + every / 2,
				5 * SECOND - delays[1] - jitter(script, most));
	}
}

static void lean(struct pair_points *points, double drift)
{
	for (size_t i = 0; i < points->count; i++)
		points->list[i].difference_ns +=
			(int64_t)(drift * (double)(points->list[i].at_ns - EPOCH));
}

static void fit(struct script *script)
{
	assert_true(pair_clock_fit(&script->forth, &script->back, &script->clock));
}

static void finish(struct script *script)
{
	pair_points_finish(&script->forth);
	pair_points_finish(&script->back);
}

static void assert_within(int64_t value, int64_t expected, int64_t tolerance)
{
	assert_true(value >= expected - tolerance && value <= expected + tolerance);
}

static void nothing_in_common_tells_nothing(void **state)
{
	struct script script = { .seed = 1 };

	(void)state;
	fit(&script);
	assert_int_equal(script.clock.kind, PAIR_CLOCK_NONE);
}

static void one_direction_tells_no_offset(void **state)
{
	struct script script = { .seed = 1 };

	(void)state;
	pair_points_add(&script.forth, EPOCH, 7 * MS);
	pair_points_add(&script.forth, EPOCH + SECOND, 5 * MS);
	fit(&script);
	assert_int_equal(script.clock.kind, PAIR_CLOCK_ONE_WAY);
	assert_int_equal(script.clock.offset_ns, 5 * MS);
	finish(&script);
}

static void the_quickest_both_ways_give_the_offset(void **state)
{
	static const int64_t delays[2] = { 10 * MS, 10 * MS };
	struct script script = { .seed = 1 };

	(void)state;
	play(&script, 100, 10 * MS, delays, 4 * MS);
	fit(&script);
	assert_int_equal(script.clock.kind, PAIR_CLOCK_KNOWN);
	assert_within(script.clock.offset_ns, 5 * SECOND, MS);
	assert_within(script.clock.least_ns, 10 * MS, MS);
	assert_within(script.clock.within_ns, 10 * MS, MS);
	assert_false(script.clock.has_drift);
	finish(&script);
}

static void ways_of_unequal_length_stay_within_the_bound(void **state)
{
	static const int64_t delays[2] = { 1 * MS, 39 * MS };
	struct script script = { .seed = 1 };

	(void)state;
	play(&script, 100, 10 * MS, delays, 0);
	fit(&script);
	assert_within(script.clock.offset_ns, 5 * SECOND - 19 * MS, 1);
	assert_within(script.clock.offset_ns, 5 * SECOND, script.clock.within_ns);
	finish(&script);
}

static void drift_is_told_over_a_minute_with_how_sure_it_is(void **state)
{
	static const int64_t delays[2] = { 10 * MS, 10 * MS };

	(void)state;
	for (int i = -2; i <= 2; i++) {
		struct script script = { .seed = (uint32_t)(i + 7) };
		double drift = i * 30e-6;
		double error;

		play(&script, 600, 100 * MS, delays, 2 * MS);
		lean(&script.forth, drift);
		lean(&script.back, drift);
		fit(&script);
		assert_int_equal(script.clock.kind, PAIR_CLOCK_KNOWN);
		assert_int_equal(script.clock.has_drift, i != 0);
		error = script.clock.drift - drift;
		assert_true(error <= script.clock.drift_within + 1e-9 &&
			    -error <= script.clock.drift_within + 1e-9);
		finish(&script);
	}
}

static void drift_is_not_told_of_a_second(void **state)
{
	static const int64_t delays[2] = { 10 * MS, 10 * MS };
	struct script script = { .seed = 3 };

	(void)state;
	play(&script, 100, 10 * MS, delays, 2 * MS);
	lean(&script.forth, 30e-6);
	lean(&script.back, 30e-6);
	fit(&script);
	assert_false(script.clock.has_drift);
	finish(&script);
}

/* A queue that grows in one direction looks like drift there, but not in the other. */
static void a_growing_queue_is_no_drift(void **state)
{
	static const int64_t delays[2] = { 10 * MS, 10 * MS };
	struct script script = { .seed = 3 };

	(void)state;
	play(&script, 600, 100 * MS, delays, MS / 10);
	lean(&script.forth, 300e-6);
	fit(&script);
	assert_true(script.clock.drift < script.clock.drift_within + 300e-6);
	/* The truth, no drift at all, is not excluded. */
	if (script.clock.has_drift)
		assert_true(script.clock.drift - script.clock.drift_within <= 0);
	finish(&script);
}

static void no_corrected_time_is_negative(void **state)
{
	static const int64_t delays[2] = { 0, 0 };

	(void)state;
	for (uint32_t seed = 1; seed <= 50; seed++) {
		struct script script = { .seed = seed };
		int64_t tenths = jitter(&script, 1000);
		double drift = (double)tenths * 1e-7;

		play(&script, 20 + (int)seed * 5, 50 * MS, delays, (int64_t)seed * MS / 7);
		lean(&script.forth, drift);
		lean(&script.back, drift);
		fit(&script);
		if (script.clock.kind == PAIR_CLOCK_KNOWN) {
			for (size_t i = 0; i < script.forth.count; i++)
				assert_true(
					script.forth.list[i].difference_ns -
						pair_clock_difference(&script.clock,
								      script.forth.list[i].at_ns) >=
					-1);
			for (size_t i = 0; i < script.back.count; i++)
				assert_true(pair_clock_difference(&script.clock,
								  script.back.list[i].at_ns) -
						    script.back.list[i].difference_ns >=
					    -1);
		}
		finish(&script);
	}
}

static void a_clock_that_was_set_fits_no_line(void **state)
{
	static const int64_t delays[2] = { 10 * MS, 10 * MS };
	struct script script = { .seed = 5 };

	(void)state;
	play(&script, 100, 10 * MS, delays, MS);
	for (size_t i = 50; i < 100; i++) {
		script.forth.list[i].difference_ns += SECOND;
		script.back.list[i].difference_ns += SECOND;
	}
	fit(&script);
	assert_int_equal(script.clock.kind, PAIR_CLOCK_UNSTEADY);
	finish(&script);
}

static void times_at_the_edges_of_what_files_hold_are_survived(void **state)
{
	static const int64_t edges[] = { -INT64_MAX / 2, -1, 0, 1, INT64_MAX / 2 };

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		for (size_t j = 0; j < sizeof(edges) / sizeof(edges[0]); j++) {
			struct script script = { .seed = 1 };

			pair_points_add(&script.forth, edges[i], edges[j] - edges[i]);
			pair_points_add(&script.forth, edges[j], 3);
			pair_points_add(&script.back, edges[j], edges[i]);
			pair_points_add(&script.back, edges[i], edges[j]);
			fit(&script);
			(void)pair_clock_difference_at_second(&script.clock, edges[j]);
			finish(&script);
		}
	}
}

static void both_clocks_tell_the_same_difference(void **state)
{
	static const int64_t delays[2] = { 10 * MS, 10 * MS };
	struct script script = { .seed = 5 };

	(void)state;
	play(&script, 600, 100 * MS, delays, MS);
	lean(&script.forth, 200e-6);
	lean(&script.back, 200e-6);
	fit(&script);
	for (int64_t at = EPOCH; at < EPOCH + 60 * SECOND; at += SECOND) {
		int64_t difference = pair_clock_difference(&script.clock, at);

		assert_within(pair_clock_difference_at_second(&script.clock, at + difference),
			      difference, 1);
	}
	finish(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_in_common_tells_nothing),
		cmocka_unit_test(one_direction_tells_no_offset),
		cmocka_unit_test(the_quickest_both_ways_give_the_offset),
		cmocka_unit_test(ways_of_unequal_length_stay_within_the_bound),
		cmocka_unit_test(drift_is_told_over_a_minute_with_how_sure_it_is),
		cmocka_unit_test(drift_is_not_told_of_a_second),
		cmocka_unit_test(a_growing_queue_is_no_drift),
		cmocka_unit_test(no_corrected_time_is_negative),
		cmocka_unit_test(a_clock_that_was_set_fits_no_line),
		cmocka_unit_test(times_at_the_edges_of_what_files_hold_are_survived),
		cmocka_unit_test(both_clocks_tell_the_same_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
