/* Counts of TCP states, in words and drawn. */
#include "report/state_counts.h"

#include <stdio.h>
#include <string.h>

#include "report/state_diagram.h"
#include "report/state_table.h"
#include "report/state_text.h"
#include "support/unit_test.h"

#define TEXT_MAX_BYTES 65536u

static const char *const no_notes[TCP_STATE_COUNT];

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");

		longest = length > longest ? length : longest;
		text += length + (text[length] == '\n');
	}
	return longest;
}

static unsigned occurrences(const char *text, const char *of)
{
	unsigned count = 0;

	for (const char *at = strstr(text, of); at; at = strstr(at + 1, of))
		count++;
	return count;
}

static void states_are_known_by_all_their_names(void **state)
{
	static const struct {
		const char *name;
		enum tcp_state state;
	} rows[] = {
		{ "TIME_WAIT", TCP_TIME_WAIT },
		{ "time-wait", TCP_TIME_WAIT },
		{ "ESTAB", TCP_ESTABLISHED },
		{ "FIN-WAIT-1", TCP_FIN_WAIT1 },
		{ "fin_wait2", TCP_FIN_WAIT2 },
		{ "SYN-RECEIVED", TCP_SYN_RECV },
		{ "syn-recv", TCP_SYN_RECV },
		{ "UNCONN", TCP_CLOSED },
		{ "CLOSE-WAIT", TCP_CLOSE_WAIT },
		{ "LISTENING", TCP_LISTEN },
		{ "", TCP_STATE_COUNT },
		{ "WAIT", TCP_STATE_COUNT },
		{ "TIME_WAIT2", TCP_STATE_COUNT },
		{ "ESTABLISHEDESTABLISHED", TCP_STATE_COUNT },
		{ "\xc3\xa4rger", TCP_STATE_COUNT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(state_by_name(rows[i].name, strlen(rows[i].name)), rows[i].state);
	/* Only so many bytes of it count. */
	assert_int_equal(state_by_name("LISTEN,CLOSED", 6), TCP_LISTEN);
	for (unsigned i = 0; i < TCP_STATE_COUNT; i++) {
		const char *name = tcp_state_name((enum tcp_state)i);

		assert_int_equal(state_by_name(name, strlen(name)), i);
	}
}

static void every_state_is_explained(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TCP_STATE_COUNT; i++) {
		const struct state_text *text = state_text_of((enum tcp_state)i);

		assert_true(text->is && text->is[strlen(text->is) - 1] == '.');
		assert_true(text->many && text->many[strlen(text->many) - 1] == '.');
	}
}

static void the_largest_stands_first_and_empty_ones_are_left_out(void **state)
{
	const struct state_table_style style = { .columns = 80 };
	struct state_counts counts = { .now = { [TCP_TIME_WAIT] = 12345, [TCP_LISTEN] = 3 } };
	const char *notes[TCP_STATE_COUNT] = { [TCP_LISTEN] = "One more thing." };
	struct text_builder out;
	const char *text;

	(void)state;
	text_builder_init(&out, TEXT_MAX_BYTES);
	state_table_append(&out, &counts, notes, &style);
	text = text_builder_text(&out);
	assert_ptr_equal(strstr(text, "12,345  TIME_WAIT "), text);
	assert_non_null(strstr(text, "\n     3  LISTEN "));
	assert_non_null(strstr(text, "One more thing."));
	assert_null(strstr(text, "ESTABLISHED"));
	assert_null(strchr(text, '\x1b'));
	assert_true(longest_line(text) <= 80);
	text_builder_finish(&out);
}

static void changes_stand_beside_the_counts(void **state)
{
	const struct state_table_style style = { .columns = 100 };
	struct state_counts counts = {
		.now = { [TCP_ESTABLISHED] = 5, [TCP_LISTEN] = 1 },
		.before = { [TCP_ESTABLISHED] = 2, [TCP_LISTEN] = 1, [TCP_CLOSE_WAIT] = 1 },
		.has_before = true,
	};
	struct text_builder out;
	const char *text;

	(void)state;
	text_builder_init(&out, TEXT_MAX_BYTES);
	state_table_append(&out, &counts, no_notes, &style);
	text = text_builder_text(&out);
	assert_non_null(strstr(text, "5 +3  ESTABLISHED "));
	assert_non_null(strstr(text, "1     LISTEN "));
	/* What is gone is told once. */
	assert_non_null(strstr(text, "0 -1  CLOSE_WAIT "));
	text_builder_clear(&out);
	state_line_append(&out, &counts);
	assert_string_equal(text_builder_text(&out),
			    "ESTABLISHED 5 (+3), LISTEN 1, CLOSE_WAIT 0 (-1)");
	text_builder_finish(&out);
}

static void a_look_at_nothing_is_a_line_too(void **state)
{
	const struct state_counts counts = { .now = { 0 } };
	struct text_builder out;

	(void)state;
	text_builder_init(&out, TEXT_MAX_BYTES);
	state_line_append(&out, &counts);
	assert_string_equal(text_builder_text(&out), "none");
	text_builder_finish(&out);
}

static void the_diagram_has_each_state_with_its_count(void **state)
{
	struct state_counts counts = { .has_before = false };
	struct text_builder out;
	const char *text;

	(void)state;
	for (unsigned i = 0; i < TCP_STATE_COUNT; i++)
		counts.now[i] = 100 + i;
	text_builder_init(&out, TEXT_MAX_BYTES);
	state_diagram_append(&out, &counts, false);
	text = text_builder_text(&out);
	for (unsigned i = 0; i < TCP_STATE_COUNT; i++) {
		char box[64];

		(void)snprintf(box, sizeof(box), "# %-11s %5u #", tcp_state_name((enum tcp_state)i),
			       100 + i);
		assert_non_null(strstr(text, box));
	}
	assert_int_equal(occurrences(text, "#####################"), 2 * TCP_STATE_COUNT);
	assert_true(longest_line(text) <= STATE_DIAGRAM_COLUMNS);
	assert_false(out.truncated);
	text_builder_finish(&out);
}

static void only_states_with_sockets_stand_out(void **state)
{
	struct state_counts counts = { .now = { [TCP_TIME_WAIT] = 7 },
				       .before = { [TCP_TIME_WAIT] = 4 },
				       .has_before = true };
	struct text_builder out;
	const char *text;

	(void)state;
	text_builder_init(&out, TEXT_MAX_BYTES);
	state_diagram_append(&out, &counts, true);
	text = text_builder_text(&out);
	assert_non_null(strstr(text, "\x1b[1m# TIME_WAIT       7 #\x1b[0m"));
	assert_non_null(strstr(text, "| LISTEN          0 |"));
	assert_non_null(strstr(text, "# +3 ##"));
	assert_int_equal(occurrences(text, "\x1b[1m"), 3);
	assert_int_equal(occurrences(text, "\x1b[0m"), 3);
	text_builder_finish(&out);
}

/* Boxes do not grow; nobody counts a million sockets to the last. */
static void huge_counts_stay_within_their_boxes(void **state)
{
	struct state_counts counts = { .has_before = true };
	struct text_builder out;

	(void)state;
	for (unsigned i = 0; i < TCP_STATE_COUNT; i++) {
		counts.now[i] = i % 2 ? UINT64_MAX : 1234567;
		counts.before[i] = i % 3 ? 0 : UINT64_MAX / 2;
	}
	text_builder_init(&out, TEXT_MAX_BYTES);
	state_diagram_append(&out, &counts, false);
	assert_true(longest_line(text_builder_text(&out)) <= STATE_DIAGRAM_COLUMNS);
	assert_non_null(strstr(text_builder_text(&out), "# CLOSED      1.23M #"));
	text_builder_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_known_by_all_their_names),
		cmocka_unit_test(every_state_is_explained),
		cmocka_unit_test(the_largest_stands_first_and_empty_ones_are_left_out),
		cmocka_unit_test(changes_stand_beside_the_counts),
		cmocka_unit_test(a_look_at_nothing_is_a_line_too),
		cmocka_unit_test(the_diagram_has_each_state_with_its_count),
		cmocka_unit_test(only_states_with_sockets_stand_out),
		cmocka_unit_test(huge_counts_stay_within_their_boxes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
