#include "tcp_flow/byte_stream.h"

#include <stdlib.h>
#include <string.h>

#define FRAGMENTS_FIRST 8u
/* A window is never larger (RFC 7323 section 2.3): who acknowledges more than that lies. */
#define ACKNOWLEDGED_AHEAD_MAX (INT64_C(1) << 30)

/* What is done with a segment's bytes. */
struct delivery {
	stream_taker taker;
	void *context;
	uint64_t frame; /* at hand: it brought the bytes, or showed that some are missing */
	int64_t time_ns;
};

void byte_stream_init(struct byte_stream *stream, enum tcp_side from)
{
	*stream = (struct byte_stream){ .from = from };
}

static void forget_fragments(struct byte_stream *stream)
{
	for (uint32_t i = 0; stream->fragments && i < stream->count; i++)
		free(stream->fragments[stream->first + i].bytes);
	free(stream->fragments);
	stream->fragments = NULL;
	stream->first = 0;
	stream->count = 0;
	stream->capacity = 0;
	stream->waiting = 0;
}

void byte_stream_finish(struct byte_stream *stream)
{
	forget_fragments(stream);
	damaged_payloads_finish(&stream->damaged);
}

void byte_stream_begin(struct byte_stream *stream, int64_t origin)
{
	if (stream->begun)
		return;
	stream->begun = true;
	stream->origin = origin;
	stream->next = origin;
	stream->acked = origin;
}

void byte_stream_skip(struct byte_stream *stream, int64_t number)
{
	if (stream->begun && stream->count == 0 && number > stream->next)
		stream->next = number;
}

/* Hands out [next, right), which is this or, with NULL, missing. */
static void hand_out(struct byte_stream *stream, int64_t right, const uint8_t *bytes,
		     const struct delivery *delivery)
{
	const struct stream_piece piece = {
		.from = stream->from,
		.offset = (uint64_t)(stream->next - stream->origin),
		.bytes = bytes,
		.length = (uint64_t)(right - stream->next),
		.frame = delivery->frame,
		.time_ns = delivery->time_ns,
	};

	stream->next = right;
	delivery->taker(delivery->context, &piece);
}

static void hand_out_gap(struct byte_stream *stream, int64_t right, const struct delivery *delivery)
{
	if (right > stream->next)
		hand_out(stream, right, NULL, delivery);
}

static struct stream_fragment *first_fragment(const struct byte_stream *stream)
{
	return stream->count > 0 ? &stream->fragments[stream->first] : NULL;
}

/* Hands out the fragments that are now in order. */
static void drain(struct byte_stream *stream, const struct delivery *delivery)
{
	struct stream_fragment *fragment = first_fragment(stream);

	while (fragment && fragment->left == stream->next) {
		struct delivery of_fragment = *delivery;

		/* A gap was shown to be for good by the frame that is at hand. */
		if (fragment->bytes) {
			of_fragment.frame = fragment->frame;
			of_fragment.time_ns = fragment->time_ns;
			stream->waiting -= (uint64_t)(fragment->right - fragment->left);
		}
		hand_out(stream, fragment->right, fragment->bytes, &of_fragment);
		free(fragment->bytes);
		stream->first++;
		stream->count--;
		fragment = first_fragment(stream);
	}
}

/* Up to there nothing will come any more. */
static void give_up(struct byte_stream *stream, int64_t right, const struct delivery *delivery)
{
	struct stream_fragment *fragment = first_fragment(stream);

	while (stream->next < right) {
		hand_out_gap(stream, fragment && fragment->left < right ? fragment->left : right,
			     delivery);
		drain(stream, delivery);
		fragment = first_fragment(stream);
	}
}

static bool reserve_fragment(struct byte_stream *stream)
{
	uint32_t capacity = stream->capacity ? stream->capacity * 2 : FRAGMENTS_FIRST;
	struct stream_fragment *fragments;

	if (stream->fragments && stream->first + stream->count < stream->capacity)
		return true;
	/* Only when half of it is free: then as many came in as are now moved. */
	if (stream->fragments && stream->first > stream->capacity / 2) {
		memmove(stream->fragments, stream->fragments + stream->first,
			stream->count * sizeof(*stream->fragments));
		stream->first = 0;
		return true;
	}
	fragments = realloc(stream->fragments, capacity * sizeof(*fragments));
	if (!fragments)
		return false;
	stream->fragments = fragments;
	stream->capacity = capacity;
	return true;
}

/* The index, from `first`, of the first fragment that ends behind the number. */
static uint32_t fragment_behind(const struct byte_stream *stream, int64_t number)
{
	const struct stream_fragment *fragments = first_fragment(stream);
	uint32_t low = 0;
	uint32_t high = stream->count;

	if (!fragments || fragments[high - 1].right <= number)
		return high;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fragments[middle].right <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Payload, or what a snap length left of it: [left, right). */
struct payload {
	int64_t left;
	int64_t right;
	const uint8_t *bytes; /* of `left`; NULL: missing */
};

static void skip_to(struct payload *payload, int64_t left)
{
	if (payload->bytes)
		payload->bytes += left - payload->left;
	payload->left = left;
}

/* Puts [left, right) of the payload in as fragment number `at`, where no other is. */
static bool insert_fragment(struct byte_stream *stream, uint32_t at, const struct payload *payload,
			    int64_t right, const struct delivery *delivery)
{
	size_t length = (size_t)(right - payload->left);
	struct stream_fragment *fragment;
	uint8_t *bytes = NULL;

	if (!reserve_fragment(stream))
		return false;
	if (payload->bytes) {
		bytes = malloc(length);
		if (!bytes)
			return false;
		memcpy(bytes, payload->bytes, length);
		stream->waiting += length;
	}
	fragment = stream->fragments + stream->first + at;
	memmove(fragment + 1, fragment, (stream->count - at) * sizeof(*fragment));
	*fragment = (struct stream_fragment){ .left = payload->left,
					      .right = right,
					      .bytes = bytes,
					      .frame = delivery->frame,
					      .time_ns = delivery->time_ns };
	stream->count++;
	return true;
}

static bool would_pass_a_ceiling(const struct byte_stream *stream, const struct payload *payload)
{
	return stream->count >= BYTE_STREAM_FRAGMENTS_MAX ||
	       stream->waiting + (uint64_t)(payload->right - payload->left) >
		       BYTE_STREAM_WAITING_MAX_BYTES;
}

/* Gives up gaps until there is room for the payload, or it is in order itself. */
static void make_room(struct byte_stream *stream, const struct payload *payload,
		      const struct delivery *delivery)
{
	while (payload->left > stream->next && would_pass_a_ceiling(stream, payload)) {
		const struct stream_fragment *fragment = first_fragment(stream);

		give_up(stream,
			fragment && fragment->left < payload->left ? fragment->left : payload->left,
			delivery);
	}
}

/* The payload lies beyond `next`: keeps its first part, or steps over what came before. */
static bool keep_part(struct byte_stream *stream, struct payload *payload,
		      const struct delivery *delivery)
{
	uint32_t at = fragment_behind(stream, payload->left);
	const struct stream_fragment *behind =
		at < stream->count ? &stream->fragments[stream->first + at] : NULL;
	int64_t right = payload->right;

	if (behind && behind->left <= payload->left) { /* the first to come stays */
		skip_to(payload, behind->right < right ? behind->right : right);
		return true;
	}
	if (behind && behind->left < right)
		right = behind->left;
	if (!insert_fragment(stream, at, payload, right, delivery))
		return false;
	skip_to(payload, right);
	return true;
}

/* Takes the payload to where it belongs. */
static void take(struct byte_stream *stream, struct payload payload,
		 const struct delivery *delivery)
{
	while (!stream->failed && payload.left < payload.right) {
		const struct stream_fragment *fragment = first_fragment(stream);
		int64_t right = payload.right;

		if (payload.left < stream->next) {
			skip_to(&payload, stream->next < right ? stream->next : right);
		} else if (payload.left == stream->next) {
			if (fragment && fragment->left < right)
				right = fragment->left;
			hand_out(stream, right, payload.bytes, delivery);
			skip_to(&payload, right);
			drain(stream, delivery);
		} else {
			make_room(stream, &payload, delivery);
			if (payload.left <= stream->next)
				continue;
			stream->failed = !keep_part(stream, &payload, delivery);
		}
	}
	if (stream->failed)
		forget_fragments(stream);
}

static void note_frame(struct byte_stream *stream, const struct segment_facts *segment)
{
	stream->last_frame = segment->packet->frame;
	stream->last_ns = segment->since_start_ns;
}

/* What was acknowledged before it came, and has not come before what comes now, is lost. */
static void give_up_acknowledged(struct byte_stream *stream, int64_t here,
				 const struct delivery *delivery)
{
	if (stream->acked < here)
		here = stream->acked;
	if (here > stream->next)
		give_up(stream, here, delivery);
}

void byte_stream_segment(struct byte_stream *stream, const struct segment_facts *segment,
			 stream_taker taker, void *context)
{
	const struct packet *packet = segment->packet;
	const struct delivery delivery = { .taker = taker,
					   .context = context,
					   .frame = packet->frame,
					   .time_ns = segment->since_start_ns };
	bool has_syn = (segment->flags & TCP_FLAG_SYN) != 0;
	bool has_fin = (segment->flags & TCP_FLAG_FIN) != 0;
	int64_t left = segment->sequence + has_syn;
	uint32_t captured = packet->captured_payload < segment->length ? packet->captured_payload
								       : segment->length;

	if (segment->captured_twice || segment_is_stray(segment) || segment->keep_alive ||
	    (segment->flags & TCP_FLAG_RST) != 0 || stream->failed)
		return;
	note_frame(stream, segment);
	if (!stream->begun)
		byte_stream_begin(stream, left);
	if (segment->length > 0 && left > stream->next)
		give_up_acknowledged(stream, left, &delivery);
	if (segment->damaged)
		damaged_payloads_keep(&stream->damaged, segment, TCP_BOTH_SIDES);
	if (segment->damaged)
		return;
	if (captured > 0)
		take(stream,
		     (struct payload){
			     .left = left, .right = left + captured, .bytes = packet->payload },
		     &delivery);
	if (captured < segment->length)
		take(stream,
		     (struct payload){ .left = left + captured, .right = left + segment->length },
		     &delivery);
	if (has_fin && !stream->has_fin) {
		stream->has_fin = true;
		stream->fin = left + segment->length;
	}
}

/* They were taken after all, where nothing else was: the first to come stays. */
static void take_acknowledged_damage(struct byte_stream *stream, const struct delivery *delivery)
{
	struct damaged_payload damaged;

	while (damaged_payloads_take(&stream->damaged, stream->acked, &damaged)) {
		struct delivery of_damaged = *delivery;

		of_damaged.frame = damaged.frame;
		of_damaged.time_ns = damaged.time_ns;
		take(stream,
		     (struct payload){
			     .left = damaged.left, .right = damaged.right, .bytes = damaged.bytes },
		     &of_damaged);
		free(damaged.bytes);
	}
}

void byte_stream_acknowledged(struct byte_stream *stream, const struct segment_facts *segment,
			      stream_taker taker, void *context)
{
	const struct delivery delivery = { .taker = taker,
					   .context = context,
					   .frame = segment->packet->frame,
					   .time_ns = segment->since_start_ns };
	int64_t acked = segment->acknowledgment;

	if (!segment->has_ack || segment->captured_twice || segment_is_stray(segment) ||
	    (segment->flags & TCP_FLAG_RST) != 0 || stream->failed)
		return;
	if (!stream->begun)
		byte_stream_begin(stream, acked);
	if (acked <= stream->acked || acked - stream->next > ACKNOWLEDGED_AHEAD_MAX)
		return;
	stream->acked = acked;
	note_frame(stream, segment);
	take_acknowledged_damage(stream, &delivery);
	if (stream->count > 0 && acked > stream->next) {
		int64_t right = stream->fragments[stream->first].left;

		/* Only up to what is here: the end of a gap nobody has seen yet may still come. */
		give_up_acknowledged(stream, right, &delivery);
	}
}

void byte_stream_end(struct byte_stream *stream, stream_taker taker, void *context)
{
	const struct delivery delivery = { .taker = taker,
					   .context = context,
					   .frame = stream->last_frame,
					   .time_ns = stream->last_ns };
	const struct stream_fragment *fragment;
	int64_t end = stream->acked;

	if (!stream->begun || stream->failed)
		return;
	while ((fragment = first_fragment(stream)) != NULL)
		give_up(stream, fragment->left, &delivery);
	if (stream->has_fin)
		end = stream->fin;
	else if (end == stream->next + 1)
		end = stream->next; /* a FIN that is not in the file, for all we know */
	hand_out_gap(stream, end, &delivery);
	forget_fragments(stream);
}
