#include "relay_server/admission.h"

#include "support/unit_test.h"

static struct relay_address v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct relay_address){ .family = 4, .port = 1000, .bytes = { a, b, c, d } };
}

/* 2001:db8:0:<subnet>::<host> */
static struct relay_address v6(uint8_t subnet, uint8_t host)
{
	return (struct relay_address){
		.family = 6,
		.port = 1000,
		.bytes = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, subnet, [15] = host },
	};
}

static void so_many_clients_are_let_in_and_no_more_until_one_leaves(void **state)
{
	struct relay_address address = v4(10, 0, 0, 1);
	struct admission admission;

	(void)state;
	admission_init(&admission, 3, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_null(admission_enter(&admission, &address));
	for (unsigned i = 0; i < 2; i++)
		assert_string_equal(admission_enter(&admission, &address), "the server is full");
	assert_int_equal(admission.count, 3);
	admission_leave(&admission, &address);
	assert_null(admission_enter(&admission, &address));
	assert_non_null(admission_enter(&admission, &address));
	admission_finish(&admission);
}

static void each_address_has_its_own_count_whatever_the_port(void **state)
{
	struct relay_address one = v4(10, 0, 0, 1);
	struct relay_address other = v4(10, 0, 0, 2);
	struct admission admission;

	(void)state;
	admission_init(&admission, 100, 2);
	assert_null(admission_enter(&admission, &one));
	one.port = 2000;
	assert_null(admission_enter(&admission, &one));
	one.port = 3000;
	assert_string_equal(admission_enter(&admission, &one),
			    "too many connections from your address");
	assert_null(admission_enter(&admission, &other));
	/* Who was refused was not counted. */
	assert_int_equal(admission.count, 3);
	admission_leave(&admission, &one);
	assert_null(admission_enter(&admission, &one));
	assert_non_null(admission_enter(&admission, &one));
	admission_finish(&admission);
}

static void loopback_is_exempt_from_the_count_by_address_but_not_from_that_in_all(void **state)
{
	struct relay_address first = v4(127, 0, 0, 1);
	struct relay_address last = v4(127, 255, 255, 254);
	struct relay_address v6_loopback = { .family = 6, .bytes = { [15] = 1 } };
	struct admission admission;

	(void)state;
	admission_init(&admission, 9, 1);
	for (unsigned i = 0; i < 3; i++) {
		assert_null(admission_enter(&admission, &first));
		assert_null(admission_enter(&admission, &last));
		assert_null(admission_enter(&admission, &v6_loopback));
	}
	assert_int_equal(admission.addresses.count, 0);
	assert_string_equal(admission_enter(&admission, &first), "the server is full");
	for (unsigned i = 0; i < 9; i++)
		admission_leave(&admission, &first);
	assert_int_equal(admission.count, 0);
	admission_finish(&admission);
}

static void what_only_looks_like_loopback_is_counted(void **state)
{
	struct relay_address rows[] = {
		v4(128, 0, 0, 1),
		v4(126, 0, 0, 1),
		{ .family = 6, .bytes = { [15] = 2 } },
		{ .family = 6, .bytes = { 127, [15] = 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct admission admission;

		admission_init(&admission, 9, 1);
		assert_null(admission_enter(&admission, &rows[i]));
		assert_non_null(admission_enter(&admission, &rows[i]));
		admission_finish(&admission);
	}
}

static void ipv6_counts_by_its_first_64_bits(void **state)
{
	struct relay_address one = v6(1, 1);
	struct relay_address neighbour = v6(1, 2);
	struct relay_address stranger = v6(2, 1);
	struct admission admission;

	(void)state;
	admission_init(&admission, 100, 2);
	assert_null(admission_enter(&admission, &one));
	assert_null(admission_enter(&admission, &neighbour));
	assert_non_null(admission_enter(&admission, &one));
	assert_non_null(admission_enter(&admission, &neighbour));
	assert_null(admission_enter(&admission, &stranger));
	admission_leave(&admission, &neighbour);
	assert_null(admission_enter(&admission, &one));
	admission_finish(&admission);
}

static void ipv4_and_ipv6_of_the_same_bytes_are_two(void **state)
{
	struct relay_address four = v4(32, 1, 13, 184);
	struct relay_address six = { .family = 6, .bytes = { 32, 1, 13, 184 } };
	struct admission admission;

	(void)state;
	admission_init(&admission, 100, 1);
	assert_null(admission_enter(&admission, &four));
	assert_null(admission_enter(&admission, &six));
	assert_non_null(admission_enter(&admission, &four));
	admission_finish(&admission);
}

static void who_has_left_takes_no_memory(void **state)
{
	struct admission admission;

	(void)state;
	admission_init(&admission, UINT32_MAX, 32);
	for (unsigned i = 0; i < 100000; i++) {
		struct relay_address address =
			v4(10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i);

		assert_null(admission_enter(&admission, &address));
		assert_null(admission_enter(&admission, &address));
		admission_leave(&admission, &address);
		assert_int_equal(admission.addresses.count, 1);
		admission_leave(&admission, &address);
		assert_int_equal(admission.addresses.count, 0);
	}
	assert_int_equal(admission.count, 0);
	admission_finish(&admission);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_clients_are_let_in_and_no_more_until_one_leaves),
		cmocka_unit_test(each_address_has_its_own_count_whatever_the_port),
		cmocka_unit_test(
			loopback_is_exempt_from_the_count_by_address_but_not_from_that_in_all),
		cmocka_unit_test(what_only_looks_like_loopback_is_counted),
		cmocka_unit_test(ipv6_counts_by_its_first_64_bits),
		cmocka_unit_test(ipv4_and_ipv6_of_the_same_bytes_are_two),
		cmocka_unit_test(who_has_left_takes_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
