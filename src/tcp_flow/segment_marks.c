#include "tcp_flow/segment_marks.h"

#include "tcp_flow/connection.h"

#define ECN_FLAGS (TCP_FLAG_ECE | TCP_FLAG_CWR | TCP_FLAG_AE)
/* Who asks sets all three for the accurate kind, two for the classic one. */
#define ECN_ASKS_CLASSIC (TCP_FLAG_ECE | TCP_FLAG_CWR)
#define ACE_COUNTERS 8u /* RFC 9768 section 3.2.2: three bits */

enum ecn_agreement segment_marks_ecn(const struct tcp_connection *connection)
{
	const struct tcp_offer *asked = &connection->ends[TCP_CLIENT].offer;
	const struct tcp_offer *answered = &connection->ends[TCP_SERVER].offer;
	uint16_t answer = answered->flags & ECN_FLAGS;

	if (!asked->seen || !answered->seen)
		return ECN_UNKNOWN;
	/* A machine that returns the reserved bits as they came means nothing by it. */
	if ((asked->flags & ECN_ASKS_CLASSIC) != ECN_ASKS_CLASSIC || answer == ECN_FLAGS)
		return ECN_NONE;
	if (answer == TCP_FLAG_ECE)
		return ECN_CLASSIC;
	/* RFC 9768 table 2: the answer tells how the SYN arrived: 010, 011, 100 or 110. */
	if ((asked->flags & TCP_FLAG_AE) != 0 && (answer & (TCP_FLAG_CWR | TCP_FLAG_AE)) != 0 &&
	    answer != (TCP_FLAG_AE | TCP_FLAG_ECE))
		return ECN_ACCURATE;
	return ECN_NONE;
}

static struct tcp_finding *ecn_finding(struct tcp_connection *connection, enum tcp_side marked,
				       uint64_t frame)
{
	struct tcp_finding *finding =
		findings_gather(&connection->findings, FINDING_ECN, marked, CAUSE_NONE);

	finding_happened(finding, frame);
	if (finding)
		finding->values[3] = segment_marks_ecn(connection);
	return finding;
}

static uint8_t ace_of(uint16_t flags)
{
	return (uint8_t)((flags & TCP_FLAG_AE ? 4 : 0) + (flags & TCP_FLAG_CWR ? 2 : 0) +
			 (flags & TCP_FLAG_ECE ? 1 : 0));
}

/* The three flags count, modulo 8, how many marked packets their sender has received. */
static void take_counter(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct segment_marks *own = &connection->flow_control.marks[segment->from];
	uint8_t ace = ace_of(segment->flags);
	struct tcp_finding *finding;

	/* The client's first ACK tells how the SYN-ACK arrived instead. */
	if (!own->counts_marks) {
		own->counts_marks = true;
		own->ace = segment->from == TCP_CLIENT && segment->is_bare ? 5 : ace;
		return;
	}
	if (ace == own->ace)
		return;
	finding = ecn_finding(connection, tcp_other_side(segment->from), segment->packet->frame);
	if (finding)
		finding->values[1] += (ace + ACE_COUNTERS - own->ace) % ACE_COUNTERS;
	own->ace = ace;
}

static void take_ecn_flags(struct tcp_connection *connection, const struct segment_facts *segment)
{
	uint64_t frame = segment->packet->frame;
	struct tcp_finding *finding;

	if ((segment->flags & (TCP_FLAG_SYN | TCP_FLAG_RST)) != 0)
		return;
	if (segment_marks_ecn(connection) == ECN_ACCURATE) {
		take_counter(connection, segment);
		return;
	}
	if ((segment->flags & TCP_FLAG_ECE) != 0) {
		finding = ecn_finding(connection, tcp_other_side(segment->from), frame);
		if (finding)
			finding->values[1]++;
	}
	if ((segment->flags & TCP_FLAG_CWR) != 0) {
		finding = ecn_finding(connection, segment->from, frame);
		if (finding)
			finding->values[2]++;
	}
}

static void take_urgent(struct tcp_connection *connection, const struct segment_facts *segment)
{
	struct tcp_finding *finding =
		findings_gather(&connection->findings, FINDING_URGENT, segment->from, CAUSE_NONE);

	finding_happened(finding, segment->packet->frame);
	if (!finding || finding->count > 1)
		return;
	finding->values[0] = segment->packet->tcp.urgent_pointer;
	finding->values[1] = segment->length;
}

/* The SYN: asks for a cookie, or shows one and sends data with it. */
static void take_fast_open_syn(struct tcp_connection *connection,
			       const struct segment_facts *segment)
{
	const struct tcp_options *options = &segment->packet->tcp.options;
	struct tcp_finding *finding;

	if ((options->has & TCP_HAS_FAST_OPEN) == 0 && segment->length == 0)
		return;
	finding = findings_gather(&connection->findings, FINDING_FAST_OPEN, segment->from,
				  CAUSE_NONE);
	finding_happened(finding, segment->packet->frame);
	if (!finding || finding->count > 1)
		return;
	finding->values[0] = segment->length > 0 ? 3 : 1;
	finding->values[1] = -1; /* until its answer is seen */
	finding->values[2] = segment->length;
	finding->values[3] =
		(options->has & TCP_HAS_FAST_OPEN) != 0 ? options->fast_open_length : -1;
}

static void take_fast_open_answer(struct tcp_connection *connection,
				  const struct segment_facts *segment)
{
	const struct tcp_options *options = &segment->packet->tcp.options;
	struct tcp_finding *finding = findings_find(&connection->findings, FINDING_FAST_OPEN,
						    tcp_other_side(segment->from));

	if (!finding)
		return;
	finding_frame(finding, segment->packet->frame);
	if (finding->values[0] == 1 && (options->has & TCP_HAS_FAST_OPEN) != 0 &&
	    options->fast_open_length > 0)
		finding->values[0] = 2;
	/* The SYN itself is 1 of what is acknowledged. */
	if (finding->values[0] == 3 && segment->has_ack)
		finding->values[1] = segment->acknowledgment - 1 > finding->values[2]
					     ? finding->values[2]
					     : segment->acknowledgment - 1;
}

static void take_bad_option(struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct tcp_header *tcp = &segment->packet->tcp;
	struct tcp_finding *finding = findings_gather(&connection->findings, FINDING_BAD_OPTION,
						      segment->from, CAUSE_NONE);
	struct tcp_option option;
	size_t offset = 0;

	finding_happened(finding, segment->packet->frame);
	if (!finding || finding->count > 1)
		return;
	while (tcp_option_next(tcp->options_bytes, tcp->options_length, &offset, &option)) {
		if (!option.bad_length)
			continue;
		finding->values[0] = option.kind;
		finding->values[1] = option.length;
		return;
	}
}

void segment_marks_segment(struct tcp_connection *connection, const struct segment_facts *segment)
{
	const struct packet *packet = segment->packet;
	bool counts = connection->flow_control.marks[segment->from].counts_marks;

	if ((packet->ip.traffic_class & IP_ECN_CE) == IP_ECN_CE) {
		struct tcp_finding *finding = ecn_finding(connection, segment->from, packet->frame);

		if (finding)
			finding->values[0]++;
	}
	if (counts || (segment->flags & ECN_FLAGS) != 0)
		take_ecn_flags(connection, segment);
	if ((segment->flags & TCP_FLAG_URG) != 0)
		take_urgent(connection, segment);
	if ((segment->flags & TCP_FLAG_SYN) != 0) {
		if (segment->from == TCP_CLIENT && !segment->has_ack)
			take_fast_open_syn(connection, segment);
		else
			take_fast_open_answer(connection, segment);
	}
	if ((packet->tcp.options.has & TCP_HAS_BAD_LENGTH) != 0)
		take_bad_option(connection, segment);
}
