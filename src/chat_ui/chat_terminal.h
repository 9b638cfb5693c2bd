/*
 * The line being typed on a terminal: editing, history, completion (libedit), and text that
 * appears above it while it stays as it was. One thread.
 */
#ifndef WIRETALE_CHAT_UI_CHAT_TERMINAL_H
#define WIRETALE_CHAT_UI_CHAT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "chat_ui/chat_completion.h"

enum chat_key {
	CHAT_KEY_THERE, /* a byte waits on the descriptor, or is to be taken from the buffer */
	CHAT_KEY_END,   /* no line will follow */
	CHAT_KEY_INTERRUPTED, /* the line is to be given up */
};

/* What the terminal asks of its owner. Each is called within chat_terminal_read() only. */
struct chat_terminal_owner {
	void *context;

	/* Waits until the next key may be taken. `buffered`: one is there without waiting.
	 * It may call chat_terminal_print() and chat_terminal_resized(). */
	enum chat_key (*wait_for_key)(void *context, bool buffered);

	/* Borrowed until the next call. */
	const char *(*prompt)(void *context);

	/* What stands before the cursor may become what? */
	void (*complete)(void *context, const char *line, struct chat_completion *out);
};

struct chat_terminal;

/*
 * On standard input and output. `owner` is borrowed until destroyed. NULL: this terminal
 * can't move its cursor up or clear its lines, or there is no memory.
 */
struct chat_terminal *chat_terminal_create(const struct chat_terminal_owner *owner);

/* Gives the terminal back as it was. NULL does nothing. */
void chat_terminal_destroy(struct chat_terminal *terminal);

/* THERE: *line is a line without its end, borrowed until the next call. */
enum chat_key chat_terminal_read(struct chat_terminal *terminal, const char **line);

/* Makes the line one that the arrow keys bring back. */
void chat_terminal_remember(struct chat_terminal *terminal, const char *line);

/*
 * Gives the line being typed up, into the history, with what was typed ahead. False: there
 * was none. chat_terminal_print() must follow, which draws the empty line.
 */
bool chat_terminal_drop_line(struct chat_terminal *terminal);

/* Shows whole lines, above the one being typed if there is one. */
void chat_terminal_print(struct chat_terminal *terminal, const char *text, size_t length);

/* After SIGWINCH. */
void chat_terminal_resized(struct chat_terminal *terminal);

/*
 * Ctrl-Z, for those who take SIGTSTP through a descriptor: stops this process, the terminal being
 * as others want it meanwhile, and returns when it goes on. terminal may be NULL.
 */
void chat_terminal_stop_process(struct chat_terminal *terminal);

#endif
