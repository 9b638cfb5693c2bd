/*
 * Any bytes as a capture file. Whatever they are, reading ends, what is given stands where it says,
 * and what goes wrong has a sentence and a place in the file. A filter takes some of the same
 * frames, under the same numbers. And what was read can be written as pcapng and is read again as
 * the same. Files are slow, and compiling is: the input's length chooses which of the two is tried.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "capture/pcapng_writer.h"

/* Frames that are compared with a second reading. */
#define FRAMES_KEPT 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

struct kept_frame {
	struct captured_frame frame; /* its bytes are not kept, but their sum */
	uint32_t sum;
};

struct reading {
	bool opened;
	enum capture_result ending;
	uint64_t frames;
	uint64_t last_number;
	struct kept_frame kept[FRAMES_KEPT];
};

static uint32_t sum_of(const struct captured_frame *frame)
{
	uint32_t sum = 1;

	for (uint32_t i = 0; i < frame->captured_length; i++)
		sum = sum * 31 + frame->bytes[i];
	return sum;
}

static void check_frame(const struct capture_file *file, const struct captured_frame *frame,
			uint64_t number_before)
{
	struct capture_interface interface;

	require(frame->number > number_before);
	require(frame->captured_length <= CAPTURE_FRAME_MAX_BYTES);
	require(capture_file_interface(file, frame->interface, &interface));
	require(interface.link_type == frame->link_type);
}

static void check_problem(const struct capture_problem *problem, size_t size)
{
	require(problem->sentence[0] != 0);
	require(memchr(problem->sentence, 0, sizeof(problem->sentence)) != NULL);
	require(problem->unpacked || problem->offset <= size);
}

static struct pcapng_writer *begin_copy(const char *path)
{
	return path ? pcapng_writer_open(path, "fuzz") : NULL;
}

/* The copy numbers its interfaces as the file does: all that are known are described first. */
static void copy_frame(struct pcapng_writer *writer, uint32_t *described,
		       const struct capture_file *file, const struct captured_frame *frame)
{
	struct capture_interface interface;

	for (; *described <= frame->interface; (*described)++) {
		require(capture_file_interface(file, *described, &interface));
		require(pcapng_writer_add_interface(writer, interface.link_type,
						    interface.snap_length,
						    interface.name) == *described);
	}
	require(pcapng_writer_frame(writer, frame, frame->number % 2 ? "odd" : NULL) == 0);
}

/* Reads the file; with copy_path it also writes what it reads there. */
static struct reading read_file(const char *path, size_t size, const char *filter,
				const char *copy_path)
{
	struct reading reading = { .ending = CAPTURE_END };
	struct capture_problem problem = { .sentence = "" };
	struct capture_file *file = NULL;
	struct captured_frame frame;
	struct pcapng_writer *writer;
	uint32_t described = 0;

	reading.ending = capture_file_open(path, filter, &file, &problem);
	if (reading.ending != CAPTURE_FRAME) {
		check_problem(&problem, size);
		return reading;
	}
	reading.opened = true;
	writer = begin_copy(copy_path);
	while ((reading.ending = capture_file_next(file, &frame)) == CAPTURE_FRAME) {
		check_frame(file, &frame, reading.last_number);
		reading.last_number = frame.number;
		if (reading.frames < FRAMES_KEPT)
			reading.kept[reading.frames] = (struct kept_frame){ frame, sum_of(&frame) };
		reading.frames++;
		if (writer)
			copy_frame(writer, &described, file, &frame);
	}
	if (reading.ending != CAPTURE_END)
		check_problem(capture_file_problem(file), size);
	require(capture_file_next(file, &frame) == reading.ending);
	require(capture_file_interface_count(file) <= CAPTURE_INTERFACES_MAX);
	require(capture_file_offset(file) <= size);
	require(strlen(capture_file_format(file)) > 0);
	capture_file_close(file);
	if (writer)
		require(pcapng_writer_close(writer) == 0);
	return reading;
}

static void check_copy(const struct reading *original, const struct reading *copy)
{
	require(copy->ending == CAPTURE_END);
	require(copy->frames == original->frames);
	for (uint64_t i = 0; i < copy->frames && i < FRAMES_KEPT; i++) {
		const struct captured_frame *is = &copy->kept[i].frame;
		const struct captured_frame *was = &original->kept[i].frame;

		require(is->time_ns == (was->time_ns < 0 ? 0 : was->time_ns));
		require(is->captured_length == was->captured_length);
		require(is->original_length == was->original_length);
		require(is->interface == was->interface && is->link_type == was->link_type);
		require(copy->kept[i].sum == original->kept[i].sum);
	}
}

/* Each frame that the filter took is one of all. */
static void check_filtered(const struct reading *all, const struct reading *filtered)
{
	uint64_t next = 0;

	require(filtered->frames <= all->frames);
	if (all->frames > FRAMES_KEPT)
		return;
	for (uint64_t i = 0; i < filtered->frames; i++) {
		while (next < all->frames &&
		       all->kept[next].frame.number < filtered->kept[i].frame.number)
			next++;
		require(next < all->frames);
		require(all->kept[next].frame.number == filtered->kept[i].frame.number);
		require(all->kept[next].sum == filtered->kept[i].sum);
	}
}

/* In a folder of this process, made once; the files in it are replaced each time. */
static const char *copy_path(void)
{
	static char path[128];
	static char folder[64];

	if (!path[0]) {
		(void)snprintf(folder, sizeof(folder), P_tmpdir "/capture_file_fuzz_XXXXXX");
		require(mkdtemp(folder) != NULL);
		(void)snprintf(path, sizeof(path), "%s/copy", folder);
	}
	return path;
}

static void remove_copy(void)
{
	char folder[128];

	(void)unlink(copy_path());
	(void)snprintf(folder, sizeof(folder), "%s", copy_path());
	*strrchr(folder, '/') = 0;
	(void)rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool began;
	char path[32];
	int fd = memfd_create("capture", MFD_CLOEXEC);
	struct reading all, other;

	if (!began) {
		began = true;
		require(atexit(remove_copy) == 0);
	}
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	all = read_file(path, size, NULL, size % 4 == 0 ? copy_path() : NULL);
	if (size % 4 == 0 && all.opened) {
		other = read_file(copy_path(), SIZE_MAX, NULL, NULL);
		check_copy(&all, &other);
	} else if (size % 4 == 1) {
		other = read_file(path, size, "tcp or vlan or greater 40", NULL);
		check_filtered(&all, &other);
	}
	require(close(fd) == 0);
	return 0;
}
