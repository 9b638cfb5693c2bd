/*
 * What the parts of a run share: the hosts, the cable between them, what steps opened and started,
 * and the record. Plain pointers; lab_run.c makes and ends them. One thread.
 */
#ifndef WIRETALE_TCP_LAB_LAB_STAGE_H
#define WIRETALE_TCP_LAB_LAB_STAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_lab/experiment.h"
#include "tcp_lab/lab_programs.h"
#include "tcp_lab/lab_recorder.h"
#include "tcp_lab/lab_sockets.h"
#include "tcp_lab/lab_traffic.h"
#include "tcp_lab/lab_world.h"
#include "tcp_lab/probe.h"

/* States are asked for so often while a step waits for one. */
#define LAB_POLL_NS (UINT64_C(5) * 1000 * 1000)

struct lab_stage {
	const struct experiment *experiment; /* borrowed */
	struct lab_world *world;
	struct probe *probe;
	struct lab_traffic *traffic;
	struct lab_sockets *sockets;
	struct lab_programs *programs;
	struct lab_recorder *recorder;
	bool full;         /* with --full */
	uint64_t start_ns; /* when the run began */
	uint64_t limit_ns; /* how long its steps may take */
	bool goes_on;      /* that the limit came is no failure */
};

#endif
