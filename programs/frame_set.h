/* Frames by their numbers, as a person names them: "160-162,750". */
#ifndef WIRETALE_PROGRAMS_FRAME_SET_H
#define WIRETALE_PROGRAMS_FRAME_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_SET_RANGES_MAX 256u

struct frame_range {
	uint64_t first;
	uint64_t last; /* itself included */
};

struct frame_set {
	struct frame_range ranges[FRAME_SET_RANGES_MAX];
	size_t count;
	uint64_t last; /* no frame behind it is in the set */
};

/* Could it be meant as one: figures, commas and hyphens only. */
bool frame_set_looks_so(const char *text);

/* "160", "160-162,750", "750-" (to the end). False: it is none, or has too many parts. */
bool frame_set_parse(const char *text, struct frame_set *out);
bool frame_set_has(const struct frame_set *set, uint64_t frame);

#endif
