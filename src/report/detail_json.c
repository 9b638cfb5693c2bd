#include "report/detail_text.h"

#include "base/json_writer.h"

#define HEX_MAX_BYTES 1024u /* of one field; of a longer one the beginning is written */
#define HEX_DIGITS "0123456789abcdef"

static void hex_of(struct json_writer *json, const struct dissected_layer *layer,
		   const struct dissected_field *field)
{
	char digits[2 * HEX_MAX_BYTES];
	uint32_t left =
		layer->bytes && field->offset < layer->length ? layer->length - field->offset : 0;
	uint32_t count = field->bytes < left ? field->bytes : left;

	if (count > HEX_MAX_BYTES)
		count = HEX_MAX_BYTES;
	if (count == 0)
		return;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t byte = layer->bytes[field->offset + i];

		digits[2 * i] = HEX_DIGITS[byte >> 4];
		digits[2 * i + 1] = HEX_DIGITS[byte & 0xf];
	}
	json_name(json, "hex");
	json_string_bytes(json, digits, 2 * (size_t)count);
}

/* Where it stands: in its layer, and in the frame where it can be found there. */
static void place_of(struct json_writer *json, const struct dissected_layer *layer,
		     const struct dissected_field *field, uint32_t captured)
{
	int64_t in_frame = layer->frame_offset + (int64_t)field->offset;

	if (field->bytes == 0)
		return;
	json_name(json, "offset");
	json_unsigned(json, field->offset);
	if (layer->in_frame && field->offset >= layer->earlier && in_frame >= 0 &&
	    in_frame < (int64_t)captured) {
		json_name(json, "frame_offset");
		json_signed(json, in_frame);
	}
	json_name(json, "bytes");
	json_unsigned(json, field->bytes);
	json_name(json, "first_bit");
	json_unsigned(json, field->first_bit);
	json_name(json, "bits");
	json_unsigned(json, field->bits);
	hex_of(json, layer, field);
}

static void text_of(struct json_writer *json, const char *name, const char *text)
{
	if (!text[0])
		return;
	json_name(json, name);
	json_string(json, text);
}

static void field_json(struct json_writer *json, const struct dissected_layer *layer,
		       const struct dissected_field *field, uint32_t captured)
{
	json_begin_object(json);
	text_of(json, "name", field->name);
	text_of(json, "title", field->title);
	json_name(json, "level");
	json_unsigned(json, field->level);
	place_of(json, layer, field, captured);
	text_of(json, "value", field->value);
	text_of(json, "meaning", field->meaning);
	if (field->id < HEADER_FIELD_COUNT)
		text_of(json, "defined", header_field_defined(field->id));
	json_end_object(json);
}

static void layer_json(struct json_writer *json, const struct dissection *taken,
		       const struct dissected_layer *layer, uint32_t captured)
{
	json_begin_object(json);
	text_of(json, "name", layer->name);
	text_of(json, "title", layer->title);
	text_of(json, "summary", layer->summary);
	if (layer->in_frame) {
		json_name(json, "offset");
		json_signed(json, layer->frame_offset);
	}
	if (layer->length > 0) {
		json_name(json, "length");
		json_unsigned(json, layer->length);
	}
	json_name(json, "fields");
	json_begin_array(json);
	for (uint32_t i = 0; i < layer->field_count; i++)
		field_json(json, layer, &taken->fields[layer->first_field + i], captured);
	json_end_array(json);
	json_end_object(json);
}

void detail_json(struct text_builder *out, const struct frame_view *view)
{
	struct json_writer json = json_writer_on(out);
	struct dissection taken;

	dissection_init(&taken);
	dissection_frame(&taken, view);
	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "detail");
	json_name(&json, "frame");
	json_unsigned(&json, view->frame->number);
	if (view->connection) {
		json_name(&json, "connection");
		json_unsigned(&json, view->connection->number);
	}
	json_name(&json, "layers");
	json_begin_array(&json);
	for (uint32_t i = 0; i < taken.layer_count; i++)
		layer_json(&json, &taken, &taken.layers[i], view->frame->captured_length);
	json_end_array(&json);
	if (taken.cut) {
		json_name(&json, "cut");
		json_bool(&json, true);
	}
	json_end_object(&json);
	dissection_finish(&taken);
}
