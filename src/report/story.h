/* What a person would say of a connection, and the summary of a whole file. */
#ifndef WIRETALE_REPORT_STORY_H
#define WIRETALE_REPORT_STORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/tcp_tracker.h"

struct story_style {
	bool colour;    /* SGR sequences; else none */
	size_t columns; /* to wrap at; 0: do not wrap */
	bool corrects;  /* segments were told one by one as they came: says where they prove to be
			   otherwise */
};

/* The story as one paragraph of plain sentences: the "story" of the JSON. */
void story_text(struct text_builder *out, const struct tcp_connection *connection);

/* The default view: heading, story, findings, wrapped and indented, ends with a newline. */
void story_connection(struct text_builder *out, const struct tcp_connection *connection,
		      const struct story_style *style);

/* The summary of a file; honest unknowns first. Ends with a newline. */
void story_summary(struct text_builder *out, const char *name, const struct tcp_totals *totals,
		   const struct story_style *style);

/* --stats: totals only, laid out. */
void story_stats(struct text_builder *out, const struct tcp_totals *totals,
		 const struct story_style *style);

/* --connections: one line each under a heading. */
void story_table_heading(struct text_builder *out, const struct story_style *style);
void story_table_row(struct text_builder *out, const struct tcp_connection *connection,
		     const struct story_style *style);

#endif
