/* What is said of a whole file: the lines above the stories, and --stats. */
#include "report/story.h"

#include <string.h>

#include "report/readable.h"
#include "report/wrapped_lines.h"

#define TEXT_MAX_BYTES (16u * 1024)

#define BOLD "\x1b[1m"
#define PLAIN "\x1b[0m"

static void add_number_of(struct text_builder *out, uint64_t count, const char *singular,
			  const char *plural)
{
	readable_count(out, count);
	text_append_format(out, " %s", count == 1 ? singular : plural);
}

static void begin_with_capital(struct text_builder *out, size_t start)
{
	if (start < out->length && out->text[start] >= 'a' && out->text[start] <= 'z')
		out->text[start] = (char)(out->text[start] - 'a' + 'A');
}

/* "It", "Three of them", "All of them": which connections a finding holds for. */
static void begin_unknown(struct text_builder *out, const struct tcp_totals *totals, uint64_t count)
{
	text_append(out, " ");
	if (totals->connections == 1) {
		text_append(out, "It");
	} else if (count == totals->connections) {
		text_append(out, "All of them");
	} else if (count == 1) {
		text_append(out, "One of them");
	} else {
		size_t start = out->length;

		readable_few(out, count);
		begin_with_capital(out, start);
		text_append(out, " of them");
	}
}

/* Kinds of findings that limit what can be told, and how that reads of one and of several. */
static const struct {
	enum tcp_finding_kind kind;
	const char *one;
	const char *several;
} unknowns[] = {
	{ FINDING_MIDSTREAM, "began before the capture did", "began before the capture did" },
	{ FINDING_ONE_DIRECTION, "lacks segments of one direction",
	  "lack segments of one direction" },
	{ FINDING_CAPTURE_LOSS, "has parts that the capture missed",
	  "have parts that the capture missed" },
	{ FINDING_OFFLOADED, "holds segments as a network card had joined them",
	  "hold segments as a network card had joined them" },
	{ FINDING_CUT_SHORT, "is captured without all of its content",
	  "are captured without all of their content" },
	{ FINDING_TIME_BACKWARDS, "has times that go backwards", "have times that go backwards" },
	{ FINDING_EVICTED, "was given up while idle, for want of room",
	  "were given up while idle, for want of room" },
};

static void tell_unknowns(struct text_builder *out, const struct tcp_totals *totals)
{
	for (size_t i = 0; i < sizeof(unknowns) / sizeof(unknowns[0]); i++) {
		uint64_t count = totals->findings[unknowns[i].kind];

		if (count == 0)
			continue;
		begin_unknown(out, totals, count);
		text_append_format(out, " %s.", count == 1 ? unknowns[i].one : unknowns[i].several);
	}
	if (totals->fragments > 0) {
		text_append(out, " ");
		add_number_of(out, totals->fragments, "frame holds a fragment",
			      "frames hold fragments");
		text_append(out, " of segments that are not whole.");
	}
	if (totals->damaged > 0) {
		text_append(out, " ");
		add_number_of(out, totals->damaged, "frame is damaged", "frames are damaged");
		text_append(out, " and could not be read.");
	}
}

/* One part of "7 closed in order, 1 was reset and 1 was refused". */
struct outcome {
	uint64_t count;
	const char *singular;
	const char *plural;
};

static void tell_outcomes(struct text_builder *out, const struct tcp_totals *totals)
{
	const uint64_t *closings = totals->closings;
	const uint64_t *openings = totals->openings;
	uint64_t resets = closings[CLOSING_RESET];
	uint64_t refused = openings[OPENING_REFUSED];
	uint64_t open = closings[CLOSING_OPEN];
	uint64_t unanswered = openings[OPENING_UNANSWERED];
	const struct outcome outcomes[] = {
		{ closings[CLOSING_ORDERLY_3] + closings[CLOSING_ORDERLY_4] +
			  closings[CLOSING_SIMULTANEOUS],
		  "closed in order", "closed in order" },
		{ resets > refused ? resets - refused : 0, "was reset", "were reset" },
		{ refused, "was refused", "were refused" },
		{ unanswered, "got no answer", "got no answer" },
		{ closings[CLOSING_HALF_CLOSED], "is closed on one side",
		  "are closed on one side" },
		{ open > unanswered ? open - unanswered : 0, "is still open", "are still open" },
	};
	unsigned total = 0;
	unsigned written = 0;
	size_t start;

	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		total += outcomes[i].count > 0;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		if (outcomes[i].count == 0)
			continue;
		if (written > 0)
			text_append(out, written + 1 == total ? " and " : ", ");
		else
			text_append(out, " ");
		written++;
		if (totals->connections == 1) {
			text_append_format(out, "It %s", outcomes[i].singular);
			continue;
		}
		start = out->length;
		readable_number_of(out, outcomes[i].count, outcomes[i].singular,
				   outcomes[i].plural);
		if (written == 1)
			begin_with_capital(out, start);
	}
	if (total > 0)
		text_append(out, ".");
}

void story_summary(struct text_builder *out, const char *name, const struct tcp_totals *totals,
		   const struct story_style *style)
{
	const struct wrapped_lines lines = { .first = "", .next = "", .columns = style->columns };
	struct text_builder text;

	text_builder_init(&text, TEXT_MAX_BYTES);
	text_append_harmless(&text, name, strlen(name));
	text_append(&text, ": ");
	add_number_of(&text, totals->packets, "packet", "packets");
	if (totals->packets > 0) {
		if (totals->packets > 1) {
			text_append(&text, " in ");
			readable_duration(&text, totals->last_ns - totals->first_ns);
		}
		text_append(&text, totals->packets > 1 ? " from " : " of ");
		readable_moment(&text, totals->first_ns, 0);
	}
	text_append(&text, "; ");
	add_number_of(&text, totals->segments, "TCP segment", "TCP segments");
	if (totals->connections > 0) {
		text_append(&text, " in ");
		add_number_of(&text, totals->connections, "connection", "connections");
	}
	text_append(&text, ".");
	tell_unknowns(&text, totals);
	tell_outcomes(&text, totals);
	wrapped_lines_append(out, text_builder_text(&text), &lines);
	text_builder_finish(&text);
}

static void stats_heading(struct text_builder *out, const char *text,
			  const struct story_style *style)
{
	text_append(out, "\n");
	if (style->colour)
		text_append(out, BOLD);
	text_append(out, text);
	if (style->colour)
		text_append(out, PLAIN);
	text_append(out, "\n");
}

static void stats_row(struct text_builder *out, const char *name, uint64_t count)
{
	struct text_builder cell;

	if (count == 0)
		return;
	text_builder_init(&cell, 64);
	readable_count(&cell, count);
	text_append_format(out, "  %-26s %15s\n", name, text_builder_text(&cell));
	text_builder_finish(&cell);
}

/* Both ways beside each other. */
static void stats_pair(struct text_builder *out, const char *name, const uint64_t counts[2])
{
	struct text_builder cell;

	text_append_format(out, "  %-26s", name);
	for (unsigned side = 0; side < 2; side++) {
		text_builder_init(&cell, 64);
		readable_count(&cell, counts[side]);
		text_append_format(out, " %15s", text_builder_text(&cell));
		text_builder_finish(&cell);
	}
	text_append(out, "\n");
}

/* Above such pairs. */
static void stats_sides(struct text_builder *out, const struct story_style *style)
{
	struct text_builder text;

	text_builder_init(&text, 64);
	text_append_format(&text, "  %-26s %15s %15s", "", "client", "server");
	stats_heading(out, text_builder_text(&text), style);
	text_builder_finish(&text);
}

static bool any(const uint64_t *counts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (counts[i] > 0)
			return true;
	}
	return false;
}

static void stats_events(struct text_builder *out, const struct tcp_totals *totals,
			 const struct story_style *style)
{
	if (any(totals->labels, LABEL_COUNT))
		stats_heading(out, "Labels on segments", style);
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		stats_row(out, tcp_label_name((enum tcp_label)i), totals->labels[i]);
	if (any(totals->causes, CAUSE_COUNT))
		stats_heading(out, "Sent again because of", style);
	for (unsigned i = 0; i < CAUSE_COUNT; i++)
		stats_row(out, tcp_cause_name((enum tcp_cause)i), totals->causes[i]);
	if (any(totals->findings, FINDING_COUNT))
		stats_heading(out, "Findings, in how many connections", style);
	for (unsigned i = 0; i < FINDING_COUNT; i++)
		stats_row(out, tcp_finding_name((enum tcp_finding_kind)i), totals->findings[i]);
}

void story_stats(struct text_builder *out, const struct tcp_totals *totals,
		 const struct story_style *style)
{
	stats_row(out, "packets", totals->packets);
	stats_row(out, "TCP segments", totals->segments);
	stats_row(out, "connections", totals->connections);
	stats_row(out, "fragments, not whole", totals->fragments);
	stats_row(out, "ICMP errors about TCP", totals->icmp_errors);
	stats_row(out, "damaged", totals->damaged);
	stats_row(out, "wrong checksums", totals->bad_checksums);
	stats_row(out, "given up for room", totals->evicted);
	stats_row(out, "out of time order", totals->backwards);
	if (totals->connections > 0) {
		stats_sides(out, style);
		stats_pair(out, "segments", totals->side_segments);
		stats_pair(out, "bytes", totals->bytes);
		stats_pair(out, "sent again", totals->retransmissions);
		stats_heading(out, "Openings", style);
		for (unsigned i = 0; i < OPENING_COUNT; i++)
			stats_row(out, tcp_opening_name((enum tcp_opening)i), totals->openings[i]);
		stats_heading(out, "Closings", style);
		for (unsigned i = 0; i < CLOSING_COUNT; i++)
			stats_row(out, tcp_closing_name((enum tcp_closing)i), totals->closings[i]);
	}
	stats_events(out, totals, style);
}
