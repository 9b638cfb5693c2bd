/*
 * The relay server's core on a bench: workers without threads, sessions without sockets, a
 * clock that is a number. Unit tests and fuzzers drive it; it needs no test framework, and
 * stops the program (abort) only where the bench itself is used wrongly or memory ran out.
 *
 * A turn does what worker_loop.c does in one, in the same order, for each worker: reads what
 * clients said, the inbox, sessions that had more frames than fit, timers, and then sends
 * and buries until nothing is left. What a client does not say, does not read or says late
 * is a field of its struct server_client.
 */
#ifndef TESTS_SUPPORT_SERVER_CORE_H
#define TESTS_SUPPORT_SERVER_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_queue.h"
#include "relay_protocol/classic.h"
#include "relay_protocol/message.h"
#include "relay_server/worker.h"

#define SERVER_CORE_WORKERS_MAX 2u
#define SERVER_CORE_CLIENTS_MAX 16u
#define SERVER_CORE_FRAME_MAX (RELAY_BODY_MAX_BYTES + 4096u) /* of one that a client says */
#define SERVER_CORE_QUEUE_MAX ((size_t)64 * 1024 * 1024)     /* of each queue on the bench */
#define SERVER_CORE_START_MS UINT64_C(5000000000)            /* more than 32 bits */
#define SERVER_CORE_WALL_NS UINT64_C(1795179600000000000)    /* stands still */

/* One end of a connection whose other end is a session. */
struct server_client {
	struct session *session; /* borrowed; NULL once it was destroyed */
	struct worker *worker;   /* borrowed */
	uint32_t number;
	struct byte_queue said;  /* by the client, and not yet read by the server */
	struct byte_queue heard; /* from the server, and not yet looked at */
	size_t heard_frame;      /* bytes of the frame that was looked at last */
	size_t read_max;         /* the server gets at most so many bytes in one read */
	size_t window;           /* so many bytes the client's side still takes; it counts down */
	int64_t unacknowledged;  /* classic: what SIOCOUTQ would tell; negative: not known */
	bool hung_up;            /* the client's FIN stands behind what it said */
	bool finished;           /* the server's FIN came */
};

struct server_core {
	struct relay_shared shared; /* first: a worker knows its bench by it */
	struct worker workers[SERVER_CORE_WORKERS_MAX];
	struct outbox outside[SERVER_CORE_WORKERS_MAX]; /* into each inbox: the acceptor's */
	struct server_client clients[SERVER_CORE_CLIENTS_MAX];
	unsigned client_count;
	struct server_client *arriving; /* is being connected */
	uint64_t now_ms;
	uint8_t *frame_bytes;      /* owned; the frame that is being written for a client */
	struct byte_writer writer; /* into frame_bytes */
};

/* One worker, LIMIT 65,536, keep-alive 30 s, no rate, nobody who wants events. */
struct relay_server_config server_core_usual(void);

struct server_core *server_core_create(const struct relay_server_config *config);

/* Ends all sessions first, as a server does. NULL does nothing. */
void server_core_destroy(struct server_core *core);

/*
 * As destroyed and created again, with the same number of workers: as good for a script, and a
 * tenth of the time.
 */
void server_core_renew(struct server_core *core, const struct relay_server_config *config);

/* Once all clients are gone, and settled: nothing is kept for any of them, but MESSAGE_IDs. */
bool server_core_is_empty(const struct server_core *core);

/* The client's connection is reset: nothing more comes from it or goes to it. */
void server_core_reset(struct server_client *client);

/* A new connection at a worker; NULL: it was not let in, or the bench is full. */
struct server_client *server_core_connect(struct server_core *core, unsigned worker, bool classic);

/* The client says these bytes; the server reads them with the next turn. */
void server_core_say(struct server_client *client, const void *bytes, size_t length);

/* The client says one frame: begin, write fields with relay_put_...(), end. */
struct byte_writer *server_core_begin(struct server_core *core, enum relay_kind kind, uint16_t type,
				      uint32_t id);
void server_core_end(struct server_core *core, struct server_client *client);

/* A request, or an acknowledgement, without fields. */
void server_core_say_bare(struct server_core *core, struct server_client *client,
			  enum relay_kind kind, uint16_t type, uint32_t id);

/*
 * The next whole frame that the client was sent, and its fields. Borrowed until the next
 * call. False: there is none, or what is there is no frame that a client could read.
 */
bool server_core_hear(struct server_client *client, struct relay_frame *frame,
		      struct relay_message *message);

/* Forgets all that was heard so far. */
void server_core_forget(struct server_client *client);

/* One turn of each worker at core->now_ms. */
void server_core_turn(struct server_core *core);

/* One turn of one worker. */
void server_core_turn_one(struct server_core *core, unsigned index);

/* Turns until nobody has anything to do at this moment. False: that does not come. */
bool server_core_settle(struct server_core *core);

/* Settles, then lets so much time pass, waking up at each deadline as the loop would. */
bool server_core_wait(struct server_core *core, uint64_t ms);

/* Asks every worker for the orderly end; takes effect with the next turn. */
void server_core_shut_down(struct server_core *core);

#endif
