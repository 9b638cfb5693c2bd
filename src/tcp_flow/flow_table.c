#include "tcp_flow/flow_table.h"

#include <stdlib.h>
#include <string.h>

void flow_table_init(struct flow_table *table)
{
	*table = (struct flow_table){ 0 };
	hash_table_init(&table->pairs);
	hash_secret_init(&table->secret);
}

static void free_list(struct flow *newest)
{
	while (newest) {
		struct flow *older = newest->older;

		tcp_connection_finish(&newest->connection);
		free(newest);
		newest = older;
	}
}

void flow_table_finish(struct flow_table *table)
{
	free_list(table->open.newest);
	free_list(table->closed.newest);
	free_list(table->told.newest);
	while (table->free) {
		struct flow *next = table->free->older;

		free(table->free);
		table->free = next;
	}
	hash_table_finish(&table->pairs);
	*table = (struct flow_table){ 0 };
}

/* The high and the low half of a product of 128 bits hold every bit of both factors. */
static uint64_t fold_product(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t word_at(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

void flow_key_make(const struct ip_header *ip, const struct tcp_header *tcp, struct flow_key *out)
{
	uint64_t source[2] = { word_at(ip->source.bytes), word_at(ip->source.bytes + 8) };
	uint64_t destination[2] = { word_at(ip->destination.bytes),
				    word_at(ip->destination.bytes + 8) };
	bool ahead = source[0] < destination[0];

	if (source[0] == destination[0])
		ahead = source[1] != destination[1] ? source[1] < destination[1]
						    : tcp->source_port < tcp->destination_port;
	out->version = ip->source.version;
	out->turned = !ahead;
	if (ahead) {
		out->ports = (uint32_t)tcp->source_port << 16 | tcp->destination_port;
		memcpy(out->addresses, source, sizeof(source));
		memcpy(out->addresses + 2, destination, sizeof(destination));
	} else {
		out->ports = (uint32_t)tcp->destination_port << 16 | tcp->source_port;
		memcpy(out->addresses, destination, sizeof(destination));
		memcpy(out->addresses + 2, source, sizeof(source));
	}
}

/* Who does not know the secret cannot aim at one bucket. */
uint64_t flow_table_hash(const struct flow_table *table, const struct flow_key *key)
{
	const uint64_t *secret = table->secret.words;
	uint64_t hash = fold_product(key->addresses[0] ^ secret[0],
				     key->addresses[2] ^ (uint64_t)key->ports << 32 ^ secret[1]);

	if (key->version == 6)
		hash ^= fold_product(key->addresses[1] ^ secret[1], key->addresses[3] ^ secret[0]);
	return fold_product(hash ^ key->ports ^ secret[1], secret[0] | 1);
}

static bool same_key(const struct flow_key *a, const struct flow_key *b)
{
	return a->ports == b->ports && a->version == b->version &&
	       a->addresses[0] == b->addresses[0] && a->addresses[2] == b->addresses[2] &&
	       a->addresses[1] == b->addresses[1] && a->addresses[3] == b->addresses[3];
}

struct flow *flow_table_find(const struct flow_table *table, const struct flow_key *key,
			     uint64_t hash)
{
	struct hash_node *node = hash_table_first_match(&table->pairs, hash);

	for (; node; node = hash_table_next_match(node)) {
		struct flow *flow = (struct flow *)node;

		if (same_key(&flow->key, key))
			return flow;
	}
	return NULL;
}

static struct flow_list *list_of(struct flow_table *table, const struct flow *flow)
{
	if (flow->told)
		return &table->told;
	return flow->closed ? &table->closed : &table->open;
}

static void put_newest(struct flow_list *list, struct flow *flow)
{
	flow->placed_at = flow->connection.last_frame;
	flow->older = list->newest;
	flow->newer = NULL;
	if (list->newest)
		list->newest->newer = flow;
	else
		list->oldest = flow;
	list->newest = flow;
	list->count++;
}

static void take_out(struct flow_list *list, struct flow *flow)
{
	if (flow->newer)
		flow->newer->older = flow->older;
	else
		list->newest = flow->older;
	if (flow->older)
		flow->older->newer = flow->newer;
	else
		list->oldest = flow->newer;
	list->count--;
}

struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key, uint64_t hash)
{
	struct flow *flow = table->free;

	if (flow)
		table->free = flow->older;
	else
		flow = malloc(sizeof(*flow));
	if (!flow)
		return NULL;
	memset(flow, 0, sizeof(*flow));
	flow->key = *key;
	if (!hash_table_insert(&table->pairs, &flow->node, hash)) {
		free(flow);
		return NULL;
	}
	put_newest(&table->open, flow);
	return flow;
}

void flow_table_move(struct flow_table *table, struct flow *flow, bool closed)
{
	take_out(list_of(table, flow), flow);
	flow->closed = closed;
	put_newest(list_of(table, flow), flow);
}

void flow_table_put_told(struct flow_table *table, struct flow *flow)
{
	take_out(list_of(table, flow), flow);
	flow->told = true;
	put_newest(&table->told, flow);
}

struct flow *flow_table_oldest(struct flow_table *table, struct flow_list *list)
{
	/* Ends: each is moved once at most, and then stands where it belongs. */
	while (list->oldest && list->oldest->placed_at != list->oldest->connection.last_frame)
		flow_table_move(table, list->oldest, list->oldest->closed);
	return list->oldest;
}

void flow_table_remove(struct flow_table *table, struct flow *flow)
{
	take_out(list_of(table, flow), flow);
	hash_table_remove(&table->pairs, &flow->node);
	tcp_connection_finish(&flow->connection);
	flow->older = table->free;
	table->free = flow;
}

static int compare_numbers(const void *left, const void *right)
{
	const struct flow *a = *(struct flow *const *)left;
	const struct flow *b = *(struct flow *const *)right;

	if (a->connection.number == b->connection.number)
		return 0;
	return a->connection.number < b->connection.number ? -1 : 1;
}

struct flow **flow_table_by_number(const struct flow_table *table, size_t *count)
{
	size_t all = table->open.count + table->closed.count;
	struct flow **flows;
	size_t at = 0;

	*count = 0;
	if (all == 0)
		return NULL;
	flows = malloc(all * sizeof(struct flow *));
	if (!flows)
		return NULL;
	for (struct flow *flow = table->open.newest; flow; flow = flow->older)
		flows[at++] = flow;
	for (struct flow *flow = table->closed.newest; flow; flow = flow->older)
		flows[at++] = flow;
	qsort(flows, all, sizeof(*flows), compare_numbers);
	*count = all;
	return flows;
}
