/*
 * Redis, RESP version 2: SUBSCRIBE and PUBLISH. Each PUBLISH is answered by how many subscribers it
 * was handed to, which says nothing about whether they have it, so it is no confirmation.
 */
#include "bench/peer_dialects.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 1024u
#define LINE_END_BYTES 2u
#define PUBLISH "*3\r\n$7\r\nPUBLISH\r\n"

enum taken { TAKEN, NEED_MORE, BROKEN };

static void write_text(struct byte_writer *out, const char *text)
{
	byte_write_bytes(out, text, strlen(text));
}

/* "$5\r\n", for five bytes to come. */
static void write_length(struct byte_writer *out, size_t length)
{
	uint8_t line[1 + PEER_DECIMAL_MAX_BYTES + LINE_END_BYTES];
	size_t at = 1;

	line[0] = '$';
	at += peer_write_decimal(line + at, length);
	line[at++] = '\r';
	line[at++] = '\n';
	byte_write_bytes(out, line, at);
}

static void write_bulk(struct byte_writer *out, const uint8_t *bytes, size_t length)
{
	write_length(out, length);
	byte_write_bytes(out, bytes, length);
	byte_write_bytes(out, "\r\n", LINE_END_BYTES);
}

static void redis_greet(struct load_party *party, struct byte_writer *out)
{
	uint8_t name[PEER_NAME_MAX_BYTES];

	if (!peer_hears(party)) {
		write_text(out, "*1\r\n$4\r\nPING\r\n");
		return;
	}
	write_text(out, "*2\r\n$9\r\nSUBSCRIBE\r\n");
	write_bulk(out, name, peer_write_name(name, party));
}

static void redis_put_message(struct load_party *party, struct byte_writer *out,
			      const uint8_t *payload, size_t length)
{
	uint8_t name[PEER_NAME_MAX_BYTES];

	byte_write_bytes(out, PUBLISH, sizeof(PUBLISH) - 1);
	write_bulk(out, name, peer_write_name(name, party));
	write_bulk(out, payload, length);
}

/* Reads "*3\r\n", "$5\r\n" or ":1\r\n" at *at, and goes behind it. */
static enum taken take_number(const uint8_t *bytes, size_t length, size_t *at, uint8_t sign,
			      size_t *out)
{
	size_t i = *at;
	size_t value = 0;

	if (i >= length)
		return NEED_MORE;
	if (bytes[i] != sign)
		return BROKEN;
	for (i++; i < length && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
		value = value * 10 + (size_t)(bytes[i] - '0');
		if (value > PEER_PAYLOAD_MAX_BYTES)
			return BROKEN;
	}
	if (i < length && (bytes[i] != '\r' || i == *at + 1))
		return BROKEN;
	if (length - i < LINE_END_BYTES)
		return NEED_MORE;
	*at = i + LINE_END_BYTES;
	*out = value;
	return TAKEN;
}

/* Reads "$5\r\nhello\r\n" at *at, and goes behind it. */
static enum taken take_bulk(const uint8_t *bytes, size_t length, size_t *at,
			    const uint8_t **content, size_t *content_bytes)
{
	size_t start = *at;
	enum taken taken = take_number(bytes, length, &start, '$', content_bytes);

	if (taken != TAKEN)
		return taken;
	if (length - start < *content_bytes + LINE_END_BYTES)
		return NEED_MORE;
	*content = bytes + start;
	*at = start + *content_bytes + LINE_END_BYTES;
	return TAKEN;
}

/* What a subscriber gets: a word, the channel, and a payload or a count. */
static enum taken take_push(struct load_party *party, const uint8_t *bytes, size_t length,
			    size_t *used, struct load_sink *sink)
{
	const uint8_t *word, *channel, *payload;
	size_t at = *used;
	size_t count, word_bytes, channel_bytes, payload_bytes;
	enum taken taken = take_number(bytes, length, &at, '*', &count);

	if (taken == TAKEN && count != 3)
		return BROKEN;
	if (taken == TAKEN)
		taken = take_bulk(bytes, length, &at, &word, &word_bytes);
	if (taken == TAKEN)
		taken = take_bulk(bytes, length, &at, &channel, &channel_bytes);
	if (taken != TAKEN)
		return taken;
	if (word_bytes == 7 && memcmp(word, "message", 7) == 0) {
		taken = take_bulk(bytes, length, &at, &payload, &payload_bytes);
		if (taken == TAKEN)
			load_sink_received(sink, party, payload, payload_bytes);
	} else {
		taken = take_number(bytes, length, &at, ':', &count);
		if (taken == TAKEN)
			party->ready = true; /* "subscribe" */
	}
	if (taken == TAKEN)
		*used = at;
	return taken;
}

/* "+PONG" and "-ERR what is wrong". */
static enum taken take_line(struct load_party *party, const uint8_t *bytes, size_t length,
			    size_t *used, struct load_sink *sink)
{
	const uint8_t *line = bytes + *used;
	const uint8_t *end = memchr(line, '\n', length - *used);

	if (!end)
		return length - *used > LINE_MAX_BYTES ? BROKEN : NEED_MORE;
	if (line[0] == '-') {
		(void)snprintf(sink->problem, sizeof(sink->problem), "the server says: %.*s",
			       (int)(end - line < 100 ? end - line : 100), (const char *)line);
		return BROKEN;
	}
	party->ready = true;
	*used += (size_t)(end - line) + 1;
	return TAKEN;
}

static ssize_t redis_take(struct load_party *party, const uint8_t *bytes, size_t length,
			  struct byte_writer *out, struct load_sink *sink)
{
	enum taken taken = TAKEN;
	size_t used = 0;
	size_t handed_to;

	(void)out; /* Redis asks for nothing */
	while (taken == TAKEN && used < length) {
		if (bytes[used] == '*')
			taken = take_push(party, bytes, length, &used, sink);
		else if (bytes[used] == ':')
			taken = take_number(bytes, length, &used, ':', &handed_to);
		else if (bytes[used] == '+' || bytes[used] == '-')
			taken = take_line(party, bytes, length, &used, sink);
		else
			taken = BROKEN;
	}
	if (taken != BROKEN)
		return (ssize_t)used;
	if (sink->problem[0] == '\0')
		(void)snprintf(sink->problem, sizeof(sink->problem), "no reply begins with 0x%02x",
			       bytes[used]);
	return -1;
}

const struct load_dialect redis_dialect = {
	.name = "redis",
	.extra_bytes = sizeof(PUBLISH) + PEER_NAME_MAX_BYTES +
		       2 * (1 + PEER_DECIMAL_MAX_BYTES + 2 * LINE_END_BYTES),
	.greet = redis_greet,
	.put_message = redis_put_message,
	.take = redis_take,
};
