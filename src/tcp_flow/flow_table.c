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

static uint64_t hash_endpoint(const struct hash_secret *secret, const struct ip_address *address,
			      uint16_t port)
{
	uint64_t low = word_at(address->bytes);
	uint64_t high = (uint64_t)port << 8 | address->version;

	if (address->version == 6)
		high ^= fold_product(word_at(address->bytes + 8) ^ secret->words[1],
				     secret->words[0] | 1);
	return fold_product(low ^ secret->words[0], high ^ secret->words[1]);
}

/* The same for both directions. Who does not know the secret cannot aim at one bucket. */
uint64_t flow_table_hash(const struct flow_table *table, const struct ip_header *ip,
			 const struct tcp_header *tcp)
{
	uint64_t both = hash_endpoint(&table->secret, &ip->source, tcp->source_port) +
			hash_endpoint(&table->secret, &ip->destination, tcp->destination_port);

	return fold_product(both ^ table->secret.words[1], UINT64_C(0x9e3779b97f4a7c15));
}

static bool is_at(const struct tcp_end *end, const struct ip_address *address, uint16_t port)
{
	return end->port == port && memcmp(&end->address, address, sizeof(*address)) == 0;
}

struct flow *flow_table_find(const struct flow_table *table, const struct ip_header *ip,
			     const struct tcp_header *tcp, uint64_t hash)
{
	struct hash_node *node = hash_table_first_match(&table->pairs, hash);

	for (; node; node = hash_table_next_match(node)) {
		struct flow *flow = (struct flow *)node;
		const struct tcp_end *client = &flow->connection.ends[TCP_CLIENT];
		const struct tcp_end *server = &flow->connection.ends[TCP_SERVER];

		if ((is_at(client, &ip->source, tcp->source_port) &&
		     is_at(server, &ip->destination, tcp->destination_port)) ||
		    (is_at(server, &ip->source, tcp->source_port) &&
		     is_at(client, &ip->destination, tcp->destination_port)))
			return flow;
	}
	return NULL;
}

static struct flow_list *list_of(struct flow_table *table, const struct flow *flow)
{
	return flow->closed ? &table->closed : &table->open;
}

static void put_newest(struct flow_list *list, struct flow *flow)
{
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

struct flow *flow_table_add(struct flow_table *table, uint64_t hash)
{
	struct flow *flow = table->free;

	if (flow)
		table->free = flow->older;
	else
		flow = malloc(sizeof(*flow));
	if (!flow)
		return NULL;
	memset(flow, 0, sizeof(*flow));
	if (!hash_table_insert(&table->pairs, &flow->node, hash)) {
		free(flow);
		return NULL;
	}
	put_newest(&table->open, flow);
	return flow;
}

void flow_table_touch(struct flow_table *table, struct flow *flow, bool closed)
{
	struct flow_list *list = list_of(table, flow);

	if (flow->closed == closed && list->newest == flow)
		return;
	take_out(list, flow);
	flow->closed = closed;
	put_newest(list_of(table, flow), flow);
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
