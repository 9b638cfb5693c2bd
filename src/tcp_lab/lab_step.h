/*
 * A step that is being done, and the functions that do steps. Each is called when the step's turn
 * has come, and again whenever something happened that it may wait for, until it says that it is
 * over. None of them blocks.
 */
#ifndef WIRETALE_TCP_LAB_LAB_STEP_H
#define WIRETALE_TCP_LAB_LAB_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_flow/names.h"
#include "tcp_lab/experiment.h"
#include "tcp_lab/lab_stage.h"

enum step_progress {
	STEP_WAITS,  /* call again: after any event, at retry_ns at the latest */
	STEP_DONE,   /* `result` says what came of it */
	STEP_MISSED, /* an expectation that does not hold; `result` says why; the run goes on */
	STEP_ERRNO,  /* a call failed: `error` */
	STEP_WRONG,  /* it cannot be done or did not go as written: `result` says so */
	STEP_AT_END, /* an expectation that is judged when the run ends */
};

#define STEP_RESULT_BYTES 256u

struct running_step {
	const struct step *step; /* borrowed */
	size_t index;            /* in the experiment */
	bool began;              /* its function was called before */
	uint64_t began_ns;
	uint64_t retry_ns;              /* of STEP_WAITS; UINT64_MAX: only events matter */
	int error;                      /* of STEP_ERRNO: a positive errno */
	char result[STEP_RESULT_BYTES]; /* while it waits: what is known of why, or "" */

	/* what steps that take their time remember */
	uint64_t bytes;         /* done so far, in all */
	uint64_t bytes_of_call; /* of SEND: in this one of its times */
	uint32_t times;         /* of SEND: calls that are done */
	bool begun;             /* of CONNECT: connect() was called */
	size_t data_sent;       /* of CONNECT with data: what went with the SYN */
	bool has_state;         /* of WAIT_STATE: the last that was seen */
	enum tcp_state state;
	uint64_t silent_ns;  /* of OUTPUT: when it was seen that the output is over; 0 */
	uint64_t inside_ns;  /* of WAIT_LISTEN: since when something listens that the other host
				does not reach; 0: nothing does */
	uint32_t connection; /* of EXPECT_STATES: its number; 0: not known yet */
};

typedef enum step_progress step_function(struct lab_stage *stage, struct running_step *running);

/* For `return step_says(running, STEP_WRONG, "...");` */
enum step_progress step_says(struct running_step *running, enum step_progress progress,
			     const char *format, ...) __attribute__((format(printf, 3, 4)));

/* STEP_ERRNO of 0 or -errno, or STEP_DONE. */
enum step_progress step_called(struct running_step *running, int result);

/* Takes from the devices what the hosts sent just now, so that it is stamped, and the states are
 * asked for, before anything else happens. */
void step_take_sent(struct lab_stage *stage);

#endif
