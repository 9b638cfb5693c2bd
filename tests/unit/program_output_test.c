#include "tcp_lab/program_output.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"
#include "tcp_lab/lab_limits.h"

static void add(struct program_output *output, const char *text)
{
	program_output_add(output, text, strlen(text), 0);
}

static bool finds(struct program_output *output, const char *text)
{
	return program_output_find(output, text, strlen(text));
}

static void each_find_lies_behind_the_one_before(void **state)
{
	struct program_output output;

	(void)state;
	program_output_init(&output, 1000);
	add(&output, "one two one\n");
	assert_true(finds(&output, "one"));
	assert_true(finds(&output, "one"));
	assert_false(finds(&output, "one"));
	assert_false(finds(&output, "two")); /* it stood before the second "one" */
	add(&output, "two\n");
	assert_true(finds(&output, "two"));
	assert_true(program_output_has(&output, "one two", 7));
	assert_false(program_output_has(&output, "three", 5));
	program_output_finish(&output);
}

static void a_text_that_comes_in_pieces_is_found(void **state)
{
	static const char text[] = "delivered";
	struct program_output output;

	(void)state;
	program_output_init(&output, 1000);
	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		assert_false(finds(&output, text));
		program_output_add(&output, &text[i], 1, 0);
	}
	assert_true(finds(&output, text));
	program_output_finish(&output);
}

static void a_search_in_vain_hides_nothing_from_another(void **state)
{
	struct program_output output;

	(void)state;
	program_output_init(&output, 1000);
	add(&output, "aab");
	assert_false(finds(&output, "bbb"));
	assert_true(finds(&output, "a"));
	assert_false(finds(&output, "bc"));
	add(&output, "c");
	assert_true(finds(&output, "bc"));
	assert_true(finds(&output, ""));
	program_output_finish(&output);
}

static void zeros_and_empty_output_do_no_harm(void **state)
{
	struct program_output output;

	(void)state;
	program_output_init(&output, 1000);
	assert_false(finds(&output, "x"));
	assert_false(program_output_has(&output, "x", 1));
	assert_true(program_output_has(&output, "", 0));
	program_output_add(&output, "a\0b", 3, 0);
	assert_true(program_output_find(&output, "\0b", 2));
	assert_int_equal(output.bytes[output.length], 0);
	program_output_finish(&output);
}

static void beyond_its_ceiling_bytes_are_counted(void **state)
{
	struct program_output output;

	(void)state;
	program_output_init(&output, 10);
	add(&output, "12345678");
	assert_int_equal(output.dropped, 0);
	add(&output, "90abc");
	assert_int_equal(output.length, 10);
	assert_string_equal(output.bytes, "1234567890");
	assert_int_equal(output.dropped, 3);
	add(&output, "d");
	assert_int_equal(output.dropped, 4);
	program_output_finish(&output);
}

static void each_piece_has_its_time_until_there_are_too_many(void **state)
{
	struct program_output output;

	(void)state;
	program_output_init(&output, 1000000);
	program_output_add(&output, "one", 3, 10);
	program_output_add(&output, "", 0, 15);
	program_output_add(&output, "two", 3, 20);
	assert_int_equal(output.mark_count, 2);
	assert_int_equal(output.marks[1].offset, 3);
	assert_int_equal(output.marks[1].at_ns, 20);
	for (uint32_t i = 2; i < LAB_OUTPUT_MARKS_MAX; i++)
		program_output_add(&output, "x", 1, 30);
	assert_int_equal(output.timed_length, output.length);
	program_output_add(&output, "more", 4, 40);
	program_output_add(&output, "more", 4, 50);
	assert_int_equal(output.mark_count, LAB_OUTPUT_MARKS_MAX);
	assert_int_equal(output.timed_length, output.length - 8);
	program_output_finish(&output);
}

static void the_last_line_with_something_in_it_is_given(void **state)
{
	static const struct {
		const char *output;
		const char *line;
	} cases[] = {
		{ "sh: 1: x: not found\n", "sh: 1: x: not found" },
		{ "first\nlast", "last" },
		{ "first\n \r\n\n", "first" },
		{ "only", "only" },
		{ "\n\n", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length;
		const char *line =
			program_output_last_line(cases[i].output, strlen(cases[i].output), &length);

		assert_int_equal(length, strlen(cases[i].line));
		assert_memory_equal(line, cases[i].line, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_find_lies_behind_the_one_before),
		cmocka_unit_test(a_text_that_comes_in_pieces_is_found),
		cmocka_unit_test(a_search_in_vain_hides_nothing_from_another),
		cmocka_unit_test(zeros_and_empty_output_do_no_harm),
		cmocka_unit_test(each_piece_has_its_time_until_there_are_too_many),
		cmocka_unit_test(beyond_its_ceiling_bytes_are_counted),
		cmocka_unit_test(the_last_line_with_something_in_it_is_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
