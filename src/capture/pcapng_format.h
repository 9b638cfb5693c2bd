/*
 * The blocks of a pcapng file. A section header says the byte order of what follows and begins the
 * interfaces' numbers at 0 again; here they go on counting over the whole file. Every block says
 * its length at its front and at its end, and they must agree.
 */
#ifndef WIRETALE_CAPTURE_PCAPNG_FORMAT_H
#define WIRETALE_CAPTURE_PCAPNG_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_stream.h"
#include "capture/interface_list.h"

struct pcapng_format {
	struct capture_stream *stream;     /* borrowed */
	struct interface_list *interfaces; /* borrowed; of all sections */
	bool big_endian;                   /* this section is */
	uint32_t first_interface;          /* the list's number of this section's interface 0 */
	uint32_t interface_count;          /* of this section */
	uint64_t frames;                   /* numbers given so far */
	int64_t time_ns;                   /* of the last frame that had one */
};

bool pcapng_format_recognises(const uint8_t magic[4]);

/* Reads the first section's header, and the interfaces that follow it at once. */
enum capture_result pcapng_format_init(struct pcapng_format *format, struct capture_stream *stream,
				       struct interface_list *interfaces,
				       struct capture_problem *problem);

enum capture_result pcapng_format_next(struct pcapng_format *format, struct captured_frame *out,
				       struct capture_problem *problem);

#endif
