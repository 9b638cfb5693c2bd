#include "programs/ladder_spool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/unit_test.h"

#define MIXED_CONNECTIONS 100u
#define MIXED_LINES 20000u

static struct ladder_spool *spool;
static FILE *out;

static int set_up(void **state)
{
	(void)state;
	spool = ladder_spool_create();
	out = tmpfile();
	return spool && out ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ladder_spool_destroy(spool);
	return fclose(out);
}

static void add(uint64_t number, const char *text)
{
	assert_int_equal(ladder_spool_add(spool, number, text, strlen(text)), 0);
}

/* Copies the connection, and fails unless that is its text. */
static void assert_copy(uint64_t number, const char *expected)
{
	size_t length = strlen(expected);
	char *text = malloc(length + 1);

	assert_non_null(text);
	rewind(out);
	assert_int_equal(ftruncate(fileno(out), 0), 0);
	assert_int_equal(ladder_spool_copy(spool, number, out), 0);
	assert_int_equal(ftell(out), (long)length);
	rewind(out);
	assert_int_equal(fread(text, 1, length, out), length);
	assert_memory_equal(text, expected, length);
	free(text);
}

static void mixed_lines_come_back_by_connection_and_in_order(void **state)
{
	(void)state;
	add(1, "a1\n");
	add(2, "b1\n");
	add(1, "a2\n");
	add(1, "a3\n");
	add(2, "b2\n");
	assert_copy(2, "b1\nb2\n");
	assert_copy(1, "a1\na2\na3\n");
}

static void what_was_copied_or_dropped_is_forgotten(void **state)
{
	(void)state;
	add(1, "a\n");
	add(2, "b\n");
	assert_copy(1, "a\n");
	assert_copy(1, "");
	ladder_spool_drop(spool, 2);
	assert_copy(2, "");
	ladder_spool_drop(spool, 2);
	/* The number may come again. */
	add(1, "new\n");
	assert_copy(1, "new\n");
	assert_copy(77, "");
}

static void nothing_is_added_by_nothing(void **state)
{
	(void)state;
	add(1, "");
	assert_copy(1, "");
}

/* What connection n has, by the same numbers as below. */
static char *expected_of(uint64_t number, const uint32_t *owners)
{
	char *text = calloc(MIXED_LINES, 64);
	size_t length = 0;

	assert_non_null(text);
	for (uint32_t i = 0; i < MIXED_LINES; i++) {
		if (owners[i] == number)
			length += (size_t)sprintf(text + length, "%u: line %u of all\n", owners[i],
						  i);
	}
	return text;
}

static void more_than_the_buffer_holds_is_read_from_the_file(void **state)
{
	uint32_t *owners = calloc(MIXED_LINES, sizeof(*owners));
	uint32_t random = 1;

	(void)state;
	assert_non_null(owners);
	for (uint32_t i = 0; i < MIXED_LINES; i++) {
		char line[64];

		random = random * 1664525 + 1013904223;
		/* Sometimes one after the other, sometimes in turns. */
		owners[i] = (random >> 16) % 4 == 0 && i > 0 ? owners[i - 1]
							     : (random >> 8) % MIXED_CONNECTIONS;
		(void)snprintf(line, sizeof(line), "%u: line %u of all\n", owners[i], i);
		add(owners[i], line);
	}
	for (uint32_t number = 0; number < MIXED_CONNECTIONS; number++) {
		char *expected = expected_of(number, owners);

		assert_copy(number, expected);
		free(expected);
	}
	free(owners);
}

static void a_text_longer_than_a_piece_stays_whole(void **state)
{
	size_t length = 1000000;
	char *text = malloc(length + 1);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < length; i++)
		text[i] = (char)('a' + i % 23);
	text[length] = '\0';
	add(1, "small\n");
	add(2, text);
	assert_copy(2, text);
	assert_copy(1, "small\n");
	free(text);
}

static void add_doubtful(uint64_t number, unsigned doubt, const char *text, const char *other)
{
	assert_int_equal(
		ladder_spool_add_doubtful(spool, number, doubt,
					  &(struct ladder_spool_text){ text, strlen(text) },
					  &(struct ladder_spool_text){ other, strlen(other) }),
		0);
}

static void mend(uint64_t number, unsigned doubt)
{
	assert_int_equal(ladder_spool_mend(spool, number, doubt), 0);
}

/* Two connections in turns; of the first, both doubts. */
static void add_doubts(void)
{
	add(1, "a1\n");
	add_doubtful(1, 0, "a2?\n", "a2 is longer\n");
	add(2, "b1\n");
	add_doubtful(1, 1, "a3 was longer?\n", "a3\n");
	add_doubtful(2, 0, "b2?\n", "b2!\n");
	add(1, "a4\n");
}

static void a_doubtful_text_stays_unless_it_is_mended(void **state)
{
	(void)state;
	add_doubts();
	assert_copy(1, "a1\na2?\na3 was longer?\na4\n");
	assert_copy(2, "b1\nb2?\n");
	/* Nothing is left to mend. */
	mend(1, 0);
	assert_copy(1, "");
}

static void what_is_mended_is_that_doubt_of_that_connection(void **state)
{
	(void)state;
	add_doubts();
	mend(1, 0);
	assert_copy(1, "a1\na2 is longer\na3 was longer?\na4\n");
	assert_copy(2, "b1\nb2?\n");
	add_doubts();
	mend(1, 1);
	mend(2, 0);
	mend(2, 1);
	assert_copy(2, "b1\nb2!\n");
	assert_copy(1, "a1\na2?\na3\na4\n");
}

static void a_later_text_of_a_doubt_leaves_the_one_before_it_as_it_is(void **state)
{
	(void)state;
	add_doubtful(1, 0, "first?\n", "first\n");
	add_doubtful(1, 0, "second?\n", "second\n");
	mend(1, 0);
	mend(1, 0);
	assert_copy(1, "first?\nsecond\n");
}

static void what_is_in_the_file_already_is_mended_there(void **state)
{
	char *much = malloc(1000001);

	(void)state;
	assert_non_null(much);
	memset(much, 'x', 1000000);
	much[1000000] = '\0';
	add_doubts();
	add(3, much);
	mend(1, 0);
	mend(1, 1);
	assert_copy(1, "a1\na2 is longer\na3\na4\n");
	assert_copy(3, much);
	free(much);
}

static void doubts_that_fill_the_buffer_stay_whole(void **state)
{
	static char text[60001];
	static char other[50001];

	(void)state;
	memset(text, 't', sizeof(text) - 1);
	memset(other, 'o', sizeof(other) - 1);
	for (uint64_t number = 1; number <= 10; number++) {
		add_doubtful(number, 1, text, other);
		if (number % 2 == 0)
			mend(number, 1);
	}
	for (uint64_t number = 1; number <= 10; number++)
		assert_copy(number, number % 2 == 0 ? other : text);
}

static void a_doubtful_text_too_long_for_a_piece_stays_as_it_is(void **state)
{
	static char text[100001];

	(void)state;
	memset(text, 't', sizeof(text) - 1);
	add_doubtful(1, 0, "short?\n", "short\n");
	add_doubtful(1, 0, text, "other\n");
	mend(1, 0);
	add_doubtful(2, 0, "other\n", text);
	mend(2, 0);
	assert_copy(2, "other\n");
	ladder_spool_drop(spool, 1);
	add_doubtful(1, 0, text, "other\n");
	mend(1, 0);
	assert_copy(1, text);
}

static void a_full_disk_is_told(void **state)
{
	static char block[60000];
	struct rlimit former;
	struct rlimit small;
	int result = 0;

	(void)state;
	memset(block, 'x', sizeof(block));
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
	small = former;
	small.rlim_cur = 1000000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 100 && result == 0; i++)
		result = ladder_spool_add(spool, (uint64_t)i, block, sizeof(block));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
	assert_int_equal(result, -EFBIG);
	/* What was taken before is still there. */
	assert_int_equal(ladder_spool_copy(spool, 0, out), 0);
	assert_int_equal(ftell(out), (long)sizeof(block));
}

static void what_cannot_be_written_on_is_told(void **state)
{
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	if (!full)
		LEAVE_OUT("there is no /dev/full");
	(void)setvbuf(full, NULL, _IONBF, 0);
	add(1, "a\n");
	assert_int_equal(ladder_spool_copy(spool, 1, full), -ENOSPC);
	(void)fclose(full);
	assert_copy(1, "");
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CLAIM(mixed_lines_come_back_by_connection_and_in_order),
		CLAIM(what_was_copied_or_dropped_is_forgotten),
		CLAIM(nothing_is_added_by_nothing),
		CLAIM(more_than_the_buffer_holds_is_read_from_the_file),
		CLAIM(a_text_longer_than_a_piece_stays_whole),
		CLAIM(a_doubtful_text_stays_unless_it_is_mended),
		CLAIM(what_is_mended_is_that_doubt_of_that_connection),
		CLAIM(a_later_text_of_a_doubt_leaves_the_one_before_it_as_it_is),
		CLAIM(what_is_in_the_file_already_is_mended_there),
		CLAIM(doubts_that_fill_the_buffer_stay_whole),
		CLAIM(a_doubtful_text_too_long_for_a_piece_stays_as_it_is),
		CLAIM(a_full_disk_is_told),
		CLAIM(what_cannot_be_written_on_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
