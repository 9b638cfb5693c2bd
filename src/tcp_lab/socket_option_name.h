/* The socket options that an experiment may set, by the names that programs use. Any thread. */
#ifndef WIRETALE_TCP_LAB_SOCKET_OPTION_NAME_H
#define WIRETALE_TCP_LAB_SOCKET_OPTION_NAME_H

#include <stddef.h>

enum socket_option_kind {
	SOCKET_OPTION_NUMBER,
	SOCKET_OPTION_SECONDS,
	SOCKET_OPTION_MILLISECONDS,
	SOCKET_OPTION_LINGER, /* struct linger: seconds, or -1 for off */
	SOCKET_OPTION_TEXT,
};

struct socket_option_name {
	const char *name; /* "TCP_NODELAY"; static, as all of it */
	int level;        /* SOL_SOCKET ... */
	int option;
	enum socket_option_kind kind;
	const char *meaning; /* for a table of them */
};

/* NULL: there is none of that name, or none that an experiment may set. */
const struct socket_option_name *socket_option_find(const char *name);
const struct socket_option_name *socket_option_of(int level, int option);

/* The name that a mistyped one is nearest to, or NULL. */
const char *socket_option_nearest(const char *name);

/* All of them; NULL behind the last. */
const struct socket_option_name *socket_option_at(size_t i);

#endif
