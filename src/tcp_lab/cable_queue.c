#include "tcp_lab/cable_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcp_lab/lab_limits.h"

#define HEAP_FIRST 64u

/* Bare segments, those of an Ethernet's MTU, jumbo frames, all. */
static const size_t sizes[CABLE_SIZES] = { 128, 1536, 9216, LAB_PACKET_MAX_BYTES };

void cable_queue_init(struct cable_queue *queue)
{
	*queue = (struct cable_queue){ 0 };
}

void cable_queue_finish(struct cable_queue *queue)
{
	for (struct cable_transit *transit = cable_queue_pop(queue); transit;
	     transit = cable_queue_pop(queue))
		free(transit);
	for (size_t size = 0; size < CABLE_SIZES; size++) {
		while (queue->unused[size]) {
			struct cable_transit *transit = queue->unused[size];

			queue->unused[size] = transit->next;
			free(transit);
		}
	}
	free(queue->heap);
	cable_queue_init(queue);
}

/* ---- memory ---- */

static bool reserve_heap(struct cable_queue *queue)
{
	if (queue->taken < queue->heap_capacity)
		return true;
	size_t capacity = queue->heap_capacity ? queue->heap_capacity * 2 : HEAP_FIRST;
	struct cable_transit **heap =
		realloc(queue->heap, (capacity + 1) * sizeof(struct cable_transit *));

	if (!heap)
		return false;
	queue->heap = heap;
	queue->heap_capacity = capacity;
	return true;
}

int cable_queue_take(struct cable_queue *queue, size_t length, struct cable_transit **out)
{
	uint8_t size = 0;

	while (length > sizes[size])
		size++;
	if (queue->taken >= CABLE_IN_FLIGHT_MAX ||
	    sizes[size] > CABLE_IN_FLIGHT_MAX_BYTES - queue->taken_bytes)
		return -ENOBUFS;
	struct cable_transit *transit = queue->unused[size];

	if (!reserve_heap(queue))
		return -ENOMEM;
	if (transit) {
		queue->unused[size] = transit->next;
	} else {
		transit = malloc(sizeof(*transit) + sizes[size]);
		if (!transit)
			return -ENOMEM;
	}
	/* The note is long, and but a text. */
	memset(transit, 0, offsetof(struct cable_transit, note));
	transit->note[0] = '\0';
	transit->size = size;
	transit->packet.bytes = transit->bytes;
	transit->packet.length = length;
	queue->taken++;
	queue->taken_bytes += sizes[size];
	*out = transit;
	return 0;
}

void cable_queue_give_back(struct cable_queue *queue, struct cable_transit *transit)
{
	queue->taken--;
	queue->taken_bytes -= sizes[transit->size];
	transit->next = queue->unused[transit->size];
	queue->unused[transit->size] = transit;
}

/* ---- order ---- */

static bool is_before(const struct cable_transit *a, const struct cable_transit *b)
{
	if (a->packet.due_ns != b->packet.due_ns)
		return a->packet.due_ns < b->packet.due_ns;
	if (a->order != b->order)
		return a->order < b->order;
	return a->packet.number < b->packet.number;
}

static void put(struct cable_queue *queue, struct cable_transit *transit, size_t place)
{
	queue->heap[place] = transit;
	transit->heap_place = place;
}

/* Moves a packet from a place towards the root while it is due before its parent. */
static void rise(struct cable_queue *queue, struct cable_transit *transit, size_t place)
{
	while (place > 1 && is_before(transit, queue->heap[place / 2])) {
		put(queue, queue->heap[place / 2], place);
		place /= 2;
	}
	put(queue, transit, place);
}

static void sink(struct cable_queue *queue, struct cable_transit *transit, size_t place)
{
	for (;;) {
		size_t child = place * 2;

		if (child > queue->heap_count)
			break;
		if (child < queue->heap_count &&
		    is_before(queue->heap[child + 1], queue->heap[child]))
			child++;
		if (!is_before(queue->heap[child], transit))
			break;
		put(queue, queue->heap[child], place);
		place = child;
	}
	put(queue, transit, place);
}

void cable_queue_append(struct cable_queue *queue, struct cable_transit *transit)
{
	struct cable_list *list = &queue->lists[transit->packet.from];

	transit->next = NULL;
	if (list->last)
		list->last->next = transit;
	else
		list->first = transit;
	list->last = transit;
}

void cable_queue_insert(struct cable_queue *queue, struct cable_transit *transit)
{
	queue->heap_count++;
	rise(queue, transit, queue->heap_count);
}

void cable_queue_move(struct cable_queue *queue, struct cable_transit *transit)
{
	rise(queue, transit, transit->heap_place);
	sink(queue, transit, transit->heap_place);
}

struct cable_transit *cable_queue_first(const struct cable_queue *queue)
{
	struct cable_transit *first = queue->heap_count > 0 ? queue->heap[1] : NULL;

	for (size_t from = 0; from < LAB_HOSTS; from++) {
		struct cable_transit *candidate = queue->lists[from].first;

		if (candidate && (!first || is_before(candidate, first)))
			first = candidate;
	}
	return first;
}

static void take_root(struct cable_queue *queue)
{
	struct cable_transit *last = queue->heap[queue->heap_count];

	queue->heap[1]->heap_place = 0;
	queue->heap_count--;
	if (queue->heap_count > 0)
		sink(queue, last, 1);
}

struct cable_transit *cable_queue_pop(struct cable_queue *queue)
{
	struct cable_transit *first = cable_queue_first(queue);

	if (!first)
		return NULL;
	if (first->heap_place > 0) {
		take_root(queue);
	} else {
		struct cable_list *list = &queue->lists[first->packet.from];

		list->first = first->next;
		if (!list->first)
			list->last = NULL;
	}
	if (first->kept_by != 0)
		cable_queue_let_go(queue, first);
	return first;
}

/* ---- kept ones ---- */

void cable_queue_keep(struct cable_queue *queue, struct cable_transit *transit, int rule)
{
	transit->kept_by = rule;
	transit->next_kept = NULL;
	transit->previous_kept = queue->kept.last;
	if (queue->kept.last)
		queue->kept.last->next_kept = transit;
	else
		queue->kept.first = transit;
	queue->kept.last = transit;
}

void cable_queue_let_go(struct cable_queue *queue, struct cable_transit *transit)
{
	if (transit->previous_kept)
		transit->previous_kept->next_kept = transit->next_kept;
	else
		queue->kept.first = transit->next_kept;
	if (transit->next_kept)
		transit->next_kept->previous_kept = transit->previous_kept;
	else
		queue->kept.last = transit->previous_kept;
	transit->kept_by = 0;
}
