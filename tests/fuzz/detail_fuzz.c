/*
 * Any bytes as the frames of a capture, each shown whole: a byte for how wide, with colours and
 * explanations or without, then frames as packet_decode has them. Every byte of a frame stands in
 * one layer, no text passes its line or obeys a terminal, what programs get is JSON.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "base/utf8.h"
#include "packet/header_trail.h"
#include "report/detail_text.h"
#include "report/stream_messages.h"
#include "report/wrapped_lines.h"
#include "tcp_flow/tcp_tracker.h"

#define TEXT_MAX_BYTES (16u * 1024 * 1024)
#define FRAMES_MAX 64u
#define ARITHMETIC_COLUMNS 80u /* lines of explanations that are not wrapped */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t link_types[] = { 1, 1, 1, 0, 101, 113, 276, 9, 228, 229, 12, 107, 51, 127 };

struct run {
	struct packet_decoder *decoder;
	struct tcp_tracker *tracker;
	struct stream_messages *messages;
	struct explanation_memory memory;
	struct detail_style style;
	struct text_builder text;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void ignore_value(void *context, const struct json_value *value)
{
	(void)context;
	(void)value;
}

/* Each byte in one layer, each field of level 0 within its layer. */
static void check_layers(const struct frame_view *view)
{
	struct dissection taken;
	int64_t at = 0;

	dissection_init(&taken);
	dissection_frame(&taken, view);
	for (uint32_t i = 0; i < taken.layer_count; i++) {
		const struct dissected_layer *layer = &taken.layers[i];

		require(layer->first_field + layer->field_count <= taken.field_count);
		for (uint32_t j = 0; j < layer->field_count; j++) {
			const struct dissected_field *field = &taken.fields[layer->first_field + j];

			require(field->name && field->title && field->value && field->meaning);
			if (layer->place)
				require(field->offset + field->bytes <= layer->length);
		}
		if (!layer->in_frame || layer->length == 0 || view->message_count > 0)
			continue;
		require(layer->frame_offset == at);
		require(memcmp(layer->bytes, view->frame->bytes + at, layer->length) == 0);
		at += layer->length;
	}
	if (view->message_count == 0 && !taken.cut)
		require(at == view->frame->captured_length);
	dissection_finish(&taken);
}

static void check_text(const struct run *run)
{
	const char *line = text_builder_text(&run->text);
	size_t columns = run->style.columns > 60 ? run->style.columns : 60;

	if (run->style.explains && columns < ARITHMETIC_COLUMNS)
		columns = ARITHMETIC_COLUMNS;
	require(!run->text.truncated);
	require(utf8_is_valid((const uint8_t *)line, run->text.length));
	while (*line) {
		size_t length = strcspn(line, "\n");

		require(wrapped_lines_width(line, length) <= columns);
		for (size_t i = 0; i < length; i++)
			require((unsigned char)line[i] >= 0x20 ||
				(run->style.colour && line[i] == '\x1b'));
		line += length + (line[length] == '\n');
	}
}

static void show(struct run *run, const struct frame_view *view)
{
	check_layers(view);
	text_builder_clear(&run->text);
	detail_frame(&run->text, view, &run->style);
	check_text(run);
	text_builder_clear(&run->text);
	detail_messages(&run->text, view, &run->style);
	check_text(run);
	text_builder_clear(&run->text);
	detail_json(&run->text, view);
	require(!run->text.truncated);
	require(json_read(text_builder_text(&run->text), run->text.length, ignore_value, NULL));
}

static void show_frame(struct run *run, const struct captured_frame *frame)
{
	/* In a block of exactly its size, so that a read past the end is seen. */
	uint8_t *exact = malloc(frame->captured_length > 0 ? frame->captured_length : 1);
	struct captured_frame copy = *frame;
	const struct tcp_connection *connection = NULL;
	struct header_trail trail;
	struct segment_facts facts;
	struct packet packet;
	struct frame_view view = { .frame = &copy, .packet = &packet, .trail = &trail };

	require(exact != NULL);
	memcpy(exact, frame->bytes, frame->captured_length);
	copy.bytes = exact;
	(void)packet_decode_trail(run->decoder, &copy, &packet, &trail);
	if (tcp_tracker_packet(run->tracker, &packet, &facts, &connection) == TRACKER_SEGMENT) {
		view.segment = &facts;
		view.connection = connection;
		view.message_count =
			stream_messages_segment(run->messages, connection, &facts, &view.messages);
	}
	show(run, &view);
	free(exact);
}

static void begin(struct run *run, uint8_t how)
{
	const struct tcp_tracker_options options = { .flags = TRACKER_KEEP_PAYLOAD };

	*run = (struct run){ .decoder = packet_decoder_create(0) };
	run->tracker = tcp_tracker_create(&options);
	run->messages = stream_messages_create();
	require(run->decoder && run->tracker && run->messages);
	run->style = (struct detail_style){
		.colour = (how & 1) != 0,
		.explains = how & 4 ? &run->memory : NULL,
		.columns = 50 + (size_t)(how >> 3) * 4,
	};
	text_builder_init(&run->text, TEXT_MAX_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct captured_frame frame = { .number = 0 };
	struct run run;

	if (size == 0)
		return 0;
	begin(&run, data[0]);
	data++;
	size--;
	while (size >= 4 && frame.number < FRAMES_MAX) {
		size_t length = (size_t)data[2] << 8 | data[3];

		if (length > size - 4)
			length = size - 4;
		frame.number++;
		frame.time_ns = (int64_t)frame.number * 1000000;
		frame.link_type = link_types[data[0] % (sizeof(link_types) / sizeof(*link_types))];
		frame.bytes = data + 4;
		frame.captured_length = (uint32_t)length;
		frame.original_length = (uint32_t)length + data[1] * 64u;
		show_frame(&run, &frame);
		data += 4 + length;
		size -= 4 + length;
	}
	text_builder_finish(&run.text);
	stream_messages_destroy(run.messages);
	tcp_tracker_destroy(run.tracker);
	packet_decoder_destroy(run.decoder);
	return 0;
}
