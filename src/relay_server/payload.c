#include "relay_server/payload.h"

#include <stdlib.h>

struct payload *payload_create(uint32_t length)
{
	struct payload *payload = malloc(sizeof(*payload) + length);

	if (!payload)
		return NULL;
	atomic_init(&payload->references, 1);
	payload->length = length;
	return payload;
}

struct payload *payload_hold(struct payload *payload)
{
	atomic_fetch_add_explicit(&payload->references, 1, memory_order_relaxed);
	return payload;
}

void payload_release(struct payload *payload)
{
	if (!payload)
		return;
	/* Whoever drops the last reference must see all that the others did before. */
	if (atomic_fetch_sub_explicit(&payload->references, 1, memory_order_acq_rel) == 1)
		free(payload);
}
