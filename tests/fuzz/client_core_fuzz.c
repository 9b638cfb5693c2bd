/*
 * The client's core under the orders of the fuzzer: each byte of the input is something
 * that happens, some with a parameter behind it; see `happenings`. The server may say raw
 * bytes of the input, or frames that are well formed, so that the fuzzer gets deep.
 *
 * What must hold whatever happens: all that an event points to can be read; what the client
 * says is well formed; every message gets exactly one verdict; nothing is left at the end;
 * and the input buffer keeps to its bound.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/byte_reader.h"
#include "relay_client/client_core.h"
#include "relay_client/core_requests.h"
#include "support/server_script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_MAX_MESSAGES 512u

struct fuzz {
	struct client_core core;
	struct byte_reader orders; /* what is left of the input */
	uint64_t now_ns;
	uint32_t sent;        /* messages that were queued */
	uint32_t verdicts;    /* that came */
	uint64_t seen;        /* all bytes that events pointed to, added up */
	struct script script; /* last: its bytes are written before they are read */
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void touch(struct fuzz *fuzz, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;

	for (size_t i = 0; i < length; i++)
		fuzz->seen += next[i];
}

static void touch_text(struct fuzz *fuzz, const char *text)
{
	if (text)
		touch(fuzz, text, strlen(text));
}

static void touch_answer(struct fuzz *fuzz, const struct wt_event *event)
{
	touch_text(fuzz, event->as.answer.text);
	touch_text(fuzz, event->as.answer.name);
	touch(fuzz, event->as.answer.data, event->as.answer.data_bytes);
	for (size_t i = 0; event->as.answer.peers && i < event->as.answer.count; i++)
		touch_text(fuzz, event->as.answer.peers[i].name);
	for (size_t i = 0; event->as.answer.rooms && i < event->as.answer.count; i++)
		touch_text(fuzz, event->as.answer.rooms[i].name);
}

static void touch_event(struct fuzz *fuzz, const struct wt_event *event)
{
	switch (event->kind) {
	case WT_EVENT_CONNECTED:
		touch_text(fuzz, event->as.connected.server_name);
		touch_text(fuzz, event->as.connected.banner);
		break;
	case WT_EVENT_DISCONNECTED:
		touch_text(fuzz, event->as.disconnected.text);
		break;
	case WT_EVENT_MESSAGE:
		touch_text(fuzz, event->as.message.from.name);
		touch_text(fuzz, event->as.message.room);
		touch(fuzz, event->as.message.data, event->as.message.data_bytes);
		if (event->as.message.message_id) {
			touch(fuzz, event->as.message.message_id, WT_MESSAGE_ID_BYTES);
			(void)core_is_repeated(&fuzz->core, event->as.message.message_id,
					       fuzz->now_ns);
		}
		break;
	case WT_EVENT_VERDICT:
		check(event->request != 0);
		fuzz->verdicts++;
		touch_text(fuzz, event->as.verdict.text);
		break;
	case WT_EVENT_ANSWER:
		touch_answer(fuzz, event);
		break;
	case WT_EVENT_PRESENCE:
		touch_text(fuzz, event->as.presence.peer.name);
		break;
	case WT_EVENT_CLOSING:
		touch_text(fuzz, event->as.closing.text);
		break;
	case WT_EVENT_NONE:
		abort();
	}
}

static void take_events(struct fuzz *fuzz, size_t at_most)
{
	struct wt_event event;

	for (size_t taken = 0; taken < at_most; taken++) {
		core_release_event(&fuzz->core);
		if (!core_next_event(&fuzz->core, &event))
			return;
		touch_event(fuzz, &event);
	}
}

/* --- What may happen --- */

static void say_raw(struct fuzz *fuzz)
{
	size_t length = byte_reader_u8(&fuzz->orders);
	size_t room = 0;
	uint8_t *into = core_input_room(&fuzz->core, &room);
	const uint8_t *bytes;

	check(fuzz->core.input.capacity <=
	      RELAY_FRAME_HEADER_BYTES + RELAY_BODY_MAX_BYTES + RELAY_SERVER_EXTRA_BYTES);
	if (length > fuzz->orders.left)
		length = fuzz->orders.left;
	if (length > room)
		length = room;
	bytes = byte_reader_bytes(&fuzz->orders, length);
	if (!into || !bytes || fuzz->core.state == CORE_CONNECTING)
		return;
	memcpy(into, bytes, length);
	core_received(&fuzz->core, length, fuzz->now_ns);
}

static void say_script(struct fuzz *fuzz)
{
	size_t room = 0;
	uint8_t *into = core_input_room(&fuzz->core, &room);
	size_t length = fuzz->script.writer.length;

	if (into && room >= length && fuzz->core.state != CORE_CONNECTING) {
		memcpy(into, fuzz->script.bytes, length);
		core_received(&fuzz->core, length, fuzz->now_ns);
	}
	script_start(&fuzz->script);
}

static void say_good_hello(struct fuzz *fuzz)
{
	say_hello_with(&fuzz->script, 7, 2048, byte_reader_u8(&fuzz->orders) * 100u);
	say_script(fuzz);
}

static void say_next_message(struct fuzz *fuzz)
{
	static const uint8_t message_id[16] = { 1 };
	bool has_id = byte_reader_u8(&fuzz->orders) % 2;

	say_message(&fuzz->script, fuzz->core.messages_seen + 1, has_id ? "attic" : NULL, "hi",
		    has_id ? message_id : NULL);
	say_script(fuzz);
}

/* An answer to the request that is open longest, or the k-th behind it. */
static void answer_one(struct fuzz *fuzz)
{
	uint8_t how = byte_reader_u8(&fuzz->orders);
	const struct in_flight_request *request =
		in_flight_first(&fuzz->core.in_flight, &fuzz->core.in_flight.open);

	for (uint8_t k = how % 4; request && k > 0; k--)
		request = in_flight_next(&fuzz->core.in_flight, request);
	if (!request)
		return;
	if (how & 0x80) {
		say_refusal(&fuzz->script, request->type, how % 16, request->id, "no");
	} else if (request->type == RELAY_TYPE_TIME) {
		say_time(&fuzz->script, request->id);
	} else if (request->type == RELAY_TYPE_SEND) {
		say_delivered(&fuzz->script, request->id, how & 0x40 ? UINT32_MAX : 0, how & 0x20);
	} else if (request->type == RELAY_TYPE_HELLO) {
		say_named(&fuzz->script, request->id, how & 0x40 ? NULL : "bob");
	} else if (request->type == RELAY_TYPE_JOIN) {
		say_joined(&fuzz->script, request->id, 1);
	} else if (request->type == RELAY_TYPE_LIST) {
		uint32_t last = request->pages ? request->pages->last_number : 0;

		say_list_page(&fuzz->script, request->id, last + 1, last + how % 8,
			      how & 0x40 ? "on" : NULL);
	} else {
		say_bare(&fuzz->script, RELAY_RESPONSE, request->type, request->id);
	}
	say_script(fuzz);
}

static void ask(struct fuzz *fuzz)
{
	static const uint8_t types[] = { RELAY_TYPE_TIME,  RELAY_TYPE_NAME,  RELAY_TYPE_LIST,
					 RELAY_TYPE_ROOMS, RELAY_TYPE_PING,  RELAY_TYPE_JOIN,
					 RELAY_TYPE_LEAVE, RELAY_TYPE_WATCH, RELAY_TYPE_HELLO };
	uint8_t which = byte_reader_u8(&fuzz->orders);
	struct core_request request = { .type = types[which % sizeof(types)] };
	uint32_t id;

	if (request.type == RELAY_TYPE_JOIN || request.type == RELAY_TYPE_LEAVE)
		request.to_room = script_name(which & 0x80 ? "attic" : "cellar");
	request.has_flag = request.type == RELAY_TYPE_WATCH;
	request.flag = which & 0x80;
	if (request.type == RELAY_TYPE_HELLO)
		request.name = script_name("eve");
	(void)core_request(&fuzz->core, &request, fuzz->now_ns, &id);
}

static void send_one(struct fuzz *fuzz)
{
	static const char text[3000];
	uint8_t how = byte_reader_u8(&fuzz->orders);
	struct core_request send = { .type = RELAY_TYPE_SEND, .has_data = true, .data = text };
	uint32_t id;

	if (fuzz->sent == FUZZ_MAX_MESSAGES)
		return;
	send.data_bytes = how >= 0xfe ? sizeof(text) : how;
	if (how % 3 == 0)
		send.to_number = 3;
	else if (how % 3 == 1)
		send.to_name = script_name("ann");
	else
		send.to_room = script_name("attic");
	fuzz->sent += core_request(&fuzz->core, &send, fuzz->now_ns, &id) == WT_OK;
}

static void let_time_pass(struct fuzz *fuzz)
{
	fuzz->now_ns += byte_reader_u8(&fuzz->orders) * 100 * NS_PER_MS;
	core_tick(&fuzz->core, fuzz->now_ns);
}

static void reach_deadline(struct fuzz *fuzz)
{
	uint64_t deadline = core_deadline(&fuzz->core);

	if (deadline != CORE_NEVER && deadline > fuzz->now_ns)
		fuzz->now_ns = deadline;
	core_tick(&fuzz->core, fuzz->now_ns);
}

static void take_some(struct fuzz *fuzz)
{
	take_events(fuzz, byte_reader_u8(&fuzz->orders) % 4);
}

static void take_many(struct fuzz *fuzz)
{
	take_events(fuzz, SIZE_MAX);
}

static void connect_now(struct fuzz *fuzz)
{
	if (fuzz->core.state == CORE_IDLE && !core_has_event(&fuzz->core))
		core_connect(&fuzz->core, fuzz->now_ns);
	if (fuzz->core.state == CORE_CONNECTING && core_wants_stream(&fuzz->core))
		core_stream_started(&fuzz->core, fuzz->now_ns);
}

static void break_stream(struct fuzz *fuzz)
{
	if (core_wants_stream(&fuzz->core))
		core_stream_ended(&fuzz->core, WT_CLOSED, "broken", fuzz->now_ns);
}

/* The kernel takes all, and what it takes is well formed. */
static void flush(struct fuzz *fuzz)
{
	struct byte_queue taken;
	struct relay_message message;
	struct relay_frame frame;
	size_t size;

	byte_queue_init(&taken, 0);
	(void)core_take_output(&fuzz->core, &taken);
	core_sent(&fuzz->core, byte_queue_length(&taken));
	while (byte_queue_length(&taken) > 0) {
		check(relay_frame_decode(byte_queue_bytes(&taken), byte_queue_length(&taken),
					 RELAY_BODY_MAX_BYTES, &frame, &size) == RELAY_FRAME_OK);
		check(relay_message_decode(&frame, &message, NULL) == RELAY_MESSAGE_OK);
		check(frame.kind == RELAY_REQUEST || frame.kind == RELAY_ACKNOWLEDGEMENT);
		byte_queue_drop(&taken, size);
	}
	byte_queue_finish(&taken);
}

static void acknowledge(struct fuzz *fuzz)
{
	uint32_t number = byte_reader_u8(&fuzz->orders);

	if (number != 0 && number <= fuzz->core.messages_seen)
		(void)core_acknowledge(&fuzz->core, number % 2 ? number : 0, number);
}

static void say_ping(struct fuzz *fuzz)
{
	say_bare(&fuzz->script, RELAY_INDICATION, RELAY_TYPE_PING, fuzz->core.pings_seen + 1);
	say_script(fuzz);
}

static void say_goodbye(struct fuzz *fuzz)
{
	uint8_t how = byte_reader_u8(&fuzz->orders);

	say_text(&fuzz->script, how % 2 ? RELAY_TYPE_BYE : RELAY_TYPE_ERROR, how % 2 ? 0 : 6,
		 "bye");
	say_script(fuzz);
}

static void say_somebody_came(struct fuzz *fuzz)
{
	say_presence(&fuzz->script, byte_reader_u8(&fuzz->orders) % 2, 4, "eve");
	say_script(fuzz);
}

static void leave(struct fuzz *fuzz)
{
	if (byte_reader_u8(&fuzz->orders) % 4 == 0)
		core_abandon(&fuzz->core);
	else if (!core_is_over(&fuzz->core))
		core_leave(&fuzz->core, fuzz->now_ns);
}

static void (*const happenings[])(struct fuzz *fuzz) = {
	say_raw,     /* 0 */
	connect_now, /* 1 */
	say_good_hello,    answer_one,     ask,
	send_one, /* 5 */
	take_some,         take_many,      flush,
	let_time_pass,     reach_deadline, /* 10 */
	break_stream,      acknowledge,    say_next_message,
	say_ping,          say_goodbye, /* 15 */
	say_somebody_came, leave,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct core_options options = {
		.connect_timeout_ns = 10 * NS_PER_S,
		.max_in_flight = 64,
		.max_unsent_bytes = 20000,
		.secret = { { 1, 2 } },
	};
	/* Not on the heap: 70 KB of fresh memory for each input take longer than most inputs do. */
	static struct fuzz only;
	struct fuzz *fuzz = &only;
	uint8_t how;

	memset(fuzz, 0, offsetof(struct fuzz, script));
	fuzz->orders = byte_reader_over(data, size);
	how = byte_reader_u8(&fuzz->orders);
	options.reconnect = how & 1;
	options.name = how & 2 ? "bob" : NULL;
	core_init(&fuzz->core, &options);
	script_start(&fuzz->script);
	fuzz->now_ns = 1000 * NS_PER_S;
	connect_now(fuzz);
	while (fuzz->orders.left > 0) {
		size_t which = byte_reader_u8(&fuzz->orders);

		happenings[which % (sizeof(happenings) / sizeof(happenings[0]))](fuzz);
	}
	core_abandon(&fuzz->core);
	take_events(fuzz, SIZE_MAX);
	check(fuzz->verdicts == fuzz->sent);
	check(fuzz->core.in_flight.count == 0 && fuzz->core.kept_bytes == 0 &&
	      fuzz->core.pages_bytes == 0);
	core_finish(&fuzz->core);
	return 0;
}
