#include "relay_load/load_options.h"

#include <string.h>

#include "base/clock.h"
#include "support/unit_test.h"

#define WORDS_MAX 16

/* The words of a line, as a shell would part them: at blanks, "''" being an empty one. */
static bool read_line(const char *line, bool takes_dialect, struct load_options *out)
{
	static char copy[512];
	char *words[WORDS_MAX];
	int count = 0;
	char *rest = copy;

	assert_true(strlen(line) < sizeof(copy));
	strcpy(copy, line);
	for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;) {
		assert_true(count < WORDS_MAX);
		words[count++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	return load_options_read(count, words, "default.example", takes_dialect, out);
}

static struct load_plan plan_of(const char *line)
{
	struct load_options options;

	if (!read_line(line, false, &options))
		fail_msg("%s: %s", line, options.problem);
	assert_false(options.help);
	return options.plan;
}

static void each_kind_has_its_defaults(void **state)
{
	struct load_plan plan = plan_of("throughput");

	(void)state;
	assert_int_equal(plan.kind, LOAD_THROUGHPUT);
	assert_string_equal(plan.server, "default.example");
	assert_int_equal(plan.default_port, 2312);
	assert_int_equal(plan.pairs, 1);
	assert_int_equal(plan.window, 1024);
	assert_int_equal(plan.size, 64);
	assert_int_equal(plan.rate, 0);
	assert_int_equal(plan.measured_ns, 3 * NS_PER_S);
	assert_int_equal(plan.warm_up_ns, NS_PER_S / 2);
	assert_int_equal(plan.members, 0);
	assert_int_equal(plan.connections, 0);
	assert_int_equal(plan.idle_beside, 0);
	assert_int_equal(plan.stalled, 0);
	assert_int_equal(plan.stalled_rate, 1000);
	assert_int_equal(plan.stalled_size, 1000);
	assert_int_equal(plan.server_pid, 0);
	assert_false(plan.library);

	assert_int_equal(plan_of("latency").kind, LOAD_LATENCY);
	assert_int_equal(plan_of("latency").rate, 2000);
	assert_int_equal(plan_of("fan-out").kind, LOAD_FAN_OUT);
	assert_int_equal(plan_of("fan-out").members, 100);
	assert_int_equal(plan_of("fan-out").window, 1);
	assert_int_equal(plan_of("connections").kind, LOAD_CONNECTIONS);
	assert_int_equal(plan_of("connections").connections, 16);
	assert_int_equal(plan_of("idle").kind, LOAD_IDLE_MEMORY);
	assert_int_equal(plan_of("idle").connections, 1000);
}

static void each_option_goes_to_its_place(void **state)
{
	(void)state;
	assert_string_equal(plan_of("idle --server [::1]:99").server, "[::1]:99");
	assert_int_equal(plan_of("throughput --pairs 500").pairs, 500);
	assert_int_equal(plan_of("latency --pairs 2").pairs, 2);
	assert_int_equal(plan_of("throughput --window 7").window, 7);
	assert_int_equal(plan_of("fan-out --window 8").window, 8);
	assert_int_equal(plan_of("throughput --size 16").size, 16);
	assert_int_equal(plan_of("latency --rate 123").rate, 123);
	assert_int_equal(plan_of("latency --seconds 1").measured_ns, NS_PER_S);
	assert_int_equal(plan_of("connections --warm-up 2").warm_up_ns, 2 * NS_PER_S);
	assert_int_equal(plan_of("fan-out --members 1000").members, 1000);
	assert_int_equal(plan_of("connections --connections 3").connections, 3);
	assert_int_equal(plan_of("idle --connections 15000").connections, 15000);
	assert_int_equal(plan_of("latency --idle-beside 4").idle_beside, 4);
	assert_int_equal(plan_of("throughput --stalled 5").stalled, 5);
	assert_int_equal(plan_of("idle --server-pid 4321").server_pid, 4321);
	assert_true(plan_of("latency --library").library);
}

static void the_kind_may_stand_behind_and_values_behind_a_sign(void **state)
{
	struct load_plan plan = plan_of("--window=8 --pairs 3 throughput --size=100");

	(void)state;
	assert_int_equal(plan.kind, LOAD_THROUGHPUT);
	assert_int_equal(plan.window, 8);
	assert_int_equal(plan.pairs, 3);
	assert_int_equal(plan.size, 100);
}

static void the_last_of_two_equal_options_counts(void **state)
{
	(void)state;
	assert_int_equal(plan_of("throughput --window 8 --window 9").window, 9);
}

static void seconds_are_read_to_the_nanosecond(void **state)
{
	static const struct {
		const char *line;
		uint64_t ns;
	} rows[] = {
		{ "throughput --seconds 0.25", 250000000 },
		{ "throughput --seconds .5", 500000000 },
		{ "throughput --seconds 2.", 2000000000 },
		{ "throughput --seconds 0.000000001", 1 },
		/* What is finer than a nanosecond is left off. */
		{ "throughput --seconds 1.0000000019", 1000000001 },
		{ "throughput --seconds 600", 600000000000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(plan_of(rows[i].line).measured_ns, rows[i].ns);
	assert_int_equal(plan_of("latency --warm-up 0").warm_up_ns, 0);
}

static void json_and_help_are_told(void **state)
{
	struct load_options options;

	(void)state;
	assert_true(read_line("throughput", false, &options));
	assert_false(options.json);
	assert_true(read_line("throughput --json", false, &options));
	assert_true(options.json);
	assert_true(read_line("--help", false, &options));
	assert_true(options.help);
	assert_true(read_line("throughput -h", false, &options));
	assert_true(options.help);
}

static void a_dialect_is_only_for_those_who_have_several(void **state)
{
	struct load_options options;

	(void)state;
	assert_true(read_line("throughput --dialect nats", true, &options));
	assert_string_equal(options.dialect, "nats");
	assert_true(read_line("throughput", true, &options));
	assert_null(options.dialect);
	assert_false(read_line("throughput --dialect nats", false, &options));
	assert_string_equal(options.problem, "there is no option --dialect");
}

static void wrong_usage_is_told_in_a_sentence(void **state)
{
	static const struct {
		const char *line;
		const char *says; /* somewhere in the sentence */
	} rows[] = {
		{ "", "what is to be measured?" },
		{ "--json", "what is to be measured?" },
		{ "speed", "\"speed\" is nothing that can be measured" },
		{ "''", "\"\" is nothing that can be measured" },
		{ "throughput latency", "\"latency\" is one too many" },
		{ "throughput 1000", "\"1000\" is one too many" },
		{ "throughput --windows 1", "there is no option --windows" },
		{ "throughput --win 1", "there is no option --win" },
		{ "throughput --", "there is no option --" },
		{ "throughput --=3", "there is no option --=3" },
		{ "throughput --window", "--window wants a value behind it" },
		{ "throughput --window=", "--window wants a whole number from 1 to 65536" },
		{ "throughput --window 0", "--window wants a whole number from 1 to 65536" },
		{ "throughput --window 65537", "not \"65537\"" },
		{ "throughput --window -1", "not \"-1\"" },
		{ "throughput --window 1x", "not \"1x\"" },
		{ "throughput --window 18446744073709551617", "from 1 to 65536" },
		{ "throughput --size 15", "--size wants a whole number from 16 to 1000000" },
		{ "throughput --pairs 10001", "--pairs wants a whole number from 1 to 10000" },
		{ "latency --rate 0", "--rate wants a whole number from 1 to 10000000" },
		{ "idle --server-pid 0", "--server-pid wants a whole number from 1" },
		{ "throughput --seconds 0", "--seconds wants more than 0" },
		{ "throughput --seconds 600.1", "--seconds wants seconds, such as 3 or 0.5" },
		{ "throughput --seconds 99999999999999999999", "up to 600" },
		{ "throughput --seconds .", "not \".\"" },
		{ "throughput --seconds 1.5.5", "not \"1.5.5\"" },
		{ "throughput --warm-up -1", "--warm-up wants seconds" },
		{ "throughput --json=yes", "--json takes no value" },
		{ "throughput --rate 5", "--rate is of no meaning for throughput" },
		{ "latency --window 5", "--window is of no meaning for latency" },
		{ "fan-out --pairs 5", "--pairs is of no meaning for fan-out" },
		{ "fan-out --library", "--library is of no meaning for fan-out" },
		{ "connections --size 64", "--size is of no meaning for connections" },
		{ "idle --seconds 1", "--seconds is of no meaning for idle" },
		{ "throughput --members 5", "--members is of no meaning for throughput" },
		{ "latency --connections 5", "--connections is of no meaning for latency" },
		{ "connections --server-pid 1", "--server-pid is of no meaning for connections" },
		{ "throughput --library --pairs 2", "--library measures one pair" },
		{ "throughput --library --stalled 1", "--library measures one pair" },
		{ "latency --library --idle-beside 1", "--library measures one pair" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct load_options options;

		if (read_line(rows[i].line, false, &options))
			fail_msg("\"%s\" was taken", rows[i].line);
		if (!strstr(options.problem, rows[i].says))
			fail_msg("\"%s\": %s", rows[i].line, options.problem);
	}
}

static void a_word_is_quoted_short_and_without_control_characters(void **state)
{
	struct load_options options;
	char line[400] = "\x1b[2J\x9b";

	(void)state;
	assert_false(read_line(line, false, &options));
	assert_non_null(strstr(options.problem, "\"?[2J?\""));
	memset(line, 'w', sizeof(line) - 1);
	assert_false(read_line(line, false, &options));
	assert_true(strlen(options.problem) < 200);
	assert_non_null(strstr(options.problem, "idle"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_has_its_defaults),
		cmocka_unit_test(each_option_goes_to_its_place),
		cmocka_unit_test(the_kind_may_stand_behind_and_values_behind_a_sign),
		cmocka_unit_test(the_last_of_two_equal_options_counts),
		cmocka_unit_test(seconds_are_read_to_the_nanosecond),
		cmocka_unit_test(json_and_help_are_told),
		cmocka_unit_test(a_dialect_is_only_for_those_who_have_several),
		cmocka_unit_test(wrong_usage_is_told_in_a_sentence),
		cmocka_unit_test(a_word_is_quoted_short_and_without_control_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
