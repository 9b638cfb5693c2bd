/* The lines of `wiretale trace --json` of two captures. Each ends without a newline. */
#ifndef WIRETALE_REPORT_PAIR_JSON_H
#define WIRETALE_REPORT_PAIR_JSON_H

#include <stddef.h>

#include "base/text_builder.h"
#include "tcp_flow/capture_pair.h"
#include "tcp_flow/capture_pair_order.h"

/* A connection that is in both; number: from 1. */
void pair_json_connection(struct text_builder *out, const struct capture_pair *pair,
			  const struct flow_pair *flows, uint32_t number);

/* A segment of it; start_ns: pair_order_start(). */
void pair_json_segment(struct text_builder *out, const struct flow_pair *flows, uint32_t number,
		       const struct pair_event *event, int64_t start_ns);

/* A connection that only one capture has. */
void pair_json_only(struct text_builder *out, unsigned capture, const struct pair_flow *flow);

/* The captures and their clocks; the last line. problems: sentences. */
void pair_json_captures(struct text_builder *out, const struct capture_pair *pair,
			const char *const names[2], const char *const *problems,
			size_t problem_count);

#endif
