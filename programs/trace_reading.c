#include "programs/trace_reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text_builder.h"
#include "programs/one_shot.h"
#include "programs/trace_interrupt.h"
#include "programs/trace_pass.h"

#define PROGRESS_FRAMES 65536u /* between two looks at the clock */
#define PROGRESS_FIRST_NS (UINT64_C(700) * 1000 * 1000)
#define PROGRESS_EVERY_NS (UINT64_C(200) * 1000 * 1000)
#define PROGRESS_COLUMNS 60

struct reading {
	const struct trace_options *options;
	const struct trace_reader *reader;
	const char *name; /* of the file, for people */
	struct capture_file *file;
	struct trace_pass pass;
	uint64_t frames;
	uint32_t interfaces_told;
	uint64_t progress_at_ns;
	bool progress_shown;
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

static void tell_progress(struct reading *reading)
{
	uint64_t connections = tcp_tracker_totals(reading->pass.tracker)->connections;
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
	(void)fprintf(stderr, "%" PRIu64 " frames, %" PRIu64 " connections    ", reading->frames,
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

/* What stands behind is another reading's, or was not to be read. */
static bool is_enough(const struct reading *reading)
{
	if (reading->reader->is_limited)
		return reading->frames >= reading->reader->frames_max;
	/* Of a pipe comes what its writer has left, and then an end. */
	return trace_interrupt_came() && capture_file_size(reading->file) > 0;
}

static void tell_interrupted(struct reading *reading)
{
	trace_problem(&reading->pass.problems,
		      "%s: the reading was ended by a signal behind %" PRIu64
		      " frames: what may follow was not read",
		      reading->name, reading->frames);
}

static enum trace_result read_frames(struct reading *reading)
{
	struct captured_frame frame;
	enum capture_result result = CAPTURE_END;

	while (!is_enough(reading) &&
	       (result = capture_file_next(reading->file, &frame)) == CAPTURE_FRAME) {
		reading->frames++;
		if (reading->reader->interface && !tell_interfaces(reading))
			return TRACE_STOPPED;
		if (!trace_pass_frame(&reading->pass, &frame))
			return TRACE_STOPPED;
		if (reading->frames % PROGRESS_FRAMES == 0 && reading->reader->shows_progress)
			tell_progress(reading);
	}
	if (trace_interrupt_came())
		tell_interrupted(reading);
	if (result == CAPTURE_END || result == CAPTURE_FRAME)
		return TRACE_READ;
	trace_problem(&reading->pass.problems, "%s: offset %llu%s: %s", reading->name,
		      (unsigned long long)capture_file_problem(reading->file)->offset,
		      capture_file_problem(reading->file)->unpacked ? " (unpacked)" : "",
		      capture_file_problem(reading->file)->sentence);
	/* What was kept of a pipe until the signal may end in the middle of a frame. */
	return trace_interrupt_came() ? TRACE_READ : TRACE_DAMAGED;
}

/* By what the file says of itself. */
static void note_dropped(struct reading *reading)
{
	uint64_t dropped = 0;
	struct capture_interface interface;

	for (uint32_t i = 0; i < capture_file_interface_count(reading->file); i++) {
		if (capture_file_interface(reading->file, i, &interface))
			dropped += interface.dropped;
	}
	if (dropped > 0)
		trace_problem(&reading->pass.problems,
			      "the capturing program missed %llu frames, by its own count",
			      (unsigned long long)dropped);
}

static enum trace_result open_all(struct reading *reading, const char *path)
{
	const struct trace_options *options = reading->options;
	struct capture_problem problem = { 0 };
	int stop_fd = reading->reader->is_limited ? -1 : trace_interrupt_fd();

	switch (capture_file_open_until(path, options->filter, stop_fd, &reading->file, &problem)) {
	case CAPTURE_FRAME:
		break;
	case CAPTURE_REFUSED:
		one_shot_complain("trace: --filter: %s", problem.sentence);
		return TRACE_REFUSED;
	case CAPTURE_DAMAGED:
		trace_problem(&reading->pass.problems, "%s: offset %llu: %s", reading->name,
			      (unsigned long long)problem.offset, problem.sentence);
		return TRACE_DAMAGED;
	case CAPTURE_END:
		tell_interrupted(reading);
		return TRACE_READ;
	case CAPTURE_FAILED:
		one_shot_complain("trace: %s: %s", reading->name, problem.sentence);
		return TRACE_FAILED;
	}
	return trace_pass_init(&reading->pass, options, reading->reader, reading->name)
		       ? TRACE_READ
		       : TRACE_FAILED;
}

enum trace_result trace_read(const struct trace_options *options, const char *path,
			     const struct trace_reader *reader)
{
	struct reading reading = { .options = options,
				   .reader = reader,
				   .pass = { .reader = reader } };
	struct text_builder shown;
	enum trace_result result;

	text_builder_init(&shown, 4096);
	reading.name = harmless_name(options->path, &shown);
	reading.progress_at_ns = clock_elapsed_ns() + PROGRESS_FIRST_NS;
	result = open_all(&reading, path);
	if (result == TRACE_READ && reading.file) {
		result = read_frames(&reading);
		if (reading.progress_shown)
			(void)fprintf(stderr, "\r%*s\r", PROGRESS_COLUMNS, "");
		if (result != TRACE_STOPPED) {
			note_dropped(&reading);
			trace_pass_conclude(&reading.pass);
		}
	}
	if (result == TRACE_READ || result == TRACE_DAMAGED)
		trace_pass_end(&reading.pass);
	if (reader->frames_read)
		*reader->frames_read = reading.frames;
	trace_pass_finish(&reading.pass);
	capture_file_close(reading.file);
	text_builder_finish(&shown);
	return result;
}
