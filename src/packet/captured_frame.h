/* One frame as a capture holds it. Plain data: what reads captures fills it, what decodes reads. */
#ifndef WIRETALE_PACKET_CAPTURED_FRAME_H
#define WIRETALE_PACKET_CAPTURED_FRAME_H

#include <stdint.h>

struct captured_frame {
	uint64_t number;          /* in the file, from 1 */
	int64_t time_ns;          /* nanoseconds since 1970, by the capturing machine's clock */
	const uint8_t *bytes;     /* borrowed until the next frame is read */
	uint32_t captured_length; /* bytes at `bytes` */
	uint32_t original_length; /* bytes on the wire; a snap length makes it the longer one */
	uint32_t interface;       /* number of the pcapng interface, 0 in pcap */
	uint16_t link_type;       /* LINKTYPE_*, as registered for capture files */
};

#endif
