/* The index of several pages: what it is given is text there, never markup or an address. */
#include "report/page_index.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void assert_has(const char *text)
{
	if (!strstr(text_builder_text(&out), text))
		fail_msg("no \"%s\" in:\n%s", text, text_builder_text(&out));
}

static void assert_lacks(const char *text)
{
	if (strstr(text_builder_text(&out), text))
		fail_msg("\"%s\" in:\n%s", text, text_builder_text(&out));
}

static struct page_index_row plain_row(void)
{
	return (struct page_index_row){ .name = "close-three",
					.title = "Close in three segments",
					.question = "",
					.file = "close-three.html",
					.what = "",
					.created = "2026-11-21 18:46",
					.result = PAGE_INDEX_PASSED,
					.duration_ns = 154000000 };
}

static void a_row_leads_to_its_page(void **state)
{
	const struct page_index_row row = plain_row();

	(void)state;
	page_index_row(&out, &row);
	assert_has("<a href=\"close-three.html\">Close in three segments</a>");
	assert_has("passed");
	assert_has("0.15 s");
}

static void nothing_is_loaded_and_only_its_own_script_runs(void **state)
{
	const struct page_index index = { "<b>wiretale", "2026-11-21 18:00", 2, 1 };
	const char *script;

	(void)state;
	page_index_begin(&out, &index);
	assert_has("content=\"default-src 'none'; style-src 'unsafe-inline'; "
		   "script-src 'sha256-");
	script = strstr(text_builder_text(&out), "<script>");
	assert_non_null(script);
	assert_null(strstr(script + 1, "<script"));
	assert_has("1 of 2 passed");
	assert_has("&lt;b&gt;wiretale");
}

static void markup_in_a_text_is_shown(void **state)
{
	struct page_index_row row = plain_row();

	(void)state;
	row.name = row.title = row.question = "<script>\"&'</script>\x1b[31m";
	page_index_row(&out, &row);
	assert_has("&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;\\x1b[31m");
	assert_lacks("<script");
	assert_lacks("\x1b");
}

static void a_name_is_no_address_but_of_a_file_beside(void **state)
{
	struct page_index_row row = plain_row();

	(void)state;
	row.file = "javascript:x/..\"?#%\xff.html";
	page_index_row(&out, &row);
	assert_has("<a href=\"javascript%3Ax%2F..%22%3F%23%25%FF.html\">");
}

static void what_has_no_page_has_no_link(void **state)
{
	struct page_index_row row = plain_row();

	(void)state;
	row.file = NULL;
	row.result = PAGE_INDEX_FAILED;
	row.what = "line 3: <timeout>";
	page_index_row(&out, &row);
	assert_lacks("<a ");
	assert_has("<strong>Close in three segments</strong>");
	assert_has("failed");
	assert_has("<p class=\"what\">line 3: &lt;timeout&gt;</p>");
}

static void what_was_not_run_took_no_time(void **state)
{
	struct page_index_row row = plain_row();

	(void)state;
	row.result = PAGE_INDEX_NOT_TOLD;
	page_index_row(&out, &row);
	assert_has("not run");
	assert_lacks(" s</td>");
}

static void the_first_connection_is_told_with_who_closed_it(void **state)
{
	struct page_index_row row = plain_row();

	(void)state;
	row.connection = (struct page_index_connection){ .exists = true,
							 .has_first = true,
							 .opening = OPENING_HANDSHAKE,
							 .closing = CLOSING_ORDERLY_3,
							 .first = TCP_SERVER };
	page_index_row(&out, &row);
	assert_has("three-way handshake");
	assert_has("in three segments");
	assert_has(", server first");
	text_builder_clear(&out);
	row.connection.closing = CLOSING_RESET;
	page_index_row(&out, &row);
	assert_has(" by the server");
	assert_lacks("server first");
}

static void lines_of_a_question_stay_lines(void **state)
{
	struct page_index_row row = plain_row();

	(void)state;
	row.question = "One?\n\nTwo?";
	page_index_row(&out, &row);
	assert_has("<p class=\"question\">One?\n\nTwo?</p>");
}

static void what_is_known_in_chinese_is_told_in_both(void **state)
{
	struct page_index_row row = plain_row();

	(void)state;
	row.question = "Why?";
	row.chinese_title = "三次挥手 <b>";
	row.chinese_language = "zh-TW";
	page_index_row(&out, &row);
	assert_has("<span class=\"en\">Close in three segments</span>"
		   "<span class=\"zh\" lang=\"zh-TW\">三次挥手 &lt;b&gt;</span></a>");
	assert_has("<p class=\"question\">Why?</p>");
}

static void rows_of_an_earlier_run_are_kept_as_they_are(void **state)
{
	const char *const names[] = { "first", "second.2", "third_3" };
	struct page_index_row row = plain_row();
	struct page_index_earlier earlier;
	struct text_builder kept;
	size_t at;

	(void)state;
	text_builder_init(&kept, 65536);
	for (size_t i = 0; i < 3; i++) {
		row.name = names[i];
		row.question = "Lines\n</tr>\n<tr role=\"row\" data-experiment=\"no\">";
		row.result = i == 1 ? PAGE_INDEX_FAILED : PAGE_INDEX_PASSED;
		page_index_row(&out, &row);
	}
	/* Kept once, and once more: no other than before. */
	for (unsigned run = 0; run < 2; run++) {
		text_builder_clear(&kept);
		at = 0;
		for (size_t i = 0; i < 3; i++) {
			assert_true(page_index_earlier(text_builder_text(&out), out.length, &at,
						       &earlier));
			assert_string_equal(earlier.name, names[i]);
			assert_int_equal(earlier.passed, i != 1);
			page_index_keep_row(&kept, &earlier);
		}
		assert_false(
			page_index_earlier(text_builder_text(&out), out.length, &at, &earlier));
		text_builder_clear(&out);
		text_append(&out, text_builder_text(&kept));
	}
	assert_has("<tr role=\"row\" class=\"earlier\" data-experiment=\"second.2\" "
		   "data-passed=\"no\">");
	assert_has("<time>2026-11-21 18:46</time>");
	text_builder_finish(&kept);
}

/* Each in a file that is cut behind it as well, so that reading on would be seen. */
static void what_is_no_row_of_ours_is_passed_over(void **state)
{
	static const char *const none[] = {
		"",
		"<tr role=\"row\"",
		"<tr role=\"row\">x</tr>\n",
		"<tr role=\"row\" data-experiment=\"",
		"<tr role=\"row\" data-experiment=\"\" data-passed=\"yes\"></tr>\n",
		"<tr role=\"row\" data-experiment=\"../x\" data-passed=\"yes\"></tr>\n",
		"<tr role=\"row\" data-experiment=\"x\" data-passed=\"",
		"<tr role=\"row\" data-experiment=\"x\" data-passed=\"maybe\"></tr>\n",
		"<tr role=\"row\" data-experiment=\"x\" data-passed=\"yes\"></tr>",
	};
	struct page_index_earlier earlier;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		size_t length = strlen(none[i]);
		char *text = malloc(length + 1);
		size_t at = 0;

		assert_non_null(text);
		memcpy(text, none[i], length); /* without its end */
		assert_false(page_index_earlier(text, length, &at, &earlier));
		assert_int_equal(at, length);
		free(text);
	}
}

static void a_name_too_long_is_no_name(void **state)
{
	char name[PAGE_INDEX_NAME_BYTES + 1];
	struct page_index_row row = plain_row();
	struct page_index_earlier earlier;
	size_t at = 0;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	row.name = name;
	page_index_row(&out, &row);
	assert_false(page_index_earlier(text_builder_text(&out), out.length, &at, &earlier));
	row.name = name + 1;
	page_index_row(&out, &row);
	at = 0;
	assert_true(page_index_earlier(text_builder_text(&out), out.length, &at, &earlier));
	assert_string_equal(earlier.name, name + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_leads_to_its_page),
		TEST(nothing_is_loaded_and_only_its_own_script_runs),
		TEST(markup_in_a_text_is_shown),
		TEST(a_name_is_no_address_but_of_a_file_beside),
		TEST(what_has_no_page_has_no_link),
		TEST(what_was_not_run_took_no_time),
		TEST(the_first_connection_is_told_with_who_closed_it),
		TEST(lines_of_a_question_stay_lines),
		TEST(what_is_known_in_chinese_is_told_in_both),
		TEST(rows_of_an_earlier_run_are_kept_as_they_are),
		TEST(what_is_no_row_of_ours_is_passed_over),
		TEST(a_name_too_long_is_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
