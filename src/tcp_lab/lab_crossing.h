/* Whose ways on the cable cross those of others, so that one line cannot tell of both ends. Pure.
 */
#ifndef WIRETALE_TCP_LAB_LAB_CROSSING_H
#define WIRETALE_TCP_LAB_LAB_CROSSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_lab/lab_record.h"

/* Of one segment of the record; same index. */
struct lab_way {
	uint64_t frame;        /* its place in the cable's capture, of a copy its original's; 0 */
	uint32_t connection;   /* by the cable's tracker, from 1; 0: no segment of TCP */
	size_t next;           /* index + 1 of the connection's next segment; 0: there is none */
	bool changes;          /* its arrival changes its receiver's state */
	bool timed_out;        /* it proves to be a timeout: see proves_timeout */
	uint64_t overtaken_by; /* frame; 0: by none */
	bool arrives_later;    /* see lab_inference.h */
};

/*
 * Fills overtaken_by and arrives_later of all ways by the rest of them and their connections, of
 * which there are so many. *arrivals: the indexes of those that arrive later, by the time of that;
 * allocated, the caller frees it. 0 or -ENOMEM.
 */
int lab_crossings_find(const struct lab_record *record, struct lab_way *ways,
		       size_t connection_count, size_t **arrivals, size_t *arrival_count);

#endif
