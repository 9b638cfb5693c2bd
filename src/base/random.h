/* Random numbers from the kernel. Any thread. */
#ifndef WIRETALE_BASE_RANDOM_H
#define WIRETALE_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t length);

/* Below `limit`, which is over 0; the bias for limits far under 2^64 is not noticeable. */
uint64_t random_below(uint64_t limit);

#endif
