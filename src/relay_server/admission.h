/*
 * How many connections there are, in all and from each address, and whether one more is
 * let in. An IPv6 address counts by its first 64 bits, which one subscriber owns.
 * Any thread.
 */
#ifndef WIRETALE_RELAY_SERVER_ADMISSION_H
#define WIRETALE_RELAY_SERVER_ADMISSION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/hash_table.h"
#include "net/address.h"
#include "relay_protocol/message.h"

struct admission {
	pthread_mutex_t lock;
	struct hash_table addresses; /* of those that have connections, loopback left out */
	struct hash_secret secret;
	uint32_t count;
	uint32_t max_clients;
	uint32_t max_per_address; /* 0: unlimited */
};

void admission_init(struct admission *admission, uint32_t max_clients, uint32_t max_per_address);
void admission_finish(struct admission *admission);

/* NULL: let in, and counted until admission_leave(). Else a static sentence that says why not. */
const char *admission_enter(struct admission *admission, const struct relay_address *address);
void admission_leave(struct admission *admission, const struct relay_address *address);

#endif
