#include "relay_load/load_crowd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "net/connect.h"

#define SPARE_DESCRIPTORS 64u

/* True: it takes connections. *error: why not. */
static bool answers(const struct net_address *address, int *error)
{
	struct pollfd wanted = { .fd = net_connect_start(address), .events = POLLOUT };

	*error = wanted.fd;
	if (wanted.fd < 0)
		return false;
	*error = -ETIMEDOUT;
	if (poll(&wanted, 1, (int)(LOAD_PATIENCE_NS / NS_PER_MS)) > 0)
		*error = net_connect_result(wanted.fd);
	(void)close(wanted.fd);
	return *error == 0;
}

bool load_target_find(const struct load_plan *plan, struct load_target *target,
		      struct load_loop *loop)
{
	struct net_address addresses[NET_ADDRESSES_MAX];
	char host[NET_HOST_MAX_BYTES];
	const char *problem = "";
	uint32_t connections = plan->connections + plan->idle_beside + plan->members +
			       2 * (plan->pairs + plan->stalled);
	uint8_t ip[16] = { 0 };
	size_t count;
	size_t chosen = 0;
	uint16_t port;
	int error = 0;

	if (!net_host_port_parse(plan->server, plan->default_port, host, &port, &problem)) {
		load_loop_fail(loop, LOAD_NOT_DONE, "%s: %s", plan->server, problem);
		return false;
	}
	count = net_resolve(host, port, addresses, &problem);
	if (count == 0) {
		load_loop_fail(loop, LOAD_NOT_DONE, "%s: %s", plan->server, problem);
		return false;
	}
	/* With one address only, the run itself finds out; a trial would be one connection more. */
	while (count > 1 && chosen < count && !answers(&addresses[chosen], &error))
		chosen++;
	if (chosen == count) {
		load_loop_fail(loop, LOAD_NOT_DONE, "cannot connect to %s: %s", plan->server,
			       strerror(-error));
		return false;
	}
	target->address = addresses[chosen];
	net_address_ip(&target->address, ip);
	target->from_many_sources =
		net_address_family(&target->address) == 4 && ip[0] == 127 &&
		(connections > LOAD_PER_SOURCE || plan->kind == LOAD_CONNECTIONS);
	return true;
}

const struct net_address *load_target_source(const struct load_target *target, uint32_t index,
					     struct net_address *source)
{
	if (!target->from_many_sources)
		return NULL;
	*source = (struct net_address){ .length = sizeof(source->socket.v4) };
	source->socket.v4.sin_family = AF_INET;
	source->socket.v4.sin_addr.s_addr = htonl(0x7f000002u + index / LOAD_PER_SOURCE);
	return source;
}

bool load_make_room(uint32_t connections, struct load_loop *loop)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return true;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if ((rlim_t)connections + SPARE_DESCRIPTORS <= limit.rlim_max)
		return true;
	load_loop_fail(loop, LOAD_ENVIRONMENT,
		       "%u connections are wanted, but this process may have only %llu descriptors "
		       "open; raise that limit (as root: ulimit -Hn %u) or ask for fewer",
		       connections, (unsigned long long)limit.rlim_max,
		       connections + SPARE_DESCRIPTORS);
	return false;
}

static void introduce_pair(struct load_crowd *crowd, uint32_t number, bool is_stalled)
{
	struct load_connection *receiver = load_crowd_receiver(crowd, number);
	struct load_connection *sender =
		load_crowd_sender(crowd, crowd->senders - (crowd->receivers - number));

	receiver->party.role = is_stalled ? LOAD_STALLED : LOAD_RECEIVER;
	receiver->may_end = is_stalled;
	sender->party.role = LOAD_SENDER;
	sender->party.to = &receiver->party;
	sender->may_end = is_stalled;
}

static void introduce_member(struct load_crowd *crowd, uint32_t number)
{
	struct load_party *member = &load_crowd_receiver(crowd, number)->party;

	member->role = LOAD_RECEIVER;
	member->in_room = true;
}

bool load_crowd_init(struct load_crowd *crowd, const struct load_plan *plan)
{
	bool has_room = plan->kind == LOAD_FAN_OUT;
	uint32_t run = 0;

	*crowd = (struct load_crowd){ .stalled = plan->stalled };
	if (plan->kind == LOAD_IDLE_MEMORY) {
		crowd->idle = plan->connections;
	} else {
		crowd->receivers = (has_room ? plan->members : plan->pairs) + plan->stalled;
		crowd->senders = (has_room ? 1 : plan->pairs) + plan->stalled;
		crowd->idle = plan->idle_beside;
	}
	crowd->count = crowd->receivers + crowd->senders + crowd->idle;
	crowd->all = calloc(crowd->count, sizeof(*crowd->all));
	if (!crowd->all)
		return false;
	random_bytes(&run, sizeof(run));
	for (uint32_t i = 0; i < crowd->count; i++) {
		crowd->all[i].socket_fd = -1;
		crowd->all[i].watch.fd = -1;
		crowd->all[i].party =
			(struct load_party){ .run = run, .index = i, .role = LOAD_IDLE };
	}
	if (has_room)
		load_crowd_sender(crowd, 0)->party.role = LOAD_SENDER;
	for (uint32_t i = 0; i < crowd->receivers - crowd->stalled; i++) {
		if (has_room)
			introduce_member(crowd, i);
		else
			introduce_pair(crowd, i, false);
	}
	for (uint32_t i = crowd->receivers - crowd->stalled; i < crowd->receivers; i++)
		introduce_pair(crowd, i, true);
	return true;
}

void load_crowd_finish(struct load_crowd *crowd)
{
	for (uint32_t i = 0; i < crowd->count && crowd->all; i++)
		load_connection_finish(&crowd->all[i]);
	free(crowd->all);
	*crowd = (struct load_crowd){ 0 };
}

static void count_ready(struct load_loop *loop, struct load_connection *connection)
{
	struct load_crowd *crowd = loop->owner;

	/* Counted once: what else it hears before its turn comes changes nothing. */
	if (connection->state == LOAD_CONNECTION_READY && !connection->was_ready) {
		connection->was_ready = true;
		crowd->ready++;
	}
}

/* Connects those from `first` to before `end`. */
static bool connect_some(struct load_crowd *crowd, const struct load_target *target,
			 struct load_loop *loop, const struct load_progress *progress,
			 uint32_t first, uint32_t end)
{
	uint64_t moved_ns = clock_elapsed_ns();
	struct net_address source;
	uint32_t started = first;

	loop->owner = crowd;
	loop->served = count_ready;
	while (crowd->ready < end) {
		uint32_t before = crowd->ready;

		while (started < end && started - crowd->ready < LOAD_CONNECTING_MAX &&
		       loop->outcome == LOAD_DONE) {
			load_connection_open(&crowd->all[started], loop,
					     load_target_source(target, started, &source),
					     &target->address);
			started++;
		}
		if (!load_loop_turn(loop, 100))
			break;
		if (crowd->ready > before)
			moved_ns = clock_elapsed_ns();
		else if (clock_elapsed_ns() - moved_ns > LOAD_PATIENCE_NS)
			load_loop_fail(loop, LOAD_NOT_DONE,
				       "no answer: %u of %u connections were ready, and no further "
				       "one for 5 s",
				       crowd->ready, crowd->count);
		if (progress)
			progress->tell(progress->context, "connecting", crowd->ready, crowd->count);
	}
	loop->served = NULL;
	return loop->outcome == LOAD_DONE;
}

bool load_crowd_connect(struct load_crowd *crowd, const struct load_target *target,
			struct load_loop *loop, const struct load_progress *progress)
{
	return connect_some(crowd, target, loop, progress, 0, crowd->receivers) &&
	       connect_some(crowd, target, loop, progress, crowd->receivers, crowd->count);
}
