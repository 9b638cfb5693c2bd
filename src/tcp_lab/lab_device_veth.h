/*
 * A pair of virtual Ethernet: the host has one end, we hold a packet socket on the other. It takes
 * no device file, so it works wherever there are user namespaces.
 */
#ifndef WIRETALE_TCP_LAB_LAB_DEVICE_VETH_H
#define WIRETALE_TCP_LAB_LAB_DEVICE_VETH_H

#include "tcp_lab/lab_device.h"

/* In the host's namespace, also on return where it succeeds. Fills what is of veth, kind and fd; 0
 * or -errno. */
int lab_device_open_veth(struct lab_device *device, const struct lab_namespaces *namespaces,
			 enum lab_host host, uint32_t mtu);

#endif
