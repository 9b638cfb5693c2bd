#include "report/field_meaning.h"

#include <inttypes.h>
#include <string.h>

#include "base/ip_address.h"
#include "base/text_builder.h"
#include "report/message_text.h"

#define SAMPLE_MAX_BYTES 1024u

struct named_number {
	uint32_t number;
	const char *name;
};

static const char *name_of(const struct named_number *names, size_t count, uint64_t number)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].number == number)
			return names[i].name;
	}
	return "";
}

#define NAME_OF(names, number) name_of(names, sizeof(names) / sizeof(*(names)), number)

static const struct named_number protocols[] = {
	{ 0, "hop-by-hop options" },
	{ 1, "ICMP" },
	{ 2, "IGMP" },
	{ 4, "IPv4" },
	{ 6, "TCP" },
	{ 17, "UDP" },
	{ 41, "IPv6" },
	{ 43, "routing header" },
	{ 44, "fragment header" },
	{ 47, "GRE" },
	{ 50, "ESP" },
	{ 51, "authentication header" },
	{ 58, "ICMPv6" },
	{ 59, "nothing follows" },
	{ 60, "destination options" },
	{ 89, "OSPF" },
	{ 97, "EtherIP" },
	{ 103, "PIM" },
	{ 112, "VRRP" },
	{ 132, "SCTP" },
	{ 135, "mobility header" },
	{ 136, "UDP-Lite" },
	{ 137, "MPLS" },
	{ 139, "host identity" },
	{ 140, "shim6" },
};

static const struct named_number ethertypes[] = {
	{ 0x0004, "IEEE 802.2 LLC" }, /* Linux' own number, in a cooked header */
	{ 0x0800, "IPv4" },
	{ 0x0806, "ARP" },
	{ 0x22eb, "ERSPAN III" },
	{ 0x6558, "Ethernet" },
	{ 0x8100, "VLAN tag" },
	{ 0x86dd, "IPv6" },
	{ 0x8809, "slow protocols" },
	{ 0x880b, "PPP" },
	{ 0x883e, "WCCP" },
	{ 0x8847, "MPLS" },
	{ 0x8848, "MPLS multicast" },
	{ 0x8863, "PPPoE discovery" },
	{ 0x8864, "PPPoE session" },
	{ 0x888e, "EAPOL" },
	{ 0x88a8, "service VLAN tag" },
	{ 0x88be, "ERSPAN" },
	{ 0x88cc, "LLDP" },
	{ 0x88e7, "backbone service tag" },
	{ 0x8926, "VN tag" },
	{ 0x893f, "E tag" },
	{ 0x894f, "NSH" },
	{ 0x9100, "VLAN tag" },
};

#define ETHERTYPE_FIRST 0x600u

void field_meaning_number(const struct told_field *told)
{
	dissection_value(told->out, "%" PRIu64, told->value);
}

void field_meaning_flag(const struct told_field *told, const char *set)
{
	dissection_value(told->out, "%s", told->value ? "set" : "not set");
	if (told->value)
		dissection_meaning(told->out, "%s", set);
}

void field_meaning_bytes(const struct told_field *told)
{
	const uint8_t *bytes = told->header + told->field->first_bit / 8;
	uint32_t length = told->field->bits / 8;
	struct text_builder text;

	if (told->field->bits < 8) {
		field_meaning_number(told);
		return;
	}
	text_builder_init(&text, SAMPLE_MAX_BYTES);
	message_text_hex(&text, bytes, length);
	dissection_value(told->out, "%s", text_builder_text(&text));
	text_builder_finish(&text);
	dissection_meaning(told->out, length == 1 ? "1 byte" : "%" PRIu32 " bytes", length);
}

void field_meaning_ip_address(const struct told_field *told)
{
	const uint8_t *bytes = told->header + told->field->first_bit / 8;
	struct ip_address address = { .version = told->field->bits == 32 ? 4 : 6 };
	char text[IP_ENDPOINT_TEXT_BYTES];

	memcpy(address.bytes, bytes, told->field->bits / 8);
	(void)ip_address_text(&address, text);
	dissection_value(told->out, "%s", text);
}

void field_meaning_protocol(const struct told_field *told)
{
	field_meaning_number(told);
	dissection_meaning(told->out, "%s", NAME_OF(protocols, told->value));
}

void field_meaning_ethertype(const struct told_field *told)
{
	if (told->value >= ETHERTYPE_FIRST || told->field->id == FIELD_SLL_PROTOCOL) {
		dissection_value(told->out, "0x%04" PRIx64, told->value);
		dissection_meaning(told->out, "%s", NAME_OF(ethertypes, told->value));
	} else {
		field_meaning_number(told);
		dissection_meaning(told->out, "under 1536: the length of what follows");
	}
}

static void tell_rest(const struct told_field *told)
{
	field_meaning_bytes(told);
	if (told->place->kind != HEADER_OTHER)
		dissection_meaning(told->out, "the header is cut short here");
}

void field_meaning_tell(const struct told_field *told)
{
	enum header_field_id id = told->field->id;
	field_teller *teller = field_teller_of_link(id);

	if (!teller)
		teller = field_teller_of_ip(id);
	if (!teller)
		teller = field_teller_of_tunnel(id);
	if (!teller)
		teller = field_teller_of_tcp(id);
	if (!teller)
		teller = field_teller_of_option(id);
	if (!teller && id == FIELD_BYTES)
		teller = tell_rest;
	if (!teller)
		teller = told->field->bits <= 64 ? field_meaning_number : field_meaning_bytes;
	teller(told);
}
