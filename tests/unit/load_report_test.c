#include "relay_load/load_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "support/unit_test.h"

#define REPORT_MAX_BYTES 16384u

/* A result of zeros, and what was reported of it. */
struct report {
	struct load_result result;
	struct text_builder text;
};

static int set_up(void **state)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return -1;
	text_builder_init(&report->text, REPORT_MAX_BYTES);
	*state = report;
	return 0;
}

static int tear_down(void **state)
{
	struct report *report = *state;

	text_builder_finish(&report->text);
	free(report);
	return 0;
}

/* 8 messages in half a second: those of `throughput`, and the counts of the others. */
static void fill_counts(struct load_result *result)
{
	result->measured_ns = NS_PER_S / 2;
	result->messages = 8;
	result->all_sent = 12;
	result->all_received = 11;
	result->all_confirmed = 10;
}

/* Three durations below 256 ns, where a histogram is exact. */
static void fill_histogram(struct latency_histogram *histogram, uint64_t base_ns)
{
	latency_record(histogram, base_ns);
	latency_record(histogram, base_ns + 10);
	latency_record(histogram, base_ns + 20);
}

static void assert_json(struct report *report, const struct load_plan *plan, bool confirms,
			const char *expected)
{
	load_report_json(&report->text, plan, "wiretale", confirms, &report->result);
	assert_false(report->text.truncated);
	assert_string_equal(text_builder_text(&report->text), expected);
}

static void assert_text(struct report *report, const struct load_plan *plan, bool confirms,
			const char *expected)
{
	load_report_text(&report->text, plan, "wiretale", confirms, &report->result);
	assert_false(report->text.truncated);
	assert_string_equal(text_builder_text(&report->text), expected);
}

static const struct load_plan throughput = {
	.kind = LOAD_THROUGHPUT, .pairs = 2, .window = 1024, .size = 64
};

static void throughput_as_json(void **state)
{
	struct report *report = *state;

	fill_counts(&report->result);
	assert_json(report, &throughput, true,
		    "{\"type\":\"bench\",\"kind\":\"throughput\",\"dialect\":\"wiretale\","
		    "\"seconds\":0.500000000,\"size\":64,\"pairs\":2,\"window\":1024,"
		    "\"library\":false,\"idle_beside\":0,\"stalled\":0,\"messages\":8,"
		    "\"messages_per_second\":16,\"sent_in_all\":12,\"messages_in_all\":11,"
		    "\"confirmed_in_all\":10,\"refused_in_all\":0,\"out_of_order_in_all\":0}\n");
}

static void throughput_as_text(void **state)
{
	struct report *report = *state;

	fill_counts(&report->result);
	report->result.messages = 1234567;
	assert_text(report, &throughput, true,
		    "wiretale, throughput: 2 pairs, 64 bytes, window 1024\n"
		    "  messages a second        2,469,134\n"
		    "  sent, in all             12\n"
		    "  received, in all         11\n"
		    "  confirmed, in all        10\n");
}

static void a_relay_that_confirms_nothing_has_no_confirmed(void **state)
{
	struct report *report = *state;

	fill_counts(&report->result);
	load_report_json(&report->text, &throughput, "nats", false, &report->result);
	load_report_text(&report->text, &throughput, "nats", false, &report->result);
	assert_null(strstr(text_builder_text(&report->text), "confirmed"));
	assert_non_null(strstr(text_builder_text(&report->text), "\"dialect\":\"nats\""));
	assert_non_null(strstr(text_builder_text(&report->text), "nats, throughput"));
}

static void what_went_wrong_is_told_where_it_did(void **state)
{
	struct report *report = *state;
	struct load_plan plan = throughput;

	plan.pairs = 1;
	plan.stalled = 3;
	plan.idle_beside = 1000;
	fill_counts(&report->result);
	report->result.all_refused = 1000;
	report->result.all_out_of_order = 7;
	report->result.last_refusal = "busy";
	report->result.stalled_sent = 9192;
	report->result.stalled_refused = 6000;
	load_report_json(&report->text, &plan, "wiretale", true, &report->result);
	assert_non_null(
		strstr(text_builder_text(&report->text), "\"idle_beside\":1000,\"stalled\":3,"));
	assert_non_null(strstr(text_builder_text(&report->text),
			       "\"refused_in_all\":1000,\"out_of_order_in_all\":7,"
			       "\"last_refusal\":\"busy\",\"stalled_sent\":9192,"
			       "\"stalled_refused\":6000}\n"));
	text_builder_clear(&report->text);
	assert_text(report, &plan, true,
		    "wiretale, throughput: 1 pair, 64 bytes, window 1024, beside 1000 idle, "
		    "beside 3 stalled\n"
		    "  messages a second        16\n"
		    "  sent, in all             12\n"
		    "  received, in all         11\n"
		    "  confirmed, in all        10\n"
		    "  refused, in all          1,000 (busy)\n"
		    "  out of order, in all     7\n"
		    "  to stalled readers       9,192\n");
}

static const struct load_plan latency = {
	.kind = LOAD_LATENCY, .pairs = 1, .rate = 2000, .size = 16, .library = true
};

static void latency_as_json(void **state)
{
	struct report *report = *state;

	fill_counts(&report->result);
	fill_histogram(&report->result.latency, 100);
	fill_histogram(&report->result.transit, 90);
	fill_histogram(&report->result.verdicts, 200);
	latency_record(&report->result.lateness, 1500000000);
	assert_json(report, &latency, true,
		    "{\"type\":\"bench\",\"kind\":\"latency\",\"dialect\":\"wiretale\","
		    "\"seconds\":0.500000000,\"size\":16,\"pairs\":1,\"rate\":2000,"
		    "\"library\":true,\"idle_beside\":0,\"stalled\":0,\"messages\":8,"
		    "\"messages_per_second\":16,\"sent_in_all\":12,\"messages_in_all\":11,"
		    "\"confirmed_in_all\":10,\"refused_in_all\":0,\"out_of_order_in_all\":0,"
		    "\"latency\":{\"count\":3,\"min\":0.000000100,\"mean\":0.000000110,"
		    "\"p50\":0.000000110,\"p90\":0.000000120,\"p99\":0.000000120,"
		    "\"p99.9\":0.000000120,\"max\":0.000000120},"
		    "\"transit\":{\"count\":3,\"min\":0.000000090,\"mean\":0.000000100,"
		    "\"p50\":0.000000100,\"p90\":0.000000110,\"p99\":0.000000110,"
		    "\"p99.9\":0.000000110,\"max\":0.000000110},"
		    "\"verdicts\":{\"count\":3,\"min\":0.000000200,\"mean\":0.000000210,"
		    "\"p50\":0.000000210,\"p90\":0.000000220,\"p99\":0.000000220,"
		    "\"p99.9\":0.000000220,\"max\":0.000000220},"
		    "\"lateness\":{\"count\":1,\"min\":1.500000000,\"mean\":1.500000000,"
		    "\"p50\":1.500000000,\"p90\":1.500000000,\"p99\":1.500000000,"
		    "\"p99.9\":1.500000000,\"max\":1.500000000}}\n");
}

static void latency_as_text(void **state)
{
	struct report *report = *state;

	fill_counts(&report->result);
	latency_record(&report->result.latency, 23400);
	latency_record(&report->result.latency, 1200000);
	latency_record(&report->result.verdicts, 2500000000);
	assert_text(
		report, &latency, true,
		"wiretale, latency: 2000 a second, 16 bytes, 1 pair, through the client library\n"
		"  messages a second        16\n"
		"  sent, in all             12\n"
		"  received, in all         11\n"
		"  confirmed, in all        10\n"
		"                                  p50       p90       p99     p99.9       max\n"
		"  due to received             23.4 us    1.2 ms    1.2 ms    1.2 ms    1.2 ms\n"
		"  due to verdict               2.50 s    2.50 s    2.50 s    2.50 s    2.50 s\n");
}

static const struct load_plan fan_out = {
	.kind = LOAD_FAN_OUT, .pairs = 1, .members = 100, .window = 1, .size = 64
};

static void fan_out_as_json(void **state)
{
	struct report *report = *state;

	fill_counts(&report->result);
	fill_histogram(&report->result.latency, 100);
	assert_json(report, &fan_out, true,
		    "{\"type\":\"bench\",\"kind\":\"fan-out\",\"dialect\":\"wiretale\","
		    "\"seconds\":0.500000000,\"size\":64,\"members\":100,\"window\":1,"
		    "\"library\":false,\"idle_beside\":0,\"stalled\":0,\"messages\":8,"
		    "\"messages_per_second\":16,\"sent_in_all\":12,\"messages_in_all\":11,"
		    "\"confirmed_in_all\":10,\"refused_in_all\":0,\"out_of_order_in_all\":0,"
		    "\"latency\":{\"count\":3,\"min\":0.000000100,\"mean\":0.000000110,"
		    "\"p50\":0.000000110,\"p90\":0.000000120,\"p99\":0.000000120,"
		    "\"p99.9\":0.000000120,\"max\":0.000000120}}\n");
}

static void fan_out_as_text(void **state)
{
	struct report *report = *state;

	fill_counts(&report->result);
	latency_record(&report->result.latency, 817200);
	assert_text(
		report, &fan_out, true,
		"wiretale, fan-out: a room of 100, 64 bytes, window 1\n"
		"  messages a second        16 to all of the room\n"
		"  copies a second          1,600\n"
		"  sent, in all             12\n"
		"  received, in all         11\n"
		"  confirmed, in all        10\n"
		"                                  p50       p90       p99     p99.9       max\n"
		"  until the last has it      817.2 us  817.2 us  817.2 us  817.2 us  817.2 us\n");
}

static const struct load_plan connections = { .kind = LOAD_CONNECTIONS, .connections = 16 };

static void connections_as_json_and_text(void **state)
{
	struct report *report = *state;

	report->result.measured_ns = 3 * NS_PER_S;
	report->result.connections = 25000;
	latency_record(&report->result.latency, 250);
	assert_json(report, &connections, true,
		    "{\"type\":\"bench\",\"kind\":\"connections\",\"dialect\":\"wiretale\","
		    "\"seconds\":3.000000000,\"at_a_time\":16,\"connections\":25000,"
		    "\"connections_per_second\":8333,"
		    "\"latency\":{\"count\":1,\"min\":0.000000250,\"mean\":0.000000250,"
		    "\"p50\":0.000000250,\"p90\":0.000000250,\"p99\":0.000000250,"
		    "\"p99.9\":0.000000250,\"max\":0.000000250}}\n");
	text_builder_clear(&report->text);
	assert_text(
		report, &connections, true,
		"wiretale, connections: 16 at a time\n"
		"  connections a second     8,333\n"
		"  connections              25,000\n"
		"                                  p50       p90       p99     p99.9       max\n"
		"  connecting to greeted        0.2 us    0.2 us    0.2 us    0.2 us    0.2 us\n");
}

static const struct load_plan idle = { .kind = LOAD_IDLE_MEMORY, .connections = 1000 };

static void fill_memory(struct load_result *result)
{
	result->measured_ns = 27000000;
	result->connections = 1000;
	result->memory_known = true;
	result->memory_before_bytes = 3000 * 1024;
	result->memory_after_bytes = 3000 * 1024 + 187500;
	result->private_before_bytes = 1000 * 1024;
	result->private_after_bytes = 1000 * 1024 + 150499;
}

static void idle_memory_as_json_and_text(void **state)
{
	struct report *report = *state;

	fill_memory(&report->result);
	assert_json(report, &idle, true,
		    "{\"type\":\"bench\",\"kind\":\"idle\",\"dialect\":\"wiretale\","
		    "\"seconds\":0.027000000,\"connections\":1000,"
		    "\"bytes_per_connection\":188,\"private_bytes_per_connection\":150,"
		    "\"memory_before\":3072000,\"memory_after\":3259500}\n");
	text_builder_clear(&report->text);
	assert_text(
		report, &idle, true,
		"wiretale, idle\n"
		"  connections              1,000\n"
		"  memory of each           188 bytes resident\n"
		"  the server's memory      3,183 KiB resident\n"
		"                           true of a server that was started anew: memory that it "
		"took\n"
		"                           for earlier connections serves these without a "
		"trace\n");
}

static void memory_that_is_not_known_is_not_guessed(void **state)
{
	struct report *report = *state;

	report->result.measured_ns = 1;
	report->result.connections = 7;
	assert_json(report, &idle, true,
		    "{\"type\":\"bench\",\"kind\":\"idle\",\"dialect\":\"wiretale\","
		    "\"seconds\":0.000000001,\"connections\":7}\n");
	text_builder_clear(&report->text);
	assert_text(report, &idle, true,
		    "wiretale, idle\n"
		    "  connections              7\n"
		    "  memory of each           not known: name the server by --server-pid\n");
}

static void a_server_that_shrank_costs_0_a_connection(void **state)
{
	struct report *report = *state;

	fill_memory(&report->result);
	report->result.memory_after_bytes = report->result.memory_before_bytes - 4096;
	load_report_json(&report->text, &idle, "wiretale", true, &report->result);
	assert_non_null(strstr(text_builder_text(&report->text), "\"bytes_per_connection\":0,"));
}

#define REPORT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPORT_TEST(throughput_as_json),
		REPORT_TEST(throughput_as_text),
		REPORT_TEST(a_relay_that_confirms_nothing_has_no_confirmed),
		REPORT_TEST(what_went_wrong_is_told_where_it_did),
		REPORT_TEST(latency_as_json),
		REPORT_TEST(latency_as_text),
		REPORT_TEST(fan_out_as_json),
		REPORT_TEST(fan_out_as_text),
		REPORT_TEST(connections_as_json_and_text),
		REPORT_TEST(idle_memory_as_json_and_text),
		REPORT_TEST(memory_that_is_not_known_is_not_guessed),
		REPORT_TEST(a_server_that_shrank_costs_0_a_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
