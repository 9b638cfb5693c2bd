/* A frame from its first byte to its last: no byte of it stands in no layer. */
#include "report/dissection.h"

#include <inttypes.h>

#include "base/text_builder.h"
#include "report/field_meaning.h"
#include "report/message_text.h"
#include "report/readable.h"
#include "report/stream_messages.h"

#define TEXT_MAX_BYTES 1024u
#define NS_PER_SECOND UINT64_C(1000000000)

static void frame_field(struct dissection *out, const char *name, const char *title)
{
	(void)dissection_field(out, name, title, 0, 0);
}

static void capture_times(struct dissection *out, const struct frame_view *view)
{
	struct text_builder text;

	text_builder_init(&text, TEXT_MAX_BYTES);
	readable_moment(&text, view->frame->time_ns, 9);
	frame_field(out, "frame.time", "Captured at");
	dissection_value(out, "%s", text_builder_text(&text));
	text_builder_finish(&text);
	if (view->segment) {
		int64_t since = view->segment->since_start_ns;
		uint64_t ns = since < 0 ? 0 - (uint64_t)since : (uint64_t)since;

		dissection_meaning(
			out, "%s%" PRIu64 ".%09" PRIu64 " s after its connection's first frame",
			since < 0 ? "-" : "", ns / NS_PER_SECOND, ns % NS_PER_SECOND);
	}
}

/* What is known of the frame itself: none of it stands in its bytes. */
static void capture_layer(struct dissection *out, const struct frame_view *view)
{
	const struct captured_frame *frame = view->frame;
	uint32_t length = view->packet->frame_length;
	struct dissected_layer *layer = dissection_layer(out, "frame", "Frame");

	if (!layer)
		return;
	layer->in_frame = false;
	frame_field(out, "frame.number", "Frame");
	dissection_value(out, "%" PRIu64, frame->number);
	capture_times(out, view);
	frame_field(out, "frame.length", "Bytes on the wire");
	dissection_value(out, "%" PRIu32, length);
	if (frame->captured_length < length)
		dissection_meaning(out, "%" PRIu32 " of them were captured",
				   frame->captured_length);
	else
		dissection_meaning(out, "all of them captured");
	frame_field(out, "frame.captured_length", "Bytes captured");
	dissection_value(out, "%" PRIu32, frame->captured_length);
	frame_field(out, "frame.interface", "Interface");
	dissection_value(out, "%" PRIu32, frame->interface);
	frame_field(out, "frame.link_type", "Link type");
	dissection_value(out, "%u", frame->link_type);
	if (view->packet->problem[0]) {
		frame_field(out, "frame.problem", "Problem");
		dissection_value(out, "%s", view->packet->problem);
	}
}

static const char *layer_name(enum header_kind kind)
{
	switch (kind) {
	case HEADER_ETHERNET:
		return "ethernet";
	case HEADER_LINUX_SLL:
	case HEADER_LINUX_SLL2:
		return "sll";
	case HEADER_BSD_LOOPBACK:
		return "loopback";
	case HEADER_VLAN:
		return "vlan";
	case HEADER_IPV4:
		return "ipv4";
	case HEADER_IPV6:
		return "ipv6";
	case HEADER_IPV6_EXTENSION:
		return "ipv6.extension";
	case HEADER_IPV6_FRAGMENT:
		return "ipv6.fragment";
	case HEADER_UDP:
		return "udp";
	case HEADER_GRE:
		return "gre";
	case HEADER_ICMP:
		return "icmp";
	case HEADER_ICMPV6:
		return "icmpv6";
	case HEADER_TCP:
		return "tcp";
	case HEADER_OTHER:
	default:
		return "header";
	}
}

/* The last of its kind, of a packet that is a segment: what is known of the segment is its own. */
static bool is_innermost(const struct frame_view *view, const struct header_place *place)
{
	const struct header_trail *trail = view->trail;
	bool ip = place->kind == HEADER_IPV4 || place->kind == HEADER_IPV6;

	if (view->packet->kind != PACKET_TCP || (!ip && place->kind != HEADER_TCP))
		return false;
	for (const struct header_place *after = place + 1; after < trail->places + trail->count;
	     after++) {
		if (after->kind == place->kind ||
		    (ip && (after->kind == HEADER_IPV4 || after->kind == HEADER_IPV6)))
			return false;
	}
	return true;
}

static void header_field_text(struct dissection *out, struct told_field *told)
{
	const struct header_field *field = told->field;
	uint32_t first = field->first_bit / 8;
	uint32_t end = (field->first_bit + field->bits + 7) / 8;
	struct dissected_field *added =
		dissection_field(out, header_field_name(field->id), header_field_title(field->id),
				 first, end - first);

	if (!added)
		return;
	added->id = field->id;
	added->level = field->level;
	added->first_bit = (uint8_t)(field->first_bit % 8);
	added->bits = field->bits;
	told->value = field->bits <= 64 ? header_field_value(told->header, field) : 0;
	field_meaning_tell(told);
}

static void header_layer(struct dissection *out, const struct frame_view *view,
			 const struct header_place *place)
{
	const uint8_t *base = place->in_datagram ? view->trail->datagram : view->frame->bytes;
	struct header_field fields[HEADER_FIELDS_MAX];
	size_t count = header_fields(place->kind, base + place->offset, place->length, fields);
	struct dissected_layer *layer = dissection_layer(out, layer_name(place->kind), place->name);
	struct told_field told = {
		.view = view,
		.place = place,
		.header = base + place->offset,
		.innermost = is_innermost(view, place),
		.out = out,
	};

	if (!layer)
		return;
	layer->bytes = base + place->offset;
	layer->length = place->length;
	layer->frame_offset = place->offset;
	layer->in_frame = !place->in_datagram;
	layer->place = place;
	for (size_t i = 0; i < count; i++) {
		if (fields[i].level == 0)
			told.parent = &fields[i];
		told.field = &fields[i];
		header_field_text(out, &told);
	}
}

/* Bytes that no header describes. */
static void bytes_layer(struct dissection *out, const struct frame_view *view,
			enum header_field_id id, const char *title, uint32_t offset, uint32_t end)
{
	bool in_datagram = id == FIELD_PAYLOAD && view->packet->reassembled;
	const uint8_t *base = in_datagram ? view->trail->datagram : view->frame->bytes;
	struct dissected_layer *layer;
	struct dissected_field *field;
	struct text_builder text;

	if (offset >= end)
		return;
	layer = dissection_layer(out, header_field_name(id), title);
	if (!layer)
		return;
	layer->bytes = base + offset;
	layer->length = end - offset;
	layer->frame_offset = offset;
	layer->in_frame = !in_datagram;
	field = dissection_field(out, header_field_name(id), header_field_title(id), 0,
				 end - offset);
	if (!field)
		return;
	field->id = id;
	text_builder_init(&text, TEXT_MAX_BYTES);
	message_text_sample(&text, base + offset, end - offset);
	dissection_value(out, "%s", text_builder_text(&text));
	text_builder_finish(&text);
	dissection_meaning(out, end - offset == 1 ? "1 byte" : "%" PRIu32 " bytes", end - offset);
}

/* The segment's data: messages that are known, and what stands between them. */
static void payload_layers(struct dissection *out, const struct frame_view *view)
{
	uint32_t begin = view->trail->payload_offset;
	uint32_t end = begin + view->packet->captured_payload;
	uint32_t at = begin;

	for (size_t i = 0; i < view->message_count; i++) {
		const struct stream_message *message = &view->messages[i];
		uint32_t first_layer = out->layer_count;

		bytes_layer(out, view, FIELD_PAYLOAD, "Data", at, begin + message->payload_offset);
		stream_message_dissect(message, begin, out);
		for (uint32_t layer = first_layer; layer < out->layer_count; layer++) {
			if (view->packet->reassembled)
				out->layers[layer].in_frame = false;
		}
		at = begin + message->payload_offset + message->part_bytes;
	}
	bytes_layer(out, view, FIELD_PAYLOAD, "Data", at, end);
}

/* Of a frame that is no segment, or completes a datagram: what no header took. */
static void content_layer(struct dissection *out, const struct frame_view *view, uint32_t at)
{
	uint32_t end = view->trail->content_end;
	bool fragment = view->packet->kind == PACKET_FRAGMENT || view->packet->reassembled;

	bytes_layer(out, view, FIELD_BYTES, fragment ? "Fragment of a datagram" : "Data", at, end);
}

/* Headers in the frame; those that the trail had no room for are bytes. Returns where they end. */
static uint32_t frame_headers(struct dissection *out, const struct frame_view *view)
{
	const struct header_trail *trail = view->trail;
	uint32_t at = 0;

	for (uint32_t i = 0; i < trail->count && !trail->places[i].in_datagram; i++) {
		bytes_layer(out, view, FIELD_BYTES, "Bytes", at, trail->places[i].offset);
		header_layer(out, view, &trail->places[i]);
		at = trail->places[i].offset + trail->places[i].length;
	}
	bytes_layer(out, view, FIELD_BYTES, "Bytes", at, trail->content_offset);
	return at > trail->content_offset ? at : trail->content_offset;
}

void dissection_frame(struct dissection *dissection, const struct frame_view *view)
{
	const struct header_trail *trail = view->trail;
	bool segment = view->packet->kind == PACKET_TCP;
	uint32_t at;

	capture_layer(dissection, view);
	at = frame_headers(dissection, view);
	if (segment && !view->packet->reassembled)
		payload_layers(dissection, view);
	else
		content_layer(dissection, view, at);
	bytes_layer(dissection, view, FIELD_PADDING, "Padding or trailer", trail->content_end,
		    view->frame->captured_length);
	if (!trail->datagram)
		return;
	for (uint32_t i = 0; i < trail->count; i++) {
		if (trail->places[i].in_datagram)
			header_layer(dissection, view, &trail->places[i]);
	}
	if (segment)
		payload_layers(dissection, view);
}
