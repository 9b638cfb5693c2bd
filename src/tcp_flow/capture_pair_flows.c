#include "tcp_flow/capture_pair_flows.h"

#include <stdlib.h>
#include <string.h>

#define HASHED_BYTES_MAX 64u
#define FLOWS_AT_FIRST 16u
#define SEGMENTS_AT_FIRST 16u

const char *pair_fate_name(enum pair_fate fate)
{
#define PAIR_AS_NAME(constant, name) name,
	static const char *const names[] = { PAIR_FATES(PAIR_AS_NAME) };
#undef PAIR_AS_NAME

	return (unsigned)fate < PAIR_FATE_COUNT ? names[fate] : "";
}

void pair_capture_finish(struct pair_capture *capture)
{
	for (uint32_t i = 0; i < capture->count; i++)
		free(capture->flows[i].segments);
	free(capture->flows);
	*capture = (struct pair_capture){ 0 };
}

void pair_capture_frame(struct pair_capture *capture, int64_t time_ns)
{
	if (capture->frames == 0 || time_ns < capture->first_ns)
		capture->first_ns = time_ns;
	if (capture->frames == 0 || time_ns > capture->last_ns)
		capture->last_ns = time_ns;
	capture->frames++;
}

static struct pair_flow *flow_of(struct pair_capture *capture,
				 const struct tcp_connection *connection)
{
	uint64_t place = connection->number - 1;

	if (place >= PAIR_CONNECTIONS_MAX)
		return NULL;
	if (place >= capture->capacity) {
		uint32_t capacity = capture->capacity > 0 ? capture->capacity : FLOWS_AT_FIRST;
		struct pair_flow *larger;

		while (capacity <= place)
			capacity *= 2;
		larger = realloc(capture->flows, capacity * sizeof(*larger));
		if (!larger) {
			capture->no_memory = true;
			return NULL;
		}
		capture->flows = larger;
		capture->capacity = capacity;
	}
	while (capture->count <= place) {
		capture->flows[capture->count] = (struct pair_flow){ .pair = PAIR_NONE };
		capture->count++;
	}
	return &capture->flows[place];
}

/* Room for one more, or NULL. */
static struct pair_segment *next_segment(struct pair_capture *capture, struct pair_flow *flow)
{
	if (flow->left_out > 0 || flow->count >= PAIR_CONNECTION_SEGMENTS_MAX ||
	    capture->segments >= PAIR_SEGMENTS_MAX)
		return NULL;
	if (flow->count == flow->capacity) {
		uint32_t capacity = flow->capacity > 0 ? flow->capacity * 2 : SEGMENTS_AT_FIRST;
		struct pair_segment *larger =
			realloc(flow->segments, capacity * sizeof(*flow->segments));

		if (!larger) {
			capture->no_memory = true;
			return NULL;
		}
		flow->segments = larger;
		flow->capacity = capacity;
	}
	return &flow->segments[flow->count];
}

/* FNV-1a: what is hashed is compared in full by nobody, and costs little. */
static uint32_t add_to_hash(uint32_t hash, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT32_C(16777619);
	return hash;
}

static uint32_t add_word_to_hash(uint32_t hash, uint32_t word)
{
	const uint8_t bytes[] = { (uint8_t)(word >> 24), (uint8_t)(word >> 16),
				  (uint8_t)(word >> 8), (uint8_t)word };

	return add_to_hash(hash, bytes, sizeof(bytes));
}

/* Relative to the acknowledgement, as who shifts sequence numbers shifts both. */
static uint32_t hash_of_sack(const struct tcp_header *tcp)
{
	uint32_t hash = UINT32_C(2166136261);

	if ((tcp->options.has & TCP_HAS_SACK) == 0)
		return 0;
	for (unsigned i = 0; i < tcp->options.sack_count; i++) {
		const struct sack_block *block = &tcp->options.sack[i];

		hash = add_word_to_hash(hash, block->left - tcp->acknowledgment);
		hash = add_word_to_hash(hash, block->right - tcp->acknowledgment);
	}
	return hash;
}

static void note_offer(struct pair_flow *flow, enum tcp_side side, const struct tcp_header *tcp)
{
	struct pair_offer *offer = &flow->offers[side];

	if ((tcp->flags & TCP_FLAG_SYN) == 0 || offer->seen)
		return;
	*offer = (struct pair_offer){
		.seen = true,
		.has = tcp->options.has,
		.mss = (tcp->options.has & TCP_HAS_MSS) != 0 ? tcp->options.mss : 0,
		.window_scale = (tcp->options.has & TCP_HAS_WINDOW_SCALE) != 0
					? tcp->options.window_scale
					: 0,
		.sequence = tcp->sequence,
	};
}

static void fill(struct pair_segment *segment, const struct segment_facts *facts)
{
	const struct packet *packet = facts->packet;
	const struct tcp_header *tcp = &packet->tcp;
	uint32_t hashed = packet->captured_payload < HASHED_BYTES_MAX ? packet->captured_payload
								      : HASHED_BYTES_MAX;

	*segment = (struct pair_segment){
		.frame = packet->frame,
		.time_ns = packet->time_ns,
		.sequence_raw = tcp->sequence,
		.acknowledgment_raw = facts->has_ack ? tcp->acknowledgment : 0,
		.length = facts->length,
		.content = facts->length > 0
				   ? add_to_hash(UINT32_C(2166136261), packet->payload, hashed)
				   : hash_of_sack(tcp),
		.hashed = (uint8_t)hashed,
		.partner = PAIR_NONE,
		.first_piece = PAIR_NONE,
		.flags = tcp->flags,
		.window = tcp->window,
		.ip_id = packet->ip.identification,
		.time_to_live = packet->ip.time_to_live,
		.traffic_class = packet->ip.traffic_class,
		.from = (uint8_t)facts->from,
		.cause = (uint8_t)facts->cause,
		.twice = facts->captured_twice,
		.repeats = facts->repeats,
		.stray = segment_is_stray(facts),
		.bad_checksum = packet->checksum == CHECKSUM_BAD,
	};
	if ((tcp->options.has & TCP_HAS_TIMESTAMPS) != 0) {
		segment->has_timestamps = true;
		segment->timestamp_value = tcp->options.timestamp_value;
		segment->timestamp_echo = tcp->options.timestamp_echo;
	}
}

/* What was taken for a probe and proves to be a timeout: among the latest. */
static void mend_cause(struct pair_flow *flow, uint64_t frame)
{
	uint32_t i = flow->count;

	while (i > 0 && flow->segments[i - 1].frame > frame)
		i--;
	if (i > 0 && flow->segments[i - 1].frame == frame)
		flow->segments[i - 1].cause = CAUSE_TIMEOUT;
}

void pair_capture_segment(struct pair_capture *capture, const struct tcp_connection *connection,
			  const struct segment_facts *facts)
{
	struct pair_flow *flow = flow_of(capture, connection);
	struct pair_segment *segment = flow ? next_segment(capture, flow) : NULL;

	if (!segment) {
		capture->segments_left_out++;
		if (flow)
			flow->left_out++;
		if (!flow && facts->packet->frame == connection->first_frame)
			capture->connections_left_out++;
		return;
	}
	if (flow->count == 0) {
		flow->number = connection->number;
		for (int side = 0; side < 2; side++) {
			flow->addresses[side] = connection->ends[side].address;
			flow->ports[side] = connection->ends[side].port;
		}
	}
	note_offer(flow, facts->from, &facts->packet->tcp);
	if (facts->proves_timeout != 0)
		mend_cause(flow, facts->proves_timeout);
	fill(segment, facts);
	flow->count++;
	capture->segments++;
	if (segment->twice)
		capture->twice++;
}

void pair_flow_turn(struct pair_flow *flow)
{
	struct ip_address address = flow->addresses[0];
	struct pair_offer offer = flow->offers[0];
	uint16_t port = flow->ports[0];

	flow->addresses[0] = flow->addresses[1];
	flow->addresses[1] = address;
	flow->offers[0] = flow->offers[1];
	flow->offers[1] = offer;
	flow->ports[0] = flow->ports[1];
	flow->ports[1] = port;
	for (uint32_t i = 0; i < flow->count; i++)
		flow->segments[i].from ^= 1;
}
