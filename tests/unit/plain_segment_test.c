/* The short way of plain segments ends where the long way does, whatever comes between them. */
#include "support/unit_test.h"

#include <string.h>

#include "base/text_builder.h"
#include "report/trace_json.h"
#include "tcp_flow/tcp_tracker.h"

#define LINES_MAX_BYTES (8u * 1024 * 1024)
#define CONVERSATIONS 60u
#define SEGMENTS_EACH 120u

/* Repeatable numbers; the low bits of such a generator are the weak ones. */
static uint64_t dice_state;

static uint32_t dice(uint32_t sides)
{
	dice_state = dice_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(dice_state >> 33) % sides;
}

/* Two hosts that mostly behave. */
struct hosts {
	uint32_t next[2];  /* raw numbers */
	uint32_t acked[2]; /* of each host's stream */
	uint16_t port;
	uint16_t identification[2];
	uint32_t clock_ms;
};

static const uint8_t payload[3000];

static void begin_packet(struct hosts *hosts, unsigned from, uint16_t flags, uint32_t length,
			 struct packet *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = PACKET_TCP;
	out->ip.source = (struct ip_address){ .version = 4, .bytes = { 192, 0, 2, (uint8_t)from } };
	out->ip.destination =
		(struct ip_address){ .version = 4, .bytes = { 192, 0, 2, (uint8_t)!from } };
	out->ip.time_to_live = 64;
	out->ip.identification = hosts->identification[from]++;
	out->tcp.source_port = from == 0 ? hosts->port : 80;
	out->tcp.destination_port = from == 0 ? 80 : hosts->port;
	out->tcp.sequence = hosts->next[from];
	out->tcp.acknowledgment = hosts->next[!from];
	out->tcp.flags = flags;
	out->tcp.window = 502;
	out->tcp.length = 20;
	out->payload_length = length;
	out->captured_payload = length;
	out->payload = payload;
	out->tcp.options.has = TCP_HAS_TIMESTAMPS;
	out->tcp.options.timestamp_value = hosts->clock_ms;
	out->tcp.options.timestamp_echo = hosts->clock_ms - 1;
}

static void open_connection(struct hosts *hosts, unsigned step, struct packet *out)
{
	static const uint16_t flags[] = { TCP_FLAG_SYN, TCP_FLAG_SYN | TCP_FLAG_ACK, TCP_FLAG_ACK };

	begin_packet(hosts, step == 1, flags[step], 0, out);
	if (step == 2)
		return;
	hosts->next[step]++;
	out->tcp.window = 64240;
	out->tcp.options.has |= TCP_HAS_MSS | TCP_HAS_SACK_PERMITTED | TCP_HAS_WINDOW_SCALE;
	out->tcp.options.mss = 1460;
	out->tcp.options.window_scale = 7;
}

/* What goes wrong now and then. */
static void disturb(struct hosts *hosts, unsigned from, struct packet *out)
{
	switch (dice(15)) {
	case 0: /* sent again */
		out->tcp.sequence -= dice(3000);
		break;
	case 1: /* a gap */
		out->tcp.sequence += 1 + dice(3000);
		break;
	case 2:
		out->tcp.window = (uint16_t)dice(3) * 10;
		break;
	case 3: /* acknowledges less, or what was not seen */
		out->tcp.acknowledgment += dice(4000) - 2000;
		break;
	case 4:
		out->tcp.options.has |= TCP_HAS_SACK;
		out->tcp.options.sack_count = 1;
		out->tcp.options.sack[0].left = hosts->next[!from] - dice(3000);
		out->tcp.options.sack[0].right = out->tcp.options.sack[0].left + dice(1500);
		break;
	case 5: /* a keep-alive */
		out->tcp.sequence = hosts->next[from] - 1;
		out->payload_length = dice(2);
		break;
	case 6:
		out->tcp.flags |= TCP_FLAG_FIN;
		break;
	case 7:
		out->tcp.flags = dice(2) ? TCP_FLAG_RST : TCP_FLAG_RST | TCP_FLAG_ACK;
		break;
	case 8:
		out->tcp.flags = TCP_FLAG_SYN;
		out->tcp.sequence += dice(2) * 77;
		break;
	case 9:
		out->tcp.flags |= TCP_FLAG_URG | TCP_FLAG_ECE;
		break;
	case 10:
		out->payload_length = 1;
		break;
	case 11: /* no timestamps */
		out->tcp.options.has = 0;
		break;
	case 12:
		out->ip.traffic_class = IP_ECN_CE;
		break;
	case 13:
		out->never_arrived = true;
		break;
	default: /* much later */
		hosts->clock_ms += 100 + dice(100000);
		break;
	}
}

static void go_on(struct hosts *hosts, bool disturbed, struct packet *out)
{
	unsigned from = dice(2);
	uint32_t length = dice(3) == 0 ? 0 : 1 + dice(1500);

	begin_packet(hosts, from, TCP_FLAG_ACK, length, out);
	if (dice(4) == 0)
		out->tcp.acknowledgment = hosts->acked[!from];
	if (disturbed && dice(12) == 0)
		disturb(hosts, from, out);
	hosts->acked[!from] = out->tcp.acknowledgment;
	if (out->tcp.sequence == hosts->next[from])
		hosts->next[from] += out->payload_length + ((out->tcp.flags & TCP_FLAG_FIN) != 0);
}

static void add_connection(void *context, const struct tcp_connection *connection)
{
	trace_json_connection(context, connection);
	text_append(context, "\n");
}

struct way {
	struct tcp_tracker *tracker;
	struct text_builder lines;
};

static void start(struct way *way, unsigned flags)
{
	struct tcp_tracker_options options = {
		.flags = flags,
		.ended = add_connection,
		.context = &way->lines,
	};

	text_builder_init(&way->lines, LINES_MAX_BYTES);
	way->tracker = tcp_tracker_create(&options);
	assert_non_null(way->tracker);
}

static void feed(struct way *way, const struct packet *packet)
{
	const struct tcp_connection *connection = NULL;
	struct segment_facts facts;

	assert_int_equal(tcp_tracker_packet(way->tracker, packet, &facts, &connection),
			 TRACKER_SEGMENT);
	trace_json_segment(&way->lines, connection, &facts);
	text_append(&way->lines, "\n");
}

/* The first line in which they differ. */
static void compare(struct way *shorter, struct way *longer)
{
	const char *a = text_builder_text(&shorter->lines);
	const char *b = text_builder_text(&longer->lines);

	assert_false(shorter->lines.truncated);
	while (*a && *b) {
		size_t length = strcspn(a, "\n");

		if (strncmp(a, b, length + 1) != 0) {
			size_t at = 0;

			while (a[at] == b[at])
				at++;
			at = at > 100 ? at - 100 : 0;
			fail_msg("the short way: ...%.300s\nthe long way: ...%.300s", a + at,
				 b + at);
		}
		a += length + 1;
		b += length + 1;
	}
	assert_true(*a == *b);
	text_builder_clear(&shorter->lines);
	text_builder_clear(&longer->lines);
}

static void run_both(unsigned flags, bool disturbed, uint64_t seed)
{
	struct way shorter;
	struct way longer;
	uint64_t frame = 0;

	dice_state = seed;
	start(&shorter, flags);
	start(&longer, flags | TRACKER_NO_SHORTCUT);
	for (uint16_t i = 0; i < CONVERSATIONS; i++) {
		struct hosts hosts = {
			.next = { dice(UINT32_MAX), 0xffffff00u + dice(256) },
			.port = (uint16_t)(40000 + i),
			.identification = { 7, 1000 },
			.clock_ms = 1000000,
		};

		for (unsigned k = 0; k < SEGMENTS_EACH; k++) {
			struct packet packet;

			if (k < 3)
				open_connection(&hosts, k, &packet);
			else
				go_on(&hosts, disturbed, &packet);
			hosts.clock_ms += dice(5);
			packet.frame = ++frame;
			packet.time_ns = INT64_C(1700000000000000000) +
					 (int64_t)hosts.clock_ms * 1000000 + dice(1000);
			feed(&shorter, &packet);
			feed(&longer, &packet);
		}
		compare(&shorter, &longer);
	}
	tcp_tracker_finish(shorter.tracker);
	tcp_tracker_finish(longer.tracker);
	compare(&shorter, &longer);
	assert_memory_equal(tcp_tracker_totals(shorter.tracker), tcp_tracker_totals(longer.tracker),
			    sizeof(struct tcp_totals));
	tcp_tracker_destroy(shorter.tracker);
	tcp_tracker_destroy(longer.tracker);
	text_builder_finish(&shorter.lines);
	text_builder_finish(&longer.lines);
}

static const unsigned all = TRACKER_COMPARE_LABELS | TRACKER_KEEP_TURNS | TRACKER_KEEP_PAYLOAD;

static void both_ways_agree_on_what_goes_well(void **state)
{
	(void)state;
	run_both(all, false, 1);
}

static void both_ways_agree_where_things_go_wrong(void **state)
{
	(void)state;
	for (uint64_t seed = 2; seed < 12; seed++)
		run_both(all, true, seed);
}

static void both_ways_agree_on_totals_and_as_tshark(void **state)
{
	(void)state;
	run_both(TRACKER_TOTALS_ONLY, true, 20);
	run_both(TRACKER_AS_TSHARK, true, 21);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_agree_on_what_goes_well),
		cmocka_unit_test(both_ways_agree_where_things_go_wrong),
		cmocka_unit_test(both_ways_agree_on_totals_and_as_tshark),
	};

	return cmocka_run_group_tests_name("plain_segment", tests, NULL, NULL);
}
