/* Fields of IPv4, IPv6 and its extension headers. */
#include <string.h>

#include "base/wire.h"
#include "report/explanation_parts.h"
#include "tcp_flow/segment_marks.h"

#define IPV4_HEADER_MIN_BYTES 20u
#define IPV6_HEADER_BYTES 40u

/* What is known of the segment, or of its header, belongs to the innermost IP header. */
static bool is_innermost(const struct explained *explained)
{
	const struct header_trail *trail = explained->view->trail;
	bool behind = false;

	if (!trail || !explained->place || explained->view->packet->kind != PACKET_TCP)
		return false;
	for (uint32_t i = 0; i < trail->count; i++) {
		const struct header_place *place = &trail->places[i];

		if (behind && (place->kind == HEADER_IPV4 || place->kind == HEADER_IPV6))
			return false;
		if (place == explained->place)
			behind = true;
	}
	return behind;
}

/* Which packets go without ECT though the connection may use it: RFC 3168 sections 6.1.1 to 6.1.5.
 */
static void not_marked_here(const struct explained *explained)
{
	const struct segment_facts *segment = explained->view->segment;
	const char *reason = NULL;

	if (!segment || !is_innermost(explained))
		return;
	if ((segment->flags & TCP_FLAG_SYN) != 0)
		reason = "A SYN goes without ECT: it is still asking";
	else if (segment->repeats)
		reason = "What is sent again goes without ECT";
	else if (segment->is_bare)
		reason = "An ACK without data goes without ECT";
	if (reason)
		text_append_format(explained->out, "%s (RFC 3168 section 6.1).\n", reason);
}

/* Only who takes part has a reason to leave one out. */
static bool ecn_is_agreed(const struct explained *explained)
{
	const struct frame_view *view = explained->view;

	if (!view->segment || !view->connection)
		return false;
	return segment_marks_ecn(view->connection) == ECN_CLASSIC ||
	       segment_marks_ecn(view->connection) == ECN_ACCURATE;
}

static void ecn_here(const struct explained *explained)
{
	if (explained->value == IP_ECN_CE) {
		explanation_ecn_round(explained);
		text_append(explained->out,
			    "11, CE: a router marked this packet in place of dropping it. Its "
			    "receiver is to tell the sender with ECE.\n");
	} else if (explained->value == IP_ECN_NOT_ECT && ecn_is_agreed(explained)) {
		not_marked_here(explained);
	}
}

static bool is_fragment(const uint8_t *header)
{
	return (wire_u16(header + 6) & 0x3fff) != 0;
}

/* What the length says of the payload: TCP has no length of its own. */
static void payload_sum(const struct explained *explained, uint32_t total, uint32_t header_bytes,
			const char *header_name)
{
	const struct packet *packet = explained->view->packet;
	uint32_t tcp_bytes = packet->tcp.length;

	if (packet->reassembled || !is_innermost(explained) || total < header_bytes + tcp_bytes)
		return;
	text_append_format(explained->out, "  %u", total);
	if (header_bytes > 0)
		text_append_format(explained->out, " - %u (%s)", header_bytes, header_name);
	text_append_format(explained->out, " - %u (TCP header) = ", tcp_bytes);
	explained_bytes_text(explained->out, total - header_bytes - tcp_bytes);
	text_append(explained->out, " of TCP data\n");
}

/* Bytes of the frame that come before and behind the datagram of `total` bytes. */
static void rest_of_frame(const struct explained *explained, uint32_t total)
{
	uint32_t frame_length = explained->view->frame->original_length;
	uint32_t offset = explained->place->offset;
	struct text_builder *out = explained->out;

	if (explained->place->in_datagram || offset > frame_length)
		return;
	if (total > frame_length - offset) {
		text_append_format(out,
				   "That is more than the frame had: %u bytes from here to "
				   "its end. Something cut the packet.\n",
				   frame_length - offset);
	} else if (total < frame_length - offset) {
		text_append(out, "The frame goes on for ");
		explained_bytes_text(out, frame_length - offset - total);
		text_append(out, " behind the datagram. They are no data: what arrives is counted "
				 "by this field, not by the frame.\n");
	}
}

static void length_left_to_card(const struct explained *explained)
{
	text_append(explained->out,
		    "0: the packet was captured inside the sending machine, larger than 65,535 "
		    "bytes or before its card cut it into segments and filled this in. The length "
		    "is taken from the frame.\n");
}

static void total_length_here(const struct explained *explained)
{
	uint32_t total = (uint32_t)explained->value;
	const uint8_t *header = explained->header;

	if (explained->field->bits != 16 || !explained->place)
		return;
	if (total == 0) {
		length_left_to_card(explained);
		return;
	}
	if (header && explained->length >= IPV4_HEADER_MIN_BYTES && !is_fragment(header))
		payload_sum(explained, total, (header[0] & 0xfu) * 4, "IP header");
	rest_of_frame(explained, total);
}

static void identification_here(const struct explained *explained)
{
	const uint8_t *header = explained->header;

	if (!header || explained->length < IPV4_HEADER_MIN_BYTES)
		return;
	if (is_fragment(header))
		text_append_format(explained->out, "All fragments of this datagram carry %u.\n",
				   (unsigned)explained->value);
}

static void reserved_here(const struct explained *explained)
{
	if (explained->value != 0)
		text_append(explained->out, "It is set, which no standard allows.\n");
}

static void dont_fragment_here(const struct explained *explained)
{
	if (explained->value == 0)
		text_append(explained->out, "Not set: a router may cut it into fragments.\n");
}

static void more_fragments_here(const struct explained *explained)
{
	if (explained->value != 0)
		text_append(explained->out,
			    "Set: more of the datagram is to come. TCP sees nothing of it before "
			    "all fragments are there; if one is lost, all are.\n");
}

static void fragment_offset_here(const struct explained *explained)
{
	const uint8_t *header = explained->header;
	unsigned offset = (unsigned)explained->value;

	if (!header || explained->length < IPV4_HEADER_MIN_BYTES)
		return;
	if (offset != 0)
		text_append_format(explained->out,
				   "  %u * 8 = %u\n"
				   "The bytes behind this header stand from %u on in the datagram, "
				   "so the TCP header is in an earlier fragment.\n",
				   offset, offset * 8, offset * 8);
	else if (is_fragment(header))
		text_append(explained->out, "0: the first fragment; the TCP header is in it.\n");
}

static void ipv6_fragment_offset_here(const struct explained *explained)
{
	unsigned offset = (unsigned)explained->value;

	if (offset != 0)
		text_append_format(explained->out, "  %u * 8 = %u\n", offset, offset * 8);
}

static void time_to_live_here(const struct explained *explained)
{
	static const unsigned starts[] = { 64, 128, 255 };
	unsigned value = (unsigned)explained->value;
	unsigned start = 0;

	if (!explained->of_new_end)
		return;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]) && start < value; i++)
		start = starts[i];
	if (value == 0)
		text_append(explained->out, "0: no router passes it on.\n");
	else if (value == 1)
		text_append(explained->out,
			    "1: the next router drops it; meant for this link alone, or sent by "
			    "traceroute, or near its end.\n");
	else if (value == start)
		text_append(explained->out,
			    "Senders begin with 64 (Linux, BSD, macOS), 128 (Windows) or "
			    "255: this one has passed no router yet.\n");
	else
		text_append_format(explained->out,
				   "Senders begin with 64 (Linux, BSD, macOS), 128 (Windows) or "
				   "255; so this one has likely passed\n"
				   "  %u - %u = %u router%s\n",
				   start, value, start - value, start - value == 1 ? "" : "s");
}

struct address_block {
	uint8_t version;
	uint8_t bits;
	uint8_t bytes[4]; /* its first ones */
	const char *meaning;
};

/* The narrower ones first (RFC 6890, and those that it names). */
static const struct address_block blocks[] = {
	{ 4, 8, { 127 }, "the machine itself (loopback, 127.0.0.0/8): it is on no wire" },
	{ 4, 8, { 10 }, "a private address (10.0.0.0/8, RFC 1918)" },
	{ 4, 12, { 172, 16 }, "a private address (172.16.0.0/12, RFC 1918)" },
	{ 4, 16, { 192, 168 }, "a private address (192.168.0.0/16, RFC 1918)" },
	{ 4, 16, { 169, 254 }, "an address of this link only (169.254.0.0/16, RFC 3927)" },
	{ 4,
	  10,
	  { 100, 64 },
	  "an address between a provider and its NAT (100.64.0.0/10, RFC 6598)" },
	{ 4, 24, { 192, 0, 2 }, "an address for documents (RFC 5737)" },
	{ 4, 24, { 198, 51, 100 }, "an address for documents (RFC 5737)" },
	{ 4, 24, { 203, 0, 113 }, "an address for documents (RFC 5737)" },
	{ 4, 15, { 198, 18 }, "an address for measurements (198.18.0.0/15, RFC 2544)" },
	{ 4, 4, { 224 }, "a group (multicast), which TCP never uses" },
	{ 4, 8, { 0 }, "no address yet (0.0.0.0/8)" },
	{ 6, 10, { 0xfe, 0x80 }, "an address of this link only (fe80::/10)" },
	{ 6, 7, { 0xfc }, "a private address (fc00::/7, RFC 4193)" },
	{ 6, 8, { 0xff }, "a group (multicast), which TCP never uses" },
	{ 6, 32, { 0x20, 0x01, 0x0d, 0xb8 }, "an address for documents (2001:db8::/32, RFC 3849)" },
	{ 6, 32, { 0x20, 0x01 }, "an address of a Teredo tunnel (2001::/32, RFC 4380)" },
	{ 6, 16, { 0x20, 0x02 }, "an address of a 6to4 tunnel (2002::/16, RFC 3056)" },
	{ 6, 3, { 0x20 }, "an address of the public Internet (2000::/3)" },
};

static bool in_block(const uint8_t *address, const struct address_block *block)
{
	uint32_t mask = UINT32_MAX << (32 - block->bits);

	return ((wire_u32(address) ^ wire_u32(block->bytes)) & mask) == 0;
}

static void address_here(const struct explained *explained)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	uint32_t length = 0;
	const uint8_t *address = explained_bytes(explained, &length);
	uint8_t version = length == 16 ? 6 : 4;

	if (!explained->of_new_end || !address || (length != 4 && length != 16))
		return;
	if (version == 6 && memcmp(address, loopback, sizeof(loopback)) == 0) {
		text_append(explained->out,
			    "It is the machine itself (loopback, ::1): on no wire.\n");
		return;
	}
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (blocks[i].version != version || !in_block(address, &blocks[i]))
			continue;
		text_append_format(explained->out, "It is %s.\n", blocks[i].meaning);
		return;
	}
}

static uint32_t extension_bytes(const struct explained *explained)
{
	uint32_t header_bytes = explained->view->packet->ip.header_length;

	return header_bytes > IPV6_HEADER_BYTES ? header_bytes - IPV6_HEADER_BYTES : 0;
}

/* IPv6's length counts what is behind its header; extension headers may come first. */
static void payload_length_here(const struct explained *explained)
{
	uint32_t length = (uint32_t)explained->value;

	if (explained->field->bits != 16 || !explained->place)
		return;
	if (length == 0) {
		length_left_to_card(explained);
		return;
	}
	payload_sum(explained, length, extension_bytes(explained), "extension headers");
	rest_of_frame(explained, length + IPV6_HEADER_BYTES);
}

static void flow_label_here(const struct explained *explained)
{
	if (explained->value == 0 && explained->of_new_end)
		text_append(explained->out, "0: the sender marks no flows.\n");
}

static void extension_length_here(const struct explained *explained)
{
	unsigned value = (unsigned)explained->value;

	if (explained->length >= 8)
		text_append_format(explained->out,
				   "Most count in units of 8 bytes without the "
				   "first one:\n  (%u + 1) * 8 = %u bytes\n",
				   value, (value + 1) * 8);
}

#define VERSION_PURPOSE                                                                            \
	"The first four bits of every IP header say how the rest is laid out: 4 or 6."
#define DSCP_PURPOSE                                                                               \
	"Which treatment the sender wants of routers: voice before backup, say. What a value "     \
	"means each network decides for itself. These six bits and the two of ECN were the type "  \
	"of service byte once (RFC 791)."
#define ECN_PURPOSE                                                                                \
	"Congestion told without loss: 00, the sender takes no part; 10 and 01 (ECT), it does; "   \
	"11 (CE), a router whose queue grew marked the packet where it would have dropped it."
#define PROTOCOL_PURPOSE "Which header follows: 6 is TCP, 17 UDP, 1 and 58 ICMP."
#define SOURCE_PURPOSE                                                                             \
	"Who sent the packet. It stays the same on all links from end to end, unless a NAT on "    \
	"the way puts another in; the checksum of TCP covers it."
#define DESTINATION_PURPOSE "Who is to get the packet: each router chooses the way by this field."

static const struct field_explanation rows[HEADER_FIELD_COUNT] = {
	[FIELD_IPV4_VERSION] = { .purpose = VERSION_PURPOSE },
	[FIELD_IPV4_HEADER_LENGTH] = {
		.purpose = "How many words of 4 bytes the header has, since options may follow "
			   "its 20 fixed bytes. The largest number of four bits, 15, makes 60 "
			   "bytes.",

	},
	[FIELD_IPV4_DSCP] = { .purpose = DSCP_PURPOSE },
	[FIELD_IPV4_ECN] = { .purpose = ECN_PURPOSE, .here = ecn_here },
	[FIELD_IPV4_TOTAL_LENGTH] = {
		.purpose = "All bytes of the datagram, its header included. TCP's header has no "
			   "length of the data: it is what this number leaves.",
		.here = total_length_here,
	},
	[FIELD_IPV4_IDENTIFICATION] = {
		.purpose = "Tells which fragments belong to one datagram, and nothing else. Of a "
			   "datagram that is whole and must stay so (DF), nobody looks at it; many "
			   "senders count on all the same, which helps to tell a packet captured "
			   "twice from one sent twice.",
		.here = identification_here,
	},
	[FIELD_IPV4_RESERVED] = {
		.purpose = "Has no use; it is 0.",
		.here = reserved_here,
	},
	[FIELD_IPV4_DONT_FRAGMENT] = {
		.purpose = "Forbids routers to cut the datagram into fragments: one whose next "
			   "link takes less drops it and says what would fit (ICMP type 3 code 4). "
			   "The sender makes smaller segments then, which is path MTU discovery "
			   "(RFC 1191).",
		.here = dont_fragment_here,
	},
	[FIELD_IPV4_MORE_FRAGMENTS] = {
		.purpose = "Set in all fragments of a datagram but the last one.",
		.here = more_fragments_here,
	},
	[FIELD_IPV4_FRAGMENT_OFFSET] = {
		.purpose = "Where the content of this fragment belongs in the datagram. Its 13 "
			   "bits count units of 8 bytes, so that they reach all 65,535.",
		.here = fragment_offset_here,
	},
	[FIELD_IPV4_TIME_TO_LIVE] = {
		.purpose = "How many routers may pass the packet on: each takes 1 off, and who "
			   "gets to 0 drops it and says so by ICMP. Without it, a packet could "
			   "run in a circle for ever; traceroute lives on it.",
		.here = time_to_live_here,
	},
	[FIELD_IPV4_PROTOCOL] = { .purpose = PROTOCOL_PURPOSE },
	[FIELD_IPV4_CHECKSUM] = {
		.purpose = "Guards this header alone, not what it carries. Each router works it "
			   "out again, for it changed the time to live. IPv6 does without.",
		.here = explanation_ipv4_checksum,
	},
	[FIELD_IPV4_SOURCE] = { .purpose = SOURCE_PURPOSE, .here = address_here },
	[FIELD_IPV4_DESTINATION] = { .purpose = DESTINATION_PURPOSE, .here = address_here },
	[FIELD_IPV4_OPTIONS] = {
		.purpose = "Record the route, prescribe it, note times: hardly used, and many "
			   "networks drop packets that have them. Filled up to words of 4 bytes.",
	},
	[FIELD_IPV6_VERSION] = {
		.purpose = VERSION_PURPOSE,
		.same = FIELD_IPV4_VERSION,
		.has_same = true,
	},
	[FIELD_IPV6_DSCP] = {
		.purpose = DSCP_PURPOSE,

		.same = FIELD_IPV4_DSCP,
		.has_same = true,
	},
	[FIELD_IPV6_ECN] = {
		.purpose = ECN_PURPOSE,
		.here = ecn_here,
		.same = FIELD_IPV4_ECN,
		.has_same = true,
	},
	[FIELD_IPV6_FLOW_LABEL] = {
		.purpose = "A number that the sender gives all packets of one flow, one "
			   "connection say: routers with several equal ways keep a flow on one of "
			   "them without looking at ports.",
		.here = flow_label_here,
	},
	[FIELD_IPV6_PAYLOAD_LENGTH] = {
		.purpose = "The bytes behind this header, extension headers included; its own 40 "
			   "do not count. TCP's header has no length of the data: it is what this "
			   "number leaves.",
		.here = payload_length_here,
	},
	[FIELD_IPV6_NEXT_HEADER] = {
		.purpose = "Which header follows: 6 is TCP, 17 UDP, 58 ICMPv6; other numbers are "
			   "extension headers of IPv6 itself.",
	},
	[FIELD_IPV6_HOP_LIMIT] = {
		.purpose = "How many routers may pass the packet on: IPv4's time to live under "
			   "the name that says what it is.",
		.here = time_to_live_here,
	},
	[FIELD_IPV6_SOURCE] = {
		.purpose = SOURCE_PURPOSE,
		.here = address_here,
		.same = FIELD_IPV4_SOURCE,
		.has_same = true,
	},
	[FIELD_IPV6_DESTINATION] = {
		.purpose = DESTINATION_PURPOSE,
		.here = address_here,
		.same = FIELD_IPV4_DESTINATION,
		.has_same = true,
	},
	[FIELD_FRAGMENT_NEXT_HEADER] = {
		.purpose = "A fragment header: the sender, never a router, cut the datagram. This "
			   "field says which header the datagram goes on with.",
	},
	[FIELD_FRAGMENT_OFFSET] = {
		.purpose = "Where the content of this fragment belongs in the datagram, in units "
			   "of 8 bytes.",
		.here = ipv6_fragment_offset_here,
	},
	[FIELD_FRAGMENT_MORE] = {
		.purpose = "Set in all fragments of a datagram but the last one.",
		.here = more_fragments_here,
	},
	[FIELD_FRAGMENT_IDENTIFICATION] = {
		.purpose = "Tells which fragments belong to one datagram: 32 bits, where IPv4 has "
			   "16 that wrap too soon.",
	},
	[FIELD_EXTENSION_NEXT_HEADER] = {
		.purpose = "Which header follows this one: extension headers make a chain, each "
			   "naming the next, and TCP is its end.",
	},
	[FIELD_EXTENSION_LENGTH] = {
		.purpose = "How long this extension header is, so that those who do not know it "
			   "can step over it.",
		.here = extension_length_here,
	},
	};

const struct field_explanation *explanation_of_ip(enum header_field_id id)
{
	return rows[id].purpose || rows[id].here ? &rows[id] : NULL;
}
