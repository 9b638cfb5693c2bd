/* The fixed fields of the TCP header, its flags aside. */
#include "base/wire.h"
#include "packet/sequence.h"
#include "report/explanation_parts.h"

#define WRAP (UINT64_C(1) << 32)
#define NEAR_THE_WRAP (UINT64_C(1) << 20) /* bytes: so close that it is worth a line */
#define EPHEMERAL_FIRST 1024u

typedef unsigned long long wide;

static uint16_t flags_of(const struct explained *explained)
{
	if (explained->length < TCP_HEADER_MIN_BYTES)
		return 0;
	return wire_u16(explained->header + 12) & 0xfff;
}

static void port_here(const struct explained *explained)
{
	bool is_source = explained->field->id == FIELD_TCP_SOURCE_PORT;
	const char *whose;
	bool of_client;

	if (!explained->segment || !explained->of_new_end)
		return;
	of_client = (explained->segment->from == TCP_CLIENT) == is_source;
	whose = of_client ? "client" : "server";
	if (explained->connection->to_itself)
		text_append(explained->out, "Both ends of this connection are the same.\n");
	else if (!of_client)
		text_append_format(
			explained->out,
			"%u is the %s's: as a rule its program asked for it with bind(), "
			"for the client had to know it before.\n",
			(unsigned)explained->value, whose);
	else if (explained->value < EPHEMERAL_FIRST)
		text_append_format(explained->out,
				   "%u is the %s's, and a low one: its program asked for it.\n",
				   (unsigned)explained->value, whose);
	else
		text_append_format(
			explained->out,
			"%u is the %s's: as a rule its kernel picked it at connect(), for this "
			"connection only (an ephemeral port; Linux takes 32768 to "
			"60999, Windows 49152 to 65535).\n",
			(unsigned)explained->value, whose);
}

void explanation_how_numbers_compare(struct text_builder *out)
{
	text_append(out,
		    "After 4294967295 comes 0, so which of two numbers is the earlier one cannot "
		    "be seen from their size. They are subtracted in 32 bits and the difference "
		    "is read as a signed number: if it is negative, the first one comes before "
		    "the second (RFC 9293 section 3.4).\n"
		    "  100 - 200 = -100                 negative: 100 comes before 200\n"
		    "  4294967295 - 1 = 4294967294      in 32 bits, signed: -2\n"
		    "                                   negative: 4294967295 comes before 1\n");
}

static void tell_comparison(const struct explained *explained)
{
	if (explained->memory->sequence_told)
		return;
	explained->memory->sequence_told = true;
	explanation_how_numbers_compare(explained->out);
}

/* Where the numbers of this segment pass the end of the 32 bits, or are about to, or just did. */
static void tell_wrap(const struct explained *explained, uint32_t first, uint64_t space)
{
	struct text_builder *out = explained->out;
	uint64_t next = first + space;
	const struct segment_facts *segment = explained->segment;
	uint32_t base = segment ? explained->connection->ends[segment->from].base_raw : 0;

	if (space > 0 && next >= WRAP) {
		text_append_format(out,
				   "The numbers begin again at 0 here:\n"
				   "  %u + %llu = %llu\n"
				   "  %llu - 4294967296 = %llu     the next number\n"
				   "  %llu - %u = %lld     in 32 bits, signed\n"
				   "Not negative: %llu comes behind %u.\n",
				   first, (wide)space, (wide)next, (wide)next, (wide)(next - WRAP),
				   (wide)(next - WRAP), first,
				   (long long)sequence_distance(first, (uint32_t)next),
				   (wide)(next - WRAP), first);
	} else if (WRAP - next <= NEAR_THE_WRAP) {
		text_append_format(out,
				   "Close to the end of the 32 bits:\n"
				   "  4294967296 - %llu = %llu bytes more, then comes 0\n",
				   (wide)next, (wide)(WRAP - next));
	} else if (segment && segment->sequence > (int64_t)first - base) {
		int64_t rounds = (segment->sequence - ((int64_t)first - base)) / (int64_t)WRAP;

		text_append(out, "The numbers have begun again at 0 since the first one:\n");
		text_append_format(out, "  %u - %u + ", first, base);
		if (rounds > 1)
			text_append_format(out, "%lld * ", (long long)rounds);
		text_append_format(out, "4294967296 = %lld     relative\n",
				   (long long)segment->sequence);
	}
}

/* What the first number of the sender was, and how it was chosen. */
static void initial_number(const struct explained *explained, uint32_t first)
{
	text_append_format(explained->out,
			   "This is a SYN: %u is the initial number of %s, relative 0. The SYN "
			   "takes it, so the first byte of data will be %u, relative 1.\n",
			   first, explained_sender(explained), first + 1);
}

static void numbered_things(const struct explained *explained, uint32_t first, uint32_t data,
			    bool fin)
{
	struct text_builder *out = explained->out;
	uint32_t space = data + fin;

	if (data > 0) {
		text_append(out, "Here are ");
		explained_bytes_text(out, data);
		text_append_format(out, " of data%s:\n",
				   fin ? ", and the FIN takes a number too" : "");
	} else {
		text_append(out, "No data, but the FIN takes a number:\n");
	}
	text_append_format(out, "  %u + %u = %u     next", first, space, first + space);
	if (explained->segment) {
		int64_t next = explained->segment->sequence + space;

		text_append_format(out, ", relative %lld", (long long)next);
	}
	text_append(out, "\n");
}

/* How this segment stands to what was sent before. */
static void place_in_stream(const struct explained *explained)
{
	const struct segment_facts *segment = explained->segment;
	struct text_builder *out = explained->out;

	if (!segment || segment->captured_twice)
		return;
	if (segment->keep_alive || segment->window_probe)
		text_append_format(out,
				   "A number that was acknowledged before: sent on purpose, so "
				   "that %s answers.\n",
				   explained_receiver(explained));
	else if (segment->repeats)
		text_append(out, "All of these numbers were sent before: the segment repeats "
				 "them.\n");
	else if (segment->fills_gap)
		text_append(out, "Later numbers of this side were captured before: this one comes "
				 "late, or again after a loss before the capture point.\n");
	else if (segment->leaves_gap)
		text_append_format(out,
				   "Numbers before it were not captured: something of %s is "
				   "missing, or comes later.\n",
				   explained_sender(explained));
}

/* Over the wrap the plain difference does not hold; tell_wrap() shows it. */
static void relative_number(const struct explained *explained, uint32_t first)
{
	const struct segment_facts *segment = explained->segment;
	const struct tcp_end *end;

	if (!segment || (segment->flags & TCP_FLAG_SYN) != 0)
		return;
	end = &explained->connection->ends[segment->from];
	if (segment->sequence != (int64_t)first - end->base_raw)
		return;
	text_append_format(explained->out, "  %u - %u = %lld     relative, %s\n", first,
			   end->base_raw, (long long)segment->sequence,
			   end->offer.seen ? "counted from the SYN" : "from the first seen");
}

static void sequence_here(const struct explained *explained)
{
	uint16_t flags = flags_of(explained);
	const struct packet *packet = explained->view->packet;
	uint32_t first = (uint32_t)explained->value;
	uint32_t data = packet->kind == PACKET_TCP ? packet->payload_length : 0;
	bool fin = (flags & TCP_FLAG_FIN) != 0;
	bool syn = (flags & TCP_FLAG_SYN) != 0;

	if (explained->field->bits != 32 || explained->length < TCP_HEADER_MIN_BYTES)
		return;
	tell_comparison(explained);
	relative_number(explained, first);
	if ((flags & TCP_FLAG_RST) != 0 && !syn) {
		text_append(explained->out, "An RST takes no number; its own says whether it is "
					    "to be believed.\n");
		return;
	}
	if (syn)
		initial_number(explained, first);
	else if (data > 0 || fin)
		numbered_things(explained, first, data, fin);
	else
		text_append(explained->out,
			    "Nothing in this segment takes a number: it names the one that the "
			    "sender's next byte will have.\n");
	tell_wrap(explained, first, (uint64_t)data + fin + syn);
	place_in_stream(explained);
}

/* What the newly acknowledged numbers were: SYN, data, FIN. */
static void newly_acked(const struct explained *explained, uint32_t number)
{
	const struct segment_facts *segment = explained->segment;
	const struct tcp_end *other = &explained->connection->ends[tcp_other_side(segment->from)];
	struct text_builder *out = explained->out;
	int64_t before = segment->acknowledgment - segment->newly_acked;
	bool syn = other->offer.seen && before <= 0;
	bool fin = other->fin_end >= 0 && segment->acknowledgment >= other->fin_end &&
		   before < other->fin_end;
	int64_t data = segment->newly_acked - syn - fin;

	text_append(out, "Newly acknowledged:");
	if (syn)
		text_append(out, " the SYN");
	if (data > 0) {
		text_append(out, syn ? ", " : " ");
		explained_bytes_text(out, (uint64_t)data);
	}
	if (fin)
		text_append(out, syn || data > 0 ? ", the FIN" : " the FIN");
	text_append_format(out, ".\n  %u - %u = %lld\n", number,
			   number - (uint32_t)segment->newly_acked,
			   (long long)segment->newly_acked);
}

/* What the other side has sent beyond it. */
static void still_open(const struct explained *explained)
{
	const struct segment_facts *segment = explained->segment;
	const struct tcp_end *other = &explained->connection->ends[tcp_other_side(segment->from)];
	struct text_builder *out = explained->out;
	int64_t open = other->next - segment->acknowledgment;

	if (open < 0) {
		text_append_format(out,
				   "That is beyond all that was captured of %s: the capture "
				   "missed something.\n",
				   explained_receiver(explained));
	} else if (open > 0) {
		text_append_format(out,
				   "%s has sent %lld more than that: still under way, or not yet "
				   "acknowledged.\n",
				   segment->from == TCP_CLIENT ? "The server" : "The client",
				   (long long)open);
	}
}

static void old_acknowledgment(const struct explained *explained)
{
	const struct segment_facts *segment = explained->segment;
	const struct tcp_end *other = &explained->connection->ends[tcp_other_side(segment->from)];

	if (segment->acknowledgment < other->acked)
		text_append_format(explained->out,
				   "Lower than relative %lld, which was acknowledged before: this "
				   "segment is older than others captured before it, and says "
				   "nothing new.\n",
				   (long long)other->acked);
	else if ((segment->labels & TCP_LABEL_BIT(LABEL_DUPLICATE_ACK)) != 0)
		text_append(
			explained->out,
			"The same as before, though something arrived: it did not arrive in "
			"order. After three of these the sender sends again what is missing.\n");
	else
		text_append(explained->out, "The same as before: nothing is acknowledged anew.\n");
}

static void acknowledgment_here(const struct explained *explained)
{
	const struct segment_facts *segment = explained->segment;
	uint32_t number = (uint32_t)explained->value;
	struct text_builder *out = explained->out;

	if (explained->field->bits != 32 || explained->length < TCP_HEADER_MIN_BYTES)
		return;
	if ((flags_of(explained) & TCP_FLAG_ACK) == 0) {
		if (number != 0)
			text_append(out, "The ACK flag is not set, so it means nothing, though it "
					 "is not 0.\n");
		return;
	}
	if (!segment)
		return;
	text_append_format(
		out,
		"Everything from %s below relative %lld has arrived; %u is the number that "
		"%s waits for.\n",
		explained_receiver(explained), (long long)segment->acknowledgment, number,
		explained_sender(explained));
	if (segment->newly_acked > 0)
		newly_acked(explained, number);
	else if (segment->newly_acked == 0)
		old_acknowledgment(explained);
	if ((segment->flags & TCP_FLAG_RST) == 0)
		still_open(explained);
}

static void data_offset_here(const struct explained *explained)
{
	unsigned bytes = (unsigned)explained->value * 4;

	if (bytes < TCP_HEADER_MIN_BYTES)
		text_append_format(explained->out,
				   "%u bytes are less than any header has: it lies.\n", bytes);
}

static void reserved_here(const struct explained *explained)
{
	if (explained->value != 0)
		text_append(explained->out,
			    "Not 0: something on the way plays with them, or it is newer than this "
			    "program.\n");
}

static const char *no_scale_reason(const struct explained *explained)
{
	const struct tcp_end *ends = explained->connection->ends;

	if ((ends[0].offer.has & ends[1].offer.has & TCP_HAS_WINDOW_SCALE) != 0)
		return "its SYN said a shift of 0";
	return "not both SYNs had the window scale option";
}

static void scaled_window(const struct explained *explained, uint32_t window)
{
	const struct segment_facts *segment = explained->segment;
	const struct tcp_end *sender = &explained->connection->ends[segment->from];
	struct text_builder *out = explained->out;

	if (sender->scale > 0)
		text_append_format(out,
				   "  %u * 2^%u = %u * %u = %lld bytes     shift %u, by its SYN\n",
				   window, sender->scale, window, 1u << sender->scale,
				   (long long)segment->window, sender->scale);
	else
		text_append_format(out, "%u bytes as it stands: %s.\n", window,
				   no_scale_reason(explained));
	if (segment->has_ack && segment->window > 0) {
		int64_t limit = segment->acknowledgment + segment->window;

		text_append_format(out,
				   "%s may send what lies below relative %lld + %lld = %lld.\n",
				   segment->from == TCP_CLIENT ? "The server" : "The client",
				   (long long)segment->acknowledgment, (long long)segment->window,
				   (long long)limit);
	}
}

static void closed_window(const struct explained *explained)
{
	text_append_format(explained->out,
			   "0: closed. The program of %s does not read fast enough, and its buffer "
			   "is full. %s must wait, and asks now and then with a probe whether it "
			   "has opened again, for the news of that could be lost (RFC 9293 section "
			   "3.8.6.1).\n",
			   explained_sender(explained),
			   explained->segment && explained->segment->from == TCP_CLIENT
				   ? "The server"
				   : (explained->segment ? "The client" : "The other side"));
}

static void window_here(const struct explained *explained)
{
	uint16_t flags = flags_of(explained);
	uint32_t window = (uint32_t)explained->value;
	struct text_builder *out = explained->out;

	if (explained->length < TCP_HEADER_MIN_BYTES)
		return;
	if ((flags & TCP_FLAG_RST) != 0)
		text_append(out, "In an RST it means nothing.\n");
	else if ((flags & TCP_FLAG_SYN) != 0)
		text_append_format(out,
				   "The window of a SYN is never scaled, since scaling is only "
				   "being agreed on: %u bytes (RFC 7323 section 2.2).\n",
				   window);
	else if (window == 0)
		closed_window(explained);
	else if (!explained->segment)
		return;
	else if (explained->segment->window < 0)
		text_append_format(out,
				   "By how much it is to be multiplied was said in the SYNs, which "
				   "are not in the capture: 1 to 16384 times %u bytes.\n",
				   window);
	else
		scaled_window(explained, window);
}

static void urgent_pointer_here(const struct explained *explained)
{
	uint16_t flags = flags_of(explained);
	uint32_t pointer = (uint32_t)explained->value;
	struct text_builder *out = explained->out;

	if (explained->length < TCP_HEADER_MIN_BYTES)
		return;
	if ((flags & TCP_FLAG_URG) == 0 && pointer == 0 && !explained->first)
		return;
	if ((flags & TCP_FLAG_URG) == 0) {
		text_append_format(out, "URG is not set, so it means nothing%s.\n",
				   pointer == 0 ? "; it is 0" : ", whatever is in it");
		return;
	}
	uint32_t sequence = wire_u32(explained->header + 4);

	text_append_format(out,
			   "  %u (sequence number) + %u = %u\n"
			   "  by RFC 9293: behind the last urgent byte, which is %u\n"
			   "  as textbooks have it: the last urgent byte itself, %u\n",
			   sequence, pointer, sequence + pointer, sequence + pointer - 1,
			   sequence + pointer);
	if (explained->segment && pointer > explained->segment->length)
		text_append(out, "The urgent data reach beyond this segment: it only says that "
				 "they come.\n");
}

static const struct field_explanation rows[HEADER_FIELD_COUNT] = {
	[FIELD_TCP_SOURCE_PORT] = {
		.purpose = "Which program of the sending machine: the kernel hands what arrives to "
			   "the socket that has this port. A connection is named by four numbers, "
			   "both addresses and both ports; a server can have thousands on one port "
			   "of its own, since the other two differ.",
		.here = port_here,
	},
	[FIELD_TCP_DESTINATION_PORT] = {
		.purpose = "Which program of the receiving machine. In the answer the two ports "
			   "change places.",
		.here = port_here,
	},
	[FIELD_TCP_SEQUENCE] = {
		.purpose = "TCP numbers bytes, not segments: this is the number of the first byte "
			   "here. SYN and FIN take one number each, so that they can be "
			   "acknowledged and sent again like data. Each side counts from an "
			   "initial number of its own, by a clock and a secret (section 3.4.1, RFC "
			   "6528): a segment of an older connection does not fit, and a stranger "
			   "cannot guess it. Relative numbers begin at 0 instead, for readers.",
		.here = sequence_here,
	},
	[FIELD_TCP_ACKNOWLEDGMENT] = {
		.purpose = "The number of the next byte that the sender of this segment expects. "
			   "It is cumulative: all before it has arrived, whatever of it was "
			   "acknowledged before, so a lost ACK does no harm. It says that the "
			   "kernel has the bytes, not that the program has read them.",
		.here = acknowledgment_here,
	},
	[FIELD_TCP_DATA_OFFSET] = {
		.purpose = "Where the data begin: the length of this header in words of 4 bytes. "
			   "20 bytes are fixed; the largest number of four bits, 15, makes 60, so "
			   "40 are left for options.",
		.here = data_offset_here,
	},
	[FIELD_TCP_RESERVED] = {
		.purpose = "Kept for later. Who sends sets them to 0, who receives ignores them; "
			   "three other bits, now CWR, ECE and AE, have been taken from here.",
		.here = reserved_here,
	},
	[FIELD_TCP_WINDOW] = {
		.purpose = "Flow control: how many bytes, from the acknowledged number on, the "
			   "sender of this segment has room for. The other side must not send "
			   "more. Its 16 bits reach 65,535; the window scale option, agreed on in "
			   "the SYNs, multiplies that.",
		.here = window_here,
	},
	[FIELD_TCP_CHECKSUM] = {
		.purpose = "Guards header and data, and a pseudo-header with the addresses of the "
			   "IP header, so that a segment which reached the wrong machine does not "
			   "pass for right.",
		.here = explanation_tcp_checksum,
	},
	[FIELD_TCP_URGENT_POINTER] = {
		.purpose = "With URG: how far the urgent data reach, counted from this segment's "
			   "sequence number. RFC 793 said it in two ways, one off the other; RFC "
			   "1122 and most textbooks chose the last urgent byte; all the programs "
			   "did the other, so RFC 6093, and now RFC 9293, say: the byte behind "
			   "the last urgent one. Linux does so too (unless tcp_stdurg is set), "
			   "and takes just the one byte before the pointer for urgent.",
		.here = urgent_pointer_here,
	},
};

const struct field_explanation *explanation_of_tcp(enum header_field_id id)
{
	return rows[id].purpose || rows[id].here ? &rows[id] : NULL;
}
