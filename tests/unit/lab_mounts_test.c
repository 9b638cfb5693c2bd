#include "tcp_lab/lab_mounts.h"

#include <errno.h>
#include <string.h>

#include "support/unit_test.h"

static void expect_nsswitch(const char *before, const char *after)
{
	struct text_builder out;

	text_builder_init(&out, 4096);
	lab_mounts_nsswitch(before, &out);
	assert_string_equal(text_builder_text(&out), after);
	text_builder_finish(&out);
}

static void hosts_are_looked_up_in_files_and_all_else_stays(void **state)
{
	(void)state;
	expect_nsswitch("passwd: files sss\n"
			"hosts: mymachines resolve [!UNAVAIL=return] files dns\n"
			"# hosts: are above\n"
			"networks: files\n",
			"passwd: files sss\n"
			"hosts: files\n"
			"# hosts: are above\n"
			"networks: files\n");
	expect_nsswitch("\t hosts:dns", "hosts: files\n");
	expect_nsswitch("", "");
	expect_nsswitch("\n\nhosts: dns\n\n", "\n\nhosts: files\n\n");
}

static void expect_text(const struct lab_mounts *mounts, const char *text)
{
	struct text_builder out;

	text_builder_init(&out, 4096);
	lab_mounts_text(mounts, &out);
	if (*text)
		assert_non_null(strstr(text_builder_text(&out), text));
	else
		assert_string_equal(text_builder_text(&out), "");
	text_builder_finish(&out);
}

static void what_is_lacking_is_said(void **state)
{
	(void)state;
	expect_text(&(struct lab_mounts){ .hosts = 0 }, "");
	expect_text(&(struct lab_mounts){ .nsswitch = -ENOENT },
		    ""); /* names resolve all the same */
	expect_text(&(struct lab_mounts){ .hosts = -ENOENT }, "given 10.77.0.1 and 10.77.0.2");
	expect_text(&(struct lab_mounts){ .namespace = -EPERM }, "Names do not resolve");
	expect_text(&(struct lab_mounts){ .nsswitch = -EROFS }, "/etc/nsswitch.conf");
	expect_text(&(struct lab_mounts){ .proc = -EPERM }, "the machine's /proc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_looked_up_in_files_and_all_else_stays),
		cmocka_unit_test(what_is_lacking_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
