#include "tcp_flow/flow_table.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"

static struct flow_table table;

static struct flow_key key_of(uint8_t version, uint8_t source, uint16_t source_port,
			      uint8_t destination, uint16_t destination_port)
{
	struct ip_header ip = { .source = { .version = version, .bytes = { 10, 0, 0, source } },
				.destination = { .version = version,
						 .bytes = { 10, 0, 0, destination } } };
	struct tcp_header tcp = { .source_port = source_port,
				  .destination_port = destination_port };
	struct flow_key key;

	memset(&key, 0, sizeof(key));
	flow_key_make(&ip, &tcp, &key);
	return key;
}

static struct flow *find(const struct flow_key *key)
{
	return flow_table_find(&table, key, flow_table_hash(&table, key));
}

static struct flow *add(uint16_t port, uint64_t number)
{
	struct flow_key key = key_of(4, 1, port, 2, 80);
	struct flow *flow = flow_table_add(&table, &key, flow_table_hash(&table, &key));

	assert_non_null(flow);
	flow->connection.number = number;
	return flow;
}

static void both_directions_are_one_pair(void **state)
{
	struct flow_key there = key_of(4, 1, 40000, 2, 80);
	struct flow_key back = key_of(4, 2, 80, 1, 40000);
	struct flow_key here = key_of(4, 1, 40000, 1, 80);
	struct flow_key home = key_of(4, 1, 80, 1, 40000);
	struct flow *flow;

	(void)state;
	flow_table_init(&table);
	assert_null(find(&there));
	flow = flow_table_add(&table, &there, flow_table_hash(&table, &there));
	assert_non_null(flow);
	assert_ptr_equal(find(&there), flow);
	assert_ptr_equal(find(&back), flow);
	assert_null(find(&here));
	assert_true(here.turned != home.turned);
	home.turned = here.turned;
	assert_memory_equal(&here, &home, sizeof(here));
	flow_table_finish(&table);
}

static void whatever_differs_is_another_pair(void **state)
{
	struct flow_key key = key_of(4, 1, 40000, 2, 80);
	const struct flow_key others[] = {
		key_of(4, 1, 40001, 2, 80), key_of(4, 1, 40000, 2, 81), key_of(4, 3, 40000, 2, 80),
		key_of(4, 1, 40000, 3, 80), key_of(4, 1, 80, 2, 40000), key_of(6, 1, 40000, 2, 80),
	};

	(void)state;
	flow_table_init(&table);
	assert_non_null(flow_table_add(&table, &key, flow_table_hash(&table, &key)));
	for (unsigned i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_null(find(&others[i]));
	flow_table_finish(&table);
}

static void who_was_silent_for_longest_is_oldest(void **state)
{
	struct flow *flows[3];

	(void)state;
	flow_table_init(&table);
	assert_null(flow_table_oldest(&table, &table.open));
	for (uint16_t i = 0; i < 3; i++) {
		flows[i] = add(i, i + 1u);
		flows[i]->connection.last_frame = i + 1u;
		flows[i]->placed_at = i + 1u;
	}
	assert_ptr_equal(flow_table_oldest(&table, &table.open), flows[0]);
	flows[0]->connection.last_frame = 4;
	flow_table_touch(&table, flows[0], false);
	assert_ptr_equal(flow_table_oldest(&table, &table.open), flows[1]);
	/* All were heard of: it ends, with one of them. */
	flows[1]->connection.last_frame = 5;
	flows[2]->connection.last_frame = 6;
	assert_non_null(flow_table_oldest(&table, &table.open));
	assert_int_equal(table.open.count, 3);
	flow_table_finish(&table);
}

static void the_closed_have_a_list_of_their_own(void **state)
{
	struct flow *flows[3];

	(void)state;
	flow_table_init(&table);
	for (uint16_t i = 0; i < 3; i++)
		flows[i] = add(i, i + 1u);
	flow_table_touch(&table, flows[2], true);
	assert_int_equal(table.open.count, 2);
	assert_int_equal(table.closed.count, 1);
	assert_ptr_equal(table.closed.oldest, flows[2]);
	flow_table_touch(&table, flows[1], true);
	assert_ptr_equal(table.closed.oldest, flows[2]);
	assert_ptr_equal(table.closed.newest, flows[1]);
	/* Back to life, as after an RST that nobody believed. */
	flow_table_touch(&table, flows[2], false);
	assert_ptr_equal(table.open.newest, flows[2]);
	assert_ptr_equal(table.closed.oldest, flows[1]);
	assert_int_equal(table.closed.count, 1);
	flow_table_finish(&table);
}

static void what_is_removed_leaves_its_memory_zeroed_for_the_next(void **state)
{
	struct flow_key key = key_of(4, 1, 7, 2, 80);
	struct flow *first;
	struct flow *next;

	(void)state;
	flow_table_init(&table);
	first = add(7, 1);
	first->connection.ends[0].bytes = 9;
	sequence_ranges_add(&first->connection.ends[0].seen, 1, 2);
	sequence_ranges_add(&first->connection.ends[0].seen, 3, 4);
	flow_table_remove(&table, first);
	assert_null(find(&key));
	assert_int_equal(table.open.count, 0);
	next = add(8, 2);
	assert_ptr_equal(next, first);
	assert_int_equal(next->connection.ends[0].bytes, 0);
	assert_int_equal(next->connection.ends[0].seen.count, 0);
	assert_null(next->connection.ends[0].seen.more);
	flow_table_finish(&table);
}

static void all_that_are_left_come_by_number(void **state)
{
	static const uint64_t numbers[] = { 5, 2, 9, 1, 7 };
	struct flow **flows;
	uint64_t last = 0;
	size_t count;

	(void)state;
	flow_table_init(&table);
	assert_null(flow_table_by_number(&table, &count));
	assert_int_equal(count, 0);
	for (uint16_t i = 0; i < 5; i++)
		flow_table_touch(&table, add(i, numbers[i]), i % 2 == 0);
	flows = flow_table_by_number(&table, &count);
	assert_non_null(flows);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++) {
		assert_true(flows[i]->connection.number > last);
		last = flows[i]->connection.number;
	}
	free(flows);
	flow_table_finish(&table);
}

static void many_are_found_again(void **state)
{
	(void)state;
	flow_table_init(&table);
	for (uint16_t port = 0; port < 20000; port++)
		(void)add(port, port + 1u);
	for (uint16_t port = 0; port < 20000; port += 2) {
		struct flow_key key = key_of(4, 2, 80, 1, port);

		flow_table_remove(&table, find(&key));
	}
	for (uint16_t port = 0; port < 20000; port++) {
		struct flow_key key = key_of(4, 2, 80, 1, port);
		struct flow *flow = find(&key);

		assert_int_equal(flow != NULL, port % 2);
		if (flow)
			assert_int_equal(flow->connection.number, port + 1u);
	}
	assert_int_equal(table.open.count, 10000);
	flow_table_finish(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_are_one_pair),
		cmocka_unit_test(whatever_differs_is_another_pair),
		cmocka_unit_test(who_was_silent_for_longest_is_oldest),
		cmocka_unit_test(the_closed_have_a_list_of_their_own),
		cmocka_unit_test(what_is_removed_leaves_its_memory_zeroed_for_the_next),
		cmocka_unit_test(all_that_are_left_come_by_number),
		cmocka_unit_test(many_are_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
