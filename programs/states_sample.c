#include "programs/states_sample.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_FIRST 256u

enum tcp_state states_of(enum socket_state state)
{
	static const enum tcp_state states[SOCKET_STATE_END] = {
		[0] = TCP_CLOSED,
		[SOCKET_ESTABLISHED] = TCP_ESTABLISHED,
		[SOCKET_SYN_SENT] = TCP_SYN_SENT,
		[SOCKET_SYN_RECV] = TCP_SYN_RECV,
		[SOCKET_FIN_WAIT1] = TCP_FIN_WAIT1,
		[SOCKET_FIN_WAIT2] = TCP_FIN_WAIT2,
		[SOCKET_TIME_WAIT] = TCP_TIME_WAIT,
		[SOCKET_CLOSED] = TCP_CLOSED,
		[SOCKET_CLOSE_WAIT] = TCP_CLOSE_WAIT,
		[SOCKET_LAST_ACK] = TCP_LAST_ACK,
		[SOCKET_LISTEN] = TCP_LISTEN,
		[SOCKET_CLOSING] = TCP_CLOSING,
	};

	return states[state];
}

void states_sample_init(struct states_sample *sample)
{
	*sample = (struct states_sample){ 0 };
}

void states_sample_finish(struct states_sample *sample)
{
	socket_owners_destroy(sample->owners);
	free(sample->sockets);
}

static void begin(void *context)
{
	struct states_sample *sample = context;

	memset(sample->counts, 0, sizeof(sample->counts));
	memset(sample->unanswered, 0, sizeof(sample->unanswered));
	memset(sample->listening, 0, sizeof(sample->listening));
	sample->first_gone_ms = UINT32_MAX;
	sample->last_gone_ms = 0;
	sample->full_listeners = 0;
	sample->count = 0;
	sample->not_kept = 0;
}

static bool make_room(struct states_sample *sample)
{
	size_t capacity = sample->capacity > 0 ? 2 * sample->capacity : CAPACITY_FIRST;
	struct diag_socket *sockets;

	if (sample->count < sample->capacity)
		return true;
	if (sample->count >= STATES_SOCKETS_MAX)
		return false;
	sockets = reallocarray(sample->sockets, capacity, sizeof(*sockets));
	if (!sockets)
		return false;
	sample->sockets = sockets;
	sample->capacity = capacity;
	return true;
}

static void keep(struct states_sample *sample, const struct diag_socket *socket)
{
	if (make_room(sample))
		sample->sockets[sample->count++] = *socket;
	else
		sample->not_kept++;
}

static void note_timers(struct states_sample *sample, const struct diag_socket *socket,
			enum tcp_state state)
{
	if (socket->timer == SOCKET_TIMER_RETRANSMIT && socket->tries > 0)
		sample->unanswered[state]++;
	if (state != TCP_TIME_WAIT)
		return;
	if (socket->timer_ms < sample->first_gone_ms)
		sample->first_gone_ms = socket->timer_ms;
	if (socket->timer_ms > sample->last_gone_ms)
		sample->last_gone_ms = socket->timer_ms;
}

static void take(void *context, const struct diag_socket *socket)
{
	struct states_sample *sample = context;
	const struct states_question *question = sample->question;
	enum tcp_state state = states_of(socket->state);

	if (state == TCP_LISTEN)
		sample->listening[socket->local_port / 64] |= UINT64_C(1)
							      << (socket->local_port % 64);
	if (!(question->states >> state & 1) ||
	    (question->port > 0 && socket->local_port != question->port &&
	     socket->remote_port != question->port))
		return;
	sample->counts[state]++;
	note_timers(sample, socket, state);
	/* The kernel lets one more in than it was told. */
	if (state == TCP_LISTEN && socket->receive_queue > socket->send_queue)
		sample->full_listeners++;
	if (question->keeps)
		keep(sample, socket);
}

static uint32_t kernel_states(const struct states_question *question)
{
	uint32_t asked = question->states;
	uint32_t kernel = 0;

	if (question->wants_ports)
		asked |= 1u << TCP_LISTEN;
	for (unsigned state = SOCKET_ESTABLISHED; state < SOCKET_STATE_END; state++) {
		if (asked >> states_of((enum socket_state)state) & 1)
			kernel |= 1u << state;
	}
	return kernel;
}

int states_sample_take(struct states_sample *sample, struct sock_diag *diag,
		       const struct states_question *question)
{
	const struct sock_diag_question asked = { .states = kernel_states(question),
						  .wants_info = question->wants_info };
	const struct sock_diag_taker taker = { .begin = begin, .take = take, .context = sample };
	int result;

	sample->question = question;
	result = sock_diag_dump(diag, &asked, &taker, &sample->notes);
	if (result < 0)
		return result;
	socket_owners_destroy(sample->owners);
	sample->owners = question->wants_owners ? socket_owners_create() : NULL;
	return 0;
}
