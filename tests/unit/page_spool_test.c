/* Records that wait for the end of a page, and files that take their names when they are whole. */
#include "programs/page_spool.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "programs/whole_file.h"
#include "support/unit_test.h"

static struct page_spool *spool;
static struct text_builder text;
static char folder[64];

static int begin(void **state)
{
	(void)state;
	spool = page_spool_create(4, 20);
	text_builder_init(&text, 1024);
	(void)snprintf(folder, sizeof(folder), "/tmp/wiretale-page-XXXXXX");
	return spool && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int end(void **state)
{
	glob_t names;

	(void)state;
	page_spool_destroy(spool);
	text_builder_finish(&text);
	if (glob("*", 0, NULL, &names) == 0) {
		for (size_t i = 0; i < names.gl_pathc; i++)
			(void)unlink(names.gl_pathv[i]);
		globfree(&names);
	}
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static bool add(uint64_t connection, const char *record)
{
	return page_spool_add(spool, connection, record, strlen(record));
}

static void assert_record(size_t index, const char *expected)
{
	text_builder_clear(&text);
	assert_int_equal(page_spool_read(spool, index, &text), 0);
	assert_string_equal(text_builder_text(&text), expected);
}

static void records_come_back_in_their_order(void **state)
{
	(void)state;
	assert_true(add(2, "one"));
	assert_true(add(1, "two"));
	assert_record(1, "two"); /* also between others */
	assert_true(add(2, "three"));
	assert_int_equal(page_spool_count(spool), 3);
	assert_record(0, "one");
	assert_record(2, "three");
}

static void sorted_they_come_by_connection(void **state)
{
	(void)state;
	(void)add(3, "c");
	(void)add(1, "a");
	(void)add(3, "d");
	(void)add(2, "b");
	page_spool_sort(spool);
	assert_record(0, "a");
	assert_record(1, "b");
	assert_record(2, "c");
	assert_record(3, "d");
}

static void beyond_a_ceiling_a_record_is_left_out(void **state)
{
	(void)state;
	assert_true(add(1, "0123456789"));
	assert_false(add(1, "0123456789x"));
	assert_true(add(1, "0123456789"));
	assert_false(add(1, "x"));
	assert_int_equal(page_spool_count(spool), 2);
	assert_int_equal(page_spool_error(spool), 0);
}

static void there_are_so_many_records(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		assert_true(add(i, "x"));
	assert_false(add(4, "x"));
}

static void what_is_dropped_makes_room(void **state)
{
	(void)state;
	(void)add(1, "0123456789");
	(void)add(2, "keep");
	page_spool_drop(spool, 1, 1);
	assert_true(add(3, "0123456789abcdef"));
	assert_int_equal(page_spool_count(spool), 2);
	assert_record(0, "keep");
	assert_record(1, "0123456789abcdef");
}

static void only_as_many_are_looked_for_as_there_are(void **state)
{
	(void)state;
	(void)add(1, "a");
	(void)add(2, "b");
	(void)add(1, "c");
	page_spool_drop(spool, 3, 0);
	assert_int_equal(page_spool_count(spool), 3);
	page_spool_drop(spool, 1, 2);
	assert_int_equal(page_spool_count(spool), 1);
	assert_record(0, "b");
}

static void a_record_can_be_written_to_a_stream(void **state)
{
	FILE *stream = page_spool_begin(spool);

	(void)state;
	assert_non_null(stream);
	assert_true(fputs("piece ", stream) >= 0);
	assert_true(fputs("by piece", stream) >= 0);
	assert_true(page_spool_end(spool, 5));
	assert_record(0, "piece by piece");
	stream = page_spool_begin(spool);
	assert_true(fputs("far too long", stream) >= 0);
	assert_false(page_spool_end(spool, 5));
	assert_true(add(6, "next"));
	assert_record(1, "next");
}

/* ---- whole files ---- */

static void write_file(const char *path, const char *content)
{
	struct whole_file *file = whole_file_open(path);

	assert_non_null(file);
	assert_true(fputs(content, whole_file_stream(file)) >= 0);
	assert_int_equal(whole_file_close(file), 0);
}

static void assert_content(const char *path, const char *expected)
{
	char content[64] = { 0 };
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fread(content, 1, sizeof(content) - 1, file), strlen(expected));
	(void)fclose(file);
	assert_string_equal(content, expected);
}

static size_t files_there(void)
{
	glob_t names;
	size_t count;

	if (glob("*", 0, NULL, &names) != 0)
		return 0;
	count = names.gl_pathc;
	globfree(&names);
	return count;
}

static void a_file_takes_its_name_when_it_is_whole(void **state)
{
	struct whole_file *file;

	(void)state;
	write_file("page.html", "old");
	file = whole_file_open("page.html");
	assert_non_null(file);
	assert_true(fputs("new", whole_file_stream(file)) >= 0);
	assert_int_equal(fflush(whole_file_stream(file)), 0);
	assert_content("page.html", "old");
	assert_int_equal(whole_file_close(file), 0);
	assert_content("page.html", "new");
	assert_int_equal(files_there(), 1);
}

static void of_one_that_is_abandoned_nothing_stays(void **state)
{
	struct whole_file *file;

	(void)state;
	write_file("page.html", "old");
	file = whole_file_open("page.html");
	assert_non_null(file);
	assert_true(fputs("half", whole_file_stream(file)) >= 0);
	whole_file_abandon(file);
	assert_content("page.html", "old");
	assert_int_equal(files_there(), 1);
	whole_file_abandon(NULL);
}

static void a_full_disk_leaves_no_file(void **state)
{
	struct whole_file *file = whole_file_open("/dev/full");

	(void)state;
	assert_non_null(file);
	(void)fputs("page", whole_file_stream(file));
	assert_int_equal(whole_file_close(file), -ENOSPC);
}

static void a_file_that_cannot_be_made_says_why(void **state)
{
	(void)state;
	errno = 0;
	assert_null(whole_file_open("no-such-folder/page.html"));
	assert_int_equal(errno, ENOENT);
	assert_null(whole_file_open("."));
	assert_int_equal(errno, EISDIR);
}

static void through_a_link_its_target_is_replaced(void **state)
{
	struct stat status;

	(void)state;
	write_file("target", "old");
	assert_int_equal(symlink("target", "link"), 0);
	write_file("link", "new");
	assert_content("target", "new");
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
}

static void a_link_may_lead_to_what_is_not_there_yet(void **state)
{
	(void)state;
	assert_int_equal(symlink("next", "link"), 0);
	assert_int_equal(symlink("./target", "next"), 0);
	write_file("link", "new");
	assert_content("target", "new");
	assert_int_equal(files_there(), 3);
}

static void links_in_a_circle_are_refused(void **state)
{
	(void)state;
	assert_int_equal(symlink("two", "one"), 0);
	assert_int_equal(symlink("one", "two"), 0);
	assert_null(whole_file_open("one"));
	assert_int_equal(errno, ELOOP);
	assert_int_equal(whole_file_try("one"), -ELOOP);
}

static void the_longest_name_is_taken(void **state)
{
	char name[NAME_MAX + 1];

	(void)state;
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	write_file(name, "old");
	write_file(name, "new");
	assert_content(name, "new");
	assert_int_equal(files_there(), 1);
}

static void a_pipe_that_nobody_reads_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_null(whole_file_open("pipe"));
	assert_int_equal(errno, ENXIO);
	assert_string_equal(whole_file_why(ENXIO), "a pipe or a socket that nobody reads");
	assert_int_equal(whole_file_try("pipe"), 0); /* somebody may by then */
}

static void trying_leaves_nothing(void **state)
{
	(void)state;
	assert_int_equal(whole_file_try("page.html"), 0);
	assert_int_equal(whole_file_try("no-such-folder/page.html"), -ENOENT);
	assert_int_equal(files_there(), 0);
}

static void a_signal_handler_leaves_no_file_beside(void **state)
{
	struct whole_file *file = whole_file_open("page.html");

	(void)state;
	assert_non_null(file);
	whole_file_unlink_unfinished();
	assert_int_equal(files_there(), 0);
	whole_file_abandon(file);
	whole_file_unlink_unfinished(); /* which is none any more */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_come_back_in_their_order),
		TEST(sorted_they_come_by_connection),
		TEST(beyond_a_ceiling_a_record_is_left_out),
		TEST(there_are_so_many_records),
		TEST(what_is_dropped_makes_room),
		TEST(only_as_many_are_looked_for_as_there_are),
		TEST(a_record_can_be_written_to_a_stream),
		TEST(a_file_takes_its_name_when_it_is_whole),
		TEST(of_one_that_is_abandoned_nothing_stays),
		TEST(a_full_disk_leaves_no_file),
		TEST(a_file_that_cannot_be_made_says_why),
		TEST(through_a_link_its_target_is_replaced),
		TEST(a_link_may_lead_to_what_is_not_there_yet),
		TEST(links_in_a_circle_are_refused),
		TEST(the_longest_name_is_taken),
		TEST(a_pipe_that_nobody_reads_is_refused),
		TEST(trying_leaves_nothing),
		TEST(a_signal_handler_leaves_no_file_beside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
