/*
 * The connections that are remembered, found by their pair of endpoints, in the order in which they
 * were last heard of: open ones in one list, closed ones, kept for stragglers, in another, and
 * those that were handed out already in a third. Owns them. One thread.
 */
#ifndef WIRETALE_TCP_FLOW_FLOW_TABLE_H
#define WIRETALE_TCP_FLOW_FLOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash_table.h"
#include "base/ip_address.h"
#include "tcp_flow/connection.h"

/* Both endpoints in the order that makes them the same for both directions. */
struct flow_key {
	uint64_t addresses[4];
	uint32_t ports;
	uint8_t version;
	bool turned; /* the source is the second one; not part of the key */
};

struct flow {
	struct hash_node node;
	struct flow_key key;
	struct flow *older; /* in its list; also links those that are free */
	struct flow *newer;
	bool client_turned; /* `turned` of what the client sends */
	bool closed;        /* which list it is in, unless told */
	bool told;          /* it was handed out: what still comes changes its story no more */
	uint64_t placed_at; /* the frame that gave it its place there */
	struct tcp_connection connection;
};

struct flow_list {
	struct flow *oldest;
	struct flow *newest;
	size_t count;
};

struct flow_table {
	struct hash_table pairs;
	struct hash_secret secret;
	struct flow_list open;
	struct flow_list closed;
	struct flow_list told;
	struct flow *free; /* owned; memory of connections that are over */
};

void flow_table_init(struct flow_table *table);
void flow_table_finish(struct flow_table *table); /* hands out nothing */

/* Looks at a packet's endpoints. */
void flow_key_make(const struct ip_header *ip, const struct tcp_header *tcp, struct flow_key *out);
uint64_t flow_table_hash(const struct flow_table *table, const struct flow_key *key);

/* The connection between these endpoints, whoever sends; NULL: none. */
struct flow *flow_table_find(const struct flow_table *table, const struct flow_key *key,
			     uint64_t hash);

/* A zeroed connection under this key, newest of the open; NULL: out of memory. */
struct flow *flow_table_add(struct flow_table *table, const struct flow_key *key, uint64_t hash);

/*
 * It was heard of now; closed says which list it belongs to. Within its list it moves only when
 * somebody asks for the oldest: moving it each time would touch its neighbours each time.
 */
static inline void flow_table_touch(struct flow_table *table, struct flow *flow, bool closed);

/*
 * The one of the list that was silent for longest, or nearly so: those that spoke since they were
 * placed are given a new place, in the order of their old ones. NULL: it is empty.
 */
struct flow *flow_table_oldest(struct flow_table *table, struct flow_list *list);

void flow_table_move(struct flow_table *table, struct flow *flow, bool closed);

/* It was handed out, and is kept for stragglers only. */
void flow_table_put_told(struct flow_table *table, struct flow *flow);

static inline void flow_table_touch(struct flow_table *table, struct flow *flow, bool closed)
{
	if (flow->closed != closed && !flow->told)
		flow_table_move(table, flow, closed);
}

/* Takes it out and keeps its memory for the next. What the connection owns is finished first. */
void flow_table_remove(struct flow_table *table, struct flow *flow);

/* All that are left to be handed out, oldest first by number. NULL (and *count 0): none, or out of
 * memory. free() it. */
struct flow **flow_table_by_number(const struct flow_table *table, size_t *count);

#endif
