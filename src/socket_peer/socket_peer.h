/*
 * A bare TCP peer: one end of a connection, or a listener with several, that sends what it is given
 * and tells what comes. It can answer by itself, in the few ways that lessons on TCP want.
 *
 *   socket_peer_init(&peer, &plan);
 *   socket_peer_listen(&peer, &address, 1) or socket_peer_connect(...);
 *   while (!socket_peer_is_over(&peer))
 *           socket_peer_turn(&peer, own_fds, own_count, -1);
 *   socket_peer_finish(&peer);
 *
 * It never waits for one peer: what can't be sent now is kept up to a ceiling. Events come from
 * within these calls; their handler may call socket_peer_send() and the functions that end a
 * connection. One thread. The caller has SIGPIPE ignored.
 */
#ifndef WIRETALE_SOCKET_PEER_SOCKET_PEER_H
#define WIRETALE_SOCKET_PEER_SOCKET_PEER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"
#include "socket_peer/socket_calls.h"
#include "socket_peer/word_search.h"

#define SOCKET_PEER_MAX_CLIENTS 512u              /* at a time; further ones wait in the backlog */
#define SOCKET_PEER_QUEUE_MAX_BYTES (256u * 1024) /* of one connection, not yet sent */
#define SOCKET_PEER_RECEIVE_MAX_BYTES 65536u      /* of one recv() */
#define SOCKET_PEER_PAD_MAX_BYTES 65536u
#define SOCKET_PEER_SAYINGS_MAX 64u
#define SOCKET_PEER_OWN_FDS_MAX 4u
#define SOCKET_PEER_LEAVE_MS 2000u /* what is queued gets so long to leave before a close */

enum socket_peer_answer {
	SOCKET_PEER_ANSWERS_NOTHING,
	SOCKET_PEER_ECHOES,  /* the same bytes */
	SOCKET_PEER_NUMBERS, /* the same with a counter in front: 0hello, 1again */
};

/* What is done without being told; zero means: not. Texts are borrowed. */
struct socket_peer_plan {
	struct {
		const void *bytes;
		size_t length;
	} sayings[SOCKET_PEER_SAYINGS_MAX]; /* each is one send(), at once after connecting */
	size_t saying_count;
	enum socket_peer_answer answer;
	size_t pad_bytes;          /* each answer is so long: zeros behind it, or cut off */
	struct word until;         /* ends a connection when it comes; is not answered */
	uint64_t count_bytes;      /* ends a connection when so many have come */
	size_t send_bytes;         /* at most so many by one send() */
	size_t receive_bytes;      /* at most so many by one recv() */
	uint64_t receive_every_ms; /* at least so long from one recv() to the next */
	uint64_t accept_after_ms;  /* from a client's coming to accept() */
	uint64_t close_after_ms;   /* from the beginning of a connection; see close_timed */
	uint64_t idle_ms;          /* ends a connection on which nothing came for so long */
	uint32_t connect_timeout_ms;
	int backlog; /* of listen() */
	int keepalive_s;
	int receive_buffer_bytes;
	int send_buffer_bytes;
	bool close_timed;    /* close_after_ms counts, be it 0 */
	bool half_close;     /* shuts down the sending side when the input has ended */
	bool keep_open;      /* the peer's FIN is no reason to close */
	bool reset_on_close; /* SO_LINGER 0 */
	bool once;           /* a listener takes one client and ends with it */
	bool reuse_address;
	bool no_delay;
};

enum socket_peer_event_kind {
	SOCKET_PEER_LISTENING,     /* local */
	SOCKET_PEER_CONNECTED,     /* number, local, remote */
	SOCKET_PEER_DATA,          /* number, bytes, length, place */
	SOCKET_PEER_HALF_CLOSED,   /* number, by: FIN of one side, the other may go on */
	SOCKET_PEER_CLOSED,        /* number, by, how, why, error, and what follows */
	SOCKET_PEER_CANNOT_ACCEPT, /* error; 0: SOCKET_PEER_MAX_CLIENTS are here */
};

enum socket_peer_side {
	SOCKET_PEER_US,
	SOCKET_PEER_THEM,
	SOCKET_PEER_NOBODY, /* the network went away */
};

enum socket_peer_how {
	SOCKET_PEER_BY_FIN,
	SOCKET_PEER_BY_RESET,
	SOCKET_PEER_BY_ERROR, /* `error`: ETIMEDOUT, EHOSTUNREACH ... */
};

enum socket_peer_why {
	SOCKET_PEER_WHY_PEER,  /* it ended, or was lost */
	SOCKET_PEER_WHY_ASKED, /* socket_peer_close() and the like */
	SOCKET_PEER_WHY_WORD,
	SOCKET_PEER_WHY_COUNT,
	SOCKET_PEER_WHY_TIME, /* close_after_ms */
	SOCKET_PEER_WHY_IDLE,
};

/* All is borrowed until the handler returns. */
struct socket_peer_event {
	enum socket_peer_event_kind kind;
	uint32_t number; /* of the connection, from 1 */
	const struct net_address *local;
	const struct net_address *remote;
	const uint8_t *bytes;
	size_t length;
	uint64_t place;           /* of the first byte in the stream, from 0 */
	enum socket_peer_side by; /* who ended first */
	enum socket_peer_how how;
	enum socket_peer_why why;
	int error; /* positive errno, or 0 */
	uint64_t received_bytes;
	uint64_t sent_bytes; /* taken by the kernel */
	size_t unread_bytes; /* left in the socket when we closed it: then close() sends RST */
	size_t unsent_bytes; /* that we gave up */
};

struct peer_connection;

struct socket_peer {
	const struct socket_peer_plan *plan; /* borrowed */
	struct socket_calls calls;           /* its log is the caller's to set, before opening */
	/* The caller's to set, before opening. */
	void (*event)(void *context, const struct socket_peer_event *event);
	/* Or NULL. connect() failed and the socket is closed; local: its port is right, its address
	 * may be lost by then; length 0: not even that is known. Called for each address. */
	void (*not_connected)(void *context, const struct net_address *local,
			      const struct net_address *remote);
	void *context;

	int listener_fd;                                              /* owned; -1: none */
	struct peer_connection *connections[SOCKET_PEER_MAX_CLIENTS]; /* owned; the first `count` */
	size_t count;
	uint32_t last_number;
	uint64_t accept_at_ms; /* a client waits for it; UINT64_MAX: none is known of */
	uint64_t accept_paused_until_ms;
	bool told_full;   /* CANNOT_ACCEPT was told, and nothing accepted since */
	bool input_ended; /* no more will be given to be sent */
	bool leaving;
	bool failed;       /* see socket_peer_failed() */
	uint8_t *received; /* owned; SOCKET_PEER_RECEIVE_MAX_BYTES */
	uint8_t *answer;   /* owned; for one answer */
};

/* False: out of memory. */
bool socket_peer_init(struct socket_peer *peer, const struct socket_peer_plan *plan);

/* Lets go of all that is open, as close() does. */
void socket_peer_finish(struct socket_peer *peer);

/*
 * Opens at the first of the addresses that can be had. 0, or a negative errno; *call is then the
 * name of the call that gave it.
 */
int socket_peer_listen(struct socket_peer *peer, const struct net_address *addresses, size_t count,
		       const char **call);

/* The same; blocks until one is connected. from: NULL, or the local end to have. */
int socket_peer_connect(struct socket_peer *peer, const struct net_address *addresses, size_t count,
			const struct net_address *from, const char **call);

/*
 * Waits until something can be done, at most timeout_ms (-1: for ever), and does it. own_fds are
 * waited for as well: their revents are set. 0, or a negative errno of poll().
 */
int socket_peer_turn(struct socket_peer *peer, struct pollfd *own_fds, size_t own_count,
		     int timeout_ms);

/* Nothing is open any more, and nothing will be. */
bool socket_peer_is_over(const struct socket_peer *peer);

/*
 * A connection was lost or reset, was idle too long, or ended before the word or the bytes came
 * that were waited for.
 */
bool socket_peer_failed(const struct socket_peer *peer);

/*
 * What surely can be given to socket_peer_send() for the connection of that number (0: for each of
 * them); 0 where there is none.
 */
size_t socket_peer_room(const struct socket_peer *peer, uint32_t number);

enum socket_peer_sent {
	SOCKET_PEER_TAKEN,
	SOCKET_PEER_NO_SUCH, /* no connection of that number, or none at all */
	SOCKET_PEER_NO_ROOM, /* its queue is full: it does not read; nothing was taken for it */
	SOCKET_PEER_SHUT,    /* our sending side is closed */
};

/* number 0: to all. What could not be done for one of them is told; the others got it. */
enum socket_peer_sent socket_peer_send(struct socket_peer *peer, uint32_t number, const void *bytes,
				       size_t length);

/* No more will be given: what half_close waits for. */
void socket_peer_end_input(struct socket_peer *peer);

enum socket_peer_ending {
	SOCKET_PEER_HALF,  /* shutdown(SHUT_WR), behind what is queued */
	SOCKET_PEER_CLOSE, /* close(), behind what is queued */
	SOCKET_PEER_RESET, /* close() with SO_LINGER 0, at once */
};

/* number 0: all. False: there is no such connection. */
bool socket_peer_end(struct socket_peer *peer, uint32_t number, enum socket_peer_ending ending);

/* Closes everything, the listener at once. */
void socket_peer_leave(struct socket_peer *peer);

/* One connection's facts, in the order of their numbers. False: there are not so many. */
struct socket_peer_fact {
	uint32_t number;
	const struct net_address *local; /* borrowed until the next turn */
	const struct net_address *remote;
	uint64_t received_bytes;
	uint64_t sent_bytes;
	size_t queued_bytes;
	bool we_ended;
	bool they_ended;
};

bool socket_peer_get(const struct socket_peer *peer, size_t index, struct socket_peer_fact *out);

#endif
