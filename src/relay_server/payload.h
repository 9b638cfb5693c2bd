/*
 * The body of a message, held once however many clients it goes to: counted references,
 * immutable once shared. References may be dropped on any thread.
 */
#ifndef WIRETALE_RELAY_SERVER_PAYLOAD_H
#define WIRETALE_RELAY_SERVER_PAYLOAD_H

#include <stdatomic.h>
#include <stdint.h>

struct payload {
	atomic_uint references;
	uint32_t length;
	uint8_t bytes[];
};

/* With one reference, the caller's. NULL: out of memory. */
struct payload *payload_create(uint32_t length);
struct payload *payload_hold(struct payload *payload);

/* NULL does nothing. */
void payload_release(struct payload *payload);

#endif
