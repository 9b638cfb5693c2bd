/* The fields of IPv4 and IPv6, extension headers included. */
#include "report/field_meaning.h"

#include <inttypes.h>

#include "base/wire.h"
#include "packet/checksum.h"

#define IPV4_MIN_BYTES 20u
#define IPV4_MORE_FRAGMENTS_BIT 0x20u /* of byte 6 */

static void tell_header_length(const struct told_field *told)
{
	uint64_t bytes = told->value * 4;

	field_meaning_number(told);
	if (bytes < IPV4_MIN_BYTES)
		dissection_meaning(told->out, "%" PRIu64 " * 4 = %" PRIu64 " bytes: it must be 20",
				   told->value, bytes);
	else if (bytes == IPV4_MIN_BYTES)
		dissection_meaning(told->out, "5 * 4 = 20 bytes, no options");
	else
		dissection_meaning(told->out,
				   "%" PRIu64 " * 4 = %" PRIu64 " bytes: 20 and %" PRIu64
				   " of options",
				   told->value, bytes, bytes - IPV4_MIN_BYTES);
}

static const char *dscp_name(uint64_t dscp)
{
	static const char *const names[64] = {
		[0] = "best effort (CS0)",
		[1] = "lower effort (LE)",
		[8] = "CS1",
		[10] = "AF11",
		[12] = "AF12",
		[14] = "AF13",
		[16] = "CS2",
		[18] = "AF21",
		[20] = "AF22",
		[22] = "AF23",
		[24] = "CS3",
		[26] = "AF31",
		[28] = "AF32",
		[30] = "AF33",
		[32] = "CS4",
		[34] = "AF41",
		[36] = "AF42",
		[38] = "AF43",
		[40] = "CS5",
		[44] = "VOICE-ADMIT",
		[46] = "expedited forwarding (EF)",
		[48] = "network control (CS6)",
		[56] = "CS7",
	};

	return dscp < 64 && names[dscp] ? names[dscp] : "";
}

static void tell_dscp(const struct told_field *told)
{
	field_meaning_number(told);
	dissection_meaning(told->out, "%s", dscp_name(told->value));
}

static void tell_ecn(const struct told_field *told)
{
	static const char *const names[4] = {
		[IP_ECN_NOT_ECT] = "Not-ECT: does not take part in ECN",
		[IP_ECN_ECT_1] = "ECT(1): may be marked instead of dropped",
		[IP_ECN_ECT_0] = "ECT(0): may be marked instead of dropped",
		[IP_ECN_CE] = "CE: a router met congestion",
	};

	field_meaning_number(told);
	dissection_meaning(told->out, "%s", names[told->value & 3]);
}

static void tell_total_length(const struct told_field *told)
{
	uint32_t header = (told->header[0] & 0xfu) * 4;
	const struct captured_frame *frame = told->view->frame;

	field_meaning_number(told);
	if (told->value == 0)
		dissection_meaning(told->out, "left to the network card, which cuts it up");
	else if (told->value < header)
		dissection_meaning(told->out, "less than the header has");
	else if (!told->place->in_datagram &&
		 told->place->offset + told->value > told->view->packet->frame_length &&
		 frame->captured_length > 0)
		dissection_meaning(told->out, "more than the frame had on the wire");
	else
		dissection_meaning(told->out,
				   "%" PRIu64 " - %" PRIu32 " = %" PRIu64
				   " bytes behind this header",
				   told->value, header, told->value - header);
}

static void tell_identification(const struct told_field *told)
{
	dissection_value(told->out, "0x%0*" PRIx64, (int)(told->field->bits / 4), told->value);
	dissection_meaning(told->out, "%" PRIu64, told->value);
}

static void tell_reserved(const struct told_field *told)
{
	field_meaning_number(told);
	if (told->value != 0)
		dissection_meaning(told->out, "must be 0");
}

static void tell_dont_fragment(const struct told_field *told)
{
	field_meaning_flag(told, "routers must not cut it up");
}

static void tell_more_fragments(const struct told_field *told)
{
	field_meaning_flag(told, "not the last fragment of its datagram");
}

static void tell_fragment_offset(const struct told_field *told)
{
	bool more = told->field->id == FIELD_FRAGMENT_OFFSET
			    ? (told->header[3] & 1) != 0
			    : (told->header[6] & IPV4_MORE_FRAGMENTS_BIT) != 0;

	field_meaning_number(told);
	if (told->value > 0)
		dissection_meaning(told->out,
				   "%" PRIu64 " * 8 = byte %" PRIu64 " of the datagram's content",
				   told->value, told->value * 8);
	else
		dissection_meaning(told->out, "%s",
				   more ? "the first fragment" : "not a fragment: all of it");
}

/* Systems begin at 64, 128 or 255; each router takes one off. */
static void tell_time_to_live(const struct told_field *told)
{
	unsigned value = (unsigned)told->value;
	unsigned began = value <= 64 ? 64 : value <= 128 ? 128 : 255;
	unsigned hops = began - value;

	field_meaning_number(told);
	if (value <= 1)
		dissection_meaning(told->out, "no router will pass it on");
	else if (hops == 0)
		dissection_meaning(told->out, "no router passed it on yet");
	else if (value > 32 || began != 64)
		dissection_meaning(told->out, "probably began as %u: %u %s passed it on", began,
				   hops, hops == 1 ? "router" : "routers");
}

static void tell_checksum(const struct told_field *told)
{
	uint32_t length = (told->header[0] & 0xfu) * 4;

	dissection_value(told->out, "0x%04" PRIx64, told->value);
	if (length < IPV4_MIN_BYTES)
		return;
	if (length > told->place->length) {
		dissection_meaning(told->out, "not checked: the header is cut short");
		return;
	}
	switch (checksum_of_ipv4(told->header, length)) {
	case CHECKSUM_GOOD:
		dissection_meaning(told->out, "good");
		break;
	case CHECKSUM_OFFLOADED:
		dissection_meaning(told->out, "left to the network card; 0x%04x would be right",
				   checksum_right_ipv4(told->header, length));
		break;
	case CHECKSUM_BAD:
		dissection_meaning(told->out, "bad: 0x%04x would be right",
				   checksum_right_ipv4(told->header, length));
		break;
	case CHECKSUM_UNKNOWN:
	default:
		break;
	}
}

static void tell_address(const struct told_field *told)
{
	const struct segment_facts *segment = told->view->segment;
	bool source = told->field->id == FIELD_IPV4_SOURCE || told->field->id == FIELD_IPV6_SOURCE;

	field_meaning_ip_address(told);
	if (told->innermost && segment)
		dissection_meaning(
			told->out, "the %s",
			tcp_side_name(source ? segment->from : tcp_other_side(segment->from)));
}

static void tell_ipv4_options(const struct told_field *told)
{
	uint32_t bytes = told->field->bits / 8;

	dissection_value(told->out, bytes == 1 ? "1 byte" : "%" PRIu32 " bytes", bytes);
}

static void tell_ipv4_option(const struct told_field *told)
{
	uint8_t kind = told->header[told->field->first_bit / 8];
	const char *name = "";

	switch (kind) {
	case 0:
		name = "end of options, and padding";
		break;
	case 1:
		name = "no operation: fills up";
		break;
	case 7:
		name = "record route";
		break;
	case 68:
		name = "time stamps";
		break;
	case 130:
		name = "security";
		break;
	case 131:
		name = "loose source route";
		break;
	case 137:
		name = "strict source route";
		break;
	case 148:
		name = "router alert";
		break;
	default:
		break;
	}
	dissection_value(told->out, "%u", kind);
	dissection_meaning(told->out, "%s", name);
}

static void tell_flow_label(const struct told_field *told)
{
	dissection_value(told->out, "0x%05" PRIx64, told->value);
}

static void tell_payload_length(const struct told_field *told)
{
	field_meaning_number(told);
	if (told->value == 0)
		dissection_meaning(told->out, "left to the card, or to a jumbo option");
	else
		dissection_meaning(told->out, "bytes behind these 40");
}

static void tell_extension_length(const struct told_field *told)
{
	field_meaning_number(told);
	dissection_meaning(told->out, "(%" PRIu64 " + 1) * 8 = %" PRIu64 " bytes", told->value,
			   (told->value + 1) * 8);
}

field_teller *field_teller_of_ip(enum header_field_id id)
{
	static field_teller *const tellers[HEADER_FIELD_COUNT] = {
		[FIELD_IPV4_HEADER_LENGTH] = tell_header_length,
		[FIELD_IPV4_DSCP] = tell_dscp,
		[FIELD_IPV4_ECN] = tell_ecn,
		[FIELD_IPV4_TOTAL_LENGTH] = tell_total_length,
		[FIELD_IPV4_IDENTIFICATION] = tell_identification,
		[FIELD_IPV4_RESERVED] = tell_reserved,
		[FIELD_IPV4_DONT_FRAGMENT] = tell_dont_fragment,
		[FIELD_IPV4_MORE_FRAGMENTS] = tell_more_fragments,
		[FIELD_IPV4_FRAGMENT_OFFSET] = tell_fragment_offset,
		[FIELD_IPV4_TIME_TO_LIVE] = tell_time_to_live,
		[FIELD_IPV4_PROTOCOL] = field_meaning_protocol,
		[FIELD_IPV4_CHECKSUM] = tell_checksum,
		[FIELD_IPV4_SOURCE] = tell_address,
		[FIELD_IPV4_DESTINATION] = tell_address,
		[FIELD_IPV4_OPTIONS] = tell_ipv4_options,
		[FIELD_IPV4_OPTION] = tell_ipv4_option,
		[FIELD_IPV6_DSCP] = tell_dscp,
		[FIELD_IPV6_ECN] = tell_ecn,
		[FIELD_IPV6_FLOW_LABEL] = tell_flow_label,
		[FIELD_IPV6_PAYLOAD_LENGTH] = tell_payload_length,
		[FIELD_IPV6_NEXT_HEADER] = field_meaning_protocol,
		[FIELD_IPV6_HOP_LIMIT] = tell_time_to_live,
		[FIELD_IPV6_SOURCE] = tell_address,
		[FIELD_IPV6_DESTINATION] = tell_address,
		[FIELD_EXTENSION_NEXT_HEADER] = field_meaning_protocol,
		[FIELD_EXTENSION_LENGTH] = tell_extension_length,
		[FIELD_EXTENSION_CONTENT] = field_meaning_bytes,
		[FIELD_FRAGMENT_NEXT_HEADER] = field_meaning_protocol,
		[FIELD_FRAGMENT_RESERVED] = tell_reserved,
		[FIELD_FRAGMENT_OFFSET] = tell_fragment_offset,
		[FIELD_FRAGMENT_MORE] = tell_more_fragments,
		[FIELD_FRAGMENT_IDENTIFICATION] = tell_identification,
	};

	return tellers[id];
}
