/* Filters in libpcap's language over files of one link type and of several. */
#include "capture/capture_file.h"

#include <string.h>

#include "support/capture_bytes.h"
#include "support/unit_test.h"

#define ETHERNET 1
#define RAW_IP 101

/* A SYN from 10.0.0.1 to 10.0.0.2, with the port that a test looks for. */
static void put_ip(struct capture_bytes *frame, uint16_t port)
{
	static const uint8_t ip[] = { 0x45, 0, 0,  40, 0, 0, 0,  0, 64, 6,
				      0,    0, 10, 0,  0, 1, 10, 0, 0,  2 };
	static const uint8_t tcp_rest[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0 };

	frame->big_endian = true;
	put_bytes(frame, ip, sizeof(ip));
	put_u16(frame, 40000);
	put_u16(frame, port);
	put_bytes(frame, tcp_rest, sizeof(tcp_rest));
}

static void put_frame(struct capture_bytes *file, uint32_t interface,
		      const struct capture_bytes *frame)
{
	size_t begin = begin_block(file, 6);

	put_u32(file, interface);
	put_u64(file, 0);
	put_u32(file, (uint32_t)frame->length);
	put_u32(file, (uint32_t)frame->length);
	put_bytes(file, frame->bytes, frame->length);
	end_block(file, begin);
}

static void put_ethernet(struct capture_bytes *file, uint32_t interface, uint16_t port)
{
	struct capture_bytes frame = { 0 };

	put_bytes(&frame, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0", 14);
	put_ip(&frame, port);
	put_frame(file, interface, &frame);
	capture_bytes_finish(&frame);
}

static void put_raw(struct capture_bytes *file, uint32_t interface, uint16_t port)
{
	struct capture_bytes frame = { 0 };

	put_ip(&frame, port);
	put_frame(file, interface, &frame);
	capture_bytes_finish(&frame);
}

static enum capture_result open_filtered(const struct capture_bytes *bytes, const char *filter,
					 struct capture_file **file,
					 struct capture_problem *problem)
{
	struct memory_file memory = memory_file_of(bytes->bytes, bytes->length);
	enum capture_result result = capture_file_open(memory.path, filter, file, problem);

	memory_file_close(&memory);
	return result;
}

/* The numbers of the frames that the filter leaves, as bits. */
static uint64_t taken(const struct capture_bytes *bytes, const char *filter)
{
	struct capture_problem problem = { .offset = 0 };
	struct capture_file *file = NULL;
	struct captured_frame frame;
	enum capture_result result = open_filtered(bytes, filter, &file, &problem);
	uint64_t numbers = 0;

	if (result != CAPTURE_FRAME)
		fail_msg("%s", problem.sentence);
	while ((result = capture_file_next(file, &frame)) == CAPTURE_FRAME)
		numbers |= UINT64_C(1) << frame.number;
	assert_int_equal(result, CAPTURE_END);
	capture_file_close(file);
	return numbers;
}

static void each_link_type_has_its_own_program(void **state)
{
	struct capture_bytes bytes = { 0 };

	(void)state;
	put_section(&bytes);
	put_interface(&bytes, ETHERNET, 0);
	put_interface(&bytes, RAW_IP, 0);
	put_ethernet(&bytes, 0, 80); /* frame 1 */
	put_ethernet(&bytes, 0, 81);
	put_raw(&bytes, 1, 80);
	put_raw(&bytes, 1, 81);
	put_interface(&bytes, 12, 0); /* raw IP as some wrote it, and later than the frames */
	put_raw(&bytes, 2, 80);
	put_ethernet(&bytes, 0, 80);
	assert_int_equal(taken(&bytes, "tcp dst port 80"), 1 << 1 | 1 << 3 | 1 << 5 | 1 << 6);
	assert_int_equal(taken(&bytes, "host 10.0.0.9"), 0);
	assert_int_equal(taken(&bytes, ""), 0x7e);
	/* Only Ethernet has such addresses. */
	assert_int_equal(taken(&bytes, "ether src 02:00:00:00:00:02"), 1 << 1 | 1 << 2 | 1 << 6);
	capture_bytes_finish(&bytes);
}

static void a_bad_filter_is_refused_at_once(void **state)
{
	struct capture_bytes pcapng = { 0 };
	struct capture_bytes pcap = { 0 };
	struct capture_problem problem = { .offset = 0 };
	struct capture_file *file = NULL;

	(void)state;
	put_section(&pcapng); /* no interface yet */
	assert_int_equal(open_filtered(&pcapng, "tcp prot 80", &file, &problem), CAPTURE_REFUSED);
	assert_non_null(strstr(problem.sentence, "the filter is refused: "));
	assert_non_null(strstr(problem.sentence, "syntax error"));
	put_pcap_header(&pcap, PCAP_MAGIC, RAW_IP);
	assert_int_equal(open_filtered(&pcap, "ether src 2:0:0:0:0:2", &file, &problem),
			 CAPTURE_REFUSED);
	assert_null(file);
	capture_bytes_finish(&pcapng);
	capture_bytes_finish(&pcap);
}

static void too_many_link_types_are_damage(void **state)
{
	struct capture_bytes bytes = { 0 };
	struct capture_problem problem = { .offset = 0 };
	struct capture_file *file = NULL;
	struct captured_frame frame;
	uint16_t link_type = 0;

	(void)state;
	put_section(&bytes);
	put_interface(&bytes, ETHERNET, 0);
	put_ethernet(&bytes, 0, 80);
	for (; link_type < 100; link_type++) {
		put_interface(&bytes, (uint16_t)(1000 + link_type), 0);
		put_raw(&bytes, link_type + 1u, 80);
	}
	assert_int_equal(open_filtered(&bytes, "tcp", &file, &problem), CAPTURE_FRAME);
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_DAMAGED);
	assert_non_null(strstr(capture_file_problem(file)->sentence, "more than 64 link types"));
	capture_file_close(file);
	capture_bytes_finish(&bytes);
}

static bool open_ethernet(const char *filter, struct capture_problem *problem)
{
	struct capture_bytes bytes = { 0 };
	struct capture_file *file = NULL;
	enum capture_result result;

	put_pcap_header(&bytes, PCAP_MAGIC, ETHERNET);
	result = open_filtered(&bytes, filter, &file, problem);
	capture_file_close(file);
	capture_bytes_finish(&bytes);
	return result == CAPTURE_FRAME;
}

static void without_libpcap_a_filter_is_refused_and_the_rest_works(void **state)
{
	struct capture_problem problem = { .offset = 0 };

	(void)state;
	assert_false(open_ethernet("tcp", &problem));
	assert_string_equal(problem.sentence,
			    "the filter is refused: this wiretale was built without libpcap");
	assert_true(open_ethernet(NULL, &problem));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_link_type_has_its_own_program),
		cmocka_unit_test(a_bad_filter_is_refused_at_once),
		cmocka_unit_test(too_many_link_types_are_damage),
	};
	static const struct CMUnitTest tests_without[] = {
		cmocka_unit_test(without_libpcap_a_filter_is_refused_and_the_rest_works),
	};
	struct capture_problem problem = { .offset = 0 };

	if (!open_ethernet("tcp", &problem) && strstr(problem.sentence, "without libpcap"))
		return cmocka_run_group_tests_name("capture_filter", tests_without, NULL, NULL);
	return cmocka_run_group_tests_name("capture_filter", tests, NULL, NULL);
}
