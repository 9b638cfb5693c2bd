#include "base/hash_table.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"

struct numbered {
	struct hash_node node; /* first: found by a cast */
	uint64_t number;
};

static struct numbered *find(const struct hash_table *table, uint64_t number)
{
	struct hash_node *node = hash_table_first_match(table, hash_number(number));

	while (node && ((struct numbered *)node)->number != number)
		node = hash_table_next_match(node);
	return (struct numbered *)node;
}

static void every_node_is_found_until_it_is_removed(void **state)
{
	enum { COUNT = 5000 };
	struct numbered *nodes = calloc(COUNT, sizeof(*nodes));
	struct hash_table table;

	(void)state;
	assert_non_null(nodes);
	hash_table_init(&table);
	for (uint64_t i = 0; i < COUNT; i++) {
		nodes[i].number = i * 3;
		assert_true(hash_table_insert(&table, &nodes[i].node, hash_number(i * 3)));
	}
	assert_int_equal(table.count, COUNT);
	for (uint64_t i = 0; i < COUNT; i++) {
		assert_ptr_equal(find(&table, i * 3), &nodes[i]);
		assert_null(find(&table, i * 3 + 1));
	}
	for (uint64_t i = 0; i < COUNT; i += 2)
		hash_table_remove(&table, &nodes[i].node);
	for (uint64_t i = 0; i < COUNT; i++)
		assert_ptr_equal(find(&table, i * 3), i % 2 == 0 ? NULL : &nodes[i]);
	hash_table_finish(&table);
	free(nodes);
}

static void nodes_of_one_hash_are_all_found(void **state)
{
	struct numbered nodes[40] = { 0 };
	struct hash_table table;
	size_t seen = 0;

	(void)state;
	hash_table_init(&table);
	for (size_t i = 0; i < 40; i++)
		assert_true(hash_table_insert(&table, &nodes[i].node, 0x1234));
	for (struct hash_node *node = hash_table_first_match(&table, 0x1234); node;
	     node = hash_table_next_match(node))
		seen++;
	assert_int_equal(seen, 40);
	/* the same bucket, another hash */
	assert_null(hash_table_first_match(&table, 0x1234 + table.bucket_count));
	hash_table_finish(&table);
}

static void the_table_shrinks_when_its_nodes_go(void **state)
{
	enum { COUNT = 10000 };
	struct numbered *nodes = calloc(COUNT, sizeof(*nodes));
	struct hash_table table;

	(void)state;
	assert_non_null(nodes);
	hash_table_init(&table);
	for (uint64_t i = 0; i < COUNT; i++)
		assert_true(hash_table_insert(&table, &nodes[i].node, hash_number(i)));
	assert_true(table.bucket_count >= COUNT / 2);
	for (uint64_t i = 0; i < COUNT - 1; i++)
		hash_table_remove(&table, &nodes[i].node);
	assert_in_range(table.bucket_count, 1, 64);
	assert_ptr_equal(hash_table_any(&table), &nodes[COUNT - 1].node);
	hash_table_finish(&table);
	free(nodes);
}

static void a_table_can_be_emptied_node_by_node(void **state)
{
	struct numbered nodes[100] = { 0 };
	struct hash_table table;
	size_t removed = 0;

	(void)state;
	hash_table_init(&table);
	for (uint64_t i = 0; i < 100; i++)
		assert_true(hash_table_insert(&table, &nodes[i].node, hash_number(i)));
	for (struct hash_node *node = hash_table_any(&table); node; node = hash_table_any(&table)) {
		hash_table_remove(&table, node);
		removed++;
	}
	assert_int_equal(removed, 100);
	assert_int_equal(table.count, 0);
	hash_table_finish(&table);
}

static void an_empty_table_finds_nothing_and_can_be_finished_twice(void **state)
{
	struct hash_table table;

	(void)state;
	hash_table_init(&table);
	assert_null(hash_table_first_match(&table, 1));
	assert_null(hash_table_any(&table));
	hash_table_finish(&table);
	hash_table_finish(&table);
}

static void the_hash_of_bytes_depends_on_each_byte_the_length_and_the_secret(void **state)
{
	struct hash_secret secret = { { 1, 2 } };
	struct hash_secret other = { { 1, 3 } };
	uint8_t bytes[24] = { 0 };
	uint64_t first = hash_bytes(&secret, bytes, sizeof(bytes));

	(void)state;
	assert_true(hash_bytes(&secret, bytes, sizeof(bytes)) == first);
	assert_true(hash_bytes(&other, bytes, sizeof(bytes)) != first);
	assert_true(hash_bytes(&secret, bytes, sizeof(bytes) - 1) != first);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = 1;
		assert_true(hash_bytes(&secret, bytes, sizeof(bytes)) != first);
		bytes[i] = 0;
	}
}

/* A plain SipHash-1-3, byte by byte from its description, as a second opinion. */
static uint64_t slow_sip_13(uint64_t k0, uint64_t k1, const uint8_t *bytes, size_t length)
{
	uint64_t v0 = k0 ^ UINT64_C(0x736f6d6570736575);
	uint64_t v1 = k1 ^ UINT64_C(0x646f72616e646f6d);
	uint64_t v2 = k0 ^ UINT64_C(0x6c7967656e657261);
	uint64_t v3 = k1 ^ UINT64_C(0x7465646279746573);
	size_t words = length / 8 + 1;

	for (size_t word = 0; word < words + 3; word++) {
		uint64_t m = word == words - 1 ? (uint64_t)(length & 0xff) << 56 : 0;

		for (size_t i = 0; word < words && i < 8 && word * 8 + i < length; i++)
			m |= (uint64_t)bytes[word * 8 + i] << (8 * i);
		if (word == words)
			v2 ^= 0xff;
		v3 ^= m;
		v0 += v1;
		v1 = (v1 << 13 | v1 >> 51) ^ v0;
		v0 = v0 << 32 | v0 >> 32;
		v2 += v3;
		v3 = (v3 << 16 | v3 >> 48) ^ v2;
		v0 += v3;
		v3 = (v3 << 21 | v3 >> 43) ^ v0;
		v2 += v1;
		v1 = (v1 << 17 | v1 >> 47) ^ v2;
		v2 = v2 << 32 | v2 >> 32;
		v0 ^= m;
	}
	return v0 ^ v1 ^ v2 ^ v3;
}

static void the_hash_of_bytes_is_siphash_1_3(void **state)
{
	struct hash_secret secret = { { UINT64_C(0x0706050403020100),
					UINT64_C(0x0f0e0d0c0b0a0908) } };
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t length = 0; length <= sizeof(bytes); length++)
		assert_true(hash_bytes(&secret, bytes, length) ==
			    slow_sip_13(secret.words[0], secret.words[1], bytes, length));
}

static void two_secrets_are_not_the_same(void **state)
{
	struct hash_secret one = { 0 };
	struct hash_secret two = { 0 };

	(void)state;
	hash_secret_init(&one);
	hash_secret_init(&two);
	assert_memory_not_equal(&one, &two, sizeof(one));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_node_is_found_until_it_is_removed),
		cmocka_unit_test(nodes_of_one_hash_are_all_found),
		cmocka_unit_test(the_table_shrinks_when_its_nodes_go),
		cmocka_unit_test(a_table_can_be_emptied_node_by_node),
		cmocka_unit_test(an_empty_table_finds_nothing_and_can_be_finished_twice),
		cmocka_unit_test(the_hash_of_bytes_depends_on_each_byte_the_length_and_the_secret),
		cmocka_unit_test(the_hash_of_bytes_is_siphash_1_3),
		cmocka_unit_test(two_secrets_are_not_the_same),
	};

	return cmocka_run_group_tests_name("hash_table", tests, NULL, NULL);
}
