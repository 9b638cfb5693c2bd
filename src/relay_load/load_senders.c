#include "relay_load/load_senders.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "net/socket.h"

/* As much is written before it is sent: beyond it one send() gets no cheaper. */
#define GATHER_BYTES ((size_t)64 * 1024)

#define WAIT_AT_MOST_MS 50

/* A stalled reader's sender sends every so often, and at first what fills the buffers between. */
#define STALLED_EVERY_NS (10 * NS_PER_MS)
#define STALLED_FIRST_MESSAGES 8192u

static void take_note(struct fd_watch *watch, uint32_t events, void *context)
{
	struct load_loop *loop = context;
	struct load_senders *senders = loop->owner;

	(void)events;
	/* Both are counters of eight bytes, which reading sets back. */
	net_wake_clear(watch->fd);
	if (watch == &senders->timer_watch)
		senders->armed_ns = 0;
}

/* Messages of the pair that were due up to now. */
static uint64_t due_by(const struct load_senders *senders, uint32_t pair)
{
	uint64_t next = senders->next_message;
	uint32_t count = senders->run->pair_count;

	return next / count + (pair < next % count ? 1 : 0);
}

/* Messages that the sender may put now. */
static uint32_t allowance(const struct load_senders *senders,
			  const struct load_connection *connection, uint64_t now_ns)
{
	const struct load_run *run = senders->run;
	uint32_t window = run->plan->window;
	uint32_t done = connection->answered;
	uint32_t room;

	if (run->plan->rate > 0)
		return (uint32_t)(due_by(senders, connection->pair_number) -
				  connection->party.messages);
	if (now_ns >= run->end_ns)
		return 0;
	if (run->by_receipt)
		done = atomic_load_explicit(&connection->pair->received, memory_order_seq_cst);
	room = window - (connection->party.messages - done);
	/* The receiver wakes us when half of the window has opened: no sooner is worth a send. */
	return run->by_receipt && room < (window + 1) / 2 ? 0 : room;
}

static void put_message(struct load_senders *senders, struct load_connection *connection,
			struct byte_writer *out, uint64_t now_ns)
{
	const struct load_run *run = senders->run;
	struct load_stamp stamp = { .due_ns = now_ns, .sequence = connection->party.messages + 1 };

	if (run->plan->rate > 0) {
		uint64_t late_ns;

		stamp.due_ns = load_due_ns(run, connection->pair_number, stamp.sequence);
		late_ns = now_ns - stamp.due_ns;
		stamp.late_ns = late_ns < UINT32_MAX ? (uint32_t)late_ns : UINT32_MAX;
		if (load_is_measured(run, stamp.due_ns))
			latency_record(&senders->lateness, late_ns);
	}
	load_stamp_write(senders->payload, &stamp);
	senders->loop.dialect->put_message(&connection->party, out, senders->payload,
					   run->plan->size);
	connection->party.messages++;
}

/* Sends what the sender may. True: something was sent. */
static bool pump(struct load_senders *senders, struct load_connection *connection)
{
	struct load_loop *loop = &senders->loop;
	size_t most_bytes = loop->dialect->extra_bytes + senders->run->plan->size;
	uint32_t before = connection->party.messages;
	uint64_t now_ns = clock_elapsed_ns();

	while (connection->state == LOAD_CONNECTION_READY &&
	       !load_connection_is_blocked(connection)) {
		struct byte_writer out = byte_writer_into(loop->output, loop->output_bytes);
		uint32_t allowed = allowance(senders, connection, now_ns);

		if (allowed == 0)
			break;
		for (; allowed > 0 && out.length < GATHER_BYTES &&
		       out.capacity - out.length >= most_bytes;
		     allowed--)
			put_message(senders, connection, &out, now_ns);
		atomic_store_explicit(&connection->pair->sent, connection->party.messages,
				      memory_order_relaxed);
		load_connection_send(connection, loop, loop->output, out.length);
		now_ns = clock_elapsed_ns();
	}
	senders->sent += connection->party.messages - before;
	return connection->party.messages != before;
}

static void served(struct load_loop *loop, struct load_connection *connection)
{
	struct load_senders *senders = loop->owner;

	if (connection->pair)
		(void)pump(senders, connection);
}

static void heard_verdict(struct load_sink *sink, const struct load_party *party, uint32_t first,
			  uint32_t last)
{
	struct load_senders *senders = sink->context;
	const struct load_run *run = senders->run;
	struct load_connection *connection =
		load_crowd_sender(run->crowd, party->index - run->crowd->receivers);

	connection->answered += last - first + 1;
	if (run->plan->rate == 0)
		return;
	for (uint32_t sequence = first; sequence != last + 1; sequence++) {
		uint64_t due_ns = load_due_ns(run, connection->pair_number, sequence);

		if (load_is_measured(run, due_ns) && sink->now_ns >= due_ns)
			latency_record(&senders->verdicts, sink->now_ns - due_ns);
	}
}

/* To one stalled reader: as many messages as its rate has made due, while they can be sent. */
static void pump_stalled(struct load_senders *senders, struct load_connection *connection,
			 uint64_t now_ns)
{
	const struct load_plan *plan = senders->run->plan;
	struct load_loop *loop = &senders->loop;
	size_t most_bytes = loop->dialect->extra_bytes + plan->stalled_size;
	uint64_t due = STALLED_FIRST_MESSAGES +
		       (now_ns - senders->run->start_ns) / NS_PER_MS * plan->stalled_rate / 1000;

	while (connection->state == LOAD_CONNECTION_READY &&
	       !load_connection_is_blocked(connection) && connection->party.messages < due) {
		struct byte_writer out = byte_writer_into(loop->output, loop->output_bytes);

		while (connection->party.messages < due && out.length < GATHER_BYTES &&
		       out.capacity - out.length >= most_bytes) {
			struct load_stamp stamp = { .due_ns = now_ns,
						    .sequence = connection->party.messages + 1 };

			load_stamp_write(senders->payload, &stamp);
			loop->dialect->put_message(&connection->party, &out, senders->payload,
						   plan->stalled_size);
			connection->party.messages++;
			senders->stalled_sent++;
		}
		load_connection_send(connection, loop, loop->output, out.length);
	}
}

static void pump_all_stalled(struct load_senders *senders, uint64_t now_ns)
{
	const struct load_crowd *crowd = senders->run->crowd;

	if (crowd->stalled == 0 || now_ns < senders->stalled_due_ns ||
	    now_ns >= senders->run->end_ns)
		return;
	for (uint32_t i = crowd->senders - crowd->stalled; i < crowd->senders; i++)
		pump_stalled(senders, load_crowd_sender(crowd, i), now_ns);
	senders->stalled_due_ns = now_ns + STALLED_EVERY_NS;
}

/* With a rate: sends what is due by now. Messages are due as they were, however late we are. */
static void pump_due(struct load_senders *senders, uint64_t now_ns)
{
	const struct load_run *run = senders->run;

	if (run->plan->rate == 0)
		return;
	for (;;) {
		uint64_t number = senders->next_message;
		uint32_t pair = (uint32_t)(number % run->pair_count);
		uint64_t due_ns = load_due_ns(run, pair, number / run->pair_count + 1);

		if (due_ns > now_ns || due_ns >= run->end_ns)
			return;
		senders->next_message++;
		/* All that are due to one receiver leave together. */
		if (run->pair_count == 1) {
			uint64_t next_ns = load_due_ns(run, pair, number + 2);

			if (next_ns <= now_ns && next_ns < run->end_ns)
				continue;
		}
		(void)pump(senders, load_crowd_sender(run->crowd, pair));
	}
}

/* Sets the timer to what is due next; false: that is now. */
static bool arm(struct load_senders *senders, uint64_t now_ns)
{
	const struct load_run *run = senders->run;
	uint64_t due_ns = UINT64_MAX;
	struct itimerspec when = { 0 };

	if (run->plan->rate > 0)
		due_ns = load_due_ns(run, (uint32_t)(senders->next_message % run->pair_count),
				     senders->next_message / run->pair_count + 1);
	if (run->crowd->stalled > 0 && senders->stalled_due_ns < due_ns)
		due_ns = senders->stalled_due_ns;
	if (due_ns >= run->end_ns || due_ns == senders->armed_ns)
		return true;
	if (due_ns <= now_ns)
		return false;
	when.it_value.tv_sec = (time_t)(due_ns / NS_PER_S);
	when.it_value.tv_nsec = (long)(due_ns % NS_PER_S);
	if (timerfd_settime(senders->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		load_loop_fail(&senders->loop, LOAD_ENVIRONMENT, "cannot set a timer: %s",
			       strerror(errno));
	senders->armed_ns = due_ns;
	return true;
}

/* Sends to all whose window has opened. True: to any. */
static bool pump_opened(struct load_senders *senders)
{
	const struct load_run *run = senders->run;
	bool any = false;

	for (uint32_t i = 0; i < run->pair_count; i++)
		any = pump(senders, load_crowd_sender(run->crowd, i)) || any;
	return any;
}

/*
 * Where the receivers' thread opens windows. We say that we sleep, and look once more: what it
 * opened before it could see that, we see; what it opens after, it wakes us for.
 */
static bool may_sleep(struct load_senders *senders)
{
	struct load_run *run = senders->run;

	if (!run->by_receipt || run->plan->rate > 0)
		return true;
	atomic_store_explicit(&run->is_asleep, false, memory_order_relaxed);
	if (pump_opened(senders))
		return false;
	atomic_store_explicit(&run->is_asleep, true, memory_order_seq_cst);
	if (!pump_opened(senders))
		return true;
	atomic_store_explicit(&run->is_asleep, false, memory_order_relaxed);
	return false;
}

/* For good, with a clock that has passed the end: what is due then has been put, or waits. */
static bool has_put_all(const struct load_senders *senders, uint64_t now_ns)
{
	const struct load_run *run = senders->run;

	return now_ns >= run->end_ns &&
	       (run->plan->rate == 0 || senders->sent == senders->next_message);
}

static void publish(const struct load_senders *senders, uint64_t now_ns)
{
	struct load_run *run = senders->run;
	const struct load_sink *sink = &senders->loop.sink;

	atomic_store_explicit(&run->sent, senders->sent, memory_order_relaxed);
	atomic_store_explicit(&run->refused, sink->refused, memory_order_relaxed);
	atomic_store_explicit(&run->answered, sink->refused + sink->confirmed,
			      memory_order_release);
	if (has_put_all(senders, now_ns))
		atomic_store_explicit(&run->all_put, true, memory_order_release);
}

void *load_senders_run(void *argument)
{
	struct load_senders *senders = argument;
	struct load_run *run = senders->run;

	(void)pump_opened(senders);
	while (!atomic_load_explicit(&run->stop, memory_order_relaxed)) {
		uint64_t now_ns = clock_elapsed_ns();
		bool sleeps;

		pump_due(senders, now_ns);
		pump_all_stalled(senders, now_ns);
		sleeps = arm(senders, now_ns) && may_sleep(senders);
		if (!load_loop_turn(&senders->loop, sleeps ? WAIT_AT_MOST_MS : 0))
			break;
		publish(senders, now_ns);
	}
	publish(senders, 0);
	return NULL;
}

static void take_over(struct load_senders *senders, struct load_loop *from)
{
	const struct load_crowd *crowd = senders->run->crowd;

	for (uint32_t i = 0; i < crowd->senders; i++) {
		struct load_connection *connection = load_crowd_sender(crowd, i);

		load_connection_move(connection, from, &senders->loop);
		if (i < senders->run->pair_count) {
			connection->pair = &senders->run->pairs[i];
			connection->pair_number = i;
		} else {
			connection->sink = &senders->loop.stalled_sink;
		}
	}
}

int load_senders_init(struct load_senders *senders, struct load_run *run,
		      const struct load_dialect *dialect, struct load_loop *from)
{
	const struct load_plan *plan = run->plan;
	uint32_t largest = plan->size > plan->stalled_size ? plan->size : plan->stalled_size;
	int error;

	*senders = (struct load_senders){ .run = run, .timer_fd = -1 };
	error = load_loop_init(&senders->loop, dialect, largest);
	if (error < 0)
		return error;
	senders->loop.owner = senders;
	senders->loop.served = served;
	senders->loop.sink.each_verdict = heard_verdict;
	senders->loop.sink.context = senders;
	senders->payload = malloc(largest);
	if (!senders->payload)
		return -ENOMEM;
	memset(senders->payload, 'x', largest);
	senders->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (senders->timer_fd < 0)
		return -errno;
	senders->timer_watch =
		(struct fd_watch){ .fd = senders->timer_fd, .events = EPOLLIN, .ready = take_note };
	senders->wake_watch =
		(struct fd_watch){ .fd = run->wake_fd, .events = EPOLLIN, .ready = take_note };
	error = event_loop_add(&senders->loop.events, &senders->timer_watch);
	if (error == 0)
		error = event_loop_add(&senders->loop.events, &senders->wake_watch);
	if (error == 0)
		take_over(senders, from);
	return error;
}

void load_senders_finish(struct load_senders *senders)
{
	if (!senders->run)
		return;
	if (senders->timer_fd >= 0)
		(void)close(senders->timer_fd);
	load_loop_finish(&senders->loop);
	free(senders->payload);
	senders->run = NULL;
}
