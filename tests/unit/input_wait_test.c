/* Input that is ended from outside. */
#include "capture/input_wait.h"

#include <stdio.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "support/capture_bytes.h"
#include "support/unit_test.h"

/* Until it says something else than a frame. */
static enum capture_result read_frames(struct capture_file *file, int *count)
{
	struct captured_frame frame;
	enum capture_result result;

	while ((result = capture_file_next(file, &frame)) == CAPTURE_FRAME)
		(*count)++;
	return result;
}

/* A pipe whose other end stays open, with these bytes in it. */
static void read_until_stopped(const struct capture_bytes *bytes, size_t length, int frames)
{
	enum capture_result opened;
	struct capture_problem problem = { .offset = 0 };
	struct capture_file *file = NULL;
	char path[64];
	int stop[2];
	int data[2];
	int count = 0;

	assert_int_equal(pipe(stop), 0);
	assert_int_equal(pipe(data), 0);
	assert_int_equal(write(stop[1], "x", 1), 1);
	assert_int_equal(write(data[1], bytes->bytes, length), length);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", data[0]);
	opened = capture_file_open_until(path, NULL, stop[0], &file, &problem);
	assert_int_equal(file ? read_frames(file, &count) : opened, CAPTURE_END);
	assert_int_equal(count, frames);
	capture_file_close(file);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(close(stop[i]), 0);
		assert_int_equal(close(data[i]), 0);
	}
}

static void once_stopped_what_is_there_is_read_and_no_more_is_waited_for(void **state)
{
	struct capture_bytes bytes = { 0 };

	(void)state;
	put_pcap_header(&bytes, PCAP_MAGIC, 1);
	put_pcap_record(&bytes, 1, 0, 60);
	put_pcap_record(&bytes, 2, 0, 60);
	read_until_stopped(&bytes, bytes.length, 2);
	read_until_stopped(&bytes, bytes.length - 1, 1);
	read_until_stopped(&bytes, 3, 0);
	read_until_stopped(&bytes, 0, 0);
	capture_bytes_finish(&bytes);
}

static void without_anybody_to_stop_it_nothing_is_waited_for(void **state)
{
	struct input_wait wait = { .stop_fd = -1 };

	(void)state;
	assert_true(input_wait(&wait, -1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(once_stopped_what_is_there_is_read_and_no_more_is_waited_for),
		cmocka_unit_test(without_anybody_to_stop_it_nothing_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
