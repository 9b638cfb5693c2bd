/*
 * The packets on the cable: memory for them, and their order by due time. Nearly all of a
 * direction are due in the order in which they came, so each direction has a list; only what
 * overtakes, is overtaken or is held stands in a heap. One thread.
 *
 *   result = cable_queue_take(&queue, length, &transit);      memory; it is counted from here on
 *   cable_queue_append(&queue, transit);                      or _insert(): due_ns is set
 *   transit = cable_queue_pop(&queue);                        it is nowhere any more
 *   cable_queue_give_back(&queue, transit);
 */
#ifndef WIRETALE_TCP_LAB_CABLE_QUEUE_H
#define WIRETALE_TCP_LAB_CABLE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_lab/cable.h"

#define CABLE_NOTE_BYTES 256u
#define CABLE_SIZES 4

struct cable_transit {
	struct cable_packet packet;      /* as the owner sees it; its bytes are at `bytes` */
	uint64_t order;                  /* among those that are due at the same time */
	uint64_t base_due_ns;            /* when it would come out if no rule kept it */
	int kept_by;                     /* number of the rule that keeps it; 0: none */
	struct cable_transit *next;      /* in its direction's list, or in a list of free ones */
	struct cable_transit *next_kept; /* with kept_by */
	struct cable_transit *previous_kept;
	size_t heap_place;           /* from 1; 0: not in the heap */
	uint8_t size;                /* index of its size */
	char note[CABLE_NOTE_BYTES]; /* "": nothing */
	uint8_t bytes[];
};

struct cable_list {
	struct cable_transit *first;
	struct cable_transit *last;
};

struct cable_queue {
	struct cable_list lists[LAB_HOSTS]; /* by sender, in the order of due times */
	struct cable_transit **heap;        /* owned array; the first place is unused */
	size_t heap_count;
	size_t heap_capacity; /* room for all that are taken: nothing fails later */
	struct cable_list kept;
	struct cable_transit *unused[CABLE_SIZES]; /* owned, with those behind them */
	size_t taken;                              /* not given back: CABLE_IN_FLIGHT_MAX */
	size_t taken_bytes; /* memory for their bytes: CABLE_IN_FLIGHT_MAX_BYTES */
};

void cable_queue_init(struct cable_queue *queue);
/* Frees all that is on its way, and all that was given back. */
void cable_queue_finish(struct cable_queue *queue);

/* 0; -ENOBUFS: a ceiling; -ENOMEM. *out: all zero, but packet.bytes and .length, and what is at
 * them. length: LAB_PACKET_MAX_BYTES at most. */
int cable_queue_take(struct cable_queue *queue, size_t length, struct cable_transit **out);
void cable_queue_give_back(struct cable_queue *queue, struct cable_transit *transit);

/* Due not before what was appended of the same sender. */
void cable_queue_append(struct cable_queue *queue, struct cable_transit *transit);
/* Wherever it belongs. */
void cable_queue_insert(struct cable_queue *queue, struct cable_transit *transit);
/* Inserted before, and now due at another time. */
void cable_queue_move(struct cable_queue *queue, struct cable_transit *transit);

/* The one due first; NULL: none. Ties go by order, then by number. */
struct cable_transit *cable_queue_first(const struct cable_queue *queue);
struct cable_transit *cable_queue_pop(struct cable_queue *queue);

/* The list of those that rules keep; they are inserted as well. */
void cable_queue_keep(struct cable_queue *queue, struct cable_transit *transit, int rule);
void cable_queue_let_go(struct cable_queue *queue, struct cable_transit *transit);

#endif
