/*
 * Any bytes on the whole way of `wiretale trace`: frames, decoded, followed, told. Whatever comes,
 * the ledger of a connection sums to its duration, the totals are the sums of the connections and
 * the same where only totals are asked for, each line is JSON, and no terminal obeys what is told.
 *
 * The first byte of an input says how the tracker is set up, and what the rest is:
 * - frames: a byte for the link type, then for each a time (see `steps`), what a snap length took,
 *   two bytes of length, and the frame;
 * - or segments, eight bytes each, drawn around where both sides of a few connections have come to,
 *   because what bytes become by chance is seldom the second segment of anything.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/json_reader.h"
#include "packet/packet.h"
#include "report/story.h"
#include "report/trace_json.h"
#include "tcp_flow/tcp_tracker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SECOND_NS INT64_C(1000000000)
#define LINE_MAX_BYTES (4u * 1024 * 1024)
#define FRAME_MAX_BYTES 2048u
#define LINK_RAW_IP 101
#define PAIRS 4u
#define PORT 40000u
#define ISN 0xfffff000u /* so that numbers soon wrap */

enum {
	SETUP_AS_TSHARK = 1 << 0,
	SETUP_COMPARE = 1 << 1,
	SETUP_KEEP = 1 << 2,
	SETUP_VERIFY = 1 << 3,
	SETUP_FEW = 1 << 4, /* connections remembered */
	SETUP_COLOUR = 1 << 5,
	SETUP_FRAMES = 1 << 7,
};

static const uint16_t link_types[] = { 1, 0, 101, 113, 276, 9, 51, 107, 108, 12 };

/* Between two frames; what is as large as a year is a moment since 1970 instead. */
static const int64_t steps[] = {
	0,
	0,
	1000,
	100000,
	999999,
	1000000,
	1000001,
	3000000,
	20000001,
	200000000,
	SECOND_NS,
	60 * SECOND_NS,
	7200 * SECOND_NS,
	-1,
	-1000000,
	-5 * SECOND_NS,
	-7200 * SECOND_NS,
	1600000000 * SECOND_NS,
	(int64_t)UINT32_MAX * SECOND_NS,
	INT64_MAX / 2,
	-(INT64_MAX / 2),
};

#define YEAR_NS (365 * 86400 * SECOND_NS)

static const int16_t sequence_steps[] = { 0, 0, 0, 0, 0, -1, 1, -5, -100, 100, 1000, -1000, 30000 };
static const uint16_t lengths[] = { 0, 0, 0, 1, 1, 2, 5, 100, 100, 536, 1400 };
static const uint16_t windows[] = { 502, 502, 502, 0, 1, 100, 65535 };

/* One run of a tracker over the input. */
struct run {
	struct packet_decoder *decoder; /* owned */
	struct tcp_tracker *tracker;    /* owned */
	struct text_builder line;       /* owned */
	struct story_style style;
	struct tcp_totals sum; /* over the connections handed out */
	uint64_t ended;
	bool tells;      /* JSON and stories, not only totals */
	bool finishing;  /* the rest is handed out, by number */
	uint64_t number; /* of the last one handed out so */
};

/* What the segments of an input are drawn around. */
struct pair {
	uint32_t next[2];
	uint32_t acked[2];
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void visit(void *context, const struct json_value *value)
{
	(void)context;
	require(value->text[value->length] == '\0');
}

static void require_json(struct run *run)
{
	struct text_builder *line = &run->line;

	require(!line->truncated);
	for (size_t i = 0; i < line->length; i++)
		require((uint8_t)line->text[i] >= 0x20);
	require(json_read(text_builder_text(line), line->length, visit, NULL));
	text_builder_clear(line);
}

static void require_text(struct run *run)
{
	struct text_builder *line = &run->line;

	require(!line->truncated);
	for (size_t i = 0; i < line->length; i++)
		require((uint8_t)line->text[i] >= 0x20 || line->text[i] == '\n' ||
			(run->style.colour && line->text[i] == '\x1b'));
	require(line->length == 0 || line->text[line->length - 1] == '\n');
	text_builder_clear(line);
}

static void check_end(const struct tcp_end *end)
{
	require(end->retransmissions <= end->segments && end->captured_twice <= end->segments);
	require(end->fin_end < 0 || end->sends);
	require(end->seen.count <= SEQUENCE_RANGES_MAX);
	for (uint32_t i = 0; i < end->seen.count; i++) {
		struct sequence_range range = sequence_ranges_at(&end->seen, i);

		require(range.left < range.right);
		require(i == 0 || sequence_ranges_at(&end->seen, i - 1).right < range.left);
	}
}

static void check_ledger(const struct tcp_connection *connection)
{
	int64_t sum = 0;

	for (unsigned part = 0; part < LEDGER_PART_COUNT; part++) {
		require(connection->ledger.parts_ns[part] >= 0);
		sum += connection->ledger.parts_ns[part];
	}
	require(sum == connection->end_ns - connection->start_ns);
	require(connection->findings.count <= CONNECTION_FINDINGS_MAX);
}

static void tell(struct run *run, const struct tcp_connection *connection)
{
	trace_json_connection(&run->line, connection);
	require_json(run);
	story_connection(&run->line, connection, &run->style);
	require_text(run);
	story_table_row(&run->line, connection, &run->style);
	require_text(run);
}

static void on_ended(void *context, const struct tcp_connection *connection)
{
	struct run *run = context;

	require(connection->is_over && connection->first_frame <= connection->last_frame);
	require(!run->finishing || connection->number > run->number);
	if (run->finishing)
		run->number = connection->number;
	check_end(&connection->ends[TCP_CLIENT]);
	check_end(&connection->ends[TCP_SERVER]);
	run->ended++;
	tcp_totals_connection(&run->sum, connection);
	if (!run->tells)
		return;
	check_ledger(connection);
	tell(run, connection);
}

static void start(struct run *run, uint8_t setup, bool tells)
{
	struct tcp_tracker_options options = {
		.flags = tells ? 0 : (unsigned)TRACKER_TOTALS_ONLY,
		.max_connections = (setup & SETUP_FEW) != 0 ? 2 : 0,
		.ended = on_ended,
		.context = run,
	};

	*run = (struct run){ .tells = tells, .style = { .columns = 80 } };
	run->style.colour = (setup & SETUP_COLOUR) != 0;
	if ((setup & SETUP_AS_TSHARK) != 0)
		options.flags |= TRACKER_AS_TSHARK;
	else if ((setup & SETUP_COMPARE) != 0 && tells)
		options.flags |= TRACKER_COMPARE_LABELS;
	if ((setup & SETUP_KEEP) != 0 && tells)
		options.flags |= TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS;
	text_builder_init(&run->line, LINE_MAX_BYTES);
	run->decoder = packet_decoder_create(
		(setup & SETUP_VERIFY) != 0 ? (unsigned)PACKET_VERIFY_CHECKSUMS : 0);
	run->tracker = tcp_tracker_create(&options);
	require(run->decoder && run->tracker);
}

static void feed(struct run *run, const struct captured_frame *frame)
{
	const struct tcp_connection *connection = NULL;
	struct segment_facts facts;
	struct packet packet;
	enum tcp_tracker_result result;

	(void)packet_decode(run->decoder, frame, &packet);
	result = tcp_tracker_packet(run->tracker, &packet, &facts, &connection);
	require(result != TRACKER_NO_MEMORY);
	require((result == TRACKER_SEGMENT) == (packet.kind == PACKET_TCP));
	if (result != TRACKER_SEGMENT)
		return;
	require(facts.states[TCP_CLIENT] < TCP_STATE_COUNT);
	require(facts.states[TCP_SERVER] < TCP_STATE_COUNT);
	require(facts.new_space >= 0 && facts.new_space <= facts.end - facts.sequence);
	require(!facts.repeats || facts.new_space == 0);
	if (!run->tells)
		return;
	trace_json_segment(&run->line, connection, &facts);
	require_json(run);
}

/* The step of the next frame's time, from what the input says of it. */
static int64_t next_time(int64_t now_ns, uint8_t code)
{
	int64_t step = steps[code % (sizeof(steps) / sizeof(*steps))];
	int64_t time_ns;

	if (step > YEAR_NS || step < -YEAR_NS)
		return step;
	/* As a capture's clock gives them: never over half of what the type holds. */
	if (__builtin_add_overflow(now_ns, step, &time_ns) || time_ns > INT64_MAX / 2 ||
	    time_ns < -(INT64_MAX / 2))
		return now_ns;
	return time_ns;
}

static void feed_frames(struct run *run, struct byte_reader *input)
{
	struct captured_frame frame = { .time_ns = 1700000000 * SECOND_NS };

	frame.link_type = link_types[byte_reader_u8(input) % (sizeof(link_types) / 2)];
	while (input->left >= 4) {
		uint8_t snapped;
		size_t length;

		frame.time_ns = next_time(frame.time_ns, byte_reader_u8(input));
		snapped = byte_reader_u8(input);
		length = byte_reader_u16_be(input);
		if (length > input->left)
			length = input->left;
		frame.number++;
		frame.bytes = byte_reader_bytes(input, length);
		frame.captured_length = (uint32_t)length;
		frame.original_length = (uint32_t)length + snapped * 16u;
		feed(run, &frame);
	}
}

static size_t put_options(struct byte_writer *out, uint8_t which, const struct pair *pair,
			  unsigned from, uint32_t ticks)
{
	size_t before = out->length;

	if ((which & 1) != 0) {
		byte_writer_u32_be(out, 0x0101080a);
		byte_writer_u32_be(out, ticks);
		byte_writer_u32_be(out, ticks - (which >> 6));
	}
	if ((which & 2) != 0) {
		uint32_t right = pair->next[1 - from] - (which >> 5) * 50u;

		byte_writer_u32_be(out, 0x0101050a);
		byte_writer_u32_be(out, right - 100);
		byte_writer_u32_be(out, right);
	}
	if ((which & 4) != 0)
		byte_writer_u32_be(out, 0x020401f4u);
	if ((which & 8) != 0)
		byte_writer_u32_be(out, 0x01030300u | which >> 4);
	if ((which & 16) != 0)
		byte_writer_u32_be(out, 0x01010402u);
	return out->length - before;
}
