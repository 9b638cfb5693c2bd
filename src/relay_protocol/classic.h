/*
 * The classic dialect: the course assignment's messages of 264 bytes, each a
 * struct { long type; char data[256]; } with `long` as 8 bytes, little-endian.
 * docs/protocol.md, "The classic dialect".
 *
 * Bytes in, verdict out; no socket, no memory. Any thread.
 */
#ifndef WIRETALE_RELAY_PROTOCOL_CLASSIC_H
#define WIRETALE_RELAY_PROTOCOL_CLASSIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay_protocol/message.h"

#define CLASSIC_DATA_BYTES 256u
#define CLASSIC_MESSAGE_BYTES (8u + CLASSIC_DATA_BYTES)
#define CLASSIC_TEXT_MAX_BYTES (CLASSIC_DATA_BYTES - 1) /* a terminating zero follows */

enum classic_type {
	CLASSIC_CANCEL = 1, /* client: "I leave"; no reply, the server closes */
	CLASSIC_TIME = 2,   /* reply: seconds since 1970 in decimal */
	CLASSIC_NAME = 3,   /* reply: host name */
	CLASSIC_CLIENT = 4, /* reply: "number,port,ip;" for each client, the asker first */
	CLASSIC_SEND = 5,   /* "ip,port,content"; reply: "delivered" or why not */
};

struct classic_message {
	uint64_t type;      /* enum classic_type, or unknown to us */
	const char *text;   /* borrowed from the bytes; zero-terminated only if text_length < 256 */
	size_t text_length; /* up to the first zero byte, or all 256 */
};

/* False: fewer than CLASSIC_MESSAGE_BYTES are there. */
bool classic_message_decode(const uint8_t *bytes, size_t length, struct classic_message *out);

/*
 * Writes one whole message, zero-padded. False: the text is over CLASSIC_TEXT_MAX_BYTES
 * or holds a zero byte; nothing is written.
 */
bool classic_message_encode(uint64_t type, const void *text, size_t length,
			    uint8_t out[CLASSIC_MESSAGE_BYTES]);

/* The server's hello: exactly 256 bytes, cut to 255 and zero-padded; not a message. */
void classic_hello_encode(const char *text, uint8_t out[CLASSIC_DATA_BYTES]);

struct classic_send {
	struct relay_address to;
	struct relay_bytes content; /* borrowed; may be empty, may hold commas */
};

/*
 * Takes "ip,port,content" apart; ip is an IPv4 or IPv6 address in figures (brackets around IPv6 are
 * accepted). False: it can't be read so, or the text has no terminating zero.
 */
bool classic_send_decode(const struct classic_message *message, struct classic_send *out);

/*
 * Appends "number,port,ip;" to text of CLASSIC_DATA_BYTES at *length. False: it does not
 * fit whole within CLASSIC_TEXT_MAX_BYTES; nothing is written.
 */
bool classic_client_append(char text[CLASSIC_DATA_BYTES], size_t *length, uint32_t number,
			   const struct relay_address *address);

/* Bytes that relay_address_text() writes at most, the terminating zero included. */
#define RELAY_ADDRESS_TEXT_BYTES 56

/* "127.0.0.1" or "::1", RFC 5952; without the port. */
void relay_ip_text(const struct relay_address *address, char out[RELAY_ADDRESS_TEXT_BYTES]);

/* "127.0.0.1:2312" or "[::1]:2312". */
void relay_address_text(const struct relay_address *address, char out[RELAY_ADDRESS_TEXT_BYTES]);

#endif
