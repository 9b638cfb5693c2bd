#include "relay_server/admission.h"

#include <stdlib.h>
#include <string.h>

struct address_count {
	struct hash_node node;
	uint32_t count;
	uint8_t key[9]; /* family, then 4 or 8 bytes */
};

_Static_assert(offsetof(struct address_count, node) == 0, "a node is cast to its count");

void admission_init(struct admission *admission, uint32_t max_clients, uint32_t max_per_address)
{
	*admission = (struct admission){ .max_clients = max_clients,
					 .max_per_address = max_per_address };
	(void)pthread_mutex_init(&admission->lock, NULL);
	hash_table_init(&admission->addresses);
	hash_secret_init(&admission->secret);
}

void admission_finish(struct admission *admission)
{
	struct hash_node *node;

	while ((node = hash_table_any(&admission->addresses)) != NULL) {
		hash_table_remove(&admission->addresses, node);
		free(node);
	}
	hash_table_finish(&admission->addresses);
	(void)pthread_mutex_destroy(&admission->lock);
}

static bool is_loopback(const struct relay_address *address)
{
	static const uint8_t v6_loopback[16] = { [15] = 1 };

	if (address->family == 4)
		return address->bytes[0] == 127;
	return memcmp(address->bytes, v6_loopback, sizeof(v6_loopback)) == 0;
}

static struct address_count *find(const struct admission *admission, const uint8_t key[9],
				  uint64_t hash)
{
	struct hash_node *node = hash_table_first_match(&admission->addresses, hash);

	for (; node; node = hash_table_next_match(node)) {
		struct address_count *found = (struct address_count *)(void *)node;

		if (memcmp(found->key, key, sizeof(found->key)) == 0)
			return found;
	}
	return NULL;
}

static void make_key(const struct relay_address *address, uint8_t key[9])
{
	memset(key, 0, 9);
	key[0] = address->family;
	memcpy(key + 1, address->bytes, address->family == 4 ? 4 : 8);
}

/* With the lock held. */
static const char *count_address(struct admission *admission, const struct relay_address *address)
{
	struct address_count *counted;
	uint64_t hash;
	uint8_t key[9];

	make_key(address, key);
	hash = hash_bytes(&admission->secret, key, sizeof(key));
	counted = find(admission, key, hash);
	if (!counted) {
		counted = calloc(1, sizeof(*counted));
		if (!counted)
			return "the server is out of memory";
		memcpy(counted->key, key, sizeof(key));
		if (!hash_table_insert(&admission->addresses, &counted->node, hash)) {
			free(counted);
			return "the server is out of memory";
		}
	}
	if (counted->count >= admission->max_per_address)
		return "too many connections from your address";
	counted->count++;
	return NULL;
}

const char *admission_enter(struct admission *admission, const struct relay_address *address)
{
	const char *refusal = NULL;

	(void)pthread_mutex_lock(&admission->lock);
	if (admission->count >= admission->max_clients)
		refusal = "the server is full";
	else if (admission->max_per_address > 0 && !is_loopback(address))
		refusal = count_address(admission, address);
	if (!refusal)
		admission->count++;
	(void)pthread_mutex_unlock(&admission->lock);
	return refusal;
}

void admission_leave(struct admission *admission, const struct relay_address *address)
{
	struct address_count *counted;
	uint8_t key[9];

	(void)pthread_mutex_lock(&admission->lock);
	admission->count--;
	if (admission->max_per_address > 0 && !is_loopback(address)) {
		make_key(address, key);
		counted = find(admission, key, hash_bytes(&admission->secret, key, sizeof(key)));
		if (counted && --counted->count == 0) {
			hash_table_remove(&admission->addresses, &counted->node);
			free(counted);
		}
	}
	(void)pthread_mutex_unlock(&admission->lock);
}
