#include "relay_load/load_churn.h"

#include <stdlib.h>

#include "base/clock.h"

/* A port that was called from waits in TIME_WAIT: more addresses, more ports. */
#define SOURCES 8u

struct churn {
	const struct load_target *target; /* borrowed */
	struct load_connection *slots;    /* owned; plan->connections of them */
	uint64_t *started_ns;             /* owned; by slot: when connecting began */
	uint32_t opened;                  /* in all: the next party's index */
	uint64_t measure_from_ns;
	uint64_t end_ns;
	uint64_t counted;                 /* made, greeted and closed in the measured time */
	uint64_t all;                     /* in all of it: whether anything moves */
	struct latency_histogram latency; /* from connecting to ready */
};

static void open_slot(struct churn *churn, struct load_loop *loop, uint32_t slot)
{
	struct load_connection *connection = &churn->slots[slot];
	uint32_t index = churn->opened++;
	struct net_address source;

	connection->party = (struct load_party){ .run = connection->party.run,
						 .index = index,
						 .role = LOAD_IDLE };
	churn->started_ns[slot] = clock_elapsed_ns();
	load_connection_open(
		connection, loop,
		load_target_source(churn->target, index % SOURCES * LOAD_PER_SOURCE, &source),
		&churn->target->address);
}

static void served(struct load_loop *loop, struct load_connection *connection)
{
	struct churn *churn = loop->owner;
	uint32_t slot = (uint32_t)(connection - churn->slots);
	uint64_t now_ns;

	if (connection->state != LOAD_CONNECTION_READY)
		return;
	now_ns = clock_elapsed_ns();
	load_connection_close(connection, loop);
	churn->all++;
	if (now_ns >= churn->measure_from_ns && now_ns < churn->end_ns) {
		churn->counted++;
		latency_record(&churn->latency, now_ns - churn->started_ns[slot]);
	}
}

/* A slot is opened again behind the turn: until then an event may still speak of it. */
static void reopen(struct churn *churn, struct load_loop *loop, uint32_t slots)
{
	for (uint32_t i = 0; i < slots && loop->outcome == LOAD_DONE; i++) {
		if (churn->slots[i].state == LOAD_CONNECTION_CLOSED)
			open_slot(churn, loop, i);
	}
}

static void go_round(struct churn *churn, const struct load_plan *plan, struct load_loop *loop,
		     const struct load_progress *progress)
{
	uint64_t start_ns = clock_elapsed_ns();
	uint64_t moved_ns = start_ns;
	uint64_t now_ns = start_ns;
	uint64_t before = 0;

	churn->measure_from_ns = start_ns + plan->warm_up_ns;
	churn->end_ns = churn->measure_from_ns + plan->measured_ns;
	while (now_ns < churn->end_ns) {
		reopen(churn, loop, plan->connections);
		if (!load_loop_turn(loop, 50))
			return;
		now_ns = clock_elapsed_ns();
		if (churn->all != before)
			moved_ns = now_ns;
		before = churn->all;
		if (now_ns - moved_ns > LOAD_PATIENCE_NS) {
			load_loop_fail(loop, LOAD_NOT_DONE,
				       "no progress for 5 s: the server does not greet");
			return;
		}
		if (progress)
			progress->tell(progress->context, "connecting and closing",
				       now_ns - start_ns, churn->end_ns - start_ns);
	}
}

void load_churn_run(const struct load_plan *plan, const struct load_target *target,
		    struct load_loop *loop, const struct load_progress *progress,
		    struct load_result *result)
{
	struct churn *churn = calloc(1, sizeof(*churn));

	if (!churn || !load_make_room(plan->connections, loop))
		goto finish;
	churn->target = target;
	churn->slots = calloc(plan->connections, sizeof(*churn->slots));
	churn->started_ns = calloc(plan->connections, sizeof(*churn->started_ns));
	if (!churn->slots || !churn->started_ns)
		goto finish;
	loop->owner = churn;
	loop->served = served;
	go_round(churn, plan, loop, progress);
	loop->served = NULL;
	for (uint32_t i = 0; i < plan->connections; i++)
		load_connection_finish(&churn->slots[i]);
	result->measured_ns = plan->measured_ns;
	result->connections = churn->counted;
	result->latency = churn->latency;
	if (churn->counted == 0)
		load_loop_fail(loop, LOAD_NOT_DONE, "no connection was made in that time");

finish:
	if (!churn || !churn->slots || !churn->started_ns)
		load_loop_fail(loop, LOAD_ENVIRONMENT, "no memory for so many connections");
	if (churn) {
		free(churn->slots);
		free(churn->started_ns);
	}
	free(churn);
}
