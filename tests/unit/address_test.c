#include "net/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "support/unit_test.h"

#define DEFAULT_PORT 2312

static void what_people_write_is_taken_apart(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		uint16_t port;
	} rows[] = {
		{ "relay.example", "relay.example", DEFAULT_PORT },
		{ "relay.example:5", "relay.example", 5 },
		{ "127.0.0.1:65535", "127.0.0.1", 65535 },
		{ "127.0.0.1:0", "127.0.0.1", 0 },
		{ ":8080", "", 8080 },
		{ "", "", DEFAULT_PORT },
		{ "::1", "::1", DEFAULT_PORT },
		{ "fe80::1%eth0", "fe80::1%eth0", DEFAULT_PORT },
		{ "[::1]", "::1", DEFAULT_PORT },
		{ "[::1]:70", "::1", 70 },
		{ "[2001:db8::7]:1", "2001:db8::7", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char host[NET_HOST_MAX_BYTES];
		uint16_t port = 9;

		assert_true(net_host_port_parse(rows[i].text, DEFAULT_PORT, host, &port, NULL));
		assert_string_equal(host, rows[i].host);
		assert_int_equal(port, rows[i].port);
	}
}

static void what_is_no_address_is_refused_with_a_sentence_and_nothing_is_written(void **state)
{
	static const char *const texts[] = {
		"host:",    "host:65536", "host:99999999999999999999",
		"host:-1",  "host:+1",    "host: 1",
		"host:1 ",  "host:0x10",  "[::1",
		"[::1]70",  "[::1]:",     "[::1]:65536",
		"[::1]:7a", "[",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char host[NET_HOST_MAX_BYTES] = "before";
		uint16_t port = 9;
		const char *problem = NULL;

		assert_false(net_host_port_parse(texts[i], DEFAULT_PORT, host, &port, &problem));
		assert_non_null(problem);
		assert_string_equal(host, "before");
		assert_int_equal(port, 9);
	}
}

static void a_host_of_255_bytes_is_taken_and_one_more_is_refused(void **state)
{
	char text[NET_HOST_MAX_BYTES + 8];
	char host[NET_HOST_MAX_BYTES];
	const char *problem = NULL;
	uint16_t port;

	(void)state;
	memset(text, 'h', sizeof(text));
	text[255] = '\0';
	assert_true(net_host_port_parse(text, DEFAULT_PORT, host, &port, NULL));
	assert_int_equal(strlen(host), 255);
	text[255] = 'h';
	text[256] = '\0';
	assert_false(net_host_port_parse(text, DEFAULT_PORT, host, &port, &problem));
	assert_non_null(problem);
	text[256] = ':';
	text[257] = '7';
	text[258] = '\0';
	assert_false(net_host_port_parse(text, DEFAULT_PORT, host, &port, NULL));
}

/* An address in figures, without asking any resolver. */
static struct net_address address_of(const char *figures, uint16_t port)
{
	struct net_address found[NET_ADDRESSES_MAX];
	const char *problem = NULL;

	assert_int_equal(net_resolve(figures, port, found, &problem), 1);
	return found[0];
}

static void addresses_become_text_with_ipv6_in_brackets_and_mapped_as_ipv4(void **state)
{
	static const struct {
		const char *figures;
		const char *text;
		int family;
		bool is_loopback;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.1:40", 4, true },
		{ "127.255.255.254", "127.255.255.254:40", 4, true },
		{ "128.0.0.1", "128.0.0.1:40", 4, false },
		{ "10.7.92.177", "10.7.92.177:40", 4, false },
		{ "::1", "[::1]:40", 6, true },
		{ "::2", "[::2]:40", 6, false },
		{ "2001:db8:0:0:0:0:0:7", "[2001:db8::7]:40", 6, false },
		{ "::ffff:10.7.92.177", "10.7.92.177:40", 4, false },
		{ "::ffff:127.0.0.1", "127.0.0.1:40", 4, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct net_address address = address_of(rows[i].figures, 40);
		char text[NET_ADDRESS_TEXT_BYTES];

		net_address_text(&address, text);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(net_address_family(&address), rows[i].family);
		assert_int_equal(net_address_is_loopback(&address), rows[i].is_loopback);
	}
}

static void the_longest_text_fits(void **state)
{
	struct net_address address = address_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535);
	char text[NET_ADDRESS_TEXT_BYTES];

	(void)state;
	net_address_text(&address, text);
	assert_string_equal(text, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void bytes_of_an_address_are_in_network_order(void **state)
{
	struct net_address v4 = address_of("10.7.92.177", 1);
	struct net_address mapped = address_of("::ffff:10.7.92.177", 1);
	struct net_address v6 = address_of("2001:db8::7", 1);
	uint8_t ip[16] = { 0 };

	(void)state;
	net_address_ip(&v4, ip);
	assert_memory_equal(ip, "\x0a\x07\x5c\xb1", 4);
	memset(ip, 0, sizeof(ip));
	net_address_ip(&mapped, ip);
	assert_memory_equal(ip, "\x0a\x07\x5c\xb1\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	net_address_ip(&v6, ip);
	assert_memory_equal(ip, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16);
}

static void the_port_can_be_set_in_both_families(void **state)
{
	struct net_address v4 = address_of("10.7.92.177", 1);
	struct net_address v6 = address_of("::1", 1);

	(void)state;
	net_address_set_port(&v4, 0xa1b2);
	net_address_set_port(&v6, 0xa1b2);
	assert_int_equal(net_address_port(&v4), 0xa1b2);
	assert_int_equal(net_address_port(&v6), 0xa1b2);
	assert_int_equal(v4.socket.v4.sin_port, htons(0xa1b2));
	assert_int_equal(v6.socket.v6.sin6_port, htons(0xa1b2));
}

static void what_cannot_be_looked_up_is_told_in_a_sentence(void **state)
{
	struct net_address found[NET_ADDRESSES_MAX];
	const char *problem = NULL;

	(void)state;
	/* A space is in no host's name: the resolver refuses without asking anyone. */
	assert_int_equal(net_resolve("no such host", 1, found, &problem), 0);
	assert_non_null(problem);
	assert_true(strlen(problem) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_write_is_taken_apart),
		cmocka_unit_test(
			what_is_no_address_is_refused_with_a_sentence_and_nothing_is_written),
		cmocka_unit_test(a_host_of_255_bytes_is_taken_and_one_more_is_refused),
		cmocka_unit_test(addresses_become_text_with_ipv6_in_brackets_and_mapped_as_ipv4),
		cmocka_unit_test(the_longest_text_fits),
		cmocka_unit_test(bytes_of_an_address_are_in_network_order),
		cmocka_unit_test(the_port_can_be_set_in_both_families),
		cmocka_unit_test(what_cannot_be_looked_up_is_told_in_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
