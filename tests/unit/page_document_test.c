/* What holds a page's document: its frame, its way into the template, and what must not get out. */
#include "report/page_document.h"

#include <stdio.h>
#include <string.h>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "report/page_escape.h"
#include "report/page_segment.h"
#include "report/page_template.h"
#include "support/unit_test.h"

#define PLACE "<script type=\"application/json\" id=\"wiretale-document\">null</script>"

static struct text_builder out;

static int begin(void **state)
{
	(void)state;
	text_builder_init(&out, 1024 * 1024);
	return 0;
}

static int end(void **state)
{
	(void)state;
	text_builder_finish(&out);
	return 0;
}

static void hostile_text_cannot_end_the_element(void **state)
{
	static const char json[] = "[\"</script><script>alert(1)</script>\",\"<!--\",\"<\"]";

	(void)state;
	page_escape(&out, json, strlen(json));
	assert_null(strchr(text_builder_text(&out), '<'));
	assert_string_equal(text_builder_text(&out),
			    "[\"\\u003c/script>\\u003cscript>alert(1)\\u003c/script>\","
			    "\"\\u003c!--\",\"\\u003c\"]");
}

struct visited {
	char text[64];
};

static void keep_string(void *context, const struct json_value *value)
{
	struct visited *visited = context;

	if (value->kind == JSON_STRING)
		(void)snprintf(visited->text, sizeof(visited->text), "%s", value->text);
}

static void what_is_escaped_means_the_same(void **state)
{
	static const char hostile[] = "</script>\x1b[2J<!-- \xff \xe2\x80\xa8";
	struct text_builder json_text;
	struct json_writer json;
	struct visited visited = { { 0 } };

	(void)state;
	text_builder_init(&json_text, 1024);
	json = json_writer_on(&json_text);
	json_string_bytes(&json, hostile, strlen(hostile));
	page_escape(&out, text_builder_text(&json_text), json_text.length);
	assert_true(json_read(text_builder_text(&out), out.length, keep_string, &visited));
	assert_string_equal(visited.text, "</script>\x1b[2J<!-- \xef\xbf\xbd \xe2\x80\xa8");
	text_builder_finish(&json_text);
}

static void it_does_not_matter_where_the_text_is_cut(void **state)
{
	static const char json[] = "\"<<a</b<\"";
	struct text_builder whole;

	(void)state;
	text_builder_init(&whole, 1024);
	page_escape(&whole, json, strlen(json));
	for (size_t cut = 0; cut <= strlen(json); cut++) {
		text_builder_clear(&out);
		page_escape(&out, json, cut);
		page_escape(&out, json + cut, strlen(json) - cut);
		assert_string_equal(text_builder_text(&out), text_builder_text(&whole));
	}
	text_builder_finish(&whole);
}

static void the_document_goes_in_place_of_null(void **state)
{
	static const char page[] = "<html>" PLACE "</html>";
	struct page_template_place place;

	(void)state;
	assert_true(page_template_find_place(page, strlen(page), &place));
	assert_int_equal(place.end - place.begin, 4);
	assert_memory_equal(page + place.begin, "null</script>", 13);
}

static void a_template_without_a_place_or_with_two_is_none(void **state)
{
	static const char without[] = "<html></html>";
	static const char with_two[] = PLACE PLACE;
	struct page_template_place place;

	(void)state;
	assert_false(page_template_find_place(without, strlen(without), &place));
	assert_false(page_template_find_place(with_two, strlen(with_two), &place));
	assert_false(page_template_find_place("", 0, &place));
}

static void the_page_that_was_built_has_a_place(void **state)
{
	struct page_template_place place;

	(void)state;
	if (page_template_length == 0) {
		assert_int_not_equal(strlen(page_template_missing), 0);
		LEAVE_OUT("built without the page");
	}
	assert_true(page_template_find_place(page_template, page_template_length, &place));
}

static void a_document_says_what_it_is_and_what_is_left_out(void **state)
{
	const struct page_heading heading = {
		.program = "wiretale 0.1.0",
		.created_ns = INT64_C(1763748000) * 1000000000,
		.title = "a \"file\"",
		.source = "trace",
		.file = "{\"type\":\"file\"}",
	};
	const struct page_left_out left_out = { .segments = 3, .stream_bytes = 70000 };

	(void)state;
	page_document_begin(&out, &heading);
	page_document_array(&out, "connections");
	text_append(&out, "{}");
	page_document_array_end(&out);
	page_document_end(&out, &left_out);
	assert_string_equal(text_builder_text(&out),
			    "{\"type\":\"report\",\"version\":1,\"program\":\"wiretale 0.1.0\","
			    "\"created\":\"2025-11-21T18:00:00Z\",\"title\":\"a \\\"file\\\"\","
			    "\"source\":\"trace\",\"file\":{\"type\":\"file\"},\n"
			    "\"connections\":[{}],\n"
			    "\"left_out\":{\"segments\":3,\"stream_bytes\":70000}}\n");
}

static void a_page_of_several_names_their_index(void **state)
{
	const struct page_heading heading = {
		.program = "", .title = "", .source = "lab", .index = "index.html"
	};

	(void)state;
	page_document_begin(&out, &heading);
	assert_non_null(strstr(text_builder_text(&out), ",\"index\":\"index.html\""));
}

static void objects_of_a_pair_become_an_array(void **state)
{
	const struct page_heading heading = {
		.program = "", .title = "", .source = "pair", .pair = "{},{}"
	};

	(void)state;
	page_document_begin(&out, &heading);
	assert_non_null(strstr(text_builder_text(&out), ",\"pair\":[{},{}]"));
	assert_null(strstr(text_builder_text(&out), "\"file\""));
}

static void a_segment_tells_the_messages_it_carries(void **state)
{
	const struct stream_message messages[] = {
		{ .name = "TIME request", .begins = true, .ends = true, .detail = "id 1" },
		{ .name = "part of a message", .begins = true, .detail = "" },
	};

	(void)state;
	text_append(&out, "{\"frame\":4}");
	page_segment_carries(&out, messages, 2);
	assert_string_equal(text_builder_text(&out),
			    "{\"frame\":4,\"carries\":[{\"name\":\"TIME request\",\"detail\":\"id "
			    "1\",\"begins\":true,\"ends\":true},{\"name\":\"part of a message\","
			    "\"begins\":true,\"ends\":false}]}");
}

static void a_segment_without_messages_stays_as_it_is(void **state)
{
	(void)state;
	text_append(&out, "{\"frame\":4}");
	page_segment_carries(&out, NULL, 0);
	assert_string_equal(text_builder_text(&out), "{\"frame\":4}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hostile_text_cannot_end_the_element),
		TEST(what_is_escaped_means_the_same),
		TEST(it_does_not_matter_where_the_text_is_cut),
		TEST(the_document_goes_in_place_of_null),
		TEST(a_template_without_a_place_or_with_two_is_none),
		TEST(the_page_that_was_built_has_a_place),
		TEST(a_document_says_what_it_is_and_what_is_left_out),
		TEST(a_page_of_several_names_their_index),
		TEST(objects_of_a_pair_become_an_array),
		TEST(a_segment_tells_the_messages_it_carries),
		TEST(a_segment_without_messages_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
