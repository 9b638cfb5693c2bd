/*
 * The messages that the application was given lately.
 */
#include "support/unit_test.h"

#include <string.h>

#include "base/clock.h"
#include "relay_client/recent_ids.h"

#define S NS_PER_S

static void a_message_is_known_again_for_ten_minutes(void **state)
{
	static const struct hash_secret secret = { { 3, 4 } };
	struct recent_ids recent;
	uint8_t id[16] = { 1 };
	uint8_t other[16] = { 2 };

	(void)state;
	recent_ids_init(&recent, &secret);
	assert_false(recent_ids_seen(&recent, id, 5 * S));
	assert_false(recent_ids_seen(&recent, other, 6 * S));
	assert_true(recent_ids_seen(&recent, id, 5 * S + 600 * S - 1));
	assert_false(recent_ids_seen(&recent, id, 5 * S + 600 * S));
	assert_true(recent_ids_seen(&recent, other, 5 * S + 600 * S));
	recent_ids_finish(&recent);
}

static void the_last_8192_messages_are_known_again(void **state)
{
	static const struct hash_secret secret = { { 3, 4 } };
	struct recent_ids recent;

	(void)state;
	recent_ids_init(&recent, &secret);
	for (uint32_t i = 0; i < 20000; i++) {
		uint8_t id[16] = { 0 };

		memcpy(id, &i, sizeof(i));
		assert_false(recent_ids_seen(&recent, id, S));
		assert_true(recent_ids_seen(&recent, id, S));
	}
	for (uint32_t i = 20000; i > 20000 - 8192; i--) {
		uint8_t id[16] = { 0 };

		i--;
		memcpy(id, &i, sizeof(i));
		assert_true(recent_ids_seen(&recent, id, S));
		i++;
	}
	assert_int_equal(recent.count, 8192);
	recent_ids_finish(&recent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_known_again_for_ten_minutes),
		cmocka_unit_test(the_last_8192_messages_are_known_again),
	};

	return cmocka_run_group_tests_name("recent_ids", tests, NULL, NULL);
}
