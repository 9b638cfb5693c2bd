#include "tcp_lab/lab_world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text_builder.h"
#include "tcp_lab/lab_device.h"
#include "tcp_lab/lab_namespaces.h"
#include "tcp_lab/lab_refusal.h"
#include "tcp_lab/lab_settings.h"
#include "tcp_lab/lab_sysctl.h"

#define WORLD_TEXT_BYTES 1024u
#define DEFAULT_MTU 1500u
#define COUNTERS_BYTES 16384u

struct lab_world {
	struct lab_namespaces namespaces;
	struct lab_device devices[LAB_HOSTS];
	struct sock_diag *diags[LAB_HOSTS]; /* owned; each asks its host's kernel */
	int snmp[LAB_HOSTS];                /* owned; /proc/net/snmp of each */
	int netstat[LAB_HOSTS];             /* owned; /proc/net/netstat of each */
	enum lab_backend backend;           /* never LAB_BACKEND_ANY */
	struct text_builder settings;
	struct text_builder lacks;
};

static int make_devices(struct lab_world *world, enum lab_backend backend, uint32_t mtu,
			enum lab_attempt *attempt)
{
	for (int host = 0; host < LAB_HOSTS; host++) {
		int result = lab_device_init(&world->devices[host], &world->namespaces,
					     (enum lab_host)host, backend, mtu, attempt);

		if (result < 0) {
			lab_device_finish(&world->devices[LAB_CLIENT]);
			return result;
		}
	}
	world->backend = backend;
	return 0;
}

/* TUN is tried first: its packets are taken in the same call in which they are given. */
static int make_any_devices(struct lab_world *world, enum lab_backend backend, uint32_t mtu,
			    enum lab_attempt *attempt)
{
	int result;

	if (backend != LAB_BACKEND_ANY)
		return make_devices(world, backend, mtu, attempt);
	result = make_devices(world, LAB_BACKEND_TUN, mtu, attempt);
	if (result == 0 || *attempt != LAB_ATTEMPT_TUN)
		return result;
	return make_devices(world, LAB_BACKEND_VETH, mtu, attempt);
}

/* What asks a host's kernel, made in its namespace. */
static int make_instruments(struct lab_world *world, enum lab_host host)
{
	int result = sock_diag_open(&world->diags[host]);

	if (result < 0)
		return result;
	world->snmp[host] = open("/proc/self/net/snmp", O_RDONLY | O_CLOEXEC);
	if (world->snmp[host] < 0)
		return -errno;
	world->netstat[host] = open("/proc/self/net/netstat", O_RDONLY | O_CLOEXEC);
	return world->netstat[host] < 0 ? -errno : 0;
}

static int set_up_hosts(struct lab_world *world, bool textbook)
{
	for (int host = 0; host < LAB_HOSTS; host++) {
		int result = lab_namespaces_enter(&world->namespaces, (enum lab_host)host);

		if (result < 0)
			return result;
		/* Both say the same. */
		text_builder_clear(&world->settings);
		text_builder_clear(&world->lacks);
		lab_settings_for_host(textbook, &world->settings, &world->lacks);
		result = make_instruments(world, (enum lab_host)host);
		if (result < 0)
			return result;
	}
	return lab_namespaces_leave(&world->namespaces);
}

static void tell(struct lab_world *world, uint32_t mtu)
{
	text_append_format(&world->settings, "; %s devices, MTU %u",
			   world->devices[LAB_CLIENT].kind->name, mtu);
	lab_mounts_text(&world->namespaces.mounts, &world->lacks);
	if (!world->devices[LAB_CLIENT].has_ipv6 || !world->devices[LAB_SERVER].has_ipv6)
		text_append(&world->lacks,
			    "There is no IPv6 here: this kernel has none, or the MTU is "
			    "under 1280 bytes. ");
}

static struct lab_world *allocate(void)
{
	struct lab_world *world = calloc(1, sizeof(*world));

	if (!world)
		return NULL;
	lab_namespaces_clear(&world->namespaces);
	for (int host = 0; host < LAB_HOSTS; host++)
		world->snmp[host] = world->netstat[host] = -1;
	text_builder_init(&world->settings, WORLD_TEXT_BYTES);
	text_builder_init(&world->lacks, WORLD_TEXT_BYTES);
	return world;
}

int lab_world_create(const struct lab_world_options *options, struct lab_world **out,
		     struct lab_refusal *refusal)
{
	uint32_t mtu = options->mtu ? options->mtu : DEFAULT_MTU;
	struct lab_world *world = allocate();
	struct lab_machine machine;
	enum lab_attempt attempt = LAB_ATTEMPT_DIAG;
	int result;

	lab_machine_look(&machine);
	if (!world)
		return lab_refuse(refusal, LAB_ATTEMPT_MEMORY, -ENOMEM, &machine);
	if (!sock_diag_is_built()) {
		lab_world_destroy(world);
		return lab_refuse(refusal, LAB_ATTEMPT_BUILD, -ENOTSUP, &machine);
	}
	result = lab_namespaces_init(&world->namespaces, lab_settings_for_wire, &machine, refusal);
	if (result < 0) {
		lab_world_destroy(world);
		return result;
	}
	result = set_up_hosts(world, !options->system_defaults);
	if (result == 0)
		result = make_any_devices(world, options->backend, mtu, &attempt);
	if (result < 0) {
		lab_world_destroy(world);
		return lab_refuse(refusal, attempt, result, &machine);
	}
	tell(world, mtu);
	*out = world;
	return 0;
}

void lab_world_destroy(struct lab_world *world)
{
	if (!world)
		return;
	lab_namespaces_finish(&world->namespaces);
	for (int host = 0; host < LAB_HOSTS; host++) {
		lab_device_finish(&world->devices[host]);
		sock_diag_close(world->diags[host]);
		if (world->snmp[host] >= 0)
			(void)close(world->snmp[host]);
		if (world->netstat[host] >= 0)
			(void)close(world->netstat[host]);
	}
	text_builder_finish(&world->settings);
	text_builder_finish(&world->lacks);
	free(world);
}

enum lab_backend lab_world_backend(const struct lab_world *world)
{
	return world->backend;
}

const char *lab_world_settings(const struct lab_world *world)
{
	return text_builder_text(&world->settings);
}

const char *lab_world_lacks(const struct lab_world *world)
{
	return text_builder_text(&world->lacks);
}

int lab_world_device_fd(const struct lab_world *world, enum lab_host host)
{
	return world->devices[host].fd;
}

ssize_t lab_world_receive(struct lab_world *world, enum lab_host host, void *buffer, size_t size)
{
	struct lab_device *device = &world->devices[host];

	return device->kind->receive(device, buffer, size);
}

int lab_world_deliver(struct lab_world *world, enum lab_host host, const void *bytes, size_t length)
{
	struct lab_device *device = &world->devices[host];

	return device->kind->deliver(device, bytes, length);
}

uint64_t lab_world_overruns(struct lab_world *world, enum lab_host host)
{
	return lab_device_overruns(&world->devices[host]);
}

uint64_t lab_world_inside(const struct lab_world *world, enum lab_host host)
{
	return lab_device_inside(&world->devices[host]);
}

int lab_world_socket(struct lab_world *world, enum lab_host host, int family, int type,
		     int protocol)
{
	int result = lab_namespaces_enter(&world->namespaces, host);
	int socket_fd;
	int left;

	if (result < 0)
		return result;
	socket_fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	result = socket_fd < 0 ? -errno : socket_fd;
	left = lab_namespaces_leave(&world->namespaces);
	if (left < 0 && socket_fd >= 0) {
		(void)close(socket_fd);
		return left;
	}
	return result;
}

int lab_world_sysctl(struct lab_world *world, enum lab_host host, const char *name,
		     const char *value)
{
	int result = lab_namespaces_enter(&world->namespaces, host);
	int left;

	if (result < 0)
		return result;
	result = lab_sysctl_set(name, value);
	left = lab_namespaces_leave(&world->namespaces);
	return result < 0 ? result : left;
}

int lab_world_read_sysctl(struct lab_world *world, enum lab_host host, const char *name,
			  char *buffer, size_t size)
{
	int result = lab_namespaces_enter(&world->namespaces, host);
	int left;

	if (result < 0)
		return result;
	result = lab_sysctl_get(name, buffer, size);
	left = lab_namespaces_leave(&world->namespaces);
	return result < 0 ? result : left;
}

struct sock_diag *lab_world_diag(struct lab_world *world, enum lab_host host)
{
	return world->diags[host];
}

static int read_text(int fd, char text[COUNTERS_BYTES])
{
	ssize_t length = pread(fd, text, COUNTERS_BYTES - 1, 0);

	if (length < 0)
		return -errno;
	text[length] = '\0';
	return 0;
}

int lab_world_counts(struct lab_world *world, enum lab_host host, struct lab_counts *out)
{
	char snmp[COUNTERS_BYTES];
	char netstat[COUNTERS_BYTES];
	int result = read_text(world->snmp[host], snmp);

	if (result == 0)
		result = read_text(world->netstat[host], netstat);
	if (result < 0)
		return result;
	return lab_counts_read(snmp, netstat, out) ? 0 : -EPROTO;
}

int lab_world_become(struct lab_world *world, enum lab_host host)
{
	return lab_namespaces_become(&world->namespaces, host);
}
