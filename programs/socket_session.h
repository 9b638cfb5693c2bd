/*
 * `wiretale socket` while it runs: the peer, what its user types or pipes in, and where all that
 * happens is shown. One thread.
 */
#ifndef WIRETALE_PROGRAMS_SOCKET_SESSION_H
#define WIRETALE_PROGRAMS_SOCKET_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "chat_ui/chat_terminal.h"
#include "chat_ui/line_reader.h"
#include "programs/socket_events.h"
#include "programs/socket_options.h"
#include "programs/wire_view.h"
#include "socket_peer/socket_peer.h"

enum socket_input {
	SOCKET_INPUT_LINES, /* a person's: text and commands */
	SOCKET_INPUT_HEX,   /* lines of hex digits from a pipe or file */
	SOCKET_INPUT_BYTES, /* as they are */
};

enum socket_shown {
	SOCKET_SHOWN_SCREEN, /* all as text, on a terminal */
	SOCKET_SHOWN_BYTES,  /* data as it is; sentences on standard error */
	SOCKET_SHOWN_HEX,    /* data as hex digits, a line for each recv(); sentences likewise */
	SOCKET_SHOWN_JSON,   /* objects; sentences are left out */
};

struct socket_session {
	const struct socket_options *options; /* borrowed */
	struct socket_peer peer;              /* owned */
	enum socket_input input;
	enum socket_shown shown;
	struct socket_telling telling;
	struct chat_terminal *terminal; /* owned; NULL: none, or lines cannot be edited on it */
	struct line_reader lines;       /* owned; for lines without a terminal of its own */
	struct text_builder text;       /* owned; being composed for socket_show() */
	struct text_builder typed;      /* owned; the bytes that a line means */
	struct wire_view *wire;         /* owned; NULL: none */
	uint32_t watched;               /* by `wire`; 0: no connection yet */
	bool wire_waits;                /* something happened that it has not shown yet */
	bool wire_ended;                /* the last of it: the connection was closed */
	bool input_open;
	bool output_failed;    /* nobody reads what we write */
	bool stopped;          /* by a signal, or /quit */
	bool failed;           /* nobody came in time, or a line could not be taken */
	uint64_t nobody_at_ms; /* when waiting for a first client ends; 0: not begun */
	int signal_fd;         /* owned; -1: signals do what they always do */
};

/* False: out of memory. */
bool socket_session_init(struct socket_session *session, const struct socket_options *options);
void socket_session_finish(struct socket_session *session);

/* Runs until all is over. The peer is open. */
void socket_session_run(struct socket_session *session);

/* What session->text holds: sentences for a person. Empties it. */
void socket_session_tell(struct socket_session *session);

#endif
