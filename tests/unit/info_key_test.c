#include "tcp_lab/info_key.h"

#include <stdio.h>
#include <string.h>

#include "support/unit_test.h"

static const struct diag_socket full = {
	.state = SOCKET_ESTABLISHED,
	.timer = SOCKET_TIMER_RETRANSMIT,
	.timer_ms = 250,
	.tries = 3,
	.receive_queue = 17,
	.has_info = true,
	.info = {
		.cwnd = 10,
		.ssthresh = SOCKET_SSTHRESH_NONE,
		.rto_us = 224500,
		.backoff = 2,
		.has_traffic = true,
		.bytes_acked = UINT64_C(5000000000),
	},
};

static const struct diag_socket waiting = {
	.state = SOCKET_TIME_WAIT,
	.timer = SOCKET_TIMER_TIME_WAIT,
	.timer_ms = 59948,
};

static struct info_term term(const char *key, enum info_operator operator, const char * value)
{
	struct info_term made = { .operator= operator};

	assert_true(info_value_parse(info_key_find(key), value, &made.value));
	(void)snprintf(made.key, sizeof(made.key), "%s", key);
	return made;
}

static void assert_difference(const struct info_term *made, const struct diag_socket *socket,
			      const char *expected)
{
	struct text_builder difference;

	text_builder_init(&difference, 256);
	assert_int_equal(info_term_holds(made, socket, &difference), expected[0] == '\0');
	assert_string_equal(text_builder_text(&difference), expected);
	assert_int_equal(info_term_holds(made, socket, NULL), expected[0] == '\0');
	text_builder_finish(&difference);
}

static void values_come_from_where_the_kernel_tells_them(void **state)
{
	static const struct {
		const char *key;
		uint64_t value;
	} rows[] = {
		{ "cwnd", 10 },
		{ "ssthresh", SOCKET_SSTHRESH_NONE },
		{ "rto", 224500000 },
		{ "backoff", 2 },
		{ "bytes_acked", 5000000000 },
		{ "timer", SOCKET_TIMER_RETRANSMIT },
		{ "left", 250000000 },
		{ "tries", 3 },
		{ "receive_queue", 17 },
		{ "lost", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value;

		assert_true(info_value_get(info_key_find(rows[i].key), &full, &value));
		assert_true(value == rows[i].value);
	}
}

static void what_the_kernel_does_not_tell_is_not_known(void **state)
{
	struct info_term cwnd = term("cwnd", INFO_UNEQUAL, "3");
	struct info_term left = term("left", INFO_MORE, "50s");
	uint64_t value = 77;

	(void)state;
	assert_false(info_value_get(info_key_find("cwnd"), &waiting, &value));
	assert_false(info_value_get(info_key_find("min_rtt"), &full, &value));
	assert_int_equal(value, 77);
	assert_difference(&cwnd, &waiting, "the kernel tells no cwnd of this socket");
	assert_difference(&left, &waiting, "");
}

static void terms_compare(void **state)
{
	struct info_term rows[] = {
		term("cwnd", INFO_EQUAL, "10"),          term("cwnd", INFO_UNEQUAL, "9"),
		term("cwnd", INFO_LESS, "11"),           term("cwnd", INFO_MORE, "9"),
		term("ssthresh", INFO_EQUAL, "none"),    term("rto", INFO_LESS, "225ms"),
		term("timer", INFO_EQUAL, "retransmit"),
	};
	struct info_term less = term("cwnd", INFO_LESS, "10");
	struct info_term more = term("rto", INFO_MORE, "1.5s");
	struct info_term timer = term("timer", INFO_EQUAL, "keep-alive");
	struct info_term none = term("ssthresh", INFO_UNEQUAL, "none");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_difference(&rows[i], &full, "");
	assert_difference(&less, &full, "cwnd is 10, expected <10");
	assert_difference(&more, &full, "rto is 224500us, expected >1500ms");
	assert_difference(&timer, &full, "timer is retransmit, expected =keep-alive");
	assert_difference(&none, &full, "ssthresh is none, expected !=none");
}

static void values_are_read_as_they_are_written(void **state)
{
	static const struct {
		const char *key;
		const char *text;
	} wrong[] = {
		{ "cwnd", "" },        { "cwnd", "-1" },       { "cwnd", "none" },
		{ "cwnd", "10ms" },    { "rto", "200" },       { "rto", "" },
		{ "rto", "200 ms" },   { "timer", "3" },       { "timer", "TIME_WAIT" },
		{ "ssthresh", "off" }, { "send_queue", "1k" },
	};
	uint64_t value = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(info_value_parse(info_key_find(wrong[i].key), wrong[i].text, &value));
	assert_int_equal(value, 77);
	for (size_t i = 0; info_key_at(i); i++) {
		const struct info_key *key = info_key_at(i);
		struct text_builder text;
		uint64_t again;

		assert_ptr_equal(info_key_find(key->name), key);
		assert_true(strlen(key->name) < sizeof(((struct info_term *)0)->key));
		assert_non_null(info_value_kind(key));
		for (value = 0; value < 5; value++) {
			text_builder_init(&text, 64);
			info_value_text(key, value, &text);
			/* times below a microsecond are shown in seconds */
			assert_true(info_value_parse(key, text_builder_text(&text), &again));
			assert_true(again == value);
			text_builder_finish(&text);
		}
	}
	assert_null(info_key_find("cwn"));
	assert_string_equal(info_key_nearest("cwn"), "cwnd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_from_where_the_kernel_tells_them),
		cmocka_unit_test(what_the_kernel_does_not_tell_is_not_known),
		cmocka_unit_test(terms_compare),
		cmocka_unit_test(values_are_read_as_they_are_written),
	};

	return cmocka_run_group_tests_name("info_key", tests, NULL, NULL);
}
