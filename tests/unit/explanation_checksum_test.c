/* The sums on paper come out as those of the decoder, on many segments right, wrong and left over.
 */
#include "report/explanation_checksum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "packet/checksum.h"
#include "support/unit_test.h"

#define OUT_MAX_BYTES 65536u
#define SEGMENT_MAX_BYTES 4096u

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

static void random_bytes(uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = next_random() % 4 == 0 ? 0xff : (uint8_t)next_random();
}

static struct ip_header random_addresses(uint8_t version)
{
	struct ip_header ip = { .source.version = version, .destination.version = version };

	random_bytes(ip.source.bytes, version == 4 ? 4 : 16);
	random_bytes(ip.destination.bytes, version == 4 ? 4 : 16);
	return ip;
}

/* Two bytes at a time, and no carry kept apart. */
static uint16_t sum(uint32_t start, const uint8_t *bytes, size_t length)
{
	uint32_t total = start;

	for (size_t i = 0; i < length; i++) {
		total += (uint32_t)bytes[i] << (i % 2 == 0 ? 8 : 0);
		total = (total & 0xffff) + (total >> 16);
	}
	return (uint16_t)total;
}

static uint16_t pseudo_sum(const struct ip_header *ip, uint32_t length)
{
	size_t bytes = ip->source.version == 4 ? 4 : 16;

	return sum(sum(6 + (length >> 16) + (length & 0xffff), ip->source.bytes, bytes),
		   ip->destination.bytes, bytes);
}

static void put(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* What the last line of the sum, "ffff - fc0e = 03f1", comes to. */
static unsigned complement_of(const char *text)
{
	const char *at = strstr(text, "    ffff - ");

	assert_non_null(at);
	at = strstr(at, " = ");
	assert_non_null(at);
	return (unsigned)strtoul(at + 3, NULL, 16);
}

static void every_line_of_a_sum_is_narrow(const char *text)
{
	while (*text != '\0') {
		const char *end = strchr(text, '\n');

		assert_non_null(end);
		if (text[0] == ' ' && end - text > (int)CHECKSUM_LINE_COLUMNS)
			fail_msg("%d columns: %.*s", (int)(end - text), (int)(end - text), text);
		text = end + 1;
	}
}

static void the_verdict_is_the_decoders(const struct ip_header *ip, uint8_t *segment,
					uint32_t header_bytes, uint32_t length)
{
	struct text_builder out;

	text_builder_init(&out, OUT_MAX_BYTES);
	assert_int_equal(checksum_work_tcp(&out, ip, segment, header_bytes, length),
			 checksum_of_tcp(ip, segment, length));
	assert_false(out.truncated);
	every_line_of_a_sum_is_narrow(text_builder_text(&out));
	/* What is worked out is what makes the segment right. */
	put(segment + 16, (uint16_t)complement_of(text_builder_text(&out)));
	assert_int_equal(checksum_of_tcp(ip, segment, length), CHECKSUM_GOOD);
	text_builder_clear(&out);
	assert_int_equal(checksum_work_tcp(&out, ip, segment, header_bytes, length), CHECKSUM_GOOD);
	text_builder_finish(&out);
}

static uint32_t a_length(unsigned turn)
{
	if (turn % 50 == 0)
		return SEGMENT_MAX_BYTES - next_random() % 100;
	return 20 + next_random() % 120;
}

static void random_segments_get_the_decoders_verdict(void **state)
{
	static uint8_t segment[SEGMENT_MAX_BYTES];

	(void)state;
	for (unsigned turn = 0; turn < 4000; turn++) {
		struct ip_header ip = random_addresses(turn % 3 == 0 ? 6 : 4);
		uint32_t length = a_length(turn);
		uint32_t header_bytes = length < 60 ? 20 : 20 + next_random() % 11 * 4;

		random_bytes(segment, length);
		switch (turn % 5) {
		case 0:
			put(segment + 16, 0);
			break;
		case 1:
			put(segment + 16, pseudo_sum(&ip, length));
			break;
		case 2:
			put(segment + 16, pseudo_sum(&ip, 0));
			break;
		case 3:
			put(segment + 16, 0xffff);
			break;
		default:
			break; /* a random one: wrong, as good as always */
		}
		the_verdict_is_the_decoders(&ip, segment, header_bytes, length);
	}
}

static void segments_too_large_for_the_wire_are_summed_too(void **state)
{
	const uint32_t length = 70001;
	uint8_t *segment = calloc(1, length);

	(void)state;
	assert_non_null(segment);
	for (uint8_t version = 4; version <= 6; version += 2) {
		struct ip_header ip = random_addresses(version);

		random_bytes(segment, length);
		put(segment + 16, pseudo_sum(&ip, length));
		the_verdict_is_the_decoders(&ip, segment, 20, length);
	}
	free(segment);
}

static void random_ipv4_headers_get_the_decoders_verdict(void **state)
{
	uint8_t header[60];
	struct text_builder out;

	(void)state;
	text_builder_init(&out, OUT_MAX_BYTES);
	for (unsigned turn = 0; turn < 500; turn++) {
		uint32_t length = 20 + turn % 11 * 4;

		random_bytes(header, length);
		if (turn % 3 == 0)
			put(header + 10, 0);
		text_builder_clear(&out);
		assert_int_equal(checksum_work_ipv4(&out, header, length),
				 checksum_of_ipv4(header, length));
		every_line_of_a_sum_is_narrow(text_builder_text(&out));
		put(header + 10, (uint16_t)complement_of(text_builder_text(&out)));
		assert_int_equal(checksum_of_ipv4(header, length), CHECKSUM_GOOD);
	}
	text_builder_finish(&out);
}

/* The SYN of 127.0.0.1:63148 to 8888, step for step. */
static void every_step_of_a_known_sum_is_shown(void **state)
{
	static const uint8_t segment[] = {
		0xf6, 0xac, 0x22, 0xb8, 0xb1, 0x7d, 0xac, 0xaf, 0x00, 0x00, 0x00,
		0x00, 0x80, 0x02, 0xff, 0xff, 0xff, 0x57, 0x00, 0x00, 0x02, 0x04,
		0xff, 0xd7, 0x01, 0x03, 0x03, 0x08, 0x01, 0x01, 0x04, 0x02,
	};
	const struct ip_header ip = {
		.source = { .version = 4, .bytes = { 127, 0, 0, 1 } },
		.destination = { .version = 4, .bytes = { 127, 0, 0, 1 } },
	};
	static const char *const steps[] = {
		"  the pseudo-header, 12 bytes that are summed and not sent:\n",
		"    7f 00 00 01  from 127.0.0.1\n",
		"    00 20        the segment's length, 32 bytes\n",
		"    7f00 + 0001 + 7f00 + 0001 + 0006 + 0020                    fe28\n",
		"    f6ac + 22b8 + b17d + acaf + 0000 + 0000 + 8002 + ffff",
		"    0000 + 0000 + 0204 + ffd7 + 0103 + 0308 + 0101 + 0402",
		"    600a2: 6 + 00a2 = 00a8\n",
		"    ffff - 00a8 = ff57\n",
		"The segment carries ff57: it arrived as it was sent.\n",
	};
	struct text_builder out;
	const char *at;

	(void)state;
	text_builder_init(&out, OUT_MAX_BYTES);
	assert_int_equal(checksum_work_tcp(&out, &ip, segment, sizeof(segment), sizeof(segment)),
			 CHECKSUM_GOOD);
	at = text_builder_text(&out);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const char *found = strstr(at, steps[i]);

		if (!found)
			fail_msg("not there, or too early: %s\n%s", steps[i],
				 text_builder_text(&out));
		else
			at = found;
	}
	text_builder_finish(&out);
}

static void a_last_byte_alone_gets_a_zero_beside_it(void **state)
{
	uint8_t segment[25] = { [12] = 0x50, [20] = '1', '1', '1', '1', '1' };
	const struct ip_header ip = random_addresses(4);
	struct text_builder out;

	(void)state;
	text_builder_init(&out, OUT_MAX_BYTES);
	(void)checksum_work_tcp(&out, &ip, segment, 20, sizeof(segment));
	assert_non_null(strstr(text_builder_text(&out),
			       "the data, 5 bytes, the last of them, 31, with a zero byte"));
	assert_non_null(strstr(text_builder_text(&out), "    3131 + 3131 + 3100 "));
	text_builder_finish(&out);
}

static void the_addresses_of_ipv6_take_40_bytes_of_pseudo_header(void **state)
{
	uint8_t segment[20] = { [12] = 0x50 };
	struct ip_header ip = { .source.version = 6, .destination.version = 6 };
	struct text_builder out;

	(void)state;
	/* the longest text that an address can have */
	memset(ip.source.bytes, 0xfd, 16);
	memset(ip.destination.bytes, 0xfe, 16);
	text_builder_init(&out, OUT_MAX_BYTES);
	(void)checksum_work_tcp(&out, &ip, segment, 20, sizeof(segment));
	assert_non_null(strstr(text_builder_text(&out), "the pseudo-header, 40 bytes"));
	every_line_of_a_sum_is_narrow(text_builder_text(&out));
	text_builder_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_segments_get_the_decoders_verdict),
		cmocka_unit_test(segments_too_large_for_the_wire_are_summed_too),
		cmocka_unit_test(random_ipv4_headers_get_the_decoders_verdict),
		cmocka_unit_test(every_step_of_a_known_sum_is_shown),
		cmocka_unit_test(a_last_byte_alone_gets_a_zero_beside_it),
		cmocka_unit_test(the_addresses_of_ipv6_take_40_bytes_of_pseudo_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
