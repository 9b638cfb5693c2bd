/*
 * The chat's conversation: what each line asks of the library, and what each event is told
 * as. The library is played by the functions below, which note what they are asked and give
 * the events that a test has put in line.
 */
#include "support/unit_test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "chat_ui/chat_session.h"
#include "wiretale/client.h"

#define EVENTS_MAX 32u

static struct {
	uint32_t last_request;
	struct wt_event events[EVENTS_MAX];
	size_t event_count;
	size_t event_next;
	enum wt_result connect_result;
	size_t queue_room; /* TIME requests that are taken before QUEUE_FULL */
	size_t clients;    /* created and not destroyed */
	char name[WT_NAME_MAX_BYTES + 1];
} fake;

struct wt_client {
	bool alive; /* created and not destroyed */
};

static struct text_builder out;
static struct text_builder calls; /* one a line, in order */
static struct chat_session *session;
static struct chat_session_options options;

/* One call. */
#define NOTE(...)                                                                                  \
	do {                                                                                       \
		text_append_format(&calls, __VA_ARGS__);                                           \
		text_append(&calls, "\n");                                                         \
	} while (0)

static enum wt_result make(uint32_t *request)
{
	fake.last_request++;
	if (request)
		*request = fake.last_request;
	return WT_OK;
}

void wt_options_init(struct wt_options *out_options)
{
	*out_options = (struct wt_options){ .size = sizeof(*out_options) };
}

enum wt_result wt_client_create(const struct wt_options *client_options, struct wt_client **client)
{
	static struct wt_client only;

	assert_false(only.alive);
	only.alive = true;
	fake.clients++;
	(void)snprintf(fake.name, sizeof(fake.name), "%s",
		       client_options->name ? client_options->name : "");
	*client = &only;
	return WT_OK;
}

void wt_client_destroy(struct wt_client *client)
{
	if (!client)
		return;
	assert_true(client->alive);
	client->alive = false;
	fake.clients--;
}

enum wt_result wt_client_start_thread(struct wt_client *client)
{
	(void)client;
	return WT_OK;
}

enum wt_result wt_connect(struct wt_client *client, const char *server)
{
	(void)client;
	NOTE("connect %s", server);
	return fake.connect_result;
}

enum wt_result wt_disconnect(struct wt_client *client, int timeout_ms)
{
	struct wt_event *event = &fake.events[fake.event_count++];

	(void)client;
	(void)timeout_ms;
	NOTE("disconnect");
	*event = (struct wt_event){ .kind = WT_EVENT_DISCONNECTED };
	event->as.disconnected.text = "";
	event->as.disconnected.retry_in_ms = -1;
	return WT_OK;
}

int wt_fd(const struct wt_client *client)
{
	(void)client;
	return 7;
}

enum wt_result wt_poll(struct wt_client *client, int timeout_ms, struct wt_event *event)
{
	(void)client;
	assert_int_equal(timeout_ms, 0);
	if (fake.event_next == fake.event_count)
		return WT_TIMEOUT;
	*event = fake.events[fake.event_next++];
	return WT_OK;
}

void wt_get_info(struct wt_client *client, struct wt_info *info)
{
	(void)client;
	*info = (struct wt_info){ .name = NULL };
}

const char *wt_error_text(const struct wt_client *client)
{
	(void)client;
	return fake.connect_result == WT_OK ? "" : "cannot find the host h";
}

enum wt_result wt_time(struct wt_client *client, uint32_t *request)
{
	(void)client;
	if (fake.queue_room == 0)
		return WT_QUEUE_FULL;
	fake.queue_room--;
	NOTE("time");
	return make(request);
}

enum wt_result wt_ping(struct wt_client *client, const void *data, size_t data_bytes,
		       uint32_t *request)
{
	(void)client;
	(void)data;
	(void)data_bytes;
	NOTE("ping");
	return make(request);
}

enum wt_result wt_server_name(struct wt_client *client, uint32_t *request)
{
	(void)client;
	NOTE("name");
	return make(request);
}

enum wt_result wt_list(struct wt_client *client, uint32_t *request)
{
	(void)client;
	NOTE("list");
	return make(request);
}

enum wt_result wt_rooms(struct wt_client *client, uint32_t *request)
{
	(void)client;
	NOTE("rooms");
	return make(request);
}

enum wt_result wt_set_name(struct wt_client *client, const char *name, uint32_t *request)
{
	(void)client;
	NOTE("set-name %s", name);
	return make(request);
}

enum wt_result wt_join(struct wt_client *client, const char *room, uint32_t *request)
{
	(void)client;
	NOTE("join %s", room);
	return make(request);
}

enum wt_result wt_leave(struct wt_client *client, const char *room, uint32_t *request)
{
	(void)client;
	NOTE("leave %s", room);
	return make(request);
}

enum wt_result wt_watch(struct wt_client *client, bool on, uint32_t *request)
{
	(void)client;
	NOTE("watch %d", (int)on);
	return make(request);
}

enum wt_result wt_send(struct wt_client *client, const struct wt_message *message,
		       uint32_t *request)
{
	(void)client;
	NOTE("send %" PRIu32 " %s %s: %.*s", message->to_number,
	     message->to_name ? message->to_name : "-", message->to_room ? message->to_room : "-",
	     (int)message->data_bytes, (const char *)message->data);
	return make(request);
}

/* An event that waits, to be filled in. */
static struct wt_event *put(enum wt_event_kind kind)
{
	struct wt_event *event = &fake.events[fake.event_count++];

	assert_true(fake.event_count <= EVENTS_MAX);
	*event = (struct wt_event){ .kind = kind, .request = fake.last_request };
	return event;
}

static void put_answer(enum wt_request_type type)
{
	put(WT_EVENT_ANSWER)->as.answer.type = type;
}

static void put_connected(void)
{
	struct wt_event *event = put(WT_EVENT_CONNECTED);

	event->as.connected.number = 3;
	event->as.connected.address =
		(struct wt_address){ .family = 4, .port = 51402, .bytes = { 127, 0, 0, 1 } };
	event->as.connected.server_name = "lab";
	event->as.connected.banner = "";
}

/* Takes all that waits, then gives what was told since the last time. */
static const char *told(void)
{
	static char text[65536];

	while (chat_session_take_event(session))
		;
	assert_false(out.truncated);
	(void)snprintf(text, sizeof(text), "%s", text_builder_text(&out));
	text_builder_clear(&out);
	return text;
}

static const char *type(const char *line)
{
	chat_session_line(session, line);
	return told();
}

/* What the library was asked since the last time. */
static const char *asked(void)
{
	static char text[65536];

	(void)snprintf(text, sizeof(text), "%s", text_builder_text(&calls));
	text_builder_clear(&calls);
	return text;
}

static void open_session(void)
{
	session = chat_session_create(&options, &out, &out);
	assert_non_null(session);
	chat_session_start(session);
}

static void connect_session(void)
{
	open_session();
	(void)type("connect h");
	put_connected();
	(void)told();
	(void)asked();
}

static int start(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.queue_room = SIZE_MAX;
	options = (struct chat_session_options){ 0 };
	text_builder_init(&out, 1 << 20);
	text_builder_init(&calls, 60000);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	chat_session_destroy(session);
	session = NULL;
	text_builder_finish(&out);
	text_builder_finish(&calls);
	return fake.clients == 0 ? 0 : -1;
}

static void before_connecting_nothing_is_asked_of_the_library(void **state)
{
	static const char *const lines[] = { "2",        "3",        "4",      "5",
					     "6",        "send 3 x", "@ann x", "rooms",
					     "join tea", "watch",    "ping",   "nick x" };

	(void)state;
	open_session();
	assert_non_null(strstr(told(), "1  connect"));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_non_null(strstr(type(lines[i]), "not connected"));
	assert_string_equal(asked(), "");
	assert_int_equal(chat_session_fd(session), -1);
	assert_string_equal(chat_session_prompt(session), "wiretale> ");
}

static void number_1_asks_where_to(void **state)
{
	(void)state;
	options.server = "from.environment";
	open_session();
	(void)type("1");
	assert_non_null(strstr(chat_session_prompt(session), "[from.environment]"));
	(void)type("10.0.0.1 99");
	assert_string_equal(asked(), "connect 10.0.0.1:99\n");
	assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_ANSWER);
	put_connected();
	assert_non_null(strstr(told(), "You are client 3 (127.0.0.1:51402)"));
	assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_NOTHING);
	assert_string_equal(chat_session_prompt(session), "client 3> ");
	assert_int_equal(chat_session_fd(session), 7);
}

static void an_empty_answer_takes_what_is_offered(void **state)
{
	(void)state;
	open_session();
	(void)type("connect");
	(void)type("");
	assert_string_equal(asked(), "connect " WT_DEFAULT_SERVER "\n");
}

static void a_bad_server_is_told_and_ends_the_question(void **state)
{
	(void)state;
	open_session();
	(void)type("1");
	assert_non_null(strstr(type("host 99999"), "no server"));
	assert_string_equal(asked(), "");
	assert_string_equal(chat_session_prompt(session), "wiretale> ");
}

static void a_host_that_is_not_found_is_told(void **state)
{
	(void)state;
	fake.connect_result = WT_RESOLVE;
	open_session();
	assert_non_null(strstr(type("connect h"), "cannot find the host h"));
	assert_int_equal(fake.clients, 0);
	fake.connect_result = WT_OK;
	(void)type("connect h");
	put_connected();
	assert_non_null(strstr(told(), "Connected"));
}

static void a_refused_connection_is_told_and_may_be_tried_again(void **state)
{
	struct wt_event *event;

	(void)state;
	open_session();
	(void)type("connect h");
	event = put(WT_EVENT_DISCONNECTED);
	event->as.disconnected.reason = WT_SYSTEM;
	event->as.disconnected.text = "cannot connect to h: Connection refused";
	assert_non_null(strstr(told(), "Connection refused"));
	assert_int_equal(fake.clients, 0);
	(void)type("connect h");
	assert_int_equal(fake.clients, 1);
}

static void the_server_named_at_the_start_is_connected_to_at_once(void **state)
{
	(void)state;
	options.server = "h:1";
	options.connect_now = true;
	options.name = "ann";
	open_session();
	assert_string_equal(asked(), "connect h:1\n");
	assert_string_equal(fake.name, "ann");
	put_connected();
	assert_non_null(strstr(told(), "You are called ann."));
	assert_string_equal(chat_session_prompt(session), "ann> ");
}

static void a_name_that_is_taken_is_told(void **state)
{
	(void)state;
	options.name = "ann";
	open_session();
	(void)type("connect h");
	put_connected();
	fake.events[fake.event_count - 1].as.connected.name_status = WT_STATUS_NAME_TAKEN;
	assert_non_null(strstr(told(), "not granted: name-taken"));
	assert_string_equal(chat_session_prompt(session), "client 3> ");
}

static void each_command_asks_one_thing(void **state)
{
	static const struct {
		const char *line;
		const char *call;
	} rows[] = {
		{ "4", "name\n" },
		{ "5", "list\n" },
		{ "rooms", "rooms\n" },
		{ "join #tea", "join tea\n" },
		{ "leave tea", "leave tea\n" },
		{ "nick ann", "set-name ann\n" },
		{ "watch off", "watch 0\n" },
		{ "send 9 two words", "send 9 - -: two words\n" },
		{ "@ann hi", "send 0 ann -: hi\n" },
		{ "6 #tea hi", "send 0 - tea: hi\n" },
	};

	(void)state;
	connect_session();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)type(rows[i].line);
		assert_string_equal(asked(), rows[i].call);
		assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_ANSWER);
	}
}

static void number_6_shows_the_list_then_asks_to_whom_then_what(void **state)
{
	const struct wt_peer peers[] = { { .number = 3 }, { .number = 4, .name = "bob" } };
	struct wt_event *event;

	(void)state;
	connect_session();
	(void)type("6");
	assert_string_equal(asked(), "list\n");
	assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_QUESTION);
	event = put(WT_EVENT_ANSWER);
	event->as.answer.type = WT_REQUEST_LIST;
	event->as.answer.peers = peers;
	event->as.answer.count = 2;
	assert_non_null(strstr(told(), "bob"));
	assert_non_null(strstr(chat_session_prompt(session), "To"));
	(void)type(" 4 ");
	assert_string_equal(chat_session_prompt(session), "Text: ");
	(void)type(" text as it is ");
	assert_string_equal(asked(), "send 4 - -:  text as it is \n");
	assert_string_equal(chat_session_prompt(session), "client 3> ");
}

static void a_question_can_be_left(void **state)
{
	(void)state;
	connect_session();
	(void)type("send 4");
	assert_string_equal(chat_session_prompt(session), "Text: ");
	assert_non_null(strstr(type(""), "Nothing was sent"));
	(void)type("send 4");
	chat_session_cancel(session);
	assert_string_equal(chat_session_prompt(session), "client 3> ");
	(void)type("6");
	chat_session_cancel(session);
	assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_ANSWER);
	assert_null(strstr(asked(), "send"));
}

static void a_wrong_recipient_sends_nothing(void **state)
{
	(void)state;
	connect_session();
	(void)type("6");
	put_answer(WT_REQUEST_LIST);
	(void)told();
	assert_non_null(strstr(type("ann"), "Nothing was sent"));
	assert_null(strstr(asked(), "send"));
	assert_string_equal(chat_session_prompt(session), "client 3> ");
}

static void a_person_is_asked_again(void **state)
{
	(void)state;
	options.interactive = true;
	open_session();
	(void)type("1");
	assert_non_null(strstr(type("2400"), "did you mean :2400?"));
	assert_non_null(strstr(chat_session_prompt(session), "HOST"));
	assert_non_null(strstr(type("http://h"), "without http://"));
	(void)type("h");
	put_connected();
	(void)told();
	(void)type("6");
	put_answer(WT_REQUEST_LIST);
	(void)told();
	(void)type("ann");
	assert_non_null(strstr(chat_session_prompt(session), "To"));
	chat_session_cancel(session);
	assert_non_null(strstr(told(), "Given up"));
	assert_string_equal(chat_session_prompt(session), "client 3> ");
}

static void a_name_or_room_that_is_not_given_is_asked_for(void **state)
{
	(void)state;
	connect_session();
	(void)type("join");
	assert_string_equal(chat_session_prompt(session), "Room: ");
	(void)type("#tea");
	(void)type("nick");
	assert_string_equal(chat_session_prompt(session), "Name: ");
	(void)type("ann lee");
	(void)type("leave");
	assert_non_null(strstr(type(" "), "Nothing was changed"));
	assert_string_equal(asked(), "join tea\nset-name ann lee\n");
}

static void leaving_a_room_that_one_is_not_in_is_told(void **state)
{
	(void)state;
	connect_session();
	(void)type("join tea");
	put_answer(WT_REQUEST_JOIN);
	(void)type("");
	(void)type("leave tea");
	put_answer(WT_REQUEST_LEAVE);
	assert_non_null(strstr(told(), "You have left #tea."));
	assert_false(chat_session_has_failed(session));
	(void)type("leave tea");
	put_answer(WT_REQUEST_LEAVE);
	assert_non_null(strstr(told(), "You were not in #tea."));
	assert_true(chat_session_has_failed(session));
}

static void an_overdue_answer_is_told_once_and_taken_when_it_comes(void **state)
{
	uint64_t now_ms = clock_elapsed_ms();

	(void)state;
	connect_session();
	assert_int_equal(chat_session_timeout_ms(session, now_ms), -1);
	(void)type("name");
	assert_true(chat_session_timeout_ms(session, now_ms) > 9000);
	chat_session_check_time(session, now_ms + 9000);
	assert_string_equal(told(), "");
	chat_session_check_time(session, now_ms + 60000);
	assert_string_equal(told(), "No answer to name for 10 s.\n");
	assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_NOTHING);
	chat_session_check_time(session, now_ms + 90000);
	assert_string_equal(told(), "");
	put_answer(WT_REQUEST_NAME);
	assert_non_null(strstr(told(), "is called"));
}

static void answers_to_a_batch_given_up_are_not_of_the_next(void **state)
{
	(void)state;
	connect_session();
	(void)type("time 2");
	chat_session_check_time(session, clock_elapsed_ms() + 60000);
	assert_non_null(strstr(told(), "No answer to time for 10 s."));
	(void)type("time");
	put_answer(WT_REQUEST_TIME);
	put_answer(WT_REQUEST_TIME);
	assert_string_equal(told(), "");
	assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_ANSWER);
	put_answer(WT_REQUEST_TIME);
	assert_non_null(strstr(told(), "Server time"));
}

static void a_question_lost_with_its_connection_is_known_once(void **state)
{
	(void)state;
	connect_session();
	(void)type("send 4");
	put(WT_EVENT_DISCONNECTED)->as.disconnected.text = "";
	(void)told();
	assert_true(chat_session_lost_question(session));
	assert_false(chat_session_lost_question(session));
}

static void the_verdict_names_its_recipient(void **state)
{
	uint32_t first;
	struct wt_event *event;

	(void)state;
	connect_session();
	(void)type("send @ann one");
	first = fake.last_request;
	(void)type("send 9 two");
	event = put(WT_EVENT_VERDICT);
	event->as.verdict.status = WT_STATUS_NO_SUCH_CLIENT;
	event->as.verdict.text = "";
	event = put(WT_EVENT_VERDICT);
	event->request = first;
	event->as.verdict.outcome = WT_OUTCOME_DELIVERED;
	event->as.verdict.text = "";
	{
		const char *text = told();

		assert_non_null(strstr(text, "To 9: not delivered: no-such-client"));
		assert_non_null(strstr(text, "To @ann: delivered"));
	}
	assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_NOTHING);
}

static void time_100_is_pipelined_and_summed_up(void **state)
{
	const char *text;
	size_t made = 0;

	(void)state;
	connect_session();
	fake.queue_room = 20;
	(void)type("time 25");
	for (text = asked(); (text = strstr(text, "time")); text += 4)
		made++;
	assert_int_equal(made, 20);
	for (size_t i = 0; i < 25; i++) {
		fake.queue_room = 1;
		put_answer(WT_REQUEST_TIME);
		text = told();
		assert_int_equal(*text != '\0', i == 24);
	}
	assert_non_null(strstr(text, "25 requests, 25 responses"));
	assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_NOTHING);
}

static void pings_follow_each_other(void **state)
{
	(void)state;
	connect_session();
	(void)type("ping 2");
	assert_string_equal(asked(), "ping\n");
	put_answer(WT_REQUEST_PING);
	assert_string_equal(told(), "");
	assert_string_equal(asked(), "ping\n");
	put_answer(WT_REQUEST_PING);
	assert_non_null(strstr(told(), "2 requests, 2 responses"));
}

static void a_loss_is_told_and_ends_all_that_waits(void **state)
{
	struct wt_event *event;
	const char *text;

	(void)state;
	connect_session();
	(void)type("name");
	(void)type("time 3");
	(void)type("send 9");
	event = put(WT_EVENT_DISCONNECTED);
	event->as.disconnected.reason = WT_CLOSED;
	event->as.disconnected.text = "the server closed the connection";
	text = told();
	assert_non_null(strstr(text, "Connection lost to h: the server closed the connection"));
	assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_NOTHING);
	assert_string_equal(chat_session_prompt(session), "wiretale> ");
	assert_int_equal(chat_session_fd(session), -1);
	assert_int_equal(fake.clients, 0);
}

static void disconnecting_is_no_loss(void **state)
{
	const char *text;

	(void)state;
	connect_session();
	text = type("2");
	assert_non_null(strstr(text, "Disconnected from h."));
	assert_null(strstr(text, "lost"));
	assert_int_equal(fake.clients, 0);
	assert_false(chat_session_has_ended(session));
	(void)type("0");
	assert_true(chat_session_has_ended(session));
}

static void connecting_can_be_given_up(void **state)
{
	(void)state;
	open_session();
	(void)type("connect h");
	assert_non_null(strstr(type("time"), "still being made"));
	assert_non_null(strstr(type("disconnect"), "Gave up connecting to h."));
	assert_string_equal(asked(), "connect h\ndisconnect\n");
	assert_int_equal(fake.clients, 0);
	assert_string_equal(chat_session_prompt(session), "wiretale> ");
}

static void quitting_leaves_in_order(void **state)
{
	(void)state;
	connect_session();
	(void)type("quit");
	assert_string_equal(asked(), "disconnect\n");
	assert_true(chat_session_has_ended(session));
}

static void a_second_connect_is_refused(void **state)
{
	(void)state;
	connect_session();
	assert_non_null(strstr(type("1"), "already"));
	assert_non_null(strstr(type("connect other"), "already"));
	assert_string_equal(asked(), "");
}

static void messages_are_told_whatever_is_being_asked(void **state)
{
	struct wt_event *event;

	(void)state;
	connect_session();
	(void)type("send 4");
	event = put(WT_EVENT_MESSAGE);
	event->as.message.from =
		(struct wt_peer){ .number = 8, .name = "bob", .address = { .family = 4 } };
	event->as.message.data = "knock\033";
	event->as.message.data_bytes = 6;
	assert_non_null(strstr(told(), "8 @bob (0.0.0.0:0): knock\\x1b"));
	assert_string_equal(chat_session_prompt(session), "Text: ");
	assert_non_null(chat_roster_find(chat_session_roster(session), 8));
}

static void presence_is_told_only_to_those_who_watch(void **state)
{
	struct wt_event *event;

	(void)state;
	connect_session();
	event = put(WT_EVENT_PRESENCE);
	event->as.presence.came = true;
	event->as.presence.peer = (struct wt_peer){ .number = 8, .name = "bob" };
	assert_string_equal(told(), "");
	(void)type("watch on");
	put_answer(WT_REQUEST_WATCH);
	(void)told();
	event = put(WT_EVENT_PRESENCE);
	event->as.presence.came = true;
	event->as.presence.peer =
		(struct wt_peer){ .number = 8, .name = "carol", .address = { .family = 4 } };
	assert_non_null(strstr(told(), "8 @bob (0.0.0.0:0) is called carol now"));
	event = put(WT_EVENT_PRESENCE);
	event->as.presence.peer =
		(struct wt_peer){ .number = 8, .name = "carol", .address = { .family = 4 } };
	assert_non_null(strstr(told(), "went"));
	assert_null(chat_roster_find(chat_session_roster(session), 8));
}

static void a_person_gets_names_to_complete_without_asking(void **state)
{
	const struct wt_peer peers[] = { { .number = 4, .name = "bob" } };
	struct wt_event *event;

	(void)state;
	options.interactive = true;
	open_session();
	(void)type("connect h");
	put_connected();
	assert_non_null(strstr(told(), "6  send"));
	assert_string_equal(asked(), "connect h\nwatch 1\nlist\n");
	assert_int_equal(chat_session_waits_for(session), CHAT_WAIT_NOTHING);
	event = put(WT_EVENT_ANSWER);
	event->as.answer.type = WT_REQUEST_LIST;
	event->as.answer.peers = peers;
	event->as.answer.count = 1;
	assert_string_equal(told(), "");
	assert_non_null(chat_roster_find(chat_session_roster(session), 4));
}

static void a_refusal_is_told_with_its_reason(void **state)
{
	struct wt_event *event;

	(void)state;
	connect_session();
	(void)type("nick ann");
	event = put(WT_EVENT_ANSWER);
	event->as.answer.type = WT_REQUEST_HELLO;
	event->as.answer.result = WT_REFUSED;
	event->as.answer.status = WT_STATUS_NAME_TAKEN;
	event->as.answer.text = "so it is \033[2J";
	assert_non_null(strstr(told(), "That was not done: name-taken (so it is \\x1b[2J)."));
	assert_string_equal(chat_session_prompt(session), "client 3> ");
	(void)type("nick bob");
	put_answer(WT_REQUEST_HELLO);
	(void)told();
	assert_string_equal(chat_session_prompt(session), "bob> ");
}

static void requests_without_answer_have_a_ceiling(void **state)
{
	(void)state;
	connect_session();
	for (size_t i = 0; i < 1024; i++)
		assert_string_equal(type("name"), "");
	(void)asked();
	assert_string_not_equal(type("name"), "");
	assert_string_equal(asked(), "");
}

static void the_servers_bye_is_told(void **state)
{
	(void)state;
	connect_session();
	put(WT_EVENT_CLOSING)->as.closing.text = "going down \033";
	assert_non_null(strstr(told(), "going down \\x1b"));
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, start, stop)

static void note_connecting(void *context, const char *server)
{
	(void)context;
	NOTE("wire: to %s", server);
}

static void note_tried(void *context, const struct wt_info *info)
{
	(void)context;
	(void)info;
	NOTE("wire: tried");
}

static void show_segments(void *context, struct text_builder *text)
{
	(void)context;
	text_append(text, "<segments>\n");
}

static void show_the_closing(void *context, struct text_builder *text)
{
	(void)context;
	text_append(text, "<closing>\n");
}

static void segments_stand_under_what_is_told_and_under_nothing_else(void **state)
{
	static const struct chat_wire wire = { .connecting = note_connecting,
					       .tried = note_tried,
					       .told = show_segments,
					       .ended = show_the_closing };
	const char *text;

	(void)state;
	options.wire = &wire;
	open_session();
	(void)type("connect h:99");
	assert_string_equal(asked(), "wire: to h:99\nconnect h:99\n");
	put_connected();
	text = told();
	assert_string_equal(asked(), "wire: tried\n");
	assert_non_null(strstr(text, "<segments>"));
	assert_null(strstr(type("help"), "<segments>")); /* nothing passed for it */
	(void)type("name");
	put_answer(WT_REQUEST_NAME);
	text = told();
	assert_non_null(strstr(text, "is called"));
	assert_ptr_equal(strstr(text, "<segments>\n") + strlen("<segments>\n"),
			 text + strlen(text));
	put(WT_EVENT_DISCONNECTED)->as.disconnected.retry_in_ms = -1;
	assert_non_null(strstr(told(), "<closing>\n"));

	/* And with the sentence about a connection that could not be made. */
	(void)type("connect h:98");
	(void)asked();
	put(WT_EVENT_DISCONNECTED)->as.disconnected.reason = WT_SYSTEM;
	text = told();
	assert_string_equal(asked(), "wire: tried\n");
	assert_non_null(strstr(text, "No connection"));
	assert_non_null(strstr(text, "<closing>\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(before_connecting_nothing_is_asked_of_the_library),
		CASE(number_1_asks_where_to),
		CASE(an_empty_answer_takes_what_is_offered),
		CASE(a_bad_server_is_told_and_ends_the_question),
		CASE(a_host_that_is_not_found_is_told),
		CASE(a_refused_connection_is_told_and_may_be_tried_again),
		CASE(the_server_named_at_the_start_is_connected_to_at_once),
		CASE(a_name_that_is_taken_is_told),
		CASE(each_command_asks_one_thing),
		CASE(number_6_shows_the_list_then_asks_to_whom_then_what),
		CASE(a_question_can_be_left),
		CASE(a_wrong_recipient_sends_nothing),
		CASE(a_person_is_asked_again),
		CASE(a_name_or_room_that_is_not_given_is_asked_for),
		CASE(leaving_a_room_that_one_is_not_in_is_told),
		CASE(an_overdue_answer_is_told_once_and_taken_when_it_comes),
		CASE(answers_to_a_batch_given_up_are_not_of_the_next),
		CASE(a_question_lost_with_its_connection_is_known_once),
		CASE(the_verdict_names_its_recipient),
		CASE(time_100_is_pipelined_and_summed_up),
		CASE(pings_follow_each_other),
		CASE(a_loss_is_told_and_ends_all_that_waits),
		CASE(disconnecting_is_no_loss),
		CASE(connecting_can_be_given_up),
		CASE(quitting_leaves_in_order),
		CASE(a_second_connect_is_refused),
		CASE(messages_are_told_whatever_is_being_asked),
		CASE(presence_is_told_only_to_those_who_watch),
		CASE(a_person_gets_names_to_complete_without_asking),
		CASE(a_refusal_is_told_with_its_reason),
		CASE(requests_without_answer_have_a_ceiling),
		CASE(the_servers_bye_is_told),
		CASE(segments_stand_under_what_is_told_and_under_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
