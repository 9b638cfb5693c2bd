/*
 * Any segments of one connection: put in order, cut into messages, unfolded, followed as text.
 * Whatever they are, each byte of a stream comes out once, at its place, as it came first; messages
 * lie in their segments and fields in their messages; and what is told can be shown on a terminal.
 *
 * An input is segments: a byte of flags (see below), where they stand (two bytes, from a place in
 * the middle of the stream's window), what they acknowledge (two bytes), how much they hold (two
 * bytes), and so many bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/byte_reader.h"
#include "base/utf8.h"
#include "report/follow_text.h"
#include "report/stream_messages.h"
#include "tcp_flow/byte_stream.h"
#include "tcp_flow/tcp_tracker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SEGMENTS_MAX 2000u
#define MODEL_BYTES (1 << 17)
#define NOTHING 256 /* no such byte came */
#define CUT 257     /* a snap length took it */

/* Bits of a segment's first byte. */
enum {
	FROM_SERVER = 1 << 0,
	IS_SYN = 1 << 1,
	IS_FIN = 1 << 2,
	IS_RST = 1 << 3,
	HAS_ACK = 1 << 4,
	IS_CUT = 1 << 5,   /* the last quarter was not captured */
	GOES_ON = 1 << 6,  /* stands where the side left off, wherever it says */
	FAR_AWAY = 1 << 7, /* much further on */
};

struct world {
	struct tcp_tracker *tracker;
	struct stream_messages *messages;
	struct byte_stream streams[2];
	struct follow_text follows[3];
	uint16_t
		*model[2]; /* the byte that came first for a place of the stream, or NOTHING, CUT */
	uint64_t told[2];
	uint32_t next[2]; /* where the side left off */
	struct packet packet;
	struct segment_facts facts;
	const struct tcp_connection *connection;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_harmless(const char *text, size_t length, bool lines)
{
	while (length > 0) {
		uint32_t character;
		size_t taken = utf8_decode((const uint8_t *)text, length, &character);

		require(taken > 0);
		require((lines && character == '\n') ||
			(!utf8_is_control(character) && !utf8_is_deceptive(character)));
		text += taken;
		length -= taken;
	}
}

static void take_text(void *context, const char *text, size_t length)
{
	(void)context;
	require_harmless(text, length, true);
}

/* JSON is for programs: one that shows it has to look to that itself. */
static void take_json(void *context, const char *text, size_t length)
{
	(void)context;
	require(utf8_is_valid((const uint8_t *)text, length));
	for (size_t i = 0; i + 1 < length; i++)
		require((unsigned char)text[i] >= 0x20);
	require(length == 0 || text[length - 1] == '\n');
}

/* The place in the model of a sequence number; MODEL_BYTES: too far away to be checked. */
static size_t place(int64_t sequence)
{
	sequence += MODEL_BYTES / 2;
	return sequence >= 0 && sequence < MODEL_BYTES ? (size_t)sequence : MODEL_BYTES;
}

static void take_piece(void *context, const struct stream_piece *piece)
{
	struct world *world = context;
	const struct byte_stream *stream = &world->streams[piece->from];

	require(piece->length > 0 && piece->offset == world->told[piece->from]);
	require(piece->frame > 0 && piece->frame <= world->packet.frame);
	world->told[piece->from] += piece->length;
	for (uint64_t i = 0; piece->bytes && i < piece->length; i++) {
		size_t at = place(stream->origin + (int64_t)(piece->offset + i));

		if (at < MODEL_BYTES)
			require(world->model[piece->from][at] == piece->bytes[i]);
	}
	for (int i = 0; i < 3; i++)
		follow_text_piece(&world->follows[i], piece);
}

/* What byte_stream_segment() takes of a segment, by its own rules. */
static void note_in_model(struct world *world)
{
	const struct segment_facts *facts = &world->facts;
	int64_t first = facts->sequence + ((facts->flags & TCP_FLAG_SYN) != 0);

	if (facts->captured_twice || facts->stray_syn || facts->keep_alive ||
	    (facts->flags & TCP_FLAG_RST) != 0)
		return;
	for (uint32_t i = 0; i < facts->length; i++) {
		size_t at = place(first + i);

		if (at < MODEL_BYTES && world->model[facts->from][at] == NOTHING)
			world->model[facts->from][at] =
				i < world->packet.captured_payload ? world->packet.payload[i] : CUT;
	}
}

static void check_dissection(const struct stream_message *message)
{
	struct dissection dissection;

	dissection_init(&dissection);
	stream_message_dissect(message, 54, &dissection);
	require(dissection.layer_count == 1);
	require_harmless(dissection.layers[0].title, strlen(dissection.layers[0].title), false);
	require_harmless(dissection.layers[0].summary, strlen(dissection.layers[0].summary), false);
	for (uint32_t i = 0; i < dissection.field_count; i++) {
		const struct dissected_field *field = &dissection.fields[i];

		require(field->bytes > 0 && field->offset <= message->kept_bytes &&
			field->bytes <= message->kept_bytes - field->offset);
		require(i > 0 || field->level == 0);
		require(i == 0 || field->level <= dissection.fields[i - 1].level + 1);
		require_harmless(field->value, strlen(field->value), false);
		require_harmless(field->meaning, strlen(field->meaning), false);
	}
	dissection_finish(&dissection);
}

static void check_messages(struct world *world)
{
	const struct stream_message *found;
	size_t count =
		stream_messages_segment(world->messages, world->connection, &world->facts, &found);
	uint32_t end = 0;
	unsigned sum = 0;

	require(count <= STREAM_MESSAGES_IN_SEGMENT);
	for (size_t i = 0; i < count; i++) {
		const struct stream_message *message = &found[i];

		require(message->from == world->facts.from);
		require(message->payload_offset >= end && message->part_bytes > 0);
		end = message->payload_offset + message->part_bytes;
		require(end <= world->packet.captured_payload);
		require(message->begins == (message->part_offset == 0));
		require(message->bytes == 0 ||
			message->part_offset + message->part_bytes <= message->bytes);
		require(message->kept_bytes <= STREAM_MESSAGE_KEPT_BYTES);
		require(message->bytes == 0 || message->kept_bytes <= message->bytes);
		require((message->kept == NULL) == (message->kept_bytes == 0));
		for (uint32_t k = 0; k < message->kept_bytes; k++)
			sum += message->kept[k];
		require_harmless(message->name, strlen(message->name), false);
		require_harmless(message->detail, strlen(message->detail), false);
		check_dissection(message);
	}
	require(sum < UINT32_MAX); /* so that it is read */
}

static void feed(struct world *world)
{
	enum tcp_side from;

	if (tcp_tracker_packet(world->tracker, &world->packet, &world->facts, &world->connection) !=
		    TRACKER_SEGMENT ||
	    world->connection->number != 1)
		return;
	from = world->facts.from;
	note_in_model(world);
	check_messages(world);
	byte_stream_acknowledged(&world->streams[tcp_other_side(from)], &world->facts, take_piece,
				 world);
	byte_stream_segment(&world->streams[from], &world->facts, take_piece, world);
	require(world->streams[from].waiting <= BYTE_STREAM_WAITING_MAX_BYTES);
	require(world->streams[from].count <= BYTE_STREAM_FRAGMENTS_MAX);
}

static void make_packet(struct world *world, struct byte_reader *reader)
{
	struct packet *packet = &world->packet;
	uint8_t how = byte_reader_u8(reader);
	unsigned side = how & FROM_SERVER;
	uint32_t sequence = byte_reader_u16_be(reader);
	uint32_t acknowledgment = byte_reader_u16_be(reader);
	size_t length = byte_reader_u16_be(reader);

	if (length > reader->left)
		length = reader->left;
	if ((how & FAR_AWAY) != 0)
		sequence <<= 12;
	if ((how & GOES_ON) != 0)
		sequence = world->next[side];
	packet->kind = PACKET_TCP;
	packet->frame++;
	packet->time_ns = (int64_t)packet->frame * 1000000;
	packet->ip.identification = (uint16_t)packet->frame;
	packet->ip.source = (struct ip_address){ .version = 4, .bytes = { 192, 0, 2, 1 } };
	packet->ip.destination = packet->ip.source;
	(side ? &packet->ip.source : &packet->ip.destination)->bytes[3] = 2;
	packet->tcp = (struct tcp_header){
		.sequence = sequence - 1000, /* the wrap is near */
		.acknowledgment = acknowledgment - 1000,
		.source_port = side ? 80 : 40000,
		.destination_port = side ? 40000 : 80,
		.flags = (uint16_t)((how & IS_SYN ? TCP_FLAG_SYN : 0) |
				    (how & IS_FIN ? TCP_FLAG_FIN : 0) |
				    (how & IS_RST ? TCP_FLAG_RST : 0) |
				    (how & HAS_ACK ? TCP_FLAG_ACK : 0)),
		.window = 1000,
		.length = TCP_HEADER_MIN_BYTES,
	};
	packet->payload_length = (uint32_t)length;
	packet->captured_payload = (uint32_t)(how & IS_CUT ? length - length / 4 : length);
	packet->payload = byte_reader_bytes(reader, length);
	world->next[side] = sequence + (uint32_t)length + ((how & IS_SYN) != 0);
}

/* A copy of exactly its size, so that a read past the end is seen. */
static void feed_copy(struct world *world)
{
	uint8_t *copy = malloc(world->packet.captured_payload + 1u);

	require(copy != NULL);
	if (world->packet.captured_payload > 0)
		memcpy(copy + 1, world->packet.payload, world->packet.captured_payload);
	world->packet.payload = copy + 1;
	feed(world);
	free(copy);
}

static void world_init(struct world *world)
{
	static const struct follow_style styles[] = {
		{ .form = FOLLOW_TEXT, .columns = 60 },
		{ .form = FOLLOW_HEX },
		{ .form = FOLLOW_JSON },
	};
	const struct tcp_tracker_options options = { .flags = TRACKER_KEEP_PAYLOAD };

	memset(world, 0, sizeof(*world));
	world->tracker = tcp_tracker_create(&options);
	world->messages = stream_messages_create();
	require(world->tracker && world->messages);
	for (int i = 0; i < 3; i++)
		follow_text_init(&world->follows[i], &styles[i],
				 styles[i].form == FOLLOW_JSON ? take_json : take_text, NULL);
	for (int side = 0; side < 2; side++) {
		byte_stream_init(&world->streams[side], (enum tcp_side)side);
		world->model[side] = malloc(MODEL_BYTES * sizeof(*world->model[side]));
		require(world->model[side] != NULL);
		for (size_t i = 0; i < MODEL_BYTES; i++)
			world->model[side][i] = NOTHING;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader reader = byte_reader_over(data, size);
	struct world *world = malloc(sizeof(*world));

	require(world != NULL);
	world_init(world);
	for (unsigned i = 0; i < SEGMENTS_MAX && reader.left >= 7; i++) {
		make_packet(world, &reader);
		feed_copy(world);
	}
	for (int side = 0; side < 2; side++) {
		byte_stream_end(&world->streams[side], take_piece, world);
		require(world->streams[side].count == 0 && world->streams[side].waiting == 0);
		byte_stream_finish(&world->streams[side]);
		free(world->model[side]);
	}
	for (int i = 0; i < 3; i++) {
		follow_text_end(&world->follows[i]);
		follow_text_finish(&world->follows[i]);
	}
	stream_messages_destroy(world->messages);
	tcp_tracker_destroy(world->tracker);
	free(world);
	return 0;
}
