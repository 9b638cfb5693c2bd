/* One look at this machine's TCP sockets, for `wiretale states`. One thread. */
#ifndef WIRETALE_PROGRAMS_STATES_SAMPLE_H
#define WIRETALE_PROGRAMS_STATES_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sock_diag/sock_diag.h"
#include "sock_diag/socket_owner.h"
#include "tcp_flow/names.h"

/* Of them what is told one by one, or by group; all are counted. */
#define STATES_SOCKETS_MAX ((size_t)1000000)

#define STATES_EVERY_STATE ((1u << TCP_STATE_COUNT) - 1u) /* bits 1 << enum tcp_state */

struct states_question {
	uint32_t states;   /* bits 1 << enum tcp_state: those counted */
	uint16_t port;     /* at either end; 0: all */
	bool keeps;        /* the sockets themselves */
	bool wants_ports;  /* which ones have a listener */
	bool wants_owners; /* the programs that have them */
	bool wants_info;   /* TCP_INFO */
};

struct states_sample {
	const struct states_question *question; /* borrowed */
	uint64_t counts[TCP_STATE_COUNT];
	uint32_t first_gone_ms;               /* of TIME_WAIT: until the next one is gone, */
	uint32_t last_gone_ms;                /* and the last one */
	uint64_t unanswered[TCP_STATE_COUNT]; /* those that have sent a segment again, in vain */
	uint64_t full_listeners;              /* no more connections fit into their queues */
	struct diag_socket *sockets;          /* owned; `count` of them */
	size_t count;
	size_t capacity;
	uint64_t not_kept;              /* over STATES_SOCKETS_MAX, or out of memory */
	uint64_t listening[65536 / 64]; /* a bit for each port that has a listener */
	struct socket_owners *owners;   /* owned; NULL: not wanted, or none to be had */
	struct sock_diag_notes notes;
};

/* The name is RFC 9293's, the number was the kernel's. */
enum tcp_state states_of(enum socket_state state);

void states_sample_init(struct states_sample *sample);
void states_sample_finish(struct states_sample *sample);

/* Looks anew; what was there before is forgotten, but its memory kept. 0 or -errno. */
int states_sample_take(struct states_sample *sample, struct sock_diag *diag,
		       const struct states_question *question);

static inline bool states_sample_listens(const struct states_sample *sample, uint16_t port)
{
	return (sample->listening[port / 64] >> (port % 64) & 1) != 0;
}

#endif
