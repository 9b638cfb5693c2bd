/* The fields of what may stand beside TCP or around it: UDP, GRE, ICMP. */
#include "report/field_meaning.h"

#include <inttypes.h>

#include "base/wire.h"

static void tell_hex_16(const struct told_field *told)
{
	dissection_value(told->out, "0x%04" PRIx64, told->value);
}

static void tell_udp_length(const struct told_field *told)
{
	field_meaning_number(told);
	if (told->value >= 8)
		dissection_meaning(told->out, "8 of this header and %" PRIu64 " behind it",
				   told->value - 8);
}

static void tell_udp_checksum(const struct told_field *told)
{
	tell_hex_16(told);
	if (told->value == 0)
		dissection_meaning(told->out, "its sender computed none");
}

static void tell_gre_flag(const struct told_field *told)
{
	field_meaning_flag(told, "it follows");
}

static void tell_gre_key(const struct told_field *told)
{
	dissection_value(told->out, "0x%08" PRIx64, told->value);
	dissection_meaning(told->out, "%" PRIu64, told->value);
}

static const char *unreachable_code(uint8_t code)
{
	static const char *const names[] = {
		"network unreachable",
		"host unreachable",
		"protocol unreachable",
		"port unreachable",
		"fragmentation needed, but Don't Fragment is set",
		"source route failed",
		"network unknown",
		"host unknown",
		"source host isolated",
		"network prohibited",
		"host prohibited",
		"network unreachable for this service",
		"host unreachable for this service",
		"prohibited by a filter",
		"host precedence violation",
		"precedence cutoff",
	};

	return code < sizeof(names) / sizeof(*names) ? names[code] : "";
}

static void tell_icmp_type(const struct told_field *told)
{
	static const char *const names[] = {
		[0] = "echo reply",           [3] = "destination unreachable",
		[4] = "source quench",        [5] = "redirect",
		[8] = "echo request",         [9] = "router advertisement",
		[10] = "router solicitation", [11] = "time exceeded",
		[12] = "parameter problem",   [13] = "timestamp request",
		[14] = "timestamp reply",
	};

	field_meaning_number(told);
	if (told->value < sizeof(names) / sizeof(*names) && names[told->value])
		dissection_meaning(told->out, "%s", names[told->value]);
}

static void tell_icmp_code(const struct told_field *told)
{
	field_meaning_number(told);
	if (told->header[0] == 3)
		dissection_meaning(told->out, "%s", unreachable_code((uint8_t)told->value));
	else if (told->header[0] == 11)
		dissection_meaning(told->out, "%s",
				   told->value == 0 ? "time to live ran out on the way"
						    : "not all fragments came in time");
}

static void tell_icmpv6_type(const struct told_field *told)
{
	const char *name = "";

	switch (told->value) {
	case 1:
		name = "destination unreachable";
		break;
	case 2:
		name = "packet too big";
		break;
	case 3:
		name = "time exceeded";
		break;
	case 4:
		name = "parameter problem";
		break;
	case 128:
		name = "echo request";
		break;
	case 129:
		name = "echo reply";
		break;
	case 133:
		name = "router solicitation";
		break;
	case 134:
		name = "router advertisement";
		break;
	case 135:
		name = "neighbor solicitation";
		break;
	case 136:
		name = "neighbor advertisement";
		break;
	case 137:
		name = "redirect";
		break;
	default:
		break;
	}
	field_meaning_number(told);
	dissection_meaning(told->out, "%s", name);
}

static void tell_icmpv6_code(const struct told_field *told)
{
	static const char *const unreachable[] = {
		"no route",
		"prohibited by a filter",
		"beyond the source's scope",
		"address unreachable",
		"port unreachable",
		"source address refused",
		"route to it rejected",
	};

	field_meaning_number(told);
	if (told->header[0] == 1 && told->value < sizeof(unreachable) / sizeof(*unreachable))
		dissection_meaning(told->out, "%s", unreachable[told->value]);
	else if (told->header[0] == 3)
		dissection_meaning(told->out, "%s",
				   told->value == 0 ? "hop limit ran out on the way"
						    : "not all fragments came in time");
}

static void tell_mtu(const struct told_field *told)
{
	field_meaning_number(told);
	dissection_meaning(told->out, "bytes: no larger packet passes there");
}

field_teller *field_teller_of_tunnel(enum header_field_id id)
{
	static field_teller *const tellers[HEADER_FIELD_COUNT] = {
		[FIELD_UDP_LENGTH] = tell_udp_length,
		[FIELD_UDP_CHECKSUM] = tell_udp_checksum,
		[FIELD_GRE_HAS_CHECKSUM] = tell_gre_flag,
		[FIELD_GRE_HAS_ROUTING] = tell_gre_flag,
		[FIELD_GRE_HAS_KEY] = tell_gre_flag,
		[FIELD_GRE_HAS_SEQUENCE] = tell_gre_flag,
		[FIELD_GRE_HAS_ACKNOWLEDGMENT] = tell_gre_flag,
		[FIELD_GRE_PROTOCOL] = field_meaning_ethertype,
		[FIELD_GRE_CHECKSUM] = tell_hex_16,
		[FIELD_GRE_KEY] = tell_gre_key,
		[FIELD_ICMP_TYPE] = tell_icmp_type,
		[FIELD_ICMP_CODE] = tell_icmp_code,
		[FIELD_ICMP_CHECKSUM] = tell_hex_16,
		[FIELD_ICMP_MTU] = tell_mtu,
		[FIELD_ICMP_REST] = field_meaning_bytes,
		[FIELD_ICMPV6_TYPE] = tell_icmpv6_type,
		[FIELD_ICMPV6_CODE] = tell_icmpv6_code,
		[FIELD_ICMPV6_CHECKSUM] = tell_hex_16,
		[FIELD_ICMPV6_MTU] = tell_mtu,
		[FIELD_ICMPV6_REST] = field_meaning_bytes,
	};

	return tellers[id];
}
