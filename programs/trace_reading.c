#include "programs/trace_reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text_builder.h"
#include "packet/packet.h"
#include "programs/one_shot.h"

#define PROGRESS_FRAMES 65536u /* between two looks at the clock */
#define PROGRESS_FIRST_NS (UINT64_C(700) * 1000 * 1000)
#define PROGRESS_EVERY_NS (UINT64_C(200) * 1000 * 1000)
#define PROGRESS_COLUMNS 60

struct reading {
	const struct trace_options *options;
	const struct trace_reader *reader;
	const char *name; /* of the file, for people */
	struct capture_file *file;
	struct packet_decoder *decoder;
	struct tcp_tracker *tracker;
	struct trace_problems problems;
	uint32_t interfaces_told;
	uint64_t progress_at_ns;
	bool progress_shown;
	struct packet packet;
	struct segment_facts facts;
};

/* A name that no terminal obeys. */
static const char *harmless_name(const char *path, struct text_builder *shown)
{
	text_builder_clear(shown);
	if (strcmp(path, "-") == 0)
		text_append(shown, "standard input");
	else
		text_append_harmless(shown, path, strnlen(path, 512));
	return text_builder_text(shown);
}

static void tell_progress(struct reading *reading, uint64_t frames)
{
	uint64_t connections = tcp_tracker_totals(reading->tracker)->connections;
	uint64_t offset = capture_file_offset(reading->file);
	uint64_t size = capture_file_size(reading->file);
	uint64_t now = clock_elapsed_ns();

	if (now < reading->progress_at_ns)
		return;
	reading->progress_at_ns = now + PROGRESS_EVERY_NS;
	reading->progress_shown = true;
	if (size > 0)
		(void)fprintf(stderr, "\r%3.0f %%  ", 100.0 * (double)offset / (double)size);
	else
		(void)fputc('\r', stderr);
	(void)fprintf(stderr, "%" PRIu64 " frames, %" PRIu64 " connections    ", frames,
		      connections);
}

static bool tell_interfaces(struct reading *reading)
{
	struct capture_interface interface;

	while (reading->interfaces_told < capture_file_interface_count(reading->file)) {
		if (!capture_file_interface(reading->file, reading->interfaces_told, &interface))
			return false;
		reading->interfaces_told++;
		if (!reading->reader->interface(reading->reader->context, &interface))
			return false;
	}
	return true;
}

static void note_packet_problem(struct reading *reading)
{
	const struct packet *packet = &reading->packet;

	if (packet->kind == PACKET_DAMAGED)
		trace_problem(&reading->problems, "frame %llu: %s",
			      (unsigned long long)packet->frame, packet->problem);
}

/* False: a callback has had enough. */
static bool take_frame(struct reading *reading, const struct captured_frame *frame)
{
	const struct trace_reader *reader = reading->reader;
	const struct tcp_connection *connection = NULL;
	enum tcp_tracker_result result;

	if (packet_decode(reading->decoder, frame, &reading->packet) == PACKET_DAMAGED)
		note_packet_problem(reading);
	result = tcp_tracker_packet(reading->tracker, &reading->packet, &reading->facts,
				    &connection);
	if (result == TRACKER_NO_MEMORY)
		trace_problem(&reading->problems, "frame %llu: out of memory, left out",
			      (unsigned long long)frame->number);
	if (reader->interface && !tell_interfaces(reading))
		return false;
	if (!reader->frame)
		return true;
	if (result == TRACKER_SEGMENT)
		return reader->frame(reader->context, frame, &reading->facts, connection);
	return reader->frame(reader->context, frame, NULL, NULL);
}

static enum trace_result read_frames(struct reading *reading)
{
	struct captured_frame frame;
	enum capture_result result;
	uint64_t frames = 0;

	while ((result = capture_file_next(reading->file, &frame)) == CAPTURE_FRAME) {
		if (!take_frame(reading, &frame))
			return TRACE_STOPPED;
		if (++frames % PROGRESS_FRAMES == 0 && reading->reader->shows_progress)
			tell_progress(reading, frames);
	}
	if (result == CAPTURE_END)
		return TRACE_READ;
	trace_problem(&reading->problems, "%s: offset %llu%s: %s", reading->name,
		      (unsigned long long)capture_file_problem(reading->file)->offset,
		      capture_file_problem(reading->file)->unpacked ? " (unpacked)" : "",
		      capture_file_problem(reading->file)->sentence);
	return TRACE_DAMAGED;
}

/* What the whole file says: drops, and what the tracker had to forget. */
static void note_file_problems(struct reading *reading)
{
	const struct tcp_totals *totals = tcp_tracker_totals(reading->tracker);
	uint64_t dropped = 0;
	struct capture_interface interface;

	for (uint32_t i = 0; i < capture_file_interface_count(reading->file); i++) {
		if (capture_file_interface(reading->file, i, &interface))
			dropped += interface.dropped;
	}
	if (dropped > 0)
		trace_problem(&reading->problems,
			      "the capturing program missed %llu frames, by its own count",
			      (unsigned long long)dropped);
	if (totals->evicted > 0)
		trace_problem(&reading->problems,
			      "%llu connections were told before their end, to make room for "
			      "newer ones; --max-connections sets how many are remembered",
			      (unsigned long long)totals->evicted);
	if (packet_decoder_given_up(reading->decoder) > 0)
		trace_problem(&reading->problems,
			      "%llu fragmented datagrams were dropped before they were whole: too "
			      "many were open at a time",
			      (unsigned long long)packet_decoder_given_up(reading->decoder));
	if (totals->without_payload > 0)
		trace_problem(&reading->problems,
			      "of %llu connections nobody looked at what was said: too many were "
			      "remembered at a time",
			      (unsigned long long)totals->without_payload);
	trace_problems_close(&reading->problems);
}

static enum trace_result open_all(struct reading *reading, const char *path)
{
	const struct trace_options *options = reading->options;
	struct tcp_tracker_options tracking = {
		.flags = reading->reader->tracker_flags |
			 (options->as_tshark ? (unsigned)TRACKER_AS_TSHARK : 0),
		.max_connections = options->max_connections,
		.ended = reading->reader->connection,
		.context = reading->reader->context,
	};
	struct capture_problem problem = { 0 };

	switch (capture_file_open(path, options->filter, &reading->file, &problem)) {
	case CAPTURE_FRAME:
		break;
	case CAPTURE_REFUSED:
		one_shot_complain("trace: --filter: %s", problem.sentence);
		return TRACE_REFUSED;
	case CAPTURE_DAMAGED:
		trace_problem(&reading->problems, "%s: offset %llu: %s", reading->name,
			      (unsigned long long)problem.offset, problem.sentence);
		return TRACE_DAMAGED;
	case CAPTURE_END:
	case CAPTURE_FAILED:
		one_shot_complain("trace: %s: %s", reading->name, problem.sentence);
		return TRACE_FAILED;
	}
	reading->decoder = packet_decoder_create(
		options->no_checksums || (tracking.flags & TRACKER_TOTALS_ONLY) != 0
			? 0
			: (unsigned)PACKET_VERIFY_CHECKSUMS);
	reading->tracker = tcp_tracker_create(&tracking);
	if (!reading->decoder || !reading->tracker) {
		one_shot_complain("trace: out of memory.");
		return TRACE_FAILED;
	}
	return TRACE_READ;
}

enum trace_result trace_read(const struct trace_options *options, const char *path,
			     const struct trace_reader *reader)
{
	static const struct tcp_totals nothing;
	struct reading reading = { .options = options, .reader = reader };
	struct text_builder shown;
	enum trace_result result;

	text_builder_init(&shown, 4096);
	reading.name = harmless_name(options->path, &shown);
	reading.progress_at_ns = clock_elapsed_ns() + PROGRESS_FIRST_NS;
	result = open_all(&reading, path);
	if (result == TRACE_READ) {
		result = read_frames(&reading);
		if (reading.progress_shown)
			(void)fprintf(stderr, "\r%*s\r", PROGRESS_COLUMNS, "");
		if (result != TRACE_STOPPED) {
			tcp_tracker_finish(reading.tracker);
			note_file_problems(&reading);
		}
	}
	if (reader->end && (result == TRACE_READ || result == TRACE_DAMAGED))
		reader->end(reader->context,
			    reading.tracker ? tcp_tracker_totals(reading.tracker) : &nothing,
			    &reading.problems);
	tcp_tracker_destroy(reading.tracker);
	packet_decoder_destroy(reading.decoder);
	capture_file_close(reading.file);
	trace_problems_finish(&reading.problems);
	text_builder_finish(&shown);
	return result;
}
