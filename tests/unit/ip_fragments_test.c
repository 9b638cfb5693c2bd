#include "packet/ip_fragments.h"

#include <string.h>

#include "support/unit_test.h"

#define DATAGRAM_BYTES 100u

static uint8_t datagram_byte(uint32_t at)
{
	return (uint8_t)(at * 7 + 1);
}

/* `length` bytes at `offset` of a datagram whose bytes datagram_byte() gives. */
static enum ip_fragment_result add(struct ip_fragments *fragments, uint32_t identification,
				   uint32_t offset, uint32_t length, struct ip_datagram *out)
{
	uint8_t bytes[DATAGRAM_BYTES] = { 0 };

	for (uint32_t i = 0; i < length; i++)
		bytes[i] = datagram_byte(offset + i);
	struct ip_fragment fragment = {
		.source = { .version = 4, .bytes = { 10, 0, 0, 1 } },
		.destination = { .version = 4, .bytes = { 10, 0, 0, 2 } },
		.identification = identification,
		.protocol = 6,
		.more = offset + length < DATAGRAM_BYTES,
		.offset = offset,
		.bytes = bytes,
		.length = length,
	};

	return ip_fragments_add(fragments, &fragment, out);
}

/* `length` bytes of one value. */
static enum ip_fragment_result add_filled(struct ip_fragments *fragments, uint32_t offset,
					  uint32_t length, bool more, uint8_t value)
{
	static uint8_t bytes[4096];
	struct ip_datagram whole;
	struct ip_fragment fragment = {
		.source = { .version = 4 },
		.destination = { .version = 4 },
		.protocol = 6,
		.more = more,
		.offset = offset,
		.bytes = bytes,
		.length = length,
	};

	memset(bytes, value, length);
	return ip_fragments_add(fragments, &fragment, &whole);
}

static int start(void **state)
{
	static struct ip_fragments fragments;

	ip_fragments_init(&fragments);
	*state = &fragments;
	return 0;
}

static int end(void **state)
{
	ip_fragments_finish(*state);
	return 0;
}

static void a_datagram_is_whole_in_whatever_order_it_comes(void **state)
{
	static const uint32_t cuts[] = { 0, 24, 48, 72, DATAGRAM_BYTES };
	struct ip_fragments *fragments = *state;

	/* all orders of four */
	for (unsigned order = 0; order < 256; order++) {
		const unsigned places[] = { order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 };
		struct ip_datagram whole = { 0 };
		unsigned seen = 0;

		for (unsigned i = 0; i < 4; i++)
			seen |= 1u << places[i];
		if (seen != 0xf)
			continue;
		for (unsigned i = 0; i < 4; i++) {
			uint32_t from = cuts[places[i]];
			uint32_t to = cuts[places[i] + 1];

			assert_int_equal(add(fragments, order, from, to - from, &whole),
					 i < 3 ? IP_FRAGMENT_KEPT : IP_FRAGMENT_COMPLETE);
		}
		assert_int_equal(whole.length, DATAGRAM_BYTES);
		assert_int_equal(whole.protocol, 6);
		for (uint32_t at = 0; at < DATAGRAM_BYTES; at++)
			assert_int_equal(whole.bytes[at], datagram_byte(at));
	}
	assert_int_equal(fragments->table.count, 0);
	assert_int_equal(fragments->bytes, 0);
}

static void fragments_of_several_datagrams_do_not_mix(void **state)
{
	struct ip_datagram whole;

	assert_int_equal(add(*state, 1, 0, 56, &whole), IP_FRAGMENT_KEPT);
	assert_int_equal(add(*state, 2, 56, 44, &whole), IP_FRAGMENT_KEPT);
	assert_int_equal(add(*state, 1, 56, 44, &whole), IP_FRAGMENT_COMPLETE);
	assert_int_equal(add(*state, 2, 0, 56, &whole), IP_FRAGMENT_COMPLETE);
}

static void a_hole_is_never_filled(void **state)
{
	struct ip_datagram whole;

	assert_int_equal(add(*state, 1, 0, 48, &whole), IP_FRAGMENT_KEPT);
	assert_int_equal(add(*state, 1, 56, 44, &whole), IP_FRAGMENT_KEPT);
	assert_int_equal(add(*state, 1, 0, 48, &whole), IP_FRAGMENT_KEPT);
	assert_int_equal(add(*state, 1, 56, 44, &whole), IP_FRAGMENT_KEPT);
	assert_int_equal(add(*state, 1, 40, 16, &whole), IP_FRAGMENT_COMPLETE);
}

static void where_fragments_overlap_the_first_bytes_stay(void **state)
{
	struct ip_fragments *fragments = *state;

	assert_int_equal(add_filled(fragments, 16, 16, true, 'b'), IP_FRAGMENT_KEPT);
	assert_int_equal(add_filled(fragments, 0, 24, true, 'a'), IP_FRAGMENT_KEPT);
	assert_int_equal(add_filled(fragments, 24, 24, false, 'c'), IP_FRAGMENT_COMPLETE);
	assert_memory_equal(fragments->whole, "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcccccccccccccccc",
			    48);
}

static void an_end_told_twice_stays_the_first(void **state)
{
	struct ip_fragments *fragments = *state;
	struct ip_datagram whole;
	struct ip_fragment last = {
		.source = { .version = 4 },
		.destination = { .version = 4 },
		.protocol = 6,
		.bytes = (const uint8_t *)"zzzzzzzz",
		.length = 8,
		.offset = 0,
		.more = true,
	};

	assert_int_equal(add_filled(fragments, 32, 16, false, 'c'), IP_FRAGMENT_KEPT);
	/* ends at 29: its odd bytes are left out, so that no byte is given out unwritten */
	assert_int_equal(add_filled(fragments, 8, 21, false, 'b'), IP_FRAGMENT_KEPT);
	assert_int_equal(add_filled(fragments, 64, 16, true, 'd'), IP_FRAGMENT_KEPT);
	assert_int_equal(ip_fragments_add(fragments, &last, &whole), IP_FRAGMENT_KEPT);
	assert_int_equal(add_filled(fragments, 24, 8, true, 'e'), IP_FRAGMENT_COMPLETE);
	assert_memory_equal(fragments->whole, "zzzzzzzzbbbbbbbbbbbbbbbbeeeeeeeecccccccccccccccc",
			    48);
}

static void a_datagram_of_over_65535_bytes_is_refused(void **state)
{
	struct ip_fragments *fragments = *state;

	assert_int_equal(add_filled(fragments, 65528, 8, false, 'a'), IP_FRAGMENT_TOO_LONG);
	assert_int_equal(add_filled(fragments, 65528, 7, false, 'a'), IP_FRAGMENT_KEPT);
	for (uint32_t at = 0; at < 65528 - 4096; at += 4096)
		assert_int_equal(add_filled(fragments, at, 4096, true, 'b'), IP_FRAGMENT_KEPT);
	assert_int_equal(add_filled(fragments, 61440, 4088, true, 'c'), IP_FRAGMENT_COMPLETE);
	assert_int_equal(fragments->whole[65534], 'a');
	assert_int_equal(fragments->whole[61440], 'c');
}

static void beyond_the_ceiling_the_oldest_is_given_up(void **state)
{
	struct ip_fragments *fragments = *state;
	struct ip_datagram whole;

	for (uint32_t i = 0; i < IP_FRAGMENTED_DATAGRAMS_MAX; i++)
		assert_int_equal(add(fragments, i, 0, 56, &whole), IP_FRAGMENT_KEPT);
	assert_int_equal(fragments->given_up, 0);
	assert_int_equal(add(fragments, 1000000, 0, 56, &whole), IP_FRAGMENT_KEPT);
	assert_int_equal(fragments->given_up, 1);
	assert_int_equal(add(fragments, 0, 56, 44, &whole), IP_FRAGMENT_KEPT);
	assert_int_equal(fragments->given_up, 2);
	assert_int_equal(add(fragments, 2, 56, 44, &whole), IP_FRAGMENT_COMPLETE);
	assert_int_equal(add(fragments, 1000000, 56, 44, &whole), IP_FRAGMENT_COMPLETE);
}

static void memory_has_a_ceiling_too(void **state)
{
	struct ip_fragments *fragments = *state;
	struct ip_datagram whole;
	struct ip_fragment far = {
		.source = { .version = 6 },
		.destination = { .version = 6 },
		.more = true,
		.offset = 65520,
		.bytes = (const uint8_t *)"12345678",
		.length = 8,
	};

	for (uint32_t i = 0; i < IP_FRAGMENTED_DATAGRAMS_MAX; i++) {
		far.identification = i;
		assert_int_equal(ip_fragments_add(fragments, &far, &whole), IP_FRAGMENT_KEPT);
		assert_true(fragments->bytes <= IP_FRAGMENTED_MAX_BYTES);
	}
	assert_int_equal(fragments->given_up + fragments->table.count, IP_FRAGMENTED_DATAGRAMS_MAX);
	assert_true(fragments->given_up > 0);
}

static void in_ipv6_the_first_fragment_tells_the_protocol(void **state)
{
	struct ip_datagram whole;
	struct ip_fragment fragment = {
		.source = { .version = 6, .bytes = { 0x20, 1 } },
		.destination = { .version = 6, .bytes = { 0x20, 2 } },
		.identification = 9,
		.protocol = 59, /* of a later fragment it means nothing */
		.offset = 8,
		.bytes = (const uint8_t *)"cdef",
		.length = 4,
	};

	assert_int_equal(ip_fragments_add(*state, &fragment, &whole), IP_FRAGMENT_KEPT);
	fragment.protocol = 6;
	fragment.offset = 0;
	fragment.more = true;
	fragment.length = 8;
	fragment.bytes = (const uint8_t *)"01234567";
	assert_int_equal(ip_fragments_add(*state, &fragment, &whole), IP_FRAGMENT_COMPLETE);
	assert_int_equal(whole.protocol, 6);
	assert_int_equal(whole.length, 12);
	assert_memory_equal(whole.bytes, "01234567cdef", 12);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_datagram_is_whole_in_whatever_order_it_comes,
						start, end),
		cmocka_unit_test_setup_teardown(fragments_of_several_datagrams_do_not_mix, start,
						end),
		cmocka_unit_test_setup_teardown(a_hole_is_never_filled, start, end),
		cmocka_unit_test_setup_teardown(where_fragments_overlap_the_first_bytes_stay, start,
						end),
		cmocka_unit_test_setup_teardown(an_end_told_twice_stays_the_first, start, end),
		cmocka_unit_test_setup_teardown(a_datagram_of_over_65535_bytes_is_refused, start,
						end),
		cmocka_unit_test_setup_teardown(beyond_the_ceiling_the_oldest_is_given_up, start,
						end),
		cmocka_unit_test_setup_teardown(memory_has_a_ceiling_too, start, end),
		cmocka_unit_test_setup_teardown(in_ipv6_the_first_fragment_tells_the_protocol,
						start, end),
	};

	return cmocka_run_group_tests_name("ip_fragments", tests, NULL, NULL);
}
