/*
 * What a line typed into the chat asks for, and the menu that says what can be asked.
 * No terminal, no network. Any thread.
 */
#ifndef WIRETALE_CHAT_UI_CHAT_COMMAND_H
#define WIRETALE_CHAT_UI_CHAT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "chat_ui/recipient.h"
#include "chat_ui/render.h"

/* As long as a line may be; longer input is refused, not cut. */
#define CHAT_LINE_MAX_BYTES 65536u
#define CHAT_SERVER_MAX_BYTES 300u

enum chat_command_kind {
	CHAT_COMMAND_NOTHING, /* an empty line */
	CHAT_COMMAND_BAD,     /* not understood: see problem */
	CHAT_COMMAND_QUIT,
	CHAT_COMMAND_HELP,
	CHAT_COMMAND_CONNECT, /* server; "" where it must be asked for */
	CHAT_COMMAND_DISCONNECT,
	CHAT_COMMAND_TIME, /* count */
	CHAT_COMMAND_NAME, /* the server's machine */
	CHAT_COMMAND_LIST,
	CHAT_COMMAND_SEND,    /* to and text; has_to and text say what must be asked for */
	CHAT_COMMAND_CALL_ME, /* name; "" where it must be asked for */
	CHAT_COMMAND_ROOMS,
	CHAT_COMMAND_JOIN,  /* name, as with CALL_ME */
	CHAT_COMMAND_LEAVE, /* name, as with CALL_ME */
	CHAT_COMMAND_WATCH, /* on */
	CHAT_COMMAND_PING,  /* count */
};

#define CHAT_PROBLEM_BYTES 256

struct chat_command {
	enum chat_command_kind kind;
	char problem[CHAT_PROBLEM_BYTES];   /* BAD: a sentence; "" else. Harmless */
	char server[CHAT_SERVER_MAX_BYTES]; /* "HOST", "HOST:PORT" or "[IPv6]:PORT" */
	size_t count;                       /* from 1 up */
	bool on;
	bool has_to;
	struct recipient to;
	const char *text;                 /* borrowed from the line; NULL: none was given */
	char name[WT_NAME_MAX_BYTES + 1]; /* without its # */
};

/* Never fails: what it does not understand is CHAT_COMMAND_BAD. */
void chat_command_parse(const char *line, struct chat_command *out);

/* "HOST", "HOST:PORT", "HOST PORT": brings the last into the form of the second. False: none. */
bool chat_command_parse_server(const char *text, char out[CHAT_SERVER_MAX_BYTES]);

/* Why chat_command_parse_server() takes it for none: a harmless sentence. */
void chat_command_server_problem(const char *text, char out[CHAT_PROBLEM_BYTES]);

/* A number and nothing else, which no host is called; or a URL. */
bool chat_command_is_no_host(const char *text);

/* The name that CALL_ME (is_room: JOIN, LEAVE) was given or asked for; or a problem. */
void chat_command_parse_name(const char *text, bool is_room, struct chat_command *out);

/* Commands for which there must be a connection. */
bool chat_command_needs_connection(enum chat_command_kind kind);

/* The numbered menu: before connecting only what can be done then. */
void chat_command_menu(struct text_builder *out, struct render_style style, bool connected);

/* The menu, and behind it all that has no number. */
void chat_command_help(struct text_builder *out, struct render_style style, bool connected);

/* "time", "send"; "" for what is no command. */
const char *chat_command_word_of(enum chat_command_kind kind);

/* The word of the command in the given place, NULL behind the last: for completion. */
const char *chat_command_word(size_t place);

#endif
