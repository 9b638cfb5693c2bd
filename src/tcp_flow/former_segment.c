#include "tcp_flow/former_segment.h"

#include <stdlib.h>
#include <string.h>

#include "packet/sequence.h"
#include "tcp_flow/connection.h"

/* What a capture may have missed of the client, acknowledged by the server: no former number. */
#define MISSED_MAX_BYTES (1 << 20)

/* The client's SYN is out, and nothing was acknowledged but that. */
static bool is_opening(const struct tcp_connection *connection)
{
	const struct opening *opening = &connection->opening;

	return opening->has_syn && !opening->server_syn && !opening->is_over &&
	       opening->refused_frame == 0 && !connection->to_itself && !connection->as_tshark;
}

/* Of what this connection has not sent: "unacceptable" in the words of the RFC (SND.UNA, SND.NXT).
 */
static bool acknowledges_another(const struct tcp_connection *connection,
				 const struct packet *packet)
{
	const struct tcp_end *client = &connection->ends[TCP_CLIENT];
	int32_t beyond_syn = sequence_distance(client->base_raw, packet->tcp.acknowledgment);

	return beyond_syn <= 0 || beyond_syn > client->next + MISSED_MAX_BYTES;
}

bool former_segment_is(const struct tcp_connection *connection, const struct packet *packet,
		       enum tcp_side from)
{
	const struct former_segments *former = connection->former;
	uint16_t flags = packet->tcp.flags;

	if (!is_opening(connection) || (flags & TCP_FLAG_SYN) != 0)
		return false;
	/* It may cross the server's own SYN on the way. */
	if (from == TCP_CLIENT)
		return (flags & TCP_FLAG_RST) != 0 && former &&
		       packet->tcp.sequence == former->acknowledgment;
	/* An RST that does not fit has an explanation of its own: somebody made it up. */
	return !connection->opening.has_syn_ack && (flags & TCP_FLAG_ACK) != 0 &&
	       (flags & TCP_FLAG_RST) == 0 && acknowledges_another(connection, packet);
}

static void note(struct former_segments *former, const struct packet *packet, enum tcp_side from)
{
	if (from == TCP_CLIENT) {
		former->reset_frame = packet->frame;
		return;
	}
	former->count++;
	former->acknowledgment = packet->tcp.acknowledgment;
	if (former->first_frame == 0)
		former->first_frame = packet->frame;
}

void former_segment_take(struct tcp_connection *connection, const struct packet *packet,
			 enum tcp_side from, struct segment_facts *facts)
{
	struct tcp_end *sender = &connection->ends[from];

	memset(facts, 0, sizeof(*facts));
	facts->packet = packet;
	facts->from = from;
	facts->since_start_ns = packet->time_ns - connection->start_ns;
	facts->since_last_ns = packet->time_ns - connection->last_ns;
	facts->flags = packet->tcp.flags;
	facts->has_ack = (packet->tcp.flags & TCP_FLAG_ACK) != 0;
	facts->length = packet->payload_length;
	facts->window = -1;
	facts->of_former = true;
	facts->never_arrived = packet->never_arrived;
	for (unsigned side = 0; side < 2; side++)
		facts->before[side] = facts->states[side] = connection->states[side];
	facts->captured_twice =
		connection->former && !connection->none_twice &&
		packet->time_ns - sender->last_ns <= CAPTURED_TWICE_NS &&
		captured_twice(&sender->recent, packet, connection->recovery_rtt_ns);
	if (facts->captured_twice)
		return;
	captured_twice_remember(&sender->recent, packet);
	if (!connection->former)
		connection->former = calloc(1, sizeof(*connection->former));
	if (connection->former) /* else it is not told of */
		note(connection->former, packet, from);
}

bool former_segments_reopen(const struct tcp_connection *connection,
			    const struct segment_facts *segment)
{
	const struct opening *opening = &connection->opening;

	return connection->former && connection->former->reset_frame > opening->last_syn_frame &&
	       segment->repeats && segment->from == TCP_CLIENT &&
	       (segment->flags & TCP_FLAG_SYN) != 0 && !segment->has_ack;
}

void former_segments_conclude(struct tcp_connection *connection)
{
	const struct former_segments *former = connection->former;
	struct tcp_finding *finding;

	if (!former)
		return;
	/* It went on without a SYN-ACK: the capture has missed that, and more before this. */
	if (former->reset_frame == 0 && connection->opening.is_over &&
	    !connection->opening.has_syn_ack)
		return;
	finding = findings_add(&connection->findings, FINDING_FORMER_CONNECTION, TCP_SERVER,
			       former->reset_frame != 0 ? CONFIDENCE_SURE : CONFIDENCE_LIKELY);
	if (!finding)
		return;
	finding->count = former->count;
	finding->values[0] = former->reset_frame != 0;
	finding_frame(finding, former->first_frame);
	if (former->reset_frame != 0)
		finding_frame(finding, former->reset_frame);
}
