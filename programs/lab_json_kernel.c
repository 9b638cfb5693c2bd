#include "programs/lab_json_kernel.h"

#include "base/clock.h"

#define NS_PER_US UINT64_C(1000)

static void append_states(struct json_writer *json, const char *name, const struct lab_truth *truth,
			  const enum lab_host hosts[2])
{
	if (!truth->asked)
		return;
	json_name(json, name);
	json_begin_object(json);
	json_name(json, "client");
	json_string(json, tcp_state_name(truth->states[hosts[TCP_CLIENT]]));
	json_name(json, "server");
	json_string(json, tcp_state_name(truth->states[hosts[TCP_SERVER]]));
	json_end_object(json);
}

/* Of a full socket: the others, as in TIME_WAIT, have none of it. */
static void append_full(struct json_writer *json, const struct lab_truth *truth, enum lab_host host)
{
	json_member_unsigned(json, "cwnd", truth->cwnd[host]);
	if (truth->ssthresh[host] < SOCKET_SSTHRESH_NONE)
		json_member_unsigned(json, "ssthresh", truth->ssthresh[host]);
	json_member_seconds(json, "rto", truth->rto_us[host] * NS_PER_US);
	if (truth->rtt_us[host] > 0)
		json_member_seconds(json, "rtt", truth->rtt_us[host] * NS_PER_US);
	json_member_unsigned(json, "total_retrans", truth->total_retrans[host]);
	json_member_unsigned(json, "send_queue", truth->send_queue[host]);
	json_member_unsigned(json, "receive_queue", truth->receive_queue[host]);
}

static void append_timer(struct json_writer *json, const struct lab_truth *truth,
			 enum lab_host host)
{
	static const char *const names[] = {
		[SOCKET_TIMER_RETRANSMIT] = "retransmit",
		[SOCKET_TIMER_KEEP_ALIVE] = "keep-alive",
		[SOCKET_TIMER_TIME_WAIT] = "time-wait",
		[SOCKET_TIMER_PROBE] = "probe",
	};
	unsigned timer = truth->timer[host];

	if (timer == SOCKET_TIMER_NONE || timer >= sizeof(names) / sizeof(names[0]))
		return;
	json_name(json, "timer");
	json_string(json, names[timer]);
	json_member_seconds(json, "timer_left", truth->timer_ms[host] * NS_PER_MS);
}

static bool has_any(const struct lab_truth *truth, enum lab_host host)
{
	return truth->has_info[host] || truth->timer[host] != SOCKET_TIMER_NONE;
}

static void append_info(struct json_writer *json, const char *name, const struct lab_truth *truth,
			const enum lab_host hosts[2])
{
	if (!truth->asked ||
	    (!has_any(truth, hosts[TCP_CLIENT]) && !has_any(truth, hosts[TCP_SERVER])))
		return;
	json_name(json, name);
	json_begin_object(json);
	for (int side = 0; side < 2; side++) {
		enum lab_host host = hosts[side];

		if (!has_any(truth, host))
			continue;
		json_name(json, tcp_side_name((enum tcp_side)side));
		json_begin_object(json);
		if (truth->has_info[host])
			append_full(json, truth, host);
		append_timer(json, truth, host);
		json_end_object(json);
	}
	json_end_object(json);
}

void lab_json_kernel(struct json_writer *json, const struct lab_inferred_segment *segment,
		     bool with_info)
{
	const struct lab_truth *sent = &segment->segment->sent;
	const struct lab_truth *delivered = &segment->segment->delivered;

	if (!sent->asked && !delivered->asked)
		return;
	json_name(json, "kernel");
	json_begin_object(json);
	append_states(json, "sent", sent, segment->hosts);
	append_states(json, "delivered", delivered, segment->hosts);
	if (with_info) {
		append_info(json, "sent_info", sent, segment->hosts);
		append_info(json, "delivered_info", delivered, segment->hosts);
	}
	json_end_object(json);
}
