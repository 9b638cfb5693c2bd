/* What right capture files give: each format, packing and way in. */
#include "capture/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/capture_bytes.h"
#include "support/unit_test.h"

static struct capture_file *open_bytes(const struct capture_bytes *bytes, const char *filter)
{
	struct memory_file memory = memory_file_of(bytes->bytes, bytes->length);
	struct capture_file *file = NULL;
	struct capture_problem problem = { .offset = 0 };
	enum capture_result result = capture_file_open(memory.path, filter, &file, &problem);

	memory_file_close(&memory);
	if (result != CAPTURE_FRAME)
		fail_msg("not opened: %s", problem.sentence);
	return file;
}

static void expect_frame(struct capture_file *file, uint64_t number, int64_t time_ns,
			 uint32_t length)
{
	struct captured_frame frame;

	assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
	assert_int_equal(frame.number, number);
	assert_true(frame.time_ns == time_ns);
	assert_int_equal(frame.captured_length, length);
	for (uint32_t i = 0; i < length; i++) {
		if (frame.bytes[i] != (uint8_t)i)
			fail_msg("byte %u is %u", i, frame.bytes[i]);
	}
}

static void expect_end(struct capture_file *file)
{
	struct captured_frame frame;

	assert_int_equal(capture_file_next(file, &frame), CAPTURE_END);
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_END);
}

static void read_pcap(uint32_t magic, bool big_endian, int64_t fraction_ns)
{
	struct capture_bytes bytes = { .big_endian = big_endian };
	struct capture_interface interface;
	struct capture_file *file;
	struct captured_frame frame;

	put_pcap_header(&bytes, magic, 0x44000071); /* with the length of a check sequence */
	put_pcap_record(&bytes, 1700000000, 123456, 60);
	put_pcap_record(&bytes, 4294967295, 999999, 0);
	put_pcap_record(&bytes, 0, 0, 1);
	set_u32(&bytes, 24 + 12, 1514);
	file = open_bytes(&bytes, NULL);
	assert_int_equal(capture_file_interface_count(file), 1);
	assert_true(capture_file_interface(file, 0, &interface));
	assert_false(capture_file_interface(file, 1, &interface));
	assert_int_equal(interface.link_type, 113);
	assert_int_equal(interface.snap_length, 65535);
	assert_null(interface.name);

	assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
	assert_int_equal(frame.number, 1);
	assert_true(frame.time_ns == 1700000000000000000 + 123456 * fraction_ns);
	assert_int_equal(frame.captured_length, 60);
	assert_int_equal(frame.original_length, 1514);
	assert_int_equal(frame.link_type, 113);
	assert_int_equal(frame.interface, 0);
	expect_frame(file, 2, 4294967295000000000 + 999999 * fraction_ns, 0);
	expect_frame(file, 3, 0, 1);
	expect_end(file);
	assert_int_equal(capture_file_offset(file), bytes.length);
	assert_int_equal(capture_file_size(file), bytes.length);
	capture_file_close(file);
	capture_bytes_finish(&bytes);
}

static void pcap_is_read_in_both_resolutions_and_byte_orders(void **state)
{
	(void)state;
	read_pcap(PCAP_MAGIC, false, 1000);
	read_pcap(PCAP_MAGIC, true, 1000);
	read_pcap(PCAP_NANOSECOND_MAGIC, false, 1);
	read_pcap(PCAP_NANOSECOND_MAGIC, true, 1);
}

static void a_fraction_over_a_second_is_told_as_it_stands(void **state)
{
	struct capture_bytes bytes = { 0 };
	struct capture_file *file;

	(void)state;
	put_pcap_header(&bytes, PCAP_MAGIC, 1);
	put_pcap_record(&bytes, 100, 1500000, 4);
	put_pcap_record(&bytes, 100, UINT32_MAX, 4);
	file = open_bytes(&bytes, NULL);
	expect_frame(file, 1, 101500000000, 4);
	expect_frame(file, 2, 99999999000, 4);
	capture_file_close(file);
	capture_bytes_finish(&bytes);
}

/* `extra` bytes behind each record's header. */
static void read_patched(uint32_t extra)
{
	static const uint8_t zeros[12];
	struct capture_bytes bytes = { 0 };
	struct capture_file *file;

	put_pcap_header(&bytes, 0xa1b2cd34, 1);
	for (uint32_t i = 0; i < 3; i++) {
		size_t end;

		put_pcap_record(&bytes, 100 + i, 5, 40);
		end = bytes.length - 40;
		put_bytes(&bytes, zeros, extra);
		memmove(bytes.bytes + end + extra, bytes.bytes + end, 40);
		memset(bytes.bytes + end, 0, extra);
	}
	file = open_bytes(&bytes, NULL);
	for (uint32_t i = 0; i < 3; i++)
		expect_frame(file, i + 1, (100 + i) * INT64_C(1000000000) + 5000, 40);
	expect_end(file);
	assert_string_equal(capture_file_format(file), "pcap, patched libpcap");
	capture_file_close(file);
	capture_bytes_finish(&bytes);
}

static void both_patched_headers_are_told_apart(void **state)
{
	(void)state;
	read_patched(8);
	read_patched(12);
}

static void old_versions_swap_the_lengths(void **state)
{
	static const struct {
		uint8_t minor;
		uint32_t first;
		uint32_t second;
	} rows[] = { { 2, 100, 40 }, { 3, 100, 40 }, { 3, 40, 100 }, { 4, 40, 100 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct capture_bytes bytes = { 0 };
		struct capture_file *file;
		struct captured_frame frame;

		put_pcap_header(&bytes, PCAP_MAGIC, 1);
		bytes.bytes[6] = rows[i].minor;
		put_pcap_record(&bytes, 1, 0, 40);
		set_u32(&bytes, 24 + 8, rows[i].first);
		set_u32(&bytes, 24 + 12, rows[i].second);
		file = open_bytes(&bytes, NULL);
		assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
		assert_int_equal(frame.captured_length, 40);
		assert_int_equal(frame.original_length, 100);
		expect_end(file);
		capture_file_close(file);
		capture_bytes_finish(&bytes);
	}
}

static void aix_counts_nanoseconds_and_interface_types(void **state)
{
	struct capture_bytes bytes = { .big_endian = true };
	struct capture_file *file;
	struct captured_frame frame;

	(void)state;
	put_pcap_header(&bytes, PCAP_MAGIC, 6);
	bytes.bytes[7] = 2;
	put_pcap_record(&bytes, 1, 7, 40);
	file = open_bytes(&bytes, NULL);
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
	assert_int_equal(frame.link_type, 1);
	assert_true(frame.time_ns == 1000000007);
	capture_file_close(file);
	capture_bytes_finish(&bytes);
}

static void an_original_length_below_the_captured_one_is_left_as_it_is(void **state)
{
	struct capture_bytes bytes = { 0 };
	struct capture_file *file;
	struct captured_frame frame;

	(void)state;
	put_pcap_header(&bytes, PCAP_MAGIC, 1);
	put_pcap_record(&bytes, 1, 0, 40);
	set_u32(&bytes, 24 + 12, 0);
	set_u32(&bytes, 16, 20); /* and a snap length below both */
	file = open_bytes(&bytes, NULL);
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
	assert_int_equal(frame.captured_length, 40);
	assert_int_equal(frame.original_length, 0);
	expect_end(file);
	capture_file_close(file);
	capture_bytes_finish(&bytes);
}

/* The interface's block with its options. */
static void put_described_interface(struct capture_bytes *bytes, const char *name,
				    uint8_t resolution, int64_t offset_s)
{
	struct capture_bytes offset = { .big_endian = bytes->big_endian };
	size_t begin = begin_block(bytes, 1);

	put_u16(bytes, 101);
	put_u16(bytes, 0);
	put_u32(bytes, 262144);
	put_option(bytes, 2, name, (uint16_t)strlen(name));
	put_option(bytes, 9, &resolution, 1);
	put_u64(&offset, (uint64_t)offset_s);
	put_option(bytes, 14, offset.bytes, 8);
	put_option(bytes, 0x8000, "whatever", 8);
	put_option(bytes, 0, "", 0);
	end_block(bytes, begin);
	capture_bytes_finish(&offset);
}

static void put_statistics(struct capture_bytes *bytes, uint32_t interface, uint64_t dropped)
{
	struct capture_bytes value = { .big_endian = bytes->big_endian };
	size_t begin = begin_block(bytes, 5);

	put_u32(bytes, interface);
	put_u64(bytes, 0);
	put_u64(&value, dropped);
	put_option(bytes, 4, value.bytes, 8);
	put_option(bytes, 5, value.bytes, 8);
	end_block(bytes, begin);
	capture_bytes_finish(&value);
}

/* A simple packet block of 40 bytes, of 60 that were sent. */
static void put_simple_packet(struct capture_bytes *bytes)
{
	size_t begin = begin_block(bytes, 3);

	put_u32(bytes, 60);
	for (uint8_t i = 0; i < 40; i++)
		put_bytes(bytes, &i, 1);
	end_block(bytes, begin);
}

static void put_old_packet(struct capture_bytes *bytes)
{
	size_t begin = begin_block(bytes, 2);

	put_u16(bytes, 1);
	put_u16(bytes, 0);
	put_u64(bytes, bytes->big_endian ? 3000001 : UINT64_C(3000001) << 32);
	put_u32(bytes, 3);
	put_u32(bytes, 99);
	put_bytes(bytes, "\0\1\2", 3);
	end_block(bytes, begin);
}

static void put_section_of_everything(struct capture_bytes *bytes)
{
	put_section(bytes);
	put_interface(bytes, 1, 40);
	end_block(bytes, begin_block(bytes, 0x12345678)); /* unknown, and the shortest */
	put_described_interface(bytes, "any\0thing", 9, -100);
	put_packet(bytes, 0, 1000000, 57);
	put_packet(bytes, 1, 200000000007, 2);
	put_statistics(bytes, 1, 42);
	put_statistics(bytes, 77, 1); /* of none that is known */
	put_simple_packet(bytes);
	put_old_packet(bytes);
}

static void expect_section_of_everything(struct capture_file *file, uint32_t first_interface,
					 uint64_t first_frame)
{
	struct capture_interface interface;
	struct captured_frame frame;

	expect_frame(file, first_frame, 1000000000, 57);
	expect_frame(file, first_frame + 1, 100000000007, 2);
	/* The simple packet, which has the time of the one before it. */
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
	assert_int_equal(frame.interface, first_interface);
	assert_int_equal(frame.captured_length, 40);
	assert_int_equal(frame.original_length, 60);
	assert_int_equal(frame.bytes[39], 39);
	assert_true(frame.time_ns == 100000000007);
	/* The old packet. */
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
	assert_int_equal(frame.number, first_frame + 3);
	assert_int_equal(frame.interface, first_interface + 1);
	assert_int_equal(frame.link_type, 101);
	assert_int_equal(frame.captured_length, 3);
	assert_int_equal(frame.original_length, 99);
	assert_true(frame.time_ns == 3000001 - 100000000000);

	assert_true(capture_file_interface(file, first_interface, &interface));
	assert_null(interface.name);
	assert_int_equal(interface.snap_length, 40);
	assert_int_equal(interface.time_resolution, 6);
	assert_int_equal(interface.dropped, 0);
	assert_true(capture_file_interface(file, first_interface + 1, &interface));
	assert_string_equal(interface.name, "any");
	assert_int_equal(interface.time_resolution, 9);
	assert_int_equal(interface.dropped, 42);
}

static void sections_of_either_byte_order_go_on_counting(void **state)
{
	struct capture_bytes bytes = { 0 };
	struct capture_file *file;

	(void)state;
	put_section_of_everything(&bytes);
	bytes.big_endian = true;
	put_section_of_everything(&bytes);
	file = open_bytes(&bytes, NULL);
	assert_string_equal(capture_file_format(file), "pcapng");
	expect_section_of_everything(file, 0, 1);
	expect_section_of_everything(file, 2, 5);
	expect_end(file);
	assert_int_equal(capture_file_interface_count(file), 4);
	capture_file_close(file);
	capture_bytes_finish(&bytes);
}

static void blocks_that_wireshark_numbers_take_a_number(void **state)
{
	static const uint32_t types[] = { 9, 0xbad, 0x40000bad, 0x204, 0x208, 0x216, 0x221 };
	struct capture_bytes bytes = { 0 };
	struct capture_file *file;

	(void)state;
	put_section(&bytes);
	put_interface(&bytes, 1, 0);
	put_packet(&bytes, 0, 1, 4);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t begin = begin_block(&bytes, types[i]);

		put_bytes(&bytes, "something", 9);
		end_block(&bytes, begin);
	}
	end_block(&bytes, begin_block(&bytes, 4)); /* names: takes none */
	put_packet(&bytes, 0, 2, 4);
	file = open_bytes(&bytes, NULL);
	expect_frame(file, 1, 1000, 4);
	expect_frame(file, 9, 2000, 4);
	expect_end(file);
	capture_file_close(file);
	capture_bytes_finish(&bytes);
}

static void a_block_whose_length_lacks_its_padding_is_read(void **state)
{
	struct capture_bytes bytes = { 0 };
	struct capture_file *file;
	size_t begin;

	(void)state;
	put_section(&bytes);
	put_interface(&bytes, 1, 0);
	begin = begin_block(&bytes, 0x99);
	put_bytes(&bytes, "a", 1);
	end_block(&bytes, begin);
	set_u32(&bytes, begin + 4, 13);
	set_u32(&bytes, bytes.length - 4, 13);
	put_packet(&bytes, 0, 2, 4);
	file = open_bytes(&bytes, NULL);
	expect_frame(file, 1, 2000, 4);
	expect_end(file);
	capture_file_close(file);
	capture_bytes_finish(&bytes);
}

/* Frames of all lengths, over several windows. */
static void put_long_pcap(struct capture_bytes *bytes)
{
	put_pcap_header(bytes, PCAP_MAGIC, 1);
	for (uint32_t i = 0; i < 3000; i++)
		put_pcap_record(bytes, i, 1, i * 7 % 2000);
}

static void expect_long_pcap(struct capture_file *file)
{
	for (uint32_t i = 0; i < 3000; i++)
		expect_frame(file, i + 1, i * INT64_C(1000000000) + 1000, i * 7 % 2000);
	expect_end(file);
}

static void gzip_and_zstd_are_unpacked_of_several_parts_each(void **state)
{
	static const struct {
		void (*pack)(struct capture_bytes *file, const void *bytes, size_t length);
		const char *name;
	} rows[] = { { put_gzip, "pcap, gzip" }, { put_zstd, "pcap, zstd" } };
	struct capture_bytes plain = { 0 };

	(void)state;
	put_long_pcap(&plain);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t half = plain.length / 2;
		struct capture_bytes packed = { 0 };
		struct capture_file *file;

		rows[i].pack(&packed, plain.bytes, 10);
		rows[i].pack(&packed, plain.bytes + 10, half);
		rows[i].pack(&packed, plain.bytes, 0);
		rows[i].pack(&packed, plain.bytes + 10 + half, plain.length - half - 10);
		if (rows[i].pack == put_gzip)
			put_bytes(&packed, "\0\0\0\0\0", 5); /* as a tape pads */
		file = open_bytes(&packed, NULL);
		assert_string_equal(capture_file_format(file), rows[i].name);
		expect_long_pcap(file);
		assert_int_equal(capture_file_offset(file), packed.length);
		assert_int_equal(capture_file_size(file), packed.length);
		capture_file_close(file);
		capture_bytes_finish(&packed);
	}
	capture_bytes_finish(&plain);
}

static void the_longest_frame_is_read_and_one_byte_more_is_damage(void **state)
{
	struct capture_bytes bytes = { 0 };
	struct capture_file *file;
	struct captured_frame frame;

	(void)state;
	put_pcap_header(&bytes, PCAP_MAGIC, 1);
	put_pcap_record(&bytes, 1, 0, 100);
	put_pcap_record(&bytes, 2, 0, CAPTURE_FRAME_MAX_BYTES);
	put_pcap_record(&bytes, 3, 0, 100);
	put_pcap_record(&bytes, 4, 0, CAPTURE_FRAME_MAX_BYTES + 1);
	file = open_bytes(&bytes, NULL);
	expect_frame(file, 1, 1000000000, 100);
	expect_frame(file, 2, 2000000000, CAPTURE_FRAME_MAX_BYTES);
	expect_frame(file, 3, 3000000000, 100);
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_DAMAGED);
	assert_int_equal(capture_file_problem(file)->offset,
			 24 + 116 + 16 + CAPTURE_FRAME_MAX_BYTES + 116);
	assert_string_equal(capture_file_problem(file)->sentence,
			    "the record at this offset says 16,777,217 bytes, more than any frame "
			    "has (16,777,216)");
	capture_file_close(file);
	capture_bytes_finish(&bytes);
}

/* Writes a file's bytes one by one into a pipe, each after a signal to the reader. */
struct dripping {
	const struct capture_bytes *bytes;
	int fd;           /* owned by the thread */
	pthread_t reader; /* gets a signal before each byte */
};

static void do_nothing(int signal_number)
{
	(void)signal_number;
}

static void *drip(void *argument)
{
	const struct dripping *dripping = argument;
	bool written = true;

	for (size_t i = 0; i < dripping->bytes->length && written; i++) {
		(void)pthread_kill(dripping->reader, SIGUSR1);
		written = write(dripping->fd, dripping->bytes->bytes + i, 1) == 1;
	}
	(void)close(dripping->fd);
	return NULL;
}

/* Reads "-" from a pipe that gives single bytes, with the flags given for its end. */
static void read_dripping(const struct capture_bytes *bytes, int flags)
{
	struct sigaction interrupting = { .sa_handler = do_nothing }; /* without SA_RESTART */
	int standard_input = dup(STDIN_FILENO);
	struct capture_problem problem = { .offset = 0 };
	struct capture_file *file = NULL;
	struct dripping dripping = { .bytes = bytes, .reader = pthread_self() };
	pthread_t writer;
	int ends[2];

	assert_int_equal(sigaction(SIGUSR1, &interrupting, NULL), 0);
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
	assert_int_equal(close(ends[0]), 0);
	assert_true(fcntl(STDIN_FILENO, F_SETFL, flags) == 0);
	dripping.fd = ends[1];
	assert_int_equal(pthread_create(&writer, NULL, drip, &dripping), 0);

	assert_int_equal(capture_file_open("-", NULL, &file, &problem), CAPTURE_FRAME);
	assert_int_equal(capture_file_size(file), 0);
	expect_section_of_everything(file, 0, 1);
	expect_end(file);
	capture_file_close(file);
	assert_int_equal(pthread_join(writer, NULL), 0);
	/* Standard input is not the reader's to close. */
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	if (standard_input >= 0) {
		assert_true(dup2(standard_input, STDIN_FILENO) == STDIN_FILENO);
		assert_int_equal(close(standard_input), 0);
	}
}

static void standard_input_may_come_byte_by_byte_between_signals(void **state)
{
	struct capture_bytes plain = { 0 };
	struct capture_bytes packed = { 0 };

	(void)state;
	put_section_of_everything(&plain);
	put_gzip(&packed, plain.bytes, plain.length);
	read_dripping(&plain, 0);
	read_dripping(&plain, O_NONBLOCK);
	read_dripping(&packed, 0);
	capture_bytes_finish(&plain);
	capture_bytes_finish(&packed);
}

static void what_the_machine_refuses_is_told(void **state)
{
	struct capture_file *file = NULL;
	struct capture_problem problem = { .offset = 0 };

	(void)state;
	assert_int_equal(capture_file_open("/nowhere/at/all", NULL, &file, &problem),
			 CAPTURE_FAILED);
	assert_string_equal(problem.sentence, "cannot be opened: No such file or directory");
	assert_int_equal(capture_file_open("/", NULL, &file, &problem), CAPTURE_FAILED);
	assert_string_equal(problem.sentence, "cannot be read: Is a directory");
	assert_null(file);
	capture_file_close(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_is_read_in_both_resolutions_and_byte_orders),
		cmocka_unit_test(a_fraction_over_a_second_is_told_as_it_stands),
		cmocka_unit_test(both_patched_headers_are_told_apart),
		cmocka_unit_test(old_versions_swap_the_lengths),
		cmocka_unit_test(aix_counts_nanoseconds_and_interface_types),
		cmocka_unit_test(an_original_length_below_the_captured_one_is_left_as_it_is),
		cmocka_unit_test(sections_of_either_byte_order_go_on_counting),
		cmocka_unit_test(blocks_that_wireshark_numbers_take_a_number),
		cmocka_unit_test(a_block_whose_length_lacks_its_padding_is_read),
		cmocka_unit_test(gzip_and_zstd_are_unpacked_of_several_parts_each),
		cmocka_unit_test(the_longest_frame_is_read_and_one_byte_more_is_damage),
		cmocka_unit_test(standard_input_may_come_byte_by_byte_between_signals),
		cmocka_unit_test(what_the_machine_refuses_is_told),
	};

	return cmocka_run_group_tests_name("capture_file", tests, NULL, NULL);
}
