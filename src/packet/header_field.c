#include "packet/header_field.h"

#include "base/wire.h"
#include "packet/header_field_list.h"

struct field_row {
	enum header_field_id id;
	uint32_t bits;
};

#define ROWS(...)                                                                                  \
	(const struct field_row[]){ __VA_ARGS__ },                                                 \
		sizeof((const struct field_row[]){ __VA_ARGS__ }) / sizeof(struct field_row)

static const struct {
	const char *name;
	const char *title;
	const char *defined;
} field_texts[HEADER_FIELD_COUNT] = {
#define AS_TEXTS(constant, name, title, defined) { name, title, defined },
	HEADER_FIELDS(AS_TEXTS)
#undef AS_TEXTS
};

const char *header_field_name(enum header_field_id id)
{
	return id < HEADER_FIELD_COUNT ? field_texts[id].name : "";
}

const char *header_field_title(enum header_field_id id)
{
	return id < HEADER_FIELD_COUNT ? field_texts[id].title : "";
}

const char *header_field_defined(enum header_field_id id)
{
	return id < HEADER_FIELD_COUNT ? field_texts[id].defined : "";
}

uint64_t header_field_value(const uint8_t *bytes, const struct header_field *field)
{
	uint64_t value = 0;
	uint32_t end = field->first_bit + (field->bits < 64 ? field->bits : 64);
	uint32_t bit = field->first_bit;

	while (bit < end) {
		uint32_t within = bit % 8;
		uint32_t taken = 8 - within < end - bit ? 8 - within : end - bit;
		uint32_t byte = (uint32_t)bytes[bit / 8] >> (8 - within - taken);

		value = value << taken | (byte & ((1u << taken) - 1));
		bit += taken;
	}
	return value;
}

bool header_field_next(struct header_field_list *list, enum header_field_id id, uint32_t bits)
{
	if (list->count >= HEADER_FIELDS_MAX || bits > list->length * 8 - list->bit)
		return false;
	list->out[list->count++] = (struct header_field){
		.id = id,
		.level = list->level,
		.first_bit = list->bit,
		.bits = bits,
	};
	list->bit += bits;
	return true;
}

void header_field_rest(struct header_field_list *list, enum header_field_id id)
{
	if (list->bit < list->length * 8)
		(void)header_field_next(list, id, list->length * 8 - list->bit);
}

/* Stops at the first that is not all there. */
static void take_rows(struct header_field_list *list, const struct field_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!header_field_next(list, rows[i].id, rows[i].bits))
			return;
	}
}

static void link_fields(enum header_kind kind, struct header_field_list *list)
{
	if (kind == HEADER_ETHERNET)
		take_rows(list, ROWS({ FIELD_ETHERNET_DESTINATION, 48 },
				     { FIELD_ETHERNET_SOURCE, 48 }, { FIELD_ETHERNET_TYPE, 16 }));
	else if (kind == HEADER_VLAN)
		take_rows(list, ROWS({ FIELD_VLAN_PRIORITY, 3 }, { FIELD_VLAN_DROP_ELIGIBLE, 1 },
				     { FIELD_VLAN_ID, 12 }, { FIELD_VLAN_TYPE, 16 }));
	else if (kind == HEADER_LINUX_SLL)
		take_rows(list, ROWS({ FIELD_SLL_PACKET_TYPE, 16 }, { FIELD_SLL_HARDWARE_TYPE, 16 },
				     { FIELD_SLL_ADDRESS_LENGTH, 16 }, { FIELD_SLL_ADDRESS, 64 },
				     { FIELD_SLL_PROTOCOL, 16 }));
	else if (kind == HEADER_LINUX_SLL2)
		take_rows(list, ROWS({ FIELD_SLL_PROTOCOL, 16 }, { FIELD_SLL_RESERVED, 16 },
				     { FIELD_SLL_INTERFACE, 32 }, { FIELD_SLL_HARDWARE_TYPE, 16 },
				     { FIELD_SLL_PACKET_TYPE, 8 }, { FIELD_SLL_ADDRESS_LENGTH, 8 },
				     { FIELD_SLL_ADDRESS, 64 }));
	else if (kind == HEADER_BSD_LOOPBACK)
		take_rows(list, ROWS({ FIELD_LOOPBACK_FAMILY, 32 }));
}

static void ipv4_fields(struct header_field_list *list)
{
	take_rows(list, ROWS({ FIELD_IPV4_VERSION, 4 }, { FIELD_IPV4_HEADER_LENGTH, 4 },
			     { FIELD_IPV4_DSCP, 6 }, { FIELD_IPV4_ECN, 2 },
			     { FIELD_IPV4_TOTAL_LENGTH, 16 }, { FIELD_IPV4_IDENTIFICATION, 16 },
			     { FIELD_IPV4_RESERVED, 1 }, { FIELD_IPV4_DONT_FRAGMENT, 1 },
			     { FIELD_IPV4_MORE_FRAGMENTS, 1 }, { FIELD_IPV4_FRAGMENT_OFFSET, 13 },
			     { FIELD_IPV4_TIME_TO_LIVE, 8 }, { FIELD_IPV4_PROTOCOL, 8 },
			     { FIELD_IPV4_CHECKSUM, 16 }, { FIELD_IPV4_SOURCE, 32 },
			     { FIELD_IPV4_DESTINATION, 32 }));
	if (list->length > 20)
		header_fields_of_ipv4_options(list);
}

static void ipv6_fields(struct header_field_list *list)
{
	take_rows(list,
		  ROWS({ FIELD_IPV6_VERSION, 4 }, { FIELD_IPV6_DSCP, 6 }, { FIELD_IPV6_ECN, 2 },
		       { FIELD_IPV6_FLOW_LABEL, 20 }, { FIELD_IPV6_PAYLOAD_LENGTH, 16 },
		       { FIELD_IPV6_NEXT_HEADER, 8 }, { FIELD_IPV6_HOP_LIMIT, 8 },
		       { FIELD_IPV6_SOURCE, 128 }, { FIELD_IPV6_DESTINATION, 128 }));
}

static void extension_fields(enum header_kind kind, struct header_field_list *list)
{
	if (kind == HEADER_IPV6_FRAGMENT) {
		take_rows(list,
			  ROWS({ FIELD_FRAGMENT_NEXT_HEADER, 8 }, { FIELD_FRAGMENT_RESERVED, 8 },
			       { FIELD_FRAGMENT_OFFSET, 13 }, { FIELD_FRAGMENT_RESERVED, 2 },
			       { FIELD_FRAGMENT_MORE, 1 }, { FIELD_FRAGMENT_IDENTIFICATION, 32 }));
		return;
	}
	if (list->length < 2)
		return;
	take_rows(list, ROWS({ FIELD_EXTENSION_NEXT_HEADER, 8 }, { FIELD_EXTENSION_LENGTH, 8 }));
	/* A content that is cut short is bytes. */
	if (list->length >= (list->bytes[1] + 1u) * 8)
		header_field_rest(list, FIELD_EXTENSION_CONTENT);
}

static void gre_fields(struct header_field_list *list)
{
	uint16_t flags = list->length >= 2 ? wire_u16(list->bytes) : 0;

	take_rows(list, ROWS({ FIELD_GRE_HAS_CHECKSUM, 1 }, { FIELD_GRE_HAS_ROUTING, 1 },
			     { FIELD_GRE_HAS_KEY, 1 }, { FIELD_GRE_HAS_SEQUENCE, 1 },
			     { FIELD_GRE_RESERVED, 4 }, { FIELD_GRE_HAS_ACKNOWLEDGMENT, 1 },
			     { FIELD_GRE_RESERVED, 4 }, { FIELD_GRE_VERSION, 3 },
			     { FIELD_GRE_PROTOCOL, 16 }));
	if (flags & 0xc000)
		take_rows(list, ROWS({ FIELD_GRE_CHECKSUM, 16 }, { FIELD_GRE_OFFSET, 16 }));
	if (flags & 0x2000)
		take_rows(list, ROWS({ FIELD_GRE_KEY, 32 }));
	if (flags & 0x1000)
		take_rows(list, ROWS({ FIELD_GRE_SEQUENCE, 32 }));
	if ((flags & 0x0087) == 0x0081)
		take_rows(list, ROWS({ FIELD_GRE_ACKNOWLEDGMENT, 32 }));
}

static void icmp_fields(struct header_field_list *list)
{
	bool too_big = list->length >= 2 && list->bytes[0] == 3 && list->bytes[1] == 4;

	take_rows(list, ROWS({ FIELD_ICMP_TYPE, 8 }, { FIELD_ICMP_CODE, 8 },
			     { FIELD_ICMP_CHECKSUM, 16 }));
	if (too_big)
		take_rows(list, ROWS({ FIELD_ICMP_UNUSED, 16 }, { FIELD_ICMP_MTU, 16 }));
	else
		take_rows(list, ROWS({ FIELD_ICMP_REST, 32 }));
}

static void icmpv6_fields(struct header_field_list *list)
{
	bool too_big = list->length >= 1 && list->bytes[0] == 2;

	take_rows(list, ROWS({ FIELD_ICMPV6_TYPE, 8 }, { FIELD_ICMPV6_CODE, 8 },
			     { FIELD_ICMPV6_CHECKSUM, 16 },
			     { too_big ? FIELD_ICMPV6_MTU : FIELD_ICMPV6_REST, 32 }));
}

static void tcp_fields(struct header_field_list *list)
{
	take_rows(list,
		  ROWS({ FIELD_TCP_SOURCE_PORT, 16 }, { FIELD_TCP_DESTINATION_PORT, 16 },
		       { FIELD_TCP_SEQUENCE, 32 }, { FIELD_TCP_ACKNOWLEDGMENT, 32 },
		       { FIELD_TCP_DATA_OFFSET, 4 }, { FIELD_TCP_RESERVED, 3 }, { FIELD_TCP_AE, 1 },
		       { FIELD_TCP_CWR, 1 }, { FIELD_TCP_ECE, 1 }, { FIELD_TCP_URG, 1 },
		       { FIELD_TCP_ACK, 1 }, { FIELD_TCP_PSH, 1 }, { FIELD_TCP_RST, 1 },
		       { FIELD_TCP_SYN, 1 }, { FIELD_TCP_FIN, 1 }, { FIELD_TCP_WINDOW, 16 },
		       { FIELD_TCP_CHECKSUM, 16 }, { FIELD_TCP_URGENT_POINTER, 16 }));
	if (list->length > 20)
		header_fields_of_tcp_options(list);
}

size_t header_fields(enum header_kind kind, const uint8_t *bytes, uint32_t length,
		     struct header_field out[HEADER_FIELDS_MAX])
{
	struct header_field_list list = { .bytes = bytes, .length = length, .out = out };

	switch (kind) {
	case HEADER_ETHERNET:
	case HEADER_LINUX_SLL:
	case HEADER_LINUX_SLL2:
	case HEADER_BSD_LOOPBACK:
	case HEADER_VLAN:
		link_fields(kind, &list);
		break;
	case HEADER_IPV4:
		ipv4_fields(&list);
		break;
	case HEADER_IPV6:
		ipv6_fields(&list);
		break;
	case HEADER_IPV6_EXTENSION:
	case HEADER_IPV6_FRAGMENT:
		extension_fields(kind, &list);
		break;
	case HEADER_UDP:
		take_rows(&list,
			  ROWS({ FIELD_UDP_SOURCE_PORT, 16 }, { FIELD_UDP_DESTINATION_PORT, 16 },
			       { FIELD_UDP_LENGTH, 16 }, { FIELD_UDP_CHECKSUM, 16 }));
		break;
	case HEADER_GRE:
		gre_fields(&list);
		break;
	case HEADER_ICMP:
		icmp_fields(&list);
		break;
	case HEADER_ICMPV6:
		icmpv6_fields(&list);
		break;
	case HEADER_TCP:
		tcp_fields(&list);
		break;
	case HEADER_OTHER:
	default:
		break;
	}
	list.level = 0;
	header_field_rest(&list, FIELD_BYTES);
	return list.count;
}
