/* The interactive client: on a terminal with line editing, else line by line. */
#ifndef WIRETALE_CHAT_UI_CHAT_UI_H
#define WIRETALE_CHAT_UI_CHAT_UI_H

#include <stdbool.h>

#include "chat_ui/chat_wire.h"

struct chat_ui_options {
	const char *server; /* where to connect unless another is named; NULL: the default */
	bool connect_now;   /* connect there first of all */
	const char *name;   /* asked for at each connect; NULL: none */
	unsigned long long timeout_ms; /* for connecting, and for each answer; 0: 10 s */
	bool colour;
	const struct chat_wire *wire; /* borrowed; NULL: no segments are shown */
};

/*
 * Talks on standard input and output until told to quit, the end of the input, or SIGTERM,
 * and leaves the server in order. SIGINT, SIGTERM, SIGHUP, SIGTSTP and SIGWINCH are its own
 * meanwhile. Returns 0, 1 where a script (no terminal) asked for something that could not be
 * done, or a negative errno.
 */
int chat_ui_run(const struct chat_ui_options *options);

#endif
