/* The experiments that come along, and the document that says how to write one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error_name.h"
#include "support/unit_test.h"
#include "tcp_lab/builtin_experiments.h"
#include "tcp_lab/experiment.h"
#include "tcp_lab/info_key.h"
#include "tcp_lab/socket_option_name.h"

#define DOCUMENT_MAX_BYTES (256u * 1024)

static char document[DOCUMENT_MAX_BYTES];

static int read_document(void **state)
{
	const char *root = getenv("WIRETALE_SOURCE_ROOT");
	char path[4096];
	FILE *file;
	size_t length;

	(void)state;
	assert_non_null(root);
	(void)snprintf(path, sizeof(path), "%s/docs/experiments.md", root);
	file = fopen(path, "r");
	if (!file)
		fail_msg("cannot open %s", path);
	length = fread(document, 1, sizeof(document) - 1, file);
	document[length] = '\0';
	(void)fclose(file);
	return length > 0 ? 0 : -1;
}

static bool expects_something(const struct experiment *experiment)
{
	for (size_t i = 0; i < experiment->step_count; i++) {
		if (experiment->steps[i].verb >= STEP_EXPECT_STATE)
			return true;
	}
	return false;
}

static void each_has_all_that_a_teacher_hands_out(void **state)
{
	(void)state;
	assert_true(builtin_experiment_count >= 8);
	for (size_t i = 0; i < builtin_experiment_count; i++) {
		const struct builtin_experiment *built_in = &builtin_experiments[i];
		struct experiment_problem problem;
		struct experiment *experiment = experiment_parse(built_in->name, built_in->text,
								 built_in->length, &problem);

		if (!experiment)
			fail_msg("%s:%u: %s", built_in->name, problem.line, problem.sentence);
		if (experiment->question[0] == '\0' || experiment->explanation[0] == '\0' ||
		    !expects_something(experiment))
			fail_msg("%s: no question, no explanation, or nothing expected",
				 built_in->name);
		assert_string_equal(experiment->name, built_in->name);
		assert_int_equal(built_in->text[built_in->length], '\0');
		experiment_destroy(experiment);
	}
}

static void each_is_there_in_chinese(void **state)
{
	(void)state;
	for (size_t i = 0; i < builtin_experiment_count; i++) {
		const struct builtin_experiment *built_in = &builtin_experiments[i];
		struct experiment_problem problem;
		struct experiment *experiment = experiment_parse(built_in->name, built_in->text,
								 built_in->length, &problem);
		const struct experiment_translation *chinese;

		assert_non_null(experiment);
		chinese = experiment_translated(experiment, "zh-CN");
		if (!chinese || !chinese->title || !chinese->question || !chinese->explanation)
			fail_msg("%s is not wholly translated", built_in->name);
		experiment_destroy(experiment);
	}
}

static void they_are_sorted_by_name(void **state)
{
	(void)state;
	for (size_t i = 1; i < builtin_experiment_count; i++)
		assert_true(strcmp(builtin_experiments[i - 1].name, builtin_experiments[i].name) <
			    0);
}

/* What stands between ``` and ``` and begins with a title. */
static void examples_in_the_document_are_right(void **state)
{
	const char *at = document;
	size_t count = 0;

	(void)state;
	while ((at = strstr(at, "\n```"))) {
		const char *start = strchr(at + 1, '\n') + 1;
		const char *end = strstr(start, "\n```\n");
		struct experiment_problem problem;
		struct experiment *experiment;

		assert_non_null(end);
		at = end + 4;
		if (strncmp(start, "title ", 6) != 0)
			continue;
		experiment = experiment_parse("x", start, (size_t)(end + 1 - start), &problem);
		if (!experiment)
			fail_msg("example %zu, line %u: %s", count + 1, problem.line,
				 problem.sentence);
		experiment_destroy(experiment);
		count++;
	}
	assert_true(count >= 5);
}

static void assert_documented(const char *name)
{
	char row[128];

	(void)snprintf(row, sizeof(row), "\n| `%s` |", name);
	if (!strstr(document, row))
		fail_msg("docs/experiments.md has no row for %s", name);
}

static void the_document_has_every_option_and_key(void **state)
{
	(void)state;
	for (size_t i = 0; socket_option_at(i); i++)
		assert_documented(socket_option_at(i)->name);
	for (size_t i = 0; info_key_at(i); i++)
		assert_documented(info_key_at(i)->name);
}

static void options_are_found_by_name_and_by_number(void **state)
{
	(void)state;
	for (size_t i = 0; socket_option_at(i); i++) {
		const struct socket_option_name *option = socket_option_at(i);

		assert_ptr_equal(socket_option_find(option->name), option);
		assert_ptr_equal(socket_option_of(option->level, option->option), option);
	}
	assert_null(socket_option_find("TCP_NODELA"));
	assert_string_equal(socket_option_nearest("TCP_NODELA"), "TCP_NODELAY");
}

static void errors_are_found_by_name_and_by_number(void **state)
{
	size_t count;
	const char *const *names = error_names(&count);

	(void)state;
	assert_true(count > 10);
	for (size_t i = 0; i < count; i++) {
		assert_int_not_equal(error_number(names[i]), 0);
		assert_string_equal(error_name(error_number(names[i])), names[i]);
	}
	assert_int_equal(error_number("EWHATEVER"), 0);
	assert_null(error_name(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_all_that_a_teacher_hands_out),
		cmocka_unit_test(each_is_there_in_chinese),
		cmocka_unit_test(they_are_sorted_by_name),
		cmocka_unit_test(examples_in_the_document_are_right),
		cmocka_unit_test(the_document_has_every_option_and_key),
		cmocka_unit_test(options_are_found_by_name_and_by_number),
		cmocka_unit_test(errors_are_found_by_name_and_by_number),
	};

	return cmocka_run_group_tests_name("experiment_shipped", tests, read_document, NULL);
}
