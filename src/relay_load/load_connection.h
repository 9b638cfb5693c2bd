/*
 * A party on its socket, and the loop that serves it: bytes in through the dialect's take(),
 * bytes out as far as the kernel takes them. A loop and its connections belong to one thread at
 * a time; a connection may move from one loop to another while neither turns.
 */
#ifndef WIRETALE_RELAY_LOAD_LOAD_CONNECTION_H
#define WIRETALE_RELAY_LOAD_LOAD_CONNECTION_H

#include "base/byte_queue.h"
#include "net/address.h"
#include "net/event_loop.h"
#include "relay_load/load_dialect.h"
#include "relay_load/load_plan.h"

#define LOAD_INPUT_BYTES ((size_t)256 * 1024) /* received at a time, beside what was left over */
#define LOAD_OUTPUT_BYTES ((size_t)128 * 1024)
#define LOAD_UNSENT_MAX_BYTES ((size_t)4 * 1024 * 1024) /* of one connection */

struct load_connection;
struct load_pair;

struct load_loop {
	struct event_loop events;
	const struct load_dialect *dialect; /* borrowed */
	const char *server;                 /* borrowed; what is connected to, for sentences */
	struct load_sink sink;              /* what its connections heard */
	struct load_sink stalled_sink;      /* what the senders to stalled readers heard */

	/* Called after a connection was served; it may be closed or newly ready. */
	void (*served)(struct load_loop *loop, struct load_connection *connection);
	void *owner; /* borrowed; of `served` */

	uint8_t *input;     /* owned; shared by all, so that an idle connection holds none */
	size_t input_bytes; /* of a message left over and LOAD_INPUT_BYTES */
	uint8_t *output;    /* owned; what is being written, sent before the next is served */
	size_t output_bytes;

	enum load_outcome outcome; /* LOAD_DONE until something went wrong */
	char problem[320];         /* what */
};

enum load_connection_state {
	LOAD_CONNECTION_CLOSED,
	LOAD_CONNECTION_CONNECTING, /* until the kernel says that it is there */
	LOAD_CONNECTION_GREETING,   /* until the dialect says that it is ready */
	LOAD_CONNECTION_READY,
};

struct load_connection {
	struct fd_watch watch; /* the first member: a watch is taken for its connection */
	enum load_connection_state state;
	bool may_end;    /* its end is no failure of the run */
	bool was_ready;  /* counted by who waits for it */
	int socket_fd;   /* owned; -1 while closed */
	int write_error; /* errno, or 0: nothing can be sent, what came is still read */
	struct load_party party;
	struct load_sink *sink;   /* borrowed from the loop */
	struct byte_queue unread; /* the start of a message whose rest has not come */
	struct byte_queue unsent; /* what the kernel did not take */
	struct load_pair *pair;   /* borrowed; NULL for who has none */
	uint32_t pair_number;     /* from 0 */
	uint32_t answered;        /* sender: messages that the relay gave a verdict on */
};

/* message_bytes: the largest payload. 0, or a negative errno. */
int load_loop_init(struct load_loop *loop, const struct load_dialect *dialect,
		   size_t message_bytes);
void load_loop_finish(struct load_loop *loop);

/* One turn. False: loop->outcome and problem say what went wrong, now or before. */
bool load_loop_turn(struct load_loop *loop, int timeout_ms);

/* The first call counts, and later ones do nothing. */
void load_loop_fail(struct load_loop *loop, enum load_outcome outcome, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Starts to connect; `source` may be NULL. The party is to be filled in before. */
void load_connection_open(struct load_connection *connection, struct load_loop *loop,
			  const struct net_address *source, const struct net_address *address);

/* Sends, or keeps for later. The bytes may be loop->output. Where the server has closed, its last
 * words are read in the loop's next turn, and the end is told there. */
void load_connection_send(struct load_connection *connection, struct load_loop *loop,
			  uint8_t *bytes, size_t length);

/* A message was put and not all of it could be sent, or nothing can be any more. */
static inline bool load_connection_is_blocked(const struct load_connection *connection)
{
	return connection->write_error != 0 || byte_queue_length(&connection->unsent) > 0;
}

/* From one loop to another; `to` NULL: nothing is read from it any more. */
void load_connection_move(struct load_connection *connection, struct load_loop *from,
			  struct load_loop *to);

/* Closed already: does nothing. */
void load_connection_close(struct load_connection *connection, struct load_loop *loop);

/* What a connection holds, whichever its loop was. */
void load_connection_finish(struct load_connection *connection);

#endif
