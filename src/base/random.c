#include "base/random.h"

#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t length)
{
	uint8_t *next = out;

	while (length > 0) {
		ssize_t got = getrandom(next, length, 0);

		if (got > 0) {
			next += got;
			length -= (size_t)got;
		}
		/* Otherwise a signal came before the first byte (EINTR): the pool is read
		 * again. getrandom has no lasting failure on the kernels that we run on. */
	}
}

uint64_t random_below(uint64_t limit)
{
	uint64_t number;

	random_bytes(&number, sizeof(number));
	return number % limit;
}
