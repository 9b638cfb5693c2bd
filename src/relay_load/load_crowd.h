/*
 * Everybody who takes part in a run: who is who, where the server is, and how they all get
 * connected, a batch at a time. One thread.
 */
#ifndef WIRETALE_RELAY_LOAD_LOAD_CROWD_H
#define WIRETALE_RELAY_LOAD_LOAD_CROWD_H

#include "relay_load/load_connection.h"
#include "relay_load/load_engine.h"

#define LOAD_CONNECTING_MAX 256u /* at a time; the server's backlog is longer */
#define LOAD_PER_SOURCE 20000u   /* connections from one source address */

/* Where the server is, and from where it is called. */
struct load_target {
	struct net_address address;
	bool from_many_sources; /* 127.0.0.2 and on, instead of what the kernel chooses */
};

struct load_crowd {
	struct load_connection *all; /* owned; receivers, senders, idle ones, in this order */
	uint32_t count;
	uint32_t receivers; /* to a pair each, or the room's members; then the stalled readers */
	uint32_t stalled;   /* so many of `receivers` and of `senders` are behind the others */
	uint32_t senders;
	uint32_t idle;
	uint32_t ready; /* how far connecting is */
};

/* Finds the server: the first of its addresses that answers. False: `out` says why not. */
bool load_target_find(const struct load_plan *plan, struct load_target *target,
		      struct load_loop *loop);

/* 127.0.0.(2 + index / LOAD_PER_SOURCE), where the target wants that; else NULL. */
const struct net_address *load_target_source(const struct load_target *target, uint32_t index,
					     struct net_address *source);

/*
 * Raises the soft limit of descriptors to the hard one. False: that is not enough for so many
 * connections, which the loop is told.
 */
bool load_make_room(uint32_t connections, struct load_loop *loop);

/* False: out of memory. */
bool load_crowd_init(struct load_crowd *crowd, const struct load_plan *plan);
void load_crowd_finish(struct load_crowd *crowd);

static inline struct load_connection *load_crowd_receiver(const struct load_crowd *crowd,
							  uint32_t number)
{
	return &crowd->all[number];
}

static inline struct load_connection *load_crowd_sender(const struct load_crowd *crowd,
							uint32_t number)
{
	return &crowd->all[crowd->receivers + number];
}

static inline struct load_connection *load_crowd_idle(const struct load_crowd *crowd,
						      uint32_t number)
{
	return &crowd->all[crowd->receivers + crowd->senders + number];
}

/*
 * Connects all, receivers first, and waits until each is ready. They are the loop's then, whose
 * `served` it uses for itself. False: the loop says why.
 */
bool load_crowd_connect(struct load_crowd *crowd, const struct load_target *target,
			struct load_loop *loop, const struct load_progress *progress);

#endif
