/* Spans of time as people write them. Any thread. */
#ifndef WIRETALE_BASE_DURATION_H
#define WIRETALE_BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The whole of a zero-terminated text: "10", "0.25", ".5" (seconds), "2s", "200ms", "1.5min", "2h"
 * in nanoseconds, without floating point; digits beyond nanoseconds are cut. False, *out_ns
 * unchanged: it is none, or over max_ns.
 */
bool duration_parse(const char *text, uint64_t max_ns, uint64_t *out_ns);

#endif
