/* Fills a capture_problem, in the words that a person reads. */
#ifndef WIRETALE_CAPTURE_CAPTURE_PROBLEM_H
#define WIRETALE_CAPTURE_CAPTURE_PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_file.h"

/* A sentence too long for its room is cut. */
void capture_problem_say(struct capture_problem *problem, uint64_t offset, bool unpacked,
			 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "262,144": grouped(value).text lives to the end of the expression that it stands in. */
struct grouped {
	char text[28];
};

struct grouped grouped(uint64_t value);

#endif
