#include "tcp_lab/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcp_lab/lab_limits.h"

struct known {
	struct lab_pair pair;
	uint32_t predecessor;             /* the number of the last one with the same ends; 0 */
	bool replaced;                    /* by a later one with the same ends: sockets are its */
	bool asked;                       /* at least once */
	bool has_socket[LAB_HOSTS];       /* one was seen there */
	uint64_t cookies[LAB_HOSTS];      /* with has_socket: the kernel's number for it */
	enum tcp_state states[LAB_HOSTS]; /* with `asked`: the latest */
	struct states_passed passed[LAB_HOSTS];
};

struct probe {
	struct sock_diag *diags[LAB_HOSTS]; /* borrowed */
	struct known *connections;          /* owned; number 1 stands first */
	uint32_t count;
	uint32_t capacity;
};

bool lab_pair_equal(const struct lab_pair *one, const struct lab_pair *other)
{
	for (int host = 0; host < LAB_HOSTS; host++) {
		if (one->port[host] != other->port[host] ||
		    one->address[host].version != other->address[host].version ||
		    memcmp(one->address[host].bytes, other->address[host].bytes,
			   sizeof(one->address[host].bytes)) != 0)
			return false;
	}
	return true;
}

struct probe *probe_create(struct sock_diag *client, struct sock_diag *server)
{
	struct probe *probe = calloc(1, sizeof(*probe));

	if (!probe)
		return NULL;
	probe->diags[LAB_CLIENT] = client;
	probe->diags[LAB_SERVER] = server;
	return probe;
}

void probe_destroy(struct probe *probe)
{
	if (!probe)
		return;
	free(probe->connections);
	free(probe);
}

static struct known *known_of(const struct probe *probe, uint32_t connection)
{
	return connection > 0 && connection <= probe->count ? &probe->connections[connection - 1]
							    : NULL;
}

/* Room for that many; numbers come in their order, but those without a pair would leave gaps. */
static bool reserve(struct probe *probe, uint32_t count)
{
	uint32_t capacity = probe->capacity == 0 ? 16 : probe->capacity;
	struct known *grown;

	while (capacity < count)
		capacity *= 2;
	if (capacity == probe->capacity)
		return true;
	grown = reallocarray(probe->connections, capacity, sizeof(*grown));
	if (!grown)
		return false;
	probe->connections = grown;
	probe->capacity = capacity;
	return true;
}

bool probe_meet(struct probe *probe, uint32_t connection, const struct lab_pair *pair)
{
	uint32_t predecessor;

	if (connection == 0 || connection > CABLE_CONNECTIONS_MAX)
		return false;
	if (connection <= probe->count)
		return true;
	if (!reserve(probe, connection))
		return false;
	predecessor = probe_connection_of(probe, pair);
	while (probe->count < connection)
		probe->connections[probe->count++] = (struct known){ 0 };
	probe->connections[connection - 1] =
		(struct known){ .pair = *pair, .predecessor = predecessor };
	if (predecessor > 0)
		probe->connections[predecessor - 1].replaced = true;
	return true;
}

uint32_t probe_connection_of(const struct probe *probe, const struct lab_pair *pair)
{
	for (uint32_t number = probe->count; number > 0; number--) {
		if (lab_pair_equal(&probe->connections[number - 1].pair, pair))
			return number;
	}
	return 0;
}

uint32_t probe_connection_count(const struct probe *probe)
{
	return probe->count;
}

bool probe_pair_of(const struct probe *probe, uint32_t connection, struct lab_pair *out)
{
	const struct known *known = known_of(probe, connection);

	if (!known || known->pair.address[0].version == 0)
		return false;
	*out = known->pair;
	return true;
}

enum tcp_state probe_state_of(enum socket_state state)
{
	static const enum tcp_state states[SOCKET_STATE_END] = {
		[SOCKET_ESTABLISHED] = TCP_ESTABLISHED, [SOCKET_SYN_SENT] = TCP_SYN_SENT,
		[SOCKET_SYN_RECV] = TCP_SYN_RECV,       [SOCKET_FIN_WAIT1] = TCP_FIN_WAIT1,
		[SOCKET_FIN_WAIT2] = TCP_FIN_WAIT2,     [SOCKET_TIME_WAIT] = TCP_TIME_WAIT,
		[SOCKET_CLOSED] = TCP_CLOSED,           [SOCKET_CLOSE_WAIT] = TCP_CLOSE_WAIT,
		[SOCKET_LAST_ACK] = TCP_LAST_ACK,       [SOCKET_LISTEN] = TCP_LISTEN,
		[SOCKET_CLOSING] = TCP_CLOSING,
	};

	return state < SOCKET_STATE_END ? states[state] : TCP_CLOSED;
}

static struct sock_diag_ends ends_of(const struct lab_pair *pair, enum lab_host host)
{
	enum lab_host other = lab_other_host(host);

	return (struct sock_diag_ends){ .local = pair->address[host],
					.remote = pair->address[other],
					.local_port = pair->port[host],
					.remote_port = pair->port[other] };
}

static bool is_predecessors(const struct probe *probe, const struct known *known,
			    enum lab_host host, const struct diag_socket *socket)
{
	const struct known *before = known_of(probe, known->predecessor);

	return before && before->has_socket[host] && before->cookies[host] == socket->cookie;
}

/*
 * A listener answers for a pair that has no socket. Before the connection had one there it is what
 * the SYN will meet; afterwards it only means that the connection's own is gone. So does a socket
 * of a later connection with the same ends; one of an earlier is still in the way.
 */
static enum tcp_state note(struct probe *probe, struct known *known, enum lab_host host,
			   const struct diag_socket *socket)
{
	enum tcp_state state = socket ? probe_state_of(socket->state) : TCP_CLOSED;
	bool is_own;

	if (!known)
		return state;
	is_own = known->has_socket[host] && socket && known->cookies[host] == socket->cookie;
	if ((known->replaced && !is_own) || (state == TCP_LISTEN && known->has_socket[host])) {
		state = TCP_CLOSED;
	} else if (socket && state != TCP_LISTEN) {
		if (is_predecessors(probe, known, host, socket))
			return state;
		known->has_socket[host] = true;
		known->cookies[host] = socket->cookie;
	}
	known->states[host] = state;
	states_passed_add(&known->passed[host], state);
	return state;
}

static int ask(struct probe *probe, struct known *known, const struct lab_pair *pair,
	       enum lab_host host, struct diag_socket *socket, enum tcp_state *out)
{
	struct sock_diag_ends ends = ends_of(pair, host);
	int result = sock_diag_find_receiver(probe->diags[host], &ends, true, socket);

	if (result < 0 && result != -ENOENT)
		return result;
	*out = note(probe, known, host, result == 0 ? socket : NULL);
	return result == 0 && socket->state != SOCKET_LISTEN ? 1 : 0;
}

static void fill(struct lab_truth *truth, enum lab_host host, const struct diag_socket *socket)
{
	truth->timer[host] = socket->timer;
	truth->timer_ms[host] = socket->timer_ms;
	truth->receive_queue[host] = socket->receive_queue;
	truth->send_queue[host] = socket->send_queue;
	truth->has_info[host] = socket->has_info;
	if (!socket->has_info)
		return;
	truth->cwnd[host] = socket->info.cwnd;
	truth->ssthresh[host] = socket->info.ssthresh;
	truth->rto_us[host] = socket->info.rto_us;
	truth->rtt_us[host] = socket->info.rtt_us;
	truth->total_retrans[host] = socket->info.total_retrans;
}

bool probe_ask(struct probe *probe, uint32_t connection, struct lab_truth *out)
{
	struct known *known = known_of(probe, connection);
	struct lab_truth truth = { .asked = true };
	struct diag_socket socket;

	if (!known || known->pair.address[0].version == 0)
		return false;
	for (int host = 0; host < LAB_HOSTS; host++) {
		int result = ask(probe, known, &known->pair, (enum lab_host)host, &socket,
				 &truth.states[host]);

		if (result < 0)
			return false;
		if (result == 1)
			fill(&truth, (enum lab_host)host, &socket);
	}
	known->asked = true;
	*out = truth;
	return true;
}

void probe_missed(struct probe *probe, uint32_t connection)
{
	struct known *known = known_of(probe, connection);

	if (!known)
		return;
	known->passed[LAB_CLIENT].missed = true;
	known->passed[LAB_SERVER].missed = true;
}

bool probe_is_settled(const struct probe *probe, uint32_t connection)
{
	const struct known *known = known_of(probe, connection);

	return known && known->asked && known->states[LAB_CLIENT] == TCP_ESTABLISHED &&
	       known->states[LAB_SERVER] == TCP_ESTABLISHED;
}

int probe_state(struct probe *probe, enum lab_host host, const struct lab_pair *pair,
		uint32_t connection, enum tcp_state *out)
{
	uint32_t number = connection > 0 ? connection : probe_connection_of(probe, pair);
	struct diag_socket socket;
	int result = ask(probe, known_of(probe, number), pair, host, &socket, out);

	return result < 0 ? result : 0;
}

int probe_socket(struct probe *probe, enum lab_host host, const struct lab_pair *pair,
		 struct diag_socket *out)
{
	struct sock_diag_ends ends = ends_of(pair, host);

	return sock_diag_find(probe->diags[host], &ends, true, out);
}

int probe_destroy_socket(struct probe *probe, enum lab_host host, const struct lab_pair *pair)
{
	struct sock_diag_ends ends = ends_of(pair, host);

	return sock_diag_destroy(probe->diags[host], &ends);
}

struct listeners {
	uint16_t port; /* 0: any */
	bool found;    /* one that the other host reaches */
	bool found_inside;
	struct ip_address inside; /* with found_inside */
	uint16_t inside_port;
};

static void begin_listeners(void *context)
{
	struct listeners *listeners = context;

	listeners->found = false;
	listeners->found_inside = false;
}

static bool is_loopback(const struct ip_address *address)
{
	static const uint8_t six[16] = { [15] = 1 };

	return address->version == 4 ? address->bytes[0] == 127
				     : memcmp(address->bytes, six, sizeof(six)) == 0;
}

static void take_listener(void *context, const struct diag_socket *socket)
{
	struct listeners *listeners = context;

	if (listeners->port != 0 && listeners->port != socket->local_port)
		return;
	if (!is_loopback(&socket->local)) {
		listeners->found = true;
		return;
	}
	listeners->found_inside = true;
	listeners->inside = socket->local;
	listeners->inside_port = socket->local_port;
}

static int find_listeners(struct probe *probe, enum lab_host host, struct listeners *listeners)
{
	static const struct sock_diag_question question = { .states = 1u << SOCKET_LISTEN };
	struct sock_diag_taker taker = { begin_listeners, take_listener, listeners };
	struct sock_diag_notes notes;

	return sock_diag_dump(probe->diags[host], &question, &taker, &notes);
}

int probe_listens(struct probe *probe, enum lab_host host, uint16_t port)
{
	struct listeners listeners = { .port = port };
	int result = find_listeners(probe, host, &listeners);

	return result < 0 ? result : listeners.found;
}

int probe_listens_inside(struct probe *probe, enum lab_host host, uint16_t port,
			 char where[IP_ENDPOINT_TEXT_BYTES])
{
	struct listeners listeners = { .port = port };
	int result = find_listeners(probe, host, &listeners);

	if (result < 0 || !listeners.found_inside)
		return result < 0 ? result : 0;
	(void)ip_endpoint_text(&listeners.inside, listeners.inside_port, where);
	return 1;
}

const struct states_passed *probe_passed(const struct probe *probe, uint32_t connection,
					 enum lab_host host)
{
	const struct known *known = known_of(probe, connection);

	return known ? &known->passed[host] : NULL;
}
