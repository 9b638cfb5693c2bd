#include "tcp_flow/expectation.h"

#include <stdio.h>
#include <string.h>

#include "support/unit_test.h"
#include "tcp_flow/exact_number.h"
#include "tcp_flow/names.h"

static const char line[] =
	"{\"type\":\"connection\",\"number\":3,\"client\":\"192.0.2.1:40000\","
	"\"start\":1683201154.780366500,\"duration\":28.562487600,"
	"\"closing\":{\"kind\":\"orderly-4\",\"segments\":4},"
	"\"from_client\":{\"segments\":5,\"retransmissions\":0},"
	"\"labels\":{\"zero-window\":2},"
	"\"findings\":[{\"kind\":\"zero-window\",\"frames\":[7,9]},{\"kind\":\"limit\"}]}";

static struct expectation parsed;
static struct expectation_problem problem;

static void assert_parsed(const char *text)
{
	problem.sentence[0] = '\0';
	if (!expectation_parse(text, &parsed, &problem))
		fail_msg("%s: %s", text, problem.sentence);
}

static void assert_holds(const char *text)
{
	assert_parsed(text);
	assert_int_equal(expectation_match(&parsed, line, strlen(line), NULL), EXPECTATION_HOLDS);
}

static void assert_fails(const char *text, const char *difference)
{
	struct text_builder said;

	text_builder_init(&said, 4096);
	assert_parsed(text);
	assert_int_equal(expectation_match(&parsed, line, strlen(line), &said), EXPECTATION_FAILS);
	assert_string_equal(text_builder_text(&said), difference);
	text_builder_finish(&said);
}

static void assert_refused(const char *text, size_t at, const char *sentence)
{
	parsed.count = 77;
	assert_false(expectation_parse(text, &parsed, &problem));
	assert_int_equal(parsed.count, 77);
	assert_string_equal(problem.sentence, sentence);
	assert_int_equal(problem.at, at);
}

static void terms_hold_when_all_of_them_do(void **state)
{
	(void)state;
	assert_holds("closing.kind=orderly-4");
	assert_holds("  closing.kind=orderly-4   number=3 duration>28 duration<29 ");
	assert_holds("closing.kind!=reset from_client.segments!=4");
	assert_fails("number=3 closing.kind=orderly-3",
		     "closing.kind is orderly-4, expected orderly-3");
	assert_fails("number<3 duration>28.5624876",
		     "number is 3, expected less than 3; duration is 28.562487600, expected more "
		     "than 28.5624876");
	assert_fails("closing.kind!=orderly-4",
		     "closing.kind is orderly-4, expected anything but orderly-4");
}

static void numbers_are_compared_as_numbers_to_the_last_digit(void **state)
{
	(void)state;
	assert_holds("number=3.0 number=03");
	assert_holds("start=1683201154.7803665");
	assert_holds("start>1683201154.780366499 start<1683201154.780366501");
	assert_fails("start=1683201154.780366501",
		     "start is 1683201154.780366500, expected 1683201154.780366501");
}

static void what_is_absent_is_zero_where_it_is_counted_and_unequal_elsewhere(void **state)
{
	(void)state;
	assert_holds("labels.retransmission=0 labels.retransmission<1 labels.zero-window=2");
	assert_fails("labels.retransmission>0", "labels.retransmission is 0, expected more than 0");
	assert_holds("closing.first!=client");
	assert_fails("closing.first=client", "closing.first is absent, expected client");
	assert_fails("opening.rtt<5", "opening.rtt is absent, expected less than 5");
}

static void one_element_of_several_is_enough_and_unequal_wants_none(void **state)
{
	(void)state;
	assert_holds("findings.kind=limit findings.kind=zero-window findings.frames=9");
	assert_holds("findings.kind!=refused");
	assert_fails("findings.kind=refused",
		     "findings.kind is zero-window, limit, expected refused");
	assert_fails("findings.kind!=limit",
		     "findings.kind is zero-window, limit, expected anything but limit");
}

static void values_with_blanks_stand_in_quotes(void **state)
{
	(void)state;
	assert_holds("client=\"192.0.2.1:40000\" number=3");
	assert_fails("client=\"a b\"", "client is 192.0.2.1:40000, expected a b");
	assert_string_equal(parsed.terms[0].text, "client=\"a b\"");
}

static void mistakes_are_told_with_their_place_and_what_was_meant(void **state)
{
	(void)state;
	assert_refused("", 0,
		       "nothing is expected: a term such as closing.kind=orderly-3 is "
		       "missing");
	assert_refused("number=3 closing.kid=reset", 9,
		       "there is no key 'closing.kid' (character 10); is closing.kind meant?");
	assert_refused("retransmissions=0", 0,
		       "there is no key 'retransmissions' (character 1); is "
		       "from_client.retransmissions meant?");
	assert_refused("closing=reset", 0,
		       "there is no key 'closing' (character 1); is closing.kind meant?");
	assert_refused("xyzzy=1", 0,
		       "there is no key 'xyzzy' (character 1); keys are the paths into the JSON of "
		       "a connection, such as closing.kind");
	assert_refused("=1", 0, "a key is missing at character 1");
	assert_refused("number", 6, "after number (character 7) one of = != < > is missing");
	assert_refused("number 3", 6, "after number (character 7) one of = != < > is missing");
	assert_refused("number=", 7, "after number the value is missing (character 8)");
	assert_refused("number=x", 7, "number is a number, 'x' (character 8) is none");
	assert_refused("number<=3", 6, "there is no <= (character 7), only = != < >");
	assert_refused("closing.kind=ordely-3", 13,
		       "closing.kind is never 'ordely-3' (character 14); is orderly-3 meant?");
	assert_refused("closing.first=nobody", 14,
		       "closing.first is never 'nobody' (character 15), but client, server, both");
	assert_refused("closing.kind>reset", 12,
		       "closing.kind is no number: < and > do not apply (character 13)");
	assert_refused("client=\"a", 7, "the quote at character 8 is not closed");
	assert_refused("client=\"a\"number=3", 10, "a blank is missing at character 11");
}

static void ceilings_are_kept(void **state)
{
	char text[1024];
	size_t length = 0;

	(void)state;
	for (unsigned i = 0; i < EXPECTATION_TERMS_MAX; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "number=3 ");
	assert_holds(text);
	assert_int_equal(parsed.count, EXPECTATION_TERMS_MAX);
	(void)snprintf(text + length, sizeof(text) - length, "number=3");
	assert_refused(text, length, "more than 32 terms (character 289)");
	(void)snprintf(text, sizeof(text), "client=%0*d", (int)EXPECTATION_VALUE_MAX_BYTES, 0);
	assert_refused(text, 7, "the value at character 8 is longer than 127 bytes");
	(void)snprintf(text, sizeof(text), "%0*d=1", 200, 0);
	assert_refused(text, 0, "no key is as long as the one at character 1");
}

static void what_is_no_json_holds_nothing(void **state)
{
	(void)state;
	assert_parsed("number!=4");
	assert_int_equal(expectation_match(&parsed, "{", 1, NULL), EXPECTATION_UNREADABLE);
	assert_int_equal(expectation_match(&parsed, "", 0, NULL), EXPECTATION_UNREADABLE);
}

static void a_single_term_is_matched_alone(void **state)
{
	(void)state;
	assert_parsed("number=3 closing.kind=reset");
	assert_int_equal(expectation_match_term(&parsed.terms[0], line, strlen(line), NULL),
			 EXPECTATION_HOLDS);
	assert_int_equal(expectation_match_term(&parsed.terms[1], line, strlen(line), NULL),
			 EXPECTATION_FAILS);
	assert_string_equal(parsed.terms[1].text, "closing.kind=reset");
}

static void terminal_escapes_in_values_are_harmless_in_the_difference(void **state)
{
	static const char escape[] = "{\"name\":\"\\u001b[2J\"}";
	struct text_builder said;

	(void)state;
	text_builder_init(&said, 4096);
	assert_parsed("name=x");
	assert_int_equal(expectation_match(&parsed, escape, strlen(escape), &said),
			 EXPECTATION_FAILS);
	assert_string_equal(text_builder_text(&said), "name is \\x1b[2J, expected x");
	text_builder_finish(&said);
}

static void every_label_and_part_of_the_ledger_has_its_key(void **state)
{
	char text[128];

	(void)state;
	for (unsigned label = 0; label < LABEL_COUNT; label++) {
		(void)snprintf(text, sizeof(text), "labels.%s=0",
			       tcp_label_name((enum tcp_label)label));
		assert_parsed(text);
	}
	for (unsigned part = 0; part < LEDGER_PART_COUNT; part++) {
		(void)snprintf(text, sizeof(text), "ledger.%s>0",
			       tcp_ledger_part_name((enum tcp_ledger_part)part));
		assert_parsed(text);
	}
	assert_null(expectation_key_name(10000));
}

static int order_of(const char *a, const char *b)
{
	struct exact_number left;
	struct exact_number right;

	assert_true(exact_number_parse(a, &left));
	assert_true(exact_number_parse(b, &right));
	assert_int_equal(exact_number_compare(&left, &right), -exact_number_compare(&right, &left));
	return exact_number_compare(&left, &right);
}

static void exact_numbers_are_ordered_whatever_their_signs(void **state)
{
	struct exact_number number = { 0 };

	(void)state;
	assert_true(order_of("1", "2") < 0);
	assert_true(order_of("-1", "-2") > 0);
	assert_true(order_of("-1", "1") < 0);
	assert_true(order_of("0.1", "0.09") > 0);
	assert_true(order_of("-0.1", "-0.09") < 0);
	assert_int_equal(order_of("-0", "0.000"), 0);
	assert_int_equal(order_of("18446744073709551615", "18446744073709551615.0"), 0);
	assert_false(exact_number_parse("18446744073709551616", &number));
	assert_false(exact_number_parse("", &number));
	assert_false(exact_number_parse("-", &number));
	assert_false(exact_number_parse(".", &number));
	assert_false(exact_number_parse("1e3", &number));
	assert_false(exact_number_parse(" 1", &number));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_hold_when_all_of_them_do),
		cmocka_unit_test(numbers_are_compared_as_numbers_to_the_last_digit),
		cmocka_unit_test(what_is_absent_is_zero_where_it_is_counted_and_unequal_elsewhere),
		cmocka_unit_test(one_element_of_several_is_enough_and_unequal_wants_none),
		cmocka_unit_test(values_with_blanks_stand_in_quotes),
		cmocka_unit_test(mistakes_are_told_with_their_place_and_what_was_meant),
		cmocka_unit_test(ceilings_are_kept),
		cmocka_unit_test(what_is_no_json_holds_nothing),
		cmocka_unit_test(a_single_term_is_matched_alone),
		cmocka_unit_test(terminal_escapes_in_values_are_harmless_in_the_difference),
		cmocka_unit_test(every_label_and_part_of_the_ledger_has_its_key),
		cmocka_unit_test(exact_numbers_are_ordered_whatever_their_signs),
	};

	return cmocka_run_group_tests_name("expectation", tests, NULL, NULL);
}
