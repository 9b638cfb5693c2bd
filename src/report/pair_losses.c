#include "report/pair_losses.h"

#include <inttypes.h>

#include "report/readable.h"
#include "report/wrapped_lines.h"
#include "tcp_flow/capture_pair_judge.h"
#include "tcp_flow/capture_pair_order.h"

#define TEXT_MAX_BYTES (16u * 1024)
#define LOOKED_AT_MAX 50000u /* segments behind a loss, for what made up for it */

#define RED "\x1b[31m"
#define BOLD "\x1b[1m"
#define PLAIN "\x1b[0m"

static int64_t acknowledged(const struct flow_pair *flows, unsigned capture,
			    const struct pair_segment *segment)
{
	enum tcp_side other = tcp_other_side((enum tcp_side)segment->from);
	uint32_t base = flows->bases[other] + (capture == 1 ? flows->shifts[other] : 0);

	return (uint32_t)(segment->acknowledgment_raw - base);
}

void pair_losses_name(struct text_builder *out, const struct flow_pair *flows, unsigned capture,
		      const struct pair_segment *segment)
{
	uint16_t flags = segment->flags;
	const char *blank = "";

	if ((flags & TCP_FLAG_SYN) != 0) {
		text_append(out, "SYN");
		blank = " ";
	}
	if ((flags & TCP_FLAG_RST) != 0) {
		text_append_format(out, "%sRST", blank);
		blank = " ";
	}
	if (segment->length > 0) {
		text_append_format(out, "%sdata %" PRId64 ":%" PRId64, blank, segment->sequence,
				   segment->sequence + segment->length);
		blank = " ";
	}
	if ((flags & TCP_FLAG_FIN) != 0) {
		text_append_format(out, "%sFIN", blank);
		blank = " ";
	}
	if ((flags & TCP_FLAG_ACK) != 0 && segment->length == 0)
		text_append_format(out, "%sACK %" PRId64, blank,
				   acknowledged(flows, capture, segment));
	else if (*blank == '\0')
		text_append(out, "segment without flags");
}

static const char *cause_text(enum tcp_cause cause)
{
	switch (cause) {
	case CAUSE_TAIL_LOSS_PROBE:
		return " as a tail-loss probe";
	case CAUSE_TIMEOUT:
		return " after a timeout";
	case CAUSE_FAST:
		return " after duplicate ACKs (fast retransmission)";
	case CAUSE_SACK:
		return " as SACK showed the gap";
	case CAUSE_GO_BACK_N:
		return " behind a timeout (go-back-N)";
	case CAUSE_NEEDLESS:
	case CAUSE_UNKNOWN:
	case CAUSE_NONE:
	case CAUSE_COUNT:
		break;
	}
	return "";
}

static char letter_of(unsigned capture)
{
	return capture == 0 ? 'A' : 'B';
}

/* Carries the first byte of it that is missing, later. */
static bool makes_up(const struct pair_segment *later, const struct pair_segment *lost)
{
	if (later->from != lost->from || later->twice)
		return false;
	if (pair_segment_space(lost) == 0)
		return (lost->flags & TCP_FLAG_RST) == 0 && (lost->flags & TCP_FLAG_ACK) != 0 &&
		       (later->flags & TCP_FLAG_ACK) != 0 && later->fate == PAIR_ARRIVED &&
		       (int32_t)(later->acknowledgment_raw - lost->acknowledgment_raw) >= 0;
	return pair_segment_space(later) > 0 && later->sequence <= lost->sequence &&
	       later->sequence + pair_segment_space(later) > lost->sequence;
}

static void tell_arrival(struct text_builder *out, const struct capture_pair *pair,
			 const struct flow_pair *flows, unsigned capture,
			 const struct pair_segment *segment)
{
	int64_t time_ns;
	uint64_t frame;

	if (pair_judge_arrival(pair, flows, segment, &time_ns, &frame))
		text_append_format(out, "[%c%" PRIu64 "]", letter_of(1 - capture), frame);
}

/* What came instead of a bare acknowledgement. */
static void tell_later_ack(struct text_builder *out, const struct capture_pair *pair,
			   const struct flow_pair *flows, unsigned capture, uint32_t index)
{
	const struct pair_flow *flow = capture_pair_flow(pair, flows, capture);
	const struct pair_segment *lost = &flow->segments[index];

	if ((lost->flags & TCP_FLAG_RST) != 0)
		return;
	for (uint32_t i = index + 1; i < flow->count && i - index < LOOKED_AT_MAX; i++) {
		const struct pair_segment *later = &flow->segments[i];

		if (!makes_up(later, lost))
			continue;
		text_append_format(out, "; the next that arrived [%c%" PRIu64 "] says as much",
				   letter_of(capture), later->frame);
		return;
	}
	text_append(out, "; no later one arrived");
}

/* How its bytes were sent again, and how often in vain. */
static void tell_resend(struct text_builder *out, const struct capture_pair *pair,
			const struct flow_pair *flows, unsigned capture, uint32_t index)
{
	const struct pair_flow *flow = capture_pair_flow(pair, flows, capture);
	const struct pair_segment *lost = &flow->segments[index];
	unsigned in_vain = 0;

	for (uint32_t i = index + 1; i < flow->count && i - index < LOOKED_AT_MAX; i++) {
		const struct pair_segment *later = &flow->segments[i];

		if (!makes_up(later, lost))
			continue;
		if (later->fate == PAIR_LOST) {
			in_vain++;
			continue;
		}
		text_append(out, in_vain == 0   ? "; sent again "
				 : in_vain == 1 ? "; sent again, lost again, sent a third time "
						: "; sent again and again ");
		readable_duration(out, later->time_ns - lost->time_ns);
		text_append_format(out, " later%s [%c%" PRIu64 "]",
				   cause_text((enum tcp_cause)later->cause), letter_of(capture),
				   later->frame);
		if (later->fate == PAIR_ARRIVED) {
			text_append(out, ", which arrived ");
			tell_arrival(out, pair, flows, capture, later);
		}
		return;
	}
	text_append(out, in_vain > 0 ? "; sent again, in vain" : "; not sent again");
}

static void tell_loss(struct text_builder *out, const struct capture_pair *pair,
		      const struct flow_pair *flows, unsigned capture, uint32_t index)
{
	const struct pair_flow *flow = capture_pair_flow(pair, flows, capture);
	const struct pair_segment *lost = &flow->segments[index];

	pair_losses_name(out, flows, capture, lost);
	if (lost->repeats)
		text_append(out, ", itself sent again");
	if (lost->fate == PAIR_PARTLY) {
		text_append(out, ", all but ");
		readable_bytes(out, lost->found);
	}
	if (lost->unsure)
		text_append(out, " (or another one that looks the same)");
	if (pair_segment_space(lost) == 0)
		tell_later_ack(out, pair, flows, capture, index);
	else
		tell_resend(out, pair, flows, capture, index);
	text_append(out, ".");
}

static void append_row(struct text_builder *out, const char *margin, const char *text,
		       const struct story_style *style)
{
	const struct wrapped_lines lines = { .first = margin,
					     .next = "                           ",
					     .columns = style->columns };

	wrapped_lines_append(out, text, &lines);
}

void pair_losses_append(struct text_builder *out, const struct capture_pair *pair,
			const struct flow_pair *flows, enum tcp_side side,
			const struct story_style *style)
{
	unsigned capture = flow_pair_end(flows, side);
	const struct pair_flow *flow = capture_pair_flow(pair, flows, capture);
	int64_t start_ns = pair_order_start(pair, flows);
	uint64_t told = 0;

	if (flows->paths[side].lost == 0)
		return;
	text_append_format(out, "\n  %sLost from the %s to the %s%s\n", style->colour ? BOLD : "",
			   tcp_side_name(side), tcp_side_name(tcp_other_side(side)),
			   style->colour ? PLAIN : "");
	for (uint32_t i = 0; i < flow->count && told < PAIR_LOSSES_TOLD_MAX; i++) {
		const struct pair_segment *segment = &flow->segments[i];
		struct text_builder text;
		struct text_builder margin;
		int64_t at_ns;

		if (segment->from != side ||
		    (segment->fate != PAIR_LOST && segment->fate != PAIR_PARTLY))
			continue;
		at_ns = capture_pair_first_time(pair, capture, segment->time_ns) - start_ns;
		text_builder_init(&text, TEXT_MAX_BYTES);
		text_builder_init(&margin, TEXT_MAX_BYTES);
		text_append_format(&text, "[%c%" PRIu64 "]", letter_of(capture), segment->frame);
		text_append_format(&margin, "  %s%9s%s %11.6f s  ", style->colour ? RED : "",
				   text_builder_text(&text), style->colour ? PLAIN : "",
				   (double)at_ns / 1e9);
		text_builder_clear(&text);
		tell_loss(&text, pair, flows, capture, i);
		append_row(out, text_builder_text(&margin), text_builder_text(&text), style);
		text_builder_finish(&text);
		text_builder_finish(&margin);
		told++;
	}
	if (told < flows->paths[side].lost) {
		text_append(out, "  ... and ");
		readable_count(out, flows->paths[side].lost - told);
		text_append(out, " more; --json has them all\n");
	}
}
