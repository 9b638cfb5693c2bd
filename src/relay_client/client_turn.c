/* Where the core, which knows no socket, and the socket, which knows no protocol, meet. */
#include <stdio.h>

#include "base/clock.h"
#include "net/socket.h"
#include "relay_client/client_internal.h"

/* An event that there was no memory for is tried again so often. */
#define CLIENT_HELD_AGAIN_NS (10 * NS_PER_MS)

/* What a turn has to do, as the core saw it when the turn began. */
struct turn {
	bool wants_stream;
	bool starts;   /* a new attempt begins */
	bool looks_up; /* it is a reconnection, and here nobody minds the resolver's thread */
	uint8_t *room;
	size_t room_bytes;
	uint64_t until_ns;
	uint32_t user_timeout_ms; /* 0: leave it */
};

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Nothing may make the receiving thread wait for good while it has an event to queue. */
static uint64_t wait_bound(struct wt_client *client, uint64_t wait_until_ns)
{
	uint64_t until = earlier(wait_until_ns, core_deadline(&client->core));
	bool is_full = client_queue_is_full(client);

	client->thread_is_stalled = is_full;
	if (client->is_stopping)
		return 0;
	if (client->is_holding)
		return is_full ? until : earlier(until, clock_elapsed_ns() + CLIENT_HELD_AGAIN_NS);
	if (core_has_event(&client->core) && !is_full)
		return 0;
	return until;
}

/* Unacknowledged bytes end the connection when the server, too, would have given us up. */
static uint32_t user_timeout_ms(const struct client_core *core)
{
	uint64_t timeout = core->keepalive_ms + (uint64_t)core->keepalive_ms / 2;

	if (!core_is_connected(core))
		return 0;
	return timeout < INT32_MAX ? (uint32_t)timeout : INT32_MAX;
}

static void begin_turn(struct wt_client *client, uint64_t wait_until_ns, struct turn *turn)
{
	struct client_core *core = &client->core;
	struct transport *transport = &client->transport;

	client_lock(client);
	client->thread_is_woken = false;
	turn->wants_stream = core_wants_stream(core);
	turn->starts = turn->wants_stream && transport->attempt != core->attempts;
	if (turn->starts) {
		/* wt_connect() has just looked it up. */
		turn->looks_up = client->has_thread && client->attempt_at_start != core->attempts;
		transport->target = client->target;
		transport->attempt = core->attempts;
	} else if (transport_is_up(transport) && byte_queue_length(&transport->unsent) == 0) {
		(void)core_take_output(core, &transport->unsent);
	}
	turn->room = core_input_room(core, &turn->room_bytes);
	turn->until_ns = wait_bound(client, wait_until_ns);
	turn->user_timeout_ms = user_timeout_ms(core);
	client_unlock(client);
}

/* Moves bytes as far as that goes without waiting. */
static void move_bytes(struct wt_client *client, const struct turn *turn,
		       struct transport_report *report)
{
	struct transport *transport = &client->transport;

	if (transport_is_starting(transport))
		transport_progress(transport, client->connect_timeout_ns, report);
	if (!transport_is_up(transport) || report->started)
		return;
	transport_send(transport, report);
	if (turn->room)
		transport_receive(transport, turn->room, turn->room_bytes, report);
}

static bool has_news(const struct transport_report *report)
{
	return report->started || report->ended || report->received > 0;
}

/* Locked. */
static void note_ends(struct wt_client *client)
{
	client->local = client->transport.local;
	client->remote = client->transport.remote;
}

/* looked_ns: the time just before the socket was last read. */
static void end_turn(struct wt_client *client, const struct transport_report *report,
		     uint64_t looked_ns)
{
	struct client_core *core = &client->core;
	const struct transport *transport = &client->transport;
	uint64_t now = clock_elapsed_ns();

	client_lock(client);
	/* Meanwhile the application may have ended this connection, or even begun another. */
	if (core_wants_stream(core) && transport->attempt == core->attempts) {
		if (report->started || report->ended || transport->connecting)
			note_ends(client);
		if (report->started)
			core_stream_started(core, now);
		core_sent(core, report->sent);
		if (report->received > 0)
			core_received(core, report->received, now);
		if (report->ended)
			core_stream_ended(core, report->reason, report->text, now);
	}
	core_looked(core, looked_ns);
	core_tick(core, now);
	client->flushed_ns = now;
	client_unlock(client);
}

bool client_turn(struct wt_client *client, int wake_fd, uint64_t wait_until_ns)
{
	struct transport *transport = &client->transport;
	struct transport_report report = { 0 };
	struct turn turn = { 0 };
	uint64_t looked_ns;
	bool woken = false;

	begin_turn(client, wait_until_ns, &turn);
	if (!turn.wants_stream && transport->socket_fd >= 0)
		transport_close(transport);
	if (turn.starts && turn.looks_up)
		transport_start_lookup(transport, client->connect_timeout_ns, wake_fd, &report);
	else if (turn.starts)
		transport_start(transport, client->connect_timeout_ns, &report);
	if (turn.starts) {
		/* Before waiting: the application may ask, or give it up meanwhile. */
		client_lock(client);
		if (transport->attempt == client->core.attempts)
			note_ends(client);
		client_unlock(client);
	}
	if (turn.user_timeout_ms != 0 && transport_is_up(transport))
		transport_set_user_timeout(transport, turn.user_timeout_ms);
	looked_ns = clock_elapsed_ns();
	move_bytes(client, &turn, &report);
	if (!has_news(&report) && turn.until_ns > 0) {
		uint64_t until = turn.until_ns;

		if (transport_is_starting(transport))
			until = earlier(until, transport->give_up_ns);
		woken = transport_wait(transport, transport_want(transport, turn.room != NULL),
				       wake_fd, until);
		looked_ns = clock_elapsed_ns();
		move_bytes(client, &turn, &report);
	}
	end_turn(client, &report, looked_ns);
	return woken;
}

void client_flush(struct wt_client *client, bool all)
{
	struct client_core *core = &client->core;
	struct transport *transport = &client->transport;
	struct transport_report report = { 0 };

	if (!core_wants_stream(core) || transport->attempt != core->attempts ||
	    !transport_is_up(transport))
		return;
	if (!all && byte_queue_length(&core->output) < client->flush_at_bytes)
		return;
	if (byte_queue_length(&transport->unsent) == 0)
		(void)core_take_output(core, &transport->unsent);
	transport_send(transport, &report);
	core_sent(core, report.sent);
	/* While the kernel takes no more, trying at each request would be in vain. */
	client->flush_at_bytes = CLIENT_FLUSH_BYTES;
	if (byte_queue_length(&transport->unsent) > 0)
		client->flush_at_bytes += byte_queue_length(&core->output);
}

void client_wake_thread(struct wt_client *client)
{
	if (client->thread_is_woken)
		return;
	client->thread_is_woken = true;
	net_wake(client->thread_fd);
}

void *client_thread_main(void *argument)
{
	struct wt_client *client = argument;
	bool is_stopping;

	do {
		(void)client_turn(client, client->thread_fd, CORE_NEVER);
		client_lock(client);
		client_queue_events(client);
		is_stopping = client->is_stopping;
		client_unlock(client);
	} while (!is_stopping);
	return NULL;
}
