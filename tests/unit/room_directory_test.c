#include "relay_server/room_directory.h"

#include <stdio.h>
#include <string.h>

#include "support/unit_test.h"

static struct relay_bytes text(const char *words)
{
	return (struct relay_bytes){ .bytes = (const uint8_t *)words,
				     .length = (uint32_t)strlen(words) };
}

static uint64_t join(struct room_directory *rooms, const char *name, unsigned worker,
		     uint32_t expected_members)
{
	uint64_t number = 0;
	uint32_t members = 0;

	assert_true(room_directory_join(rooms, text(name), worker, &number, &members));
	assert_int_equal(members, expected_members);
	assert_int_equal(room_directory_members(rooms, number), expected_members);
	return number;
}

static void the_first_makes_a_room_and_the_last_ends_it(void **state)
{
	struct room_directory rooms;
	uint64_t workers;
	uint64_t number;
	uint64_t found;

	(void)state;
	room_directory_init(&rooms, 2);
	assert_false(room_directory_find(&rooms, text("tea"), &found, &workers));
	number = join(&rooms, "tea", 0, 1);
	assert_true(join(&rooms, "tea", 1, 2) == number);
	assert_true(room_directory_find(&rooms, text("tea"), &found, &workers));
	assert_true(found == number);
	room_directory_leave(&rooms, number, 0);
	assert_int_equal(room_directory_members(&rooms, number), 1);
	assert_true(room_directory_find(&rooms, text("tea"), &found, &workers));
	room_directory_leave(&rooms, number, 1);
	assert_false(room_directory_find(&rooms, text("tea"), &found, &workers));
	assert_int_equal(room_directory_members(&rooms, number), 0);
	room_directory_leave(&rooms, number, 1); /* of no room any more */
	room_directory_finish(&rooms);
}

static void a_rooms_number_is_never_used_again(void **state)
{
	struct room_directory rooms;
	uint64_t first;
	uint64_t second;

	(void)state;
	room_directory_init(&rooms, 1);
	first = join(&rooms, "tea", 0, 1);
	room_directory_leave(&rooms, first, 0);
	second = join(&rooms, "tea", 0, 1);
	assert_true(second > first);
	assert_true(join(&rooms, "coffee", 0, 1) > second);
	room_directory_finish(&rooms);
}

static void find_tells_the_workers_that_have_members_now(void **state)
{
	struct room_directory rooms;
	uint64_t workers;
	uint64_t number;
	uint64_t found;

	(void)state;
	room_directory_init(&rooms, 64);
	number = join(&rooms, "tea", 0, 1);
	(void)join(&rooms, "tea", 33, 2);
	(void)join(&rooms, "tea", 33, 3);
	(void)join(&rooms, "tea", 63, 4);
	assert_true(room_directory_find(&rooms, text("tea"), &found, &workers));
	assert_true(workers == (UINT64_C(1) << 63 | UINT64_C(1) << 33 | 1));
	room_directory_leave(&rooms, number, 33);
	assert_true(room_directory_find(&rooms, text("tea"), &found, &workers));
	assert_true(workers == (UINT64_C(1) << 63 | UINT64_C(1) << 33 | 1));
	room_directory_leave(&rooms, number, 33);
	room_directory_leave(&rooms, number, 0);
	assert_true(room_directory_find(&rooms, text("tea"), &found, &workers));
	assert_true(workers == UINT64_C(1) << 63);
	room_directory_finish(&rooms);
}

static void rooms_are_told_apart_by_every_byte_of_their_names(void **state)
{
	struct room_directory rooms;
	uint64_t workers;
	uint64_t number;
	uint64_t found;
	char longest[RELAY_NAME_MAX_BYTES + 1];

	(void)state;
	room_directory_init(&rooms, 1);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	number = join(&rooms, longest, 0, 1);
	assert_true(room_directory_find(&rooms, text(longest), &found, &workers));
	assert_true(found == number);
	longest[RELAY_NAME_MAX_BYTES - 1] = 'y';
	assert_false(room_directory_find(&rooms, text(longest), &found, &workers));
	longest[RELAY_NAME_MAX_BYTES - 1] = '\0';
	assert_false(room_directory_find(&rooms, text(longest), &found, &workers));
	(void)join(&rooms, longest, 0, 1);
	room_directory_finish(&rooms);
}

static void pages_list_each_room_once_in_the_order_of_their_making(void **state)
{
	uint8_t page[1000];
	struct room_directory rooms;
	uint64_t numbers[301] = { 0 };
	uint64_t after = 0;
	unsigned next = 1;
	bool more = true;

	(void)state;
	room_directory_init(&rooms, 1);
	for (unsigned i = 1; i <= 300; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "room%u", i);
		numbers[i] = join(&rooms, name, 0, 1);
		for (unsigned j = 1; j <= i % 3; j++)
			(void)join(&rooms, name, 0, j + 1);
	}
	room_directory_leave(&rooms, numbers[4], 0);
	room_directory_leave(&rooms, numbers[4], 0); /* which ends it: 4 % 3 is 1 */
	while (more) {
		struct byte_writer writer = byte_writer_into(page, sizeof(page));
		struct relay_bytes rest;
		struct relay_entry entry;

		more = room_directory_list(&rooms, &after, &writer);
		assert_false(writer.overflowed);
		assert_true(writer.length > 0);
		rest = (struct relay_bytes){ .bytes = page, .length = (uint32_t)writer.length };
		while (relay_entry_next(&rest, &entry)) {
			char name[16];

			(void)snprintf(name, sizeof(name), "room%u", next);
			assert_int_equal(entry.name.length, strlen(name));
			assert_memory_equal(entry.name.bytes, name, strlen(name));
			assert_int_equal(entry.count, 1 + next % 3);
			next += next == 3 ? 2 : 1;
		}
	}
	assert_int_equal(next, 301);
	assert_true(after == numbers[300]);
	room_directory_finish(&rooms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_makes_a_room_and_the_last_ends_it),
		cmocka_unit_test(a_rooms_number_is_never_used_again),
		cmocka_unit_test(find_tells_the_workers_that_have_members_now),
		cmocka_unit_test(rooms_are_told_apart_by_every_byte_of_their_names),
		cmocka_unit_test(pages_list_each_room_once_in_the_order_of_their_making),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
