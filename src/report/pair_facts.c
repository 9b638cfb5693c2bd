#include "report/pair_facts.h"

#include <inttypes.h>

#include "base/ip_address.h"
#include "report/readable.h"
#include "report/wrapped_lines.h"

#define TEXT_MAX_BYTES (16u * 1024)

#define GREEN "\x1b[32m"
#define YELLOW "\x1b[33m"
#define PLAIN "\x1b[0m"

struct facts {
	struct text_builder *out; /* borrowed, as all */
	const struct capture_pair *pair;
	const struct flow_pair *flows;
	const struct story_style *style;
	/* of the direction that is told */
	enum tcp_side side;
	const char *name;
	const char *other;
	const struct pair_path *path;
	const struct pair_flow *sent;
	const struct pair_flow *arrived;
	unsigned from; /* capture at the sender's end */
};

enum certainty { IS_SURE, IS_LIKELY };

static void tell(const struct facts *facts, enum certainty certainty, const char *text)
{
	struct wrapped_lines lines = { .next = "    ", .columns = facts->style->columns };

	if (certainty == IS_SURE)
		lines.first = facts->style->colour ? "  " GREEN "*" PLAIN " " : "  * ";
	else
		lines.first = facts->style->colour ? "  " YELLOW "~" PLAIN " " : "  ~ ";
	wrapped_lines_append(facts->out, text, &lines);
}

/* "3 of the client's segments", "One of the client's segments". */
static void begin_with(struct text_builder *text, const struct facts *facts, uint64_t count)
{
	if (count == 1)
		text_append(text, "One");
	else
		readable_count(text, count);
	text_append_format(text, " of the %s's segments", facts->name);
}

static bool is_changed(const struct facts *facts, enum pair_change change)
{
	return (facts->path->changes & 1u << change) != 0;
}

static void add_frame(struct text_builder *text, const struct facts *facts, enum pair_change change)
{
	text_append_format(text, " [%c%" PRIu64 "]", facts->from == 0 ? 'A' : 'B',
			   facts->path->change_frames[change]);
}

static void tell_translation(const struct facts *facts)
{
	char left[IP_ENDPOINT_TEXT_BYTES];
	char came[IP_ENDPOINT_TEXT_BYTES];
	struct text_builder text;
	uint16_t port = facts->sent->ports[facts->side];
	uint16_t seen = facts->arrived->ports[facts->side];

	if (!is_changed(facts, PAIR_CHANGED_SOURCE))
		return;
	(void)ip_endpoint_text(&facts->sent->addresses[facts->side], port, left);
	(void)ip_endpoint_text(&facts->arrived->addresses[facts->side], seen, came);
	text_builder_init(&text, TEXT_MAX_BYTES);
	text_append_format(&text,
			   "The %s is %s at its own end and %s at the %s's: its address%s is "
			   "translated on the way (NAT).",
			   facts->name, left, came, facts->other, port != seen ? " or port" : "");
	tell(facts, IS_SURE, text_builder_text(&text));
	text_builder_finish(&text);
}

static void tell_numbers(const struct facts *facts)
{
	struct text_builder text;
	uint32_t shift = facts->flows->shifts[facts->side];

	if (!is_changed(facts, PAIR_CHANGED_NUMBERS))
		return;
	text_builder_init(&text, TEXT_MAX_BYTES);
	text_append_format(&text,
			   "The %s's sequence numbers are %" PRIu32
			   " higher in B than in A: a firewall on the way replaces initial "
			   "sequence numbers.",
			   facts->name, shift);
	tell(facts, IS_SURE, text_builder_text(&text));
	text_builder_finish(&text);
}

static void tell_mss(const struct facts *facts)
{
	unsigned left = facts->sent->offers[facts->side].mss;
	unsigned came = facts->arrived->offers[facts->side].mss;
	struct text_builder text;

	if (!is_changed(facts, PAIR_CHANGED_MSS))
		return;
	text_builder_init(&text, TEXT_MAX_BYTES);
	text_append_format(&text, "The %s's SYN", facts->name);
	add_frame(&text, facts, PAIR_CHANGED_MSS);
	if (left == 0 || came == 0)
		text_append_format(&text, " %s an MSS (%u) on the way.",
				   left == 0 ? "gets" : "loses", left == 0 ? came : left);
	else
		text_append_format(&text,
				   " offers an MSS of %u and arrives with %u: somebody on the way "
				   "%s it%s.",
				   left, came, came < left ? "lowers" : "raises",
				   came < left ? ", as its own link carries less" : "");
	tell(facts, IS_SURE, text_builder_text(&text));
	text_builder_finish(&text);
}

/* What needs no numbers. */
static const struct {
	enum pair_change change;
	const char *text;
} plain_changes[] = {
	{ PAIR_CHANGED_SCALE, "window scale is changed on the way: both ends reckon with other "
			      "windows than were announced." },
	{ PAIR_CHANGED_SACK, "SACK-permitted option does not come through as it was sent." },
	{ PAIR_CHANGED_TIMESTAMPS, "timestamps are changed or removed on the way." },
	{ PAIR_CHANGED_WINDOW, "windows are changed on the way: somebody there limits how much may "
			       "be under way." },
	{ PAIR_CHANGED_ID, "IP identifications are changed on the way." },
	{ PAIR_CHANGED_FLAGS,
	  "TCP flags (ECE, CWR, URG or reserved ones) are changed on the way." },
	{ PAIR_CHANGED_DSCP, "DSCP is changed on the way: segments leave in one class of service "
			     "and arrive in another." },
	{ PAIR_CHANGED_ECN,
	  "ECN bits are changed on the way, other than by a mark of congestion." },
	{ PAIR_CHANGED_CONTENT,
	  "data does not arrive as it was sent, though its checksum is right: "
	  "somebody on the way rewrites it." },
	{ PAIR_CHANGED_HOPS, "segments arrive with a larger TTL than they left with: somebody on "
			     "the way sends them anew." },
};

static void tell_changes(const struct facts *facts)
{
	struct text_builder text;

	tell_translation(facts);
	tell_numbers(facts);
	tell_mss(facts);
	for (size_t i = 0; i < sizeof(plain_changes) / sizeof(plain_changes[0]); i++) {
		if (!is_changed(facts, plain_changes[i].change))
			continue;
		text_builder_init(&text, TEXT_MAX_BYTES);
		text_append_format(&text, "The %s's %s", facts->name, plain_changes[i].text);
		add_frame(&text, facts, plain_changes[i].change);
		tell(facts, IS_SURE, text_builder_text(&text));
		text_builder_finish(&text);
	}
}

/* Counts of what the path did to segments. */
static void tell_counts(const struct facts *facts)
{
	const struct pair_path *path = facts->path;
	const struct {
		uint64_t count;
		enum certainty certainty;
		const char *one;
		const char *several;
	} counts[] = {
		{ path->in_pieces, IS_SURE,
		  " was cut or joined differently at the two ends, as network cards do (TSO, GRO); "
		  "it "
		  "was found by its bytes.",
		  " were cut or joined differently at the two ends, as network cards do (TSO, "
		  "GRO); "
		  "they were found by their bytes." },
		{ path->congested, IS_SURE,
		  " was marked on the way (ECN): a router there is congested.",
		  " were marked on the way (ECN): a router there is congested." },
		{ path->damaged, IS_SURE,
		  " left unhurt and arrived with a wrong checksum; the receiver drops it.",
		  " left unhurt and arrived with wrong checksums; the receiver drops them." },
		{ path->copies, IS_LIKELY,
		  " came once more than it was sent: doubled on the way, or captured twice there.",
		  " came more often than they were sent: doubled on the way, or captured twice "
		  "there." },
		{ path->missed, IS_SURE,
		  " is not in the other capture though it was acknowledged there: it arrived, the "
		  "capture missed it.",
		  " are not in the other capture though they were acknowledged there: they "
		  "arrived, "
		  "the capture missed them." },
		{ path->unsent, IS_LIKELY,
		  " is only in the other end's capture: the one at its own end missed it.",
		  " are only in the other end's capture: the one at their own end missed them." },
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct text_builder text;

		if (counts[i].count == 0)
			continue;
		text_builder_init(&text, TEXT_MAX_BYTES);
		begin_with(&text, facts, counts[i].count);
		text_append(&text, counts[i].count == 1 ? counts[i].one : counts[i].several);
		tell(facts, counts[i].certainty, text_builder_text(&text));
		text_builder_finish(&text);
	}
}

static void tell_order(const struct facts *facts)
{
	const struct pair_path *path = facts->path;
	struct text_builder text;

	if (path->overtaken == 0)
		return;
	text_builder_init(&text, TEXT_MAX_BYTES);
	begin_with(&text, facts, path->overtaken);
	text_append_format(&text,
			   " %s overtaken by later ones: the path does not keep their order "
			   "(up to ",
			   path->overtaken == 1 ? "was" : "were");
	readable_duration(&text, path->overtaken_ns);
	text_append(&text, ").");
	tell(facts, IS_SURE, text_builder_text(&text));
	text_builder_finish(&text);
}

static void tell_made(const struct facts *facts)
{
	const struct pair_path *path = facts->path;
	struct text_builder text;

	if (path->made == 0)
		return;
	text_builder_init(&text, TEXT_MAX_BYTES);
	readable_number_of(&text, path->made, "RST", "RSTs");
	if (text.length > 0 && text.text[0] >= 'a' && text.text[0] <= 'z')
		text.text[0] = (char)(text.text[0] - 'a' + 'A');
	text_append_format(&text,
			   " that the %s got in the name of the %s never left the %s: somebody in "
			   "between made %s.",
			   facts->other, facts->name, facts->name, path->made == 1 ? "it" : "them");
	tell(facts, path->unsent > 0 ? IS_LIKELY : IS_SURE, text_builder_text(&text));
	text_builder_finish(&text);
}

/* What the sender sent again, held against what had really become of it. */
static void tell_resends(const struct facts *facts)
{
	const struct pair_path *path = facts->path;
	struct text_builder text;

	if (path->resends == 0)
		return;
	text_builder_init(&text, TEXT_MAX_BYTES);
	text_append_format(&text, "The %s sent ", facts->name);
	readable_number_of(&text, path->resends, "segment", "segments");
	text_append(&text, " again; ");
	if (path->needless == 0) {
		text_append(&text, "nothing of that had arrived before.");
	} else {
		readable_few(&text, path->needless);
		text_append_format(&text,
				   " of them needlessly, as the original had arrived before the "
				   "resend left");
		if (path->needless_ack_lost > 0) {
			text_append(&text, " (");
			readable_few(&text, path->needless_ack_lost);
			text_append(&text, " because the acknowledgement was lost)");
		}
		if (path->needless_ack_late > 0) {
			text_append(&text, " (");
			readable_few(&text, path->needless_ack_late);
			text_append(&text, " because the acknowledgement was still under way)");
		}
		text_append(&text, ".");
	}
	tell(facts, IS_SURE, text_builder_text(&text));
	text_builder_finish(&text);
}

static void tell_outside(const struct facts *facts)
{
	struct text_builder text;

	if (facts->path->outside == 0)
		return;
	text_builder_init(&text, TEXT_MAX_BYTES);
	begin_with(&text, facts, facts->path->outside);
	text_append_format(&text,
			   " cannot be judged: the other capture began later or ended earlier%s.",
			   facts->pair->clock.kind == PAIR_CLOCK_KNOWN
				   ? ""
				   : ", or nobody knows, as the clocks cannot be compared");
	tell(facts, IS_LIKELY, text_builder_text(&text));
	text_builder_finish(&text);
}

void pair_facts_append(struct text_builder *out, const struct capture_pair *pair,
		       const struct flow_pair *flows, const struct story_style *style)
{
	size_t before;

	text_append(out, "\n");
	before = out->length;
	for (unsigned i = 0; i < 2; i++) {
		enum tcp_side side = (enum tcp_side)i;
		unsigned from = flow_pair_end(flows, side);
		struct facts facts = {
			.out = out,
			.pair = pair,
			.flows = flows,
			.style = style,
			.side = side,
			.name = tcp_side_name(side),
			.other = tcp_side_name(tcp_other_side(side)),
			.path = &flows->paths[side],
			.sent = capture_pair_flow(pair, flows, from),
			.arrived = capture_pair_flow(pair, flows, 1 - from),
			.from = from,
		};

		tell_changes(&facts);
		tell_counts(&facts);
		tell_order(&facts);
		tell_made(&facts);
		tell_resends(&facts);
		tell_outside(&facts);
	}
	if (out->length == before)
		out->length--;
}
