/* The relay's own protocol, version 1, message by message (docs/protocol.md). */
#ifndef WIRETALE_REPORT_RELAY_DISSECTION_H
#define WIRETALE_REPORT_RELAY_DISSECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay_protocol/limits.h"
#include "report/conversation.h"

#define RELAY_DISSECTION_BODY_MAX_BYTES (RELAY_BODY_MAX_BYTES + RELAY_SERVER_EXTRA_BYTES)

/* A stream could begin so: a whole header that the protocol allows. */
bool relay_dissection_fits(const uint8_t *bytes, size_t length);

/* "TIME request", "type 77 response": of a whole header that the protocol allows. */
void relay_dissection_name(const uint8_t header[RELAY_FRAME_HEADER_BYTES],
			   char out[CONVERSATION_NAME_BYTES]);

/* "TIME", "request"; NULL for a number that is none. Static. */
const char *relay_dissection_type(uint16_t type);
const char *relay_dissection_kind(uint8_t kind);

/*
 * Tells of the frame at the start of the bytes: its name, bytes, whether it is whole; the detail
 * goes to `detail`. Returns how many of the bytes it took, 0: no frame starts here.
 */
size_t relay_dissection_tell(const uint8_t *bytes, size_t length, struct conversation_line *line,
			     struct text_builder *detail);

#endif
