/* What the writer writes, the reader reads; and a file shows under its name only when it is whole.
 */
#include "capture/pcapng_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "support/unit_test.h"

#define FILE_MAX_BYTES (2u * 1024 * 1024)

/* A folder of the test's own, and the file's path in it. */
struct place {
	char folder[64];
	char path[96];
};

static struct place new_place(void)
{
	struct place place;

	(void)snprintf(place.folder, sizeof(place.folder), P_tmpdir "/pcapng_writer_XXXXXX");
	assert_non_null(mkdtemp(place.folder));
	(void)snprintf(place.path, sizeof(place.path), "%s/out.pcapng", place.folder);
	return place;
}

/* Fails where something is left in the folder beside the file. */
static void remove_place(const struct place *place)
{
	(void)unlink(place->path);
	assert_int_equal(rmdir(place->folder), 0);
}

static const uint8_t payload[70000] = { 1, 2, 3, 4, 5, 6, 7 };

static struct captured_frame frame_of(uint32_t length, int64_t time_ns, uint32_t interface)
{
	return (struct captured_frame){ .bytes = payload,
					.captured_length = length,
					.original_length = length + 10,
					.time_ns = time_ns,
					.interface = interface };
}

static size_t read_whole(const char *path, uint8_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got;

	assert_true(fd >= 0);
	while ((got = read(fd, bytes + length, FILE_MAX_BYTES - length)) > 0)
		length += (size_t)got;
	assert_int_equal(close(fd), 0);
	return length;
}

static void what_is_written_is_read_again(void **state)
{
	static const int64_t times[] = { 0, 1, 999999999, 1700000000123456789, CAPTURED_TIME_MAX_NS,
					 -5 };
	struct place place = new_place();
	struct pcapng_writer *writer = pcapng_writer_open(place.path, "test");
	struct capture_problem problem;
	struct capture_interface interface;
	struct capture_file *file = NULL;
	struct captured_frame frame;

	(void)state;
	assert_non_null(writer);
	assert_true(pcapng_writer_add_interface(writer, 1, 0, "eth0") == 0);
	assert_true(pcapng_writer_add_interface(writer, 101, 65535, NULL) == 1);
	for (uint32_t i = 0; i < 6; i++) {
		frame = frame_of(i * 14000, times[i], i % 2);
		assert_int_equal(pcapng_writer_frame(writer, &frame, i % 3 ? "why" : NULL), 0);
	}
	assert_int_equal(pcapng_writer_close(writer), 0);

	assert_int_equal(capture_file_open(place.path, NULL, &file, &problem), CAPTURE_FRAME);
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
		assert_int_equal(frame.number, i + 1);
		assert_true(frame.time_ns == (times[i] < 0 ? 0 : times[i]));
		assert_int_equal(frame.captured_length, i * 14000);
		assert_int_equal(frame.original_length, i * 14000 + 10);
		assert_int_equal(frame.interface, i % 2);
		assert_int_equal(frame.link_type, i % 2 ? 101 : 1);
		assert_memory_equal(frame.bytes, payload, frame.captured_length);
	}
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_END);
	assert_true(capture_file_interface(file, 0, &interface));
	assert_string_equal(interface.name, "eth0");
	assert_int_equal(interface.snap_length, 0);
	assert_int_equal(interface.time_resolution, 9);
	assert_true(capture_file_interface(file, 1, &interface));
	assert_null(interface.name);
	assert_int_equal(interface.snap_length, 65535);
	capture_file_close(file);
	remove_place(&place);
}

static void a_comment_is_an_option_of_its_frame(void **state)
{
	/* Enhanced packet block of 52 bytes. */
	static const uint8_t block[] = {
		6,   0,   0,   0,    52,   0, 0, 0,             /* type, length */
		0,   0,   0,   0,    0,    0, 0, 0, 9, 0, 0, 0, /* interface, time in nanoseconds */
		3,   0,   0,   0,    13,   0, 0, 0,             /* captured, original */
		1,   2,   3,   0,                               /* the frame, padded */
		1,   0,   5,   0,                               /* comment, 5 bytes */
		'w', 'h', 'y', 0xc2, 0xbf, 0, 0, 0,             /* padded */
		0,   0,   0,   0,                               /* end of options */
		52,  0,   0,   0,
	};
	struct place place = new_place();
	struct pcapng_writer *writer = pcapng_writer_open(place.path, "test");
	struct captured_frame frame = frame_of(3, 9, 0);
	uint8_t *bytes = malloc(FILE_MAX_BYTES);
	size_t length;

	(void)state;
	assert_non_null(writer);
	assert_non_null(bytes);
	assert_true(pcapng_writer_add_interface(writer, 1, 0, NULL) == 0);
	assert_int_equal(pcapng_writer_frame(writer, &frame, "why\xc2\xbf"), 0);
	assert_int_equal(pcapng_writer_close(writer), 0);
	length = read_whole(place.path, bytes);
	assert_true(length > sizeof(block));
	assert_memory_equal(bytes + length - sizeof(block), block, sizeof(block));
	free(bytes);
	remove_place(&place);
}

/* Writes one frame with the comment and returns the comment as it stands in the file. */
static char *comment_written(const char *comment)
{
	struct place place = new_place();
	struct pcapng_writer *writer = pcapng_writer_open(place.path, "test");
	struct captured_frame frame = frame_of(4, 0, 0);
	uint8_t *bytes = malloc(FILE_MAX_BYTES);
	struct capture_problem problem;
	struct capture_file *file = NULL;
	const uint8_t *option;
	size_t length;
	char *written;

	assert_non_null(writer);
	assert_non_null(bytes);
	(void)pcapng_writer_add_interface(writer, 1, 0, NULL);
	assert_int_equal(pcapng_writer_frame(writer, &frame, comment), 0);
	assert_int_equal(pcapng_writer_close(writer), 0);
	/* The reader checks the block's lengths. */
	assert_int_equal(capture_file_open(place.path, NULL, &file, &problem), CAPTURE_FRAME);
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_END);
	capture_file_close(file);

	length = read_whole(place.path, bytes);
	option = bytes + length;
	while (option > bytes && memcmp(option - 4, "\1\2\3\4", 4) != 0)
		option--;
	assert_true(option > bytes);
	assert_int_equal(option[0], 1);
	length = (size_t)(option[2] | option[3] << 8);
	written = calloc(1, length + 1);
	assert_non_null(written);
	memcpy(written, option + 4, length);
	free(bytes);
	remove_place(&place);
	return written;
}

static void a_comment_too_long_is_cut_between_characters_and_marked(void **state)
{
	char *comment = malloc(70001);
	char *written;

	(void)state;
	assert_non_null(comment);
	memset(comment, 'x', 70000);
	comment[65532] = 0; /* the longest that is whole */
	written = comment_written(comment);
	assert_string_equal(written, comment);
	free(written);

	comment[65532] = 'x';
	comment[65533] = 0;
	written = comment_written(comment);
	assert_int_equal(strlen(written), 65532);
	assert_string_equal(written + 65527, "xx...");
	free(written);

	memcpy(comment + 65527, "\xe2\x86\x92", 3); /* three bytes where the cut would be */
	written = comment_written(comment);
	assert_string_equal(written + 65525, "xx...");
	free(written);
	free(comment);
}

static void what_cannot_be_written_is_refused_and_harms_nothing(void **state)
{
	struct place place = new_place();
	struct pcapng_writer *writer = pcapng_writer_open(place.path, "test");
	struct captured_frame frame = frame_of(4, 0, 0);

	(void)state;
	assert_non_null(writer);
	assert_int_equal(pcapng_writer_frame(writer, &frame, NULL), -EINVAL); /* no interface */
	for (uint32_t i = 0; i < CAPTURE_INTERFACES_MAX; i++)
		assert_true(pcapng_writer_add_interface(writer, 1, 0, NULL) == i);
	assert_true(pcapng_writer_add_interface(writer, 1, 0, NULL) == -EOVERFLOW);
	frame.captured_length = CAPTURE_FRAME_MAX_BYTES + 1;
	assert_int_equal(pcapng_writer_frame(writer, &frame, NULL), -EMSGSIZE);
	frame.captured_length = 4;
	assert_int_equal(pcapng_writer_frame(writer, &frame, NULL), 0);
	assert_int_equal(pcapng_writer_close(writer), 0);
	remove_place(&place);
}

static void nothing_shows_under_the_name_before_the_end(void **state)
{
	struct place place = new_place();
	struct pcapng_writer *writer = pcapng_writer_open(place.path, "test");
	struct stat status;

	(void)state;
	assert_non_null(writer);
	assert_int_equal(stat(place.path, &status), -1);
	assert_int_equal(pcapng_writer_close(writer), 0);
	assert_int_equal(stat(place.path, &status), 0);

	/* Abandoned, it leaves what was there before. */
	writer = pcapng_writer_open(place.path, "another, longer name");
	assert_non_null(writer);
	pcapng_writer_abandon(writer);
	pcapng_writer_abandon(NULL);
	assert_int_equal(stat(place.path, &status), 0);
	assert_int_equal(status.st_size, 28 + 8 + 4); /* "test", and the end of options */
	assert_int_equal(unlink(place.path), 0);
	writer = pcapng_writer_open(place.path, "test");
	assert_non_null(writer);
	pcapng_writer_abandon(writer);
	assert_int_equal(stat(place.path, &status), -1);
	remove_place(&place);
}

static void a_file_replaced_keeps_its_permissions_and_its_link(void **state)
{
	struct place place = new_place();
	struct pcapng_writer *writer;
	char link_path[96];
	struct stat status;
	int fd;

	(void)state;
	(void)snprintf(link_path, sizeof(link_path), "%s/link", place.folder);
	fd = open(place.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(symlink(place.path, link_path), 0);
	writer = pcapng_writer_open(link_path, "test");
	assert_non_null(writer);
	assert_int_equal(pcapng_writer_close(writer), 0);
	assert_int_equal(stat(place.path, &status), 0);
	assert_int_equal(status.st_size, 40);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(lstat(link_path, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(unlink(link_path), 0);
	remove_place(&place);
}

static void a_full_disk_is_told_at_the_latest_when_closing(void **state)
{
	struct pcapng_writer *writer = pcapng_writer_open("/dev/full", "test");
	struct captured_frame frame = frame_of(sizeof(payload), 0, 0);

	(void)state;
	assert_non_null(writer);
	assert_int_equal(pcapng_writer_close(writer), -ENOSPC);
	writer = pcapng_writer_open("/dev/full", "test");
	assert_non_null(writer);
	assert_true(pcapng_writer_add_interface(writer, 1, 0, NULL) == 0);
	assert_int_equal(pcapng_writer_frame(writer, &frame, NULL), -ENOSPC); /* over the buffer */
	frame.captured_length = 0;
	assert_int_equal(pcapng_writer_frame(writer, &frame, NULL), -ENOSPC); /* it sticks */
	assert_true(pcapng_writer_add_interface(writer, 1, 0, NULL) == -ENOSPC);
	assert_int_equal(pcapng_writer_close(writer), -ENOSPC);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
	(void)state;
	errno = 0;
	assert_null(pcapng_writer_open("/nowhere/at/all.pcapng", "test"));
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(a_comment_is_an_option_of_its_frame),
		cmocka_unit_test(a_comment_too_long_is_cut_between_characters_and_marked),
		cmocka_unit_test(what_cannot_be_written_is_refused_and_harms_nothing),
		cmocka_unit_test(nothing_shows_under_the_name_before_the_end),
		cmocka_unit_test(a_file_replaced_keeps_its_permissions_and_its_link),
		cmocka_unit_test(a_full_disk_is_told_at_the_latest_when_closing),
		cmocka_unit_test(a_folder_that_is_not_there_is_told),
	};

	return cmocka_run_group_tests_name("pcapng_writer", tests, NULL, NULL);
}
