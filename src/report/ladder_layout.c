#include "report/ladder_layout.h"

#include <stdint.h>

#define STATES_OUTSIDE_FROM 104u /* columns that leave the arrows as much room as 80 do */
#define LANE_MAX 110u            /* longer arrows are no easier to follow */
#define UNLIMITED_COLUMNS 120u   /* where lines may be as wide as they like */

/* From so many columns on. The widest first. */
static const struct {
	size_t columns;
	size_t margin;       /* of one connection: "[1234567]  12.345678" */
	size_t mixed_margin; /* with its number, and the time of day */
	size_t parting;
	int mixed_digits;
} steps[] = {
	{ 120, 22, 30, 2, 6 },
	{ 100, 20, 28, 2, 6 },
	{ 80, 18, 25, 2, 6 },
	{ 0, 16, 21, 1, 3 },
};

struct ladder_layout ladder_layout_of(const struct ladder_style *style)
{
	size_t columns = style->columns > 0 ? style->columns : UNLIMITED_COLUMNS;
	struct ladder_layout layout = { .end = SIZE_MAX };
	size_t step = 0;
	size_t right;

	if (columns < LADDER_COLUMNS_MIN)
		columns = LADDER_COLUMNS_MIN;
	if (style->columns > 0)
		layout.end = columns;
	while (columns < steps[step].columns)
		step++;
	layout.margin = style->mixed ? steps[step].mixed_margin : steps[step].margin;
	layout.parting = steps[step].parting;
	layout.time_digits = style->mixed ? steps[step].mixed_digits : 6;
	layout.states_outside = columns >= STATES_OUTSIDE_FROM;
	layout.client = layout.margin + 1;
	right = columns;
	if (layout.states_outside) {
		layout.client += LADDER_STATE_COLUMNS + 1;
		right -= LADDER_STATE_COLUMNS + 1;
	}
	if (right > layout.client + LANE_MAX)
		right = layout.client + LANE_MAX;
	layout.server = right - 1;
	return layout;
}
