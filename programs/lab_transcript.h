/*
 * What was typed to the programs of a run, what they printed and what happened meanwhile, in the
 * order of time. Pure. One thread.
 *
 *   transcript = lab_transcript_create(record, whole);
 *   while (lab_transcript_next(transcript, &entry)) ...
 *   lab_transcript_destroy(transcript);
 */
#ifndef WIRETALE_PROGRAMS_LAB_TRANSCRIPT_H
#define WIRETALE_PROGRAMS_LAB_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_lab/lab_record.h"

/* Unless all is wanted: of one program, lines that are told. */
#define LAB_TRANSCRIPT_FIRST_LINES 60u
#define LAB_TRANSCRIPT_LAST_LINES 20u
/* More than so many lines in a row that differ in numbers only, each soon after the one before,
 * are told by the first of them. */
#define LAB_TRANSCRIPT_ALIKE_LINES 8u
#define LAB_TRANSCRIPT_ALIKE_NS (INT64_C(20) * 1000 * 1000)

enum lab_entry_kind {
	LAB_ENTRY_STARTED,     /* the program; text: its command */
	LAB_ENTRY_TYPED,       /* a line for its input */
	LAB_ENTRY_INPUT_ENDED, /* behind what was typed */
	LAB_ENTRY_SIGNALLED,   /* a step sent it `signal` */
	LAB_ENTRY_PRINTED,     /* a line of its output, without its end */
	LAB_ENTRY_LEFT_OUT,    /* `lines` of its output */
	LAB_ENTRY_DROPPED,     /* its output went over what is kept */
	LAB_ENTRY_ENDED,       /* see program_fate_text() */
	LAB_ENTRY_CABLE,       /* what was done to the cable; text: "cut" */
};

struct lab_entry {
	enum lab_entry_kind kind;
	int64_t at_ns;    /* since the run's beginning */
	bool untimed;     /* printed at that time or later: when was not kept */
	size_t program;   /* in the record; of the cable: how many there are */
	const char *text; /* borrowed from the record or the transcript; not harmless */
	size_t length;
	int signal;
	uint64_t lines; /* with PRINTED: such as are like it, right behind it, and not told */
};

struct lab_transcript;

/* record: borrowed. whole: every line. NULL: out of memory. */
struct lab_transcript *lab_transcript_create(const struct lab_record *record, bool whole);
void lab_transcript_destroy(struct lab_transcript *transcript); /* may be NULL */

/* False: there is no more. */
bool lab_transcript_next(struct lab_transcript *transcript, struct lab_entry *out);

/* A line was typed to a program of the run. */
bool lab_transcript_has_typing(const struct lab_record *record);

/* The first program of the record with the host and the name of that one: the same as it, to those
 * who read. */
size_t lab_transcript_namesake(const struct lab_record *record, size_t program);

#endif
