#include "relay_load/library_load.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "relay_load/load_stamp.h"
#include "wiretale/client.h"

#define PATIENCE_MS ((int)(LOAD_PATIENCE_NS / NS_PER_MS))
#define TELL_EVERY_NS (50 * NS_PER_MS)

struct library_load {
	const struct load_plan *plan;         /* borrowed, as the next two */
	const struct load_progress *progress; /* may be NULL */
	struct load_result *result;
	struct wt_client *sender;   /* owned */
	struct wt_client *receiver; /* owned; used by its own thread while that runs */
	uint8_t *payload;           /* owned; plan->size bytes */
	uint32_t to;                /* the receiver's number */
	bool lacks;                 /* it failed for want of memory or descriptors */

	/* Of the sender. */
	uint64_t start_ns;
	uint64_t told_ns;
	uint64_t sent;
	uint64_t judged; /* messages with a verdict */

	/* Of the receiver, read by the sender. */
	_Atomic uint64_t received;
	_Atomic uint64_t from_ns; /* latencies of messages that were due from then on */
	_Atomic uint64_t until_ns;
	atomic_bool stop;
	uint64_t out_of_order;
	uint32_t last_sequence;
};

static bool fail(struct library_load *load, const char *what, const char *why)
{
	if (load->result->problem[0] == '\0')
		(void)snprintf(load->result->problem, sizeof(load->result->problem), "%s: %s", what,
			       why);
	return false;
}

/* ---- the receiver's thread ---- */

static void take_message(struct library_load *load, const struct wt_event *event)
{
	struct load_stamp stamp = { .sequence = load->last_sequence };

	if (event->as.message.data_bytes >= LOAD_STAMP_BYTES)
		stamp = load_stamp_read(event->as.message.data);
	if (stamp.sequence != load->last_sequence + 1)
		load->out_of_order++;
	load->last_sequence = stamp.sequence;
	if (load->plan->kind == LOAD_LATENCY &&
	    stamp.due_ns >= atomic_load_explicit(&load->from_ns, memory_order_acquire) &&
	    stamp.due_ns < atomic_load_explicit(&load->until_ns, memory_order_relaxed)) {
		uint64_t now_ns = clock_elapsed_ns();

		latency_record(&load->result->latency, now_ns - stamp.due_ns);
		latency_record(&load->result->transit, now_ns - stamp.due_ns - stamp.late_ns);
	}
	atomic_fetch_add_explicit(&load->received, 1, memory_order_release);
}

static void *receive(void *argument)
{
	struct library_load *load = argument;

	while (!atomic_load_explicit(&load->stop, memory_order_relaxed)) {
		struct wt_event event;
		enum wt_result taken = wt_poll(load->receiver, PATIENCE_MS, &event);

		if (taken == WT_OK && event.kind == WT_EVENT_MESSAGE)
			take_message(load, &event);
		else if (taken == WT_NOT_CONNECTED)
			break; /* the sender hears of it by verdicts that are none */
	}
	return NULL;
}

/* ---- the sender ---- */

static void tell(struct library_load *load, uint64_t now_ns)
{
	const struct load_plan *plan = load->plan;

	if (!load->progress || now_ns < load->told_ns + TELL_EVERY_NS)
		return;
	load->told_ns = now_ns;
	load->progress->tell(load->progress->context,
			     now_ns < load->start_ns + plan->warm_up_ns ? "warming up"
									: "measuring",
			     now_ns - load->start_ns, plan->warm_up_ns + plan->measured_ns);
}

static bool send_one(struct library_load *load, uint64_t due_ns, uint64_t now_ns)
{
	const struct wt_message message = { .to_number = load->to,
					    .data = load->payload,
					    .data_bytes = load->plan->size };
	uint64_t late_ns = now_ns - due_ns;
	struct load_stamp stamp = {
		.due_ns = due_ns,
		.late_ns = late_ns < UINT32_MAX ? (uint32_t)late_ns : UINT32_MAX,
		.sequence = (uint32_t)(load->sent + 1),
	};
	enum wt_result sent;

	load_stamp_write(load->payload, &stamp);
	sent = wt_send(load->sender, &message, NULL);
	if (sent == WT_OK)
		load->sent++;
	return sent == WT_OK;
}

static void note_verdict(struct library_load *load, const struct wt_event *event)
{
	struct load_result *result = load->result;

	/* How long it took is not kept: it was not taken when it came, but after the next send. */
	load->judged++;
	if (event->as.verdict.outcome == WT_OUTCOME_DELIVERED) {
		result->all_confirmed++;
		return;
	}
	result->all_refused++;
	result->last_refusal = wt_status_text(event->as.verdict.status);
}

/*
 * Waits up to timeout_ms for something to happen, and takes all that has; not more than half a
 * window, so that the server never runs dry. False: the connection has ended.
 */
static bool take_verdicts(struct library_load *load, int timeout_ms)
{
	uint64_t enough = load->judged + (load->plan->window + 1) / 2;
	struct wt_event event;

	while (load->judged < enough) {
		enum wt_result taken = wt_poll(load->sender, timeout_ms, &event);

		if (taken == WT_TIMEOUT)
			return timeout_ms == 0 ||
			       fail(load, "no progress for 5 s", "the server does not answer");
		if (taken != WT_OK)
			return fail(load, "the sender", wt_error_text(load->sender));
		timeout_ms = 0;
		if (event.kind == WT_EVENT_VERDICT)
			note_verdict(load, &event);
		else if (event.kind == WT_EVENT_DISCONNECTED)
			return fail(load, "the connection has ended", event.as.disconnected.text);
	}
	return true;
}

/* As many as go through, a window of them on the way. */
static bool send_until(struct library_load *load, uint64_t until_ns)
{
	uint64_t now_ns = clock_elapsed_ns();

	for (; now_ns < until_ns; now_ns = clock_elapsed_ns()) {
		while (load->sent - load->judged < load->plan->window) {
			if (!send_one(load, now_ns, now_ns))
				break;
		}
		if (load->sent == load->judged)
			return fail(load, "cannot send", wt_error_text(load->sender));
		if (!take_verdicts(load, PATIENCE_MS))
			return false;
		tell(load, now_ns);
	}
	return true;
}

static bool run_throughput(struct library_load *load)
{
	uint64_t from_ns = load->start_ns + load->plan->warm_up_ns;
	uint64_t before;

	if (!send_until(load, from_ns))
		return false;
	from_ns = clock_elapsed_ns();
	before = atomic_load_explicit(&load->received, memory_order_acquire);
	if (!send_until(load, from_ns + load->plan->measured_ns))
		return false;
	load->result->messages =
		atomic_load_explicit(&load->received, memory_order_acquire) - before;
	load->result->measured_ns = clock_elapsed_ns() - from_ns;
	return true;
}

static bool run_latency(struct library_load *load)
{
	const struct load_plan *plan = load->plan;
	uint64_t from_ns = load->start_ns + plan->warm_up_ns;
	uint64_t until_ns = from_ns + plan->measured_ns;

	/* By default the kernel may wake us 50 us late. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	atomic_store_explicit(&load->until_ns, until_ns, memory_order_relaxed);
	atomic_store_explicit(&load->from_ns, from_ns, memory_order_release);
	for (uint64_t number = 0;; number++) {
		/* Not by adding periods up: their rounding would add up as well. */
		uint64_t due_ns = load->start_ns + number / plan->rate * NS_PER_S +
				  number % plan->rate * NS_PER_S / plan->rate;
		uint64_t now_ns = clock_elapsed_ns();

		if (due_ns >= until_ns)
			return true;
		if (now_ns < due_ns) {
			clock_sleep_until(due_ns);
			now_ns = clock_elapsed_ns();
		}
		if (due_ns >= from_ns)
			latency_record(&load->result->lateness, now_ns - due_ns);
		if (!send_one(load, due_ns, now_ns))
			return fail(load, "cannot send", wt_error_text(load->sender));
		if (!take_verdicts(load, 0))
			return false;
		tell(load, now_ns);
	}
}

static bool drain(struct library_load *load)
{
	while (load->judged < load->sent) {
		if (!take_verdicts(load, PATIENCE_MS))
			return false;
	}
	return true;
}

static bool exchange(struct library_load *load)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, receive, load);
	bool done;

	if (error != 0)
		return fail(load, "cannot start a thread", strerror(error));
	load->start_ns = clock_elapsed_ns();
	done = load->plan->kind == LOAD_LATENCY ? run_latency(load) : run_throughput(load);
	done = done && drain(load);
	atomic_store(&load->stop, true);
	wt_wakeup(load->receiver);
	(void)pthread_join(thread, NULL);
	return done;
}

static struct wt_client *connect_one(struct library_load *load)
{
	struct wt_client *client = NULL;

	if (wt_client_create(NULL, &client) != WT_OK) {
		load->lacks = true;
		(void)fail(load, "cannot make a client", "memory or descriptors do not suffice");
		return NULL;
	}
	if (wt_connect_wait(client, load->plan->server, PATIENCE_MS) == WT_OK)
		return client;
	(void)fail(load, "no connection", wt_error_text(client));
	wt_client_destroy(client);
	return NULL;
}

static void collect(struct library_load *load)
{
	struct load_result *result = load->result;

	result->all_sent = load->sent;
	result->all_received = atomic_load(&load->received);
	result->all_out_of_order = load->out_of_order;
	if (load->plan->kind != LOAD_LATENCY)
		return;
	result->messages = result->latency.count;
	result->measured_ns = load->plan->measured_ns;
}

enum load_outcome library_load_run(const struct load_plan *plan,
				   const struct load_progress *progress, struct load_result *result)
{
	struct library_load load = { .plan = plan, .progress = progress, .result = result };
	struct wt_info info = { 0 };
	bool done = false;

	memset(result, 0, sizeof(*result));
	load.payload = calloc(1, plan->size);
	if (!load.payload) {
		(void)fail(&load, "cannot start", "out of memory");
		return LOAD_ENVIRONMENT;
	}
	load.receiver = connect_one(&load);
	if (load.receiver)
		load.sender = connect_one(&load);
	if (load.sender) {
		wt_get_info(load.receiver, &info);
		load.to = info.number;
		done = exchange(&load);
		collect(&load);
		if (done && result->messages == 0)
			done = fail(&load, "no message came through within the measured time",
				    result->last_refusal ? result->last_refusal : "none was sent");
	}
	wt_client_destroy(load.sender);
	wt_client_destroy(load.receiver);
	free(load.payload);
	if (load.lacks)
		return LOAD_ENVIRONMENT;
	return done ? LOAD_DONE : LOAD_NOT_DONE;
}
