#include "report/message_track.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay_protocol/classic.h"
#include "relay_protocol/frame.h"
#include "relay_protocol/message.h"
#include "report/classic_dissection.h"
#include "report/relay_dissection.h"

#define RECORDS_FIRST 8u
#define KEPT_FIRST_BYTES 512u
#define CLASSIC_TYPE_BYTES 8u

static void assembly_finish(struct message_assembly *assembly)
{
	free(assembly->bytes);
	*assembly = (struct message_assembly){ .active = false };
}

static void drop_held(struct message_track *track)
{
	for (uint32_t i = 0; i < track->held_count; i++)
		assembly_finish(&track->held[i]);
	track->held_count = 0;
}

void message_track_finish(struct message_track *track)
{
	drop_held(track);
	assembly_finish(&track->open);
	free(track->records);
	track->records = NULL;
	track->record_count = 0;
	track->record_capacity = 0;
}

void message_track_show(struct message_track *track, uint64_t left, uint64_t right)
{
	drop_held(track);
	track->shown_left = left;
	track->shown_right = right;
}

const struct message_record *message_track_record(const struct message_track *track, uint32_t index)
{
	return &track->records[(track->record_first + index) % track->record_capacity];
}

uint32_t message_track_find(const struct message_track *track, uint64_t offset)
{
	uint32_t low = 0;
	uint32_t high = track->record_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct message_record *record = message_track_record(track, middle);

		if (record->offset + record->bytes <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct message_assembly *message_track_assembly(const struct message_track *track,
						      uint64_t offset)
{
	for (uint32_t i = 0; i < track->held_count; i++)
		if (track->held[i].record.offset == offset)
			return &track->held[i];
	return track->open.active && track->open.record.offset == offset ? &track->open : NULL;
}

/*
 * Room for one more, at the end of the ring; at the ceiling in place of the oldest. NULL: none, as
 * where the oldest is in the segment that is looked at: of what it has the first are told.
 */
static struct message_record *next_record(struct message_track *track)
{
	uint32_t capacity = track->record_capacity ? track->record_capacity * 2 : RECORDS_FIRST;
	struct message_record *records = NULL;

	if (track->record_count == track->record_capacity && capacity <= STREAM_MESSAGES_REMEMBERED)
		records = realloc(track->records, capacity * sizeof(*records));
	if (records) { /* the ring did not turn yet: it starts at 0 */
		track->records = records;
		track->record_capacity = capacity;
	}
	if (track->record_capacity == 0)
		return NULL;
	if (track->record_count < track->record_capacity) {
		track->record_count++;
	} else {
		const struct message_record *oldest = message_track_record(track, 0);

		if (oldest->offset + oldest->bytes > track->shown_left &&
		    oldest->offset < track->shown_right)
			return NULL;
		track->record_first = (track->record_first + 1) % track->record_capacity;
	}
	return &track->records[(track->record_first + track->record_count - 1) %
			       track->record_capacity];
}

static void remember(struct message_track *track, const struct message_record *record)
{
	struct message_record *kept = next_record(track);

	if (kept)
		*kept = *record;
}

static uint64_t classic_type(const uint8_t *bytes)
{
	uint64_t type = 0;

	for (int i = CLASSIC_TYPE_BYTES - 1; i >= 0; i--)
		type = type << 8 | bytes[i];
	return type;
}

/*
 * How long the message is that begins with these bytes: *total, 0 while that is not known. False:
 * no message begins so.
 */
static bool measure(const struct message_track *track, const struct message_record *record,
		    const uint8_t *bytes, size_t length, uint64_t *total)
{
	struct relay_frame frame;
	size_t needed;

	if (track->classic) {
		*total = record->greeting ? track->hello_bytes : CLASSIC_MESSAGE_BYTES;
		return true;
	}
	*total = 0;
	switch (relay_frame_decode(bytes, length, RELAY_DISSECTION_BODY_MAX_BYTES, &frame,
				   &needed)) {
	case RELAY_FRAME_OK:
		*total = needed;
		return true;
	case RELAY_FRAME_NEED_MORE:
		if (length >= RELAY_FRAME_HEADER_BYTES)
			*total = (uint64_t)RELAY_FRAME_HEADER_BYTES + relay_load_u32(bytes + 12);
		return true;
	case RELAY_FRAME_BAD_MAGIC:
	case RELAY_FRAME_BAD_VERSION:
	case RELAY_FRAME_BAD_KIND:
	case RELAY_FRAME_TOO_LARGE:
	default:
		return false;
	}
}

/* By its first bytes. False: they are too few. */
static bool name_record(struct message_track *track, struct message_record *record,
			const uint8_t *bytes, size_t length)
{
	if (record->greeting) {
		(void)snprintf(record->name, sizeof(record->name), "hello");
		return true;
	}
	if (length < (track->classic ? CLASSIC_TYPE_BYTES : RELAY_FRAME_HEADER_BYTES)) {
		(void)snprintf(record->name, sizeof(record->name), "part of a message");
		return false;
	}
	if (track->classic)
		classic_dissection_name(track->conversation, track->from, classic_type(bytes),
					record->name);
	else
		relay_dissection_name(bytes, record->name);
	return true;
}

/* What begins at this offset of the stream. */
static struct message_record begin_record(const struct message_track *track, uint64_t offset,
					  uint64_t frame)
{
	return (struct message_record){ .offset = offset,
					.first_frame = frame,
					.greeting = track->classic && offset < track->hello_bytes };
}

/* Keeps more of a message's beginning, as far as there is memory and it has no hole. */
static void keep(struct message_assembly *assembly, const uint8_t *bytes, size_t length)
{
	uint32_t capacity = assembly->capacity ? assembly->capacity : KEPT_FIRST_BYTES;
	uint8_t *larger;

	if (assembly->kept != assembly->have)
		return;
	if (length > STREAM_MESSAGE_KEPT_BYTES - assembly->kept)
		length = STREAM_MESSAGE_KEPT_BYTES - assembly->kept;
	while (capacity < assembly->kept + length)
		capacity *= 2;
	if (capacity > assembly->capacity) {
		larger = realloc(assembly->bytes, capacity);
		if (!larger)
			return;
		assembly->bytes = larger;
		assembly->capacity = capacity;
	}
	if (length > 0)
		memcpy(assembly->bytes + assembly->kept, bytes, length);
	assembly->kept += (uint32_t)length;
}

/* The open message is done: remembered, and its bytes held where they are wanted now. */
static void complete(struct message_track *track)
{
	struct message_assembly *open = &track->open;
	uint64_t left = open->record.offset;

	remember(track, &open->record);
	open->active = false;
	if (left < track->shown_right && left + open->record.bytes > track->shown_left &&
	    track->held_count < sizeof(track->held) / sizeof(track->held[0])) {
		track->held[track->held_count++] = *open;
		*open = (struct message_assembly){ .active = false };
	}
}

static void begin_open(struct message_track *track, const struct message_record *record)
{
	struct message_assembly *open = &track->open;

	*open = (struct message_assembly){
		.record = *record,
		.bytes = open->bytes,
		.capacity = open->capacity,
		.active = true,
	};
}

/* Its header as far as it is there: name and length. False: it is none, the footing is lost. */
static bool judge_open(struct message_track *track)
{
	struct message_assembly *open = &track->open;
	size_t length =
		open->have < sizeof(open->header) ? (size_t)open->have : sizeof(open->header);

	if (open->named || open->holed)
		return true;
	if (!measure(track, &open->record, open->header, length, &open->record.bytes))
		return false;
	open->named = name_record(track, &open->record, open->header, length);
	return true;
}

static void lose(struct message_track *track)
{
	track->lost = true;
	track->open.active = false;
}

/* Adds to the open message what is its own of the bytes; returns how many those are. */
static size_t extend_open(struct message_track *track, const uint8_t *bytes, size_t length)
{
	struct message_assembly *open = &track->open;
	uint64_t wanted = open->record.bytes;

	if (wanted == 0)
		wanted = RELAY_FRAME_HEADER_BYTES;
	wanted -= open->have;
	if (length > wanted)
		length = (size_t)wanted;
	if (open->have < sizeof(open->header)) {
		size_t room = sizeof(open->header) - (size_t)open->have;

		memcpy(open->header + open->have, bytes, length < room ? length : room);
	}
	keep(open, bytes, length);
	open->have += length;
	if (!judge_open(track))
		lose(track);
	else if (open->record.bytes > 0 && open->have == open->record.bytes)
		complete(track);
	return length;
}

/* A message begins with these bytes: takes it whole, or opens it. False: none does. */
static bool begin_message(struct message_track *track, const struct stream_piece *piece,
			  size_t *taken)
{
	const uint8_t *bytes = piece->bytes + *taken;
	size_t length = (size_t)piece->length - *taken;
	struct message_record record = begin_record(track, piece->offset + *taken, piece->frame);

	if (!measure(track, &record, bytes, length, &record.bytes))
		return false;
	if (record.bytes == 0 || record.bytes > length) {
		begin_open(track, &record);
		return true;
	}
	(void)name_record(track, &record, bytes, length);
	remember(track, &record);
	*taken += (size_t)record.bytes;
	return true;
}

static void take_bytes(struct message_track *track, const struct stream_piece *piece)
{
	size_t taken = 0;

	if (track->lost && message_track_is_sure(piece->bytes, (size_t)piece->length))
		track->lost = false;
	while (!track->lost && taken < piece->length) {
		if (track->open.active)
			taken += extend_open(track, piece->bytes + taken,
					     (size_t)piece->length - taken);
		else if (!begin_message(track, piece, &taken))
			lose(track);
	}
}

/* Classic messages have one length: behind a gap it is still known where one begins. */
static void find_classic_place(struct message_track *track, uint64_t offset)
{
	uint64_t into = offset < track->hello_bytes
				? offset
				: (offset - track->hello_bytes) % CLASSIC_MESSAGE_BYTES;
	struct message_record record = begin_record(track, offset - into, 0);

	if (into == 0)
		return;
	(void)measure(track, &record, NULL, 0, &record.bytes);
	(void)name_record(track, &record, NULL, 0);
	begin_open(track, &record);
	track->open.have = into;
	track->open.holed = true;
}

static void take_gap(struct message_track *track, uint64_t offset, uint64_t length)
{
	struct message_assembly *open = &track->open;
	uint64_t rest;

	if (open->active) {
		rest = open->record.bytes > 0 ? open->record.bytes - open->have : 0;
		if (rest >= length) { /* its own bytes are missing, and only they */
			open->holed = true;
			open->have += length;
			if (rest == length)
				complete(track);
			return;
		}
		open->active = false;
	}
	if (track->classic)
		find_classic_place(track, offset + length);
	else
		lose(track);
}

void message_track_piece(struct message_track *track, const struct stream_piece *piece)
{
	if (piece->bytes)
		take_bytes(track, piece);
	else
		take_gap(track, piece->offset, piece->length);
}

/* The first field of a body that is not all here looks like one. */
static bool could_be_body(const uint8_t *body, size_t length, uint32_t body_bytes)
{
	uint16_t tag;

	if (length < RELAY_FIELD_HEADER_BYTES)
		return false;
	tag = relay_load_u16(body);
	return tag >= RELAY_FIELD_TEXT && tag <= RELAY_FIELD_RETRY_AFTER &&
	       relay_load_u32(body + 2) <= body_bytes - RELAY_FIELD_HEADER_BYTES;
}

bool message_track_is_sure(const uint8_t *bytes, size_t length)
{
	struct relay_frame frame;
	struct relay_message message;
	size_t needed;
	uint16_t status;
	bool may_fail;

	if (length < RELAY_FRAME_HEADER_BYTES ||
	    !relay_dissection_type(relay_load_u16(bytes + 4)) || !relay_dissection_kind(bytes[3]))
		return false;
	status = relay_load_u16(bytes + 6);
	may_fail = bytes[3] == RELAY_RESPONSE || bytes[3] == RELAY_INDICATION;
	if (status > (may_fail ? RELAY_STATUS_INTERNAL : RELAY_STATUS_OK))
		return false;
	switch (relay_frame_decode(bytes, length, RELAY_DISSECTION_BODY_MAX_BYTES, &frame,
				   &needed)) {
	case RELAY_FRAME_OK:
		return relay_message_decode(&frame, &message, NULL) == RELAY_MESSAGE_OK;
	case RELAY_FRAME_NEED_MORE:
		return could_be_body(bytes + RELAY_FRAME_HEADER_BYTES,
				     length - RELAY_FRAME_HEADER_BYTES, relay_load_u32(bytes + 12));
	case RELAY_FRAME_BAD_MAGIC:
	case RELAY_FRAME_BAD_VERSION:
	case RELAY_FRAME_BAD_KIND:
	case RELAY_FRAME_TOO_LARGE:
	default:
		return false;
	}
}
