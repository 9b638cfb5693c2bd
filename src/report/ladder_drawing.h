/* The parts of the ladder's own files: one segment while it is drawn. Any thread. */
#ifndef WIRETALE_REPORT_LADDER_DRAWING_H
#define WIRETALE_REPORT_LADDER_DRAWING_H

#include <stdbool.h>
#include <stddef.h>

#include "report/ladder.h"
#include "report/ladder_layout.h"
#include "report/ladder_row.h"
#include "report/ladder_words.h"

struct ladder_drawing {
	const struct ladder_line *line;   /* borrowed; NULL: it is no segment */
	const struct ladder_style *style; /* borrowed */
	struct ladder_layout layout;
	struct ladder_row row; /* the one that is being written */
	struct ladder_words words;
	enum tcp_side from;                  /* the sender */
	struct ladder_truth_state states[2]; /* by side; shown when they change or differ */
	struct text_builder why; /* what the lab did to the segment, harmless; "": nothing */
};

/* What stands at the left of a row that begins something. */
struct ladder_place {
	uint64_t frame;      /* 0: none */
	uint64_t connection; /* 0: none */
	int64_t time_ns;
	bool since_1970; /* else since some beginning */
};

void ladder_margin(struct ladder_drawing *drawing, const struct ladder_place *place);

/* "|" or ":" in the column of a lifeline. */
void ladder_lifeline(struct ladder_drawing *drawing, size_t column, const char *mark);

/* ":   1.5 s pass   :", where it was long enough to be worth a row. */
void ladder_silence(struct ladder_drawing *drawing, int64_t silence_ns);

bool ladder_shows_state(const struct ladder_drawing *drawing, enum tcp_side side);
void ladder_state(struct ladder_drawing *drawing, enum tcp_side side);
size_t ladder_state_width(const struct ladder_drawing *drawing, enum tcp_side side);
/* Beside the lifelines, where they stand there: the client's before its lifeline is drawn, the
 * server's behind its own, with the end of the row. */
void ladder_state_before(struct ladder_drawing *drawing);
void ladder_state_behind(struct ladder_drawing *drawing);

/* ladder_arrow.c: from lifeline to lifeline, with as many of the words as fit. */
void ladder_arrow(struct ladder_drawing *drawing);
/* The broken one of what is missing before the segment. */
void ladder_gap_arrow(struct ladder_drawing *drawing, struct ladder_words *words);
/* How the way of an ARRIVES_LATER segment ends. words: whose way it is. */
void ladder_arrival_arrow(struct ladder_drawing *drawing, int64_t way_ns);
/* One that begins at no lifeline, for nobody sent it. */
void ladder_made_arrow(struct ladder_drawing *drawing, bool has_arrived, int64_t way_ns);

/* ladder_lab.c: what a lab knows, as states and words of the segment. */
void ladder_truth_take(struct ladder_drawing *drawing);

/* ladder_notes.c: what stands under the arrow; a message that has no more to it than its name is a
 * word for the arrow. */
void ladder_message_word(struct ladder_drawing *drawing);
void ladder_notes(struct ladder_drawing *drawing);
/* Text in rows of its own at that side; in the middle for TCP_BOTH_SIDES. */
void ladder_text_rows(struct ladder_drawing *drawing, enum tcp_side side, const char *text,
		      const char *sgr);

#endif
