/* Texts of a page: each once, found again by its place, under its ceilings. */
#include "report/page_texts.h"

#include <stdio.h>
#include <string.h>

#include "support/unit_test.h"

#define MANY 5000u

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

static uint32_t add(struct page_texts *texts, const char *text)
{
	uint32_t place = 0;

	assert_true(page_texts_add(texts, text, strlen(text), &place));
	return place;
}

static void the_same_text_has_the_same_place(void **state)
{
	struct page_texts *texts = page_texts_create(10, 100);

	(void)state;
	assert_int_equal(add(texts, ""), 0);
	assert_int_equal(add(texts, "set"), 1);
	assert_int_equal(add(texts, "not set"), 2);
	assert_int_equal(add(texts, "set"), 1);
	assert_int_equal(add(texts, ""), 0);
	assert_int_equal(page_texts_count(texts), 3);
	page_texts_destroy(texts);
}

static void texts_that_differ_behind_a_zero_byte_are_two(void **state)
{
	struct page_texts *texts = page_texts_create(10, 100);
	uint32_t first;
	uint32_t second;

	(void)state;
	assert_true(page_texts_add(texts, "a\0b", 3, &first));
	assert_true(page_texts_add(texts, "a\0c", 3, &second));
	assert_int_not_equal(first, second);
	page_texts_destroy(texts);
}

static void many_texts_are_found_again(void **state)
{
	struct page_texts *texts = page_texts_create(MANY + 1, 1024 * 1024);
	char text[32];

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < MANY; i++) {
			(void)snprintf(text, sizeof(text), "relative %u", i);
			assert_int_equal(add(texts, text), i + 1);
		}
	}
	assert_int_equal(page_texts_count(texts), MANY + 1);
	page_texts_destroy(texts);
}

static void beyond_the_number_of_texts_only_known_ones_have_a_place(void **state)
{
	struct page_texts *texts = page_texts_create(3, 100);
	uint32_t place = 7;

	(void)state;
	(void)add(texts, "a");
	(void)add(texts, "b");
	assert_false(page_texts_add(texts, "c", 1, &place));
	assert_int_equal(place, 0);
	assert_int_equal(add(texts, "b"), 2);
	page_texts_destroy(texts);
}

static void beyond_the_bytes_only_known_ones_have_a_place(void **state)
{
	struct page_texts *texts = page_texts_create(100, 5);
	uint32_t place;

	(void)state;
	(void)add(texts, "abc");
	assert_false(page_texts_add(texts, "def", 3, &place));
	assert_int_equal(add(texts, "de"), 2);
	assert_int_equal(add(texts, "abc"), 1);
	page_texts_destroy(texts);
}

static void a_text_longer_than_a_block_is_kept(void **state)
{
	struct page_texts *texts = page_texts_create(10, 1024 * 1024);
	static char longest[300 * 1024];
	uint32_t place;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	(void)add(texts, "before");
	assert_true(page_texts_add(texts, longest, sizeof(longest), &place));
	assert_int_equal(place, 2);
	assert_int_equal(add(texts, "behind"), 3);
	assert_true(page_texts_add(texts, longest, sizeof(longest), &place));
	assert_int_equal(place, 2);
	page_texts_destroy(texts);
}

static void its_json_written_in_parts_is_one_array(void **state)
{
	struct page_texts *texts = page_texts_create(10, 100);

	(void)state;
	(void)add(texts, "a\"b");
	(void)add(texts, "\xff");
	(void)add(texts, "c");
	page_texts_json(texts, 0, 2, &out);
	page_texts_json(texts, 2, 4, &out);
	assert_string_equal(text_builder_text(&out), "\"\",\"a\\\"b\",\"\xef\xbf\xbd\",\"c\"");
	page_texts_destroy(texts);
}

static void values_stand_as_they_are_without_the_empty_one(void **state)
{
	struct page_texts *texts = page_texts_create(10, 100);

	(void)state;
	(void)add(texts, "[1,2]");
	(void)add(texts, "[3]");
	(void)add(texts, "[4]");
	page_texts_values(texts, 0, 2, &out);
	page_texts_values(texts, 2, 4, &out);
	assert_string_equal(text_builder_text(&out), "[1,2],[3],[4]");
	page_texts_destroy(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_text_has_the_same_place),
		cmocka_unit_test(texts_that_differ_behind_a_zero_byte_are_two),
		cmocka_unit_test(many_texts_are_found_again),
		cmocka_unit_test(beyond_the_number_of_texts_only_known_ones_have_a_place),
		cmocka_unit_test(beyond_the_bytes_only_known_ones_have_a_place),
		cmocka_unit_test(a_text_longer_than_a_block_is_kept),
		cmocka_unit_test_setup_teardown(its_json_written_in_parts_is_one_array, begin, end),
		cmocka_unit_test_setup_teardown(values_stand_as_they_are_without_the_empty_one,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
