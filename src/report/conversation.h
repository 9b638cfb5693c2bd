/*
 * What two programs said to each other, as far as the kept beginnings of their streams tell it:
 * the protocol, a name for the whole, and the messages one by one, the relay's own taken apart.
 * Whatever came from the wire is made harmless. Any thread.
 *
 *   conversation_begin(&conversation, connection);
 *   while (conversation_next(&conversation, &line))
 *           ... line.name, line.detail ...
 *   conversation_finish(&conversation);
 *
 * There may be thousands of lines: at most one for each byte of the two beginnings.
 */
#ifndef WIRETALE_REPORT_CONVERSATION_H
#define WIRETALE_REPORT_CONVERSATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/conversation_name.h"

#define CONVERSATION_DETAIL_MAX_BYTES                                                              \
	1024u /* of one line's detail; what would pass it is left out */
#define CONVERSATION_NAME_BYTES 40u

enum conversation_reader {
	READS_TURNS, /* binary that nobody knows: a line for each turn */
	READS_TEXT,
	READS_HTTP,
	READS_TLS,
	READS_RELAY,
	READS_CLASSIC,
};

/*
 * "wiretale", "classic", "tls", "http", "ssh", "text" ...; NULL: nothing known, or no payload was
 * kept. Static.
 */
const char *conversation_protocol(const struct tcp_connection *connection);

/*
 * The relay's own two only, quickly: READS_RELAY, or READS_CLASSIC with how long the server's
 * greeting is as far as can be told; else READS_TURNS.
 */
enum conversation_reader conversation_relay_reader(const struct tcp_connection *connection,
						   uint32_t *hello_bytes);

/*
 * One short phrase for a heading: "TLS 1.3 to example.org (ALPN h2)", "HTTP example.org GET /",
 * "Wiretale relay", "Wiretale relay, classic dialect". False: it has no name, nothing was written.
 */
bool conversation_name(const struct tcp_connection *connection, struct text_builder *out);

struct conversation_line {
	enum tcp_side from;
	uint64_t frame;  /* that brought its first byte; 0: not known */
	int64_t time_ns; /* of that frame, since the connection's first */
	uint64_t bytes;  /* of the message on the wire, by what it says of itself */
	bool whole;      /* all of it is in the kept beginning of the stream */
	char name[CONVERSATION_NAME_BYTES]; /* "SEND request", "TIME answer", "hello", "text",
					       "bytes" */
	const char *detail; /* "id 9, to room tea, 5 bytes: hello"; may be ""; borrowed until the
			       next */
};

struct conversation {
	const struct tcp_connection *connection; /* borrowed */
	enum conversation_reader reader;
	struct text_builder detail; /* owned; of the line last given */
	uint32_t read[2];           /* bytes of each head that lines were made of, by side */
	uint32_t hello_bytes;       /* classic: of the greeting before the server's messages */
	uint32_t open_sends;        /* classic: SEND requests without an answer so far */
	bool encrypted[2];          /* TLS: what this side says cannot be read any more */
};

void conversation_begin(struct conversation *conversation, const struct tcp_connection *connection);

/* The next message, in the order in which they were sent. False: those were all. */
bool conversation_next(struct conversation *conversation, struct conversation_line *out);

/* Bytes that this side sent and no line told of, so far. */
uint64_t conversation_untold(const struct conversation *conversation, enum tcp_side side);

void conversation_finish(struct conversation *conversation);

#endif
