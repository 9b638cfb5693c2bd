#include "tcp_lab/lab_refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROC_FILE_BYTES 4096u

/* False: it cannot be read. */
static bool read_file(const char *path, char out[PROC_FILE_BYTES])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, out, PROC_FILE_BYTES - 1);
	(void)close(fd);
	if (length < 0)
		return false;
	out[length] = '\0';
	return true;
}

static int64_t setting(const char *path)
{
	char text[PROC_FILE_BYTES];
	char *end;
	long long value;

	if (!read_file(path, text))
		return LAB_SETTING_ABSENT;
	errno = 0;
	value = strtoll(text, &end, 10);
	return end == text || errno ? LAB_SETTING_ABSENT : value;
}

static bool is_filtered(void)
{
	char text[PROC_FILE_BYTES];
	const char *line;

	if (!read_file("/proc/self/status", text))
		return false;
	line = strstr(text, "\nSeccomp:");
	return line && strtol(line + sizeof("\nSeccomp:") - 1, NULL, 10) > 0;
}

void lab_machine_look(struct lab_machine *out)
{
	*out = (struct lab_machine){
		.is_root = geteuid() == 0,
		.is_filtered = is_filtered(),
		.unprivileged_clone = setting("/proc/sys/kernel/unprivileged_userns_clone"),
		.apparmor_restricts =
			setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
		.max_user_namespaces = setting("/proc/sys/user/max_user_namespaces"),
		.max_net_namespaces = setting("/proc/sys/user/max_net_namespaces"),
		.max_pid_namespaces = setting("/proc/sys/user/max_pid_namespaces"),
		.max_mnt_namespaces = setting("/proc/sys/user/max_mnt_namespaces"),
		.max_uts_namespaces = setting("/proc/sys/user/max_uts_namespaces"),
		.max_ipc_namespaces = setting("/proc/sys/user/max_ipc_namespaces"),
	};
}

__attribute__((format(printf, 2, 3))) static void what(struct lab_refusal *refusal,
						       const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(refusal->what, sizeof(refusal->what), format, arguments);
	va_end(arguments);
}

__attribute__((format(printf, 2, 3))) static void advice(struct lab_refusal *refusal,
							 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(refusal->advice, sizeof(refusal->advice), format, arguments);
	va_end(arguments);
}

static void refuse_for_filter(struct lab_refusal *refusal)
{
	what(refusal, "a system call filter (seccomp), as containers and services have, forbids "
		      "making namespaces");
	advice(refusal, "run it outside of the container, or start the container with a filter "
			"that allows unshare: docker run --security-opt seccomp=unconfined, and "
			"with AppArmor also --security-opt apparmor=unconfined");
}

static void refuse_for_apparmor(struct lab_refusal *refusal)
{
	what(refusal, "AppArmor lets ordinary users' programs make namespaces, but do nothing in "
		      "them (kernel.apparmor_restrict_unprivileged_userns is 1)");
	advice(refusal, "sysctl kernel.apparmor_restrict_unprivileged_userns=0 (as root) allows it "
			"to all programs; a profile in /etc/apparmor.d with the rule \"userns,\" "
			"allows it to this one; root may do it as it is");
}

/* Each kind of namespace has a ceiling of its own. False: none of them is 0. */
static bool refuse_for_ceiling(struct lab_refusal *refusal, const struct lab_machine *machine)
{
	const struct {
		int64_t value;
		const char *kind;
	} ceilings[] = {
		{ machine->max_user_namespaces, "user" }, { machine->max_net_namespaces, "net" },
		{ machine->max_pid_namespaces, "pid" },   { machine->max_mnt_namespaces, "mnt" },
		{ machine->max_uts_namespaces, "uts" },   { machine->max_ipc_namespaces, "ipc" },
	};

	for (size_t i = 0; i < sizeof(ceilings) / sizeof(ceilings[0]); i++) {
		if (ceilings[i].value != 0)
			continue;
		what(refusal, "this machine allows no %s namespaces (user.max_%s_namespaces is 0)",
		     ceilings[i].kind, ceilings[i].kind);
		advice(refusal, "sysctl user.max_%s_namespaces=10000 (as root) allows them",
		       ceilings[i].kind);
		return true;
	}
	return false;
}

static void refuse_for_full(struct lab_refusal *refusal, const struct lab_machine *machine)
{
	if (refuse_for_ceiling(refusal, machine))
		return;
	what(refusal, "there are as many namespaces as this machine allows, or too deep in one "
		      "another");
	advice(refusal,
	       "end what holds them (lsns lists them), or allow more: sysctl user.max_user_"
	       "namespaces=%" PRId64 " and its like in /proc/sys/user (as root)",
	       machine->max_user_namespaces > 0 ? machine->max_user_namespaces * 2 : 10000);
}

static void refuse_user_namespace(struct lab_refusal *refusal, int error,
				  const struct lab_machine *machine)
{
	if (error == -ENOSPC || error == -EUSERS) {
		refuse_for_full(refusal, machine);
	} else if (error == -EINVAL || error == -ENOSYS) {
		what(refusal, "this kernel has no user namespaces");
		advice(refusal, "it takes a kernel built with CONFIG_USER_NS, as all the large "
				"distributions have; a virtual machine will do");
	} else if (machine->unprivileged_clone == 0 && !machine->is_root) {
		what(refusal, "this machine lets ordinary users make no user namespaces "
			      "(kernel.unprivileged_userns_clone is 0)");
		advice(refusal, "sysctl kernel.unprivileged_userns_clone=1 (as root) allows it; "
				"root may do it as it is");
	} else if (machine->is_filtered) {
		refuse_for_filter(refusal);
	} else {
		what(refusal, "the kernel lets this program make no user namespace: %s",
		     strerror(-error));
		advice(refusal, "the cause may be a chroot (run it outside), a security module "
				"(its log tells: journalctl -k) or a container's settings; root "
				"of the machine itself may usually do it");
	}
}

static void refuse_inside(struct lab_refusal *refusal, int error, const struct lab_machine *machine)
{
	if (error == -ENOSPC || error == -EUSERS) {
		refuse_for_full(refusal, machine);
	} else if (machine->apparmor_restricts == 1 && !machine->is_root) {
		refuse_for_apparmor(refusal);
	} else if (machine->is_filtered) {
		refuse_for_filter(refusal);
	} else {
		what(refusal,
		     "the kernel lets this program make no hosts in its user namespace: "
		     "%s",
		     strerror(-error));
		advice(refusal, "a security module may forbid it; its log tells: journalctl -k");
	}
}

static void refuse_tun(struct lab_refusal *refusal, int error)
{
	if (error == -ENOENT || error == -ENODEV || error == -ENXIO) {
		what(refusal, "there are no TUN devices here (/dev/net/tun: %s)", strerror(-error));
		advice(refusal,
		       "modprobe tun (as root) brings them, or use the other kind of device, veth");
	} else {
		what(refusal, "no TUN device may be made here (/dev/net/tun: %s)",
		     strerror(-error));
		advice(refusal, "chmod 0666 /dev/net/tun (as root), as most distributions have it, "
				"or use the other kind of device, veth");
	}
}

static void refuse_veth(struct lab_refusal *refusal, int error)
{
	what(refusal, "no virtual Ethernet (veth) can be made here: %s", strerror(-error));
	advice(refusal, "modprobe veth af_packet (as root) brings it where the kernel has it as a "
			"module; a /dev/net/tun that may be opened will do as well");
}

int lab_refuse(struct lab_refusal *refusal, enum lab_attempt attempt, int error,
	       const struct lab_machine *machine)
{
	refusal->advice[0] = '\0';
	switch (attempt) {
	case LAB_ATTEMPT_BUILD:
		what(refusal, "this program was built without libmnl, which makes the hosts' "
			      "network");
		advice(refusal, "install libmnl's development files and build it again");
		break;
	case LAB_ATTEMPT_USER_NAMESPACE:
		refuse_user_namespace(refusal, error, machine);
		break;
	case LAB_ATTEMPT_USER_MAP:
	case LAB_ATTEMPT_NAMESPACES:
		refuse_inside(refusal, error, machine);
		break;
	case LAB_ATTEMPT_KEEPER:
		what(refusal, "a process for the lab could not be started: %s", strerror(-error));
		advice(refusal, "see whether the user's limit of processes (ulimit -u) is reached");
		break;
	case LAB_ATTEMPT_TUN:
		refuse_tun(refusal, error);
		break;
	case LAB_ATTEMPT_VETH:
		refuse_veth(refusal, error);
		break;
	case LAB_ATTEMPT_ADDRESSES:
		what(refusal, "a host's network could not be set up: %s", strerror(-error));
		break;
	case LAB_ATTEMPT_DIAG:
		what(refusal,
		     "the kernel tells nothing of its sockets here (NETLINK_SOCK_DIAG): "
		     "%s",
		     strerror(-error));
		advice(refusal, "modprobe tcp_diag inet_diag (as root) brings it where the kernel "
				"has it as a module");
		break;
	case LAB_ATTEMPT_MEMORY:
		what(refusal, "out of memory, or of descriptors: %s", strerror(-error));
		break;
	}
	return error;
}
