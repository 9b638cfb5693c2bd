#include "tcp_lab/lab_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text_builder.h"
#include "tcp_lab/lab_clock.h"
#include "tcp_lab/lab_limits.h"
#include "tcp_lab/lab_programs.h"
#include "tcp_lab/lab_recorder.h"
#include "tcp_lab/lab_sockets.h"
#include "tcp_lab/lab_stage.h"
#include "tcp_lab/lab_steps.h"
#include "tcp_lab/lab_traffic.h"
#include "tcp_lab/probe.h"

/* A timer wakes us some 30 microseconds late: the last bit is waited for awake. */
#define AWAKE_NS (UINT64_C(50) * 1000)
#define EVENTS_AT_ONCE 16
#define COUNT_LOOKS_MAX 8u /* at what a kernel has counted, until nothing came meanwhile */
/* A kernel counts a segment before it sends it, and may be held up between the two. */
#define COUNT_GAP_NS (UINT64_C(10) * 1000 * 1000)

/* Of what an event is. Those of sockets have 0: they only wake the loop, as those of devices do. */
enum {
	EVENT_ANY = 0,
	EVENT_TIMER,
	EVENT_PROGRAMS,
	EVENT_STOP,
};

struct run {
	const struct lab_run_options *options; /* borrowed */
	struct lab_stage stage;                /* what its pointers point to is owned */
	struct lab_recorder recorder;
	struct lab_steps *steps; /* owned */
	int epoll_fd;            /* owned */
	int timer_fd;            /* owned */
	uint64_t armed_ns;       /* when the timer fires; 0: it does not */
	struct lab_counts counts_before[LAB_HOSTS];
	bool stopped; /* the user wants it to end */
};

/* ---- waiting ---- */

static int watch(struct run *run, int fd, uint32_t what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = what };

	return epoll_ctl(run->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void arm(struct run *run, uint64_t at_ns)
{
	struct itimerspec when = { 0 };

	if (at_ns == run->armed_ns)
		return;
	when.it_value.tv_sec = (time_t)(at_ns / NS_PER_S);
	when.it_value.tv_nsec = (long)(at_ns % NS_PER_S);
	(void)timerfd_settime(run->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
	run->armed_ns = at_ns;
}

static void check_programs(struct run *run)
{
	struct lab_program *program;

	lab_programs_advance(run->stage.programs);
	program = lab_programs_next_not_started(run->stage.programs);
	if (program)
		lab_steps_fail_start(run->steps, program);
}

static void take_event(struct run *run, const struct epoll_event *event)
{
	uint64_t fired;

	switch (event->data.u32) {
	case EVENT_TIMER:
		(void)!read(run->timer_fd, &fired, sizeof(fired));
		run->armed_ns = 0;
		break;
	case EVENT_PROGRAMS:
		check_programs(run);
		break;
	case EVENT_STOP:
		/* It stays readable, which would keep us awake. */
		(void)epoll_ctl(run->epoll_fd, EPOLL_CTL_DEL, run->options->stop_fd, NULL);
		run->stopped = true;
		break;
	default:
		break;
	}
}

/* For any event, until wake_ns at the latest. */
static void wait_until(struct run *run, uint64_t wake_ns)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	uint64_t now_ns = lab_now_ns();
	int timeout_ms = -1;
	int count;

	if (wake_ns <= now_ns + AWAKE_NS)
		timeout_ms = 0;
	else
		arm(run, wake_ns - AWAKE_NS);
	count = epoll_wait(run->epoll_fd, events, EVENTS_AT_ONCE, timeout_ms);
	for (int i = 0; i < count; i++)
		take_event(run, &events[i]);
}

/* ---- the loop ---- */

static uint64_t earlier(uint64_t one_ns, uint64_t other_ns)
{
	return one_ns < other_ns ? one_ns : other_ns;
}

static void carry(struct run *run)
{
	(void)lab_traffic_take(run->stage.traffic);
	lab_traffic_deliver(run->stage.traffic);
}

static bool is_broken(struct run *run)
{
	int error = lab_traffic_error(run->stage.traffic);

	if (error == -EBADFD || error == -ENETDOWN || error == -ENODEV || error == -ENXIO)
		lab_recorder_fail(&run->recorder,
				  "the cable failed: the network device of a host is gone or down "
				  "(%s): programs that root runs can do that",
				  strerror(-error));
	else if (error < 0)
		lab_recorder_fail(&run->recorder, "the cable failed: %s", strerror(-error));
	return error < 0 || run->recorder.record->failed;
}

static enum lab_steps_state go_through_steps(struct run *run)
{
	enum lab_steps_state state = LAB_STEPS_GO_ON;

	while (state == LAB_STEPS_GO_ON && !run->stopped) {
		uint64_t wake_ns = UINT64_MAX;

		carry(run);
		if (is_broken(run))
			return LAB_STEPS_FAILED;
		state = lab_steps_advance(run->steps, &wake_ns);
		if (state == LAB_STEPS_GO_ON)
			wait_until(run, earlier(wake_ns, lab_traffic_next_ns(run->stage.traffic)));
	}
	return state;
}

static void settle(struct run *run)
{
	uint64_t since_ns = lab_now_ns();
	uint64_t last_ns = since_ns + LAB_SETTLE_MAX_NS;

	while (!run->stopped && !is_broken(run)) {
		uint64_t now_ns;
		uint64_t next_ns;
		uint64_t over_ns;

		carry(run);
		now_ns = lab_now_ns();
		next_ns = lab_traffic_next_ns(run->stage.traffic);
		over_ns = lab_traffic_last_ns(run->stage.traffic);
		over_ns = (over_ns > since_ns ? over_ns : since_ns) + LAB_SETTLE_QUIET_NS;
		if (now_ns >= last_ns || (next_ns == UINT64_MAX && now_ns >= over_ns))
			break;
		wait_until(run, earlier(last_ns, next_ns == UINT64_MAX ? over_ns : next_ns));
	}
}

/* ---- the end ---- */

static void take_counts(struct run *run)
{
	struct lab_record *record = run->recorder.record;

	for (int host = 0; host < LAB_HOSTS; host++) {
		struct lab_counts counts;

		if (lab_world_counts(run->stage.world, (enum lab_host)host, &counts) < 0)
			continue;
		for (int i = 0; i < LAB_COUNTER_COUNT; i++)
			counts.values[i] -= run->counts_before[host].values[i];
		record->has_counts[host] = true;
		record->counts[host] = counts;
		record->inside[host] = lab_world_inside(run->stage.world, (enum lab_host)host);
	}
}

/* Whether a host sends something within the time between counting and sending. */
static bool sends_meanwhile(struct run *run)
{
	const struct lab_record *record = run->recorder.record;
	size_t segments = record->segment_count;
	uint64_t over_ns = lab_now_ns() + COUNT_GAP_NS;

	do {
		wait_until(run, over_ns);
		(void)lab_traffic_take(run->stage.traffic);
	} while (record->segment_count == segments && lab_now_ns() < over_ns);
	return record->segment_count != segments;
}

/*
 * What a kernel has counted as sent may not have reached us yet: it is recorded before the counts
 * are believed. Between the two looks a timer of the kernel's may run out: then again.
 */
static void take_counts_of_the_recorded(struct run *run)
{
	unsigned looks = 0;

	do {
		take_counts(run);
	} while (sends_meanwhile(run) && ++looks < COUNT_LOOKS_MAX);
}

static void take_rule_uses(struct run *run)
{
	const struct cable *cable = lab_traffic_cable(run->stage.traffic);

	for (size_t i = 0; i < run->stage.experiment->step_count; i++) {
		struct lab_step_result *result = lab_recorder_step(&run->recorder, i);

		if (result->rule > 0)
			result->rule_uses = cable_rule_uses(cable, result->rule);
	}
}

/* What a host sent and the cable never saw: the one loss here that no rule tells of. */
static void say_overruns(struct run *run, struct text_builder *lacks)
{
	for (int host = 0; host < LAB_HOSTS; host++) {
		uint64_t count = lab_world_overruns(run->stage.world, (enum lab_host)host);

		if (count == 0)
			continue;
		text_append_format(lacks,
				   "%s%" PRIu64 " packet%s of the %s never reached the cable: the "
				   "queue of its network device was full.",
				   lacks->length > 0 ? " " : "", count, count == 1 ? "" : "s",
				   lab_host_name((enum lab_host)host));
	}
}

static void say_world(struct run *run)
{
	struct lab_record *record = run->recorder.record;
	const char *world_lacks = lab_world_lacks(run->stage.world);
	const char *programs_lack = lab_programs_lacks(run->stage.programs);
	uint64_t over = cable_not_told_apart(lab_traffic_cable(run->stage.traffic));
	struct text_builder lacks;

	text_builder_init(&lacks, sizeof(record->lacks) - 1);
	text_append(&lacks, world_lacks);
	if (programs_lack[0] != '\0')
		text_append_format(&lacks, "%s%s", lacks.length > 0 ? " " : "", programs_lack);
	if (over > 0)
		text_append_format(&lacks,
				   "%s%" PRIu64
				   " segments belong to more connections than the %u that are told "
				   "apart.",
				   lacks.length > 0 ? " " : "", over, CABLE_CONNECTIONS_MAX);
	say_overruns(run, &lacks);
	(void)snprintf(record->world, sizeof(record->world), "%s",
		       lab_world_settings(run->stage.world));
	(void)snprintf(record->lacks, sizeof(record->lacks), "%s", text_builder_text(&lacks));
	text_builder_finish(&lacks);
}

/* They are asked to end, over a cable that still carries what they have to say; then made to. */
static int end_programs(struct run *run)
{
	uint64_t last_ns = lab_now_ns() + LAB_PROGRAM_GRACE_NS;

	if (lab_programs_running(run->stage.programs) > 0)
		lab_programs_terminate(run->stage.programs);
	while (lab_programs_running(run->stage.programs) > 0 && lab_now_ns() < last_ns) {
		carry(run);
		wait_until(run, earlier(last_ns, lab_traffic_next_ns(run->stage.traffic)));
	}
	lab_programs_kill(run->stage.programs, 1000);
	return lab_programs_take_results(run->stage.programs, run->stage.start_ns,
					 run->recorder.record);
}

static int go(struct run *run)
{
	enum lab_steps_state state = go_through_steps(run);

	if (state == LAB_STEPS_DONE)
		settle(run);
	lab_steps_judge_end(run->steps);
	run->recorder.record->interrupted = run->stopped;
	take_counts_of_the_recorded(run);
	take_rule_uses(run);
	say_world(run);
	lab_recorder_finish(&run->recorder, lab_now_ns());
	lab_traffic_end_record(run->stage.traffic);
	if (run->options->progress)
		run->options->progress(run->options->context, NULL);
	return end_programs(run);
}

/* ---- making it ---- */

static int open_descriptors(struct run *run)
{
	run->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (run->epoll_fd < 0)
		return -errno;
	run->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return run->timer_fd < 0 ? -errno : 0;
}

static int watch_all(struct run *run)
{
	int result = watch(run, run->timer_fd, EVENT_TIMER);

	for (int host = 0; host < LAB_HOSTS && result == 0; host++)
		result = watch(run, lab_world_device_fd(run->stage.world, (enum lab_host)host),
			       EVENT_ANY);
	if (result == 0)
		result = watch(run, lab_programs_fd(run->stage.programs), EVENT_PROGRAMS);
	if (result == 0 && run->options->stop_fd >= 0)
		result = watch(run, run->options->stop_fd, EVENT_STOP);
	return result;
}

/* The record begins here: what is before, nobody is told. */
static int begin_record(struct run *run, const struct experiment *experiment,
			struct lab_record *record)
{
	struct lab_recorder_options options = {
		.seed = run->options->seed,
		.monotonic_ns = lab_now_ns(),
		.wall_ns = (int64_t)clock_wall_ns(),
		.no_segments = run->options->no_record,
	};

	run->stage.start_ns = options.monotonic_ns;
	run->stage.recorder = &run->recorder;
	return lab_recorder_init(&run->recorder, record, experiment, &options);
}

static int make(struct run *run, struct lab_record *record)
{
	const struct experiment *experiment = run->stage.experiment;
	const struct lab_run_options *options = run->options;
	struct lab_stage *stage = &run->stage;
	int result = open_descriptors(run);

	if (result < 0)
		return result;
	stage->probe = probe_create(lab_world_diag(stage->world, LAB_CLIENT),
				    lab_world_diag(stage->world, LAB_SERVER));
	if (!stage->probe)
		return -ENOMEM;
	result = lab_programs_create(stage->world, options->tool_folder, &stage->programs);
	if (result == 0)
		result = lab_sockets_create(stage->world, run->epoll_fd, &stage->sockets);
	if (result == 0)
		result = watch_all(run);
	if (result == 0)
		result = begin_record(run, experiment, record);
	if (result == 0) {
		struct lab_traffic_parts parts = { .world = stage->world,
						   .probe = stage->probe,
						   .recorder = stage->recorder,
						   .experiment = experiment,
						   .seed = options->seed,
						   .asks = !options->no_probe,
						   .records = !options->no_record };

		result = lab_traffic_create(&parts, &stage->traffic);
	}
	if (result == 0)
		result = lab_steps_create(stage, options->progress, options->context, &run->steps);
	return result;
}

static void unmake(struct run *run)
{
	lab_steps_destroy(run->steps);
	lab_traffic_destroy(run->stage.traffic);
	lab_programs_destroy(run->stage.programs);
	lab_sockets_destroy(run->stage.sockets);
	probe_destroy(run->stage.probe);
	if (run->timer_fd >= 0)
		(void)close(run->timer_fd);
	if (run->epoll_fd >= 0)
		(void)close(run->epoll_fd);
}

static uint64_t limit_of(const struct experiment *experiment, const struct lab_run_options *options)
{
	if (options->limit_ns > 0)
		return options->limit_ns;
	return experiment->limit_ns > 0 ? experiment->limit_ns : LAB_TIME_LIMIT_DEFAULT_NS;
}

enum lab_run_result lab_run(const struct experiment *experiment,
			    const struct lab_run_options *options, struct lab_record *out,
			    struct lab_refusal *refusal)
{
	struct lab_world_options world = { .backend = options->backend,
					   .mtu = experiment->mtu,
					   .system_defaults = experiment->system_defaults };
	struct run run = { .options = options, .epoll_fd = -1, .timer_fd = -1 };
	int result;

	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	result = lab_world_create(&world, &run.stage.world, refusal);
	if (result < 0)
		return result == -ENOMEM || result == -EMFILE || result == -ENFILE ? LAB_BROKE
										   : LAB_REFUSED;
	run.stage.experiment = experiment;
	run.stage.full = options->full;
	run.stage.goes_on = options->goes_on;
	run.stage.limit_ns = limit_of(experiment, options);
	for (int host = 0; host < LAB_HOSTS; host++)
		(void)lab_world_counts(run.stage.world, (enum lab_host)host,
				       &run.counts_before[host]);
	result = make(&run, out);
	if (result == 0)
		result = go(&run);
	unmake(&run);
	lab_world_destroy(run.stage.world);
	if (result == 0)
		return LAB_RAN;
	(void)snprintf(refusal->what, sizeof(refusal->what), "the experiment cannot be run: %s",
		       strerror(-result));
	(void)snprintf(refusal->advice, sizeof(refusal->advice),
		       "Fewer at once need less memory and fewer open files.");
	return LAB_BROKE;
}
