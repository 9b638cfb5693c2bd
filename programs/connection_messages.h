/*
 * The relay's messages of many connections at a time: which of them have bytes in the segment at
 * hand. Memory has a ceiling: connections beyond it have no messages told.
 */
#ifndef WIRETALE_PROGRAMS_CONNECTION_MESSAGES_H
#define WIRETALE_PROGRAMS_CONNECTION_MESSAGES_H

#include <stddef.h>
#include <stdint.h>

#include "report/stream_messages.h"

#define CONNECTION_MESSAGES_MAX 4096u /* connections followed at a time */

struct connection_messages;

struct connection_messages *connection_messages_create(void);      /* NULL: out of memory */
void connection_messages_destroy(struct connection_messages *all); /* may be NULL */

/* As stream_messages_segment(), for whichever connection. */
size_t connection_messages_segment(struct connection_messages *all,
				   const struct tcp_connection *connection,
				   const struct segment_facts *segment,
				   const struct stream_message **out);

/* No more segments of it will come. */
void connection_messages_forget(struct connection_messages *all, uint64_t number);

#endif
