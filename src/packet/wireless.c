#include "packet/wireless.h"

#include "base/wire.h"

/* The first byte of a frame: version, type, subtype; then the flags. */
enum {
	FRAME_TYPE = 0x0f,
	FRAME_TYPE_DATA = 0x08, /* of version 0 */
	FRAME_WITHOUT_DATA = 0x40,
	FRAME_WITH_QOS = 0x80,
	FLAG_TO_STATION = 0x01,
	FLAG_FROM_STATION = 0x02,
	FLAG_MORE_FRAGMENTS = 0x04,
	FLAG_PROTECTED = 0x40,
	FLAG_HIGH_THROUGHPUT = 0x80,
	QOS_AGGREGATE = 0x80,
};

#define HEADER_BYTES 24u /* with three addresses */
#define ADDRESS_BYTES 6u
#define QOS_BYTES 2u
#define HIGH_THROUGHPUT_BYTES 4u
#define SUBFRAME_HEADER_BYTES 14u
#define PRISM_HEADER_BYTES 144u
#define AVS_MAGIC UINT32_C(0x80211000)

enum {
	RADIOTAP_HAS_TIME = 1 << 0,
	RADIOTAP_HAS_FLAGS = 1 << 1,
	RADIOTAP_PADDED = 0x20, /* of its flags: the 802.11 header is filled up to 4 bytes */
};
#define RADIOTAP_MORE_BITS UINT32_C(0x80000000)
#define RADIOTAP_BITMAPS_MAX 16u
#define LINK_IEEE80211 105u

static uint16_t little_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t little_u32(const uint8_t *bytes)
{
	return (uint32_t)little_u16(bytes) | (uint32_t)little_u16(bytes + 2) << 16;
}

/* Several frames in one; the first is read. */
static enum layer first_subframe(struct packet_walk *walk)
{
	const uint8_t *bytes = walk_take(walk, SUBFRAME_HEADER_BYTES);

	if (!bytes)
		return LAYER_END;
	walk_shorten(walk, wire_u16(bytes + 2 * ADDRESS_BYTES));
	return LAYER_LLC;
}

static enum layer data_frame(struct packet_walk *walk, bool padded)
{
	const uint8_t *bytes = walk_take(walk, HEADER_BYTES);
	uint32_t more = 0;

	if (!bytes || (bytes[0] & FRAME_TYPE) != FRAME_TYPE_DATA || (bytes[0] & FRAME_WITHOUT_DATA))
		return LAYER_END;
	bool qos = (bytes[0] & FRAME_WITH_QOS) != 0;
	uint8_t flags = bytes[1];

	/* Fragments (a number in the low bits of the sequence field) are not put together. */
	if ((flags & (FLAG_PROTECTED | FLAG_MORE_FRAGMENTS)) || (bytes[22] & 0xf) != 0)
		return LAYER_END;
	if ((flags & FLAG_TO_STATION) && (flags & FLAG_FROM_STATION))
		more += ADDRESS_BYTES;
	if (qos && (flags & FLAG_HIGH_THROUGHPUT))
		more += HIGH_THROUGHPUT_BYTES;
	const uint8_t *qos_field =
		bytes + HEADER_BYTES + (more >= ADDRESS_BYTES ? ADDRESS_BYTES : 0);

	if (qos)
		more += QOS_BYTES;
	uint32_t padding = padded ? (4 - (HEADER_BYTES + more) % 4) % 4 : 0;

	if (!walk_take(walk, more + padding))
		return LAYER_END;
	return qos && (qos_field[0] & QOS_AGGREGATE) ? first_subframe(walk) : LAYER_LLC;
}

enum layer ieee80211_layer(struct packet_walk *walk)
{
	return data_frame(walk, false);
}

/* Whether its flags say that the 802.11 header is padded: they may stand behind a time. */
static bool radiotap_says_padded(const uint8_t *header, uint32_t length)
{
	uint32_t present = little_u32(header + 4);
	uint32_t at = 8;

	for (uint32_t word = present, count = 0; word & RADIOTAP_MORE_BITS; count++, at += 4) {
		if (count >= RADIOTAP_BITMAPS_MAX || at + 4 > length)
			return false;
		word = little_u32(header + at);
	}
	if (!(present & RADIOTAP_HAS_FLAGS))
		return false;
	if (present & RADIOTAP_HAS_TIME)
		at = ((at + 7) & ~UINT32_C(7)) + 8;
	return at < length && (header[at] & RADIOTAP_PADDED) != 0;
}

enum layer radiotap_layer(struct packet_walk *walk)
{
	const uint8_t *header = walk->bytes;

	if (walk->captured < 8)
		return LAYER_END;
	uint32_t length = little_u16(header + 2);

	if (length < 8 || !walk_take(walk, length))
		return LAYER_END;
	return data_frame(walk, radiotap_says_padded(header, length));
}

enum layer ppi_layer(struct packet_walk *walk)
{
	const uint8_t *header = walk->bytes;

	if (walk->captured < 8 || little_u32(header + 4) != LINK_IEEE80211)
		return LAYER_END;
	uint32_t length = little_u16(header + 2);

	return length >= 8 && walk_take(walk, length) ? data_frame(walk, false) : LAYER_END;
}

enum layer avs_layer(struct packet_walk *walk)
{
	uint32_t length = walk->captured >= 8 ? wire_u32(walk->bytes + 4) : 0;

	return length >= 8 && walk_take(walk, length) ? data_frame(walk, false) : LAYER_END;
}

enum layer prism_layer(struct packet_walk *walk)
{
	/* Some cards write the later header under the number of this one. */
	if (walk->captured >= 4 && (wire_u32(walk->bytes) & ~UINT32_C(0xfff)) == AVS_MAGIC)
		return avs_layer(walk);
	return walk_take(walk, PRISM_HEADER_BYTES) ? data_frame(walk, false) : LAYER_END;
}
