/* The fields of link headers: Ethernet, VLAN tags, Linux' cooked headers, BSD's loopback. */
#include "report/field_meaning.h"

#include <inttypes.h>
#include <string.h>

#include "base/wire.h"

#define MAC_BYTES 6u
#define MAC_TEXT_BYTES 18u
#define SLL_ADDRESS_LENGTH_AT 4u
#define SLL2_ADDRESS_LENGTH_AT 11u

static void tell_mac(const struct told_field *told, const uint8_t *bytes)
{
	static const uint8_t everyone[MAC_BYTES] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	dissection_value(told->out, "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2],
			 bytes[3], bytes[4], bytes[5]);
	if (memcmp(bytes, everyone, MAC_BYTES) == 0)
		dissection_meaning(told->out, "everyone on this link (broadcast)");
	else if (bytes[0] & 1)
		dissection_meaning(told->out, "a group (multicast)");
	else if (bytes[0] & 2)
		dissection_meaning(told->out, "locally administered");
}

static void tell_ethernet_address(const struct told_field *told)
{
	tell_mac(told, told->header + told->field->first_bit / 8);
}

static void tell_drop_eligible(const struct told_field *told)
{
	field_meaning_flag(told, "to be dropped first where there is congestion");
}

static void tell_packet_type(const struct told_field *told)
{
	static const char *const meanings[] = {
		"sent to this machine", "broadcast", "multicast", "sent to another machine",
		"sent by this machine",
	};

	field_meaning_number(told);
	if (told->value < sizeof(meanings) / sizeof(*meanings))
		dissection_meaning(told->out, "%s", meanings[told->value]);
}

static void tell_hardware_type(const struct told_field *told)
{
	const char *meaning = "";

	switch (told->value) {
	case 1:
		meaning = "Ethernet";
		break;
	case 512:
		meaning = "PPP";
		break;
	case 768:
	case 769:
		meaning = "a tunnel";
		break;
	case 772:
		meaning = "loopback";
		break;
	case 801:
	case 802:
	case 803:
		meaning = "wireless";
		break;
	case 65534:
		meaning = "no link header: a tunnel device";
		break;
	default:
		break;
	}
	field_meaning_number(told);
	dissection_meaning(told->out, "%s", meaning);
}

/* The field has room for 8 bytes; how many count stands in another. */
static void tell_cooked_address(const struct told_field *told)
{
	unsigned length = told->place->kind == HEADER_LINUX_SLL2
				  ? told->header[SLL2_ADDRESS_LENGTH_AT]
				  : wire_u16(told->header + SLL_ADDRESS_LENGTH_AT);

	if (length == MAC_BYTES)
		tell_mac(told, told->header + told->field->first_bit / 8);
	else
		field_meaning_bytes(told);
	if (length < 8)
		dissection_meaning(told->out, "the first %u of its 8 bytes count", length);
}

/* In the byte order of the machine that captured: as in the walk, only one of the two fits. */
static void tell_family(const struct told_field *told)
{
	uint32_t family = (uint32_t)told->value;

	if (family > UINT16_MAX)
		family = __builtin_bswap32(family);
	dissection_value(told->out, "%" PRIu32, family);
	if (family == 2)
		dissection_meaning(told->out, "IPv4; the byte order is the capturing machine's");
	else if (family == 10 || family == 24 || family == 28 || family == 30)
		dissection_meaning(told->out, "IPv6; the byte order is the capturing machine's");
}

field_teller *field_teller_of_link(enum header_field_id id)
{
	static field_teller *const tellers[HEADER_FIELD_COUNT] = {
		[FIELD_ETHERNET_DESTINATION] = tell_ethernet_address,
		[FIELD_ETHERNET_SOURCE] = tell_ethernet_address,
		[FIELD_ETHERNET_TYPE] = field_meaning_ethertype,
		[FIELD_VLAN_DROP_ELIGIBLE] = tell_drop_eligible,
		[FIELD_VLAN_TYPE] = field_meaning_ethertype,
		[FIELD_SLL_PACKET_TYPE] = tell_packet_type,
		[FIELD_SLL_HARDWARE_TYPE] = tell_hardware_type,
		[FIELD_SLL_ADDRESS] = tell_cooked_address,
		[FIELD_SLL_PROTOCOL] = field_meaning_ethertype,
		[FIELD_LOOPBACK_FAMILY] = tell_family,
	};

	return tellers[id];
}
