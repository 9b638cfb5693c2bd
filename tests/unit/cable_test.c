/* The cable in virtual time: order, delay, rate, chance, cut, and its ceilings. */
#include "tcp_lab/cable.h"

#include <string.h>

#include "support/cable_scene.h"
#include "support/unit_test.h"
#include "tcp_lab/lab_limits.h"

static struct cable_scene scene;

static int start(void **state)
{
	(void)state;
	cable_scene_start(&scene, 7);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	cable_scene_finish(&scene);
	return 0;
}

static void set_both(struct cable_settings settings)
{
	cable_set(scene.cable, LAB_CLIENT, &settings);
	cable_set(scene.cable, LAB_SERVER, &settings);
}

/* ---- order and time ---- */

static void without_settings_all_comes_out_at_once_and_in_order(void **state)
{
	(void)state;
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_expect(&scene, ">1 client SYN\n");
	assert_int_equal(cable_next_ns(scene.cable), 0);
	assert_int_equal(cable_in_flight(scene.cable), 1);
	scene_send(&scene, LAB_SERVER, "SA", 0, 1, 0);
	scene_send(&scene, LAB_CLIENT, "A", 1, 1, 0);
	scene_run(&scene, 0);
	scene_expect(&scene, ">2 server SYN-ACK\n>3 client ACK 1\n<1 at 0\n<2 at 0\n<3 at 0\n");
	assert_int_equal(cable_next_ns(scene.cable), UINT64_MAX);
}

static void each_direction_has_its_own_delay(void **state)
{
	(void)state;
	cable_set(scene.cable, LAB_CLIENT, &(struct cable_settings){ .delay_ns = 10 * SCENE_MS });
	cable_set(scene.cable, LAB_SERVER, &(struct cable_settings){ .delay_ns = 3 * SCENE_MS });
	assert_int_equal(cable_settings(scene.cable, LAB_CLIENT)->delay_ns, 10 * SCENE_MS);
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_send(&scene, LAB_SERVER, "S", 0, 0, 0);
	assert_int_equal(cable_next_ns(scene.cable), 3 * SCENE_MS);
	scene_run(&scene, 9);
	scene_expect(&scene, ">1 client SYN\n>2 server SYN\n<2 at 3\n");
	scene_run(&scene, 10);
	scene_expect(&scene, "<1 at 10\n");
}

static void nothing_comes_out_before_it_is_due(void **state)
{
	(void)state;
	set_both((struct cable_settings){ .delay_ns = SCENE_MS });
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene.quiet = true;
	cable_advance(scene.cable, SCENE_MS - 1);
	assert_int_equal(scene.delivered, 0);
	scene.now_ns = SCENE_MS;
	cable_advance(scene.cable, SCENE_MS);
	assert_int_equal(scene.delivered, 1);
}

static void a_shorter_delay_overtakes_nothing(void **state)
{
	(void)state;
	set_both((struct cable_settings){ .delay_ns = 10 * SCENE_MS });
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	set_both((struct cable_settings){ 0 });
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_run(&scene, 20);
	scene_expect(&scene, ">1 client SYN\n>2 client SYN (sent again)\n<1 at 10\n<2 at 10\n");
}

/* Of the order in which numbers were delivered. */
struct order {
	uint64_t latest;
	uint64_t count;
	uint64_t due_ns;
	uint64_t shortest_ns;
	uint64_t longest_ns;
	bool numbers_fell;
	bool times_fell;
};

static void note_order(void *context, const struct cable_packet *packet)
{
	struct order *order = context;
	uint64_t took_ns = packet->due_ns - packet->sent_ns;

	order->numbers_fell = order->numbers_fell || packet->number < order->latest;
	order->times_fell = order->times_fell || packet->due_ns < order->due_ns;
	order->latest = packet->number;
	order->due_ns = packet->due_ns;
	if (order->count == 0 || took_ns < order->shortest_ns)
		order->shortest_ns = took_ns;
	if (took_ns > order->longest_ns)
		order->longest_ns = took_ns;
	order->count++;
}

static void ignore_sent(void *context, const struct cable_packet *packet)
{
	(void)context;
	(void)packet;
}

static void ignore_lost(void *context, const struct cable_packet *packet, const char *why)
{
	(void)context;
	(void)packet;
	(void)why;
}

/* 2000 packets, one each 100 microseconds. */
static struct order order_with(struct cable_settings settings, uint64_t seed)
{
	struct order order = { 0 };
	struct cable_owner owner = {
		.context = &order, .sent = ignore_sent, .lost = ignore_lost, .deliver = note_order
	};
	struct cable *cable = cable_create(seed, &owner);
	size_t length = scene_packet(&scene, LAB_CLIENT, "A", 1, 1, 100);
	const uint8_t *bytes = scene.packet;

	assert_non_null(cable);
	cable_set(cable, LAB_CLIENT, &settings);
	for (uint64_t i = 0; i < 2000; i++) {
		assert_int_equal(cable_send(cable, LAB_CLIENT, bytes, length, i * 100000), 0);
		cable_advance(cable, i * 100000);
	}
	cable_advance(cable, UINT64_MAX);
	assert_int_equal(cable_in_flight(cable), 0);
	cable_destroy(cable);
	return order;
}

static void jitter_spreads_and_keeps_the_order(void **state)
{
	(void)state;
	struct order order = order_with(
		(struct cable_settings){ .delay_ns = 10 * SCENE_MS, .jitter_ns = 4 * SCENE_MS }, 1);

	assert_int_equal(order.count, 2000);
	assert_false(order.numbers_fell);
	assert_false(order.times_fell);
	assert_true(order.shortest_ns >= 10 * SCENE_MS);
	assert_true(order.longest_ns > 13 * SCENE_MS && order.longest_ns < 14 * SCENE_MS);
}

static void reordering_by_chance_overtakes_in_order_of_time(void **state)
{
	(void)state;
	struct order order = order_with((struct cable_settings){ .delay_ns = 10 * SCENE_MS,
								 .reorder_ppm = 50000,
								 .reorder_ns = 5 * SCENE_MS },
					1);

	assert_int_equal(order.count, 2000);
	assert_true(order.numbers_fell);
	assert_false(order.times_fell);
	assert_int_equal(order.longest_ns, 15 * SCENE_MS);
}

/* ---- rate ---- */

static void a_rate_spaces_packets_and_the_queue_has_an_end(void **state)
{
	(void)state;
	/* 1000 bytes with headers take 8 ms; one on the line, two wait */
	set_both((struct cable_settings){
		.rate_bits = 1000000, .queue_packets = 2, .delay_ns = 5 * SCENE_MS });
	for (uint32_t i = 0; i < 4; i++)
		scene_send(&scene, LAB_CLIENT, "A", 1 + 960 * i, 1, 960);
	scene_run(&scene, 9);
	scene_send(&scene, LAB_CLIENT, "A", 3841, 1, 960); /* one has left: there is room again */
	scene_run(&scene, 100);
	scene_send(&scene, LAB_CLIENT, "A", 4801, 1, 960); /* and an idle line */
	scene_run(&scene, 200);
	scene_expect(&scene, ">1 client data 1\n>2 client data 2\n>3 client data 3\n"
			     ">4 client data 4\nx4 the queue was full\n"
			     ">5 client data 5\n<1 at 13\n<2 at 21\n<3 at 29\n<5 at 37\n"
			     ">6 client data 6\n<6 at 113\n");
}

static void the_queue_has_a_default_length(void **state)
{
	(void)state;
	scene.quiet = true;
	set_both((struct cable_settings){ .rate_bits = 1000 });
	for (uint32_t i = 0; i < CABLE_QUEUE_DEFAULT + 1; i++)
		scene_send(&scene, LAB_CLIENT, "A", 1, 1, 0);
	assert_int_equal(scene.lost, 0);
	scene_send(&scene, LAB_CLIENT, "A", 1, 1, 0);
	assert_int_equal(scene.lost, 1);
	/* the other direction has a line of its own */
	scene_send(&scene, LAB_SERVER, "A", 1, 1, 0);
	assert_int_equal(scene.lost, 1);
}

static void times_out_of_bounds_do_no_harm(void **state)
{
	(void)state;
	set_both((struct cable_settings){ .delay_ns = UINT64_MAX,
					  .jitter_ns = UINT64_MAX,
					  .rate_bits = 1,
					  .queue_packets = UINT32_MAX,
					  .reorder_ppm = UINT32_MAX,
					  .reorder_ns = UINT64_MAX });
	scene.now_ns = UINT64_MAX - 5;
	for (uint32_t i = 0; i < 100; i++)
		scene_send(&scene, LAB_CLIENT, "A", 1, 1, 0);
	assert_int_equal(cable_next_ns(scene.cable), UINT64_MAX - 1);
	cable_advance(scene.cable, UINT64_MAX - 2);
	assert_int_equal(cable_in_flight(scene.cable), 100);
	scene.now_ns = UINT64_MAX;
	cable_advance(scene.cable, UINT64_MAX);
	assert_int_equal(cable_in_flight(scene.cable), 0);
}

/* ---- chance ---- */

/* A letter for what became of each packet. */
static void chance_story(uint64_t seed, struct cable_settings settings, bool with_answers,
			 char story[401])
{
	struct cable_scene other;

	cable_scene_start(&other, seed);
	other.quiet = true;
	cable_set(other.cable, LAB_CLIENT, &settings);
	for (size_t i = 0; i < 400; i++) {
		uint64_t lost = other.lost;
		uint64_t sent = other.sent;

		scene_send(&other, LAB_CLIENT, "A", 1, 1, 10);
		story[i] = '.';
		if (other.lost > lost)
			story[i] = 'x';
		else if (other.sent == sent + 2)
			story[i] = '2';
		if (with_answers)
			scene_send(&other, LAB_SERVER, "A", 1, 11, 0);
		other.now_ns += SCENE_MS;
		cable_advance(other.cable, other.now_ns);
	}
	story[400] = '\0';
	cable_scene_finish(&other);
}

static size_t count_of(const char *text, char letter)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == letter;
	return count;
}

static void the_same_seed_has_the_same_fate(void **state)
{
	struct cable_settings settings = { .loss_ppm = 100000, .duplicate_ppm = 50000 };
	char first[401];
	char second[401];
	char third[401];

	(void)state;
	chance_story(1, settings, false, first);
	chance_story(1, settings, true, second); /* whatever the other host sends */
	assert_string_equal(first, second);
	chance_story(2, settings, false, third);
	assert_string_not_equal(first, third);
	assert_in_range(count_of(first, 'x'), 20, 60);
	assert_in_range(count_of(first, '2'), 8, 36);
}

static void chances_of_all_and_nothing_are_certain(void **state)
{
	char story[401];

	(void)state;
	chance_story(3, (struct cable_settings){ .loss_ppm = 1000000 }, false, story);
	assert_int_equal(count_of(story, 'x'), 400);
	chance_story(3, (struct cable_settings){ .duplicate_ppm = 1000000 }, false, story);
	assert_int_equal(count_of(story, '2'), 400);
	chance_story(3, (struct cable_settings){ 0 }, false, story);
	assert_int_equal(count_of(story, '.'), 400);
}

static void what_chance_did_is_told(void **state)
{
	(void)state;
	set_both((struct cable_settings){ .loss_ppm = 1000000 });
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_expect(&scene, ">1 client SYN\nx1 chance\n");
	set_both((struct cable_settings){ .delay_ns = 10 * SCENE_MS, .duplicate_ppm = 1000000 });
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_run(&scene, 20);
	scene_expect(&scene, ">2 client SYN (sent again)\n"
			     ">3 client SYN (sent again) copy of 2\n"
			     "<2 at 10 [twice by chance]\n<3 at 11 [twice by chance]\n");
	set_both((struct cable_settings){ .reorder_ppm = 1000000, .rate_bits = 8000000 });
	scene_send(&scene, LAB_CLIENT, "A", 1, 1, 60); /* 100 bytes: 0.1 ms, and 3 times that */
	scene_run(&scene, 40);
	scene_expect(&scene, ">4 client data 1\n<4 at 20.4 [later than others by chance]\n");
	set_both((struct cable_settings){ .reorder_ppm = 1000000 });
	scene_send(&scene, LAB_CLIENT, "A", 61, 1, 60);
	scene_run(&scene, 50);
	scene_expect(&scene, ">5 client data 2\n<5 at 41 [later than others by chance]\n");
}

/* ---- cut ---- */

static void a_cut_loses_what_is_on_its_way_and_what_comes(void **state)
{
	(void)state;
	set_both((struct cable_settings){ .delay_ns = 10 * SCENE_MS });
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_run(&scene, 5);
	scene_send(&scene, LAB_SERVER, "S", 0, 0, 0);
	cable_cut(scene.cable, scene.now_ns);
	assert_int_equal(cable_in_flight(scene.cable), 0);
	assert_true(cable_settings(scene.cable, LAB_SERVER)->cut);
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_run(&scene, 50);
	cable_restore(scene.cable, scene.now_ns);
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_run(&scene, 100);
	scene_expect(&scene, ">1 client SYN\n>2 server SYN\n"
			     "x1 the cable was cut\nx2 the cable was cut\n"
			     ">3 client SYN (sent again)\nx3 the cable is cut\n"
			     ">4 client SYN (sent again)\n<4 at 60\n");
	/* what was lost keeps nobody waiting */
	set_both((struct cable_settings){ .delay_ns = 10 * SCENE_MS, .rate_bits = 1000 });
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	cable_cut(scene.cable, scene.now_ns);
	cable_restore(scene.cable, scene.now_ns);
	set_both((struct cable_settings){ .rate_bits = 320000 });
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_run(&scene, 200);
	scene_expect(&scene, ">5 client SYN (sent again)\nx5 the cable was cut\n"
			     ">6 client SYN (sent again)\n<6 at 101\n");
}

static void one_direction_may_be_cut_alone(void **state)
{
	struct cable_settings settings = { .cut = true };

	(void)state;
	cable_set(scene.cable, LAB_SERVER, &settings);
	scene_send(&scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_send(&scene, LAB_SERVER, "S", 0, 0, 0);
	scene_run(&scene, 1);
	scene_expect(&scene, ">1 client SYN\n>2 server SYN\nx2 the cable is cut\n<1 at 0\n");
}

/* ---- ceilings ---- */

static void too_many_packets_are_lost_and_told(void **state)
{
	(void)state;
	scene.quiet = true;
	set_both((struct cable_settings){ .delay_ns = SCENE_MS });
	for (uint32_t i = 0; i < CABLE_IN_FLIGHT_MAX; i++)
		scene_send(&scene, LAB_CLIENT, "A", 1, 1, 0);
	assert_int_equal(scene.lost, 0);
	scene.quiet = false;
	scene_send(&scene, LAB_SERVER, "A", 1, 1, 0);
	scene_expect(&scene, ">65537 server ACK 1\nx65537 too much was on the cable at once\n");
	scene.quiet = true;
	scene_run(&scene, 1);
	scene_send(&scene, LAB_SERVER, "A", 1, 1, 0);
	assert_int_equal(scene.lost, 1);
	scene_run(&scene, 2);
	assert_int_equal(scene.delivered, CABLE_IN_FLIGHT_MAX + 1);
}

static void too_many_bytes_are_lost_and_told(void **state)
{
	(void)state;
	scene.quiet = true;
	set_both((struct cable_settings){ .delay_ns = SCENE_MS });
	for (uint32_t i = 0; i < CABLE_IN_FLIGHT_MAX_BYTES / LAB_PACKET_MAX_BYTES; i++)
		scene_send(&scene, LAB_CLIENT, "A", 1, 1, LAB_PACKET_MAX_BYTES - 40);
	assert_int_equal(scene.lost, 0);
	scene_send(&scene, LAB_CLIENT, "A", 1, 1, LAB_PACKET_MAX_BYTES - 40);
	assert_int_equal(scene.lost, 1);
	scene_run(&scene, 1);
	assert_int_equal(scene.lost, 1);
}

/* ---- the owner ---- */

struct echoing {
	struct cable *cable;
	unsigned answers;
};

static void answer_at_once(void *context, const struct cable_packet *packet)
{
	struct echoing *echoing = context;

	echoing->answers++;
	assert_int_equal(cable_send(echoing->cable, lab_other_host(packet->from), packet->bytes,
				    packet->length, packet->due_ns),
			 0);
}

static void hosts_that_answer_for_ever_do_not_keep_advance_from_its_end(void **state)
{
	struct echoing echoing = { 0 };
	struct cable_owner owner = { .context = &echoing,
				     .sent = ignore_sent,
				     .lost = ignore_lost,
				     .deliver = answer_at_once };
	size_t length = scene_packet(&scene, LAB_CLIENT, "A", 1, 1, 0);
	const uint8_t *bytes = scene.packet;

	(void)state;
	echoing.cable = cable_create(1, &owner);
	assert_non_null(echoing.cable);
	assert_int_equal(cable_send(echoing.cable, LAB_CLIENT, bytes, length, 5), 0);
	cable_advance(echoing.cable, 5);
	assert_int_equal(echoing.answers, 1);
	cable_advance(echoing.cable, 5);
	assert_int_equal(echoing.answers, 2);
	cable_destroy(echoing.cable); /* with one on its way */
}

static void need_no_meaning(void *context, const struct cable_packet *packet)
{
	unsigned *decoded = context;

	*decoded += packet->packet != NULL || packet->meaning.is_tcp;
}

static void meanings_are_left_out_until_there_is_a_rule(void **state)
{
	unsigned decoded = 0;
	struct cable_owner owner = { .context = &decoded,
				     .sent = need_no_meaning,
				     .lost = ignore_lost,
				     .deliver = ignore_sent,
				     .without_meanings = true };
	struct cable *cable = cable_create(1, &owner);
	size_t length = scene_packet(&scene, LAB_CLIENT, "S", 0, 0, 0);
	const uint8_t *bytes = scene.packet;
	struct cable_rule rule = { .action = CABLE_DROP, .which = scene_pattern("RST") };

	(void)state;
	assert_non_null(cable);
	assert_int_equal(cable_send(cable, LAB_CLIENT, bytes, length, 0), 0);
	assert_int_equal(decoded, 0);
	assert_int_equal(cable_add_rule(cable, &rule), 1);
	assert_int_equal(cable_send(cable, LAB_CLIENT, bytes, length, 0), 0);
	assert_int_equal(decoded, 1);
	cable_destroy(cable);
}

#define CABLE(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CABLE(without_settings_all_comes_out_at_once_and_in_order),
		CABLE(each_direction_has_its_own_delay),
		CABLE(nothing_comes_out_before_it_is_due),
		CABLE(a_shorter_delay_overtakes_nothing),
		CABLE(jitter_spreads_and_keeps_the_order),
		CABLE(reordering_by_chance_overtakes_in_order_of_time),
		CABLE(a_rate_spaces_packets_and_the_queue_has_an_end),
		CABLE(the_queue_has_a_default_length),
		CABLE(times_out_of_bounds_do_no_harm),
		CABLE(the_same_seed_has_the_same_fate),
		CABLE(chances_of_all_and_nothing_are_certain),
		CABLE(what_chance_did_is_told),
		CABLE(a_cut_loses_what_is_on_its_way_and_what_comes),
		CABLE(one_direction_may_be_cut_alone),
		CABLE(too_many_packets_are_lost_and_told),
		CABLE(too_many_bytes_are_lost_and_told),
		CABLE(hosts_that_answer_for_ever_do_not_keep_advance_from_its_end),
		CABLE(meanings_are_left_out_until_there_is_a_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
