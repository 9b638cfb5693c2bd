/* Capture files that lie, end too soon or want too much: what is before the damage is given. */
#include "capture/capture_file.h"

#include <stdio.h>
#include <string.h>

#include "support/capture_bytes.h"
#include "support/unit_test.h"

/* How reading the first `length` bytes of a file went. */
struct reading {
	enum capture_result opened; /* CAPTURE_FRAME, or why not */
	enum capture_result ended;  /* where it was opened */
	uint64_t frames;
	struct capture_problem problem; /* of whichever failed */
};

static struct reading read_bytes(const uint8_t *bytes, size_t length)
{
	struct memory_file memory = memory_file_of(bytes, length);
	struct reading reading = { .frames = 0 };
	struct capture_file *file = NULL;
	struct captured_frame frame;

	reading.opened = capture_file_open(memory.path, NULL, &file, &reading.problem);
	reading.ended = reading.opened;
	memory_file_close(&memory);
	if (reading.opened != CAPTURE_FRAME)
		return reading;
	while ((reading.ended = capture_file_next(file, &frame)) == CAPTURE_FRAME) {
		reading.frames++;
		assert_true(frame.captured_length <= CAPTURE_FRAME_MAX_BYTES);
		assert_true(frame.interface < capture_file_interface_count(file));
	}
	if (reading.ended != CAPTURE_END) {
		reading.problem = *capture_file_problem(file);
		/* Asked again, it says the same. */
		assert_int_equal(capture_file_next(file, &frame), reading.ended);
	}
	capture_file_close(file);
	return reading;
}

static void expect_damage(const struct capture_bytes *bytes, uint64_t frames, uint64_t offset,
			  const char *sentence)
{
	struct reading reading = read_bytes(bytes->bytes, bytes->length);

	assert_int_equal(reading.ended, CAPTURE_DAMAGED);
	assert_int_equal(reading.frames, frames);
	assert_string_equal(reading.problem.sentence, sentence);
	assert_int_equal(reading.problem.offset, offset);
	assert_false(reading.problem.unpacked);
}

/*
 * Cuts a file at every byte. `edges`: where it may end, ascending, the last one being its whole
 * length; of them the first `silent` come before the first frame, then one frame ends at each.
 */
static void cut_everywhere(const struct capture_bytes *bytes, const size_t *edges, size_t count,
			   size_t silent)
{
	size_t passed = 0; /* edges at or before the cut */

	assert_int_equal(edges[count - 1], bytes->length);
	for (size_t length = 0; length <= bytes->length; length++) {
		struct reading reading = read_bytes(bytes->bytes, length);
		bool may_end;

		while (passed < count && edges[passed] <= length)
			passed++;
		may_end = passed > 0 && edges[passed - 1] == length;
		assert_int_equal(reading.ended, may_end ? CAPTURE_END : CAPTURE_DAMAGED);
		assert_int_equal(reading.frames, passed > silent ? passed - silent : 0);
		if (!may_end) {
			assert_int_equal(reading.problem.offset,
					 passed > 0 ? edges[passed - 1] : 0);
			assert_true(strlen(reading.problem.sentence) > 10);
		}
	}
}

static void pcap_cut_at_any_byte_gives_the_frames_before(void **state)
{
	struct capture_bytes bytes = { 0 };
	size_t edges[4];

	(void)state;
	put_pcap_header(&bytes, PCAP_MAGIC, 1);
	edges[0] = bytes.length;
	for (size_t i = 1; i < 4; i++) {
		put_pcap_record(&bytes, 1, 0, (uint32_t)(20 * i));
		edges[i] = bytes.length;
	}
	cut_everywhere(&bytes, edges, 4, 1);
	capture_bytes_finish(&bytes);
}

static void pcapng_cut_at_any_byte_gives_the_frames_before(void **state)
{
	struct capture_bytes bytes = { 0 };
	size_t edges[5];

	(void)state;
	put_section(&bytes);
	edges[0] = bytes.length;
	put_interface(&bytes, 1, 0);
	edges[1] = bytes.length;
	for (size_t i = 2; i < 5; i++) {
		put_packet(&bytes, 0, 1, (uint32_t)(13 * i));
		edges[i] = bytes.length;
	}
	cut_everywhere(&bytes, edges, 5, 2);
	capture_bytes_finish(&bytes);
}

static void packed_files_cut_at_any_byte_are_damaged(void **state)
{
	static void (*const packs[])(struct capture_bytes *, const void *, size_t) = { put_gzip,
										       put_zstd };
	struct capture_bytes plain = { 0 };

	(void)state;
	put_pcap_header(&plain, PCAP_MAGIC, 1);
	for (uint32_t i = 0; i < 5; i++)
		put_pcap_record(&plain, 1, 0, 50);
	for (size_t i = 0; i < 2; i++) {
		struct capture_bytes packed = { 0 };

		packs[i](&packed, plain.bytes, plain.length);
		for (size_t length = 0; length < packed.length; length++) {
			struct reading reading = read_bytes(packed.bytes, length);

			assert_int_equal(reading.ended, CAPTURE_DAMAGED);
			assert_true(reading.frames <= 5);
			assert_true(reading.problem.offset <= length);
		}
		assert_int_equal(read_bytes(packed.bytes, packed.length).frames, 5);
		/* The last byte but one belongs to a checksum that gzip has, and zstd here has not.
		 */
		if (packs[i] == put_gzip) {
			struct reading reading;

			packed.bytes[packed.length - 6] ^= 1;
			reading = read_bytes(packed.bytes, packed.length);
			assert_int_equal(reading.ended, CAPTURE_DAMAGED);
			assert_int_equal(reading.frames, 5);
		}
		capture_bytes_finish(&packed);
	}
	capture_bytes_finish(&plain);
}

static void damage_in_unpacked_bytes_is_told_as_such(void **state)
{
	struct capture_bytes plain = { 0 };
	struct capture_bytes packed = { 0 };
	struct reading reading;

	(void)state;
	put_pcap_header(&plain, PCAP_MAGIC, 1);
	put_pcap_record(&plain, 1, 0, 50);
	put_pcap_record(&plain, 1, 0, 50);
	set_u32(&plain, 24 + 66 + 8, 262144);
	put_gzip(&packed, plain.bytes, plain.length);
	reading = read_bytes(packed.bytes, packed.length);
	assert_int_equal(reading.ended, CAPTURE_DAMAGED);
	assert_int_equal(reading.frames, 1);
	assert_true(reading.problem.unpacked);
	assert_int_equal(reading.problem.offset, 24 + 66);
	assert_string_equal(reading.problem.sentence,
			    "the record at this offset says 262,144 bytes, "
			    "50 are left: the file was cut short");
	capture_bytes_finish(&plain);
	capture_bytes_finish(&packed);
}

static void something_behind_packed_data_is_damage_after_its_frames(void **state)
{
	static void (*const packs[])(struct capture_bytes *, const void *, size_t) = { put_gzip,
										       put_zstd };
	static const char *const sentences[] = {
		"the gzip data is damaged here, or something else follows it",
		"the zstd data is damaged here, or something else follows it",
	};
	struct capture_bytes plain = { 0 };

	(void)state;
	put_pcap_header(&plain, PCAP_MAGIC, 1);
	put_pcap_record(&plain, 1, 0, 50);
	for (size_t i = 0; i < 2; i++) {
		struct capture_bytes packed = { 0 };
		struct reading reading;

		packs[i](&packed, plain.bytes, plain.length);
		put_bytes(&packed, "something else", 14);
		reading = read_bytes(packed.bytes, packed.length);
		assert_int_equal(reading.ended, CAPTURE_DAMAGED);
		assert_int_equal(reading.frames, 1);
		assert_false(reading.problem.unpacked);
		assert_string_equal(reading.problem.sentence, sentences[i]);
		capture_bytes_finish(&packed);
	}
	capture_bytes_finish(&plain);
}

static void a_zstd_window_over_the_ceiling_is_refused(void **state)
{
	/* Frame header: no size told, window descriptor 2^(10 + 16) = 64 MiB. */
	static const uint8_t wide[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x80, 0x01, 0x00, 0x00 };
	struct reading reading = read_bytes(wide, sizeof(wide));

	(void)state;
	assert_int_equal(reading.opened, CAPTURE_DAMAGED);
	assert_string_equal(
		reading.problem.sentence,
		"the zstd data needs more than 32 MiB of memory: unpack the file first");
}

static void what_is_no_capture_is_called_by_its_name(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *sentence;
	} rows[] = {
		{ "", 0, "this file is empty" },
		{ "\1", 1, "this file is too short for a capture" },
		{ "\xd4\xc3\xb2", 3, "this file is too short for a capture" },
		{ "snoop\0\0\0\0\0\0\2", 12,
		  "this is a snoop capture; `editcap -F pcapng` converts it" },
		{ "PK\3\4....", 8, "this is a Zip archive; unpack it first" },
		{ "\xfd"
		  "7zXZ\0",
		  6, "this is xz data, and only gzip and zstd are unpacked here; unpack it first" },
		{ "\x7f"
		  "ELF\2\1\1",
		  7, "this is a program (ELF), no capture" },
		{ "12:00:01.1 IP 10.0.0.1.80 > 10.0.0.2.1: Flags [S]\n", 50,
		  "this is text, no capture (tcpdump -w and Wireshark write captures)" },
		{ "\0\0\0\0\0\0", 6, "this is neither pcap nor pcapng" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reading reading = read_bytes((const uint8_t *)rows[i].bytes, rows[i].length);

		assert_int_equal(reading.opened, CAPTURE_DAMAGED);
		assert_string_equal(reading.problem.sentence, rows[i].sentence);
		assert_int_equal(reading.problem.offset, 0);
	}
}

static void a_pcap_of_another_version_is_refused(void **state)
{
	struct capture_bytes bytes = { 0 };

	(void)state;
	put_pcap_header(&bytes, PCAP_MAGIC, 1);
	bytes.bytes[4] = 9;
	expect_damage(&bytes, 0, 0, "it says pcap version 9, and only version 2 is known");
	capture_bytes_finish(&bytes);
}

/* A section and an interface, a good frame; then what the test puts; then another good frame. */
static size_t begin_bad_pcapng(struct capture_bytes *bytes)
{
	put_section(bytes);
	put_interface(bytes, 1, 0);
	put_packet(bytes, 0, 1, 60);
	return bytes->length;
}

static void a_frame_over_its_block_is_damage(void **state)
{
	static const uint32_t lies[] = { 61, 64, 400, 0x7fffffff, 0xfffffff0, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct capture_bytes bytes = { 0 };
		size_t bad = begin_bad_pcapng(&bytes);
		struct reading reading;

		put_packet(&bytes, 0, 1, 60);
		set_u32(&bytes, bad + 20, lies[i]);
		put_packet(&bytes, 0, 1, 60);
		reading = read_bytes(bytes.bytes, bytes.length);
		assert_int_equal(reading.ended, CAPTURE_DAMAGED);
		assert_int_equal(reading.frames, 1);
		assert_int_equal(reading.problem.offset, bad);
		capture_bytes_finish(&bytes);
	}
}

static void a_simple_packet_over_its_block_is_damage(void **state)
{
	struct capture_bytes bytes = { 0 };
	size_t bad = begin_bad_pcapng(&bytes);

	(void)state;
	(void)begin_block(&bytes, 3);
	put_u32(&bytes, UINT32_MAX);
	end_block(&bytes, bad);
	expect_damage(&bytes, 1, bad,
		      "the block at this offset says a frame of 4,294,967,295 bytes, and there is "
		      "room for 0");
	capture_bytes_finish(&bytes);
}

static void block_lengths_that_lie_are_damage(void **state)
{
	static const struct {
		uint32_t type;
		uint32_t front; /* length at the front and at the end of a block that has 92 */
		uint32_t end;
		const char *sentence;
	} rows[] = {
		{ 6, 92, 96,
		  "the block at this offset says 92 bytes at its front and 96 at its end" },
		{ 6, 92, 0,
		  "the block at this offset says 92 bytes at its front and 0 at its end" },
		{ 6, 0, 92,
		  "the block at this offset says 0 bytes, and one of its type has at least 32" },
		{ 6, 28, 28,
		  "the block at this offset says 28 bytes, and one of its type has at least 32" },
		{ 3, 12, 12,
		  "the block at this offset says 12 bytes, and one of its type has at least 16" },
		{ 5, 20, 20,
		  "the block at this offset says 20 bytes, and one of its type has at least 24" },
		{ 1, 16, 16,
		  "the block at this offset says 16 bytes, and one of its type has at least 20" },
		{ 0x0a0d0d0a, 24, 24, "the section header at this offset tells no byte order" },
		{ 0x99, 8, 8,
		  "the block at this offset says 8 bytes, and one of its type has at least 12" },
		{ 0x99, 0, 0,
		  "the block at this offset says 0 bytes, and one of its type has at least 12" },
		{ 0x99, 92, 88,
		  "the block at this offset says 92 bytes at its front and 88 at its end" },
		{ 0x99, UINT32_MAX, UINT32_MAX,
		  "the block at this offset says 4,294,967,295 bytes, 184 are left: the file was "
		  "cut short" },
		{ 0x99, 0xfffffffc, 0xfffffffc,
		  "the block at this offset says 4,294,967,292 bytes, 184 are left: the file was "
		  "cut short" },
		{ 6, 0xfffffffc, 92,
		  "the block at this offset says 4,294,967,292 bytes, more than any has "
		  "(17,825,792)" },
		{ 6, UINT32_MAX, 92,
		  "the block at this offset says 4,294,967,295 bytes, more than any has "
		  "(17,825,792)" },
		{ 6, 1048576, 92,
		  "the block at this offset says 1,048,576 bytes, 184 are left: the file was cut "
		  "short" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct capture_bytes bytes = { 0 };
		size_t bad = begin_bad_pcapng(&bytes);

		put_packet(&bytes, 0, 1, 60);
		set_u32(&bytes, bad, rows[i].type);
		set_u32(&bytes, bad + 4, rows[i].front);
		set_u32(&bytes, bad + 88, rows[i].end);
		put_packet(&bytes, 0, 1, 60);
		expect_damage(&bytes, 1, bad, rows[i].sentence);
		capture_bytes_finish(&bytes);
	}
}

static void a_frame_of_an_unknown_interface_is_damage(void **state)
{
	static const uint32_t types[] = { 6, 3, 2 };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct capture_bytes bytes = { 0 };
		size_t bad;

		(void)begin_bad_pcapng(&bytes);
		put_section(&bytes); /* whose interfaces are none, for those before are another's */
		bad = bytes.length;
		put_packet(&bytes, 0, 1, 60);
		set_u32(&bytes, bad, types[i]);
		expect_damage(&bytes, 1, bad,
			      "the block at this offset is of interface 0, and its section has "
			      "described 0");
		capture_bytes_finish(&bytes);
	}
}

static void an_option_over_its_interface_is_damage(void **state)
{
	static const uint16_t lengths[] = { 1, 5, 200, UINT16_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct capture_bytes bytes = { 0 };
		size_t bad = begin_bad_pcapng(&bytes);

		(void)begin_block(&bytes, 1);
		put_u16(&bytes, 1);
		put_u16(&bytes, 0);
		put_u32(&bytes, 0);
		put_u16(&bytes, 9);
		put_u16(&bytes, lengths[i]); /* of which none is there */
		end_block(&bytes, bad);
		expect_damage(&bytes, 1, bad,
			      "an option of the interface at this offset is longer than its block");
		capture_bytes_finish(&bytes);
	}
}

static void statistics_with_broken_options_are_left_out(void **state)
{
	struct capture_bytes bytes = { 0 };
	struct reading reading;
	size_t begin;

	(void)state;
	begin = begin_bad_pcapng(&bytes);
	(void)begin_block(&bytes, 5);
	put_u32(&bytes, 0);
	put_u64(&bytes, 0);
	put_option(&bytes, 5, "1234", 4); /* should have 8 */
	put_u16(&bytes, 5);
	put_u16(&bytes, 999);
	end_block(&bytes, begin);
	put_packet(&bytes, 0, 1, 60);
	reading = read_bytes(bytes.bytes, bytes.length);
	assert_int_equal(reading.ended, CAPTURE_END);
	assert_int_equal(reading.frames, 2);
	capture_bytes_finish(&bytes);
}

static void a_million_interfaces_end_at_the_ceiling(void **state)
{
	struct capture_bytes bytes = { 0 };
	size_t begin;

	(void)state;
	put_section(&bytes);
	begin = bytes.length;
	for (uint32_t i = 0; i < 1000000; i++)
		put_interface(&bytes, 1, 0);
	expect_damage(&bytes, 0, begin + 20 * CAPTURE_INTERFACES_MAX,
		      "the file describes more than 65,536 interfaces");
	capture_bytes_finish(&bytes);
}

static void interfaces_of_many_sections_end_at_the_ceiling(void **state)
{
	struct capture_bytes bytes = { 0 };

	(void)state;
	for (uint32_t i = 0; i <= CAPTURE_INTERFACES_MAX; i++) {
		put_section(&bytes);
		put_interface(&bytes, 1, 0);
		put_packet(&bytes, 0, 1, 4);
	}
	expect_damage(&bytes, CAPTURE_INTERFACES_MAX, (28 + 20 + 36) * CAPTURE_INTERFACES_MAX + 28,
		      "the file describes more than 65,536 interfaces");
	capture_bytes_finish(&bytes);
}

static void interface_names_are_kept_up_to_their_ceiling(void **state)
{
	char name[60000];
	struct capture_bytes bytes = { 0 };
	struct capture_problem problem;
	struct capture_interface interface;
	struct capture_file *file = NULL;
	struct memory_file memory;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[1] = '\x1b';
	put_section(&bytes);
	for (int i = 0; i < 100; i++) {
		size_t begin = begin_block(&bytes, 1);

		put_u32(&bytes, 1);
		put_u32(&bytes, 0);
		put_option(&bytes, 2, name, sizeof(name));
		end_block(&bytes, begin);
	}
	memory = memory_file_of(bytes.bytes, bytes.length);
	assert_int_equal(capture_file_open(memory.path, NULL, &file, &problem), CAPTURE_FRAME);
	assert_int_equal(capture_file_next(file, &(struct captured_frame){ 0 }), CAPTURE_END);
	assert_int_equal(capture_file_interface_count(file), 100);
	assert_true(capture_file_interface(file, 0, &interface));
	assert_int_equal(strlen(interface.name), sizeof(name));
	assert_int_equal(strncmp(interface.name, "n?nn", 4), 0);
	assert_true(capture_file_interface(file, 16, &interface));
	assert_non_null(interface.name);
	assert_true(capture_file_interface(file, 17, &interface)); /* the 18th 60,000 bytes */
	assert_null(interface.name);
	capture_file_close(file);
	memory_file_close(&memory);
	capture_bytes_finish(&bytes);
}

/* Every byte of a small file changed, one at a time, to some values that hurt. */
static void shake(const struct capture_bytes *bytes)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	for (size_t at = 0; at < bytes->length; at++) {
		uint8_t before = bytes->bytes[at];

		for (size_t i = 0; i < sizeof(values); i++) {
			struct reading reading;

			bytes->bytes[at] = values[i];
			reading = read_bytes(bytes->bytes, bytes->length);
			assert_true(reading.ended == CAPTURE_END ||
				    reading.ended == CAPTURE_DAMAGED);
			if (reading.ended == CAPTURE_DAMAGED)
				assert_true(reading.problem.sentence[0] != 0);
		}
		bytes->bytes[at] = before;
	}
}

static void any_one_byte_changed_ends_well(void **state)
{
	struct capture_bytes pcap = { 0 };
	struct capture_bytes pcapng = { .big_endian = true };
	struct capture_bytes gzip = { 0 };
	struct capture_bytes zstd = { 0 };

	(void)state;
	put_pcap_header(&pcap, PCAP_MAGIC, 1);
	put_pcap_record(&pcap, 1, 2, 30);
	put_pcap_record(&pcap, 1, 2, 0);
	(void)begin_bad_pcapng(&pcapng);
	put_section(&pcapng);
	put_interface(&pcapng, 1, 0);
	put_packet(&pcapng, 0, 1, 5);
	put_gzip(&gzip, pcap.bytes, pcap.length);
	put_zstd(&zstd, pcap.bytes, pcap.length);
	shake(&pcap);
	shake(&pcapng);
	shake(&gzip);
	shake(&zstd);
	capture_bytes_finish(&pcap);
	capture_bytes_finish(&pcapng);
	capture_bytes_finish(&gzip);
	capture_bytes_finish(&zstd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_cut_at_any_byte_gives_the_frames_before),
		cmocka_unit_test(pcapng_cut_at_any_byte_gives_the_frames_before),
		cmocka_unit_test(packed_files_cut_at_any_byte_are_damaged),
		cmocka_unit_test(damage_in_unpacked_bytes_is_told_as_such),
		cmocka_unit_test(something_behind_packed_data_is_damage_after_its_frames),
		cmocka_unit_test(a_zstd_window_over_the_ceiling_is_refused),
		cmocka_unit_test(what_is_no_capture_is_called_by_its_name),
		cmocka_unit_test(a_pcap_of_another_version_is_refused),
		cmocka_unit_test(a_frame_over_its_block_is_damage),
		cmocka_unit_test(a_simple_packet_over_its_block_is_damage),
		cmocka_unit_test(block_lengths_that_lie_are_damage),
		cmocka_unit_test(a_frame_of_an_unknown_interface_is_damage),
		cmocka_unit_test(an_option_over_its_interface_is_damage),
		cmocka_unit_test(statistics_with_broken_options_are_left_out),
		cmocka_unit_test(a_million_interfaces_end_at_the_ceiling),
		cmocka_unit_test(interfaces_of_many_sections_end_at_the_ceiling),
		cmocka_unit_test(interface_names_are_kept_up_to_their_ceiling),
		cmocka_unit_test(any_one_byte_changed_ends_well),
	};

	return cmocka_run_group_tests_name("capture_hostile", tests, NULL, NULL);
}
