/* One capture of a run, followed as the trace follows a capture. Pure; one thread. */
#ifndef WIRETALE_TCP_LAB_LAB_VANTAGE_H
#define WIRETALE_TCP_LAB_LAB_VANTAGE_H

#include <stdint.h>

#include "tcp_flow/connection.h"
#include "tcp_flow/segment_facts.h"
#include "tcp_lab/lab_record.h"

/* A segment of that capture. All borrowed for the call. */
struct lab_vantage_segment {
	const struct lab_sighting *sighting;
	uint64_t frame;                          /* its place in that capture, from 1 */
	const struct tcp_connection *connection; /* NULL: it is no segment of TCP */
	const struct segment_facts *facts;
	const struct packet *packet; /* whatever it is */
};

struct lab_vantage_listener {
	void *context;
	/* The next packet is about to be followed. May be NULL. */
	void (*before)(void *context, const struct lab_sighting *sighting);
	/* It was. */
	void (*segment)(void *context, const struct lab_vantage_segment *segment);
	/* No more will come; those still open follow. May be NULL. */
	void (*over)(void *context);
	/* As struct tcp_tracker_options has it. May be NULL. */
	void (*ended)(void *context, const struct tcp_connection *connection);
};

/* flags: TRACKER_*. 0 or -ENOMEM. */
int lab_vantage_follow(const struct lab_record *record, enum wanted_vantage vantage, unsigned flags,
		       const struct lab_vantage_listener *listener);

#endif
