/*
 * How workers (and the acceptor) talk to one another: items written into batches, handed
 * over whole, with one wake-up for many.
 *
 * An outbox belongs to the thread that writes; an inbox is shared, with a lock that is
 * held for a few pointers and never across a system call. Items that carry messages are
 * refused when RELAY_INBOX_MAX_BYTES of them wait; verdicts and presence always find room,
 * for they are bounded by what was let in before.
 */
#ifndef WIRETALE_RELAY_SERVER_INBOX_H
#define WIRETALE_RELAY_SERVER_INBOX_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay_protocol/message.h"
#include "relay_server/message_ids.h"
#include "relay_server/payload.h"

struct room_send;

enum inbox_item_kind {
	INBOX_ADOPT,        /* acceptor: this connection is yours */
	INBOX_DELIVER,      /* give this message to your client `number` */
	INBOX_VERDICT,      /* what became of messages of your client */
	INBOX_ROOM_DELIVER, /* give this message to your members of `room` */
	INBOX_ROOM_RESULT,  /* so many of my members acknowledged */
	INBOX_PRESENCE,     /* tell your watchers; the bytes are the indication's body */
	INBOX_SHUTDOWN,     /* say good-bye to everybody and end */
};

/* Fields are used as the kind needs them; the rest is 0. */
struct inbox_item {
	uint32_t size;                /* of the whole item, a multiple of 8; written by inbox.c */
	uint32_t length;              /* of `bytes` */
	uint8_t kind;                 /* enum inbox_item_kind */
	bool classic;                 /* ADOPT */
	int fd;                       /* ADOPT: ownership passes on */
	uint32_t number;              /* ADOPT, DELIVER: the client; PRESENCE: whom it is about */
	uint32_t count;               /* ROOM_RESULT: acknowledged */
	uint32_t received_ms;         /* DELIVER, ROOM_DELIVER */
	uint32_t data_bytes;          /* DELIVER: length of DATA, for the log */
	struct message_origin origin; /* DELIVER, VERDICT, ROOM_DELIVER */
	uint32_t through;             /* VERDICT: the last of the requests, from origin's on */
	struct message_verdict
		verdict; /* VERDICT; ROOM_RESULT: shutting-down where it was cut short */
	uint64_t room;   /* ROOM_DELIVER: its number */
	struct room_send *room_send;   /* ROOM_DELIVER, ROOM_RESULT: whose answer it is part of */
	struct message_record *record; /* DELIVER: a reference, or NULL */
	struct payload *payload;      /* DELIVER, ROOM_DELIVER: a reference, or NULL: see `bytes` */
	struct relay_address address; /* ADOPT */
	uint8_t bytes[];              /* the message's body, where there is no payload */
};

struct inbox_batch {
	struct inbox_batch *next;
	uint32_t used;
	uint32_t capacity;
	uint32_t read;          /* bytes that the reader has done with */
	uint32_t message_bytes; /* of messages and PRESENCE, for the ceiling */
	uint8_t bytes[];
};

struct inbox {
	pthread_mutex_t lock;
	struct inbox_batch *first; /* handed over, not yet taken */
	struct inbox_batch *last;
	atomic_size_t message_bytes; /* handed over and not yet done with */
	int wake_fd;                 /* owned; readable while something may wait */
};

/* Verdicts must not get lost when memory runs out: so many bytes are kept for them. */
#define OUTBOX_RESERVE_BYTES (32u * 1024)

struct outbox {
	struct inbox *to;          /* borrowed */
	struct inbox_batch *first; /* being written */
	struct inbox_batch *last;
	struct inbox_batch *reserve; /* owned; its `used` is 0 but after memory ran out */
	struct inbox_item *verdict;  /* borrowed: the last VERDICT being written, or NULL */
	size_t message_bytes;        /* of the messages and PRESENCE being written */
};

/* 0, or a negative errno. */
int inbox_init(struct inbox *inbox);
void inbox_finish(struct inbox *inbox);

/* 0, or a negative errno. */
int outbox_init(struct outbox *outbox, struct inbox *to);
void outbox_finish(struct outbox *outbox);

/* Is there room for one more message of so many bytes? */
bool outbox_has_room(const struct outbox *outbox, size_t message_bytes);

/*
 * Adds an item with `length` bytes behind it; copies both. References in it pass on. False:
 * out of memory, everything is still the caller's. Verdicts and results then find room in the
 * reserve first.
 */
bool outbox_add(struct outbox *outbox, const struct inbox_item *item, const void *bytes,
		size_t length);

/*
 * Adds a VERDICT. One that says of the sender's next request what the one before said is put into
 * the same item. False: out of memory.
 */
bool outbox_add_verdict(struct outbox *outbox, const struct message_origin *origin,
			const struct message_verdict *verdict);

/* Hands everything over, and wakes the reader where it may be asleep. False: memory ran
 * out and is not back; call again soon. */
bool outbox_flush(struct outbox *outbox);

/* Takes all batches that were handed over, as a chain that the caller owns. */
struct inbox_batch *inbox_take(struct inbox *inbox);

/* The next item of a batch, borrowed; NULL: the batch is read to its end. */
const struct inbox_item *inbox_batch_next(struct inbox_batch *batch);

/* Frees a batch that was read, and the room that its messages took. */
void inbox_batch_done(struct inbox *inbox, struct inbox_batch *batch);

#endif
