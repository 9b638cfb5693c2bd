/* The classic dialect: messages of 264 bytes behind a greeting that is none (docs/protocol.md). */
#ifndef WIRETALE_REPORT_CLASSIC_DISSECTION_H
#define WIRETALE_REPORT_CLASSIC_DISSECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay_protocol/classic.h"
#include "report/conversation.h"

/* Both streams look like it. Then *hello_bytes: how long the server's greeting is. */
bool classic_dissection_fits(const struct tcp_connection *connection, uint32_t *hello_bytes);

/*
 * "TIME request", "SEND answer", "unknown type". Once for each message, in the order of the stream:
 * which answer belongs to a request is counted.
 */
void classic_dissection_name(struct conversation *conversation, enum tcp_side from, uint64_t type,
			     char out[CONVERSATION_NAME_BYTES]);

/* "TIME"; NULL for a number that is none. Static. */
const char *classic_dissection_type(uint64_t type);

/* What the message says. */
void classic_dissection_detail(struct text_builder *detail, enum tcp_side from,
			       const struct classic_message *message);

/* All of what the server said so far, before the client said anything, looks like its greeting. */
bool classic_dissection_greets(const struct tcp_connection *connection);

/* The bytes could be the beginning of a message of a known type. */
bool classic_dissection_could_start(const uint8_t *bytes, size_t length);

/*
 * Tells of the message at the start of the bytes, which are not empty; `line->from` and the
 * conversation say whose it is. Returns how many of the bytes it took; never 0.
 */
size_t classic_dissection_tell(struct conversation *conversation, const uint8_t *bytes,
			       size_t length, struct conversation_line *line);

#endif
