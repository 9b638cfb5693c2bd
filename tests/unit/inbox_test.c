#include "relay_server/inbox.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/socket.h"
#include "relay_server/server_limits.h"

#include "support/unit_test.h"

struct bench {
	struct inbox inbox;
	struct outbox outbox;
};

static void bench_init(struct bench *bench)
{
	assert_int_equal(inbox_init(&bench->inbox), 0);
	assert_int_equal(outbox_init(&bench->outbox, &bench->inbox), 0);
}

static void bench_finish(struct bench *bench)
{
	outbox_finish(&bench->outbox);
	inbox_finish(&bench->inbox);
}

static void add(struct bench *bench, enum inbox_item_kind kind, uint32_t number, const void *bytes,
		size_t length)
{
	const struct inbox_item item = { .kind = (uint8_t)kind, .number = number };

	assert_true(outbox_add(&bench->outbox, &item, bytes, length));
}

/* Takes everything; checks that the numbers are those from *next on. */
static size_t take_all(struct bench *bench, uint32_t *next)
{
	struct inbox_batch *batch = inbox_take(&bench->inbox);
	size_t taken = 0;

	while (batch) {
		struct inbox_batch *following = batch->next;
		const struct inbox_item *item;

		while ((item = inbox_batch_next(batch)) != NULL) {
			assert_int_equal(item->number, *next);
			assert_int_equal((uintptr_t)item % 8, 0);
			assert_int_equal(item->length, item->number % 1500);
			for (uint32_t i = 0; i < item->length; i++)
				assert_int_equal(item->bytes[i], (uint8_t)item->number);
			++*next;
			taken++;
		}
		inbox_batch_done(&bench->inbox, batch);
		batch = following;
	}
	return taken;
}

static bool is_awake(const struct inbox *inbox)
{
	struct pollfd poll_fd = { .fd = inbox->wake_fd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) == 1;
}

static void nothing_is_handed_over_before_the_flush(void **state)
{
	struct bench bench;
	uint32_t next = 0;

	(void)state;
	bench_init(&bench);
	assert_true(outbox_flush(&bench.outbox));
	assert_false(is_awake(&bench.inbox));
	add(&bench, INBOX_PRESENCE, 0, NULL, 0);
	assert_null(inbox_take(&bench.inbox));
	assert_true(outbox_flush(&bench.outbox));
	assert_int_equal(take_all(&bench, &next), 1);
	assert_null(inbox_take(&bench.inbox));
	bench_finish(&bench);
}

static void items_arrive_whole_and_in_order_however_many_batches_they_fill(void **state)
{
	static uint8_t bytes[1500];
	struct bench bench;
	uint32_t next = 1;

	(void)state;
	bench_init(&bench);
	for (uint32_t number = 1; number <= 3000; number++) {
		memset(bytes, (uint8_t)number, sizeof(bytes));
		add(&bench, number % 2 == 0 ? INBOX_DELIVER : INBOX_PRESENCE, number, bytes,
		    number % 1500);
		if (number % 700 == 0)
			assert_true(outbox_flush(&bench.outbox));
	}
	assert_true(outbox_flush(&bench.outbox));
	assert_int_equal(take_all(&bench, &next), 3000);
	assert_int_equal(atomic_load(&bench.inbox.message_bytes), 0);
	bench_finish(&bench);
}

static void an_item_larger_than_a_batch_gets_one_of_its_own(void **state)
{
	enum { LARGE = 3 * RELAY_INBOX_BATCH_BYTES };
	const struct inbox_item item = { .kind = INBOX_DELIVER, .number = 5 };
	uint8_t *bytes = malloc(LARGE);
	const struct inbox_item *taken;
	struct inbox_batch *batch;
	struct bench bench;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 0x5a, LARGE);
	bench_init(&bench);
	assert_true(outbox_add(&bench.outbox, &item, bytes, LARGE));
	assert_true(outbox_flush(&bench.outbox));
	batch = inbox_take(&bench.inbox);
	assert_non_null(batch);
	taken = inbox_batch_next(batch);
	assert_int_equal(taken->length, LARGE);
	assert_memory_equal(taken->bytes, bytes, LARGE);
	assert_null(inbox_batch_next(batch));
	assert_null(inbox_batch_next(batch));
	inbox_batch_done(&bench.inbox, batch);
	bench_finish(&bench);
	free(bytes);
}

static void many_flushes_wake_the_reader_once_until_it_has_taken(void **state)
{
	struct bench bench;
	uint64_t wakes = 0;
	uint32_t next = 0;

	(void)state;
	bench_init(&bench);
	for (uint32_t number = 0; number < 5; number++) {
		uint8_t bytes[5];

		memset(bytes, (int)number, sizeof(bytes));
		add(&bench, INBOX_PRESENCE, number, bytes, number);
		assert_true(outbox_flush(&bench.outbox));
		assert_true(is_awake(&bench.inbox));
	}
	assert_int_equal(read(bench.inbox.wake_fd, &wakes, sizeof(wakes)), sizeof(wakes));
	assert_true(wakes == 1);
	assert_int_equal(take_all(&bench, &next), 5);
	/* What comes after the taking wakes it anew, or it would sleep over it. */
	add(&bench, INBOX_PRESENCE, 5, "\5\5\5\5\5", 5);
	assert_true(outbox_flush(&bench.outbox));
	assert_true(is_awake(&bench.inbox));
	net_wake_clear(bench.inbox.wake_fd);
	assert_false(is_awake(&bench.inbox));
	bench_finish(&bench);
}

/* What a reader would be told: each run of requests with its verdict. */
static void takes_run(struct inbox_batch *batch, uint32_t sender, uint32_t first, uint32_t through,
		      uint16_t status)
{
	const struct inbox_item *item = inbox_batch_next(batch);

	assert_non_null(item);
	assert_int_equal(item->kind, INBOX_VERDICT);
	assert_int_equal(item->origin.sender, sender);
	assert_int_equal(item->origin.request_id, first);
	assert_int_equal(item->through, through);
	assert_int_equal(item->verdict.status, status);
}

static void add_verdict(struct bench *bench, uint32_t sender, uint32_t request_id, uint16_t status,
			bool to_room)
{
	const struct message_origin origin = { .sender = sender, .request_id = request_id };
	const struct message_verdict verdict = { .status = status,
						 .outcome = status == 0 ? 1 : 0,
						 .to_room = to_room };

	assert_true(outbox_add_verdict(&bench->outbox, &origin, &verdict));
}

static void verdicts_of_consecutive_requests_share_an_item_and_no_others_do(void **state)
{
	struct inbox_batch *batch;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	for (uint32_t id = 5; id <= 9; id++)
		add_verdict(&bench, 1, id, 0, false);
	add_verdict(&bench, 1, 11, 0, false); /* a gap */
	add_verdict(&bench, 2, 12, 0, false); /* another sender */
	add_verdict(&bench, 2, 13, 7, false); /* another word */
	add_verdict(&bench, 2, 14, 0, true);  /* of a room: it carries a count */
	add_verdict(&bench, 2, 15, 0, true);
	add_verdict(&bench, 2, UINT32_MAX, 0, false);
	add_verdict(&bench, 2, 0, 0, false); /* not round the end of the ids */
	assert_true(outbox_flush(&bench.outbox));
	add_verdict(&bench, 2, 1, 0, false); /* what was handed over is not touched again */
	batch = inbox_take(&bench.inbox);
	takes_run(batch, 1, 5, 9, 0);
	takes_run(batch, 1, 11, 11, 0);
	takes_run(batch, 2, 12, 12, 0);
	takes_run(batch, 2, 13, 13, 7);
	takes_run(batch, 2, 14, 14, 0);
	takes_run(batch, 2, 15, 15, 0);
	takes_run(batch, 2, UINT32_MAX, UINT32_MAX, 0);
	takes_run(batch, 2, 0, 0, 0);
	assert_null(inbox_batch_next(batch));
	inbox_batch_done(&bench.inbox, batch);
	bench_finish(&bench);
}

static void what_never_came_about_has_nothing_to_hand_over(void **state)
{
	struct outbox outbox = { 0 };

	(void)state;
	assert_true(outbox_flush(&outbox));
	outbox_finish(&outbox);
}

static void messages_are_counted_from_the_outbox_until_they_are_done_with(void **state)
{
	const struct inbox_item verdict = { .kind = INBOX_VERDICT };
	struct payload *payload = payload_create(1000000);
	const struct inbox_item message = { .kind = INBOX_DELIVER, .payload = payload };
	const size_t counted = 1000000 + ((sizeof(message) + 7) & ~(size_t)7);
	struct inbox_batch *batch;
	struct bench bench;

	(void)state;
	assert_non_null(payload);
	bench_init(&bench);
	for (unsigned i = 0; i < 3; i++) {
		(void)payload_hold(payload);
		assert_true(outbox_add(&bench.outbox, &message, NULL, 0));
		assert_true(outbox_add(&bench.outbox, &verdict, NULL, 0)); /* counts nothing */
	}
	assert_true(outbox_has_room(&bench.outbox, RELAY_INBOX_MAX_BYTES - 3 * counted));
	assert_false(outbox_has_room(&bench.outbox, RELAY_INBOX_MAX_BYTES - 3 * counted + 1));
	assert_true(outbox_flush(&bench.outbox));
	assert_int_equal(atomic_load(&bench.inbox.message_bytes), 3 * counted);
	assert_false(outbox_has_room(&bench.outbox, RELAY_INBOX_MAX_BYTES - 3 * counted + 1));
	batch = inbox_take(&bench.inbox);
	assert_false(outbox_has_room(&bench.outbox, RELAY_INBOX_MAX_BYTES - 3 * counted + 1));
	while (batch) {
		struct inbox_batch *following = batch->next;
		const struct inbox_item *item;

		while ((item = inbox_batch_next(batch)) != NULL)
			payload_release(item->payload);
		inbox_batch_done(&bench.inbox, batch);
		batch = following;
	}
	assert_true(outbox_has_room(&bench.outbox, RELAY_INBOX_MAX_BYTES));
	assert_false(outbox_has_room(&bench.outbox, RELAY_INBOX_MAX_BYTES + 1));
	assert_int_equal(atomic_load(&payload->references), 1);
	payload_release(payload);
	bench_finish(&bench);
}

static void what_nobody_reads_gives_its_payloads_and_descriptors_back(void **state)
{
	struct payload *payload = payload_create(10);
	const struct inbox_item message = { .kind = INBOX_DELIVER, .payload = payload };
	struct inbox_item adopt = { .kind = INBOX_ADOPT };
	struct bench bench;
	int ends[2];

	(void)state;
	assert_non_null(payload);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	bench_init(&bench);
	(void)payload_hold(payload);
	assert_true(outbox_add(&bench.outbox, &message, NULL, 0));
	adopt.fd = ends[0];
	assert_true(outbox_add(&bench.outbox, &adopt, NULL, 0));
	assert_true(outbox_flush(&bench.outbox));
	(void)payload_hold(payload);
	assert_true(outbox_add(&bench.outbox, &message, NULL, 0));
	adopt.fd = ends[1];
	assert_true(outbox_add(&bench.outbox, &adopt, NULL, 0));
	bench_finish(&bench);
	assert_int_equal(atomic_load(&payload->references), 1);
	assert_int_equal(fcntl(ends[0], F_GETFD), -1);
	assert_int_equal(fcntl(ends[1], F_GETFD), -1);
	payload_release(payload);
	inbox_finish(&bench.inbox);
}

#define WRITERS 3
#define ITEMS_EACH 20000u

struct writer {
	struct inbox *inbox;
	uint32_t index;
	bool wrote_all;
};

static void *write_many(void *context)
{
	struct writer *writer = context;
	struct outbox outbox;

	writer->wrote_all = outbox_init(&outbox, writer->inbox) == 0;
	for (uint32_t i = 0; i < ITEMS_EACH && writer->wrote_all; i++) {
		const struct inbox_item item = { .kind = INBOX_DELIVER,
						 .number = writer->index,
						 .count = i };

		writer->wrote_all = outbox_add(&outbox, &item, &i, sizeof(i));
		if (i % 7 == 0 || i == ITEMS_EACH - 1)
			writer->wrote_all &= outbox_flush(&outbox);
	}
	outbox_finish(&outbox);
	return NULL;
}

static void from_several_threads_all_arrives_and_each_ones_in_order(void **state)
{
	struct writer writers[WRITERS];
	pthread_t threads[WRITERS];
	uint32_t next[WRITERS] = { 0 };
	struct inbox inbox;
	size_t taken = 0;

	(void)state;
	assert_int_equal(inbox_init(&inbox), 0);
	for (uint32_t i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .inbox = &inbox, .index = i };
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
	}
	while (taken < (size_t)WRITERS * ITEMS_EACH) {
		struct pollfd poll_fd = { .fd = inbox.wake_fd, .events = POLLIN };
		struct inbox_batch *batch;

		/* A wake-up that got lost would show here. */
		assert_int_equal(poll(&poll_fd, 1, 30000), 1);
		net_wake_clear(inbox.wake_fd);
		batch = inbox_take(&inbox);
		while (batch) {
			struct inbox_batch *following = batch->next;
			const struct inbox_item *item;

			while ((item = inbox_batch_next(batch)) != NULL) {
				assert_int_equal(item->count, next[item->number]++);
				taken++;
			}
			inbox_batch_done(&inbox, batch);
			batch = following;
		}
	}
	for (uint32_t i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(writers[i].wrote_all);
		assert_int_equal(next[i], ITEMS_EACH);
	}
	assert_int_equal(atomic_load(&inbox.message_bytes), 0);
	inbox_finish(&inbox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_handed_over_before_the_flush),
		cmocka_unit_test(items_arrive_whole_and_in_order_however_many_batches_they_fill),
		cmocka_unit_test(an_item_larger_than_a_batch_gets_one_of_its_own),
		cmocka_unit_test(many_flushes_wake_the_reader_once_until_it_has_taken),
		cmocka_unit_test(verdicts_of_consecutive_requests_share_an_item_and_no_others_do),
		cmocka_unit_test(what_never_came_about_has_nothing_to_hand_over),
		cmocka_unit_test(messages_are_counted_from_the_outbox_until_they_are_done_with),
		cmocka_unit_test(what_nobody_reads_gives_its_payloads_and_descriptors_back),
		cmocka_unit_test(from_several_threads_all_arrives_and_each_ones_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
