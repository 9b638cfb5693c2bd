#include "report/detail_picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/bit_picture.h"
#include "report/detail_table.h"

#define PICTURE_MAX_BYTES 64u
#define BOX_VALUE_BYTES 48u

/* Names for boxes that are narrower than the fields' own; of one bit, written downwards. */
static const char *box_name(enum header_field_id id)
{
	static const char *const names[HEADER_FIELD_COUNT] = {
		[FIELD_VLAN_PRIORITY] = "Prio",      [FIELD_VLAN_DROP_ELIGIBLE] = "DEI",
		[FIELD_IPV4_HEADER_LENGTH] = "IHL",  [FIELD_IPV4_RESERVED] = "R",
		[FIELD_IPV4_DONT_FRAGMENT] = "DF",   [FIELD_IPV4_MORE_FRAGMENTS] = "MF",
		[FIELD_FRAGMENT_MORE] = "M",         [FIELD_GRE_HAS_CHECKSUM] = "C",
		[FIELD_GRE_HAS_ROUTING] = "R",       [FIELD_GRE_HAS_KEY] = "K",
		[FIELD_GRE_HAS_SEQUENCE] = "S",      [FIELD_GRE_HAS_ACKNOWLEDGMENT] = "A",
		[FIELD_GRE_VERSION] = "Ver",         [FIELD_TCP_DATA_OFFSET] = "Offset",
		[FIELD_TCP_RESERVED] = "Rsrvd",      [FIELD_OPTION_END] = "End",
		[FIELD_OPTION_NOP] = "No operation", [FIELD_OPTION_LENGTH] = "Length",
	};

	return names[id] ? names[id] : header_field_title(id);
}

/* An option's kind says which it is, where there is room for so much. */
static const char *kind_name(uint64_t kind)
{
	switch (kind) {
	case 2:
		return "MSS";
	case 3:
		return "window scale";
	case 4:
		return "SACK perm.";
	case 5:
		return "SACK";
	case 8:
		return "timestamps";
	case 19:
		return "MD5";
	case 28:
		return "user timeout";
	case 29:
		return "auth.";
	case 30:
		return "MPTCP";
	case 34:
		return "Fast Open";
	case 172:
	case 174:
		return "Acc. ECN";
	default:
		return "";
	}
}

/* The value as it is; short numbers of fields that name something, with the name. */
static void box_value(const struct dissected_layer *layer, const struct dissected_field *field,
		      char text[BOX_VALUE_BYTES])
{
	size_t width = 2 * (size_t)field->bits - 1;
	const struct header_field bits = {
		.id = field->id,
		.first_bit = field->offset * 8 + field->first_bit,
		.bits = field->bits,
	};
	uint64_t number = field->bits <= 64 ? header_field_value(layer->bytes, &bits) : 0;
	const char *name = field->id == FIELD_OPTION_KIND ? kind_name(number)
			   : field->id == FIELD_IPV4_PROTOCOL ||
					   field->id == FIELD_IPV6_NEXT_HEADER ||
					   field->id == FIELD_ETHERNET_TYPE ||
					   field->id == FIELD_EXTENSION_NEXT_HEADER ||
					   field->id == FIELD_FRAGMENT_NEXT_HEADER
				   ? field->meaning
				   : "";

	if (field->bits < 8) {
		(void)snprintf(text, BOX_VALUE_BYTES, "%" PRIu64, number);
		return;
	}
	if (snprintf(text, BOX_VALUE_BYTES, "%s%s%s", field->value, name[0] ? " = " : "", name) >
	    (int)(width < BOX_VALUE_BYTES ? width : BOX_VALUE_BYTES - 1))
		(void)snprintf(text, BOX_VALUE_BYTES, "%s", field->value);
	if (strlen(text) > width && field->bits <= 64)
		(void)snprintf(text, BOX_VALUE_BYTES, "0x%" PRIx64, number);
}

/* Fields without parts, and parts. */
static size_t make_boxes(const struct dissection *taken, const struct dissected_layer *layer,
			 struct bit_picture_box *boxes, char (*values)[BOX_VALUE_BYTES])
{
	const struct dissected_field *fields = taken->fields + layer->first_field;
	size_t count = 0;

	for (uint32_t i = 0; i < layer->field_count && count < HEADER_FIELDS_MAX; i++) {
		if (fields[i].id >= HEADER_FIELD_COUNT ||
		    (i + 1 < layer->field_count && fields[i + 1].level > fields[i].level))
			continue;
		box_value(layer, &fields[i], values[count]);
		boxes[count] = (struct bit_picture_box){
			.first_bit = fields[i].offset * 8 + fields[i].first_bit,
			.bits = fields[i].bits,
			.name = box_name(fields[i].id),
			.value = values[count],
		};
		count++;
	}
	return count;
}

bool detail_picture_append(struct text_builder *out, const struct dissection *taken,
			   const struct dissected_layer *layer, const struct detail_style *style)
{
	struct bit_picture_box boxes[HEADER_FIELDS_MAX];
	char values[HEADER_FIELDS_MAX][BOX_VALUE_BYTES];
	struct detail_paint paint = detail_paint(style);
	const struct bit_picture picture = {
		.bytes = layer->bytes,
		.length = layer->length,
		.first_offset = (uint32_t)layer->frame_offset,
		.columns = style->columns,
		.emphasis = paint.bold,
		.plain = paint.plain,
	};

	if (!layer->place || layer->place->kind == HEADER_OTHER ||
	    layer->length > PICTURE_MAX_BYTES)
		return false;
	bit_picture_append(out, &picture, boxes, make_boxes(taken, layer, boxes, values));
	return true;
}
