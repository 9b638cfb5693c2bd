#include "socket_peer/socket_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error_name.h"
#include "socket_peer/byte_notation.h"

#define LINE_MAX_BYTES 4096u

void socket_calls_init(struct socket_calls *calls)
{
	*calls = (struct socket_calls){ 0 };
	text_builder_init(&calls->line, LINE_MAX_BYTES);
}

void socket_calls_finish(struct socket_calls *calls)
{
	text_builder_finish(&calls->line);
}

static void give_piece(struct socket_calls *calls)
{
	if (calls->log && calls->line.length > 0)
		calls->log(calls->context, text_builder_text(&calls->line), calls->line.length);
	text_builder_clear(&calls->line);
}

/* Ends the line. Gives the result back, an error as negative errno. */
static ssize_t end_call(struct socket_calls *calls, ssize_t result)
{
	int error = errno;
	const char *name = error_name(error);

	if (calls->log) {
		if (result >= 0)
			text_append_format(&calls->line, " = %zd\n", result);
		else
			text_append_format(&calls->line, " = -1 %s (%s)\n", name ? name : "errno",
					   strerror(error));
		give_piece(calls);
	}
	return result < 0 ? -error : result;
}

static void append_address(struct socket_calls *calls, const struct net_address *address)
{
	char text[NET_ADDRESS_TEXT_BYTES];

	net_address_text(address, text);
	text_append_format(&calls->line, "{%s, %s}",
			   address->socket.any.sa_family == AF_INET ? "AF_INET" : "AF_INET6", text);
}

/* What a call writes into: an address, or nothing where it failed. */
static void append_address_taken(struct socket_calls *calls, const struct net_address *address,
				 int result)
{
	if (!calls->log)
		return;
	if (result < 0) {
		text_append(&calls->line, "NULL, NULL)");
		return;
	}
	append_address(calls, address);
	text_append_format(&calls->line, ", [%u])", (unsigned)address->length);
}

int calls_socket(struct socket_calls *calls, int family)
{
	if (calls->log)
		text_append_format(&calls->line, "socket(%s, SOCK_STREAM, 0)",
				   family == AF_INET ? "AF_INET" : "AF_INET6");
	return (int)end_call(calls, socket(family, SOCK_STREAM, 0));
}

static void append_with_address(struct socket_calls *calls, const char *name, int fd,
				const struct net_address *address)
{
	if (!calls->log)
		return;
	text_append_format(&calls->line, "%s(%d, ", name, fd);
	append_address(calls, address);
	text_append_format(&calls->line, ", %u)", (unsigned)address->length);
}

int calls_bind(struct socket_calls *calls, int fd, const struct net_address *address)
{
	append_with_address(calls, "bind", fd, address);
	return (int)end_call(calls, bind(fd, &address->socket.any, address->length));
}

int calls_listen(struct socket_calls *calls, int fd, int backlog)
{
	if (calls->log)
		text_append_format(&calls->line, "listen(%d, %d)", fd, backlog);
	return (int)end_call(calls, listen(fd, backlog));
}

int calls_accept(struct socket_calls *calls, int fd, struct net_address *remote)
{
	struct net_address found = { .length = sizeof(found.socket) };
	int result;
	int error;

	do {
		found.length = sizeof(found.socket);
		result = accept(fd, &found.socket.any, &found.length);
	} while (result < 0 && errno == EINTR);
	error = errno;
	if (calls->log)
		text_append_format(&calls->line, "accept(%d, ", fd);
	append_address_taken(calls, &found, result);
	errno = error;
	result = (int)end_call(calls, result);
	if (result >= 0)
		*remote = found;
	return result;
}

int calls_connect(struct socket_calls *calls, int fd, const struct net_address *address)
{
	append_with_address(calls, "connect", fd, address);
	give_piece(calls);
	return (int)end_call(calls, connect(fd, &address->socket.any, address->length));
}

int calls_local_address(struct socket_calls *calls, int fd, struct net_address *out)
{
	struct net_address found = { .length = sizeof(found.socket) };
	int result = getsockname(fd, &found.socket.any, &found.length);
	int error = errno;

	if (calls->log)
		text_append_format(&calls->line, "getsockname(%d, ", fd);
	append_address_taken(calls, &found, result);
	errno = error;
	result = (int)end_call(calls, result);
	if (result >= 0)
		*out = found;
	return result;
}

int calls_set_nonblocking(struct socket_calls *calls, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (calls->log)
		text_append_format(&calls->line, "fcntl(%d, F_SETFL, O_NONBLOCK)", fd);
	return (int)end_call(calls,
			     flags < 0 ? -1 : (ssize_t)fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

ssize_t calls_receive(struct socket_calls *calls, int fd, void *out, size_t length)
{
	ssize_t got;
	int error;

	do
		got = recv(fd, out, length, 0);
	while (got < 0 && errno == EINTR);
	error = errno;
	if (calls->log) {
		text_append_format(&calls->line, "recv(%d, ", fd);
		byte_notation_append_string(&calls->line, out, got > 0 ? (size_t)got : 0,
					    SOCKET_CALLS_SHOWN_BYTES);
		text_append_format(&calls->line, ", %zu, 0)", length);
	}
	errno = error;
	return end_call(calls, got);
}

ssize_t calls_send(struct socket_calls *calls, int fd, const void *bytes, size_t length)
{
	ssize_t sent;
	int error;

	do
		sent = send(fd, bytes, length, 0);
	while (sent < 0 && errno == EINTR);
	error = errno;
	if (calls->log) {
		text_append_format(&calls->line, "send(%d, ", fd);
		byte_notation_append_string(&calls->line, bytes, length, SOCKET_CALLS_SHOWN_BYTES);
		text_append_format(&calls->line, ", %zu, 0)", length);
	}
	errno = error;
	return end_call(calls, sent);
}

int calls_shut_writing(struct socket_calls *calls, int fd)
{
	if (calls->log)
		text_append_format(&calls->line, "shutdown(%d, SHUT_WR)", fd);
	return (int)end_call(calls, shutdown(fd, SHUT_WR));
}

int calls_close(struct socket_calls *calls, int fd)
{
	if (calls->log)
		text_append_format(&calls->line, "close(%d)", fd);
	return (int)end_call(calls, close(fd));
}

int calls_kept_error(struct socket_calls *calls, int fd)
{
	int kept = 0;
	socklen_t length = sizeof(kept);
	int result = getsockopt(fd, SOL_SOCKET, SO_ERROR, &kept, &length);
	int error = errno;
	const char *name = kept > 0 ? error_name(kept) : NULL;

	if (calls->log)
		text_append_format(&calls->line, "getsockopt(%d, SOL_SOCKET, SO_ERROR, [%s], [4])",
				   fd,
				   kept == 0 ? "0"
				   : name    ? name
					     : "?");
	errno = error;
	result = (int)end_call(calls, result);
	return result < 0 ? result : -kept;
}

static const struct {
	int level;
	int name;
	const char *text;
} socket_options[] = {
	[SOCKET_OPTION_REUSE_ADDRESS] = { SOL_SOCKET, SO_REUSEADDR, "SOL_SOCKET, SO_REUSEADDR" },
	[SOCKET_OPTION_V6_ONLY] = { IPPROTO_IPV6, IPV6_V6ONLY, "IPPROTO_IPV6, IPV6_V6ONLY" },
	[SOCKET_OPTION_NO_DELAY] = { IPPROTO_TCP, TCP_NODELAY, "IPPROTO_TCP, TCP_NODELAY" },
	[SOCKET_OPTION_KEEPALIVE] = { SOL_SOCKET, SO_KEEPALIVE, "SOL_SOCKET, SO_KEEPALIVE" },
	[SOCKET_OPTION_KEEPALIVE_IDLE] = { IPPROTO_TCP, TCP_KEEPIDLE, "IPPROTO_TCP, TCP_KEEPIDLE" },
	[SOCKET_OPTION_KEEPALIVE_INTERVAL] = { IPPROTO_TCP, TCP_KEEPINTVL,
					       "IPPROTO_TCP, TCP_KEEPINTVL" },
	[SOCKET_OPTION_RECEIVE_BUFFER] = { SOL_SOCKET, SO_RCVBUF, "SOL_SOCKET, SO_RCVBUF" },
	[SOCKET_OPTION_SEND_BUFFER] = { SOL_SOCKET, SO_SNDBUF, "SOL_SOCKET, SO_SNDBUF" },
};

int calls_set_option(struct socket_calls *calls, int fd, enum socket_option option, int value)
{
	if (calls->log)
		text_append_format(&calls->line, "setsockopt(%d, %s, [%d], 4)", fd,
				   socket_options[option].text, value);
	return (int)end_call(calls, setsockopt(fd, socket_options[option].level,
					       socket_options[option].name, &value, sizeof(value)));
}

int calls_set_reset_on_close(struct socket_calls *calls, int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (calls->log)
		text_append_format(&calls->line,
				   "setsockopt(%d, SOL_SOCKET, SO_LINGER, "
				   "{l_onoff=1, l_linger=0}, %zu)",
				   fd, sizeof(now));
	return (int)end_call(calls, setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
}

int calls_set_send_timeout(struct socket_calls *calls, int fd, uint32_t timeout_ms)
{
	const struct timeval time = {
		.tv_sec = (time_t)(timeout_ms / MS_PER_S),
		.tv_usec = (suseconds_t)(timeout_ms % MS_PER_S * 1000),
	};

	if (calls->log)
		text_append_format(&calls->line,
				   "setsockopt(%d, SOL_SOCKET, SO_SNDTIMEO, "
				   "{tv_sec=%lld, tv_usec=%lld}, %zu)",
				   fd, (long long)time.tv_sec, (long long)time.tv_usec,
				   sizeof(time));
	return (int)end_call(calls, setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)));
}
