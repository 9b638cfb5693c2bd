#include "base/ip_address.h"

#include <arpa/inet.h>
#include <string.h>

#include "support/unit_test.h"

static struct ip_address ipv6_of(const char *text)
{
	struct ip_address address = { .version = 6 };

	assert_int_equal(inet_pton(AF_INET6, text, address.bytes), 1);
	return address;
}

static void assert_text(const struct ip_address *address, const char *expected)
{
	char text[IP_ENDPOINT_TEXT_BYTES];

	assert_int_equal(ip_address_text(address, text), strlen(expected));
	assert_string_equal(text, expected);
}

static void an_ipv4_address_is_four_numbers(void **state)
{
	struct ip_address address = { .version = 4, .bytes = { 192, 0, 2, 1 } };

	(void)state;
	assert_text(&address, "192.0.2.1");
	memcpy(address.bytes, (const uint8_t[]){ 255, 10, 100, 99 }, 4);
	assert_text(&address, "255.10.100.99");
	memset(address.bytes, 0, 4);
	assert_text(&address, "0.0.0.0");
}

/* RFC 5952 sections 4 and 5 */
static void ipv6_is_written_as_everybody_should(void **state)
{
	static const struct {
		const char *given;
		const char *written;
	} rows[] = {
		{ "2001:0DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" }, /* one group is not shortened */
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },    /* the first of equals */
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },          /* the longest */
		{ "0:0:1:2:3:4:5:6", "::1:2:3:4:5:6" },
		{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
		{ "fe80::a00:27ff:fe4e:66a1", "fe80::a00:27ff:fe4e:66a1" },
		{ "::ffff:192.0.2.33", "::ffff:192.0.2.33" },
		{ "::ffff:0:1", "::ffff:0.0.0.1" },
		{ "::1:2", "::1:2" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ip_address address = ipv6_of(rows[i].given);

		assert_text(&address, rows[i].written);
	}
}

static void an_endpoint_of_ipv6_stands_in_brackets(void **state)
{
	struct ip_address four = { .version = 4, .bytes = { 127, 0, 0, 1 } };
	struct ip_address six = ipv6_of("2001:db8::1");
	struct ip_address longest = ipv6_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	char text[IP_ENDPOINT_TEXT_BYTES];

	(void)state;
	assert_int_equal(ip_endpoint_text(&four, 8888, text), 14);
	assert_string_equal(text, "127.0.0.1:8888");
	assert_int_equal(ip_endpoint_text(&six, 0, text), 15);
	assert_string_equal(text, "[2001:db8::1]:0");
	assert_int_equal(ip_endpoint_text(&longest, 65535, text), 47);
	assert_string_equal(text, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ipv4_address_is_four_numbers),
		cmocka_unit_test(ipv6_is_written_as_everybody_should),
		cmocka_unit_test(an_endpoint_of_ipv6_stands_in_brackets),
	};

	return cmocka_run_group_tests_name("ip_address", tests, NULL, NULL);
}
