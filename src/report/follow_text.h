/*
 * What both sides of a connection said, as text or in hex, in the order in which it came, with
 * frame and time in the margin. Complete whatever its length, in memory that does not grow with it.
 * The bytes are somebody else's: no terminal obeys what comes out. One thread.
 *
 *   follow_text_init(&follow, &style, write, context);
 *   follow_text_heading(&follow, connection);
 *   for each piece of both streams: follow_text_piece(&follow, &piece);
 *   follow_text_end(&follow, connection);
 *   follow_text_finish(&follow);
 */
#ifndef WIRETALE_REPORT_FOLLOW_TEXT_H
#define WIRETALE_REPORT_FOLLOW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "tcp_flow/byte_stream.h"
#include "tcp_flow/connection.h"

#define FOLLOW_COLUMNS_MIN 60u /* what is missing can be said in them */

enum follow_form {
	FOLLOW_TEXT,
	FOLLOW_HEX,
	FOLLOW_JSON, /* an object a line; no heading and no end */
};

struct follow_style {
	enum follow_form form;
	bool colour;    /* SGR sequences; else none */
	size_t columns; /* of a line of text; at least FOLLOW_COLUMNS_MIN is used; 0: as wide as it
			   is */
};

/* Where it goes, whole lines or not. */
typedef void (*follow_writer)(void *context, const char *text, size_t length);

/* Bytes that may be the beginning of a character whose rest comes with the side's next piece. */
struct follow_pending {
	uint8_t bytes[4];
	uint32_t count;
	/* of the piece that brought them */
	uint64_t frame;
	int64_t time_ns;
};

struct follow_text {
	struct follow_style style;
	follow_writer write;
	void *context;             /* of `write` */
	struct text_builder out;   /* owned; what waits to be written */
	struct text_builder shown; /* owned; what is put next: an escape, a count */
	struct follow_pending pending[2];
	uint64_t told[2];    /* bytes of each side */
	uint64_t missing[2]; /* bytes that are not in the capture */
	/* of the row that is being written */
	const struct stream_piece *piece; /* borrowed; the one at hand */
	size_t column;                    /* 0: none was begun */
	bool labelled;                    /* the piece has had its frame and time */
	bool dimmed;                      /* what stands there is no text of theirs */
};

void follow_text_init(struct follow_text *follow, const struct follow_style *style,
		      follow_writer write, void *context);
void follow_text_finish(struct follow_text *follow);

/* Who is who. */
void follow_text_heading(struct follow_text *follow, const struct tcp_connection *connection);

void follow_text_piece(struct follow_text *follow, const struct stream_piece *piece);

/* How much it was, and whether there was more. */
void follow_text_end(struct follow_text *follow);

#endif
