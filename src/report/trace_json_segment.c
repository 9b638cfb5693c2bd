/*
 * The line of a segment. There are millions of these, so that each is written where it belongs,
 * without a format to interpret.
 */
#include "report/trace_json.h"

#include <string.h>

#include "base/decimal.h"
#include "packet/sequence.h"
#include "report/label_difference_text.h"

/*
 * More than the longest line: some 700 bytes of fields, twice 15 labels, twenty options in hex. A
 * line that were longer would be cut, never written beyond.
 */
#define SEGMENT_LINE_MAX_BYTES 4096u

struct line {
	char *text; /* borrowed; room for SEGMENT_LINE_MAX_BYTES */
	size_t length;
};

static void put_bytes(struct line *line, const char *bytes, size_t length)
{
	if (length > SEGMENT_LINE_MAX_BYTES - line->length)
		return;
	memcpy(line->text + line->length, bytes, length);
	line->length += length;
}

#define PUT(line, literal) put_bytes(line, literal, sizeof(literal) - 1)

static void put_text(struct line *line, const char *text)
{
	put_bytes(line, text, strlen(text));
}

static bool has_room_for_number(const struct line *line)
{
	return SEGMENT_LINE_MAX_BYTES - line->length >= DECIMAL_MAX_BYTES;
}

static void put_unsigned(struct line *line, uint64_t value)
{
	if (has_room_for_number(line))
		line->length += decimal_write(line->text + line->length, value);
}

static void put_signed(struct line *line, int64_t value)
{
	if (has_room_for_number(line))
		line->length += decimal_write_signed(line->text + line->length, value);
}

static void put_seconds(struct line *line, int64_t ns)
{
	if (has_room_for_number(line))
		line->length += decimal_write_seconds(line->text + line->length, ns);
}

static void put_hex(struct line *line, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		char pair[2] = { digits[bytes[i] >> 4], digits[bytes[i] & 15] };

		put_bytes(line, pair, sizeof(pair));
	}
}

/* Each member is put with a comma behind it; the last one's goes. */
static void end_list(struct line *line, char closing)
{
	if (line->length > 0 && line->text[line->length - 1] == ',')
		line->length--;
	put_bytes(line, &closing, 1);
}

static void put_flags(struct line *line, uint16_t flags)
{
	static const struct {
		uint16_t flag;
		char letter;
	} letters[] = {
		{ TCP_FLAG_FIN, 'F' }, { TCP_FLAG_SYN, 'S' }, { TCP_FLAG_RST, 'R' },
		{ TCP_FLAG_PSH, 'P' }, { TCP_FLAG_ACK, 'A' }, { TCP_FLAG_URG, 'U' },
		{ TCP_FLAG_ECE, 'E' }, { TCP_FLAG_CWR, 'C' }, { TCP_FLAG_AE, 'N' },
	};

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (flags & letters[i].flag)
			put_bytes(line, &letters[i].letter, 1);
	}
}

static void put_labels(struct line *line, uint32_t labels)
{
	PUT(line, "[");
	for (unsigned label = 0; labels != 0 && label < LABEL_COUNT; label++) {
		if (!(labels & TCP_LABEL_BIT(label)))
			continue;
		PUT(line, "\"");
		put_text(line, tcp_label_name((enum tcp_label)label));
		PUT(line, "\",");
	}
	end_list(line, ']');
}

static bool shows_as_tshark(const struct tcp_connection *connection)
{
	return connection->as_tshark && connection->tshark;
}

/* tshark takes a connection to itself for one direction. */
static unsigned tshark_direction(const struct tcp_connection *connection,
				 const struct segment_facts *segment)
{
	return connection->to_itself ? 0 : segment->from;
}

/* The blocks tell of the receiver's stream: relative to where this segment's ACK stands in it. */
static void put_sack(struct line *line, const struct tcp_connection *connection,
		     const struct segment_facts *segment)
{
	const struct tcp_end *receiver = &connection->ends[tcp_other_side(segment->from)];
	const struct tcp_header *tcp = &segment->packet->tcp;
	uint32_t origin = segment->has_ack ? tcp->acknowledgment : receiver->base_raw;
	int64_t relative = segment->has_ack ? segment->acknowledgment : 0;

	if (shows_as_tshark(connection)) {
		origin = tcp->acknowledgment;
		relative = tshark_relative_acknowledgment(connection->tshark, segment->packet,
							  tshark_direction(connection, segment));
	}
	PUT(line, "\"sack\":[");
	for (uint8_t i = 0; i < tcp->options.sack_count && i < TCP_SACK_MAX_BLOCKS; i++) {
		PUT(line, "[");
		put_signed(line, relative + sequence_distance(origin, tcp->options.sack[i].left));
		PUT(line, ",");
		put_signed(line, relative + sequence_distance(origin, tcp->options.sack[i].right));
		PUT(line, "],");
	}
	end_list(line, ']');
	PUT(line, ",");
}

/* RFC 5482: bit 15 says whether the rest counts minutes or seconds. */
static uint32_t user_timeout_s(uint16_t wire)
{
	uint32_t amount = wire & 0x7fffu;

	return wire & 0x8000u ? amount * 60 : amount;
}

static bool is_experiment(uint8_t kind)
{
	return kind == TCP_OPTION_EXPERIMENT_1 || kind == TCP_OPTION_EXPERIMENT_2;
}

/* Those that are in struct tcp_options only as a bit: read once more, byte by byte. */
static void put_rare_options(struct line *line, const struct tcp_header *tcp)
{
	struct tcp_option option;
	size_t offset = 0;
	bool any_other = false;

	while (tcp_option_next(tcp->options_bytes, tcp->options_length, &offset, &option)) {
		bool fast_open =
			option.kind == TCP_OPTION_FAST_OPEN ||
			(is_experiment(option.kind) && tcp->options.has & TCP_HAS_FAST_OPEN);

		if (fast_open) {
			size_t magic = is_experiment(option.kind) ? 2 : 0;

			PUT(line, "\"fast_open\":\"");
			if (option.content_length > magic)
				put_hex(line, option.content + magic,
					option.content_length - magic);
			PUT(line, "\",");
		}
	}
	offset = 0;
	while (tcp->options.has & TCP_HAS_OTHER &&
	       tcp_option_next(tcp->options_bytes, tcp->options_length, &offset, &option)) {
		if (tcp_option_name(option.kind))
			continue;
		if (!any_other)
			PUT(line, "\"other\":[");
		any_other = true;
		PUT(line, "{\"kind\":");
		put_unsigned(line, option.kind);
		PUT(line, ",\"data\":\"");
		put_hex(line, option.content, option.content_length);
		PUT(line, "\"},");
	}
	if (any_other) {
		end_list(line, ']');
		PUT(line, ",");
	}
}

static void put_mptcp(struct line *line, uint8_t subtype)
{
	const char *name = mptcp_subtype_name(subtype);

	PUT(line, "\"mptcp\":\"");
	if (name)
		put_text(line, name);
	else
		put_unsigned(line, subtype);
	PUT(line, "\",");
}

static void put_option_fields(struct line *line, const struct tcp_options *options)
{
	if (options->has & TCP_HAS_MSS) {
		PUT(line, "\"mss\":");
		put_unsigned(line, options->mss);
		PUT(line, ",");
	}
	if (options->has & TCP_HAS_WINDOW_SCALE) {
		PUT(line, "\"window_scale\":");
		put_unsigned(line, options->window_scale);
		PUT(line, ",");
	}
	if (options->has & TCP_HAS_SACK_PERMITTED)
		PUT(line, "\"sack_permitted\":true,");
	if (options->has & TCP_HAS_TIMESTAMPS) {
		PUT(line, "\"timestamps\":{\"value\":");
		put_unsigned(line, options->timestamp_value);
		PUT(line, ",\"echo\":");
		put_unsigned(line, options->timestamp_echo);
		PUT(line, "},");
	}
}

static void put_options(struct line *line, const struct tcp_connection *connection,
			const struct segment_facts *segment)
{
	const struct tcp_options *options = &segment->packet->tcp.options;

	PUT(line, ",\"options\":{");
	put_option_fields(line, options);
	if (options->has & TCP_HAS_SACK)
		put_sack(line, connection, segment);
	if (options->has & TCP_HAS_USER_TIMEOUT) {
		PUT(line, "\"user_timeout\":");
		put_unsigned(line, user_timeout_s(options->user_timeout));
		PUT(line, ",");
	}
	if (options->has & TCP_HAS_MD5)
		PUT(line, "\"md5\":true,");
	if (options->has & TCP_HAS_AO)
		PUT(line, "\"ao\":true,");
	if (options->has & TCP_HAS_ACCECN)
		PUT(line, "\"accecn\":true,");
	if (options->has & TCP_HAS_MPTCP)
		put_mptcp(line, options->mptcp_subtype);
	if (options->has & (TCP_HAS_FAST_OPEN | TCP_HAS_OTHER))
		put_rare_options(line, &segment->packet->tcp);
	if (options->has & TCP_HAS_BAD_LENGTH)
		PUT(line, "\"bad_length\":true,");
	end_list(line, '}');
}

/* With --as tshark the numbers are tshark's too, so that a frame can be held against its. */
static void put_numbers(struct line *line, const struct tcp_connection *connection,
			const struct segment_facts *segment)
{
	const struct packet *packet = segment->packet;
	bool as_tshark = shows_as_tshark(connection);
	unsigned direction = tshark_direction(connection, segment);

	PUT(line, ",\"seq\":");
	if (as_tshark)
		put_unsigned(line, tshark_relative_sequence(connection->tshark, packet, direction));
	else
		put_signed(line, segment->sequence);
	PUT(line, ",\"seq_raw\":");
	put_unsigned(line, packet->tcp.sequence);
	if (!segment->has_ack)
		return;
	PUT(line, ",\"ack\":");
	if (as_tshark)
		put_unsigned(line,
			     tshark_relative_acknowledgment(connection->tshark, packet, direction));
	else
		put_signed(line, segment->acknowledgment);
	PUT(line, ",\"ack_raw\":");
	put_unsigned(line, packet->tcp.acknowledgment);
}

static void put_window(struct line *line, const struct tcp_connection *connection,
		       const struct segment_facts *segment)
{
	int64_t window = segment->window;

	if (shows_as_tshark(connection))
		window = tshark_window(connection->tshark, segment->packet,
				       tshark_direction(connection, segment));
	if (window >= 0) {
		PUT(line, ",\"window\":");
		put_signed(line, window);
	}
	PUT(line, ",\"window_raw\":");
	put_unsigned(line, segment->packet->tcp.window);
}

static void put_ip(struct line *line, const struct packet *packet)
{
	static const char *const marks[] = { "", "ECT(1)", "ECT(0)", "CE" };
	unsigned mark = packet->ip.traffic_class & 3u;

	PUT(line, ",\"ttl\":");
	put_unsigned(line, packet->ip.time_to_live);
	if (packet->ip.source.version == 4) {
		PUT(line, ",\"ip_id\":");
		put_unsigned(line, packet->ip.identification);
	}
	if (mark != IP_ECN_NOT_ECT) {
		PUT(line, ",\"ecn\":\"");
		put_text(line, marks[mark]);
		PUT(line, "\"");
	}
}

static void put_checksum(struct line *line, enum checksum_verdict verdict)
{
	switch (verdict) {
	case CHECKSUM_BAD:
		PUT(line, ",\"checksum\":\"bad\"");
		break;
	case CHECKSUM_OFFLOADED:
		PUT(line, ",\"checksum\":\"offloaded\"");
		break;
	case CHECKSUM_UNKNOWN:
	case CHECKSUM_GOOD:
		break;
	}
}

/* What not every segment has. */
static void put_details(struct line *line, const struct segment_facts *segment)
{
	const struct packet *packet = segment->packet;

	if (segment->cause != CAUSE_NONE) {
		PUT(line, ",\"cause\":\"");
		put_text(line, tcp_cause_name(segment->cause));
		PUT(line, "\"");
	}
	if (segment->captured_twice)
		PUT(line, ",\"captured_twice\":true");
	if (segment->of_former)
		PUT(line, ",\"former\":true");
	put_checksum(line, packet->checksum);
	if (segment->flags & TCP_FLAG_URG) {
		PUT(line, ",\"urgent_pointer\":");
		put_unsigned(line, packet->tcp.urgent_pointer);
	}
	put_ip(line, packet);
}

static void put_comparison(struct line *line, const struct tcp_connection *connection,
			   const struct segment_facts *segment)
{
	enum label_difference difference;

	if (!connection->tshark || connection->as_tshark)
		return;
	PUT(line, ",\"tshark_labels\":");
	put_labels(line, segment->tshark_labels);
	difference = segment_labels_explain(connection, segment);
	if (difference == LABELS_AGREE)
		return;
	PUT(line, ",\"why\":\"");
	put_text(line, label_difference_text(difference));
	PUT(line, "\"");
}

void trace_json_segment(struct text_builder *out, const struct tcp_connection *connection,
			const struct segment_facts *segment)
{
	const struct tcp_header *tcp = &segment->packet->tcp;
	struct line line = { .text = text_builder_reserve(out, SEGMENT_LINE_MAX_BYTES) };

	if (!line.text)
		return;
	PUT(&line, "{\"type\":\"segment\",\"frame\":");
	put_unsigned(&line, segment->packet->frame);
	PUT(&line, ",\"connection\":");
	put_unsigned(&line, connection->number);
	PUT(&line, ",\"time\":");
	put_seconds(&line, segment->since_start_ns);
	PUT(&line, ",\"from\":\"");
	put_text(&line, tcp_side_name(segment->from));
	PUT(&line, "\",\"flags\":\"");
	put_flags(&line, tcp->flags);
	PUT(&line, "\"");
	put_numbers(&line, connection, segment);
	put_window(&line, connection, segment);
	PUT(&line, ",\"length\":");
	put_unsigned(&line, segment->length);
	put_options(&line, connection, segment);
	PUT(&line, ",\"labels\":");
	put_labels(&line, segment->labels);
	PUT(&line, ",\"client_state\":\"");
	put_text(&line, tcp_state_name(segment->states[TCP_CLIENT]));
	PUT(&line, "\",\"server_state\":\"");
	put_text(&line, tcp_state_name(segment->states[TCP_SERVER]));
	PUT(&line, "\"");
	put_details(&line, segment);
	put_comparison(&line, connection, segment);
	PUT(&line, "}");
	text_builder_use(out, line.length);
}
