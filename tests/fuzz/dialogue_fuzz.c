/*
 * Pieces of two streams in any order, overlapping, cut by a snap length, held against a plain
 * model: an array in which the first byte at a place stays.
 *
 * An input is segments of six bytes: whose and what (a byte), where (two), how long (two), and how
 * much of it was captured (a byte, in 256ths).
 */
#include <stdlib.h>
#include <string.h>

#include "base/byte_reader.h"
#include "tcp_flow/connection.h"

#define SEGMENTS_MAX 120u

/* What is new to the model is nothing new about what is tested, and costs most of the time. */
#ifdef __clang__
#define UNLOOKED __attribute__((no_sanitize("coverage")))
#else
#define UNLOOKED
#endif

enum { FROM_SERVER = 1, SNAPPED = 2, BEFORE = 4, WITH_SYN = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a head should hold. */
struct model {
	uint8_t bytes[DIALOGUE_HEAD_MAX_BYTES];
	uint16_t frames[DIALOGUE_HEAD_MAX_BYTES]; /* 0: nothing is there yet */
	int64_t origin;
	size_t length;
	int64_t limit;
	bool begun;
};

UNLOOKED static void require(bool holds)
{
	if (!holds)
		abort();
}

UNLOOKED static void model_hear(struct model *model, const struct segment_facts *segment)
{
	const struct packet *packet = segment->packet;
	int64_t first = segment->sequence + ((segment->flags & TCP_FLAG_SYN) ? 1 : 0);
	int64_t end;

	if (!model->begun) {
		model->begun = true;
		model->origin = (segment->flags & TCP_FLAG_SYN) ? 1 : first;
		model->limit = DIALOGUE_HEAD_MAX_BYTES;
	}
	if ((int64_t)model->length >= model->limit)
		return;
	end = first + packet->captured_payload - model->origin;
	if (packet->captured_payload < segment->length && end >= (int64_t)model->length &&
	    end < model->limit)
		model->limit = end;
	for (uint32_t i = 0; i < packet->captured_payload; i++) {
		int64_t at = first + i - model->origin;

		if (at < 0 || at >= model->limit || model->frames[at] != 0)
			continue;
		model->bytes[at] = packet->payload[i];
		model->frames[at] = (uint16_t)packet->frame;
	}
	while (model->length < DIALOGUE_HEAD_MAX_BYTES && model->frames[model->length] != 0)
		model->length++;
}

static void check(const struct dialogue_head *head, const struct model *model)
{
	require(head->length == model->length);
	require(head->mark_count <= DIALOGUE_MARKS_MAX);
	if (head->length > 0)
		require(memcmp(head->bytes, model->bytes, head->length) == 0);
	require(!dialogue_mark_at(head, head->length));
}

UNLOOKED static void check_marks(const struct dialogue_head *head, const struct model *model)
{
	if (head->mark_count == DIALOGUE_MARKS_MAX)
		return; /* later frames are not told apart */
	for (uint32_t i = 0; i < head->length; i++) {
		const struct dialogue_mark *mark = dialogue_mark_at(head, i);

		require(mark && mark->frame == model->frames[i]);
	}
}

UNLOOKED static void feed(struct tcp_connection *connection, struct byte_reader *reader,
			  struct model models[2])
{
	uint8_t content[65536 / 8];
	struct packet packet = { .frame = ++connection->last_frame };
	struct segment_facts segment = { .packet = &packet };
	uint8_t what = byte_reader_u8(reader);
	int64_t place = byte_reader_u16_be(reader) % (DIALOGUE_HEAD_MAX_BYTES + 500u);
	uint32_t length = byte_reader_u16_be(reader) % (sizeof(content) + 1);
	uint32_t captured = byte_reader_u8(reader);

	if (reader->overran)
		return;
	for (size_t i = 0; i < length; i++)
		content[i] = (uint8_t)(packet.frame * 31 + i);
	packet.payload = content;
	segment.from = what & FROM_SERVER ? TCP_SERVER : TCP_CLIENT;
	segment.flags = what & WITH_SYN ? TCP_FLAG_SYN : 0;
	segment.sequence = what & BEFORE ? -place : place;
	segment.length = length;
	segment.end = segment.sequence + length + (what & WITH_SYN ? 1 : 0);
	segment.new_space = length;
	segment.since_start_ns = (int64_t)packet.frame;
	packet.payload_length = length;
	packet.captured_payload = what & SNAPPED ? length * captured / 256 : length;
	if (length > 0)
		model_hear(&models[segment.from], &segment);
	dialogue_segment(connection, &segment);
	check(&connection->dialogue.heads[segment.from], &models[segment.from]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct byte_reader reader = byte_reader_over(data, size);
	struct tcp_connection *connection = calloc(1, sizeof(*connection));
	struct model *models = calloc(2, sizeof(*models));

	require(connection && models);
	connection->dialogue.keeps_payload = true;
	connection->dialogue.keeps_turns = true;
	for (unsigned i = 0; i < SEGMENTS_MAX && reader.left > 0; i++)
		feed(connection, &reader, models);
	for (int side = 0; side < 2; side++)
		check_marks(&connection->dialogue.heads[side], &models[side]);
	dialogue_conclude(connection);
	require(connection->dialogue.turns_kept <= DIALOGUE_TURNS_MAX);
	require(connection->dialogue.turns_kept <= connection->dialogue.turn_count);
	dialogue_finish(&connection->dialogue);
	require(connection->dialogue.heads[TCP_CLIENT].bytes == NULL);
	free(models);
	free(connection);
	return 0;
}
