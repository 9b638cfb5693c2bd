/* The segments that did not get from one of two captures to the other, one by one. Any thread. */
#ifndef WIRETALE_REPORT_PAIR_LOSSES_H
#define WIRETALE_REPORT_PAIR_LOSSES_H

#include "base/text_builder.h"
#include "report/story.h"
#include "tcp_flow/capture_pair.h"

#define PAIR_LOSSES_TOLD_MAX 20u /* of one direction; the rest is counted */

/* With a heading, each with what made up for it. Nothing where none was lost. */
void pair_losses_append(struct text_builder *out, const struct capture_pair *pair,
			const struct flow_pair *flows, enum tcp_side side,
			const struct story_style *style);

/* "SYN", "data 1:1461", "FIN ACK 8", "ACK 1461": one segment of a capture. */
void pair_losses_name(struct text_builder *out, const struct flow_pair *flows, unsigned capture,
		      const struct pair_segment *segment);

#endif
