/*
 * A client without a socket on a test bench: what the server says is a script of bytes, the
 * clock is a number, and what the client says is decoded again. Included behind unit_test.h.
 */
#ifndef TESTS_SUPPORT_CORE_BENCH_H
#define TESTS_SUPPORT_CORE_BENCH_H

#include <stdlib.h>
#include <string.h>

#include "relay_client/client_core.h"
#include "relay_client/core_requests.h"
#include "support/server_script.h"

#define MS NS_PER_MS
#define S NS_PER_S

struct bench {
	struct client_core core;
	uint64_t now_ns;
	struct byte_queue sent;    /* what the client said and nobody looked at yet */
	struct wt_event event;     /* the last that was taken */
	struct relay_frame frame;  /* the last that the client said */
	struct relay_message said; /* its fields */
	uint8_t said_bytes[70000]; /* what they point into */
	struct script script;
};

static const struct core_options usual __attribute__((unused)) = {
	.connect_timeout_ns = 10 * S,
	.max_in_flight = 16384,
	.max_unsent_bytes = (size_t)4 * 1024 * 1024,
	.secret = { { 1, 2 } },
};

/* A name, and reconnection. */
static const struct core_options lasting __attribute__((unused)) = {
	.name = "bob",
	.reconnect = true,
	.connect_timeout_ns = 10 * S,
	.max_in_flight = 16384,
	.max_unsent_bytes = (size_t)4 * 1024 * 1024,
	.secret = { { 1, 2 } },
};

static inline struct bench *bench_create(const struct core_options *options)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	core_init(&bench->core, options);
	byte_queue_init(&bench->sent, (size_t)64 * 1024 * 1024);
	bench->now_ns = 1000 * S;
	script_start(&bench->script);
	return bench;
}

static inline void bench_destroy(struct bench *bench)
{
	core_finish(&bench->core);
	byte_queue_finish(&bench->sent);
	free(bench);
}

static inline void feed(struct bench *bench, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		size_t room = 0;
		uint8_t *into = core_input_room(&bench->core, &room);
		size_t part = room < length ? room : length;

		assert_non_null(into);
		memcpy(into, bytes, part);
		core_received(&bench->core, part, bench->now_ns);
		bytes += part;
		length -= part;
	}
}

/* The server says what the script holds; the script begins anew. */
static inline void say(struct bench *bench)
{
	assert_false(bench->script.writer.overflowed);
	feed(bench, bench->script.bytes, bench->script.writer.length);
	script_start(&bench->script);
}

static inline bool take(struct bench *bench)
{
	core_release_event(&bench->core);
	return core_next_event(&bench->core, &bench->event);
}

static inline void expect(struct bench *bench, enum wt_event_kind kind)
{
	assert_true(take(bench));
	assert_int_equal(bench->event.kind, kind);
}

static inline void expect_nothing(struct bench *bench)
{
	assert_false(take(bench));
}

static inline void collect(struct bench *bench)
{
	struct byte_queue taken;

	byte_queue_init(&taken, 0);
	if (core_take_output(&bench->core, &taken)) {
		core_sent(&bench->core, byte_queue_length(&taken));
		assert_true(byte_queue_push(&bench->sent, byte_queue_bytes(&taken),
					    byte_queue_length(&taken)));
	}
	byte_queue_finish(&taken);
}

/* The next frame that the client said; false: it said nothing more. */
static inline bool hear(struct bench *bench)
{
	const char *problem = "";
	size_t size;

	collect(bench);
	if (byte_queue_length(&bench->sent) == 0)
		return false;
	assert_int_equal(relay_frame_decode(byte_queue_bytes(&bench->sent),
					    byte_queue_length(&bench->sent), RELAY_BODY_MAX_BYTES,
					    &bench->frame, &size),
			 RELAY_FRAME_OK);
	assert_true(bench->frame.length <= sizeof(bench->said_bytes));
	memcpy(bench->said_bytes, bench->frame.body, bench->frame.length);
	bench->frame.body = bench->said_bytes;
	byte_queue_drop(&bench->sent, size);
	if (relay_message_decode(&bench->frame, &bench->said, &problem) != RELAY_MESSAGE_OK)
		fail_msg("the client said something malformed: %s", problem);
	return true;
}

static inline void expect_said(struct bench *bench, enum relay_kind kind, enum relay_type type)
{
	assert_true(hear(bench));
	assert_int_equal(bench->frame.kind, kind);
	assert_int_equal(bench->frame.type, type);
}

static inline void expect_silence(struct bench *bench)
{
	assert_false(hear(bench));
}

static inline void assert_bytes(struct relay_bytes bytes, const char *text)
{
	assert_int_equal(bytes.length, strlen(text));
	assert_memory_equal(bytes.bytes, text, bytes.length);
}

static inline void start_stream(struct bench *bench)
{
	assert_true(core_wants_stream(&bench->core));
	core_stream_started(&bench->core, bench->now_ns);
}

/* Connected, with HELLO, where no name is asked for. */
static inline struct bench *connected(const struct core_options *options)
{
	struct bench *bench = bench_create(options);

	core_connect(&bench->core, bench->now_ns);
	start_stream(bench);
	say_hello(&bench->script);
	say(bench);
	expect(bench, WT_EVENT_CONNECTED);
	expect_nothing(bench);
	expect_silence(bench);
	return bench;
}

static inline uint32_t request(struct bench *bench, const struct core_request *request)
{
	uint32_t id = 0;

	assert_int_equal(core_request(&bench->core, request, bench->now_ns, &id), WT_OK);
	assert_int_not_equal(id, 0);
	return id;
}

static inline uint32_t ask(struct bench *bench, enum relay_type type)
{
	return request(bench, &(struct core_request){ .type = type });
}

static inline struct core_request to_number(uint32_t number)
{
	return (struct core_request){
		.type = RELAY_TYPE_SEND,
		.to_number = number,
		.has_data = true,
		.data = "hi",
		.data_bytes = 2,
	};
}

static inline struct core_request to_name(const char *name)
{
	struct core_request send = to_number(0);

	send.to_name = script_name(name);
	return send;
}

static inline struct core_request to_room(const char *room)
{
	struct core_request send = to_number(0);

	send.to_room = script_name(room);
	return send;
}

static inline uint32_t send_to(struct bench *bench, struct core_request send)
{
	return request(bench, &send);
}

static inline void close_stream(struct bench *bench)
{
	core_stream_ended(&bench->core, WT_CLOSED, "the server closed the connection",
			  bench->now_ns);
}

static inline void expect_verdict(struct bench *bench, uint32_t id, enum wt_outcome outcome,
				  enum wt_status status)
{
	expect(bench, WT_EVENT_VERDICT);
	assert_int_equal(bench->event.request, id);
	assert_int_equal(bench->event.as.verdict.outcome, outcome);
	assert_int_equal(bench->event.as.verdict.status, status);
}

static inline void expect_answer(struct bench *bench, uint32_t id, enum wt_request_type type,
				 enum wt_result result)
{
	expect(bench, WT_EVENT_ANSWER);
	assert_int_equal(bench->event.request, id);
	assert_int_equal(bench->event.as.answer.type, type);
	assert_int_equal(bench->event.as.answer.result, result);
}

static inline void expect_end(struct bench *bench, enum wt_result reason)
{
	expect(bench, WT_EVENT_DISCONNECTED);
	assert_int_equal(bench->event.as.disconnected.reason, reason);
}

#endif
