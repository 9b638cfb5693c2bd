/*
 * Any bytes as the frames of a capture, in the form of packet_decode's, each of them decoded,
 * followed and explained field by field. No explanation reads outside of a frame, each ends its
 * lines, keeps its arithmetic narrow and holds nothing that a terminal obeys; and the checksum that
 * is worked out is right exactly where the decoder's is.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "packet/checksum.h"
#include "report/explanation.h"
#include "report/explanation_checksum.h"
#include "tcp_flow/tcp_tracker.h"

#define OUT_MAX_BYTES (1u << 20)
#define FRAMES_MAX 64u
#define MILLISECOND_NS 1000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t link_types[] = { 1, 1, 1, 0, 101, 113, 276, 9 };

struct run {
	struct packet_decoder *decoder; /* owned */
	struct tcp_tracker *tracker;    /* owned */
	struct text_builder out;        /* owned */
	struct explanation_memory memory;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(const struct text_builder *out)
{
	const char *text = text_builder_text(out);

	require(!out->truncated);
	while (*text != '\0') {
		const char *end = strchr(text, '\n');

		require(end && end > text);
		if (strncmp(text, "  ", 2) == 0)
			require(end - text <= (int)CHECKSUM_LINE_COLUMNS);
		for (; text < end; text++)
			require(*text >= ' ' && *text < 0x7f);
		text++;
	}
}

static void explain_place(struct run *run, const struct frame_view *view,
			  const struct header_place *place)
{
	const uint8_t *bytes = place->in_datagram ? view->trail->datagram : view->frame->bytes;
	struct header_field fields[HEADER_FIELDS_MAX];
	size_t count = header_fields(place->kind, bytes + place->offset, place->length, fields);

	for (size_t i = 0; i < count; i++) {
		text_builder_clear(&run->out);
		explanation_append(&run->out, view, place, &fields[i], &run->memory);
		check_text(&run->out);
		if (fields[i].id != FIELD_TCP_CHECKSUM || view->packet->kind != PACKET_TCP)
			continue;
		require((strstr(text_builder_text(&run->out), "cannot be worked out") != NULL) ==
			(view->packet->checksum == CHECKSUM_UNKNOWN));
		require((strstr(text_builder_text(&run->out), "it arrived as it was sent") !=
			 NULL) == (view->packet->checksum == CHECKSUM_GOOD));
	}
}

static void explain_rest(struct run *run, const struct frame_view *view)
{
	const enum header_field_id ids[] = { FIELD_PAYLOAD, FIELD_PADDING };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const struct header_field field = {
			.id = ids[i],
			.bits = view->packet->kind == PACKET_TCP
					? view->packet->captured_payload * 8
					: 48,
		};

		text_builder_clear(&run->out);
		explanation_append(&run->out, view, NULL, &field, &run->memory);
		check_text(&run->out);
	}
	text_builder_clear(&run->out);
	explanation_segment(&run->out, view);
	check_text(&run->out);
}

static void take_frame(struct run *run, const struct captured_frame *frame)
{
	const struct tcp_connection *connection = NULL;
	struct segment_facts facts;
	struct header_trail trail;
	struct packet packet;
	struct frame_view view = { .frame = frame, .packet = &packet, .trail = &trail };

	(void)packet_decode_trail(run->decoder, frame, &packet, &trail);
	if (tcp_tracker_packet(run->tracker, &packet, &facts, &connection) == TRACKER_SEGMENT) {
		view.segment = &facts;
		view.connection = connection;
	}
	for (uint32_t i = 0; i < trail.count; i++)
		explain_place(run, &view, &trail.places[i]);
	explain_rest(run, &view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tcp_tracker_options options = { .max_connections = 4 };
	struct run run = {
		.decoder = packet_decoder_create(PACKET_VERIFY_CHECKSUMS),
		.tracker = tcp_tracker_create(&options),
	};
	struct captured_frame frame = { .number = 0 };

	if (!run.decoder || !run.tracker)
		goto finish;
	text_builder_init(&run.out, OUT_MAX_BYTES);
	while (size >= 4 && frame.number < FRAMES_MAX) {
		uint32_t length = (uint32_t)data[2] << 8 | data[3];

		frame.link_type = link_types[data[0] % (sizeof(link_types) / sizeof(*link_types))];
		frame.original_length = data[1];
		data += 4;
		size -= 4;
		if (length > size)
			length = (uint32_t)size;
		/* A copy of its own, so that a byte too far is seen. */
		uint8_t *bytes = malloc(length > 0 ? length : 1);

		if (!bytes)
			break;
		memcpy(bytes, data, length);
		frame.number++;
		frame.time_ns = (int64_t)frame.number * MILLISECOND_NS;
		frame.bytes = bytes;
		frame.captured_length = length;
		frame.original_length += length;
		take_frame(&run, &frame);
		free(bytes);
		data += length;
		size -= length;
	}
	text_builder_finish(&run.out);

finish:
	tcp_tracker_destroy(run.tracker);
	packet_decoder_destroy(run.decoder);
	return 0;
}
