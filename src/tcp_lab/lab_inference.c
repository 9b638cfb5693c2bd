/*
 * The cable's capture is followed twice: first for the numbers of its connections only, by which
 * the hosts' captures, followed next, name theirs; in the end for the listener, who hears of each
 * segment together with what the hosts' captures and kernels said of both ends of its way.
 */
#include "tcp_lab/lab_inference.h"

#include <errno.h>
#include <stdlib.h>

#include "tcp_flow/tcp_tracker.h"
#include "tcp_lab/lab_comparison.h"
#include "tcp_lab/lab_inference_parts.h"

#define FIRST_CAPACITY 16u

/* Room for one more element. */
static void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t wanted = *capacity == 0 ? FIRST_CAPACITY : 2 * *capacity;
	void *grown;

	if (count < *capacity)
		return array;
	grown = reallocarray(array, wanted, size);
	if (grown)
		*capacity = wanted;
	return grown;
}

size_t lab_inference_index(const struct lab_inference *inference, const struct lab_segment *segment)
{
	return (size_t)(segment - inference->record->segments);
}

static enum lab_host host_at(const struct lab_segment *segment, enum lab_moment moment)
{
	return moment == LAB_SENT ? segment->from : lab_other_host(segment->from);
}

static const struct lab_truth *truth_at(const struct lab_segment *segment, enum lab_moment moment)
{
	return moment == LAB_SENT ? &segment->sent : &segment->delivered;
}

/* ---- first: which segment belongs to which connection ---- */

static bool know_connection(struct lab_inference *inference, uint64_t number)
{
	while (inference->connection_count < number) {
		struct known_connection *grown =
			grow(inference->connections, inference->connection_count,
			     &inference->connection_capacity, sizeof(*grown));

		if (!grown)
			return false;
		inference->connections = grown;
		grown[inference->connection_count++] = (struct known_connection){ .next = 0 };
	}
	return true;
}

static void happened_first(struct first_time *first, const struct lab_segment *segment)
{
	if (first->number == 0)
		*first = (struct first_time){ .number = segment->number,
					      .sent_ns = segment->sent_ns };
}

static void note_pair(struct known_connection *connection, enum lab_host from,
		      const struct packet *packet)
{
	connection->address[from] = packet->ip.source;
	connection->port[from] = packet->tcp.source_port;
	connection->address[lab_other_host(from)] = packet->ip.destination;
	connection->port[lab_other_host(from)] = packet->tcp.destination_port;
}

static void note_fin_came(struct known_connection *connection, const struct lab_segment *segment)
{
	int64_t *came_ns = &connection->fin_came_ns[lab_other_host(segment->from)];

	if (segment->delivered_ns >= 0 && (*came_ns == 0 || segment->delivered_ns < *came_ns))
		*came_ns = segment->delivered_ns;
}

/* One of those before: seldom long ago. */
static void note_timeout(struct lab_inference *inference, size_t before, uint64_t frame)
{
	while (before > 0 && inference->ways[before - 1].frame != frame)
		before--;
	if (before > 0)
		inference->ways[before - 1].timed_out = true;
}

static void number_segment(void *context, const struct lab_vantage_segment *seen)
{
	struct lab_inference *inference = context;
	const struct lab_segment *segment = seen->sighting->segment;
	struct lab_way *way = &inference->ways[lab_inference_index(inference, segment)];
	struct known_connection *connection;

	way->frame = seen->frame;
	if (!seen->connection)
		return;
	if (!know_connection(inference, seen->connection->number)) {
		inference->no_memory = true;
		return;
	}
	way->connection = (uint32_t)seen->connection->number;
	if (seen->facts->proves_timeout != 0)
		note_timeout(inference, lab_inference_index(inference, segment),
			     seen->facts->proves_timeout);
	connection = &inference->connections[way->connection - 1];
	note_pair(connection, segment->from, seen->packet);
	if (seen->facts->of_former)
		return;
	if ((seen->facts->flags & TCP_FLAG_FIN) != 0)
		note_fin_came(connection, segment);
	if (segment->forged)
		return;
	if ((seen->facts->flags & TCP_FLAG_FIN) != 0)
		happened_first(&connection->fin[segment->from], segment);
	if ((seen->facts->flags & TCP_FLAG_RST) != 0)
		happened_first(&connection->rst[segment->from], segment);
}

/* Copies are in no capture of the cable. */
static void number_copies(struct lab_inference *inference)
{
	const struct lab_record *record = inference->record;

	for (size_t i = 0; i < record->segment_count; i++) {
		uint64_t original = record->segments[i].copy_of;

		if (original > 0 && original <= i)
			inference->ways[i] = inference->ways[original - 1];
	}
}

/* What a host sends next may tell of its state now. */
static void find_next(struct lab_inference *inference)
{
	for (size_t i = inference->record->segment_count; i-- > 0;) {
		struct lab_way *way = &inference->ways[i];
		struct known_connection *connection;

		if (way->connection == 0)
			continue;
		connection = &inference->connections[way->connection - 1];
		way->next = connection->next;
		if (inference->record->segments[i].copy_of == 0)
			connection->next = i + 1;
	}
}

static int number_segments(struct lab_inference *inference)
{
	const struct lab_vantage_listener listener = {
		.context = inference,
		.segment = number_segment,
	};
	int result = lab_vantage_follow(inference->record, VANTAGE_CABLE,
					TRACKER_TOTALS_ONLY | TRACKER_NONE_TWICE, &listener);

	if (result == 0 && inference->no_memory)
		result = -ENOMEM;
	if (result < 0)
		return result;
	number_copies(inference);
	find_next(inference);
	return 0;
}

/* ---- second: what the hosts' captures say ---- */

/* The first segment of a connection in a capture says what the cable calls it. */
const struct vantage_connection *lab_inference_meet(struct lab_inference *inference,
						    const struct lab_vantage_segment *seen)
{
	const struct lab_segment *segment = seen->sighting->segment;
	uint64_t number = seen->connection->number;
	struct vantage_connection *met;

	while (inference->by_vantage_count < number) {
		struct vantage_connection *grown =
			grow(inference->by_vantage, inference->by_vantage_count,
			     &inference->by_vantage_capacity, sizeof(*grown));

		if (!grown) {
			inference->no_memory = true;
			return NULL;
		}
		inference->by_vantage = grown;
		grown[inference->by_vantage_count++] = (struct vantage_connection){ .number = 0 };
	}
	met = &inference->by_vantage[number - 1];
	if (met->number == 0) {
		met->number = inference->ways[lab_inference_index(inference, segment)].connection;
		met->hosts[seen->facts->from] = segment->from;
		met->hosts[tcp_other_side(seen->facts->from)] = lab_other_host(segment->from);
	}
	return met;
}

static void infer_state(void *context, const struct lab_vantage_segment *seen)
{
	struct lab_inference *inference = context;
	const struct lab_sighting *sighting = seen->sighting;
	struct lab_ends *ends = &inference->ends[lab_inference_index(inference, sighting->segment)];
	enum lab_moment moment = sighting->received ? LAB_DELIVERED : LAB_SENT;
	enum tcp_side side;

	if (!seen->connection)
		return;
	(void)lab_inference_meet(inference, seen);
	side = sighting->received ? tcp_other_side(seen->facts->from) : seen->facts->from;
	ends->at[moment].inferred = true;
	ends->at[moment].by_wire = seen->facts->states[side];
}

void lab_inference_tell_connection(void *context, const struct tcp_connection *connection)
{
	struct lab_inference *inference = context;
	const struct lab_inference_listener *listener = inference->listener;
	const struct vantage_connection *met;

	if (!listener->connection || connection->number > inference->by_vantage_count)
		return;
	met = &inference->by_vantage[connection->number - 1];
	listener->connection(listener->context, &(struct lab_inferred_connection){
							.vantage = inference->vantage,
							.connection = connection,
							.number = met->number,
							.hosts = { met->hosts[0], met->hosts[1] },
						});
}

static int follow_host(struct lab_inference *inference, enum wanted_vantage vantage)
{
	const struct lab_vantage_listener listener = {
		.context = inference,
		.segment = infer_state,
		.ended = lab_inference_tell_connection,
	};
	int result;

	inference->vantage = vantage;
	inference->by_vantage_count = 0;
	result = lab_vantage_follow(inference->record, vantage,
				    TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS, &listener);
	if (result == 0 && inference->no_memory)
		result = -ENOMEM;
	return result;
}

/* ---- third: that beside what the kernels said ---- */

/* Whether the host had done it when its state was looked at. */
static bool was_done(const struct first_time *first, const struct lab_segment *segment,
		     enum lab_moment moment)
{
	if (first->number == 0)
		return false;
	if (moment == LAB_SENT)
		return first->number <= segment->number;
	return first->sent_ns <= segment->delivered_ns;
}

/* What the connection's next segment tells: what it is, and the host's state then. */
static void look_at_next(const struct lab_inference *inference, size_t i,
			 struct lab_compared *compared)
{
	const struct lab_segment *segment = compared->segment;
	const struct lab_segment *next;
	const struct lab_truth *later;

	if (inference->ways[i].next == 0)
		return;
	next = &inference->record->segments[inference->ways[i].next - 1];
	later = next->sent_ns >= segment->delivered_ns ? &next->sent : &next->delivered;
	compared->next = next->meaning.kinds;
	compared->next_is_mine = next->from == compared->host;
	compared->has_later = later->asked;
	compared->later = later->states[compared->host];
}

static bool compare_end(struct lab_inference *inference, size_t i, enum lab_moment moment)
{
	const struct lab_segment *segment = &inference->record->segments[i];
	const struct lab_truth *truth = truth_at(segment, moment);
	const struct lab_way *way = &inference->ways[i];
	struct lab_end_state *end = &inference->ends[i].at[moment];
	enum lab_host host = host_at(segment, moment);
	const struct known_connection *connection;
	struct lab_compared compared = {
		.segment = segment,
		.frame = way->frame,
		.connection = way->connection,
		.host = host,
		.moment = moment,
		.kinds = segment->meaning.kinds,
	};

	if (way->connection == 0)
		return true;
	connection = &inference->connections[way->connection - 1];
	if (moment == LAB_SENT)
		end->happened = !segment->forged && segment->copy_of == 0;
	else
		end->happened = segment->delivered_ns >= 0;
	end->asked = truth->asked;
	end->kernel = truth->states[host];
	look_at_next(inference, i, &compared);
	compared.sent_fin = was_done(&connection->fin[host], segment, moment);
	compared.sent_rst = was_done(&connection->rst[host], segment, moment);
	compared.sends_rst = connection->rst[host].number != 0;
	compared.got_fin = connection->fin_came_ns[host] != 0 &&
			   connection->fin_came_ns[host] <= segment->sent_ns;
	return lab_comparison_add(&inference->states, &compared, end);
}

static int compare_states(struct lab_inference *inference)
{
	for (size_t i = 0; i < inference->record->segment_count; i++) {
		if (!compare_end(inference, i, LAB_SENT) ||
		    !compare_end(inference, i, LAB_DELIVERED))
			return -ENOMEM;
	}
	return 0;
}

static int infer(struct lab_inference *inference)
{
	int result = number_segments(inference);

	if (result == 0)
		result = follow_host(inference, VANTAGE_CLIENT);
	if (result == 0)
		result = follow_host(inference, VANTAGE_SERVER);
	if (result == 0)
		result = compare_states(inference);
	if (result == 0)
		result = lab_changes_find(inference->record, inference->ways, inference->ends,
					  inference->connection_count);
	if (result == 0)
		result = lab_crossings_find(inference->record, inference->ways,
					    inference->connection_count, &inference->arrivals,
					    &inference->arrival_count);
	if (result == 0)
		result = lab_inference_tell(inference);
	return result;
}

struct lab_inference *lab_inference_create(const struct lab_record *record,
					   const struct lab_inference_listener *listener)
{
	struct lab_inference *inference = calloc(1, sizeof(*inference));

	if (!inference)
		return NULL;
	inference->record = record;
	inference->listener = listener;
	inference->notes = calloc(record->segment_count + 1, sizeof(*inference->notes));
	inference->ways = calloc(record->segment_count + 1, sizeof(*inference->ways));
	inference->ends = calloc(record->segment_count + 1, sizeof(*inference->ends));
	if (!inference->notes || !inference->ways || !inference->ends || infer(inference) < 0) {
		lab_inference_destroy(inference);
		return NULL;
	}
	inference->listener = NULL;
	return inference;
}

void lab_inference_destroy(struct lab_inference *inference)
{
	if (!inference)
		return;
	lab_comparison_finish(&inference->states);
	free(inference->arrivals);
	free(inference->by_vantage);
	free(inference->connections);
	free(inference->notes);
	free(inference->ends);
	free(inference->ways);
	free(inference);
}

const struct lab_states *lab_inference_states(const struct lab_inference *inference)
{
	return &inference->states;
}

uint32_t lab_inference_connections(const struct lab_inference *inference)
{
	return (uint32_t)inference->connection_count;
}
