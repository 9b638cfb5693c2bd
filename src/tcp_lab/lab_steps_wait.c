#include "tcp_lab/lab_steps_wait.h"

#include "tcp_lab/lab_clock.h"
#include "tcp_lab/lab_steps_expect.h"

enum step_progress step_wait_time(struct lab_stage *stage, struct running_step *running)
{
	uint64_t over_ns = running->began_ns + running->step->time_ns;

	(void)stage;
	if (lab_now_ns() >= over_ns)
		return STEP_DONE;
	running->retry_ns = over_ns;
	return STEP_WAITS;
}

enum step_progress step_wait_state(struct lab_stage *stage, struct running_step *running)
{
	int result = step_state(stage, running->step, &running->state);

	if (result < 0)
		return step_called(running, result);
	running->has_state = true;
	if (step_wants_state(running->step, running->state))
		return step_says(running, STEP_DONE, "%s", tcp_state_name(running->state));
	running->retry_ns = lab_now_ns() + LAB_POLL_NS;
	return STEP_WAITS;
}

enum step_progress step_wait_segment(struct lab_stage *stage, struct running_step *running)
{
	return lab_traffic_saw(stage->traffic, running->index) ? STEP_DONE : STEP_WAITS;
}

/* The program that was to listen is over, with all that it left behind and that could yet. */
static bool nobody_will_listen(const struct lab_stage *stage, const struct step *step)
{
	const struct lab_program *program = lab_programs_find(stage->programs, step->host, "");

	return program && lab_program_ended(program) && lab_program_is_silent(program) &&
	       lab_programs_running(stage->programs) == 0;
}

/* A program may open a port for itself first, and the one for others then. */
#define INSIDE_NS (UINT64_C(500) * 1000 * 1000)

/* That what listens is not to be reached is what nobody thinks of. */
static enum step_progress look_inside(struct lab_stage *stage, struct running_step *running)
{
	enum lab_host host = running->step->host;
	char where[IP_ENDPOINT_TEXT_BYTES];
	const char *own;

	if (probe_listens_inside(stage->probe, host, running->step->port, where) <= 0) {
		running->inside_ns = 0;
		return STEP_WAITS;
	}
	if (running->inside_ns == 0)
		running->inside_ns = lab_now_ns();
	if (where[0] == '[')
		own = host == LAB_SERVER ? "[::] or fd77::2" : "[::] or fd77::1";
	else
		own = host == LAB_SERVER ? "0.0.0.0 or 10.77.0.2" : "0.0.0.0 or 10.77.0.1";
	return step_says(running,
			 lab_now_ns() - running->inside_ns >= INSIDE_NS ? STEP_WRONG : STEP_WAITS,
			 "the %s listens on %s only, which the %s cannot reach; let it listen on "
			 "%s",
			 lab_host_name(host), where, lab_host_name(lab_other_host(host)), own);
}

enum step_progress step_wait_listen(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	int result = probe_listens(stage->probe, step->host, step->port);

	if (result < 0)
		return step_called(running, result);
	running->result[0] = '\0';
	if (result > 0)
		return STEP_DONE;
	if (nobody_will_listen(stage, step))
		return step_says(running, STEP_WRONG,
				 "the %s's program has ended, and nothing listens there",
				 lab_host_name(step->host));
	running->retry_ns = lab_now_ns() + LAB_POLL_NS;
	return look_inside(stage, running);
}

/* A kernel waits for an answer: the silence is but one between two attempts. */
static bool will_send_again(struct lab_stage *stage)
{
	uint32_t count = probe_connection_count(stage->probe);

	for (uint32_t connection = 1; connection <= count; connection++) {
		struct lab_pair pair;

		if (!probe_pair_of(stage->probe, connection, &pair))
			continue;
		for (int host = 0; host < LAB_HOSTS; host++) {
			struct diag_socket socket;

			if (probe_socket(stage->probe, (enum lab_host)host, &pair, &socket) == 0 &&
			    socket.timer == SOCKET_TIMER_RETRANSMIT)
				return true;
		}
	}
	return false;
}

/* How often to look whether it is over, where no event tells. */
#define LOOK_NS (UINT64_C(100) * 1000 * 1000)

/*
 * Of `lab try`: what the programs do on a cut cable is what one wants to see, as long as one of
 * them runs; and then what comes once it is restored.
 */
static bool has_more_to_show(struct lab_stage *stage)
{
	const struct experiment *experiment = stage->experiment;
	const struct cable *cable = lab_traffic_cable(stage->traffic);

	if (!cable_settings(cable, LAB_CLIENT)->cut)
		return will_send_again(stage);
	if (lab_programs_running(stage->programs) > 0)
		return true;
	for (size_t i = 0; i < experiment->step_count; i++) {
		if (experiment->steps[i].verb == STEP_CABLE_RESTORE)
			return true;
	}
	return false;
}

/* What a rule holds is no noise: it may never come out. */
enum step_progress step_wait_quiet(struct lab_stage *stage, struct running_step *running)
{
	uint64_t since_ns = lab_traffic_last_ns(stage->traffic);
	uint64_t due_ns = lab_traffic_next_ns(stage->traffic);
	uint64_t over_ns;

	if (since_ns < running->began_ns)
		since_ns = running->began_ns;
	over_ns = since_ns + running->step->time_ns;
	if (due_ns == UINT64_MAX && lab_now_ns() >= over_ns) {
		if (!stage->goes_on || !has_more_to_show(stage))
			return STEP_DONE;
		running->retry_ns = lab_now_ns() + LOOK_NS;
		return STEP_WAITS;
	}
	/* Behind what is on its way the silence begins anew. */
	if (due_ns == UINT64_MAX)
		running->retry_ns = over_ns;
	return STEP_WAITS;
}
