#include "relay_server/message_ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "relay_server/server_limits.h"

#include "support/unit_test.h"

#define LIFE_MS (RELAY_MESSAGE_ID_LIFE_S * MS_PER_S)

static const struct message_verdict delivered = { .outcome = RELAY_OUTCOME_DELIVERED };
static const struct message_verdict timed_out = { .status = RELAY_STATUS_TIMEOUT };
static const struct message_verdict gone = { .status = RELAY_STATUS_GONE };

struct asked {
	enum message_ids_answer answer;
	struct message_record *record;
	struct message_verdict verdict;
};

/* Somebody asks for the message of that number; request_id tells who. */
static struct asked ask(struct message_ids *ids, uint64_t number, uint32_t request_id,
			uint64_t now_ms)
{
	const struct message_origin origin = { .sender = 7, .request_id = request_id, .worker = 3 };
	uint8_t id[RELAY_MESSAGE_ID_BYTES] = { 0 };
	struct asked asked = { 0 };

	memcpy(id + 8, &number, sizeof(number));
	asked.answer = message_ids_ask(ids, id, &origin, now_ms, &asked.record, &asked.verdict);
	return asked;
}

/* Gives a verdict and returns how many were to be told. */
static size_t conclude(struct message_ids *ids, struct message_record *record,
		       const struct message_verdict *verdict, bool keep_late)
{
	struct message_origin *origins = NULL;
	size_t count = message_ids_verdict(ids, record, verdict, keep_late, &origins);

	free(origins);
	return count;
}

static void the_first_is_new_and_repeats_in_flight_wait_for_the_same_verdict(void **state)
{
	enum { MOST = RELAY_MESSAGE_WAITERS_MAX };
	struct message_origin *origins = NULL;
	struct message_ids ids;
	struct asked asked;
	struct asked first;

	(void)state;
	message_ids_init(&ids);
	first = ask(&ids, 1, 100, 0);
	assert_int_equal(first.answer, MESSAGE_ID_NEW);
	assert_non_null(first.record);
	for (uint32_t i = 1; i < MOST; i++)
		assert_int_equal(ask(&ids, 1, 100 + i, i).answer, MESSAGE_ID_WAIT);
	/* One more would let somebody fill our memory with one message's askers. */
	asked = ask(&ids, 1, 100 + MOST, MOST);
	assert_int_equal(asked.answer, MESSAGE_ID_FAILED);
	assert_int_equal(asked.verdict.status, RELAY_STATUS_BUSY);
	assert_int_equal(message_ids_verdict(&ids, first.record, &delivered, false, &origins),
			 MOST);
	for (uint32_t i = 0; i < MOST; i++) {
		assert_int_equal(origins[i].request_id, 100 + i);
		assert_int_equal(origins[i].sender, 7);
		assert_int_equal(origins[i].worker, 3);
	}
	free(origins);
	message_ids_destroy(&ids);
}

static void ids_that_differ_in_one_bit_are_two(void **state)
{
	struct message_ids ids;

	(void)state;
	message_ids_init(&ids);
	assert_int_equal(ask(&ids, 0, 1, 0).answer, MESSAGE_ID_NEW);
	for (unsigned bit = 0; bit < 64; bit++) {
		struct asked asked = ask(&ids, UINT64_C(1) << bit, 1, 0);

		assert_int_equal(asked.answer, MESSAGE_ID_NEW);
		assert_int_equal(conclude(&ids, asked.record, &gone, false), 1);
	}
	/* The other record is in flight still, and freed with the rest. */
	assert_int_equal(conclude(&ids, ids.oldest, &gone, false), 1);
	message_ids_destroy(&ids);
}

static void delivered_is_remembered_and_every_failure_but_timeout_forgotten(void **state)
{
	static const enum relay_status failures[] = {
		RELAY_STATUS_GONE,          RELAY_STATUS_BUSY,     RELAY_STATUS_NO_SUCH_CLIENT,
		RELAY_STATUS_SHUTTING_DOWN, RELAY_STATUS_INTERNAL, RELAY_STATUS_TOO_LARGE,
	};
	const struct message_verdict to_room = { .outcome = RELAY_OUTCOME_DELIVERED,
						 .to_room = true,
						 .count = 12 };
	struct message_ids ids;
	struct asked asked;

	(void)state;
	message_ids_init(&ids);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const struct message_verdict failed = { .status = (uint16_t)failures[i] };

		asked = ask(&ids, 1, 1, 0);
		assert_int_equal(asked.answer, MESSAGE_ID_NEW);
		assert_int_equal(conclude(&ids, asked.record, &failed, false), 1);
		assert_int_equal(ids.records.count, 0);
	}
	asked = ask(&ids, 1, 1, 0);
	assert_int_equal(conclude(&ids, asked.record, &to_room, false), 1);
	for (unsigned i = 0; i < 3; i++) {
		asked = ask(&ids, 1, 1, 0);
		assert_int_equal(asked.answer, MESSAGE_ID_VERDICT);
		assert_int_equal(asked.verdict.status, RELAY_STATUS_OK);
		assert_int_equal(asked.verdict.outcome, RELAY_OUTCOME_DELIVERED);
		assert_true(asked.verdict.to_room);
		assert_int_equal(asked.verdict.count, 12);
	}
	message_ids_destroy(&ids);
}

static void a_timeout_is_remembered_until_the_late_acknowledgement_or_the_end(void **state)
{
	struct message_ids ids;
	struct asked first;
	struct asked asked;

	(void)state;
	message_ids_init(&ids);
	first = ask(&ids, 1, 1, 0);
	assert_int_equal(conclude(&ids, first.record, &timed_out, true), 1);
	asked = ask(&ids, 1, 2, 0);
	assert_int_equal(asked.answer, MESSAGE_ID_VERDICT);
	assert_int_equal(asked.verdict.status, RELAY_STATUS_TIMEOUT);
	message_ids_late(&ids, first.record);
	asked = ask(&ids, 1, 3, 0);
	assert_int_equal(asked.answer, MESSAGE_ID_VERDICT);
	assert_int_equal(asked.verdict.status, RELAY_STATUS_OK);
	assert_int_equal(asked.verdict.outcome, RELAY_OUTCOME_DELIVERED);

	first = ask(&ids, 2, 4, 0);
	assert_int_equal(conclude(&ids, first.record, &timed_out, true), 1);
	message_ids_gone(&ids, first.record);
	asked = ask(&ids, 2, 5, 0);
	assert_int_equal(asked.answer, MESSAGE_ID_NEW);
	assert_int_equal(conclude(&ids, asked.record, &gone, false), 1);
	message_ids_destroy(&ids);
}

static void after_ten_minutes_it_is_forgotten_and_not_before(void **state)
{
	struct message_ids ids;
	struct asked asked;

	(void)state;
	message_ids_init(&ids);
	asked = ask(&ids, 1, 1, 5000);
	assert_int_equal(conclude(&ids, asked.record, &delivered, false), 1);
	asked = ask(&ids, 2, 1, 6000);
	assert_int_equal(conclude(&ids, asked.record, &delivered, false), 1);
	assert_int_equal(ask(&ids, 1, 1, 5000 + LIFE_MS - 1).answer, MESSAGE_ID_VERDICT);
	asked = ask(&ids, 1, 1, 5000 + LIFE_MS);
	assert_int_equal(asked.answer, MESSAGE_ID_NEW);
	assert_int_equal(conclude(&ids, asked.record, &delivered, false), 1);
	/* The other one, and what was made anew, have their own times. */
	assert_int_equal(ask(&ids, 2, 1, 6000 + LIFE_MS - 1).answer, MESSAGE_ID_VERDICT);
	assert_int_equal(ask(&ids, 1, 1, 5000 + 2 * LIFE_MS - 1).answer, MESSAGE_ID_VERDICT);
	assert_int_equal(ids.records.count, 1);
	message_ids_destroy(&ids);
}

static void a_record_that_expires_in_flight_still_ends_in_a_verdict_for_all(void **state)
{
	struct message_ids ids;
	struct asked first;
	struct asked second;

	(void)state;
	message_ids_init(&ids);
	first = ask(&ids, 1, 1, 0);
	assert_int_equal(ask(&ids, 1, 2, 0).answer, MESSAGE_ID_WAIT);
	second = ask(&ids, 1, 3, LIFE_MS);
	assert_int_equal(second.answer, MESSAGE_ID_NEW);
	assert_ptr_not_equal(second.record, first.record);
	assert_int_equal(conclude(&ids, first.record, &gone, false), 2);
	/* The first's end forgets the first only. */
	assert_int_equal(ask(&ids, 1, 4, LIFE_MS).answer, MESSAGE_ID_WAIT);
	assert_int_equal(conclude(&ids, second.record, &delivered, false), 2);
	assert_int_equal(ask(&ids, 1, 5, LIFE_MS).answer, MESSAGE_ID_VERDICT);
	message_ids_destroy(&ids);
}

static void of_more_than_100000_the_oldest_is_forgotten(void **state)
{
	struct message_ids ids;
	struct asked asked;

	(void)state;
	message_ids_init(&ids);
	for (uint64_t number = 0; number < RELAY_MESSAGE_IDS_MAX; number++) {
		asked = ask(&ids, number, 1, 0);
		assert_int_equal(asked.answer, MESSAGE_ID_NEW);
		assert_int_equal(conclude(&ids, asked.record, &delivered, false), 1);
	}
	assert_int_equal(ids.records.count, RELAY_MESSAGE_IDS_MAX);
	for (uint64_t more = 0; more < 10; more++) {
		asked = ask(&ids, RELAY_MESSAGE_IDS_MAX + more, 1, 0);
		assert_int_equal(asked.answer, MESSAGE_ID_NEW);
		assert_int_equal(conclude(&ids, asked.record, &delivered, false), 1);
		assert_int_equal(ids.records.count, RELAY_MESSAGE_IDS_MAX);
	}
	assert_int_equal(ask(&ids, RELAY_MESSAGE_IDS_MAX + 9, 1, 0).answer, MESSAGE_ID_VERDICT);
	assert_int_equal(ask(&ids, 5000, 1, 0).answer, MESSAGE_ID_VERDICT);
	asked = ask(&ids, 9, 1, 0);
	assert_int_equal(asked.answer, MESSAGE_ID_NEW);
	assert_int_equal(conclude(&ids, asked.record, &delivered, false), 1);
	message_ids_destroy(&ids);
}

static void forgetting_one_in_the_middle_keeps_the_order_of_the_others(void **state)
{
	struct message_record *records[5];
	struct message_ids ids;

	(void)state;
	message_ids_init(&ids);
	for (uint32_t i = 0; i < 5; i++)
		records[i] = ask(&ids, i, i, i * 1000).record;
	/* The middle, the newest and the oldest go; 1 and 3 are left, in this order. */
	assert_int_equal(conclude(&ids, records[2], &gone, false), 1);
	assert_int_equal(conclude(&ids, records[4], &gone, false), 1);
	assert_int_equal(conclude(&ids, records[0], &gone, false), 1);
	assert_ptr_equal(ids.oldest, records[1]);
	assert_ptr_equal(ids.newest, records[3]);
	assert_int_equal(conclude(&ids, records[1], &delivered, false), 1);
	assert_int_equal(conclude(&ids, records[3], &delivered, false), 1);
	assert_int_equal(ask(&ids, 3, 1, 1000 + LIFE_MS).answer, MESSAGE_ID_VERDICT);
	assert_int_equal(ids.records.count, 1);
	assert_int_equal(ask(&ids, 3, 1, 3000 + LIFE_MS - 1).answer, MESSAGE_ID_VERDICT);
	message_ids_destroy(&ids);
	assert_null(ids.oldest);
	assert_null(ids.newest);
}

static void a_late_one_that_gives_way_keeps_its_verdict(void **state)
{
	struct message_ids ids;
	struct asked first;
	struct asked asked;

	(void)state;
	message_ids_init(&ids);
	first = ask(&ids, 1, 1, 0);
	assert_int_equal(conclude(&ids, first.record, &timed_out, true), 1);
	message_ids_forget(&ids, first.record);
	asked = ask(&ids, 1, 2, 0);
	assert_int_equal(asked.answer, MESSAGE_ID_VERDICT);
	assert_int_equal(asked.verdict.status, RELAY_STATUS_TIMEOUT);
	message_ids_destroy(&ids);
}

static void a_repeat_at_the_ceiling_forgets_nothing(void **state)
{
	struct message_ids ids;
	struct asked asked;

	(void)state;
	message_ids_init(&ids);
	for (uint64_t number = 0; number < RELAY_MESSAGE_IDS_MAX; number++) {
		asked = ask(&ids, number, 1, 0);
		assert_int_equal(conclude(&ids, asked.record, &delivered, false), 1);
	}
	/* The oldest of exactly 100,000 is still remembered, and asking makes no room. */
	asked = ask(&ids, 0, 1, 0);
	assert_int_equal(asked.answer, MESSAGE_ID_VERDICT);
	assert_int_equal(ids.records.count, RELAY_MESSAGE_IDS_MAX);
	message_ids_destroy(&ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_new_and_repeats_in_flight_wait_for_the_same_verdict),
		cmocka_unit_test(ids_that_differ_in_one_bit_are_two),
		cmocka_unit_test(delivered_is_remembered_and_every_failure_but_timeout_forgotten),
		cmocka_unit_test(a_timeout_is_remembered_until_the_late_acknowledgement_or_the_end),
		cmocka_unit_test(after_ten_minutes_it_is_forgotten_and_not_before),
		cmocka_unit_test(a_record_that_expires_in_flight_still_ends_in_a_verdict_for_all),
		cmocka_unit_test(of_more_than_100000_the_oldest_is_forgotten),
		cmocka_unit_test(forgetting_one_in_the_middle_keeps_the_order_of_the_others),
		cmocka_unit_test(a_late_one_that_gives_way_keeps_its_verdict),
		cmocka_unit_test(a_repeat_at_the_ceiling_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
