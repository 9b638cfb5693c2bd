#include "tcp_lab/lab_settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tcp_lab/lab_sysctl.h"

struct setting {
	const char *name;
	const char *value;
	const char *meaning; /* for people; NULL: nothing that they would notice */
};

/* A device that speaks by itself would be heard on the cable; hosts are reached by every program,
 * at every port, with every address. */
static const struct setting needed[] = {
	{ "net.ipv6.conf.all.disable_ipv6", "0", NULL },
	{ "net.ipv6.conf.default.disable_ipv6", "0", NULL },
	{ "net.ipv6.conf.lo.disable_ipv6", "0", NULL },
	{ "net.ipv6.conf.default.accept_dad", "0", NULL },
	{ "net.ipv6.conf.default.dad_transmits", "0", NULL },
	{ "net.ipv6.conf.default.accept_ra", "0", NULL },
	{ "net.ipv6.conf.default.autoconf", "0", NULL },
	{ "net.ipv6.conf.default.router_solicitations", "0", NULL },
	{ "net.ipv6.conf.default.addr_gen_mode", "1", NULL },
	{ "net.ipv4.conf.all.rp_filter", "0", NULL },
	{ "net.ipv4.conf.default.rp_filter", "0", NULL },
	{ "net.ipv4.ip_forward", "0", NULL },
	{ "net.ipv4.ip_unprivileged_port_start", "0", NULL },
};

/*
 * Not here, since they are today's TCP and no accident of a machine: SACK, timestamps, RACK and
 * tail loss probes, F-RTO, an initial window of 10 segments, growing buffers. An experiment that
 * wants to be without them says so.
 */
static const struct setting textbook_settings[] = {
	{ "net.ipv4.tcp_congestion_control", "reno", "congestion control reno" },
	/* else the first retransmissions of a SYN are not backed off */
	{ "net.ipv4.tcp_syn_linear_timeouts", "0", "SYN again after 1 2 4 s" },
	/* else a full queue has clients that are connected to nobody */
	{ "net.ipv4.tcp_syncookies", "0", "no SYN cookies" },
	/* else how many segments a hundred sends make depends on how busy a device is */
	{ "net.ipv4.tcp_autocorking", "0", "no autocorking" },
	/* else from the fourth on, duplicate ACKs come up to 1 ms late, several in one */
	{ "net.ipv4.tcp_comp_sack_nr", "0", "every duplicate ACK sent" },
	/* else of several challenge ACKs within half a second only one is sent */
	{ "net.ipv4.tcp_invalid_ratelimit", "0", "challenge ACKs not limited" },
	/* the kernel's own defaults, whatever the machine has: window scale 7 */
	{ "net.ipv4.tcp_rmem", "4096 131072 6291456", "window scale 7" },
	{ "net.ipv4.tcp_wmem", "4096 16384 4194304", NULL },
	/* else a connection begins where the last one of the same pair left off */
	{ "net.ipv4.tcp_no_metrics_save", "1", "nothing remembered of past connections" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct outcome {
	size_t refused;        /* how many could not be set */
	const char *first;     /* of them */
	int error;             /* its -errno */
	const char *separator; /* of what is told in `settings` */
};

/* One that this kernel has not is no lack, and nothing to tell of. */
static void apply(const struct setting *setting, struct outcome *outcome,
		  struct text_builder *settings)
{
	int result = lab_sysctl_set(setting->name, setting->value);

	if (result == 0 && setting->meaning) {
		text_append_format(settings, "%s%s", outcome->separator, setting->meaning);
		outcome->separator = ", ";
	}
	if (result == 0 || result == -ENOENT)
		return;
	if (outcome->refused++ == 0) {
		outcome->first = setting->name;
		outcome->error = result;
	}
}

static void tell_refused(const struct outcome *outcome, struct text_builder *lacks)
{
	if (outcome->refused == 0)
		return;
	text_append(lacks, outcome->first);
	if (outcome->refused > 1)
		text_append_format(lacks, " and %zu more settings", outcome->refused - 1);
	text_append_format(lacks, " could not be set (%s). ", strerror(-outcome->error));
}

void lab_settings_for_wire(void)
{
	/* Tables of their own for the hosts make a dump of their sockets four times as fast; older
	 * kernels have them shared. Our ends of the devices shall say nothing. */
	(void)lab_sysctl_set("net.ipv4.tcp_child_ehash_entries", "1024");
	(void)lab_sysctl_set("net.ipv6.conf.default.disable_ipv6", "1");
}

/* Who may ping: the group that is known here. */
static void open_ping(void)
{
	char range[64];

	(void)snprintf(range, sizeof(range), "%u %u", getegid(), getegid());
	(void)lab_sysctl_set("net.ipv4.ping_group_range", range);
}

void lab_settings_for_host(bool textbook, struct text_builder *settings, struct text_builder *lacks)
{
	struct outcome outcome = { .separator = "" };

	for (size_t i = 0; i < COUNT(needed); i++)
		apply(&needed[i], &outcome, settings);
	open_ping();
	for (size_t i = 0; textbook && i < COUNT(textbook_settings); i++)
		apply(&textbook_settings[i], &outcome, settings);
	if (settings->length == 0)
		text_append(settings, "TCP as this machine has it");
	tell_refused(&outcome, lacks);
}
