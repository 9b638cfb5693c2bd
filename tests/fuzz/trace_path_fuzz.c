/*
 * Any bytes on the whole way of `wiretale trace`: frames, decoded, followed, told. Whatever comes,
 * the ledger of a connection sums to its duration, the totals are the sums of the connections and
 * the same where only totals are asked for, each line is JSON, and no terminal obeys what is told,
 * nor the ladder, the detail and what both sides said, which keep to their width (shown_views.h).
 * Where nothing has a shortcut, all that is told is the same.
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
#include "fuzz/shown_views.h"
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
#define SEGMENT_BYTES 8u

enum {
	SETUP_AS_TSHARK = 1 << 0,
	SETUP_COMPARE = 1 << 1,
	SETUP_KEEP = 1 << 2,
	SETUP_VERIFY = 1 << 3,
	SETUP_FEW = 1 << 4, /* connections remembered */
	SETUP_COLOUR = 1 << 5,
	SETUP_TICKS = 1 << 6,
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
	(int64_t)UINT32_MAX *SECOND_NS,
	CAPTURED_TIME_MAX_NS,
	-CAPTURED_TIME_MAX_NS,
};

#define YEAR_NS (365 * 86400 * SECOND_NS)

static const int32_t sequence_steps[] = { 0, 0, 0, 0, 0, -1, 1, -5, -100, 100, 1000, -1000, 30000 };
static const uint16_t lengths[] = { 0, 0, 0, 1, 1, 2, 5, 100, 100, 536, 1400 };
static const uint16_t windows[] = { 502, 502, 502, 0, 1, 100, 65535 };

enum way {
	WAY_TELLS,
	WAY_TELLS_LONG, /* without a shortcut */
	WAY_TOTALS,
};

/* One run of a tracker over the input. */
struct run {
	struct packet_decoder *decoder; /* owned */
	struct tcp_tracker *tracker;    /* owned */
	struct text_builder line;       /* owned */
	struct shown_views views;
	struct story_style style;
	struct tcp_totals sum; /* over the connections handed out */
	uint64_t ended;
	uint64_t told;   /* all that was told, hashed (FNV-1a) */
	bool tells;      /* JSON and stories, not only totals */
	bool shows;      /* ladders, details, what was said */
	bool ticks;      /* as of a live capture: the closed are handed out by their age */
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

static void hash_line(struct run *run)
{
	for (size_t i = 0; i < run->line.length; i++)
		run->told = (run->told ^ (uint8_t)run->line.text[i]) * UINT64_C(0x100000001b3);
}

static void require_json(struct run *run)
{
	struct text_builder *line = &run->line;

	require(!line->truncated);
	hash_line(run);
	for (size_t i = 0; i < line->length; i++)
		require((uint8_t)line->text[i] >= 0x20);
	require(json_read(text_builder_text(line), line->length, visit, NULL));
	text_builder_clear(line);
}

static void require_text(struct run *run)
{
	struct text_builder *line = &run->line;

	require(!line->truncated);
	hash_line(run);
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
	if (run->shows)
		shown_views_end(&run->views, connection);
}

static void start(struct run *run, uint8_t setup, enum way way)
{
	bool tells = way != WAY_TOTALS;
	struct tcp_tracker_options options = {
		.flags = tells ? 0 : (unsigned)TRACKER_TOTALS_ONLY,
		.max_connections = (setup & SETUP_FEW) != 0 ? 2 : 0,
		.ended = on_ended,
		.context = run,
	};

	*run = (struct run){ .tells = tells, .style = { .columns = 80 } };
	run->style.colour = (setup & SETUP_COLOUR) != 0;
	run->ticks = (setup & SETUP_TICKS) != 0;
	if ((setup & SETUP_AS_TSHARK) != 0)
		options.flags |= TRACKER_AS_TSHARK;
	else if ((setup & SETUP_COMPARE) != 0 && tells)
		options.flags |= TRACKER_COMPARE_LABELS;
	if ((setup & SETUP_KEEP) != 0 && tells)
		options.flags |= TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS;
	if (way == WAY_TELLS_LONG)
		options.flags |= TRACKER_NO_SHORTCUT;
	text_builder_init(&run->line, LINE_MAX_BYTES);
	run->decoder = packet_decoder_create(
		(setup & SETUP_VERIFY) != 0 ? (unsigned)PACKET_VERIFY_CHECKSUMS : 0);
	run->tracker = tcp_tracker_create(&options);
	require(run->decoder && run->tracker);
	/* Once is enough: that takes longest. */
	run->shows = way == WAY_TELLS;
	shown_views_init(&run->views, run->style.colour);
}

static void feed(struct run *run, const struct captured_frame *frame)
{
	const struct tcp_connection *connection = NULL;
	struct segment_facts facts;
	struct header_trail trail;
	struct packet packet;
	struct frame_view view = { .frame = frame, .packet = &packet, .trail = &trail };
	enum tcp_tracker_result result;

	if (run->ticks)
		tcp_tracker_tick(run->tracker, frame->time_ns);
	if (run->shows)
		(void)packet_decode_trail(run->decoder, frame, &packet, &trail);
	else
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
	view.segment = &facts;
	view.connection = connection;
	if (run->shows)
		shown_views_segment(&run->views, &view);
}

/* The step of the next frame's time, from what the input says of it. */
static int64_t next_time(int64_t now_ns, uint8_t code)
{
	int64_t step = steps[code % (sizeof(steps) / sizeof(*steps))];
	int64_t time_ns;

	if (step > YEAR_NS || step < -YEAR_NS)
		return step;
	if (__builtin_add_overflow(now_ns, step, &time_ns) || time_ns > CAPTURED_TIME_MAX_NS ||
	    time_ns < -CAPTURED_TIME_MAX_NS)
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

static void put_options(struct byte_writer *out, uint8_t which, const struct pair *pair,
			unsigned from, uint32_t ticks)
{
	if ((which & 1) != 0) {
		byte_write_u32_be(out, 0x0101080a);
		byte_write_u32_be(out, ticks);
		byte_write_u32_be(out, ticks - (which >> 6));
	}
	if ((which & 2) != 0) {
		uint32_t right = pair->next[1 - from] - (which >> 5) * 50u;

		byte_write_u32_be(out, 0x0101050a);
		byte_write_u32_be(out, right - 100);
		byte_write_u32_be(out, right);
	}
	if ((which & 4) != 0)
		byte_write_u32_be(out, 0x020401f4u);
	if ((which & 8) != 0)
		byte_write_u32_be(out, 0x01030300u | which >> 4);
	if ((which & 16) != 0)
		byte_write_u32_be(out, 0x01010402u);
}

static void put_ip(struct byte_writer *out, const uint8_t *segment, uint64_t number)
{
	unsigned from = segment[1] & 1;
	bool constant = (segment[1] & 8) != 0;
	bool again = (segment[1] & 32) != 0;

	byte_write_u32_be(out, 0x45000000); /* the length follows */
	byte_write_u16_be(out, constant ? 7 : (uint16_t)(number - again));
	byte_write_u16_be(out, 0x4000);
	byte_write_u8(out, (segment[1] & 16) != 0 ? 63 : 64);
	byte_write_u8(out, 6);
	byte_write_u16_be(out, 0);
	byte_write_u32_be(out, 0xc0000201u + from);
	byte_write_u32_be(out, 0xc0000202u - from);
}

/* What the eight bytes mean, behind its IP header. */
static void put_segment(struct byte_writer *out, const uint8_t *segment, struct pair *pair,
			uint64_t number, const struct byte_reader *payload)
{
	unsigned from = segment[1] & 1;
	uint16_t client = (uint16_t)(PORT + (segment[1] >> 1) % PAIRS);
	uint16_t flags = (uint16_t)(segment[2] | (segment[6] & 128) << 1);
	bool syn = (flags & TCP_FLAG_SYN) != 0;
	size_t length = lengths[segment[5] % (sizeof(lengths) / 2)];
	uint32_t sequence = syn ? ISN : pair->next[from];
	uint32_t acked = pair->next[1 - from];
	size_t options;
	uint32_t end;

	sequence += (uint32_t)
		sequence_steps[segment[3] % (sizeof(sequence_steps) / sizeof(*sequence_steps))];
	acked += (uint32_t)
		sequence_steps[segment[4] % (sizeof(sequence_steps) / sizeof(*sequence_steps))];
	if (length > payload->left)
		length = payload->left;
	byte_write_u16_be(out, from ? 80 : client);
	byte_write_u16_be(out, from ? client : 80);
	byte_write_u32_be(out, sequence);
	byte_write_u32_be(out, acked);
	options = out->length;
	byte_write_u16_be(out, flags);
	byte_write_u16_be(out, windows[(segment[6] & 127) % (sizeof(windows) / 2)]);
	byte_write_u32_be(out, segment[2]); /* a checksum that is bad, and an urgent pointer */
	put_options(out, segment[7], pair, from, (uint32_t)number);
	out->bytes[options] |= (uint8_t)((out->length - options + 12) / 4 << 4);
	byte_write_bytes(out, payload->next, length);
	end = sequence + (uint32_t)length + syn + ((flags & TCP_FLAG_FIN) != 0);
	if (syn || (int32_t)(end - pair->next[from]) > 0)
		pair->next[from] = end;
}

static void feed_segments(struct run *run, struct byte_reader *input)
{
	struct captured_frame frame = { .time_ns = 1700000000 * SECOND_NS,
					.link_type = LINK_RAW_IP };
	struct pair pairs[PAIRS];
	uint8_t bytes[FRAME_MAX_BYTES];

	for (unsigned i = 0; i < PAIRS; i++)
		pairs[i] = (struct pair){ .next = { ISN, ISN } };
	while (input->left >= SEGMENT_BYTES) {
		const uint8_t *segment = byte_reader_bytes(input, SEGMENT_BYTES);
		struct byte_writer out = byte_writer_into(bytes, sizeof(bytes));
		uint8_t *exact;

		frame.number++;
		frame.time_ns = next_time(frame.time_ns, segment[0]);
		put_ip(&out, segment, frame.number);
		put_segment(&out, segment, &pairs[(segment[1] >> 1) % PAIRS], frame.number, input);
		require(!out.overflowed);
		bytes[2] = (uint8_t)(out.length >> 8);
		bytes[3] = (uint8_t)out.length;
		exact = malloc(out.length);
		require(exact != NULL);
		memcpy(exact, bytes, out.length);
		frame.bytes = exact;
		frame.captured_length = (uint32_t)out.length;
		frame.original_length = (uint32_t)out.length;
		feed(run, &frame);
		free(exact);
	}
}

static void check_totals(struct run *run)
{
	const struct tcp_totals *totals = tcp_tracker_totals(run->tracker);
	uint64_t openings = 0;
	uint64_t closings = 0;

	require(totals->connections == run->ended);
	require(totals->side_segments[0] + totals->side_segments[1] == totals->segments);
	for (unsigned kind = 0; kind < OPENING_COUNT; kind++)
		openings += totals->openings[kind];
	for (unsigned kind = 0; kind < CLOSING_COUNT; kind++)
		closings += totals->closings[kind];
	require(openings == run->ended && closings == run->ended);
	/* What straggles in behind a tick is counted, and was not handed out. */
	for (unsigned side = 0; side < 2 && !run->ticks; side++) {
		require(totals->bytes[side] == run->sum.bytes[side]);
		require(totals->side_segments[side] == run->sum.side_segments[side]);
		require(totals->retransmissions[side] == run->sum.retransmissions[side]);
	}
	require(totals->evicted == run->sum.evicted);
	require(memcmp(totals->openings, run->sum.openings, sizeof(totals->openings)) == 0);
	require(memcmp(totals->closings, run->sum.closings, sizeof(totals->closings)) == 0);
	require(run->ticks || memcmp(totals->labels, run->sum.labels, sizeof(totals->labels)) == 0);
	if (!run->tells)
		return;
	story_summary(&run->line, "a capture", totals, &run->style);
	require_text(run);
	story_stats(&run->line, totals, &run->style);
	require_text(run);
	trace_json_file(&run->line, totals, NULL, 0);
	require_json(run);
}

static struct tcp_totals run_once(const uint8_t *data, size_t size, enum way way, uint64_t *told)
{
	struct byte_reader input = byte_reader_over(data, size);
	uint8_t setup = byte_reader_u8(&input);
	struct tcp_totals totals;
	struct run run;

	start(&run, setup, way);
	if ((setup & SETUP_FRAMES) != 0)
		feed_frames(&run, &input);
	else
		feed_segments(&run, &input);
	run.finishing = true;
	tcp_tracker_finish(run.tracker);
	check_totals(&run);
	totals = *tcp_tracker_totals(run.tracker);
	*told = run.told;
	tcp_tracker_destroy(run.tracker);
	packet_decoder_destroy(run.decoder);
	shown_views_finish(&run.views);
	text_builder_finish(&run.line);
	return totals;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t told;
	uint64_t told_long;
	uint64_t nothing;
	struct tcp_totals all = run_once(data, size, WAY_TELLS, &told);
	struct tcp_totals only = run_once(data, size, WAY_TOTALS, &nothing);

	(void)run_once(data, size, WAY_TELLS_LONG, &told_long);
	require(told == told_long);
	require(all.packets == only.packets && all.segments == only.segments);
	require(all.connections == only.connections && all.evicted == only.evicted);
	require(memcmp(all.bytes, only.bytes, sizeof(all.bytes)) == 0);
	require(memcmp(all.side_segments, only.side_segments, sizeof(all.side_segments)) == 0);
	require(memcmp(all.retransmissions, only.retransmissions, sizeof(all.retransmissions)) ==
		0);
	require(memcmp(all.openings, only.openings, sizeof(all.openings)) == 0);
	require(memcmp(all.closings, only.closings, sizeof(all.closings)) == 0);
	require(memcmp(all.labels, only.labels, sizeof(all.labels)) == 0);
	return 0;
}
