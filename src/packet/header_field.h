/*
 * The fields of the headers, one list: what each is called, its name for programs, and where it is
 * defined. header_fields() says which of them a header has and at which bits.
 */
#ifndef WIRETALE_PACKET_HEADER_FIELD_H
#define WIRETALE_PACKET_HEADER_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/header_trail.h"

/* constant, name for programs, title, defined in */
#define HEADER_FIELDS(X)                                                                           \
	X(FIELD_ETHERNET_DESTINATION, "ethernet.destination", "Destination", "IEEE 802.3")         \
	X(FIELD_ETHERNET_SOURCE, "ethernet.source", "Source", "IEEE 802.3")                        \
	X(FIELD_ETHERNET_TYPE, "ethernet.type", "EtherType", "IEEE 802.3")                         \
	X(FIELD_VLAN_PRIORITY, "vlan.priority", "Priority", "IEEE 802.1Q")                         \
	X(FIELD_VLAN_DROP_ELIGIBLE, "vlan.drop_eligible", "Drop eligible", "IEEE 802.1Q")          \
	X(FIELD_VLAN_ID, "vlan.id", "VLAN", "IEEE 802.1Q")                                         \
	X(FIELD_VLAN_TYPE, "vlan.type", "EtherType", "IEEE 802.1Q")                                \
	X(FIELD_SLL_PACKET_TYPE, "sll.packet_type", "Packet type", "LINKTYPE_LINUX_SLL")           \
	X(FIELD_SLL_HARDWARE_TYPE, "sll.hardware_type", "Hardware type", "LINKTYPE_LINUX_SLL")     \
	X(FIELD_SLL_ADDRESS_LENGTH, "sll.address_length", "Address length", "LINKTYPE_LINUX_SLL")  \
	X(FIELD_SLL_ADDRESS, "sll.address", "Sender's address", "LINKTYPE_LINUX_SLL")              \
	X(FIELD_SLL_INTERFACE, "sll.interface", "Interface index", "LINKTYPE_LINUX_SLL2")          \
	X(FIELD_SLL_RESERVED, "sll.reserved", "Reserved", "LINKTYPE_LINUX_SLL2")                   \
	X(FIELD_SLL_PROTOCOL, "sll.protocol", "Protocol", "LINKTYPE_LINUX_SLL")                    \
	X(FIELD_LOOPBACK_FAMILY, "loopback.family", "Address family", "LINKTYPE_NULL")             \
	X(FIELD_IPV4_VERSION, "ipv4.version", "Version", "RFC 791 section 3.1")                    \
	X(FIELD_IPV4_HEADER_LENGTH, "ipv4.header_length", "Header length", "RFC 791 section 3.1")  \
	X(FIELD_IPV4_DSCP, "ipv4.dscp", "DSCP", "RFC 2474 section 3")                              \
	X(FIELD_IPV4_ECN, "ipv4.ecn", "ECN", "RFC 3168 section 5")                                 \
	X(FIELD_IPV4_TOTAL_LENGTH, "ipv4.total_length", "Total length", "RFC 791 section 3.1")     \
	X(FIELD_IPV4_IDENTIFICATION, "ipv4.identification", "Identification", "RFC 6864")          \
	X(FIELD_IPV4_RESERVED, "ipv4.reserved", "Reserved", "RFC 791 section 3.1")                 \
	X(FIELD_IPV4_DONT_FRAGMENT, "ipv4.dont_fragment", "Don't fragment", "RFC 791 section 3.1") \
	X(FIELD_IPV4_MORE_FRAGMENTS, "ipv4.more_fragments", "More fragments",                      \
	  "RFC 791 section 3.1")                                                                   \
	X(FIELD_IPV4_FRAGMENT_OFFSET, "ipv4.fragment_offset", "Fragment offset",                   \
	  "RFC 791 section 3.1")                                                                   \
	X(FIELD_IPV4_TIME_TO_LIVE, "ipv4.time_to_live", "Time to live", "RFC 791 section 3.1")     \
	X(FIELD_IPV4_PROTOCOL, "ipv4.protocol", "Protocol", "RFC 791 section 3.1")                 \
	X(FIELD_IPV4_CHECKSUM, "ipv4.checksum", "Header checksum", "RFC 791 section 3.1")          \
	X(FIELD_IPV4_SOURCE, "ipv4.source", "Source address", "RFC 791 section 3.1")               \
	X(FIELD_IPV4_DESTINATION, "ipv4.destination", "Destination address",                       \
	  "RFC 791 section 3.1")                                                                   \
	X(FIELD_IPV4_OPTIONS, "ipv4.options", "Options", "RFC 791 section 3.1")                    \
	X(FIELD_IPV4_OPTION, "ipv4.option", "Option", "RFC 791 section 3.1")                       \
	X(FIELD_IPV6_VERSION, "ipv6.version", "Version", "RFC 8200 section 3")                     \
	X(FIELD_IPV6_DSCP, "ipv6.dscp", "DSCP", "RFC 2474 section 3")                              \
	X(FIELD_IPV6_ECN, "ipv6.ecn", "ECN", "RFC 3168 section 5")                                 \
	X(FIELD_IPV6_FLOW_LABEL, "ipv6.flow_label", "Flow label", "RFC 6437")                      \
	X(FIELD_IPV6_PAYLOAD_LENGTH, "ipv6.payload_length", "Payload length",                      \
	  "RFC 8200 section 3")                                                                    \
	X(FIELD_IPV6_NEXT_HEADER, "ipv6.next_header", "Next header", "RFC 8200 section 3")         \
	X(FIELD_IPV6_HOP_LIMIT, "ipv6.hop_limit", "Hop limit", "RFC 8200 section 3")               \
	X(FIELD_IPV6_SOURCE, "ipv6.source", "Source address", "RFC 8200 section 3")                \
	X(FIELD_IPV6_DESTINATION, "ipv6.destination", "Destination address", "RFC 8200 section 3") \
	X(FIELD_EXTENSION_NEXT_HEADER, "ipv6.extension.next_header", "Next header",                \
	  "RFC 8200 section 4")                                                                    \
	X(FIELD_EXTENSION_LENGTH, "ipv6.extension.length", "Length", "RFC 8200 section 4")         \
	X(FIELD_EXTENSION_CONTENT, "ipv6.extension.content", "Content", "RFC 8200 section 4")      \
	X(FIELD_FRAGMENT_NEXT_HEADER, "ipv6.fragment.next_header", "Next header",                  \
	  "RFC 8200 section 4.5")                                                                  \
	X(FIELD_FRAGMENT_RESERVED, "ipv6.fragment.reserved", "Reserved", "RFC 8200 section 4.5")   \
	X(FIELD_FRAGMENT_OFFSET, "ipv6.fragment.offset", "Fragment offset",                        \
	  "RFC 8200 section 4.5")                                                                  \
	X(FIELD_FRAGMENT_MORE, "ipv6.fragment.more", "More fragments", "RFC 8200 section 4.5")     \
	X(FIELD_FRAGMENT_IDENTIFICATION, "ipv6.fragment.identification", "Identification",         \
	  "RFC 8200 section 4.5")                                                                  \
	X(FIELD_GRE_HAS_CHECKSUM, "gre.has_checksum", "Checksum present", "RFC 2784 section 2.2")  \
	X(FIELD_GRE_HAS_ROUTING, "gre.has_routing", "Routing present", "RFC 1701")                 \
	X(FIELD_GRE_HAS_KEY, "gre.has_key", "Key present", "RFC 2890 section 2")                   \
	X(FIELD_GRE_HAS_SEQUENCE, "gre.has_sequence", "Sequence number present",                   \
	  "RFC 2890 section 2")                                                                    \
	X(FIELD_GRE_RESERVED, "gre.reserved", "Reserved", "RFC 2784 section 2.3")                  \
	X(FIELD_GRE_HAS_ACKNOWLEDGMENT, "gre.has_acknowledgment", "Acknowledgment present",        \
	  "RFC 2637 section 4.1")                                                                  \
	X(FIELD_GRE_VERSION, "gre.version", "Version", "RFC 2784 section 2.3.1")                   \
	X(FIELD_GRE_PROTOCOL, "gre.protocol", "Protocol type", "RFC 2784 section 2.4")             \
	X(FIELD_GRE_CHECKSUM, "gre.checksum", "Checksum", "RFC 2784 section 2.5")                  \
	X(FIELD_GRE_OFFSET, "gre.offset", "Reserved, or offset", "RFC 2784 section 2.6")           \
	X(FIELD_GRE_KEY, "gre.key", "Key", "RFC 2890 section 2.1")                                 \
	X(FIELD_GRE_SEQUENCE, "gre.sequence", "Sequence number", "RFC 2890 section 2.2")           \
	X(FIELD_GRE_ACKNOWLEDGMENT, "gre.acknowledgment", "Acknowledgment number",                 \
	  "RFC 2637 section 4.1")                                                                  \
	X(FIELD_ICMP_TYPE, "icmp.type", "Type", "RFC 792")                                         \
	X(FIELD_ICMP_CODE, "icmp.code", "Code", "RFC 792")                                         \
	X(FIELD_ICMP_CHECKSUM, "icmp.checksum", "Checksum", "RFC 792")                             \
	X(FIELD_ICMP_UNUSED, "icmp.unused", "Unused", "RFC 792")                                   \
	X(FIELD_ICMP_MTU, "icmp.mtu", "Next-hop MTU", "RFC 1191 section 4")                        \
	X(FIELD_ICMP_REST, "icmp.rest", "Rest of the header", "RFC 792")                           \
	X(FIELD_ICMPV6_TYPE, "icmpv6.type", "Type", "RFC 4443 section 2.1")                        \
	X(FIELD_ICMPV6_CODE, "icmpv6.code", "Code", "RFC 4443 section 2.1")                        \
	X(FIELD_ICMPV6_CHECKSUM, "icmpv6.checksum", "Checksum", "RFC 4443 section 2.3")            \
	X(FIELD_ICMPV6_MTU, "icmpv6.mtu", "MTU", "RFC 4443 section 3.2")                           \
	X(FIELD_ICMPV6_REST, "icmpv6.rest", "Rest of the header", "RFC 4443 section 2.1")          \
	X(FIELD_UDP_SOURCE_PORT, "udp.source_port", "Source port", "RFC 768")                      \
	X(FIELD_UDP_DESTINATION_PORT, "udp.destination_port", "Destination port", "RFC 768")       \
	X(FIELD_UDP_LENGTH, "udp.length", "Length", "RFC 768")                                     \
	X(FIELD_UDP_CHECKSUM, "udp.checksum", "Checksum", "RFC 768")                               \
	X(FIELD_TCP_SOURCE_PORT, "tcp.source_port", "Source port", "RFC 9293 section 3.1")         \
	X(FIELD_TCP_DESTINATION_PORT, "tcp.destination_port", "Destination port",                  \
	  "RFC 9293 section 3.1")                                                                  \
	X(FIELD_TCP_SEQUENCE, "tcp.sequence", "Sequence number", "RFC 9293 section 3.4")           \
	X(FIELD_TCP_ACKNOWLEDGMENT, "tcp.acknowledgment", "Acknowledgment number",                 \
	  "RFC 9293 section 3.4")                                                                  \
	X(FIELD_TCP_DATA_OFFSET, "tcp.data_offset", "Data offset", "RFC 9293 section 3.1")         \
	X(FIELD_TCP_RESERVED, "tcp.reserved", "Reserved", "RFC 9293 section 3.1")                  \
	X(FIELD_TCP_AE, "tcp.ae", "AE", "RFC 9768 section 2.2")                                    \
	X(FIELD_TCP_CWR, "tcp.cwr", "CWR", "RFC 3168 section 6.1")                                 \
	X(FIELD_TCP_ECE, "tcp.ece", "ECE", "RFC 3168 section 6.1")                                 \
	X(FIELD_TCP_URG, "tcp.urg", "URG", "RFC 9293 section 3.8.5")                               \
	X(FIELD_TCP_ACK, "tcp.ack", "ACK", "RFC 9293 section 3.4")                                 \
	X(FIELD_TCP_PSH, "tcp.psh", "PSH", "RFC 9293 section 3.9.1.2")                             \
	X(FIELD_TCP_RST, "tcp.rst", "RST", "RFC 9293 section 3.5.2")                               \
	X(FIELD_TCP_SYN, "tcp.syn", "SYN", "RFC 9293 section 3.5")                                 \
	X(FIELD_TCP_FIN, "tcp.fin", "FIN", "RFC 9293 section 3.6")                                 \
	X(FIELD_TCP_WINDOW, "tcp.window", "Window", "RFC 9293 section 3.8.6")                      \
	X(FIELD_TCP_CHECKSUM, "tcp.checksum", "Checksum", "RFC 9293 section 3.1")                  \
	X(FIELD_TCP_URGENT_POINTER, "tcp.urgent_pointer", "Urgent pointer",                        \
	  "RFC 9293 section 3.8.5")                                                                \
	X(FIELD_OPTION_END, "tcp.option.end", "End of options", "RFC 9293 section 3.2")            \
	X(FIELD_OPTION_PADDING, "tcp.option.padding", "Padding", "RFC 9293 section 3.2")           \
	X(FIELD_OPTION_NOP, "tcp.option.nop", "No operation", "RFC 9293 section 3.2")              \
	X(FIELD_OPTION_MSS, "tcp.option.mss", "Maximum segment size", "RFC 9293 section 3.7.1")    \
	X(FIELD_OPTION_WINDOW_SCALE, "tcp.option.window_scale", "Window scale",                    \
	  "RFC 7323 section 2")                                                                    \
	X(FIELD_OPTION_SACK_PERMITTED, "tcp.option.sack_permitted", "SACK permitted",              \
	  "RFC 2018 section 2")                                                                    \
	X(FIELD_OPTION_SACK, "tcp.option.sack", "SACK", "RFC 2018 section 3")                      \
	X(FIELD_OPTION_TIMESTAMPS, "tcp.option.timestamps", "Timestamps", "RFC 7323 section 3")    \
	X(FIELD_OPTION_MD5, "tcp.option.md5", "MD5 signature", "RFC 2385")                         \
	X(FIELD_OPTION_AO, "tcp.option.ao", "Authentication", "RFC 5925")                          \
	X(FIELD_OPTION_USER_TIMEOUT, "tcp.option.user_timeout", "User timeout", "RFC 5482")        \
	X(FIELD_OPTION_FAST_OPEN, "tcp.option.fast_open", "Fast Open cookie", "RFC 7413")          \
	X(FIELD_OPTION_MPTCP, "tcp.option.mptcp", "Multipath TCP", "RFC 8684")                     \
	X(FIELD_OPTION_ACCURATE_ECN, "tcp.option.accurate_ecn", "Accurate ECN", "RFC 9768")        \
	X(FIELD_OPTION_OTHER, "tcp.option.other", "Another option", "")                            \
	X(FIELD_OPTION_KIND, "tcp.option.kind", "Kind", "RFC 9293 section 3.1")                    \
	X(FIELD_OPTION_LENGTH, "tcp.option.length", "Length", "RFC 9293 section 3.1")              \
	X(FIELD_MSS_VALUE, "tcp.option.mss.value", "Segment size", "RFC 9293 section 3.7.1")       \
	X(FIELD_WINDOW_SCALE_SHIFT, "tcp.option.window_scale.shift", "Shift count",                \
	  "RFC 7323 section 2")                                                                    \
	X(FIELD_SACK_LEFT, "tcp.option.sack.left", "Left edge", "RFC 2018 section 3")              \
	X(FIELD_SACK_RIGHT, "tcp.option.sack.right", "Right edge", "RFC 2018 section 3")           \
	X(FIELD_TIMESTAMP_VALUE, "tcp.option.timestamps.value", "Value (TSval)",                   \
	  "RFC 7323 section 3")                                                                    \
	X(FIELD_TIMESTAMP_ECHO, "tcp.option.timestamps.echo", "Echo reply (TSecr)",                \
	  "RFC 7323 section 3")                                                                    \
	X(FIELD_OPTION_CONTENT, "tcp.option.content", "Content", "")                               \
	X(FIELD_PAYLOAD, "payload", "Data", "RFC 9293 section 3.1")                                \
	X(FIELD_PADDING, "padding", "Padding or trailer", "IEEE 802.3")                            \
	X(FIELD_BYTES, "bytes", "Bytes", "") /* of a header that nobody unfolds, or cut short */

#define FIELD_AS_ENUM(constant, ...) constant,
enum header_field_id { HEADER_FIELDS(FIELD_AS_ENUM) HEADER_FIELD_COUNT };
#undef FIELD_AS_ENUM

const char *header_field_name(enum header_field_id id);    /* "tcp.sequence"; static */
const char *header_field_title(enum header_field_id id);   /* "Sequence number"; static */
const char *header_field_defined(enum header_field_id id); /* "RFC 9293 section 3.4", ""; static */

struct header_field {
	enum header_field_id id;
	uint8_t level;      /* 0; 1: a part of the field before it that has level 0 */
	uint32_t first_bit; /* from the header's first; 0 is the highest bit of the first byte */
	uint32_t bits;      /* 0: announced by a length, but there is nothing */
};

#define HEADER_FIELDS_MAX 160u /* of one header: 40 bytes of options, each with its parts */

/*
 * The fields of a header of that kind, in the order of its bits, those that were captured whole;
 * a rest is FIELD_BYTES. Together, those of level 0 cover the header. Returns how many.
 */
size_t header_fields(enum header_kind kind, const uint8_t *bytes, uint32_t length,
		     struct header_field out[HEADER_FIELDS_MAX]);

/* The value of a field of at most 64 bits. */
uint64_t header_field_value(const uint8_t *bytes, const struct header_field *field);

#endif
