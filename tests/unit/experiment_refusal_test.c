#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"
#include "tcp_lab/experiment.h"

/* Lines 1 to 4; what is wrong stands in line 5. */
#define STAGE                                                                                      \
	"title x\n"                                                                                \
	"server listen 8888\n"                                                                     \
	"client.ann connect 8888\n"                                                                \
	"server accept\n"

struct refusal {
	const char *line;
	const char *sentence;
};

static void assert_refused(const char *text, size_t length, uint32_t line, const char *sentence)
{
	struct experiment_problem problem = { 0 };
	struct experiment *experiment = experiment_parse("x", text, length, &problem);

	if (experiment) {
		experiment_destroy(experiment);
		fail_msg("it was read, and not refused as: %s", sentence);
	}
	assert_string_equal(problem.sentence, sentence);
	assert_int_equal(problem.line, line);
}

static void assert_all_refused(const struct refusal *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[1024];

		(void)snprintf(text, sizeof(text), "%s%s\n", STAGE, rows[i].line);
		assert_refused(text, strlen(text), 5, rows[i].sentence);
	}
}

#define ASSERT_ALL_REFUSED(rows) assert_all_refused(rows, sizeof(rows) / sizeof((rows)[0]))

static void words_that_are_none_are_refused_with_the_nearest(void **state)
{
	static const struct refusal rows[] = {
		{ "clinet send \"x\"", "client, server, both, cable, wait, expect or a heading "
				       "such as title is expected, "
				       "not 'clinet'; is client meant?" },
		{ "42", "client, server, both, cable, wait, expect or a heading such as title is "
			"expected, not '42'" },
		{ "server conect 80", "a verb such as connect, send or close is expected behind "
				      "'server', not 'conect'; "
				      "is connect meant?" },
		{ "server", "a verb such as connect, send or close is missing behind 'server'" },
		{ "client recv \"x\"", "a verb such as connect, send or close is expected behind "
				       "'client', not 'recv'; is receive meant?" },
		{ "wait until client gon", "there is no state 'gon'; is gone meant?" },
		{ "full: short: wait 1s",
		  "only one of `full:` and `short:` may stand before a step" },
		{ "full:wait 1s", "a blank is missing behind `full:`" },
		{ "cable drop client data twice",
		  "how often is said by once, a number as in `2 times`, or always, not by "
		  "'twice'" },
		{ "client.ann close fails EINVAL",
		  "`fails` goes with calls of sockets that can fail, not with `close`" },
		{ "client.ann close without waiting",
		  "`without waiting` goes with connect, accept, send and receive, not with "
		  "`close`" },
		{ "expect closing.first = client",
		  "no blanks stand around = != < >, as in closing.first=client" },
		{ "server \"send\"", "a verb such as connect, send or close is expected behind "
				     "'server', not '\"send\"'" },
		{ "server receive ende", "a text in double quotes, `5 bytes`, some, all, end or "
					 "urgent is expected behind 'receive', not 'ende'; is end "
					 "meant?" },
		{ "server option TCP_NODELY 1",
		  "there is no socket option 'TCP_NODELY'; is TCP_NODELAY meant?" },
		{ "server option IP_TRANSPARENT 1",
		  "there is no socket option 'IP_TRANSPARENT', or none that experiments may set" },
		{ "server receive end fails ECONRESET",
		  "an error such as ECONNRESET is expected behind 'fails', not 'ECONRESET'; is "
		  "ECONNRESET meant?" },
		{ "wait until server CLOSEWAIT",
		  "there is no state 'CLOSEWAIT'; is CLOSE_WAIT meant?" },
		{ "expect server Time-Wait", "there is no state 'Time-Wait'; is TIME_WAIT meant?" },
		{ "expect server WAITING", "there is no state 'WAITING'; ESTABLISHED is one" },
		{ "expect server pases ESTABLISHED",
		  "a state, or gone, passes, info, timer, prints or never, is expected behind "
		  "'server', "
		  "not 'pases'; is passes meant?" },
		{ "expect server info cwd<10", "`info` has no 'cwd'; is cwnd meant?" },
		{ "expect closing.knd=reset",
		  "of the terms: there is no key 'closing.knd' (character 1); is closing.kind "
		  "meant?" },
		{ "cable dorp client data 3", "a setting (`delay 10ms`), a rule (`drop client data "
					      "2`), cut or restore is expected behind 'cable', not "
					      "'dorp'; is drop meant?" },
		{ "cable drop client fin",
		  "a segment such as `client data 3` or `server FIN` is expected behind 'client', "
		  "not 'fin'" },
		{ "cable delay 10ms jiter 1ms",
		  "another setting, or `from`, is expected behind '10ms', not 'jiter'; is jitter "
		  "meant?" },
		{ "full client close",
		  "client, server, both, cable, wait, expect or a heading such "
		  "as title is expected, not 'full'; is full: meant?" },
		{ "server.relay runs x", "a verb such as connect, send or close is expected behind "
					 "'server.relay', not 'runs'; is run meant?" },
	};

	(void)state;
	ASSERT_ALL_REFUSED(rows);
}

static void what_is_missing_is_named(void **state)
{
	static const struct refusal rows[] = {
		{ "client connect",
		  "a port (a number from 1 to 65535) is missing behind 'connect'" },
		{ "client send", "a text in double quotes, or `1000 bytes`, is missing behind "
				 "'send'" },
		{ "client send 5", "`bytes` is missing behind '5'" },
		{ "client send 5 bytes every 5ms", "how often is missing: `100 times every 5ms`" },
		{ "client.x run", "a command is missing behind 'run'" },
		{ "client option",
		  "a socket option such as TCP_NODELAY is missing behind 'option'" },
		{ "client option TCP_NODELAY", "a number is missing behind 'TCP_NODELAY'" },
		{ "client connect 80 without", "`waiting` is missing behind 'without'" },
		{ "client connect 80 fails",
		  "an error such as ECONNRESET is missing behind 'fails'" },
		{ "wait", "a time such as 200ms, or `until`, is missing behind 'wait'" },
		{ "wait until",
		  "client, server, sent, delivered or quiet is missing behind 'until'" },
		{ "wait until server", "a state such as ESTABLISHED is missing behind 'server'" },
		{ "expect", "a term such as closing.kind=orderly-4 is missing behind 'expect'" },
		{ "expect server info", "a term such as cwnd<10 is missing behind 'info'" },
		{ "expect every", "`connection` is missing behind 'every'" },
		{ "cable",
		  "a setting (`delay 10ms`), a rule (`drop client data 2`), cut or restore "
		  "is missing behind 'cable'" },
		{ "cable delay", "a time such as 10ms is missing behind 'delay'" },
		{ "cable delay client data 2", "`by` is missing behind '2'" },
		{ "cable delay client data 2 by", "a time such as 30ms is missing behind 'by'" },
		{ "cable swap data 4 and data 5",
		  "whose segments are swapped, the client's or the server's?" },
		{ "cable forge client RST", "`after` is missing behind 'RST'" },
		{ "cable delay 5ms from", "client or server is missing behind 'from'" },
		{ "after 2s:",
		  "client, server, both, cable, wait, expect or a heading such as title "
		  "is missing behind '2s:'" },
		{ "both close", "`sysctl` is expected behind 'both', not 'close'" },
		{ "client sysctl net.ipv4.tcp_sack", "a value is missing behind "
						     "'net.ipv4.tcp_sack'" },
	};

	(void)state;
	ASSERT_ALL_REFUSED(rows);
}

static void numbers_times_and_shares_are_checked(void **state)
{
	static const struct refusal rows[] = {
		{ "client connect 0", "a port (a number from 1 to 65535) is expected behind "
				      "'connect', not '0'" },
		{ "client connect 65536", "a port (a number from 1 to 65535) is expected behind "
					  "'connect', not '65536'" },
		{ "client isn 0", "a sequence number (a number from 1 to 4294967295) is expected "
				  "behind 'isn', not '0'" },
		{ "wait 200", "'200' has no unit: 200ms or 200s?" },
		{ "wait 2 s", "'2' has no unit: 2ms or 2s?" },
		{ "wait soon", "a time such as 200ms, or `until`, is expected behind 'wait', not "
			       "'soon'" },
		{ "wait 61min", "'61min' is longer than an hour" },
		{ "cable loss 5", "a share from 0% to 100% (as in 0.1%) is expected behind 'loss', "
				  "not '5'" },
		{ "cable loss 100.1%", "a share from 0% to 100% (as in 0.1%) is expected behind "
				       "'loss', not '100.1%'" },
		{ "cable loss 0.00001%", "a share from 0% to 100% (as in 0.1%) is expected behind "
					 "'loss', not '0.00001%'" },
		{ "cable rate 10",
		  "a rate such as 10mbit, or unlimited, is expected behind 'rate', "
		  "not '10'" },
		{ "cable rate 0mbit", "a rate such as 10mbit, or unlimited, is expected behind "
				      "'rate', not '0mbit'" },
		{ "cable rate 1.5bit", "a rate such as 10mbit, or unlimited, is expected behind "
				       "'rate', not '1.5bit'" },
		{ "cable rate 99999999999999999999gbit",
		  "a rate such as 10mbit, or unlimited, is expected behind 'rate', not "
		  "'99999999999999999999gbit'" },
		{ "cable drop client data 0",
		  "which one (a number from 1 to 1000000000) is expected "
		  "behind 'data', not '0'" },
		{ "client option TCP_KEEPIDLE 1500ms",
		  "whole seconds (5, or 5s) is expected behind 'TCP_KEEPIDLE', not '1500ms'" },
		{ "client option TCP_NODELAY on",
		  "a number is expected behind 'TCP_NODELAY', not 'on'" },
		{ "expect server info rto<1000", "rto is compared with a time such as 200ms" },
		{ "expect server info cwnd<=10", "one of = != < > is expected right behind cwnd" },
		{ "expect server info timer<3", "timer is no number: < and > do not apply" },
		{ "expect connections=x", "behind `connections=` stands a number up to 1000000" },
		{ "cable forge client RST seq 5 after server SYN-ACK",
		  "how far, as in +5000 or -1, is expected behind 'seq', not '5'" },
		{ "after 0s: cable cut", "a time of up to an hour, as in `after 2s:`, is expected "
					 "behind 'after', not '0s:'" },
		{ "after 2s cable cut",
		  "a time with a colon, as in `after 2s:`, is expected behind "
		  "'after', not '2s'" },
		{ "client.x exits 256",
		  "an exit status (a number from 0 to 255) is expected behind "
		  "'exits', not '256'" },
	};

	(void)state;
	ASSERT_ALL_REFUSED(rows);
}

static void quotes_and_names_are_checked(void **state)
{
	static const struct refusal rows[] = {
		{ "client send \"get", "the quote at column 13 is not closed" },
		{ "client send \"get\\",
		  "at column 17 a backslash stands without meaning: \\n, \\r, "
		  "\\t, \\\", \\\\ and \\x41 are there" },
		{ "client send \"\\q\"", "at column 14 a backslash stands without meaning: \\n, "
					 "\\r, \\t, \\\", \\\\ and \\x41 are there" },
		{ "client send \"a\"b", "a blank is missing behind the quote at column 15" },
		{ "client send \"\"", "the text between the quotes is empty" },
		{ "expect findings.text=\"x", "the quote at column 22 is not closed" },
		{ "client send get", "a text in double quotes, or `1000 bytes`, is expected behind "
				     "'send', not 'get'" },
		{ "client.x type \"a\\n\"", "`type` gives one line, and its newline by itself" },
		{ "client. close",
		  "'' is no name: a letter, then letters, digits, _ and -, at most "
		  "31" },
		{ "client.1st close",
		  "'1st' is no name: a letter, then letters, digits, _ and -, at "
		  "most 31" },
		{ "client.abcdefghijklmnopqrstuvwxyzabcdef close",
		  "'abcdefghijklmnopqrstuvwxyzabcdef' is no name: a letter, then letters, digits, "
		  "_ "
		  "and -, at most 31" },
		{ "client sysctl kernel.hostname x",
		  "a setting such as net.ipv4.tcp_sack is expected behind 'sysctl', not "
		  "'kernel.hostname'" },
		{ "client sysctl net.ipv4/../../kernel.x 1",
		  "a setting such as net.ipv4.tcp_sack is expected behind 'sysctl', not "
		  "'net.ipv4/../../kernel.x'" },
		{ "client sysctl net..ipv4 1", "a setting such as net.ipv4.tcp_sack is expected "
					       "behind 'sysctl', not 'net..ipv4'" },
	};

	(void)state;
	ASSERT_ALL_REFUSED(rows);
}

static void what_no_earlier_step_makes_cannot_be_used(void **state)
{
	static const struct refusal rows[] = {
		{ "client.x send \"x\"",
		  "no earlier step makes a socket client.x; there is client.ann" },
		{ "client send \"x\"",
		  "no earlier step makes a socket client; there is client.ann" },
		{ "server.b close", "no earlier step makes a socket server.b" },
		{ "client.b accept", "no earlier step makes client listen" },
		{ "server.b accept door", "no earlier step makes a listener server.door" },
		{ "client.bob type \"x\"", "no earlier step makes a program client.bob" },
		{ "client.ann type \"x\"", "client.ann is a socket, and no program" },
		{ "expect client.x ESTABLISHED",
		  "no earlier step makes a socket client.x; there is client.ann" },
		{ "wait until server.b gone", "no earlier step makes a socket server.b" },
		{ "expect server prints \"x\"", "no earlier step makes a program server" },
		{ "server connect 80", "server has a connection since line 4: close it first, or "
				       "give this one a name (server.NAME)" },
		{ "server accept", "server has a connection since line 4: close it first, or give "
				   "this one a name (server.NAME)" },
		{ "server listen 80", "server listens since line 2: give this listener a name "
				      "(server.NAME)" },
		{ "client.ann isn 5",
		  "client.ann has a connection since line 3: close it first, or "
		  "give this one a name (client.NAME)" },
		{ "client sysctl.x 1", "a verb such as connect, send or close is expected behind "
				       "'client', not 'sysctl.x'; is sysctl meant?" },
		{ "client.ann sysctl net.ipv4.tcp_sack 0",
		  "settings are of a host: `client sysctl ...`" },
		{ "wait until server.b listens", "`listens` is of a host: `wait until server "
						 "listens`" },
	};

	(void)state;
	ASSERT_ALL_REFUSED(rows);
}

static void steps_that_contradict_each_other_are_refused(void **state)
{
	static const struct {
		const char *text;
		uint32_t line;
		const char *sentence;
	} rows[] = {
		{ "title x\nserver listen 80\nserver send \"x\"\n", 3,
		  "server only listens (line 2): `server accept` comes first" },
		{ "title x\nclient socket\nclient send \"x\"\n", 3,
		  "client has no connection: connect or accept comes first" },
		{ "title x\nclient socket\nclient socket\n", 3,
		  "client has a socket since line 2" },
		{ "title x\nclient connect 80\nclient close\nclient send \"x\"\n", 4,
		  "client was closed in line 3" },
		{ "title x\nserver listen 80\nserver close\nserver accept\n", 4,
		  "that listener was closed in line 3" },
		{ "title x\nserver listen 80\nserver socket\nserver accept\n", 4,
		  "server has a socket since line 3: give the connection a name (server.NAME)" },
		{ "title x\nclient.a run true\nclient.a run true\n", 3,
		  "client.a runs since line 2: give this program a name (client.NAME)" },
		{ "title x\nclient.a run true\nclient.a exits\nclient.a type \"x\"\n", 4,
		  "client.a has ended in line 3" },
		{ "title x\nclient.a run true\nclient.a connect 80\n", 3,
		  "client.a is a program (line 2), and no socket" },
		{ "title x\nclient connect 80\nclient send 5 bytes 2 times without waiting\n", 3,
		  "`2 times` waits: `without waiting` cannot be joined with it" },
		{ "title x\nafter 1s: wait 2s\n", 2,
		  "nothing waits behind `after`: the next step begins at once" },
		{ "title x\ncable delay 1ms delay 2ms\n", 2, "`delay` stands twice" },
		{ "title x\ncable swap client data 4 and server data 5\n", 2,
		  "segments of two hosts cannot be swapped: they never meet in order" },
		{ "title x\nexpect client passes FIN_WAIT1 FIN_WAIT1\n", 2,
		  "FIN_WAIT1 stands twice: a state that lasts is one" },
		{ "title x\nwait 1s now\n", 2, "the line should end before 'now'" },
		{ "title x\nclient connect 80\nclient close fails EPIPE\n", 3,
		  "`fails` goes with calls of sockets that can fail, not with `close`" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(rows[i].text, strlen(rows[i].text), rows[i].line, rows[i].sentence);
}

static void files_that_are_no_experiments_are_refused(void **state)
{
	static const struct {
		const char *text;
		uint32_t line;
		const char *sentence;
	} rows[] = {
		{ "", 0, "there is no title: a line such as `title Two FINs cross`" },
		{ "wait 1s\n", 0, "there is no title: a line such as `title Two FINs cross`" },
		{ "title x", 0, "there are no steps: a line such as `server listen 8888`" },
		{ "title\n", 1, "the title is missing behind 'title'" },
		{ "title x\ntitle y\n", 2, "there is a title already, in line 1" },
		{ "title x\ntitle[zh-CN]\n", 2, "the title is missing behind 'title'" },
		{ "title x\ntitle[] y\n", 2, "'' is no language: a tag such as zh-CN is expected" },
		{ "title x\ntitle[z!] y\n", 2,
		  "'z!' is no language: a tag such as zh-CN is expected" },
		{ "title x\ntitle[abcdefghijklmnop] y\n", 2,
		  "'abcdefghijklmnop' is no language: a tag such as zh-CN is expected" },
		{ "title x\nexplain[de] y\ntitle[fr] z\nexplain[DE] y\n", 4,
		  "there is an explanation already, in line 2" },
		{ "title x\ntitle[aa] y\ntitle[bb] y\ntitle[cc] y\ntitle[dd] y\ntitle[ee] y\n"
		  "title[ff] y\ntitle[gg] y\ntitle[hh] y\ntitle[ii] y\n",
		  10, "an experiment is translated into at most 8 languages" },
		{ "title[zh-CN] y\nwait 1s\n", 0,
		  "there is no title: a line such as `title Two FINs cross`" },
		{ "title x\n\nquestion y\nquestion z\n", 4,
		  "there is a question already, in line 3" },
		{ "title x\nexplain\nwait 1s\n", 2,
		  "there is no text: it stands behind `explain`, or below it, indented" },
		{ "title x\n  wait 1s\n", 2,
		  "the line is indented: that is for the text below `question` and `explain`" },
		{ "title x\nlimit 0s\n", 2, "a limit of nothing lets nothing happen" },
		{ "title x\nlimit 1s\nlimit 2s\n", 3, "there is a limit already, in line 2" },
		{ "title x\nmtu 20\n", 2,
		  "an MTU in bytes (a number from 68 to 65535) is expected "
		  "behind 'mtu', not '20'" },
		{ "title x\ndefaults textbook\n", 2,
		  "`system` is expected behind 'defaults', not 'textbook'" },
		{ "title x\nwait \x1b[31m\n", 2,
		  "at column 6 stands what is no text: a control character, or not UTF-8" },
		{ "title \xff\n", 1,
		  "at column 7 stands what is no text: a control character, or not UTF-8" },
		{ "title x\nquestion\n  a\n  \x07\n", 4,
		  "at column 3 stands what is no text: a control character, or not UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(rows[i].text, strlen(rows[i].text), rows[i].line, rows[i].sentence);
	assert_refused("title x\0\n", 9, 1,
		       "at column 8 stands what is no text: a control character, or not UTF-8");
}

static void words_that_deceive_the_eye_are_shown_as_escapes(void **state)
{
	static const char text[] = "title x\nwait \xe2\x80\xaesoon\n";

	(void)state;
	assert_refused(text, sizeof(text) - 1, 2,
		       "a time such as 200ms, or `until`, is expected behind 'wait', not "
		       "'\\u{202e}soon'");
}

static void ceilings_are_named(void **state)
{
	char *text = malloc(EXPERIMENT_MAX_BYTES + 2);
	size_t length;

	(void)state;
	assert_non_null(text);
	length = (size_t)sprintf(text, "title x\n");
	for (size_t i = 0; i <= EXPERIMENT_MAX_STEPS; i++)
		length += (size_t)sprintf(text + length, "wait 1ms\n");
	assert_refused(text, length, EXPERIMENT_MAX_STEPS + 2,
		       "an experiment has at most 1000 steps");
	memset(text + 8, 'x', EXPERIMENT_LINE_MAX_BYTES + 1);
	assert_refused(text, 8 + EXPERIMENT_LINE_MAX_BYTES + 1, 2,
		       "the line is longer than 4096 bytes");
	memset(text, '\n', EXPERIMENT_MAX_BYTES + 1);
	assert_refused(text, EXPERIMENT_MAX_BYTES + 1, 0, "the file is longer than 262144 bytes");
	length = (size_t)sprintf(text, "title x\ncable drop client data   3 ");
	memset(text + length, '0', CABLE_RULE_TEXT_BYTES);
	length += CABLE_RULE_TEXT_BYTES;
	length += (size_t)sprintf(text + length, "2 times\n");
	assert_refused(text, length, 2, "a rule has at most 127 letters");
	/* A tab makes eight blanks: so the text grows beyond what a file may have. */
	length = (size_t)sprintf(text, "title x\nexplain[de]\n x\n");
	for (size_t i = 0; i < 20; i++) {
		memset(text + length, '\t', 4000);
		length += 4000;
		length += (size_t)sprintf(text + length, "x\n");
	}
	assert_refused(text, length, 2, "the text of `explain` is longer than 262144 bytes");
	free(text);
}

static void long_words_are_cut_where_they_are_shown(void **state)
{
	char text[512] = "title x\nwait ";

	(void)state;
	for (size_t i = 0; i < 100; i++)
		strcat(text, "\xc3\xa4");
	assert_refused(text, strlen(text), 2,
		       "a time such as 200ms, or `until`, is expected behind 'wait', not "
		       "'\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		       "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		       "\xc3\xa4\xc3\xa4...'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_are_none_are_refused_with_the_nearest),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(numbers_times_and_shares_are_checked),
		cmocka_unit_test(quotes_and_names_are_checked),
		cmocka_unit_test(what_no_earlier_step_makes_cannot_be_used),
		cmocka_unit_test(steps_that_contradict_each_other_are_refused),
		cmocka_unit_test(files_that_are_no_experiments_are_refused),
		cmocka_unit_test(words_that_deceive_the_eye_are_shown_as_escapes),
		cmocka_unit_test(ceilings_are_named),
		cmocka_unit_test(long_words_are_cut_where_they_are_shown),
	};

	return cmocka_run_group_tests_name("experiment_refusal", tests, NULL, NULL);
}
