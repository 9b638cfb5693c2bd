/*
 * What both kernels say of the connections on the cable. It remembers each by its number, with the
 * states that its ends were seen in.
 *
 *   probe = probe_create(diag of the client, diag of the server);
 *   probe_meet(probe, number, &pair);             a segment of it was sent
 *   probe_ask(probe, number, &truth);             both kernels, some 10 microseconds
 *   probe_passed(probe, number, LAB_CLIENT);      the states that the client went through
 *   probe_destroy(probe);
 *
 * One thread.
 */
#ifndef WIRETALE_TCP_LAB_PROBE_H
#define WIRETALE_TCP_LAB_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip_address.h"
#include "sock_diag/diag_socket.h"
#include "sock_diag/sock_diag.h"
#include "tcp_flow/names.h"
#include "tcp_lab/lab_host.h"
#include "tcp_lab/lab_record.h"
#include "tcp_lab/states_passed.h"

/* The two ends of a connection between the hosts. */
struct lab_pair {
	struct ip_address address[LAB_HOSTS];
	uint16_t port[LAB_HOSTS];
};

bool lab_pair_equal(const struct lab_pair *one, const struct lab_pair *other);

struct probe;

/* Of both hosts; borrowed. NULL: out of memory. */
struct probe *probe_create(struct sock_diag *client, struct sock_diag *server);
void probe_destroy(struct probe *probe); /* may be NULL */

/* connection: as struct segment_meaning has it, from 1. False: 0, over the ceiling, no memory. */
bool probe_meet(struct probe *probe, uint32_t connection, const struct lab_pair *pair);
/* The latest connection with these ends; 0: none sent anything yet. */
uint32_t probe_connection_of(const struct probe *probe, const struct lab_pair *pair);
/* How many there were; their numbers are 1 to that. */
uint32_t probe_connection_count(const struct probe *probe);
/* False: there was none of that number. */
bool probe_pair_of(const struct probe *probe, uint32_t connection, struct lab_pair *out);

/*
 * Asks both hosts. *out is not written, and false comes back, where the connection was not met or a
 * kernel did not answer.
 */
bool probe_ask(struct probe *probe, uint32_t connection, struct lab_truth *out);

/* It was not asked though there was something to see: what comes next is not to be taken for all.
 */
void probe_missed(struct probe *probe, uint32_t connection);

/* Both ends were ESTABLISHED when last asked: most segments of such change nothing. */
bool probe_is_settled(const struct probe *probe, uint32_t connection);

/*
 * The state of one host's end; asks that kernel. connection: its number, which tells it from others
 * that have or had the same ends; 0: the latest of them. TCP_CLOSED: no socket. -errno: no answer.
 */
int probe_state(struct probe *probe, enum lab_host host, const struct lab_pair *pair,
		uint32_t connection, enum tcp_state *out);
/* The socket itself, with TCP_INFO. -ENOENT: there is none (any more). */
int probe_socket(struct probe *probe, enum lab_host host, const struct lab_pair *pair,
		 struct diag_socket *out);
/* The kernel kills it, see sock_diag_destroy(). 0 or -errno. */
int probe_destroy_socket(struct probe *probe, enum lab_host host, const struct lab_pair *pair);
/*
 * A socket of that host listens at the port, or with 0 at any, reachable for the other host. 1:
 * yes; 0: no; -errno.
 */
int probe_listens(struct probe *probe, enum lab_host host, uint16_t port);
/* The same on the loopback, where nothing but the host itself reaches it; where: "127.0.0.1:7000",
 * written only with 1. */
int probe_listens_inside(struct probe *probe, enum lab_host host, uint16_t port,
			 char where[IP_ENDPOINT_TEXT_BYTES]);

/* Borrowed until the next probe_meet(). NULL: there was no such connection. */
const struct states_passed *probe_passed(const struct probe *probe, uint32_t connection,
					 enum lab_host host);

/* The field's word for what the kernel says. */
enum tcp_state probe_state_of(enum socket_state state);

#endif
