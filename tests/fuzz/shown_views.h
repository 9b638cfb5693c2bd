/*
 * What --segments, --detail and --follow make of a capture, held to what each must keep: every line
 * within its width, no end in a blank, nothing that a terminal obeys. All functions abort where it
 * does not hold.
 */
#ifndef WIRETALE_TESTS_FUZZ_SHOWN_VIEWS_H
#define WIRETALE_TESTS_FUZZ_SHOWN_VIEWS_H

#include "report/detail_text.h"
#include "report/follow_text.h"
#include "report/ladder.h"
#include "report/stream_messages.h"
#include "tcp_flow/byte_stream.h"

struct shown_views {
	bool colour;
	struct ladder_style ladder;
	struct detail_style detail;
	struct explanation_memory memory;
	struct stream_messages *messages; /* owned; of connection 1 */
	struct byte_stream streams[2];    /* of connection 1 */
	struct follow_text follow;        /* of connection 1 */
	bool follows;                     /* it has begun, and is not over */
	uint32_t details;                 /* frames that were shown whole */
	struct text_builder text;
	struct text_builder followed; /* what has no line end yet */
};

void shown_views_init(struct shown_views *views, bool colour);
void shown_views_finish(struct shown_views *views);

/* view->packet, its trail and what was found of it; its messages are filled in here. */
void shown_views_segment(struct shown_views *views, struct frame_view *view);

/* The connection is over. */
void shown_views_end(struct shown_views *views, const struct tcp_connection *connection);

#endif
