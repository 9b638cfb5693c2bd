#include "relay_load/server_memory.h"

#include <unistd.h>

#include "support/unit_test.h"

static void the_sums_of_all_mappings_are_read(void **state)
{
	struct server_memory memory;

	(void)state;
	assert_true(server_memory_parse("55d0c000-7ffe2000 ---p 00000000 00:00 0 [rollup]\n"
					"Rss:                3080 kB\n"
					"Pss:                1201 kB\n"
					"Pss_Anon:            900 kB\n"
					"Shared_Clean:       2000 kB\n"
					"Private_Clean:        12 kB\n"
					"Private_Dirty:      1068 kB\n",
					&memory));
	assert_int_equal(memory.resident_bytes, 3080 * 1024);
	assert_int_equal(memory.private_bytes, 1080 * 1024);
}

static void what_says_no_rss_is_no_answer_and_writes_nothing(void **state)
{
	static const char *const texts[] = { "",          "\n",           "Rss:",
					     "Rss: kB\n", "Pss: 12 kB\n", "AnonRss: 12 kB\n" };
	struct server_memory memory = { .resident_bytes = 1, .private_bytes = 2 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(server_memory_parse(texts[i], &memory));
	assert_int_equal(memory.resident_bytes, 1);
	assert_int_equal(memory.private_bytes, 2);
}

static void our_own_memory_can_be_read_and_nobodys_cannot(void **state)
{
	struct server_memory memory;

	(void)state;
	assert_true(server_memory_read((uint32_t)getpid(), &memory));
	assert_true(memory.resident_bytes > 0);
	assert_true(memory.private_bytes > 0 && memory.private_bytes <= memory.resident_bytes);
	assert_false(server_memory_read(INT32_MAX, &memory));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sums_of_all_mappings_are_read),
		cmocka_unit_test(what_says_no_rss_is_no_answer_and_writes_nothing),
		cmocka_unit_test(our_own_memory_can_be_read_and_nobodys_cannot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
