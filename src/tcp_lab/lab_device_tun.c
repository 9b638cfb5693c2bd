#include "tcp_lab/lab_device_tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * Without IFF_VNET_HDR the kernel cuts segments to the MTU and completes all checksums before we
 * see a packet. What is written goes through the host's TCP within write().
 */

static ssize_t tun_receive(struct lab_device *device, void *buffer, size_t size)
{
	ssize_t length = read(device->fd, buffer, size);

	return length < 0 ? -errno : length;
}

static int tun_deliver(struct lab_device *device, const void *bytes, size_t length)
{
	return write(device->fd, bytes, length) < 0 ? -errno : 0;
}

static void tun_close(struct lab_device *device)
{
	(void)close(device->fd);
	device->fd = -1;
}

int lab_device_open_tun(struct lab_device *device)
{
	static const struct lab_device_kind tun = {
		.name = "TUN",
		.receive = tun_receive,
		.deliver = tun_deliver,
		.close = tun_close,
	};
	struct ifreq request = { .ifr_name = LAB_DEVICE_NAME };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -errno;
	request.ifr_flags = IFF_TUN | IFF_NO_PI;
	if (ioctl(fd, TUNSETIFF, &request) < 0) {
		result = -errno;
		(void)close(fd);
		return result;
	}
	device->fd = fd;
	device->kind = &tun;
	return 0;
}
