/* Socket addresses: from what people write, and back to text. Any thread. */
#ifndef WIRETALE_NET_ADDRESS_H
#define WIRETALE_NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct net_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} socket;
	socklen_t length; /* bytes of the member that is used; 0: no address */
};

/* "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%interface]:65535" and its zero */
#define NET_ADDRESS_TEXT_BYTES 80
#define NET_HOST_MAX_BYTES 256
#define NET_ADDRESSES_MAX 16

/*
 * Takes "HOST", "HOST:PORT", "[IPv6]:PORT", "IPv6" or ":PORT" apart. An empty host stays
 * empty, a missing port is default_port. False: it is none of these; *problem (may be
 * NULL) is a static sentence that says why.
 */
bool net_host_port_parse(const char *text, uint16_t default_port, char host[NET_HOST_MAX_BYTES],
			 uint16_t *port, const char **problem);

/*
 * Looks a host up, in figures or by name (which may block), for stream sockets. Returns
 * how many addresses were written, at most NET_ADDRESSES_MAX; or 0 and *problem, a static
 * sentence.
 */
size_t net_resolve(const char *host, uint16_t port, struct net_address out[NET_ADDRESSES_MAX],
		   const char **problem);

/* "127.0.0.1:2312", "[::1]:2312"; an IPv4-mapped address as IPv4. */
void net_address_text(const struct net_address *address, char out[NET_ADDRESS_TEXT_BYTES]);

/* 4 or 6; an IPv4-mapped address is 4. */
int net_address_family(const struct net_address *address);

uint16_t net_address_port(const struct net_address *address);
void net_address_set_port(struct net_address *address, uint16_t port);

/* Copies 4 or 16 bytes, network order, by net_address_family(). */
void net_address_ip(const struct net_address *address, uint8_t out[16]);

bool net_address_is_loopback(const struct net_address *address);

/* The local or the remote end of a socket. False: the kernel gave none. */
bool net_local_address(int socket_fd, struct net_address *out);
bool net_remote_address(int socket_fd, struct net_address *out);

#endif
