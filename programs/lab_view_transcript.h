/* What was typed, printed and done to the cable, as text, by time. (Part of lab_view.h.) */
#ifndef WIRETALE_PROGRAMS_LAB_VIEW_TRANSCRIPT_H
#define WIRETALE_PROGRAMS_LAB_VIEW_TRANSCRIPT_H

#include "programs/lab_view.h"

/* Where more than one program ran, or somebody typed: else what one printed stands by itself. */
bool lab_view_wants_transcript(const struct lab_record *record);

void lab_view_transcript(struct text_builder *out, const struct lab_record *record,
			 const struct lab_view_style *style);

#endif
