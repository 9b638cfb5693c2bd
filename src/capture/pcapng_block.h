/* What reader and writer of pcapng both know: the numbers of blocks and options. */
#ifndef WIRETALE_CAPTURE_PCAPNG_BLOCK_H
#define WIRETALE_CAPTURE_PCAPNG_BLOCK_H

enum pcapng_block_type {
	PCAPNG_INTERFACE = 1,
	PCAPNG_OLD_PACKET = 2, /* obsolete, yet met */
	PCAPNG_SIMPLE_PACKET = 3,
	PCAPNG_STATISTICS = 5,
	PCAPNG_ENHANCED_PACKET = 6,
	PCAPNG_JOURNAL_ENTRY = 9,
	PCAPNG_SYSTEM_CALL = 0x204, /* sysdig's four kinds of event */
	PCAPNG_SYSTEM_CALL_FLAGS = 0x208,
	PCAPNG_SYSTEM_CALL_2 = 0x216,
	PCAPNG_SYSTEM_CALL_2_LARGE = 0x221,
	PCAPNG_CUSTOM = 0xbad,
	PCAPNG_SECTION = 0x0a0d0d0a,
	PCAPNG_CUSTOM_NOT_COPIED = 0x40000bad,
};

#define PCAPNG_BYTE_ORDER_MAGIC 0x1a2b3c4du

enum pcapng_option {
	PCAPNG_OPTION_END = 0,
	PCAPNG_OPTION_COMMENT = 1,
	PCAPNG_OPTION_APPLICATION = 4, /* of a section */
	PCAPNG_OPTION_NAME = 2,        /* of an interface, as the next two */
	PCAPNG_OPTION_TIME_RESOLUTION = 9,
	PCAPNG_OPTION_TIME_OFFSET = 14,
	PCAPNG_OPTION_DROPPED = 5, /* of an interface's statistics */
};

/* Type, length, and the length again: what every block has. */
#define PCAPNG_BLOCK_HEADER_BYTES 8u
#define PCAPNG_BLOCK_MIN_BYTES 12u
#define PCAPNG_SECTION_MIN_BYTES 28u
#define PCAPNG_INTERFACE_MIN_BYTES 20u
#define PCAPNG_ENHANCED_PACKET_MIN_BYTES 32u
#define PCAPNG_SIMPLE_PACKET_MIN_BYTES 16u
#define PCAPNG_STATISTICS_MIN_BYTES 24u

#endif
