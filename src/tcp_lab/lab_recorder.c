#include "tcp_lab/lab_recorder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcp_lab/lab_limits.h"

#define FIRST_SEGMENTS 256u
#define FIRST_BYTES (64u * 1024)

int lab_recorder_init(struct lab_recorder *recorder, struct lab_record *record,
		      const struct experiment *experiment,
		      const struct lab_recorder_options *options)
{
	*recorder = (struct lab_recorder){
		.record = record,
		.monotonic_ns = options->monotonic_ns,
		.no_segments = options->no_segments,
	};
	record->experiment = experiment;
	record->seed = options->seed;
	record->start_ns = options->wall_ns;
	if (experiment->step_count == 0)
		return 0;
	record->steps = calloc(experiment->step_count, sizeof(*record->steps));
	if (!record->steps)
		return -ENOMEM;
	for (size_t i = 0; i < experiment->step_count; i++) {
		record->steps[i].step = &experiment->steps[i];
		record->steps[i].began_ns = -1;
		record->steps[i].ended_ns = -1;
	}
	return 0;
}

void lab_recorder_finish(struct lab_recorder *recorder, uint64_t now_ns)
{
	recorder->record->duration_ns = lab_recorder_offset_ns(recorder, now_ns);
	free(recorder->cable_numbers);
	recorder->cable_numbers = NULL;
	recorder->segment_capacity = 0;
	recorder->full = true;
}

int64_t lab_recorder_offset_ns(const struct lab_recorder *recorder, uint64_t now_ns)
{
	return (int64_t)(now_ns - recorder->monotonic_ns);
}

/* ---- segments ---- */

static bool make_segment_room(struct lab_recorder *recorder)
{
	struct lab_record *record = recorder->record;
	size_t capacity = recorder->segment_capacity;
	struct lab_segment *segments;
	uint64_t *numbers;

	if (record->segment_count < capacity)
		return true;
	if (capacity == LAB_RECORD_MAX_SEGMENTS)
		return false;
	capacity = capacity > 0 ? capacity * 2 : FIRST_SEGMENTS;
	if (capacity > LAB_RECORD_MAX_SEGMENTS)
		capacity = LAB_RECORD_MAX_SEGMENTS;
	segments = reallocarray(record->segments, capacity, sizeof(*segments));
	if (!segments)
		return false;
	record->segments = segments;
	numbers = reallocarray(recorder->cable_numbers, capacity, sizeof(*numbers));
	if (!numbers)
		return false;
	recorder->cable_numbers = numbers;
	recorder->segment_capacity = capacity;
	return true;
}

static bool make_byte_room(struct lab_recorder *recorder, size_t length)
{
	struct lab_record *record = recorder->record;
	size_t capacity = recorder->byte_capacity > 0 ? recorder->byte_capacity : FIRST_BYTES;
	uint8_t *bytes;

	if (length > LAB_RECORD_MAX_BYTES - record->byte_count)
		return false;
	while (capacity < record->byte_count + length)
		capacity *= 2;
	if (capacity == recorder->byte_capacity)
		return true;
	bytes = realloc(record->bytes, capacity);
	if (!bytes)
		return false;
	record->bytes = bytes;
	recorder->byte_capacity = capacity;
	return true;
}

/* False: no room. */
static bool keep_bytes(struct lab_recorder *recorder, const uint8_t *bytes, size_t length,
		       size_t *at)
{
	struct lab_record *record = recorder->record;

	if (length > LAB_PACKET_MAX_BYTES || !make_byte_room(recorder, length))
		return false;
	if (length > 0)
		memcpy(record->bytes + record->byte_count, bytes, length);
	*at = record->byte_count;
	record->byte_count += length;
	return true;
}

static void keep_why(struct lab_segment *segment, const char *why)
{
	if (why)
		(void)snprintf(segment->why, sizeof(segment->why), "%s", why);
}

static int by_cable_number(const void *key, const void *element)
{
	uint64_t wanted = *(const uint64_t *)key;
	uint64_t number = *(const uint64_t *)element;

	if (wanted == number)
		return 0;
	return wanted < number ? -1 : 1;
}

struct lab_segment *lab_recorder_segment(const struct lab_recorder *recorder, uint64_t cable_number)
{
	const struct lab_record *record = recorder->record;
	const uint64_t *numbers = recorder->cable_numbers;
	const uint64_t *found;

	if (!numbers || cable_number == 0)
		return NULL;
	/* The cable counts as we do, as long as it tells us of each. */
	if (cable_number <= record->segment_count && numbers[cable_number - 1] == cable_number)
		return &record->segments[cable_number - 1];
	found = bsearch(&cable_number, numbers, record->segment_count, sizeof(*numbers),
			by_cable_number);
	return found ? &record->segments[found - numbers] : NULL;
}

static uint64_t recorded_number(const struct lab_recorder *recorder, uint64_t cable_number)
{
	const struct lab_segment *segment = lab_recorder_segment(recorder, cable_number);

	return segment ? segment->number : 0;
}

void lab_recorder_sent(struct lab_recorder *recorder, const struct cable_packet *packet)
{
	struct lab_record *record = recorder->record;
	struct lab_segment *segment;
	size_t bytes_at;

	if (recorder->no_segments)
		return;
	if (recorder->full || !make_segment_room(recorder) ||
	    !keep_bytes(recorder, packet->bytes, packet->length, &bytes_at)) {
		recorder->full = true;
		record->not_recorded++;
		return;
	}
	recorder->cable_numbers[record->segment_count] = packet->number;
	segment = &record->segments[record->segment_count++];
	*segment = (struct lab_segment){
		.number = record->segment_count,
		.from = packet->from,
		.sent_ns = lab_recorder_offset_ns(recorder, packet->sent_ns),
		.delivered_ns = -1,
		.forged = packet->forged,
		.copy_of = recorded_number(recorder, packet->copy_of),
		.meaning = packet->meaning,
		.bytes_at = bytes_at,
		.length = (uint32_t)packet->length,
	};
	keep_why(segment, packet->note);
}

void lab_recorder_lost(struct lab_recorder *recorder, const struct cable_packet *packet,
		       const char *why)
{
	struct lab_segment *segment = lab_recorder_segment(recorder, packet->number);

	if (!segment)
		return;
	segment->lost = true;
	keep_why(segment, why);
}

/* What came out differs from what went in: both are kept. */
static void keep_change(struct lab_recorder *recorder, const struct cable_packet *packet,
			struct lab_segment *segment)
{
	const struct lab_record *record = recorder->record;
	size_t bytes_at;

	if (packet->length == segment->length &&
	    memcmp(record->bytes + segment->bytes_at, packet->bytes, packet->length) == 0)
		return;
	segment->changed = true;
	segment->original_at = segment->bytes_at;
	segment->original_length = segment->length;
	if (!keep_bytes(recorder, packet->bytes, packet->length, &bytes_at)) {
		recorder->full = true;
		recorder->record->not_recorded++; /* it stands there as it was sent */
		return;
	}
	segment->bytes_at = bytes_at;
	segment->length = (uint32_t)packet->length;
}

void lab_recorder_delivered(struct lab_recorder *recorder, const struct cable_packet *packet,
			    uint64_t delivered_ns)
{
	struct lab_segment *segment = lab_recorder_segment(recorder, packet->number);

	if (!segment)
		return;
	segment->delivered_ns = lab_recorder_offset_ns(recorder, delivered_ns);
	keep_why(segment, packet->note);
	if (packet->changed)
		keep_change(recorder, packet, segment);
}

void lab_recorder_not_asked(struct lab_recorder *recorder, uint64_t count)
{
	recorder->record->not_asked += count;
}

/* ---- steps ---- */

struct lab_step_result *lab_recorder_step(const struct lab_recorder *recorder, size_t index)
{
	return &recorder->record->steps[index];
}

void lab_recorder_step_began(struct lab_recorder *recorder, size_t index, uint64_t now_ns)
{
	lab_recorder_step(recorder, index)->began_ns = lab_recorder_offset_ns(recorder, now_ns);
}

void lab_recorder_step_ended(struct lab_recorder *recorder, size_t index, uint64_t now_ns,
			     bool held, const char *format, ...)
{
	struct lab_step_result *step = lab_recorder_step(recorder, index);
	va_list arguments;

	step->done = true;
	step->held = held;
	step->ended_ns = lab_recorder_offset_ns(recorder, now_ns);
	if (step->began_ns < 0)
		step->began_ns = step->ended_ns;
	va_start(arguments, format);
	(void)vsnprintf(step->result, sizeof(step->result), format, arguments);
	va_end(arguments);
}

void lab_recorder_fail(struct lab_recorder *recorder, const char *format, ...)
{
	struct lab_record *record = recorder->record;
	va_list arguments;

	if (record->failed)
		return;
	record->failed = true;
	va_start(arguments, format);
	(void)vsnprintf(record->failure, sizeof(record->failure), format, arguments);
	va_end(arguments);
}
