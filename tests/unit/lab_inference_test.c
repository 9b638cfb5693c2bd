/* What is inferred of a run, and how that compares with what the kernels said. */
#include "tcp_lab/lab_inference.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "packet/checksum.h"
#include "packet/tcp_header.h"
#include "support/unit_test.h"

#define MS INT64_C(1000000)
#define SEGMENTS_MAX 64u
#define PACKET_BYTES 64u
#define CLIENT_PORT 40000u
#define SERVER_PORT 8888u
#define LOST (-1)

/* A run in the making, and what the listener heard of it. */
static struct {
	struct lab_record record;
	struct lab_segment segments[SEGMENTS_MAX];
	uint8_t bytes[SEGMENTS_MAX * PACKET_BYTES];
	enum tcp_state now[LAB_HOSTS]; /* the kernels' */
	char told[2048];               /* "1 2 (1) 3 end 1 ": segments, arrivals, connections */
	struct lab_inferred_segment heard[SEGMENTS_MAX];
	uint64_t retransmissions[LAB_VANTAGES]; /* of the client, in its latest connection */
	uint32_t ended[LAB_VANTAGES];
	enum lab_host client_host;
} run;

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/* Of IPv4, 20 bytes; of TCP, 20; then payload. Both checksums are right. */
static uint32_t build(uint8_t *out, enum lab_host from, uint16_t flags, const uint32_t numbers[2],
		      uint32_t length)
{
	struct ip_header ip = { .source.version = 4, .destination.version = 4 };
	uint8_t *tcp = out + 20;

	memset(out, 0, PACKET_BYTES);
	out[0] = 0x45;
	put16(out + 2, 40 + length);
	put16(out + 4, (unsigned)run.record.segment_count + 1);
	out[8] = 64;
	out[9] = 6;
	memcpy(out + 12, (const uint8_t[]){ 10, 77, 0, from == LAB_CLIENT ? 1 : 2 }, 4);
	memcpy(out + 16, (const uint8_t[]){ 10, 77, 0, from == LAB_CLIENT ? 2 : 1 }, 4);
	put16(out + 10, checksum_right_ipv4(out, 20));
	put16(tcp, from == LAB_CLIENT ? CLIENT_PORT : SERVER_PORT);
	put16(tcp + 2, from == LAB_CLIENT ? SERVER_PORT : CLIENT_PORT);
	put32(tcp + 4, numbers[0]);
	put32(tcp + 8, numbers[1]);
	tcp[12] = 0x50;
	tcp[13] = (uint8_t)flags;
	put16(tcp + 14, 64240);
	memset(tcp + 20, 'x', length);
	memcpy(ip.source.bytes, out + 12, 4);
	memcpy(ip.destination.bytes, out + 16, 4);
	put16(tcp + 16, checksum_right_tcp(&ip, tcp, 20 + length));
	return 40 + length;
}

static uint32_t kinds_of(uint16_t flags, uint32_t length)
{
	uint32_t kinds = 0;

	if ((flags & TCP_FLAG_SYN) != 0)
		kinds |= (flags & TCP_FLAG_ACK) != 0 ? SEGMENT_SYN_ACK : SEGMENT_SYN;
	if ((flags & TCP_FLAG_FIN) != 0)
		kinds |= SEGMENT_FIN;
	if ((flags & TCP_FLAG_RST) != 0)
		kinds |= SEGMENT_RST;
	if (length > 0)
		kinds |= SEGMENT_DATA;
	return kinds != 0 ? kinds : SEGMENT_ACK;
}

static int start(void **state)
{
	(void)state;
	memset(&run, 0, sizeof(run));
	run.record.segments = run.segments;
	run.record.bytes = run.bytes;
	run.now[LAB_CLIENT] = TCP_CLOSED;
	run.now[LAB_SERVER] = TCP_LISTEN;
	return 0;
}

/* A segment; both kernels are asked at both moments, and say the same until it is changed. */
static struct lab_segment *add(enum lab_host from, uint16_t flags, const uint32_t numbers[2],
			       uint32_t length)
{
	struct lab_segment *segment = &run.segments[run.record.segment_count];

	assert_true(run.record.segment_count < SEGMENTS_MAX);
	segment->number = run.record.segment_count + 1;
	segment->from = from;
	segment->bytes_at = run.record.segment_count * PACKET_BYTES;
	segment->length = build(run.bytes + segment->bytes_at, from, flags, numbers, length);
	segment->sent_ns = (int64_t)run.record.segment_count * 20 * MS;
	segment->delivered_ns = segment->sent_ns + 10 * MS;
	segment->meaning.is_tcp = true;
	segment->meaning.from = from;
	segment->meaning.kinds = kinds_of(flags, length);
	segment->meaning.connection = 1;
	run.record.segment_count++;
	run.record.byte_count = run.record.segment_count * PACKET_BYTES;
	return segment;
}

/* The sender is in that state when it has sent it, the receiver in the other after delivery. */
static struct lab_segment *step(enum lab_host from, uint16_t flags, const uint32_t numbers[2],
				enum tcp_state sender, enum tcp_state receiver)
{
	struct lab_segment *segment = add(from, flags, numbers, 0);

	run.now[from] = sender;
	segment->sent.asked = true;
	memcpy(segment->sent.states, run.now, sizeof(run.now));
	run.now[lab_other_host(from)] = receiver;
	segment->delivered.asked = true;
	memcpy(segment->delivered.states, run.now, sizeof(run.now));
	return segment;
}

static void lose(struct lab_segment *segment)
{
	segment->lost = true;
	segment->delivered_ns = LOST;
	segment->delivered.asked = false;
	run.now[LAB_CLIENT] = segment->sent.states[LAB_CLIENT];
	run.now[LAB_SERVER] = segment->sent.states[LAB_SERVER];
}

#define SYN TCP_FLAG_SYN
#define ACK TCP_FLAG_ACK
#define FIN (TCP_FLAG_FIN | TCP_FLAG_ACK)
#define RST TCP_FLAG_RST
#define NUMBERS(sequence, acknowledgment) ((const uint32_t[2]){ sequence, acknowledgment })

/* Three segments; the client's next number is 1001, the server's 5001. */
static void open_connection(void)
{
	(void)step(LAB_CLIENT, SYN, NUMBERS(1000, 0), TCP_SYN_SENT, TCP_SYN_RECV);
	(void)step(LAB_SERVER, SYN | ACK, NUMBERS(5000, 1001), TCP_SYN_RECV, TCP_ESTABLISHED);
	(void)step(LAB_CLIENT, ACK, NUMBERS(1001, 5001), TCP_ESTABLISHED, TCP_ESTABLISHED);
}

static void tell(const char *before, uint64_t number, const char *behind)
{
	size_t length = strlen(run.told);

	(void)snprintf(run.told + length, sizeof(run.told) - length, "%s%" PRIu64 "%s ", before,
		       number, behind);
}

static void on_segment(void *context, const struct lab_inferred_segment *segment)
{
	(void)context;
	run.heard[segment->segment->number - 1] = *segment;
	run.client_host = segment->hosts[TCP_CLIENT];
	tell("", segment->facts->packet->frame, segment->copy_of != 0 ? "'" : "");
}

static void on_arrival(void *context, const struct lab_arrival *arrival)
{
	(void)context;
	assert_true(arrival->end->happened);
	tell("(", arrival->frame, ")");
}

static void on_connection(void *context, const struct lab_inferred_connection *connection)
{
	const struct tcp_connection *of = connection->connection;

	(void)context;
	run.ended[connection->vantage]++;
	run.retransmissions[connection->vantage] = of->ends[TCP_CLIENT].retransmissions;
	if (connection->vantage == VANTAGE_CABLE)
		tell("end ", connection->number, "");
}

static struct lab_inference *infer(void)
{
	static const struct lab_inference_listener listener = {
		.segment = on_segment,
		.arrival = on_arrival,
		.connection = on_connection,
	};
	struct lab_inference *inference = lab_inference_create(&run.record, &listener);

	assert_non_null(inference);
	return inference;
}

/* All that could be compared agreed; so many ends of ways. */
static void expect_agreement(uint64_t count)
{
	struct lab_inference *inference = infer();
	const struct lab_states *states = lab_inference_states(inference);

	for (size_t i = 0; i < states->difference_count; i++)
		print_error("segment %" PRIu64 ": %s, not %s\n", states->differences[i].segment,
			    tcp_state_name(states->differences[i].by_wire),
			    tcp_state_name(states->differences[i].kernel));
	assert_int_equal(states->compared, count);
	assert_int_equal(states->agreed, count);
	assert_int_equal(states->differed, 0);
	assert_int_equal(states->left_out, 0);
	lab_inference_destroy(inference);
}

static void each_end_of_each_way_is_compared(void **state)
{
	(void)state;
	open_connection();
	(void)step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_CLOSE_WAIT);
	(void)step(LAB_SERVER, FIN, NUMBERS(5001, 1002), TCP_LAST_ACK, TCP_TIME_WAIT);
	(void)step(LAB_CLIENT, ACK, NUMBERS(1002, 5002), TCP_TIME_WAIT, TCP_CLOSED);
	expect_agreement(12);
	assert_string_equal(run.told, "1 2 3 4 5 6 end 1 ");
	assert_int_equal(run.client_host, LAB_CLIENT);
	assert_int_equal(run.ended[VANTAGE_CLIENT], 1);
	assert_int_equal(run.ended[VANTAGE_SERVER], 1);
}

static void a_host_knows_nothing_of_what_was_lost(void **state)
{
	(void)state;
	open_connection();
	lose(step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_ESTABLISHED));
	(void)step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_CLOSE_WAIT);
	(void)step(LAB_SERVER, ACK, NUMBERS(5001, 1002), TCP_CLOSE_WAIT, TCP_FIN_WAIT2);
	/* The sender of the lost one is compared all the same. */
	expect_agreement(11);
	assert_false(run.heard[3].ends[LAB_DELIVERED].happened);
	/* The cable saw it twice, the server once. */
	assert_int_equal(run.retransmissions[VANTAGE_CABLE], 1);
	assert_int_equal(run.retransmissions[VANTAGE_CLIENT], 1);
	assert_int_equal(run.retransmissions[VANTAGE_SERVER], 0);
}

static void ways_that_cross_are_told_of_both_ends_in_turn(void **state)
{
	struct lab_segment *client;
	struct lab_segment *server;

	(void)state;
	open_connection();
	client = step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_CLOSING);
	server = step(LAB_SERVER, FIN, NUMBERS(5001, 1001), TCP_FIN_WAIT1, TCP_CLOSING);
	server->sent_ns = client->sent_ns + 1 * MS;
	server->delivered_ns = client->delivered_ns + 1 * MS;
	client->sent.states[LAB_SERVER] = TCP_ESTABLISHED;
	(void)step(LAB_CLIENT, ACK, NUMBERS(1002, 5002), TCP_CLOSING, TCP_TIME_WAIT);
	expect_agreement(12);
	assert_string_equal(run.told, "1 2 3 4 5 (4) (5) 6 end 1 ");
	assert_true(run.heard[3].arrives_later);
	assert_false(run.heard[5].arrives_later);
	assert_true(run.heard[3].ends[LAB_SENT].changes);
	assert_true(run.heard[3].ends[LAB_DELIVERED].changes);
	assert_false(run.heard[5].ends[LAB_SENT].changes);
}

static void data_that_crosses_acknowledgements_is_no_news(void **state)
{
	struct lab_segment *data;
	struct lab_segment *ack;

	(void)state;
	open_connection();
	data = step(LAB_CLIENT, ACK, NUMBERS(1001, 5001), TCP_ESTABLISHED, TCP_ESTABLISHED);
	ack = step(LAB_SERVER, ACK, NUMBERS(5001, 1001), TCP_ESTABLISHED, TCP_ESTABLISHED);
	ack->sent_ns = data->sent_ns + 1;
	ack->delivered_ns = data->delivered_ns + 1;
	expect_agreement(10);
	assert_string_equal(run.told, "1 2 3 4 5 end 1 ");
}

static void what_is_overtaken_says_by_which(void **state)
{
	struct lab_segment *late;
	struct lab_segment *early;

	(void)state;
	open_connection();
	late = add(LAB_CLIENT, ACK, NUMBERS(1001, 5001), 5);
	early = add(LAB_CLIENT, ACK, NUMBERS(1006, 5001), 5);
	late->delivered_ns = early->delivered_ns + 5 * MS;
	expect_agreement(6);
	assert_int_equal(run.heard[3].overtaken_by, 5);
	assert_int_equal(run.heard[4].overtaken_by, 0);
	assert_string_equal(run.told, "1 2 3 4 5 (4) end 1 ");
}

static void a_copy_stands_behind_its_original_and_was_sent_by_nobody(void **state)
{
	struct lab_segment *copy;

	(void)state;
	open_connection();
	(void)step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_CLOSE_WAIT);
	copy = step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_CLOSE_WAIT);
	copy->copy_of = 4;
	copy->sent_ns = run.segments[3].sent_ns;
	memcpy(run.bytes + copy->bytes_at, run.bytes + run.segments[3].bytes_at, PACKET_BYTES);
	(void)step(LAB_SERVER, FIN, NUMBERS(5001, 1002), TCP_LAST_ACK, TCP_TIME_WAIT);
	/* Not its sender. */
	expect_agreement(11);
	assert_string_equal(run.told, "1 2 3 4 4' 5 end 1 ");
	assert_int_equal(run.retransmissions[VANTAGE_CABLE], 0);
}

static void a_close_whose_fin_has_not_left_is_left_out(void **state)
{
	struct lab_segment *data;
	struct lab_inference *inference;
	const struct lab_states *states;

	(void)state;
	open_connection();
	data = step(LAB_CLIENT, ACK, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_ESTABLISHED);
	(void)step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_CLOSE_WAIT);
	inference = infer();
	states = lab_inference_states(inference);
	assert_int_equal(states->compared, 9);
	assert_int_equal(states->agreed, 9);
	assert_int_equal(states->left_out, 1);
	assert_int_equal(states->left_out_count, 1);
	assert_int_equal(states->left_outs[0].segment, data->number);
	assert_int_equal(states->left_outs[0].host, LAB_CLIENT);
	assert_int_equal(states->left_outs[0].moment, LAB_SENT);
	assert_int_equal(states->left_outs[0].kernel, TCP_FIN_WAIT1);
	assert_non_null(states->left_outs[0].reason);
	/* The FIN's line shows the change. */
	assert_false(run.heard[3].ends[LAB_SENT].changes);
	assert_true(run.heard[4].ends[LAB_SENT].changes);
	lab_inference_destroy(inference);
}

/* Once the FIN has left, nothing is an excuse. */
static void a_wrong_state_behind_the_fin_is_a_difference(void **state)
{
	struct lab_inference *inference;
	const struct lab_states *states;

	(void)state;
	open_connection();
	(void)step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_CLOSE_WAIT);
	(void)step(LAB_SERVER, ACK, NUMBERS(5001, 1002), TCP_CLOSE_WAIT, TCP_FIN_WAIT1);
	inference = infer();
	states = lab_inference_states(inference);
	assert_int_equal(states->compared, 10);
	assert_int_equal(states->differed, 1);
	assert_int_equal(states->left_out, 0);
	assert_int_equal(states->differences[0].segment, 5);
	assert_int_equal(states->differences[0].host, LAB_CLIENT);
	assert_int_equal(states->differences[0].by_wire, TCP_FIN_WAIT2);
	assert_int_equal(states->differences[0].kernel, TCP_FIN_WAIT1);
	assert_null(states->differences[0].reason);
	assert_true(run.heard[4].ends[LAB_DELIVERED].differs);
	lab_inference_destroy(inference);
}

/* The only difference of the run; its reason begins so. */
static void expect_reason(uint64_t segment, const char *reason)
{
	struct lab_inference *inference = infer();
	const struct lab_states *states = lab_inference_states(inference);

	assert_int_equal(states->differed, 1);
	assert_int_equal(states->differences[0].segment, segment);
	assert_non_null(states->differences[0].reason);
	if (strncmp(states->differences[0].reason, reason, strlen(reason)) != 0)
		fail_msg("%s", states->differences[0].reason);
	lab_inference_destroy(inference);
}

static void what_the_wire_cannot_know_has_a_reason(void **state)
{
	(void)state;
	/* refused */
	(void)step(LAB_CLIENT, SYN, NUMBERS(1000, 0), TCP_SYN_SENT, TCP_CLOSED);
	(void)step(LAB_SERVER, RST | ACK, NUMBERS(0, 1001), TCP_CLOSED, TCP_CLOSED);
	expect_reason(1, "nobody listened there");
	/* the listener's queue is full */
	(void)start(NULL);
	(void)step(LAB_CLIENT, SYN, NUMBERS(1000, 0), TCP_SYN_SENT, TCP_LISTEN);
	(void)step(LAB_CLIENT, SYN, NUMBERS(1000, 0), TCP_SYN_SENT, TCP_SYN_RECV);
	expect_reason(1, "the listener dropped the SYN");
	/* the program takes no more connections */
	(void)start(NULL);
	open_connection();
	run.segments[2].delivered.states[LAB_SERVER] = TCP_SYN_RECV;
	expect_reason(3, "the listener did not take the ACK");
	/* the client's power failed */
	(void)start(NULL);
	open_connection();
	(void)step(LAB_SERVER, ACK, NUMBERS(5001, 1001), TCP_ESTABLISHED, TCP_CLOSED);
	expect_reason(4, "its socket was gone, and no segment");
	(void)step(LAB_CLIENT, RST, NUMBERS(1001, 0), TCP_CLOSED, TCP_CLOSED);
	run.told[0] = '\0';
	expect_reason(4, "its socket was gone, and the RST");
}

static void a_kernel_that_was_asked_at_the_wrong_time_is_a_reason(void **state)
{
	struct lab_segment *fin;

	(void)state;
	/* a program is in a call of that socket */
	open_connection();
	fin = step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_CLOSE_WAIT);
	fin->delivered.states[LAB_SERVER] = TCP_ESTABLISHED;
	(void)step(LAB_SERVER, ACK, NUMBERS(5001, 1002), TCP_CLOSE_WAIT, TCP_FIN_WAIT2);
	expect_reason(4, "its kernel had not looked at the segment yet");
	/* it left before a FIN was delivered, and was read after that */
	(void)start(NULL);
	open_connection();
	(void)step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_CLOSE_WAIT);
	(void)step(LAB_SERVER, ACK, NUMBERS(5001, 1001), TCP_CLOSE_WAIT, TCP_FIN_WAIT1);
	expect_reason(5, "it had left before the other side's FIN came");
}

static void kernels_that_were_not_asked_are_not_compared(void **state)
{
	struct lab_inference *inference;
	const struct lab_states *states;

	(void)state;
	open_connection();
	run.segments[1].sent.asked = false;
	run.segments[1].delivered.asked = false;
	run.segments[1].sent.states[LAB_SERVER] = TCP_CLOSING;
	inference = infer();
	states = lab_inference_states(inference);
	assert_int_equal(states->compared, 4);
	assert_int_equal(states->agreed, 4);
	assert_int_equal(states->not_asked, 2);
	assert_true(run.heard[1].ends[LAB_SENT].inferred);
	assert_int_equal(run.heard[1].ends[LAB_SENT].by_wire, TCP_SYN_RECV);
	lab_inference_destroy(inference);
}

static void what_the_cable_made_has_a_receiver_only(void **state)
{
	struct lab_segment *forged;

	(void)state;
	open_connection();
	forged = step(LAB_CLIENT, RST, NUMBERS(1001, 0), TCP_ESTABLISHED, TCP_CLOSED);
	forged->forged = true;
	expect_agreement(7);
	assert_false(run.heard[3].ends[LAB_SENT].happened);
}

static void what_came_damaged_was_not_received(void **state)
{
	struct lab_segment *damaged;

	(void)state;
	open_connection();
	damaged = step(LAB_CLIENT, FIN, NUMBERS(1001, 5001), TCP_FIN_WAIT1, TCP_ESTABLISHED);
	/* As it was sent, behind what was delivered. */
	damaged->changed = true;
	damaged->original_at = damaged->bytes_at;
	damaged->original_length = damaged->length;
	damaged->bytes_at = SEGMENTS_MAX / 2 * PACKET_BYTES;
	run.record.byte_count = damaged->bytes_at + PACKET_BYTES;
	memcpy(run.bytes + damaged->bytes_at, run.bytes + damaged->original_at, PACKET_BYTES);
	run.bytes[damaged->bytes_at + 36] ^= 0x55;
	expect_agreement(8);
}

static void a_run_without_segments_has_nothing_to_compare(void **state)
{
	(void)state;
	expect_agreement(0);
	assert_string_equal(run.told, "");
}

static void a_pair_that_is_used_again_is_another_connection(void **state)
{
	(void)state;
	open_connection();
	(void)step(LAB_CLIENT, RST | ACK, NUMBERS(1001, 5001), TCP_CLOSED, TCP_CLOSED);
	(void)step(LAB_CLIENT, SYN, NUMBERS(900000, 0), TCP_SYN_SENT, TCP_SYN_RECV);
	expect_agreement(10);
	assert_string_equal(run.told, "1 2 3 4 end 1 5 end 2 ");
	assert_int_equal(run.heard[4].number, 2);
}

int main(void)
{
#define CLAIM(name) cmocka_unit_test_setup(name, start)
	const struct CMUnitTest tests[] = {
		CLAIM(each_end_of_each_way_is_compared),
		CLAIM(a_host_knows_nothing_of_what_was_lost),
		CLAIM(ways_that_cross_are_told_of_both_ends_in_turn),
		CLAIM(data_that_crosses_acknowledgements_is_no_news),
		CLAIM(what_is_overtaken_says_by_which),
		CLAIM(a_copy_stands_behind_its_original_and_was_sent_by_nobody),
		CLAIM(a_close_whose_fin_has_not_left_is_left_out),
		CLAIM(a_wrong_state_behind_the_fin_is_a_difference),
		CLAIM(what_the_wire_cannot_know_has_a_reason),
		CLAIM(a_kernel_that_was_asked_at_the_wrong_time_is_a_reason),
		CLAIM(kernels_that_were_not_asked_are_not_compared),
		CLAIM(what_the_cable_made_has_a_receiver_only),
		CLAIM(what_came_damaged_was_not_received),
		CLAIM(a_run_without_segments_has_nothing_to_compare),
		CLAIM(a_pair_that_is_used_again_is_another_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
