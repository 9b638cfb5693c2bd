#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool copy_host(const char *start, size_t length, char host[NET_HOST_MAX_BYTES],
		      const char **problem)
{
	if (length >= NET_HOST_MAX_BYTES) {
		*problem = "the host is longer than 255 bytes";
		return false;
	}
	memcpy(host, start, length);
	host[length] = '\0';
	return true;
}

static bool parse_port(const char *text, uint16_t *port, const char **problem)
{
	unsigned long value = 0;

	*problem = "the port is not a number from 0 to 65535";
	if (*text == '\0')
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned long)(*text - '0');
		if (value > UINT16_MAX)
			return false;
	}
	*port = (uint16_t)value;
	return true;
}

/* "[IPv6]" or "[IPv6]:PORT" */
static bool parse_bracketed(const char *text, char host[NET_HOST_MAX_BYTES], uint16_t *port,
			    const char **problem)
{
	const char *end = strchr(text, ']');

	if (!end || (end[1] != '\0' && end[1] != ':')) {
		*problem = "write an IPv6 address with a port as [ADDRESS]:PORT";
		return false;
	}
	if (end[1] == ':' && !parse_port(end + 2, port, problem))
		return false;
	return copy_host(text + 1, (size_t)(end - text) - 1, host, problem);
}

bool net_host_port_parse(const char *text, uint16_t default_port, char host[NET_HOST_MAX_BYTES],
			 uint16_t *port, const char **problem)
{
	char found_host[NET_HOST_MAX_BYTES];
	uint16_t found_port = default_port;
	const char *why = NULL;
	const char *colon = strchr(text, ':');
	bool parsed;

	if (text[0] == '[') {
		parsed = parse_bracketed(text, found_host, &found_port, &why);
	} else if (colon && !strchr(colon + 1, ':')) {
		parsed = parse_port(colon + 1, &found_port, &why) &&
			 copy_host(text, (size_t)(colon - text), found_host, &why);
	} else {
		parsed = copy_host(text, strlen(text), found_host, &why);
	}
	if (!parsed) {
		if (problem)
			*problem = why;
		return false;
	}
	memcpy(host, found_host, sizeof(found_host));
	*port = found_port;
	return true;
}

size_t net_resolve(const char *host, uint16_t port, struct net_address out[NET_ADDRESSES_MAX],
		   const char **problem)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	struct addrinfo *found = NULL;
	size_t count = 0;
	char service[8];
	int error;

	(void)snprintf(service, sizeof(service), "%u", (unsigned)port);
	error = getaddrinfo(host, service, &hints, &found);
	if (error != 0) {
		*problem = gai_strerror(error);
		return 0;
	}
	for (struct addrinfo *at = found; at && count < NET_ADDRESSES_MAX; at = at->ai_next) {
		if (at->ai_family != AF_INET && at->ai_family != AF_INET6)
			continue;
		memset(&out[count], 0, sizeof(out[count]));
		memcpy(&out[count].socket, at->ai_addr, at->ai_addrlen);
		out[count].length = at->ai_addrlen;
		count++;
	}
	freeaddrinfo(found);
	if (count == 0)
		*problem = "the host has no IPv4 or IPv6 address";
	return count;
}

static bool is_mapped(const struct net_address *address)
{
	return address->socket.any.sa_family == AF_INET6 &&
	       IN6_IS_ADDR_V4MAPPED(&address->socket.v6.sin6_addr);
}

int net_address_family(const struct net_address *address)
{
	return address->socket.any.sa_family == AF_INET || is_mapped(address) ? 4 : 6;
}

void net_address_ip(const struct net_address *address, uint8_t out[16])
{
	if (address->socket.any.sa_family == AF_INET)
		memcpy(out, &address->socket.v4.sin_addr, 4);
	else if (is_mapped(address))
		memcpy(out, &address->socket.v6.sin6_addr.s6_addr[12], 4);
	else
		memcpy(out, &address->socket.v6.sin6_addr, 16);
}

uint16_t net_address_port(const struct net_address *address)
{
	if (address->socket.any.sa_family == AF_INET)
		return ntohs(address->socket.v4.sin_port);
	return ntohs(address->socket.v6.sin6_port);
}

void net_address_set_port(struct net_address *address, uint16_t port)
{
	if (address->socket.any.sa_family == AF_INET)
		address->socket.v4.sin_port = htons(port);
	else
		address->socket.v6.sin6_port = htons(port);
}

void net_address_text(const struct net_address *address, char out[NET_ADDRESS_TEXT_BYTES])
{
	bool v4 = net_address_family(address) == 4;
	char ip[INET6_ADDRSTRLEN] = "?";
	uint8_t bytes[16] = { 0 };

	net_address_ip(address, bytes);
	(void)inet_ntop(v4 ? AF_INET : AF_INET6, bytes, ip, sizeof(ip));
	(void)snprintf(out, NET_ADDRESS_TEXT_BYTES, v4 ? "%s:%u" : "[%s]:%u", ip,
		       (unsigned)net_address_port(address));
}

bool net_address_is_loopback(const struct net_address *address)
{
	uint8_t ip[16] = { 0 };

	if (net_address_family(address) == 4) {
		net_address_ip(address, ip);
		return ip[0] == 127;
	}
	return IN6_IS_ADDR_LOOPBACK(&address->socket.v6.sin6_addr);
}

bool net_local_address(int socket_fd, struct net_address *out)
{
	struct net_address found = { .length = sizeof(found.socket) };

	if (getsockname(socket_fd, &found.socket.any, &found.length) < 0)
		return false;
	*out = found;
	return true;
}

bool net_remote_address(int socket_fd, struct net_address *out)
{
	struct net_address found = { .length = sizeof(found.socket) };

	if (getpeername(socket_fd, &found.socket.any, &found.length) < 0)
		return false;
	*out = found;
	return true;
}
