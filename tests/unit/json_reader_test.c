#include "base/json_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"

/* What was visited, one line each: "path=text". */
static char visited[16384];

static void note(void *context, const struct json_value *value)
{
	size_t length = strlen(visited);

	assert_null(context);
	assert_int_equal(strlen(value->path) < JSON_READER_MAX_PATH, 1);
	(void)snprintf(visited + length, sizeof(visited) - length, "%s=%.*s%s\n", value->path,
		       (int)value->length, value->text, value->cut ? "..." : "");
}

static bool reads(const char *text)
{
	/* exactly as long as the text: a sanitizer sees each byte that is read beyond it */
	size_t length = strlen(text);
	char *copy = malloc(length > 0 ? length : 1);
	bool good;

	assert_non_null(copy);
	memcpy(copy, text, length);
	visited[0] = '\0';
	good = json_read(copy, length, note, NULL);
	free(copy);
	return good;
}

static void each_value_comes_with_its_path(void **state)
{
	(void)state;
	assert_true(reads(" {\"a\":1,\"b\":{\"c\":\"x\",\"d\":{}},\"e\":[] , \"f\":true} "));
	assert_string_equal(visited, "a=1\nb.c=x\nf=true\n");
	assert_true(reads("[null,false,-0.50e+3]"));
	assert_string_equal(visited, "=null\n=false\n=-0.50e+3\n");
}

static void elements_of_an_array_have_its_path(void **state)
{
	(void)state;
	assert_true(reads("{\"findings\":[{\"kind\":\"a\",\"frames\":[1,2]},{\"kind\":\"b\"}],"
			  "\"z\":0}"));
	assert_string_equal(visited, "findings.kind=a\nfindings.frames=1\nfindings.frames=2\n"
				     "findings.kind=b\nz=0\n");
}

static void escapes_are_resolved(void **state)
{
	(void)state;
	assert_true(reads("\"\\\"\\\\\\/\\n\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\""));
	assert_string_equal(visited, "=\"\\/\n\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n");
}

static void what_is_no_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"[",
		"{}x",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"[1,]",
		"01",
		"1.",
		"-",
		"1e",
		"tru",
		"\"a",
		"\"\\x\"",
		"\"\n\"",
		"\"\\u12\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"{a:1}",
		"[1 2]",
		"nulll",
		"\"\\ud800\\u0041\"",
		"+1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(reads(bad[i]));
}

static void depth_paths_and_texts_are_bounded(void **state)
{
	char text[JSON_READER_MAX_TEXT + 64];

	(void)state;
	memset(text, '[', JSON_READER_MAX_DEPTH);
	memset(text + JSON_READER_MAX_DEPTH, ']', JSON_READER_MAX_DEPTH);
	text[2 * JSON_READER_MAX_DEPTH] = '\0';
	assert_true(reads(text));
	memset(text, '[', JSON_READER_MAX_DEPTH + 1);
	memset(text + JSON_READER_MAX_DEPTH + 1, ']', JSON_READER_MAX_DEPTH + 1);
	text[2 * JSON_READER_MAX_DEPTH + 2] = '\0';
	assert_false(reads(text));

	(void)snprintf(text, sizeof(text), "{\"%0*d\":1}", (int)JSON_READER_MAX_PATH - 1, 0);
	assert_true(reads(text));
	(void)snprintf(text, sizeof(text), "{\"%0*d\":1}", (int)JSON_READER_MAX_PATH, 0);
	assert_false(reads(text));

	(void)snprintf(text, sizeof(text), "\"%0*d\"", (int)JSON_READER_MAX_TEXT - 1, 0);
	assert_true(reads(text));
	assert_null(strstr(visited, "..."));
	(void)snprintf(text, sizeof(text), "\"%0*d\"", (int)JSON_READER_MAX_TEXT, 0);
	assert_true(reads(text));
	assert_non_null(strstr(visited, "...\n"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_comes_with_its_path),
		cmocka_unit_test(elements_of_an_array_have_its_path),
		cmocka_unit_test(escapes_are_resolved),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(depth_paths_and_texts_are_bounded),
	};

	return cmocka_run_group_tests_name("json_reader", tests, NULL, NULL);
}
