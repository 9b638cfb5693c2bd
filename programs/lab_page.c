#include "programs/lab_page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "packet/header_trail.h"
#include "packet/packet.h"
#include "programs/lab_page_experiment.h"
#include "programs/page_file.h"
#include "programs/version.h"

#define OBJECT_MAX_BYTES ((size_t)256 * 1024 * 1024)
#define FIRST_CAPACITY 16u

/* By a number from 1. Grows; zeroed is empty. */
struct counts {
	uint32_t *list; /* owned */
	size_t count;
};

struct lab_page {
	const struct lab_record *record; /* borrowed */
	struct page_file *file;          /* owned */
	char command[256];               /* what its sentences begin with: who speaks of what */
	struct packet_decoder *decoder;  /* owned */
	struct text_builder object;      /* owned; the one at hand */
	struct counts segments;          /* of each connection, in the page or not */
	/* What a connection is called, by what the segments' meanings call it: they count what the
	 * trace does not, as a SYN on ports that are in use. 0: not known. */
	struct counts numbers;
};

/* The place of that number; NULL: no memory, and what it counts is not told. */
static uint32_t *count_at(struct counts *counts, uint32_t number)
{
	if (number >= counts->count) {
		size_t wanted = counts->count < FIRST_CAPACITY ? FIRST_CAPACITY : counts->count;
		uint32_t *grown;

		while (wanted <= number)
			wanted *= 2;
		grown = reallocarray(counts->list, wanted, sizeof(*grown));
		if (!grown)
			return NULL;
		for (size_t i = counts->count; i < wanted; i++)
			grown[i] = 0;
		counts->list = grown;
		counts->count = wanted;
	}
	return &counts->list[number];
}

struct lab_page *lab_page_create(const char *path, const struct lab_record *record)
{
	struct lab_page *page = calloc(1, sizeof(*page));
	int error;

	if (page) {
		page->record = record;
		text_builder_init(&page->object, OBJECT_MAX_BYTES);
		page->decoder = packet_decoder_create(PACKET_VERIFY_CHECKSUMS);
	}
	if (!page || !page->decoder) {
		lab_page_destroy(page);
		errno = ENOMEM;
		return NULL;
	}
	(void)snprintf(page->command, sizeof(page->command), "lab: %.200s",
		       record->experiment->name);
	page->file = page_file_open_hushed(page->command, path);
	if (page->file)
		return page;
	error = errno;
	lab_page_destroy(page);
	errno = error;
	return NULL;
}

const char *lab_page_said(const struct lab_page *page)
{
	return page_file_said(page->file);
}

void lab_page_destroy(struct lab_page *page)
{
	if (!page)
		return;
	page_file_destroy(page->file);
	packet_decoder_destroy(page->decoder);
	text_builder_finish(&page->object);
	free(page->segments.list);
	free(page->numbers.list);
	free(page);
}

static void note(struct lab_page *page, const struct lab_inferred_segment *segment)
{
	uint32_t *count = count_at(&page->segments, segment->number);
	uint32_t *number = count_at(&page->numbers, segment->segment->meaning.connection);

	if (count)
		(*count)++;
	if (number && *number == 0 && segment->segment->meaning.connection > 0)
		*number = segment->number;
}

/* A copy is the frame that it is a copy of. line: NULL where there is no more room. */
static void put_without_frame(struct lab_page *page, const struct lab_inferred_segment *segment,
			      struct text_builder *line)
{
	const struct frame_view view = {
		.segment = segment->facts,
		.connection = segment->connection,
	};

	page_file_segment_of(page->file, segment->number, &view, line);
}

/* As its receiver got it, where the cable changed it: what became of it is to be seen there. */
static void put_with_frame(struct lab_page *page, const struct lab_inferred_segment *segment)
{
	const struct lab_sighting sighting = {
		.segment = segment->segment,
		.time_ns = segment->segment->sent_ns,
		.received = segment->segment->delivered_ns >= 0,
	};
	struct captured_frame frame;
	struct header_trail trail;
	struct packet packet;
	const struct frame_view view = {
		.frame = &frame,
		.packet = &packet,
		.trail = &trail,
		.segment = segment->facts,
		.connection = segment->connection,
	};

	lab_record_frame(page->record, &sighting, segment->facts->packet->frame, &frame);
	(void)packet_decode_trail(page->decoder, &frame, &packet, &trail);
	page_file_segment_of(page->file, segment->number, &view, &page->object);
}

void lab_page_segment(struct lab_page *page, const struct lab_inferred_segment *segment)
{
	note(page, segment);
	if (!page_file_admits(page->file, segment->number))
		return;
	if (!page_file_wants_segment(page->file, segment->number)) {
		put_without_frame(page, segment, NULL);
		return;
	}
	text_builder_clear(&page->object);
	lab_json_segment(&page->object, page->record->experiment->name, segment, true);
	if (segment->copy_of == 0 && page_file_wants_trails(page->file))
		put_with_frame(page, segment);
	else
		put_without_frame(page, segment, &page->object);
}

void lab_page_connection(struct lab_page *page, const struct lab_inferred_connection *connection)
{
	const struct tcp_connection *told = connection->connection;
	const uint32_t *count = count_at(&page->segments, connection->number);
	struct page_connection over = {
		.number = connection->number,
		.segments = count ? *count : 0,
		.stream_bytes = { told->ends[TCP_CLIENT].bytes, told->ends[TCP_SERVER].bytes },
	};

	text_builder_clear(&page->object);
	lab_json_connection(&page->object, page->record->experiment->name, connection);
	over.json = text_builder_text(&page->object);
	over.json_length = page->object.length;
	page_file_connection(page->file, &over);
}

bool lab_page_write(struct lab_page *page, const struct lab_page_ending *ending)
{
	const struct lab_page_experiment experiment = {
		.facts = ending->facts,
		.script = ending->script,
		.script_length = ending->script_length,
		.numbers = page->numbers.list,
		.number_count = page->numbers.count,
	};
	struct page_heading heading = {
		.program = "wiretale " WIRETALE_VERSION,
		.created_ns = (int64_t)clock_wall_ns(),
		.title = ending->title,
		.source = ending->source,
		.index = ending->index,
	};

	text_builder_clear(&page->object);
	lab_page_experiment(&page->object, &experiment);
	heading.experiment = text_builder_text(&page->object);
	return page_file_write(page->file, &heading, "--save keeps captures of all of it.");
}
