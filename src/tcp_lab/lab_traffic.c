#include "tcp_lab/lab_traffic.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "packet/tcp_header.h"
#include "tcp_lab/lab_clock.h"
#include "tcp_lab/lab_limits.h"

#define TAKEN_AT_ONCE 128u /* packets of a host, before the other host gets its turn */
#define ROUNDS_AT_ONCE 4u  /* of both, before other work gets its turn */
#define UNASKED_MAX 1024u  /* sent and not asked about yet; copies and forged ones too */
#define NS_PER_ASK (NS_PER_S / LAB_ASKS_A_SECOND)

/* A packet whose connection is to be asked about when all that was sent is taken. */
struct unasked {
	uint64_t number;
	uint32_t connection;
};

/* A step that waits for a segment. */
struct awaited {
	size_t index; /* of the step */
	bool seen;
};

struct lab_traffic {
	struct lab_traffic_parts parts;
	struct cable *cable;     /* owned */
	struct awaited *awaited; /* owned; in the order of the steps */
	size_t awaited_count;
	struct unasked unasked[UNASKED_MAX];
	size_t unasked_count;
	uint64_t asks_left;      /* of LAB_ASKS_IN_A_ROW */
	uint64_t asks_filled_ns; /* up to then asks_left was filled up again */
	uint64_t last_ns;
	bool ended; /* the record is */
	int error;  /* -errno: a device or the memory failed */
	uint8_t buffer[LAB_PACKET_MAX_BYTES + 1];
};

static void note_awaited(struct lab_traffic *traffic, const struct segment_meaning *meaning,
			 bool delivered)
{
	for (size_t i = 0; i < traffic->awaited_count; i++) {
		struct awaited *awaited = &traffic->awaited[i];
		const struct step *step = &traffic->parts.experiment->steps[awaited->index];

		if (!awaited->seen && step->delivered == delivered &&
		    segment_pattern_matches(&step->segment, meaning))
			awaited->seen = true;
	}
}

/* ---- asking ---- */

static void fill_up(struct lab_traffic *traffic, uint64_t now_ns)
{
	uint64_t earned = (now_ns - traffic->asks_filled_ns) / NS_PER_ASK;

	if (earned == 0)
		return;
	traffic->asks_filled_ns += earned * NS_PER_ASK;
	traffic->asks_left += earned;
	if (traffic->asks_left >= LAB_ASKS_IN_A_ROW) {
		traffic->asks_left = LAB_ASKS_IN_A_ROW;
		traffic->asks_filled_ns = now_ns;
	}
}

static bool may_ask(struct lab_traffic *traffic, uint32_t connection, bool changes_much)
{
	if (changes_much || !probe_is_settled(traffic->parts.probe, connection)) {
		if (traffic->asks_left > 0)
			traffic->asks_left--;
		return true;
	}
	if (traffic->asks_left == 0)
		fill_up(traffic, lab_now_ns());
	if (traffic->asks_left == 0)
		return false;
	traffic->asks_left--;
	return true;
}

static bool changes_much(const struct segment_meaning *meaning)
{
	return (meaning->kinds & (SEGMENT_SYN | SEGMENT_SYN_ACK | SEGMENT_FIN | SEGMENT_RST)) != 0;
}

static bool is_asked_about(const struct lab_traffic *traffic, const struct segment_meaning *meaning)
{
	return traffic->parts.asks && !traffic->ended && meaning->is_tcp && meaning->connection > 0;
}

static void missed(struct lab_traffic *traffic, uint32_t connection, uint64_t segments)
{
	probe_missed(traffic->parts.probe, connection);
	lab_recorder_not_asked(traffic->parts.recorder, segments);
}

/* All of one connection that were just taken: the states did not change between them, as far as
 * anybody can tell. */
static void ask_about(struct lab_traffic *traffic, size_t first)
{
	uint32_t connection = traffic->unasked[first].connection;
	struct lab_truth truth;
	bool asked = probe_ask(traffic->parts.probe, connection, &truth);

	for (size_t i = first; i < traffic->unasked_count; i++) {
		struct unasked *unasked = &traffic->unasked[i];
		struct lab_segment *segment;

		if (unasked->connection != connection)
			continue;
		unasked->connection = 0;
		segment = lab_recorder_segment(traffic->parts.recorder, unasked->number);
		if (asked && segment)
			segment->sent = truth;
		else if (!asked)
			missed(traffic, connection, 1);
	}
}

static void ask_about_sent(struct lab_traffic *traffic)
{
	for (size_t i = 0; i < traffic->unasked_count; i++) {
		if (traffic->unasked[i].connection > 0)
			ask_about(traffic, i);
	}
	traffic->unasked_count = 0;
}

/* ---- what the cable tells ---- */

static void meet(struct lab_traffic *traffic, const struct cable_packet *packet)
{
	const struct packet *decoded = packet->packet;
	enum lab_host from = packet->from;
	enum lab_host to = lab_other_host(from);
	struct lab_pair pair = { 0 };

	if (!decoded || !packet->meaning.is_tcp)
		return;
	pair.address[from] = decoded->ip.source;
	pair.address[to] = decoded->ip.destination;
	pair.port[from] = decoded->tcp.source_port;
	pair.port[to] = decoded->tcp.destination_port;
	(void)probe_meet(traffic->parts.probe, packet->meaning.connection, &pair);
}

static void sent(void *context, const struct cable_packet *packet)
{
	struct lab_traffic *traffic = context;
	const struct segment_meaning *meaning = &packet->meaning;

	traffic->last_ns = packet->sent_ns;
	note_awaited(traffic, meaning, false);
	meet(traffic, packet);
	if (traffic->parts.records && !traffic->ended)
		lab_recorder_sent(traffic->parts.recorder, packet);
	if (!is_asked_about(traffic, meaning))
		return;
	if (traffic->unasked_count == UNASKED_MAX ||
	    !may_ask(traffic, meaning->connection, changes_much(meaning))) {
		missed(traffic, meaning->connection, 1);
		return;
	}
	traffic->unasked[traffic->unasked_count++] =
		(struct unasked){ packet->number, meaning->connection };
}

static void lost(void *context, const struct cable_packet *packet, const char *why)
{
	struct lab_traffic *traffic = context;

	traffic->last_ns = lab_now_ns();
	if (traffic->parts.records && !traffic->ended)
		lab_recorder_lost(traffic->parts.recorder, packet, why);
}

static void ask_about_delivered(struct lab_traffic *traffic, const struct cable_packet *packet)
{
	uint32_t connection = packet->meaning.connection;
	struct lab_segment *segment;
	struct lab_truth truth;

	if (!may_ask(traffic, connection, changes_much(&packet->meaning)) ||
	    !probe_ask(traffic->parts.probe, connection, &truth)) {
		missed(traffic, connection, 1);
		return;
	}
	segment = lab_recorder_segment(traffic->parts.recorder, packet->number);
	if (segment)
		segment->delivered = truth;
}

/* A host that does not take a packet (a rule broke its IP header, or a program took its device
 * down) has lost it, as far as the story goes. */
static void deliver(void *context, const struct cable_packet *packet)
{
	struct lab_traffic *traffic = context;
	int result = lab_world_deliver(traffic->parts.world, lab_other_host(packet->from),
				       packet->bytes, packet->length);
	char why[LAB_WHY_BYTES];

	if (result < 0) {
		(void)snprintf(why, sizeof(why), "the other host did not take it: %s",
			       strerror(-result));
		lost(context, packet, why);
		return;
	}
	traffic->last_ns = lab_now_ns();
	note_awaited(traffic, &packet->meaning, true);
	if (traffic->parts.records && !traffic->ended)
		lab_recorder_delivered(traffic->parts.recorder, packet, traffic->last_ns);
	if (is_asked_about(traffic, &packet->meaning))
		ask_about_delivered(traffic, packet);
}

/* ---- the object ---- */

static int collect_awaited(struct lab_traffic *traffic)
{
	const struct experiment *experiment = traffic->parts.experiment;
	size_t count = 0;

	for (size_t i = 0; i < experiment->step_count; i++)
		count += experiment->steps[i].verb == STEP_WAIT_SEGMENT;
	if (count == 0)
		return 0;
	traffic->awaited = calloc(count, sizeof(*traffic->awaited));
	if (!traffic->awaited)
		return -ENOMEM;
	for (size_t i = 0; i < experiment->step_count; i++) {
		if (experiment->steps[i].verb == STEP_WAIT_SEGMENT)
			traffic->awaited[traffic->awaited_count++].index = i;
	}
	return 0;
}

/* Steps that mean connections or segments on the cable, rather than sockets of their own. */
static bool steps_need_meanings(const struct experiment *experiment)
{
	for (size_t i = 0; i < experiment->step_count; i++) {
		enum step_verb verb = experiment->steps[i].verb;

		if (verb == STEP_WAIT_SEGMENT || verb == STEP_WAIT_STATE ||
		    verb == STEP_EXPECT_STATE || verb == STEP_EXPECT_INFO ||
		    verb == STEP_EXPECT_STATES)
			return true;
	}
	return false;
}

int lab_traffic_create(const struct lab_traffic_parts *parts, struct lab_traffic **out)
{
	struct lab_traffic *traffic = calloc(1, sizeof(*traffic));
	struct cable_owner owner = {
		.context = traffic,
		.sent = sent,
		.lost = lost,
		.deliver = deliver,
		.without_meanings =
			!parts->asks && !parts->records && !steps_need_meanings(parts->experiment),
	};

	if (!traffic)
		return -ENOMEM;
	traffic->parts = *parts;
	traffic->last_ns = lab_now_ns();
	traffic->asks_filled_ns = traffic->last_ns;
	traffic->asks_left = LAB_ASKS_IN_A_ROW;
	if (collect_awaited(traffic) < 0)
		goto free_traffic;
	traffic->cable = cable_create(parts->seed, &owner);
	if (!traffic->cable)
		goto free_traffic;
	*out = traffic;
	return 0;

free_traffic:
	free(traffic->awaited);
	free(traffic);
	return -ENOMEM;
}

void lab_traffic_destroy(struct lab_traffic *traffic)
{
	if (!traffic)
		return;
	cable_destroy(traffic->cable);
	free(traffic->awaited);
	free(traffic);
}

struct cable *lab_traffic_cable(const struct lab_traffic *traffic)
{
	return traffic->cable;
}

/* Returns how many, or -errno. */
static int take_from(struct lab_traffic *traffic, enum lab_host host)
{
	int taken = 0;

	while (taken < (int)TAKEN_AT_ONCE) {
		ssize_t length = lab_world_receive(traffic->parts.world, host, traffic->buffer,
						   sizeof(traffic->buffer));
		int result;

		if (length == -EAGAIN)
			break;
		if (length < 0)
			return (int)length;
		taken++;
		result = cable_send(traffic->cable, host, traffic->buffer, (size_t)length,
				    lab_now_ns());
		if (result < 0)
			return result;
	}
	return taken;
}

bool lab_traffic_take(struct lab_traffic *traffic)
{
	bool again = true;

	for (unsigned round = 0; again && round < ROUNDS_AT_ONCE; round++) {
		again = false;
		for (int host = 0; host < LAB_HOSTS && traffic->error == 0; host++) {
			int taken = take_from(traffic, (enum lab_host)host);

			if (taken < 0)
				traffic->error = taken;
			again = again || taken == (int)TAKEN_AT_ONCE;
		}
	}
	ask_about_sent(traffic);
	return again;
}

/*
 * One after the other, and what a host answers is taken before it gets the next: an
 * acknowledgement's state is asked for before a FIN behind it changes it. Where nobody asks there
 * is no need for that.
 */
void lab_traffic_deliver(struct lab_traffic *traffic)
{
	uint64_t now_ns = lab_now_ns();
	uint64_t due_ns = cable_next_ns(traffic->cable);

	if (!traffic->parts.asks || traffic->ended) {
		if (due_ns <= now_ns)
			cable_advance(traffic->cable, now_ns);
		return;
	}
	while (due_ns <= now_ns) {
		cable_advance(traffic->cable, due_ns);
		(void)lab_traffic_take(traffic);
		due_ns = cable_next_ns(traffic->cable);
	}
}

int lab_traffic_error(const struct lab_traffic *traffic)
{
	return traffic->error;
}

uint64_t lab_traffic_next_ns(const struct lab_traffic *traffic)
{
	return cable_next_ns(traffic->cable);
}

uint64_t lab_traffic_last_ns(const struct lab_traffic *traffic)
{
	return traffic->last_ns;
}

bool lab_traffic_saw(const struct lab_traffic *traffic, size_t index)
{
	for (size_t i = 0; i < traffic->awaited_count; i++) {
		if (traffic->awaited[i].index == index)
			return traffic->awaited[i].seen;
	}
	return false;
}

void lab_traffic_end_record(struct lab_traffic *traffic)
{
	traffic->ended = true;
}
