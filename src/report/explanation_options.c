/* TCP options: what each is for, when it may come, and what this one says. */
#include "base/wire.h"
#include "report/explanation_parts.h"

#define SACK_BLOCK_BYTES 8u

/* The option's kind and length, of which its parts know nothing. */
static bool option_bytes(const struct explained *explained, const uint8_t **bytes, uint32_t *length)
{
	*bytes = explained_bytes(explained, length);
	return *bytes && *length >= 2;
}

static uint16_t flags_of(const struct explained *explained)
{
	if (explained->length < TCP_HEADER_MIN_BYTES)
		return 0;
	return wire_u16(explained->header + 12) & 0xfff;
}

static bool in_syn(const struct explained *explained)
{
	return (flags_of(explained) & TCP_FLAG_SYN) != 0;
}

/* Of options that only a SYN may carry. */
static void only_in_syn(const struct explained *explained)
{
	if (explained->length >= TCP_HEADER_MIN_BYTES && !in_syn(explained))
		text_append(explained->out,
			    "This segment is no SYN, so whoever gets it ignores the option.\n");
}

static void end_here(const struct explained *explained)
{
	uint32_t at = explained->field->first_bit / 8;

	if (at < explained->length && explained->length - at > 1)
		text_append_format(explained->out,
				   "%u more behind it, to the end of the header, only fill up.\n",
				   explained->length - at - 1);
}

/* "window scale": words, where programs have underscores. */
static void option_name(struct text_builder *out, uint8_t kind)
{
	const char *name = tcp_option_name(kind);

	if (!name)
		text_append_format(out, "kind %u", kind);
	for (; name && *name != '\0'; name++)
		text_append_format(out, "%c", *name == '_' ? ' ' : *name);
}

/* The first of several in a row: the option that they move into place. */
static void nop_here(const struct explained *explained)
{
	uint32_t at = explained->field->first_bit / 8;
	const uint8_t *header = explained->header;
	uint32_t length = explained->length;
	uint32_t next = at;

	if (!header || at >= length || at < TCP_HEADER_MIN_BYTES ||
	    (at > TCP_HEADER_MIN_BYTES && header[at - 1] == TCP_OPTION_NOP))
		return;
	while (next < length && header[next] == TCP_OPTION_NOP)
		next++;
	if (next + 1 >= length || header[next] == TCP_OPTION_EOL) {
		text_append(explained->out, "Here at the end, to fill the last word.\n");
		return;
	}
	if ((next + header[next + 1]) % 4 != 0)
		return;

	text_append_format(explained->out, "Here %s so that the option behind, ",
			   next - at == 1 ? "it stands" : "they stand");
	option_name(explained->out, header[next]);
	text_append_format(explained->out, ", ends where a word of 4 bytes does:\n  %u + %u = %u\n",
			   next - at, header[next + 1], next - at + header[next + 1]);
}

struct mtu {
	unsigned bytes;
	const char *of;
};

static const char *mtu_meaning(unsigned mtu)
{
	static const struct mtu known[] = {
		{ 576, "the least that every IPv4 host takes" },
		{ 1280, "the least that IPv6 allows" },
		{ 1420, "WireGuard's usual MTU" },
		{ 1450, "Ethernet's MTU less what a VXLAN tunnel takes" },
		{ 1480, "Ethernet's MTU less what an IP-in-IP tunnel takes" },
		{ 1492, "Ethernet's MTU less what PPPoE takes" },
		{ 1500, "Ethernet's MTU" },
		{ 9000, "the usual MTU of jumbo frames" },
		{ 65535, "the largest IP datagram there can be: no card has such an MTU, a "
			 "loopback does" },
		{ 65536, "the MTU of Linux's loopback" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (known[i].bytes == mtu)
			return known[i].of;
	}
	return NULL;
}

static void mss_value_here(const struct explained *explained)
{
	unsigned mss = (unsigned)explained->value;
	const struct packet *packet = explained->view->packet;
	bool is_ipv6 = packet->kind == PACKET_TCP && packet->ip.source.version == 6;
	unsigned ip_bytes = is_ipv6 ? 40 : 20;
	unsigned mtu = mss + ip_bytes + TCP_HEADER_MIN_BYTES;
	const char *meaning = mtu_meaning(mtu);

	if (explained->field->bits != 16)
		return;
	text_append_format(explained->out, "  %u - %u (%s header) - 20 (TCP header) = %u\n", mtu,
			   ip_bytes, is_ipv6 ? "IPv6" : "IPv4", mss);
	if (meaning)
		text_append_format(explained->out, "%u is %s.\n", mtu, meaning);
	if (packet->kind == PACKET_TCP && mss > 12 &&
	    (packet->tcp.options.has & TCP_HAS_TIMESTAMPS) != 0)
		text_append_format(
			explained->out,
			"If both sides use timestamps, which take 12 bytes of each "
			"segment, data come in pieces of at most\n  %u - 12 = %u bytes\n",
			mss, mss - 12);
}

static void shift_here(const struct explained *explained)
{
	unsigned shift = (unsigned)explained->value;
	unsigned used = shift > TCP_WINDOW_SCALE_MAX ? TCP_WINDOW_SCALE_MAX : shift;

	if (explained->field->bits != 8)
		return;
	text_append_format(explained->out,
			   "  2^%u = %u; the largest window: 65535 * %u = %u bytes\n", used,
			   1u << used, 1u << used, 65535u << used);
	if (shift > TCP_WINDOW_SCALE_MAX)
		text_append_format(explained->out,
				   "%u is more than 14, which it counts for: with a larger one, "
				   "old and new sequence numbers could be confused.\n",
				   shift);
}

static void scale_here(const struct explained *explained)
{
	uint16_t flags = flags_of(explained);

	only_in_syn(explained);
	if ((flags & TCP_FLAG_SYN) == 0)
		return;
	text_append(explained->out,
		    (flags & TCP_FLAG_ACK) != 0
			    ? "In the SYN-ACK: now both sides scale, each by its own number.\n"
			    : "In the SYN: an offer. It counts for this side's windows if the "
			      "SYN-ACK has the option too.\n");
}

static void sack_permitted_here(const struct explained *explained)
{
	only_in_syn(explained);
}

/* A block below the acknowledgment, or inside the next one, tells of bytes that came twice. */
static bool is_duplicate(const uint8_t *option, uint32_t length, uint32_t acknowledgment)
{
	uint32_t left = wire_u32(option + 2);
	uint32_t right = wire_u32(option + 6);

	if ((int32_t)(right - acknowledgment) <= 0)
		return true;
	if (length < 2 + 2 * SACK_BLOCK_BYTES)
		return false;
	return (int32_t)(left - wire_u32(option + 10)) >= 0 &&
	       (int32_t)(right - wire_u32(option + 14)) <= 0;
}

static void sack_here(const struct explained *explained)
{
	uint32_t length = 0;
	const uint8_t *bytes;
	uint32_t acknowledgment;

	if (!option_bytes(explained, &bytes, &length) || length < 2 + SACK_BLOCK_BYTES ||
	    explained->length < TCP_HEADER_MIN_BYTES)
		return;
	acknowledgment = wire_u32(explained->header + 8);
	if (is_duplicate(bytes, length, acknowledgment))
		text_append_format(explained->out,
				   "The first block lies %s: these bytes came twice (D-SACK, RFC "
				   "2883), so one of the two was sent for nothing.\n",
				   (int32_t)(wire_u32(bytes + 6) - acknowledgment) <= 0
					   ? "below the acknowledged number"
					   : "inside the second one");
	else
		text_append_format(explained->out,
				   "Missing: from the acknowledged number on, up to the lowest "
				   "block. %s need not send again what is in blocks.\n",
				   !explained->segment                      ? "The other side"
				   : explained->segment->from == TCP_CLIENT ? "The server"
									    : "The client");
}

/* The right edge stands behind its left one. */
static void sack_right_here(const struct explained *explained)
{
	uint32_t at = explained->field->first_bit / 8;
	uint32_t left;
	uint32_t right = (uint32_t)explained->value;

	if (explained->field->bits != 32 || at < TCP_HEADER_MIN_BYTES + 6 || !explained->header ||
	    at + 4 > explained->length)
		return;
	left = wire_u32(explained->header + at - 4);
	if ((int32_t)(right - left) <= 0)
		text_append(explained->out, "It is not behind the left edge: there is no such "
					    "block, and whoever gets it ignores it.\n");
	else
		text_append_format(explained->out, "  %u - %u = %u bytes arrived\n", right, left,
				   right - left);
}

static void timestamps_here(const struct explained *explained)
{
	uint16_t flags = flags_of(explained);

	if ((flags & TCP_FLAG_SYN) != 0)
		text_append(explained->out,
			    (flags & TCP_FLAG_ACK) != 0
				    ? "In the SYN-ACK: from now on all segments carry them; an "
				      "RST may go without.\n"
				    : "In the SYN: an offer. If the SYN-ACK has them too, all "
				      "segments will.\n");
}

static void timestamp_echo_here(const struct explained *explained)
{
	const struct segment_facts *segment = explained->segment;
	uint16_t flags = flags_of(explained);

	if (explained->value == 0 && (flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN) {
		text_append(explained->out, "0: there is nothing yet to echo.\n");
		return;
	}
	if ((flags & TCP_FLAG_ACK) == 0)
		return;
	text_append_format(explained->out, "What %s sent as its value, %u, comes back to it now",
			   explained_receiver(explained), (unsigned)explained->value);
	/* Else the time since may be a pause: nobody measures by it (RFC 7323 section 4.1). */
	if (!segment || segment->newly_acked > 0)
		text_append(explained->out, ": its clock less this number is a round trip.\n");
	else
		text_append(explained->out, ". Nothing is acknowledged anew, so it takes no round "
					    "trip from it.\n");
}

static void md5_here(const struct explained *explained)
{
	text_append(explained->out, "Whoever does not know the key can neither make nor check "
				    "it, and so does not this program.\n");
	if (in_syn(explained))
		text_append(explained->out, "It takes 18 of the 40 bytes that a SYN has for "
					    "options.\n");
}

static void ao_here(const struct explained *explained)
{
	uint32_t length = 0;
	const uint8_t *bytes;

	if (option_bytes(explained, &bytes, &length) && length >= 4)
		text_append_format(explained->out,
				   "Key %u was used; key %u is the one that its sender would like "
				   "to get next.\n",
				   bytes[2], bytes[3]);
}

static void user_timeout_here(const struct explained *explained)
{
	uint32_t length = 0;
	const uint8_t *bytes;

	if (!option_bytes(explained, &bytes, &length) || length != 4)
		return;
	text_append_format(explained->out, "  %u %s\n", wire_u16(bytes + 2) & 0x7fffu,
			   (bytes[2] & 0x80) != 0 ? "minutes (the highest bit is set)"
						  : "seconds (the highest bit is not set)");
}

static void fast_open_here(const struct explained *explained)
{
	const struct packet *packet = explained->view->packet;
	uint32_t length = 0;
	const uint8_t *bytes;
	uint16_t flags = flags_of(explained);

	if (!option_bytes(explained, &bytes, &length) || (flags & TCP_FLAG_SYN) == 0)
		return;
	if ((flags & TCP_FLAG_ACK) != 0)
		text_append_format(explained->out,
				   "A cookie of %u bytes from the server, for the client's next "
				   "connections.\n",
				   length - 2);
	else if (length == 2)
		text_append(explained->out, "Empty: the client asks for a cookie.\n");
	else
		text_append_format(explained->out, "The client shows its cookie of %u bytes%s.\n",
				   length - 2,
				   packet->kind == PACKET_TCP && packet->payload_length > 0
					   ? ", and sends data along"
					   : "");
}

static void mptcp_here(const struct explained *explained)
{
	static const char *const meanings[16] = {
		"MP_CAPABLE: asks for, or agrees to, a connection over several paths",
		"MP_JOIN: one more path joins a connection that exists",
		"DSS: where these bytes stand in the stream that all paths share",
		"ADD_ADDR: another address that may be used",
		"REMOVE_ADDR: an address that can no longer be used",
		"MP_PRIO: this path is, or is no longer, a reserve",
		"MP_FAIL: a checksum did not fit: back to plain TCP",
		"MP_FASTCLOSE: breaks off the whole connection, all paths at once",
		"MP_TCPRST: why this path is reset",
	};
	uint32_t length = 0;
	const uint8_t *bytes;

	if (!option_bytes(explained, &bytes, &length) || length < 3)
		return;
	if (meanings[bytes[2] >> 4])
		text_append_format(explained->out, "%s.\n", meanings[bytes[2] >> 4]);
}

static void accurate_ecn_here(const struct explained *explained)
{
	static const char *const names[2][3] = {
		{ "in ECT(0)", "in CE", "in ECT(1)" },
		{ "in ECT(1)", "in CE", "in ECT(0)" },
	};
	uint32_t length = 0;
	const uint8_t *bytes;
	unsigned order;

	if (!option_bytes(explained, &bytes, &length))
		return;
	order = bytes[0] == TCP_OPTION_ACCECN_1;
	for (uint32_t i = 0; i < 3 && 2 + 3 * i + 3 <= length; i++) {
		const uint8_t *counter = bytes + 2 + (size_t)3 * i;

		text_append_format(explained->out, "  %8u bytes arrived %s, modulo 2^24\n",
				   (unsigned)counter[0] << 16 | wire_u16(counter + 1),
				   names[order][i]);
	}
}

static void other_here(const struct explained *explained)
{
	uint32_t length = 0;
	const uint8_t *bytes;

	if (!option_bytes(explained, &bytes, &length))
		return;

	if (bytes[0] == TCP_OPTION_EXPERIMENT_1 || bytes[0] == TCP_OPTION_EXPERIMENT_2)
		text_append(explained->out, "Kinds 253 and 254 are for experiments, which share "
					    "them by a number of their own behind the length (RFC "
					    "6994).\n");
	else if (tcp_option_name(bytes[0])) {
		text_append_format(explained->out, "Kind %u was registered as \"", bytes[0]);
		option_name(explained->out, bytes[0]);
		text_append(explained->out, "\", and is rarely seen.\n");
	} else {
		text_append_format(explained->out, "Kind %u is not known to this program.\n",
				   bytes[0]);
	}
}

static void length_here(const struct explained *explained)
{
	if (explained->field->bits == 8 && explained->value < 2)
		text_append_format(explained->out,
				   "%u cannot be: kind and length alone are 2. What follows cannot "
				   "be read.\n",
				   (unsigned)explained->value);
}

static const struct field_explanation rows[HEADER_FIELD_COUNT] = {
	[FIELD_OPTION_END] = {
		.purpose = "Ends the list of options before the header ends. One byte, kind 0.",
		.here = end_here,
	},
	[FIELD_OPTION_PADDING] = {
		.purpose = "Zeros that fill the header up to a word of 4 bytes; nobody reads "
			   "them.",
	},
	[FIELD_OPTION_NOP] = {
		.purpose = "Does nothing: one byte, kind 1, that moves other options to where they "
			   "are read fastest. Nobody must rely on it.",
		.here = nop_here,
	},
	[FIELD_OPTION_MSS] = {
		.purpose = "The most data in one segment that the sender of this option wants to "
			   "get. Kind 2, 4 bytes, in a SYN only. Nothing is negotiated: each "
			   "direction has its own. Without it 536 is meant (IPv6: 1220).",
		.here = only_in_syn,
	},
	[FIELD_OPTION_WINDOW_SCALE] = {
		.purpose = "By how many bits all windows of this side are to be shifted: 16 bits "
			   "of window are too few where much is under way. Kind 3, 3 bytes, in "
			   "SYNs only, and it counts only if both SYNs have it.",
		.here = scale_here,
	},
	[FIELD_OPTION_SACK_PERMITTED] = {
		.purpose = "Allows the other side to send selective acknowledgements. Kind 4, 2 "
			   "bytes, in a SYN only.",
		.here = sack_permitted_here,
	},
	[FIELD_OPTION_SACK] = {
		.purpose = "What arrived behind a gap: blocks of numbers that the acknowledgment "
			   "number, being cumulative, cannot tell. Only the gaps need be sent "
			   "again. Kind 5, 2 + 8 bytes for each block: 4 fit into 40 bytes, 3 "
			   "beside timestamps; the first is the newest.",
		.here = sack_here,
	},
	[FIELD_OPTION_TIMESTAMPS] = {
		.purpose = "Each side puts its clock in and sends the other's back. This measures "
			   "the round trip with every ACK, even of data sent twice; and a segment "
			   "with an older time is known for a late one although its sequence "
			   "number fits again after a wrap (PAWS, section 5). Kind 8, 10 bytes.",
		.here = timestamps_here,
	},
	[FIELD_OPTION_MD5] = {
		.purpose = "A signature over the segment with a key that both know, which BGP "
			   "routers used against forged resets. Kind 19, 18 bytes; replaced by "
			   "the authentication option (RFC 5925).",
		.here = md5_here,
	},
	[FIELD_OPTION_AO] = {
		.purpose = "Authentication: a code over the segment with keys that both know and "
			   "can change during the connection. Kind 29: the key's number, the one "
			   "wished for next, the code.",
		.here = ao_here,
	},
	[FIELD_OPTION_USER_TIMEOUT] = {
		.purpose = "How long the sender of the option will wait for an acknowledgement "
			   "before it gives the connection up, so that the other side can wait as "
			   "long. Kind 28, 4 bytes: a bit for the unit, 15 for the time.",
		.here = user_timeout_here,
	},
	[FIELD_OPTION_FAST_OPEN] = {
		.purpose = "Data in the SYN, which saves a round trip: a cookie from an earlier "
			   "connection proves that the client has the address it says. Kind 34, 2 "
			   "bytes, and 4 to 16 of cookie.",
		.here = fast_open_here,
	},
	[FIELD_OPTION_MPTCP] = {
		.purpose = "Multipath TCP: one connection over several paths, say WLAN and mobile "
			   "network. Kind 30; the first four bits behind the length say which of "
			   "its messages it is.",
		.here = mptcp_here,
	},
	[FIELD_OPTION_ACCURATE_ECN] = {
		.purpose = "Counts the bytes that arrived with each kind of ECN mark, in three "
			   "counters of 24 bits, the last of which may be left out. Kinds 172 and "
			   "174, which differ in the order.",
		.here = accurate_ecn_here,
	},
	[FIELD_OPTION_OTHER] = {
		.purpose = "Whoever does not know an option steps over it by its length: so new "
			   "ones could come into use.",
		.here = other_here,
	},
	[FIELD_OPTION_KIND] = {
		.purpose = "Options follow each other. Kinds 0 and 1 are single bytes; all others "
			   "have their kind, their length, and then what they say.",
	},
	[FIELD_OPTION_LENGTH] = {
		.purpose = "All bytes of the option: kind and length count too, so it is 2 at "
			   "least.",
		.here = length_here,
	},
	[FIELD_MSS_VALUE] = {
		.purpose = "Data only: the headers come on top, so it is the MTU of the way out "
			   "less what both headers take without options.",
		.here = mss_value_here,
	},
	[FIELD_WINDOW_SCALE_SHIFT] = {
		.purpose = "A shift by n bits is a factor of 2^n. 14 is the most.",
		.here = shift_here,
	},
	[FIELD_SACK_LEFT] = { .purpose = "The first number of the block." },
	[FIELD_SACK_RIGHT] = {
		.purpose = "The number behind the last one of the block.",
		.here = sack_right_here,
	},
	[FIELD_TIMESTAMP_VALUE] = {
		.purpose = "The sender's clock, in units of its own choice, mostly milliseconds, "
			   "and from a beginning of its own choice: only differences mean "
			   "something.",
	},
	[FIELD_TIMESTAMP_ECHO] = {
		.purpose = "The other side's clock, sent back: the value of the segment that this "
			   "one answers.",
		.here = timestamp_echo_here,
	},
	[FIELD_OPTION_CONTENT] = { .purpose = NULL },
};

const struct field_explanation *explanation_of_option(enum header_field_id id)
{
	return rows[id].purpose || rows[id].here ? &rows[id] : NULL;
}
