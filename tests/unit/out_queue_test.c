#include "relay_server/out_queue.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"

static void put(struct out_queue *queue, const void *bytes, size_t length)
{
	uint8_t *room = out_queue_room(queue, length);

	assert_non_null(room);
	if (length > 0)
		memcpy(room, bytes, length);
	out_queue_commit(queue, length);
}

static struct payload *payload_of(const void *bytes, uint32_t length)
{
	struct payload *payload = payload_create(length);

	assert_non_null(payload);
	memcpy(payload->bytes, bytes, length);
	return payload;
}

/* All that waits, as one text. */
static const char *text_of(const struct out_queue *queue)
{
	static char text[256];
	struct iovec pieces[16];
	size_t count = out_queue_gather(queue, pieces, 16);
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		assert_true(length + pieces[i].iov_len < sizeof(text));
		memcpy(text + length, pieces[i].iov_base, pieces[i].iov_len);
		length += pieces[i].iov_len;
	}
	text[length] = '\0';
	return text;
}

static void an_empty_queue_holds_no_memory(void **state)
{
	struct out_queue queue;
	struct iovec piece;

	(void)state;
	out_queue_init(&queue);
	assert_null(queue.first);
	assert_int_equal(out_queue_gather(&queue, &piece, 1), 0);
	out_queue_drop(&queue, 0);
	out_queue_finish(&queue);
	out_queue_finish(&queue);
}

static void bytes_leave_in_the_order_in_which_they_came(void **state)
{
	struct payload *payload = payload_of("shared", 6);
	struct out_queue queue;

	(void)state;
	out_queue_init(&queue);
	put(&queue, "one ", 4);
	put(&queue, "two ", 4);
	assert_true(out_queue_share(&queue, payload));
	put(&queue, " three", 6);
	assert_string_equal(text_of(&queue), "one two shared three");
	assert_int_equal(queue.bytes, 20);
	assert_true(queue.total == 20);
	out_queue_drop(&queue, 5);
	assert_string_equal(text_of(&queue), "wo shared three");
	out_queue_drop(&queue, 3);
	assert_string_equal(text_of(&queue), "shared three");
	out_queue_drop(&queue, 2);
	assert_string_equal(text_of(&queue), "ared three");
	out_queue_drop(&queue, 5);
	assert_string_equal(text_of(&queue), "three");
	assert_int_equal(queue.bytes, 5);
	assert_true(queue.total == 20);
	out_queue_drop(&queue, 5);
	assert_null(queue.first);
	assert_null(queue.last);
	assert_int_equal(queue.bytes, 0);
	payload_release(payload);
	out_queue_finish(&queue);
}

static void room_that_is_not_committed_does_not_count(void **state)
{
	struct out_queue queue;
	uint8_t *room;

	(void)state;
	out_queue_init(&queue);
	room = out_queue_room(&queue, 100);
	assert_non_null(room);
	memset(room, '-', 100);
	assert_int_equal(queue.bytes, 0);
	assert_string_equal(text_of(&queue), "");
	room = out_queue_room(&queue, 100);
	memcpy(room, "abc", 3);
	out_queue_commit(&queue, 3);
	assert_string_equal(text_of(&queue), "abc");
	out_queue_drop(&queue, 3);
	assert_null(queue.first);
	out_queue_finish(&queue);
}

static void a_run_that_exactly_fills_a_piece_stays_in_it(void **state)
{
	static const uint8_t zeros[256];
	struct out_queue queue;
	struct iovec pieces[3];

	(void)state;
	out_queue_init(&queue);
	put(&queue, zeros, 200);
	put(&queue, zeros, 56);
	assert_int_equal(out_queue_gather(&queue, pieces, 3), 1);
	assert_int_equal(pieces[0].iov_len, 256);
	put(&queue, zeros, 1);
	assert_int_equal(out_queue_gather(&queue, pieces, 3), 2);
	assert_int_equal(pieces[1].iov_len, 1);
	out_queue_finish(&queue);
}

static void gather_gives_no_more_runs_than_asked_for_and_no_empty_ones(void **state)
{
	struct payload *empty = payload_of("", 0);
	struct payload *full = payload_of("x", 1);
	struct out_queue queue;
	struct iovec pieces[6];

	(void)state;
	out_queue_init(&queue);
	for (unsigned i = 0; i < 5; i++) {
		assert_true(out_queue_share(&queue, empty));
		assert_true(out_queue_share(&queue, full));
	}
	(void)out_queue_room(&queue, 1); /* a piece with nothing in it */
	assert_int_equal(out_queue_gather(&queue, pieces, 0), 0);
	assert_int_equal(out_queue_gather(&queue, pieces, 3), 3);
	assert_int_equal(out_queue_gather(&queue, pieces, 6), 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(pieces[i].iov_len, 1);
	payload_release(empty);
	payload_release(full);
	out_queue_finish(&queue);
}

static void a_payload_is_held_once_by_each_queue_and_let_go_when_it_was_sent(void **state)
{
	struct payload *payload = payload_of("shared", 6);
	struct out_queue queues[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct iovec piece;

		out_queue_init(&queues[i]);
		assert_true(out_queue_share(&queues[i], payload));
		assert_int_equal(out_queue_gather(&queues[i], &piece, 1), 1);
		assert_ptr_equal(piece.iov_base, payload->bytes);
	}
	assert_int_equal(atomic_load(&payload->references), 4);
	out_queue_drop(&queues[0], 5);
	assert_int_equal(atomic_load(&payload->references), 4);
	out_queue_drop(&queues[0], 1);
	assert_int_equal(atomic_load(&payload->references), 3);
	out_queue_finish(&queues[1]);
	assert_int_equal(atomic_load(&payload->references), 2);
	payload_release(payload);
	assert_string_equal(text_of(&queues[2]), "shared");
	out_queue_finish(&queues[2]);
	out_queue_finish(&queues[0]);
	payload_release(NULL);
}

static void pieces_grow_to_64_kib_and_beyond_only_for_one_large_run(void **state)
{
	static const uint8_t zeros[200000];
	struct out_queue queue;
	struct iovec pieces[64];
	size_t count;

	(void)state;
	out_queue_init(&queue);
	for (unsigned i = 0; i < 4000; i++)
		put(&queue, zeros, 100);
	count = out_queue_gather(&queue, pieces, 64);
	assert_true(count <= 10); /* 1/4, 1, 4, 16, then 64 KiB each */
	for (size_t i = 0; i < count; i++)
		assert_true(pieces[i].iov_len <= (size_t)64 * 1024);
	put(&queue, zeros, sizeof(zeros));
	put(&queue, zeros, 1);
	assert_int_equal(out_queue_gather(&queue, pieces, 64), count + 2);
	assert_int_equal(pieces[count].iov_len, sizeof(zeros));
	out_queue_finish(&queue);
}

/* ---- against one flat buffer ---- */

#define FLAT_BYTES (8u * 1024 * 1024)

struct model {
	struct out_queue queue;
	uint8_t *flat;
	size_t sent;
	size_t queued;
	struct payload *payloads[8];
	uint32_t random;
};

static uint32_t next_random(struct model *model, uint32_t below)
{
	model->random = model->random * 1664525u + 1013904223u;
	return (model->random >> 8) % below;
}

static void put_some(struct model *model)
{
	static const uint32_t most[] = { 8, 60, 60, 600, 3000, 100000 };
	uint32_t length = next_random(model, most[next_random(model, 6)]);
	uint32_t spare = next_random(model, 200); /* room that is asked for and not used */
	uint8_t *room = out_queue_room(&model->queue, length + spare);

	assert_non_null(room);
	for (uint32_t i = 0; i < length; i++)
		room[i] = model->flat[model->queued + i] = (uint8_t)next_random(model, 256);
	memset(room + length, 0xee, spare);
	out_queue_commit(&model->queue, length);
	model->queued += length;
}

static void share_one(struct model *model)
{
	struct payload *payload = model->payloads[next_random(model, 8)];

	assert_true(out_queue_share(&model->queue, payload));
	memcpy(model->flat + model->queued, payload->bytes, payload->length);
	model->queued += payload->length;
}

static void check_and_send(struct model *model)
{
	struct iovec pieces[16];
	size_t count = out_queue_gather(&model->queue, pieces, 1 + next_random(model, 16));
	size_t at = model->sent;

	assert_int_equal(model->queue.bytes, model->queued - model->sent);
	assert_true(model->queue.total == model->queued);
	for (size_t i = 0; i < count; i++) {
		assert_true(pieces[i].iov_len > 0 && pieces[i].iov_len <= model->queued - at);
		assert_memory_equal(pieces[i].iov_base, model->flat + at, pieces[i].iov_len);
		at += pieces[i].iov_len;
	}
	assert_int_equal(count == 0, model->queued == model->sent);
	/* All of it, or as much as a kernel took. */
	if (next_random(model, 3) != 0)
		at = model->sent + next_random(model, (uint32_t)(at - model->sent) + 1);
	out_queue_drop(&model->queue, at - model->sent);
	model->sent = at;
	if (model->sent == model->queued)
		assert_int_equal(model->queue.bytes, 0);
}

static void it_gives_what_one_flat_buffer_gives_and_lets_go_of_every_payload(void **state)
{
	struct model model = { .random = 5 };

	(void)state;
	model.flat = malloc(FLAT_BYTES + 200000);
	assert_non_null(model.flat);
	out_queue_init(&model.queue);
	for (uint32_t i = 0; i < 8; i++) {
		uint8_t bytes[4096];

		for (size_t j = 0; j < sizeof(bytes); j++)
			bytes[j] = (uint8_t)next_random(&model, 256);
		model.payloads[i] = payload_of(bytes, i * 513);
	}
	while (model.queued < FLAT_BYTES) {
		uint32_t choice = next_random(&model, 8);

		if (choice < 4)
			put_some(&model);
		else if (choice == 4)
			share_one(&model);
		else
			check_and_send(&model);
	}
	out_queue_drop(&model.queue, model.queue.bytes);
	assert_null(model.queue.first);
	out_queue_finish(&model.queue);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(atomic_load(&model.payloads[i]->references), 1);
		payload_release(model.payloads[i]);
	}
	free(model.flat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_queue_holds_no_memory),
		cmocka_unit_test(bytes_leave_in_the_order_in_which_they_came),
		cmocka_unit_test(room_that_is_not_committed_does_not_count),
		cmocka_unit_test(a_run_that_exactly_fills_a_piece_stays_in_it),
		cmocka_unit_test(gather_gives_no_more_runs_than_asked_for_and_no_empty_ones),
		cmocka_unit_test(a_payload_is_held_once_by_each_queue_and_let_go_when_it_was_sent),
		cmocka_unit_test(pieces_grow_to_64_kib_and_beyond_only_for_one_large_run),
		cmocka_unit_test(it_gives_what_one_flat_buffer_gives_and_lets_go_of_every_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
