#include "report/trace_json.h"

#include <stdio.h>
#include <string.h>

#include "base/json_reader.h"
#include "report/label_difference_text.h"
#include "support/segments.h"
#include "support/unit_test.h"
#include "tcp_flow/expectation.h"

static struct text_builder text;

/* A connection in which much happens: SACK, a resend, a D-SACK, a half close, turns, a name. */
static const char busy[] = "C > S S  seq 0 win 64240 mss 1460 ws 7 sackok ts 5/0 @0\n"
			   "S > C SA seq 0 ack 1 win 65160 mss 1400 ws 7 sackok ts 9/5 +0.010\n"
			   "C > S A  seq 1 ack 1 win 502 ts 5/9 +0\n"
			   "C > S PA seq 1 ack 1 win 502 ts 6/9 +0.001 data GET / HTTP/1.1\n"
			   "S > C A  seq 1 ack 15 win 501 ts 10/6 +0.010\n"
			   "S > C A  seq 1:1401 ack 15 win 501 ts 11/6 +0.100\n"
			   "S > C A  seq 1401:2801 ack 15 win 501 ts 11/6 +0\n"
			   "S > C PA seq 2801:3000 ack 15 win 501 ts 11/6 +0\n"
			   "C > S A  seq 15 ack 1 win 502 sack 1401:2801 ts 7/10 +0.010\n"
			   "C > S A  seq 15 ack 1 win 502 sack 1401:3000 ts 7/10 +0\n"
			   "S > C A  seq 1:1401 ack 15 win 501 ts 12/7 +0.010\n"
			   "C > S A  seq 15 ack 3000 win 502 ts 8/12 +0.010\n"
			   "C > S FA seq 15 ack 3000 win 502 ts 9/12 +0.001\n"
			   "S > C A  seq 3000 ack 16 win 501 ts 13/9 +0.010\n"
			   "S > C FA seq 3000 ack 16 win 501 ts 14/9 +0.100\n"
			   "C > S A  seq 16 ack 3001 win 502 ts 10/14 +0.010\n";

static void make_line(void *context, const struct tcp_connection *connection)
{
	(void)context;
	text_builder_clear(&text);
	trace_json_connection(&text, connection);
}

/* The line of the only connection of a script. */
static const char *connection_line(const char *lines, unsigned flags)
{
	struct segments script;

	segments_start(&script, flags);
	script.check = make_line;
	segments_feed(&script, lines);
	segments_end(&script);
	segments_finish(&script);
	assert_false(text.truncated);
	return text_builder_text(&text);
}

static const char *segment_line(struct segments *script)
{
	text_builder_clear(&text);
	trace_json_segment(&text, script->connection, &script->facts);
	assert_false(text.truncated);
	return text_builder_text(&text);
}

static void assert_has(const char *line, const char *part)
{
	if (!strstr(line, part))
		fail_msg("%s\nlacks\n%s", line, part);
}

static void assert_lacks(const char *line, const char *part)
{
	if (strstr(line, part))
		fail_msg("%s\nhas\n%s", line, part);
}

static void a_connection_has_the_promised_fields_in_their_order(void **state)
{
	static const char *const order[] = {
		"{\"type\":\"connection\",\"number\":1,\"client\":\"192.0.2.1:40000\","
		"\"server\":\"192.0.2.2:80\",\"first_frame\":1,\"last_frame\":16,"
		"\"start\":1700000000.000000000,\"duration\":0.272000000,"
		"\"opening\":{\"kind\":\"handshake\",\"rtt\":0.010000000,",
		"\"closing\":{\"kind\":\"orderly-4\",\"first\":\"client\",\"segments\":4,"
		"\"time_wait\":\"client\",",
		"\"states\":{\"client\":\"TIME_WAIT\",\"server\":\"CLOSED\"},"
		"\"from_client\":{\"segments\":8,\"bytes\":14,\"retransmissions\":0,",
		"\"from_server\":{\"segments\":8,\"bytes\":2999,\"retransmissions\":1,",
		"\"labels\":{",
		"\"ledger\":{\"opening\":0.0",
		"\"findings\":[{\"kind\":\"",
		"\"frames\":[",
		"\"confidence\":\"",
		"\"text\":\"",
		"\"story\":\"The client 192.0.2.1:40000 opened the connection",
	};
	const char *at = connection_line(busy, TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS);

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *found = strstr(at, order[i]);

		if (!found) {
			fail_msg("%s\nlacks, or has too early\n%s", text_builder_text(&text),
				 order[i]);
			return;
		}
		at = found + 1;
	}
}

static void what_each_side_offered_and_measured_is_told(void **state)
{
	const char *line = connection_line(busy, TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS);

	(void)state;
	assert_has(line, "\"frames\":[1,2,3],\"agreed\":{\"window_scale\":true,\"sack\":true,"
			 "\"timestamps\":true,\"ecn\":false}");
	assert_has(line, "\"frames\":[13,14,15,16]");
	assert_has(line, "\"largest_payload\":1400,\"rtt\":{\"min\":");
	assert_has(line, "\"offer\":{\"mss\":1460,\"window_scale\":7,\"window\":64240,"
			 "\"sack_permitted\":true,\"timestamps\":true}");
	assert_has(line, "\"turn_count\":2,\"turns\":[{\"from\":\"client\",\"bytes\":14,"
			 "\"first_frame\":4,\"last_frame\":4,\"start\":0.011000000,"
			 "\"end\":0.011000000},{\"from\":\"server\",\"bytes\":2999,");
	assert_has(line, "\"protocol\":\"http\",");
	assert_has(line, "\"messages\":[{\"from\":\"client\",\"frame\":4,");
}

static void what_is_not_known_is_absent(void **state)
{
	const char *line = connection_line("S > C A seq 1:101 ack 1 @0\n"
					   "C > S A seq 1 ack 101 +0.1",
					   0);

	(void)state;
	assert_has(line, "\"opening\":{\"kind\":\"midstream\"}");
	assert_has(line, "\"closing\":{\"kind\":\"open\"}");
	assert_has(line, "\"labels\":{}");
	assert_lacks(line, "\"offer\"");
	assert_lacks(line, "\"turns\"");
	assert_lacks(line, "\"protocol\"");
	assert_lacks(line, "\"evicted\"");
}

static void note_unknown_key(void *context, const struct json_value *value)
{
	(void)context;
	for (size_t i = 0; expectation_key_name(i); i++) {
		if (strcmp(expectation_key_name(i), value->path) == 0)
			return;
	}
	fail_msg("%s is in the JSON, and no key of expectations", value->path);
}

static void every_path_of_the_json_can_be_expected(void **state)
{
	const char *line = connection_line(busy, TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS);

	(void)state;
	assert_true(json_read(line, strlen(line), note_unknown_key, NULL));
}

static void a_segment_has_the_promised_fields(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, "C > S S seq 0 win 64240 mss 1460 ws 8 sackok id 7 ttl 128 @0");
	script.hosts[0].base = 0;
	assert_has(segment_line(&script),
		   "{\"type\":\"segment\",\"frame\":1,\"connection\":1,\"time\":0.000000000,"
		   "\"from\":\"client\",\"flags\":\"S\",\"seq\":0,\"seq_raw\":");
	assert_has(segment_line(&script),
		   ",\"window\":64240,\"window_raw\":64240,\"length\":0,"
		   "\"options\":{\"mss\":1460,\"window_scale\":8,\"sack_permitted\":true},"
		   "\"labels\":[],\"client_state\":\"SYN_SENT\",\"server_state\":\"SYN_RECV\","
		   "\"ttl\":128,\"ip_id\":7}");
	assert_lacks(segment_line(&script), "\"ack\"");
	segments_finish(&script);
}

static void a_segment_tells_its_sack_blocks_relative_and_its_window_scaled(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	script.hosts[1].base = UINT32_C(4294967290); /* the blocks lie beyond the wrap */
	segments_handshake(&script, true);
	segments_feed(&script, "S > C A seq 11:21 ack 1 ts 3/4 +0.001");
	segments_feed(&script, "C > S A seq 1 ack 1 win 502 sack 11:21 ts 77/88 +0.001");
	assert_has(segment_line(&script), "\"ack\":1,\"ack_raw\":4294967291,\"window\":64256,"
					  "\"window_raw\":502,\"length\":0,\"options\":{"
					  "\"timestamps\":{\"value\":77,\"echo\":88},"
					  "\"sack\":[[11,21]]}");
	segments_finish(&script);
}

static void a_window_of_unknown_scale_is_absent(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, "C > S A seq 1:101 ack 1 win 502 @0");
	assert_lacks(segment_line(&script), "\"window\":");
	assert_has(segment_line(&script), "\"window_raw\":502");
	segments_finish(&script);
}

static void flags_marks_urgency_and_causes_are_told(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	segments_handshake(&script, false);
	segments_feed(&script, "C > S FSRPAUECN seq 1:3 ack 1 urg 2 tos 3 +0.001");
	assert_has(segment_line(&script), "\"flags\":\"FSRPAUECN\"");
	assert_has(segment_line(&script), "\"urgent_pointer\":2");
	assert_has(segment_line(&script), "\"ecn\":\"CE\"");
	segments_finish(&script);

	segments_start(&script, 0);
	segments_handshake(&script, false);
	segments_feed(&script, "C > S PA seq 1:101 ack 1 +0.001");
	segments_feed(&script, "C > S PA seq 1:101 ack 1 +0.400");
	assert_has(segment_line(&script), "\"labels\":[\"retransmission\"]");
	assert_has(segment_line(&script), "\"cause\":\"");
	script.facts.packet = &script.packet;
	script.packet.checksum = CHECKSUM_BAD;
	assert_has(segment_line(&script), "\"checksum\":\"bad\"");
	script.packet.checksum = CHECKSUM_OFFLOADED;
	assert_has(segment_line(&script), "\"checksum\":\"offloaded\"");
	script.packet.checksum = CHECKSUM_GOOD;
	assert_lacks(segment_line(&script), "\"checksum\"");
	segments_finish(&script);
}

/* Decodes the options into the latest segment of the script and makes its line. */
static const char *line_with_options(struct segments *script, const uint8_t *bytes, size_t length)
{
	struct tcp_header *tcp = &script->packet.tcp;

	script->facts.packet = &script->packet;
	tcp->options_bytes = bytes;
	tcp->options_length = (uint8_t)length;
	tcp_options_decode(bytes, length, &tcp->options);
	return segment_line(script);
}

static void every_option_is_told(void **state)
{
	/* fast open, cookie 01 02 03 04 */
	static const uint8_t fast_open[] = { 34, 6, 1, 2, 3, 4 };
	/* experiment 254 with fast open's number, a request */
	static const uint8_t experiment[] = { 254, 4, 0xf9, 0x89 };
	/* user timeout of 2 minutes; MD5; AO */
	static const uint8_t timeout[] = { 28, 4, 0x80, 2, 29, 4, 1, 2 };
	/* MPTCP's MP_CAPABLE, and a kind that nobody registered */
	static const uint8_t mptcp[] = { 30, 4, 0x01, 0x00, 99, 4, 0xab, 0xcd };
	/* a length that lies */
	static const uint8_t lying[] = { 8, 10, 0, 0 };
	struct segments script;

	(void)state;
	segments_start(&script, 0);
	segments_feed(&script, "C > S S seq 0 @0");
	assert_has(line_with_options(&script, fast_open, sizeof(fast_open)),
		   "\"options\":{\"fast_open\":\"01020304\"}");
	assert_has(line_with_options(&script, experiment, sizeof(experiment)),
		   "\"options\":{\"fast_open\":\"\"}");
	assert_has(line_with_options(&script, timeout, sizeof(timeout)),
		   "\"options\":{\"user_timeout\":120,\"ao\":true}");
	assert_has(line_with_options(&script, mptcp, sizeof(mptcp)),
		   "\"options\":{\"mptcp\":\"MP_CAPABLE\",\"other\":[{\"kind\":99,"
		   "\"data\":\"abcd\"}]}");
	assert_has(line_with_options(&script, lying, sizeof(lying)),
		   "\"options\":{\"bad_length\":true}");
	segments_finish(&script);
}

static void the_longest_line_fits(void **state)
{
	uint8_t options[TCP_OPTIONS_MAX_BYTES];
	struct segments script;

	(void)state;
	for (size_t i = 0; i < sizeof(options); i += 2) {
		options[i] = 200; /* unregistered, without content: twenty of them */
		options[i + 1] = 2;
	}
	segments_start(&script, TRACKER_COMPARE_LABELS);
	segments_feed(&script, "C > S FSRPAUECN seq 0 ack 1 @0");
	script.facts.labels = (1u << LABEL_COUNT) - 1;
	script.facts.tshark_labels = script.facts.labels;
	script.facts.sequence = INT64_MIN;
	script.facts.acknowledgment = INT64_MIN;
	script.facts.has_ack = true;
	script.facts.window = INT64_MAX;
	script.facts.since_start_ns = INT64_MIN;
	script.facts.cause = CAUSE_TAIL_LOSS_PROBE;
	(void)line_with_options(&script, options, sizeof(options));
	assert_int_equal(text.text[text.length - 1], '}');
	assert_in_range(text.length, 1000, 3500);
	segments_finish(&script);
}

static void tsharks_labels_stand_beside_ours_when_compared(void **state)
{
	struct segments script;

	(void)state;
	segments_start(&script, TRACKER_COMPARE_LABELS);
	segments_handshake(&script, false);
	segments_feed(&script, "C > S PA seq 1:101 ack 1 +0.001");
	assert_has(segment_line(&script), "\"tshark_labels\":[]");
	assert_lacks(segment_line(&script), "\"why\"");
	segments_finish(&script);
}

static void each_difference_of_labels_has_a_sentence_of_its_own(void **state)
{
	(void)state;
	assert_string_equal(label_difference_text(LABELS_AGREE), "");
	for (unsigned a = LABELS_AGREE + 1; a < LABELS_DIFFER_COUNT; a++) {
		const char *sentence = label_difference_text((enum label_difference)a);

		assert_in_range(strlen(sentence), 20, 200);
		for (unsigned b = LABELS_AGREE; b < a; b++)
			assert_string_not_equal(sentence,
						label_difference_text((enum label_difference)b));
	}
}

static void the_line_of_a_file_has_its_problems_as_sentences(void **state)
{
	static const char *const problems[] = { "offset 24: \"cut\" short" };
	struct tcp_totals totals = { .packets = 843, .segments = 9, .connections = 1 };

	(void)state;
	text_builder_clear(&text);
	trace_json_file(&text, &totals, problems, 1);
	assert_has(text_builder_text(&text), "{\"type\":\"file\",\"packets\":843,\"tcp\":9,"
					     "\"connections\":1,\"problems\":["
					     "\"offset 24: \\\"cut\\\" short\"],");
	text_builder_clear(&text);
	trace_json_file(&text, &totals, NULL, 0);
	assert_has(text_builder_text(&text), "\"connections\":1,\"problems\":[]");
}

static int start(void **state)
{
	(void)state;
	text_builder_init(&text, 1024u * 1024);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	text_builder_finish(&text);
	return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(a_connection_has_the_promised_fields_in_their_order),
		CASE(what_each_side_offered_and_measured_is_told),
		CASE(what_is_not_known_is_absent),
		CASE(every_path_of_the_json_can_be_expected),
		CASE(a_segment_has_the_promised_fields),
		CASE(a_segment_tells_its_sack_blocks_relative_and_its_window_scaled),
		CASE(a_window_of_unknown_scale_is_absent),
		CASE(flags_marks_urgency_and_causes_are_told),
		CASE(every_option_is_told),
		CASE(the_longest_line_fits),
		CASE(tsharks_labels_stand_beside_ours_when_compared),
		CASE(each_difference_of_labels_has_a_sentence_of_its_own),
		CASE(the_line_of_a_file_has_its_problems_as_sentences),
	};

	return cmocka_run_group_tests_name("trace_json", tests, NULL, NULL);
}
