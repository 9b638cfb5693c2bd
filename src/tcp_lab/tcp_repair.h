/*
 * What only TCP_REPAIR can do to a socket. In a file of its own: <netinet/tcp.h> and the trace both
 * have a TCP_ESTABLISHED. Needs CAP_NET_ADMIN in the socket's user namespace. 0 or -errno.
 */
#ifndef WIRETALE_TCP_LAB_TCP_REPAIR_H
#define WIRETALE_TCP_LAB_TCP_REPAIR_H

#include <stdint.h>

/* The first sequence number of a connection that is to be made; 0 cannot be had. */
int tcp_repair_set_isn(int socket_fd, uint32_t isn);

/* What is done to it now, its peer does not hear of: neither data nor FIN nor RST. */
int tcp_repair_silence(int socket_fd);

#endif
