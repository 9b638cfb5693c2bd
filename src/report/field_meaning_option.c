/* The options of TCP, each as a whole and part by part. */
#include "report/field_meaning.h"

#include <inttypes.h>

#include "base/wire.h"
#include "packet/sequence.h"
#include "packet/tcp_header.h"

#define SACK_BLOCK_BITS 64u
#define NO_LENGTH UINT32_MAX /* whatever it is, it is wrong */
#define OPTION_HEAD_BYTES 2u
#define USER_TIMEOUT_IN_MINUTES 0x8000u

/* An option as a whole: its bytes as the header has them. */
static const uint8_t *option_of(const struct told_field *told, uint32_t *length)
{
	*length = told->field->bits / 8;
	return told->header + told->field->first_bit / 8;
}

/* What its length says is not there, or not what its kind has. True: that was told. */
static bool tell_bad_length(const struct told_field *told, uint32_t wanted)
{
	uint32_t length;
	const uint8_t *bytes = option_of(told, &length);

	if (length >= OPTION_HEAD_BYTES && bytes[1] == length && (wanted == 0 || wanted == length))
		return false;
	field_meaning_bytes(told);
	if (length < OPTION_HEAD_BYTES || bytes[1] > length)
		dissection_meaning(told->out, "cut short, or its length is wrong");
	else
		dissection_meaning(told->out, "its length, %u, is wrong", bytes[1]);
	return true;
}

static void tell_end(const struct told_field *told)
{
	field_meaning_number(told);
	dissection_meaning(told->out, "what follows is padding");
}

static void tell_nop(const struct told_field *told)
{
	field_meaning_number(told);
	dissection_meaning(told->out, "one byte that fills up");
}

static void tell_mss(const struct told_field *told)
{
	uint32_t length;
	const uint8_t *bytes = option_of(told, &length);

	if (tell_bad_length(told, 4))
		return;
	dissection_value(told->out, "%u", wire_u16(bytes + 2));
	dissection_meaning(told->out, "bytes of data it takes in one segment");
}

static void tell_window_scale(const struct told_field *told)
{
	uint32_t length;
	const uint8_t *bytes = option_of(told, &length);

	if (tell_bad_length(told, 3))
		return;
	dissection_value(told->out, "%u", bytes[2]);
	if (bytes[2] > TCP_WINDOW_SCALE_MAX)
		dissection_meaning(told->out,
				   "over 14, counts as 14: its windows count 16384 times");
	else if (bytes[2] == 0)
		dissection_meaning(told->out, "its windows count as they are; the other may scale");
	else
		dissection_meaning(told->out, "its windows count 2^%u = %u times", bytes[2],
				   1u << bytes[2]);
}

static void tell_sack_permitted(const struct told_field *told)
{
	if (tell_bad_length(told, 2))
		return;
	dissection_value(told->out, "offered");
	dissection_meaning(told->out, "gaps may be reported to it by SACK");
}

static void tell_sack(const struct told_field *told)
{
	const uint32_t block_bytes = SACK_BLOCK_BITS / 8;
	uint32_t length;
	uint32_t blocks;
	bool whole;

	(void)option_of(told, &length);
	whole = length > OPTION_HEAD_BYTES && (length - OPTION_HEAD_BYTES) % block_bytes == 0;
	if (tell_bad_length(told, whole ? 0 : NO_LENGTH))
		return;
	blocks = (length - OPTION_HEAD_BYTES) / block_bytes;
	dissection_value(told->out, blocks == 1 ? "1 block" : "%" PRIu32 " blocks", blocks);
	dissection_meaning(told->out, "that came although something before them is missing");
}

static void tell_timestamps(const struct told_field *told)
{
	uint32_t length;
	const uint8_t *bytes = option_of(told, &length);

	if (tell_bad_length(told, 10))
		return;
	dissection_value(told->out, "%" PRIu32 ", %" PRIu32, wire_u32(bytes + 2),
			 wire_u32(bytes + 6));
	dissection_meaning(told->out, "its clock, and the other's that it saw last");
}

static void tell_sized(const struct told_field *told, const char *meaning)
{
	uint32_t length;

	(void)option_of(told, &length);
	if (tell_bad_length(told, 0))
		return;
	length -= OPTION_HEAD_BYTES;
	dissection_value(told->out, length == 1 ? "1 byte" : "%" PRIu32 " bytes", length);
	dissection_meaning(told->out, "%s", meaning);
}

static void tell_md5(const struct told_field *told)
{
	tell_sized(told, "signs the segment; superseded by the authentication option");
}

static void tell_ao(const struct told_field *told)
{
	tell_sized(told, "signs the segment");
}

static void tell_user_timeout(const struct told_field *told)
{
	uint32_t length;
	const uint8_t *bytes = option_of(told, &length);
	uint16_t field;

	if (tell_bad_length(told, 4))
		return;
	field = wire_u16(bytes + 2);
	dissection_value(told->out, "%u %s", field & ~USER_TIMEOUT_IN_MINUTES,
			 field & USER_TIMEOUT_IN_MINUTES ? "minutes" : "seconds");
	dissection_meaning(told->out, "how long data may stay unacknowledged");
}

static void tell_fast_open(const struct told_field *told)
{
	uint32_t length;

	(void)option_of(told, &length);
	tell_sized(told, length > OPTION_HEAD_BYTES ? "a cookie for data in the SYN"
						    : "asks for a cookie");
}

static void tell_mptcp(const struct told_field *told)
{
	uint32_t length;
	const uint8_t *bytes = option_of(told, &length);
	const char *name;

	if (tell_bad_length(told, 0))
		return;
	name = length > OPTION_HEAD_BYTES ? mptcp_subtype_name(bytes[2] >> 4) : NULL;
	dissection_value(told->out, "%s", name ? name : "");
	dissection_meaning(told->out, "several paths for one connection");
}

static void tell_accurate_ecn(const struct told_field *told)
{
	tell_sized(told, "counts of bytes by their ECN marks");
}

static void tell_other(const struct told_field *told)
{
	uint32_t length;
	const uint8_t *bytes = option_of(told, &length);
	const char *name = tcp_option_name(bytes[0]);

	if (tell_bad_length(told, 0))
		return;
	dissection_value(told->out, "kind %u", bytes[0]);
	if (bytes[0] == TCP_OPTION_EXPERIMENT_1 || bytes[0] == TCP_OPTION_EXPERIMENT_2)
		name = "for experiments";
	dissection_meaning(told->out, "%s", name ? name : "not a registered option");
}

static void tell_sack_edge(const struct told_field *told)
{
	const struct segment_facts *segment = segment_with_numbers(told->view->segment);
	bool right = told->field->id == FIELD_SACK_RIGHT;
	uint32_t acknowledgment = told->view->packet->tcp.acknowledgment;
	uint32_t edge = (uint32_t)told->value;
	int64_t relative;

	field_meaning_number(told);
	if (!told->innermost || !segment || !segment->has_ack)
		return;
	relative = segment->acknowledgment + (int32_t)(edge - acknowledgment);
	if (right)
		dissection_meaning(told->out,
				   "relative %" PRId64 ", the first that is missing again",
				   relative);
	else if (sequence_before(edge, acknowledgment))
		dissection_meaning(told->out, "relative %" PRId64 ": it came twice (D-SACK)",
				   relative);
	else
		dissection_meaning(told->out, "relative %" PRId64, relative);
}

/* Its clock ticks as it likes; since its SYN is what can be compared. */
static void tell_clock(const struct told_field *told, enum tcp_side side, const char *whose)
{
	const struct tcp_offer *offer = &told->view->connection->ends[side].offer;

	if (!offer->seen || !(offer->has & TCP_HAS_TIMESTAMPS))
		return;
	int64_t ticks = (int32_t)((uint32_t)told->value - offer->timestamp_value);

	if (ticks != 0)
		dissection_meaning(told->out, "%" PRId64 " %s", ticks, whose);
}

static void tell_timestamp_value(const struct told_field *told)
{
	const struct segment_facts *segment = segment_with_numbers(told->view->segment);

	field_meaning_number(told);
	if (told->innermost && segment)
		tell_clock(told, segment->from, "after its SYN's");
}

static void tell_timestamp_echo(const struct told_field *told)
{
	const struct segment_facts *segment = segment_with_numbers(told->view->segment);

	field_meaning_number(told);
	if (!told->innermost || !segment)
		return;
	if (!segment->has_ack)
		dissection_meaning(told->out, "nothing to echo yet");
	else
		tell_clock(told, tcp_other_side(segment->from), "after the other's SYN's");
}

field_teller *field_teller_of_option(enum header_field_id id)
{
	static field_teller *const tellers[HEADER_FIELD_COUNT] = {
		[FIELD_OPTION_END] = tell_end,
		[FIELD_OPTION_PADDING] = field_meaning_bytes,
		[FIELD_OPTION_NOP] = tell_nop,
		[FIELD_OPTION_MSS] = tell_mss,
		[FIELD_OPTION_WINDOW_SCALE] = tell_window_scale,
		[FIELD_OPTION_SACK_PERMITTED] = tell_sack_permitted,
		[FIELD_OPTION_SACK] = tell_sack,
		[FIELD_OPTION_TIMESTAMPS] = tell_timestamps,
		[FIELD_OPTION_MD5] = tell_md5,
		[FIELD_OPTION_AO] = tell_ao,
		[FIELD_OPTION_USER_TIMEOUT] = tell_user_timeout,
		[FIELD_OPTION_FAST_OPEN] = tell_fast_open,
		[FIELD_OPTION_MPTCP] = tell_mptcp,
		[FIELD_OPTION_ACCURATE_ECN] = tell_accurate_ecn,
		[FIELD_OPTION_OTHER] = tell_other,
		[FIELD_SACK_LEFT] = tell_sack_edge,
		[FIELD_SACK_RIGHT] = tell_sack_edge,
		[FIELD_TIMESTAMP_VALUE] = tell_timestamp_value,
		[FIELD_TIMESTAMP_ECHO] = tell_timestamp_echo,
		[FIELD_OPTION_CONTENT] = field_meaning_bytes,
	};

	return tellers[id];
}
