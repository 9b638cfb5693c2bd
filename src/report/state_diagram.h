/*
 * The state diagram of RFC 9293 (section 3.3.2), drawn in text, with how many sockets are in which
 * state. 79 columns, whatever room there is. Any thread.
 */
#ifndef WIRETALE_REPORT_STATE_DIAGRAM_H
#define WIRETALE_REPORT_STATE_DIAGRAM_H

#include "base/text_builder.h"
#include "report/state_counts.h"

#define STATE_DIAGRAM_COLUMNS 79u

/* Boxes of states that have sockets are drawn with #, and bold where there is colour. */
void state_diagram_append(struct text_builder *out, const struct state_counts *counts, bool colour);

#endif
