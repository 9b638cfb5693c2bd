/* A frame for people: header by header a picture and a table, and all of its bytes at the end. */
#include "report/detail_text.h"

#include <inttypes.h>
#include <string.h>

#include "report/detail_heading.h"
#include "report/detail_picture.h"
#include "report/detail_table.h"
#include "report/hex_dump.h"
#include "report/stream_messages.h"
#include "report/wrapped_lines.h"

#define COLUMNS_MIN 60u
#define NOBODYS UINT32_MAX /* bytes of no layer */
#define EXPLANATION_MAX_BYTES (256u * 1024)
#define EXPLANATION_COLUMNS 96u /* longer lines are hard to read */

/* What is being written. */
struct detail {
	const struct frame_view *view;    /* borrowed */
	const struct detail_style *style; /* borrowed */
	const struct dissection *taken;   /* borrowed; the frame taken apart */
	struct detail_paint paint;
	size_t columns;
};

/* Layers that follow each other are told apart by colour; names and lines tell them apart too. */
static const char *layer_colour(const struct detail *detail, uint32_t layer)
{
	static const char *const colours[] = { "\x1b[36m", "\x1b[32m", "\x1b[33m", "\x1b[35m" };

	return detail->style->colour ? colours[layer % (sizeof(colours) / sizeof(*colours))] : "";
}

/* Of what is read line by line, on a screen of any width. */
static size_t prose_columns(const struct detail *detail)
{
	return detail->columns < EXPLANATION_COLUMNS ? detail->columns : EXPLANATION_COLUMNS;
}

/* An empty line before it, and never two. */
static void begin_section(struct text_builder *out)
{
	const char *text = text_builder_text(out);

	if (out->length >= 2 && strcmp(text + out->length - 2, "\n\n") != 0)
		text_append(out, "\n");
}

static void blanks(struct text_builder *out, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		text_append(out, text);
}

/* "--- IPv4 header ----------------- bytes 14 to 33: 20" */
static void layer_heading(struct text_builder *out, const struct detail *detail, uint32_t index)
{
	const struct dissected_layer *layer = &detail->taken->layers[index];
	size_t columns = prose_columns(detail);
	struct text_builder place;
	size_t used;

	text_builder_init(&place, EXPLANATION_MAX_BYTES);
	if (!layer->in_frame && layer->frame_offset >= 0)
		text_append(&place, "datagram, ");
	if (layer->length == 0 || layer->frame_offset < 0 || layer->earlier > 0)
		text_append_format(&place, "%" PRIu32 " bytes", layer->length);
	else if (layer->length == 1)
		text_append_format(&place, "byte %" PRId64, layer->frame_offset);
	else
		text_append_format(&place, "bytes %" PRId64 " to %" PRId64 ": %" PRIu32,
				   layer->frame_offset,
				   layer->frame_offset + (int64_t)layer->length - 1, layer->length);
	used = 4 + wrapped_lines_width(layer->title, strlen(layer->title)) + 1 + 1 + place.length;
	begin_section(out);
	text_append_format(out, "%s--- %s%s%s ", layer_colour(detail, index), detail->paint.bold,
			   layer->title, detail->paint.plain);
	text_append(out, layer_colour(detail, index));
	blanks(out, columns > used ? columns - used : 3, "-");
	text_append_format(out, "%s %s\n", detail->paint.plain, text_builder_text(&place));
	text_builder_finish(&place);
	if (layer->summary[0]) {
		const struct wrapped_lines lines = {
			.first = "    ",
			.next = "    ",
			.columns = detail->columns,
		};

		wrapped_lines_append(out, layer->summary, &lines);
	}
}

/* Paragraphs are wrapped; lines that begin with two blanks are arithmetic and stay. */
static void append_explanation(struct text_builder *out, const struct detail *detail,
			       const char *text)
{
	size_t columns = prose_columns(detail);
	const struct wrapped_lines lines = { .first = "    ", .next = "    ", .columns = columns };
	struct text_builder line;

	text_builder_init(&line, EXPLANATION_MAX_BYTES);
	while (*text) {
		size_t length = strcspn(text, "\n");

		text_builder_clear(&line);
		text_append_bytes(&line, text, length);
		if (length == 0 || strncmp(text, "  ", 2) == 0)
			text_append_format(out, "%s%s\n", length > 0 ? "    " : "",
					   text_builder_text(&line));
		else
			wrapped_lines_append(out, text_builder_text(&line), &lines);
		text += length + (text[length] == '\n');
	}
	text_builder_finish(&line);
}

static void explain_field(struct text_builder *out, const struct detail *detail,
			  const struct dissected_layer *layer, const struct dissected_field *field)
{
	struct text_builder text;

	if (!detail->style->explains)
		return;
	text_builder_init(&text, EXPLANATION_MAX_BYTES);
	explanation_append_field(&text, detail->view, layer, field, detail->style->explains);
	if (text.length > 0) {
		append_explanation(out, detail, text_builder_text(&text));
		text_append(out, "\n");
	}
	text_builder_finish(&text);
}

static void layer_table(struct text_builder *out, const struct detail *detail, uint32_t index,
			bool alone)
{
	const struct dissected_layer *layer = &detail->taken->layers[index];
	const struct detail_table table = {
		.style = detail->style,
		.layer = layer,
		.fields =
			layer->field_count > 0 ? detail->taken->fields + layer->first_field : NULL,
		.colour = layer_colour(detail, index),
		.columns = detail->columns,
		.captured = detail->view->frame->captured_length,
		.datagram =
			detail->view->trail->datagram ? detail->view->trail->datagram_length : 0,
		.alone = alone,
	};

	detail_table_heading(out, &table);
	for (uint32_t i = 0; i < layer->field_count; i++) {
		detail_table_field(out, &table, i);
		explain_field(out, detail, layer, &detail->taken->fields[layer->first_field + i]);
	}
}

static void layer_detail(struct text_builder *out, const struct detail *detail, uint32_t index)
{
	const struct dissected_layer *layer = &detail->taken->layers[index];

	layer_heading(out, detail, index);
	if (layer->place && detail_picture_append(out, detail->taken, layer, detail->style))
		text_append(out, "\n");
	layer_table(out, detail, index, false);
}

static struct hex_dump_style dump_style(const struct detail *detail)
{
	return (struct hex_dump_style){
		.columns = detail->columns,
		.faint = detail->paint.faint,
		.plain = detail->paint.plain,
	};
}

/* The bytes at the offsets [from, to) of those at `bytes`, as the layer's, or as nobody's. */
static void dump_part(struct text_builder *out, const struct detail *detail, uint32_t layer,
		      const uint8_t *bytes, uint32_t from, uint32_t to)
{
	struct hex_dump_style style = dump_style(detail);
	const struct hex_dump_part part = {
		.name = layer == NOBODYS ? "Data" : detail->taken->layers[layer].title,
		.colour = layer == NOBODYS ? "" : layer_colour(detail, layer),
		.bytes = bytes + from,
		.length = to - from,
		.first_offset = from,
	};

	hex_dump_append(out, &style, &part);
}

/* The layers in the frame, or those in the datagram, each with its name; no byte is left out. */
static void dump(struct text_builder *out, const struct detail *detail, bool in_datagram)
{
	const struct frame_view *view = detail->view;
	const uint8_t *bytes = in_datagram ? view->trail->datagram : view->frame->bytes;
	uint32_t length = in_datagram ? view->trail->datagram_length : view->frame->captured_length;
	struct hex_dump_style style = dump_style(detail);
	uint32_t at = 0;

	hex_dump_scale(out, &style);
	for (uint32_t i = 0; i < detail->taken->layer_count; i++) {
		const struct dissected_layer *layer = &detail->taken->layers[i];
		int64_t end = layer->frame_offset + (int64_t)layer->length;

		if (layer->length == 0 || layer->in_frame == in_datagram || end <= (int64_t)at)
			continue;
		if (layer->frame_offset > (int64_t)at && layer->frame_offset < (int64_t)length) {
			dump_part(out, detail, NOBODYS, bytes, at, (uint32_t)layer->frame_offset);
			at = (uint32_t)layer->frame_offset;
		}
		if (end > (int64_t)length)
			end = length;
		if (end <= (int64_t)at)
			continue;
		dump_part(out, detail, i, bytes, at, (uint32_t)end);
		at = (uint32_t)end;
	}
	if (at < length)
		dump_part(out, detail, NOBODYS, bytes, at, length);
}

static void dumps(struct text_builder *out, const struct detail *detail)
{
	const struct header_trail *trail = detail->view->trail;

	begin_section(out);
	text_append_format(out, "%sThe %" PRIu32 " bytes of the frame%s\n", detail->paint.bold,
			   detail->view->frame->captured_length, detail->paint.plain);
	dump(out, detail, false);
	if (!trail->datagram)
		return;
	begin_section(out);
	text_append_format(out, "%sThe %" PRIu32 " bytes of the datagram that it completes%s\n",
			   detail->paint.bold, trail->datagram_length, detail->paint.plain);
	dump(out, detail, true);
}

static void explain_segment(struct text_builder *out, const struct detail *detail)
{
	struct text_builder text;

	if (!detail->style->explains)
		return;
	text_builder_init(&text, EXPLANATION_MAX_BYTES);
	explanation_segment(&text, detail->view);
	if (text.length > 0) {
		begin_section(out);
		append_explanation(out, detail, text_builder_text(&text));
	}
	text_builder_finish(&text);
}

static struct detail begin(const struct frame_view *view, const struct detail_style *style,
			   const struct dissection *taken)
{
	return (struct detail){
		.view = view,
		.style = style,
		.taken = taken,
		.paint = detail_paint(style),
		.columns = style->columns > COLUMNS_MIN ? style->columns : COLUMNS_MIN,
	};
}

void detail_frame(struct text_builder *out, const struct frame_view *view,
		  const struct detail_style *style)
{
	struct dissection taken;
	struct detail detail = begin(view, style, &taken);

	dissection_init(&taken);
	dissection_frame(&taken, view);
	detail_heading_append(out, view, style);
	for (uint32_t i = 0; i < taken.layer_count; i++) {
		if (taken.layers[i].length > 0)
			layer_detail(out, &detail, i);
	}
	if (taken.cut)
		text_append(out, "\nThere is more in this frame than is taken apart here.\n");
	dumps(out, &detail);
	explain_segment(out, &detail);
	dissection_finish(&taken);
}

/* A message's own bytes, those of other frames with them, counted from its first. */
static void message_dump(struct text_builder *out, const struct detail *detail, uint32_t index)
{
	const struct dissected_layer *layer = &detail->taken->layers[index];
	struct hex_dump_style style = dump_style(detail);

	if (!layer->bytes || layer->length == 0)
		return;
	text_append(out, "\n");
	hex_dump_scale(out, &style);
	dump_part(out, detail, index, layer->bytes, 0, layer->length);
}

void detail_messages(struct text_builder *out, const struct frame_view *view,
		     const struct detail_style *style)
{
	struct dissection taken;
	struct detail detail = begin(view, style, &taken);

	dissection_init(&taken);
	for (size_t i = 0; i < view->message_count; i++)
		stream_message_dissect(&view->messages[i], view->trail->payload_offset, &taken);
	for (uint32_t i = 0; i < taken.layer_count; i++) {
		if (view->packet->reassembled)
			taken.layers[i].in_frame = false;
		layer_heading(out, &detail, i);
		layer_table(out, &detail, i, true);
		message_dump(out, &detail, i);
	}
	dissection_finish(&taken);
}
