/*
 * The socket of a client: makes the connection, trying each address in turn, and moves
 * bytes. It decides nothing and knows nothing of the protocol: client_turn() tells it what
 * is wanted, and reads from its report what came of it. Never blocks but in
 * transport_wait(). Belongs to one thread at a time.
 */
#ifndef WIRETALE_RELAY_CLIENT_TRANSPORT_H
#define WIRETALE_RELAY_CLIENT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_queue.h"
#include "net/address.h"
#include "net/connect.h"
#include "wiretale/client.h"

#define TRANSPORT_TEXT_BYTES 256

struct transport_target {
	struct net_address addresses[NET_ADDRESSES_MAX];
	size_t count;
	char host[NET_HOST_MAX_BYTES]; /* for looking it up again */
	uint16_t port;
};

struct transport {
	struct net_lookup *lookup;      /* owned: the host is being looked up; NULL: it is not */
	int socket_fd;                  /* owned; -1: none */
	bool connecting;                /* socket_fd is not connected yet */
	uint64_t attempt;               /* core.attempts that the socket belongs to */
	struct transport_target target; /* the addresses of this attempt */
	size_t address;                 /* index of the address that is tried, or was connected */
	/* Of the address tried last, failed or not; length 0: none yet, or no socket was had. */
	struct net_address local;
	struct net_address remote;
	uint64_t give_up_ns;      /* for this address */
	struct byte_queue unsent; /* taken from the core, not yet by the kernel */
	int write_error;          /* errno of a write that failed; told when reading ends */
	uint32_t user_timeout_ms; /* as it is set; 0: the kernel's own */
};

/* What happened since the report was zeroed. */
struct transport_report {
	bool started; /* the connection is there */
	bool ended;   /* it is over, or could not be made, for this reason: */
	enum wt_result reason;
	char text[TRANSPORT_TEXT_BYTES];
	size_t sent;     /* bytes that the kernel took */
	size_t received; /* bytes that came */
};

void transport_init(struct transport *transport);
void transport_close(struct transport *transport); /* and forgets what was not sent */

/* Tries the first address of the target. */
void transport_start(struct transport *transport, uint64_t timeout_ns,
		     struct transport_report *report);

/*
 * The same, but looks the host up again before, as its addresses may have changed; wake_fd
 * becomes readable when that is done. Where nothing is found the old addresses are tried.
 */
void transport_start_lookup(struct transport *transport, uint64_t timeout_ns, int wake_fd,
			    struct transport_report *report);

/* An attempt is under way, and transport_progress() is to be called. */
static inline bool transport_is_starting(const struct transport *transport)
{
	return transport->connecting || transport->lookup;
}

/* The attempt under way: looked up, connected, failed or out of time; then the next address. */
void transport_progress(struct transport *transport, uint64_t timeout_ns,
			struct transport_report *report);

static inline bool transport_is_up(const struct transport *transport)
{
	return transport->socket_fd >= 0 && !transport->connecting;
}

/* Writes what is unsent, as far as the kernel takes it. */
void transport_send(struct transport *transport, struct transport_report *report);

/* Reads once. */
void transport_receive(struct transport *transport, uint8_t *room, size_t length,
		       struct transport_report *report);

/* KEEPALIVE is known: data that stays unacknowledged for longer ends the connection. */
void transport_set_user_timeout(struct transport *transport, uint32_t timeout_ms);

/* Bits of enum wt_want, for the present state; may_read: there is room. */
unsigned transport_want(const struct transport *transport, bool may_read);

/*
 * Waits until the socket is ready for `want`, wake_fd is readable, or until_ns. True: the
 * wake-up came, and was taken off. transport may be NULL: only for the wake-up.
 */
bool transport_wait(const struct transport *transport, unsigned want, int wake_fd,
		    uint64_t until_ns);

#endif
