/* What Tab offers, what the roster remembers, and how a pipe's lines are cut. */
#include "support/unit_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat_ui/chat_completion.h"
#include "chat_ui/chat_roster.h"
#include "chat_ui/line_reader.h"

static struct chat_roster roster;
static struct chat_completion found;

static int start(void **state)
{
	(void)state;
	chat_roster_add(&roster, 3, "ann");
	chat_roster_add(&roster, 31, NULL);
	chat_roster_add(&roster, 4, "anna lee");
	chat_roster_add(&roster, 5, "小明");
	chat_roster_add(&roster, 6, "小红");
	chat_roster_add(&roster, 7, "\u200bevil");
	chat_roster_add_room(&roster, "tea");
	chat_roster_add_room(&roster, "tennis");
	return 0;
}

static int stop(void **state)
{
	(void)state;
	chat_roster_finish(&roster);
	return 0;
}

static void find(const char *line)
{
	chat_completion_find(CHAT_COMPLETION_COMMAND, line, &roster, &found);
}

/* The words offered, with a blank behind each. */
static const char *words(void)
{
	static char all[CHAT_COMPLETION_MAX * CHAT_COMPLETION_BYTES];
	size_t length = 0;

	all[0] = '\0';
	for (size_t i = 0; i < found.count; i++) {
		length +=
			(size_t)snprintf(all + length, sizeof(all) - length, "%s ", found.words[i]);
	}
	return all;
}

static void the_first_word_becomes_a_command(void **state)
{
	(void)state;
	find("disc");
	assert_string_equal(words(), "disconnect ");
	assert_int_equal(found.word_bytes, 4);
	find("  l");
	assert_string_equal(words(), "leave list ");
	find("xyz");
	assert_int_equal(found.count, 0);
	find("");
	assert_true(found.count > 10);
}

static void the_operand_of_send_becomes_a_recipient(void **state)
{
	(void)state;
	find("send 3");
	assert_string_equal(words(), "3 31 ");
	find("send #te");
	assert_string_equal(words(), "#tea #tennis ");
	assert_int_equal(found.word_bytes, 3);
	assert_int_equal(chat_completion_common_bytes(&found), 3);
	find("6 @小");
	assert_string_equal(words(), "@小明 @小红 ");
	find("@an");
	assert_string_equal(words(), "\"@anna lee\" @ann ");
}

static void names_that_hold_blanks_are_quoted(void **state)
{
	(void)state;
	find("send @anna");
	assert_string_equal(words(), "\"@anna lee\" ");
	assert_int_equal(found.word_bytes, 5);
	find("send \"@anna l");
	assert_string_equal(words(), "\"@anna lee\" ");
}

static void names_that_deceive_are_not_offered(void **state)
{
	(void)state;
	find("send @");
	assert_null(strstr(words(), "evil"));
	find("send ");
	assert_non_null(strstr(words(), "7 "));
}

static void text_is_not_completed(void **state)
{
	(void)state;
	find("send 3 li");
	assert_int_equal(found.count, 0);
	find("time 1");
	assert_int_equal(found.count, 0);
	chat_completion_find(CHAT_COMPLETION_NOTHING, "li", &roster, &found);
	assert_int_equal(found.count, 0);
}

static void other_operands_are_completed_too(void **state)
{
	(void)state;
	find("watch o");
	assert_string_equal(words(), "off on ");
	find("join te");
	assert_string_equal(words(), "tea tennis ");
	chat_completion_find(CHAT_COMPLETION_RECIPIENT, "@ann", &roster, &found);
	assert_string_equal(words(), "\"@anna lee\" @ann ");
}

static void the_common_beginning_ends_between_characters(void **state)
{
	(void)state;
	/* 明 e6 98 8e, 昂 e6 98 82: two bytes alike of three */
	chat_roster_clear(&roster);
	chat_roster_add(&roster, 1, "x明");
	chat_roster_add(&roster, 2, "x昂");
	find("send @");
	assert_int_equal(found.count, 2);
	assert_int_equal(chat_completion_common_bytes(&found), 2);
	found.count = 0;
	assert_int_equal(chat_completion_common_bytes(&found), 0);
}

static void as_many_are_offered_as_there_is_room_for(void **state)
{
	(void)state;
	for (uint32_t number = 100; number < 1000; number++)
		chat_roster_add(&roster, number, NULL);
	find("send ");
	assert_int_equal(found.count, CHAT_COMPLETION_MAX);
}

static void the_roster_knows_who_is_here(void **state)
{
	const struct wt_peer peers[] = { { .number = 3, .name = "bob" }, { .number = 9 } };

	(void)state;
	assert_string_equal(chat_roster_find(&roster, 3)->name, "ann");
	chat_roster_add(&roster, 3, "carol");
	assert_string_equal(chat_roster_find(&roster, 3)->name, "carol");
	chat_roster_remove(&roster, 3);
	assert_null(chat_roster_find(&roster, 3));
	chat_roster_remove(&roster, 3);
	chat_roster_replace(&roster, peers, 2);
	assert_string_equal(chat_roster_find(&roster, 3)->name, "bob");
	assert_string_equal(chat_roster_find(&roster, 9)->name, "");
	assert_null(chat_roster_find(&roster, 4));
}

static void the_roster_does_not_grow_beyond_its_ceiling(void **state)
{
	(void)state;
	for (uint32_t number = 1; number <= CHAT_ROSTER_MAX_PEERS + 100; number++)
		chat_roster_add(&roster, number, "n");
	assert_int_equal(roster.peer_count, CHAT_ROSTER_MAX_PEERS);
	for (unsigned room = 0; room < CHAT_ROSTER_MAX_ROOMS + 10; room++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "r%u", room);
		chat_roster_add_room(&roster, name);
	}
	assert_int_equal(roster.room_count, CHAT_ROSTER_MAX_ROOMS);
}

/* A reader over a pipe that holds the bytes and is closed. */
struct piped {
	struct line_reader reader;
	int fd;
};

static void pipe_of(const char *bytes, size_t length, struct piped *piped)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], bytes, length), (ssize_t)length);
	assert_int_equal(close(ends[1]), 0);
	line_reader_init(&piped->reader);
	piped->fd = ends[0];
}

static void finish_pipe(struct piped *piped)
{
	line_reader_finish(&piped->reader);
	assert_int_equal(close(piped->fd), 0);
}

static enum line_reader_result next(struct piped *piped, const char **line)
{
	enum line_reader_result result;

	do
		result = line_reader_next(&piped->reader, piped->fd, line);
	while (result == LINE_READER_MORE);
	return result;
}

static void lines_end_with_lf_crlf_or_the_input(void **state)
{
	static const char *const expected[] = { "one", "two", "", "thr\ree", "last" };
	const char input[] = "one\ntwo\r\n\nthr\ree\nlast";
	struct piped piped;
	const char *line = NULL;

	(void)state;
	pipe_of(input, sizeof(input) - 1, &piped);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(next(&piped, &line), LINE_READER_LINE);
		assert_string_equal(line, expected[i]);
	}
	assert_int_equal(next(&piped, &line), LINE_READER_END);
	assert_int_equal(next(&piped, &line), LINE_READER_END);
	finish_pipe(&piped);
}

static void a_line_with_a_zero_byte_is_refused(void **state)
{
	const char input[] = "a\0b\nc\n";
	struct piped piped;
	const char *line = NULL;

	(void)state;
	pipe_of(input, sizeof(input) - 1, &piped);
	assert_int_equal(next(&piped, &line), LINE_READER_ZERO_BYTE);
	assert_int_equal(next(&piped, &line), LINE_READER_LINE);
	assert_string_equal(line, "c");
	assert_int_equal(next(&piped, &line), LINE_READER_END);
	finish_pipe(&piped);
}

/* Longer than a pipe holds, so it comes from a file. */
static void a_line_that_is_too_long_is_dropped_whole(void **state)
{
	static char text[(size_t)5 * LINE_READER_MAX_BYTES];
	static const size_t lengths[] = { LINE_READER_MAX_BYTES, LINE_READER_MAX_BYTES + 1,
					  sizeof(text) };

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		FILE *file = tmpfile();
		struct piped piped;
		const char *line = NULL;

		assert_non_null(file);
		assert_int_equal(fwrite(text, 1, lengths[i], file), lengths[i]);
		assert_int_equal(fputs("\nnext\n", file) >= 0, 1);
		rewind(file);
		line_reader_init(&piped.reader);
		piped.fd = dup(fileno(file));
		assert_int_equal(next(&piped, &line),
				 i == 0 ? LINE_READER_LINE : LINE_READER_TOO_LONG);
		assert_int_equal(next(&piped, &line), LINE_READER_LINE);
		assert_string_equal(line, "next");
		assert_int_equal(next(&piped, &line), LINE_READER_END);
		finish_pipe(&piped);
		assert_int_equal(fclose(file), 0);
	}
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_first_word_becomes_a_command),
		CASE(the_operand_of_send_becomes_a_recipient),
		CASE(names_that_hold_blanks_are_quoted),
		CASE(names_that_deceive_are_not_offered),
		CASE(text_is_not_completed),
		CASE(other_operands_are_completed_too),
		CASE(the_common_beginning_ends_between_characters),
		CASE(as_many_are_offered_as_there_is_room_for),
		CASE(the_roster_knows_who_is_here),
		CASE(the_roster_does_not_grow_beyond_its_ceiling),
		CASE(lines_end_with_lf_crlf_or_the_input),
		CASE(a_line_with_a_zero_byte_is_refused),
		CASE(a_line_that_is_too_long_is_dropped_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
