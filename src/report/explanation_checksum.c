#include "report/explanation_checksum.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/ip_address.h"
#include "base/wire.h"
#include "report/explanation_parts.h"

#define IPV4_CHECKSUM_AT 10u
#define IPV4_HEADER_MIN_BYTES 20u

#define TCP_CHECKSUM_AT 16u
#define IP_PROTOCOL_TCP 6u
#define NO_CHECKSUM UINT32_MAX

#define WORDS_OF_A_LINE 8u
#define WORDS_COLUMNS 57   /* four blanks, and so many words with " + " between them */
#define DATA_SHOWN_MAX 64u /* bytes of data whose words are written out */
#define ADDRESS_BYTES_OF_A_LINE 8u

/* The word at `at`; a last byte that stands alone gets a zero byte behind it. */
static uint32_t word_at(const uint8_t *bytes, uint32_t length, uint32_t at)
{
	return at + 1 < length ? wire_u16(bytes + at) : (uint32_t)bytes[at] << 8;
}

static uint64_t sum_of(const uint8_t *bytes, uint32_t length)
{
	uint64_t sum = 0;

	for (uint32_t at = 0; at < length; at += 2)
		sum += word_at(bytes, length, at);
	return sum;
}

static uint16_t folded(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return (uint16_t)sum;
}

/* The words, eight a line, each line with the sum so far; the one at `checksum_at` counts as 0. */
static uint64_t add_words(struct text_builder *out, uint64_t sum, const uint8_t *bytes,
			  uint32_t length, uint32_t checksum_at)
{
	const uint32_t line = WORDS_OF_A_LINE * 2;

	for (uint32_t start = 0; start < length; start += line) {
		size_t before = out->length;

		text_append(out, "    ");
		for (uint32_t at = start; at < length && at < start + line; at += 2) {
			uint32_t word = at == checksum_at ? 0 : word_at(bytes, length, at);

			sum += word;
			text_append_format(out, "%s%04x", at > start ? " + " : "", word);
		}
		int used = (int)(out->length - before);

		text_append_format(out, "%*s  %8llx\n",
				   used < WORDS_COLUMNS ? WORDS_COLUMNS - used : 0, "",
				   (unsigned long long)sum);
	}
	return sum;
}

static void append_hex(struct text_builder *out, const uint8_t *bytes, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		text_append_format(out, "%s%02x", i > 0 ? " " : "", bytes[i]);
}

static void address_lines(struct text_builder *out, const char *which,
			  const struct ip_address *address)
{
	uint32_t length = address->version == 4 ? 4 : 16;
	char text[IP_ENDPOINT_TEXT_BYTES];

	(void)ip_address_text(address, text);
	for (uint32_t at = 0; at < length; at += ADDRESS_BYTES_OF_A_LINE) {
		uint32_t left = length - at;

		text_append(out, "    ");
		append_hex(out, address->bytes + at,
			   left < ADDRESS_BYTES_OF_A_LINE ? left : ADDRESS_BYTES_OF_A_LINE);
		if (at == 0)
			text_append_format(out, "  %s %s", which, text);
		text_append(out, "\n");
	}
}

/* A number in big-endian order. */
static void put_number(uint8_t *bytes, uint32_t number, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)(number >> (8 * (length - 1 - i)));
}

static uint32_t put_address(uint8_t *bytes, const struct ip_address *address)
{
	uint32_t length = address->version == 4 ? 4 : 16;

	memcpy(bytes, address->bytes, length);
	return length;
}

static void number_line(struct text_builder *out, const uint8_t *bytes, uint32_t length)
{
	text_append(out, "    ");
	append_hex(out, bytes, length);
	text_append_format(out, "%s", length == 2 ? "      " : "");
}

/* What is summed before the segment and sent nowhere: 12 bytes, or 40 (RFC 8200 section 8.1). */
static uint64_t pseudo_header(struct text_builder *out, const struct ip_header *ip, uint32_t length)
{
	bool is_ipv4 = ip->source.version == 4;
	/* Of IPv4 it is 4 bytes only before a card has cut a segment too large for the wire. */
	uint32_t length_bytes = is_ipv4 && length <= UINT16_MAX ? 2 : 4;
	uint32_t protocol_bytes = is_ipv4 ? 2 : 4;
	uint8_t bytes[40] = { 0 };
	uint32_t count = put_address(bytes, &ip->source);

	count += put_address(bytes + count, &ip->destination);
	uint8_t *protocol = bytes + count + (is_ipv4 ? 0 : length_bytes);
	uint8_t *size = bytes + count + (is_ipv4 ? protocol_bytes : 0);

	put_number(protocol, IP_PROTOCOL_TCP, protocol_bytes);
	put_number(size, length, length_bytes);
	count += protocol_bytes + length_bytes;
	text_append_format(out, "  the pseudo-header, %u bytes that are summed and not sent:\n",
			   count);
	address_lines(out, "from", &ip->source);
	address_lines(out, "to", &ip->destination);
	if (!is_ipv4) {
		number_line(out, size, length_bytes);
		text_append_format(out, "  the segment's length, %u bytes\n", length);
	}
	number_line(out, protocol, protocol_bytes);
	text_append(out, "  zero, and the protocol, 6: TCP\n");
	if (is_ipv4) {
		number_line(out, size, length_bytes);
		text_append_format(out, "  the segment's length, %u bytes\n", length);
	}
	text_append(out, "  its words of 16 bits; at the end of each line, the sum so far:\n");
	return add_words(out, 0, bytes, count, NO_CHECKSUM);
}

/* Carries are what stands above the 16 bits; adding them in may carry once more. */
static uint16_t fold_and_complement(struct text_builder *out, uint64_t sum)
{
	if (sum >> 16 == 0)
		text_append(out, "  nothing was carried out of the 16 bits\n");
	else
		text_append(out, "  what was carried out of the 16 bits is added at the bottom:\n");
	while (sum >> 16 != 0) {
		uint64_t carries = sum >> 16;
		uint64_t low = sum & UINT16_MAX;

		sum = carries + low;
		text_append_format(out, "    %llx: %llx + %04llx = %04llx\n",
				   (unsigned long long)(carries << 16 | low),
				   (unsigned long long)carries, (unsigned long long)low,
				   (unsigned long long)sum);
	}
	uint16_t complement = (uint16_t)~sum;

	text_append_format(out, "  and all bits turned over:\n    ffff - %04llx = %04x\n",
			   (unsigned long long)sum, complement);
	return complement;
}

/* In one's complement, 0000 and ffff are both zero. */
static bool same_number(uint16_t a, uint16_t b)
{
	return a == b || (a == 0 && b == UINT16_MAX) || (a == UINT16_MAX && b == 0);
}

static void data_words(struct text_builder *out, const uint8_t *data, uint32_t length,
		       uint64_t *sum)
{
	uint64_t total;

	if (length == 0)
		return;
	text_append_format(out, "  the data, %u byte%s", length, length == 1 ? "" : "s");
	if (length % 2 != 0)
		text_append_format(out, ", the last of them, %02x, with a zero byte behind it",
				   data[length - 1]);
	if (length <= DATA_SHOWN_MAX) {
		text_append(out, ":\n");
		*sum = add_words(out, *sum, data, length, NO_CHECKSUM);
		return;
	}
	text_append(out, ":\n");
	total = sum_of(data, length);
	*sum += total;
	size_t before = out->length;

	text_append_format(out, "    %u words, which make %llx", length / 2 + length % 2,
			   (unsigned long long)total);
	int used = (int)(out->length - before);

	text_append_format(out, "%*s  %8llx\n", used < WORDS_COLUMNS ? WORDS_COLUMNS - used : 0, "",
			   (unsigned long long)*sum);
}

enum checksum_verdict checksum_work_ipv4(struct text_builder *out, const uint8_t *header,
					 uint32_t length)
{
	uint16_t carried = wire_u16(header + IPV4_CHECKSUM_AT);
	uint16_t computed;
	uint64_t sum;

	text_append_format(out,
			   "  the header, %u bytes, with 0 in the place of the checksum; the "
			   "sum so far:\n",
			   length);
	sum = add_words(out, 0, header, length, IPV4_CHECKSUM_AT);
	computed = fold_and_complement(out, sum);
	if (same_number(computed, carried)) {
		text_append_format(out, "The header carries %04x: it arrived as it was sent.\n",
				   carried);
		return CHECKSUM_GOOD;
	}
	if (carried == 0) {
		text_append(out, "The header carries 0000: left to the network card. The packet "
				 "was captured on its way out, before the card filled it in.\n");
		return CHECKSUM_OFFLOADED;
	}
	text_append_format(out,
			   "The header carries %04x: something in it was changed on the way, and "
			   "who receives it drops it.\n",
			   carried);
	return CHECKSUM_BAD;
}

/* pseudo, without_length: what the pseudo-header makes, and without its length. */
static enum checksum_verdict judge_tcp(struct text_builder *out, uint16_t carried,
				       uint16_t computed, uint16_t pseudo, uint16_t without_length)
{
	if (same_number(computed, carried)) {
		text_append_format(out, "The segment carries %04x: it arrived as it was sent.\n",
				   carried);
		return CHECKSUM_GOOD;
	}
	text_append_format(out, "The segment carries %04x: ", carried);
	if (carried == 0) {
		text_append(out, "left to the network card. It was captured on its way out, "
				 "before the card filled it in.\n");
		return CHECKSUM_OFFLOADED;
	}
	if (carried == pseudo) {
		text_append(out, "the sum of the pseudo-header alone, not turned over. The rest "
				 "is left to the network card, and the segment was captured on "
				 "its way out, before the card had done it: no error.\n");
		return CHECKSUM_OFFLOADED;
	}
	if (carried == without_length) {
		text_append(out, "the sum of the pseudo-header with a length of 0. The network "
				 "card is to cut this into several segments and to finish the "
				 "checksum of each: no error.\n");
		return CHECKSUM_OFFLOADED;
	}
	text_append(out, "something was changed on the way. Who receives it drops it without a "
			 "word, and the sender sends it again.\n");
	return CHECKSUM_BAD;
}

enum checksum_verdict checksum_work_tcp(struct text_builder *out, const struct ip_header *ip,
					const uint8_t *segment, uint32_t header_bytes,
					uint32_t length)
{
	uint64_t sum = pseudo_header(out, ip, length);
	uint64_t pseudo = sum;
	uint16_t computed;

	text_append(out, "  the TCP header, with 0 in the place of the checksum:\n");
	sum = add_words(out, sum, segment, header_bytes, TCP_CHECKSUM_AT);
	data_words(out, segment + header_bytes, length - header_bytes, &sum);
	computed = fold_and_complement(out, sum);
	return judge_tcp(out, wire_u16(segment + TCP_CHECKSUM_AT), computed, folded(pseudo),
			 folded(pseudo - (length & UINT16_MAX) - (length >> 16)));
}

void explanation_how_checksums_are_made(struct text_builder *out)
{
	text_append(out,
		    "How it is made (RFC 1071): the bytes are taken in pairs, as numbers of 16 "
		    "bits, and added up; what is carried out of the 16 bits is added in again at "
		    "the bottom; all bits of the result are turned over. Who receives it adds up "
		    "everything, the checksum too, and must get ffff. Most accidents are found; "
		    "two words that changed places are not, nor is anybody who alters data on "
		    "purpose.\n");
}

static void tell_how(const struct explained *explained)
{
	if (explained->memory->checksum_told)
		return;
	explained->memory->checksum_told = true;
	explanation_how_checksums_are_made(explained->out);
}

void explanation_ipv4_checksum(const struct explained *explained)
{
	const uint8_t *header = explained->header;
	uint32_t length;

	if (!header || explained->length < IPV4_HEADER_MIN_BYTES)
		return;
	length = (header[0] & 0xfu) * 4;
	if (length < IPV4_HEADER_MIN_BYTES || length > explained->length)
		return;
	tell_how(explained);
	(void)checksum_work_ipv4(explained->out, header, length);
}

void explanation_tcp_checksum(const struct explained *explained)
{
	const struct packet *packet = explained->view->packet;
	uint32_t header_bytes = packet->tcp.length;

	if (packet->kind != PACKET_TCP || !explained->header ||
	    explained->place->kind != HEADER_TCP)
		return;
	tell_how(explained);
	if (explained->length < header_bytes || packet->captured_payload < packet->payload_length) {
		text_append_format(explained->out,
				   "Only %u bytes of the segment's %u were captured: it cannot be "
				   "worked out here.\n",
				   explained->length + packet->captured_payload,
				   header_bytes + packet->payload_length);
		return;
	}
	if (packet->checksum == CHECKSUM_UNKNOWN) {
		text_append(explained->out,
			    "It cannot be worked out here: an IP header announces more bytes than "
			    "the frame had, or checksums were not to be looked at.\n");
		return;
	}
	/* The payload stands right behind the header: packet_decode() found it there. */
	if (packet->payload_length > 0 && packet->payload != explained->header + header_bytes)
		return;
	(void)checksum_work_tcp(explained->out, &packet->ip, explained->header, header_bytes,
				header_bytes + packet->payload_length);
}
