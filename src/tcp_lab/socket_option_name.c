#include "tcp_lab/socket_option_name.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/nearest_word.h"

#define AT_SOCKET(option) #option, SOL_SOCKET, option
#define AT_TCP(option) #option, IPPROTO_TCP, option
#define AT_IP(option) #option, IPPROTO_IP, option

static const struct socket_option_name options[] = {
	{ AT_SOCKET(SO_KEEPALIVE), SOCKET_OPTION_NUMBER, "ask a silent peer whether it is there" },
	{ AT_SOCKET(SO_LINGER), SOCKET_OPTION_LINGER,
	  "seconds that close() waits for its data; 0: RST in place of FIN; off" },
	{ AT_SOCKET(SO_OOBINLINE), SOCKET_OPTION_NUMBER, "urgent data stays among the rest" },
	{ AT_SOCKET(SO_RCVBUF), SOCKET_OPTION_NUMBER,
	  "receive buffer, bytes; the kernel doubles it; before connect or listen" },
	{ AT_SOCKET(SO_REUSEADDR), SOCKET_OPTION_NUMBER,
	  "bind() although a connection of that port is in TIME_WAIT" },
	{ AT_SOCKET(SO_REUSEPORT), SOCKET_OPTION_NUMBER, "several sockets share a port" },
	{ AT_SOCKET(SO_SNDBUF), SOCKET_OPTION_NUMBER, "send buffer, bytes; the kernel doubles it" },
	{ AT_TCP(TCP_CONGESTION), SOCKET_OPTION_TEXT, "congestion control: reno, cubic, bbr" },
	{ AT_TCP(TCP_CORK), SOCKET_OPTION_NUMBER, "1: send full segments only; 0: what is left" },
	{ AT_TCP(TCP_DEFER_ACCEPT), SOCKET_OPTION_SECONDS, "accept() only once data has come" },
	{ AT_TCP(TCP_FASTOPEN), SOCKET_OPTION_NUMBER,
	  "of a listener: SYNs with data that may wait" },
	{ AT_TCP(TCP_KEEPCNT), SOCKET_OPTION_NUMBER,
	  "keep-alives without an answer until it ends" },
	{ AT_TCP(TCP_KEEPIDLE), SOCKET_OPTION_SECONDS, "silence before the first keep-alive" },
	{ AT_TCP(TCP_KEEPINTVL), SOCKET_OPTION_SECONDS, "from one keep-alive to the next" },
	{ AT_TCP(TCP_LINGER2), SOCKET_OPTION_SECONDS, "how long FIN_WAIT2 lasts after close()" },
	{ AT_TCP(TCP_MAXSEG), SOCKET_OPTION_NUMBER, "largest segment, bytes; before connect" },
	{ AT_TCP(TCP_NODELAY), SOCKET_OPTION_NUMBER, "small segments go at once (no Nagle)" },
	{ AT_TCP(TCP_NOTSENT_LOWAT), SOCKET_OPTION_NUMBER, "bytes that may wait unsent" },
	{ AT_TCP(TCP_QUICKACK), SOCKET_OPTION_NUMBER, "0: delay acknowledgements; not for good" },
	{ AT_TCP(TCP_SYNCNT), SOCKET_OPTION_NUMBER, "SYNs sent again before connect() gives up" },
	{ AT_TCP(TCP_USER_TIMEOUT), SOCKET_OPTION_MILLISECONDS,
	  "how long data may stay unacknowledged until the connection ends" },
	{ AT_TCP(TCP_WINDOW_CLAMP), SOCKET_OPTION_NUMBER, "largest window offered, bytes" },
	{ AT_IP(IP_MTU_DISCOVER), SOCKET_OPTION_NUMBER,
	  "0: packets may be fragmented; 2: may not" },
	{ AT_IP(IP_TOS), SOCKET_OPTION_NUMBER, "type of service in the IP header" },
	{ AT_IP(IP_TTL), SOCKET_OPTION_NUMBER, "hops that packets may make" },
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

const struct socket_option_name *socket_option_find(const char *name)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	}
	return NULL;
}

const struct socket_option_name *socket_option_of(int level, int option)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (options[i].level == level && options[i].option == option)
			return &options[i];
	}
	return NULL;
}

const char *socket_option_nearest(const char *name)
{
	const char *names[OPTION_COUNT];

	for (size_t i = 0; i < OPTION_COUNT; i++)
		names[i] = options[i].name;
	return nearest_word(name, names, OPTION_COUNT);
}

const struct socket_option_name *socket_option_at(size_t i)
{
	return i < OPTION_COUNT ? &options[i] : NULL;
}
