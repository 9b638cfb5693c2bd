/*
 * What the one-shot commands share: options, the connection, the wait for an answer, output,
 * and sentences for what went wrong. One thread.
 */
#ifndef WIRETALE_PROGRAMS_ONE_SHOT_H
#define WIRETALE_PROGRAMS_ONE_SHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_writer.h"
#include "base/text_builder.h"
#include "chat_ui/render.h"
#include "programs/command.h"
#include "programs/wire_view.h"
#include "wiretale/client.h"

#define ONE_SHOT_MAX_ROOMS 64 /* as many as the server lets a client join */

struct one_shot_arguments {
	uint64_t count;                        /* 0: not given */
	const char *rooms[ONE_SHOT_MAX_ROOMS]; /* borrowed, without their # */
	size_t room_count;
	char **operands; /* borrowed; what is no option */
	int operand_count;
};

struct one_shot {
	const struct command *command; /* borrowed */
	const char *server;            /* borrowed; --server, WIRETALE_SERVER or the default */
	bool server_was_named;         /* by --server */
	const char *name;              /* borrowed; --name, or NULL */
	uint64_t timeout_ms;           /* --timeout: for connecting, and for each answer */
	bool json;
	bool reconnect;
	bool wants_wire; /* --wire */
	struct one_shot_arguments arguments;
	struct render_style style;
	struct wt_client *client;    /* owned; NULL before one_shot_connect() */
	struct wire_view *wire;      /* owned; NULL: without --wire, or it is not possible */
	struct text_builder out;     /* owned; what one_shot_flush() writes */
	struct text_builder trouble; /* owned; why one_shot_connect() failed */
};

/* Keys of the options; which of them a command takes is told by its table. */
enum one_shot_key {
	ONE_SHOT_SERVER = OPTION_FIRST_KEY, /* --server HOST[:PORT] */
	ONE_SHOT_TIMEOUT,                   /* --timeout SECONDS */
	ONE_SHOT_JSON,                      /* --json */
	ONE_SHOT_COUNT,                     /* --count N */
	ONE_SHOT_NAME,                      /* --name NAME */
	ONE_SHOT_JOIN,                      /* --join ROOM, repeatable */
	ONE_SHOT_RECONNECT,                 /* --reconnect */
	ONE_SHOT_WIRE,                      /* --wire */
};

/* Rows that are the same in many tables, but for what they say. */
#define ONE_SHOT_SERVER_ROW                                                                        \
	{                                                                                          \
		.key = ONE_SHOT_SERVER, .name = "server", .value = "HOST[:PORT]",                  \
		.help = "which server (default: what WIRETALE_SERVER says, or 127.0.0.1:2312)"     \
	}
#define ONE_SHOT_TIMEOUT_ROW(says)                                                                 \
	{                                                                                          \
		.key = ONE_SHOT_TIMEOUT, .name = "timeout", .value = "SECONDS", .help = (says)     \
	}
#define ONE_SHOT_JSON_ROW(says)                                                                    \
	{                                                                                          \
		.key = ONE_SHOT_JSON, .name = "json", .help = (says)                               \
	}

#define ONE_SHOT_WIRE_ROW                                                                          \
	{                                                                                          \
		.key = ONE_SHOT_WIRE, .name = "wire",                                              \
		.help = "under each answer the segments of this connection, captured as they "     \
			"pass, down to the bytes of the relay's frames, also where connecting "    \
			"fails; it waits for the last of them, at most a quarter of a second "     \
			"each time; needs the right to capture, and says how to give it"           \
	}

/* --server, --timeout and --json, which may stand before the command too. */
extern const struct command_option one_shot_global_options[];

/*
 * Reads the command line; the operands must be min to max (-1: any number). False: the command is
 * over with *status, help or a sentence having been printed.
 */
struct one_shot_shape {
	int min_operands;
	int max_operands;
	uint64_t timeout_ms; /* unless --timeout says another; 0: 10 s */
};

bool one_shot_begin(struct one_shot *shot, const struct command *command,
		    const struct one_shot_shape *shape, int argc, char **argv,
		    enum exit_status *status);

/* False: what `option` named is no HOST[:PORT]; a sentence was printed, the status is 2. */
bool one_shot_check_server(const struct command *command, const char *option, const char *server);

/* Lets go of all, the connection included, without saying BYE. */
void one_shot_finish(struct one_shot *shot);

/* Connects, with the name where one is wanted. False: a sentence was printed. */
bool one_shot_connect(struct one_shot *shot);

/*
 * Waits for a request's answer or verdict. `made` is what the call that made the request gave.
 * False: a sentence was printed. The event is borrowed as from wt_wait().
 */
bool one_shot_await(struct one_shot *shot, enum wt_result made, uint32_t request,
		    struct wt_event *event);

/* Says BYE and waits for what is in flight. */
void one_shot_leave(struct one_shot *shot);

/* A command that asks one thing and shows the answer. */
struct one_shot_question {
	enum wt_result (*ask)(struct wt_client *client, uint32_t *request);
	/* Writes the answer. False: nobody reads it, or a sentence was printed. */
	bool (*show)(struct one_shot *shot, const struct wt_event *answer);
};

/* All of such a command: from its command line to its exit status. */
enum exit_status one_shot_ask(const struct command *command, int argc, char **argv,
			      const struct one_shot_question *question);

/* Writes what shot->out holds. False: nobody reads it, or a sentence was printed. */
bool one_shot_flush(struct one_shot *shot);

/* The line is whole: ends it and writes it. As one_shot_flush(). */
bool one_shot_end_line(struct one_shot *shot);

/* "wiretale: ", the sentence, and the line end, on standard error. */
void one_shot_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "10", "0.25", ".5" as milliseconds. False: it is none, 0, or more than a day. */
bool one_shot_parse_seconds(const char *text, uint64_t *out_ms);

/* Standard output is a terminal that shows colours, and nobody said NO_COLOR. */
bool one_shot_wants_colour(void);

/* The same for a wrong command line, with where its help is. Returns EXIT_USAGE. */
enum exit_status one_shot_usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Members of a JSON object. */
void one_shot_json_time(struct json_writer *json, const char *name, uint64_t wall_ns);
void one_shot_json_address(struct json_writer *json, const struct wt_address *address);
void one_shot_json_name_or_null(struct json_writer *json, const char *member, const char *name);

/* "data", or where it is no UTF-8, "data_base64". */
void one_shot_json_data(struct json_writer *json, const void *data, size_t data_bytes);

#endif
