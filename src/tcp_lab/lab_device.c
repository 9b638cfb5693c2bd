#include "tcp_lab/lab_device.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tcp_lab/lab_counters.h"
#include "tcp_lab/lab_device_tun.h"
#include "tcp_lab/lab_device_veth.h"

#define COUNTERS_BYTES 4096u /* two devices, a line each */

/* A kernel without IPv6 has hosts without it. */
static int add_addresses(struct lab_links *links, enum lab_host host, bool *has_ipv6)
{
	static const struct {
		const char *ipv4;
		const char *ipv6;
	} addresses[LAB_HOSTS] = {
		[LAB_CLIENT] = { LAB_CLIENT_IPV4, LAB_CLIENT_IPV6 },
		[LAB_SERVER] = { LAB_SERVER_IPV4, LAB_SERVER_IPV6 },
	};
	int result = lab_links_add_address(links, LAB_DEVICE_NAME, addresses[host].ipv4, 24);

	if (result == 0)
		*has_ipv6 = lab_links_add_address(links, LAB_DEVICE_NAME, addresses[host].ipv6,
						  64) == 0;
	return result;
}

static int set_up_host(struct lab_device *device, enum lab_host host, uint32_t mtu)
{
	struct lab_links *links;
	int result = lab_links_open(&links);

	if (result < 0)
		return result;
	result = lab_links_set_up(links, "lo", 0, 0);
	if (result == 0)
		result = lab_links_set_up(links, LAB_DEVICE_NAME, mtu, LAB_DEVICE_QUEUE_PACKETS);
	if (result == 0)
		result = add_addresses(links, host, &device->has_ipv6);
	lab_links_close(links);
	if (result < 0)
		return result;
	device->counters_fd = open("/proc/self/net/dev", O_RDONLY | O_CLOEXEC);
	return device->counters_fd < 0 ? -errno : 0;
}

static int open_device(struct lab_device *device, const struct lab_namespaces *namespaces,
		       enum lab_host host, enum lab_backend backend, uint32_t mtu)
{
	if (backend == LAB_BACKEND_TUN)
		return lab_device_open_tun(device);
	return lab_device_open_veth(device, namespaces, host, mtu);
}

int lab_device_init(struct lab_device *device, const struct lab_namespaces *namespaces,
		    enum lab_host host, enum lab_backend backend, uint32_t mtu,
		    enum lab_attempt *attempt)
{
	int result;
	int left;

	*device = (struct lab_device){ .fd = -1, .counters_fd = -1 };
	*attempt = LAB_ATTEMPT_NAMESPACES;
	result = lab_namespaces_enter(namespaces, host);
	if (result < 0)
		return result;
	*attempt = backend == LAB_BACKEND_TUN ? LAB_ATTEMPT_TUN : LAB_ATTEMPT_VETH;
	result = open_device(device, namespaces, host, backend, mtu);
	if (result == 0) {
		*attempt = LAB_ATTEMPT_ADDRESSES;
		result = set_up_host(device, host, mtu);
	}
	left = lab_namespaces_leave(namespaces);
	if (result == 0)
		result = left;
	if (result < 0)
		lab_device_finish(device);
	return result;
}

void lab_device_finish(struct lab_device *device)
{
	if (!device->kind)
		return;
	device->kind->close(device);
	if (device->counters_fd >= 0)
		(void)close(device->counters_fd);
	*device = (struct lab_device){ .kind = NULL };
}

/* text: COUNTERS_BYTES; what can't be read is empty. */
static void read_counters(const struct lab_device *device, char *text)
{
	ssize_t length = pread(device->counters_fd, text, COUNTERS_BYTES - 1, 0);

	text[length > 0 ? length : 0] = '\0';
}

uint64_t lab_device_inside(const struct lab_device *device)
{
	char text[COUNTERS_BYTES];
	uint64_t sent = 0;

	read_counters(device, text);
	return lab_counter_sent(text, "lo", &sent) ? sent : 0;
}

uint64_t lab_device_overruns(struct lab_device *device)
{
	char text[COUNTERS_BYTES];
	uint64_t dropped = 0;

	read_counters(device, text);
	if (!lab_counter_dropped(text, LAB_DEVICE_NAME, &dropped))
		dropped = 0;
	if (device->kind->overruns)
		dropped += device->kind->overruns(device);
	return dropped;
}
