#include "programs/trace_live.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text_builder.h"
#include "capture/live_capture.h"
#include "programs/connection_owner.h"
#include "programs/one_shot.h"
#include "programs/privileges.h"
#include "programs/trace_interrupt.h"
#include "programs/trace_pass.h"

#define WAIT_MS 100
/* For what the kernel has seen and not yet handed over. */
#define LAST_WAIT_MS (5 * LIVE_CAPTURE_BLOCK_MS)
#define FRAMES_AT_A_TIME 1024u /* before looking at the clock, on a busy line */
#define PROGRESS_EVERY_NS (UINT64_C(500) * 1000 * 1000)
#define PROGRESS_COLUMNS 70
#define SENTENCE_MAX_BYTES 8192u

struct live_pass {
	const struct trace_options *options; /* borrowed */
	const struct trace_reader *reader;   /* borrowed; who is told */
	struct trace_reader told;            /* the same, but that progress is erased before */
	const char *name;                    /* borrowed; of the interface, for people */
	struct live_capture *capture;        /* owned */
	struct trace_pass pass;
	struct connection_owners owners;
	uint64_t frames;
	uint64_t end_at_ns; /* by the elapsed clock; 0: by nobody's wish */
	uint64_t progress_at_ns;
	bool progress_shown;
	bool drops_told; /* that there are some: how many, at the end */
};

static void erase_progress(struct live_pass *live)
{
	if (live->progress_shown)
		(void)fprintf(stderr, "\r%*s\r", PROGRESS_COLUMNS, "");
	live->progress_shown = false;
}

static void tell_progress(struct live_pass *live)
{
	const struct tcp_totals *totals = tcp_tracker_totals(live->pass.tracker);
	uint64_t now_ns = clock_elapsed_ns();

	if (!live->reader->shows_progress || now_ns < live->progress_at_ns || live->frames == 0)
		return;
	live->progress_at_ns = now_ns + PROGRESS_EVERY_NS;
	live->progress_shown = true;
	(void)fprintf(stderr, "\r%.20s: %" PRIu64 " frames, %" PRIu64 " connections    ",
		      live->name, live->frames, totals->connections);
}

static bool tell_frame(void *context, const struct trace_frame *frame)
{
	struct live_pass *live = context;

	return live->reader->frame(live->reader->context, frame);
}

static void tell_connection(void *context, const struct tcp_connection *connection)
{
	struct live_pass *live = context;

	erase_progress(live);
	if (live->reader->connection)
		live->reader->connection(live->reader->context, connection);
}

static void tell_end(void *context, const struct tcp_totals *totals,
		     const struct trace_problems *problems)
{
	struct live_pass *live = context;

	live->reader->end(live->reader->context, totals, problems);
}

static void complain_about_permission(const struct live_pass *live)
{
	struct text_builder remedy;

	text_builder_init(&remedy, SENTENCE_MAX_BYTES);
	privileges_append_remedy(&remedy);
	one_shot_complain("trace: -i %s: you may not capture on this machine; %s.", live->name,
			  text_builder_text(&remedy));
	text_builder_finish(&remedy);
}

static enum trace_result open_capture(struct live_pass *live)
{
	const struct live_capture_options wanted = {
		.interface = live->options->interface,
		.filter = live->options->filter,
		.promiscuous = true,
	};
	enum live_capture_refusal refusal = LIVE_CAPTURE_OTHER;
	struct capture_problem problem = { .offset = 0 };
	enum capture_result result = live_capture_open(&wanted, &live->capture, &problem, &refusal);

	if (result == CAPTURE_FRAME)
		return TRACE_READ;
	if (result == CAPTURE_REFUSED) {
		one_shot_complain("trace: --filter: %s", problem.sentence);
		return TRACE_REFUSED;
	}
	if (refusal == LIVE_CAPTURE_NOT_PERMITTED)
		complain_about_permission(live);
	else if (refusal == LIVE_CAPTURE_NO_INTERFACE)
		one_shot_complain("trace: -i: %s.", problem.sentence);
	else
		one_shot_complain("trace: -i %s: %s.", live->name, problem.sentence);
	return TRACE_LACKING;
}

static enum trace_result give_up_privileges(void)
{
	struct text_builder problem;
	bool gone;

	text_builder_init(&problem, SENTENCE_MAX_BYTES);
	gone = privileges_give_up(&problem);
	if (!gone)
		one_shot_complain("trace: privileges could not be given up, so nothing was read: "
				  "%s.",
				  text_builder_text(&problem));
	text_builder_finish(&problem);
	return gone ? TRACE_READ : TRACE_LACKING;
}

static enum trace_result begin(struct live_pass *live)
{
	struct capture_interface interface = { .snap_length = LIVE_CAPTURE_SNAP_BYTES,
					       .time_resolution = 9,
					       .name = live->options->interface };
	enum trace_result result = open_capture(live);

	if (result == TRACE_READ)
		result = give_up_privileges();
	if (result != TRACE_READ)
		return result;
	interface.link_type = live_capture_link_type(live->capture);
	if (!trace_pass_init(&live->pass, live->options, &live->told, live->name))
		return TRACE_FAILED;
	if (live->reader->opened && !live->reader->opened(live->reader->context))
		return TRACE_FAILED;
	if (live->reader->interface && !live->reader->interface(live->reader->context, &interface))
		return TRACE_STOPPED;
	return TRACE_READ;
}

/* False: nobody reads what we print. */
static bool flush(void)
{
	if (fflush(stdout) == 0)
		return true;
	if (errno != EPIPE)
		one_shot_complain("trace: standard output: %s", strerror(errno));
	return false;
}

/* When the first are lost, as what is told from then on has gaps. */
static void watch_drops(struct live_pass *live)
{
	uint64_t by_kernel = 0;
	uint64_t by_interface = 0;

	if (live->drops_told)
		return;
	live_capture_dropped(live->capture, &by_kernel, &by_interface);
	if (by_kernel + by_interface == 0)
		return;
	live->drops_told = true;
	erase_progress(live);
	one_shot_complain("trace: %s: frames are being lost, so connections will look as if they "
			  "had gaps; a narrower --filter helps.",
			  live->name);
}

/* What is due between frames. now_ns: of the capture's clock. False: nobody reads what we print. */
static bool look_around(struct live_pass *live, int64_t now_ns)
{
	tcp_tracker_tick(live->pass.tracker, now_ns);
	watch_drops(live);
	if (!flush())
		return false;
	tell_progress(live);
	return true;
}

static bool take_frame(struct live_pass *live, const struct captured_frame *frame)
{
	live->frames++;
	if (live->reader->frame)
		erase_progress(live);
	if (!trace_pass_frame(&live->pass, frame))
		return false;
	if (live->pass.connection)
		connection_owners_segment(&live->owners, live->pass.tracker, live->pass.connection,
					  &live->pass.facts);
	return live->frames % FRAMES_AT_A_TIME != 0 || look_around(live, frame->time_ns);
}

static bool has_enough(const struct live_pass *live)
{
	return live->options->frame_limit != 0 && live->frames >= live->options->frame_limit;
}

static int time_to_wait_ms(const struct live_pass *live)
{
	uint64_t now_ns = clock_elapsed_ns();

	if (live->end_at_ns == 0 || live->end_at_ns >= now_ns + WAIT_MS * NS_PER_MS)
		return WAIT_MS;
	return live->end_at_ns <= now_ns ? 0 : (int)((live->end_at_ns - now_ns) / NS_PER_MS) + 1;
}

static bool time_is_up(const struct live_pass *live)
{
	return live->end_at_ns != 0 && clock_elapsed_ns() >= live->end_at_ns;
}

static enum trace_result interface_failed(struct live_pass *live)
{
	trace_problem(&live->pass.problems, "%s: %s", live->name,
		      live_capture_problem(live->capture));
	return TRACE_DAMAGED;
}

static enum trace_result read_until_told(struct live_pass *live)
{
	struct captured_frame frame;

	while (!trace_interrupt_came() && !has_enough(live)) {
		switch (live_capture_next(live->capture, time_to_wait_ms(live), &frame)) {
		case CAPTURE_FRAME:
			if (!take_frame(live, &frame))
				return TRACE_STOPPED;
			if (live->frames % FRAMES_AT_A_TIME == 0 && time_is_up(live))
				return TRACE_READ;
			break;
		case CAPTURE_END:
			if (!look_around(live, (int64_t)clock_wall_ns()))
				return TRACE_STOPPED;
			if (time_is_up(live))
				return TRACE_READ;
			break;
		case CAPTURE_DAMAGED:
		case CAPTURE_FAILED:
		case CAPTURE_REFUSED:
			return interface_failed(live);
		}
	}
	return TRACE_READ;
}

/* What had passed when the end was asked for, and lies in the kernel's buffer still. */
static enum trace_result read_rest(struct live_pass *live)
{
	int64_t until_ns = (int64_t)clock_wall_ns();
	struct captured_frame frame;

	while (!has_enough(live) &&
	       live_capture_next(live->capture, LAST_WAIT_MS, &frame) == CAPTURE_FRAME &&
	       frame.time_ns <= until_ns) {
		if (!take_frame(live, &frame))
			return TRACE_STOPPED;
	}
	return TRACE_READ;
}

static void note_dropped(struct live_pass *live)
{
	uint64_t by_kernel = 0;
	uint64_t by_interface = 0;

	live_capture_dropped(live->capture, &by_kernel, &by_interface);
	if (by_kernel > 0)
		trace_problem(&live->pass.problems,
			      "the kernel dropped %" PRIu64
			      " frames that this program was too slow "
			      "for: what looks like a gap may be one of them",
			      by_kernel);
	if (by_interface > 0)
		trace_problem(&live->pass.problems,
			      "the interface itself dropped %" PRIu64 " frames", by_interface);
	if (live->owners.not_asked > 0)
		trace_problem(&live->pass.problems,
			      "connections began too fast to find the programs behind %" PRIu64
			      " of their ends",
			      live->owners.not_asked);
}

static enum trace_result run(struct live_pass *live)
{
	enum trace_result result;

	trace_interrupt_begin();
	one_shot_complain("trace: listening on %s; Ctrl-C ends.", live->name);
	if (live->options->time_limit_ms > 0)
		live->end_at_ns = clock_elapsed_ns() + live->options->time_limit_ms * NS_PER_MS;
	result = read_until_told(live);
	if (result == TRACE_READ)
		result = read_rest(live);
	erase_progress(live);
	if (result != TRACE_STOPPED) {
		trace_pass_conclude(&live->pass);
		note_dropped(live);
		trace_pass_end(&live->pass);
	}
	return result;
}

enum trace_result trace_live(const struct trace_options *options, const struct trace_reader *reader)
{
	struct live_pass live = { .options = options, .reader = reader, .told = *reader };
	struct text_builder shown;
	enum trace_result result;

	text_builder_init(&shown, 4 * IFNAMSIZ);
	text_append_harmless(&shown, options->interface, strnlen(options->interface, IFNAMSIZ));
	live.name = text_builder_text(&shown);
	live.told.context = &live;
	live.told.frame = reader->frame ? tell_frame : NULL;
	live.told.connection = tell_connection;
	live.told.end = reader->end ? tell_end : NULL;
	result = begin(&live);
	if (result == TRACE_READ)
		result = run(&live);
	trace_pass_finish(&live.pass);
	live_capture_close(live.capture);
	text_builder_finish(&shown);
	return result;
}
