#include "tcp_flow/tcp_tracker.h"

#include <stdlib.h>

#include "packet/sequence.h"
#include "tcp_flow/flow_table.h"

#define ICMP_REDIRECT_TYPE 5 /* RFC 792 */

struct tcp_tracker {
	struct tcp_tracker_options options;
	struct flow_table flows;
	struct tcp_totals totals;
	size_t max_closed;
	uint64_t last_number;
	struct segment_facts facts; /* of the latest segment, where the caller wants none */
	struct flow *latest;        /* borrowed; of the latest segment; NULL once it is gone */
};

struct tcp_tracker *tcp_tracker_create(const struct tcp_tracker_options *options)
{
	struct tcp_tracker *tracker = calloc(1, sizeof(*tracker));

	if (!tracker)
		return NULL;
	tracker->options = *options;
	if (tracker->options.max_connections == 0)
		tracker->options.max_connections = TRACKER_MAX_CONNECTIONS;
	tracker->max_closed = TRACKER_MAX_CLOSED;
	/* tshark forgets nothing, so its streams are kept as long as there is room. */
	if ((tracker->options.flags & TRACKER_AS_TSHARK) != 0 ||
	    tracker->max_closed > tracker->options.max_connections)
		tracker->max_closed = tracker->options.max_connections;
	flow_table_init(&tracker->flows);
	return tracker;
}

void tcp_tracker_destroy(struct tcp_tracker *tracker)
{
	if (!tracker)
		return;
	flow_table_finish(&tracker->flows);
	free(tracker);
}

const struct tcp_totals *tcp_tracker_totals(const struct tcp_tracker *tracker)
{
	return &tracker->totals;
}

static void hand_out(struct tcp_tracker *tracker, struct flow *flow)
{
	struct tcp_connection *connection = &flow->connection;

	/* tshark counts a stream for what an error quotes; nothing was seen of it itself. */
	if (connection->last_frame == 0)
		return;
	tcp_connection_conclude(connection);
	if ((tracker->options.flags & TRACKER_KEEP_PAYLOAD) != 0 &&
	    !connection->dialogue.keeps_payload &&
	    connection->ends[TCP_CLIENT].bytes + connection->ends[TCP_SERVER].bytes > 0)
		tracker->totals.without_payload++;
	if (tracker->options.ended)
		tracker->options.ended(tracker->options.context, connection);
}

/* It is counted last, with what straggled in after it was handed out. */
static void end_flow(struct tcp_tracker *tracker, struct flow *flow)
{
	if (!flow->told)
		hand_out(tracker, flow);
	if (flow->connection.last_frame != 0)
		tcp_totals_connection(&tracker->totals, &flow->connection);
	if (tracker->latest == flow)
		tracker->latest = NULL;
	flow_table_remove(&tracker->flows, flow);
}

/* Of those that are closed, told or not: whom to forget first. NULL: there is none. */
static struct flow *oldest_closed(struct flow_table *flows)
{
	struct flow *told = flow_table_oldest(flows, &flows->told);

	return told ? told : flow_table_oldest(flows, &flows->closed);
}

/* At the ceilings: the closed go first, then who was silent for longest. */
static void make_room(struct tcp_tracker *tracker)
{
	struct flow_table *flows = &tracker->flows;

	while (flows->closed.count + flows->told.count > tracker->max_closed)
		end_flow(tracker, oldest_closed(flows));
	while (flows->open.count + flows->closed.count + flows->told.count >=
	       tracker->options.max_connections) {
		struct flow *victim = oldest_closed(flows);

		if (!victim) {
			victim = flow_table_oldest(flows, &flows->open);
			victim->connection.evicted = true;
		}
		end_flow(tracker, victim);
	}
}

static struct flow *begin_flow(struct tcp_tracker *tracker, const struct packet *packet,
			       const struct flow_key *key, uint64_t hash)
{
	unsigned flags = tracker->options.flags;
	struct tcp_connection *connection;
	struct flow *flow;

	make_room(tracker);
	flow = flow_table_add(&tracker->flows, key, hash);
	if (!flow)
		return NULL;
	connection = &flow->connection;
	connection->number = ++tracker->last_number;
	connection->as_tshark = (flags & TRACKER_AS_TSHARK) != 0;
	connection->no_shortcut = (flags & TRACKER_NO_SHORTCUT) != 0;
	connection->totals_only = (flags & TRACKER_TOTALS_ONLY) != 0;
	connection->none_twice = (flags & TRACKER_NONE_TWICE) != 0;
	if ((flags & TRACKER_KEEP_PAYLOAD) != 0) {
		connection->dialogue.keeps_payload =
			tracker->flows.open.count + tracker->flows.closed.count <=
			TRACKER_MAX_PAYLOADS;
	}
	connection->dialogue.keeps_turns = (flags & TRACKER_KEEP_TURNS) != 0;
	if ((flags & (TRACKER_AS_TSHARK | TRACKER_COMPARE_LABELS)) != 0) {
		connection->tshark = tshark_labels_create();
		if (!connection->tshark) {
			flow_table_remove(&tracker->flows, flow);
			return NULL;
		}
	}
	tcp_connection_begin(connection, packet);
	flow->placed_at = packet->frame;
	return flow;
}

/* A SYN whose number is not the one its sender began with. */
static bool begins_anew(const struct tcp_end *sender, const struct packet *packet)
{
	return (packet->tcp.flags & TCP_FLAG_SYN) != 0 &&
	       !(sender->offer.seen && sender->base_raw == packet->tcp.sequence);
}

static unsigned tshark_direction(const struct tcp_connection *connection,
				 const struct packet *packet)
{
	/* tshark takes a connection to itself for one direction. */
	return connection->to_itself ? 0 : tcp_connection_sender(connection, packet);
}

static bool may_be_reuse(const struct tcp_tracker *tracker, const struct packet *packet)
{
	return (packet->tcp.flags & TCP_FLAG_SYN) != 0 ||
	       (tracker->options.flags & TRACKER_AS_TSHARK) != 0;
}

/*
 * A SYN-ACK to the very SYN that opened this connection, which came to its end since: an old copy
 * of that SYN has arrived late at a listener that takes it for new (RFC 9293 section 3.5).
 */
static bool answers_old_syn(const struct tcp_connection *connection, enum tcp_side from,
			    const struct packet *packet)
{
	const struct tcp_end *sender = &connection->ends[from];
	const struct tcp_end *opener = &connection->ends[tcp_other_side(from)];

	return opener->offer.seen && opener->acked > 0 && sender->acked > 0 &&
	       packet->tcp.acknowledgment == opener->base_raw + 1;
}

/* Is this the first segment of a new connection on a pair that has one? */
static bool is_reuse(const struct tcp_tracker *tracker, const struct tcp_connection *connection,
		     const struct packet *packet)
{
	enum tcp_side from = tcp_connection_sender(connection, packet);
	const struct tcp_end *sender = &connection->ends[from];

	if ((tracker->options.flags & TRACKER_AS_TSHARK) != 0)
		return tshark_starts_new_stream(connection->tshark, packet,
						tshark_direction(connection, packet));
	if (!begins_anew(sender, packet))
		return false;
	if ((packet->tcp.flags & TCP_FLAG_ACK) != 0)
		/* The answer to a SYN that the file lacks; not to one that it has. */
		return closing_is_complete(connection) && sender->offer.seen &&
		       !answers_old_syn(connection, from, packet);
	if (connection->closing.began)
		return true;
	/* Nobody ever answered: there is no live connection that it could be inside of. */
	return sender->offer.seen && connection->states[from] == TCP_SYN_SENT &&
	       !connection->ends[tcp_other_side(from)].sends;
}

static struct flow *reuse_flow(struct tcp_tracker *tracker, struct flow *flow,
			       const struct packet *packet, uint64_t hash)
{
	struct flow_key key = flow->key;
	uint64_t former = flow->connection.number;

	end_flow(tracker, flow);
	flow = begin_flow(tracker, packet, &key, hash);
	if (flow) {
		flow->connection.reuses_ports = true;
		flow->connection.former_number = former;
	}
	return flow;
}

/* Data beyond all that was seen: whatever its story said, this connection lives. */
static bool brings_more(const struct tcp_connection *connection, const struct packet *packet)
{
	const struct tcp_end *sender = &connection->ends[tcp_connection_sender(connection, packet)];
	uint32_t next_raw = sender->base_raw + (uint32_t)sender->next;

	/* tshark's streams go on. */
	return !connection->as_tshark && packet->payload_length > 0 &&
	       sequence_distance(next_raw, packet->tcp.sequence + packet->payload_length) > 0;
}

/* Its story was told, by what was seen until then: the rest is another one. */
static struct flow *revive_flow(struct tcp_tracker *tracker, struct flow *flow,
				const struct packet *packet, uint64_t hash)
{
	struct flow_key key = flow->key;

	end_flow(tracker, flow);
	return begin_flow(tracker, packet, &key, hash);
}

/*
 * tshark opens streams also for headers that are no segments of theirs: quoted by an ICMP error,
 * or longer than the datagram they stand in. Numbers would not agree without these.
 */
static enum tcp_tracker_result count_stream(struct tcp_tracker *tracker, struct flow *flow,
					    const struct packet *header, const struct flow_key *key,
					    uint64_t hash)
{
	if (flow && tshark_header_starts_new_stream(flow->connection.tshark, header->tcp.flags,
						    header->tcp.sequence,
						    tshark_direction(&flow->connection, header))) {
		flow = reuse_flow(tracker, flow, header, hash);
		/* tshark says that of the frame with the quote, and never of a segment. */
		if (flow)
			flow->connection.reuses_ports = false;
	} else if (!flow) {
		flow = begin_flow(tracker, header, key, hash);
	}
	if (!flow)
		return TRACKER_NO_MEMORY;
	/* What is judged by it must be remembered, though we show no such segment. */
	if (header->kind == PACKET_DAMAGED && header->tcp.length <= header->ip.payload_length)
		(void)tshark_labels_segment(flow->connection.tshark, header,
					    tshark_direction(&flow->connection, header), false);
	return TRACKER_NO_SEGMENT;
}

/* A redirect is no error to tshark. */
static bool opens_stream(const struct packet *error)
{
	bool redirects = error->icmp.source.version == 4 && error->icmp.type == ICMP_REDIRECT_TYPE;

	return error->icmp.has_flags && !redirects;
}

static enum tcp_tracker_result take_header(struct tcp_tracker *tracker, const struct packet *header,
					   const struct packet *error)
{
	struct flow_key key;
	struct flow *flow;
	uint64_t hash;

	flow_key_make(&header->ip, &header->tcp, &key);
	hash = flow_table_hash(&tracker->flows, &key);
	flow = flow_table_find(&tracker->flows, &key, hash);
	if (flow && error && flow->connection.last_frame != 0)
		flow_control_icmp(&flow->connection, error);
	if ((tracker->options.flags & TRACKER_AS_TSHARK) == 0 || (error && !opens_stream(error)))
		return TRACKER_NO_SEGMENT;
	return count_stream(tracker, flow, header, &key, hash);
}

/* The quoted header, as if it had come by itself. */
static enum tcp_tracker_result take_quote(struct tcp_tracker *tracker, const struct packet *error)
{
	struct packet header = { .kind = PACKET_ICMP_ERROR };

	header.frame = error->frame;
	header.time_ns = error->time_ns;
	header.ip.source = error->icmp.source;
	header.ip.destination = error->icmp.destination;
	header.tcp.source_port = error->icmp.source_port;
	header.tcp.destination_port = error->icmp.destination_port;
	header.tcp.sequence = error->icmp.sequence;
	header.tcp.flags = error->icmp.flags;
	return take_header(tracker, &header, error);
}

/* Who is who may be seen otherwise than by the headers that came before. */
static void begin_connection(struct tcp_connection *connection, const struct packet *packet)
{
	unsigned former = tshark_direction(connection, packet);

	tcp_connection_begin(connection, packet);
	if (connection->tshark && former != tshark_direction(connection, packet))
		tshark_labels_turn(connection->tshark);
}

static enum tcp_tracker_result take_segment(struct tcp_tracker *tracker,
					    const struct packet *packet,
					    struct segment_facts *facts,
					    const struct tcp_connection **connection)
{
	struct flow_key key;
	struct flow *flow;
	uint64_t hash;

	flow_key_make(&packet->ip, &packet->tcp, &key);
	hash = flow_table_hash(&tracker->flows, &key);
	flow = flow_table_find(&tracker->flows, &key, hash);
	if (flow && may_be_reuse(tracker, packet) && is_reuse(tracker, &flow->connection, packet))
		flow = reuse_flow(tracker, flow, packet, hash);
	else if (flow && flow->told && brings_more(&flow->connection, packet))
		flow = revive_flow(tracker, flow, packet, hash);
	else if (!flow)
		flow = begin_flow(tracker, packet, &key, hash);
	if (!flow)
		return TRACKER_NO_MEMORY;
	if (flow->connection.last_frame == 0) {
		tracker->totals.connections++;
		/* Where only its number was known until now, this is the segment that begins it. */
		begin_connection(&flow->connection, packet);
		flow->placed_at = packet->frame;
		flow->client_turned = key.turned;
		if (tcp_connection_sender(&flow->connection, packet) == TCP_SERVER)
			flow->client_turned = !key.turned;
	}
	tcp_connection_segment(&flow->connection, packet,
			       flow->client_turned == key.turned ? TCP_CLIENT : TCP_SERVER,
			       facts ? facts : &tracker->facts);
	flow_table_touch(&tracker->flows, flow, flow->connection.is_complete);
	tracker->latest = flow;
	if (connection)
		*connection = &flow->connection;
	return TRACKER_SEGMENT;
}

enum tcp_tracker_result tcp_tracker_packet(struct tcp_tracker *tracker, const struct packet *packet,
					   struct segment_facts *facts,
					   const struct tcp_connection **connection)
{
	tcp_totals_packet(&tracker->totals, packet);
	switch (packet->kind) {
	case PACKET_TCP:
		return take_segment(tracker, packet, facts, connection);
	case PACKET_ICMP_ERROR:
		return take_quote(tracker, packet);
	case PACKET_DAMAGED:
	case PACKET_FRAGMENT:
		if (packet->has_tcp_fields)
			return take_header(tracker, packet, NULL);
		break;
	case PACKET_OTHER:
		break;
	}
	return TRACKER_NO_SEGMENT;
}

void tcp_tracker_name_program(struct tcp_tracker *tracker, const struct tcp_connection *connection,
			      enum tcp_side side, const struct tcp_program *program)
{
	if (tracker->latest && &tracker->latest->connection == connection)
		tracker->latest->connection.programs[side] = *program;
}

void tcp_tracker_tick(struct tcp_tracker *tracker, int64_t now_ns)
{
	struct flow_table *flows = &tracker->flows;
	bool forgets = (tracker->options.flags & TRACKER_AS_TSHARK) == 0;
	struct flow *flow;

	while ((flow = flow_table_oldest(flows, &flows->closed)) &&
	       now_ns - flow->connection.last_ns >= TRACKER_CLOSED_NS) {
		hand_out(tracker, flow);
		/* The largest part of it, and of no use to stragglers. */
		dialogue_finish(&flow->connection.dialogue);
		flow_table_put_told(flows, flow);
	}
	while (forgets && (flow = flow_table_oldest(flows, &flows->told)) &&
	       now_ns - flow->connection.last_ns >= TRACKER_TOLD_NS)
		end_flow(tracker, flow);
}

void tcp_tracker_finish(struct tcp_tracker *tracker)
{
	size_t count = 0;
	struct flow **flows = flow_table_by_number(&tracker->flows, &count);

	for (size_t i = 0; i < count; i++)
		end_flow(tracker, flows[i]);
	free(flows);
	/* Without memory for their order, in any. */
	while (tracker->flows.open.oldest)
		end_flow(tracker, tracker->flows.open.oldest);
	while (tracker->flows.closed.oldest)
		end_flow(tracker, tracker->flows.closed.oldest);
	while (tracker->flows.told.oldest)
		end_flow(tracker, tracker->flows.told.oldest);
}
