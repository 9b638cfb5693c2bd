/*
 * Events that the application has not taken yet, each with a copy of what it points to.
 *
 * First in, first out, but the answer to one request can be taken out of turn. What is
 * held is counted in bytes; whoever fills the queue asks event_queue_is_full() first. One
 * thread at a time, or a lock around it.
 */
#ifndef WIRETALE_RELAY_CLIENT_EVENT_QUEUE_H
#define WIRETALE_RELAY_CLIENT_EVENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wiretale/client.h"

struct event_entry {
	struct event_entry *next; /* behind it in the queue, or among the spare ones */
	struct wt_event event;    /* points into `payload` and `block` */
	uint64_t serial;          /* of the connection that it came from */
	void *block;              /* owned: the lists of an answer, or NULL */
	size_t bytes;             /* that it counts for */
	size_t capacity;          /* of `payload` */
	char payload[];
};

#define EVENT_QUEUE_SPARE_SIZES 2

struct event_queue {
	struct event_entry *first;
	struct event_entry *last;
	size_t bytes; /* of all in the queue */
	size_t max_bytes;
	struct event_entry *spare[EVENT_QUEUE_SPARE_SIZES]; /* to be used again */
	size_t spare_count[EVENT_QUEUE_SPARE_SIZES];
};

void event_queue_init(struct event_queue *queue, size_t max_bytes);
void event_queue_finish(struct event_queue *queue);

/* An empty queue takes any event, so that what is held is at most max_bytes and one event. */
static inline bool event_queue_is_full(const struct event_queue *queue)
{
	return queue->bytes >= queue->max_bytes;
}

/* Takes the block over, on success. False: out of memory. */
bool event_queue_push(struct event_queue *queue, const struct wt_event *event, uint64_t serial,
		      void *block);

/* NULL: there is none. To be given back with event_queue_release(). */
struct event_entry *event_queue_take_first(struct event_queue *queue);
struct event_entry *event_queue_take_answer(struct event_queue *queue, uint32_t request);

bool event_queue_has_answer(const struct event_queue *queue, uint32_t request);

/* entry may be NULL. */
void event_queue_release(struct event_queue *queue, struct event_entry *entry);

#endif
