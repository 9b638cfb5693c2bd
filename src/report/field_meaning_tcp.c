/* The fields of the TCP header; its options have a file of their own. */
#include "report/field_meaning.h"

#include <inttypes.h>

#include "base/text_builder.h"
#include "packet/checksum.h"
#include "packet/tcp_header.h"
#include "report/readable.h"
#include "tcp_flow/segment_marks.h"

#define DATA_OFFSET_MIN 5u
#define QUANTITY_MAX_BYTES 64u
#define FLAGS_AT 12u

/* NULL: not a segment of a connection, or a header that an error quotes. */
static const struct segment_facts *segment_of(const struct told_field *told)
{
	return told->innermost && told->view->connection ? segment_with_numbers(told->view->segment)
							 : NULL;
}

/* The flags of this header; 0 where they are cut off. */
static unsigned flags_of(const struct told_field *told)
{
	if (told->place->length < FLAGS_AT + 2)
		return 0;
	return ((unsigned)told->header[FLAGS_AT] << 8 | told->header[FLAGS_AT + 1]) & 0xfff;
}

static void tell_port(const struct told_field *told)
{
	const struct segment_facts *segment = segment_of(told);
	bool source = told->field->id == FIELD_TCP_SOURCE_PORT;

	field_meaning_number(told);
	if (segment)
		dissection_meaning(
			told->out, "the %s's",
			tcp_side_name(source ? segment->from : tcp_other_side(segment->from)));
}

static void tell_sequence(const struct told_field *told)
{
	const struct segment_facts *segment = segment_of(told);

	field_meaning_number(told);
	if (!segment)
		return;
	if (segment->flags & TCP_FLAG_SYN)
		dissection_meaning(told->out, "relative %" PRId64 ": the initial sequence number",
				   segment->sequence);
	else if (segment->length == 1)
		dissection_meaning(told->out, "relative %" PRId64 ", the number of its one byte",
				   segment->sequence);
	else if (segment->length > 0)
		dissection_meaning(told->out,
				   "relative %" PRId64 "; its bytes are %" PRId64 " to %" PRId64,
				   segment->sequence, segment->sequence,
				   segment->sequence + (int64_t)segment->length - 1);
	else if (segment->flags & TCP_FLAG_FIN)
		dissection_meaning(told->out, "relative %" PRId64 ", which the FIN takes",
				   segment->sequence);
	else
		dissection_meaning(told->out, "relative %" PRId64, segment->sequence);
}

static void tell_acknowledgment(const struct told_field *told)
{
	const struct segment_facts *segment = segment_of(told);

	field_meaning_number(told);
	if (!(flags_of(told) & TCP_FLAG_ACK) && told->place->length >= FLAGS_AT + 2)
		dissection_meaning(told->out, "means nothing: the ACK flag is not set");
	else if (segment)
		dissection_meaning(told->out, "relative %" PRId64 ", expected next",
				   segment->acknowledgment);
}

static void tell_data_offset(const struct told_field *told)
{
	uint64_t bytes = told->value * 4;

	field_meaning_number(told);
	if (told->value < DATA_OFFSET_MIN)
		dissection_meaning(told->out, "%" PRIu64 " * 4 = %" PRIu64 " bytes: it must be 20",
				   told->value, bytes);
	else if (told->value == DATA_OFFSET_MIN)
		dissection_meaning(told->out, "5 * 4 = 20 bytes of header, no options");
	else
		dissection_meaning(told->out,
				   "%" PRIu64 " * 4 = %" PRIu64 " bytes of header: 20 and %" PRIu64
				   " of options",
				   told->value, bytes, bytes - TCP_HEADER_MIN_BYTES);
}

static void tell_reserved(const struct told_field *told)
{
	field_meaning_number(told);
	if (told->value != 0)
		dissection_meaning(told->out, "should be 0");
}

/* In a SYN the ECN flags ask for it, in a SYN-ACK they agree. */
static const char *ecn_meaning(const struct told_field *told, const char *later)
{
	unsigned flags = flags_of(told);

	if (!(flags & TCP_FLAG_SYN))
		return later;
	if (!(flags & TCP_FLAG_ACK))
		return flags & TCP_FLAG_AE ? "asks for Accurate ECN" : "asks for ECN";
	return flags & TCP_FLAG_CWR || flags & TCP_FLAG_AE ? "answers for Accurate ECN"
							   : "agrees to ECN";
}

/* With accurate ECN the three flags are one number. */
static const char *unless_counter(const struct told_field *told, const char *classic)
{
	if (segment_of(told) && segment_marks_ecn(told->view->connection) == ECN_ACCURATE)
		return "a bit of the number in AE, CWR and ECE";
	return classic;
}

static void tell_ae(const struct told_field *told)
{
	field_meaning_flag(told, ecn_meaning(told, "a bit of the number in AE, CWR and ECE"));
}

static void tell_cwr(const struct told_field *told)
{
	field_meaning_flag(told, ecn_meaning(told, unless_counter(told, "its sender slowed down")));
}

static void tell_ece(const struct told_field *told)
{
	field_meaning_flag(
		told, ecn_meaning(told, unless_counter(told, "a packet came marked: slow down")));
}

static void tell_urg(const struct told_field *told)
{
	field_meaning_flag(told, "the urgent pointer is valid");
}

static void tell_ack(const struct told_field *told)
{
	field_meaning_flag(told, "the acknowledgment number is valid");
}

static void tell_psh(const struct told_field *told)
{
	field_meaning_flag(told, "the program is to get what has come so far");
}

static void tell_rst(const struct told_field *told)
{
	const struct segment_facts *segment = segment_of(told);

	field_meaning_flag(told, !segment || segment->rst_accepted || segment->captured_twice
					 ? "ends the connection at once"
					 : "is to end the connection, but has no effect");
}

static void tell_syn(const struct told_field *told)
{
	field_meaning_flag(told, flags_of(told) & TCP_FLAG_ACK ? "accepts the connection"
							       : "asks for a connection");
}

static void tell_fin(const struct told_field *told)
{
	field_meaning_flag(told, "its sender will send no more data");
}

static void tell_window(const struct told_field *told)
{
	const struct segment_facts *segment = segment_of(told);
	struct text_builder bytes;
	unsigned scale;

	field_meaning_number(told);
	if (!segment || (segment->flags & TCP_FLAG_RST))
		return;
	if (segment->window < 0) {
		dissection_meaning(told->out, "its scale was agreed before the capture began");
		return;
	}
	text_builder_init(&bytes, QUANTITY_MAX_BYTES);
	readable_count(&bytes, (uint64_t)segment->window);
	scale = told->view->connection->ends[segment->from].scale;
	if (segment->flags & TCP_FLAG_SYN)
		dissection_meaning(told->out, "%s bytes; in a SYN it is never scaled",
				   text_builder_text(&bytes));
	else if (segment->window == 0)
		dissection_meaning(told->out, "closed: its sender takes no more data for now");
	else if (scale > 0)
		dissection_meaning(told->out, "%u * %u = %s bytes it has room for",
				   (unsigned)told->value, 1u << scale, text_builder_text(&bytes));
	else
		dissection_meaning(told->out, "bytes it has room for, not scaled");
	text_builder_finish(&bytes);
}

/* All of the segment is at the end of what is there, if it was captured whole. */
static void judge_checksum(const struct told_field *told)
{
	const struct packet *packet = told->view->packet;
	uint32_t length = packet->tcp.length + packet->payload_length;
	uint16_t right;

	if (packet->captured_payload < packet->payload_length ||
	    told->place->length < packet->tcp.length) {
		dissection_meaning(told->out, "not checked: the segment was not captured whole");
		return;
	}
	right = checksum_right_tcp(&packet->ip, told->header, length);
	switch (checksum_of_tcp(&packet->ip, told->header, length)) {
	case CHECKSUM_GOOD:
		dissection_meaning(told->out, "good");
		break;
	case CHECKSUM_OFFLOADED:
		dissection_meaning(told->out, "left to the network card; 0x%04x would be right",
				   right);
		break;
	case CHECKSUM_BAD:
		dissection_meaning(told->out, "bad: 0x%04x would be right", right);
		break;
	case CHECKSUM_UNKNOWN:
	default:
		break;
	}
}

static void tell_checksum(const struct told_field *told)
{
	dissection_value(told->out, "0x%04" PRIx64, told->value);
	if (told->innermost && told->view->packet->kind == PACKET_TCP)
		judge_checksum(told);
}

static void tell_urgent_pointer(const struct told_field *told)
{
	const struct segment_facts *segment = segment_of(told);

	field_meaning_number(told);
	if (!(flags_of(told) & TCP_FLAG_URG))
		dissection_meaning(told->out, "%s",
				   told->value == 0 ? "" : "means nothing: URG is not set");
	else if (segment)
		dissection_meaning(told->out, "urgent data end before relative %" PRId64,
				   segment->sequence + (int64_t)told->value);
}

field_teller *field_teller_of_tcp(enum header_field_id id)
{
	static field_teller *const tellers[HEADER_FIELD_COUNT] = {
		[FIELD_TCP_SOURCE_PORT] = tell_port,
		[FIELD_TCP_DESTINATION_PORT] = tell_port,
		[FIELD_TCP_SEQUENCE] = tell_sequence,
		[FIELD_TCP_ACKNOWLEDGMENT] = tell_acknowledgment,
		[FIELD_TCP_DATA_OFFSET] = tell_data_offset,
		[FIELD_TCP_RESERVED] = tell_reserved,
		[FIELD_TCP_AE] = tell_ae,
		[FIELD_TCP_CWR] = tell_cwr,
		[FIELD_TCP_ECE] = tell_ece,
		[FIELD_TCP_URG] = tell_urg,
		[FIELD_TCP_ACK] = tell_ack,
		[FIELD_TCP_PSH] = tell_psh,
		[FIELD_TCP_RST] = tell_rst,
		[FIELD_TCP_SYN] = tell_syn,
		[FIELD_TCP_FIN] = tell_fin,
		[FIELD_TCP_WINDOW] = tell_window,
		[FIELD_TCP_CHECKSUM] = tell_checksum,
		[FIELD_TCP_URGENT_POINTER] = tell_urgent_pointer,
	};

	return tellers[id];
}
