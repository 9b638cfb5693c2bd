/*
 * Causes are taken from the findings, which later proof has corrected; what became of a repeat's
 * original is the cable's own knowledge.
 */
#include "tcp_lab/lab_score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/packet.h"
#include "tcp_flow/finding.h"
#include "tcp_flow/sequence_ranges.h"

#define FIRST_CAPACITY 64u
#define LOOKS_BACK_MAX 4096u /* transmissions, for what a segment repeats */
#define IPV4_LEAST_BYTES 20u
#define IPV6_HEADER_BYTES 40u

/* A segment with numbers of its own, as it went over the cable. */
struct transmission {
	int64_t sequence;
	int64_t end;
	bool is_syn;
	size_t before; /* index + 1 of the one before it, of the same connection and side; 0 */
	bool taken;    /* its receiver got all of it, undamaged, and had a use for it */
};

struct repeat {
	uint64_t frame;
	size_t transmission; /* index */
	size_t before;       /* index + 1 of the one before it, of the same connection; 0 */
	enum tcp_side from;
	bool told_needless;
};

struct scored_connection {
	size_t last[2]; /* transmissions, by side: index + 1; 0 */
	size_t repeats; /* the last: index + 1; 0 */
};

struct lab_scoring {
	const struct lab_record *record;
	struct transmission *transmissions; /* owned */
	size_t transmission_count;
	size_t transmission_capacity;
	struct repeat *repeats; /* owned */
	size_t repeat_count;
	size_t repeat_capacity;
	struct scored_connection *connections; /* owned; by number */
	size_t connection_count;
	size_t connection_capacity;
	uint64_t by_trace[LAB_HOSTS][LAB_MECHANISMS];
	struct lab_score score; /* as far as it is known */
};

struct lab_scoring *lab_score_create(const struct lab_record *record)
{
	struct lab_scoring *scoring = calloc(1, sizeof(*scoring));

	if (scoring)
		scoring->record = record;
	return scoring;
}

void lab_score_destroy(struct lab_scoring *scoring)
{
	if (!scoring)
		return;
	free(scoring->transmissions);
	free(scoring->repeats);
	free(scoring->connections);
	free(scoring);
}

/* Room for one more; false: out of memory, which is noted. */
static bool make_room(struct lab_scoring *scoring, void **array, size_t count, size_t *capacity,
		      size_t size)
{
	size_t wanted = *capacity == 0 ? FIRST_CAPACITY : 2 * *capacity;
	void *grown;

	if (count < *capacity)
		return true;
	grown = reallocarray(*array, wanted, size);
	if (!grown) {
		scoring->score.out_of_memory = true;
		return false;
	}
	*array = grown;
	*capacity = wanted;
	return true;
}

static struct scored_connection *find_connection(struct lab_scoring *scoring, uint32_t number)
{
	while (scoring->connection_count < number) {
		void *array = scoring->connections;

		if (!make_room(scoring, &array, scoring->connection_count,
			       &scoring->connection_capacity, sizeof(*scoring->connections)))
			return NULL;
		scoring->connections = array;
		scoring->connections[scoring->connection_count++] =
			(struct scored_connection){ .repeats = 0 };
	}
	return &scoring->connections[number - 1];
}

/* ---- what became of a segment ---- */

static size_t ip_header_bytes(const uint8_t *packet, size_t length)
{
	size_t header;

	if (length < IPV4_LEAST_BYTES)
		return 0;
	header = packet[0] >> 4 == 6 ? IPV6_HEADER_BYTES : (size_t)(packet[0] & 0x0f) * 4;
	return header <= length ? header : 0;
}

/* What was changed may be the mark of congestion only, which harms nothing. */
static bool is_damaged(const struct lab_record *record, const struct lab_segment *segment)
{
	const uint8_t *now = record->bytes + segment->bytes_at;
	const uint8_t *before = record->bytes + segment->original_at;
	size_t header;

	if (!segment->changed)
		return false;
	if (segment->length != segment->original_length)
		return true;
	header = ip_header_bytes(before, segment->length);
	return memcmp(now + header, before + header, segment->length - header) != 0;
}

/* Its kernel had no use for it: a queue was full, or there was no socket. */
static bool was_refused(const struct lab_inferred_segment *segment)
{
	const struct lab_truth *truth = &segment->segment->delivered;
	enum tcp_state state = truth->states[lab_other_host(segment->segment->from)];

	if (!truth->asked)
		return false;
	if (state == TCP_SYN_RECV)
		return (segment->facts->flags & TCP_FLAG_SYN) == 0;
	return state == TCP_LISTEN || (state == TCP_CLOSED && segment->facts->length > 0);
}

static bool was_taken(const struct lab_scoring *scoring, const struct lab_inferred_segment *segment)
{
	return segment->segment->delivered_ns >= 0 &&
	       !is_damaged(scoring->record, segment->segment) && !was_refused(segment);
}

enum fate { FATE_LOST, FATE_CAME, FATE_TOO_LONG_AGO };

/* Of what the transmission repeats: whether those before it brought all of it. */
static enum fate fate_of_original(const struct lab_scoring *scoring, size_t index)
{
	const struct transmission *again = &scoring->transmissions[index];
	struct sequence_ranges came = { .count = 0 };
	enum fate fate = FATE_LOST;
	size_t before = again->before;

	for (unsigned looks = 0; fate == FATE_LOST && before > 0; looks++) {
		const struct transmission *earlier = &scoring->transmissions[before - 1];

		if (looks == LOOKS_BACK_MAX)
			fate = FATE_TOO_LONG_AGO;
		else if (earlier->taken)
			sequence_ranges_add(&came, earlier->sequence, earlier->end);
		if (sequence_ranges_missing(&came, again->sequence, again->end) == 0)
			fate = FATE_CAME;
		before = earlier->before;
	}
	sequence_ranges_finish(&came);
	return fate;
}

/* ---- segments ---- */

static void note_repeat(struct lab_scoring *scoring, struct scored_connection *connection,
			const struct lab_inferred_segment *segment)
{
	enum lab_host host = segment->segment->from;
	void *array = scoring->repeats;

	if (segment->segment->forged) {
		scoring->score.forged[host]++;
		return;
	}
	if (segment->connection->recovery.latest.simultaneous) {
		scoring->score.syn_answers[host]++;
		return;
	}
	if (!make_room(scoring, &array, scoring->repeat_count, &scoring->repeat_capacity,
		       sizeof(*scoring->repeats)))
		return;
	scoring->repeats = array;
	scoring->repeats[scoring->repeat_count++] = (struct repeat){
		.frame = segment->facts->packet->frame,
		.transmission = scoring->transmission_count - 1,
		.before = connection->repeats,
		.from = segment->facts->from,
	};
	connection->repeats = scoring->repeat_count;
}

void lab_score_segment(struct lab_scoring *scoring, const struct lab_inferred_segment *segment)
{
	const struct segment_facts *facts = segment->facts;
	struct scored_connection *connection = find_connection(scoring, segment->number);
	void *array = scoring->transmissions;

	if (!connection || facts->end == facts->sequence || facts->keep_alive ||
	    facts->window_probe)
		return;
	if (!make_room(scoring, &array, scoring->transmission_count,
		       &scoring->transmission_capacity, sizeof(*scoring->transmissions)))
		return;
	scoring->transmissions = array;
	scoring->transmissions[scoring->transmission_count++] = (struct transmission){
		.sequence = facts->sequence,
		.end = facts->end,
		.is_syn = (facts->flags & TCP_FLAG_SYN) != 0,
		.before = connection->last[facts->from],
		.taken = was_taken(scoring, segment),
	};
	connection->last[facts->from] = scoring->transmission_count;
	if (facts->repeats && segment->copy_of == 0)
		note_repeat(scoring, connection, segment);
}

/* ---- connections ---- */

static void take_retransmissions(struct lab_scoring *scoring, const struct tcp_finding *finding,
				 enum lab_host host)
{
	static const enum lab_mechanism mechanisms[] = {
		[CAUSE_TAIL_LOSS_PROBE] = LAB_BY_PROBE,
		[CAUSE_TIMEOUT] = LAB_BY_TIMER,
		[CAUSE_FAST] = LAB_BY_ACKS,
		[CAUSE_SACK] = LAB_BY_ACKS,
		[CAUSE_GO_BACK_N] = LAB_BY_WINDOW,
	};
	struct lab_score *score = &scoring->score;

	if (finding->confidence != CONFIDENCE_SURE)
		score->unsure += finding->count;
	if (finding->cause == CAUSE_NEEDLESS) {
		score->needless += finding->count;
	} else if (finding->cause == CAUSE_UNKNOWN) {
		uint64_t answers = (uint64_t)finding->values[1];
		uint64_t cut = (uint64_t)finding->values[2];

		scoring->by_trace[host][LAB_BY_TIMER] += answers;
		scoring->by_trace[host][LAB_BY_WINDOW] += cut;
		score->unknown += finding->count - answers - cut;
	} else {
		scoring->by_trace[host][mechanisms[finding->cause]] += finding->count;
	}
}

static void take_needless(struct lab_scoring *scoring, const struct scored_connection *connection,
			  const struct tcp_finding *finding)
{
	uint64_t not_listed = finding->count;

	for (size_t i = connection->repeats; i > 0; i = scoring->repeats[i - 1].before) {
		struct repeat *repeat = &scoring->repeats[i - 1];

		for (uint32_t k = 0; k < finding->frame_count; k++) {
			if (repeat->from != finding->side || repeat->frame != finding->frames[k] ||
			    repeat->told_needless)
				continue;
			repeat->told_needless = true;
			not_listed -= not_listed > 0;
		}
	}
	/* A finding lists the first frames only; of the others it is known how many. */
	for (size_t i = connection->repeats; i > 0 && not_listed > 0;
	     i = scoring->repeats[i - 1].before) {
		struct repeat *repeat = &scoring->repeats[i - 1];

		if (repeat->from != finding->side || repeat->told_needless ||
		    fate_of_original(scoring, repeat->transmission) != FATE_CAME)
			continue;
		repeat->told_needless = true;
		not_listed--;
	}
}

static void judge_repeats(struct lab_scoring *scoring, const struct scored_connection *connection)
{
	struct lab_score *score = &scoring->score;

	for (size_t i = connection->repeats; i > 0; i = scoring->repeats[i - 1].before) {
		const struct repeat *repeat = &scoring->repeats[i - 1];

		switch (fate_of_original(scoring, repeat->transmission)) {
		case FATE_LOST:
			score->lost++;
			score->lost_told += !repeat->told_needless;
			break;
		case FATE_CAME:
			/* It asks for the answer, which was lost. */
			if (scoring->transmissions[repeat->transmission].is_syn)
				break;
			score->came++;
			score->came_told += repeat->told_needless;
			break;
		case FATE_TOO_LONG_AGO:
			score->not_judged++;
			break;
		}
	}
}

void lab_score_connection(struct lab_scoring *scoring,
			  const struct lab_inferred_connection *connection)
{
	const struct tcp_connection *told = connection->connection;
	const struct scored_connection *scored = find_connection(scoring, connection->number);

	for (int side = 0; side < 2; side++)
		scoring->score.again[connection->hosts[side]] += told->ends[side].retransmissions;
	for (uint32_t i = 0; i < told->findings.count; i++) {
		const struct tcp_finding *finding = &told->findings.list[i];

		if (finding->kind == FINDING_RETRANSMISSION && finding->side < TCP_BOTH_SIDES)
			take_retransmissions(scoring, finding, connection->hosts[finding->side]);
		else if (finding->kind == FINDING_NEEDLESS && scored)
			take_needless(scoring, scored, finding);
	}
	if (scored)
		judge_repeats(scoring, scored);
}

/* ---- all of it ---- */

static uint64_t least_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* See lab_score_conclude() in the header. */
static void split_by_kernel(const uint64_t values[LAB_COUNTER_COUNT],
			    const uint64_t by_trace[LAB_MECHANISMS], uint64_t out[LAB_MECHANISMS])
{
	uint64_t again = values[LAB_COUNTER_SENT_AGAIN];
	uint64_t timers = values[LAB_COUNTER_TIMEOUTS] + values[LAB_COUNTER_SYNS];
	uint64_t most;
	uint64_t least;
	uint64_t probes = by_trace[LAB_BY_PROBE];

	out[LAB_BY_ACKS] = least_of(values[LAB_COUNTER_FAST], again);
	again -= out[LAB_BY_ACKS];
	out[LAB_BY_WINDOW] = least_of(values[LAB_COUNTER_SLOW_START], again);
	again -= out[LAB_BY_WINDOW];
	most = least_of(values[LAB_COUNTER_PROBES], again);
	least = least_of(again > timers ? again - timers : 0, most);
	if (probes > most)
		probes = most;
	if (probes < least)
		probes = least;
	out[LAB_BY_PROBE] = probes;
	out[LAB_BY_TIMER] = again - probes;
}

static void compare_causes(const struct lab_scoring *scoring, struct lab_score *out)
{
	for (int host = 0; host < LAB_HOSTS; host++) {
		const uint64_t *by_trace = scoring->by_trace[host];
		uint64_t by_kernel[LAB_MECHANISMS] = { 0 };

		if (out->has_kernel)
			split_by_kernel(scoring->record->counts[host].values, by_trace, by_kernel);
		for (int i = 0; i < LAB_MECHANISMS; i++) {
			uint64_t same = least_of(by_trace[i], by_kernel[i]);

			out->by_trace[i] += by_trace[i];
			out->by_kernel[i] += by_kernel[i];
			out->as_kernel += same;
			out->otherwise += out->has_kernel ? by_trace[i] - same : 0;
		}
	}
}

static void add_reason(struct lab_score *score, const char *text, uint64_t count)
{
	size_t i = 0;

	while (i < score->reason_count &&
	       strncmp(score->reasons[i].text, text, sizeof(score->reasons[i].text) - 1) != 0)
		i++;
	if (i == LAB_SCORE_REASONS_MAX)
		return;
	if (i == score->reason_count) {
		score->reason_count++;
		(void)snprintf(score->reasons[i].text, sizeof(score->reasons[i].text), "%s", text);
	}
	score->reasons[i].count += count;
}

static void take_states(const struct lab_states *states, struct lab_score *out)
{
	out->compared = states->compared;
	out->agreed = states->agreed;
	out->wrong = states->unexplained;
	out->unknowable = states->differed - states->unexplained;
	out->left_out = states->left_out;
	out->not_asked = states->not_asked;
	for (size_t i = 0; i < states->difference_count; i++) {
		if (states->differences[i].reason)
			add_reason(out, states->differences[i].reason, 1);
	}
}

void lab_score_conclude(const struct lab_scoring *scoring, const struct lab_states *states,
			struct lab_score *out)
{
	const struct lab_record *record = scoring->record;
	struct lab_score score = scoring->score;

	score.segments = record->segment_count;
	score.has_kernel = record->has_counts[LAB_CLIENT] && record->has_counts[LAB_SERVER];
	for (int host = 0; host < LAB_HOSTS && score.has_kernel; host++) {
		score.again_by_kernel[host] = record->counts[host].values[LAB_COUNTER_SENT_AGAIN];
		score.inside[host] = record->inside[host];
	}
	compare_causes(scoring, &score);
	take_states(states, &score);
	*out = score;
}

void lab_score_add(struct lab_score *total, const struct lab_score *score)
{
	total->segments += score->segments;
	total->compared += score->compared;
	total->agreed += score->agreed;
	total->unknowable += score->unknowable;
	total->wrong += score->wrong;
	total->left_out += score->left_out;
	total->not_asked += score->not_asked;
	for (int host = 0; host < LAB_HOSTS; host++) {
		total->again[host] += score->again[host];
		total->syn_answers[host] += score->syn_answers[host];
		total->forged[host] += score->forged[host];
		total->again_by_kernel[host] += score->again_by_kernel[host];
		total->inside[host] += score->inside[host];
	}
	total->has_kernel = total->has_kernel || score->has_kernel;
	for (int i = 0; i < LAB_MECHANISMS; i++) {
		total->by_trace[i] += score->by_trace[i];
		total->by_kernel[i] += score->by_kernel[i];
	}
	total->as_kernel += score->as_kernel;
	total->otherwise += score->otherwise;
	total->needless += score->needless;
	total->unknown += score->unknown;
	total->unsure += score->unsure;
	total->lost += score->lost;
	total->lost_told += score->lost_told;
	total->came += score->came;
	total->came_told += score->came_told;
	total->not_judged += score->not_judged;
	for (size_t i = 0; i < score->reason_count; i++)
		add_reason(total, score->reasons[i].text, score->reasons[i].count);
	total->out_of_memory = total->out_of_memory || score->out_of_memory;
}
