/*
 * Runs an experiment: makes the two hosts, lays the cable, goes through the steps, asks both
 * kernels, writes all down. One loop, one thread: sockets of both hosts, the cable, programs and
 * the clock are seen in one order. For a process of its own (see lab_world.h); forks programs only.
 *
 * When the last step is done the run goes on, steps and all, until what is on the cable has arrived
 * and nothing was sent for LAB_SETTLE_QUIET_NS, but no longer than LAB_SETTLE_MAX_NS: last
 * acknowledgements, which kernels delay, belong to the story. Then the record is closed. What
 * happens afterwards, when programs are ended and open sockets closed, is not in it.
 */
#ifndef WIRETALE_TCP_LAB_LAB_RUN_H
#define WIRETALE_TCP_LAB_LAB_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_lab/experiment.h"
#include "tcp_lab/lab_record.h"
#include "tcp_lab/lab_world.h"

#define LAB_SETTLE_QUIET_NS (UINT64_C(60) * 1000 * 1000)
#define LAB_SETTLE_MAX_NS (UINT64_C(1000) * 1000 * 1000)

struct lab_run_options {
	uint64_t seed;
	bool full;      /* the long real timers too */
	bool no_probe;  /* states are not asked for */
	bool no_record; /* segments are not kept */
	enum lab_backend backend;
	uint64_t limit_ns;       /* 0: the experiment's own */
	bool goes_on;            /* `lab try`: when the limit comes that is no failure */
	const char *tool_folder; /* where wiretale and wiretaled are: the first in the programs'
				    PATH; NULL: none */
	/* A step begins, or the run ends (step NULL): for progress. May be NULL. */
	void (*progress)(void *context, const struct step *step);
	void *context;
	int stop_fd; /* readable: the user wants it to end; -1: none */
};

enum lab_run_result {
	LAB_RAN,     /* *out is filled; whether all went well stands in it */
	LAB_REFUSED, /* there can be no lab here: *refusal */
	LAB_BROKE,   /* out of memory or descriptors: *refusal says what */
};

/* out: zeroed; lab_record_finish() gives it back, whatever the result. */
enum lab_run_result lab_run(const struct experiment *experiment,
			    const struct lab_run_options *options, struct lab_record *out,
			    struct lab_refusal *refusal);

#endif
