/*
 * The messages that one client was given and has not acknowledged, in the order of their
 * ids. Beside them, the ids of a few that timed out: a late acknowledgement of a message
 * with a MESSAGE_ID still tells the truth about it. Memory is held only while messages
 * wait. One thread.
 */
#ifndef WIRETALE_RELAY_SERVER_PENDING_WINDOW_H
#define WIRETALE_RELAY_SERVER_PENDING_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay_server/server_limits.h"

struct message_record;
struct room_batch;

struct pending_message {
	uint32_t id;                   /* of the SEND indication */
	uint32_t sender;               /* its number */
	uint32_t request_id;           /* of its SEND */
	uint32_t received_ms;          /* low bits of clock_elapsed_ms() */
	struct message_record *record; /* a reference; NULL: it had no MESSAGE_ID */
	struct room_batch *batch;      /* borrowed; NULL: to this client alone */
	uint64_t sent_through;         /* classic: out_queue.total behind its last byte */
	uint8_t sender_worker;
	bool open; /* false: answered already, a hole */
};

struct late_message {
	uint32_t id;
	struct message_record *record; /* a reference */
};

struct pending_window {
	struct pending_message *messages; /* owned; NULL while nothing waits */
	uint32_t head;                    /* index of the oldest that is open */
	uint32_t tail;                    /* index behind the newest */
	uint32_t capacity;
	uint32_t open;             /* how many are open: at most RELAY_UNACKNOWLEDGED_MAX */
	struct late_message *late; /* owned; room for RELAY_LATE_MAX, or NULL */
	uint32_t late_count;       /* ascending ids */
};

void pending_window_init(struct pending_window *window);

/* Frees the memory; references must have been dropped before. */
void pending_window_finish(struct pending_window *window);

/* Makes room for one more behind the newest. False: out of memory. */
bool pending_window_make_room(struct pending_window *window);

/* Adds a message whose id is above all before. False: full, or out of memory. */
static inline bool pending_window_push(struct pending_window *window,
				       const struct pending_message *message)
{
	if (window->open >= RELAY_UNACKNOWLEDGED_MAX)
		return false;
	if (window->tail == window->capacity && !pending_window_make_room(window))
		return false;
	window->messages[window->tail] = *message;
	window->messages[window->tail].open = true;
	window->tail++;
	window->open++;
	return true;
}

/* The first index whose id is not below `id`; window->tail where there is none. */
uint32_t pending_window_seek(const struct pending_window *window, uint32_t id);

/* Marks one as answered. Indexes stay good until pending_window_tidy(). */
static inline void pending_window_close(struct pending_window *window, uint32_t index)
{
	if (!window->messages[index].open)
		return;
	window->messages[index].open = false;
	window->open--;
}

/* Forgets holes; gives the memory back where nothing is open. */
void pending_window_tidy(struct pending_window *window);

/* Gives the memory of an empty window back; late ones are kept. */
void pending_window_shrink(struct pending_window *window);

/*
 * Keeps a timed-out message's record for a late acknowledgement. Returns the reference
 * that had to give way, or the given one where there is no memory; NULL: none.
 */
struct message_record *pending_window_keep_late(struct pending_window *window, uint32_t id,
						struct message_record *record);

/* Takes a late message with an id from `id` to `through` out; NULL: there is none. */
struct message_record *pending_window_take_late(struct pending_window *window, uint32_t id,
						uint32_t through);

#endif
