#include "support/server_core.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "relay_server/room_delivery.h"

#define PIECES_PER_SEND 8u
#define TURNS_MAX 100000u /* more than any script needs: then it goes round in circles */

_Static_assert(offsetof(struct server_core, shared) == 0, "a worker's shared is cast to the bench");

static void must(bool held)
{
	if (!held)
		abort();
}

static struct server_core *core_of(const struct worker *worker)
{
	return (struct server_core *)(void *)worker->shared;
}

static struct server_client *client_of(struct server_core *core, const struct session *session)
{
	for (unsigned i = 0; i < core->client_count; i++) {
		if (core->clients[i].session == session)
			return &core->clients[i];
	}
	abort();
}

static bool adopted(struct worker *worker, struct session *session)
{
	core_of(worker)->arriving->session = session;
	return true;
}

/* Nobody waits for events here: the field holds what the client's TCP is said to owe. It can't owe
 * more than it was sent. */
static int64_t unacknowledged(const struct session *session)
{
	int64_t owed = (int32_t)session->watch.events;
	int64_t sent = (int64_t)(session->out.total - session->out.bytes);

	return owed < sent ? owed : sent;
}

static void flush(struct worker *worker, struct session *session);

struct relay_server_config server_core_usual(void)
{
	return (struct relay_server_config){
		.name = "bench",
		.workers = 1,
		.max_clients = SERVER_CORE_CLIENTS_MAX,
		.max_body_bytes = RELAY_BODY_DEFAULT_BYTES,
		.keepalive_ms = 30000,
	};
}

static void init_shared(struct relay_shared *shared, const struct relay_server_config *config)
{
	shared->config = *config;
	directory_init(&shared->directory);
	room_directory_init(&shared->rooms, config->workers);
	message_ids_init(&shared->message_ids);
	admission_init(&shared->admission, config->max_clients, config->max_per_address);
	shared->request_multiplier = 0x9e3779b1u;
}

static void connect_workers(struct server_core *core)
{
	unsigned count = core->shared.config.workers;

	for (unsigned i = 0; i < count; i++) {
		struct inbox *inbox = &core->workers[i].inbox;

		must(outbox_init(&core->outside[i], inbox) == 0);
		for (unsigned j = 0; j < count; j++)
			must(outbox_init(&core->workers[j].outboxes[i], inbox) == 0);
	}
}

struct server_core *server_core_create(const struct relay_server_config *config)
{
	struct server_core *core = calloc(1, sizeof(*core));

	must(core && config->workers >= 1 && config->workers <= SERVER_CORE_WORKERS_MAX);
	core->frame_bytes = malloc(SERVER_CORE_FRAME_MAX);
	must(core->frame_bytes);
	core->now_ms = SERVER_CORE_START_MS;
	init_shared(&core->shared, config);
	for (unsigned i = 0; i < config->workers; i++) {
		struct worker *worker = &core->workers[i];

		must(worker_init(worker, &core->shared, i) == 0);
		worker->adopted = adopted;
		worker->unacknowledged = unacknowledged;
		worker->flush = flush;
		worker->now_ms = core->now_ms;
		worker->wall_ns = SERVER_CORE_WALL_NS;
		core->shared.workers[i] = worker;
	}
	connect_workers(core);
	return core;
}

static void doom_all(struct server_core *core)
{
	for (unsigned i = 0; i < core->client_count; i++) {
		struct server_client *client = &core->clients[i];

		if (client->session)
			session_doom(client->worker, client->session, "the bench ends");
	}
}

/* All clients go; what is left of the server is what it has without any. */
static void clear(struct server_core *core)
{
	doom_all(core);
	(void)server_core_settle(core);
	for (unsigned i = 0; i < core->shared.config.workers; i++)
		room_sends_finish(&core->workers[i]);
	for (unsigned i = 0; i < core->client_count; i++) {
		byte_queue_finish(&core->clients[i].said);
		byte_queue_finish(&core->clients[i].heard);
	}
	core->client_count = 0;
}

static void finish_shared(struct relay_shared *shared)
{
	directory_finish(&shared->directory);
	room_directory_finish(&shared->rooms);
	message_ids_destroy(&shared->message_ids);
	admission_finish(&shared->admission);
}

void server_core_destroy(struct server_core *core)
{
	if (!core)
		return;
	clear(core);
	for (unsigned i = 0; i < core->shared.config.workers; i++)
		outbox_finish(&core->outside[i]);
	for (unsigned i = 0; i < core->shared.config.workers; i++)
		worker_finish(&core->workers[i]);
	finish_shared(&core->shared);
	free(core->frame_bytes);
	free(core);
}

/* What a worker remembers of clients that are gone. */
static void renew_worker(struct worker *worker)
{
	hash_table_finish(&worker->sessions);
	hash_table_finish(&worker->local_rooms);
	timer_heap_finish(&worker->timers);
	timer_heap_init(&worker->timers);
	memset(worker->recent, 0, sizeof(worker->recent));
	memset(worker->routes, 0, sizeof(worker->routes));
	worker->from.number = 0;
	worker->zone_at_ms = 0;
	worker->shutting_down = false;
	worker->end_by_ms = 0;
	worker->now_ms = SERVER_CORE_START_MS;
}

void server_core_renew(struct server_core *core, const struct relay_server_config *config)
{
	must(config->workers == core->shared.config.workers);
	clear(core);
	finish_shared(&core->shared);
	init_shared(&core->shared, config);
	core->now_ms = SERVER_CORE_START_MS;
	for (unsigned i = 0; i < config->workers; i++)
		renew_worker(&core->workers[i]);
}

void server_core_reset(struct server_client *client)
{
	if (client->session)
		session_doom(client->worker, client->session, "connection reset by the client");
}

bool server_core_is_empty(const struct server_core *core)
{
	const struct relay_shared *shared = &core->shared;

	for (unsigned i = 0; i < shared->config.workers; i++) {
		const struct worker *worker = &core->workers[i];

		if (worker->sessions.count > 0 || worker->local_rooms.count > 0 ||
		    worker->timers.count > 0 || worker->watchers || worker->room_sends ||
		    worker->ready || worker->dirty || worker->dead || worker->graves ||
		    worker->taken || worker->inbox.first || worker->inbox.message_bytes > 0 ||
		    worker->session_count > 0)
			return false;
		for (unsigned j = 0; j < shared->config.workers; j++) {
			if (worker->outboxes[j].first)
				return false;
		}
	}
	return shared->directory.clients.count == shared->directory.clients.removed &&
	       shared->directory.by_name.count == 0 && shared->directory.by_address.count == 0 &&
	       shared->rooms.by_name.count == 0 && shared->admission.count == 0 &&
	       shared->watchers == 0;
}

struct server_client *server_core_connect(struct server_core *core, unsigned worker, bool classic)
{
	const uint32_t number = core->client_count + 1;
	const struct inbox_item item = {
		.kind = INBOX_ADOPT,
		.classic = classic,
		.fd = -1,
		.number = number,
		.address = { .family = 4,
			     .port = (uint16_t)(40000 + number),
			     .bytes = { 127, 0, 0, 1 } },
	};
	struct server_client *client;

	must(worker < core->shared.config.workers);
	if (core->client_count == SERVER_CORE_CLIENTS_MAX ||
	    admission_enter(&core->shared.admission, &item.address) != NULL)
		return NULL;
	client = &core->clients[core->client_count++];
	*client = (struct server_client){ .worker = &core->workers[worker],
					  .number = number,
					  .read_max = SIZE_MAX,
					  .window = SIZE_MAX };
	byte_queue_init(&client->said, SERVER_CORE_QUEUE_MAX);
	byte_queue_init(&client->heard, SERVER_CORE_QUEUE_MAX);
	core->arriving = client;
	client->worker->now_ms = core->now_ms;
	must(outbox_add(&core->outside[worker], &item, NULL, 0));
	must(outbox_flush(&core->outside[worker]));
	atomic_fetch_add(&client->worker->session_count, 1);
	while (worker_read_inbox(client->worker)) {
		/* what other workers sent before comes first */
	}
	core->arriving = NULL;
	return client->session ? client : NULL;
}

void server_core_say(struct server_client *client, const void *bytes, size_t length)
{
	must(byte_queue_push(&client->said, bytes, length));
}

struct byte_writer *server_core_begin(struct server_core *core, enum relay_kind kind, uint16_t type,
				      uint32_t id)
{
	core->writer = byte_writer_into(core->frame_bytes, SERVER_CORE_FRAME_MAX);
	(void)relay_frame_begin(&core->writer, kind, type, 0, id);
	return &core->writer;
}

void server_core_end(struct server_core *core, struct server_client *client)
{
	must(!core->writer.overflowed);
	relay_frame_end(&core->writer, 0);
	server_core_say(client, core->writer.bytes, core->writer.length);
}

void server_core_say_bare(struct server_core *core, struct server_client *client,
			  enum relay_kind kind, uint16_t type, uint32_t id)
{
	(void)server_core_begin(core, kind, type, id);
	server_core_end(core, client);
}

bool server_core_hear(struct server_client *client, struct relay_frame *frame,
		      struct relay_message *message)
{
	size_t size;

	byte_queue_drop(&client->heard, client->heard_frame);
	client->heard_frame = 0;
	if (relay_frame_decode(byte_queue_bytes(&client->heard), byte_queue_length(&client->heard),
			       RELAY_BODY_MAX_BYTES + RELAY_SERVER_EXTRA_BYTES, frame,
			       &size) != RELAY_FRAME_OK)
		return false;
	if (relay_message_decode(frame, message, NULL) != RELAY_MESSAGE_OK)
		return false;
	client->heard_frame = size;
	return true;
}

void server_core_forget(struct server_client *client)
{
	byte_queue_drop(&client->heard, byte_queue_length(&client->heard));
	client->heard_frame = 0;
}

/* ---- what worker_loop.c does, with the client's struct in the kernel's place ---- */

static size_t take_pieces(struct server_client *client, const struct iovec *pieces, size_t count)
{
	size_t taken = 0;

	for (size_t i = 0; i < count && client->window > 0; i++) {
		size_t length =
			pieces[i].iov_len < client->window ? pieces[i].iov_len : client->window;

		must(byte_queue_push(&client->heard, pieces[i].iov_base, length));
		client->window -= length;
		taken += length;
	}
	return taken;
}

static void flush(struct worker *worker, struct session *session)
{
	struct server_client *client = client_of(core_of(worker), session);

	session_flush_answer(worker, session);
	session->blocked = false;
	while (session->out.bytes > 0 && session->state != SESSION_DEAD) {
		struct iovec pieces[PIECES_PER_SEND];
		size_t count = out_queue_gather(&session->out, pieces, PIECES_PER_SEND);

		session_sent(worker, session, take_pieces(client, pieces, count));
		session->blocked = client->window == 0 && session->out.bytes > 0;
		if (session->blocked)
			break;
	}
	if (session->state == SESSION_CLOSING && session->out.bytes == 0) {
		client->finished = true;
		session_all_said(worker, session);
	}
}

static void end_turn(struct server_core *core, struct worker *worker)
{
	struct session *session;

	(void)worker_flush_outboxes(worker);
	while (worker->dirty || worker->dead) {
		worker_unregister_dead(worker);
		session = worker->dirty;
		if (!session)
			continue;
		worker->dirty = session->next_dirty;
		session->is_dirty = false;
		if (session->state != SESSION_DEAD)
			flush(worker, session);
	}
	(void)worker_flush_outboxes(worker);
	while ((session = worker_take_grave(worker)) != NULL) {
		client_of(core, session)->session = NULL;
		session_destroy(worker, session);
		atomic_fetch_sub(&worker->session_count, 1);
	}
}

static void stream_ended(struct server_client *client)
{
	struct session *session = client->session;

	if (session->classic && session->pending)
		session_look_passed(client->worker, session);
	session_end_of_stream(client->worker, session);
	session_mark_dirty(client->worker, session);
}

/* Is there anything to read, and would the server read it? */
static bool is_readable(const struct server_client *client)
{
	const struct session *session = client->session;

	if (!session || session->state == SESSION_DEAD || session->is_ready || session->paused ||
	    session->end_of_stream)
		return false;
	return client->hung_up || byte_queue_length(&client->said) > 0;
}

/* Returns true where there may be more to read. */
static bool receive_once(struct server_client *client)
{
	struct session *session = client->session;
	size_t length;
	size_t got = byte_queue_length(&client->said);
	uint8_t *room;

	if (got == 0) {
		stream_ended(client);
		return false;
	}
	room = session_receive_room(client->worker, session, &length);
	must(room && length > 0);
	if (got > length)
		got = length;
	if (got > client->read_max)
		got = client->read_max;
	memcpy(room, byte_queue_bytes(&client->said), got);
	byte_queue_drop(&client->said, got);
	if (session->state == SESSION_OPEN)
		session_received(client->worker, session, got);
	return got == length;
}

static void receive(struct server_client *client)
{
	for (unsigned i = 0; i < RELAY_READS_PER_TURN && is_readable(client); i++) {
		if (!receive_once(client))
			break;
	}
	if (client->session->paused)
		session_mark_dirty(client->worker, client->session);
}

void server_core_turn_one(struct server_core *core, unsigned index)
{
	struct worker *worker = &core->workers[index];

	worker->now_ms = core->now_ms;
	worker->ready_now = worker->ready;
	worker->ready = NULL;
	for (unsigned i = 0; i < core->client_count; i++) {
		struct server_client *client = &core->clients[i];

		if (client->worker != worker || !client->session)
			continue;
		client->session->watch.events = (uint32_t)client->unacknowledged;
		if (is_readable(client))
			receive(client);
		if (client->session->out.bytes > 0 && client->window > 0)
			session_mark_dirty(worker, client->session);
	}
	(void)worker_read_inbox(worker);
	worker_run_ready(worker);
	worker_run_timers(worker);
	end_turn(core, worker);
}

void server_core_turn(struct server_core *core)
{
	for (unsigned i = 0; i < core->shared.config.workers; i++)
		server_core_turn_one(core, i);
}

static bool is_settled(const struct server_core *core)
{
	for (unsigned i = 0; i < core->shared.config.workers; i++) {
		const struct worker *worker = &core->workers[i];

		if (worker->ready || worker->dirty || worker->dead || worker->taken ||
		    worker->inbox.first || atomic_load(&worker->watchers_missed) ||
		    timer_heap_next_ms(&worker->timers) <= core->now_ms)
			return false;
	}
	for (unsigned i = 0; i < core->client_count; i++) {
		const struct server_client *client = &core->clients[i];

		if (is_readable(client) ||
		    (client->session && client->session->out.bytes > 0 && client->window > 0))
			return false;
	}
	return true;
}

bool server_core_settle(struct server_core *core)
{
	for (unsigned turns = 0; !is_settled(core); turns++) {
		if (turns == TURNS_MAX)
			return false;
		server_core_turn(core);
	}
	return true;
}

static uint64_t next_deadline(const struct server_core *core)
{
	uint64_t next = TIMER_NEVER;

	for (unsigned i = 0; i < core->shared.config.workers; i++) {
		uint64_t theirs = timer_heap_next_ms(&core->workers[i].timers);

		if (theirs < next)
			next = theirs;
	}
	return next;
}

bool server_core_wait(struct server_core *core, uint64_t ms)
{
	uint64_t until = core->now_ms + ms;

	for (;;) {
		uint64_t next;

		if (!server_core_settle(core))
			return false;
		next = next_deadline(core);
		if (next > until)
			break;
		core->now_ms = next;
	}
	core->now_ms = until;
	return server_core_settle(core);
}

void server_core_shut_down(struct server_core *core)
{
	const struct inbox_item item = { .kind = INBOX_SHUTDOWN };

	for (unsigned i = 0; i < core->shared.config.workers; i++) {
		must(outbox_add(&core->outside[i], &item, NULL, 0));
		must(outbox_flush(&core->outside[i]));
	}
}
