#include "tcp_flow/dialogue.h"

#include <stdlib.h>
#include <string.h>

#include "tcp_flow/connection.h"

#define HEAD_FIRST_BYTES 512u
#define MARKS_FIRST 4u
#define TURNS_FIRST 4u

static void head_finish(struct dialogue_head *head)
{
	free(head->bytes);
	free(head->marks);
	if (head->beyond)
		sequence_ranges_finish(head->beyond);
	free(head->beyond);
}

void dialogue_finish(struct dialogue *dialogue)
{
	for (int side = 0; side < 2; side++)
		head_finish(&dialogue->heads[side]);
	for (int side = 0; dialogue->damaged && side < 2; side++)
		damaged_payloads_finish(&dialogue->damaged[side]);
	free(dialogue->damaged);
	free(dialogue->turns);
	*dialogue = (struct dialogue){ .turns = NULL };
}

const struct dialogue_mark *dialogue_mark_at(const struct dialogue_head *head, uint32_t offset)
{
	uint32_t low = 0;
	uint32_t high = head->mark_count;

	if (offset >= head->length)
		return NULL;
	while (low < high) { /* the first mark behind the offset */
		uint32_t middle = low + (high - low) / 2;

		if (head->marks[middle].offset <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? &head->marks[low - 1] : NULL;
}

static void add_mark(struct dialogue_head *head, const struct dialogue_mark *mark)
{
	uint32_t at = head->mark_count;

	if (head->mark_count == DIALOGUE_MARKS_MAX)
		return;
	if (head->mark_count == head->mark_capacity) {
		uint32_t capacity = head->mark_capacity ? head->mark_capacity * 2u : MARKS_FIRST;
		struct dialogue_mark *marks = realloc(head->marks, capacity * sizeof(*head->marks));

		if (!marks)
			return;
		head->marks = marks;
		head->mark_capacity = (uint8_t)capacity;
	}
	while (at > 0 && head->marks[at - 1].offset > mark->offset)
		at--;
	memmove(&head->marks[at + 1], &head->marks[at],
		(head->mark_count - at) * sizeof(*head->marks));
	head->marks[at] = *mark;
	head->mark_count++;
}

static bool reserve(struct dialogue_head *head, uint32_t wanted)
{
	uint32_t capacity = head->capacity ? head->capacity : HEAD_FIRST_BYTES;
	uint8_t *bytes;

	if (wanted <= head->capacity)
		return true;
	while (capacity < wanted)
		capacity *= 2;
	if (capacity > DIALOGUE_HEAD_MAX_BYTES)
		capacity = DIALOGUE_HEAD_MAX_BYTES;
	bytes = realloc(head->bytes, capacity);
	if (!bytes)
		return false;
	head->bytes = bytes;
	head->capacity = capacity;
	return true;
}

/* A piece of payload whose place in the head is known: its first byte is at mark.offset. */
struct piece {
	const uint8_t *bytes; /* borrowed */
	uint32_t end;         /* the offset behind its last byte */
	struct dialogue_mark mark;
};

/* Puts the part of the piece from `from` to `to` in its place, where nothing is yet. */
static void put(struct dialogue_head *head, const struct piece *piece, uint32_t from, uint32_t to)
{
	struct dialogue_mark mark = piece->mark;

	if (from >= to)
		return;
	memcpy(head->bytes + from, piece->bytes + (from - piece->mark.offset), to - from);
	mark.offset = from;
	add_mark(head, &mark);
}

/* A piece that starts beyond a gap, or meets one that did: of two that overlap the first stays. */
static bool put_among_others(struct dialogue_head *head, const struct piece *piece)
{
	uint32_t from = piece->mark.offset > head->length ? piece->mark.offset : head->length;
	uint32_t at = from;

	if (!head->beyond)
		head->beyond = calloc(1, sizeof(*head->beyond));
	if (!head->beyond)
		return false;
	for (uint32_t i = 0; i < head->beyond->count && at < piece->end; i++) {
		struct sequence_range range = sequence_ranges_at(head->beyond, i);

		if (range.right <= at)
			continue;
		if (range.left >= piece->end)
			break;
		if (range.left > at)
			put(head, piece, at, (uint32_t)range.left);
		at = (uint32_t)range.right;
	}
	if (at < piece->end)
		put(head, piece, at, piece->end);
	sequence_ranges_add(head->beyond, from, piece->end);
	if (head->beyond->forced) /* it takes gaps for bytes from now on */
		return false;
	if (from == head->length) {
		head->length = (uint32_t)sequence_ranges_end_of_run(head->beyond, from);
		sequence_ranges_forget_below(head->beyond, head->length);
	}
	return true;
}

/* False: out of memory, or of room for gaps. */
static bool put_in_place(struct dialogue_head *head, const struct piece *piece)
{
	bool nothing_beyond = !head->beyond || head->beyond->count == 0;

	if (!reserve(head, piece->end))
		return false;
	if (piece->mark.offset > head->length || !nothing_beyond)
		return put_among_others(head, piece);
	put(head, piece, head->length, piece->end);
	head->length = piece->end;
	return true;
}

static void begin_head(struct dialogue_head *head, bool from_start, int64_t first)
{
	head->begun = true;
	head->from_start = from_start;
	head->origin = from_start ? 1 : first;
	head->limit = DIALOGUE_HEAD_MAX_BYTES;
}

/* mark: of the bytes, which begin at that offset of the stream. */
static void put_in_head(struct dialogue_head *head, const uint8_t *bytes, int64_t offset,
			int64_t end, const struct dialogue_mark *mark)
{
	struct piece piece = { .bytes = bytes, .mark = *mark };

	if (offset < 0) {
		if (end <= 0)
			return;
		piece.bytes -= offset;
		offset = 0;
	}
	if (end > head->limit)
		end = head->limit;
	if (end > head->length && offset < end) {
		piece.end = (uint32_t)end;
		piece.mark.offset = (uint32_t)offset;
		if (!put_in_place(head, &piece))
			head->stopped = true;
	}
	if (head->length >= head->limit)
		head->stopped = true;
}

static void keep_damaged(struct dialogue *dialogue, const struct segment_facts *segment,
			 enum tcp_side spoke_before)
{
	if (!dialogue->damaged)
		dialogue->damaged = calloc(2, sizeof(*dialogue->damaged));
	if (dialogue->damaged)
		damaged_payloads_keep(&dialogue->damaged[segment->from], segment, spoke_before);
}

static void hear(struct tcp_connection *connection, const struct segment_facts *segment,
		 enum tcp_side spoke_before)
{
	struct dialogue_head *head = &connection->dialogue.heads[segment->from];
	const struct packet *packet = segment->packet;
	bool has_syn = (segment->flags & TCP_FLAG_SYN) != 0;
	int64_t first = segment->sequence + (has_syn ? 1 : 0);
	const struct dialogue_mark mark = { .after = spoke_before,
					    .frame = packet->frame,
					    .time_ns = segment->since_start_ns };
	int64_t offset;
	int64_t end;

	if (!head->begun)
		begin_head(head, has_syn || connection->ends[segment->from].offer.seen, first);
	offset = first - head->origin;
	end = offset + packet->captured_payload;
	if (segment->damaged) {
		if (end > head->length && offset < head->limit)
			keep_damaged(&connection->dialogue, segment, spoke_before);
		return;
	}
	if (packet->captured_payload < segment->length && end < head->limit && end >= head->length)
		head->limit = (uint32_t)end;
	put_in_head(head, packet->payload, offset, end, &mark);
}

/* What was damaged where it was captured, but not where it arrived. */
static void hear_acknowledged(struct dialogue *dialogue, enum tcp_side from, int64_t acknowledgment)
{
	struct dialogue_head *head = &dialogue->heads[from];
	struct damaged_payload damaged;

	while (damaged_payloads_take(&dialogue->damaged[from], acknowledgment, &damaged)) {
		const struct dialogue_mark mark = { .after = damaged.after,
						    .frame = damaged.frame,
						    .time_ns = damaged.time_ns };

		if (!head->stopped)
			put_in_head(head, damaged.bytes, damaged.left - head->origin,
				    damaged.right - head->origin, &mark);
		free(damaged.bytes);
	}
}

static void keep_turn(struct dialogue *dialogue, const struct dialogue_turn *turn)
{
	if (!dialogue->keeps_turns || dialogue->turns_kept == DIALOGUE_TURNS_MAX)
		return;
	if (dialogue->turns_kept == dialogue->turns_capacity) {
		uint32_t capacity =
			dialogue->turns_capacity ? dialogue->turns_capacity * 2u : TURNS_FIRST;
		struct dialogue_turn *turns =
			realloc(dialogue->turns, capacity * sizeof(*dialogue->turns));

		if (!turns)
			return;
		dialogue->turns = turns;
		dialogue->turns_capacity = (uint16_t)capacity;
	}
	dialogue->turns[dialogue->turns_kept++] = *turn;
}

static void extend_turn(struct dialogue_turn *turn, const struct segment_facts *segment,
			uint64_t bytes)
{
	turn->bytes += bytes;
	turn->last_frame = segment->packet->frame;
	if (segment->since_start_ns > turn->end_ns)
		turn->end_ns = segment->since_start_ns;
}

/* Payload bytes that the file did not have before. */
static uint64_t new_bytes(const struct tcp_connection *connection,
			  const struct segment_facts *segment)
{
	int64_t first = segment->sequence + ((segment->flags & TCP_FLAG_SYN) ? 1 : 0);
	int64_t missing = segment->length;

	if (segment->new_space < segment->end - segment->sequence)
		missing = sequence_ranges_missing(&connection->ends[segment->from].seen, first,
						  first + segment->length);
	if (missing > segment->new_space)
		missing = segment->new_space;
	return missing > 0 ? (uint64_t)missing : 0;
}

static void take_turn(struct dialogue *dialogue, const struct segment_facts *segment,
		      uint64_t bytes)
{
	struct dialogue_turn *now = &dialogue->now;
	int64_t thought_ns = -1;

	if (now->bytes > 0 && now->speaker == segment->from) {
		extend_turn(now, segment, bytes);
		return;
	}
	if (now->bytes > 0 && segment->fills_gap) {
		/* A late piece of what this side had said before the other spoke: no new turn. */
		if (dialogue->turns_kept > 0 && dialogue->turns_kept + 1u == dialogue->turn_count)
			dialogue->turns[dialogue->turns_kept - 1].bytes += bytes;
		return;
	}
	if (now->bytes > 0) {
		keep_turn(dialogue, now);
		thought_ns = segment->since_start_ns - now->end_ns;
		if (thought_ns < 0)
			thought_ns = 0;
	}
	*now = (struct dialogue_turn){
		.speaker = segment->from,
		.bytes = bytes,
		.first_frame = segment->packet->frame,
		.last_frame = segment->packet->frame,
		.start_ns = segment->since_start_ns,
		.end_ns = segment->since_start_ns,
		.thought_ns = thought_ns,
	};
	dialogue->turn_count++;
}

void dialogue_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct dialogue *dialogue = &connection->dialogue;
	enum tcp_side spoke_before =
		dialogue->now.bytes > 0 ? dialogue->now.speaker : TCP_BOTH_SIDES;
	uint64_t bytes;

	if (dialogue->damaged && segment->has_ack && !segment->stray_syn &&
	    (segment->flags & TCP_FLAG_RST) == 0)
		hear_acknowledged(dialogue, tcp_other_side(segment->from), segment->acknowledgment);
	if (segment->length == 0 || segment->keep_alive || segment->window_probe ||
	    segment->stray_syn)
		return;
	if (segment->new_space > 0) {
		bytes = new_bytes(connection, segment);
		if (bytes > 0)
			take_turn(dialogue, segment, bytes);
	}
	if (dialogue->keeps_payload && !dialogue->heads[segment->from].stopped)
		hear(connection, segment, spoke_before);
}

void dialogue_conclude(struct tcp_connection *connection)
{
	struct dialogue *dialogue = &connection->dialogue;

	if (dialogue->now.bytes > 0)
		keep_turn(dialogue, &dialogue->now);
}
