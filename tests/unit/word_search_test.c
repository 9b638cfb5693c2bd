#include "socket_peer/word_search.h"

#include "support/unit_test.h"

#include <string.h>

static size_t find(const char *sought, const char *stream, size_t piece_bytes)
{
	size_t length = strlen(stream);
	size_t matched = 0;
	struct word word;

	assert_true(word_init(&word, sought, strlen(sought)));
	for (size_t at = 0; at < length; at += piece_bytes) {
		size_t left = length - at;
		size_t end = 0;

		if (word_search(&word, (const uint8_t *)stream + at,
				left < piece_bytes ? left : piece_bytes, &matched, &end))
			return at + end;
	}
	return 0;
}

/* The plain way, as a second opinion. */
static size_t find_slowly(const char *sought, const char *stream)
{
	const char *found = strstr(stream, sought);

	return found ? (size_t)(found - stream) + strlen(sought) : 0;
}

static void a_word_is_found_wherever_the_stream_is_parted(void **state)
{
	static const char *const words[] = { "a", "bye", "aab", "abab", "aabaaab", "ababac" };
	static const char *const streams[] = { "bye",       "aaab",           "abababac",
					       "bybye bye", "aabaabaaabaaab", "nothing of it" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (size_t j = 0; j < sizeof(streams) / sizeof(streams[0]); j++) {
			for (size_t bytes = 1; bytes <= strlen(streams[j]); bytes++)
				assert_int_equal(find(words[i], streams[j], bytes),
						 find_slowly(words[i], streams[j]));
		}
	}
}

static void a_word_may_hold_any_byte(void **state)
{
	static const uint8_t bytes[] = { 0, 0xff, 0 };
	static const uint8_t stream[] = { 0, 0, 0xff, 0xff, 0, 0xff, 0, 9 };
	size_t matched = 0;
	size_t end = 0;
	struct word word;

	(void)state;
	assert_true(word_init(&word, bytes, sizeof(bytes)));
	assert_true(word_search(&word, stream, sizeof(stream), &matched, &end));
	assert_int_equal(end, 7);
}

static void no_word_is_never_found(void **state)
{
	const struct word none = { 0 };
	size_t matched = 0;
	size_t end = 0;

	(void)state;
	assert_false(word_search(&none, (const uint8_t *)"abc", 3, &matched, &end));
}

static void a_word_has_1_to_255_bytes(void **state)
{
	static const char bytes[WORD_SEARCH_MAX_BYTES + 1];
	struct word word;

	(void)state;
	assert_false(word_init(&word, bytes, 0));
	assert_true(word_init(&word, bytes, WORD_SEARCH_MAX_BYTES));
	assert_false(word_init(&word, bytes, WORD_SEARCH_MAX_BYTES + 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_found_wherever_the_stream_is_parted),
		cmocka_unit_test(a_word_may_hold_any_byte),
		cmocka_unit_test(no_word_is_never_found),
		cmocka_unit_test(a_word_has_1_to_255_bytes),
	};

	return cmocka_run_group_tests_name("word_search", tests, NULL, NULL);
}
