#include "tcp_lab/lab_record.h"

#include <stdlib.h>

#define LINK_RAW 101 /* LINKTYPE_RAW: the packet begins with its IP header */

/* Whether a capture at that place has the packet as it was sent. A host that did not send it, be it
 * that nobody did, can't have seen that. */
static bool was_seen_leaving(const struct lab_segment *segment, enum wanted_vantage vantage)
{
	if (segment->copy_of != 0)
		return false;
	switch (vantage) {
	case VANTAGE_CABLE:
		return true;
	case VANTAGE_CLIENT:
		return segment->from == LAB_CLIENT && !segment->forged;
	case VANTAGE_SERVER:
		return segment->from == LAB_SERVER && !segment->forged;
	}
	return false;
}

static bool was_seen_arriving(const struct lab_segment *segment, enum wanted_vantage vantage)
{
	if (segment->delivered_ns < 0 || vantage == VANTAGE_CABLE)
		return false;
	return (lab_other_host(segment->from) == LAB_CLIENT) == (vantage == VANTAGE_CLIENT);
}

static int by_time(const void *left, const void *right)
{
	const struct lab_sighting *a = left;
	const struct lab_sighting *b = right;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	if (a->segment->number != b->segment->number)
		return a->segment->number < b->segment->number ? -1 : 1;
	return 0;
}

struct lab_sighting *lab_record_sightings(const struct lab_record *record,
					  enum wanted_vantage vantage, size_t *count,
					  bool *no_memory)
{
	struct lab_sighting *sightings;

	*count = 0;
	*no_memory = false;
	if (record->segment_count == 0)
		return NULL;
	/* Each segment is seen once at most: a host does not receive what it sends. */
	sightings = calloc(record->segment_count, sizeof(*sightings));
	if (!sightings) {
		*no_memory = true;
		return NULL;
	}
	for (size_t i = 0; i < record->segment_count; i++) {
		const struct lab_segment *segment = &record->segments[i];
		bool arriving = was_seen_arriving(segment, vantage);

		if (!arriving && !was_seen_leaving(segment, vantage))
			continue;
		sightings[(*count)++] = (struct lab_sighting){
			.segment = segment,
			.time_ns = arriving ? segment->delivered_ns : segment->sent_ns,
			.received = arriving,
		};
	}
	if (*count == 0) {
		free(sightings);
		return NULL;
	}
	qsort(sightings, *count, sizeof(*sightings), by_time);
	return sightings;
}

void lab_record_frame(const struct lab_record *record, const struct lab_sighting *sighting,
		      uint64_t number, struct captured_frame *out)
{
	const struct lab_segment *segment = sighting->segment;
	bool as_sent = segment->changed && !sighting->received;
	uint32_t length = as_sent ? segment->original_length : segment->length;

	*out = (struct captured_frame){
		.number = number,
		.time_ns = record->start_ns + sighting->time_ns,
		.bytes = record->bytes + (as_sent ? segment->original_at : segment->bytes_at),
		.captured_length = length,
		.original_length = length,
		.link_type = LINK_RAW,
	};
}

const struct step *lab_record_next_unused_rule(const struct lab_record *record, size_t *at)
{
	while (record->steps && *at < record->experiment->step_count) {
		const struct lab_step_result *result = &record->steps[(*at)++];

		if (result->rule > 0 && result->rule_uses == 0)
			return result->step;
	}
	return NULL;
}

static void free_program(struct lab_program_result *program)
{
	free(program->output);
	free(program->marks);
}

void lab_record_finish(struct lab_record *record)
{
	for (size_t i = 0; i < record->program_count; i++)
		free_program(&record->programs[i]);
	free(record->programs);
	free(record->steps);
	free(record->segments);
	free(record->bytes);
	*record = (struct lab_record){ 0 };
}
