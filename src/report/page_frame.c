#include "report/page_frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/json_writer.h"
#include "base/wire.h"
#include "packet/checksum.h"
#include "report/explanation.h"
#include "report/page_limits.h"

#define FIELD_NUMBERS 9u
#define EXPLANATION_MAX_BYTES 65536u
#define PURPOSE_MAX_BYTES 16384u
#define CHECKSUMS_MAX 16u /* of one frame: of its IPv4 headers, and TCP's */
#define IPV4_HEADER_MIN_BYTES 20u
#define IPV4_CHECKSUM_AT 10u
#define TCP_CHECKSUM_AT 16u
#define NO_PLACE UINT32_MAX

/* What is the same of a field in every frame. */
struct field_kind {
	const char *name;        /* static */
	const char *title;       /* static */
	enum header_field_id id; /* HEADER_FIELD_COUNT: none of the headers' */
};

struct page_frames {
	struct page_texts *texts;  /* owned */
	struct page_texts *fields; /* owned; each as its array of numbers */
	struct field_kind kinds[PAGE_FIELD_KINDS_MAX];
	uint32_t kind_count;
	uint32_t kind_of_id[HEADER_FIELD_COUNT]; /* NO_PLACE: none yet */
	struct dissection taken;                 /* owned; of the frame at hand */
	struct explanation_memory memory;
	struct text_builder scratch; /* owned */
	uint64_t packed;             /* frames */
	uint64_t bytes;              /* as captured, of those */
	uint64_t text_bytes;         /* of their objects */
	uint64_t cut_bytes;
	bool full;
};

/* A checksum of the frame at hand. */
struct packed_checksum {
	uint32_t layer;
	enum checksum_verdict verdict;
	uint16_t carried;
	uint16_t computed;
	bool has_computed;
	uint32_t work; /* in texts; 0: not told */
};

/* One frame on its way into its object. */
struct packing {
	struct page_frames *frames;
	const struct frame_view *view;
	struct text_builder *out;
	bool explains;
	bool failed; /* a text found no room */
	struct packed_checksum checksums[CHECKSUMS_MAX];
	size_t checksum_count;
	uint64_t layer_bytes; /* of layers that carry their own */
};

struct page_frames *page_frames_create(void)
{
	struct page_frames *frames = calloc(1, sizeof(*frames));

	if (!frames)
		return NULL;
	frames->texts = page_texts_create(PAGE_TEXTS_MAX, PAGE_TEXTS_MAX_BYTES);
	frames->fields = page_texts_create(PAGE_FIELDS_MAX, PAGE_FIELDS_MAX_BYTES);
	if (!frames->texts || !frames->fields) {
		page_texts_destroy(frames->texts);
		page_texts_destroy(frames->fields);
		free(frames);
		return NULL;
	}
	for (size_t i = 0; i < HEADER_FIELD_COUNT; i++)
		frames->kind_of_id[i] = NO_PLACE;
	dissection_init(&frames->taken);
	explanation_general_is_told(&frames->memory);
	text_builder_init(&frames->scratch, EXPLANATION_MAX_BYTES);
	return frames;
}

void page_frames_destroy(struct page_frames *frames)
{
	if (!frames)
		return;
	page_texts_destroy(frames->texts);
	page_texts_destroy(frames->fields);
	dissection_finish(&frames->taken);
	text_builder_finish(&frames->scratch);
	free(frames);
}

static uint32_t add_kind(struct page_frames *frames, const struct dissected_field *field)
{
	if (frames->kind_count >= PAGE_FIELD_KINDS_MAX)
		return NO_PLACE;
	frames->kinds[frames->kind_count] = (struct field_kind){
		.name = field->name,
		.title = field->title,
		.id = field->id,
	};
	return frames->kind_count++;
}

/* Of those above TCP, which have no id. */
static uint32_t find_kind(const struct page_frames *frames, const struct dissected_field *field)
{
	for (uint32_t i = 0; i < frames->kind_count; i++) {
		const struct field_kind *kind = &frames->kinds[i];

		if (kind->id == field->id && strcmp(kind->name, field->name) == 0 &&
		    strcmp(kind->title, field->title) == 0)
			return i;
	}
	return NO_PLACE;
}

static uint32_t kind_of(struct page_frames *frames, const struct dissected_field *field)
{
	uint32_t *place = field->id < HEADER_FIELD_COUNT ? &frames->kind_of_id[field->id] : NULL;
	uint32_t kind = place ? *place : find_kind(frames, field);

	if (kind == NO_PLACE)
		kind = add_kind(frames, field);
	if (place)
		*place = kind;
	return kind;
}

static uint32_t text_place(struct packing *packing, const char *text, size_t length)
{
	uint32_t place;

	if (!page_texts_add(packing->frames->texts, text, length, &place))
		packing->failed = true;
	return place;
}

static uint32_t scratch_place(struct packing *packing)
{
	const struct text_builder *scratch = &packing->frames->scratch;

	return text_place(packing, text_builder_text(scratch), scratch->length);
}

static struct packed_checksum *checksum_of_layer(struct packing *packing, uint32_t layer)
{
	for (size_t i = 0; i < packing->checksum_count; i++) {
		if (packing->checksums[i].layer == layer)
			return &packing->checksums[i];
	}
	return NULL;
}

static bool is_checksum(enum header_field_id id)
{
	return id == FIELD_IPV4_CHECKSUM || id == FIELD_TCP_CHECKSUM;
}

/* What its value says here; the arithmetic of a checksum goes to the checksum instead. */
static uint32_t explain(struct packing *packing, uint32_t layer_index,
			const struct dissected_field *field)
{
	struct page_frames *frames = packing->frames;
	struct packed_checksum *checksum;
	uint32_t place;

	if (!packing->explains || field->id >= HEADER_FIELD_COUNT)
		return 0;
	text_builder_clear(&frames->scratch);
	explanation_append_field(&frames->scratch, packing->view,
				 &frames->taken.layers[layer_index], field, &frames->memory);
	place = scratch_place(packing);
	checksum = is_checksum(field->id) ? checksum_of_layer(packing, layer_index) : NULL;
	if (!checksum)
		return place;
	checksum->work = place;
	return 0;
}

/* Its place among the fields of all frames. */
static uint32_t field_place(struct packing *packing, uint32_t layer,
			    const struct dissected_field *field)
{
	const uint32_t numbers[FIELD_NUMBERS] = {
		kind_of(packing->frames, field),
		field->level,
		field->offset,
		field->bytes,
		field->first_bit,
		field->bits,
		text_place(packing, field->value, strlen(field->value)),
		text_place(packing, field->meaning, strlen(field->meaning)),
		explain(packing, layer, field),
	};
	size_t count = numbers[FIELD_NUMBERS - 1] != 0 ? FIELD_NUMBERS : FIELD_NUMBERS - 1;
	char text[FIELD_NUMBERS * (DECIMAL_MAX_BYTES + 1) + 1];
	size_t used = 0;
	uint32_t place;

	if (numbers[0] == NO_PLACE)
		packing->failed = true;
	for (size_t i = 0; i < count; i++) {
		text[used++] = i == 0 ? '[' : ',';
		used += decimal_write(text + used, numbers[i]);
	}
	text[used++] = ']';
	if (!page_texts_add(packing->frames->fields, text, used, &place)) {
		packing->failed = true;
		return 0;
	}
	return place - 1; /* no field is "", which has the first place there */
}

/*
 * How much of the layer stands in the frame from its place on; 0: nothing does. A message that is
 * sent again may say something else now.
 */
static uint32_t length_in_frame(const struct dissected_layer *layer,
				const struct captured_frame *frame)
{
	uint32_t at;
	uint32_t length;

	if (!layer->in_frame || !layer->bytes || layer->earlier > 0 || layer->frame_offset < 0 ||
	    layer->frame_offset >= (int64_t)frame->captured_length)
		return 0;
	at = (uint32_t)layer->frame_offset;
	length = frame->captured_length - at;
	if (length > layer->length)
		length = layer->length;
	return memcmp(frame->bytes + at, layer->bytes, length) == 0 ? length : 0;
}

static void own_bytes(struct packing *packing, struct json_writer *json,
		      const struct dissected_layer *layer)
{
	uint32_t length =
		layer->length < PAGE_LAYER_MAX_BYTES ? layer->length : PAGE_LAYER_MAX_BYTES;

	if (length == 0 || !layer->bytes ||
	    length_in_frame(layer, packing->view->frame) == layer->length)
		return;
	json_name(json, "bytes");
	json_base64(json, layer->bytes, length);
	packing->layer_bytes += length;
}

static void pack_layer(struct packing *packing, struct json_writer *json, uint32_t index)
{
	const struct dissection *taken = &packing->frames->taken;
	const struct dissected_layer *layer = &taken->layers[index];

	json_begin_object(json);
	json_name(json, "name");
	json_string(json, layer->name);
	json_name(json, "title");
	json_unsigned(json, text_place(packing, layer->title, strlen(layer->title)));
	json_name(json, "summary");
	json_unsigned(json, text_place(packing, layer->summary, strlen(layer->summary)));
	if (length_in_frame(layer, packing->view->frame) > 0) {
		json_name(json, "at");
		json_signed(json, layer->frame_offset);
	}
	json_name(json, "length");
	json_unsigned(json, layer->length);
	own_bytes(packing, json, layer);
	json_name(json, "fields");
	json_begin_array(json);
	for (uint32_t i = 0; i < layer->field_count; i++)
		json_unsigned(json,
			      field_place(packing, index, &taken->fields[layer->first_field + i]));
	json_end_array(json);
	json_end_object(json);
}

/* Nobody asked for checksums: neither of the two that are always there in a packet is judged. */
static bool is_unjudged(const struct packet *packet)
{
	return packet->kind == PACKET_TCP && packet->checksum == CHECKSUM_UNKNOWN &&
	       packet->ip.checksum == CHECKSUM_UNKNOWN;
}

static bool find_ipv4_checksum(const struct packing *packing, const struct dissected_layer *layer,
			       struct packed_checksum *out)
{
	uint32_t length;

	if (layer->length < IPV4_HEADER_MIN_BYTES)
		return false;
	out->carried = wire_u16(layer->bytes + IPV4_CHECKSUM_AT);
	length = (layer->bytes[0] & 0xfu) * 4;
	if (is_unjudged(packing->view->packet) || length < IPV4_HEADER_MIN_BYTES ||
	    length > layer->length)
		return true;
	out->verdict = checksum_of_ipv4(layer->bytes, length);
	out->computed = checksum_right_ipv4(layer->bytes, length);
	out->has_computed = true;
	return true;
}

/* Of the segment; what an error quotes, or a header cut short, has none to be judged. */
static bool find_tcp_checksum(const struct packing *packing, const struct dissected_layer *layer,
			      struct packed_checksum *out)
{
	const struct packet *packet = packing->view->packet;
	uint32_t header_bytes = packet->tcp.length;

	if (packet->kind != PACKET_TCP || layer->length < TCP_HEADER_MIN_BYTES)
		return false;
	out->carried = wire_u16(layer->bytes + TCP_CHECKSUM_AT);
	out->verdict = packet->checksum;
	/* Only where the payload stands right behind its header can both be summed up. */
	if (packet->checksum == CHECKSUM_UNKNOWN || layer->length < header_bytes ||
	    packet->captured_payload < packet->payload_length ||
	    (packet->payload_length > 0 && packet->payload != layer->bytes + header_bytes))
		return true;
	out->computed = checksum_right_tcp(&packet->ip, layer->bytes,
					   header_bytes + packet->payload_length);
	out->has_computed = true;
	return true;
}

static void find_checksums(struct packing *packing)
{
	const struct dissection *taken = &packing->frames->taken;

	for (uint32_t i = 0; i < taken->layer_count; i++) {
		const struct dissected_layer *layer = &taken->layers[i];
		struct packed_checksum found = { .layer = i, .verdict = CHECKSUM_UNKNOWN };
		bool has = false;

		if (!layer->place || packing->checksum_count >= CHECKSUMS_MAX)
			continue;
		if (layer->place->kind == HEADER_IPV4)
			has = find_ipv4_checksum(packing, layer, &found);
		else if (layer->place->kind == HEADER_TCP)
			has = find_tcp_checksum(packing, layer, &found);
		if (has)
			packing->checksums[packing->checksum_count++] = found;
	}
}

static const char *verdict_name(enum checksum_verdict verdict)
{
	switch (verdict) {
	case CHECKSUM_GOOD:
		return "good";
	case CHECKSUM_OFFLOADED:
		return "offloaded";
	case CHECKSUM_BAD:
		return "bad";
	case CHECKSUM_UNKNOWN:
		break;
	}
	return "unknown";
}

static void pack_checksums(const struct packing *packing, struct json_writer *json)
{
	if (packing->checksum_count == 0)
		return;
	json_name(json, "checksums");
	json_begin_array(json);
	for (size_t i = 0; i < packing->checksum_count; i++) {
		const struct packed_checksum *checksum = &packing->checksums[i];

		json_begin_object(json);
		json_name(json, "layer");
		json_unsigned(json, checksum->layer);
		json_name(json, "verdict");
		json_string(json, verdict_name(checksum->verdict));
		json_name(json, "carried");
		json_unsigned(json, checksum->carried);
		if (checksum->has_computed) {
			json_name(json, "computed");
			json_unsigned(json, checksum->computed);
		}
		if (checksum->work != 0) {
			json_name(json, "work");
			json_unsigned(json, checksum->work);
		}
		json_end_object(json);
	}
	json_end_array(json);
}

static uint32_t kept_bytes(const struct packing *packing)
{
	uint32_t captured = packing->view->frame->captured_length;
	uint32_t most = packing->frames->packed < PAGE_WHOLE_FRAMES ? PAGE_FRAME_MAX_BYTES
								    : PAGE_LATER_FRAME_MAX_BYTES;

	return captured < most ? captured : most;
}

static void pack_whole_explanation(struct packing *packing, struct json_writer *json)
{
	struct text_builder *scratch = &packing->frames->scratch;

	if (!packing->explains)
		return;
	text_builder_clear(scratch);
	explanation_segment(scratch, packing->view);
	if (scratch->length == 0)
		return;
	json_name(json, "explained");
	json_unsigned(json, scratch_place(packing));
}

static void pack(struct packing *packing)
{
	struct json_writer json = json_writer_on(packing->out);
	const struct frame_view *view = packing->view;
	const struct dissection *taken = &packing->frames->taken;

	json_begin_object(&json);
	json_name(&json, "frame");
	json_unsigned(&json, view->frame->number);
	json_name(&json, "length");
	json_unsigned(&json, view->packet->frame_length);
	json_name(&json, "captured");
	json_unsigned(&json, view->frame->captured_length);
	json_name(&json, "bytes");
	json_base64(&json, view->frame->bytes, kept_bytes(packing));
	json_name(&json, "layers");
	json_begin_array(&json);
	for (uint32_t i = 0; i < taken->layer_count; i++)
		pack_layer(packing, &json, i);
	json_end_array(&json);
	pack_checksums(packing, &json);
	if (taken->cut) {
		json_name(&json, "cut");
		json_bool(&json, true);
	}
	pack_whole_explanation(packing, &json);
	json_end_object(&json);
}

/* Is there room for what was packed? */
static bool fits(const struct packing *packing, size_t text_bytes)
{
	const struct page_frames *frames = packing->frames;
	uint64_t bytes = kept_bytes(packing) + packing->layer_bytes;

	return !packing->failed && !packing->out->truncated &&
	       bytes <= PAGE_FRAMES_MAX_BYTES - frames->bytes &&
	       text_bytes <= PAGE_FRAMES_TEXT_MAX_BYTES - frames->text_bytes;
}

bool page_frames_pack(struct page_frames *frames, const struct frame_view *view,
		      struct text_builder *out)
{
	struct packing packing = {
		.frames = frames,
		.view = view,
		.out = out,
		.explains = frames->packed < PAGE_EXPLAINED_FRAMES,
	};
	size_t before = out->length;

	if (frames->full)
		return false;
	/* Each frame is looked at alone: what stays the same in all of them is told in each. */
	frames->memory.connection = 0;
	frames->memory.ecn_round_told = false;
	dissection_clear(&frames->taken);
	dissection_frame(&frames->taken, view);
	find_checksums(&packing);
	pack(&packing);
	if (!fits(&packing, out->length - before)) {
		frames->full = true;
		if (out->text)
			out->text[before] = '\0';
		out->length = before;
		return false;
	}
	frames->bytes += kept_bytes(&packing) + packing.layer_bytes;
	frames->text_bytes += out->length - before;
	frames->cut_bytes += view->frame->captured_length - kept_bytes(&packing);
	frames->packed++;
	return true;
}

bool page_frames_are_full(const struct page_frames *frames)
{
	return frames->full;
}

uint64_t page_frames_cut_bytes(const struct page_frames *frames)
{
	return frames->cut_bytes;
}

static void kind_json(struct json_writer *json, const struct field_kind *kind)
{
	const char *defined = kind->id < HEADER_FIELD_COUNT ? header_field_defined(kind->id) : "";
	struct text_builder purpose;

	text_builder_init(&purpose, PURPOSE_MAX_BYTES);
	if (kind->id < HEADER_FIELD_COUNT)
		explanation_purpose(&purpose, kind->id);
	json_begin_object(json);
	json_name(json, "name");
	json_string(json, kind->name);
	json_name(json, "title");
	json_string(json, kind->title);
	if (defined[0]) {
		json_name(json, "defined");
		json_string(json, defined);
	}
	if (purpose.length > 0) {
		json_name(json, "purpose");
		json_string(json, text_builder_text(&purpose));
	}
	json_end_object(json);
	text_builder_finish(&purpose);
}

void page_frames_kinds_json(const struct page_frames *frames, struct text_builder *out)
{
	struct json_writer json = json_writer_on(out);

	json_begin_array(&json);
	for (uint32_t i = 0; i < frames->kind_count; i++)
		kind_json(&json, &frames->kinds[i]);
	json_end_array(&json);
}

const struct page_texts *page_frames_texts(const struct page_frames *frames)
{
	return frames->texts;
}

const struct page_texts *page_frames_fields(const struct page_frames *frames)
{
	return frames->fields;
}
