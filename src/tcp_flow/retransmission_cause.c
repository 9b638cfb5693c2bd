#include "tcp_flow/retransmission_cause.h"

#define MS INT64_C(1000000)

/*
 * Linux: RTO = SRTT + max(4 RTTVAR, 200 ms). The BSDs add about as much, Windows begins at 300 ms
 * in all. Timers tick and captures jitter, hence 85 of 100.
 */
#define TIMEOUT_LEAST_NS (200 * MS)
#define TIMEOUT_UNMEASURED_NS (1000 * MS) /* RFC 6298, before the first round trip is known */
#define TIMER_PERCENT 85

/* RFC 8985: 2 SRTT; older Linux at least 10 ms, today's two ticks of its timer. */
#define PROBE_LEAST_NS (2 * MS)
#define PROBE_PERCENT 75                /* of our own SRTT, which may well be twice the sender's */
#define PROBE_DELAYED_ACK_NS (200 * MS) /* more, where one segment alone is outstanding */

#define PROBE_TICKS_NS (8 * MS) /* two of a timer of 250 Hz */

#define ACK_JITTER_NS (20 * MS)

int64_t retransmission_timeout_ns(const struct resend_evidence *evidence)
{
	int64_t variation = 4 * evidence->rtt_variation_ns;
	int64_t timeout;
	int64_t most;

	if (evidence->rtt_ns <= 0)
		return TIMEOUT_LEAST_NS * TIMER_PERCENT / 100;
	if (variation < TIMEOUT_LEAST_NS)
		variation = TIMEOUT_LEAST_NS;
	timeout = evidence->rtt_ns + variation;
	/* Our round trips are not quite the sender's: do not let a few odd ones hide a timeout. */
	most = evidence->rtt_ns * 3 / 2;
	if (most < TIMEOUT_UNMEASURED_NS)
		most = TIMEOUT_UNMEASURED_NS;
	if (timeout > most)
		timeout = most;
	return timeout * TIMER_PERCENT / 100;
}

/* An acknowledgement came just before it, by the clock of a capture near either end. */
static bool answers_an_ack(const struct resend_evidence *evidence)
{
	return evidence->since_ack_ns >= 0 &&
	       evidence->since_ack_ns <= evidence->rtt_ns * 5 / 4 + ACK_JITTER_NS;
}

static enum tcp_cause asked_for(const struct resend_evidence *evidence)
{
	return evidence->in_fast_recovery && evidence->sack_permitted ? CAUSE_SACK : CAUSE_FAST;
}

/*
 * Alone outstanding by what came here, but behind others by what its sender has: an acknowledgement
 * was lost between here and there. Then the probe waits two round trips from when it was sent.
 */
static bool is_probe_behind_others(const struct resend_evidence *evidence)
{
	int64_t least = 2 * evidence->rtt_ns * PROBE_PERCENT / 100;
	int64_t most = 3 * evidence->rtt_ns + PROBE_TICKS_NS;

	return evidence->ack_may_be_lost && evidence->rtt_ns > 0 &&
	       evidence->since_sent_ns >= least && evidence->since_sent_ns <= most;
}

static bool is_tail_loss_probe(const struct resend_evidence *evidence, int64_t timeout)
{
	int64_t least = evidence->rtt_ns * PROBE_PERCENT / 100;
	int64_t most = 2 * evidence->rtt_ns + timeout * 2;

	if (!evidence->is_tail || !evidence->sack_permitted || evidence->probed ||
	    evidence->sent_again || evidence->asked_for)
		return false;
	if (least < PROBE_LEAST_NS)
		least = PROBE_LEAST_NS;
	if (!evidence->is_head)
		return evidence->since_new_ns >= least;
	if (is_probe_behind_others(evidence))
		return true;
	/* Alone: the delayed ACK is waited for too, yet no longer than the timeout would be. */
	least = PROBE_DELAYED_ACK_NS * TIMER_PERCENT / 100;
	return evidence->since_new_ns >= least && evidence->since_new_ns <= most;
}

enum tcp_cause retransmission_cause(const struct resend_evidence *evidence)
{
	int64_t timeout = retransmission_timeout_ns(evidence);
	bool too_soon = evidence->since_sent_ns >= 0 && evidence->since_sent_ns < timeout;
	bool timed_out = evidence->is_head && evidence->quiet_ns >= timeout;

	if (evidence->arrived)
		return CAUSE_NEEDLESS;
	if (evidence->after_timeout)
		return timed_out ? CAUSE_TIMEOUT : CAUSE_GO_BACK_N;
	if (evidence->asked_for &&
	    (too_soon || (!evidence->sent_again && answers_an_ack(evidence))))
		return asked_for(evidence);
	if (is_tail_loss_probe(evidence, timeout))
		return CAUSE_TAIL_LOSS_PROBE;
	if (evidence->quiet_ns >= timeout)
		return CAUSE_TIMEOUT;
	/*
	 * Nothing behind it arrived, yet it takes part in a repair: RACK goes by the time of
	 * sending, RFC 6675 has a last rescue, NewReno goes on with each partial acknowledgement.
	 */
	if ((evidence->has_holes || evidence->in_fast_recovery) && answers_an_ack(evidence))
		return asked_for(evidence);
	/* Without SACK duplicate ACKs that are left over from the last repair still count. */
	if (!evidence->sack_permitted && evidence->is_head && too_soon && answers_an_ack(evidence))
		return CAUSE_FAST;
	return CAUSE_UNKNOWN;
}
