/* The cable's capture for the listener: segments as they were sent, arrivals between them. */
#include "tcp_lab/lab_inference_parts.h"

#include <errno.h>
#include <string.h>

#include "tcp_flow/tcp_tracker.h"

#define ERROR_LOOKS_BACK 4096u /* connections, for the one that an ICMP error is about */

static void tell_arrival(struct lab_inference *inference, size_t i)
{
	const struct lab_inference_listener *listener = inference->listener;
	struct lab_way *way = &inference->ways[i];
	const struct note *note = &inference->notes[i];

	/* Once; see tell_arrivals_of(). */
	way->arrives_later = false;
	if (!listener->arrival)
		return;
	listener->arrival(listener->context, &(struct lab_arrival){
						     .segment = &inference->record->segments[i],
						     .frame = way->frame,
						     .number = way->connection,
						     .from = note->from,
						     .flags = note->flags,
						     .length = note->length,
						     .end = &inference->ends[i].at[LAB_DELIVERED],
					     });
}

/* What has arrived before the next segment is sent. */
static void tell_arrivals(struct lab_inference *inference, size_t next, int64_t now_ns)
{
	const struct lab_segment *segments = inference->record->segments;

	while (inference->arrived < inference->arrival_count) {
		size_t i = inference->arrivals[inference->arrived];

		if (i >= next || segments[i].delivered_ns > now_ns)
			return;
		if (inference->ways[i].arrives_later && inference->notes[i].told)
			tell_arrival(inference, i);
		inference->arrived++;
	}
}

static void before_segment(void *context, const struct lab_sighting *sighting)
{
	struct lab_inference *inference = context;

	tell_arrivals(inference, lab_inference_index(inference, sighting->segment),
		      sighting->time_ns);
}

static void all_arrived(void *context)
{
	struct lab_inference *inference = context;

	tell_arrivals(inference, inference->record->segment_count, INT64_MAX);
}

/* A connection ends where another takes its place: what is still on its way goes first. */
static void tell_arrivals_of(struct lab_inference *inference, uint32_t number)
{
	for (size_t at = inference->arrived; at < inference->arrival_count; at++) {
		size_t i = inference->arrivals[at];

		if (inference->ways[i].connection == number && inference->notes[i].told &&
		    inference->ways[i].arrives_later)
			tell_arrival(inference, i);
	}
}

static void connection_ended(void *context, const struct tcp_connection *connection)
{
	struct lab_inference *inference = context;

	tell_arrivals_of(inference, (uint32_t)connection->number);
	lab_inference_tell_connection(inference, connection);
}

static void tell_segment(struct lab_inference *inference, size_t i,
			 const struct lab_vantage_segment *seen,
			 const struct vantage_connection *met)
{
	const struct lab_inference_listener *listener = inference->listener;
	const struct lab_way *way = &inference->ways[i];
	const struct lab_ends *ends = &inference->ends[i];
	struct note *note = &inference->notes[i];

	note->told = true;
	note->from = seen->facts->from;
	note->flags = seen->facts->flags;
	note->length = seen->facts->length;
	if (!listener->segment)
		return;
	listener->segment(
		listener->context,
		&(struct lab_inferred_segment){
			.segment = &inference->record->segments[i],
			.connection = seen->connection,
			.facts = seen->facts,
			.number = way->connection,
			.hosts = { met->hosts[0], met->hosts[1] },
			.ends = { ends->at[LAB_SENT], ends->at[LAB_DELIVERED] },
			.arrives_later = way->arrives_later,
			.copy_of = inference->record->segments[i].copy_of != 0 ? way->frame : 0,
			.overtaken_by = way->overtaken_by,
			.proven = way->timed_out ? CAUSE_TIMEOUT : CAUSE_NONE,
		});
}

static bool is_about(const struct known_connection *connection, enum lab_host to,
		     const struct icmp_error *icmp)
{
	const struct ip_address *address = &connection->address[to];

	return connection->port[to] == icmp->source_port &&
	       connection->port[lab_other_host(to)] == icmp->destination_port &&
	       address->version == icmp->source.version &&
	       memcmp(address->bytes, icmp->source.bytes, sizeof(address->bytes)) == 0;
}

static void tell_error(struct lab_inference *inference, const struct lab_vantage_segment *seen)
{
	const struct lab_inference_listener *listener = inference->listener;
	const struct lab_segment *segment = seen->sighting->segment;
	enum lab_host to = lab_other_host(segment->from);
	size_t met = inference->by_vantage_count;

	if (!listener->error || seen->packet->kind != PACKET_ICMP_ERROR)
		return;
	/* The latest of that pair; of the cable's capture the numbers are the same. */
	for (size_t looked = 0; met > 0 && looked < ERROR_LOOKS_BACK; met--, looked++) {
		if (!is_about(&inference->connections[met - 1], to, &seen->packet->icmp))
			continue;
		listener->error(listener->context,
				&(struct lab_inferred_error){
					.segment = segment,
					.frame = seen->frame,
					.number = (uint32_t)met,
					.to = inference->by_vantage[met - 1].hosts[TCP_CLIENT] == to
						      ? TCP_CLIENT
						      : TCP_SERVER,
					.icmp = &seen->packet->icmp,
				});
		return;
	}
}

static void segment_on_cable(void *context, const struct lab_vantage_segment *seen)
{
	struct lab_inference *inference = context;
	const struct lab_record *record = inference->record;
	size_t i = lab_inference_index(inference, seen->sighting->segment);
	uint64_t original = i + 1;
	const struct vantage_connection *met;

	if (!seen->connection) {
		tell_error(inference, seen);
		return;
	}
	met = lab_inference_meet(inference, seen);
	if (!met)
		return;
	tell_segment(inference, i, seen, met);
	/* The cable makes copies at once. */
	while (++i < record->segment_count && record->segments[i].copy_of == original)
		tell_segment(inference, i, seen, met);
}

int lab_inference_tell(struct lab_inference *inference)
{
	const struct lab_vantage_listener listener = {
		.context = inference,
		.before = before_segment,
		.segment = segment_on_cable,
		.over = all_arrived,
		.ended = connection_ended,
	};
	int result;

	inference->vantage = VANTAGE_CABLE;
	inference->by_vantage_count = 0;
	result = lab_vantage_follow(inference->record, VANTAGE_CABLE,
				    TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS | TRACKER_NONE_TWICE,
				    &listener);
	if (result == 0 && inference->no_memory)
		result = -ENOMEM;
	return result;
}
