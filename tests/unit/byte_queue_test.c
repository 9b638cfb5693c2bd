#include "base/byte_queue.h"

#include <string.h>

#include "support/unit_test.h"

static void bytes_come_out_as_they_went_in(void **state)
{
	struct byte_queue queue;

	(void)state;
	byte_queue_init(&queue, 64);
	assert_true(byte_queue_push(&queue, "abc", 3));
	assert_true(byte_queue_push(&queue, "de", 2));
	byte_queue_drop(&queue, 1);
	assert_int_equal(byte_queue_length(&queue), 4);
	assert_memory_equal(byte_queue_bytes(&queue), "bcde", 4);
	byte_queue_finish(&queue);
}

static void order_holds_over_many_partial_drops_and_pushes(void **state)
{
	struct byte_queue queue;
	size_t pushed = 0;
	size_t dropped = 0;

	(void)state;
	byte_queue_init(&queue, 4096);
	for (size_t step = 0; step < 20000; step++) {
		uint8_t piece[37];
		size_t length = step * 7 % sizeof(piece);

		for (size_t i = 0; i < length; i++)
			piece[i] = (uint8_t)((pushed + i) * 31 >> 3);
		if (byte_queue_push(&queue, piece, length))
			pushed += length;
		for (size_t i = 0; i < byte_queue_length(&queue); i++)
			assert_int_equal(byte_queue_bytes(&queue)[i],
					 (uint8_t)((dropped + i) * 31 >> 3));
		length = step * 11 % 40;
		if (length > byte_queue_length(&queue))
			length = byte_queue_length(&queue);
		byte_queue_drop(&queue, length);
		dropped += length;
		assert_int_equal(byte_queue_length(&queue), pushed - dropped);
	}
	byte_queue_finish(&queue);
}

static void the_ceiling_is_exact_and_a_push_beyond_it_queues_nothing(void **state)
{
	static const uint8_t bytes[1000];
	struct byte_queue queue;

	(void)state;
	byte_queue_init(&queue, sizeof(bytes));
	assert_true(byte_queue_push(&queue, bytes, sizeof(bytes)));
	assert_false(byte_queue_push(&queue, bytes, 1));
	assert_int_equal(byte_queue_length(&queue), sizeof(bytes));
	byte_queue_drop(&queue, 1);
	assert_true(byte_queue_push(&queue, bytes, 1));
	assert_null(byte_queue_reserve(&queue, SIZE_MAX));
	assert_int_equal(byte_queue_length(&queue), sizeof(bytes));
	byte_queue_finish(&queue);
}

static void memory_does_not_grow_while_the_queue_is_drained_as_fast_as_filled(void **state)
{
	static const uint8_t bytes[300];
	struct byte_queue queue;

	(void)state;
	byte_queue_init(&queue, (size_t)1024 * 1024);
	for (int i = 0; i < 10000; i++) {
		assert_true(byte_queue_push(&queue, bytes, sizeof(bytes)));
		if (i > 0)
			byte_queue_drop(&queue, sizeof(bytes));
	}
	assert_in_range(queue.capacity, 2 * sizeof(bytes), 16 * sizeof(bytes));
	byte_queue_finish(&queue);
}

static void reserved_bytes_count_only_once_committed(void **state)
{
	struct byte_queue queue;
	uint8_t *room;

	(void)state;
	byte_queue_init(&queue, 100);
	room = byte_queue_reserve(&queue, 10);
	assert_non_null(room);
	memcpy(room, "0123456789", 10);
	assert_int_equal(byte_queue_length(&queue), 0);
	byte_queue_commit(&queue, 4);
	assert_int_equal(byte_queue_length(&queue), 4);
	assert_memory_equal(byte_queue_bytes(&queue), "0123", 4);
	byte_queue_finish(&queue);
}

static void release_gives_memory_back_only_when_empty(void **state)
{
	struct byte_queue queue;

	(void)state;
	byte_queue_init(&queue, 100);
	assert_true(byte_queue_push(&queue, "ab", 2));
	byte_queue_release(&queue);
	assert_memory_equal(byte_queue_bytes(&queue), "ab", 2);
	byte_queue_drop(&queue, 2);
	byte_queue_release(&queue);
	assert_null(queue.memory);
	assert_int_equal(queue.capacity, 0);
	assert_true(byte_queue_push(&queue, "cd", 2));
	assert_memory_equal(byte_queue_bytes(&queue), "cd", 2);
	byte_queue_finish(&queue);
}

static void a_queue_that_was_never_used_holds_nothing(void **state)
{
	struct byte_queue queue;

	(void)state;
	byte_queue_init(&queue, 100);
	assert_null(byte_queue_bytes(&queue));
	assert_true(byte_queue_push(&queue, NULL, 0));
	assert_null(queue.memory);
	byte_queue_finish(&queue);
	byte_queue_finish(&queue);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_come_out_as_they_went_in),
		cmocka_unit_test(order_holds_over_many_partial_drops_and_pushes),
		cmocka_unit_test(the_ceiling_is_exact_and_a_push_beyond_it_queues_nothing),
		cmocka_unit_test(memory_does_not_grow_while_the_queue_is_drained_as_fast_as_filled),
		cmocka_unit_test(reserved_bytes_count_only_once_committed),
		cmocka_unit_test(release_gives_memory_back_only_when_empty),
		cmocka_unit_test(a_queue_that_was_never_used_holds_nothing),
	};

	return cmocka_run_group_tests_name("byte_queue", tests, NULL, NULL);
}
