/*
 * A segment is told once: where the first capture has it, there; else as the other one has it, with
 * a frame number behind all of the first one's. What both captures say of it was found out before:
 * it is looked up by its place in its connection.
 */
#include "programs/trace_pair_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "programs/one_shot.h"
#include "programs/page_file.h"
#include "programs/version.h"
#include "report/page_limits.h"
#include "report/trace_json.h"
#include "tcp_flow/capture_pair_judge.h"
#include "tcp_flow/capture_pair_order.h"

#define OBJECT_MAX_BYTES (4u * 1024 * 1024)
#define ADVICE "Choose what goes in: --filter takes the packets that match ('tcp port 80')."

/* A connection that is over in the first capture; the other one may add to it. */
struct kept_connection {
	struct page_connection told;
	char *json; /* owned */
};

struct trace_pair_page {
	const struct capture_pair *pair; /* borrowed */
	struct page_file *file;          /* owned */
	unsigned first;                  /* the capture that it counts by */
	uint64_t shift;                  /* of the other one's frame numbers */
	uint32_t *next[2]; /* owned; by capture and flow: the segment that comes next */
	bool *turned;      /* owned; by flow of the second: its client is the pair's server */
	uint64_t *aside;   /* owned; by place in the pair's list: segments of the other one */
	struct kept_connection *kept; /* owned */
	size_t kept_count;
	uint64_t kept_bytes;
	struct text_builder object; /* owned; the one at hand */
};

/* What is known of a segment from both captures, by the first clock. */
struct passage {
	bool has_sent;
	bool has_delivered;
	int64_t sent_ns;
	int64_t delivered_ns;
	uint64_t sent_frame; /* in the sender's capture; 0: not there */
	uint64_t delivered_frame;
	const char *lost; /* NULL */
	const char *note; /* what else became of it; NULL */
};

/* ---- the beginning and the end ---- */

/* More than the highest, and one that people see through: 843 becomes 1,000. */
static uint64_t shift_behind(uint64_t frames)
{
	uint64_t shift = 1000;

	while (shift < frames && shift < UINT64_MAX / 10)
		shift *= 10;
	return shift;
}

static bool make_parts(struct trace_pair_page *page)
{
	const struct capture_pair *pair = page->pair;

	for (unsigned i = 0; i < 2; i++)
		page->next[i] = calloc((size_t)pair->captures[i].count + 1, sizeof(uint32_t));
	page->turned = calloc((size_t)pair->captures[1].count + 1, sizeof(bool));
	page->aside = calloc((size_t)pair->count + 1, sizeof(uint64_t));
	page->kept = calloc(PAGE_CONNECTIONS_MAX, sizeof(struct kept_connection));
	return page->next[0] && page->next[1] && page->turned && page->aside && page->kept;
}

struct trace_pair_page *trace_pair_page_create(const char *path, const struct capture_pair *pair)
{
	struct trace_pair_page *page = calloc(1, sizeof(*page));

	if (page) {
		page->pair = pair;
		page->first = pair->turned ? 1 : 0;
		page->shift = shift_behind(pair->captures[page->first].frames);
		text_builder_init(&page->object, OBJECT_MAX_BYTES);
	}
	if (!page || !make_parts(page))
		one_shot_complain("trace: --report: out of memory.");
	else if ((page->file = page_file_open("trace", path)) != NULL)
		return page;
	trace_pair_page_destroy(page);
	return NULL;
}

void trace_pair_page_destroy(struct trace_pair_page *page)
{
	if (!page)
		return;
	page_file_destroy(page->file);
	for (size_t i = 0; i < page->kept_count; i++)
		free(page->kept[i].json);
	for (unsigned i = 0; i < 2; i++)
		free(page->next[i]);
	free(page->turned);
	free(page->aside);
	free(page->kept);
	text_builder_finish(&page->object);
	free(page);
}

unsigned trace_pair_page_first(const struct trace_pair_page *page)
{
	return page->first;
}

/* ---- what both captures say of a segment ---- */

/* NULL: the other capture does not have the connection. */
static const struct pair_flow *flow_of(const struct trace_pair_page *page, unsigned capture,
				       const struct tcp_connection *connection)
{
	const struct pair_capture *all = &page->pair->captures[capture];
	const struct pair_flow *flow;

	if (connection->number > all->count)
		return NULL;
	flow = &all->flows[connection->number - 1];
	return flow->pair != PAIR_NONE && flow->number == connection->number ? flow : NULL;
}

/* NULL: it is one of those that were more than can be kept. */
static const struct pair_segment *segment_of(struct trace_pair_page *page, unsigned capture,
					     const struct pair_flow *flow, uint64_t frame)
{
	uint32_t *next = &page->next[capture][flow->number - 1];

	while (*next < flow->count && flow->segments[*next].frame < frame)
		(*next)++;
	if (*next == flow->count || flow->segments[*next].frame != frame)
		return NULL;
	return &flow->segments[*next];
}

static void leaves(const struct trace_pair_page *page, const struct flow_pair *flows,
		   unsigned capture, const struct pair_segment *segment, struct passage *out)
{
	enum pair_fate fate = (enum pair_fate)segment->fate;
	int64_t arrived_ns;

	out->has_sent = true;
	out->sent_ns = capture_pair_first_time(page->pair, capture, segment->time_ns);
	out->sent_frame = segment->frame;
	if (fate == PAIR_LOST)
		out->lost = "between the captures";
	else if (fate == PAIR_PARTLY)
		out->lost = "in part, between the captures";
	else if (fate == PAIR_ARRIVED && pair_judge_arrival(page->pair, flows, segment, &arrived_ns,
							    &out->delivered_frame)) {
		out->has_delivered = true;
		out->delivered_ns = out->sent_ns + capture_pair_delay(page->pair, capture,
								      segment->time_ns, arrived_ns);
	}
}

/* The earliest of what it was put together from; NULL: its sender's capture has none of it. */
static const struct pair_segment *origin_of(const struct trace_pair_page *page,
					    const struct flow_pair *flows, unsigned capture,
					    const struct pair_segment *segment)
{
	const struct pair_flow *there = capture_pair_flow(page->pair, flows, 1 - capture);
	const struct pair_segment *earliest = NULL;

	if (segment->partner != PAIR_NONE)
		return &there->segments[segment->partner];
	for (uint32_t at = segment->first_piece; at != PAIR_NONE;
	     at = flows->pieces[at].next_arrived) {
		const struct pair_segment *piece = &there->segments[flows->pieces[at].sent];

		if (!earliest || piece->time_ns < earliest->time_ns)
			earliest = piece;
	}
	return earliest;
}

static const char *note_on(enum pair_fate fate)
{
	switch (fate) {
	case PAIR_COPY:
		return "sent once, and came more than once";
	case PAIR_MADE:
		return "not sent by its sender: made between the captures";
	case PAIR_TWICE:
		return "captured a second time at the same end";
	case PAIR_MISSED:
		return "sent, but not in its sender's capture";
	case PAIR_UNKNOWN:
	case PAIR_ARRIVED:
	case PAIR_PARTLY:
	case PAIR_LOST:
	case PAIR_OUTSIDE:
	case PAIR_FATE_COUNT:
		break;
	}
	return NULL;
}

static void arrives(const struct trace_pair_page *page, const struct flow_pair *flows,
		    unsigned capture, const struct pair_segment *segment, struct passage *out)
{
	const struct pair_segment *origin = origin_of(page, flows, capture, segment);

	out->has_delivered = true;
	out->delivered_ns = capture_pair_first_time(page->pair, capture, segment->time_ns);
	out->delivered_frame = segment->frame;
	if (origin) {
		out->has_sent = true;
		out->sent_ns = capture_pair_first_time(page->pair, 1 - capture, origin->time_ns);
		out->sent_frame = origin->frame;
		out->delivered_ns =
			out->sent_ns + capture_pair_delay(page->pair, 1 - capture, origin->time_ns,
							  segment->time_ns);
	} else {
		out->note = note_on((enum pair_fate)segment->fate);
	}
}

static struct passage passage_of(const struct trace_pair_page *page, const struct flow_pair *flows,
				 unsigned capture, const struct pair_segment *segment)
{
	struct passage passage = { 0 };

	if (flow_pair_end(flows, (enum tcp_side)segment->from) == capture)
		leaves(page, flows, capture, segment, &passage);
	else
		arrives(page, flows, capture, segment, &passage);
	return passage;
}

/* ---- segments ---- */

static void put_frame(struct json_writer *json, const char *name, uint64_t frame)
{
	if (frame == 0)
		return;
	json_name(json, name);
	json_unsigned(json, frame);
}

static void put_text(struct json_writer *json, const char *name, const char *text)
{
	if (!text)
		return;
	json_name(json, name);
	json_string(json, text);
}

/* Behind the members that it has by its own capture. */
static void append_passage(struct text_builder *object, const struct passage *passage,
			   int64_t start_ns)
{
	struct json_writer json = json_writer_reopen(object);

	if (passage->has_sent)
		json_member_signed_seconds(&json, "sent", passage->sent_ns - start_ns);
	if (passage->has_delivered)
		json_member_signed_seconds(&json, "delivered", passage->delivered_ns - start_ns);
	put_frame(&json, "sent_frame", passage->sent_frame);
	put_frame(&json, "delivered_frame", passage->delivered_frame);
	put_text(&json, "lost", passage->lost);
	put_text(&json, "cable", passage->note);
	json_end_object(&json);
}

static int64_t moment_of(const struct passage *passage)
{
	return passage->has_sent ? passage->sent_ns : passage->delivered_ns;
}

static void put_first(struct trace_pair_page *page, const struct flow_pair *flows,
		      const struct passage *passage, const struct trace_frame *frame)
{
	const struct frame_view view = trace_frame_view(frame);
	uint64_t number = frame->connection->number;

	if (!page_file_admits(page->file, number))
		return;
	if (!page_file_wants_segment(page->file, number)) {
		page_file_segment(page->file, &view, NULL);
		return;
	}
	text_builder_clear(&page->object);
	trace_json_segment(&page->object, frame->connection, frame->segment);
	append_passage(&page->object, passage, pair_order_start(page->pair, flows));
	page_file_segment(page->file, &view, &page->object);
	page_file_sent(page->file, moment_of(passage));
}

/* Under the first capture's name of the connection. */
static void put_aside(struct trace_pair_page *page, const struct flow_pair *flows,
		      const struct passage *passage, const struct trace_frame *frame)
{
	int64_t start_ns = pair_order_start(page->pair, flows);
	uint64_t number = capture_pair_flow(page->pair, flows, page->first)->number;
	struct tcp_connection connection = *frame->connection;
	struct captured_frame captured = *frame->captured;
	struct segment_facts facts = *frame->segment;
	struct packet packet = *frame->packet;
	const struct frame_view view = {
		.frame = &captured,
		.packet = &packet,
		.trail = frame->trail,
		.segment = &facts,
		.connection = &connection,
	};

	connection.number = number;
	captured.number += page->shift;
	packet.frame += page->shift;
	facts.packet = &packet;
	facts.since_start_ns = moment_of(passage) - start_ns;
	text_builder_clear(&page->object);
	trace_json_segment(&page->object, &connection, &facts);
	append_passage(&page->object, passage, start_ns);
	page_file_segment_aside(page->file, number, &view, &page->object);
	page_file_sent(page->file, moment_of(passage));
}

/* The second capture may call client what the first one calls server. */
static bool is_turned(struct trace_pair_page *page, const struct flow_pair *flows, unsigned capture,
		      const struct pair_segment *segment, const struct trace_frame *frame)
{
	bool *turned = &page->turned[flows->flows[1]];

	if (capture == 1)
		*turned = segment->from != (uint8_t)frame->segment->from;
	return *turned;
}

void trace_pair_page_frame(struct trace_pair_page *page, unsigned capture,
			   const struct trace_frame *frame)
{
	const struct pair_flow *flow = flow_of(page, capture, frame->connection);
	const struct pair_segment *segment =
		flow ? segment_of(page, capture, flow, frame->captured->number) : NULL;
	const struct flow_pair *flows;
	struct passage passage;
	bool turned;

	if (!segment)
		return;
	flows = &page->pair->list[flow->pair];
	turned = is_turned(page, flows, capture, segment, frame);
	passage = passage_of(page, flows, capture, segment);
	if (capture == page->first) {
		put_first(page, flows, &passage, frame);
		return;
	}
	if (segment->partner != PAIR_NONE || segment->first_piece != PAIR_NONE ||
	    segment->fate == PAIR_TWICE)
		return;
	page->aside[flow->pair]++;
	if (!turned)
		put_aside(page, flows, &passage, frame);
}

/* ---- connections ---- */

static void tell_connection(struct trace_pair_page *page, struct page_connection *told)
{
	const struct pair_capture *first = &page->pair->captures[page->first];

	told->segments += page->aside[first->flows[told->number - 1].pair];
	page_file_connection(page->file, told);
}

void trace_pair_page_connection(struct trace_pair_page *page, unsigned capture,
				const struct tcp_connection *connection)
{
	const struct tcp_end *ends = connection->ends;
	struct kept_connection kept = {
		.told = {
			.number = connection->number,
			.segments = ends[TCP_CLIENT].segments + ends[TCP_SERVER].segments,
			.stream_bytes = { ends[TCP_CLIENT].bytes, ends[TCP_SERVER].bytes },
		},
	};

	if (capture != page->first || !flow_of(page, capture, connection))
		return;
	text_builder_clear(&page->object);
	trace_json_connection(&page->object, connection);
	kept.told.json = text_builder_text(&page->object);
	kept.told.json_length = page->object.length;
	if (page->kept_count < PAGE_CONNECTIONS_MAX &&
	    page->kept_bytes + page->object.length <= PAGE_CONNECTIONS_MAX_BYTES)
		kept.json = strndup(kept.told.json, kept.told.json_length);
	if (!kept.json) {
		tell_connection(page, &kept.told);
		return;
	}
	kept.told.json = kept.json;
	page->kept_bytes += kept.told.json_length;
	page->kept[page->kept_count++] = kept;
}

bool trace_pair_page_write(struct trace_pair_page *page, const char *title, const char *objects)
{
	const struct page_heading heading = {
		.program = "wiretale " WIRETALE_VERSION,
		.created_ns = (int64_t)clock_wall_ns(),
		.title = title,
		.source = "pair",
		.pair = objects,
	};

	for (size_t i = 0; i < page->kept_count; i++)
		tell_connection(page, &page->kept[i].told);
	return page_file_write(page->file, &heading, ADVICE);
}
