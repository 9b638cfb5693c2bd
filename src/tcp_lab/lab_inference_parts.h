/* The parts of lab_inference.c and lab_inference_tell.c: a run while it is followed. */
#ifndef WIRETALE_TCP_LAB_LAB_INFERENCE_PARTS_H
#define WIRETALE_TCP_LAB_LAB_INFERENCE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip_address.h"
#include "tcp_lab/lab_changes.h"
#include "tcp_lab/lab_crossing.h"
#include "tcp_lab/lab_inference.h"
#include "tcp_lab/lab_vantage.h"

/* What is known of a segment beside the record and its way; same index. */
struct note {
	bool told; /* the listener has it; the rest is from then on */
	enum tcp_side from;
	uint16_t flags;
	uint32_t length;
};

/* When a host first did something in a connection. */
struct first_time {
	uint64_t number; /* of the segment; 0: never */
	int64_t sent_ns;
};

/* A connection of the cable's capture. */
struct known_connection {
	size_t next; /* while segments are gone through backwards: index + 1 of the one before */
	struct first_time fin[LAB_HOSTS];
	struct first_time rst[LAB_HOSTS];
	int64_t fin_came_ns[LAB_HOSTS]; /* when it was first delivered to that host; 0: never */
	struct ip_address address[LAB_HOSTS];
	uint16_t port[LAB_HOSTS];
};

/* A connection as a tracker numbers it; index + 1 is that number. */
struct vantage_connection {
	uint32_t number; /* by the cable's tracker */
	enum lab_host hosts[2];
};

struct lab_inference {
	const struct lab_record *record;               /* borrowed */
	const struct lab_inference_listener *listener; /* borrowed, while it is created */
	struct lab_way *ways;                          /* owned; one for each segment */
	struct lab_ends *ends;                         /* owned; as many */
	struct note *notes;                            /* owned; as many */
	struct known_connection *connections;          /* owned; index + 1 is the number */
	size_t connection_count;
	size_t connection_capacity;
	struct vantage_connection *by_vantage; /* owned; of the capture that is being followed */
	size_t by_vantage_count;
	size_t by_vantage_capacity;
	enum wanted_vantage vantage; /* that one */
	size_t *arrivals;            /* owned; indexes of segments that arrive later, by time */
	size_t arrival_count;
	size_t arrived; /* of them */
	bool no_memory;
	struct lab_states states;
};

/* The segment's place in the record. */
size_t lab_inference_index(const struct lab_inference *inference,
			   const struct lab_segment *segment);

/* What a capture's connection is to the cable: its first segment there says it. NULL: no memory,
 * which is noted. */
const struct vantage_connection *lab_inference_meet(struct lab_inference *inference,
						    const struct lab_vantage_segment *seen);

/* To the listener; context: the inference. As struct lab_vantage_listener has it. */
void lab_inference_tell_connection(void *context, const struct tcp_connection *connection);

/* lab_inference_tell.c: follows the cable's capture for the listener. 0 or -ENOMEM. */
int lab_inference_tell(struct lab_inference *inference);

#endif
