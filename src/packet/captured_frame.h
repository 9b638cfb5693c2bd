/* One frame as a capture holds it. Plain data: what reads captures fills it, what decodes reads. */
#ifndef WIRETALE_PACKET_CAPTURED_FRAME_H
#define WIRETALE_PACKET_CAPTURED_FRAME_H

#include <stdint.h>

/* 146 years: so far from 1970 at most, so that the difference of two times fits into 64 bits. */
#define CAPTURED_TIME_MAX_NS (INT64_MAX / 2)

struct captured_frame {
	uint64_t number;      /* in the file, from 1 */
	int64_t time_ns;      /* nanoseconds since 1970, by the capturing machine's clock; within
				 CAPTURED_TIME_MAX_NS */
	const uint8_t *bytes; /* borrowed until the next frame is read */
	uint32_t captured_length; /* bytes at `bytes` */
	uint32_t original_length; /* bytes on the wire; a snap length makes it the longer one */
	uint32_t interface;       /* number of the pcapng interface, 0 in pcap */
	uint16_t link_type;       /* LINKTYPE_*, as registered for capture files */
};

#endif
