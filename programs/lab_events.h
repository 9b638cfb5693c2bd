/* What the steps of a run did, by time: what stands between the segments of a ladder. Pure. */
#ifndef WIRETALE_PROGRAMS_LAB_EVENTS_H
#define WIRETALE_PROGRAMS_LAB_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_lab/lab_record.h"

#define LAB_EVENT_TEXT_BYTES 600u

struct lab_event {
	int64_t at_ns; /* since the run's beginning */
	enum lab_host host;
	uint32_t connection; /* it belongs to, as the segments' meanings have it; 0: to none */
	uint16_t listens;    /* of LISTEN: the port; else 0 */
	bool at_cable;       /* of no host, or of both */
	bool failed;
	char text[LAB_EVENT_TEXT_BYTES]; /* "send \"get\""; not harmless */
};

enum lab_events {
	LAB_EVENTS_ALL,
	LAB_EVENTS_OF_CONNECTIONS, /* not what programs do: it is not known to which of several
				      connections it belongs */
	LAB_EVENTS_OF_CABLE,
};

/* Waiting and expecting are none. Allocated, free() it; NULL: none, or no memory. */
struct lab_event *lab_events_make(const struct lab_record *record, enum lab_events which,
				  size_t *count);

#endif
