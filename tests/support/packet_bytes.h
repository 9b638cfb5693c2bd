/* Headers of packets as bytes, to be put one behind the other in an array. */
#ifndef TESTS_SUPPORT_PACKET_BYTES_H
#define TESTS_SUPPORT_PACKET_BYTES_H

#define U16(value) (uint8_t)((value) >> 8 & 0xff), (uint8_t)((value)&0xff)
#define U32(value) U16((uint32_t)(value) >> 16), U16((uint32_t)(value))

#define MAC_ADDRESSES 0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01
#define ETHERNET(ethertype) MAC_ADDRESSES, U16(ethertype)

/* 10.0.0.1 to 10.0.0.2; content: bytes behind the header */
#define IPV4_HEADER(protocol, content, identification, flags_and_offset)                           \
	0x45, 0x02, U16(20 + (content)), U16(identification), U16(flags_and_offset), 61, protocol, \
		0, 0, 10, 0, 0, 1, 10, 0, 0, 2
#define IPV4(protocol, content) IPV4_HEADER(protocol, content, 7, 0x4000)

/* 2001:db8::1 to 2001:db8::2 */
#define IPV6_ADDRESS(last) 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
#define IPV6(next_header, content)                                                                 \
	0x60, 0x11, 0x23, 0x45, U16(content), next_header, 62, IPV6_ADDRESS(1), IPV6_ADDRESS(2)

/* Ports 40000 and 5555, sequence 100, acknowledgment 200; words: the header's length / 4 */
#define TCP_HEADER(words, flags)                                                                   \
	U16(40000), U16(5555), U32(100), U32(200), (words) << 4, flags, U16(500), U16(0x1234), 0, 0
#define TCP_HELLO TCP_HEADER(5, 0x18), 'h', 'e', 'l', 'l', 'o'
#define TCP_HELLO_BYTES 25

/* A whole datagram of either version */
#define IPV4_HELLO IPV4(6, TCP_HELLO_BYTES), TCP_HELLO
#define IPV4_HELLO_BYTES 45
#define IPV6_HELLO IPV6(6, TCP_HELLO_BYTES), TCP_HELLO
#define IPV6_HELLO_BYTES 65

#define UDP_HEADER(port, content) U16(50000), U16(port), U16(8 + (content)), 0, 0

/* Two arguments: where the bytes are, and how many. */
#define BYTES(...) (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })

#endif
