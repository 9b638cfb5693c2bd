#include "tcp_lab/experiment.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "packet/tcp_header.h"
#include "sock_diag/diag_socket.h"
#include "support/unit_test.h"
#include "tcp_lab/socket_option_name.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

/* What most steps need to be there. */
#define STAGE                                                                                      \
	"title x\n"                                                                                \
	"server listen 8888\n"                                                                     \
	"client connect 8888\n"                                                                    \
	"server accept\n"

#define STAGE_STEPS 3u

static struct experiment *parsed;

static int finish(void **state)
{
	(void)state;
	experiment_destroy(parsed);
	parsed = NULL;
	return 0;
}

static void parse(const char *text)
{
	struct experiment_problem problem = { 0 };

	experiment_destroy(parsed);
	parsed = experiment_parse("x", text, strlen(text), &problem);
	if (!parsed)
		fail_msg("line %u: %s", problem.line, problem.sentence);
}

/* The last step of the stage with this line behind it. */
static const struct step *last_step(const char *line)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "%s%s\n", STAGE, line);
	parse(text);
	assert_int_equal(parsed->step_count, STAGE_STEPS + 1);
	return &parsed->steps[STAGE_STEPS];
}

static void assert_bytes(const struct step_bytes *bytes, const char *expected, size_t length)
{
	assert_int_equal(bytes->length, length);
	assert_memory_equal(bytes->bytes, expected, length);
	assert_int_equal(bytes->bytes[length], '\0');
}

static void headings_are_read(void **state)
{
	(void)state;
	parse("\xef\xbb\xbf# a comment\r\n"
	      "title  Two FINs # no comment \r\n"
	      "limit 1.5s\r\n"
	      "mtu 1400\r\n"
	      "defaults system\r\n"
	      "\r\n"
	      "wait 1ms # a comment\r\n");
	assert_string_equal(parsed->name, "x");
	assert_string_equal(parsed->title, "Two FINs # no comment");
	assert_string_equal(parsed->question, "");
	assert_string_equal(parsed->explanation, "");
	assert_int_equal(parsed->limit_ns, 1500 * MS);
	assert_int_equal(parsed->mtu, 1400);
	assert_true(parsed->system_defaults);
	assert_int_equal(parsed->step_count, 1);
	assert_int_equal(parsed->steps[0].line, 7);
	assert_string_equal(parsed->steps[0].text, "wait 1ms");
	parse(STAGE);
	assert_int_equal(parsed->limit_ns, LAB_TIME_LIMIT_DEFAULT_NS);
	assert_int_equal(parsed->mtu, 0);
	assert_false(parsed->system_defaults);
}

static void indented_lines_become_paragraphs(void **state)
{
	(void)state;
	parse("title x\n"
	      "question Who\n"
	      "  waits,\n"
	      "\n"
	      "\n"
	      "  and \"why\"? # text\n"
	      "wait 1ms\n"
	      "explain\n"
	      "\n"
	      "\tThese:\n"
	      "\t  first\n"
	      "\t    second\n"
	      "\tand so\n"
	      "  on.\n");
	assert_string_equal(parsed->question, "Who waits,\n\nand \"why\"? # text");
	assert_string_equal(parsed->explanation, "These:\n  first\n    second\nand so on.");
	assert_int_equal(parsed->step_count, 1);
}

static void the_texts_may_stand_in_other_languages_too(void **state)
{
	const struct experiment_translation *translations;

	(void)state;
	parse("title x\n"
	      "question[de] Wer wartet?\n"
	      "title[zh-CN] 两个 FIN 交错 # 1\n"
	      "explain[zh-CN]\n"
	      "  一\n"
	      "\n"
	      "  二\n"
	      "title[DE] Zwei FIN kreuzen sich\n"
	      "wait 1ms\n");
	assert_string_equal(parsed->title, "x");
	assert_string_equal(parsed->question, "");
	assert_int_equal(parsed->translation_count, 2);
	translations = parsed->translations;
	assert_string_equal(translations[0].language, "de");
	assert_string_equal(translations[0].question, "Wer wartet?");
	assert_string_equal(translations[0].title, "Zwei FIN kreuzen sich");
	assert_null(translations[0].explanation);
	assert_string_equal(translations[1].language, "zh-CN");
	assert_string_equal(translations[1].title, "两个 FIN 交错 # 1");
	assert_string_equal(translations[1].explanation, "一\n\n二");
	assert_null(translations[1].question);
	assert_int_equal(parsed->step_count, 1);
}

static void a_region_is_taken_before_another_of_its_language(void **state)
{
	(void)state;
	parse("title x\ntitle[zh-TW] 一\ntitle[ZH-cn] 二\ntitle[zho] 三\nwait 1ms\n");
	assert_string_equal(experiment_translated(parsed, "zh-CN")->title, "二");
	assert_string_equal(experiment_translated(parsed, "zh-HK")->title, "一");
	assert_null(experiment_translated(parsed, "z"));
	assert_null(experiment_translated(parsed, "de"));
}

/* Each row: the end of a line, the start of the next, and what becomes of the two. */
static void lines_of_chinese_are_joined_without_blanks(void **state)
{
	static const char *const rows[][3] = {
		{ "报文段", "丢失", "报文段丢失" },
		{ "丢失，", "然后", "丢失，然后" },
		{ "发送", "FIN", "发送 FIN" },
		{ "FIN", "之后", "FIN 之后" },
		{ "发送 FIN，", "RFC", "发送 FIN，RFC" },
		{ "RFC", "（见上文）", "RFC（见上文）" },
		{ "所谓", "“半关闭”", "所谓“半关闭”" },
		{ "“半关闭”", "状态", "“半关闭”状态" },
		{ "the “end”", "of it", "the “end” of it" },
		{ "한국어", "글", "한국어 글" }, /* which has blanks between words */
		{ "日本", "語", "日本語" },
		{ "20", "ms", "20 ms" },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(text, sizeof(text), "title x\nwait 1ms\nexplain\n  %s\n  %s\n",
			       rows[i][0], rows[i][1]);
		parse(text);
		assert_string_equal(parsed->explanation, rows[i][2]);
	}
}

static void sockets_are_named_by_host_and_name(void **state)
{
	const struct step *step = last_step("server.a-1_b listen 80 backlog 0 ipv6");

	(void)state;
	assert_int_equal(step->verb, STEP_LISTEN);
	assert_true(step->has_host);
	assert_int_equal(step->host, LAB_SERVER);
	assert_string_equal(step->name, "a-1_b");
	assert_int_equal(step->port, 80);
	assert_int_equal(step->number, 0);
	assert_true(step->ipv6);
	assert_string_equal(parsed->steps[1].name, "");
	assert_int_equal(parsed->steps[1].host, LAB_CLIENT);
	assert_int_equal(parsed->steps[0].number, EXPERIMENT_BACKLOG_DEFAULT);
	step = last_step("client.x  bind  40000");
	assert_int_equal(step->verb, STEP_BIND);
	assert_int_equal(step->port, 40000);
	assert_string_equal(step->text, "client.x  bind  40000");
}

static void connecting_has_all_its_words(void **state)
{
	const struct step *step =
		last_step("client.x connect 80 from 40000 ipv6 with \"a\\x00\" without waiting");

	(void)state;
	assert_int_equal(step->verb, STEP_CONNECT);
	assert_int_equal(step->port, 80);
	assert_int_equal(step->from_port, 40000);
	assert_true(step->ipv6);
	assert_true(step->no_wait);
	assert_bytes(&step->bytes, "a\0", 2);
	assert_int_equal(step->fails_with, 0);
	step = last_step("client.x connect 80 fails ECONNREFUSED");
	assert_int_equal(step->fails_with, ECONNREFUSED);
	assert_false(step->no_wait);
	assert_null(step->bytes.bytes);
	step = last_step("client.x isn 4294967295");
	assert_int_equal(step->verb, STEP_ISN);
	assert_int_equal(step->isn, UINT32_MAX);
}

static void accepting_names_a_listener(void **state)
{
	(void)state;
	parse("title x\nserver.door listen 80\nclient connect 80\nserver accept door\n");
	assert_int_equal(parsed->steps[2].verb, STEP_ACCEPT);
	assert_string_equal(parsed->steps[2].other, "door");
	assert_string_equal(parsed->steps[2].name, "");
	assert_string_equal(last_step("server.b accept without waiting fails EAGAIN")->other, "");
	assert_true(parsed->steps[STAGE_STEPS].no_wait);
	assert_int_equal(parsed->steps[STAGE_STEPS].fails_with, EAGAIN);
}

static void sending_counts_bytes_and_times(void **state)
{
	const struct step *step = last_step("client send \"a#\\\"\\\\\\r\\n\\t\\xFf\" # comment");

	(void)state;
	assert_bytes(&step->bytes, "a#\"\\\r\n\t\xff", 8);
	assert_int_equal(step->count, 0);
	assert_int_equal(step->times, 1);
	step = last_step("client send 1000 bytes 100 times every 5ms urgent more");
	assert_null(step->bytes.bytes);
	assert_int_equal(step->count, 1000);
	assert_int_equal(step->times, 100);
	assert_int_equal(step->every_ns, 5 * MS);
	assert_true(step->urgent);
	assert_true(step->more);
	step = last_step("client send \"x\" 2 times");
	assert_int_equal(step->times, 2);
	assert_int_equal(step->every_ns, 0);
}

static void receiving_knows_what_to_wait_for(void **state)
{
	static const struct {
		const char *line;
		enum receive_what what;
	} rows[] = {
		{ "server receive \"get\"", RECEIVE_TEXT },
		{ "server receive 5 bytes", RECEIVE_BYTES },
		{ "server receive some", RECEIVE_SOME },
		{ "server receive all", RECEIVE_ALL },
		{ "server receive end", RECEIVE_END },
		{ "server receive urgent", RECEIVE_URGENT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(last_step(rows[i].line)->receive, rows[i].what);
	assert_int_equal(last_step("server receive 5 bytes")->count, 5);
	assert_bytes(&last_step("server receive \"get\"")->bytes, "get", 3);
}

static void options_have_numbers_times_and_words(void **state)
{
	const struct step *step = last_step("client option TCP_NODELAY 1");

	(void)state;
	assert_int_equal(step->level, IPPROTO_TCP);
	assert_string_equal(socket_option_of(step->level, step->option)->name, "TCP_NODELAY");
	assert_int_equal(step->number, 1);
	assert_null(step->bytes.bytes);
	assert_int_equal(last_step("client option TCP_USER_TIMEOUT 1.5s")->number, 1500);
	assert_int_equal(last_step("client option TCP_USER_TIMEOUT 1500")->number, 1500);
	assert_int_equal(last_step("client option TCP_KEEPIDLE 1min")->number, 60);
	assert_int_equal(last_step("client option SO_LINGER 0")->number, 0);
	assert_int_equal(last_step("client option SO_LINGER off")->number, -1);
	step = last_step("client option TCP_CONGESTION cubic");
	assert_bytes(&step->bytes, "cubic", 5);
}

static void connections_end_in_several_ways(void **state)
{
	(void)state;
	assert_int_equal(last_step("client shutdown")->number, SHUT_WR);
	assert_int_equal(last_step("client shutdown write")->number, SHUT_WR);
	assert_int_equal(last_step("client shutdown read")->number, SHUT_RD);
	assert_int_equal(last_step("client shutdown both")->number, SHUT_RDWR);
	assert_int_equal(last_step("client close")->verb, STEP_CLOSE);
	assert_int_equal(last_step("client reset")->verb, STEP_RESET);
	assert_int_equal(last_step("client vanish")->verb, STEP_VANISH);
	assert_int_equal(last_step("client destroy")->verb, STEP_DESTROY);
}

static void programs_are_run_and_spoken_to(void **state)
{
	(void)state;
	parse("title x\n"
	      "server run  wiretaled --name \"it's # 'x  \n"
	      "client.ann run wiretale chat\n"
	      "client.ann type \"time\"\n"
	      "client.ann prints \"Server \\\"\"\n"
	      "client.ann end input\n"
	      "client.ann exits any\n"
	      "server kill INT\n"
	      "server exits 3\n"
	      "client.ann run true\n"
	      "client.ann exits\n"
	      "client.ann run true\n"
	      "expect client.ann never prints \"x\"\n");
	assert_int_equal(parsed->steps[0].verb, STEP_RUN);
	assert_bytes(&parsed->steps[0].bytes, "wiretaled --name \"it's # 'x", 27);
	assert_string_equal(parsed->steps[0].text, "server run  wiretaled --name \"it's # 'x");
	assert_bytes(&parsed->steps[2].bytes, "time", 4);
	assert_bytes(&parsed->steps[3].bytes, "Server \"", 8);
	assert_int_equal(parsed->steps[4].verb, STEP_END_INPUT);
	assert_int_equal(parsed->steps[5].number, -1);
	assert_int_equal(parsed->steps[6].number, SIGINT);
	assert_int_equal(parsed->steps[7].number, 3);
	assert_int_equal(parsed->steps[9].number, 0);
	assert_int_equal(parsed->steps[11].verb, STEP_EXPECT_OUTPUT);
	assert_true(parsed->steps[11].never);
}

static void settings_of_hosts_are_read(void **state)
{
	const struct step *step = last_step("both sysctl net.ipv4.tcp_rmem 4096  8192 16384 # x");

	(void)state;
	assert_int_equal(step->verb, STEP_SYSCTL);
	assert_true(step->both_hosts);
	assert_string_equal(step->other, "net.ipv4.tcp_rmem");
	assert_bytes(&step->bytes, "4096  8192 16384", 16);
	step = last_step("server sysctl net.ipv4.tcp_sack 0");
	assert_false(step->both_hosts);
	assert_int_equal(step->host, LAB_SERVER);
}

static void settings_of_the_cable_are_read(void **state)
{
	const struct step *step =
		last_step("cable delay 10ms jitter 2ms rate 1.5mbit queue 20 mtu 1400 silently "
			  "loss 0.1% duplicate 100% reorder 5% by 4ms from server");

	(void)state;
	assert_int_equal(step->verb, STEP_CABLE_SET);
	assert_int_equal(step->set, 0xff);
	assert_int_equal(step->settings.delay_ns, 10 * MS);
	assert_int_equal(step->settings.jitter_ns, 2 * MS);
	assert_int_equal(step->settings.rate_bits, 1500000);
	assert_int_equal(step->settings.queue_packets, 20);
	assert_int_equal(step->settings.mtu, 1400);
	assert_true(step->settings.mtu_is_silent);
	assert_int_equal(step->settings.loss_ppm, 1000);
	assert_int_equal(step->settings.duplicate_ppm, 1000000);
	assert_int_equal(step->settings.reorder_ppm, 50000);
	assert_int_equal(step->settings.reorder_ns, 4 * MS);
	assert_true(step->has_host);
	assert_int_equal(step->host, LAB_SERVER);
	step = last_step("cable rate unlimited mtu unlimited");
	assert_int_equal(step->set, CABLE_SET_RATE | CABLE_SET_MTU);
	assert_int_equal(step->settings.rate_bits, 0);
	assert_false(step->has_host);
	assert_int_equal(last_step("cable cut")->verb, STEP_CABLE_CUT);
	assert_int_equal(last_step("cable restore")->verb, STEP_CABLE_RESTORE);
}

static const struct cable_rule *rule(const char *line)
{
	const struct step *step = last_step(line);

	assert_int_equal(step->verb, STEP_CABLE_RULE);
	return &step->rule;
}

static void rules_pick_segments(void **state)
{
	const struct cable_rule *made =
		rule("cable drop  client connection 2 data 3 \t 4 times # x");

	(void)state;
	assert_int_equal(made->action, CABLE_DROP);
	assert_false(made->which.either_host);
	assert_int_equal(made->which.from, LAB_CLIENT);
	assert_int_equal(made->which.connection, 2);
	assert_int_equal(made->which.kind, SEGMENT_DATA);
	assert_int_equal(made->which.ordinal, 3);
	assert_int_equal(made->times, 4);
	assert_string_equal(made->text, "drop client connection 2 data 3 4 times");
	made = rule("cable drop data 2 times");
	assert_true(made->which.either_host);
	assert_int_equal(made->which.ordinal, 0);
	assert_int_equal(made->times, 2);
	assert_int_equal(rule("cable drop server SYN-ACK")->times, 1);
	assert_int_equal(rule("cable drop server ACK 2 always")->times, 0);
	assert_int_equal(rule("cable drop segment 5 once")->which.kind, SEGMENT_ANY);
	assert_int_equal(rule("cable duplicate client data 1")->action, CABLE_DUPLICATE);
	assert_int_equal(rule("cable mark probe always")->which.kind, SEGMENT_PROBE);
}

static void rules_hold_delay_swap_and_corrupt(void **state)
{
	const struct cable_rule *made = rule("cable hold client FIN until server FIN");

	(void)state;
	assert_int_equal(made->action, CABLE_HOLD);
	assert_true(made->has_until);
	assert_int_equal(made->other.from, LAB_SERVER);
	assert_int_equal(made->other.kind, SEGMENT_FIN);
	assert_int_equal(rule("cable hold client FIN for 50ms")->time_ns, 50 * MS);
	made = rule("cable hold client FIN");
	assert_false(made->has_until);
	assert_int_equal(made->time_ns, 0);
	made = rule("cable delay client data 2 by 30ms 3 times");
	assert_int_equal(made->action, CABLE_DELAY);
	assert_int_equal(made->time_ns, 30 * MS);
	assert_int_equal(made->times, 3);
	made = rule("cable swap client connection 2 data 4 and data 5");
	assert_int_equal(made->other.from, LAB_CLIENT);
	assert_false(made->other.either_host);
	assert_int_equal(made->other.connection, 2);
	assert_int_equal(made->other.ordinal, 5);
	assert_int_equal(rule("cable corrupt client data 2 byte 3")->byte, 2);
	assert_int_equal(rule("cable corrupt client data 2")->byte, 0);
}

static void rules_forge_and_cut(void **state)
{
	const struct cable_rule *made =
		rule("cable forge client RST seq +5000 ack after server data 1");

	(void)state;
	assert_int_equal(made->action, CABLE_FORGE);
	assert_int_equal(made->forgery.from, LAB_CLIENT);
	assert_int_equal(made->forgery.flags, TCP_FLAG_RST | TCP_FLAG_ACK);
	assert_true(made->forgery.acknowledges);
	assert_true(made->forgery.sequence_offset == 5000);
	assert_int_equal(made->which.from, LAB_SERVER);
	made = rule("cable forge server SYN seq -1 after client ACK");
	assert_int_equal(made->forgery.flags, TCP_FLAG_SYN);
	assert_false(made->forgery.acknowledges);
	assert_true(made->forgery.sequence_offset == -1);
	made = rule("cable cut after server SYN-ACK");
	assert_int_equal(made->action, CABLE_CUT);
	assert_int_equal(made->which.kind, SEGMENT_SYN_ACK);
	assert_string_equal(made->text, "cut after server SYN-ACK");
}

static void waiting_has_many_ends(void **state)
{
	const struct step *step = last_step("wait until server CLOSE_WAIT or gone");

	(void)state;
	assert_int_equal(step->verb, STEP_WAIT_STATE);
	assert_int_equal(step->state_count, 2);
	assert_int_equal(step->states[0], TCP_CLOSE_WAIT);
	assert_int_equal(step->states[1], TCP_CLOSED);
	assert_int_equal(last_step("wait 2min")->time_ns, 120 * SECOND);
	step = last_step("wait until sent client data 3");
	assert_int_equal(step->verb, STEP_WAIT_SEGMENT);
	assert_false(step->delivered);
	assert_int_equal(step->segment.ordinal, 3);
	assert_true(last_step("wait until delivered FIN")->delivered);
	step = last_step("wait until server listens 8888");
	assert_int_equal(step->verb, STEP_WAIT_LISTEN);
	assert_int_equal(step->port, 8888);
	assert_int_equal(last_step("wait until client listens")->port, 0);
	assert_int_equal(last_step("wait until quiet")->time_ns, EXPERIMENT_QUIET_DEFAULT_NS);
	assert_int_equal(last_step("wait until quiet for 300ms")->time_ns, 300 * MS);
}

static void hosts_are_expected_to_be_in_a_state(void **state)
{
	const struct step *step = last_step("expect client ESTABLISHED or CLOSE_WAIT");

	(void)state;
	assert_int_equal(step->verb, STEP_EXPECT_STATE);
	assert_int_equal(step->state_count, 2);
	step = last_step("expect client passes SYN_SENT ESTABLISHED FIN_WAIT1");
	assert_int_equal(step->verb, STEP_EXPECT_STATES);
	assert_int_equal(step->state_count, 3);
	assert_int_equal(step->states[2], TCP_FIN_WAIT1);
	step = last_step("expect client timer time-wait left>50s");
	assert_int_equal(step->verb, STEP_EXPECT_INFO);
	assert_int_equal(step->info_count, 2);
	assert_string_equal(step->info[0].key, "timer");
	assert_int_equal(step->info[0].value, SOCKET_TIMER_TIME_WAIT);
	assert_string_equal(step->info[1].key, "left");
	assert_int_equal(step->info[1].operator, INFO_MORE);
	assert_int_equal(step->info[1].value, 50 * SECOND);
	step = last_step("expect client info cwnd<10 total_retrans!=1 ssthresh=none");
	assert_int_equal(step->info_count, 3);
	assert_int_equal(step->info[0].operator, INFO_LESS);
	assert_int_equal(step->info[1].operator, INFO_UNEQUAL);
	assert_int_equal(step->info[2].value, SOCKET_SSTHRESH_NONE);
}

static void connections_are_expected_by_number_and_place(void **state)
{
	const struct step *step =
		last_step("expect closing.kind=orderly-3 findings.text=\"a # b\" # comment");

	(void)state;
	assert_int_equal(step->verb, STEP_EXPECT_CONNECTION);
	assert_int_equal(step->connection, 1);
	assert_int_equal(step->vantage, VANTAGE_CABLE);
	assert_int_equal(step->expectation->count, 2);
	assert_string_equal(step->expectation->terms[1].value, "a # b");
	step = last_step("expect connection 2 at client closing.kind=reset");
	assert_int_equal(step->connection, 2);
	assert_int_equal(step->vantage, VANTAGE_CLIENT);
	step = last_step("expect every connection at server client=10.77.0.1:40000");
	assert_int_equal(step->connection, CONNECTION_EACH);
	assert_int_equal(step->vantage, VANTAGE_SERVER);
	assert_false(step->has_host);
	assert_int_equal(last_step("expect client=10.77.0.1:40000")->verb, STEP_EXPECT_CONNECTION);
	step = last_step("expect connections=3");
	assert_int_equal(step->verb, STEP_EXPECT_COUNT);
	assert_int_equal(step->count, 3);
}

static void steps_may_come_later_or_in_one_kind_of_run(void **state)
{
	const struct step *step = last_step("after 2.5s: full: cable cut");

	(void)state;
	assert_int_equal(step->after_ns, 2500 * MS);
	assert_true(step->only_full);
	assert_false(step->only_short);
	assert_int_equal(step->verb, STEP_CABLE_CUT);
	assert_string_equal(step->text, "after 2.5s: full: cable cut");
	assert_true(last_step("short: wait 1s")->only_short);
}

static void what_may_be_there_may_be_used(void **state)
{
	(void)state;
	/* closed in one kind of run, or later: nobody knows */
	parse(STAGE "full: client close\n"
		    "after 1s: server close\n"
		    "client send \"x\"\n"
		    "server receive \"x\"\n"
		    "short: client connect 8888\n");
	/* after a refusal the socket is still there, and may try again */
	parse("title x\nclient connect 80 fails ECONNREFUSED\nserver listen 80\n"
	      "client connect 80\nserver accept\nclient close\nclient connect 80 from 40000\n");
	/* a listener's options before and behind listen(); its end */
	parse("title x\nserver option SO_RCVBUF 4096\nserver listen 80\n"
	      "server option SO_RCVBUF 4096\nclient connect 80\nserver accept\nclient close\n"
	      "server close\nserver close\n");
	/* states are asked for though the socket is closed, or only listens */
	parse(STAGE "client close\nwait until client TIME_WAIT\nclient destroy\n");
	parse("title x\nserver.door listen 80\nexpect server.door LISTEN\nexpect client gone\n");
}

static void a_name_is_the_last_part_of_the_path(void **state)
{
	size_t length;

	(void)state;
	assert_string_equal(experiment_name_of("/home/ann/close-three.lab", &length),
			    "close-three.lab");
	assert_int_equal(length, 11);
	assert_string_equal(experiment_name_of("x", &length), "x");
	assert_int_equal(length, 1);
	(void)experiment_name_of("a/.lab", &length);
	assert_int_equal(length, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(headings_are_read, finish),
		cmocka_unit_test_teardown(indented_lines_become_paragraphs, finish),
		cmocka_unit_test_teardown(the_texts_may_stand_in_other_languages_too, finish),
		cmocka_unit_test_teardown(a_region_is_taken_before_another_of_its_language, finish),
		cmocka_unit_test_teardown(lines_of_chinese_are_joined_without_blanks, finish),
		cmocka_unit_test_teardown(sockets_are_named_by_host_and_name, finish),
		cmocka_unit_test_teardown(connecting_has_all_its_words, finish),
		cmocka_unit_test_teardown(accepting_names_a_listener, finish),
		cmocka_unit_test_teardown(sending_counts_bytes_and_times, finish),
		cmocka_unit_test_teardown(receiving_knows_what_to_wait_for, finish),
		cmocka_unit_test_teardown(options_have_numbers_times_and_words, finish),
		cmocka_unit_test_teardown(connections_end_in_several_ways, finish),
		cmocka_unit_test_teardown(programs_are_run_and_spoken_to, finish),
		cmocka_unit_test_teardown(settings_of_hosts_are_read, finish),
		cmocka_unit_test_teardown(settings_of_the_cable_are_read, finish),
		cmocka_unit_test_teardown(rules_pick_segments, finish),
		cmocka_unit_test_teardown(rules_hold_delay_swap_and_corrupt, finish),
		cmocka_unit_test_teardown(rules_forge_and_cut, finish),
		cmocka_unit_test_teardown(waiting_has_many_ends, finish),
		cmocka_unit_test_teardown(hosts_are_expected_to_be_in_a_state, finish),
		cmocka_unit_test_teardown(connections_are_expected_by_number_and_place, finish),
		cmocka_unit_test_teardown(steps_may_come_later_or_in_one_kind_of_run, finish),
		cmocka_unit_test_teardown(what_may_be_there_may_be_used, finish),
		cmocka_unit_test(a_name_is_the_last_part_of_the_path),
	};

	return cmocka_run_group_tests_name("experiment", tests, NULL, NULL);
}
