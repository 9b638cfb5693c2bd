/* TCP states, counted and explained: the table of `wiretale states`. Any thread. */
#ifndef WIRETALE_REPORT_STATE_TABLE_H
#define WIRETALE_REPORT_STATE_TABLE_H

#include "base/text_builder.h"
#include "report/state_counts.h"

struct state_table_style {
	bool colour;
	size_t columns; /* of a line */
};

/*
 * The states that have sockets (or had some before), largest first, each with what it is and what
 * many of them mean. notes[state]: one more sentence about those there are; NULL: none.
 */
void state_table_append(struct text_builder *out, const struct state_counts *counts,
			const char *const notes[TCP_STATE_COUNT],
			const struct state_table_style *style);

/* "ESTABLISHED 21 (+3), TIME_WAIT 4": a look in one line, without a line end; nothing: "none". */
void state_line_append(struct text_builder *out, const struct state_counts *counts);

#endif
