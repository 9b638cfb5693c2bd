#include "tcp_flow/connection.h"

#include <stdlib.h>
#include <string.h>

#include "tcp_flow/loss_notes.h"
#include "tcp_flow/plain_segment.h"
#include "tcp_flow/reset_cause.h"
#include "tcp_flow/segment_labels.h"
#include "tcp_flow/tcp_states.h"
#include "tcp_flow/unknowns.h"

int64_t tcp_end_room(const struct tcp_connection *connection, enum tcp_side sender)
{
	const struct tcp_end *end = &connection->ends[sender];
	const struct tcp_end *peer = &connection->ends[tcp_other_side(sender)];

	if (peer->window < 0 || !end->has_acked)
		return -1;
	return peer->limit > end->next ? peer->limit - end->next : 0;
}

/* A SYN comes from the client, a SYN-ACK goes to it; else who has the higher port is one. */
static enum tcp_side first_sender(const struct packet *first)
{
	if ((first->tcp.flags & TCP_FLAG_SYN) != 0)
		return (first->tcp.flags & TCP_FLAG_ACK) != 0 ? TCP_SERVER : TCP_CLIENT;
	return first->tcp.source_port >= first->tcp.destination_port ? TCP_CLIENT : TCP_SERVER;
}

void tcp_connection_begin(struct tcp_connection *connection, const struct packet *first)
{
	enum tcp_side from = first_sender(first);
	struct tcp_end *sender = &connection->ends[from];
	struct tcp_end *receiver = &connection->ends[tcp_other_side(from)];
	struct segment_facts facts = {
		.from = from,
		.flags = first->tcp.flags,
		.has_ack = (first->tcp.flags & TCP_FLAG_ACK) != 0,
	};

	sender->address = first->ip.source;
	sender->port = first->tcp.source_port;
	receiver->address = first->ip.destination;
	receiver->port = first->tcp.destination_port;
	connection->first_frame = first->frame;
	connection->start_ns = first->time_ns;
	connection->end_ns = first->time_ns;
	connection->last_ns = first->time_ns;
	for (unsigned side = 0; side < 2; side++) {
		connection->ends[side].fin_end = -1;
		connection->ends[side].window = -1;
	}
	connection->to_itself =
		sender->port == receiver->port &&
		memcmp(&sender->address, &receiver->address, sizeof(sender->address)) == 0;
	tcp_states_before(&facts, connection->states);
}

void tcp_connection_finish(struct tcp_connection *connection)
{
	for (unsigned side = 0; side < 2; side++)
		sequence_ranges_finish(&connection->ends[side].seen);
	recovery_finish(&connection->recovery);
	dialogue_finish(&connection->dialogue);
	findings_finish(&connection->findings);
	free(connection->former);
	connection->former = NULL;
	tshark_labels_destroy(connection->tshark);
	connection->tshark = NULL;
}

enum tcp_side tcp_connection_sender(const struct tcp_connection *connection,
				    const struct packet *packet)
{
	const struct tcp_end *client = &connection->ends[TCP_CLIENT];

	if (client->port == packet->tcp.source_port &&
	    memcmp(&client->address, &packet->ip.source, sizeof(client->address)) == 0)
		return TCP_CLIENT;
	return TCP_SERVER;
}

/* Which raw number is 0: its SYN's, or, midstream, the one before the first that was seen. */
static void number_end(struct tcp_end *end, uint32_t base_raw, int64_t next)
{
	end->numbered = true;
	end->base_raw = base_raw;
	end->next = next;
	end->in_order = next;
}

static void number_ends(struct tcp_connection *connection, const struct packet *packet,
			enum tcp_side from)
{
	struct tcp_end *sender = &connection->ends[from];
	struct tcp_end *receiver = &connection->ends[tcp_other_side(from)];
	bool syn = (packet->tcp.flags & TCP_FLAG_SYN) != 0;
	bool ack = (packet->tcp.flags & TCP_FLAG_ACK) != 0;

	if (!sender->numbered)
		number_end(sender, packet->tcp.sequence - !syn, !syn);
	else if (syn && !sender->sends)
		/* Known by acknowledgements until now; its own SYN knows better. */
		number_end(sender, packet->tcp.sequence, 0);
	if (ack && !receiver->numbered)
		number_end(receiver, packet->tcp.acknowledgment - 1, 1);
}

/* Both ends scale their windows, or neither does (RFC 7323 section 2.2). */
static void agree_on_scale(struct tcp_connection *connection)
{
	const struct tcp_offer *client = &connection->ends[TCP_CLIENT].offer;
	const struct tcp_offer *server = &connection->ends[TCP_SERVER].offer;
	bool scale = true;

	if ((client->seen && (client->has & TCP_HAS_WINDOW_SCALE) == 0) ||
	    (server->seen && (server->has & TCP_HAS_WINDOW_SCALE) == 0))
		scale = false;
	else if (!client->seen && !server->seen)
		return;
	for (unsigned side = 0; side < 2; side++) {
		struct tcp_end *end = &connection->ends[side];

		end->window_known = !scale || (client->seen && server->seen) ||
				    /* a SYN-ACK scales only in answer to a SYN that does */
				    (side == TCP_SERVER && server->seen);
		end->scale = scale ? end->offer.window_scale : 0;
	}
}

static void note_offer(struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct tcp_header *tcp = &segment->packet->tcp;
	struct tcp_offer *offer = &connection->ends[segment->from].offer;
	uint8_t scale = tcp->options.window_scale;

	if (offer->seen)
		return;
	*offer = (struct tcp_offer){
		.seen = true,
		.has = tcp->options.has,
		.flags = tcp->flags,
		.window = tcp->window,
		.frame = segment->packet->frame,
	};
	if ((offer->has & TCP_HAS_MSS) != 0)
		offer->mss = tcp->options.mss;
	if ((offer->has & TCP_HAS_WINDOW_SCALE) != 0)
		offer->window_scale = scale > TCP_WINDOW_SCALE_MAX ? TCP_WINDOW_SCALE_MAX : scale;
	if ((offer->has & TCP_HAS_TIMESTAMPS) != 0)
		offer->timestamp_value = tcp->options.timestamp_value;
	if ((offer->has & TCP_HAS_FAST_OPEN) != 0)
		offer->fast_open_length = tcp->options.fast_open_length;
	agree_on_scale(connection);
}

static void note_latest(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct tcp_end *sender = &connection->ends[segment->from];
	const struct packet *packet = segment->packet;

	connection->last_frame = packet->frame;
	connection->last_ns = packet->time_ns;
	if (packet->time_ns > connection->end_ns)
		connection->end_ns = packet->time_ns;
	sender->segments++;
	sender->last_ns = packet->time_ns;
	sender->last_frame = packet->frame;
}

static void count_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct tcp_end *sender = &connection->ends[segment->from];
	const struct packet *packet = segment->packet;

	note_latest(connection, segment);
	if (!sender->sends)
		sender->time_to_live = packet->ip.time_to_live;
	sender->sends = true;
	sender->sent_ack |= segment->has_ack;
	sender->sums_right |= packet->checksum == CHECKSUM_GOOD;
	if (segment->length > sender->largest_payload) {
		sender->largest_payload = segment->length;
		sender->largest_frame = packet->frame;
	}
	if (segment->captured_twice) {
		sender->captured_twice++;
		if (sender->first_twice_frame == 0)
			sender->first_twice_frame = packet->frame;
	} else {
		captured_twice_remember(&sender->recent, packet);
	}
}

static void note_damage(struct tcp_end *sender, const struct segment_facts *segment)
{
	bool has_damage = sender->damaged_left < sender->damaged_right &&
			  sender->acked < sender->damaged_right;

	if (!segment->damaged) {
		if (segment->sequence <= sender->damaged_left &&
		    segment->end > sender->damaged_left)
			sender->damaged_left = segment->end;
		return;
	}
	/* Sent before, it may have arrived then. */
	if (segment->new_space == 0)
		return;
	if (!has_damage || segment->sequence < sender->damaged_left)
		sender->damaged_left = segment->sequence;
	if (!has_damage || segment->end > sender->damaged_right)
		sender->damaged_right = segment->end;
}

static void note_arrival(struct recovery_side *side, const struct tcp_end *sender,
			 const struct segment_facts *segment)
{
	struct loss_notes *notes = segment->never_arrived ? recovery_losses(side) : side->losses;

	if (!notes)
		return;
	if (segment->never_arrived)
		loss_notes_know_arrivals(notes, &sender->seen);
	else if (notes->knows_arrivals && !segment->damaged)
		sequence_ranges_add(&notes->arrived, segment->sequence, segment->end);
}

/* What its sender has sent, by this segment. */
static void apply_sequence(struct tcp_connection *connection, struct tcp_end *sender,
			   const struct segment_facts *segment)
{
	int64_t data = segment->sequence + ((segment->flags & TCP_FLAG_SYN) != 0);

	if (segment->repeats)
		sender->retransmissions++;
	if (!sender->starts_known) {
		sender->starts_known = true;
		sender->next = segment->sequence;
		sender->in_order = segment->sequence;
	}
	if (segment->end == segment->sequence)
		return;
	note_arrival(&connection->recovery.sides[segment->from], sender, segment);
	note_damage(sender, segment);
	if (segment->new_space > 0 && segment->length > 0) {
		if (sender->first_data_ns == 0)
			sender->first_data_ns = segment->packet->time_ns;
		if (segment->new_space == segment->end - segment->sequence)
			sender->bytes += segment->length;
		else
			sender->bytes += (uint64_t)sequence_ranges_missing(&sender->seen, data,
									   data + segment->length);
	}
	sequence_ranges_add(&sender->seen, segment->sequence, segment->end);
	if (segment->end > sender->next && !segment->window_probe)
		sender->next = segment->end;
	if (segment->sequence <= sender->in_order && segment->end > sender->in_order)
		sender->in_order =
			sender->seen.count == 1
				? sender->seen.first.right
				: sequence_ranges_end_of_run(&sender->seen, segment->end);
	if ((segment->flags & TCP_FLAG_FIN) != 0 && sender->fin_end < 0) {
		sender->fin_end = segment->end;
		sender->fin_frame = segment->packet->frame;
	}
}

/* What it has received, and will take, by this segment. */
static void apply_acknowledgment(struct tcp_end *sender, struct tcp_end *receiver,
				 const struct segment_facts *segment)
{
	int64_t limit;

	/* One that came late says what was true before (RFC 9293 section 3.10.7.4, SND.WL2). */
	if (segment->has_ack && receiver->has_acked && segment->acknowledgment < receiver->acked)
		return;
	sender->window = segment->window;
	if (!segment->has_ack)
		return;
	if (!receiver->has_acked || segment->acknowledgment > receiver->acked)
		receiver->acked = segment->acknowledgment;
	receiver->has_acked = true;
	if (receiver->acked > receiver->in_order)
		receiver->in_order = sequence_ranges_end_of_run(&receiver->seen, receiver->acked);
	/* A byte that probed a closed window was no news, until now that it is taken. */
	if (receiver->acked > receiver->next && receiver->seen.count > 0 &&
	    sequence_ranges_at(&receiver->seen, receiver->seen.count - 1).right >= receiver->acked)
		receiver->next = receiver->acked;
	if (segment->window < 0)
		return;
	limit = segment->acknowledgment + segment->window;
	if (limit > sender->limit)
		sender->limit = limit;
}

static void apply_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct tcp_end *sender = &connection->ends[segment->from];
	struct tcp_end *receiver = &connection->ends[tcp_other_side(segment->from)];

	count_segment(connection, segment);
	connection->states[0] = segment->states[0];
	connection->states[1] = segment->states[1];
	if (segment->captured_twice || segment->stray_syn)
		return;
	if ((segment->flags & TCP_FLAG_SYN) != 0)
		note_offer(connection, segment);
	if ((segment->flags & TCP_FLAG_RST) != 0)
		return;
	apply_sequence(connection, sender, segment);
	if (!segment->never_arrived)
		apply_acknowledgment(sender, receiver, segment);
	if (connection->recovery_rtt_ns == 0)
		connection->recovery_rtt_ns = connection->opening.rtt_ns;
}

static void judge_segment(struct tcp_connection *connection, struct segment_facts *segment)
{
	recovery_segment(connection, segment);
	if (!connection->as_tshark)
		segment->labels = segment_labels(connection, segment);
	if ((segment->flags & TCP_FLAG_RST) != 0) {
		closing_judge_reset(connection, segment);
		if (!connection->totals_only)
			reset_cause_segment(connection, segment);
	}
	if (tcp_states_may_move(connection, segment))
		tcp_states_segment(connection, segment);
	if (!connection->opening.is_over)
		opening_segment(connection, segment);
	if (connection->closing.began || (segment->flags & (TCP_FLAG_FIN | TCP_FLAG_RST)) != 0)
		closing_segment(connection, segment);
	if (connection->totals_only)
		return;
	flow_control_segment(connection, segment);
	dialogue_segment(connection, segment);
}

static void label_segment(struct tcp_connection *connection, struct segment_facts *segment)
{
	uint32_t labels;

	if (connection->as_tshark)
		segment->labels = segment->tshark_labels;
	else if (connection->tshark)
		segment_labels_compare(connection, segment);
	labels = segment->labels;
	for (unsigned label = 0; labels != 0; label++, labels >>= 1) {
		if ((labels & 1) != 0)
			connection->label_counts[label]++;
	}
}

static void label_as_tshark(struct tcp_connection *connection, const struct packet *packet,
			    struct segment_facts *facts)
{
	/* tshark takes a connection to itself for one direction. */
	unsigned direction = connection->to_itself ? 0 : facts->from;

	facts->tshark_labels =
		tshark_labels_segment(connection->tshark, packet, direction,
				      connection->reuses_ports && connection->last_frame == 0);
}

/* The short way; see plain_segment.h. */
static void take_plain_segment(struct tcp_connection *connection, const struct packet *packet,
			       enum tcp_side from, struct segment_facts *facts)
{
	plain_segment_facts(connection, packet, from, facts);
	if (connection->tshark)
		label_as_tshark(connection, packet, facts);
	recovery_plain_segment(connection, facts);
	if (!connection->totals_only) {
		flow_control_segment(connection, facts);
		dialogue_segment(connection, facts);
	}
	/* None of ours; tshark may see it otherwise. */
	if (facts->tshark_labels != 0)
		label_segment(connection, facts);
	if (!connection->totals_only) {
		ledger_segment(connection, facts);
		unknowns_segment(connection, facts);
	}
	plain_segment_apply(connection, facts);
}

/* It is counted, and its time; of this connection it says nothing. */
static void take_former_segment(struct tcp_connection *connection, const struct packet *packet,
				enum tcp_side from, struct segment_facts *facts)
{
	former_segment_take(connection, packet, from, facts);
	if (connection->tshark) {
		label_as_tshark(connection, packet, facts);
		label_segment(connection, facts);
	}
	if (!connection->totals_only)
		ledger_segment(connection, facts);
	note_latest(connection, facts);
}

void tcp_connection_segment(struct tcp_connection *connection, const struct packet *packet,
			    enum tcp_side from, struct segment_facts *facts)
{
	if (connection->is_smooth && plain_segment_is(connection, packet, from)) {
		take_plain_segment(connection, packet, from, facts);
		return;
	}
	if (former_segment_is(connection, packet, from)) {
		take_former_segment(connection, packet, from, facts);
		return;
	}
	number_ends(connection, packet, from);
	segment_facts_make(connection, packet, from, facts);
	facts->reopens = former_segments_reopen(connection, facts);
	if (connection->tshark)
		label_as_tshark(connection, packet, facts);
	if (connection->closing.reset_frame != 0) {
		closing_refute_reset(connection, facts);
		facts->states[TCP_CLIENT] = connection->states[TCP_CLIENT];
		facts->states[TCP_SERVER] = connection->states[TCP_SERVER];
	}
	if (!facts->captured_twice)
		judge_segment(connection, facts);
	if ((facts->labels | facts->tshark_labels) != 0)
		label_segment(connection, facts);
	if (!connection->totals_only) {
		ledger_segment(connection, facts);
		unknowns_segment(connection, facts);
	}
	apply_segment(connection, facts);
	connection->is_complete = closing_is_complete(connection);
	connection->is_smooth = !connection->no_shortcut && plain_segment_could_follow(connection);
}

void tcp_connection_conclude(struct tcp_connection *connection)
{
	connection->is_over = true;
	opening_conclude(connection);
	former_segments_conclude(connection);
	closing_conclude(connection);
	recovery_conclude(connection);
	if (connection->totals_only)
		return;
	flow_control_conclude(connection);
	dialogue_conclude(connection);
	ledger_conclude(connection);
	unknowns_conclude(connection);
	findings_sort(&connection->findings);
}
