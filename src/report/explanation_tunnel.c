/* Fields of what carries tunnels, UDP and GRE, and of ICMP, which quotes segments in its errors. */
#include "report/explanation_parts.h"

#define ICMP_UNREACHABLE 3u

static void udp_length_here(const struct explained *explained)
{
	unsigned value = (unsigned)explained->value;

	if (value >= 8)
		text_append_format(explained->out, "  %u - 8 (UDP header) = %u bytes of content\n",
				   value, value - 8);
}

static void udp_checksum_here(const struct explained *explained)
{
	if (explained->value == 0)
		text_append(explained->out,
			    "0: the sender made none, which tunnels may do; what is inside has "
			    "its own.\n");
}

static void icmp_code_here(const struct explained *explained)
{
	static const char *const reasons[] = {
		[0] = "0: no way to the network; an open connection tries on.",
		[1] = "1: no way to the host, or it is off; an open connection tries on.",
		[2] = "2: the host does not speak TCP.",
		[3] = "3: nothing is there at the port; TCP would send an RST in its place.",
		[4] = "4: too large for the next link, and cutting it was forbidden (DF).",
		[9] = "9: forbidden by an administrator, the whole network.",
		[10] = "10: forbidden by an administrator, this host.",
		[13] = "13: forbidden by a filter on the way.",
	};
	uint64_t code = explained->value;

	if (!explained->header || explained->length < 2 || explained->header[0] != ICMP_UNREACHABLE)
		return;
	if (code < sizeof(reasons) / sizeof(reasons[0]) && reasons[code])
		text_append_format(explained->out, "%s\n", reasons[code]);
}

static void icmp_mtu_here(const struct explained *explained)
{
	unsigned mtu = (unsigned)explained->value;
	unsigned headers = explained->field->id == FIELD_ICMPV6_MTU ? 60 : 40;

	if (mtu <= headers)
		return;
	text_append_format(explained->out,
			   "Without options, a segment takes this much data from now on:\n"
			   "  %u - %u (IP and TCP header) = ",
			   mtu, headers);
	explained_bytes_text(explained->out, mtu - headers);
	text_append(explained->out, "\n");
}

#define ICMP_TYPE_PURPOSE                                                                          \
	"What the message is. An error quotes the beginning of the packet that caused it, so "     \
	"that the sender can find the connection."
#define ICMP_CHECKSUM_PURPOSE "The Internet checksum over the whole message"
#define ICMP_MTU_PURPOSE                                                                           \
	"The largest packet that the next link takes: path MTU discovery goes by it. A firewall "  \
	"that drops these messages makes connections hang as soon as they send full segments."
#define ICMP_REST_PURPOSE "Four bytes whose meaning depends on type and code; often zero."

static const struct field_explanation rows[HEADER_FIELD_COUNT] = {
	[FIELD_UDP_SOURCE_PORT] = {
		.purpose = "UDP carries a tunnel here. The source port is often made up from the "
			   "inner connection, so that routers spread connections over equal ways.",
	},
	[FIELD_UDP_DESTINATION_PORT] = {
		.purpose = "Says which tunnel it is: 4789 VXLAN, 6081 Geneve, for instance.",
	},
	[FIELD_UDP_LENGTH] = {
		.purpose = "The bytes of header and content together.",
		.here = udp_length_here,
	},
	[FIELD_UDP_CHECKSUM] = {
		.purpose = "The same sum as TCP's, over a pseudo-header with protocol 17.",
		.here = udp_checksum_here,
	},
	[FIELD_GRE_HAS_CHECKSUM] = {
		.purpose = "GRE carries packets of one network through another. Its first bits say "
			   "which of its fields follow; this one: a checksum.",
	},
	[FIELD_GRE_HAS_ROUTING] = { .purpose = "A route follows; nobody uses it any more." },
	[FIELD_GRE_HAS_KEY] = { .purpose = "A key follows." },
	[FIELD_GRE_HAS_SEQUENCE] = { .purpose = "A sequence number follows." },
	[FIELD_GRE_HAS_ACKNOWLEDGMENT] = {
		.purpose = "An acknowledgment number follows: the kind of GRE that PPTP uses.",
	},
	[FIELD_GRE_VERSION] = { .purpose = "0, or 1 for the kind that PPTP uses." },
	[FIELD_GRE_PROTOCOL] = { .purpose = "What is inside, as an EtherType: 0x0800 is IPv4." },
	[FIELD_GRE_CHECKSUM] = {
		.purpose = "The Internet checksum over the GRE header and what it carries.",
	},
	[FIELD_GRE_KEY] = {
		.purpose = "Which tunnel it is, where two routers have several between them.",
	},
	[FIELD_GRE_SEQUENCE] = {
		.purpose = "Counts the tunnel's packets, so that late ones can be dropped. It has "
			   "nothing to do with TCP's numbers inside.",
	},
	[FIELD_GRE_ACKNOWLEDGMENT] = {
		.purpose = "The highest number that came in from the other end of the tunnel.",
	},
	[FIELD_ICMP_TYPE] = {
		.purpose = ICMP_TYPE_PURPOSE
		" 3: the destination cannot be reached; 11: it ran out of time to live; 0 and 8: "
		"ping.",
	},
	[FIELD_ICMP_CODE] = {
		.purpose = "Why, within the type. An open connection is not given up for any of "
			   "them: TCP sends again until its own time is up, since anybody can make "
			   "such a message up (RFC 5927). A connect() may fail at once; on Linux "
			   "it does.",
		.here = icmp_code_here,
	},
	[FIELD_ICMP_CHECKSUM] = { .purpose = ICMP_CHECKSUM_PURPOSE "." },
	[FIELD_ICMP_MTU] = { .purpose = ICMP_MTU_PURPOSE, .here = icmp_mtu_here },
	[FIELD_ICMP_REST] = { .purpose = ICMP_REST_PURPOSE },
	[FIELD_ICMPV6_TYPE] = {
		.purpose = ICMP_TYPE_PURPOSE
		" 1: the destination cannot be reached; 2: the packet is too big; 3: it ran out "
		"of hops; 128 and 129: ping. Numbers below 128 are errors.",
	},
	[FIELD_ICMPV6_CODE] = { .purpose = "Why, within the type." },
	[FIELD_ICMPV6_CHECKSUM] = {
		.purpose = ICMP_CHECKSUM_PURPOSE ", and over a pseudo-header with the addresses.",
	},
	[FIELD_ICMPV6_MTU] = {
		.purpose = ICMP_MTU_PURPOSE " Routers of IPv6 never cut packets.",
		.here = icmp_mtu_here,
	},
	[FIELD_ICMPV6_REST] = { .purpose = ICMP_REST_PURPOSE },
};

const struct field_explanation *explanation_of_tunnel(enum header_field_id id)
{
	return rows[id].purpose || rows[id].here ? &rows[id] : NULL;
}
