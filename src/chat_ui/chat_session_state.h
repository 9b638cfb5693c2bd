/*
 * What a chat session remembers: shared by chat_session.c (lines), chat_events.c (events),
 * chat_overdue.c (time) and chat_prompt.c (what is asked next), and by nobody else.
 */
#ifndef WIRETALE_CHAT_UI_CHAT_SESSION_STATE_H
#define WIRETALE_CHAT_UI_CHAT_SESSION_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "chat_ui/chat_command.h"
#include "chat_ui/chat_roster.h"
#include "chat_ui/chat_session.h"
#include "chat_ui/request_batch.h"
#include "wiretale/client.h"

/* Requests that may be without answer, those of `time 100` aside. */
#define CHAT_PENDING_MAX 1024u

/* As many as the server lets a client join. */
#define CHAT_ROOMS_MAX 64u

enum chat_link {
	CHAT_LINK_NONE,       /* no client: at the start, and after each end of a connection */
	CHAT_LINK_CONNECTING, /* wt_connect() was called, its CONNECTED did not come yet */
	CHAT_LINK_THERE,      /* CONNECTED came */
};

/* What the next line answers. */
enum chat_question {
	CHAT_QUESTION_NONE,      /* it is a command */
	CHAT_QUESTION_SERVER,    /* where to connect */
	CHAT_QUESTION_LIST,      /* the list is awaited, then: to whom */
	CHAT_QUESTION_RECIPIENT, /* to whom */
	CHAT_QUESTION_TEXT,      /* what */
	CHAT_QUESTION_NAME,      /* of a room, or for us: see asked_for */
};

/* A request whose answer is still to come. */
struct chat_pending {
	uint32_t request;
	enum chat_command_kind kind;
	bool quiet;               /* made for completion: its answer is not told */
	struct recipient subject; /* SEND: to whom; JOIN, LEAVE, CALL_ME: .name */
	bool on;                  /* WATCH: or off; LEAVE: we were in the room */
	bool late;                /* that it is overdue was told */
	uint64_t asked_at_ms;     /* by clock_elapsed_ms() */
};

struct chat_session {
	const struct chat_session_options *options; /* borrowed */
	struct text_builder *out;                   /* borrowed */
	struct text_builder *errors;                /* borrowed; may be the same */
	struct wt_client *client;                   /* owned; NULL with CHAT_LINK_NONE */
	enum chat_link link;
	enum chat_question question;
	enum chat_command_kind asked_for; /* QUESTION_NAME: CALL_ME, JOIN or LEAVE */
	bool ended;
	bool failed;                        /* something could not be done */
	bool question_lost;                 /* with its connection, and nobody has asked yet */
	bool leaving;                       /* we end the connection: its end is no loss */
	bool watching;                      /* presence is to be told, not only remembered */
	bool menu_was_shown;                /* the one for those who are connected */
	bool first_menu_was_shown;          /* the one for those who are not */
	char server[CHAT_SERVER_MAX_BYTES]; /* of the last connect */
	char name[WT_NAME_MAX_BYTES + 1];   /* asked for at each connect; "": none */
	uint32_t number;                    /* ours; 0 while not connected */
	struct recipient recipient;         /* QUESTION_TEXT: to whom */
	struct chat_roster roster;          /* owned */
	struct request_batch batch;         /* owned; of time or ping */
	uint64_t batch_since_ms;            /* its start, or its last answer */
	size_t stray_times;                 /* TIME answers due to a batch that was given up */
	size_t stray_pings;                 /* PING answers likewise */
	char rooms[CHAT_ROOMS_MAX][WT_NAME_MAX_BYTES + 1]; /* we are in, in no order */
	size_t room_count;
	struct chat_pending pending[CHAT_PENDING_MAX]; /* in no order */
	size_t pending_count;
	struct text_builder prompt; /* owned */
};

/* Where to say that something could not be done; notes that. */
struct text_builder *chat_errors(struct chat_session *session);

/* The menu for those who are not connected, once. */
void chat_show_first_menu(struct chat_session *session);

/* For connecting, and for each answer. */
uint64_t chat_timeout_ms(const struct chat_session *session);

/* Where to connect unless another is named. Borrowed until the next connect. */
const char *chat_default_server(const struct chat_session *session);

/* Tells that a call failed, with the library's words for why. */
void chat_tell_failure(struct chat_session *session, const char *what, enum wt_result result);

/* Makes the requests of the batch that can be made; ends it where none can. */
void chat_batch_go_on(struct chat_session *session);

/* Asks, without telling the answers, for what keeps the roster right. */
void chat_watch_quietly(struct chat_session *session);
void chat_list_quietly(struct chat_session *session);

/* One event of the library. */
void chat_handle_event(struct chat_session *session, const struct wt_event *event);

#endif
