#include "relay_protocol/classic.h"

#include <string.h>

#include "support/unit_test.h"

/* Type 5 with "127.0.0.1,50030,hello": a message of 264 bytes that ends in zeros. */
static const uint8_t send_hello[CLASSIC_MESSAGE_BYTES] = {
	0x05, 0,   0,   0,   0,   0,   0,   0,             /* type, 8 bytes little-endian */
	'1',  '2', '7', '.', '0', '.', '0', '.', '1', ',', /* ip */
	'5',  '0', '0', '3', '0', ',',                     /* port */
	'h',  'e', 'l', 'l', 'o',                          /* content */
};

static struct classic_message message_of(const char *text)
{
	return (struct classic_message){ .type = CLASSIC_SEND,
					 .text = text,
					 .text_length = strlen(text) };
}

static void a_message_is_taken_apart(void **state)
{
	struct classic_message message;

	(void)state;
	assert_true(classic_message_decode(send_hello, sizeof(send_hello), &message));
	assert_int_equal(message.type, CLASSIC_SEND);
	assert_int_equal(message.text_length, strlen("127.0.0.1,50030,hello"));
	assert_memory_equal(message.text, "127.0.0.1,50030,hello", message.text_length);
}

static void less_than_264_bytes_are_no_message(void **state)
{
	struct classic_message message = { .type = 99 };

	(void)state;
	for (size_t length = 0; length < CLASSIC_MESSAGE_BYTES; length++)
		assert_false(classic_message_decode(send_hello, length, &message));
	assert_int_equal(message.type, 99);
}

static void all_eight_bytes_of_the_type_count(void **state)
{
	uint8_t bytes[CLASSIC_MESSAGE_BYTES] = { 0x02, 0, 0, 0, 0x01, 0, 0, 0x80 };
	struct classic_message message;

	(void)state;
	assert_true(classic_message_decode(bytes, sizeof(bytes), &message));
	assert_true(message.type == UINT64_C(0x8000000100000002));
	assert_int_equal(message.text_length, 0);
}

static void data_without_a_zero_is_text_of_256_bytes_and_no_send(void **state)
{
	uint8_t bytes[CLASSIC_MESSAGE_BYTES] = { CLASSIC_SEND };
	struct classic_message message;
	struct classic_send send;

	(void)state;
	memset(bytes + 8, 'x', CLASSIC_DATA_BYTES);
	memcpy(bytes + 8, "127.0.0.1,1,", 12);
	assert_true(classic_message_decode(bytes, sizeof(bytes), &message));
	assert_int_equal(message.text_length, 256);
	assert_false(classic_send_decode(&message, &send));
	bytes[CLASSIC_MESSAGE_BYTES - 1] = 0;
	assert_true(classic_message_decode(bytes, sizeof(bytes), &message));
	assert_true(classic_send_decode(&message, &send));
	assert_int_equal(send.content.length, 255 - 12);
}

static void a_message_is_written_with_zeros_behind_its_text(void **state)
{
	uint8_t bytes[CLASSIC_MESSAGE_BYTES];

	(void)state;
	memset(bytes, 0xee, sizeof(bytes));
	assert_true(classic_message_encode(CLASSIC_SEND, "127.0.0.1,50030,hello", 21, bytes));
	assert_memory_equal(bytes, send_hello, sizeof(bytes));
	assert_true(classic_message_encode(0, NULL, 0, bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0);
}

static void text_that_does_not_fit_is_refused_and_never_cut(void **state)
{
	uint8_t bytes[CLASSIC_MESSAGE_BYTES];
	uint8_t untouched[CLASSIC_MESSAGE_BYTES];
	char text[256];

	(void)state;
	memset(text, 'x', sizeof(text));
	memset(bytes, 0xee, sizeof(bytes));
	memcpy(untouched, bytes, sizeof(bytes));
	assert_false(classic_message_encode(CLASSIC_SEND, text, 256, bytes));
	text[100] = '\0';
	assert_false(classic_message_encode(CLASSIC_SEND, text, 255, bytes));
	assert_memory_equal(bytes, untouched, sizeof(bytes));
	text[100] = 'x';
	assert_true(classic_message_encode(CLASSIC_SEND, text, 255, bytes));
	assert_memory_equal(bytes + 8, text, 255);
	assert_int_equal(bytes[CLASSIC_MESSAGE_BYTES - 1], 0);
}

static void the_hello_is_256_bytes_and_ends_in_a_zero(void **state)
{
	uint8_t hello[CLASSIC_DATA_BYTES];
	char banner[400];

	(void)state;
	memset(hello, 0xee, sizeof(hello));
	classic_hello_encode("Hello", hello);
	assert_memory_equal(hello, "Hello\0\0\0", 8);
	assert_int_equal(hello[255], 0);

	memset(banner, 'h', sizeof(banner));
	banner[sizeof(banner) - 1] = '\0';
	classic_hello_encode(banner, hello);
	assert_memory_equal(hello, banner, 255);
	assert_int_equal(hello[255], 0);

	/* the character at 253 is three bytes long and would be cut after two */
	memcpy(banner + 253, "\xe4\xb8\xad", 3);
	classic_hello_encode(banner, hello);
	assert_memory_equal(hello, banner, 253);
	assert_memory_equal(hello + 253, "\0\0\0", 3);
}

static void a_send_names_an_address_and_its_content_may_hold_commas(void **state)
{
	struct classic_message message = message_of("10.7.92.177,50030,one, two,,");
	struct classic_send send;

	(void)state;
	assert_true(classic_send_decode(&message, &send));
	assert_int_equal(send.to.family, 4);
	assert_int_equal(send.to.port, 50030);
	assert_memory_equal(send.to.bytes, "\x0a\x07\x5c\xb1", 4);
	assert_int_equal(send.content.length, 10);
	assert_memory_equal(send.content.bytes, "one, two,,", 10);
}

static void a_send_reaches_ipv6_with_or_without_brackets(void **state)
{
	static const char *const texts[] = { "2001:db8::7,65535,hi", "[2001:DB8:0:0::7],65535,hi" };
	static const uint8_t expected[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 7 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct classic_message message = message_of(texts[i]);
		struct classic_send send;

		assert_true(classic_send_decode(&message, &send));
		assert_int_equal(send.to.family, 6);
		assert_int_equal(send.to.port, 65535);
		assert_memory_equal(send.to.bytes, expected, 16);
	}
}

static void an_ipv4_address_in_ipv6_clothes_is_ipv4(void **state)
{
	struct classic_message message = message_of("::ffff:127.0.0.1,80,");
	struct classic_send send;

	(void)state;
	assert_true(classic_send_decode(&message, &send));
	assert_int_equal(send.to.family, 4);
	assert_memory_equal(send.to.bytes, "\x7f\0\0\x01", 4);
	assert_int_equal(send.content.length, 0);
}

static void a_send_that_cannot_be_read_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"hello",
		"127.0.0.1",
		"127.0.0.1,",
		"127.0.0.1,80", /* no second comma */
		",80,hi",
		"127.0.0.1,,hi",
		"127.0.0.1,65536,hi",
		"127.0.0.1,-1,hi",
		"127.0.0.1,+80,hi",
		"127.0.0.1, 80,hi",
		"127.0.0.1,80 ,hi",
		"127.0.0.1,0x50,hi",
		"127.0.0.1,000080,hi",
		"127.0.0.1,4294967376,hi", /* 80 + 2^32 */
		"127.0.0,80,hi",
		"127.0.0.256,80,hi",
		"127.0.0.1.1,80,hi",
		"localhost,80,hi",
		"[127.0.0.1],80,hi",
		"[::1,80,hi",
		"::1],80,hi",
		"fe80::1%lo,80,hi",
		":::1,80,hi",
		"1:2:3:4:5:6:7:8:9,80,hi",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0001,80,hi",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct classic_message message = message_of(bad[i]);
		struct classic_send send;

		if (classic_send_decode(&message, &send))
			fail_msg("\"%s\" was read", bad[i]);
	}
}

static void the_list_holds_whole_entries_only(void **state)
{
	struct relay_address address = { .family = 4, .port = 51402, .bytes = { 127, 0, 0, 1 } };
	char text[CLASSIC_DATA_BYTES];
	size_t length = 0;
	uint32_t number = 10;

	(void)state;
	memset(text, '#', sizeof(text));
	while (classic_client_append(text, &length, number, &address))
		number++;
	/* "10,51402,127.0.0.1;" has 19 characters: 13 of them in 255 */
	assert_int_equal(number, 23);
	assert_int_equal(length, 13 * 19);
	assert_memory_equal(text, "10,51402,127.0.0.1;11,51402,127.0.0.1;", 38);
	assert_int_equal(text[length], '\0');
}

static void the_list_can_be_filled_to_255_characters(void **state)
{
	struct relay_address address = { .family = 4, .port = 1, .bytes = { 1, 1, 1, 1 } };
	char text[CLASSIC_DATA_BYTES];
	size_t length = 255 - 14;

	(void)state;
	assert_true(classic_client_append(text, &length, 100, &address)); /* "100,1,1.1.1.1;" */
	assert_int_equal(length, 255);
	assert_int_equal(text[255], '\0');
	length = 255 - 14 + 1;
	assert_false(classic_client_append(text, &length, 100, &address));
	assert_int_equal(length, 255 - 14 + 1);
}

static void addresses_are_written_as_rfc_5952_says(void **state)
{
	static const struct {
		struct relay_address address;
		const char *text;
	} cases[] = {
		{ { 4, 2312, { 127, 0, 0, 1 } }, "127.0.0.1:2312" },
		{ { 4, 0, { 255, 255, 255, 255 } }, "255.255.255.255:0" },
		{ { 6, 2312, { [15] = 1 } }, "[::1]:2312" },
		{ { 6, 65535, { 0 } }, "[::]:65535" },
		/* the longest run of zeros is cut, of two alike the first */
		{ { 6, 80, { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1 } },
		  "[2001:db8::1:0:0:1]:80" },
		/* one zero alone is not */
		{ { 6, 80, { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1 } },
		  "[2001:db8:0:1:1:1:1:1]:80" },
		{ { 6,
		    65535,
		    { 0xfe, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		      0xff, 0xff, 0xff } },
		  "[fe80:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[RELAY_ADDRESS_TEXT_BYTES];

		relay_address_text(&cases[i].address, text);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_taken_apart),
		cmocka_unit_test(less_than_264_bytes_are_no_message),
		cmocka_unit_test(all_eight_bytes_of_the_type_count),
		cmocka_unit_test(data_without_a_zero_is_text_of_256_bytes_and_no_send),
		cmocka_unit_test(a_message_is_written_with_zeros_behind_its_text),
		cmocka_unit_test(text_that_does_not_fit_is_refused_and_never_cut),
		cmocka_unit_test(the_hello_is_256_bytes_and_ends_in_a_zero),
		cmocka_unit_test(a_send_names_an_address_and_its_content_may_hold_commas),
		cmocka_unit_test(a_send_reaches_ipv6_with_or_without_brackets),
		cmocka_unit_test(an_ipv4_address_in_ipv6_clothes_is_ipv4),
		cmocka_unit_test(a_send_that_cannot_be_read_is_refused),
		cmocka_unit_test(the_list_holds_whole_entries_only),
		cmocka_unit_test(the_list_can_be_filled_to_255_characters),
		cmocka_unit_test(addresses_are_written_as_rfc_5952_says),
	};

	return cmocka_run_group_tests_name("classic", tests, NULL, NULL);
}
