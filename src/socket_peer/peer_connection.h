/* One connection of a bare peer: what it queues, answers, and how it ends. One thread. */
#ifndef WIRETALE_SOCKET_PEER_PEER_CONNECTION_H
#define WIRETALE_SOCKET_PEER_PEER_CONNECTION_H

#include "base/byte_queue.h"
#include "socket_peer/socket_peer.h"

#define PEER_NEVER UINT64_MAX

struct peer_connection {
	int fd; /* owned; -1 once closed */
	uint32_t number;
	struct net_address local;
	struct net_address remote;
	struct byte_queue unsent; /* owned; at most SOCKET_PEER_QUEUE_MAX_BYTES */
	uint64_t received_bytes;
	uint64_t sent_bytes;
	uint64_t answers;       /* given so far: the counter of the next one */
	size_t until_matched;   /* of word_search() */
	uint64_t close_at_ms;   /* by close_after_ms; PEER_NEVER: not */
	uint64_t idle_at_ms;    /* when nothing will have come for too long */
	uint64_t receive_at_ms; /* not before */
	uint64_t give_up_at_ms; /* closing, and the queue is still not empty */
	bool they_ended;        /* their FIN was read */
	bool we_ended;          /* shutdown() was called */
	bool we_ended_first;
	bool shut_wanted;  /* shutdown() when the queue is empty */
	bool close_wanted; /* close() when the queue is empty */
	bool hung_up;      /* poll() told so while we do not read: no more use in asking */
	bool fulfilled;    /* the word or the bytes came */
	int broken;        /* positive errno of a send(): what came before is still read */
	size_t given_up;   /* bytes that were queued when it broke */
	enum socket_peer_why why;
};

/* Takes the descriptor, sets what the plan wants, tells of it, and says what is to be said. NULL:
 * out of memory; the descriptor is closed. */
struct peer_connection *peer_connection_create(struct socket_peer *peer, int fd,
					       const struct net_address *local,
					       const struct net_address *remote);

/* Closes what is open without telling. NULL does nothing. */
void peer_connection_destroy(struct socket_peer *peer, struct peer_connection *connection);

/* What poll() is to wait for; 0: nothing but errors. *ask: at all. */
short peer_connection_events(const struct socket_peer *peer,
			     const struct peer_connection *connection, uint64_t now_ms, bool *ask);

/* When there is something to do even if nothing happens; PEER_NEVER. */
uint64_t peer_connection_next_ms(const struct socket_peer *peer,
				 const struct peer_connection *connection, uint64_t now_ms);

/* After poll(): does all that can be done now. */
void peer_connection_go_on(struct socket_peer *peer, struct peer_connection *connection,
			   short revents, uint64_t now_ms);

enum socket_peer_sent peer_connection_send(struct socket_peer *peer,
					   struct peer_connection *connection, const void *bytes,
					   size_t length);

/* These end it now or when the queue is empty. */
void peer_connection_shut(struct socket_peer *peer, struct peer_connection *connection);
void peer_connection_close(struct socket_peer *peer, struct peer_connection *connection,
			   enum socket_peer_why why, uint64_t now_ms);
void peer_connection_reset(struct socket_peer *peer, struct peer_connection *connection,
			   enum socket_peer_why why);

#endif
