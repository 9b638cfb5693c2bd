#include "capture/other_kinds.h"

#include <stdbool.h>
#include <string.h>

#define UNPACK_IT "; unpack it first"
#define SHORTEST_BYTES 4u /* a capture's magic */
#define CONVERT_IT "; `editcap -F pcapng` converts it"

static const struct other_kind {
	const char *magic;
	size_t magic_bytes;
	const char *sentence;
} other_kinds[] = {
#define KIND(magic, sentence)                                                                      \
	{                                                                                          \
		magic, sizeof(magic) - 1, sentence                                                 \
	}
	KIND("snoop\0\0\0", "this is a snoop capture" CONVERT_IT),
	KIND("btsnoop\0", "this is a Bluetooth capture (btsnoop): no TCP is in it"),
	KIND("iptrace 1.0", "this is an AIX iptrace capture" CONVERT_IT),
	KIND("iptrace 2.0", "this is an AIX iptrace capture" CONVERT_IT),
	KIND("RTSS", "this is a Network Monitor capture" CONVERT_IT),
	KIND("GMBU", "this is a Network Monitor capture" CONVERT_IT),
	KIND("TRSNIFF data", "this is a Sniffer capture" CONVERT_IT),
	KIND("XCP\0", "this is a NetXRay or Sniffer capture" CONVERT_IT),
	KIND("\xaa\xaa\xaa\xaa", "this is a 5View capture" CONVERT_IT),
	KIND("\x1f\x8b", "this is gzip data inside of packed data" UNPACK_IT),
	KIND("\x28\xb5\x2f\xfd", "this is zstd data inside of packed data" UNPACK_IT),
	KIND("\xfd"
	     "7zXZ\0",
	     "this is xz data, and only gzip and zstd are unpacked here" UNPACK_IT),
	KIND("BZh", "this is bzip2 data, and only gzip and zstd are unpacked here" UNPACK_IT),
	KIND("\x04\x22\x4d\x18",
	     "this is lz4 data, and only gzip and zstd are unpacked here" UNPACK_IT),
	KIND("7z\xbc\xaf\x27\x1c", "this is a 7-Zip archive" UNPACK_IT),
	KIND("PK\x03\x04", "this is a Zip archive" UNPACK_IT),
	KIND("\x7f"
	     "ELF",
	     "this is a program (ELF), no capture"),
	KIND("%PDF", "this is a PDF document, no capture"),
	KIND("\x89PNG", "this is a picture (PNG), no capture"),
	KIND("{\"type\":", "this is JSON text, maybe this program's own output, no capture"),
#undef KIND
};

static bool is_text(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool blank = bytes[i] == '\n' || bytes[i] == '\r' || bytes[i] == '\t';

		if ((bytes[i] < 0x20 && !blank) || bytes[i] == 0x7f)
			return false;
	}
	return true;
}

const char *other_kind_sentence(const uint8_t *bytes, size_t length)
{
	if (length == 0)
		return "this file is empty";
	for (size_t i = 0; i < sizeof(other_kinds) / sizeof(other_kinds[0]); i++) {
		const struct other_kind *kind = &other_kinds[i];

		if (length >= kind->magic_bytes &&
		    memcmp(bytes, kind->magic, kind->magic_bytes) == 0)
			return kind->sentence;
	}
	if (length < SHORTEST_BYTES)
		return "this file is too short for a capture";
	if (is_text(bytes, length))
		return "this is text, no capture (tcpdump -w and Wireshark write captures)";
	return "this is neither pcap nor pcapng";
}
