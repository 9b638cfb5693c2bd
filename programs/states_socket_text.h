/* What is told of one socket: `wiretale states --list`, as text and as JSON. One thread. */
#ifndef WIRETALE_PROGRAMS_STATES_SOCKET_TEXT_H
#define WIRETALE_PROGRAMS_STATES_SOCKET_TEXT_H

#include <stdbool.h>

#include "base/text_builder.h"
#include "programs/states_sample.h"

/* "127.0.0.1:80"; "*" for none. */
void states_end_text(struct text_builder *out, const struct ip_address *address, uint16_t port);

/* "5 bytes unread, sends again in 0.8 s, tried 3 times": what waits, what its timer will do. */
void states_doing_text(struct text_builder *out, const struct diag_socket *socket);

/* "rtt 0.05 ms, rto 204 ms, ...": of sockets with has_info. */
void states_info_text(struct text_builder *out, const struct diag_socket *socket);

/* An object in a line of its own. */
void states_socket_json(struct text_builder *out, const struct states_sample *sample,
			const struct diag_socket *socket, bool info);

#endif
