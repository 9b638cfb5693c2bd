/* TUN: the kernel gives us a host's packets through a descriptor, and takes ours. */
#ifndef WIRETALE_TCP_LAB_LAB_DEVICE_TUN_H
#define WIRETALE_TCP_LAB_LAB_DEVICE_TUN_H

#include "tcp_lab/lab_device.h"

/* In the host's namespace. Fills kind and fd; 0 or -errno. */
int lab_device_open_tun(struct lab_device *device);

#endif
