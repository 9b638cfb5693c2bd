/* Each rule does to the segment of its choice what it says, and to no other. */
#include "tcp_lab/cable_rule.h"

#include <errno.h>
#include <string.h>

#include "support/cable_scene.h"
#include "support/unit_test.h"
#include "tcp_lab/lab_limits.h"

static struct cable_scene scene;

#define MS(value) ((value)*SCENE_MS)

/* A connection is open, each direction takes 10 ms, and 3 s have passed. */
static int start(void **state)
{
	struct cable_settings settings = { .delay_ns = MS(10) };

	(void)state;
	cable_scene_start(&scene, 7);
	cable_set(scene.cable, LAB_CLIENT, &settings);
	cable_set(scene.cable, LAB_SERVER, &settings);
	scene_open(&scene);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	cable_scene_finish(&scene);
	return 0;
}

static void data(enum lab_host from, uint32_t number)
{
	scene_send(&scene, from, "PA", 1 + 10 * (number - 1), 1, 10);
}

static void a_drop_is_of_its_segment_and_so_many_times(void **state)
{
	(void)state;
	int rule = scene_rule(&scene, CABLE_DROP, "client data 2", 2);

	data(LAB_CLIENT, 1);
	data(LAB_CLIENT, 2);
	data(LAB_CLIENT, 2);
	data(LAB_CLIENT, 2);
	data(LAB_SERVER, 1);
	data(LAB_SERVER, 2);
	scene_run(&scene, 3010);
	scene_expect(&scene, ">4 client data 1\n>5 client data 2\nx5 rule 1: drop client data 2\n"
			     ">6 client data 2 (sent again)\nx6 rule 1: drop client data 2\n"
			     ">7 client data 2 (sent again)\n>8 server data 1\n>9 server data 2\n"
			     "<4 at 3010\n<7 at 3010\n<8 at 3010\n<9 at 3010\n");
	assert_int_equal(cable_rule_uses(scene.cable, rule), 2);
	assert_int_equal(cable_rule_uses(scene.cable, 0), 0);
	assert_int_equal(cable_rule_uses(scene.cable, 2), 0);
}

static void a_rule_for_always_has_no_end(void **state)
{
	(void)state;
	scene.quiet = true;
	scene_rule(&scene, CABLE_DROP, "client data", 0);
	for (uint32_t i = 0; i < 50; i++)
		data(LAB_CLIENT, 1);
	assert_int_equal(scene.lost, 50);
	assert_int_equal(cable_rule_uses(scene.cable, 1), 50);
}

static void earlier_rules_go_first_and_make_way_when_used_up(void **state)
{
	(void)state;
	scene_rule(&scene, CABLE_DROP, "client data 1", 1);
	scene_rule_with(&scene, "client data", 0,
			(struct cable_rule){ .action = CABLE_DELAY, .time_ns = MS(5) });
	data(LAB_CLIENT, 1);
	data(LAB_CLIENT, 1);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\nx4 rule 1: drop client data 1\n"
			     ">5 client data 1 (sent again)\n"
			     "<5 at 3015 [rule 2: delay client data]\n");
	assert_int_equal(cable_rule_uses(scene.cable, 2), 1);
}

static void what_is_delayed_is_overtaken(void **state)
{
	(void)state;
	scene_rule_with(&scene, "client data 1", 1,
			(struct cable_rule){ .action = CABLE_DELAY, .time_ns = MS(30) });
	data(LAB_CLIENT, 1);
	data(LAB_CLIENT, 2);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 client data 2\n<5 at 3010\n"
			     "<4 at 3040 [rule 1: delay client data 1]\n");
}

static void a_hold_has_its_time(void **state)
{
	(void)state;
	scene_rule_with(&scene, "client data 1", 1,
			(struct cable_rule){ .action = CABLE_HOLD, .time_ns = MS(50) });
	scene_rule_with(&scene, "client data 2", 1,
			(struct cable_rule){ .action = CABLE_HOLD, .time_ns = MS(1) });
	data(LAB_CLIENT, 1);
	data(LAB_CLIENT, 2); /* held for less than the delay: no difference */
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 client data 2\n"
			     "<5 at 3010 [rule 2: hold client data 2]\n"
			     "<4 at 3050 [rule 1: hold client data 1]\n");
	/* what was held is held no more */
	data(LAB_CLIENT, 3);
	cable_restore(scene.cable, scene.now_ns);
	scene_run(&scene, 3200);
	scene_expect(&scene, ">6 client data 3\n<6 at 3110\n");
}

static void a_hold_ends_when_the_other_is_sent(void **state)
{
	struct cable_rule rule = { .action = CABLE_HOLD,
				   .has_until = true,
				   .other = scene_pattern("server FIN") };

	(void)state;
	scene_rule_with(&scene, "client FIN", 1, rule);
	scene_send(&scene, LAB_CLIENT, "FA", 1, 1, 0);
	assert_int_equal(cable_next_ns(scene.cable), UINT64_MAX);
	assert_int_equal(cable_in_flight(scene.cable), 1);
	scene_run(&scene, 9000);
	scene_send(&scene, LAB_SERVER, "FA", 1, 1, 0);
	scene_run(&scene, 9100);
	scene_expect(&scene, ">4 client FIN\n>5 server FIN\n"
			     "<4 at 9000 [rule 1: hold client FIN]\n<5 at 9010\n");
	/* the same again finds it sent already */
	scene_rule_with(&scene, "client FIN", 1, rule);
	scene_send(&scene, LAB_CLIENT, "FA", 1, 1, 0);
	scene_run(&scene, 9200);
	scene_expect(&scene, ">6 client FIN (sent again)\n<6 at 9110 [rule 2: hold client FIN "
			     "(not held: that was sent before)]\n");
}

static void what_is_let_go_early_still_takes_its_delay(void **state)
{
	(void)state;
	scene_rule_with(&scene, "client data", 0,
			(struct cable_rule){ .action = CABLE_HOLD,
					     .has_until = true,
					     .other = scene_pattern("server data") });
	data(LAB_CLIENT, 1);
	scene_run(&scene, 3002);
	data(LAB_CLIENT, 2);
	scene_run(&scene, 3004);
	data(LAB_SERVER, 1);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 client data 2\n>6 server data 1\n"
			     "<4 at 3010 [rule 1: hold client data]\n"
			     "<5 at 3012 [rule 1: hold client data]\n<6 at 3014\n");
	/* that one was sent before the next is held: it waits for another */
	data(LAB_CLIENT, 3);
	scene_run(&scene, 3200);
	assert_int_equal(cable_in_flight(scene.cable), 1);
}

static void a_hold_waits_for_the_other_of_its_own_connection(void **state)
{
	(void)state;
	scene_rule_with(&scene, "client data 1", 0,
			(struct cable_rule){ .action = CABLE_HOLD,
					     .has_until = true,
					     .other = scene_pattern("server FIN") });
	data(LAB_CLIENT, 1);
	scene.ports[LAB_CLIENT]++;
	scene_open(&scene);
	scene_send(&scene, LAB_SERVER, "FA", 1, 1, 0);
	scene_run(&scene, scene.now_ns / SCENE_MS + 100);
	assert_int_equal(cable_in_flight(scene.cable), 1);
	scene.ports[LAB_CLIENT]--;
	scene_send(&scene, LAB_SERVER, "FA", 1, 1, 0);
	scene_run(&scene, scene.now_ns / SCENE_MS + 100);
	assert_int_equal(cable_in_flight(scene.cable), 0);
}

static void a_hold_may_wait_for_a_connection_that_it_names(void **state)
{
	(void)state;
	scene_rule_with(&scene, "connection 1 data 1", 0,
			(struct cable_rule){ .action = CABLE_HOLD,
					     .has_until = true,
					     .other = scene_pattern("client connection 2 SYN") });
	data(LAB_CLIENT, 1);
	assert_int_equal(cable_in_flight(scene.cable), 1);
	scene.ports[LAB_CLIENT]++;
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_run(&scene, 3100);
	assert_int_equal(cable_in_flight(scene.cable), 0);
}

static void restoring_lets_go_what_is_held(void **state)
{
	(void)state;
	scene_rule_with(&scene, "client data 1", 1,
			(struct cable_rule){ .action = CABLE_HOLD,
					     .has_until = true,
					     .other = scene_pattern("server FIN") });
	scene_rule_with(&scene, "client data 2", 1,
			(struct cable_rule){ .action = CABLE_HOLD, .time_ns = MS(10000) });
	scene_rule_with(&scene, "client data 3", 1,
			(struct cable_rule){ .action = CABLE_SWAP,
					     .other = scene_pattern("client data 4") });
	for (uint32_t i = 1; i <= 3; i++)
		data(LAB_CLIENT, i);
	scene_run(&scene, 3020);
	cable_restore(scene.cable, scene.now_ns);
	scene_run(&scene, 3020);
	scene_expect(&scene, ">4 client data 1\n>5 client data 2\n>6 client data 3\n"
			     "<4 at 3020 [rule 1: hold client data 1; let go by restore]\n"
			     "<5 at 3020 [rule 2: hold client data 2; let go by restore]\n"
			     "<6 at 3020 [rule 3: swap client data 3; let go by restore]\n");
}

static void what_is_held_is_lost_at_a_cut(void **state)
{
	(void)state;
	scene_rule_with(&scene, "client data 1", 1,
			(struct cable_rule){ .action = CABLE_HOLD,
					     .has_until = true,
					     .other = scene_pattern("server data 1") });
	data(LAB_CLIENT, 1);
	cable_cut(scene.cable, scene.now_ns);
	data(LAB_SERVER, 1);
	scene_expect(&scene, ">4 client data 1\n"
			     "x4 the cable was cut [rule 1: hold client data 1]\n"
			     ">5 server data 1\nx5 the cable is cut\n");
}

static void swapped_segments_change_places(void **state)
{
	(void)state;
	scene_rule_with(&scene, "client data 2", 1,
			(struct cable_rule){ .action = CABLE_SWAP,
					     .other = scene_pattern("client data 3") });
	for (uint32_t i = 1; i <= 4; i++)
		data(LAB_CLIENT, i);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 client data 2\n>6 client data 3\n"
			     ">7 client data 4\n<4 at 3010\n<6 at 3010\n"
			     "<5 at 3010 [rule 1: swap client data 2]\n<7 at 3010\n");
}

static void a_swap_follows_the_other_however_late(void **state)
{
	(void)state;
	scene_rule_with(&scene, "client data 1", 1,
			(struct cable_rule){ .action = CABLE_SWAP,
					     .other = scene_pattern("client data 2") });
	scene_rule(&scene, CABLE_DROP, "client data 2", 1);
	scene_rule_with(&scene, "client data 2", 1,
			(struct cable_rule){ .action = CABLE_DELAY, .time_ns = MS(40) });
	data(LAB_CLIENT, 1);
	data(LAB_CLIENT, 2);
	scene_run(&scene, 3200);
	data(LAB_CLIENT, 2);
	scene_run(&scene, 3300);
	scene_expect(&scene, ">4 client data 1\n>5 client data 2\nx5 rule 2: drop client data 2\n"
			     ">6 client data 2 (sent again)\n"
			     "<6 at 3250 [rule 3: delay client data 2]\n"
			     "<4 at 3250 [rule 1: swap client data 1]\n");
}

static void a_swap_over_both_directions_keeps_the_delay(void **state)
{
	struct cable_settings settings = { .delay_ns = MS(1) };

	(void)state;
	cable_set(scene.cable, LAB_SERVER, &settings);
	scene_rule_with(&scene, "client data 1", 1,
			(struct cable_rule){ .action = CABLE_SWAP,
					     .other = scene_pattern("server data 1") });
	data(LAB_CLIENT, 1);
	data(LAB_SERVER, 1);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 server data 1\n<5 at 3001\n"
			     "<4 at 3010 [rule 1: swap client data 1]\n");
}

static void a_swap_does_not_wait_for_ever(void **state)
{
	(void)state;
	scene_rule_with(&scene, "client data 1", 2,
			(struct cable_rule){ .action = CABLE_SWAP,
					     .other = scene_pattern("client data 2") });
	data(LAB_CLIENT, 1);
	scene_run(&scene, 30000);
	scene_expect(&scene, ">4 client data 1\n<4 at 13000 [rule 1: swap client data 1; "
			     "the other did not come in 10 s]\n");
	data(LAB_CLIENT, 2);
	data(LAB_CLIENT, 1);
	scene_run(&scene, 30100);
	scene_expect(&scene, ">5 client data 2\n>6 client data 1 (sent again)\n<5 at 30010\n"
			     "<6 at 30010 [rule 1: swap client data 1 (not swapped: the other was "
			     "sent before)]\n");
}

static void a_duplicate_comes_a_little_behind(void **state)
{
	(void)state;
	scene_rule(&scene, CABLE_DUPLICATE, "client data 1", 1);
	data(LAB_CLIENT, 1);
	data(LAB_CLIENT, 2);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 client data 1 copy of 4\n>6 client data 2\n"
			     "<4 at 3010 [rule 1: duplicate client data 1]\n<6 at 3010\n"
			     "<5 at 3011 [rule 1: duplicate client data 1]\n");
	/* a copy is not a transmission */
	data(LAB_CLIENT, 1);
	scene_expect(&scene, ">7 client data 1 (sent again)\n");
	scene_run(&scene, 3200);
}

static void a_cut_comes_behind_the_delivery(void **state)
{
	(void)state;
	scene_rule(&scene, CABLE_CUT, "client data 2", 1);
	for (uint32_t i = 1; i <= 3; i++)
		data(LAB_CLIENT, i);
	scene_run(&scene, 3005);
	data(LAB_SERVER, 1);
	scene_run(&scene, 3100);
	data(LAB_SERVER, 2);
	cable_restore(scene.cable, scene.now_ns);
	data(LAB_CLIENT, 2); /* used up */
	scene_run(&scene, 3200);
	scene_expect(&scene, ">4 client data 1\n>5 client data 2\n>6 client data 3\n"
			     ">7 server data 1\n<4 at 3010\n"
			     "<5 at 3010 [rule 1: cut client data 2]\n"
			     "x6 the cable was cut\nx7 the cable was cut\n"
			     ">8 server data 2\nx8 the cable is cut\n"
			     ">9 client data 2 (sent again)\n<9 at 3110\n");
}

static void no_cut_comes_behind_what_was_lost(void **state)
{
	(void)state;
	scene_rule(&scene, CABLE_DROP, "client data 1", 1);
	scene_rule(&scene, CABLE_CUT, "client data 1", 1);
	data(LAB_CLIENT, 1);
	scene_run(&scene, 3100);
	assert_false(cable_settings(scene.cable, LAB_CLIENT)->cut);
	data(LAB_CLIENT, 1);
	scene_run(&scene, 3200);
	assert_true(cable_settings(scene.cable, LAB_CLIENT)->cut);
	assert_true(cable_settings(scene.cable, LAB_SERVER)->cut);
}

static void chance_leaves_alone_what_a_rule_acts_on(void **state)
{
	struct cable_settings settings = { .loss_ppm = 1000000,
					   .duplicate_ppm = 1000000,
					   .reorder_ppm = 1000000 };

	(void)state;
	cable_set(scene.cable, LAB_CLIENT, &settings);
	scene_rule_with(&scene, "client data 1", 1,
			(struct cable_rule){ .action = CABLE_DELAY, .time_ns = MS(1) });
	data(LAB_CLIENT, 1);
	data(LAB_CLIENT, 2);
	scene_run(&scene, 3100);
	scene_expect(&scene, ">4 client data 1\n>5 client data 2\nx5 chance\n"
			     "<4 at 3001 [rule 1: delay client data 1]\n");
}

static void a_cut_cable_uses_no_rules_up(void **state)
{
	(void)state;
	scene_rule(&scene, CABLE_DROP, "client data 1", 1);
	cable_cut(scene.cable, scene.now_ns);
	data(LAB_CLIENT, 1);
	assert_int_equal(cable_rule_uses(scene.cable, 1), 0);
	cable_restore(scene.cable, scene.now_ns);
	data(LAB_CLIENT, 1);
	assert_int_equal(cable_rule_uses(scene.cable, 1), 1);
}

static void rules_have_a_ceiling(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < CABLE_RULES_MAX; i++)
		assert_int_equal(scene_rule(&scene, CABLE_DROP, "RST", 1), (int)i + 1);
	assert_int_equal(scene_rule(&scene, CABLE_DROP, "RST", 1), -ENOSPC);
}

static void a_rule_text_is_shown_harmless_and_cut_at_a_character(void **state)
{
	struct cable_rule rule = { .action = CABLE_DROP, .which = scene_pattern("client data") };

	(void)state;
	memcpy(rule.text, "\x1b[2J\n", 6);
	assert_int_equal(cable_add_rule(scene.cable, &rule), 1);
	data(LAB_CLIENT, 1);
	scene_expect(&scene, ">4 client data 1\nx4 rule 1: \\x1b[2J\\n\n");
	/* no zero at its end; each takes two bytes, and the label is longer than its place */
	rule.which = scene_pattern("server data");
	for (size_t i = 0; i < sizeof(rule.text); i += 2)
		memcpy(rule.text + i, i < 20 ? "\x01\x01" : "\xc3\xa4", 2);
	assert_int_equal(cable_add_rule(scene.cable, &rule), 2);
	data(LAB_SERVER, 1);
	const char *log = text_builder_text(&scene.log);
	const char *why = strstr(log, "rule 2: ");

	assert_non_null(why);
	assert_true(strlen(why) <= 160); /* a newline instead of the zero */
	assert_memory_equal(log + strlen(log) - 3, "\xc3\xa4\n", 3);
	text_builder_clear(&scene.log);
}

#define RULES(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULES(a_drop_is_of_its_segment_and_so_many_times),
		RULES(a_rule_for_always_has_no_end),
		RULES(earlier_rules_go_first_and_make_way_when_used_up),
		RULES(what_is_delayed_is_overtaken),
		RULES(a_hold_has_its_time),
		RULES(a_hold_ends_when_the_other_is_sent),
		RULES(what_is_let_go_early_still_takes_its_delay),
		RULES(a_hold_waits_for_the_other_of_its_own_connection),
		RULES(a_hold_may_wait_for_a_connection_that_it_names),
		RULES(restoring_lets_go_what_is_held),
		RULES(what_is_held_is_lost_at_a_cut),
		RULES(swapped_segments_change_places),
		RULES(a_swap_follows_the_other_however_late),
		RULES(a_swap_over_both_directions_keeps_the_delay),
		RULES(a_swap_does_not_wait_for_ever),
		RULES(a_duplicate_comes_a_little_behind),
		RULES(a_cut_comes_behind_the_delivery),
		RULES(no_cut_comes_behind_what_was_lost),
		RULES(chance_leaves_alone_what_a_rule_acts_on),
		RULES(a_cut_cable_uses_no_rules_up),
		RULES(rules_have_a_ceiling),
		RULES(a_rule_text_is_shown_harmless_and_cut_at_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
