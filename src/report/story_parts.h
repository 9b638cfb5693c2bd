/*
 * The story of a connection in its parts. Each adds sentences, behind a blank where some stand
 * before them, or nothing.
 */
#ifndef WIRETALE_REPORT_STORY_PARTS_H
#define WIRETALE_REPORT_STORY_PARTS_H

#include <stdbool.h>

#include "base/text_builder.h"
#include "tcp_flow/connection.h"

#define STORY_TURNS_TOLD_MAX 4u /* one after the other; more are summed up */

/* The blank before a sentence that is not the first. */
void story_begin_sentence(struct text_builder *out);

/* How it began and what was agreed on; nobody's data yet. */
void story_opening(struct text_builder *out, const struct tcp_connection *connection);

/* Who said how much, when. Nothing where no conversation began. */
void story_exchange(struct text_builder *out, const struct tcp_connection *connection);

/* Who closed first, in how many segments and why so many, who stays in TIME_WAIT. */
void story_closing(struct text_builder *out, const struct tcp_connection *connection);

/* The story, or a finding with more proof, says all that this one would: lists leave it out. */
bool story_tells(const struct tcp_connection *connection, const struct tcp_finding *finding);

#endif
