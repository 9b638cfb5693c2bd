/*
 * MQTT 3.1.1 at QoS 0, as mosquitto serves it. A subscription may follow CONNECT at once; SUBACK
 * says that it holds. Keep-alive is off, so nothing is asked of an idle client.
 */
#include "bench/peer_dialects.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define TYPE_CONNECT 0x10
#define TYPE_CONNACK 0x20
#define TYPE_PUBLISH 0x30
#define TYPE_SUBSCRIBE 0x82
#define TYPE_SUBACK 0x90
#define LENGTH_MAX_BYTES 4u
#define CLIENT_ID_BYTES 9u /* "c" and 8 digits of 16 */
#define REFUSED 0x80       /* in SUBACK */

/* In one run an index may connect again before its last connection is forgotten. */
static _Atomic uint32_t clients;

static void write_remaining(struct byte_writer *out, size_t length)
{
	do {
		uint8_t low = (uint8_t)(length & 0x7f);

		length >>= 7;
		byte_write_u8(out, length > 0 ? (uint8_t)(low | 0x80) : low);
	} while (length > 0);
}

static void write_client_id(struct byte_writer *out)
{
	char text[CLIENT_ID_BYTES + 1];

	(void)snprintf(text, sizeof(text), "c%08x", atomic_fetch_add(&clients, 1));
	byte_write_u16_be(out, CLIENT_ID_BYTES);
	byte_write_bytes(out, text, CLIENT_ID_BYTES);
}

static void mqtt_greet(struct load_party *party, struct byte_writer *out)
{
	/* name, level 4, a clean session, no keep-alive */
	static const uint8_t header[] = { 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0 };
	uint8_t name[PEER_NAME_MAX_BYTES];
	size_t name_bytes;

	byte_write_u8(out, TYPE_CONNECT);
	write_remaining(out, sizeof(header) + 2 + CLIENT_ID_BYTES);
	byte_write_bytes(out, header, sizeof(header));
	write_client_id(out);
	if (!peer_hears(party))
		return;
	name_bytes = peer_write_name(name, party);
	byte_write_u8(out, TYPE_SUBSCRIBE);
	write_remaining(out, 2 + 2 + name_bytes + 1);
	byte_write_u16_be(out, 1); /* packet identifier */
	byte_write_u16_be(out, (uint16_t)name_bytes);
	byte_write_bytes(out, name, name_bytes);
	byte_write_u8(out, 0); /* QoS */
}

static void mqtt_put_message(struct load_party *party, struct byte_writer *out,
			     const uint8_t *payload, size_t length)
{
	uint8_t name[PEER_NAME_MAX_BYTES];
	size_t name_bytes = peer_write_name(name, party);

	byte_write_u8(out, TYPE_PUBLISH);
	write_remaining(out, 2 + name_bytes + length);
	byte_write_u16_be(out, (uint16_t)name_bytes);
	byte_write_bytes(out, name, name_bytes);
	byte_write_bytes(out, payload, length);
}

/* Returns the bytes of type and length; 0: more are needed; -1: it is no length. */
static int read_header(const uint8_t *bytes, size_t length, size_t *remaining)
{
	size_t value = 0;

	for (size_t i = 0; i < LENGTH_MAX_BYTES; i++) {
		if (i + 1 >= length)
			return 0;
		value |= (size_t)(bytes[i + 1] & 0x7f) << (7 * i);
		if (!(bytes[i + 1] & 0x80)) {
			*remaining = value;
			return value <= PEER_PAYLOAD_MAX_BYTES ? (int)i + 2 : -1;
		}
	}
	return -1;
}

/* NULL, or what is wrong. */
static const char *take_packet(struct load_party *party, uint8_t type, const uint8_t *body,
			       size_t length, struct load_sink *sink)
{
	size_t topic;

	switch (type & 0xf0) {
	case TYPE_PUBLISH:
		topic = length < 2 ? length : 2 + ((size_t)body[0] << 8 | body[1]);
		if (length < 2 || topic > length)
			return "a PUBLISH is shorter than its topic";
		load_sink_received(sink, party, body + topic, length - topic);
		return NULL;
	case TYPE_CONNACK:
		if (length != 2 || body[1] != 0)
			return "the server refuses the connection";
		party->ready = party->ready || !peer_hears(party);
		return NULL;
	case TYPE_SUBACK:
		if (length != 3 || body[2] == REFUSED)
			return "the server refuses the subscription";
		party->ready = true;
		return NULL;
	default:
		return "the server sends a packet that was not asked for";
	}
}

static ssize_t mqtt_take(struct load_party *party, const uint8_t *bytes, size_t length,
			 struct byte_writer *out, struct load_sink *sink)
{
	const char *problem = NULL;
	size_t used = 0;

	(void)out; /* without keep-alive there is nothing to answer at QoS 0 */
	while (used < length && !problem) {
		size_t remaining;
		int header = read_header(bytes + used, length - used, &remaining);

		if (header < 0)
			problem = "a packet's length is none";
		else if (header == 0 || length - used - (size_t)header < remaining)
			break;
		else
			problem = take_packet(party, bytes[used], bytes + used + header, remaining,
					      sink);
		if (!problem)
			used += (size_t)header + remaining;
	}
	if (!problem)
		return (ssize_t)used;
	(void)snprintf(sink->problem, sizeof(sink->problem), "%s", problem);
	return -1;
}

const struct load_dialect mqtt_dialect = {
	.name = "mqtt",
	.extra_bytes = 1 + LENGTH_MAX_BYTES + 2 + PEER_NAME_MAX_BYTES,
	.greet = mqtt_greet,
	.put_message = mqtt_put_message,
	.take = mqtt_take,
};
