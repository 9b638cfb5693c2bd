/*
 * Any bytes as what two programs said to each other. Whatever they are, each byte is told once, and
 * what is told can be shown on a terminal.
 *
 * An input is pieces: who speaks (the lowest bit of a byte), how much (two bytes), and the bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/byte_reader.h"
#include "base/utf8.h"
#include "report/conversation.h"

#define PIECES_MAX DIALOGUE_MARKS_MAX

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_harmless(const char *text)
{
	size_t length = strlen(text);

	while (length > 0) {
		uint32_t character;
		size_t taken = utf8_decode((const uint8_t *)text, length, &character);

		require(taken > 0 && !utf8_is_control(character) && !utf8_is_deceptive(character));
		text += taken;
		length -= taken;
	}
}

/* Adds the piece to its head, with a mark. */
static void hear(struct tcp_connection *connection, enum tcp_side side, enum tcp_side after,
		 struct byte_reader *piece)
{
	struct dialogue_head *head = &connection->dialogue.heads[side];
	size_t length = piece->left;
	const uint8_t *bytes = byte_reader_bytes(piece, length);

	connection->ends[side].bytes += length;
	if (length > DIALOGUE_HEAD_MAX_BYTES - head->length)
		length = DIALOGUE_HEAD_MAX_BYTES - head->length;
	if (length == 0)
		return;
	head->marks[head->mark_count++] =
		(struct dialogue_mark){ .offset = head->length,
					.after = after,
					.frame = ++connection->last_frame,
					.time_ns = (int64_t)connection->last_frame };
	memcpy(head->bytes + head->length, bytes, length);
	head->length += (uint32_t)length;
}

static void read_pieces(struct tcp_connection *connection, const uint8_t *data, size_t size)
{
	struct byte_reader reader = byte_reader_over(data, size);
	enum tcp_side last = TCP_BOTH_SIDES;

	for (unsigned i = 0; i < PIECES_MAX && reader.left > 3; i++) {
		enum tcp_side side = byte_reader_u8(&reader) & 1 ? TCP_SERVER : TCP_CLIENT;
		size_t length = byte_reader_u16_be(&reader);
		struct byte_reader piece;

		if (length > reader.left)
			length = reader.left;
		piece = byte_reader_over(byte_reader_bytes(&reader, length), length);
		hear(connection, side, last, &piece);
		last = side;
	}
}

static void check_name(const struct tcp_connection *connection)
{
	struct text_builder name;

	text_builder_init(&name, 4096);
	require(conversation_name(connection, &name) ==
		(conversation_protocol(connection) != NULL));
	require(!name.truncated);
	require_harmless(text_builder_text(&name));
	text_builder_finish(&name);
}

static void check_lines(const struct tcp_connection *connection)
{
	struct conversation conversation;
	struct conversation_line line;
	uint32_t told = 0;

	conversation_begin(&conversation, connection);
	while (conversation_next(&conversation, &line)) {
		uint32_t now = conversation.read[TCP_CLIENT] + conversation.read[TCP_SERVER];

		require(now > told); /* or it would never end */
		told = now;
		require(line.from == TCP_CLIENT || line.from == TCP_SERVER);
		require(line.frame > 0 && line.frame <= connection->last_frame);
		require(line.bytes > 0);
		require(!conversation.detail.truncated);
		require_harmless(line.name);
		require_harmless(line.detail);
	}
	for (int side = 0; side < 2; side++) {
		require(conversation.read[side] == connection->dialogue.heads[side].length);
		require(conversation_untold(&conversation, (enum tcp_side)side) ==
			connection->ends[side].bytes - conversation.read[side]);
	}
	conversation_finish(&conversation);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcp_connection *connection = calloc(1, sizeof(*connection));
	struct dialogue_head *heads;

	require(connection != NULL);
	heads = connection->dialogue.heads;
	for (int side = 0; side < 2; side++) {
		heads[side].bytes = malloc(DIALOGUE_HEAD_MAX_BYTES);
		heads[side].marks = calloc(PIECES_MAX, sizeof(struct dialogue_mark));
		require(heads[side].bytes && heads[side].marks);
		heads[side].from_start = true;
	}
	read_pieces(connection, data, size);
	/* Blocks of exactly their size, so that a read past the end is seen. */
	for (int side = 0; side < 2; side++) {
		uint8_t *exact = realloc(heads[side].bytes, heads[side].length + 1u);

		require(exact != NULL);
		heads[side].bytes = exact;
		memmove(exact + 1, exact, heads[side].length);
		heads[side].bytes++;
	}
	check_name(connection);
	check_lines(connection);
	for (int side = 0; side < 2; side++) {
		free(heads[side].bytes - 1);
		free(heads[side].marks);
	}
	free(connection);
	return 0;
}
