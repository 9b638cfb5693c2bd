#include "relay_server/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "relay_server/server_limits.h"

#include "support/unit_test.h"

#include "support/server_core.h"

/* Two clients, ann and bob, of one server; the last frame that one of them was sent. */
struct bench {
	struct server_core *core;
	struct server_client *ann;
	struct server_client *bob;
	struct relay_frame frame;
	struct relay_message said;
};

static void bench_start(struct bench *bench, const struct relay_server_config *config,
			unsigned worker_of_bob)
{
	bench->core = server_core_create(config);
	bench->ann = server_core_connect(bench->core, 0, false);
	bench->bob = server_core_connect(bench->core, worker_of_bob, false);
	assert_non_null(bench->ann);
	assert_non_null(bench->bob);
	assert_true(server_core_settle(bench->core));
	server_core_forget(bench->ann);
	server_core_forget(bench->bob);
}

static void bench_init(struct bench *bench)
{
	struct relay_server_config config = server_core_usual();

	bench_start(bench, &config, 0);
}

static void bench_finish(struct bench *bench)
{
	server_core_destroy(bench->core);
}

static const uint8_t an_id[RELAY_MESSAGE_ID_BYTES] = "0123456789abcdef";

/* ann asks for a message to a number; message_id may be NULL. */
static void order(struct bench *bench, uint32_t id, uint32_t to, const char *data,
		  const uint8_t *message_id)
{
	struct byte_writer *writer =
		server_core_begin(bench->core, RELAY_REQUEST, RELAY_TYPE_SEND, id);

	relay_put_u32(writer, RELAY_FIELD_TO_NUMBER, to);
	relay_put_text(writer, RELAY_FIELD_DATA, data);
	if (message_id)
		relay_put_bytes(writer, RELAY_FIELD_MESSAGE_ID, message_id, RELAY_MESSAGE_ID_BYTES);
	server_core_end(bench->core, bench->ann);
}

static void order_bytes(struct bench *bench, uint32_t id, uint32_t to, size_t length)
{
	struct byte_writer *writer =
		server_core_begin(bench->core, RELAY_REQUEST, RELAY_TYPE_SEND, id);

	relay_put_u32(writer, RELAY_FIELD_TO_NUMBER, to);
	memset(relay_put_field(writer, RELAY_FIELD_DATA, length), 'x', length);
	server_core_end(bench->core, bench->ann);
}

static void acknowledge(struct bench *bench, struct server_client *client, uint32_t id,
			uint32_t through)
{
	struct byte_writer *writer =
		server_core_begin(bench->core, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND, id);

	if (through != id)
		relay_put_u32(writer, RELAY_FIELD_THROUGH, through);
	server_core_end(bench->core, client);
}

static void settle(struct bench *bench)
{
	assert_true(server_core_settle(bench->core));
}

static void wait_ms(struct bench *bench, uint64_t ms)
{
	assert_true(server_core_wait(bench->core, ms));
}

static bool hear(struct bench *bench, struct server_client *client)
{
	return server_core_hear(client, &bench->frame, &bench->said);
}

static void hears_nothing(struct bench *bench, struct server_client *client)
{
	assert_false(hear(bench, client));
	assert_int_equal(byte_queue_length(&client->heard), 0);
}

static void hears(struct bench *bench, struct server_client *client, enum relay_kind kind,
		  uint16_t type, uint32_t id, enum relay_status status)
{
	assert_true(hear(bench, client));
	assert_int_equal(bench->frame.kind, kind);
	assert_int_equal(bench->frame.type, type);
	assert_int_equal(bench->frame.id, id);
	assert_int_equal(bench->frame.status, status);
}

static void hears_answer(struct bench *bench, uint32_t id, enum relay_status status)
{
	hears(bench, bench->ann, RELAY_RESPONSE, RELAY_TYPE_SEND, id, status);
}

/* The answer for the ids from one to another: with THROUGH, but for one alone. */
static void hears_delivered(struct bench *bench, uint32_t id, uint32_t through)
{
	hears_answer(bench, id, RELAY_STATUS_OK);
	assert_int_equal(bench->said.outcome, RELAY_OUTCOME_DELIVERED);
	if (through == id) {
		assert_false(relay_message_has(&bench->said, RELAY_FIELD_THROUGH));
		return;
	}
	assert_true(relay_message_has(&bench->said, RELAY_FIELD_THROUGH));
	assert_int_equal(bench->said.through, through);
}

static void hears_message(struct bench *bench, struct server_client *client, uint32_t id,
			  const char *data)
{
	hears(bench, client, RELAY_INDICATION, RELAY_TYPE_SEND, id, RELAY_STATUS_OK);
	assert_int_equal(bench->said.data.length, strlen(data));
	assert_memory_equal(bench->said.data.bytes, data, strlen(data));
}

/* The server's last word, its FIN behind it, and nothing more. */
static void hears_the_end(struct bench *bench, struct server_client *client,
			  enum relay_status status)
{
	hears(bench, client, RELAY_INDICATION, RELAY_TYPE_ERROR, 0, status);
	hears_nothing(bench, client);
	assert_true(client->finished);
}

/* ---- greeting ---- */

static void a_connection_begins_with_hello_and_holds_no_buffer_afterwards(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct bench bench = { .core = server_core_create(&config) };
	struct server_client *client = server_core_connect(bench.core, 0, false);

	(void)state;
	settle(&bench);
	hears(&bench, client, RELAY_INDICATION, RELAY_TYPE_HELLO, 0, RELAY_STATUS_OK);
	assert_int_equal(bench.said.number, client->number);
	assert_int_equal(bench.said.address.port, 40000 + client->number);
	assert_int_equal(bench.said.limit, RELAY_BODY_DEFAULT_BYTES);
	assert_int_equal(bench.said.keepalive_ms, 30000);
	hears_nothing(&bench, client);
	assert_null(client->session->out.first);
	assert_null(client->session->stash);
	assert_null(client->session->pending);
	assert_null(client->session->requests.places);
	bench_finish(&bench);
}

/* ---- a message and its verdict ---- */

static void a_message_is_reported_delivered_when_it_was_acknowledged_and_not_before(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 77, bench.bob->number, "hello", NULL);
	settle(&bench);
	hears_message(&bench, bench.bob, 1, "hello");
	assert_int_equal(bench.said.from.number, bench.ann->number);
	assert_true(bench.said.time_ns == SERVER_CORE_WALL_NS);
	hears_nothing(&bench, bench.bob);
	hears_nothing(&bench, bench.ann);

	acknowledge(&bench, bench.bob, 1, 1);
	settle(&bench);
	hears_delivered(&bench, 77, 77);
	hears_nothing(&bench, bench.ann);

	acknowledge(&bench, bench.bob, 1, 1); /* once more: passed over */
	settle(&bench);
	hears_nothing(&bench, bench.ann);
	hears_nothing(&bench, bench.bob);
	bench_finish(&bench);
}

static void an_acknowledgement_of_another_id_is_passed_over(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 1, bench.bob->number, "one", NULL);
	settle(&bench);
	acknowledge(&bench, bench.bob, 0, 0);
	acknowledge(&bench, bench.bob, 2, UINT32_MAX);
	settle(&bench);
	hears_nothing(&bench, bench.ann);
	acknowledge(&bench, bench.bob, 0, UINT32_MAX);
	settle(&bench);
	hears_delivered(&bench, 1, 1);
	bench_finish(&bench);
}

static void an_id_that_is_open_is_refused_and_the_first_stays_open(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 5, bench.bob->number, "one", NULL);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_TIME, 5);
	settle(&bench);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_TIME, 5, RELAY_STATUS_MALFORMED);
	acknowledge(&bench, bench.bob, 1, 1);
	settle(&bench);
	hears_delivered(&bench, 5, 5);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_TIME, 5);
	settle(&bench);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_TIME, 5, RELAY_STATUS_OK);
	bench_finish(&bench);
}

static void answers_share_a_through_only_over_ids_without_a_gap(void **state)
{
	static const uint32_t ids[] = { 1, 2, 3, 5, 6, 9, UINT32_MAX };
	struct bench bench;

	(void)state;
	bench_init(&bench);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		order(&bench, ids[i], bench.bob->number, "x", NULL);
	settle(&bench);
	acknowledge(&bench, bench.bob, 1, 7);
	settle(&bench);
	hears_delivered(&bench, 1, 3);
	hears_delivered(&bench, 5, 6);
	hears_delivered(&bench, 9, 9);
	hears_delivered(&bench, UINT32_MAX, UINT32_MAX);
	hears_nothing(&bench, bench.ann);

	/* Backwards they are not one range, and a refusal between them ends it. */
	for (uint32_t i = 1; i <= 4; i++)
		order(&bench, 10 + i, bench.bob->number, "x", NULL);
	settle(&bench);
	acknowledge(&bench, bench.bob, 9, 9);
	acknowledge(&bench, bench.bob, 8, 8);
	acknowledge(&bench, bench.bob, 10, 10);
	acknowledge(&bench, bench.bob, 11, 11);
	settle(&bench);
	hears_delivered(&bench, 12, 12);
	hears_delivered(&bench, 11, 11);
	hears_delivered(&bench, 13, 14);
	hears_nothing(&bench, bench.ann);
	bench_finish(&bench);
}

static void a_message_without_acknowledgement_times_out_after_10_s(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 1, bench.bob->number, "first", NULL);
	wait_ms(&bench, 4000);
	order(&bench, 2, bench.bob->number, "second", NULL);
	wait_ms(&bench, 5999);
	hears_nothing(&bench, bench.ann);
	wait_ms(&bench, 1);
	hears_answer(&bench, 1, RELAY_STATUS_TIMEOUT);
	wait_ms(&bench, 3999);
	hears_nothing(&bench, bench.ann);
	acknowledge(&bench, bench.bob, 1, 2); /* too late for one, in time for the other */
	settle(&bench);
	hears_delivered(&bench, 2, 2);
	wait_ms(&bench, 10000);
	hears_nothing(&bench, bench.ann);
	bench_finish(&bench);
}

static void a_repeat_in_flight_gets_the_verdict_of_the_first_and_no_second_delivery(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 1, bench.bob->number, "once", an_id);
	order(&bench, 2, bench.bob->number, "once", an_id);
	settle(&bench);
	hears_message(&bench, bench.bob, 1, "once");
	assert_memory_equal(bench.said.message_id, an_id, sizeof(an_id));
	hears_nothing(&bench, bench.bob);
	hears_nothing(&bench, bench.ann);
	acknowledge(&bench, bench.bob, 1, 1);
	settle(&bench);
	hears_delivered(&bench, 1, 2);
	order(&bench, 3, bench.bob->number, "once", an_id);
	settle(&bench);
	hears_delivered(&bench, 3, 3);
	hears_nothing(&bench, bench.bob);

	/* Ten minutes after the first it is forgotten. */
	for (unsigned i = 0; i < 20; i++) {
		server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_PING, 9);
		server_core_say_bare(bench.core, bench.bob, RELAY_REQUEST, RELAY_TYPE_PING, 9);
		wait_ms(&bench, 29999);
	}
	server_core_forget(bench.ann);
	server_core_forget(bench.bob);
	order(&bench, 4, bench.bob->number, "once", an_id);
	settle(&bench);
	hears_delivered(&bench, 4, 4);
	wait_ms(&bench, 20);
	order(&bench, 5, bench.bob->number, "once", an_id);
	settle(&bench);
	assert_true(hear(&bench, bench.bob));
	hears_nothing(&bench, bench.ann);
	bench_finish(&bench);
}

static void a_late_acknowledgement_makes_a_repeat_delivered(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 1, bench.bob->number, "late", an_id);
	wait_ms(&bench, 10000);
	hears_answer(&bench, 1, RELAY_STATUS_TIMEOUT);

	/* Not yet acknowledged: the same answer at once, and it is not sent again. */
	order(&bench, 2, bench.bob->number, "late", an_id);
	settle(&bench);
	hears_answer(&bench, 2, RELAY_STATUS_TIMEOUT);
	hears_message(&bench, bench.bob, 1, "late");
	hears_nothing(&bench, bench.bob);

	acknowledge(&bench, bench.bob, 1, 1);
	settle(&bench);
	hears_nothing(&bench, bench.ann);
	order(&bench, 3, bench.bob->number, "late", an_id);
	settle(&bench);
	hears_delivered(&bench, 3, 3);
	hears_nothing(&bench, bench.bob);
	bench_finish(&bench);
}

static void after_a_timeout_it_is_tried_anew_once_that_connection_is_gone(void **state)
{
	struct server_client *carl;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	carl = server_core_connect(bench.core, 0, false);
	settle(&bench);
	server_core_forget(carl);
	order(&bench, 1, bench.bob->number, "again", an_id);
	wait_ms(&bench, 10000);
	hears_answer(&bench, 1, RELAY_STATUS_TIMEOUT);
	order(&bench, 2, carl->number, "again", an_id);
	settle(&bench);
	hears_answer(&bench, 2, RELAY_STATUS_TIMEOUT);
	hears_nothing(&bench, carl);

	bench.bob->hung_up = true;
	settle(&bench);
	order(&bench, 3, carl->number, "again", an_id);
	settle(&bench);
	hears_message(&bench, carl, 1, "again");
	bench_finish(&bench);
}

static void after_gone_or_no_such_client_a_message_id_is_tried_anew(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 1, 999, "x", an_id);
	settle(&bench);
	hears_answer(&bench, 1, RELAY_STATUS_NO_SUCH_CLIENT);
	order(&bench, 2, bench.bob->number, "x", an_id);
	settle(&bench);
	hears_message(&bench, bench.bob, 1, "x");
	bench.bob->hung_up = true;
	settle(&bench);
	hears_answer(&bench, 2, RELAY_STATUS_GONE);
	order(&bench, 3, bench.bob->number, "x", an_id);
	settle(&bench);
	hears_answer(&bench, 3, RELAY_STATUS_NO_SUCH_CLIENT);
	order(&bench, 4, bench.ann->number, "x", an_id);
	settle(&bench);
	hears_message(&bench, bench.ann, 1, "x");
	bench_finish(&bench);
}

static void a_room_is_answered_when_each_other_member_has_acknowledged_or_failed(void **state)
{
	struct server_client *members[3];
	struct byte_writer *writer;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	members[0] = bench.ann;
	members[1] = bench.bob;
	members[2] = server_core_connect(bench.core, 0, false);
	for (size_t i = 0; i < 3; i++) {
		writer = server_core_begin(bench.core, RELAY_REQUEST, RELAY_TYPE_JOIN, 1);
		relay_put_text(writer, RELAY_FIELD_TO_ROOM, "tea");
		server_core_end(bench.core, members[i]);
	}
	settle(&bench);
	for (size_t i = 0; i < 3; i++)
		server_core_forget(members[i]);
	writer = server_core_begin(bench.core, RELAY_REQUEST, RELAY_TYPE_SEND, 7);
	relay_put_text(writer, RELAY_FIELD_TO_ROOM, "tea");
	relay_put_text(writer, RELAY_FIELD_DATA, "cups");
	server_core_end(bench.core, bench.ann);
	settle(&bench);
	hears_nothing(&bench, bench.ann); /* no copy for the sender, and no answer yet */
	hears_message(&bench, members[1], 1, "cups");
	hears_message(&bench, members[2], 1, "cups");
	acknowledge(&bench, members[1], 1, 1);
	settle(&bench);
	hears_nothing(&bench, bench.ann);
	members[2]->hung_up = true;
	settle(&bench);
	hears_answer(&bench, 7, RELAY_STATUS_OK);
	assert_int_equal(bench.said.outcome, RELAY_OUTCOME_DELIVERED);
	assert_int_equal(bench.said.count, 1);
	hears_nothing(&bench, bench.ann);
	bench_finish(&bench);
}

/* ---- time ---- */

static void silence_is_answered_with_ping_and_at_one_and_a_half_with_the_end(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	wait_ms(&bench, 29999);
	hears_nothing(&bench, bench.ann);
	wait_ms(&bench, 1);
	hears(&bench, bench.ann, RELAY_INDICATION, RELAY_TYPE_PING, 1, RELAY_STATUS_OK);
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_PING, 1, RELAY_STATUS_OK);

	/* ann answers after 5 s and begins anew; bob does not, and half a frame is none. */
	wait_ms(&bench, 5000);
	server_core_say_bare(bench.core, bench.ann, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_PING, 1);
	server_core_say(bench.bob, "WT\1", 3);
	wait_ms(&bench, 9999);
	hears_nothing(&bench, bench.bob);
	wait_ms(&bench, 1);
	hears_the_end(&bench, bench.bob, RELAY_STATUS_TIMEOUT);

	wait_ms(&bench, 19999);
	hears_nothing(&bench, bench.ann);
	wait_ms(&bench, 1);
	hears(&bench, bench.ann, RELAY_INDICATION, RELAY_TYPE_PING, 2, RELAY_STATUS_OK);
	wait_ms(&bench, 15000);
	hears_the_end(&bench, bench.ann, RELAY_STATUS_TIMEOUT);
	bench_finish(&bench);
}

static void without_keepalive_silence_lasts_for_ever(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct bench bench;

	(void)state;
	config.keepalive_ms = 0;
	bench_start(&bench, &config, 0);
	wait_ms(&bench, UINT64_C(100) * 86400 * MS_PER_S);
	hears_nothing(&bench, bench.ann);
	assert_int_equal(bench.ann->session->state, SESSION_OPEN);
	bench_finish(&bench);
}

static void after_the_last_word_the_peers_end_is_waited_for_1_s_at_most(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	server_core_say(bench.ann, "GET /", 5);
	server_core_say(bench.bob, "GET /", 5);
	settle(&bench);
	hears_the_end(&bench, bench.ann, RELAY_STATUS_MALFORMED);
	assert_non_null(bench.bob->session);
	bench.bob->hung_up = true;
	settle(&bench);
	assert_null(bench.bob->session);
	wait_ms(&bench, 999);
	server_core_say(bench.ann, "discarded", 9);
	settle(&bench);
	assert_non_null(bench.ann->session);
	wait_ms(&bench, 1);
	assert_null(bench.ann->session);
	bench_finish(&bench);
}

/* ---- leaving ---- */

static void bye_is_answered_after_all_earlier_requests_and_what_follows_is_discarded(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 1, bench.bob->number, "one", NULL);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_BYE, 2);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_TIME, 3);
	settle(&bench);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_TIME, 4);
	settle(&bench);
	hears_nothing(&bench, bench.ann);
	assert_false(bench.ann->finished);
	assert_int_equal(directory_count(&bench.core->shared.directory), 1);

	acknowledge(&bench, bench.bob, 1, 1);
	settle(&bench);
	hears_delivered(&bench, 1, 1);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_BYE, 2, RELAY_STATUS_OK);
	hears_nothing(&bench, bench.ann);
	assert_true(bench.ann->finished);
	bench.ann->hung_up = true;
	settle(&bench);
	assert_null(bench.ann->session);
	bench_finish(&bench);
}

static void bye_waits_10_s_at_most_for_a_verdict_that_never_comes(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	/* As if the verdict had been lost on its way from another worker. */
	assert_true(
		open_requests_add(&bench.ann->session->requests, 8, (uint32_t)bench.core->now_ms));
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_BYE, 9);
	wait_ms(&bench, 9999);
	hears_nothing(&bench, bench.ann);
	wait_ms(&bench, 1);
	hears_answer(&bench, 8, RELAY_STATUS_TIMEOUT);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_BYE, 9, RELAY_STATUS_OK);
	assert_true(bench.ann->finished);
	bench_finish(&bench);
}

static void a_half_closed_client_leaves_at_once_and_still_gets_its_answers(void **state)
{
	struct byte_writer *writer;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 1, bench.bob->number, "to bob", NULL);
	bench.ann->hung_up = true;
	settle(&bench);
	writer = server_core_begin(bench.core, RELAY_REQUEST, RELAY_TYPE_SEND, 2);
	relay_put_u32(writer, RELAY_FIELD_TO_NUMBER, bench.ann->number);
	relay_put_text(writer, RELAY_FIELD_DATA, "to ann");
	server_core_end(bench.core, bench.bob);
	settle(&bench);
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_SEND, 1, RELAY_STATUS_OK);
	hears(&bench, bench.bob, RELAY_RESPONSE, RELAY_TYPE_SEND, 2, RELAY_STATUS_NO_SUCH_CLIENT);
	assert_false(bench.ann->finished);
	acknowledge(&bench, bench.bob, 1, 1);
	settle(&bench);
	hears_delivered(&bench, 1, 1);
	hears_nothing(&bench, bench.ann);
	assert_true(bench.ann->finished);
	assert_null(bench.ann->session);
	bench_finish(&bench);
}

static void what_a_client_has_not_acknowledged_when_it_goes_is_gone(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 1, bench.bob->number, "x", NULL);
	order(&bench, 2, bench.bob->number, "x", NULL);
	settle(&bench);
	acknowledge(&bench, bench.bob, 1, 1);
	bench.bob->hung_up = true;
	settle(&bench);
	hears_delivered(&bench, 1, 1);
	hears_answer(&bench, 2, RELAY_STATUS_GONE);
	hears_nothing(&bench, bench.ann);
	bench_finish(&bench);
}

static void at_shutdown_open_requests_are_answered_then_bye_then_the_end(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 1, bench.bob->number, "x", NULL);
	settle(&bench);
	server_core_forget(bench.bob);
	server_core_shut_down(bench.core);
	settle(&bench);
	hears_answer(&bench, 1, RELAY_STATUS_SHUTTING_DOWN);
	hears(&bench, bench.ann, RELAY_INDICATION, RELAY_TYPE_BYE, 0, RELAY_STATUS_OK);
	hears_nothing(&bench, bench.ann);
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_BYE, 0, RELAY_STATUS_OK);
	hears_nothing(&bench, bench.bob);
	assert_true(bench.ann->finished && bench.bob->finished);
	assert_false(worker_is_done(bench.ann->worker));
	bench.ann->hung_up = true;
	bench.bob->hung_up = true;
	settle(&bench);
	assert_true(worker_is_done(bench.ann->worker));
	assert_int_equal(bench.core->shared.admission.count, 0);
	bench_finish(&bench);
}

static void at_shutdown_a_client_that_reads_nothing_is_left_after_5_s(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	bench.ann->window = 0;
	bench.bob->hung_up = true;
	server_core_shut_down(bench.core);
	wait_ms(&bench, 4999);
	assert_false(worker_is_done(bench.ann->worker));
	assert_true(worker_next_deadline(bench.ann->worker) <= bench.core->now_ms + 1);
	bench.core->now_ms++;
	server_core_turn(bench.core);
	assert_true(worker_is_done(bench.ann->worker));
	bench_finish(&bench);
}

/* ---- broken rules ---- */

static void what_no_client_may_send_ends_the_connection_with_its_status(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		enum relay_status status;
	} rows[] = {
		{ "X", 1, RELAY_STATUS_MALFORMED }, /* no magic */
		{ "WX", 2, RELAY_STATUS_MALFORMED },
		{ "WT\2", 3, RELAY_STATUS_UNSUPPORTED },                  /* version 2 */
		{ "WT\1\0", 4, RELAY_STATUS_MALFORMED },                  /* kind 0 */
		{ "WT\1\5", 4, RELAY_STATUS_MALFORMED },                  /* kind 5 */
		{ "WT\1\2", 4, RELAY_STATUS_MALFORMED },                  /* a response */
		{ "WT\1\3", 4, RELAY_STATUS_MALFORMED },                  /* an indication */
		{ "WT\1\1\0\2\0\0\0\0\0\0", 12, RELAY_STATUS_MALFORMED }, /* a request with id 0 */
		{ "WT\1\1\0\2\0\0\0\0\0\1\0\1\0\1", 16, RELAY_STATUS_TOO_LARGE },
		{ "WT\1\4\0\5\0\0\0\0\0\1\0\1\0\1", 16, RELAY_STATUS_TOO_LARGE },
		/* an acknowledgement of 5 through 4 */
		{ "WT\1\4\0\5\0\0\0\0\0\5\0\0\0\12\0\17\0\0\0\4\0\0\0\4", 26,
		  RELAY_STATUS_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;

		bench_init(&bench);
		server_core_say(bench.ann, rows[i].bytes, rows[i].length);
		settle(&bench);
		hears_the_end(&bench, bench.ann, rows[i].status);
		server_core_say_bare(bench.core, bench.bob, RELAY_REQUEST, RELAY_TYPE_TIME, 1);
		settle(&bench);
		hears(&bench, bench.bob, RELAY_RESPONSE, RELAY_TYPE_TIME, 1, RELAY_STATUS_OK);
		bench_finish(&bench);
	}
}

static void a_header_that_is_still_good_is_waited_for(void **state)
{
	static const char request[] = "WT\1\1\0\2\0\0\0\0\0\1\0\0\0"; /* and one more 0: TIME */
	struct bench bench;

	(void)state;
	for (size_t length = 0; length < sizeof(request); length++) {
		bench_init(&bench);
		server_core_say(bench.ann, request, length);
		settle(&bench);
		hears_nothing(&bench, bench.ann);
		server_core_say(bench.ann, request + length, sizeof(request) - length);
		settle(&bench);
		hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_TIME, 1, RELAY_STATUS_OK);
		hears_nothing(&bench, bench.ann);
		bench_finish(&bench);
	}
}

static void a_malformed_body_ends_only_its_request(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_SEND, 1);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_ERROR, 2);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, 999, 3);
	server_core_say_bare(bench.core, bench.ann, RELAY_ACKNOWLEDGEMENT, 999, 4);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_PING, 5);
	settle(&bench);
	hears_answer(&bench, 1, RELAY_STATUS_MALFORMED);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_ERROR, 2, RELAY_STATUS_UNSUPPORTED);
	hears(&bench, bench.ann, RELAY_RESPONSE, 999, 3, RELAY_STATUS_UNSUPPORTED);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_PING, 5, RELAY_STATUS_OK);
	hears_nothing(&bench, bench.ann);
	bench_finish(&bench);
}

/* ---- pieces ---- */

/* What one client says in all; its SENDs go to itself, so that it knows the ids to acknowledge. */
static size_t write_conversation(struct bench *bench, uint8_t *out, const char *tail,
				 size_t tail_length)
{
	struct server_client *ann = bench->ann;
	struct byte_writer *writer;
	size_t length;

	writer = server_core_begin(bench->core, RELAY_REQUEST, RELAY_TYPE_HELLO, 1);
	relay_put_text(writer, RELAY_FIELD_NAME, "ann");
	server_core_end(bench->core, ann);
	writer = server_core_begin(bench->core, RELAY_REQUEST, RELAY_TYPE_JOIN, 2);
	relay_put_text(writer, RELAY_FIELD_TO_ROOM, "tea");
	server_core_end(bench->core, ann);
	order(bench, 3, ann->number, "to myself", an_id);
	order(bench, 4, ann->number, "to myself, once more", NULL);
	order(bench, 5, bench->bob->number, "to bob", NULL);
	order(bench, 6, 99, "to nobody", NULL);
	server_core_say_bare(bench->core, ann, RELAY_REQUEST, RELAY_TYPE_LIST, 7);
	server_core_say_bare(bench->core, ann, RELAY_REQUEST, RELAY_TYPE_SEND, 8);
	writer = server_core_begin(bench->core, RELAY_REQUEST, RELAY_TYPE_PING, 9);
	relay_put_text(writer, RELAY_FIELD_DATA, "WT\1 looks like a header");
	server_core_end(bench->core, ann);
	server_core_say_bare(bench->core, ann, RELAY_REQUEST, RELAY_TYPE_ROOMS, 10);
	/* Last, for what is answered at once may overtake answers that are gathered. */
	acknowledge(bench, ann, 1, 2);
	server_core_say(ann, tail, tail_length);

	length = byte_queue_length(&ann->said);
	memcpy(out, byte_queue_bytes(&ann->said), length);
	byte_queue_drop(&ann->said, length);
	return length;
}

#define CONVERSATION_MAX_BYTES 4096u

struct outcome {
	uint8_t ann[CONVERSATION_MAX_BYTES];
	uint8_t bob[CONVERSATION_MAX_BYTES];
	size_t ann_length;
	size_t bob_length;
};

/* Says it in two pieces, each in reads of at most read_max bytes. */
static void converse(const char *tail, size_t tail_length, size_t cut, size_t read_max,
		     struct outcome *out, size_t *length)
{
	uint8_t bytes[CONVERSATION_MAX_BYTES];
	struct bench bench;

	bench_init(&bench);
	*length = write_conversation(&bench, bytes, tail, tail_length);
	bench.ann->read_max = read_max;
	server_core_say(bench.ann, bytes, cut);
	settle(&bench);
	server_core_say(bench.ann, bytes + cut, *length - cut);
	settle(&bench);
	assert_true(bench.ann->finished);
	bench.bob->hung_up = true;
	settle(&bench);
	out->ann_length = byte_queue_length(&bench.ann->heard);
	out->bob_length = byte_queue_length(&bench.bob->heard);
	assert_true(out->ann_length > 300 && out->ann_length <= sizeof(out->ann));
	assert_true(out->bob_length > 50 && out->bob_length <= sizeof(out->bob));
	memcpy(out->ann, byte_queue_bytes(&bench.ann->heard), out->ann_length);
	memcpy(out->bob, byte_queue_bytes(&bench.bob->heard), out->bob_length);
	bench_finish(&bench);
}

static void assert_same_outcome(const struct outcome *outcome, const struct outcome *whole)
{
	assert_int_equal(outcome->ann_length, whole->ann_length);
	assert_int_equal(outcome->bob_length, whole->bob_length);
	assert_memory_equal(outcome->ann, whole->ann, whole->ann_length);
	assert_memory_equal(outcome->bob, whole->bob, whole->bob_length);
}

static void wherever_a_conversation_is_cut_the_server_says_the_same(void **state)
{
	struct outcome whole;
	size_t length;

	(void)state;
	converse("WT\2", 3, 0, SIZE_MAX, &whole, &length);
	for (size_t cut = 0; cut <= length; cut++) {
		struct outcome outcome;

		converse("WT\2", 3, cut, SIZE_MAX, &outcome, &length);
		assert_same_outcome(&outcome, &whole);
	}
}

static void read_a_few_bytes_at_a_time_the_server_says_the_same(void **state)
{
	struct outcome whole;
	size_t length;

	(void)state;
	converse("WX", 2, 0, SIZE_MAX, &whole, &length);
	for (size_t read_max = 1; read_max <= 40; read_max++) {
		struct outcome outcome;

		converse("WX", 2, 0, read_max, &outcome, &length);
		assert_same_outcome(&outcome, &whole);
	}
}

static void a_large_frame_in_small_pieces_is_put_together_and_its_memory_given_back(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct bench bench;

	(void)state;
	config.max_body_bytes = RELAY_BODY_MAX_BYTES;
	bench_start(&bench, &config, 0);
	bench.ann->read_max = 5000;
	/* As large as LIMIT allows: a field of 4 and one of the rest, with their headers. */
	order_bytes(&bench, 1, bench.bob->number, RELAY_BODY_MAX_BYTES - 10 - 6);
	order_bytes(&bench, 2, bench.bob->number, RELAY_BODY_MAX_BYTES - 10 - 6 + 1);
	for (unsigned turns = 0; turns < 100; turns++)
		server_core_turn(bench.core);
	assert_true(bench.ann->session->stash_length >= 490000);
	assert_true(bench.ann->session->stash_capacity < 2 * bench.ann->session->stash_length);
	settle(&bench);
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_SEND, 1, RELAY_STATUS_OK);
	assert_int_equal(bench.said.data.length, RELAY_BODY_MAX_BYTES - 10 - 6);
	hears(&bench, bench.ann, RELAY_INDICATION, RELAY_TYPE_ERROR, 0, RELAY_STATUS_TOO_LARGE);
	assert_null(bench.ann->session->stash);
	bench_finish(&bench);
}

/* ---- ceilings ---- */

static void a_queue_of_256_kib_is_busy_and_one_below_is_not(void **state)
{
	uint32_t id = 0;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	bench.bob->window = 0;
	do {
		order_bytes(&bench, ++id, bench.bob->number, 3000);
		settle(&bench);
	} while (!hear(&bench, bench.ann) && id < 1000);
	assert_int_equal(bench.frame.id, id);
	assert_int_equal(bench.frame.status, RELAY_STATUS_BUSY);
	/* It was the first of those that found the ceiling reached. */
	assert_true(bench.bob->session->out.bytes >= RELAY_QUEUE_BUSY_BYTES);
	assert_true(bench.bob->session->out.bytes < RELAY_QUEUE_BUSY_BYTES + 3100);

	/* Exactly at the ceiling, and one byte below it. */
	bench.bob->window = bench.bob->session->out.bytes - RELAY_QUEUE_BUSY_BYTES;
	settle(&bench);
	assert_int_equal(bench.bob->session->out.bytes, RELAY_QUEUE_BUSY_BYTES);
	order(&bench, 2000, bench.bob->number, "x", NULL);
	settle(&bench);
	hears_answer(&bench, 2000, RELAY_STATUS_BUSY);
	bench.bob->window = 1;
	settle(&bench);
	order(&bench, 2001, bench.bob->number, "x", NULL);
	settle(&bench);
	hears_nothing(&bench, bench.ann);

	/* What was queued is what arrives. */
	bench.bob->window = SIZE_MAX;
	settle(&bench);
	for (uint32_t i = 1; i < id; i++) {
		hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_SEND, i, RELAY_STATUS_OK);
		assert_int_equal(bench.said.data.length, 3000);
		assert_int_equal(bench.said.data.bytes[2999], 'x');
	}
	hears_message(&bench, bench.bob, id, "x");
	hears_nothing(&bench, bench.bob);
	assert_null(bench.bob->session->out.first);
	bench_finish(&bench);
}

/* Queues so many bytes for a session, as if they were answers. */
static void queue_bytes(struct server_client *client, size_t length)
{
	struct byte_writer writer = session_writer(client->session, length);

	memset(byte_writer_room(&writer, length), 'q', length);
	session_commit(client->worker, client->session, &writer);
}

static void a_queue_of_1_mib_is_kept_and_one_byte_more_cuts_the_client_off(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	bench.ann->window = 0;
	queue_bytes(bench.ann, RELAY_QUEUE_MAX_BYTES);
	settle(&bench);
	assert_non_null(bench.ann->session);
	queue_bytes(bench.ann, 1);
	settle(&bench);
	assert_null(bench.ann->session);
	bench_finish(&bench);
}

static void what_does_not_shrink_for_10_s_cuts_the_client_off(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	bench.ann->window = 0;
	bench.bob->window = 0;
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_PING, 1);
	server_core_say_bare(bench.core, bench.bob, RELAY_REQUEST, RELAY_TYPE_PING, 1);
	wait_ms(&bench, 5000);
	/* Bytes that came later do not make the earlier ones younger. */
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_PING, 2);
	server_core_say_bare(bench.core, bench.bob, RELAY_REQUEST, RELAY_TYPE_PING, 2);
	wait_ms(&bench, 4999);
	bench.bob->window = 16; /* the first answer: all that waited 10 s */
	settle(&bench);
	assert_non_null(bench.ann->session);
	wait_ms(&bench, 1);
	assert_null(bench.ann->session);
	assert_non_null(bench.bob->session);
	wait_ms(&bench, 9998);
	assert_non_null(bench.bob->session);
	wait_ms(&bench, 1);
	assert_null(bench.bob->session);
	bench_finish(&bench);
}

static void who_does_not_read_its_answers_is_not_read_from_and_loses_none(void **state)
{
	enum { PINGS = 100, DATA = 10000 };
	static const uint8_t data[DATA];
	struct bench bench;

	(void)state;
	bench_init(&bench);
	bench.ann->window = 0;
	for (uint32_t i = 1; i <= PINGS; i++) {
		struct byte_writer *writer =
			server_core_begin(bench.core, RELAY_REQUEST, RELAY_TYPE_PING, i);

		relay_put_bytes(writer, RELAY_FIELD_DATA, data, DATA);
		server_core_end(bench.core, bench.ann);
	}
	settle(&bench);
	assert_true(bench.ann->session->paused);
	assert_true(bench.ann->session->out.bytes > RELAY_QUEUE_PAUSE_BYTES);
	assert_true(bench.ann->session->out.bytes < RELAY_QUEUE_PAUSE_BYTES + DATA + 100);
	assert_true(byte_queue_length(&bench.ann->said) > 0);
	/* It goes on at half of that, not at the first byte. */
	bench.ann->window = bench.ann->session->out.bytes - RELAY_QUEUE_BUSY_BYTES;
	settle(&bench);
	assert_true(bench.ann->session->paused);
	bench.ann->window = SIZE_MAX;
	settle(&bench);
	for (uint32_t i = 1; i <= PINGS; i++) {
		hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_PING, i, RELAY_STATUS_OK);
		assert_int_equal(bench.said.data.length, DATA);
	}
	hears_nothing(&bench, bench.ann);
	assert_false(bench.ann->session->paused);
	bench_finish(&bench);
}

static void requests_by_the_thousand_are_served_in_turns_and_others_in_between(void **state)
{
	enum { REQUESTS = 3 * RELAY_TURN_WORK };
	struct bench bench;
	size_t answered;

	(void)state;
	bench_init(&bench);
	for (uint32_t i = 1; i <= REQUESTS; i++)
		server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_PING, i);
	server_core_say_bare(bench.core, bench.bob, RELAY_REQUEST, RELAY_TYPE_PING, 1);
	server_core_turn(bench.core);
	answered = byte_queue_length(&bench.ann->heard) / RELAY_FRAME_HEADER_BYTES;
	assert_true(answered >= RELAY_TURN_WORK && answered < 2 * RELAY_TURN_WORK);
	hears(&bench, bench.bob, RELAY_RESPONSE, RELAY_TYPE_PING, 1, RELAY_STATUS_OK);
	/* Its end waits behind what it said before. */
	bench.ann->hung_up = true;
	settle(&bench);
	for (uint32_t i = 1; i <= REQUESTS; i++)
		hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_PING, i, RELAY_STATUS_OK);
	hears_nothing(&bench, bench.ann);
	assert_null(bench.ann->session);
	bench_finish(&bench);
}

static void the_4097th_unacknowledged_message_is_busy(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	for (uint32_t i = 1; i <= RELAY_UNACKNOWLEDGED_MAX + 1; i++)
		order(&bench, i, bench.bob->number, "x", NULL);
	settle(&bench);
	hears_answer(&bench, RELAY_UNACKNOWLEDGED_MAX + 1, RELAY_STATUS_BUSY);
	hears_nothing(&bench, bench.ann);
	acknowledge(&bench, bench.bob, 2000, 2000); /* one in the middle */
	settle(&bench);
	hears_delivered(&bench, 2000, 2000);
	order(&bench, 5000, bench.bob->number, "x", NULL);
	order(&bench, 5001, bench.bob->number, "x", NULL);
	settle(&bench);
	hears_answer(&bench, 5001, RELAY_STATUS_BUSY);
	hears_nothing(&bench, bench.ann);
	acknowledge(&bench, bench.bob, 1, UINT32_MAX);
	settle(&bench);
	hears_delivered(&bench, 1, 1999);
	hears_delivered(&bench, 2001, 4096);
	hears_delivered(&bench, 5000, 5000);
	hears_nothing(&bench, bench.ann);
	bench_finish(&bench);
}

static void one_client_may_have_16384_sends_open_and_no_more(void **state)
{
	struct server_client *others[4];
	struct bench bench;
	uint32_t id = 0;

	(void)state;
	bench_init(&bench);
	for (size_t i = 0; i < 4; i++) {
		others[i] = server_core_connect(bench.core, 0, false);
		for (unsigned j = 0; j < RELAY_UNACKNOWLEDGED_MAX; j++)
			order(&bench, ++id, others[i]->number, "x", NULL);
	}
	assert_int_equal(id, RELAY_OPEN_SENDS_MAX);
	settle(&bench);
	hears_nothing(&bench, bench.ann);
	order(&bench, ++id, bench.bob->number, "x", NULL);
	settle(&bench);
	hears_answer(&bench, id, RELAY_STATUS_BUSY);
	hears_nothing(&bench, bench.bob);
	acknowledge(&bench, others[3], 1, 1);
	settle(&bench);
	order(&bench, ++id, bench.bob->number, "x", NULL);
	settle(&bench);
	hears_message(&bench, bench.bob, 1, "x");
	bench_finish(&bench);
}

static void when_message_numbers_are_used_up_the_client_must_connect_again(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	bench.bob->session->last_send_id = UINT32_MAX - 1;
	order(&bench, 1, bench.bob->number, "the last", NULL);
	settle(&bench);
	hears_message(&bench, bench.bob, UINT32_MAX, "the last");
	acknowledge(&bench, bench.bob, UINT32_MAX, UINT32_MAX);
	settle(&bench);
	hears_delivered(&bench, 1, 1);
	order(&bench, 2, bench.bob->number, "one more", NULL);
	settle(&bench);
	hears_answer(&bench, 2, RELAY_STATUS_GONE);
	assert_null(bench.bob->session);
	bench_finish(&bench);
}

static void a_rate_refuses_what_is_over_it_and_says_how_long_to_wait(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct bench bench;

	(void)state;
	config.rate = 10;
	bench_start(&bench, &config, 0);
	for (uint32_t i = 1; i <= 11; i++)
		server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_LEAVE, i);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_PING, 12);
	settle(&bench);
	/* A malformed request costs nothing; ten good ones are what one second gives. */
	for (uint32_t i = 1; i <= 11; i++)
		hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_LEAVE, i,
		      RELAY_STATUS_MALFORMED);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_PING, 12, RELAY_STATUS_OK);
	for (uint32_t i = 1; i <= 11; i++)
		server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_NAME, i);
	settle(&bench);
	for (uint32_t i = 1; i <= 10; i++)
		hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, i, RELAY_STATUS_OK);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, 11, RELAY_STATUS_RATE_LIMITED);
	assert_true(relay_message_has(&bench.said, RELAY_FIELD_RETRY_AFTER));
	assert_int_equal(bench.said.retry_after_ms, 100);
	wait_ms(&bench, 99);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_NAME, 20);
	settle(&bench);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, 20, RELAY_STATUS_RATE_LIMITED);
	assert_int_equal(bench.said.retry_after_ms, 1);
	wait_ms(&bench, 1);
	server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_NAME, 21);
	settle(&bench);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, 21, RELAY_STATUS_OK);

	/* Time without requests saves up no more than one second gives. */
	wait_ms(&bench, 20000);
	for (uint32_t i = 1; i <= 11; i++)
		server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_NAME, i);
	settle(&bench);
	for (uint32_t i = 1; i <= 10; i++)
		hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, i, RELAY_STATUS_OK);
	hears(&bench, bench.ann, RELAY_RESPONSE, RELAY_TYPE_NAME, 11, RELAY_STATUS_RATE_LIMITED);
	bench_finish(&bench);
}

/* ---- presence ---- */

static void say_watch(struct bench *bench, struct server_client *client, uint8_t flag)
{
	struct byte_writer *writer =
		server_core_begin(bench->core, RELAY_REQUEST, RELAY_TYPE_WATCH, 1);

	relay_put_u8(writer, RELAY_FIELD_FLAG, flag);
	server_core_end(bench->core, client);
	settle(bench);
	hears(bench, client, RELAY_RESPONSE, RELAY_TYPE_WATCH, 1, RELAY_STATUS_OK);
}

static void a_watcher_hears_of_others_and_never_of_itself(void **state)
{
	struct server_client *carl;
	struct byte_writer *writer;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	say_watch(&bench, bench.bob, 1);
	hears_nothing(&bench, bench.bob);
	carl = server_core_connect(bench.core, 0, false);
	settle(&bench);
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, RELAY_STATUS_OK);
	assert_int_equal(bench.said.flag, 1);
	for (size_t i = 0; i < 2; i++) {
		writer = server_core_begin(bench.core, RELAY_REQUEST, RELAY_TYPE_HELLO, 9);
		relay_put_text(writer, RELAY_FIELD_NAME, i == 0 ? "bob" : "carl");
		server_core_end(bench.core, i == 0 ? bench.bob : carl);
	}
	settle(&bench);
	hears(&bench, bench.bob, RELAY_RESPONSE, RELAY_TYPE_HELLO, 9, RELAY_STATUS_OK);
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, RELAY_STATUS_OK);
	assert_int_equal(bench.said.flag, 1);
	hears_nothing(&bench, bench.bob);
	carl->hung_up = true;
	settle(&bench);
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, RELAY_STATUS_OK);
	assert_int_equal(bench.said.flag, 0);
	say_watch(&bench, bench.bob, 0);
	(void)server_core_connect(bench.core, 0, false);
	settle(&bench);
	hears_nothing(&bench, bench.bob);
	bench_finish(&bench);
}

static void a_watcher_whose_queue_is_full_is_closed_with_busy(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	say_watch(&bench, bench.bob, 1);
	bench.bob->window = 0;
	queue_bytes(bench.bob, RELAY_QUEUE_BUSY_BYTES - 1);
	(void)server_core_connect(bench.core, 0, false); /* still finds room */
	settle(&bench);
	assert_int_equal(bench.bob->session->state, SESSION_OPEN);
	(void)server_core_connect(bench.core, 0, false);
	settle(&bench);
	assert_int_equal(bench.bob->session->state, SESSION_CLOSING);
	bench.bob->window = RELAY_QUEUE_BUSY_BYTES - 1;
	settle(&bench);
	server_core_forget(bench.bob);
	bench.bob->window = SIZE_MAX;
	settle(&bench);
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, RELAY_STATUS_OK);
	hears_the_end(&bench, bench.bob, RELAY_STATUS_BUSY);
	bench_finish(&bench);
}

/* ---- two workers ---- */

static void between_two_workers_a_message_and_its_verdict_arrive_as_on_one(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct bench bench;

	(void)state;
	config.workers = 2;
	bench_start(&bench, &config, 1);
	order(&bench, 1, bench.bob->number, "small", an_id);
	order_bytes(&bench, 2, bench.bob->number, 20000); /* a shared payload */
	order(&bench, 3, bench.bob->number, "last", NULL);
	settle(&bench);
	hears_message(&bench, bench.bob, 1, "small");
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_SEND, 2, RELAY_STATUS_OK);
	assert_int_equal(bench.said.data.length, 20000);
	hears_message(&bench, bench.bob, 3, "last");
	acknowledge(&bench, bench.bob, 1, 2);
	settle(&bench);
	hears_delivered(&bench, 1, 2);
	bench.bob->hung_up = true;
	settle(&bench);
	hears_answer(&bench, 3, RELAY_STATUS_GONE);
	order(&bench, 4, bench.bob->number, "x", NULL);
	settle(&bench);
	hears_answer(&bench, 4, RELAY_STATUS_NO_SUCH_CLIENT);
	bench_finish(&bench);
}

/* ---- classic ---- */

static void a_message_to_a_classic_client_is_passed_when_its_tcp_has_every_byte(void **state)
{
	struct server_client *carl;
	struct bench bench;

	(void)state;
	bench_init(&bench);
	carl = server_core_connect(bench.core, 0, true);
	settle(&bench);
	assert_int_equal(byte_queue_length(&carl->heard), CLASSIC_DATA_BYTES);
	server_core_forget(carl);
	carl->unacknowledged = 1;
	order(&bench, 1, carl->number, "plain", NULL);
	settle(&bench);
	assert_int_equal(byte_queue_length(&carl->heard), CLASSIC_MESSAGE_BYTES);
	assert_string_equal((const char *)byte_queue_bytes(&carl->heard) + 8, "plain");
	wait_ms(&bench, 1000);
	hears_nothing(&bench, bench.ann);
	carl->unacknowledged = 0;
	wait_ms(&bench, RELAY_CLASSIC_POLL_MAX_MS);
	hears_answer(&bench, 1, RELAY_STATUS_OK);
	assert_int_equal(bench.said.outcome, RELAY_OUTCOME_PASSED);

	order_bytes(&bench, 2, carl->number, CLASSIC_TEXT_MAX_BYTES + 1);
	settle(&bench);
	hears_answer(&bench, 2, RELAY_STATUS_TOO_LARGE);
	order_bytes(&bench, 3, carl->number, CLASSIC_TEXT_MAX_BYTES);
	settle(&bench);
	hears_answer(&bench, 3, RELAY_STATUS_OK);

	carl->unacknowledged = 1;
	order(&bench, 4, carl->number, "never", NULL);
	wait_ms(&bench, 9999);
	hears_nothing(&bench, bench.ann);
	wait_ms(&bench, 1);
	hears_answer(&bench, 4, RELAY_STATUS_TIMEOUT);
	bench_finish(&bench);
}

/* ---- what was done once is not done again ---- */

static void one_silence_gets_one_ping_whatever_else_is_due_in_between(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	wait_ms(&bench, 25000);
	order(&bench, 1, bench.bob->number, "x", NULL); /* its 10 s end when bob was pinged */
	wait_ms(&bench, 19999);
	assert_true(hear(&bench, bench.bob));
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_PING, 1, RELAY_STATUS_OK);
	hears_nothing(&bench, bench.bob);
	bench_finish(&bench);
}

static void a_range_over_what_was_acknowledged_before_answers_only_the_rest(void **state)
{
	uint8_t other_id[RELAY_MESSAGE_ID_BYTES] = "another one, 16";
	struct bench bench;

	(void)state;
	bench_init(&bench);
	order(&bench, 1, bench.bob->number, "x", NULL);
	order(&bench, 2, bench.bob->number, "x", an_id);
	order(&bench, 3, bench.bob->number, "x", other_id);
	settle(&bench);
	acknowledge(&bench, bench.bob, 2, 2);
	settle(&bench);
	hears_delivered(&bench, 2, 2);
	acknowledge(&bench, bench.bob, 1, 3);
	settle(&bench);
	hears_delivered(&bench, 1, 1);
	hears_delivered(&bench, 3, 3);
	hears_nothing(&bench, bench.ann);
	bench_finish(&bench);
}

static void a_session_that_ends_with_frames_waiting_is_forgotten_whole(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	for (uint32_t i = 1; i <= 2 * RELAY_TURN_WORK; i++) {
		server_core_say_bare(bench.core, bench.ann, RELAY_REQUEST, RELAY_TYPE_PING, i);
		server_core_say_bare(bench.core, bench.bob, RELAY_REQUEST, RELAY_TYPE_PING, i);
	}
	server_core_turn(bench.core);
	assert_true(bench.ann->session->is_ready && bench.bob->session->is_ready);
	session_doom(bench.ann->worker, bench.ann->session, "for the test");
	server_core_turn(bench.core);
	assert_null(bench.ann->session);
	settle(&bench);
	assert_null(bench.bob->worker->ready);
	assert_int_equal(byte_queue_length(&bench.bob->heard),
			 2 * RELAY_TURN_WORK * RELAY_FRAME_HEADER_BYTES);
	bench_finish(&bench);
}

static void at_shutdown_a_request_whose_verdict_is_still_away_is_answered_too(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	assert_true(
		open_requests_add(&bench.ann->session->requests, 8, (uint32_t)bench.core->now_ms));
	server_core_shut_down(bench.core);
	settle(&bench);
	hears_answer(&bench, 8, RELAY_STATUS_SHUTTING_DOWN);
	hears(&bench, bench.ann, RELAY_INDICATION, RELAY_TYPE_BYE, 0, RELAY_STATUS_OK);
	hears_nothing(&bench, bench.ann);
	bench_finish(&bench);
}

static void a_message_from_a_worker_whose_clock_is_ahead_does_not_time_out_at_once(void **state)
{
	struct relay_server_config config = server_core_usual();
	struct server_client *bob;
	struct bench bench;

	(void)state;
	config.workers = 2;
	bench_start(&bench, &config, 1);
	bob = bench.bob;
	wait_ms(&bench, 29999);
	order(&bench, 1, bob->number, "x", NULL);
	/* bob's worker has read its clock when ann's, 2 ms later, hands the message over; and a
	 * timer of bob's (keep-alive) is due in that very turn. */
	bench.core->now_ms += 3;
	server_core_turn_one(bench.core, 0);
	bench.core->now_ms -= 2;
	server_core_turn_one(bench.core, 1);
	assert_non_null(bob->session->pending);
	assert_int_equal(bob->session->pending->open, 1);
	acknowledge(&bench, bob, 1, 1);
	bench.core->now_ms += 2;
	settle(&bench);
	hears_delivered(&bench, 1, 1);
	hears_nothing(&bench, bench.ann);
	bench_finish(&bench);
}

static void taking_the_name_that_one_has_is_no_news_to_watchers(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	say_watch(&bench, bench.bob, 1);
	for (uint32_t i = 1; i <= 2; i++) {
		struct byte_writer *writer =
			server_core_begin(bench.core, RELAY_REQUEST, RELAY_TYPE_HELLO, i);

		relay_put_text(writer, RELAY_FIELD_NAME, "ann");
		server_core_end(bench.core, bench.ann);
	}
	settle(&bench);
	hears(&bench, bench.bob, RELAY_INDICATION, RELAY_TYPE_WATCH, 0, RELAY_STATUS_OK);
	hears_nothing(&bench, bench.bob);
	bench_finish(&bench);
}

static void take_name(struct bench *bench, struct server_client *client, uint32_t id,
		      const char *name)
{
	struct byte_writer *writer =
		server_core_begin(bench->core, RELAY_REQUEST, RELAY_TYPE_HELLO, id);

	relay_put_text(writer, RELAY_FIELD_NAME, name);
	server_core_end(bench->core, client);
	settle(bench);
	hears(bench, client, RELAY_RESPONSE, RELAY_TYPE_HELLO, id, RELAY_STATUS_OK);
}

/* The FROM of a sender is kept between its messages: not longer than it is true. */
static void each_message_says_the_name_that_its_sender_has_then(void **state)
{
	static const char *const names[] = { NULL, "ann", "anna" };
	struct bench bench;

	(void)state;
	bench_init(&bench);
	for (uint32_t i = 0; i < 3; i++) {
		if (names[i])
			take_name(&bench, bench.ann, 100 + i, names[i]);
		for (uint32_t again = 1; again <= 2; again++) {
			uint32_t id = 2 * i + again;

			order(&bench, id, bench.bob->number, "x", NULL);
			settle(&bench);
			hears_message(&bench, bench.bob, id, "x");
			assert_int_equal(bench.said.from.number, bench.ann->number);
			assert_int_equal(bench.said.from.name.length,
					 names[i] ? strlen(names[i]) : 0);
			if (names[i])
				assert_memory_equal(bench.said.from.name.bytes, names[i],
						    strlen(names[i]));
		}
	}
	bench_finish(&bench);
}

static void behind_the_error_nothing_is_said_any_more(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	/* Its message to itself is gone with it, but ERROR is the last word. */
	order(&bench, 1, bench.ann->number, "to myself", NULL);
	settle(&bench);
	server_core_forget(bench.ann);
	server_core_say(bench.ann, "X", 1);
	settle(&bench);
	while (hear(&bench, bench.ann) && bench.frame.type != RELAY_TYPE_ERROR) {
		/* whatever comes before it */
	}
	assert_int_equal(bench.frame.type, RELAY_TYPE_ERROR);
	hears_nothing(&bench, bench.ann);
	assert_true(bench.ann->finished);
	bench_finish(&bench);
}

/* As delivery_begin() does, but the verdict will get lost on its way from another worker. */
static void open_request(struct bench *bench, uint32_t id)
{
	struct server_client *ann = bench->ann;

	assert_true(open_requests_add(&ann->session->requests, id, (uint32_t)bench->core->now_ms));
	session_tick_by(ann->worker, ann->session, bench->core->now_ms + RELAY_VERDICT_WITHIN_MS);
}

static void a_verdict_that_got_lost_is_made_up_for_after_15_s_and_not_later(void **state)
{
	struct bench bench;

	(void)state;
	bench_init(&bench);
	open_request(&bench, 8);
	wait_ms(&bench, RELAY_VERDICT_WITHIN_MS - 1);
	hears_nothing(&bench, bench.ann);
	wait_ms(&bench, 1);
	hears_answer(&bench, 8, RELAY_STATUS_INTERNAL);

	/* Another timer (keep-alive, at 30 s) in between does not put it off. */
	wait_ms(&bench, 14000);
	open_request(&bench, 9);
	wait_ms(&bench, 1500);
	server_core_say_bare(bench.core, bench.ann, RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_PING, 1);
	settle(&bench);
	server_core_forget(bench.ann);
	wait_ms(&bench, RELAY_VERDICT_WITHIN_MS - 1501);
	hears_nothing(&bench, bench.ann);
	wait_ms(&bench, 1);
	hears_answer(&bench, 9, RELAY_STATUS_INTERNAL);
	bench_finish(&bench);
}

static void at_the_pause_limit_the_largest_answer_still_finds_room(void **state)
{
	struct relay_server_config config = server_core_usual();
	static const uint8_t data[RELAY_BODY_MAX_BYTES - RELAY_FIELD_HEADER_BYTES];
	struct byte_writer *writer;
	struct bench bench;

	(void)state;
	config.max_body_bytes = RELAY_BODY_MAX_BYTES;
	bench_start(&bench, &config, 0);
	bench.ann->window = 0;
	queue_bytes(bench.ann, RELAY_QUEUE_PAUSE_BYTES);
	writer = server_core_begin(bench.core, RELAY_REQUEST, RELAY_TYPE_PING, 1);
	relay_put_bytes(writer, RELAY_FIELD_DATA, data, sizeof(data));
	server_core_end(bench.core, bench.ann);
	settle(&bench);
	assert_non_null(bench.ann->session);
	bench_finish(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_begins_with_hello_and_holds_no_buffer_afterwards),
		cmocka_unit_test(
			a_message_is_reported_delivered_when_it_was_acknowledged_and_not_before),
		cmocka_unit_test(an_acknowledgement_of_another_id_is_passed_over),
		cmocka_unit_test(an_id_that_is_open_is_refused_and_the_first_stays_open),
		cmocka_unit_test(answers_share_a_through_only_over_ids_without_a_gap),
		cmocka_unit_test(a_message_without_acknowledgement_times_out_after_10_s),
		cmocka_unit_test(
			a_repeat_in_flight_gets_the_verdict_of_the_first_and_no_second_delivery),
		cmocka_unit_test(a_late_acknowledgement_makes_a_repeat_delivered),
		cmocka_unit_test(after_a_timeout_it_is_tried_anew_once_that_connection_is_gone),
		cmocka_unit_test(after_gone_or_no_such_client_a_message_id_is_tried_anew),
		cmocka_unit_test(
			a_room_is_answered_when_each_other_member_has_acknowledged_or_failed),
		cmocka_unit_test(silence_is_answered_with_ping_and_at_one_and_a_half_with_the_end),
		cmocka_unit_test(without_keepalive_silence_lasts_for_ever),
		cmocka_unit_test(after_the_last_word_the_peers_end_is_waited_for_1_s_at_most),
		cmocka_unit_test(
			bye_is_answered_after_all_earlier_requests_and_what_follows_is_discarded),
		cmocka_unit_test(bye_waits_10_s_at_most_for_a_verdict_that_never_comes),
		cmocka_unit_test(a_half_closed_client_leaves_at_once_and_still_gets_its_answers),
		cmocka_unit_test(what_a_client_has_not_acknowledged_when_it_goes_is_gone),
		cmocka_unit_test(at_shutdown_open_requests_are_answered_then_bye_then_the_end),
		cmocka_unit_test(at_shutdown_a_client_that_reads_nothing_is_left_after_5_s),
		cmocka_unit_test(what_no_client_may_send_ends_the_connection_with_its_status),
		cmocka_unit_test(a_header_that_is_still_good_is_waited_for),
		cmocka_unit_test(a_malformed_body_ends_only_its_request),
		cmocka_unit_test(wherever_a_conversation_is_cut_the_server_says_the_same),
		cmocka_unit_test(read_a_few_bytes_at_a_time_the_server_says_the_same),
		cmocka_unit_test(
			a_large_frame_in_small_pieces_is_put_together_and_its_memory_given_back),
		cmocka_unit_test(a_queue_of_256_kib_is_busy_and_one_below_is_not),
		cmocka_unit_test(a_queue_of_1_mib_is_kept_and_one_byte_more_cuts_the_client_off),
		cmocka_unit_test(what_does_not_shrink_for_10_s_cuts_the_client_off),
		cmocka_unit_test(who_does_not_read_its_answers_is_not_read_from_and_loses_none),
		cmocka_unit_test(
			requests_by_the_thousand_are_served_in_turns_and_others_in_between),
		cmocka_unit_test(the_4097th_unacknowledged_message_is_busy),
		cmocka_unit_test(one_client_may_have_16384_sends_open_and_no_more),
		cmocka_unit_test(when_message_numbers_are_used_up_the_client_must_connect_again),
		cmocka_unit_test(a_rate_refuses_what_is_over_it_and_says_how_long_to_wait),
		cmocka_unit_test(a_watcher_hears_of_others_and_never_of_itself),
		cmocka_unit_test(a_watcher_whose_queue_is_full_is_closed_with_busy),
		cmocka_unit_test(between_two_workers_a_message_and_its_verdict_arrive_as_on_one),
		cmocka_unit_test(
			a_message_to_a_classic_client_is_passed_when_its_tcp_has_every_byte),
		cmocka_unit_test(one_silence_gets_one_ping_whatever_else_is_due_in_between),
		cmocka_unit_test(a_range_over_what_was_acknowledged_before_answers_only_the_rest),
		cmocka_unit_test(a_session_that_ends_with_frames_waiting_is_forgotten_whole),
		cmocka_unit_test(at_shutdown_a_request_whose_verdict_is_still_away_is_answered_too),
		cmocka_unit_test(
			a_message_from_a_worker_whose_clock_is_ahead_does_not_time_out_at_once),
		cmocka_unit_test(taking_the_name_that_one_has_is_no_news_to_watchers),
		cmocka_unit_test(each_message_says_the_name_that_its_sender_has_then),
		cmocka_unit_test(behind_the_error_nothing_is_said_any_more),
		cmocka_unit_test(a_verdict_that_got_lost_is_made_up_for_after_15_s_and_not_later),
		cmocka_unit_test(at_the_pause_limit_the_largest_answer_still_finds_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
