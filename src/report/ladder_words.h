/*
 * What is said of one segment in a ladder, piece by piece, each with what it is worth: the arrow
 * has room for some of them only. Any thread.
 */
#ifndef WIRETALE_REPORT_LADDER_WORDS_H
#define WIRETALE_REPORT_LADDER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/ladder.h"

/* None but LENGTH and WINDOW are ever left out; what is worth most comes first. */
enum ladder_worth {
	LADDER_FLAGS,
	LADDER_NUMBERS,
	LADDER_LABEL, /* what is odd about it, and why it was sent again */
	LADDER_SACK,
	LADDER_MESSAGE,
	LADDER_OPTION, /* of a SYN: all of them on the arrow, or none */
	LADDER_LENGTH, /* left out where there is no room: the sequence numbers tell it too */
	LADDER_WINDOW, /* left out before that */
	LADDER_REMARK, /* no word of the segment itself: always under the arrow */
	LADDER_WORTH_COUNT,
};

#define LADDER_PIECES_MAX 48u
#define LADDER_WORDS_BYTES 2048u /* labels all set, four SACK blocks and a SYN's options fit */

struct ladder_piece {
	enum ladder_worth worth;
	uint16_t offset; /* in `text` */
	uint16_t length;
	uint16_t width;  /* columns */
	bool on_arrow;   /* it has found room there */
	const char *sgr; /* static; NULL: none */
};

struct ladder_words {
	struct ladder_piece pieces[LADDER_PIECES_MAX]; /* as they are read from left to right */
	size_t count;
	size_t used; /* of `text` */
	char text[LADDER_WORDS_BYTES];
};

/* Of one segment, in the order of reading, without its messages. */
void ladder_words_gather(struct ladder_words *words, const struct ladder_line *line,
			 const struct ladder_style *style);

/* Adds one more; false: there is no room for it. */
bool ladder_words_add(struct ladder_words *words, enum ladder_worth worth, const char *text,
		      const char *sgr);

/* "SYN ACK". */
void ladder_words_add_flags(struct ladder_words *words, uint16_t flags);

/* What lies before the segment and was not seen. False: nothing that is known. */
struct ladder_gap {
	int64_t left; /* relative numbers, [left, right) */
	int64_t right;
	bool acknowledged; /* the other side has it */
};
bool ladder_gap_before(const struct ladder_line *line, struct ladder_gap *out);
void ladder_words_of_gap(struct ladder_words *words, const struct ladder_line *line,
			 const struct ladder_gap *gap, const struct ladder_style *style);

/* It was sent before, as far as the labels and the facts tell. */
bool ladder_is_resent(const struct segment_facts *segment);

#endif
