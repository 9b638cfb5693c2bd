/*
 * What goes through bare_relay.c. A message is its length, 4 bytes big-endian, and its bytes. Where
 * recipients answer, an answer is how many messages came in one read, in 4 bytes: as little as can
 * be said, and as seldom as our own acknowledgements.
 */
#include "bench/peer_dialects.h"

#include <stdio.h>

#define GREETING_BYTES 8u
#define LENGTH_BYTES 4u
#define ANSWER_BYTES 4u

/* As many connections as bare_relay.c knows numbers; later ones take those of the first again. */
#define NUMBERS 65535u

static uint32_t number_of(const struct load_party *party)
{
	return party ? party->index % NUMBERS + 1 : 0;
}

static void bare_greet(struct load_party *party, struct byte_writer *out)
{
	byte_write_u32_be(out, number_of(party));
	byte_write_u32_be(out, number_of(party->to));
}

static void bare_put_message(struct load_party *party, struct byte_writer *out,
			     const uint8_t *payload, size_t length)
{
	(void)party;
	byte_write_u32_be(out, (uint32_t)length);
	byte_write_bytes(out, payload, length);
}

static uint32_t read_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* Returns where the messages end; -1: one has a length that none has. */
static ssize_t take_messages(struct load_party *party, const uint8_t *bytes, size_t length,
			     size_t used, struct load_sink *sink)
{
	while (length - used >= LENGTH_BYTES) {
		size_t payload = read_u32(bytes + used);

		if (payload > PEER_PAYLOAD_MAX_BYTES) {
			(void)snprintf(sink->problem, sizeof(sink->problem),
				       "a message of %zu bytes", payload);
			return -1;
		}
		if (length - used - LENGTH_BYTES < payload)
			break;
		load_sink_received(sink, party, bytes + used + LENGTH_BYTES, payload);
		used += LENGTH_BYTES + payload;
	}
	return (ssize_t)used;
}

/* scratch[0] counts the sender's messages that were answered. */
static ssize_t take_answers(struct load_party *party, const uint8_t *bytes, size_t length,
			    size_t used, struct load_sink *sink)
{
	while (length - used >= ANSWER_BYTES) {
		uint32_t count = read_u32(bytes + used);
		uint32_t before = (uint32_t)party->scratch[0];

		if (count == 0 || count > party->messages - before) {
			(void)snprintf(sink->problem, sizeof(sink->problem),
				       "%u of %u messages are answered", count,
				       party->messages - before);
			return -1;
		}
		load_sink_verdict(sink, party, before + 1, before + count, NULL);
		party->scratch[0] = before + count;
		used += ANSWER_BYTES;
	}
	return (ssize_t)used;
}

static ssize_t bare_take(struct load_party *party, const uint8_t *bytes, size_t length,
			 struct byte_writer *out, struct load_sink *sink)
{
	size_t used = 0;

	(void)out;
	if (!party->ready) {
		if (length < GREETING_BYTES)
			return 0;
		party->ready = true;
		used = GREETING_BYTES;
	}
	return peer_hears(party) ? take_messages(party, bytes, length, used, sink)
				 : take_answers(party, bytes, length, used, sink);
}

static ssize_t bare_answered_take(struct load_party *party, const uint8_t *bytes, size_t length,
				  struct byte_writer *out, struct load_sink *sink)
{
	uint64_t before = sink->received;
	ssize_t used = bare_take(party, bytes, length, out, sink);

	if (used >= 0 && sink->received > before)
		byte_write_u32_be(out, (uint32_t)(sink->received - before));
	return used;
}

const struct load_dialect bare_dialect = {
	.name = "bare",
	.extra_bytes = LENGTH_BYTES,
	.greet = bare_greet,
	.put_message = bare_put_message,
	.take = bare_take,
};

const struct load_dialect bare_answered_dialect = {
	.name = "bare-answered",
	.confirms = true,
	.extra_bytes = LENGTH_BYTES,
	.greet = bare_greet,
	.put_message = bare_put_message,
	.take = bare_answered_take,
};
