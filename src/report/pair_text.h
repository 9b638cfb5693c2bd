/*
 * What two captures of the same connections tell together, for people: the clocks, then each
 * connection with its path, its times, and what was lost. Frames are told as [A12] and [B18]: of
 * the first and of the second file. Any thread.
 */
#ifndef WIRETALE_REPORT_PAIR_TEXT_H
#define WIRETALE_REPORT_PAIR_TEXT_H

#include "base/text_builder.h"
#include "report/story.h"
#include "tcp_flow/capture_pair.h"

/* What both have in common, which end is whose, and how the clocks differ. */
void pair_text_summary(struct text_builder *out, const struct capture_pair *pair,
		       const char *const names[2], const struct story_style *style);

/* A connection of both; number: from 1. */
void pair_text_connection(struct text_builder *out, const struct capture_pair *pair,
			  const struct flow_pair *flows, uint32_t number,
			  const struct story_style *style);

/* Those that one of them lacks. Nothing where there are none. */
void pair_text_only(struct text_builder *out, const struct capture_pair *pair,
		    const char *const names[2], const struct story_style *style);

#endif
