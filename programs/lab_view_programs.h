/* A program of a run as text: its command, its end, what it printed. (Part of lab_view.h.) */
#ifndef WIRETALE_PROGRAMS_LAB_VIEW_PROGRAMS_H
#define WIRETALE_PROGRAMS_LAB_VIEW_PROGRAMS_H

#include "programs/lab_view.h"

void lab_view_program(struct text_builder *out, const struct lab_program_result *program,
		      const struct lab_view_style *style);

#endif
