/*
 * The NATS client protocol: lines, and behind a MSG line the payload. PING behind SUB comes back as
 * PONG once the subscription holds.
 */
#include "bench/peer_dialects.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES (64u * 1024) /* INFO is the longest */
#define LINE_END_BYTES 2u           /* "\r\n" */

static void write_text(struct byte_writer *out, const char *text)
{
	byte_write_bytes(out, text, strlen(text));
}

static void nats_greet(struct load_party *party, struct byte_writer *out)
{
	uint8_t name[PEER_NAME_MAX_BYTES];

	write_text(out, "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c\","
			"\"version\":\"1\",\"protocol\":1}\r\n");
	if (peer_hears(party)) {
		write_text(out, "SUB ");
		byte_write_bytes(out, name, peer_write_name(name, party));
		write_text(out, " 1\r\n");
	}
	write_text(out, "PING\r\n");
}

static void nats_put_message(struct load_party *party, struct byte_writer *out,
			     const uint8_t *payload, size_t length)
{
	uint8_t line[4 + PEER_NAME_MAX_BYTES + 1 + PEER_DECIMAL_MAX_BYTES + LINE_END_BYTES];
	size_t at = 4;

	memcpy(line, "PUB ", 4);
	at += peer_write_name(line + at, party);
	line[at++] = ' ';
	at += peer_write_decimal(line + at, length);
	line[at++] = '\r';
	line[at++] = '\n';
	byte_write_bytes(out, line, at);
	byte_write_bytes(out, payload, length);
	byte_write_bytes(out, "\r\n", LINE_END_BYTES);
}

/* The last word of a MSG line is how long its payload is. False: it is no number. */
static bool payload_length(const uint8_t *line, size_t line_bytes, size_t *out)
{
	size_t first = line_bytes;
	size_t value = 0;

	while (first > 0 && line[first - 1] != ' ')
		first--;
	if (first == 0 || first == line_bytes)
		return false;
	for (size_t i = first; i < line_bytes; i++) {
		if (line[i] < '0' || line[i] > '9' || value > PEER_PAYLOAD_MAX_BYTES)
			return false;
		value = value * 10 + (size_t)(line[i] - '0');
	}
	*out = value;
	return value <= PEER_PAYLOAD_MAX_BYTES;
}

static ssize_t broken(struct load_sink *sink, const uint8_t *line, size_t line_bytes)
{
	(void)snprintf(sink->problem, sizeof(sink->problem), "the server says: %.*s",
		       (int)(line_bytes < 100 ? line_bytes : 100), (const char *)line);
	return -1;
}

static bool begins_with(const uint8_t *line, size_t line_bytes, const char *word)
{
	size_t length = strlen(word);

	return line_bytes >= length && memcmp(line, word, length) == 0;
}

/* Lines without a payload. False: it is none that a client gets in peace. */
static bool take_line(struct load_party *party, const uint8_t *line, size_t line_bytes,
		      struct byte_writer *out)
{
	if (begins_with(line, line_bytes, "PING"))
		write_text(out, "PONG\r\n");
	else if (begins_with(line, line_bytes, "PONG"))
		party->ready = true;
	else
		return begins_with(line, line_bytes, "INFO ") ||
		       begins_with(line, line_bytes, "+OK");
	return true;
}

static ssize_t nats_take(struct load_party *party, const uint8_t *bytes, size_t length,
			 struct byte_writer *out, struct load_sink *sink)
{
	size_t used = 0;

	while (used < length) {
		const uint8_t *line = bytes + used;
		const uint8_t *end = memchr(line, '\n', length - used);
		size_t line_bytes, payload, whole;

		if (!end && length - used > LINE_MAX_BYTES)
			return broken(sink, line, length - used);
		if (!end)
			break;
		whole = (size_t)(end - line) + 1;
		line_bytes = whole - 1;
		if (line_bytes > 0 && line[line_bytes - 1] == '\r')
			line_bytes--;
		if (line[0] != 'M') {
			if (!take_line(party, line, line_bytes, out))
				return broken(sink, line, line_bytes);
			used += whole;
			continue;
		}
		if (!payload_length(line, line_bytes, &payload))
			return broken(sink, line, line_bytes);
		if (length - used < whole + payload + LINE_END_BYTES)
			break;
		load_sink_received(sink, party, line + whole, payload);
		used += whole + payload + LINE_END_BYTES;
	}
	return (ssize_t)used;
}

const struct load_dialect nats_dialect = {
	.name = "nats",
	.extra_bytes = 4 + PEER_NAME_MAX_BYTES + 1 + PEER_DECIMAL_MAX_BYTES + 2 * LINE_END_BYTES,
	.greet = nats_greet,
	.put_message = nats_put_message,
	.take = nats_take,
};
