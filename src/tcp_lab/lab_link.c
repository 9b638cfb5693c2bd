#include "tcp_lab/lab_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REQUEST_BYTES 1024u /* our longest is under 300 */
#define ANSWER_BYTES 8192u
#define PATIENCE_S 10 /* it answers at once; only a broken one lets us wait */

struct lab_links {
	struct mnl_socket *netlink; /* owned */
	uint32_t sequence;          /* of the last request */
	_Alignas(struct nlmsghdr) uint8_t request[REQUEST_BYTES];
	_Alignas(struct nlmsghdr) uint8_t answer[ANSWER_BYTES];
};

int lab_links_open(struct lab_links **out)
{
	static const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct lab_links *links = calloc(1, sizeof(*links));
	int result;

	if (!links)
		return -ENOMEM;
	links->netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!links->netlink) {
		result = -errno;
		goto free_links;
	}
	if (mnl_socket_bind(links->netlink, 0, MNL_SOCKET_AUTOPID) < 0) {
		result = -errno;
		goto close_netlink;
	}
	(void)setsockopt(mnl_socket_get_fd(links->netlink), SOL_SOCKET, SO_RCVTIMEO, &patience,
			 sizeof(patience));
	*out = links;
	return 0;

close_netlink:
	(void)mnl_socket_close(links->netlink);
free_links:
	free(links);
	return result;
}

void lab_links_close(struct lab_links *links)
{
	if (!links)
		return;
	(void)mnl_socket_close(links->netlink);
	free(links);
}

static struct nlmsghdr *begin(struct lab_links *links, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *header;

	memset(links->request, 0, sizeof(links->request));
	header = mnl_nlmsg_put_header(links->request);
	header->nlmsg_type = type;
	header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	header->nlmsg_seq = ++links->sequence;
	return header;
}

/* Sends what was begun and waits until the kernel confirms or refuses it. */
static int finish(struct lab_links *links, struct nlmsghdr *header)
{
	ssize_t length;
	int result;

	if (mnl_socket_sendto(links->netlink, header, header->nlmsg_len) < 0)
		return -errno;
	do {
		length = mnl_socket_recvfrom(links->netlink, links->answer, sizeof(links->answer));
		if (length < 0 && errno == EINTR) {
			result = MNL_CB_OK;
			continue;
		}
		if (length < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		result = mnl_cb_run(links->answer, (size_t)length, links->sequence,
				    mnl_socket_get_portid(links->netlink), NULL, NULL);
	} while (result > MNL_CB_STOP);
	return result < 0 ? -errno : 0;
}

static void put_end(struct nlmsghdr *header, const struct lab_link_end *end, uint32_t mtu)
{
	mnl_attr_put_strz(header, IFLA_IFNAME, end->name);
	mnl_attr_put(header, IFLA_ADDRESS, LAB_MAC_BYTES, end->mac);
	mnl_attr_put_u32(header, IFLA_MTU, mtu);
}

int lab_links_add_veth(struct lab_links *links, const struct lab_link_end *here,
		       const struct lab_link_end *there, int there_fd, uint32_t mtu)
{
	struct nlmsghdr *header = begin(links, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg *message = mnl_nlmsg_put_extra_header(header, sizeof(*message));
	struct nlattr *info;
	struct nlattr *data;
	struct nlattr *peer;
	struct ifinfomsg *peer_message;

	message->ifi_family = AF_UNSPEC;
	message->ifi_flags = IFF_NOARP;
	message->ifi_change = IFF_NOARP;
	put_end(header, here, mtu);
	info = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(header, VETH_INFO_PEER);
	peer_message = mnl_nlmsg_put_extra_header(header, sizeof(*peer_message));
	peer_message->ifi_family = AF_UNSPEC;
	peer_message->ifi_flags = IFF_NOARP;
	peer_message->ifi_change = IFF_NOARP;
	put_end(header, there, mtu);
	mnl_attr_put_u32(header, IFLA_NET_NS_FD, (uint32_t)there_fd);
	mnl_attr_nest_end(header, peer);
	mnl_attr_nest_end(header, data);
	mnl_attr_nest_end(header, info);
	return finish(links, header);
}

int lab_links_set_up(struct lab_links *links, const char *name, uint32_t mtu,
		     uint32_t queue_packets)
{
	struct nlmsghdr *header = begin(links, RTM_NEWLINK, 0);
	struct ifinfomsg *message = mnl_nlmsg_put_extra_header(header, sizeof(*message));

	message->ifi_family = AF_UNSPEC;
	message->ifi_flags = IFF_UP;
	message->ifi_change = IFF_UP;
	mnl_attr_put_strz(header, IFLA_IFNAME, name);
	if (mtu > 0)
		mnl_attr_put_u32(header, IFLA_MTU, mtu);
	if (queue_packets > 0)
		mnl_attr_put_u32(header, IFLA_TXQLEN, queue_packets);
	return finish(links, header);
}

int lab_links_add_address(struct lab_links *links, const char *name, const char *text,
			  uint8_t prefix)
{
	uint8_t bytes[sizeof(struct in6_addr)];
	bool is_ipv6 = strchr(text, ':') != NULL;
	size_t length = is_ipv6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	unsigned index = if_nametoindex(name);
	struct nlmsghdr *header;
	struct ifaddrmsg *message;

	if (index == 0)
		return -errno;
	if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, text, bytes) != 1)
		return -EINVAL;
	header = begin(links, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	message = mnl_nlmsg_put_extra_header(header, sizeof(*message));
	message->ifa_family = is_ipv6 ? AF_INET6 : AF_INET;
	message->ifa_prefixlen = prefix;
	message->ifa_flags = is_ipv6 ? IFA_F_NODAD : 0;
	message->ifa_scope = RT_SCOPE_UNIVERSE;
	message->ifa_index = index;
	mnl_attr_put(header, IFA_LOCAL, length, bytes);
	mnl_attr_put(header, IFA_ADDRESS, length, bytes);
	return finish(links, header);
}

int lab_link_stop_offloads(const char *name)
{
	static const uint32_t commands[] = { ETHTOOL_STXCSUM, ETHTOOL_SSG, ETHTOOL_STSO,
					     ETHTOOL_SGSO, ETHTOOL_SGRO };
	struct ifreq request = { .ifr_flags = 0 };
	int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = 0;

	if (socket_fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]) && result == 0; i++) {
		struct ethtool_value value = { .cmd = commands[i], .data = 0 };

		request.ifr_data = (char *)&value;
		/* What a kernel has no switch for, it does not do. */
		if (ioctl(socket_fd, SIOCETHTOOL, &request) < 0 && errno != EOPNOTSUPP)
			result = -errno;
	}
	(void)close(socket_fd);
	return result;
}
