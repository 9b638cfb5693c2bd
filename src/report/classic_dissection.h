/* The classic dialect: messages of 264 bytes behind a greeting that is none (docs/protocol.md). */
#ifndef WIRETALE_REPORT_CLASSIC_DISSECTION_H
#define WIRETALE_REPORT_CLASSIC_DISSECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/conversation.h"

/* Both streams look like it. Then *hello_bytes: how long the server's greeting is. */
bool classic_dissection_fits(const struct tcp_connection *connection, uint32_t *hello_bytes);

/*
 * Tells of the message at the start of the bytes, which are not empty; `line->from` and the
 * conversation say whose it is. Returns how many of the bytes it took; never 0.
 */
size_t classic_dissection_tell(struct conversation *conversation, const uint8_t *bytes,
			       size_t length, struct conversation_line *line);

#endif
