/* wiretale listen: prints what is sent to it. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "programs/one_shot.h"
#include "programs/one_shot_wire.h"

/* For the signal handler alone, which can be given nothing else. */
static volatile sig_atomic_t stop_wanted;
static struct wt_client *client_to_wake;

static void want_stop(int signal_number)
{
	(void)signal_number;
	stop_wanted = 1;
	wt_wakeup(client_to_wake);
}

static void catch_signals(struct wt_client *client)
{
	struct sigaction action = { .sa_handler = want_stop };

	client_to_wake = client;
	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
}

/* Before the client goes, which the handler would wake. */
static void release_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
}

static bool write_message(struct one_shot *shot, const struct wt_event *event)
{
	struct json_writer json = json_writer_on(&shot->out);

	if (!shot->json) {
		render_message(&shot->out, shot->style, event);
		return one_shot_flush(shot);
	}
	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "message");
	json_name(&json, "number");
	json_unsigned(&json, event->as.message.number);
	json_name(&json, "from");
	json_begin_object(&json);
	json_name(&json, "number");
	json_unsigned(&json, event->as.message.from.number);
	one_shot_json_address(&json, &event->as.message.from.address);
	one_shot_json_name_or_null(&json, "name", event->as.message.from.name);
	json_end_object(&json);
	one_shot_json_name_or_null(&json, "room", event->as.message.room);
	one_shot_json_time(&json, "time", event->as.message.time_ns);
	one_shot_json_data(&json, event->as.message.data, event->as.message.data_bytes);
	json_end_object(&json);
	return one_shot_end_line(shot);
}

/* False: there is no connection any more, and none will be made. */
static bool tell_loss(const struct wt_event *event)
{
	struct text_builder reason;
	int32_t retry_in_ms = event->as.disconnected.retry_in_ms;

	text_builder_init(&reason, 4096);
	render_disconnect_reason(&reason, event);
	if (retry_in_ms >= 0)
		one_shot_complain(
			"the connection was lost: %s; trying again in %" PRId32 ".%03" PRId32 " s.",
			text_builder_text(&reason), retry_in_ms / 1000, retry_in_ms % 1000);
	else
		one_shot_complain("the connection was lost: %s.", text_builder_text(&reason));
	text_builder_finish(&reason);
	return retry_in_ms >= 0;
}

static void tell_why_it_closes(const struct wt_event *event)
{
	const char *text = event->as.closing.text ? event->as.closing.text : "";
	struct text_builder words;

	text_builder_init(&words, 4096);
	text_append_harmless(&words, text, strnlen(text, 400));
	one_shot_complain("the server closes the connection: %s.", text_builder_text(&words));
	text_builder_finish(&words);
}

/* On standard error, so that a script knows when it may send, and to whom. */
static void tell_who_we_are(const struct one_shot *shot)
{
	struct wt_info info;

	wt_get_info(shot->client, &info);
	if (shot->name)
		one_shot_complain("listening at %s as client %" PRIu32 ", @%s.", shot->server,
				  info.number, shot->name);
	else
		one_shot_complain("listening at %s as client %" PRIu32 ".", shot->server,
				  info.number);
}

/* Until `wanted` messages came (0: for ever), a signal, or the end of the connection. */
static enum exit_status print_messages(struct one_shot *shot, uint64_t wanted)
{
	uint64_t seen = 0;

	while (!stop_wanted && (wanted == 0 || seen < wanted)) {
		struct wt_event event;
		enum wt_result result = wt_poll(shot->client, -1, &event);

		if (result == WT_TIMEOUT)
			continue;
		if (result != WT_OK) {
			one_shot_complain("the connection was lost: %s.", wt_result_text(result));
			return EXIT_NOT_DONE;
		}
		if (event.kind == WT_EVENT_MESSAGE) {
			/* Not acknowledged unless it was written: that is done by the next call. */
			if (!write_message(shot, &event))
				return EXIT_NOT_DONE;
			wire_view_show(shot->wire);
			seen++;
		} else if (event.kind == WT_EVENT_DISCONNECTED) {
			if (!tell_loss(&event))
				return EXIT_NOT_DONE;
			one_shot_wire_lost(shot);
		} else if (event.kind == WT_EVENT_CONNECTED) {
			one_shot_wire_tried(shot);
			tell_who_we_are(shot);
		} else if (event.kind == WT_EVENT_CLOSING) {
			tell_why_it_closes(&event);
		}
	}
	one_shot_leave(shot);
	return seen < wanted ? EXIT_NOT_DONE : EXIT_DONE;
}

static bool join_rooms(struct one_shot *shot)
{
	const struct one_shot_arguments *arguments = &shot->arguments;

	for (size_t i = 0; i < arguments->room_count; i++) {
		struct wt_event event;
		uint32_t request = 0;
		enum wt_result made = wt_join(shot->client, arguments->rooms[i], &request);

		if (!one_shot_await(shot, made, request, &event))
			return false;
	}
	return true;
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	static const struct one_shot_shape shape = { 0 };
	enum exit_status status = EXIT_NOT_DONE;
	struct one_shot shot;

	if (!one_shot_begin(&shot, self, &shape, argc, argv, &status))
		return status;
	status = EXIT_NOT_DONE;
	if (one_shot_connect(&shot)) {
		catch_signals(shot.client);
		if (join_rooms(&shot)) {
			tell_who_we_are(&shot);
			status = print_messages(&shot, shot.arguments.count);
		}
		release_signals();
	}
	one_shot_finish(&shot);
	return status;
}

static const struct command_option options[] = {
	{ .key = ONE_SHOT_NAME,
	  .name = "name",
	  .value = "NAME",
	  .help = "be called so: others then send to @NAME" },
	{ .key = ONE_SHOT_JOIN,
	  .name = "join",
	  .value = "ROOM",
	  .help = "get what is sent to #ROOM too; may be repeated, up to 64 rooms" },
	{ .key = ONE_SHOT_COUNT, .name = "count", .value = "N", .help = "end after N messages" },
	{ .key = ONE_SHOT_RECONNECT,
	  .name = "reconnect",
	  .help = "connect again where the connection is lost, after a random and growing time; "
		  "the name is asked for and the rooms are joined again" },
	ONE_SHOT_WIRE_ROW,
	ONE_SHOT_SERVER_ROW,
	ONE_SHOT_TIMEOUT_ROW("for connecting (default: 10)"),
	ONE_SHOT_JSON_ROW("one object a line; text that is not UTF-8 is data_base64"),
	{ 0 },
};

const struct command command_listen = {
	.name = "listen",
	.summary = "print what is sent to you",
	.usage = "[OPTION]...",
	.about = "Stays connected and prints each message that comes, one a line, with the "
		 "sender's number, name, address and the time. A message counts as delivered once "
		 "it is printed. Control characters in it are shown as escapes. Ends in order on "
		 "Ctrl-C or SIGTERM.",
	.options = options,
	.examples = "wiretale listen --name ann\n"
		    "wiretale listen --join tea --count 1 --json\n"
		    "  {\"type\":\"message\",\"number\":1,\"from\":{\"number\":3,\n"
		    "   \"address\":\"127.0.0.1:51402\",\"name\":null},\"room\":\"tea\",\n"
		    "   \"time\":\"2026-11-20T21:00:00.123456789+08:00\",\"data\":\"hello\"}",
	.statuses = "0 ended as asked; 1 before N messages came, by a loss or a name that was not "
		    "granted; 2 wrong usage; 3 this machine lacks something.",
	.run = run,
};
