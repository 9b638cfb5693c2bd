#include "relay_protocol/frame.h"

const char *relay_type_slug(uint16_t type)
{
	switch (type) {
#define AS_CASE(name, number, slug)                                                                \
	case number:                                                                               \
		return slug;
		RELAY_TYPES(AS_CASE)
#undef AS_CASE
	default:
		return "unknown";
	}
}

const char *relay_status_slug(uint16_t status)
{
	switch (status) {
#define AS_CASE(name, number, slug)                                                                \
	case number:                                                                               \
		return slug;
		RELAY_STATUSES(AS_CASE)
#undef AS_CASE
	default:
		return "unknown";
	}
}

/* For less than a header: is what is there the start of a good one? */
static enum relay_frame_verdict judge_start(const uint8_t *bytes, size_t length)
{
	if (length > 0 && bytes[0] != RELAY_MAGIC >> 8)
		return RELAY_FRAME_BAD_MAGIC;
	if (length > 1 && bytes[1] != (RELAY_MAGIC & 0xffu))
		return RELAY_FRAME_BAD_MAGIC;
	if (length > 2 && bytes[2] != RELAY_VERSION)
		return RELAY_FRAME_BAD_VERSION;
	if (length > 3 && (bytes[3] < RELAY_REQUEST || bytes[3] > RELAY_ACKNOWLEDGEMENT))
		return RELAY_FRAME_BAD_KIND;
	return RELAY_FRAME_OK;
}

enum relay_frame_verdict relay_frame_decode(const uint8_t *bytes, size_t length, uint32_t max_body,
					    struct relay_frame *out, size_t *needed)
{
	enum relay_frame_verdict verdict = judge_start(bytes, length);
	uint32_t body_length;

	if (verdict != RELAY_FRAME_OK)
		return verdict;
	if (length < RELAY_FRAME_HEADER_BYTES) {
		*needed = RELAY_FRAME_HEADER_BYTES;
		return RELAY_FRAME_NEED_MORE;
	}
	body_length = relay_load_u32(bytes + 12);
	if (body_length > max_body)
		return RELAY_FRAME_TOO_LARGE;
	*needed = RELAY_FRAME_HEADER_BYTES + (size_t)body_length;
	if (length < *needed)
		return RELAY_FRAME_NEED_MORE;
	*out = (struct relay_frame){
		.kind = bytes[3],
		.type = relay_load_u16(bytes + 4),
		.status = relay_load_u16(bytes + 6),
		.id = relay_load_u32(bytes + 8),
		.length = body_length,
		.body = bytes + RELAY_FRAME_HEADER_BYTES,
	};
	return RELAY_FRAME_OK;
}

void relay_frame_header(uint8_t out[RELAY_FRAME_HEADER_BYTES], const struct relay_frame *frame)
{
	relay_store_u16(out, RELAY_MAGIC);
	out[2] = RELAY_VERSION;
	out[3] = frame->kind;
	relay_store_u16(out + 4, frame->type);
	relay_store_u16(out + 6, frame->status);
	relay_store_u32(out + 8, frame->id);
	relay_store_u32(out + 12, frame->length);
}
