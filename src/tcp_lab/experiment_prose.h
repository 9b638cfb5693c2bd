/*
 * What an experiment's file says to people: title, question, explanation, and the same in other
 * languages (`title[zh-CN]`). For experiment_parse.c. One thread; no input or output.
 */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_PROSE_H
#define WIRETALE_TCP_LAB_EXPERIMENT_PROSE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_lab/experiment_parser.h"
#include "tcp_lab/experiment_text.h"
#include "tcp_lab/lab_limits.h"

enum prose { PROSE_TITLE, PROSE_QUESTION, PROSE_EXPLANATION, PROSE_COUNT };

/* Where each stands, by line; 0: nowhere yet. Begins as zeros. */
struct experiment_prose {
	uint32_t lines[PROSE_COUNT];
	uint32_t translated[EXPERIMENT_MAX_TRANSLATIONS][PROSE_COUNT];
};

/* Whether the next word, which there must be, is such a heading. If so it is taken with its text,
 * into parser->experiment; *read: it was in order, else it was refused. */
bool experiment_prose_take(struct experiment_prose *prose, struct experiment_parser *parser,
			   struct experiment_text *file, bool *read);

bool experiment_prose_has_title(const struct experiment_prose *prose);

#endif
