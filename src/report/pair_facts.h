/* What two captures prove about the path between them, in sentences. Any thread. */
#ifndef WIRETALE_REPORT_PAIR_FACTS_H
#define WIRETALE_REPORT_PAIR_FACTS_H

#include "base/text_builder.h"
#include "report/story.h"
#include "tcp_flow/capture_pair.h"

/* One paragraph each, with a mark, behind an empty line; nothing where there is nothing to say. */
void pair_facts_append(struct text_builder *out, const struct capture_pair *pair,
		       const struct flow_pair *flows, const struct story_style *style);

#endif
