#include "programs/one_shot.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/utf8.h"
#include "chat_ui/chat_command.h"
#include "net/address.h"
#include "programs/complaint.h"
#include "programs/one_shot_wire.h"

#define OUT_MAX_BYTES ((size_t)128 * 1024 * 1024)
#define SENTENCE_MAX_BYTES 4096u
#define DEFAULT_TIMEOUT_MS 10000u
#define MAX_TIMEOUT_MS 86400000u
#define LEAVE_MS 2000
#define DEFAULT_PORT 2312

void one_shot_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	complaint_print("wiretale", format, arguments);
	va_end(arguments);
}

enum exit_status one_shot_usage(const struct command *command, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)complaint_usage_in_full(command, format, arguments);
	va_end(arguments);
	return EXIT_USAGE;
}

/* A text from outside, made harmless, for a sentence. Freed by text_builder_finish(). */
static struct text_builder harmless(const char *text)
{
	struct text_builder builder;

	text_builder_init(&builder, SENTENCE_MAX_BYTES);
	text_append_harmless(&builder, text, strnlen(text, SENTENCE_MAX_BYTES / 8));
	return builder;
}

bool one_shot_parse_seconds(const char *text, uint64_t *out_ms)
{
	uint64_t ns;

	if (!duration_parse(text, MAX_TIMEOUT_MS * NS_PER_MS, &ns) || ns < NS_PER_MS)
		return false;
	*out_ms = ns / NS_PER_MS;
	return true;
}

const struct command_option one_shot_global_options[] = {
	ONE_SHOT_SERVER_ROW,
	ONE_SHOT_TIMEOUT_ROW("for connecting, and for each answer (default: 10)"),
	ONE_SHOT_JSON_ROW("one JSON object a line"),
	{ 0 },
};

static enum exit_status refuse_value(const struct command *command, const char *option,
				     const char *wants)
{
	return one_shot_usage(command, "%s: %s wants %s.", command->name, option, wants);
}

#define NAME_RULE "1 to 64 bytes of UTF-8 without control characters"

static enum exit_status take_room(struct one_shot *shot, const char *text)
{
	struct one_shot_arguments *arguments = &shot->arguments;
	const char *room = *text == '#' ? text + 1 : text;

	if (!recipient_name_is_valid(room))
		return refuse_value(shot->command, "--join", NAME_RULE);
	if (arguments->room_count == ONE_SHOT_MAX_ROOMS)
		return refuse_value(shot->command, "--join", "at most 64 rooms");
	arguments->rooms[arguments->room_count++] = room;
	return EXIT_DONE;
}

static bool server_is_valid(const char *server)
{
	char host[NET_HOST_MAX_BYTES];
	uint16_t port;

	/* Nothing else can be looked up, and some of it would not do in a sentence. */
	for (const char *next = server; *next; next++) {
		if (*next <= ' ' || *next > '~')
			return false;
	}
	return *server && !chat_command_is_no_host(server) &&
	       net_host_port_parse(server, DEFAULT_PORT, host, &port, NULL);
}

static enum exit_status refuse_server(const struct command *command, const char *option,
				      const char *server)
{
	char problem[CHAT_PROBLEM_BYTES];

	chat_command_server_problem(server, problem);
	return one_shot_usage(command, "%s: %s: %s", command->name, option, problem);
}

bool one_shot_check_server(const struct command *command, const char *option, const char *server)
{
	if (server_is_valid(server))
		return true;
	(void)refuse_server(command, option, server);
	return false;
}

static enum exit_status take_option(struct one_shot *shot, int key, const char *value)
{
	switch (key) {
	case ONE_SHOT_SERVER:
		if (!server_is_valid(value))
			return refuse_server(shot->command, "--server", value);
		shot->server = value;
		shot->server_was_named = true;
		break;
	case ONE_SHOT_TIMEOUT:
		if (!one_shot_parse_seconds(value, &shot->timeout_ms))
			return refuse_value(shot->command, "--timeout",
					    "seconds, such as 10 or 0.5, up to 86400");
		break;
	case ONE_SHOT_JSON:
		shot->json = true;
		break;
	case ONE_SHOT_COUNT:
		if (!decimal_parse(value, 0, ROUND_TRIPS_MAX, &shot->arguments.count) ||
		    shot->arguments.count == 0)
			return refuse_value(shot->command, "--count",
					    "a whole number from 1 to 1000000");
		break;
	case ONE_SHOT_NAME:
		if (!recipient_name_is_valid(value))
			return refuse_value(shot->command, "--name", NAME_RULE);
		shot->name = value;
		break;
	case ONE_SHOT_JOIN:
		return take_room(shot, value);
	case ONE_SHOT_RECONNECT:
		shot->reconnect = true;
		break;
	case ONE_SHOT_WIRE:
		shot->wants_wire = true;
		break;
	default:
		assert(false && "a row of the table that nobody takes");
		break;
	}
	return EXIT_DONE;
}

/* False: the command is over with *status. */
static bool read_options(struct one_shot *shot, int argc, char **argv, enum exit_status *status)
{
	struct option_reader reader;
	int key;

	option_reader_begin(&reader, shot->command, argc, argv);
	while ((key = option_reader_next(&reader)) > OPTION_END) {
		*status = take_option(shot, key, reader.value);
		if (*status != EXIT_DONE)
			return false;
	}
	if (key == OPTION_OVER) {
		*status = (enum exit_status)reader.status;
		return false;
	}
	shot->arguments.operands = reader.operands;
	shot->arguments.operand_count = reader.operand_count;
	return true;
}

bool one_shot_wants_colour(void)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *kind = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && kind && *kind &&
	       strcmp(kind, "dumb") != 0;
}

static enum exit_status check_operands(const struct one_shot *shot,
				       const struct one_shot_shape *shape)
{
	int count = shot->arguments.operand_count;
	struct text_builder shown;

	if (count < shape->min_operands)
		return one_shot_usage(shot->command, "%s: something is missing.",
				      shot->command->name);
	if (shape->max_operands < 0 || count <= shape->max_operands)
		return EXIT_DONE;
	shown = harmless(shot->arguments.operands[shape->max_operands]);
	(void)one_shot_usage(shot->command, "%s: \"%s\" is one too many.", shot->command->name,
			     text_builder_text(&shown));
	text_builder_finish(&shown);
	return EXIT_USAGE;
}

bool one_shot_begin(struct one_shot *shot, const struct command *command,
		    const struct one_shot_shape *shape, int argc, char **argv,
		    enum exit_status *status)
{
	const char *from_environment = getenv("WIRETALE_SERVER");

	*shot = (struct one_shot){ .command = command, .server = WT_DEFAULT_SERVER };
	shot->timeout_ms = shape->timeout_ms ? shape->timeout_ms : DEFAULT_TIMEOUT_MS;
	shot->style.colour = one_shot_wants_colour();
	if (from_environment && *from_environment)
		shot->server = from_environment;
	if (!read_options(shot, argc, argv, status))
		return false;
	if (!server_is_valid(shot->server)) {
		*status = refuse_server(command, "WIRETALE_SERVER", shot->server);
		return false;
	}
	*status = check_operands(shot, shape);
	if (*status != EXIT_DONE)
		return false;
	text_builder_init(&shot->out, OUT_MAX_BYTES);
	text_builder_init(&shot->trouble, SENTENCE_MAX_BYTES);
	return true;
}

void one_shot_finish(struct one_shot *shot)
{
	wt_client_destroy(shot->client);
	wire_view_close(shot->wire);
	text_builder_finish(&shot->out);
	text_builder_finish(&shot->trouble);
	shot->client = NULL;
	shot->wire = NULL;
}

static void complain_about_connecting(struct one_shot *shot, enum wt_result result)
{
	const char *why = shot->client ? wt_error_text(shot->client) : "";
	const char *hint = render_connect_hint(why, result);

	render_connect_failure(&shot->trouble, shot->server, why, result);
	one_shot_complain(
		"%s.%s%s", text_builder_text(&shot->trouble), hint,
		strchr(hint, '?') ? " Start it, or name another with --server HOST[:PORT]." : "");
}

/* Takes the CONNECTED event, and says why where the name was not granted. */
static bool take_connected(struct one_shot *shot)
{
	struct wt_event event;
	enum wt_result result = wt_poll(shot->client, (int)shot->timeout_ms, &event);
	enum wt_status status;

	if (result != WT_OK || event.kind != WT_EVENT_CONNECTED) {
		complain_about_connecting(shot, result == WT_OK ? WT_CLOSED : result);
		return false;
	}
	status = event.as.connected.name_status;
	if (status == WT_STATUS_OK)
		return true;
	if (status == WT_STATUS_NAME_TAKEN)
		text_append_format(&shot->trouble, "the name %s is taken; use another with --name",
				   shot->name);
	else
		text_append_format(&shot->trouble, "the name %s was not granted: %s", shot->name,
				   wt_status_text(status));
	one_shot_complain("%s.", text_builder_text(&shot->trouble));
	return false;
}

bool one_shot_connect(struct one_shot *shot)
{
	struct wt_options client_options;
	enum wt_result result;

	wt_options_init(&client_options);
	client_options.name = shot->name;
	client_options.reconnect = shot->reconnect;
	one_shot_wire_open(shot);
	result = wt_client_create(&client_options, &shot->client);
	if (result == WT_OK)
		result = wt_connect_wait(shot->client, shot->server, (int)shot->timeout_ms);
	one_shot_wire_tried(shot);
	if (result != WT_OK) {
		complain_about_connecting(shot, result);
		return false;
	}
	return take_connected(shot);
}

/* An ANSWER that is not ok. */
static void complain_about_answer(const struct one_shot *shot, const struct wt_event *event)
{
	struct text_builder reason;

	text_builder_init(&reason, SENTENCE_MAX_BYTES);
	render_refusal(&reason, event);
	one_shot_complain("%s: the server refused: %s.", shot->command->name,
			  text_builder_text(&reason));
	text_builder_finish(&reason);
}

bool one_shot_await(struct one_shot *shot, enum wt_result made, uint32_t request,
		    struct wt_event *event)
{
	enum wt_result result = made;
	const char *why = "";
	struct text_builder reason;

	if (result == WT_OK)
		result = wt_wait(shot->client, request, (int)shot->timeout_ms, event);
	if (result == WT_OK && event->kind == WT_EVENT_ANSWER &&
	    event->as.answer.result == WT_REFUSED) {
		complain_about_answer(shot, event);
		return false;
	}
	if (result == WT_OK && event->kind == WT_EVENT_ANSWER && event->as.answer.result != WT_OK)
		result = event->as.answer.result;
	else if (result == WT_OK)
		return true;
	if (result == WT_TIMEOUT) {
		one_shot_complain("%s: no answer within %llu.%03llu s.", shot->command->name,
				  (unsigned long long)(shot->timeout_ms / MS_PER_S),
				  (unsigned long long)(shot->timeout_ms % MS_PER_S));
		return false;
	}
	why = wt_error_text(shot->client);
	reason = harmless(*why ? why : wt_result_text(result));
	one_shot_complain("%s: no answer from %s: %s.", shot->command->name, shot->server,
			  text_builder_text(&reason));
	text_builder_finish(&reason);
	return false;
}

void one_shot_leave(struct one_shot *shot)
{
	wire_view_show(shot->wire);
	if (shot->client)
		(void)wt_disconnect(shot->client, LEAVE_MS);
}

bool one_shot_flush(struct one_shot *shot)
{
	size_t length = shot->out.length;
	bool whole = !shot->out.truncated;
	bool written = length == 0 || fwrite(shot->out.text, 1, length, stdout) == length;
	int error;

	written = fflush(stdout) == 0 && written;
	error = errno;
	text_builder_clear(&shot->out);
	/* EPIPE: whoever read it has seen enough, which is no fault to speak of. */
	if (!written && error != EPIPE)
		one_shot_complain("cannot write the output: %s.", strerror(error));
	if (!whole)
		one_shot_complain("the output is too long to be shown.");
	return written && whole;
}

bool one_shot_end_line(struct one_shot *shot)
{
	text_append(&shot->out, "\n");
	return one_shot_flush(shot);
}

void one_shot_json_time(struct json_writer *json, const char *name, uint64_t wall_ns)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text(wall_ns, clock_zone_s(wall_ns), 9, text);
	json_name(json, name);
	json_string(json, text);
}

void one_shot_json_address(struct json_writer *json, const struct wt_address *address)
{
	char text[RENDER_ADDRESS_BYTES];

	render_address(address, text);
	json_name(json, "address");
	json_string(json, text);
}

void one_shot_json_name_or_null(struct json_writer *json, const char *member, const char *name)
{
	json_name(json, member);
	if (name)
		json_string(json, name);
	else
		json_null(json);
}

void one_shot_json_data(struct json_writer *json, const void *data, size_t data_bytes)
{
	if (utf8_is_valid(data, data_bytes)) {
		json_name(json, "data");
		json_string_bytes(json, data, data_bytes);
	} else {
		json_name(json, "data_base64");
		json_base64(json, data, data_bytes);
	}
}

enum exit_status one_shot_ask(const struct command *command, int argc, char **argv,
			      const struct one_shot_question *question)
{
	static const struct one_shot_shape shape = { 0 };
	enum exit_status status = EXIT_NOT_DONE;
	struct one_shot shot;
	struct wt_event answer;
	uint32_t request = 0;
	enum wt_result made;

	if (!one_shot_begin(&shot, command, &shape, argc, argv, &status))
		return status;
	status = EXIT_NOT_DONE;
	if (!one_shot_connect(&shot))
		goto finish;
	made = question->ask(shot.client, &request);
	if (!one_shot_await(&shot, made, request, &answer))
		goto finish;
	if (question->show(&shot, &answer))
		status = EXIT_DONE;
	one_shot_leave(&shot);

finish:
	one_shot_finish(&shot);
	return status;
}
