#include "packet/checksum.h"

#include <arpa/inet.h>
#include <string.h>

#include "support/unit_test.h"

/* The SYN of a connection over loopback, 127.0.0.1:63148 to 8888. */
static const uint8_t loopback_syn[] = {
	0xf6, 0xac, 0x22, 0xb8,                         /* ports 63148, 8888 */
	0xb1, 0x7d, 0xac, 0xaf, 0x00, 0x00, 0x00, 0x00, /* sequence 2977803439 */
	0x80, 0x02, 0xff, 0xff,                         /* 32 bytes, SYN, window 65535 */
	0xff, 0x57, 0x00, 0x00,                         /* checksum */
	0x02, 0x04, 0xff, 0xd7, 0x01, 0x03, 0x03, 0x08, 0x01, 0x01, 0x04, 0x02, /* options */
};
static const struct ip_header loopback = {
	.source = { .version = 4, .bytes = { 127, 0, 0, 1 } },
	.destination = { .version = 4, .bytes = { 127, 0, 0, 1 } },
};

/* A SYN-ACK of 10.7.92.174 to 10.7.92.177, captured before the card had filled it in. */
static const uint8_t offloaded_syn_ack[] = {
	0x03, 0xed, 0xc3, 0x6e,                         /* ports 1005, 50030 */
	0xdf, 0x5b, 0x1a, 0x3a, 0x9f, 0x4a, 0x3c, 0x1c, /* 3747289658, 2672442396 */
	0x80, 0x12, 0xff, 0xff,                         /* 32 bytes, SYN and ACK, window 65535 */
	0xcd, 0x93, 0x00, 0x00,                         /* the pseudo-header's sum */
	0x02, 0x04, 0x05, 0xb4, 0x01, 0x03, 0x03, 0x08, 0x01, 0x01, 0x04, 0x02,
};
static const struct ip_header offloading = {
	.source = { .version = 4, .bytes = { 10, 7, 92, 174 } },
	.destination = { .version = 4, .bytes = { 10, 7, 92, 177 } },
};

static void the_checksum_of_a_captured_segment_is_right(void **state)
{
	(void)state;
	assert_int_equal(checksum_of_tcp(&loopback, loopback_syn, sizeof(loopback_syn)),
			 CHECKSUM_GOOD);
}

static void a_change_of_any_byte_is_seen(void **state)
{
	uint8_t segment[sizeof(loopback_syn)];

	(void)state;
	memcpy(segment, loopback_syn, sizeof(segment));
	for (size_t i = 0; i < sizeof(segment); i++) {
		segment[i] ^= 0x10;
		assert_int_equal(checksum_of_tcp(&loopback, segment, sizeof(segment)),
				 CHECKSUM_BAD);
		segment[i] ^= 0x10;
	}
	assert_int_equal(checksum_of_tcp(&offloading, loopback_syn, sizeof(loopback_syn)),
			 CHECKSUM_BAD);
}

static void one_left_to_the_card_is_not_bad(void **state)
{
	uint8_t segment[sizeof(offloaded_syn_ack)];

	(void)state;
	memcpy(segment, offloaded_syn_ack, sizeof(segment));
	assert_int_equal(checksum_of_tcp(&offloading, segment, sizeof(segment)),
			 CHECKSUM_OFFLOADED);
	/* Where the card cuts the segment, the length is left to it too: 20 bytes less. */
	segment[17] = 0x73;
	assert_int_equal(checksum_of_tcp(&offloading, segment, sizeof(segment)),
			 CHECKSUM_OFFLOADED);
	segment[16] = 0;
	segment[17] = 0;
	assert_int_equal(checksum_of_tcp(&offloading, segment, sizeof(segment)),
			 CHECKSUM_OFFLOADED);
	segment[17] = 1;
	assert_int_equal(checksum_of_tcp(&offloading, segment, sizeof(segment)), CHECKSUM_BAD);
}

static void a_header_of_ipv4_is_summed(void **state)
{
	/* The example of many textbooks: 192.168.0.1 to 192.168.0.199, checksum b861 */
	uint8_t header[] = { 0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
			     0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7 };

	(void)state;
	assert_int_equal(checksum_of_ipv4(header, sizeof(header)), CHECKSUM_GOOD);
	header[8]--;
	assert_int_equal(checksum_of_ipv4(header, sizeof(header)), CHECKSUM_BAD);
	header[10] = 0;
	header[11] = 0;
	assert_int_equal(checksum_of_ipv4(header, sizeof(header)), CHECKSUM_OFFLOADED);
}

/* Two bytes at a time, as RFC 1071 has it. */
static uint16_t slow_sum(const uint8_t *bytes, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < length; i++)
		sum += (uint32_t)bytes[i] << (i % 2 == 0 ? 8 : 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void every_length_sums_as_two_bytes_at_a_time_do(void **state)
{
	uint8_t bytes[200];
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		random = random * 1664525 + 1013904223;
		bytes[i] = random >> 28 < 6 ? 0xff : (uint8_t)(random >> 24); /* many carries */
	}
	for (size_t start = 0; start < 9; start++) {
		for (size_t length = 0; length + start <= sizeof(bytes); length++)
			assert_int_equal(
				ntohs(checksum_fold(checksum_add(0, bytes + start, length))),
				slow_sum(bytes + start, length));
	}
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(checksum_fold(checksum_add(UINT64_MAX, bytes, sizeof(bytes))), 0xffff);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_checksum_of_a_captured_segment_is_right),
		cmocka_unit_test(a_change_of_any_byte_is_seen),
		cmocka_unit_test(one_left_to_the_card_is_not_bad),
		cmocka_unit_test(a_header_of_ipv4_is_summed),
		cmocka_unit_test(every_length_sums_as_two_bytes_at_a_time_do),
	};

	return cmocka_run_group_tests_name("checksum", tests, NULL, NULL);
}
