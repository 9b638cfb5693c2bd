/* Each way in which a machine refuses hosts, and what is said of it. */
#include "tcp_lab/lab_refusal.h"

#include <errno.h>
#include <string.h>

#include "support/unit_test.h"

/* A machine that refuses nothing by its settings. */
static struct lab_machine willing(void)
{
	return (struct lab_machine){ .unprivileged_clone = LAB_SETTING_ABSENT,
				     .apparmor_restricts = LAB_SETTING_ABSENT,
				     .max_user_namespaces = 10000,
				     .max_net_namespaces = 10000,
				     .max_pid_namespaces = 10000,
				     .max_mnt_namespaces = 10000,
				     .max_uts_namespaces = 10000,
				     .max_ipc_namespaces = 10000 };
}

static void expect(const struct lab_machine *machine, enum lab_attempt attempt, int error,
		   const char *cause, const char *remedy)
{
	struct lab_refusal refusal = { .what = "" };

	assert_int_equal(lab_refuse(&refusal, attempt, error, machine), error);
	if (!strstr(refusal.what, cause))
		fail_msg("\"%s\" does not say \"%s\"", refusal.what, cause);
	if (!strstr(refusal.advice, remedy))
		fail_msg("\"%s\" does not say \"%s\"", refusal.advice, remedy);
	assert_true(strlen(refusal.what) < sizeof(refusal.what) - 1); /* whole */
	assert_true(strlen(refusal.advice) < sizeof(refusal.advice) - 1);
}

static void a_setting_that_refuses_is_named(void **state)
{
	struct lab_machine machine = willing();

	(void)state;
	machine.unprivileged_clone = 0;
	expect(&machine, LAB_ATTEMPT_USER_NAMESPACE, -EPERM,
	       "kernel.unprivileged_userns_clone is 0",
	       "sysctl kernel.unprivileged_userns_clone=1");
	machine = willing();
	machine.apparmor_restricts = 1;
	expect(&machine, LAB_ATTEMPT_USER_MAP, -EPERM,
	       "kernel.apparmor_restrict_unprivileged_userns is 1",
	       "sysctl kernel.apparmor_restrict_unprivileged_userns=0");
	expect(&machine, LAB_ATTEMPT_NAMESPACES, -EPERM, "AppArmor", "userns,");
	machine = willing();
	machine.max_net_namespaces = 0;
	expect(&machine, LAB_ATTEMPT_NAMESPACES, -ENOSPC, "user.max_net_namespaces is 0",
	       "sysctl user.max_net_namespaces=10000");
}

static void a_setting_that_binds_ordinary_users_is_no_cause_for_root(void **state)
{
	struct lab_machine machine = willing();

	(void)state;
	machine.is_root = true;
	machine.unprivileged_clone = 0;
	machine.apparmor_restricts = 1;
	machine.is_filtered = true;
	expect(&machine, LAB_ATTEMPT_USER_NAMESPACE, -EPERM, "seccomp", "docker run");
	expect(&machine, LAB_ATTEMPT_NAMESPACES, -EPERM, "seccomp", "docker run");
}

static void a_ceiling_that_is_reached_is_told_from_one_that_is_zero(void **state)
{
	struct lab_machine machine = willing();

	(void)state;
	expect(&machine, LAB_ATTEMPT_USER_NAMESPACE, -ENOSPC, "as many namespaces",
	       "user.max_user_namespaces=20000");
	machine.max_user_namespaces = 0;
	expect(&machine, LAB_ATTEMPT_USER_NAMESPACE, -ENOSPC, "user.max_user_namespaces is 0",
	       "sysctl user.max_user_namespaces=10000");
	expect(&machine, LAB_ATTEMPT_USER_NAMESPACE, -EUSERS, "user.max_user_namespaces is 0",
	       "sysctl user.max_user_namespaces=10000");
}

static void what_is_unknown_is_said_with_the_kernels_word(void **state)
{
	struct lab_machine machine = willing();

	(void)state;
	expect(&machine, LAB_ATTEMPT_USER_NAMESPACE, -EPERM, "Operation not permitted", "chroot");
	expect(&machine, LAB_ATTEMPT_USER_NAMESPACE, -EINVAL, "no user namespaces",
	       "CONFIG_USER_NS");
	expect(&machine, LAB_ATTEMPT_NAMESPACES, -EACCES, "Permission denied", "journalctl");
	expect(&machine, LAB_ATTEMPT_KEEPER, -EAGAIN, "could not be started", "ulimit -u");
	expect(&machine, LAB_ATTEMPT_ADDRESSES, -EINVAL, "Invalid argument", "");
	expect(&machine, LAB_ATTEMPT_DIAG, -EPROTONOSUPPORT, "NETLINK_SOCK_DIAG", "modprobe");
	expect(&machine, LAB_ATTEMPT_BUILD, -ENOTSUP, "without libmnl", "build it again");
	expect(&machine, LAB_ATTEMPT_MEMORY, -ENOMEM, "Cannot allocate memory", "");
}

static void a_device_that_is_missing_is_told_from_one_that_is_closed(void **state)
{
	struct lab_machine machine = willing();

	(void)state;
	expect(&machine, LAB_ATTEMPT_TUN, -ENOENT, "no TUN devices", "modprobe tun");
	expect(&machine, LAB_ATTEMPT_TUN, -EACCES, "Permission denied", "chmod 0666 /dev/net/tun");
	expect(&machine, LAB_ATTEMPT_VETH, -EOPNOTSUPP, "veth", "modprobe veth");
}

static void advice_of_before_is_not_repeated(void **state)
{
	struct lab_machine machine = willing();
	struct lab_refusal refusal = { .advice = "of another time" };

	(void)state;
	(void)lab_refuse(&refusal, LAB_ATTEMPT_ADDRESSES, -EINVAL, &machine);
	assert_string_equal(refusal.advice, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_setting_that_refuses_is_named),
		cmocka_unit_test(a_setting_that_binds_ordinary_users_is_no_cause_for_root),
		cmocka_unit_test(a_ceiling_that_is_reached_is_told_from_one_that_is_zero),
		cmocka_unit_test(what_is_unknown_is_said_with_the_kernels_word),
		cmocka_unit_test(a_device_that_is_missing_is_told_from_one_that_is_closed),
		cmocka_unit_test(advice_of_before_is_not_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
