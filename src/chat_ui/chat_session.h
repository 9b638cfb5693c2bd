/*
 * The chat without its screen: lines and events in, text and a prompt out.
 *
 * Lines come from a person or a script, events from the library's receiving thread. All
 * that is to be shown is added to the text builder given at the start; the caller shows
 * and empties it after each call. One thread.
 */
#ifndef WIRETALE_CHAT_UI_CHAT_SESSION_H
#define WIRETALE_CHAT_UI_CHAT_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "chat_ui/chat_completion.h"
#include "chat_ui/chat_roster.h"
#include "chat_ui/chat_wire.h"
#include "chat_ui/render.h"

/* How long leaving waits for the answers in flight. */
#define CHAT_LEAVE_MS 3000

struct chat_session_options {
	const char *server;  /* where to connect unless another is named; NULL: the default */
	bool connect_now;    /* the first thing is to connect there */
	const char *name;    /* asked for at each connect; NULL: none */
	uint64_t timeout_ms; /* for connecting, and for each answer; 0: 10 s */
	bool interactive;    /* a person answers questions, completes names, sees menus */
	struct render_style style;
	const struct chat_wire *wire; /* borrowed; NULL: no segments are shown */
};

struct chat_session;

/*
 * What could not be done is added to `errors`, which may be the same as `out`. All three are
 * borrowed until destroyed. NULL: no memory.
 */
struct chat_session *chat_session_create(const struct chat_session_options *options,
					 struct text_builder *out, struct text_builder *errors);

/* Ends a connection at once. NULL does nothing. */
void chat_session_destroy(struct chat_session *session);

/* The menu, and the connection if it is to be made now. */
void chat_session_start(struct chat_session *session);

/* A line without its end. */
void chat_session_line(struct chat_session *session, const char *line);

/* Gives up a question, the wait for its list, or connecting; says which. */
void chat_session_cancel(struct chat_session *session);

/* Leaves in order; it may wait for CHAT_LEAVE_MS. Then the session has ended. */
void chat_session_leave(struct chat_session *session);

/* Readable while an event waits; -1: there is no connection. */
int chat_session_fd(const struct chat_session *session);

/*
 * Takes one event and tells what it says. False: none waits. A message counts as delivered
 * with the call behind that which took it: show it in between.
 */
bool chat_session_take_event(struct chat_session *session);

/* How long until chat_session_check_time() has something to tell; -1: nothing is awaited. */
int chat_session_timeout_ms(const struct chat_session *session, uint64_t now_ms);

/* Tells which answers are overdue. now_ms is by clock_elapsed_ms(). */
void chat_session_check_time(struct chat_session *session, uint64_t now_ms);

/*
 * True once after the connection was lost while a question was open: what is being typed
 * answers it and is no command.
 */
bool chat_session_lost_question(struct chat_session *session);

/* What the next line has to wait for. */
enum chat_wait {
	CHAT_WAIT_NOTHING,
	CHAT_WAIT_ANSWER, /* answers are due: a script's next line waits, a person's only shortly */
	CHAT_WAIT_QUESTION, /* the answer is a part of the next question */
};

enum chat_wait chat_session_waits_for(const struct chat_session *session);

/* "ann> ", "Text: "; borrowed until the next call. */
const char *chat_session_prompt(struct chat_session *session);

bool chat_session_has_ended(const struct chat_session *session);

/* Something that a line asked for could not be done. */
bool chat_session_has_failed(const struct chat_session *session);

/* For completion. */
enum chat_completion_place chat_session_place(const struct chat_session *session);
const struct chat_roster *chat_session_roster(const struct chat_session *session);

#endif
