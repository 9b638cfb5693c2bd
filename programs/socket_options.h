/* The command line of `wiretale socket`. */
#ifndef WIRETALE_PROGRAMS_SOCKET_OPTIONS_H
#define WIRETALE_PROGRAMS_SOCKET_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "net/address.h"
#include "programs/command.h"
#include "socket_peer/socket_peer.h"

extern const struct command_option socket_option_table[];

struct socket_place {
	char host[NET_HOST_MAX_BYTES]; /* "": any, or this machine */
	uint16_t port;
};

struct socket_options {
	struct socket_peer_plan plan; /* its texts are in `said` */
	struct text_builder said;     /* owned */
	const char *target;           /* borrowed; as it was written */
	struct socket_place at;
	struct socket_place from; /* with has_from: --bind */
	const char *line_end;     /* static; behind a typed line */
	bool listens;             /* else it connects */
	bool has_from;
	bool hex_in;
	bool hex_out;
	bool json;
	bool calls;
	bool wire;
};

/* False: the command is over with *status; help or a sentence was printed. */
bool socket_options_read(const struct command *command, int argc, char **argv,
			 struct socket_options *out, enum exit_status *status);
void socket_options_finish(struct socket_options *options);

#endif
