/* Which moments changed a host's state, in the order in which they came. Pure. */
#ifndef WIRETALE_TCP_LAB_LAB_CHANGES_H
#define WIRETALE_TCP_LAB_LAB_CHANGES_H

#include <stddef.h>

#include "tcp_lab/lab_crossing.h"
#include "tcp_lab/lab_inference.h"

/* Both ends of a segment's way, by enum lab_moment. */
struct lab_ends {
	struct lab_end_state at[LAB_MOMENTS];
};

/*
 * Sets `changes` of all ends, and way->changes by that of the receiver's. By index of the record's
 * segments; so many connections. 0 or -ENOMEM.
 */
int lab_changes_find(const struct lab_record *record, struct lab_way *ways, struct lab_ends *ends,
		     size_t connection_count);

#endif
