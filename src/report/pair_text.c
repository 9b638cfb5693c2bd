#include "report/pair_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ip_address.h"
#include "report/pair_facts.h"
#include "report/pair_losses.h"
#include "report/readable.h"
#include "report/wrapped_lines.h"

#define TEXT_MAX_BYTES (16u * 1024)
#define ONLY_TOLD_MAX 10u
#define NS_PER_DAY 86400e9

#define BOLD "\x1b[1m"
#define DIM "\x1b[2m"
#define RED "\x1b[31m"
#define PLAIN "\x1b[0m"

static void append_paragraph(struct text_builder *out, const char *text,
			     const struct story_style *style)
{
	const struct wrapped_lines lines = { .first = "", .next = "", .columns = style->columns };

	wrapped_lines_append(out, text, &lines);
}

static void add_name(struct text_builder *out, const char *const names[2], unsigned capture)
{
	text_append_harmless(out, names[capture], strlen(names[capture]));
}

static uint64_t sum_of(const struct capture_pair *pair, enum tcp_side side, bool of_lost)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < pair->count; i++) {
		const struct pair_path *path = &pair->list[i].paths[side];

		sum += of_lost ? path->lost : path->sent - path->outside;
	}
	return sum;
}

static void tell_loss(struct text_builder *text, uint64_t lost, uint64_t sent, const char *side)
{
	if (lost == 0)
		text_append(text, "none");
	else
		readable_count(text, lost);
	text_append(text, " of ");
	readable_count(text, sent);
	text_append_format(text, " from the %s", side);
}

static void tell_common(struct text_builder *text, const struct capture_pair *pair,
			const char *const names[2])
{
	uint64_t lost[2] = { sum_of(pair, TCP_CLIENT, true), sum_of(pair, TCP_SERVER, true) };

	if (pair->count == 0) {
		add_name(text, names, 0);
		text_append(text, " and ");
		add_name(text, names, 1);
		text_append(text, " have no connection in common.");
		return;
	}
	readable_number_of(text, pair->count, "connection is", "connections are");
	if (text->text && text->text[0] >= 'a' && text->text[0] <= 'z')
		text->text[0] = (char)(text->text[0] - 'a' + 'A');
	text_append(text, " in both captures, A (");
	add_name(text, names, 0);
	text_append(text, ") and B (");
	add_name(text, names, 1);
	text_append(text, "). ");
	if (pair->is_same)
		return;
	if (lost[0] + lost[1] == 0) {
		text_append(text, "Nothing was lost between them. ");
	} else {
		text_append(text, "Lost between them: ");
		tell_loss(text, lost[0], sum_of(pair, TCP_CLIENT, false),
			  pair->count == 1 ? "client" : "clients");
		text_append(text, ", ");
		tell_loss(text, lost[1], sum_of(pair, TCP_SERVER, false),
			  pair->count == 1 ? "server" : "servers");
		text_append(text, ". ");
	}
	text_append_format(text, "[A12] is frame 12 of A.");
}

/* One of them proves which end is whose. */
static bool ends_known(const struct capture_pair *pair, bool *mixed)
{
	bool known = false;

	*mixed = false;
	for (uint32_t i = 0; i < pair->count; i++) {
		known = known || pair->list[i].end_known;
		*mixed = *mixed ||
			 (pair->list[i].end_known && pair->list[i].client_first == pair->turned);
	}
	return known;
}

static void tell_ends(struct text_builder *text, const struct capture_pair *pair)
{
	bool mixed;

	if (!ends_known(pair, &mixed)) {
		text_append(text, "Nothing in them proves which one was taken at the client's end; "
				  "it is taken to be A.");
		return;
	}
	if (mixed) {
		text_append(text, "Some of the clients are nearer to A, others to B.");
		return;
	}
	if (pair->turned)
		text_append(text, "The order is the other way round: B was captured nearer to the "
				  "client, A nearer to the server, as the times of segments and "
				  "their answers show.");
	else
		text_append(text, "A was captured nearer to the client, B nearer to the server, as "
				  "the times of segments and their answers show.");
}

static int64_t size_of(int64_t ns)
{
	if (ns == INT64_MIN)
		return INT64_MAX;
	return ns < 0 ? -ns : ns;
}

/* To a microsecond, as the offset is worth more digits than durations elsewhere. */
static void add_offset(struct text_builder *text, int64_t ns)
{
	int64_t size = size_of(ns);

	if (size < 1000000000)
		text_append_format(text, "%.3f ms", (double)size / 1e6);
	else
		text_append_format(text, "%.6f s", (double)size / 1e9);
}

static void tell_drift(struct text_builder *text, const struct pair_clock *clock)
{
	double size = clock->drift < 0 ? -clock->drift : clock->drift;

	if (!clock->has_drift) {
		text_append(text,
			    " No drift between the clocks can be told from so little, or there "
			    "is none.");
		return;
	}
	text_append_format(text, " B's clock %s %.2f ppm (",
			   clock->drift < 0 ? "runs slower, by" : "runs faster, by", size * 1e6);
	readable_duration(text, (int64_t)(size * NS_PER_DAY));
	text_append_format(text, " a day), give or take %.2f ppm.", clock->drift_within * 1e6);
}

static void tell_known_clock(struct text_builder *text, const struct pair_clock *clock)
{
	if (clock->offset_ns == 0) {
		text_append(text, "The clocks agree");
	} else {
		text_append(text, "B's clock is ");
		add_offset(text, clock->offset_ns);
		text_append_format(text, " %s A's", clock->offset_ns > 0 ? "ahead of" : "behind");
	}
	text_append(text, ", to within ");
	readable_duration(text, clock->within_ns);
	text_append(text, " either way: this takes the quickest segments to need as long there as "
			  "back (");
	readable_duration(text, clock->least_ns);
	text_append(text, "), and the truth cannot be further off than that.");
	tell_drift(text, clock);
}

static void tell_clock(struct text_builder *text, const struct capture_pair *pair)
{
	const struct pair_clock *clock = &pair->clock;

	switch (clock->kind) {
	case PAIR_CLOCK_NONE:
		text_append(text, "No segment is in both, so that the clocks cannot be compared.");
		break;
	case PAIR_CLOCK_ONE_WAY:
		text_append(text,
			    "Only one direction is in both captures: how much of the difference of "
			    "their times is the clocks' and how much the way's cannot be told.");
		break;
	case PAIR_CLOCK_UNSTEADY:
		text_append(text,
			    "The clocks did not run steadily: whatever their difference, some "
			    "segment would have arrived before it left. One of them was set "
			    "during the capture, so no delays are told.");
		break;
	case PAIR_CLOCK_KNOWN:
		tell_known_clock(text, clock);
		break;
	}
}

void pair_text_summary(struct text_builder *out, const struct capture_pair *pair,
		       const char *const names[2], const struct story_style *style)
{
	struct text_builder text;

	text_builder_init(&text, TEXT_MAX_BYTES);
	tell_common(&text, pair, names);
	if (pair->is_same) {
		text_append(&text, "Every segment is in both at ");
		if (pair->same_shift_ns == 0) {
			text_append(&text, "the same time: this is one capture, twice.");
		} else {
			text_append(&text, "times that differ by ");
			add_offset(&text, pair->same_shift_ns);
			text_append(&text,
				    " throughout: this is one capture, with its times moved.");
		}
	}
	append_paragraph(out, text_builder_text(&text), style);
	text_builder_clear(&text);
	if (pair->count > 0 && !pair->is_same) {
		text_append(out, "\n");
		tell_ends(&text, pair);
		text_append(&text, " ");
		tell_clock(&text, pair);
		append_paragraph(out, text_builder_text(&text), style);
	}
	text_builder_finish(&text);
}

static void add_cell(struct text_builder *out, int width, int64_t ns)
{
	struct text_builder cell;

	text_builder_init(&cell, 64);
	readable_duration(&cell, ns);
	text_append_format(out, " %*s", width, text_builder_text(&cell));
	text_builder_finish(&cell);
}

static void add_hops(struct text_builder *out, const struct pair_path *path)
{
	char cell[16];

	if (!path->has_hops)
		cell[0] = '\0';
	else if (path->hops_least == path->hops_most)
		(void)snprintf(cell, sizeof(cell), "%u", path->hops_least);
	else
		(void)snprintf(cell, sizeof(cell), "%u-%u", path->hops_least, path->hops_most);
	text_append_format(out, " %5s", cell);
}

static void add_path(struct text_builder *out, const struct pair_path *path, enum tcp_side side,
		     bool has_delays, const struct story_style *style)
{
	text_append_format(out, "  %s -> %s %8" PRIu64, tcp_side_name(side),
			   tcp_side_name(tcp_other_side(side)), path->sent);
	text_append_format(out, " %s%6" PRIu64 "%s", style->colour && path->lost > 0 ? RED : "",
			   path->lost, style->colour && path->lost > 0 ? PLAIN : "");
	add_hops(out, path);
	if (has_delays && path->delays > 0) {
		add_cell(out, 9, path->least_ns);
		add_cell(out, 9, path->median_ns);
		add_cell(out, 9, path->late_ns);
		add_cell(out, 9, path->most_ns);
	}
	text_append(out, "\n");
}

static void add_heading(struct text_builder *out, const struct capture_pair *pair,
			const struct flow_pair *flows, uint32_t number,
			const struct story_style *style)
{
	const struct pair_flow *at_client =
		capture_pair_flow(pair, flows, flow_pair_end(flows, TCP_CLIENT));
	const struct pair_flow *at_server =
		capture_pair_flow(pair, flows, flow_pair_end(flows, TCP_SERVER));
	char client[IP_ENDPOINT_TEXT_BYTES];
	char server[IP_ENDPOINT_TEXT_BYTES];

	(void)ip_endpoint_text(&at_client->addresses[TCP_CLIENT], at_client->ports[TCP_CLIENT],
			       client);
	(void)ip_endpoint_text(&at_server->addresses[TCP_SERVER], at_server->ports[TCP_SERVER],
			       server);
	text_append_format(out, "\n%sConnection %" PRIu32 "%s: %s -> %s\n",
			   style->colour ? BOLD : "", number, style->colour ? PLAIN : "", client,
			   server);
	text_append_format(out, "  %sA: connection %" PRIu64 ", %" PRIu32 " segments; ",
			   style->colour ? DIM : "", capture_pair_flow(pair, flows, 0)->number,
			   capture_pair_flow(pair, flows, 0)->count);
	text_append_format(out, "B: connection %" PRIu64 ", %" PRIu32 " segments%s\n\n",
			   capture_pair_flow(pair, flows, 1)->number,
			   capture_pair_flow(pair, flows, 1)->count, style->colour ? PLAIN : "");
}

void pair_text_connection(struct text_builder *out, const struct capture_pair *pair,
			  const struct flow_pair *flows, uint32_t number,
			  const struct story_style *style)
{
	bool has_delays = pair->clock.kind == PAIR_CLOCK_KNOWN;

	add_heading(out, pair, flows, number, style);
	text_append_format(out, "  %-16s %8s %6s %5s", "segments", "sent", "lost", "hops");
	if (has_delays)
		text_append_format(out, " %9s %9s %9s %9s", "quickest", "median", "95 % in",
				   "slowest");
	text_append(out, "\n");
	add_path(out, &flows->paths[TCP_CLIENT], TCP_CLIENT, has_delays, style);
	add_path(out, &flows->paths[TCP_SERVER], TCP_SERVER, has_delays, style);
	pair_facts_append(out, pair, flows, style);
	pair_losses_append(out, pair, flows, TCP_CLIENT, style);
	pair_losses_append(out, pair, flows, TCP_SERVER, style);
}

/* Did the other capture run all the while? */
static bool other_ran(const struct capture_pair *pair, unsigned capture,
		      const struct pair_flow *flow)
{
	const struct pair_capture *other = &pair->captures[1 - capture];
	int64_t from_ns = capture_pair_first_time(pair, capture, flow->segments[0].time_ns);
	int64_t to_ns =
		capture_pair_first_time(pair, capture, flow->segments[flow->count - 1].time_ns);

	return pair->clock.kind == PAIR_CLOCK_KNOWN && other->frames > 0 &&
	       from_ns >= capture_pair_first_time(pair, 1 - capture, other->first_ns) &&
	       to_ns <= capture_pair_first_time(pair, 1 - capture, other->last_ns);
}

static void tell_only(struct text_builder *out, const struct capture_pair *pair, unsigned capture,
		      const struct pair_flow *flow, const struct story_style *style)
{
	const struct wrapped_lines lines = { .first = "  ",
					     .next = "    ",
					     .columns = style->columns };
	char client[IP_ENDPOINT_TEXT_BYTES];
	char server[IP_ENDPOINT_TEXT_BYTES];
	struct text_builder text;

	(void)ip_endpoint_text(&flow->addresses[TCP_CLIENT], flow->ports[TCP_CLIENT], client);
	(void)ip_endpoint_text(&flow->addresses[TCP_SERVER], flow->ports[TCP_SERVER], server);
	text_builder_init(&text, TEXT_MAX_BYTES);
	text_append_format(&text, "connection %" PRIu64 ", %s -> %s, ", flow->number, client,
			   server);
	readable_number_of(&text, flow->count, "segment", "segments");
	if (other_ran(pair, capture, flow))
		text_append(&text, "; the other capture ran at that time: nothing of it got there, "
				   "or it went another way");
	wrapped_lines_append(out, text_builder_text(&text), &lines);
	text_builder_finish(&text);
}

static void tell_only_of(struct text_builder *out, const struct capture_pair *pair,
			 const char *const names[2], unsigned capture,
			 const struct story_style *style)
{
	const struct pair_capture *file = &pair->captures[capture];
	uint64_t count = 0;

	for (uint32_t i = 0; i < file->count; i++) {
		const struct pair_flow *flow = &file->flows[i];

		if (flow->pair != PAIR_NONE || flow->count == 0)
			continue;
		if (count++ == 0) {
			text_append_format(out, "\n%sOnly in %c (", style->colour ? BOLD : "",
					   capture == 0 ? 'A' : 'B');
			add_name(out, names, capture);
			text_append_format(out, ")%s\n", style->colour ? PLAIN : "");
		}
		if (count <= ONLY_TOLD_MAX)
			tell_only(out, pair, capture, flow, style);
	}
	if (count > ONLY_TOLD_MAX) {
		text_append(out, "  ... and ");
		readable_count(out, count - ONLY_TOLD_MAX);
		text_append(out, " more\n");
	}
}

void pair_text_only(struct text_builder *out, const struct capture_pair *pair,
		    const char *const names[2], const struct story_style *style)
{
	tell_only_of(out, pair, names, 0, style);
	tell_only_of(out, pair, names, 1, style);
}
