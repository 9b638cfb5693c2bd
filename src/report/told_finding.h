/* What the sentences of findings are made of. */
#ifndef WIRETALE_REPORT_TOLD_FINDING_H
#define WIRETALE_REPORT_TOLD_FINDING_H

#include "base/text_builder.h"
#include "tcp_flow/finding.h"

/* One finding in the words of its sentence. */
struct told_finding {
	struct text_builder *out;          /* borrowed, as all of it */
	const struct tcp_finding *finding; /* what is told */
	const char *side;                  /* its side by name */
	const char *other;                 /* the other one */
};

struct told_finding told_finding(struct text_builder *out, const struct tcp_finding *finding);

/* "once", "twice", "3 times" */
void told_times(const struct told_finding *told, int64_t count);

#endif
