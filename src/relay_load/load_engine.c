#include "relay_load/load_engine.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/socket.h"
#include "relay_load/load_churn.h"
#include "relay_load/load_receivers.h"
#include "relay_load/load_senders.h"
#include "relay_load/server_memory.h"

#define WATCH_EVERY_MS 50
#define MEMORY_EVERY_MS 100
#define MEMORY_STABLE_AFTER 5 /* readings in a row that say the same */
#define MEMORY_READINGS_MAX 50

/* All that a run with messages needs; large because of its histograms. */
struct exchange {
	struct load_run run;
	struct load_senders senders;
	struct load_receivers receivers;
};

static void tell(const struct load_progress *progress, const char *phase, uint64_t done,
		 uint64_t of)
{
	if (progress)
		progress->tell(progress->context, phase, done, of);
}

/* No signal of the program's is handled in a thread that it does not know. */
static int start_thread(pthread_t *thread, void *(*body)(void *), void *argument)
{
	sigset_t all_signals;
	sigset_t signals;
	int error;

	(void)sigfillset(&all_signals);
	(void)pthread_sigmask(SIG_SETMASK, &all_signals, &signals);
	error = pthread_create(thread, NULL, body, argument);
	(void)pthread_sigmask(SIG_SETMASK, &signals, NULL);
	return error;
}

/* Every message sent so far has come to its end. */
static bool is_drained(const struct load_run *run, bool confirms)
{
	uint64_t answered = atomic_load_explicit(&run->answered, memory_order_acquire);
	uint64_t refused = atomic_load_explicit(&run->refused, memory_order_relaxed);
	uint64_t sent = atomic_load_explicit(&run->sent, memory_order_relaxed);
	uint64_t received = atomic_load_explicit(&run->received, memory_order_acquire);
	uint64_t copies = run->plan->kind == LOAD_FAN_OUT ? run->plan->members : 1;

	/* What was refused may have arrived or not: only what was confirmed must have. */
	return (!confirms || answered >= sent) && received >= (sent - refused) * copies;
}

/* Watches over the two threads until all is done, or nothing moves any more. */
static void supervise(struct exchange *exchange, struct load_loop *loop,
		      const struct load_progress *progress)
{
	struct load_run *run = &exchange->run;
	uint64_t moved_ns = clock_elapsed_ns();
	uint64_t moved_count = 0;

	for (;;) {
		uint64_t count;
		uint64_t now_ns;

		if (!load_loop_turn(loop, WATCH_EVERY_MS) ||
		    atomic_load_explicit(&run->stop, memory_order_relaxed))
			return;
		now_ns = clock_elapsed_ns();
		/* Looked at first: the counts are the last ones then. */
		if (atomic_load_explicit(&run->all_put, memory_order_acquire) &&
		    is_drained(run, loop->dialect->confirms))
			return;
		tell(progress, now_ns < run->measure_from_ns ? "warming up" : "measuring",
		     now_ns - run->start_ns, run->end_ns - run->start_ns);
		count = atomic_load_explicit(&run->received, memory_order_relaxed) +
			atomic_load_explicit(&run->answered, memory_order_relaxed);
		if (count != moved_count || is_drained(run, loop->dialect->confirms))
			moved_ns = now_ns;
		moved_count = count;
		if (now_ns - moved_ns > LOAD_PATIENCE_NS) {
			load_loop_fail(loop, LOAD_NOT_DONE,
				       "no progress for 5 s: the server does not answer, or has "
				       "lost messages");
			return;
		}
	}
}

/* A thread that failed ends the other, and the run. */
static void *run_senders(void *argument)
{
	struct load_senders *senders = argument;

	(void)load_senders_run(senders);
	atomic_store(&senders->run->stop, true);
	return NULL;
}

static void *run_receivers(void *argument)
{
	struct load_receivers *receivers = argument;

	(void)load_receivers_run(receivers);
	atomic_store(&receivers->run->stop, true);
	return NULL;
}

static void run_threads(struct exchange *exchange, struct load_loop *loop,
			const struct load_progress *progress)
{
	struct load_run *run = &exchange->run;
	pthread_t threads[2];
	int error;

	run->start_ns = clock_elapsed_ns();
	run->measure_from_ns = run->start_ns + run->plan->warm_up_ns;
	run->end_ns = run->measure_from_ns + run->plan->measured_ns;
	error = start_thread(&threads[0], run_receivers, &exchange->receivers);
	if (error != 0)
		goto no_thread;
	error = start_thread(&threads[1], run_senders, &exchange->senders);
	if (error != 0)
		goto end_receivers;
	supervise(exchange, loop, progress);
	atomic_store(&run->stop, true);
	(void)pthread_join(threads[1], NULL);
	(void)pthread_join(threads[0], NULL);
	return;

end_receivers:
	atomic_store(&run->stop, true);
	(void)pthread_join(threads[0], NULL);
no_thread:
	load_loop_fail(loop, LOAD_ENVIRONMENT, "cannot start a thread: %s", strerror(error));
}

static void adopt_failure(struct load_loop *loop, const struct load_loop *other)
{
	if (other->outcome != LOAD_DONE)
		load_loop_fail(loop, other->outcome, "%s", other->problem);
}

static void collect(const struct exchange *exchange, struct load_result *result)
{
	const struct load_senders *senders = &exchange->senders;
	const struct load_receivers *receivers = &exchange->receivers;
	const struct load_sink *verdicts = &senders->loop.sink;

	result->measured_ns = exchange->run.plan->measured_ns;
	result->messages = receivers->measured;
	result->all_sent = senders->sent;
	result->all_received = receivers->loop.sink.received;
	result->all_confirmed = verdicts->confirmed;
	result->all_refused = verdicts->refused;
	result->all_out_of_order = receivers->loop.sink.out_of_order;
	result->last_refusal = verdicts->last_refusal;
	result->stalled_sent = senders->stalled_sent;
	result->stalled_refused = senders->loop.stalled_sink.refused;
	result->latency = receivers->latency;
	result->transit = receivers->transit;
	result->lateness = senders->lateness;
	result->verdicts = senders->verdicts;
}

static void judge(const struct load_result *result, struct load_loop *loop)
{
	if (result->messages > 0)
		return;
	if (result->last_refusal)
		load_loop_fail(loop, LOAD_NOT_DONE, "no message came through; the server said: %s",
			       result->last_refusal);
	else
		load_loop_fail(loop, LOAD_NOT_DONE,
			       "no message came through within the measured time");
}

/* Sends, receives and measures, with everybody connected. */
static void exchange_messages(const struct load_plan *plan, const struct load_crowd *crowd,
			      struct load_loop *loop, const struct load_progress *progress,
			      struct load_result *result)
{
	struct exchange *exchange = aligned_alloc(64, (sizeof(*exchange) + 63) / 64 * 64);
	struct load_run *run;
	int error = -ENOMEM;

	if (!exchange)
		goto fail;
	memset(exchange, 0, sizeof(*exchange));
	run = &exchange->run;
	run->plan = plan;
	run->crowd = crowd;
	run->by_receipt = !loop->dialect->confirms || plan->kind == LOAD_FAN_OUT;
	run->pair_count = plan->kind == LOAD_FAN_OUT ? 1 : plan->pairs;
	run->pairs = aligned_alloc(64, run->pair_count * sizeof(*run->pairs));
	run->wake_fd = net_wake_open();
	if (!run->pairs || run->wake_fd < 0)
		goto finish;
	memset(run->pairs, 0, run->pair_count * sizeof(*run->pairs));
	error = load_receivers_init(&exchange->receivers, run, loop->dialect, loop);
	if (error == 0)
		error = load_senders_init(&exchange->senders, run, loop->dialect, loop);
	if (error < 0)
		goto finish;
	run_threads(exchange, loop, progress);
	adopt_failure(loop, &exchange->senders.loop);
	adopt_failure(loop, &exchange->receivers.loop);
	collect(exchange, result);
	judge(result, loop);

finish:
	load_senders_finish(&exchange->senders);
	load_receivers_finish(&exchange->receivers);
	if (run->wake_fd >= 0)
		(void)close(run->wake_fd);
	free(run->pairs);
	free(exchange);
fail:
	if (error < 0)
		load_loop_fail(loop, LOAD_ENVIRONMENT, "cannot prepare the run: %s",
			       strerror(-error));
}

/* Waits until the server's memory stays as it is; the connections are kept alive meanwhile. */
static void await_stable_memory(uint32_t server_pid, struct load_loop *loop,
				struct server_memory *memory)
{
	uint64_t last_bytes = 0;
	int same = 0;

	for (int i = 0; i < MEMORY_READINGS_MAX && same < MEMORY_STABLE_AFTER; i++) {
		uint64_t until_ns = clock_elapsed_ns() + MEMORY_EVERY_MS * NS_PER_MS;

		while (clock_elapsed_ns() < until_ns && load_loop_turn(loop, MEMORY_EVERY_MS))
			;
		if (loop->outcome != LOAD_DONE || !server_memory_read(server_pid, memory))
			return;
		same = memory->resident_bytes == last_bytes ? same + 1 : 0;
		last_bytes = memory->resident_bytes;
	}
}

static bool read_memory(const struct load_plan *plan, struct load_loop *loop,
			struct server_memory *memory)
{
	if (plan->server_pid == 0)
		return false;
	if (server_memory_read(plan->server_pid, memory))
		return true;
	load_loop_fail(loop, LOAD_ENVIRONMENT,
		       "cannot read the memory of process %u: there is none of that number, or it "
		       "belongs to another user",
		       plan->server_pid);
	return false;
}

static void hold_idle(const struct load_plan *plan, const struct load_crowd *crowd,
		      struct load_loop *loop, const struct server_memory *before,
		      struct load_result *result)
{
	struct server_memory after = *before;

	result->connections = crowd->count;
	if (plan->server_pid == 0)
		return;
	await_stable_memory(plan->server_pid, loop, &after);
	if (!read_memory(plan, loop, &after))
		return;
	result->memory_known = true;
	result->memory_before_bytes = before->resident_bytes;
	result->memory_after_bytes = after.resident_bytes;
	result->private_before_bytes = before->private_bytes;
	result->private_after_bytes = after.private_bytes;
}

static void run_crowd(const struct load_plan *plan, const struct load_target *target,
		      struct load_loop *loop, const struct load_progress *progress,
		      struct load_result *result)
{
	struct server_memory before = { 0 };
	struct load_crowd crowd;
	uint64_t start_ns;

	if (!load_crowd_init(&crowd, plan)) {
		load_loop_fail(loop, LOAD_ENVIRONMENT, "no memory for so many connections");
		return;
	}
	if (!load_make_room(crowd.count, loop))
		goto finish;
	(void)read_memory(plan, loop, &before);
	start_ns = clock_elapsed_ns();
	if (!load_crowd_connect(&crowd, target, loop, progress))
		goto finish;
	if (plan->kind == LOAD_IDLE_MEMORY) {
		result->measured_ns = clock_elapsed_ns() - start_ns;
		hold_idle(plan, &crowd, loop, &before, result);
	} else {
		exchange_messages(plan, &crowd, loop, progress, result);
	}

finish:
	load_crowd_finish(&crowd);
}

enum load_outcome load_run(const struct load_plan *plan, const struct load_dialect *dialect,
			   const struct load_progress *progress, struct load_result *result)
{
	struct load_target target;
	struct load_loop loop;
	int error;

	memset(result, 0, sizeof(*result));
	error = load_loop_init(&loop, dialect, plan->size);
	if (error < 0) {
		(void)snprintf(result->problem, sizeof(result->problem), "cannot start: %s",
			       strerror(-error));
		return LOAD_ENVIRONMENT;
	}
	loop.server = plan->server;
	if (load_target_find(plan, &target, &loop)) {
		if (plan->kind == LOAD_CONNECTIONS)
			load_churn_run(plan, &target, &loop, progress, result);
		else
			run_crowd(plan, &target, &loop, progress, result);
	}
	(void)snprintf(result->problem, sizeof(result->problem), "%s", loop.problem);
	error = (int)loop.outcome;
	load_loop_finish(&loop);
	return (enum load_outcome)error;
}
