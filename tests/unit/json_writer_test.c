#include "base/json_writer.h"

#include "support/unit_test.h"

static int start(void **state)
{
	static struct text_builder text;

	text_builder_init(&text, 4096);
	*state = &text;
	return 0;
}

static int finish(void **state)
{
	text_builder_finish(*state);
	return 0;
}

static void commas_stand_between_values_and_nowhere_else(void **state)
{
	struct text_builder *text = *state;
	struct json_writer json = json_writer_on(text);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "connection");
	json_name(&json, "frames");
	json_begin_array(&json);
	json_unsigned(&json, 7);
	json_begin_array(&json);
	json_end_array(&json);
	json_begin_object(&json);
	json_end_object(&json);
	json_end_array(&json);
	json_name(&json, "passed");
	json_bool(&json, true);
	json_name(&json, "signal");
	json_null(&json);
	json_end_object(&json);
	assert_string_equal(
		text_builder_text(text),
		"{\"type\":\"connection\",\"frames\":[7,[],{}],\"passed\":true,\"signal\":null}");
}

static void strings_are_escaped_as_rfc_8259_wants_and_for_terminals_too(void **state)
{
	static const char bytes[] =
		"q\" b\\ n\n r\r t\t \x01 \x1b \x7f \xc2\x9b \xe2\x80\xa8 \xc3\xa9";
	struct json_writer json = json_writer_on(*state);

	json_string(&json, bytes);
	assert_string_equal(text_builder_text(*state),
			    "\"q\\\" b\\\\ n\\n r\\r t\\t \\u0001 \\u001b \\u007f \\u009b \\u2028 "
			    "\xc3\xa9\"");
}

static void bytes_that_are_not_utf8_become_replacement_characters(void **state)
{
	struct json_writer json = json_writer_on(*state);

	json_string_bytes(&json, "a\xff\xc0\x80z\0y", 7);
	assert_string_equal(text_builder_text(*state),
			    "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\\u0000y\"");
}

static void base64_pads_to_groups_of_four(void **state)
{
	struct json_writer json = json_writer_on(*state);

	json_begin_array(&json);
	json_base64(&json, "", 0);
	json_base64(&json, "f", 1);
	json_base64(&json, "fo", 2);
	json_base64(&json, "foo", 3);
	json_base64(&json, "foob", 4);
	json_base64(&json, "\xff\xfe\xfd", 3);
	json_end_array(&json);
	/* the first five are the vectors of RFC 4648 */
	assert_string_equal(text_builder_text(*state),
			    "[\"\",\"Zg==\",\"Zm8=\",\"Zm9v\",\"Zm9vYg==\",\"//79\"]");
}

static void numbers_keep_all_their_digits(void **state)
{
	struct json_writer json = json_writer_on(*state);

	json_begin_array(&json);
	json_unsigned(&json, 0);
	json_unsigned(&json, UINT64_MAX);
	json_seconds(&json, 369000);
	json_seconds(&json, UINT64_C(28562487600));
	json_seconds(&json, 0);
	json_signed(&json, -9);
	json_signed_seconds(&json, -1500000000);
	json_end_array(&json);
	assert_string_equal(text_builder_text(*state),
			    "[0,18446744073709551615,0.000369000,28.562487600,0.000000000,-9,"
			    "-1.500000000]");
}

static void an_object_can_be_reopened_for_more(void **state)
{
	struct text_builder *text = *state;
	struct json_writer json = json_writer_on(text);

	json_begin_object(&json);
	json_end_object(&json);
	json = json_writer_reopen(text);
	json_name(&json, "first");
	json_unsigned(&json, 1);
	json_end_object(&json);
	json = json_writer_reopen(text);
	json_name(&json, "second");
	json_begin_object(&json);
	json_end_object(&json);
	json_end_object(&json);
	assert_string_equal(text_builder_text(text), "{\"first\":1,\"second\":{}}");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(commas_stand_between_values_and_nowhere_else, start,
						finish),
		cmocka_unit_test_setup_teardown(
			strings_are_escaped_as_rfc_8259_wants_and_for_terminals_too, start, finish),
		cmocka_unit_test_setup_teardown(
			bytes_that_are_not_utf8_become_replacement_characters, start, finish),
		cmocka_unit_test_setup_teardown(base64_pads_to_groups_of_four, start, finish),
		cmocka_unit_test_setup_teardown(numbers_keep_all_their_digits, start, finish),
		cmocka_unit_test_setup_teardown(an_object_can_be_reopened_for_more, start, finish),
	};

	return cmocka_run_group_tests_name("json_writer", tests, NULL, NULL);
}
