#include "tcp_lab/lab_sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/unit_test.h"

static void names_become_paths_below_proc_sys(void **state)
{
	char path[LAB_SYSCTL_PATH_BYTES];

	(void)state;
	assert_true(lab_sysctl_path("net.ipv4.tcp_sack", path));
	assert_string_equal(path, "/proc/sys/net/ipv4/tcp_sack");
	assert_true(lab_sysctl_path("net/ipv4/conf/eth0/rp_filter", path));
	assert_string_equal(path, "/proc/sys/net/ipv4/conf/eth0/rp_filter");
}

static void what_is_not_of_the_network_has_no_path(void **state)
{
	static const char *const names[] = { "",
					     "net",
					     "net.",
					     "net..",
					     "kernel.hostname",
					     "vm.swappiness",
					     "network.ipv4",
					     "net.ipv4..tcp_sack",
					     "net.ipv4.",
					     "net/../vm/swappiness",
					     "net.ipv4.tcp sack",
					     "net.ipv4.tcp_sack\n" };
	char path[LAB_SYSCTL_PATH_BYTES] = "unchanged";

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(lab_sysctl_path(names[i], path));
	assert_string_equal(path, "unchanged");
	assert_int_equal(lab_sysctl_set("kernel.hostname", "x"), -ENOENT);
}

static void a_name_that_is_too_long_has_no_path(void **state)
{
	char name[LAB_SYSCTL_PATH_BYTES + 1];
	char path[LAB_SYSCTL_PATH_BYTES];
	size_t longest = LAB_SYSCTL_PATH_BYTES - sizeof("/proc/sys/");

	(void)state;
	(void)snprintf(name, sizeof(name), "net.");
	memset(name + 4, 'a', longest - 4);
	name[longest] = '\0';
	assert_true(lab_sysctl_path(name, path));
	assert_int_equal(strlen(path), LAB_SYSCTL_PATH_BYTES - 1);
	name[longest] = 'a';
	name[longest + 1] = '\0';
	assert_false(lab_sysctl_path(name, path));
}

static void a_value_is_read_without_its_newline(void **state)
{
	char value[64] = "unchanged";
	char short_one[1];

	(void)state;
	assert_int_equal(lab_sysctl_get("net.ipv4.no_such_setting", value, sizeof(value)), -ENOENT);
	assert_string_equal(value, "unchanged");
	assert_int_equal(lab_sysctl_get("net.ipv4.tcp_rmem", value, sizeof(value)), 0);
	assert_null(strchr(value, '\n'));
	assert_non_null(strchr(value, '\t'));
	assert_int_equal(lab_sysctl_get("net.ipv4.tcp_rmem", short_one, sizeof(short_one)),
			 -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_paths_below_proc_sys),
		cmocka_unit_test(what_is_not_of_the_network_has_no_path),
		cmocka_unit_test(a_name_that_is_too_long_has_no_path),
		cmocka_unit_test(a_value_is_read_without_its_newline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
