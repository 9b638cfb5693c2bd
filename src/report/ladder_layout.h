/*
 * Where the columns of a ladder are: at the left the frame and the time, then the lane between the
 * two lifelines, in which the arrows fly. Wide enough, the states stand outside of the lane;
 * narrower, they stand in it, under the arrow that changes them. As the lane gets narrower, first
 * the window goes, then the length, which the sequence numbers tell too; then options, messages and
 * labels move under the arrow. Flags and numbers stay on it.
 */
#ifndef WIRETALE_REPORT_LADDER_LAYOUT_H
#define WIRETALE_REPORT_LADDER_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "report/ladder.h"

#define LADDER_STATE_COLUMNS 11u /* "ESTABLISHED" */

struct ladder_layout {
	size_t margin;   /* columns of frame and time, from the left */
	size_t client;   /* the column of the client's lifeline */
	size_t server;   /* the column of the server's */
	size_t end;      /* the first column that nothing may stand in; SIZE_MAX: there is none */
	size_t parting;  /* blanks between two pieces on an arrow */
	int time_digits; /* behind the point of the second, at most */
	bool states_outside;
};

struct ladder_layout ladder_layout_of(const struct ladder_style *style);

#endif
