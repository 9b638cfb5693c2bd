#include "programs/socket_line.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/nearest_word.h"
#include "programs/socket_session.h"
#include "socket_peer/byte_notation.h"

/* To whom the text goes, and what remains of the line. */
static bool take_number(struct socket_session *session, const char *text, uint32_t *number,
			const char **rest)
{
	size_t digits = strspn(text, "0123456789");
	char figures[12];
	uint64_t value;

	if (digits == 0 || digits >= sizeof(figures) || (text[digits] && text[digits] != ' ')) {
		text_append(&session->text,
			    "Write the client's number behind @, as in: @2 hello\n");
		return false;
	}
	memcpy(figures, text, digits);
	figures[digits] = '\0';
	if (!decimal_parse(figures, 1, UINT32_MAX, &value)) {
		text_append(&session->text, "Clients are numbered from 1; /list shows them.\n");
		return false;
	}
	*number = (uint32_t)value;
	*rest = text + digits + (text[digits] == ' ' ? 1 : 0);
	return true;
}

static void tell_sent(struct socket_session *session, uint32_t number, enum socket_peer_sent sent)
{
	switch (sent) {
	case SOCKET_PEER_TAKEN:
		break;
	case SOCKET_PEER_NO_SUCH:
		if (number > 0)
			text_append_format(&session->text, "There is no client %u.\n",
					   (unsigned)number);
		else
			text_append(&session->text, "Nobody is connected.\n");
		break;
	case SOCKET_PEER_NO_ROOM:
		text_append_format(
			&session->text,
			"Not sent to %s, who does not read: what waits already fills the "
			"%u KiB that are kept.\n",
			!session->telling.listens ? "the peer"
			: number > 0              ? "that client"
						  : "some of the clients",
			SOCKET_PEER_QUEUE_MAX_BYTES / 1024);
		break;
	case SOCKET_PEER_SHUT:
		text_append(&session->text, "Not sent: our side of that connection is closed "
					    "already.\n");
		break;
	}
}

static void send_typed(struct socket_session *session, uint32_t number)
{
	if (session->typed.truncated)
		text_append(&session->text, "That is too long and was not sent.\n");
	else
		tell_sent(session, number,
			  socket_peer_send(&session->peer, number,
					   text_builder_text(&session->typed),
					   session->typed.length));
}

static void send_text(struct socket_session *session, uint32_t number, const char *text)
{
	const char *problem = "";

	text_builder_clear(&session->typed);
	if (!session->options->hex_in) {
		text_append(&session->typed, text);
		text_append(&session->typed, session->options->line_end);
	} else if (!byte_notation_parse_hex(text, &session->typed, &problem)) {
		text_append_format(&session->text, "Not sent: %s.\n", problem);
		return;
	}
	send_typed(session, number);
}

/* Commands: a number may stand behind them. */
static void end_some(struct socket_session *session, const char *operand,
		     enum socket_peer_ending ending)
{
	uint32_t number = 0;
	const char *rest;

	if (*operand && !take_number(session, operand, &number, &rest))
		return;
	if (!socket_peer_end(&session->peer, number, ending))
		tell_sent(session, number, SOCKET_PEER_NO_SUCH);
}

static void run_close(struct socket_session *session, const char *operand)
{
	end_some(session, operand, SOCKET_PEER_CLOSE);
}

static void run_half(struct socket_session *session, const char *operand)
{
	end_some(session, operand, SOCKET_PEER_HALF);
}

static void run_reset(struct socket_session *session, const char *operand)
{
	end_some(session, operand, SOCKET_PEER_RESET);
}

static void run_list(struct socket_session *session, const char *operand)
{
	(void)operand;
	socket_list_text(&session->text, &session->telling, &session->peer);
}

static void run_quit(struct socket_session *session, const char *operand)
{
	(void)operand;
	session->stopped = true;
}

static void run_hex(struct socket_session *session, const char *operand)
{
	const char *problem = "";

	text_builder_clear(&session->typed);
	if (byte_notation_parse_hex(operand, &session->typed, &problem))
		send_typed(session, 0);
	else
		text_append_format(&session->text, "Not sent: %s.\n", problem);
}

static void run_say(struct socket_session *session, const char *operand)
{
	const char *problem = "";

	text_builder_clear(&session->typed);
	if (byte_notation_parse_escapes(operand, &session->typed, &problem))
		send_typed(session, 0);
	else
		text_append_format(&session->text, "Not sent: %s.\n", problem);
}

static void run_help(struct socket_session *session, const char *operand);

static const struct line_command {
	const char *name;
	void (*run)(struct socket_session *session, const char *operand);
	const char *operand; /* for /help */
	const char *help;
} commands[] = {
	{ "/list", run_list, "", "who is connected, and how much went" },
	{ "/close", run_close, " [N]", "close(): FIN, once all is sent" },
	{ "/half", run_half, " [N]", "shutdown(SHUT_WR): FIN; what comes is still read" },
	{ "/reset", run_reset, " [N]", "close() with SO_LINGER 0: RST" },
	{ "/say", run_say, " TEXT",
	  "send TEXT without a line end; \\n, \\r, \\0, \\xNN are bytes" },
	{ "/hex", run_hex, " BYTES", "send bytes: /hex 48 65 6c 6c 6f 0a" },
	{ "/help", run_help, "", "this list" },
	{ "/quit", run_quit, "", "close all and end, as Ctrl-C and Ctrl-D do" },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void run_help(struct socket_session *session, const char *operand)
{
	(void)operand;
	text_append(&session->text,
		    session->telling.listens
			    ? "What you type goes to all clients, a line at a time.\n"
			      "@2 TEXT      to client 2 alone\n"
			    : "What you type goes to the peer, a line at a time.\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		size_t length = strlen(commands[i].name) + strlen(commands[i].operand);

		text_append_format(&session->text, "%s%s%*s%s\n", commands[i].name,
				   commands[i].operand, length < 13 ? (int)(13 - length) : 1, "",
				   commands[i].help);
	}
	text_append(&session->text, "//TEXT       text that begins with a slash\n");
	if (session->telling.listens)
		text_append(&session->text, "N is a client's number; without it all are meant.\n");
}

static void run_command(struct socket_session *session, const char *line)
{
	size_t length = strcspn(line, " ");
	const char *operand = line + length + strspn(line + length, " ");
	const char *names[COMMAND_COUNT];
	const char *nearest;
	char name[16];

	if (length < sizeof(name)) {
		memcpy(name, line, length);
		name[length] = '\0';
		for (size_t i = 0; i < COMMAND_COUNT; i++) {
			names[i] = commands[i].name;
			if (strcmp(name, commands[i].name) != 0)
				continue;
			commands[i].run(session, operand);
			return;
		}
		nearest = nearest_word(name, names, COMMAND_COUNT);
	} else {
		nearest = NULL;
	}
	text_append(&session->text, "There is no command ");
	text_append_harmless(&session->text, line, length < 40 ? length : 40);
	text_append_format(&session->text, "%s%s%s /help shows them; // sends a slash.\n",
			   nearest ? "; did you mean " : ".", nearest ? nearest : "",
			   nearest ? "?" : "");
}

void socket_line_typed(struct socket_session *session, const char *line)
{
	uint32_t number = 0;

	if (line[0] == '/' && line[1] != '/')
		run_command(session, line);
	else if (line[0] == '/')
		send_text(session, 0, line + 1);
	else if (line[0] != '@' || !session->telling.listens)
		send_text(session, 0, line);
	else if (take_number(session, line + 1, &number, &line))
		send_text(session, number, line);
	socket_session_tell(session);
}

void socket_line_hex(struct socket_session *session, const char *line)
{
	send_text(session, 0, line);
	session->failed = session->failed || session->text.length > 0;
	socket_session_tell(session);
}

void socket_line_complete(const char *line, struct chat_completion *out)
{
	size_t length = strlen(line);

	out->count = 0;
	out->word_bytes = length;
	if (line[0] != '/' || strchr(line, ' '))
		return;
	/* chat_completion wants them in order. */
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		size_t place = out->count;

		if (strncmp(commands[i].name, line, length) != 0)
			continue;
		while (place > 0 && strcmp(out->words[place - 1], commands[i].name) > 0) {
			memcpy(out->words[place], out->words[place - 1], CHAT_COMPLETION_BYTES);
			place--;
		}
		(void)snprintf(out->words[place], CHAT_COMPLETION_BYTES, "%s", commands[i].name);
		out->count++;
	}
}
