/*
 * Which sockets, listeners and programs the steps up to a line have made, so that a wrong name is
 * found before anything runs. Steps with `after`, `full:` or `short:` may or may not have been done
 * by then: what they make may be there. One thread; no input or output.
 */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_NAMES_H
#define WIRETALE_TCP_LAB_EXPERIMENT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_lab/lab_host.h"
#include "tcp_lab/lab_limits.h"

enum known_presence {
	KNOWN_NEVER,     /* no earlier step makes it */
	KNOWN_MADE,      /* a socket without a connection */
	KNOWN_CONNECTED, /* or about to be; of listeners and programs: it is there */
	KNOWN_GONE,      /* closed; of programs: ended */
	KNOWN_MAYBE,     /* as a step says that may not be done yet, or never */
};

struct known_thing {
	enum known_presence presence;
	uint32_t line; /* of the step that said so */
};

struct known_name {
	enum lab_host host;
	char name[LAB_NAME_BYTES]; /* "": the host's unnamed one */
	struct known_thing socket;
	struct known_thing listener;
	struct known_thing program;
};

struct experiment_names {
	struct known_name *list; /* owned */
	size_t count;
	size_t capacity;
};

void experiment_names_finish(struct experiment_names *names);

/* NULL: it was not named yet. Borrowed until the next addition. */
struct known_name *experiment_names_find(const struct experiment_names *names, enum lab_host host,
					 const char *name);
/* The same, and adds it. NULL: no memory. */
struct known_name *experiment_names_add(struct experiment_names *names, enum lab_host host,
					const char *name);

enum known_kind { KNOWN_SOCKET, KNOWN_LISTENER, KNOWN_PROGRAM };

struct known_thing *known_thing_of(struct known_name *known, enum known_kind kind);

/* The name of that kind on that host that is nearest to a wrong one, else any that there is; NULL:
 * there is none. */
const char *experiment_names_nearest(const struct experiment_names *names, enum lab_host host,
				     enum known_kind kind, const char *name);

#endif
