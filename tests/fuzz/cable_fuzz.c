/*
 * Any packets, rules, settings and times, and what must be so all the same: each packet is told
 * once and ends once at most, nothing comes out before it is due or out of the order of due times,
 * nothing that was on its way at a cut comes out at all, and what is not said to have been changed
 * is as it was. The input is a script: a letter for what happens, then its bytes.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "tcp_lab/cable.h"
#include "tcp_lab/lab_limits.h"

#define PACKETS_MAX 4096u
#define TICK_NS UINT64_C(500000)
#define PACKETS_OF_A_STEP 70u /* the segment, its copy, and a forged one for each rule */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum life { LIFE_NONE, LIFE_ON_ITS_WAY, LIFE_LOST, LIFE_DELIVERED };

struct witness {
	struct cable *cable;
	uint64_t now_ns;
	uint64_t due_ns;              /* of what was delivered last */
	uint64_t numbers;             /* the latest packet's */
	uint64_t before_cut;          /* the latest that was there at a cut */
	uint64_t in_order[LAB_HOSTS]; /* the latest that was delivered */
	bool may_overtake;            /* there were rules or chances for that */
	enum life lives[PACKETS_MAX];
	uint64_t sums[PACKETS_MAX]; /* of their bytes */
	size_t on_their_way;
};

static struct witness witness;

static void require(bool holds)
{
	if (!holds)
		abort();
}

static uint64_t sum_of(const uint8_t *bytes, size_t length)
{
	uint64_t sum = length;

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static void sent(void *context, const struct cable_packet *packet)
{
	(void)context;
	require(packet->number == witness.numbers + 1);
	witness.numbers++;
	require(packet->copy_of < packet->number);
	if (packet->packet && packet->meaning.is_tcp)
		require(packet->packet->kind == PACKET_TCP);
	if (packet->number >= PACKETS_MAX)
		return;
	witness.lives[packet->number] = LIFE_ON_ITS_WAY;
	witness.sums[packet->number] = sum_of(packet->bytes, packet->length);
	witness.on_their_way++;
}

static void end(const struct cable_packet *packet, enum life life)
{
	require(packet->number >= 1 && packet->number <= witness.numbers);
	require(!packet->note || strlen(packet->note) > 0);
	if (packet->number >= PACKETS_MAX)
		return;
	require(witness.lives[packet->number] == LIFE_ON_ITS_WAY);
	witness.lives[packet->number] = life;
	witness.on_their_way--;
}

static void lost(void *context, const struct cable_packet *packet, const char *why)
{
	(void)context;
	require(strlen(why) > 0);
	end(packet, LIFE_LOST);
}

static void delivered(void *context, const struct cable_packet *packet)
{
	(void)context;
	end(packet, LIFE_DELIVERED);
	require(packet->due_ns <= witness.now_ns && packet->due_ns >= witness.due_ns);
	require(packet->due_ns >= packet->sent_ns);
	require(packet->number > witness.before_cut);
	witness.due_ns = packet->due_ns;
	if (!witness.may_overtake) {
		require(packet->number > witness.in_order[packet->from]);
		witness.in_order[packet->from] = packet->number;
	}
	if (packet->number < PACKETS_MAX && packet->copy_of == 0)
		require(packet->changed ||
			witness.sums[packet->number] == sum_of(packet->bytes, packet->length));
}

static void write_address(struct byte_writer *writer, bool ipv6, unsigned host)
{
	if (ipv6) {
		byte_write_u64_be(writer, UINT64_C(0xfd77000000000000));
		byte_write_u64_be(writer, 1 + host);
	} else {
		byte_write_u32_be(writer, UINT32_C(0x0a4d0001) + host);
	}
}

/* A segment that makes sense by itself; how: host, version, ECN, DF, port. */
static void send_segment(struct byte_reader *reader)
{
	static uint8_t bytes[2200];
	struct byte_writer writer = byte_writer_into(bytes, sizeof(bytes));
	uint8_t how = byte_reader_u8(reader);
	uint8_t flags = byte_reader_u8(reader);
	uint32_t sequence = UINT32_MAX - 100 + 10u * byte_reader_u8(reader);
	uint32_t acknowledgment = 10u * byte_reader_u8(reader);
	uint16_t payload = (uint16_t)(8u * byte_reader_u8(reader));
	unsigned host = how & 1;
	bool ipv6 = (how & 2) != 0;

	if (ipv6) {
		byte_write_u32_be(&writer, UINT32_C(0x60000000) | (how & 0x0cu) << 18);
		byte_write_u16_be(&writer, (uint16_t)(20 + payload));
		byte_write_u16_be(&writer, 6 << 8 | 64);
	} else {
		byte_write_u8(&writer, 0x45);
		byte_write_u8(&writer, (uint8_t)((how & 0x0cu) >> 2));
		byte_write_u16_be(&writer, (uint16_t)(40 + payload));
		byte_write_u32_be(&writer, (how & 0x10u) != 0 ? 0x4000 : 0);
		byte_write_u32_be(&writer, UINT32_C(0x40060000));
	}
	write_address(&writer, ipv6, host);
	write_address(&writer, ipv6, 1 - host);
	byte_write_u16_be(&writer, (uint16_t)(host == 0 ? 40000 + (how >> 5) : 8888));
	byte_write_u16_be(&writer, (uint16_t)(host == 1 ? 40000 + (how >> 5) : 8888));
	byte_write_u32_be(&writer, sequence);
	byte_write_u32_be(&writer, acknowledgment);
	byte_write_u16_be(&writer, (uint16_t)(0x5000 | flags));
	byte_write_u16_be(&writer, 500);
	byte_write_u32_be(&writer, 0);
	for (uint32_t i = 0; i < payload; i++)
		byte_write_u8(&writer, (uint8_t)i);
	require(!writer.overflowed);
	require(cable_send(witness.cable, (enum lab_host)host, bytes, writer.length,
			   witness.now_ns) == 0);
}

static void send_raw(struct byte_reader *reader)
{
	enum lab_host from = (enum lab_host)(byte_reader_u8(reader) & 1);
	uint8_t length = byte_reader_u8(reader);
	const uint8_t *bytes = byte_reader_bytes(reader, length);

	if (!bytes || length == 0)
		return;
	uint8_t *exact = malloc(length); /* a read past its end is seen */

	require(exact != NULL);
	memcpy(exact, bytes, length);
	require(cable_send(witness.cable, from, exact, length, witness.now_ns) == 0);
	free(exact);
}

static void set(struct byte_reader *reader)
{
	uint8_t what = byte_reader_u8(reader);
	uint32_t value = byte_reader_u8(reader);
	enum lab_host from = (enum lab_host)(what & 1);
	struct cable_settings settings = *cable_settings(witness.cable, from);

	switch (what >> 1 & 7) {
	case 0:
		settings.delay_ns = value * TICK_NS;
		break;
	case 1:
		settings.jitter_ns = value * TICK_NS;
		break;
	case 2:
		settings.rate_bits = UINT64_C(10000) * value;
		settings.queue_packets = what >> 4;
		break;
	case 3:
		settings.mtu = 8 * value;
		settings.mtu_is_silent = (what & 0x10) != 0;
		break;
	case 4:
		settings.loss_ppm = 4000 * value;
		break;
	case 5:
		settings.duplicate_ppm = 4000 * value;
		witness.may_overtake = true;
		break;
	case 6:
		settings.reorder_ppm = 4000 * value;
		settings.reorder_ns = (what >> 4) * TICK_NS;
		witness.may_overtake = true;
		break;
	default:
		settings.cut = (value & 1) != 0;
		break;
	}
	cable_set(witness.cable, from, &settings);
}

static struct segment_pattern read_pattern(struct byte_reader *reader)
{
	uint8_t who = byte_reader_u8(reader);
	uint8_t kind = byte_reader_u8(reader);

	return (struct segment_pattern){
		.either_host = (who & 2) != 0,
		.from = (enum lab_host)(who & 1),
		.connection = who >> 6,
		.ordinal = who >> 2 & 7,
		.kind = (enum segment_kind)(kind % 8 == 0 ? 0 : 1 << (kind % 8 - 1)),
	};
}

static void add_rule(struct byte_reader *reader)
{
	struct cable_rule rule = { 0 };
	uint8_t what = byte_reader_u8(reader);
	uint8_t value;

	rule.action = (enum cable_action)(what % 9);
	rule.has_until = (what & 0x80) != 0;
	rule.times = what >> 4 & 3;
	rule.which = read_pattern(reader);
	rule.other = read_pattern(reader);
	value = byte_reader_u8(reader);
	rule.time_ns = value * TICK_NS;
	rule.byte = value;
	rule.forgery = (struct cable_forgery){
		.from = (enum lab_host)(value & 1),
		.flags = value,
		.sequence_offset = value - 128,
		.acknowledges = (value & 0x40) != 0,
	};
	rule.text[0] = (char)value;
	witness.may_overtake = true;
	(void)cable_add_rule(witness.cable, &rule);
}

static void advance(void)
{
	cable_advance(witness.cable, witness.now_ns);
	require(cable_next_ns(witness.cable) > witness.now_ns);
}

static void happen(struct byte_reader *reader)
{
	switch (byte_reader_u8(reader)) {
	case 's':
		send_segment(reader);
		break;
	case 'r':
		send_raw(reader);
		break;
	case 't':
		witness.now_ns += byte_reader_u8(reader) * TICK_NS;
		break;
	case 'a':
		advance();
		break;
	case 'c':
		witness.before_cut = witness.numbers;
		cable_cut(witness.cable, witness.now_ns);
		require(cable_in_flight(witness.cable) == 0);
		break;
	case 'o':
		cable_restore(witness.cable, witness.now_ns);
		break;
	case 'e':
		set(reader);
		break;
	case 'u':
		add_rule(reader);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader reader = byte_reader_over(data, size);
	struct cable_owner owner = { .sent = sent, .lost = lost, .deliver = delivered };

	memset(&witness, 0, sizeof(witness));
	uint8_t how = byte_reader_u8(&reader);

	owner.without_meanings = (how & 1) != 0;
	witness.cable = cable_create(how, &owner);
	require(witness.cable != NULL);
	while (reader.left > 0 && witness.numbers + PACKETS_OF_A_STEP < PACKETS_MAX) {
		happen(&reader);
		require(cable_in_flight(witness.cable) == witness.on_their_way);
	}
	witness.now_ns = UINT64_MAX - 1;
	cable_restore(witness.cable, witness.now_ns);
	advance();
	require(witness.on_their_way == 0);
	cable_destroy(witness.cable);
	return 0;
}
