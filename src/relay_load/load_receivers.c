#include "relay_load/load_receivers.h"

#include <errno.h>
#include <stdlib.h>

#include "net/socket.h"

#define WAIT_AT_MOST_MS 50

/* With a rate: how long after it was due, and after it left, a message is here. */
static void heard_timed(struct load_sink *sink, const struct load_stamp *stamp)
{
	struct load_receivers *receivers = sink->context;
	uint64_t sent_ns = stamp->due_ns + stamp->late_ns;

	if (!load_is_measured(receivers->run, stamp->due_ns))
		return;
	receivers->measured++;
	latency_record(&receivers->latency,
		       sink->now_ns > stamp->due_ns ? sink->now_ns - stamp->due_ns : 0);
	latency_record(&receivers->transit, sink->now_ns > sent_ns ? sink->now_ns - sent_ns : 0);
}

/* In a room: it counts when the last member has it. */
static void heard_in_room(struct load_sink *sink, const struct load_stamp *stamp)
{
	struct load_receivers *receivers = sink->context;
	struct load_run *run = receivers->run;
	uint32_t *arrived = &receivers->arrivals[stamp->sequence % LOAD_ARRIVALS];

	if (++*arrived < run->plan->members)
		return;
	*arrived = 0;
	receivers->complete++;
	if (!load_is_measured(run, sink->now_ns))
		return;
	receivers->measured++;
	latency_record(&receivers->latency,
		       sink->now_ns > stamp->due_ns ? sink->now_ns - stamp->due_ns : 0);
}

/*
 * The sender's thread is woken when it sleeps and half of this window has opened. It says that it
 * sleeps and then looks at `received`, we the other way round, all in one order that both see: so
 * one of us sees the other's news. (No fences, which ThreadSanitizer does not know.)
 */
static void open_window(struct load_run *run, struct load_pair *pair, uint32_t received)
{
	uint32_t sent;

	if (!run->by_receipt) {
		atomic_store_explicit(&pair->received, received, memory_order_release);
		return;
	}
	atomic_store_explicit(&pair->received, received, memory_order_seq_cst);
	if (!atomic_load_explicit(&run->is_asleep, memory_order_seq_cst))
		return;
	sent = atomic_load_explicit(&pair->sent, memory_order_relaxed);
	if (sent - received <= run->plan->window / 2 &&
	    atomic_exchange_explicit(&run->is_asleep, false, memory_order_relaxed))
		net_wake(run->wake_fd);
}

static void served(struct load_loop *loop, struct load_connection *connection)
{
	struct load_receivers *receivers = loop->owner;
	struct load_run *run = receivers->run;
	uint64_t fresh = loop->sink.received - receivers->counted;
	uint64_t now_ns = loop->sink.now_ns;

	if (fresh == 0)
		return;
	receivers->counted = loop->sink.received;
	atomic_store_explicit(&run->received, loop->sink.received, memory_order_release);
	if (load_is_measured(run, now_ns)) {
		if (!loop->sink.each_received)
			receivers->measured += fresh;
		if (receivers->first_ns == 0)
			receivers->first_ns = now_ns;
		receivers->last_ns = now_ns;
	}
	open_window(run, connection->pair,
		    connection->party.in_room ? receivers->complete
					      : connection->party.last_sequence);
}

void *load_receivers_run(void *argument)
{
	struct load_receivers *receivers = argument;
	struct load_run *run = receivers->run;

	while (!atomic_load_explicit(&run->stop, memory_order_relaxed)) {
		if (!load_loop_turn(&receivers->loop, WAIT_AT_MOST_MS))
			break;
	}
	return NULL;
}

static void take_over(struct load_receivers *receivers, struct load_loop *from)
{
	const struct load_crowd *crowd = receivers->run->crowd;

	for (uint32_t i = 0; i < crowd->receivers; i++) {
		struct load_connection *connection = load_crowd_receiver(crowd, i);

		if (connection->party.role == LOAD_STALLED) {
			load_connection_move(connection, from, NULL);
			continue;
		}
		connection->pair = &receivers->run->pairs[connection->party.in_room ? 0 : i];
		load_connection_move(connection, from, &receivers->loop);
	}
}

int load_receivers_init(struct load_receivers *receivers, struct load_run *run,
			const struct load_dialect *dialect, struct load_loop *from)
{
	const struct load_plan *plan = run->plan;
	int error;

	*receivers = (struct load_receivers){ .run = run };
	error = load_loop_init(&receivers->loop, dialect, plan->size);
	if (error < 0)
		return error;
	receivers->loop.owner = receivers;
	receivers->loop.served = served;
	receivers->loop.sink.context = receivers;
	if (plan->kind == LOAD_LATENCY)
		receivers->loop.sink.each_received = heard_timed;
	if (plan->kind == LOAD_FAN_OUT) {
		receivers->loop.sink.each_received = heard_in_room;
		receivers->arrivals = calloc(LOAD_ARRIVALS, sizeof(*receivers->arrivals));
		if (!receivers->arrivals)
			return -ENOMEM;
	}
	take_over(receivers, from);
	return 0;
}

void load_receivers_finish(struct load_receivers *receivers)
{
	if (!receivers->run)
		return;
	load_loop_finish(&receivers->loop);
	free(receivers->arrivals);
	receivers->run = NULL;
}
