/* The thread that owns all senders: it sends what the plan wants, when it is due. */
#ifndef WIRETALE_RELAY_LOAD_LOAD_SENDERS_H
#define WIRETALE_RELAY_LOAD_LOAD_SENDERS_H

#include "relay_load/load_run_state.h"

struct load_senders {
	struct load_loop loop;
	struct load_run *run; /* borrowed */
	int timer_fd;         /* owned; for what is due next */
	struct fd_watch timer_watch;
	struct fd_watch wake_watch; /* of run->wake_fd */
	uint64_t armed_ns;       /* what the timer is set to; 0: it has gone off, or is not set */
	uint64_t next_message;   /* with a rate: messages of all pairs that were due so far */
	uint64_t stalled_due_ns; /* when the stalled readers are sent something again */
	uint8_t *payload;        /* owned; its first bytes are stamped for each message */
	uint64_t sent;           /* messages of all pairs */
	uint64_t stalled_sent;
	struct latency_histogram lateness;
	struct latency_histogram verdicts;
};

/* Before the thread starts; takes the crowd's senders from `from`. 0, or a negative errno. */
int load_senders_init(struct load_senders *senders, struct load_run *run,
		      const struct load_dialect *dialect, struct load_loop *from);
void load_senders_finish(struct load_senders *senders);

/* The thread's body, on a load_senders. Returns NULL when run->stop is set, or on failure. */
void *load_senders_run(void *argument);

#endif
