/*
 * How the load engine speaks with a relay: a table of three functions from and to bytes. They
 * touch no socket, take no memory and keep what they must remember in the party, so that every
 * relay is loaded by the very same code, and a dialect is tested with literal bytes.
 *
 * In the life of a connection: greet() once, when it is there; take() whenever bytes came, until
 * it has set party->ready; then, for a sender, put_message() as often as the plan wants, and
 * take() as before. Receivers are all ready before a sender connects. A party is only ever
 * handed in by the one thread that owns it; what a sender reads of party->to does not change any
 * more.
 *
 * All of this is on the hot path of millions of messages a second.
 */
#ifndef WIRETALE_RELAY_LOAD_LOAD_DIALECT_H
#define WIRETALE_RELAY_LOAD_LOAD_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/byte_writer.h"
#include "relay_load/load_stamp.h"

enum load_role {
	LOAD_SENDER,
	LOAD_RECEIVER, /* hears one sender's messages, sent to it alone or to the room */
	LOAD_IDLE,     /* connected, greeted and then silent; answers what keeps it alive */
	LOAD_STALLED,  /* like a receiver, but once it is ready nothing is read from it */
};

/* One connection, as a dialect sees it. The engine fills the first part, the dialect the rest. */
struct load_party {
	uint32_t run;   /* random, one for all parties of a run: for names nobody
			   else uses on that server */
	uint32_t index; /* from 0, different for each party of a run */
	enum load_role role;
	const struct load_party *to; /* borrowed; sender: whom it sends to; NULL: the room */
	bool in_room;                /* receiver: it hears the room's messages, not its own */
	uint32_t last_sequence;      /* of the last message received; load_sink_received() */

	bool ready;          /* greeted, and (receivers) sure to hear what is sent from now on */
	uint32_t number;     /* what the relay calls it */
	uint32_t messages;   /* sender: how often put_message() was called; counted by the engine
				after each call, so the message being put is messages + 1 */
	uint64_t scratch[4]; /* zero at the start; whatever the dialect needs */
};

struct load_sink;

/* What a sink does with each message beyond counting it; NULL: nothing. */
typedef void load_sink_received_fn(struct load_sink *sink, const struct load_stamp *stamp);
typedef void load_sink_verdict_fn(struct load_sink *sink, const struct load_party *party,
				  uint32_t first, uint32_t last);

/*
 * Where take() tells what it found. A sink of zeros only counts, which is enough for tests.
 */
struct load_sink {
	uint64_t received;        /* messages */
	uint64_t out_of_order;    /* those that did not follow the one before; or too short */
	uint64_t confirmed;       /* own messages whose delivery the relay confirmed */
	uint64_t refused;         /* own messages of which it said otherwise */
	const char *last_refusal; /* static; the word for the latest refusal, or NULL */
	char problem[160];        /* a sentence about what take() found broken */

	load_sink_received_fn *each_received;
	load_sink_verdict_fn *each_verdict;
	void *context;   /* of the engine's */
	uint64_t now_ns; /* clock_elapsed_ns() just after these bytes were received */
};

/* A message came for `party`; the payload is as it was given to put_message(). */
static inline void load_sink_received(struct load_sink *sink, struct load_party *party,
				      const uint8_t *payload, size_t length)
{
	struct load_stamp stamp = { .sequence = party->last_sequence };

	if (length >= LOAD_STAMP_BYTES)
		stamp = load_stamp_read(payload);
	sink->received++;
	if (stamp.sequence != party->last_sequence + 1)
		sink->out_of_order++;
	party->last_sequence = stamp.sequence;
	if (sink->each_received)
		sink->each_received(sink, &stamp);
}

/*
 * The relay has said what became of the sender's messages `first` to `last`, counted from 1 in
 * the order of put_message(). Only where the dialect confirms. refusal: NULL where they were
 * delivered, else a static word for why not.
 */
static inline void load_sink_verdict(struct load_sink *sink, const struct load_party *party,
				     uint32_t first, uint32_t last, const char *refusal)
{
	if (refusal) {
		sink->refused += (uint64_t)(last - first) + 1;
		sink->last_refusal = refusal;
	} else {
		sink->confirmed += (uint64_t)(last - first) + 1;
	}
	if (sink->each_verdict)
		sink->each_verdict(sink, party, first, last);
}

struct load_dialect {
	const char *name; /* "wiretale", "nats": on the command line and in the JSON */

	/*
	 * Every message gets a verdict from the relay once its receiver has acknowledged it, or
	 * can't. Where false, the engine itself looks whether the receiver has received it.
	 */
	bool confirms;

	/* put_message() writes at most so many bytes besides the payload. */
	size_t extra_bytes;

	/*
	 * Writes what this party says on being connected: its greeting, and for a receiver what
	 * makes it hear its messages. What has to wait for the relay's answer is written by
	 * take() to its `out` later. May set party->ready where there is nothing to wait for.
	 * At least 4 KiB of room.
	 */
	void (*greet)(struct load_party *party, struct byte_writer *out);

	/* Writes one message of the sender's. There is room for it. */
	void (*put_message)(struct load_party *party, struct byte_writer *out,
			    const uint8_t *payload, size_t length);

	/*
	 * Takes as many whole messages as there are, and returns how many bytes they were; the
	 * rest is handed in again with what follows. Tells the sink what was in them, and writes
	 * what is to be answered (acknowledgements, PONG) to `out`, which has at least 64 KiB of
	 * room. -1: broken or refused, with a sentence in sink->problem.
	 */
	ssize_t (*take)(struct load_party *party, const uint8_t *bytes, size_t length,
			struct byte_writer *out, struct load_sink *sink);
};

#endif
