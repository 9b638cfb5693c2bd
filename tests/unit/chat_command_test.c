/* What a line typed into the chat means, and the menu. */
#include "support/unit_test.h"

#include <string.h>

#include "chat_ui/chat_command.h"

static struct chat_command parse(const char *line)
{
	struct chat_command command;

	chat_command_parse(line, &command);
	return command;
}

static void number_and_word_of_the_menu_mean_the_same(void **state)
{
	static const struct {
		const char *number;
		const char *word;
		enum chat_command_kind kind;
	} rows[] = {
		{ "1 host", "connect host", CHAT_COMMAND_CONNECT },
		{ "2", "disconnect", CHAT_COMMAND_DISCONNECT },
		{ "3", "time", CHAT_COMMAND_TIME },
		{ "4", "name", CHAT_COMMAND_NAME },
		{ "5", "list", CHAT_COMMAND_LIST },
		{ "6 7 hello", "send 7 hello", CHAT_COMMAND_SEND },
		{ "0", "quit", CHAT_COMMAND_QUIT },
		{ "?", "help", CHAT_COMMAND_HELP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i].number).kind, rows[i].kind);
		assert_int_equal(parse(rows[i].word).kind, rows[i].kind);
	}
}

static void blanks_around_are_nothing(void **state)
{
	(void)state;
	assert_int_equal(parse("").kind, CHAT_COMMAND_NOTHING);
	assert_int_equal(parse(" \t ").kind, CHAT_COMMAND_NOTHING);
	assert_int_equal(parse("  time  ").kind, CHAT_COMMAND_TIME);
	assert_int_equal(parse("  time  ").count, 1);
}

static void a_server_is_written_in_one_word_or_two(void **state)
{
	(void)state;
	assert_string_equal(parse("connect 10.0.0.1").server, "10.0.0.1");
	assert_string_equal(parse("connect 10.0.0.1:99").server, "10.0.0.1:99");
	assert_string_equal(parse("1 10.0.0.1 99").server, "10.0.0.1:99");
	assert_string_equal(parse("1  10.0.0.1 \t 99 ").server, "10.0.0.1:99");
	assert_string_equal(parse("1 ::1 99").server, "[::1]:99");
	assert_string_equal(parse("1 [::1] 99").server, "[::1]:99");
	assert_string_equal(parse("1 [::1]:99").server, "[::1]:99");
	assert_string_equal(parse("1").server, "");
}

static void what_is_no_server_is_said_to_be_none(void **state)
{
	static const char *const lines[] = { "1 host 99 77", "1 host 65536", "1 host port",
					     "1 host: 99",   "1 [::1 99",    "connect host:99 77" };
	char line[400] = "1 ";

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(lines[i]).kind, CHAT_COMMAND_BAD);
	memset(line + 2, 'h', sizeof(line) - 3);
	assert_int_equal(parse(line).kind, CHAT_COMMAND_BAD);
}

static void a_count_is_from_1_to_a_million(void **state)
{
	(void)state;
	assert_int_equal(parse("time 100").count, 100);
	assert_int_equal(parse("3 1000000").count, 1000000);
	assert_int_equal(parse("ping 5").count, 5);
	assert_int_equal(parse("time 0").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("time 1000001").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("time 99999999999999999999999").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("time -1").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("time 1 2").kind, CHAT_COMMAND_BAD);
}

static void a_message_may_lack_its_recipient_or_its_text(void **state)
{
	struct chat_command none = parse("send");
	struct chat_command half = parse("send 3 ");
	struct chat_command whole = parse("send 3  two  words ");

	(void)state;
	assert_false(none.has_to);
	assert_null(none.text);
	assert_true(half.has_to);
	assert_null(half.text);
	assert_true(whole.has_to);
	assert_int_equal(whole.to.kind, RECIPIENT_NUMBER);
	assert_int_equal(whole.to.number, 3);
	assert_string_equal(whole.text, "two  words ");
}

static void a_recipient_is_a_number_a_name_or_a_room(void **state)
{
	struct chat_command name = parse("send @ann hi");
	struct chat_command room = parse("send #茶 hi");

	(void)state;
	assert_int_equal(name.to.kind, RECIPIENT_NAME);
	assert_string_equal(name.to.name, "ann");
	assert_int_equal(room.to.kind, RECIPIENT_ROOM);
	assert_string_equal(room.to.name, "茶");
	assert_int_equal(parse("send 4294967295 x").to.number, UINT32_MAX);
	assert_int_equal(parse("send 4294967296 x").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("send 0 x").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("send -1 x").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("send ann x").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("send @ x").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("send # x").kind, CHAT_COMMAND_BAD);
}

static void a_quoted_recipient_may_hold_blanks(void **state)
{
	struct chat_command command = parse("send \"@ann lee\" hi");

	(void)state;
	assert_int_equal(command.kind, CHAT_COMMAND_SEND);
	assert_string_equal(command.to.name, "ann lee");
	assert_string_equal(command.text, "hi");
	assert_int_equal(parse("send \"@ann hi").kind, CHAT_COMMAND_BAD);
}

static void a_name_has_at_most_64_bytes(void **state)
{
	char line[100] = "send @";

	(void)state;
	memset(line + 6, 'n', 64);
	memcpy(line + 70, " x", 3);
	assert_int_equal(parse(line).kind, CHAT_COMMAND_SEND);
	assert_int_equal(strlen(parse(line).to.name), 64);
	memset(line + 6, 'n', 65);
	memcpy(line + 71, " x", 3);
	assert_int_equal(parse(line).kind, CHAT_COMMAND_BAD);
}

static void a_line_that_begins_with_a_name_sends(void **state)
{
	(void)state;
	assert_int_equal(parse("@ann hello").kind, CHAT_COMMAND_SEND);
	assert_string_equal(parse("@ann hello").text, "hello");
	assert_int_equal(parse("#tea hello").to.kind, RECIPIENT_ROOM);
	assert_int_equal(parse("@ hello").kind, CHAT_COMMAND_BAD);
}

static void name_alone_asks_and_with_a_name_takes_it(void **state)
{
	(void)state;
	assert_int_equal(parse("name").kind, CHAT_COMMAND_NAME);
	assert_int_equal(parse("name ann").kind, CHAT_COMMAND_CALL_ME);
	assert_int_equal(parse("nick ann lee").kind, CHAT_COMMAND_CALL_ME);
	assert_string_equal(parse("nick ann lee ").name, "ann lee");
	assert_int_equal(parse("nick").kind, CHAT_COMMAND_CALL_ME);
	assert_string_equal(parse("nick").name, "");
}

static void a_room_may_be_written_with_its_sign(void **state)
{
	(void)state;
	assert_string_equal(parse("join tea").name, "tea");
	assert_string_equal(parse("join #tea").name, "tea");
	assert_string_equal(parse("leave ##tea").name, "#tea");
	assert_int_equal(parse("join").kind, CHAT_COMMAND_JOIN);
	assert_string_equal(parse("join").name, "");
	assert_int_equal(parse("join #").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("join a\033[2J").kind, CHAT_COMMAND_BAD);
}

static void watch_alone_is_watch_on(void **state)
{
	(void)state;
	assert_true(parse("watch").on);
	assert_true(parse("watch on").on);
	assert_int_equal(parse("watch off").kind, CHAT_COMMAND_WATCH);
	assert_false(parse("watch off").on);
	assert_int_equal(parse("watch of").kind, CHAT_COMMAND_BAD);
}

static void commands_that_take_nothing_refuse_it(void **state)
{
	(void)state;
	assert_int_equal(parse("list all").kind, CHAT_COMMAND_BAD);
	assert_int_equal(parse("quit now").kind, CHAT_COMMAND_BAD);
	assert_non_null(strstr(parse("list all").problem, "list"));
}

static void an_unknown_word_is_answered_with_the_nearest(void **state)
{
	(void)state;
	assert_non_null(strstr(parse("conect").problem, "\"connect\""));
	assert_non_null(strstr(parse("tiem").problem, "\"time\""));
	assert_null(strstr(parse("frobnicate").problem, "mean"));
	assert_int_equal(parse("7").kind, CHAT_COMMAND_BAD);
}

static void what_is_typed_comes_back_harmless(void **state)
{
	(void)state;
	assert_null(strchr(parse("\033[2J").problem, '\033'));
	assert_null(strchr(parse("send \033[2J x").problem, '\033'));
	assert_null(strchr(parse("1 \033[2J").problem, '\033'));
}

static void endless_words_are_refused_within_the_problems_room(void **state)
{
	static char line[CHAT_LINE_MAX_BYTES + 1];

	(void)state;
	memset(line, 'x', CHAT_LINE_MAX_BYTES);
	assert_int_equal(parse(line).kind, CHAT_COMMAND_BAD);
	memcpy(line, "send ", 5);
	assert_int_equal(parse(line).kind, CHAT_COMMAND_BAD);
	memcpy(line, "nick ", 5);
	assert_int_equal(parse(line).kind, CHAT_COMMAND_BAD);
	memcpy(line, "time ", 5);
	assert_int_equal(parse(line).kind, CHAT_COMMAND_BAD);
}

static void before_connecting_only_connect_and_quit_are_offered(void **state)
{
	const struct render_style style = { .colour = false };
	struct text_builder menu;

	(void)state;
	text_builder_init(&menu, 10000);
	chat_command_menu(&menu, style, false);
	assert_non_null(strstr(menu.text, "1  connect"));
	assert_non_null(strstr(menu.text, "0  quit"));
	assert_null(strstr(menu.text, "send"));
	assert_null(strstr(menu.text, "time"));
	text_builder_clear(&menu);
	chat_command_menu(&menu, style, true);
	for (const char *const *row =
		     (const char *const[]){ "1  connect", "2  disconnect", "3  time", "4  name",
					    "5  list", "6  send", "0  quit", NULL };
	     *row; row++)
		assert_non_null(strstr(menu.text, *row));
	text_builder_finish(&menu);
}

static void help_tells_all_that_the_menu_lacks(void **state)
{
	const struct render_style style = { .colour = false };
	struct text_builder help;

	(void)state;
	text_builder_init(&help, 10000);
	chat_command_help(&help, style, true);
	for (size_t i = 0; chat_command_word(i); i++)
		assert_non_null(strstr(help.text, chat_command_word(i)));
	text_builder_finish(&help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(number_and_word_of_the_menu_mean_the_same),
		cmocka_unit_test(blanks_around_are_nothing),
		cmocka_unit_test(a_server_is_written_in_one_word_or_two),
		cmocka_unit_test(what_is_no_server_is_said_to_be_none),
		cmocka_unit_test(a_count_is_from_1_to_a_million),
		cmocka_unit_test(a_message_may_lack_its_recipient_or_its_text),
		cmocka_unit_test(a_recipient_is_a_number_a_name_or_a_room),
		cmocka_unit_test(a_quoted_recipient_may_hold_blanks),
		cmocka_unit_test(a_name_has_at_most_64_bytes),
		cmocka_unit_test(a_line_that_begins_with_a_name_sends),
		cmocka_unit_test(name_alone_asks_and_with_a_name_takes_it),
		cmocka_unit_test(a_room_may_be_written_with_its_sign),
		cmocka_unit_test(watch_alone_is_watch_on),
		cmocka_unit_test(commands_that_take_nothing_refuse_it),
		cmocka_unit_test(an_unknown_word_is_answered_with_the_nearest),
		cmocka_unit_test(what_is_typed_comes_back_harmless),
		cmocka_unit_test(endless_words_are_refused_within_the_problems_room),
		cmocka_unit_test(before_connecting_only_connect_and_quit_are_offered),
		cmocka_unit_test(help_tells_all_that_the_menu_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
