/*
 * Carries what two programs say, by the lab's cable or by a bare pair of virtual Ethernet, and
 * prints what the client's said. Where segments are recorded, a line follows with the median of
 * their ways: from when the cable had one to when the other host's kernel had it, nanoseconds.
 *
 *   lab_cable tun|veth DELAY SERVER CLIENT         as `wiretale lab run` does it
 *   lab_cable tun|veth DELAY SERVER CLIENT quick   without asking kernels, and without recording
 *   lab_cable bare - SERVER CLIENT                 no cable: the pair as the kernel makes it
 *   lab_cable plain - SERVER CLIENT                the same, but without offloads, as in the lab
 *
 * Commands are for the shell; lab_peer is found beside this program.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcp_lab/experiment.h"
#include "tcp_lab/lab_link.h"
#include "tcp_lab/lab_run.h"
#include "tcp_lab/lab_user_namespace.h"

#define MTU 1500u

struct asked {
	const char *delay;
	const char *server;
	const char *client;
	const char *folder;
	bool quick;
};

static int fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "lab_cable: %s: %s\n", what, why);
	return 1;
}

/* ---- over the cable ---- */

static int print_client(const struct lab_record *record)
{
	for (size_t i = 0; i < record->program_count; i++) {
		if (record->programs[i].host == LAB_CLIENT && record->programs[i].exit_status == 0)
			return fwrite(record->programs[i].output, record->programs[i].output_length,
				      1, stdout) == 1
				       ? 0
				       : fail("output", strerror(errno));
	}
	return fail("the client", record->failed ? record->failure : "it said nothing");
}

static int by_length(const void *one, const void *other)
{
	int64_t a = *(const int64_t *)one;
	int64_t b = *(const int64_t *)other;

	return a < b ? -1 : a > b;
}

static int print_way(const struct lab_record *record)
{
	int64_t *ways = calloc(record->segment_count + 1, sizeof(*ways));
	size_t count = 0;

	if (!ways)
		return fail("ways", strerror(errno));
	for (size_t i = 0; i < record->segment_count; i++) {
		const struct lab_segment *segment = &record->segments[i];

		if (segment->delivered_ns >= 0)
			ways[count++] = segment->delivered_ns - segment->sent_ns;
	}
	qsort(ways, count, sizeof(*ways), by_length);
	if (count > 0)
		printf("%lld\n", (long long)ways[count / 2]);
	free(ways);
	return 0;
}

static int over_cable(enum lab_backend backend, const struct asked *asked)
{
	const struct lab_run_options options = {
		.seed = 1,
		.no_probe = asked->quick,
		.no_record = asked->quick,
		.backend = backend,
		.tool_folder = asked->folder,
		.stop_fd = -1,
	};
	struct experiment_problem problem;
	struct experiment *experiment;
	struct lab_record record = { 0 };
	struct lab_refusal refusal = { 0 };
	enum lab_run_result result;
	char text[4096];
	int status = 1;

	(void)snprintf(text, sizeof(text),
		       "title bench\nlimit 60s\ncable delay %s\nserver run %s\n"
		       "wait until server listens\nclient run %s\nclient exits 0\n",
		       asked->delay, asked->server, asked->client);
	experiment = experiment_parse("bench", text, strlen(text), &problem);
	if (!experiment)
		return fail("experiment", problem.sentence);
	result = lab_run(experiment, &options, &record, &refusal);
	status = result == LAB_RAN ? print_client(&record) : fail("lab", refusal.what);
	if (status == 0)
		status = print_way(&record);
	lab_record_finish(&record);
	experiment_destroy(experiment);
	return status;
}

/* ---- without it ---- */

static int set_up(const char *name, const char *address, bool offloads)
{
	struct lab_links *links;
	int result = lab_links_open(&links);

	if (result < 0)
		return result;
	result = lab_links_set_up(links, "lo", 0, 0);
	if (result == 0)
		result = lab_links_set_up(links, name, MTU, 0);
	if (result == 0)
		result = lab_links_add_address(links, name, address, 24);
	lab_links_close(links);
	if (result == 0 && !offloads)
		result = lab_link_stop_offloads(name);
	return result;
}

/* ready_fd: written to once the namespace is there; go_fd: read from until the pair is. */
static void be_server(const struct asked *asked, bool offloads, int ready_fd, int go_fd)
{
	char byte = 0;

	(void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL);
	if (unshare(CLONE_NEWNET) < 0 || write(ready_fd, &byte, 1) != 1 ||
	    read(go_fd, &byte, 1) != 1 || set_up("eth0", "10.77.0.2", offloads) < 0)
		_exit(1);
	(void)execl("/bin/sh", "sh", "-c", asked->server, (char *)NULL);
	_exit(127);
}

static int make_pair(pid_t server, bool offloads)
{
	/* Without ARP an end takes its own address for the other's: so let both have the same. */
	const struct lab_link_end end = { .name = "eth0", .mac = { 2, 0, 0, 0x77, 0, 1 } };
	struct lab_links *links;
	char path[64];
	int net_fd;
	int result;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)server);
	net_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (net_fd < 0)
		return -errno;
	result = lab_links_open(&links);
	if (result == 0) {
		result = lab_links_add_veth(links, &end, &end, net_fd, MTU);
		lab_links_close(links);
	}
	(void)close(net_fd);
	return result == 0 ? set_up("eth0", "10.77.0.1", offloads) : result;
}

static int over_pair(const struct asked *asked, bool offloads)
{
	enum lab_attempt attempt;
	int ready[2];
	int go[2];
	pid_t server;
	char byte = 0;
	int result = lab_user_namespace_enter(&attempt);

	if (result < 0 && getuid() != 0)
		return fail("user namespace", strerror(-result));
	if (unshare(CLONE_NEWNET) < 0 || pipe(ready) < 0 || pipe(go) < 0)
		return fail("network namespace", strerror(errno));
	server = fork();
	if (server < 0)
		return fail("fork", strerror(errno));
	if (server == 0)
		be_server(asked, offloads, ready[1], go[0]);
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return fail("server", "it has no network namespace");
	result = make_pair(server, offloads);
	if (result < 0)
		return fail("veth", strerror(-result));
	if (write(go[1], &byte, 1) != 1)
		return fail("server", strerror(errno));
	result = system(asked->client);
	(void)kill(server, SIGKILL);
	(void)waitpid(server, NULL, 0);
	return result == 0 ? 0 : fail("the client", "it failed");
}

int main(int argc, char **argv)
{
	static char folder[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	char *slash = length > 0 ? strrchr(folder, '/') : NULL;
	struct asked asked = { .folder = folder, .quick = argc == 6 };
	char path[PATH_MAX + 64];

	if (argc < 5 || argc > 6 || !slash)
		return 2;
	*slash = '\0';
	(void)snprintf(path, sizeof(path), "%s:/usr/bin:/bin", folder);
	(void)setenv("PATH", path, 1);
	asked.delay = argv[2];
	asked.server = argv[3];
	asked.client = argv[4];
	if (strcmp(argv[1], "tun") == 0)
		return over_cable(LAB_BACKEND_TUN, &asked);
	if (strcmp(argv[1], "veth") == 0)
		return over_cable(LAB_BACKEND_VETH, &asked);
	if (strcmp(argv[1], "bare") == 0)
		return over_pair(&asked, true);
	return strcmp(argv[1], "plain") == 0 ? over_pair(&asked, false) : 2;
}
