#include "tcp_lab/lab_link.h"

#include <errno.h>

int lab_links_open(struct lab_links **out)
{
	(void)out;
	return -ENOTSUP;
}

void lab_links_close(struct lab_links *links)
{
	(void)links;
}

int lab_links_add_veth(struct lab_links *links, const struct lab_link_end *here,
		       const struct lab_link_end *there, int there_fd, uint32_t mtu)
{
	(void)links;
	(void)here;
	(void)there;
	(void)there_fd;
	(void)mtu;
	return -ENOTSUP;
}

int lab_links_set_up(struct lab_links *links, const char *name, uint32_t mtu,
		     uint32_t queue_packets)
{
	(void)links;
	(void)name;
	(void)mtu;
	(void)queue_packets;
	return -ENOTSUP;
}

int lab_links_add_address(struct lab_links *links, const char *name, const char *text,
			  uint8_t prefix)
{
	(void)links;
	(void)name;
	(void)text;
	(void)prefix;
	return -ENOTSUP;
}

int lab_link_stop_offloads(const char *name)
{
	(void)name;
	return -ENOTSUP;
}
