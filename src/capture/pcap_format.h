/*
 * The records of a pcap file: a header of 24 bytes, then frames with a header of 16 each; and its
 * kin, whose headers differ by a few bytes.
 */
#ifndef WIRETALE_CAPTURE_PCAP_FORMAT_H
#define WIRETALE_CAPTURE_PCAP_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_stream.h"
#include "capture/interface_list.h"

/* Versions before 2.4 wrote the two lengths of a record in another order, or in either. */
enum pcap_lengths { PCAP_CAPTURED_FIRST, PCAP_ORIGINAL_FIRST, PCAP_SHORTER_FIRST };

struct pcap_format {
	struct capture_stream *stream; /* borrowed */
	bool big_endian;
	enum pcap_lengths lengths;
	uint16_t link_type;
	uint32_t fraction_ns; /* what one in a time's second half is worth */
	uint32_t record_header_bytes;
	uint64_t frames;  /* given so far */
	const char *name; /* static */
};

bool pcap_format_recognises(const uint8_t magic[4]);

/*
 * Reads the file's header; its magic has been recognised. CAPTURE_FRAME: opened, and `interfaces`
 * has got its only one; else *problem says why.
 */
enum capture_result pcap_format_init(struct pcap_format *format, struct capture_stream *stream,
				     struct interface_list *interfaces,
				     struct capture_problem *problem);

enum capture_result pcap_format_next(struct pcap_format *format, struct captured_frame *out,
				     struct capture_problem *problem);

#endif
