/*
 * The page that leads to the pages of several experiments: a table of each group, in English, and
 * in Chinese where the reader asks for it. It needs no script and loads nothing. Whatever it is
 * given is text, never markup. Any thread.
 */
#ifndef WIRETALE_REPORT_PAGE_INDEX_H
#define WIRETALE_REPORT_PAGE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "tcp_flow/names.h"

enum page_index_result {
	PAGE_INDEX_PASSED,
	PAGE_INDEX_FAILED,
	PAGE_INDEX_STOPPED,  /* somebody ended it */
	PAGE_INDEX_NOT_TOLD, /* it never ran */
};

/* Stands near the start of each index: who finds it knows whose the file is. */
#define PAGE_INDEX_MARK "<meta name=\"generator\" content=\"wiretale\">"
#define PAGE_INDEX_MARK_WITHIN 512u /* bytes */

/* How a run's first connection opened and closed. */
struct page_index_connection {
	bool exists; /* else there was none */
	bool has_first;
	enum tcp_opening opening;
	enum tcp_closing closing;
	enum tcp_side first; /* to close; with has_first */
};

/* All borrowed. */
struct page_index_row {
	const char *name;
	const char *title;
	const char *question;      /* "": none */
	const char *chinese_title; /* NULL: it has none, as is the next */
	const char *chinese_question;
	const char *chinese_language; /* "zh-CN", of both; letters, digits and hyphens */
	const char *file;             /* the page's, in the same folder; NULL: it has none */
	const char *what;             /* a sentence of what went wrong; "": nothing */
	const char *created;          /* as of the index */
	enum page_index_result result;
	int64_t duration_ns;
	struct page_index_connection connection;
};

/* A heading, with those rows that follow it. */
struct page_index_group {
	const char *heading;
	const char *chinese; /* the same heading */
};

struct page_index {
	const char *program; /* "wiretale 0.1.0" */
	const char *created; /* "2026-11-21 18:00", of UTC */
	size_t count;        /* of all rows; */
	size_t passed;       /* of them */
};

/* In this order: the beginning; each group with its rows, and its end; the end. */
void page_index_begin(struct text_builder *out, const struct page_index *index);
void page_index_group(struct text_builder *out, const struct page_index_group *group);
void page_index_row(struct text_builder *out, const struct page_index_row *row);
void page_index_group_end(struct text_builder *out);
void page_index_end(struct text_builder *out);

/* ---- what an index says that was written before ---- */

#define PAGE_INDEX_NAME_BYTES 256u

/* A row as it stands in a file, which may be anybody's: borrowed from its text. */
struct page_index_earlier {
	char name[PAGE_INDEX_NAME_BYTES]; /* letters, digits, '.', '_' and '-' */
	bool passed;
	const char *row;
	size_t length;
};

/*
 * The next row behind *at, which is moved behind it; 0 to begin with. Rows of experiments of other
 * names than these letters are passed over. False: there is none.
 */
bool page_index_earlier(const char *text, size_t length, size_t *at,
			struct page_index_earlier *out);
/* In place of page_index_row(): marked as of an earlier run. */
void page_index_keep_row(struct text_builder *out, const struct page_index_earlier *earlier);

#endif
