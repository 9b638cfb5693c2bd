/*
 * Each field's row of the tables says what it is for; a function of it, what its value means in
 * this frame. The rows stand with their headers in explanation_link.c, _ip.c, _tunnel.c, _tcp.c,
 * _flags.c and _options.c, the arithmetic of checksums in explanation_checksum.c, what a segment
 * does as a whole in explanation_segment.c.
 */
#include "report/explanation.h"

#include "packet/tcp_header.h"
#include "report/explanation_parts.h"

static const struct field_explanation *row_of(enum header_field_id id)
{
	static const struct field_explanation *(*const tables[])(enum header_field_id id) = {
		explanation_of_link, explanation_of_ip,   explanation_of_tunnel,
		explanation_of_tcp,  explanation_of_flag, explanation_of_option,
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && id < HEADER_FIELD_COUNT; i++) {
		const struct field_explanation *row = tables[i](id);

		if (row)
			return row;
	}
	return NULL;
}

const uint8_t *explained_bytes(const struct explained *explained, uint32_t *length)
{
	const struct header_field *field = explained->field;
	uint32_t first = field->first_bit / 8;
	uint32_t bytes = field->bits / 8;

	if (!explained->header || first > explained->length || bytes > explained->length - first)
		return NULL;
	*length = bytes;
	return explained->header + first;
}

void explained_bytes_text(struct text_builder *out, uint64_t count)
{
	text_append_format(out, "%llu byte%s", (unsigned long long)count, count == 1 ? "" : "s");
}

const char *explained_sender(const struct explained *explained)
{
	if (!explained->segment)
		return "the sender";
	return explained->segment->from == TCP_CLIENT ? "the client" : "the server";
}

const char *explained_receiver(const struct explained *explained)
{
	if (!explained->segment)
		return "the receiver";
	return explained->segment->from == TCP_CLIENT ? "the server" : "the client";
}

/* Where the place's bytes are; none where it says more than there is. */
static void find_bytes(struct explained *explained)
{
	const struct frame_view *view = explained->view;
	const struct header_place *place = explained->place;
	const uint8_t *bytes = view->frame->bytes;
	uint32_t length = view->frame->captured_length;

	if (!place)
		return;
	if (place->in_datagram) {
		bytes = view->trail ? view->trail->datagram : NULL;
		length = bytes ? view->trail->datagram_length : 0;
	}
	if (!bytes || place->offset > length || place->length > length - place->offset)
		return;
	explained->header = bytes + place->offset;
	explained->length = place->length;
}

static void take_value(struct explained *explained)
{
	const struct header_field *field = explained->field;

	if (field->bits == 0 || field->bits > 64 || !explained->header ||
	    (uint64_t)field->first_bit + field->bits > (uint64_t)explained->length * 8)
		return;
	explained->value = header_field_value(explained->header, field);
}

/* What the field is for, with the place that says so. */
static void tell_purpose(struct text_builder *out, const char *purpose, enum header_field_id id)
{
	const char *defined = header_field_defined(id);

	text_append(out, purpose);
	if (defined[0] != '\0')
		text_append_format(out, " [%s]", defined);
	text_append(out, "\n");
}

/* Is this the first frame that is told of this end of its connection? */
static bool is_new_end(const struct explained *explained)
{
	const struct frame_view *view = explained->view;
	struct explanation_memory *memory = explained->memory;

	if (!view->segment || !view->connection)
		return explained->first;
	if (memory->connection != view->connection->number) {
		memory->connection = view->connection->number;
		memory->end_frames[TCP_CLIENT] = 0;
		memory->end_frames[TCP_SERVER] = 0;
	}
	uint64_t *frame = &memory->end_frames[view->segment->from];

	if (*frame == 0)
		*frame = view->frame->number;
	return *frame == view->frame->number;
}

void explanation_append(struct text_builder *out, const struct frame_view *view,
			const struct header_place *place, const struct header_field *field,
			struct explanation_memory *memory)
{
	const struct field_explanation *row = row_of(field->id);
	struct explained explained = {
		.out = out,
		.view = view,
		.place = place,
		.field = field,
		.memory = memory,
	};

	if (!row)
		return;
	find_bytes(&explained);
	take_value(&explained);
	if ((field->id == FIELD_PAYLOAD || (place && place->kind == HEADER_TCP)) &&
	    view->packet->kind == PACKET_TCP && segment_with_numbers(view->segment) &&
	    view->connection) {
		explained.segment = view->segment;
		explained.connection = view->connection;
	}
	bool *told = &memory->told[row->has_same ? row->same : field->id];

	if (row->purpose && !*told) {
		*told = true;
		explained.first = true;
		tell_purpose(out, row->purpose, field->id);
	}
	explained.of_new_end = is_new_end(&explained);
	if (row->here)
		row->here(&explained);
}

void explanation_append_field(struct text_builder *out, const struct frame_view *view,
			      const struct dissected_layer *layer,
			      const struct dissected_field *field,
			      struct explanation_memory *memory)
{
	const struct header_place bytes = {
		.kind = HEADER_OTHER,
		.name = layer->title,
		.offset = (uint32_t)layer->frame_offset,
		.length = layer->length,
		.in_datagram = !layer->in_frame,
	};
	const struct header_field header_field = {
		.id = field->id,
		.level = field->level,
		.first_bit = field->offset * 8 + field->first_bit,
		.bits = field->bits,
	};

	if (field->id < HEADER_FIELD_COUNT)
		explanation_append(out, view, layer->place ? layer->place : &bytes, &header_field,
				   memory);
}

void explanation_purpose(struct text_builder *out, enum header_field_id id)
{
	const struct field_explanation *row = row_of(id);

	if (!row || !row->purpose)
		return;
	text_append_format(out, "%s\n", row->purpose);
	if (id == FIELD_TCP_SEQUENCE)
		explanation_how_numbers_compare(out);
	if (id == FIELD_TCP_CHECKSUM || id == FIELD_IPV4_CHECKSUM)
		explanation_how_checksums_are_made(out);
}

void explanation_general_is_told(struct explanation_memory *memory)
{
	for (unsigned id = 0; id < HEADER_FIELD_COUNT; id++)
		memory->told[id] = true;
	memory->sequence_told = true;
	memory->checksum_told = true;
}
