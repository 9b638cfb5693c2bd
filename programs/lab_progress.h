/*
 * A line on standard error, where that is a terminal, about what runs at the moment. It is taken
 * away before anything else is written. One thread.
 */
#ifndef WIRETALE_PROGRAMS_LAB_PROGRESS_H
#define WIRETALE_PROGRAMS_LAB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"

struct lab_progress {
	bool wanted;              /* standard error is a terminal */
	struct text_builder line; /* owned; as it stands there; empty: nothing does */
	struct text_builder next; /* owned */
};

void lab_progress_init(struct lab_progress *progress);
void lab_progress_finish(struct lab_progress *progress); /* takes it away */

/* text: made harmless and cut to the width. The same as before is not written again. */
void lab_progress_show(struct lab_progress *progress, const char *text);
void lab_progress_hide(struct lab_progress *progress);

#endif
