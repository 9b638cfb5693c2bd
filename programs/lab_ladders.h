/*
 * The ladders of a run, connection by connection, with what the steps did between the segments, and
 * below each the connection's story. Of a long one the beginning and the end are kept, unless all
 * is wanted. One thread.
 *
 *   ladders = lab_ladders_create(record, &style);
 *   for each segment:     lab_ladders_segment(ladders, segment);
 *   for each arrival:     lab_ladders_arrival(ladders, arrival);
 *   for each ICMP error:  lab_ladders_error(ladders, error);
 *   for each connection:  lab_ladders_connection(ladders, connection);     the cable's
 *   lab_ladders_close(ladders);
 *   lab_ladders_append(ladders, i, out);
 *   lab_ladders_destroy(ladders);
 */
#ifndef WIRETALE_PROGRAMS_LAB_LADDERS_H
#define WIRETALE_PROGRAMS_LAB_LADDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"
#include "tcp_lab/lab_inference.h"
#include "tcp_lab/lab_record.h"

struct lab_ladders_style {
	bool colour;
	bool whole;           /* every segment of every connection */
	bool stories_only;    /* no segment */
	size_t columns;       /* of a line of the ladder */
	size_t prose_columns; /* of a line of a story */
};

/* Unless all is wanted. */
#define LAB_LADDER_FIRST_LINES 60u /* of one connection: segments with what is told of them */
#define LAB_LADDER_LAST_LINES 30u
#define LAB_LADDERS_SHOWN 6u  /* connections with a ladder */
#define LAB_STORIES_SHOWN 12u /* connections with a story */

/* In any case. */
#define LAB_LADDERS_MAX_CONNECTIONS 4096u
#define LAB_LADDERS_MAX_BYTES (192u * 1024 * 1024)

struct lab_ladders;

/* record: borrowed. NULL: out of memory. */
struct lab_ladders *lab_ladders_create(const struct lab_record *record,
				       const struct lab_ladders_style *style);
void lab_ladders_destroy(struct lab_ladders *ladders); /* may be NULL */

void lab_ladders_segment(struct lab_ladders *ladders, const struct lab_inferred_segment *segment);
void lab_ladders_arrival(struct lab_ladders *ladders, const struct lab_arrival *arrival);
void lab_ladders_error(struct lab_ladders *ladders, const struct lab_inferred_error *error);
void lab_ladders_connection(struct lab_ladders *ladders,
			    const struct lab_inferred_connection *connection);

/* No more will come: what the steps did behind the last segments. */
void lab_ladders_close(struct lab_ladders *ladders);

/* How many there are. */
size_t lab_ladders_count(const struct lab_ladders *ladders);
/* Of the i-th, from 0: what is to be written. */
void lab_ladders_append(const struct lab_ladders *ladders, size_t i, struct text_builder *out);
/* Something is missing since memory or a ceiling ended. */
bool lab_ladders_incomplete(const struct lab_ladders *ladders);

#endif
