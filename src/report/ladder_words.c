#include "report/ladder_words.h"

#include <string.h>

#include "base/decimal.h"
#include "base/display_width.h"
#include "packet/sequence.h"
#include "report/ladder_row.h"
#include "report/readable.h"

#define LONG_NS                                                                                    \
	INT64_C(500000000) /* ladder.c has a line of its own for it, unless lines are mixed */

#define RESENT_LABELS                                                                              \
	(TCP_LABEL_BIT(LABEL_RETRANSMISSION) | TCP_LABEL_BIT(LABEL_FAST_RETRANSMISSION) |          \
	 TCP_LABEL_BIT(LABEL_SPURIOUS_RETRANSMISSION))

/* The window is the news of these. */
#define WINDOW_LABELS (TCP_LABEL_BIT(LABEL_ZERO_WINDOW) | TCP_LABEL_BIT(LABEL_WINDOW_UPDATE))

/* A piece while it is put together. What does not fit is cut, and the piece is then not added. */
struct draft {
	char text[256];
	size_t length;
	bool too_long;
};

static void put_bytes(struct draft *draft, const char *text, size_t length)
{
	if (length > sizeof(draft->text) - draft->length) {
		draft->too_long = true;
		return;
	}
	memcpy(draft->text + draft->length, text, length);
	draft->length += length;
}

static void put(struct draft *draft, const char *text)
{
	put_bytes(draft, text, strlen(text));
}

static void put_number(struct draft *draft, int64_t value)
{
	char digits[DECIMAL_MAX_BYTES];

	put_bytes(draft, digits, decimal_write_signed(digits, value));
}

static bool add(struct ladder_words *words, enum ladder_worth worth, const char *text,
		size_t length, const char *sgr)
{
	if (words->count == LADDER_PIECES_MAX || length > sizeof(words->text) - words->used)
		return false;
	words->pieces[words->count++] = (struct ladder_piece){
		.worth = worth,
		.offset = (uint16_t)words->used,
		.length = (uint16_t)length,
		.width = (uint16_t)display_width_bytes(text, length),
		.sgr = sgr,
	};
	memcpy(words->text + words->used, text, length);
	words->used += length;
	return true;
}

bool ladder_words_add(struct ladder_words *words, enum ladder_worth worth, const char *text,
		      const char *sgr)
{
	return add(words, worth, text, strlen(text), sgr);
}

static void add_draft(struct ladder_words *words, enum ladder_worth worth,
		      const struct draft *draft, const char *sgr)
{
	if (!draft->too_long)
		(void)add(words, worth, draft->text, draft->length, sgr);
}

bool ladder_is_resent(const struct segment_facts *segment)
{
	return (segment->labels & RESENT_LABELS) != 0 || segment->cause != CAUSE_NONE ||
	       segment->repeats;
}

void ladder_words_add_flags(struct ladder_words *words, uint16_t flags)
{
	static const char names[][4] = { "FIN", "SYN", "RST", "PSH", "ACK",
					 "URG", "ECE", "CWR", "AE" };
	struct draft draft = { .length = 0 };
	const char *sgr = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((flags >> i & 1) == 0)
			continue;
		if (draft.length > 0)
			put(&draft, " ");
		put(&draft, names[i]);
	}
	if (draft.length == 0)
		put(&draft, "no flags");
	if ((flags & TCP_FLAG_RST) != 0)
		sgr = LADDER_RED;
	else if ((flags & (TCP_FLAG_SYN | TCP_FLAG_FIN)) != 0)
		sgr = LADDER_BOLD;
	add_draft(words, LADDER_FLAGS, &draft, sgr);
}

/* With --as tshark the numbers are tshark's, as in the JSON. */
static bool shows_as_tshark(const struct tcp_connection *connection)
{
	return connection->as_tshark && connection->tshark;
}

static unsigned tshark_direction(const struct ladder_line *line)
{
	return line->connection->to_itself ? 0 : line->segment->from;
}

static int64_t sequence_of(const struct ladder_line *line, const struct ladder_style *style)
{
	if (style->absolute || line->segment->of_former)
		return line->segment->packet->tcp.sequence;
	if (shows_as_tshark(line->connection))
		return tshark_relative_sequence(line->connection->tshark, line->segment->packet,
						tshark_direction(line));
	return line->segment->sequence;
}

static int64_t acknowledgment_of(const struct ladder_line *line, const struct ladder_style *style)
{
	if (style->absolute || line->segment->of_former)
		return line->segment->packet->tcp.acknowledgment;
	if (shows_as_tshark(line->connection))
		return tshark_relative_acknowledgment(
			line->connection->tshark, line->segment->packet, tshark_direction(line));
	return line->segment->acknowledgment;
}

/* So many numbers further on; those of the wire begin again at 0. */
static int64_t further(int64_t number, int64_t distance, const struct ladder_style *style)
{
	uint64_t sum = (uint64_t)number + (uint64_t)distance;

	return style->absolute ? (int64_t)(uint32_t)sum : (int64_t)sum;
}

static void add_numbers(struct ladder_words *words, const struct ladder_line *line,
			const struct ladder_style *style)
{
	const struct segment_facts *segment = line->segment;
	int64_t sequence = sequence_of(line, style);
	struct draft draft = { .length = 0 };

	put(&draft, "seq ");
	put_number(&draft, sequence);
	if (segment->length > 0) {
		put(&draft, ":");
		put_number(&draft, further(sequence, segment->length, style));
	}
	add_draft(words, LADDER_NUMBERS, &draft, NULL);
	if (segment->has_ack) {
		draft.length = 0;
		put(&draft, "ack ");
		put_number(&draft, acknowledgment_of(line, style));
		add_draft(words, LADDER_NUMBERS, &draft, NULL);
	}
	if (segment->length > 0) {
		draft.length = 0;
		put_number(&draft, segment->length);
		put(&draft, segment->length == 1 ? " byte" : " bytes");
		add_draft(words, LADDER_LENGTH, &draft, NULL);
	}
}

static void add_window(struct ladder_words *words, const struct ladder_line *line,
		       const struct ladder_style *style)
{
	const struct segment_facts *segment = line->segment;
	bool is_news = (segment->labels & WINDOW_LABELS) != 0;
	int64_t window = segment->window;
	struct draft draft = { .length = 0 };

	/* Whoever resets takes nothing any more; the field means nothing. */
	if ((segment->flags & TCP_FLAG_RST) != 0)
		return;
	if (!style->absolute && shows_as_tshark(line->connection))
		window = tshark_window(line->connection->tshark, segment->packet,
				       tshark_direction(line));
	put(&draft, "win ");
	if (style->absolute || window < 0)
		put_number(&draft, segment->packet->tcp.window);
	else
		put_number(&draft, window);
	if (!style->absolute && window < 0)
		put(&draft, " (scale unknown)");
	add_draft(words, is_news ? LADDER_NUMBERS : LADDER_WINDOW, &draft, NULL);
}

static void add_option(struct ladder_words *words, const char *name, int64_t value)
{
	struct draft draft = { .length = 0 };

	put(&draft, name);
	if (value >= 0) {
		put(&draft, " ");
		put_number(&draft, value);
	}
	add_draft(words, LADDER_OPTION, &draft, NULL);
}

static void add_options(struct ladder_words *words, const struct tcp_options *options)
{
	static const struct {
		uint32_t has;
		const char *name;
	} plain[] = {
		{ TCP_HAS_SACK_PERMITTED, "SACK ok" },
		{ TCP_HAS_TIMESTAMPS, "timestamps" },
		{ TCP_HAS_MPTCP, "MPTCP" },
		{ TCP_HAS_USER_TIMEOUT, "user timeout" },
		{ TCP_HAS_MD5, "MD5" },
		{ TCP_HAS_AO, "AO" },
		{ TCP_HAS_ACCECN, "AccECN" },
		{ TCP_HAS_OTHER, "another option" },
	};

	if ((options->has & TCP_HAS_MSS) != 0)
		add_option(words, "mss", options->mss);
	if ((options->has & TCP_HAS_WINDOW_SCALE) != 0)
		add_option(words, "scale", options->window_scale);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if ((options->has & plain[i].has) != 0)
			add_option(words, plain[i].name, -1);
	}
	if ((options->has & TCP_HAS_FAST_OPEN) != 0)
		add_option(words,
			   options->fast_open_length > 0 ? "fast open cookie"
							 : "asks for a fast open cookie",
			   -1);
}

/* The blocks tell of the receiver's stream: relative to where this segment's ACK stands in it. */
static void add_sack(struct ladder_words *words, const struct ladder_line *line,
		     const struct ladder_style *style)
{
	const struct tcp_end *receiver =
		&line->connection->ends[tcp_other_side(line->segment->from)];
	const struct tcp_header *tcp = &line->segment->packet->tcp;
	bool from_ack = line->segment->has_ack || style->absolute;
	uint32_t origin = from_ack ? tcp->acknowledgment : receiver->base_raw;
	int64_t relative = from_ack ? acknowledgment_of(line, style) : 0;
	struct draft draft = { .length = 0 };

	put(&draft, "sack");
	for (uint8_t i = 0; i < tcp->options.sack_count && i < TCP_SACK_MAX_BLOCKS; i++) {
		const struct sack_block *block = &tcp->options.sack[i];

		put(&draft, " ");
		put_number(&draft,
			   further(relative, sequence_distance(origin, block->left), style));
		put(&draft, ":");
		put_number(&draft,
			   further(relative, sequence_distance(origin, block->right), style));
	}
	add_draft(words, LADDER_SACK, &draft, NULL);
}

/* Behind the label of a segment that was sent again; "" where that says it all. */
static const char *cause_words(const struct ladder_line *line)
{
	const struct segment_facts *segment = line->segment;

	switch (line->proven != CAUSE_NONE ? line->proven : segment->cause) {
	case CAUSE_TAIL_LOSS_PROBE:
		return ": tail loss probe";
	case CAUSE_TIMEOUT:
		return ": timeout";
	case CAUSE_FAST:
		return (segment->labels & TCP_LABEL_BIT(LABEL_FAST_RETRANSMISSION)) != 0
			       ? ": duplicate ACKs"
			       : ": fast";
	case CAUSE_SACK:
		return ": SACK";
	case CAUSE_GO_BACK_N:
		return ": go-back-N";
	case CAUSE_NEEDLESS:
		return ": needless";
	case CAUSE_UNKNOWN:
		if (segment->reopens)
			return ": anew";
		return segment->cut_to_fit ? ": cut to fit" : ": cause unknown";
	case CAUSE_NONE:
	case CAUSE_COUNT:
		break;
	}
	return "";
}

static void add_resent(struct ladder_words *words, const struct ladder_line *line)
{
	const struct segment_facts *segment = line->segment;
	struct draft draft = { .length = 0 };

	if ((segment->labels & TCP_LABEL_BIT(LABEL_FAST_RETRANSMISSION)) != 0)
		put(&draft, "fast retransmission");
	else if ((segment->labels & TCP_LABEL_BIT(LABEL_SPURIOUS_RETRANSMISSION)) != 0)
		put(&draft, "spurious retransmission");
	else
		put(&draft,
		    (segment->labels & RESENT_LABELS) != 0 ? "retransmission" : "sent again");
	put(&draft, cause_words(line));
	add_draft(words, LADDER_LABEL, &draft, LADDER_YELLOW);
}

static void add_duplicate_ack(struct ladder_words *words, const struct ladder_line *line)
{
	enum tcp_side sender = tcp_other_side(line->segment->from);
	uint32_t count = line->connection->recovery.sides[sender].duplicate_acks;
	struct draft draft = { .length = 0 };

	put(&draft, "dup ACK");
	if (count > 0 && !line->connection->as_tshark) {
		put(&draft, " #");
		put_number(&draft, count);
	}
	add_draft(words, LADDER_LABEL, &draft, LADDER_YELLOW);
}

/* NULL: it has words of its own. */
static const char *label_words(enum tcp_label label)
{
	switch (label) {
	case LABEL_OUT_OF_ORDER:
		return "out of order: came late";
	case LABEL_KEEP_ALIVE:
		return "keep-alive";
	case LABEL_KEEP_ALIVE_ACK:
		return "keep-alive ACK";
	case LABEL_ZERO_WINDOW:
		return "zero window";
	case LABEL_ZERO_WINDOW_PROBE:
		return "zero window probe";
	case LABEL_ZERO_WINDOW_PROBE_ACK:
		return "answers the probe";
	case LABEL_WINDOW_FULL:
		return "fills the window";
	case LABEL_WINDOW_UPDATE:
		return "window update";
	case LABEL_LOST_SEGMENT:
		return "something before it is missing";
	case LABEL_ACK_LOST_SEGMENT:
		return "acknowledges what was not captured";
	case LABEL_REUSED_PORTS:
		return "ports used before";
	case LABEL_RETRANSMISSION:
	case LABEL_FAST_RETRANSMISSION:
	case LABEL_SPURIOUS_RETRANSMISSION:
	case LABEL_DUPLICATE_ACK:
	case LABEL_COUNT:
		break;
	}
	return NULL;
}

/* What no label tells. */
static void add_marks(struct ladder_words *words, const struct segment_facts *segment)
{
	const struct packet *packet = segment->packet;
	bool answers_old_syn =
		segment->stray_syn && segment->has_ack && segment->acknowledgment == 1;
	const struct {
		bool holds;
		const char *words;
		const char *sgr;
	} marks[] = {
		{ segment->captured_twice, "captured twice, not sent twice", LADDER_YELLOW },
		{ segment->stray_syn && !answers_old_syn, "a SYN inside the connection",
		  LADDER_YELLOW },
		{ answers_old_syn, "answers an old SYN", LADDER_YELLOW },
		{ segment->of_former, "of a former connection", LADDER_YELLOW },
		{ (segment->flags & TCP_FLAG_RST) != 0 && !segment->rst_accepted &&
			  !segment->captured_twice && !segment->of_former,
		  "has no effect", LADDER_YELLOW },
		{ packet->checksum == CHECKSUM_BAD, "bad checksum: the receiver drops it",
		  LADDER_RED },
		{ (packet->ip.traffic_class & IP_ECN_CE) == IP_ECN_CE, "marked: congestion (CE)",
		  LADDER_YELLOW },
		{ (packet->tcp.options.has & TCP_HAS_BAD_LENGTH) != 0, "damaged options",
		  LADDER_YELLOW },
		{ packet->reassembled, "from IP fragments", NULL },
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (marks[i].holds)
			(void)ladder_words_add(words, LADDER_LABEL, marks[i].words, marks[i].sgr);
	}
}

static void add_urgent(struct ladder_words *words, const struct segment_facts *segment)
{
	struct draft draft = { .length = 0 };

	if ((segment->flags & TCP_FLAG_URG) == 0)
		return;
	put(&draft, "urgent pointer ");
	put_number(&draft, segment->packet->tcp.urgent_pointer);
	add_draft(words, LADDER_LABEL, &draft, NULL);
}

static void add_labels(struct ladder_words *words, const struct ladder_line *line)
{
	const struct segment_facts *segment = line->segment;
	uint32_t labels = segment->labels;
	struct ladder_gap gap;

	if (ladder_is_resent(segment))
		add_resent(words, line);
	/* The gap is drawn. */
	if (ladder_gap_before(line, &gap))
		labels &= ~TCP_LABEL_BIT(LABEL_LOST_SEGMENT);
	for (unsigned label = 0; labels != 0 && label < LABEL_COUNT; label++) {
		const char *text = label_words((enum tcp_label)label);

		if ((labels & TCP_LABEL_BIT(label)) == 0)
			continue;
		if (label == LABEL_DUPLICATE_ACK)
			add_duplicate_ack(words, line);
		else if (text)
			(void)ladder_words_add(words, LADDER_LABEL, text, LADDER_YELLOW);
	}
}

/* Of a line that was read by then. */
static void add_correction(struct ladder_words *words, uint64_t frame)
{
	struct draft draft = { .length = 0 };

	put(&draft, "[");
	put_number(&draft, (int64_t)frame);
	put(&draft, "] was a timeout too, no tail loss probe");
	add_draft(words, LADDER_REMARK, &draft, LADDER_YELLOW);
}

/* Where lines of others may stand between, no line of its own can say so. */
static void add_silence(struct ladder_words *words, const struct segment_facts *segment)
{
	struct text_builder text;

	if (segment->since_last_ns < LONG_NS)
		return;
	text_builder_init(&text, 64);
	text_append(&text, "after ");
	readable_duration(&text, segment->since_last_ns);
	(void)ladder_words_add(words, LADDER_LABEL, text_builder_text(&text), NULL);
	text_builder_finish(&text);
}

bool ladder_gap_before(const struct ladder_line *line, struct ladder_gap *out)
{
	const struct segment_facts *segment = line->segment;
	const struct tcp_end *sender = &line->connection->ends[segment->from];
	uint32_t i = sender->seen.count;
	int64_t left;

	if (!segment->leaves_gap || segment->captured_twice || segment->stray_syn)
		return false;
	/* It was put among the ranges already; what ends last before it is where the gap begins. */
	while (i > 0 && sequence_ranges_at(&sender->seen, i - 1).left >= segment->sequence)
		i--;
	if (i == 0)
		return false;
	left = sequence_ranges_at(&sender->seen, i - 1).right;
	if (left >= segment->sequence)
		return false;
	*out = (struct ladder_gap){
		.left = left,
		.right = segment->sequence,
		.acknowledged = sender->has_acked && sender->acked >= segment->sequence,
	};
	return true;
}

void ladder_words_of_gap(struct ladder_words *words, const struct ladder_line *line,
			 const struct ladder_gap *gap, const struct ladder_style *style)
{
	uint32_t base = line->connection->ends[line->segment->from].base_raw;
	struct draft draft = { .length = 0 };

	words->count = 0;
	words->used = 0;
	(void)ladder_words_add(words, LADDER_FLAGS, "missing", LADDER_YELLOW);
	put(&draft, "seq ");
	put_number(&draft, style->absolute ? (uint32_t)(base + gap->left) : gap->left);
	put(&draft, ":");
	put_number(&draft, style->absolute ? (uint32_t)(base + gap->right) : gap->right);
	add_draft(words, LADDER_NUMBERS, &draft, NULL);
	(void)ladder_words_add(words, LADDER_LENGTH,
			       gap->acknowledged ? "not captured" : "lost, or late", NULL);
}

void ladder_words_gather(struct ladder_words *words, const struct ladder_line *line,
			 const struct ladder_style *style)
{
	const struct segment_facts *segment = line->segment;

	words->count = 0;
	words->used = 0;
	ladder_words_add_flags(words, segment->flags);
	add_numbers(words, line, style);
	add_window(words, line, style);
	if ((segment->flags & TCP_FLAG_SYN) != 0)
		add_options(words, &segment->packet->tcp.options);
	if ((segment->packet->tcp.options.has & TCP_HAS_SACK) != 0)
		add_sack(words, line, style);
	add_labels(words, line);
	add_marks(words, segment);
	add_urgent(words, segment);
	if (style->mixed)
		add_silence(words, segment);
	if (style->read_at_once && segment->proves_timeout != 0)
		add_correction(words, segment->proves_timeout);
}
