/* Quantities as a person reads them: at most three digits that matter, and a unit. Any thread. */
#ifndef WIRETALE_REPORT_READABLE_H
#define WIRETALE_REPORT_READABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

/* "0.369 ms", "28.6 s", "5 s", "2 min 5 s", "3 h 20 min", "2 days 4 h". */
void readable_duration(struct text_builder *out, int64_t ns);

/* "1 byte", "9,216 bytes", "26.4 kB", "1.2 MB": thousands, not 1024s. */
void readable_bytes(struct text_builder *out, uint64_t bytes);

/* The same where room is dear: "0", "9216", "26.4k", "1.2M". */
void readable_short_bytes(struct text_builder *out, uint64_t bytes);

/* "1,234,567". */
void readable_count(struct text_builder *out, uint64_t count);

/* "no", "one", ... "twelve", "13", "1,234". */
void readable_few(struct text_builder *out, uint64_t count);

/* "one segment", "twelve segments", "1,234 segments": small numbers are words. */
void readable_number_of(struct text_builder *out, uint64_t count, const char *singular,
			const char *plural);

/* "19:54:03" in this machine's zone; with `digits` (0 to 9) digits of a second. */
void readable_time_of_day(struct text_builder *out, int64_t time_ns, int digits);

/* "2023-05-04 19:54:03.780". */
void readable_moment(struct text_builder *out, int64_t time_ns, int digits);

/* " [160 161 162]": those that are not 0, each once, in ascending order. Nothing where none is. */
void readable_frames(struct text_builder *out, const uint64_t *frames, size_t count);

#endif
