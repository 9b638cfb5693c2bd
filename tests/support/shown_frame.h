/* Frames as bytes, decoded and followed as a program would, up to the one that is looked at. */
#ifndef TESTS_SUPPORT_SHOWN_FRAME_H
#define TESTS_SUPPORT_SHOWN_FRAME_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "packet/header_trail.h"
#include "report/dissection.h"
#include "support/unit_test.h"
#include "tcp_flow/tcp_tracker.h"

#define SHOWN_FRAME_START_NS INT64_C(1700000000000000000)

struct shown_frame {
	struct packet_decoder *decoder; /* owned */
	struct tcp_tracker *tracker;    /* owned */
	uint8_t *
		bytes; /* owned; in a block of exactly their size, so that a read past it is seen */
	struct captured_frame frame;
	struct packet packet;
	struct header_trail trail;
	struct segment_facts facts;
	struct frame_view view; /* of the latest frame */
};

static inline void shown_frame_start(struct shown_frame *shown)
{
	const struct tcp_tracker_options options = { .flags = TRACKER_KEEP_PAYLOAD };

	memset(shown, 0, sizeof(*shown));
	shown->decoder = packet_decoder_create(PACKET_VERIFY_CHECKSUMS);
	shown->tracker = tcp_tracker_create(&options);
	assert_non_null(shown->decoder);
	assert_non_null(shown->tracker);
}

/* One second after the one before. original: bytes on the wire; 0: all were captured. */
static inline const struct frame_view *shown_frame_feed(struct shown_frame *shown,
							uint16_t link_type, const uint8_t *bytes,
							size_t length, uint32_t original)
{
	const struct tcp_connection *connection = NULL;

	free(shown->bytes);
	shown->bytes = malloc(length > 0 ? length : 1);
	assert_non_null(shown->bytes);
	memcpy(shown->bytes, bytes, length);
	shown->frame = (struct captured_frame){
		.number = shown->frame.number + 1,
		.time_ns = SHOWN_FRAME_START_NS + (int64_t)shown->frame.number * 1000000000,
		.bytes = shown->bytes,
		.captured_length = (uint32_t)length,
		.original_length = original > 0 ? original : (uint32_t)length,
		.link_type = link_type,
	};
	(void)packet_decode_trail(shown->decoder, &shown->frame, &shown->packet, &shown->trail);
	shown->view = (struct frame_view){
		.frame = &shown->frame,
		.packet = &shown->packet,
		.trail = &shown->trail,
	};
	if (tcp_tracker_packet(shown->tracker, &shown->packet, &shown->facts, &connection) ==
	    TRACKER_SEGMENT) {
		shown->view.segment = &shown->facts;
		shown->view.connection = connection;
	}
	return &shown->view;
}

static inline void shown_frame_end(struct shown_frame *shown)
{
	tcp_tracker_destroy(shown->tracker);
	packet_decoder_destroy(shown->decoder);
	free(shown->bytes);
}

/* Five bytes are received (two Windows machines), the first two segments, as they were printed. */
#define FIVE_BYTES_SYN                                                                             \
	0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00, 0x45, 0x00, 0x00, 0x34, 0x0f,  \
		0x2a, 0x40, 0x00, 0x80, 0x06, 0x1e, 0x2d, 0x0a, 0x07, 0x5c, 0xb1, 0x0a, 0x07,      \
		0x5c, 0xae, 0xc3, 0x6e, 0x03, 0xed, 0x9f, 0x4a, 0x3c, 0x1b, 0, 0, 0, 0, 0x80,      \
		0x02, 0xfa, 0xf0, 0x03, 0xf1, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4, 0x01, 0x03,      \
		0x03, 0x08, 0x01, 0x01, 0x04, 0x02
#define FIVE_BYTES_SYN_ACK                                                                         \
	0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00, 0x45, 0x00, 0x00, 0x34, 0xe0,  \
		0xd1, 0x40, 0x00, 0x80, 0x06, 0x00, 0x00, 0x0a, 0x07, 0x5c, 0xae, 0x0a, 0x07,      \
		0x5c, 0xb1, 0x03, 0xed, 0xc3, 0x6e, 0xdf, 0x5b, 0x1a, 0x3a, 0x9f, 0x4a, 0x3c,      \
		0x1c, 0x80, 0x12, 0xff, 0xff, 0xcd, 0x93, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4,      \
		0x01, 0x03, 0x03, 0x08, 0x01, 0x01, 0x04, 0x02
/* And the frame that brings them: behind the five stands one of padding. */
#define FIVE_BYTES_ACK_AND_DATA                                                                    \
	0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00, 0x45, 0x00, 0x00, 0x2d, 0x0f,  \
		0x2c, 0x40, 0x00, 0x80, 0x06, 0x1e, 0x32, 0x0a, 0x07, 0x5c, 0xb1, 0x0a, 0x07,      \
		0x5c, 0xae, 0xc3, 0x6e, 0x03, 0xed, 0x9f, 0x4a, 0x3c, 0x1c, 0xdf, 0x5b, 0x1a,      \
		0x3b, 0x50, 0x18, 0x20, 0x14, 0x92, 0x8a, 0x00, 0x00, 0x31, 0x31, 0x31, 0x31,      \
		0x31, 0x00

/* "Hello, client!" on Windows' loopback (link type 0): the first four segments. */
#define LOOPBACK_SYN                                                                               \
	2, 0, 0, 0, 0x45, 0, 0, 0x34, 0, 1, 0x40, 0, 0x80, 6, 0xfc, 0xc0, 0x7f, 0, 0, 1, 0x7f, 0,  \
		0, 1, 0xf6, 0xac, 0x22, 0xb8, 0xb1, 0x7d, 0xac, 0xaf, 0, 0, 0, 0, 0x80, 0x02,      \
		0xff, 0xff, 0xff, 0x57, 0, 0, 2, 4, 0xff, 0xd7, 1, 3, 3, 8, 1, 1, 4, 2
#define LOOPBACK_SYN_ACK                                                                           \
	2, 0, 0, 0, 0x45, 0, 0, 0x34, 0, 2, 0x40, 0, 0x80, 6, 0xfc, 0xbf, 0x7f, 0, 0, 1, 0x7f, 0,  \
		0, 1, 0x22, 0xb8, 0xf6, 0xac, 0xf8, 0x57, 0x29, 0x34, 0xb1, 0x7d, 0xac, 0xb0,      \
		0x80, 0x12, 0xff, 0xff, 0xdd, 0xba, 0, 0, 2, 4, 0xff, 0xd7, 1, 3, 3, 8, 1, 1, 4, 2
#define LOOPBACK_ACK                                                                               \
	2, 0, 0, 0, 0x45, 0, 0, 0x28, 0, 3, 0x40, 0, 0x80, 6, 0xfc, 0xca, 0x7f, 0, 0, 1, 0x7f, 0,  \
		0, 1, 0xf6, 0xac, 0x22, 0xb8, 0xb1, 0x7d, 0xac, 0xb0, 0xf8, 0x57, 0x29, 0x35,      \
		0x50, 0x10, 0x27, 0xf9, 0xf0, 0xb8, 0, 0
#define LOOPBACK_HELLO                                                                             \
	2, 0, 0, 0, 0x45, 0, 0, 0x36, 0, 4, 0x40, 0, 0x80, 6, 0xfc, 0xbb, 0x7f, 0, 0, 1, 0x7f, 0,  \
		0, 1, 0x22, 0xb8, 0xf6, 0xac, 0xf8, 0x57, 0x29, 0x35, 0xb1, 0x7d, 0xac, 0xb0,      \
		0x50, 0x18, 0x27, 0xf9, 0x66, 0x48, 0, 0, 'H', 'e', 'l', 'l', 'o', ',', ' ', 'c',  \
		'l', 'i', 'e', 'n', 't', '!'

#endif
