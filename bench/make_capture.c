/*
 * Makes the capture that the trace is measured with: make_capture PACKETS CONNECTIONS >FILE
 *
 * A server that answers requests, seen by a capture with a snap length of 200 bytes: each
 * connection opens, asks and is answered, and closes in four segments; at most OPEN_AT_ONCE are
 * open, and their packets mix. The same numbers always make the same bytes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_AT_ONCE 500u
#define SNAP_BYTES 200u
#define HEADERS_BYTES (14u + 20 + 32)
#define REQUEST_BYTES 90u
#define RESPONSE_BYTES 1448u
#define STEP_NS 5000u /* from one packet to the next */

enum {
	FIN = 0x01,
	SYN = 0x02,
	PSH = 0x08,
	ACK = 0x10,
};

struct talk {
	uint64_t number; /* of the connection */
	uint32_t step;
	uint32_t next[2]; /* by sender, 0 the client */
	uint16_t identification[2];
	bool open;
};

struct maker {
	struct talk talks[OPEN_AT_ONCE];
	uint64_t packets;     /* still to be made */
	uint64_t connections; /* still to be begun */
	uint64_t begun;
	uint64_t time_ns;
};

static uint32_t sum_words(uint32_t sum, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (length % 2 != 0)
		sum += (uint32_t)bytes[length - 1] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put_u16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	put_u16(at, (uint16_t)(value >> 16));
	put_u16(at + 2, (uint16_t)value);
}

static void put_addresses(uint8_t *ip, const struct talk *talk, unsigned from)
{
	uint32_t client = 0x0a000000u + (uint32_t)(talk->number / 40000) + 1;
	uint32_t server = 0x0a640001u;

	put_u32(ip + 12, from == 0 ? client : server);
	put_u32(ip + 16, from == 0 ? server : client);
}

static void put_ports(uint8_t *tcp, const struct talk *talk, unsigned from)
{
	uint16_t client = (uint16_t)(20000 + talk->number % 40000);

	put_u16(tcp, from == 0 ? client : 8080);
	put_u16(tcp + 2, from == 0 ? 8080 : client);
}

static void put_options(uint8_t *tcp, uint8_t flags, const struct maker *maker)
{
	/* MSS 1460, SACK permitted, timestamps, NOP, window scale 7; else NOP, NOP, timestamps */
	static const uint8_t of_syn[] = { 2, 4, 0x05, 0xb4, 4, 2, 8, 10 };
	static const uint8_t of_others[] = { 1, 1, 8, 10 };
	uint32_t now_ms = (uint32_t)(maker->time_ns / 1000000);
	uint8_t *at = tcp + 20;

	if ((flags & SYN) != 0) {
		memcpy(at, of_syn, sizeof(of_syn));
		at += sizeof(of_syn);
	} else {
		memcpy(at, of_others, sizeof(of_others));
		at += sizeof(of_others);
	}
	put_u32(at, now_ms + 1);
	put_u32(at + 4, (flags & (SYN | ACK)) == SYN ? 0 : now_ms);
	if ((flags & SYN) != 0) {
		at[8] = 1;
		at[9] = 3;
		at[10] = 3;
		at[11] = 7;
	}
}

static void put_u32_le(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void write_record(const struct maker *maker, const uint8_t *frame, uint32_t length)
{
	uint32_t captured = length < SNAP_BYTES ? length : SNAP_BYTES;
	uint8_t header[16];

	put_u32_le(header, (uint32_t)(1700000000 + maker->time_ns / 1000000000));
	put_u32_le(header + 4, (uint32_t)(maker->time_ns % 1000000000 / 1000));
	put_u32_le(header + 8, captured);
	put_u32_le(header + 12, length);
	(void)fwrite(header, sizeof(header), 1, stdout);
	(void)fwrite(frame, captured, 1, stdout);
}

static void put_checksums(uint8_t *ip, uint8_t *tcp, uint32_t tcp_bytes)
{
	uint32_t sum = 6 + tcp_bytes;

	put_u16(ip + 10, fold(sum_words(0, ip, 20)));
	sum = sum_words(sum, ip + 12, 8);
	put_u16(tcp + 16, fold(sum_words(sum, tcp, tcp_bytes)));
}

static void send_segment(struct maker *maker, struct talk *talk, unsigned from, uint8_t flags,
			 uint32_t payload)
{
	uint8_t frame[HEADERS_BYTES + 8 + RESPONSE_BYTES] = { 0 };
	uint8_t *ip = frame + 14;
	uint8_t *tcp = ip + 20;
	uint32_t tcp_header = (flags & SYN) != 0 ? 40 : 32;
	uint32_t tcp_bytes = tcp_header + payload;

	memcpy(frame, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00", 14);
	ip[0] = 0x45;
	put_u16(ip + 2, (uint16_t)(20 + tcp_bytes));
	put_u16(ip + 4, talk->identification[from]++);
	put_u16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = 6;
	put_addresses(ip, talk, from);
	put_ports(tcp, talk, from);
	put_u32(tcp + 4, talk->next[from]);
	put_u32(tcp + 8, (flags & ACK) != 0 ? talk->next[1 - from] : 0);
	tcp[12] = (uint8_t)(tcp_header / 4 << 4);
	tcp[13] = flags;
	put_u16(tcp + 14, (flags & SYN) != 0 ? 64240 : 502);
	put_options(tcp, flags, maker);
	memset(tcp + tcp_header, from == 0 ? 'q' : 'r', payload);
	put_checksums(ip, tcp, tcp_bytes);
	write_record(maker, frame, 34 + tcp_bytes);
	talk->next[from] += payload + ((flags & (SYN | FIN)) != 0);
	maker->time_ns += STEP_NS;
	maker->packets--;
}

static void begin_talk(struct maker *maker, struct talk *talk)
{
	uint64_t number = maker->begun++;

	*talk = (struct talk){
		.number = number,
		.next = { (uint32_t)(number * 2654435761u), (uint32_t)(number * 40503u + 7) },
		.open = true,
	};
	maker->connections--;
}

/* The next packet of one connection: opening, request and answer by turns, closing. */
static void go_on(struct maker *maker, struct talk *talk, uint32_t packets)
{
	uint32_t step = talk->step++;
	uint32_t left = packets - step;

	if (step < 3) {
		send_segment(maker, talk, step == 1,
			     (uint8_t)(step == 0   ? SYN
				       : step == 1 ? SYN | ACK
						   : ACK),
			     0);
	} else if (left > 4) {
		/* request, ACK, response, ACK */
		uint32_t part = (step - 3) % 4;
		uint32_t payload = part == 0 ? REQUEST_BYTES : part == 2 ? RESPONSE_BYTES : 0;

		send_segment(maker, talk, part == 1 || part == 2,
			     (uint8_t)(payload > 0 ? PSH | ACK : ACK), payload);
	} else {
		/* FIN of the client, ACK, FIN of the server, ACK */
		send_segment(maker, talk, left == 3 || left == 2,
			     (uint8_t)(left % 2 == 0 ? FIN | ACK : ACK), 0);
		talk->open = left > 1;
	}
}

static bool write_file_header(void)
{
	uint8_t header[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0 };

	put_u32_le(header + 16, SNAP_BYTES);
	put_u32_le(header + 20, 1);
	return fwrite(header, sizeof(header), 1, stdout) == 1;
}

int main(int argc, char **argv)
{
	struct maker maker = { 0 };
	uint32_t each;

	if (argc != 3) {
		(void)fputs("usage: make_capture PACKETS CONNECTIONS >FILE\n", stderr);
		return 2;
	}
	maker.packets = strtoull(argv[1], NULL, 10);
	maker.connections = strtoull(argv[2], NULL, 10);
	if (maker.connections == 0 || maker.packets / maker.connections < 8) {
		(void)fputs("make_capture: at least 8 packets a connection\n", stderr);
		return 2;
	}
	each = (uint32_t)(maker.packets / maker.connections);
	if (!write_file_header())
		return 1;
	for (size_t at = 0;; at = (at + 1) % OPEN_AT_ONCE) {
		struct talk *talk = &maker.talks[at];

		if (!talk->open && maker.connections > 0)
			begin_talk(&maker, talk);
		if (talk->open)
			go_on(&maker, talk, each);
		else if (maker.packets < each || maker.connections == 0) {
			bool any = false;

			for (size_t i = 0; i < OPEN_AT_ONCE && !any; i++)
				any = maker.talks[i].open;
			if (!any)
				break;
		}
	}
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
