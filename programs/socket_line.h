/* What is typed at a bare peer: text for the other end, and commands. One thread. */
#ifndef WIRETALE_PROGRAMS_SOCKET_LINE_H
#define WIRETALE_PROGRAMS_SOCKET_LINE_H

#include "chat_ui/chat_completion.h"

struct socket_session;

/* A line that was typed, without its end: text or a command. */
void socket_line_typed(struct socket_session *session, const char *line);

/* A line of hex digits from a pipe. */
void socket_line_hex(struct socket_session *session, const char *line);

/* For Tab: what stands before the cursor may become which commands? */
void socket_line_complete(const char *line, struct chat_completion *out);

#endif
