/*
 * The relay's messages of one connection, version 1 or the classic dialect, found as segments come:
 * which of them stand in a segment, whole or in part, and all of a message once it is complete.
 * What is no relay's protocol has no messages. Hostile bytes; memory has a ceiling. One thread.
 *
 *   messages = stream_messages_create();
 *   for each segment of the connection, in the order of the file:
 *           count = stream_messages_segment(messages, connection, segment, &found);
 *   stream_messages_destroy(messages);
 */
#ifndef WIRETALE_REPORT_STREAM_MESSAGES_H
#define WIRETALE_REPORT_STREAM_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/dissection.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/segment_facts.h"

#define STREAM_MESSAGE_NAME_BYTES 40u
#define STREAM_MESSAGE_KEPT_BYTES 65536u /* of one message, to unfold it */
#define STREAM_MESSAGES_REMEMBERED 1024u /* of each side, to name what is sent again */
#define STREAM_MESSAGES_IN_SEGMENT 256u  /* more are not told one by one */

struct stream_message {
	enum tcp_side from;
	/* "TIME request", "SEND response", "hello"; "part of a message" while not even that is
	 * known */
	char name[STREAM_MESSAGE_NAME_BYTES];
	uint64_t bytes;          /* of the whole message, by what it says of itself; 0: not known */
	uint64_t stream_offset;  /* of its first byte; 0 is the first byte of that side's stream */
	uint32_t payload_offset; /* where its part in this segment's payload begins */
	uint32_t part_bytes;     /* how long that part is */
	uint64_t part_offset;    /* where that part begins in the message; 0 with `begins` */
	bool begins;             /* its first byte is in this segment */
	bool ends;               /* its last byte is in this segment */
	bool classic;            /* a message of the classic dialect, or its greeting */
	bool greeting;           /* the classic greeting, which is no message */
	uint64_t first_frame;    /* that brought its first byte; 0: not known */
	/* Its bytes from the first on, as far as they came in order and are kept. Borrowed until
	 * the next call, or from the segment. NULL with 0: forgotten, as of a message that is sent
	 * again much later. */
	const uint8_t *kept;
	uint32_t kept_bytes;
	const char *detail; /* one line: "id 9, to room tea, 5 bytes: hello"; "" while it is not
			       whole; harmless; borrowed until the next call */
};

struct stream_messages;

struct stream_messages *stream_messages_create(void);           /* NULL: out of memory */
void stream_messages_destroy(struct stream_messages *messages); /* may be NULL */

/*
 * Takes a segment, all in the order of the file, repeats included. *out: those with bytes in it, in
 * the order of the stream, borrowed until the next call. The tracker must keep payload
 * (TRACKER_KEEP_PAYLOAD): by the beginnings of both streams the protocol is recognised. It may
 * begin with a later segment of the connection; what its heads kept is not lost then.
 */
size_t stream_messages_segment(struct stream_messages *messages,
			       const struct tcp_connection *connection,
			       const struct segment_facts *segment,
			       const struct stream_message **out);

/*
 * Adds the message to the dissection as a layer with its fields: each with its offset, tag, length,
 * value and meaning. payload_frame_offset: where the segment's payload begins in the frame.
 * (message_layer.c)
 */
void stream_message_dissect(const struct stream_message *message, uint32_t payload_frame_offset,
			    struct dissection *out);

#endif
