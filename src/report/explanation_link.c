/* Fields of the link layers, and of what stands behind the headers. */
#include "report/explanation_parts.h"

#define ETHERNET_MIN_BYTES 60u /* without the frame check sequence */
#define ETHERTYPE_FIRST 0x0600u

static bool all_are(const uint8_t *bytes, uint32_t length, uint8_t value)
{
	for (uint32_t i = 0; i < length; i++) {
		if (bytes[i] != value)
			return false;
	}
	return length > 0;
}

static void card_address_here(const struct explained *explained)
{
	struct text_builder *out = explained->out;
	uint32_t length = 0;
	const uint8_t *address = explained_bytes(explained, &length);

	if (!address || length != 6)
		return;
	if (all_are(address, length, 0)) {
		text_append(out, "All zero: no card at all, as on a loopback interface.\n");
		return;
	}
	if (all_are(address, length, 0xff)) {
		text_append(out, "All ones: every card on this link (broadcast).\n");
		return;
	}
	if (!explained->of_new_end)
		return;
	text_append_format(out,
			   "The first byte, %02x, has its lowest bit %s, and the bit above it ",
			   address[0],
			   (address[0] & 1) != 0 ? "set: a group of cards (multicast)"
						 : "clear: one card (unicast)");
	if ((address[0] & 2) != 0)
		text_append(out, "set: the address was made up locally, as for virtual machines, "
				 "containers and phones that hide their own.\n");
	else
		text_append_format(out,
				   "clear: the maker of the card assigned it; %02x:%02x:%02x is "
				   "the maker's number.\n",
				   address[0], address[1], address[2]);
}

static void ethertype_here(const struct explained *explained)
{
	if (explained->field->bits == 16 && explained->value < ETHERTYPE_FIRST)
		text_append_format(explained->out,
				   "%u is less than 0x0600: a length in bytes; an LLC header "
				   "follows and names the protocol.\n",
				   (unsigned)explained->value);
}

static void vlan_here(const struct explained *explained)
{
	if (explained->value == 0)
		text_append(explained->out,
			    "0: no VLAN; the tag is there for the priority alone.\n");
}

static void sll_type_here(const struct explained *explained)
{
	static const char *const meanings[] = {
		"0: somebody else sent it to this machine.\n",
		"1: somebody else sent it to everybody (broadcast).\n",
		"2: somebody else sent it to a group (multicast).\n",
		"3: somebody else sent it to somebody else; the interface listens to all.\n",
		"4: this machine sent it.\n",
	};

	if (explained->value < sizeof(meanings) / sizeof(meanings[0]))
		text_append(explained->out, meanings[explained->value]);
}

static void sll_hardware_here(const struct explained *explained)
{
	if (explained->value == 1)
		text_append(explained->out, "1: Ethernet, or what looks like it.\n");
	else if (explained->value == 772)
		text_append(explained->out, "772: the loopback interface.\n");
}

static void payload_here(const struct explained *explained)
{
	const struct packet *packet = explained->view->packet;
	const struct segment_facts *segment = explained->segment;
	struct text_builder *out = explained->out;

	if (packet->kind != PACKET_TCP || packet->payload_length == 0)
		return;
	if (segment && explained->field->bits / 8 == segment->length) {
		int64_t first = segment->sequence + ((segment->flags & TCP_FLAG_SYN) != 0);

		text_append(out, segment->length == 1 ? "Here is " : "Here are ");
		explained_bytes_text(out, segment->length);
		text_append_format(out, " of the stream from %s: ", explained_sender(explained));
		if (segment->length == 1)
			text_append_format(out, "relative number %lld.\n", (long long)first);
		else
			text_append_format(out, "relative numbers %lld to %lld.\n",
					   (long long)first,
					   (long long)(first + segment->length - 1));
	}
	if (packet->captured_payload < packet->payload_length)
		text_append_format(out,
				   "Only %u of the %u bytes were captured: the capture was told to "
				   "keep no more of a frame.\n",
				   packet->captured_payload, packet->payload_length);
}

/* Of Ethernet with nothing but an IPv4 datagram in it, the sum can be shown. */
static void padding_here(const struct explained *explained)
{
	const struct header_trail *trail = explained->view->trail;
	uint32_t frame_length = explained->view->frame->original_length;
	struct text_builder *out = explained->out;
	uint32_t padding = explained->field->bits / 8;

	if (!trail || trail->count < 2 || trail->places[0].kind != HEADER_ETHERNET ||
	    padding == 0 || padding > frame_length)
		return;
	text_append_format(out, "  %u (frame) - %u (headers and data) = %u of no meaning\n",
			   frame_length, frame_length - padding, padding);
	if (frame_length == ETHERNET_MIN_BYTES)
		text_append(out, "The frame was filled up to 60 bytes: these are no data, although "
				 "they stand where data would.\n");
	else if (frame_length < ETHERNET_MIN_BYTES)
		text_append(out, "The frame is shorter than 60 bytes all the same: something other "
				 "than Ethernet's minimum put them there.\n");
	else
		text_append(out, "The frame is longer than the minimum of 60 bytes, so it is not "
				 "padding: a switch, a card or the capture added a trailer.\n");
}

static const struct field_explanation rows[HEADER_FIELD_COUNT] = {
	[FIELD_ETHERNET_DESTINATION] = {
		.purpose = "The card on this link that the frame is for: the other end if it is "
			   "near, else the next router. It stands first, so that a switch can "
			   "choose the way out before the rest has come in.",
		.here = card_address_here,
	},
	[FIELD_ETHERNET_SOURCE] = {
		.purpose = "The card on this link that sent the frame. Switches learn from it "
			   "behind which of their ports that card is. Every router puts addresses "
			   "of its own link in; the IP addresses inside stay.",
		.here = card_address_here,
	},
	[FIELD_ETHERNET_TYPE] = {
		.purpose = "Which header follows: 0x0800 IPv4, 0x86dd IPv6, 0x8100 a VLAN tag. "
			   "Numbers below 0x0600 are no type but a length.",
		.here = ethertype_here,
	},
	[FIELD_VLAN_PRIORITY] = {
		.purpose = "0 to 7: which frames a switch sends first when a queue forms; 0 is the "
			   "usual one, 7 for the control of the network itself.",
	},
	[FIELD_VLAN_DROP_ELIGIBLE] = {
		.purpose = "Set: a switch that must drop frames may drop this one first.",
	},
	[FIELD_VLAN_ID] = {
		.purpose = "Which of the virtual networks on one cable the frame belongs to: 1 to "
			   "4094.",
		.here = vlan_here,
	},
	[FIELD_VLAN_TYPE] = {
		.purpose = "Which header follows the tag, as the EtherType before it would say "
			   "without one.",
		.here = ethertype_here,
	},
	[FIELD_SLL_PACKET_TYPE] = {
		.purpose = "A cooked header: Linux makes it up when one capture takes in "
			   "interfaces of all kinds (\"any\") or one without a header of its own. "
			   "It was on no wire. This field says which way the packet went.",
		.here = sll_type_here,
	},
	[FIELD_SLL_HARDWARE_TYPE] = {
		.purpose = "What kind of interface the packet crossed, by Linux's numbers "
			   "(ARPHRD).",
		.here = sll_hardware_here,
	},
	[FIELD_SLL_ADDRESS_LENGTH] = {
		.purpose = "How many bytes of the address field count: 6 for Ethernet, 0 where "
			   "interfaces have no addresses.",
	},
	[FIELD_SLL_ADDRESS] = {
		.purpose = "The link address of the sender. The receiver's is not kept in a cooked "
			   "header.",
	},
	[FIELD_SLL_INTERFACE] = {
		.purpose = "The number of the interface on the capturing machine (`ip link` lists "
			   "them): the second version of the cooked header has it, so that a "
			   "packet seen on two interfaces can be told apart.",
	},
	[FIELD_SLL_PROTOCOL] = {
		.purpose = "Which header follows, as an EtherType: 0x0800 IPv4, 0x86dd IPv6.",
	},
	[FIELD_LOOPBACK_FAMILY] = {
		.purpose = "The loopback of BSD, macOS and Windows captures has no addresses, only "
			   "the number of the address family, in the byte order of the capturing "
			   "machine: 2 is IPv4, IPv6 is 10, 24, 28 or 30 by the system.",
	},
	[FIELD_PAYLOAD] = {
		.purpose = "What a program sent: a piece of its byte stream. TCP keeps the bytes "
			   "and their order, not the boundaries: one send() may fill many "
			   "segments, several may share one, and recv() cuts the stream anew. "
			   "Where messages end, the protocol above must say.",
		.here = payload_here,
	},
	[FIELD_PADDING] = {
		.purpose = "An Ethernet frame has at least 64 bytes. The last 4 are its check "
			   "sequence, which captures leave out: 60 remain, and a shorter packet is "
			   "filled up. Only the length in the IP header tells data from padding.",
		.here = padding_here,
	},
};

const struct field_explanation *explanation_of_link(enum header_field_id id)
{
	return rows[id].purpose || rows[id].here ? &rows[id] : NULL;
}
