/*
 * The model: each sender of a stream has a highest end seen (`next`), an end of what was seen
 * without a gap (`contiguous`), and what its last segment said. A segment is judged against these,
 * then they are updated; nothing is judged twice. Numbers are raw, and 0 means "nothing yet" where
 * tshark means it so, which is wrong for one number in 2^32 and is kept.
 */
#include "tcp_flow/tshark_labels.h"

#include <stdlib.h>

#include "tcp_flow/names.h"
#include "tcp_flow/unacked_ends.h"

#define CONTROL_FLAGS (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST)

#define FAST_RETRANSMISSION_NS 20000000u /* after the last duplicate ACK */
#define OUT_OF_ORDER_NS 3000000u         /* where the stream's round-trip time is not known */

/* Stands in the counter of duplicate ACKs, see judge_acknowledgment(). */
#define DUPLICATES_MARK UINT32_MAX

enum {
	SCALE_UNKNOWN = -1,
	SCALE_UNUSED = -2, /* both SYNs were seen, and one did not offer it */
};

/* What is remembered of one sender. */
struct sender {
	uint32_t base;        /* relative numbers count from here; with base_known */
	uint32_t next;        /* the highest end of a segment; 0: none was seen */
	uint32_t contiguous;  /* the end of what was seen without a gap; 0: nothing */
	uint32_t last_ack;    /* of its last segment, whatever that segment was */
	uint32_t duplicates;  /* duplicate ACKs in a row, or DUPLICATES_MARK */
	uint32_t window;      /* of its last segment, not scaled; all ones: none was seen */
	uint32_t last_labels; /* of its last segment */
	int8_t scale;         /* of its windows, 0 to 14, or SCALE_* */
	bool base_known;
	bool only_syns;  /* it sent a SYN, and no other ACK since: its window is not scaled */
	uint16_t mptcp;  /* the stream's set when its last segment was judged */
	int64_t next_ns; /* when `next` last moved */
	int64_t last_ns; /* when its last segment was captured */
	struct unacked_ends unacked; /* what it sent that the other did not acknowledge */
};

struct tshark_labels {
	struct sender senders[2];
	int64_t syn_ns;        /* of the latest SYN without ACK; with has_syn */
	int64_t round_trip_ns; /* from that SYN to the first ACK without SYN; 0: not known */
	bool has_syn;
	uint16_t mptcp; /* the set of MPTCP subtypes that the segments so far had */
};

/* The judgement of one segment, on its way through the rules. */
struct judgement {
	const struct packet *packet;
	struct sender *from;
	struct sender *to;
	uint32_t sequence;
	uint32_t acknowledgment;
	uint32_t length;
	uint32_t window; /* not scaled */
	uint32_t labels; /* so far */
	uint16_t flags;
	bool mptcp_changed; /* another subtype of MPTCP was used since the sender's last segment */
};

/*
 * tshark's comparisons: at a distance of exactly 2^31 two numbers are each above and each not above
 * the other, hence two functions where one should do.
 */
static bool is_above(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a) < 0;
}

static bool is_at_most(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

static bool is_below(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* tshark subtracts times without a sign: where time runs backwards, very much of it went by. */
static uint64_t nanoseconds_since(int64_t then, int64_t now)
{
	return (uint64_t)now - (uint64_t)then;
}

struct tshark_labels *tshark_labels_create(void)
{
	struct tshark_labels *labels = calloc(1, sizeof(*labels));

	if (!labels)
		return NULL;

	for (unsigned i = 0; i < 2; i++) {
		labels->senders[i].window = UINT32_MAX;
		labels->senders[i].scale = SCALE_UNKNOWN;
	}
	return labels;
}

void tshark_labels_destroy(struct tshark_labels *labels)
{
	if (!labels)
		return;

	unacked_ends_finish(&labels->senders[0].unacked);
	unacked_ends_finish(&labels->senders[1].unacked);
	free(labels);
}

static void set(struct judgement *judgement, enum tcp_label label)
{
	judgement->labels |= TCP_LABEL_BIT(label);
}

static bool has(const struct judgement *judgement, enum tcp_label label)
{
	return judgement->labels & TCP_LABEL_BIT(label);
}

/* Puts the numbers in relation to a beginning, seen or inferred. */
static void set_bases(struct judgement *judgement)
{
	struct sender *from = judgement->from;
	struct sender *to = judgement->to;
	unsigned opening = judgement->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK);

	if (opening == (TCP_FLAG_SYN | TCP_FLAG_ACK) && from->base_known &&
	    from->base != judgement->sequence) {
		set(judgement, LABEL_REUSED_PORTS);
		from->base = judgement->sequence;
	}
	if (!from->base_known) {
		from->base = judgement->sequence - !(judgement->flags & TCP_FLAG_SYN);
		from->base_known = true;
	}
	if (!to->base_known && judgement->flags & TCP_FLAG_ACK) {
		to->base = judgement->acknowledgment - 1;
		to->base_known = true;
	}
	/* A SYN with the number of the stream's own begins it anew. */
	if (opening == TCP_FLAG_SYN)
		from->next = from->contiguous;
}

static bool fills_window(const struct judgement *judgement)
{
	const struct sender *to = judgement->to;
	unsigned shift = to->only_syns || to->scale < 0 ? 0 : (unsigned)to->scale;

	return to->scale != SCALE_UNKNOWN && judgement->length > 0 &&
	       judgement->sequence + judgement->length == to->last_ack + (to->window << shift);
}

/* A segment without bytes that acknowledges nothing new. */
static void judge_repeated_ack(struct judgement *judgement)
{
	struct sender *from = judgement->from;
	uint32_t answered = judgement->to->last_labels;

	if (judgement->window != from->window) {
		if (judgement->window != 0)
			set(judgement, LABEL_WINDOW_UPDATE);
		return;
	}
	if (judgement->window == 0) {
		if (answered & TCP_LABEL_BIT(LABEL_ZERO_WINDOW_PROBE))
			set(judgement, LABEL_ZERO_WINDOW_PROBE_ACK);
		return;
	}
	if (answered & TCP_LABEL_BIT(LABEL_KEEP_ALIVE)) {
		set(judgement, LABEL_KEEP_ALIVE_ACK);
		return;
	}
	/* RFC 8684 section 3.3.1 has ACKs repeated to carry such options. */
	if (judgement->mptcp_changed)
		return;
	from->duplicates = from->duplicates == DUPLICATES_MARK ? 1 : from->duplicates + 1;
	set(judgement, LABEL_DUPLICATE_ACK);
}

/* What a segment is by its number, its length and the windows. */
static void judge_place(struct judgement *judgement)
{
	const struct sender *from = judgement->from;
	bool is_control = judgement->flags & CONTROL_FLAGS;

	if (judgement->length == 1 && judgement->sequence == from->next &&
	    judgement->to->window == 0) {
		set(judgement, LABEL_ZERO_WINDOW_PROBE);
		return;
	}
	if (from->next != 0 && is_above(judgement->sequence, from->next) &&
	    !(judgement->flags & TCP_FLAG_RST))
		set(judgement, LABEL_LOST_SEGMENT);
	if (is_control)
		return;

	if (judgement->window == 0)
		set(judgement, LABEL_ZERO_WINDOW);
	if (judgement->length <= 1 && judgement->sequence == from->next - 1)
		set(judgement, LABEL_KEEP_ALIVE);
	if (fills_window(judgement))
		set(judgement, LABEL_WINDOW_FULL);
	if (judgement->length == 0 && judgement->sequence == from->next &&
	    judgement->acknowledgment == from->last_ack)
		judge_repeated_ack(judgement);
}

/* Does it acknowledge what the file does not have? */
static void judge_acknowledgment(struct judgement *judgement)
{
	struct sender *to = judgement->to;

	if (judgement->acknowledgment != judgement->from->last_ack)
		judgement->from->duplicates = 0;
	if (!(judgement->flags & TCP_FLAG_ACK) || to->contiguous == 0 ||
	    !is_above(judgement->acknowledgment, to->contiguous))
		return;

	if (is_below(to->contiguous, to->next)) {
		to->contiguous = to->next;
		set(judgement, LABEL_ACK_LOST_SEGMENT);
		return;
	}
	/*
	 * tshark keeps the mark that this was said in the other's counter of duplicate ACKs, as one
	 * below zero, and takes it for very many of them when it looks for fast retransmissions.
	 */
	if (to->duplicates == 0)
		set(judgement, LABEL_ACK_LOST_SEGMENT);
	to->duplicates = DUPLICATES_MARK;
}

static bool is_out_of_order(const struct tshark_labels *labels, const struct judgement *judgement)
{
	uint64_t limit = labels->round_trip_ns ? (uint64_t)labels->round_trip_ns : OUT_OF_ORDER_NS;
	bool takes_number = judgement->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN);

	return nanoseconds_since(judgement->from->next_ns, judgement->packet->time_ns) < limit &&
	       judgement->from->next != judgement->sequence + judgement->length + takes_number;
}

/* Was it sent before, or captured late? */
static void judge_repeat(const struct tshark_labels *labels, struct judgement *judgement)
{
	const struct sender *from = judgement->from;
	const struct sender *to = judgement->to;
	/* More than one byte behind a probe of one byte is new. */
	bool is_old = from->next != 0 && is_below(judgement->sequence, from->next) &&
		      !(judgement->length > 1 && judgement->sequence == from->next - 1);

	if (has(judgement, LABEL_KEEP_ALIVE))
		return;

	if (judgement->length > 0 && to->last_ack != 0 &&
	    is_at_most(judgement->sequence + judgement->length, to->last_ack)) {
		set(judgement, LABEL_SPURIOUS_RETRANSMISSION);
		set(judgement, LABEL_RETRANSMISSION);
		return;
	}
	if (!is_old)
		return;

	if (to->duplicates >= 2 && judgement->sequence == to->last_ack &&
	    nanoseconds_since(to->last_ns, judgement->packet->time_ns) < FAST_RETRANSMISSION_NS) {
		set(judgement, LABEL_FAST_RETRANSMISSION);
		set(judgement, LABEL_RETRANSMISSION);
	} else if (is_out_of_order(labels, judgement)) {
		set(judgement, LABEL_OUT_OF_ORDER);
	} else {
		set(judgement, LABEL_RETRANSMISSION);
	}
}

static void remember(struct judgement *judgement)
{
	struct sender *from = judgement->from;
	bool is_probe = has(judgement, LABEL_ZERO_WINDOW_PROBE);
	bool takes_number = judgement->flags & (TCP_FLAG_SYN | TCP_FLAG_FIN);
	uint32_t end = judgement->sequence + judgement->length;

	if ((judgement->length > 0 || takes_number) && !unacked_ends_full(&from->unacked)) {
		end += takes_number;
		unacked_ends_add(&from->unacked, end);
	}
	if (!is_probe && (from->next == 0 || is_above(end, from->next))) {
		from->next = end;
		from->next_ns = judgement->packet->time_ns;
	}
	if (!is_probe && (from->contiguous == 0 || from->contiguous == judgement->sequence))
		from->contiguous = from->next;
	from->window = judgement->window;
	from->last_ack = judgement->acknowledgment;
	from->last_ns = judgement->packet->time_ns;
	from->last_labels = judgement->labels;
	unacked_ends_acknowledge(&judgement->to->unacked, judgement->acknowledgment);
}

static void remember_scale(struct judgement *judgement)
{
	const struct tcp_options *options = &judgement->packet->tcp.options;

	if (judgement->flags & TCP_FLAG_SYN)
		judgement->from->only_syns = true;
	else if (judgement->flags & TCP_FLAG_ACK)
		judgement->from->only_syns = false;
	if (options->has & TCP_HAS_WINDOW_SCALE)
		judgement->from->scale = (int8_t)(options->window_scale > TCP_WINDOW_SCALE_MAX
							  ? TCP_WINDOW_SCALE_MAX
							  : options->window_scale);
}

/* tshark reads on until bytes are missing, and then tells nothing of the segment. */
static bool is_cut(const struct tcp_header *header)
{
	return TCP_HEADER_MIN_BYTES + header->options_length < header->length;
}

/* What a SYN without a scale means, once all of its options were read. */
static void remember_offer(struct judgement *judgement)
{
	struct sender *from = judgement->from;
	struct sender *to = judgement->to;

	if (!(judgement->flags & TCP_FLAG_SYN))
		return;
	if (from->scale == SCALE_UNKNOWN) {
		from->scale = SCALE_UNUSED;
		to->scale = SCALE_UNUSED;
	} else if (judgement->flags & TCP_FLAG_ACK && to->scale == SCALE_UNUSED) {
		from->scale = SCALE_UNUSED;
	}
}

static void remember_mptcp(struct tshark_labels *labels, const struct tcp_header *header)
{
	struct tcp_option option;
	size_t offset = 0;

	while (tcp_option_next(header->options_bytes, header->options_length, &offset, &option)) {
		/* MP_CAPABLE without a key, four bytes, is no beginning for tshark. */
		if (option.kind == TCP_OPTION_MPTCP && option.content_length > 0 &&
		    (labels->mptcp != 0 || option.length != 4 || option.content[0] >> 4 != 0))
			labels->mptcp |= (uint16_t)(1u << (option.content[0] >> 4));
	}
}

static void remember_round_trip(struct tshark_labels *labels, const struct judgement *judgement)
{
	int64_t now = judgement->packet->time_ns;
	unsigned opening = judgement->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK);

	if (opening == TCP_FLAG_SYN) {
		labels->syn_ns = now;
		labels->has_syn = now != 0;
	} else if (opening == TCP_FLAG_ACK && labels->has_syn && labels->round_trip_ns == 0) {
		labels->round_trip_ns = (int64_t)nanoseconds_since(labels->syn_ns, now);
	}
}

static uint32_t judge(struct tshark_labels *labels, const struct packet *packet, unsigned direction,
		      bool new_stream_on_used_ports)
{
	struct judgement judgement = {
		.packet = packet,
		.from = &labels->senders[direction],
		.to = &labels->senders[!direction],
		.sequence = packet->tcp.sequence,
		.acknowledgment = packet->tcp.acknowledgment,
		.length = packet->payload_length,
		.window = packet->tcp.window,
		.flags = packet->tcp.flags,
	};

	judgement.mptcp_changed = judgement.from->mptcp != labels->mptcp;
	judgement.from->mptcp = labels->mptcp;
	if (new_stream_on_used_ports)
		set(&judgement, LABEL_REUSED_PORTS);
	set_bases(&judgement);
	judge_place(&judgement);
	judge_acknowledgment(&judgement);
	if (judgement.length > 0 || judgement.flags & (TCP_FLAG_SYN | TCP_FLAG_FIN))
		judge_repeat(labels, &judgement);
	remember(&judgement);
	/* A header that says it is shorter than one can be is read no further. */
	if (packet->tcp.length < TCP_HEADER_MIN_BYTES)
		return 0;
	remember_scale(&judgement);
	remember_round_trip(labels, &judgement);
	if (packet->tcp.options.has & TCP_HAS_MPTCP)
		remember_mptcp(labels, &packet->tcp);
	if (is_cut(&packet->tcp))
		return 0;
	remember_offer(&judgement);
	return judgement.labels;
}

/*
 * A segment that no rule could say anything of, and that moves on what is remembered in the
 * plainest way: the next one of an open stream, in which nothing is closed, full, missing or
 * repeated.
 */
static bool is_plain(const struct tshark_labels *labels, const struct packet *packet,
		     const struct sender *from, const struct sender *to)
{
	const struct tcp_header *header = &packet->tcp;
	uint32_t end = header->sequence + packet->payload_length;
	unsigned shift = to->scale < 0 ? 0 : (unsigned)to->scale;

	return (header->flags & (CONTROL_FLAGS | TCP_FLAG_ACK)) == TCP_FLAG_ACK &&
	       header->sequence == from->next && from->next != 0 && from->contiguous != 0 &&
	       to->contiguous != 0 && header->window != 0 && to->window != 0 &&
	       (labels->round_trip_ns != 0 || !labels->has_syn) &&
	       !(header->options.has & (TCP_HAS_MPTCP | TCP_HAS_WINDOW_SCALE)) && !to->only_syns &&
	       labels->mptcp == 0 && !is_above(header->acknowledgment, to->contiguous) &&
	       (packet->payload_length > 0
			? !is_at_most(end, to->last_ack) && is_above(end, from->next) &&
				  !unacked_ends_full(&from->unacked) &&
				  end != to->last_ack + (to->window << shift)
			: header->acknowledgment != from->last_ack);
}

static void remember_plain(const struct packet *packet, struct sender *from, struct sender *to)
{
	uint32_t end = packet->tcp.sequence + packet->payload_length;

	if (packet->payload_length > 0) {
		unacked_ends_add(&from->unacked, end);
		if (from->contiguous == from->next)
			from->contiguous = end;
		from->next = end;
		from->next_ns = packet->time_ns;
	}
	if (from->last_ack != packet->tcp.acknowledgment)
		from->duplicates = 0;
	from->only_syns = false;
	from->window = packet->tcp.window;
	from->last_ack = packet->tcp.acknowledgment;
	from->last_ns = packet->time_ns;
	from->last_labels = 0;
	unacked_ends_acknowledge(&to->unacked, packet->tcp.acknowledgment);
}

uint32_t tshark_labels_segment(struct tshark_labels *labels, const struct packet *packet,
			       unsigned direction, bool new_stream_on_used_ports)
{
	struct sender *from = &labels->senders[direction];
	struct sender *to = &labels->senders[!direction];

	if (is_plain(labels, packet, from, to)) {
		remember_plain(packet, from, to);
		return 0;
	}
	return judge(labels, packet, direction, new_stream_on_used_ports);
}

void tshark_labels_turn(struct tshark_labels *labels)
{
	struct sender first = labels->senders[0];

	labels->senders[0] = labels->senders[1];
	labels->senders[1] = first;
}

bool tshark_header_starts_new_stream(const struct tshark_labels *labels, uint16_t flags,
				     uint32_t sequence, unsigned direction)
{
	const struct sender *from = &labels->senders[direction];

	return (flags & (TCP_FLAG_SYN | TCP_FLAG_ACK)) == TCP_FLAG_SYN && from->base_known &&
	       from->base != sequence;
}

bool tshark_starts_new_stream(const struct tshark_labels *labels, const struct packet *packet,
			      unsigned direction)
{
	return tshark_header_starts_new_stream(labels, packet->tcp.flags, packet->tcp.sequence,
					       direction);
}

uint32_t tshark_relative_sequence(const struct tshark_labels *labels, const struct packet *packet,
				  unsigned direction)
{
	return packet->tcp.sequence - labels->senders[direction].base;
}

uint32_t tshark_relative_acknowledgment(const struct tshark_labels *labels,
					const struct packet *packet, unsigned direction)
{
	return packet->tcp.acknowledgment - labels->senders[!direction].base;
}

int64_t tshark_window(const struct tshark_labels *labels, const struct packet *packet,
		      unsigned direction)
{
	const struct sender *from = &labels->senders[direction];

	if (from->scale == SCALE_UNUSED || packet->tcp.flags & TCP_FLAG_SYN)
		return packet->tcp.window;
	return from->scale == SCALE_UNKNOWN ? -1 : (int64_t)packet->tcp.window << from->scale;
}
