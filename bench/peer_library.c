#include "bench/peer_library.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"
#include "net/address.h"
#include "relay_load/load_engine.h"
#include "relay_load/load_stamp.h"

#define CLOCK_EVERY 64u /* messages sent for each look at the clock */

struct peer_library {
	/* Of the hearing thread alone until the driver is closed. */
	uint32_t last_sequence;
	uint64_t out_of_order;
	struct load_result *result; /* borrowed; its histogram of latencies */

	/* Fixed before the first message is published. */
	bool records;          /* latencies */
	uint64_t records_from; /* due times, clock_elapsed_ns() */
	uint64_t records_until;

	_Atomic uint64_t received; /* written by the hearing thread */
	_Atomic uint64_t wake_at;  /* so many received: the publisher is to be woken; 0: it runs */
	sem_t wake;
};

void peer_library_heard(struct peer_library *library, const uint8_t *payload, size_t length)
{
	struct load_stamp stamp = { .sequence = library->last_sequence };
	uint64_t received = atomic_load_explicit(&library->received, memory_order_relaxed) + 1;
	uint64_t wake_at;

	if (length >= LOAD_STAMP_BYTES)
		stamp = load_stamp_read(payload);
	if (stamp.sequence != library->last_sequence + 1)
		library->out_of_order++;
	library->last_sequence = stamp.sequence;
	if (library->records && stamp.due_ns >= library->records_from &&
	    stamp.due_ns < library->records_until)
		latency_record(&library->result->latency, clock_elapsed_ns() - stamp.due_ns);
	atomic_store(&library->received, received);
	wake_at = atomic_load(&library->wake_at);
	if (wake_at != 0 && received >= wake_at && atomic_exchange(&library->wake_at, 0) != 0)
		(void)sem_post(&library->wake);
}

/* Waits until so many were received. False: not one more came for LOAD_PATIENCE_NS. */
static bool wait_for(struct peer_library *library, uint64_t count)
{
	uint64_t before = atomic_load(&library->received);

	while (before < count) {
		struct timespec until;
		uint64_t now;

		atomic_store(&library->wake_at, count);
		if (atomic_load(&library->received) >= count) {
			if (atomic_exchange(&library->wake_at, 0) == 0)
				(void)sem_wait(&library->wake); /* it is being posted */
			return true;
		}
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += (time_t)(LOAD_PATIENCE_NS / NS_PER_S);
		while (sem_timedwait(&library->wake, &until) < 0) {
			if (errno == EINTR)
				continue;
			if (atomic_exchange(&library->wake_at, 0) == 0)
				(void)sem_wait(&library->wake);
			break;
		}
		now = atomic_load(&library->received);
		if (now == before)
			return false;
		before = now;
	}
	return true;
}

struct publishing {
	struct peer_library *library; /* borrowed, as the two below */
	const struct library_driver *driver;
	void *pair;
	uint8_t *payload; /* owned */
	size_t size;
	uint64_t sent;
};

static bool publish(struct publishing *publishing, uint64_t due_ns, uint64_t now_ns)
{
	uint64_t late_ns = now_ns > due_ns ? now_ns - due_ns : 0;
	struct load_stamp stamp = {
		.due_ns = due_ns,
		.late_ns = late_ns < UINT32_MAX ? (uint32_t)late_ns : UINT32_MAX,
		.sequence = (uint32_t)(publishing->sent + 1),
	};

	load_stamp_write(publishing->payload, &stamp);
	if (!publishing->driver->publish(publishing->pair, publishing->payload, publishing->size))
		return false;
	publishing->sent++;
	return true;
}

static bool flush(struct publishing *publishing)
{
	return !publishing->driver->flush || publishing->driver->flush(publishing->pair);
}

static const char lost_connection[] = "the library has lost its connection";
static const char no_progress[] = "no message was received for 5 s";

/* NULL, or what went wrong. As many as go through until `until_ns`. */
static const char *publish_until(struct publishing *publishing, uint32_t window, uint64_t until_ns)
{
	struct peer_library *library = publishing->library;
	uint64_t now_ns = clock_elapsed_ns();

	while (now_ns < until_ns) {
		uint64_t received = atomic_load_explicit(&library->received, memory_order_acquire);

		for (uint32_t i = 0; i < CLOCK_EVERY; i++) {
			if (publishing->sent - received >= window)
				break;
			if (!publish(publishing, now_ns, now_ns))
				return lost_connection;
		}
		if (publishing->sent - received >= window) {
			if (!flush(publishing))
				return lost_connection;
			if (!wait_for(library, publishing->sent - window / 2))
				return no_progress;
		}
		now_ns = clock_elapsed_ns();
	}
	return NULL;
}

static const char *run_throughput(struct publishing *publishing, const struct load_plan *plan,
				  struct load_result *result)
{
	struct peer_library *library = publishing->library;
	uint64_t began_ns = clock_elapsed_ns() + plan->warm_up_ns;
	const char *problem = publish_until(publishing, plan->window, began_ns);
	uint64_t before = atomic_load(&library->received);

	began_ns = clock_elapsed_ns();
	if (!problem)
		problem = publish_until(publishing, plan->window, began_ns + plan->measured_ns);
	result->messages = atomic_load(&library->received) - before;
	result->measured_ns = clock_elapsed_ns() - began_ns;
	return problem;
}

static const char *run_latency(struct publishing *publishing, const struct load_plan *plan,
			       struct load_result *result)
{
	struct peer_library *library = publishing->library;
	uint64_t period_ns = NS_PER_S / plan->rate;
	uint64_t due_ns = clock_elapsed_ns() + period_ns;

	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	library->records_from = due_ns + plan->warm_up_ns;
	library->records_until = library->records_from + plan->measured_ns;
	library->records = true;
	for (; due_ns < library->records_until; due_ns += period_ns) {
		uint64_t now_ns = clock_elapsed_ns();

		if (now_ns < due_ns) {
			clock_sleep_until(due_ns);
			now_ns = clock_elapsed_ns();
		}
		if (due_ns >= library->records_from)
			latency_record(&result->lateness, now_ns > due_ns ? now_ns - due_ns : 0);
		if (!publish(publishing, due_ns, now_ns) || !flush(publishing))
			return lost_connection;
	}
	result->measured_ns = plan->measured_ns;
	return NULL;
}

static const char *carry_out(struct publishing *publishing, const struct load_plan *plan,
			     struct load_result *result)
{
	const char *problem = plan->kind == LOAD_LATENCY ? run_latency(publishing, plan, result)
							 : run_throughput(publishing, plan, result);

	if (!problem && !flush(publishing))
		problem = lost_connection;
	if (!problem && !wait_for(publishing->library, publishing->sent))
		problem = no_progress;
	return problem;
}

static bool find_server(const struct load_plan *plan, char host[NET_ADDRESS_TEXT_BYTES],
			uint16_t *port, const char **problem)
{
	struct net_address found[NET_ADDRESSES_MAX];
	char name[NET_HOST_MAX_BYTES];
	uint8_t ip[16];

	if (!net_host_port_parse(plan->server, plan->default_port, name, port, problem) ||
	    net_resolve(name, *port, found, problem) == 0)
		return false;
	if (net_address_family(&found[0]) != 4) {
		*problem = "through a library only IPv4 is measured";
		return false;
	}
	net_address_ip(&found[0], ip);
	(void)snprintf(host, NET_ADDRESS_TEXT_BYTES, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
	return true;
}

enum load_outcome peer_library_run(const struct load_plan *plan,
				   const struct library_driver *driver, struct load_result *result)
{
	struct peer_library library = { .result = result };
	struct library_setting setting = { .hurried = plan->kind == LOAD_LATENCY,
					   .library = &library };
	struct publishing publishing = { .library = &library,
					 .driver = driver,
					 .size = plan->size };
	char host[NET_ADDRESS_TEXT_BYTES];
	const char *problem = NULL;

	memset(result, 0, sizeof(*result));
	if (!find_server(plan, host, &setting.port, &problem))
		goto report;
	setting.host = host;
	problem = "out of memory";
	publishing.payload = calloc(1, plan->size);
	if (!publishing.payload)
		goto report;
	problem = "no semaphore";
	if (sem_init(&library.wake, 0, 0) < 0)
		goto free_payload;
	if (!driver->open(&setting, &publishing.pair, &problem))
		goto destroy_semaphore;
	problem = carry_out(&publishing, plan, result);
	driver->close(publishing.pair);
	result->all_sent = publishing.sent;
	result->all_received = atomic_load(&library.received);
	result->all_out_of_order = library.out_of_order;
	if (plan->kind == LOAD_LATENCY)
		result->messages = result->latency.count;

destroy_semaphore:
	(void)sem_destroy(&library.wake);
free_payload:
	free(publishing.payload);
report:
	if (!problem)
		return LOAD_DONE;
	(void)snprintf(result->problem, sizeof(result->problem), "%s: %s", driver->name, problem);
	return LOAD_NOT_DONE;
}
