/*
 * What `wiretale lab score` shows: a row an experiment and one of all, as tables for a terminal or
 * in Markdown, or as lines of JSON. Names are made harmless. One thread.
 *
 *   table = lab_score_table_create(most);
 *   lab_score_table_add(table, name, problem, score);
 *   lab_score_table_append(table, &style, out);
 *   lab_score_table_destroy(table);
 */
#ifndef WIRETALE_PROGRAMS_LAB_SCORE_TABLE_H
#define WIRETALE_PROGRAMS_LAB_SCORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "tcp_lab/lab_score.h"

struct lab_score_style {
	bool markdown;
	bool colour;
	size_t columns; /* of a line; not of Markdown */
	uint64_t seed;
	const char *command; /* of Markdown: what makes the page */
};

struct lab_score_table;

/* most: experiments. NULL: out of memory. */
struct lab_score_table *lab_score_table_create(size_t most);
void lab_score_table_destroy(struct lab_score_table *table); /* may be NULL */

/* name: borrowed. problem: why it did not pass, copied; "": it did. score: NULL: there is none. */
void lab_score_table_add(struct lab_score_table *table, const char *name, const char *problem,
			 const struct lab_score *score);

/* All rows, and that of all. */
void lab_score_table_append(const struct lab_score_table *table,
			    const struct lab_score_style *style, struct text_builder *out);

/* A line of JSON, with its end: of the latest row, and of all. */
void lab_score_table_json_row(const struct lab_score_table *table, struct text_builder *out);
void lab_score_table_json_total(const struct lab_score_table *table, struct text_builder *out);

#endif
