#include "report/stream_messages.h"

#include <stdlib.h>
#include <string.h>

#include "relay_protocol/classic.h"
#include "relay_protocol/frame.h"
#include "report/classic_dissection.h"
#include "report/conversation.h"
#include "report/message_text.h"
#include "report/message_track.h"
#include "report/relay_dissection.h"
#include "tcp_flow/byte_stream.h"

#define FOUND_FIRST 4u
#define DETAILS_MAX_BYTES                                                                          \
	(STREAM_MESSAGES_IN_SEGMENT * (CONVERSATION_DETAIL_MAX_BYTES + 64u)) /* of one segment */

enum recognition {
	NOT_RECOGNISED, /* both streams may yet begin as the relay's do */
	IS_RELAY,
	IS_CLASSIC,
	IS_NEITHER, /* nothing is kept any more */
};

/* One side. */
struct side {
	struct byte_stream stream;
	struct message_track track;
	int64_t base; /* the sequence number of the byte that has offset 0; with `tracked` */
	bool tracked; /* pieces go to the track */
};

struct stream_messages {
	enum recognition recognition;
	struct side sides[2];
	struct conversation conversation; /* what the classic names are counted with, and a
					     scratch for details */
	struct stream_message *found;     /* owned; of the segment given last */
	size_t *detail_at;                /* owned; where their details begin; SIZE_MAX: none */
	uint32_t found_count;
	uint32_t found_capacity;
	struct text_builder details; /* owned; zero-terminated each */
};

struct stream_messages *stream_messages_create(void)
{
	struct stream_messages *messages = calloc(1, sizeof(*messages));

	if (!messages)
		return NULL;
	for (int side = 0; side < 2; side++) {
		byte_stream_init(&messages->sides[side].stream, (enum tcp_side)side);
		messages->sides[side].track.from = (enum tcp_side)side;
		messages->sides[side].track.conversation = &messages->conversation;
	}
	messages->conversation.reader = READS_CLASSIC;
	text_builder_init(&messages->conversation.detail, CONVERSATION_DETAIL_MAX_BYTES);
	text_builder_init(&messages->details, DETAILS_MAX_BYTES);
	return messages;
}

static void drop_all(struct stream_messages *messages)
{
	for (int side = 0; side < 2; side++) {
		byte_stream_finish(&messages->sides[side].stream);
		message_track_finish(&messages->sides[side].track);
	}
	text_builder_finish(&messages->conversation.detail);
	text_builder_finish(&messages->details);
	free(messages->found);
	free(messages->detail_at);
	messages->found = NULL;
	messages->detail_at = NULL;
	messages->found_capacity = 0;
}

void stream_messages_destroy(struct stream_messages *messages)
{
	if (!messages)
		return;
	drop_all(messages);
	free(messages);
}

static const struct dialogue_head *head_of(const struct tcp_connection *connection,
					   enum tcp_side side)
{
	return &connection->dialogue.heads[side];
}

/* ---- which protocol it is ---- */

/* What is there of the stream could be the beginning of frames of version 1. */
static bool could_be_relay(const struct dialogue_head *head)
{
	struct relay_frame frame;
	size_t needed;
	enum relay_frame_verdict verdict = relay_frame_decode(
		head->bytes, head->length, RELAY_DISSECTION_BODY_MAX_BYTES, &frame, &needed);

	return verdict == RELAY_FRAME_OK || verdict == RELAY_FRAME_NEED_MORE;
}

/* No segment to come can make it one of the relay's. */
static bool is_hopeless(const struct tcp_connection *connection)
{
	const struct dialogue_head *client = head_of(connection, TCP_CLIENT);
	const struct dialogue_head *server = head_of(connection, TCP_SERVER);

	if (!connection->dialogue.keeps_payload || client->length >= DIALOGUE_HEAD_MAX_BYTES ||
	    server->length >= DIALOGUE_HEAD_MAX_BYTES || (client->stopped && server->stopped))
		return true;
	return !(could_be_relay(client) && could_be_relay(server)) &&
	       !classic_dissection_could_start(client->bytes, client->length);
}

/* Bytes of the head, [left, right) as sequence numbers, to the track; bytes NULL: a gap. */
static void track_part(struct side *side, const uint8_t *bytes, int64_t left, int64_t right,
		       const struct dialogue_mark *mark)
{
	const struct stream_piece piece = {
		.from = side->track.from,
		.offset = (uint64_t)(left - side->base),
		.bytes = bytes,
		.length = (uint64_t)(right - left),
		.frame = mark ? mark->frame : 0,
		.time_ns = mark ? mark->time_ns : 0,
	};

	if (left < right)
		message_track_piece(&side->track, &piece);
}

/* The stream from its beginning up to where its pieces now are, from the bytes that were kept. */
static void track_head(struct side *side, const struct dialogue_head *head)
{
	int64_t at = side->stream.origin;
	int64_t end = head->origin + head->length;

	side->tracked = true;
	side->base = at;
	if (head->begun && head->length > 0) {
		if (head->origin < at)
			side->base = head->origin;
		else
			track_part(side, NULL, at, head->origin, NULL);
		at = head->origin;
		if (end > side->stream.next)
			end = side->stream.next;
	}
	for (uint32_t i = 0; head->begun && i <= head->mark_count && at < end; i++) {
		int64_t right = i < head->mark_count ? head->origin + head->marks[i].offset : end;

		if (right > end)
			right = end;
		if (right <= at)
			continue;
		track_part(side, head->bytes + (at - head->origin), at, right,
			   dialogue_mark_at(head, (uint32_t)(at - head->origin)));
		at = right;
	}
	track_part(side, NULL, at, side->stream.next, NULL);
}

/*
 * How long the greeting is can be told for sure once the type of the message behind it is there.
 * Until then nothing is said of what the server says.
 */
static bool finds_greeting(struct side *server, const struct tcp_connection *connection)
{
	uint32_t hello_bytes;

	if (conversation_relay_reader(connection, &hello_bytes) != READS_CLASSIC ||
	    head_of(connection, TCP_SERVER)->length < hello_bytes + 8)
		return false;
	server->track.hello_bytes = hello_bytes;
	return true;
}

static void recognise(struct stream_messages *messages, const struct tcp_connection *connection)
{
	uint32_t hello_bytes;

	switch (conversation_relay_reader(connection, &hello_bytes)) {
	case READS_RELAY:
		messages->recognition = IS_RELAY;
		break;
	case READS_CLASSIC:
		messages->recognition = IS_CLASSIC;
		for (int side = 0; side < 2; side++)
			messages->sides[side].track.classic = true;
		break;
	case READS_TURNS:
	case READS_TEXT:
	case READS_HTTP:
	case READS_TLS:
	default:
		if (is_hopeless(connection)) {
			messages->recognition = IS_NEITHER;
			drop_all(messages);
		}
		break;
	}
}

/* By the beginnings of both streams, which have the segment at hand already. */
static void recognise_and_track(struct stream_messages *messages,
				const struct tcp_connection *connection)
{
	if (messages->recognition == NOT_RECOGNISED)
		recognise(messages, connection);
	if (messages->recognition != IS_RELAY && messages->recognition != IS_CLASSIC)
		return;
	for (int i = 0; i < 2; i++) {
		struct side *side = &messages->sides[i];

		if (side->tracked || !side->stream.begun)
			continue;
		if (messages->recognition == IS_CLASSIC && i == TCP_SERVER &&
		    !finds_greeting(side, connection))
			continue;
		track_head(side, head_of(connection, (enum tcp_side)i));
	}
}

/* ---- what stands in a segment ---- */

static struct stream_message *add_found(struct stream_messages *messages)
{
	uint32_t capacity = messages->found_capacity ? messages->found_capacity * 2 : FOUND_FIRST;
	struct stream_message *found = messages->found;
	size_t *detail_at;

	if (messages->found_count == STREAM_MESSAGES_IN_SEGMENT)
		return NULL;
	if (messages->found_count == messages->found_capacity) {
		found = realloc(messages->found, capacity * sizeof(*found));
		if (!found)
			return NULL;
		messages->found = found;
		detail_at = realloc(messages->detail_at, capacity * sizeof(*detail_at));
		if (!detail_at)
			return NULL;
		messages->detail_at = detail_at;
		messages->found_capacity = capacity;
	}
	messages->detail_at[messages->found_count] = SIZE_MAX;
	return &found[messages->found_count++];
}

static void tell_relay(const struct stream_message *message, struct text_builder *detail)
{
	struct conversation_line line;

	(void)relay_dissection_tell(message->kept, message->kept_bytes, &line, detail);
	if (message->kept_bytes == message->bytes)
		return;
	message_text_next(detail);
	text_append_format(detail, "%u of %llu bytes are kept", message->kept_bytes,
			   (unsigned long long)message->bytes);
}

static void tell_classic(const struct stream_message *message, struct text_builder *detail)
{
	struct classic_message parts;

	if (message->greeting)
		message_text_sample(detail, message->kept,
				    strnlen((const char *)message->kept, message->kept_bytes));
	else if (classic_message_decode(message->kept, message->kept_bytes, &parts))
		classic_dissection_detail(detail, message->from, &parts);
}

/* The detail of the message found last. */
static void tell_detail(struct stream_messages *messages, const struct stream_message *message)
{
	struct text_builder *detail = &messages->conversation.detail;

	text_builder_clear(detail);
	if (message->classic)
		tell_classic(message, detail);
	else
		tell_relay(message, detail);
	if (detail->length == 0 || messages->details.truncated)
		return;
	messages->detail_at[messages->found_count - 1] = messages->details.length;
	/* with its terminating zero */
	text_append_bytes(&messages->details, detail->text, detail->length + 1);
	if (messages->details.truncated)
		messages->detail_at[messages->found_count - 1] = SIZE_MAX;
}

/* The part of a stream that a segment has. */
struct shown {
	const struct segment_facts *segment;
	const struct side *side;
	uint64_t left; /* offsets in the stream, half-open */
	uint64_t right;
};

/* Where the message's bytes are at hand: in the segment itself, or put together. */
static void find_kept(const struct shown *shown, const struct message_record *record,
		      struct stream_message *message)
{
	const uint8_t *payload = shown->segment->packet->payload;
	const struct message_assembly *assembly =
		message_track_assembly(&shown->side->track, record->offset);
	uint64_t length = message->part_bytes;

	if (message->begins && (message->ends || !assembly)) {
		message->kept = payload + message->payload_offset;
		if (length > STREAM_MESSAGE_KEPT_BYTES)
			length = STREAM_MESSAGE_KEPT_BYTES;
		message->kept_bytes = (uint32_t)length;
	} else if (assembly && assembly->kept > 0) {
		message->kept = assembly->bytes;
		message->kept_bytes = assembly->kept;
	}
}

/* `end`: up to where the message's bytes have come. False: no more fit. */
static bool show_message(struct stream_messages *messages, const struct shown *shown,
			 const struct message_record *record, uint64_t end)
{
	uint64_t left = record->offset > shown->left ? record->offset : shown->left;
	uint64_t right = end < shown->right ? end : shown->right;
	struct stream_message *message = add_found(messages);

	if (!message)
		return false;
	*message = (struct stream_message){
		.from = shown->segment->from,
		.bytes = record->bytes,
		.stream_offset = record->offset,
		.payload_offset = (uint32_t)(left - shown->left),
		.part_bytes = (uint32_t)(right - left),
		.part_offset = left - record->offset,
		.begins = left == record->offset,
		.ends = record->bytes > 0 && right == record->offset + record->bytes,
		.classic = shown->side->track.classic,
		.greeting = record->greeting,
		.first_frame = record->first_frame,
		.detail = "",
	};
	memcpy(message->name, record->name, sizeof(message->name));
	find_kept(shown, record, message);
	if (message->kept_bytes > 0 && record->bytes > 0 && end == record->offset + record->bytes &&
	    (message->kept_bytes == record->bytes ||
	     message->kept_bytes == STREAM_MESSAGE_KEPT_BYTES))
		tell_detail(messages, message);
	return true;
}

/* Those of the stream as far as it came in order. */
static void show_tracked(struct stream_messages *messages, const struct shown *shown)
{
	const struct message_track *track = &shown->side->track;
	const struct message_assembly *open = &track->open;

	for (uint32_t i = message_track_find(track, shown->left); i < track->record_count; i++) {
		const struct message_record *record = message_track_record(track, i);

		if (record->offset >= shown->right ||
		    !show_message(messages, shown, record, record->offset + record->bytes))
			return;
	}
	if (open->active && open->record.offset < shown->right &&
	    open->record.offset + open->have > shown->left)
		(void)show_message(messages, shown, &open->record,
				   open->record.offset + open->have);
}

/*
 * Bytes beyond a gap: where whole frames begin with the segment, they are frames. What else is
 * there will be known when the gap is filled.
 */
static void show_beyond_gap(struct stream_messages *messages, const struct shown *shown)
{
	const uint8_t *bytes = shown->segment->packet->payload;
	struct message_record record = { .offset = shown->left };
	uint64_t left = shown->right - shown->left;

	while (left >= RELAY_FRAME_HEADER_BYTES && message_track_is_sure(bytes, (size_t)left)) {
		record.bytes = (uint64_t)RELAY_FRAME_HEADER_BYTES + relay_load_u32(bytes + 12);
		record.first_frame = shown->segment->packet->frame;
		if (record.bytes > left)
			return;
		relay_dissection_name(bytes, record.name);
		if (!show_message(messages, shown, &record, record.offset + record.bytes))
			return;
		bytes += record.bytes;
		left -= record.bytes;
		record.offset += record.bytes;
	}
}

/* The classic greeting comes before the client says what it is. */
static void show_greeting(struct stream_messages *messages, const struct segment_facts *segment)
{
	const struct packet *packet = segment->packet;
	struct stream_message *message;

	if (segment->length != CLASSIC_DATA_BYTES || packet->captured_payload < segment->length)
		return;
	message = add_found(messages);
	if (!message)
		return;
	*message = (struct stream_message){
		.from = TCP_SERVER,
		.name = "hello",
		.bytes = CLASSIC_DATA_BYTES,
		.part_bytes = CLASSIC_DATA_BYTES,
		.begins = true,
		.ends = true,
		.classic = true,
		.greeting = true,
		.first_frame = packet->frame,
		.kept = packet->payload,
		.kept_bytes = CLASSIC_DATA_BYTES,
		.detail = "",
	};
	tell_detail(messages, message);
}

static void finish_details(struct stream_messages *messages)
{
	const char *details = text_builder_text(&messages->details);

	for (uint32_t i = 0; i < messages->found_count; i++)
		if (messages->detail_at[i] != SIZE_MAX)
			messages->found[i].detail = details + messages->detail_at[i];
}

static void show(struct stream_messages *messages, const struct shown *shown)
{
	const struct side *side = shown->side;

	if (!side->tracked || shown->left >= shown->right)
		return;
	if ((int64_t)shown->left + side->base < side->stream.next)
		show_tracked(messages, shown);
	else if (messages->recognition == IS_RELAY)
		show_beyond_gap(messages, shown);
}

/* ---- segment by segment ---- */

static void take_piece(void *context, const struct stream_piece *piece)
{
	struct side *side = context;
	struct stream_piece moved = *piece;

	if (!side->tracked)
		return;
	moved.offset += (uint64_t)(side->stream.origin - side->base);
	message_track_piece(&side->track, &moved);
}

/*
 * Begins a side's stream where that is known before its first segment comes. `behind` is where what
 * is at hand begins: what the head kept of the time before was not seen here, and need not come.
 */
static void begin_stream(struct side *side, const struct tcp_connection *connection, int64_t behind)
{
	const struct dialogue_head *head = head_of(connection, side->track.from);
	int64_t end = head->origin + head->length;

	if (side->stream.begun)
		return;
	if (connection->ends[side->track.from].offer.seen)
		byte_stream_begin(&side->stream, 1);
	else if (head->begun)
		byte_stream_begin(&side->stream, head->origin);
	if (head->begun)
		byte_stream_skip(&side->stream, end < behind ? end : behind);
}

/* Which part of its stream the segment has, by what is known of the beginning so far. */
static struct shown shown_part(const struct side *side, const struct segment_facts *segment)
{
	struct shown shown = { .segment = segment, .side = side };
	int64_t base = side->tracked ? side->base : side->stream.origin;
	int64_t left = segment->sequence + ((segment->flags & TCP_FLAG_SYN) != 0);
	uint32_t captured = segment->packet->captured_payload;

	if (captured > segment->length)
		captured = segment->length;
	/* A probe's byte is none of the stream, nor what is dropped; what begins before it is all
	 * too old. */
	if (segment->keep_alive || segment->damaged ||
	    (segment->window_probe && segment->new_space == 0) || segment_is_stray(segment) ||
	    (segment->flags & TCP_FLAG_RST) != 0 || left < base)
		return shown;
	shown.left = (uint64_t)(left - base);
	shown.right = shown.left + captured;
	return shown;
}

size_t stream_messages_segment(struct stream_messages *messages,
			       const struct tcp_connection *connection,
			       const struct segment_facts *segment,
			       const struct stream_message **out)
{
	struct side *sender = &messages->sides[segment->from];
	struct side *receiver = &messages->sides[tcp_other_side(segment->from)];
	struct shown shown;

	messages->found_count = 0;
	*out = NULL;
	if (messages->recognition == IS_NEITHER)
		return 0;
	begin_stream(sender, connection, segment->sequence);
	begin_stream(receiver, connection, INT64_MAX);
	if (segment->length > 0)
		recognise_and_track(messages, connection);
	if (messages->recognition == IS_NEITHER)
		return 0;
	message_track_show(&receiver->track, 0, 0);
	byte_stream_acknowledged(&receiver->stream, segment, take_piece, receiver);
	shown = shown_part(sender, segment);
	message_track_show(&sender->track, shown.left, shown.right);
	byte_stream_segment(&sender->stream, segment, take_piece, sender);
	if (segment->length == 0)
		return 0;
	text_builder_clear(&messages->details);
	if (messages->recognition == NOT_RECOGNISED && segment->from == TCP_SERVER &&
	    shown.left == 0 && classic_dissection_greets(connection))
		show_greeting(messages, segment);
	else
		show(messages, &shown);
	finish_details(messages);
	*out = messages->found;
	return messages->found_count;
}
