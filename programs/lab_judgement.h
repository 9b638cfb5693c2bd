/*
 * Whether an experiment came out as its file expects: what the run has judged, and what is judged
 * of the connections once all is over. One thread.
 *
 *   judgement = lab_judgement_create(record, full);
 *   for each connection, at each place:  lab_judgement_connection(judgement, ...);
 *   lab_judgement_conclude(judgement, connections);
 *   ... lab_judgement_passed(judgement) ...
 *   lab_judgement_destroy(judgement);
 */
#ifndef WIRETALE_PROGRAMS_LAB_JUDGEMENT_H
#define WIRETALE_PROGRAMS_LAB_JUDGEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_flow/connection.h"
#include "tcp_lab/lab_record.h"

#define LAB_JUDGED_CONNECTIONS_MAX 8192u /* at all places; those over it are not held against */
#define LAB_DIFFERENCE_MAX_BYTES 4096u

struct lab_expectation {
	const struct step *step; /* borrowed from the experiment */
	const char *text;        /* borrowed from it: "closing.kind=orderly-3", without "expect" */
	bool judged;             /* else the run ended before */
	bool held;
	char *difference; /* owned; what is otherwise; NULL: nothing to say */
};

struct lab_judgement;

/* record: borrowed. NULL: out of memory. */
struct lab_judgement *lab_judgement_create(const struct lab_record *record, bool full);
void lab_judgement_destroy(struct lab_judgement *judgement); /* may be NULL */

/* number: in the cable's capture. False: out of memory. */
bool lab_judgement_connection(struct lab_judgement *judgement, enum wanted_vantage vantage,
			      uint32_t number, const struct tcp_connection *connection);

/* connections: that the cable has seen. False: out of memory. */
bool lab_judgement_conclude(struct lab_judgement *judgement, uint32_t connections);

/* In the order of the file, those that this run skips left out. */
const struct lab_expectation *lab_judgement_expectations(const struct lab_judgement *judgement,
							 size_t *count);
size_t lab_judgement_held(const struct lab_judgement *judgement);

/* All steps went well, and all that was expected is so. */
bool lab_judgement_passed(const struct lab_judgement *judgement);

/* In a line: the first thing that is not so; "" where it passed. */
const char *lab_judgement_failure(const struct lab_judgement *judgement);

#endif
