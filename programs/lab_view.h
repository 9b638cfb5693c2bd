/*
 * One experiment as text: question, ladders with their stories, programs, how the wire's inference
 * compared, expectations, explanation. Text from files and programs is made harmless. One thread.
 */
#ifndef WIRETALE_PROGRAMS_LAB_VIEW_H
#define WIRETALE_PROGRAMS_LAB_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"
#include "programs/lab_judgement.h"
#include "programs/lab_ladders.h"
#include "tcp_lab/lab_inference.h"
#include "tcp_lab/lab_record.h"

struct lab_view_style {
	bool colour;
	bool whole; /* all lines of programs too */
	size_t columns;
};

/* Unless all is wanted: of a program's output, of differing states. */
#define LAB_OUTPUT_FIRST_LINES 30u
#define LAB_OUTPUT_LAST_LINES 10u
#define LAB_DIFFERENCES_SHOWN 12u

/* Title, question, what the hosts and the cable are like. */
void lab_view_beginning(struct text_builder *out, const struct lab_record *record,
			const struct lab_view_style *style);

/* What the programs printed, and how they ended; of several, or where somebody typed, by time.
 * Nothing where there are none. */
void lab_view_programs(struct text_builder *out, const struct lab_record *record,
		       const struct lab_view_style *style);

void lab_view_states(struct text_builder *out, const struct lab_record *record,
		     const struct lab_states *states, const struct lab_view_style *style);

/* Rules of the cable that never acted. */
void lab_view_unused_rules(struct text_builder *out, const struct lab_record *record,
			   const struct lab_view_style *style);

/* What went wrong, and what was expected. */
void lab_view_expectations(struct text_builder *out, const struct lab_record *record,
			   const struct lab_judgement *judgement,
			   const struct lab_view_style *style);

void lab_view_explanation(struct text_builder *out, const struct experiment *experiment,
			  const struct lab_view_style *style);

/* A paragraph of its own, wrapped; behind an empty line. */
void lab_view_paragraph(struct text_builder *out, const char *text,
			const struct lab_view_style *style);

#endif
