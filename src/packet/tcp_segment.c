#include "packet/tcp_segment.h"

#include <string.h>

#include "packet/checksum.h"

#define TCP_FIELDS_BYTES 16u /* with ports, numbers, flags and window */

/* Where the snap length cut an option off, its length did not lie, and whole blocks may be left. */
static void mend_cut_options(struct tcp_header *tcp)
{
	struct tcp_options *options = &tcp->options;
	struct tcp_option option;
	size_t offset = 0;

	options->has &= ~(uint32_t)TCP_HAS_BAD_LENGTH;
	while (tcp_option_next(tcp->options_bytes, tcp->options_length, &offset, &option)) {
		if (option.kind != TCP_OPTION_SACK || !option.bad_length)
			continue;
		for (size_t at = 0; at + 8 <= option.content_length; at += 8) {
			if (options->sack_count >= TCP_SACK_MAX_BLOCKS)
				return;
			options->has |= TCP_HAS_SACK;
			options->sack[options->sack_count++] = (struct sack_block){
				.left = wire_u32(option.content + at),
				.right = wire_u32(option.content + at + 4),
			};
		}
	}
}

static void decode_options(struct tcp_header *tcp, const uint8_t *bytes, uint32_t captured)
{
	uint32_t there = captured < tcp->length ? captured : tcp->length;

	tcp->options_bytes = bytes + TCP_HEADER_MIN_BYTES;
	tcp->options_length = (uint8_t)(there - TCP_HEADER_MIN_BYTES);
	if (tcp_common_options(tcp->options_bytes, tcp->options_length, &tcp->options))
		return;
	tcp_options_decode(tcp->options_bytes, tcp->options_length, &tcp->options);
	if (there < tcp->length)
		mend_cut_options(tcp);
}

void tcp_fields_of_damaged(struct packet_walk *walk)
{
	struct tcp_header *tcp = &walk->out->tcp;
	uint8_t fixed[TCP_HEADER_MIN_BYTES] = { 0 };

	if (walk->captured < TCP_FIELDS_BYTES)
		return;
	memcpy(fixed, walk->bytes, walk->captured < sizeof(fixed) ? walk->captured : sizeof(fixed));
	tcp_fixed_fields(fixed, tcp);
	tcp->length = (uint8_t)tcp_header_bytes(fixed);
	tcp->options_length = 0;
	tcp->options.has = 0;
	walk->out->payload_length = walk->length > tcp->length ? walk->length - tcp->length : 0;
	walk->out->has_tcp_fields = true;
}

static enum layer cut_short(struct packet_walk *walk, uint32_t wanted)
{
	tcp_fields_of_damaged(walk);
	if (walk->length < wanted)
		return walk_problem(walk, PACKET_DAMAGED,
				    "the TCP header takes %u bytes, the datagram has %u for it",
				    wanted, walk->length);
	return walk_problem(walk, PACKET_DAMAGED, "of the TCP header of %u bytes, %u were captured",
			    wanted, walk->captured);
}

enum layer tcp_segment_layer(struct packet_walk *walk)
{
	const uint8_t *bytes = walk->bytes;
	uint32_t captured = walk->captured;
	struct packet *out = walk->out;
	struct tcp_header *tcp = &out->tcp;

	if (captured < TCP_HEADER_MIN_BYTES)
		return cut_short(walk, TCP_HEADER_MIN_BYTES);
	uint32_t header_bytes = tcp_header_bytes(bytes);

	if (header_bytes < TCP_HEADER_MIN_BYTES) {
		tcp_fields_of_damaged(walk);
		return walk_problem(walk, PACKET_DAMAGED,
				    "the TCP header says that it has %u bytes, fewer than 20",
				    header_bytes);
	}
	if (header_bytes > walk->length)
		return cut_short(walk, header_bytes);
	tcp_fixed_fields(bytes, tcp);
	tcp->length = (uint8_t)header_bytes;
	decode_options(tcp, bytes, captured);
	out->payload_length = walk->length - header_bytes;
	out->captured_payload = captured > header_bytes ? captured - header_bytes : 0;
	out->payload = bytes + (captured - out->captured_payload);
	if (walk_verifies(walk) && captured == walk->length && !walk->cut_by_frame)
		out->checksum = checksum_of_tcp(&out->ip, bytes, captured);
	else
		out->checksum = CHECKSUM_UNKNOWN;
	out->kind = PACKET_TCP;
	return LAYER_END;
}
