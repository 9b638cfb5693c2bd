/*
 * Fills a record while the run goes on: segments from the cable's calls, states from the probe,
 * steps. Knows the ceilings; once one is reached, later segments are counted only.
 *
 *   lab_recorder_init(&recorder, record, experiment, &options);
 *   lab_recorder_sent(&recorder, packet);                in cable_owner.sent
 *   segment = lab_recorder_segment(&recorder, packet->number);
 *   if (segment) segment->sent = truth;                  when the kernels were asked
 *   lab_recorder_lost(&recorder, packet, why);           in cable_owner.lost
 *   lab_recorder_delivered(&recorder, packet, now_ns);   when the device has it
 *   lab_recorder_finish(&recorder, now_ns);              the record stays
 *
 * Times go in as of CLOCK_MONOTONIC. One thread.
 */
#ifndef WIRETALE_TCP_LAB_LAB_RECORDER_H
#define WIRETALE_TCP_LAB_LAB_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_lab/cable.h"
#include "tcp_lab/experiment.h"
#include "tcp_lab/lab_record.h"

struct lab_recorder_options {
	uint64_t seed;
	uint64_t monotonic_ns; /* the run's beginning */
	int64_t wall_ns;       /* the same moment since 1970 */
	bool no_segments;      /* they are not kept */
};

struct lab_recorder {
	struct lab_record *record; /* borrowed; filled */
	uint64_t *cable_numbers;   /* owned; of each recorded segment what the cable calls it; grows
				      from one to the next */
	size_t segment_capacity;   /* of record.segments and cable_numbers */
	size_t byte_capacity;      /* of record.bytes */
	uint64_t monotonic_ns;     /* the run's beginning */
	bool no_segments;
	bool full; /* a ceiling was reached, or memory ran out: no segment is added any more */
};

/* record: zeroed; lab_record_finish() gives it back. 0 or -ENOMEM. */
int lab_recorder_init(struct lab_recorder *recorder, struct lab_record *record,
		      const struct experiment *experiment,
		      const struct lab_recorder_options *options);
/* Says how long the run was. The record stays. */
void lab_recorder_finish(struct lab_recorder *recorder, uint64_t now_ns);

/* ---- segments, by what the cable tells ---- */

/* Of all packets, TCP or not, in the order of the cable's calls. */
void lab_recorder_sent(struct lab_recorder *recorder, const struct cable_packet *packet);
void lab_recorder_lost(struct lab_recorder *recorder, const struct cable_packet *packet,
		       const char *why);
/* delivered_ns: right after the other host's kernel took it. */
void lab_recorder_delivered(struct lab_recorder *recorder, const struct cable_packet *packet,
			    uint64_t delivered_ns);
/* To write truths into, by the cable's number; borrowed until the next lab_recorder_sent(). NULL:
 * it was not recorded. */
struct lab_segment *lab_recorder_segment(const struct lab_recorder *recorder,
					 uint64_t cable_number);
/* States that were not asked for. */
void lab_recorder_not_asked(struct lab_recorder *recorder, uint64_t count);

/* ---- steps; index: in the experiment ---- */

/* Borrowed; the result text and what stands in `held` are for the caller to write. */
struct lab_step_result *lab_recorder_step(const struct lab_recorder *recorder, size_t index);
void lab_recorder_step_began(struct lab_recorder *recorder, size_t index, uint64_t now_ns);
/* It came to its end; format: its result, cut where it is too long. */
void lab_recorder_step_ended(struct lab_recorder *recorder, size_t index, uint64_t now_ns,
			     bool held, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* The run goes wrong here; the first sentence stays. */
void lab_recorder_fail(struct lab_recorder *recorder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Nanoseconds since the run's beginning. */
int64_t lab_recorder_offset_ns(const struct lab_recorder *recorder, uint64_t now_ns);

#endif
