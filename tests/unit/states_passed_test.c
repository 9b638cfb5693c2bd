#include "tcp_lab/states_passed.h"

#include <string.h>

#include "support/unit_test.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct states_passed passed_through(const enum tcp_state *states, size_t count)
{
	struct states_passed passed = { 0 };

	for (size_t i = 0; i < count; i++)
		states_passed_add(&passed, states[i]);
	return passed;
}

static const enum tcp_state client_closes[] = { TCP_SYN_SENT,    TCP_SYN_SENT,  TCP_ESTABLISHED,
						TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_FIN_WAIT2,
						TCP_TIME_WAIT,   TCP_CLOSED };

static struct states_passed closing_client(void)
{
	return passed_through(client_closes, COUNT_OF(client_closes));
}

static void a_state_that_stays_is_passed_once(void **state)
{
	struct states_passed passed = closing_client();

	(void)state;
	assert_int_equal(passed.count, 6);
	assert_int_equal(passed.states[0], TCP_SYN_SENT);
	assert_int_equal(passed.states[5], TCP_CLOSED);
}

static void all_of_them_in_their_order_are_had(void **state)
{
	static const enum tcp_state all[] = { TCP_SYN_SENT, TCP_ESTABLISHED, TCP_FIN_WAIT1,
					      TCP_FIN_WAIT2, TCP_TIME_WAIT };
	static const enum tcp_state swapped[] = { TCP_SYN_SENT, TCP_ESTABLISHED, TCP_FIN_WAIT2,
						  TCP_FIN_WAIT1, TCP_TIME_WAIT };
	struct states_passed passed = closing_client();

	(void)state;
	assert_true(states_passed_have(&passed, all, COUNT_OF(all)));
	assert_false(states_passed_have(&passed, swapped, COUNT_OF(swapped)));
}

static void beginning_and_end_may_be_left_out_but_nothing_between(void **state)
{
	static const enum tcp_state middle[] = { TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_FIN_WAIT2 };
	static const enum tcp_state gap[] = { TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_TIME_WAIT };
	struct states_passed passed = closing_client();

	(void)state;
	assert_true(states_passed_have(&passed, middle, COUNT_OF(middle)));
	assert_false(states_passed_have(&passed, gap, COUNT_OF(gap)));
}

/* Before the first segment, and behind the last, nobody asks the kernel. */
static void where_an_end_comes_from_and_goes_to_need_not_be_seen(void **state)
{
	static const enum tcp_state told[] = { TCP_CLOSED, TCP_SYN_SENT, TCP_ESTABLISHED,
					       TCP_CLOSED };
	static const enum tcp_state seen[] = { TCP_SYN_SENT, TCP_ESTABLISHED };
	struct states_passed passed = passed_through(seen, COUNT_OF(seen));

	(void)state;
	assert_true(states_passed_have(&passed, told, COUNT_OF(told)));
}

static void a_state_that_is_all_that_is_wanted_must_be_there(void **state)
{
	static const enum tcp_state listen[] = { TCP_LISTEN };
	static const enum tcp_state closed[] = { TCP_CLOSED };
	struct states_passed passed = closing_client();
	struct states_passed nothing = { 0 };

	(void)state;
	assert_false(states_passed_have(&passed, listen, 1));
	assert_true(states_passed_have(&passed, closed, 1));
	assert_false(states_passed_have(&nothing, closed, 1));
}

static void the_text_names_what_was_never_seen(void **state)
{
	static const enum tcp_state wanted[] = { TCP_ESTABLISHED, TCP_CLOSING, TCP_TIME_WAIT };
	struct states_passed passed = closing_client();
	struct text_builder text;

	(void)state;
	text_builder_init(&text, 400);
	states_passed_text(&passed, wanted, COUNT_OF(wanted), &text);
	assert_string_equal(text_builder_text(&text), "SYN_SENT, ESTABLISHED, FIN_WAIT1, "
						      "FIN_WAIT2, TIME_WAIT; never CLOSING");
	text_builder_finish(&text);
}

static void more_than_the_ceiling_is_said(void **state)
{
	struct states_passed passed = { 0 };
	struct text_builder text;

	(void)state;
	for (size_t i = 0; i < STATES_PASSED_MAX + 1; i++)
		states_passed_add(&passed, i % 2 == 0 ? TCP_SYN_SENT : TCP_SYN_RECV);
	assert_int_equal(passed.count, STATES_PASSED_MAX);
	assert_true(passed.more);
	passed.missed = true;
	text_builder_init(&text, 1000);
	states_passed_text(&passed, NULL, 0, &text);
	assert_non_null(strstr(text_builder_text(&text), "SYN_RECV, and more"));
	assert_non_null(strstr(text_builder_text(&text), "not asked about every segment"));
	text_builder_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_that_stays_is_passed_once),
		cmocka_unit_test(all_of_them_in_their_order_are_had),
		cmocka_unit_test(beginning_and_end_may_be_left_out_but_nothing_between),
		cmocka_unit_test(where_an_end_comes_from_and_goes_to_need_not_be_seen),
		cmocka_unit_test(a_state_that_is_all_that_is_wanted_must_be_there),
		cmocka_unit_test(the_text_names_what_was_never_seen),
		cmocka_unit_test(more_than_the_ceiling_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
