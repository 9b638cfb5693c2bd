/* The lines of `wiretale trace --json`. Each ends without a newline. Names never change. */
#ifndef WIRETALE_REPORT_TRACE_JSON_H
#define WIRETALE_REPORT_TRACE_JSON_H

#include "base/text_builder.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/segment_facts.h"
#include "tcp_flow/tcp_tracker.h"

void trace_json_connection(struct text_builder *out, const struct tcp_connection *connection);
void trace_json_segment(struct text_builder *out, const struct tcp_connection *connection,
			const struct segment_facts *segment);

/* problems: sentences, problem_count of them. */
void trace_json_file(struct text_builder *out, const struct tcp_totals *totals,
		     const char *const *problems, size_t problem_count);

#endif
