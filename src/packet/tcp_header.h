/* The TCP header and its options (RFC 9293 section 3.1). Host order; nothing aliases the packet. */
#ifndef WIRETALE_PACKET_TCP_HEADER_H
#define WIRETALE_PACKET_TCP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TCP_FLAG_FIN = 0x001,
	TCP_FLAG_SYN = 0x002,
	TCP_FLAG_RST = 0x004,
	TCP_FLAG_PSH = 0x008,
	TCP_FLAG_ACK = 0x010,
	TCP_FLAG_URG = 0x020,
	TCP_FLAG_ECE = 0x040,
	TCP_FLAG_CWR = 0x080,
	TCP_FLAG_AE = 0x100, /* NS once, RFC 3540; the three bits above it are reserved */
};

#define TCP_HEADER_MIN_BYTES 20u
#define TCP_HEADER_MAX_BYTES 60u
#define TCP_OPTIONS_MAX_BYTES 40u
#define TCP_SACK_MAX_BLOCKS 4u
#define TCP_WINDOW_SCALE_MAX 14u /* RFC 7323 section 2.3: a larger one counts as this */

/* Registered option kinds that are known by name. */
enum tcp_option_kind {
	TCP_OPTION_EOL = 0,
	TCP_OPTION_NOP = 1,
	TCP_OPTION_MSS = 2,
	TCP_OPTION_WINDOW_SCALE = 3,
	TCP_OPTION_SACK_PERMITTED = 4,
	TCP_OPTION_SACK = 5,
	TCP_OPTION_TIMESTAMPS = 8,
	TCP_OPTION_MD5 = 19,
	TCP_OPTION_USER_TIMEOUT = 28,
	TCP_OPTION_AO = 29,
	TCP_OPTION_MPTCP = 30,
	TCP_OPTION_FAST_OPEN = 34,
	TCP_OPTION_ACCECN_0 = 172,
	TCP_OPTION_ACCECN_1 = 174,
	TCP_OPTION_EXPERIMENT_1 = 253,
	TCP_OPTION_EXPERIMENT_2 = 254,
};

/* Which of the fields of struct tcp_options are there. */
enum {
	TCP_HAS_MSS = 1 << 0,
	TCP_HAS_WINDOW_SCALE = 1 << 1,
	TCP_HAS_SACK_PERMITTED = 1 << 2,
	TCP_HAS_SACK = 1 << 3,
	TCP_HAS_TIMESTAMPS = 1 << 4,
	TCP_HAS_MD5 = 1 << 5,
	TCP_HAS_USER_TIMEOUT = 1 << 6,
	TCP_HAS_AO = 1 << 7,
	TCP_HAS_MPTCP = 1 << 8,
	TCP_HAS_FAST_OPEN = 1 << 9, /* kind 34, or an experiment with its number */
	TCP_HAS_ACCECN = 1 << 10,
	TCP_HAS_OTHER = 1 << 11,      /* a kind not listed here */
	TCP_HAS_BAD_LENGTH = 1 << 12, /* a length that lies; what stands behind it is not read */
};

struct sack_block {
	uint32_t left;  /* first sequence number of the block */
	uint32_t right; /* the one after its last */
};

struct tcp_options {
	uint32_t has; /* TCP_HAS_*; fields not named there mean nothing */
	uint32_t timestamp_value;
	uint32_t timestamp_echo;
	uint16_t mss;
	uint16_t user_timeout;    /* as on the wire: bit 15 the granularity, minutes or seconds */
	uint8_t window_scale;     /* as on the wire: may be over TCP_WINDOW_SCALE_MAX */
	uint8_t sack_count;       /* blocks in `sack` */
	uint8_t fast_open_length; /* bytes of the cookie; 0: a request for one */
	uint8_t mptcp_subtype;    /* RFC 8684 section 3 */
	struct sack_block sack[TCP_SACK_MAX_BLOCKS];
};

struct tcp_header {
	uint32_t sequence;
	uint32_t acknowledgment; /* whatever the ACK bit says */
	uint16_t source_port;
	uint16_t destination_port;
	uint16_t flags;  /* TCP_FLAG_*, and the reserved bits above: 12 bits */
	uint16_t window; /* before scaling */
	uint16_t checksum;
	uint16_t urgent_pointer;
	uint8_t length;               /* bytes, with options: 20 to 60 */
	uint8_t options_length;       /* of them captured, at `options_bytes`; 0 to 40 */
	const uint8_t *options_bytes; /* borrowed from the packet */
	struct tcp_options options;
};

/* Decodes the options of one header. Always ends, whatever the bytes say. */
void tcp_options_decode(const uint8_t *bytes, size_t length, struct tcp_options *out);

/* One option after the other, for those who print all of them. */
struct tcp_option {
	uint8_t kind;
	uint8_t length;         /* as it says; 1 for EOL and NOP */
	bool bad_length;        /* what it says is not there; `content` holds what is */
	uint8_t content_length; /* bytes at `content`: without kind and length */
	const uint8_t *content; /* borrowed */
};

/* Takes the option at *offset and moves it on. False: that was all. */
bool tcp_option_next(const uint8_t *bytes, size_t length, size_t *offset, struct tcp_option *out);

/* "mss", "timestamps", "mptcp" ...; NULL: none that is known. Static. */
const char *tcp_option_name(uint8_t kind);

/* "MP_CAPABLE" ...; NULL: none that is known. Static. */
const char *mptcp_subtype_name(uint8_t subtype);

#endif
