/*
 * The page of one experiment: its segments and connections as they are inferred, with what both
 * kernels said; in the end the experiment itself. It prints nothing. One thread.
 *
 *   page = lab_page_create("out/close-three.html", record);
 *   for each segment and connection of the cable, in order:
 *           lab_page_segment(page, segment), lab_page_connection(page, connection)
 *   lab_page_write(page, &ending);
 *   lab_page_destroy(page);
 */
#ifndef WIRETALE_PROGRAMS_LAB_PAGE_H
#define WIRETALE_PROGRAMS_LAB_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "programs/lab_json.h"
#include "tcp_lab/lab_inference.h"
#include "tcp_lab/lab_record.h"

struct lab_page;

/* Both borrowed. NULL: no such file can be made; errno says why. */
struct lab_page *lab_page_create(const char *path, const struct lab_record *record);
void lab_page_destroy(struct lab_page *page); /* may be NULL */

/* As struct lab_inference_listener has them. */
void lab_page_segment(struct lab_page *page, const struct lab_inferred_segment *segment);
void lab_page_connection(struct lab_page *page, const struct lab_inferred_connection *connection);

/* All borrowed. */
struct lab_page_ending {
	const char *title;
	const char *source; /* "lab" or "try" */
	const char *index;  /* of struct page_heading */
	const struct lab_json_facts *facts;
	const char *script; /* the experiment's file, not terminated; NULL: there is none */
	size_t script_length;
};

/* False: there is no page. */
bool lab_page_write(struct lab_page *page, const struct lab_page_ending *ending);
/* What there is to say of that, with newlines between the sentences. */
const char *lab_page_said(const struct lab_page *page);

#endif
