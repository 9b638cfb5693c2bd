/*
 * Any bytes as the frames of a capture: a byte for the link type, one for what a snap length took,
 * two for the length, and the frame. Nothing outside of a frame may be read, no length may be wrong
 * by more than what was captured, and a frame of Ethernet, where the common kinds have a quick way,
 * must say the same when its header is one of Linux' cooked ones, where they have none. The walk
 * that writes a trail must say the same too; the trail's headers follow each other within the
 * frame, and their fields cover them.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "packet/header_field.h"
#include "packet/header_trail.h"
#include "packet/packet.h"

#define LINK_ETHERNET 1
#define LINK_LINUX_SLL 113
#define ETHERNET_TYPE_AT 12u
#define SLL_TYPE_AT 14u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t link_types[] = {
	1,   1,   1,   0,   101, 113, 276, 9,   50, 51, 104, 107, 108, 109, 117, 129, 7,
	178, 204, 228, 229, 242, 10,  6,   100, 12, 14, 147, 105, 119, 127, 163, 192,
};

/* What was read of the bytes, so that no compiler leaves the reading out. */
static volatile unsigned sink;

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void read_all(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		sink = sink + bytes[i];
}

static void check_segment(const struct packet *packet)
{
	const struct tcp_header *tcp = &packet->tcp;

	require(tcp->length >= TCP_HEADER_MIN_BYTES && tcp->length <= TCP_HEADER_MAX_BYTES);
	require(tcp->options_length <= tcp->length - TCP_HEADER_MIN_BYTES);
	require(tcp->flags <= 0xfff);
	require((tcp->options.has & TCP_HAS_SACK) == 0 || tcp->options.sack_count > 0);
	require(tcp->options.sack_count <= TCP_SACK_MAX_BLOCKS);
	require(packet->captured_payload <= packet->payload_length);
	require(packet->payload_length + tcp->length <= packet->ip.payload_length);
	require(packet->ip.source.version == 4 || packet->ip.source.version == 6);
	require(packet->ip.source.version == packet->ip.destination.version);
	if (packet->captured_payload < packet->payload_length)
		require(packet->checksum == CHECKSUM_UNKNOWN);
	read_all(tcp->options_bytes, tcp->options_length);
	read_all(packet->payload, packet->captured_payload);
}

static void check_packet(const struct packet *packet)
{
	char text[IP_ENDPOINT_TEXT_BYTES];

	require(memchr(packet->problem, '\0', sizeof(packet->problem)) != NULL);
	if (packet->kind == PACKET_TCP) {
		check_segment(packet);
		require(ip_endpoint_text(&packet->ip.source, packet->tcp.source_port, text) ==
			strlen(text));
	}
	if (packet->kind == PACKET_ICMP_ERROR)
		require(packet->icmp.source.version == packet->icmp.destination.version);
	if (packet->kind == PACKET_DAMAGED)
		require(packet->problem[0] != '\0');
}

/* The same frame behind another link header, for a decoder that has seen nothing else. */
static void check_slow_way(const struct captured_frame *frame, const struct packet *quick)
{
	if (frame->captured_length < SLL_TYPE_AT || frame->bytes[ETHERNET_TYPE_AT] < 6)
		return;
	struct packet_decoder *decoder = packet_decoder_create(PACKET_VERIFY_CHECKSUMS);
	size_t length = frame->captured_length + (SLL_TYPE_AT - ETHERNET_TYPE_AT);
	uint8_t *bytes = calloc(1, length);
	struct packet slow;

	require(decoder && bytes);
	memcpy(bytes + SLL_TYPE_AT, frame->bytes + ETHERNET_TYPE_AT,
	       frame->captured_length - ETHERNET_TYPE_AT);
	struct captured_frame cooked = *frame;

	cooked.bytes = bytes;
	cooked.link_type = LINK_LINUX_SLL;
	cooked.captured_length = (uint32_t)length;
	cooked.original_length += SLL_TYPE_AT - ETHERNET_TYPE_AT;
	require(packet_decode(decoder, &cooked, &slow) == quick->kind);
	if (quick->kind == PACKET_TCP) {
		require(slow.payload_length == quick->payload_length);
		require(slow.captured_payload == quick->captured_payload);
		require(slow.tcp.sequence == quick->tcp.sequence);
		require(slow.tcp.acknowledgment == quick->tcp.acknowledgment);
		require(slow.tcp.flags == quick->tcp.flags);
		require(slow.tcp.options.has == quick->tcp.options.has);
		require(slow.tcp.options_length == quick->tcp.options_length);
		require(slow.checksum == quick->checksum && slow.ip.checksum == quick->ip.checksum);
		require(slow.ip.payload_length == quick->ip.payload_length);
		require(memcmp(&slow.ip.source, &quick->ip.source, sizeof(slow.ip.source)) == 0);
	}
	free(bytes);
	packet_decoder_destroy(decoder);
}

/* Those of level 0 follow each other from the first bit to the last, parts stand within theirs. */
static void check_fields(enum header_kind kind, const uint8_t *bytes, uint32_t length)
{
	struct header_field fields[HEADER_FIELDS_MAX];
	uint8_t *exact = malloc(length);
	uint32_t whole = 0; /* of the field of level 0: its end */
	uint32_t part = 0;

	require(exact != NULL);
	memcpy(exact, bytes, length);
	size_t count = header_fields(kind, exact, length, fields);

	require(count > 0 && count <= HEADER_FIELDS_MAX);
	for (size_t i = 0; i < count; i++) {
		uint32_t end = fields[i].first_bit + fields[i].bits;

		require(fields[i].id < HEADER_FIELD_COUNT && fields[i].bits > 0);
		require(header_field_name(fields[i].id)[0] != '\0');
		require(fields[i].level <= 1 && end <= length * 8);
		if (fields[i].level == 0) {
			require(fields[i].first_bit == whole);
			part = whole;
			whole = end;
		} else {
			require(i > 0 && fields[i].first_bit == part && end <= whole);
			part = end;
		}
		if (fields[i].bits <= 64)
			sink = sink + (unsigned)header_field_value(exact, &fields[i]);
	}
	require(whole == length * 8);
	free(exact);
}

static void check_trail(const struct header_trail *trail, const struct captured_frame *frame,
			const struct packet *packet)
{
	uint32_t at = 0;
	bool in_datagram = false;

	require(trail->count <= HEADER_TRAIL_MAX);
	require((trail->datagram != NULL) == packet->reassembled);
	for (uint32_t i = 0; i < trail->count; i++) {
		const struct header_place *place = &trail->places[i];
		const uint8_t *base = place->in_datagram ? trail->datagram : frame->bytes;
		uint32_t length =
			place->in_datagram ? trail->datagram_length : frame->captured_length;

		require(!in_datagram || place->in_datagram);
		if (place->in_datagram && !in_datagram)
			at = 0;
		in_datagram = place->in_datagram;
		require(place->name != NULL && place->length > 0);
		require(trail->count == HEADER_TRAIL_MAX || place->offset == at);
		require(place->offset <= length && place->length <= length - place->offset);
		at = place->offset + place->length;
		check_fields(place->kind, base + place->offset, place->length);
	}
	require(trail->content_offset <= trail->content_end);
	require(trail->content_end <= frame->captured_length);
	if (packet->kind != PACKET_TCP)
		return;
	require((trail->datagram ? trail->datagram : frame->bytes) + trail->payload_offset ==
		packet->payload);
	require(trail->count == HEADER_TRAIL_MAX ||
		trail->places[trail->count - 1].kind == HEADER_TCP);
	require(trail->count == HEADER_TRAIL_MAX || trail->payload_offset == at);
}

/* The same frame for a decoder that saw the same before, and walked down all of it. */
static void check_walk(struct packet_decoder *walker, const struct captured_frame *frame,
		       const struct packet *quick)
{
	struct header_trail trail;
	struct packet walked;

	require(packet_decode_trail(walker, frame, &walked, &trail) == quick->kind);
	require(walked.kind == quick->kind && walked.frame_length == quick->frame_length);
	require(walked.reassembled == quick->reassembled);
	require(strcmp(walked.problem, quick->problem) == 0);
	if (quick->kind == PACKET_TCP) {
		require(walked.payload_length == quick->payload_length);
		require(walked.captured_payload == quick->captured_payload);
		require(memcmp(walked.payload, quick->payload, quick->captured_payload) == 0);
		require(walked.tcp.sequence == quick->tcp.sequence);
		require(walked.tcp.options.has == quick->tcp.options.has);
		require(walked.checksum == quick->checksum);
		require(walked.ip.checksum == quick->ip.checksum);
	}
	check_trail(&trail, frame, &walked);
}

static void decode_one(struct packet_decoder *decoder, struct packet_decoder *walker,
		       const struct captured_frame *frame)
{
	/* In a block of exactly its size, so that a read past the end is seen. */
	uint8_t *exact = malloc(frame->captured_length ? frame->captured_length : 1);
	struct captured_frame copy = *frame;
	struct packet packet;

	require(exact != NULL);
	memcpy(exact, frame->bytes, frame->captured_length);
	copy.bytes = exact;
	require(packet_decode(decoder, &copy, &packet) == packet.kind);
	check_packet(&packet);
	check_walk(walker, &copy, &packet);
	if (copy.link_type == LINK_ETHERNET && packet.kind != PACKET_FRAGMENT &&
	    packet.kind != PACKET_OTHER && !packet.reassembled)
		check_slow_way(&copy, &packet);
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet_decoder *decoder = packet_decoder_create(PACKET_VERIFY_CHECKSUMS);
	struct packet_decoder *walker = packet_decoder_create(PACKET_VERIFY_CHECKSUMS);
	struct captured_frame frame = { .number = 0 };

	require(decoder != NULL && walker != NULL);
	while (size >= 4) {
		size_t length = (size_t)data[2] << 8 | data[3];

		if (length > size - 4)
			length = size - 4;
		frame.number++;
		frame.link_type = link_types[data[0] % (sizeof(link_types) / sizeof(*link_types))];
		frame.bytes = data + 4;
		frame.captured_length = (uint32_t)length;
		frame.original_length = (uint32_t)length + data[1] * 64u;
		decode_one(decoder, walker, &frame);
		data += 4 + length;
		size -= 4 + length;
	}
	packet_decoder_destroy(walker);
	packet_decoder_destroy(decoder);
	return 0;
}
