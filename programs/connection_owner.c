#include "programs/connection_owner.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "sock_diag/socket_owner.h"

/*
 * After which segment of an end it is asked for. A client has its socket when it sends its SYN; a
 * server when it has accepted, which may be after its SYN-ACK and its first acknowledgement.
 */
static bool is_time_to_ask(const struct tcp_connection *connection,
			   const struct segment_facts *segment)
{
	uint64_t sent = connection->ends[segment->from].segments;

	return (sent == 1 || sent == 2 || sent == 4) && !connection->is_over &&
	       connection->programs[segment->from].process == 0;
}

static bool has_time(struct connection_owners *owners, uint64_t now_ns)
{
	if (now_ns - owners->second_began_ns >= NS_PER_S) {
		owners->second_began_ns = now_ns;
		owners->spent_ns = 0;
	}
	return owners->spent_ns < CONNECTION_OWNER_BUDGET_NS;
}

void connection_owners_segment(struct connection_owners *owners, struct tcp_tracker *tracker,
			       const struct tcp_connection *connection,
			       const struct segment_facts *segment)
{
	const struct tcp_end *end = &connection->ends[segment->from];
	const struct tcp_end *other = &connection->ends[tcp_other_side(segment->from)];
	struct tcp_program program = { .process = 0 };
	struct socket_owner owner;
	uint64_t began_ns;

	if (!is_time_to_ask(connection, segment))
		return;
	began_ns = clock_elapsed_ns();
	if (!has_time(owners, began_ns)) {
		owners->not_asked += end->segments == 1;
		return;
	}
	if (socket_owner_of(&end->address, end->port, &other->address, other->port, &owner)) {
		program.process = owner.pid;
		(void)snprintf(program.name, sizeof(program.name), "%s", owner.program);
		tcp_tracker_name_program(tracker, connection, segment->from, &program);
	}
	owners->spent_ns += clock_elapsed_ns() - began_ns;
}
