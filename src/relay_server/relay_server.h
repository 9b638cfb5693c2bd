/*
 * The relay server: listeners, an acceptor thread, and worker threads that each own
 * their sessions. relay_server_create() opens the listeners; relay_server_start() starts
 * the threads; relay_server_stop() asks for the orderly end and relay_server_join() waits for it.
 *
 * The server prints nothing: what happens goes to config.event, on whichever thread it happens.
 */
#ifndef WIRETALE_RELAY_SERVER_RELAY_SERVER_H
#define WIRETALE_RELAY_SERVER_RELAY_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"
#include "relay_protocol/message.h"
#include "relay_server/server_limits.h"

enum relay_event_kind {
	RELAY_EVENT_CAME,    /* a client was given its number */
	RELAY_EVENT_LEFT,    /* its connection is closed; text says why */
	RELAY_EVENT_REFUSED, /* a connection was turned away; text says why */
	RELAY_EVENT_ASKED,   /* a request came: type, status if it was refused at once */
	RELAY_EVENT_ROUTED,  /* a message goes to client `to`, or to `room` */
	RELAY_EVENT_VERDICT, /* what became of a message */
	RELAY_EVENT_TROUBLE, /* the machine refused something; text, and error if not 0 */
};

/* All pointers are borrowed for the duration of the call. */
struct relay_event {
	enum relay_event_kind kind;
	uint32_t number;                     /* the client that it is about; 0: none */
	const struct relay_address *address; /* its address; NULL: not known */
	bool classic;
	uint16_t type;           /* ASKED: enum relay_type */
	uint16_t status;         /* ASKED, VERDICT: enum relay_status */
	uint8_t outcome;         /* VERDICT: enum relay_outcome */
	uint32_t to;             /* ROUTED */
	struct relay_bytes room; /* ROUTED; length 0: to a client */
	struct relay_bytes name; /* ASKED of HELLO, JOIN, LEAVE: the name asked for */
	uint32_t bytes;          /* ROUTED: of content */
	uint32_t clients;        /* CAME, LEFT: how many are connected now */
	const char *text;        /* LEFT, REFUSED, TROUBLE */
	int error;               /* TROUBLE: errno, or 0 */
};

struct relay_listener_config {
	struct net_address address;
	bool classic;
};

struct relay_server_config {
	const char *name; /* borrowed while the server lives */
	unsigned workers; /* 1 to RELAY_WORKERS_MAX */
	uint32_t group;   /* clients that share a worker as they come; at least 1 */
	uint32_t max_clients;
	uint32_t max_per_address; /* 0: unlimited */
	uint32_t max_body_bytes;  /* LIMIT */
	uint32_t keepalive_ms;    /* 0: off */
	uint32_t rate;            /* requests a second of one client; 0: unlimited */
	/* Which kinds are wanted, bit (1u << kind); the others are not even put together. */
	uint32_t event_mask;
	void (*event)(void *context, const struct relay_event *event);
	void *event_context;
};

struct relay_server;

/*
 * Opens the listeners, ports of 0 included. 0, or a negative errno with *failed (may be NULL)
 * the index of the listener that could not be opened, or listener_count. Gives *out.
 */
int relay_server_create(const struct relay_server_config *config,
			const struct relay_listener_config *listeners, size_t listener_count,
			struct relay_server **out, size_t *failed);

/* The address that a listener has got. */
void relay_server_address(const struct relay_server *server, size_t listener,
			  struct net_address *out);

/* Starts the threads. 0, or a negative errno: nothing runs. */
int relay_server_start(struct relay_server *server);

/* Asks for the orderly end; returns at once. Any thread, not a signal handler. */
void relay_server_stop(struct relay_server *server);

/* Waits until all threads have ended, after relay_server_stop(). */
void relay_server_join(struct relay_server *server);

/* After join, or if never started. NULL does nothing. */
void relay_server_destroy(struct relay_server *server);

#endif
