/*
 * Any bytes as a stream of frames. Every cut of the stream must tell the same story as the whole:
 * a fault shows at one byte and stays, and no frame is found before its last byte is there.
 */
#include <stdlib.h>
#include <string.h>

#include "relay_protocol/frame.h"

#define MAX_BODY_BYTES (64u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_cut(const uint8_t *data, size_t cut, enum relay_frame_verdict whole_verdict,
		      size_t whole_needed)
{
	struct relay_frame frame;
	size_t needed = 0;
	enum relay_frame_verdict verdict =
		relay_frame_decode(data, cut, MAX_BODY_BYTES, &frame, &needed);

	if (verdict == RELAY_FRAME_NEED_MORE) {
		require(needed > cut);
		require(cut >= RELAY_FRAME_HEADER_BYTES || needed == RELAY_FRAME_HEADER_BYTES);
	} else {
		require(verdict == whole_verdict);
		require(verdict != RELAY_FRAME_OK || needed == whole_needed);
	}
}

static void check_header(const uint8_t *data, const struct relay_frame *frame, size_t needed)
{
	uint8_t header[RELAY_FRAME_HEADER_BYTES];
	uint8_t written[RELAY_FRAME_HEADER_BYTES];
	struct byte_writer writer = byte_writer_into(written, sizeof(written));

	require(frame->body == data + RELAY_FRAME_HEADER_BYTES);
	require(frame->length <= MAX_BODY_BYTES);
	require(needed == RELAY_FRAME_HEADER_BYTES + (size_t)frame->length);
	relay_frame_header(header, frame);
	require(memcmp(header, data, sizeof(header)) == 0);
	(void)relay_frame_begin(&writer, (enum relay_kind)frame->kind, frame->type, frame->status,
				frame->id);
	require(!writer.overflowed && memcmp(written, data, 12) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (;;) {
		struct relay_frame frame;
		size_t needed = 0;
		enum relay_frame_verdict verdict =
			relay_frame_decode(data, size, MAX_BODY_BYTES, &frame, &needed);
		size_t cuts = size < 40 ? size : 40; /* the header's, and some of the body's */

		for (size_t cut = 0; cut <= cuts; cut++)
			check_cut(data, cut, verdict, needed);
		if (verdict == RELAY_FRAME_NEED_MORE)
			require(needed > size);
		if (verdict != RELAY_FRAME_OK)
			return 0;
		require(needed <= size);
		check_header(data, &frame, needed);
		check_cut(data, needed - 1, verdict, needed);
		data += needed;
		size -= needed;
	}
}
