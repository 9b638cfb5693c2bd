/* The relay's own protocol, version 1, message by message (docs/protocol.md). */
#ifndef WIRETALE_REPORT_RELAY_DISSECTION_H
#define WIRETALE_REPORT_RELAY_DISSECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/conversation.h"

/* A stream could begin so: a whole header that the protocol allows. */
bool relay_dissection_fits(const uint8_t *bytes, size_t length);

/*
 * Tells of the frame at the start of the bytes: its name, bytes, whether it is whole; the detail
 * goes to `detail`. Returns how many of the bytes it took, 0: no frame starts here.
 */
size_t relay_dissection_tell(const uint8_t *bytes, size_t length, struct conversation_line *line,
			     struct text_builder *detail);

#endif
