/*
 * A filter in libpcap's language, applied by each frame's link type: only this file's two sources
 * know libpcap, one that uses it and one for machines without it, which refuses every filter.
 */
#ifndef WIRETALE_CAPTURE_CAPTURE_FILTER_H
#define WIRETALE_CAPTURE_CAPTURE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_file.h"

/* A file with frames of more is damaged: a filter is compiled and kept for each. */
#define CAPTURE_FILTER_LINK_TYPES_MAX 64u

struct capture_filter;

/*
 * link_types: of the interfaces known so far, may be none. It must make sense for one of them, or,
 * where there is none, for Ethernet: else CAPTURE_REFUSED with libpcap's sentence.
 */
enum capture_result capture_filter_create(const char *expression, const uint16_t *link_types,
					  uint32_t link_type_count, struct capture_filter **out,
					  struct capture_problem *problem);
void capture_filter_destroy(struct capture_filter *filter); /* may be NULL */

enum capture_filter_verdict {
	CAPTURE_FILTER_TAKES,
	CAPTURE_FILTER_LEAVES, /* also where it makes no sense for the frame's link type */
	CAPTURE_FILTER_FULL,   /* one link type too many */
};

enum capture_filter_verdict capture_filter_apply(struct capture_filter *filter,
						 const struct captured_frame *frame);

#endif
