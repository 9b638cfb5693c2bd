/* What the application takes: events, one by one, and the calls that wait for them. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "net/socket.h"
#include "relay_client/client_internal.h"

static uint64_t deadline_after(int timeout_ms)
{
	if (timeout_ms < 0)
		return CORE_NEVER;
	if (timeout_ms == 0)
		return 0;
	return clock_elapsed_ns() + (uint64_t)timeout_ms * NS_PER_MS;
}

/* Not known yet: asking for the time costs more than taking an event that is there. */
#define DEADLINE_UNSET (CORE_NEVER - 1)

static void set_deadline(uint64_t *until_ns, int timeout_ms)
{
	if (*until_ns == DEADLINE_UNSET)
		*until_ns = deadline_after(timeout_ms);
}

static bool is_past(uint64_t until_ns)
{
	return until_ns != CORE_NEVER && (until_ns == 0 || clock_elapsed_ns() >= until_ns);
}

bool client_queue_is_full(const struct wt_client *client)
{
	return client->queue.bytes >= client->queue.max_bytes + client->queue_extra_bytes;
}

void client_note_event(struct wt_client *client, const struct wt_event *event)
{
	if (event->kind == WT_EVENT_CONNECTED)
		client->connects++;
	if (event->kind != WT_EVENT_DISCONNECTED)
		return;
	client->disconnects++;
	client->end_reason = event->as.disconnected.reason;
	(void)strncpy(client->end_text, event->as.disconnected.text, sizeof(client->end_text) - 1);
}

/* With a thread: the application is told that there is something to take. */
static void tell_news(struct wt_client *client, bool was_empty)
{
	if (!client->has_thread)
		return;
	if (was_empty)
		net_wake(client->events_fd);
	if (client->is_waiting) {
		client->is_waiting = false;
		net_wake(client->wake_fd);
	}
}

/* The core's next event, kept in `held` until somebody takes it or it is queued. */
static bool hold_next(struct wt_client *client)
{
	if (!client->is_holding && core_next_event(&client->core, &client->held)) {
		client->is_holding = true;
		client_note_event(client, &client->held);
	}
	return client->is_holding;
}

static bool queue_held(struct wt_client *client)
{
	bool was_empty = !client->queue.first;

	if (!event_queue_push(&client->queue, &client->held, client->core.serial,
			      client->core.block))
		return false;
	(void)core_steal_block(&client->core);
	core_release_event(&client->core);
	client->is_holding = false;
	tell_news(client, was_empty);
	return true;
}

void client_queue_events(struct wt_client *client)
{
	while (!client_queue_is_full(client) && hold_next(client)) {
		if (!queue_held(client))
			return;
	}
}

/* --- Handing over --- */

static void acknowledge(struct wt_client *client, uint32_t number, uint64_t serial)
{
	if (serial != client->core.serial)
		return;
	(void)core_acknowledge(&client->core, number, number);
	if (client->has_thread)
		client_wake_thread(client);
}

/* The application comes back: what it was given is done with. */
static void come_back(struct wt_client *client)
{
	if (client->given_is_due)
		acknowledge(client, client->given_number, client->given_serial);
	client->given_is_due = false;
	event_queue_release(&client->queue, client->taken);
	client->taken = NULL;
	/* With a thread nothing of the core's is ever given out. */
	if (!client->has_thread && !client->is_holding)
		core_release_event(&client->core);
}

/* False: a message that the application was given before. */
static bool note_given(struct wt_client *client, const struct wt_event *event, uint64_t serial)
{
	const uint8_t *id = event->as.message.message_id;

	if (event->kind == WT_EVENT_CONNECTED)
		client->told_serial = serial;
	if (event->kind != WT_EVENT_MESSAGE)
		return true;
	client->given_number = event->as.message.number;
	client->given_serial = serial;
	if (client->manual_acknowledge)
		return true;
	if (id && core_is_repeated(&client->core, id, clock_elapsed_ns())) {
		acknowledge(client, client->given_number, serial);
		return false;
	}
	client->given_is_due = true;
	return true;
}

static void give_entry(struct wt_client *client, struct event_entry *entry, struct wt_event *out)
{
	event_queue_release(&client->queue, client->taken);
	client->taken = entry;
	*out = entry->event;
	if (!client->has_thread)
		return;
	if (!client->queue.first)
		net_wake_clear(client->events_fd);
	if (client->thread_is_stalled && !client_queue_is_full(client))
		client_wake_thread(client);
}

static void give_held(struct wt_client *client, struct wt_event *out)
{
	*out = client->held;
	client->is_holding = false;
	if (out->kind == WT_EVENT_DISCONNECTED)
		transport_close(&client->transport);
}

static bool give_next(struct wt_client *client, struct wt_event *out)
{
	for (;;) {
		struct event_entry *entry = event_queue_take_first(&client->queue);
		uint64_t serial = client->core.serial;

		if (entry) {
			serial = entry->serial;
			give_entry(client, entry, out);
		} else if (!client->has_thread && hold_next(client)) {
			give_held(client, out);
		} else {
			return false;
		}
		if (note_given(client, out, serial))
			return true;
	}
}

/* Nothing is left to be taken, and nothing will come. */
static bool is_all_over(const struct wt_client *client)
{
	return client->core.state == CORE_IDLE && !client->is_holding && !client->queue.first &&
	       !core_has_event(&client->core);
}

/*
 * Waits until something may have changed, or until_ns. Without a thread the work that makes
 * it change is done here.
 */
static void wait_for_news(struct wt_client *client, uint64_t until_ns)
{
	if (!client->has_thread)
		(void)client_turn(client, client->wake_fd, until_ns);
	else if (until_ns > 0)
		(void)transport_wait(NULL, 0, client->wake_fd, until_ns);
}

/*
 * What was queued while the application took events, acknowledgements above all, is not kept
 * back until the last of them: it may take its time with each.
 */
static void flush_in_time(struct wt_client *client)
{
	uint64_t now;

	if (client->has_thread || !core_has_output(&client->core))
		return;
	now = clock_elapsed_ns();
	if (now - client->flushed_ns < CLIENT_FLUSH_NS)
		return;
	client->flushed_ns = now;
	client_flush(client, true);
}

enum wt_result wt_poll(struct wt_client *client, int timeout_ms, struct wt_event *out)
{
	uint64_t until = DEADLINE_UNSET;
	bool has_tried = client->has_thread;

	client_lock(client);
	come_back(client);
	for (;;) {
		bool is_given = give_next(client, out);
		bool is_over = !is_given && is_all_over(client);

		client->is_waiting = !is_given && !is_over && timeout_ms != 0;
		client_unlock(client);
		if (is_given) {
			flush_in_time(client);
			return WT_OK;
		}
		if (is_over)
			return client_fail(client, WT_NOT_CONNECTED, "there is no connection");
		if (atomic_exchange(&client->woken, false))
			return WT_TIMEOUT;
		set_deadline(&until, timeout_ms);
		if (has_tried && is_past(until))
			return WT_TIMEOUT;
		wait_for_news(client, until);
		has_tried = true;
		client_lock(client);
	}
}

/* --- Waiting for one answer --- */

static bool is_awaited(const struct wt_client *client, uint32_t request)
{
	const struct in_flight_request *open = in_flight_find(&client->core.in_flight, request);

	if (open && (open->flags & IN_FLIGHT_INTERNAL) == 0)
		return true;
	return client->is_holding && client->held.request == request;
}

/*
 * An application that only waits for answers never takes CONNECTED. A list of the present
 * connection tells it as much: the numbers that it has from then on are this connection's.
 */
static void note_listed(struct wt_client *client, const struct wt_event *event, uint64_t serial)
{
	if (event->kind == WT_EVENT_ANSWER && event->as.answer.type == WT_REQUEST_LIST &&
	    event->as.answer.result == WT_OK && serial == client->core.serial)
		client->told_serial = serial;
}

/* OK: *out is the answer. TIMEOUT: it did not come yet. Else: it can't. */
static enum wt_result seek_answer(struct wt_client *client, uint32_t request, struct wt_event *out)
{
	struct event_entry *entry = event_queue_take_answer(&client->queue, request);

	if (entry) {
		note_listed(client, &entry->event, entry->serial);
		give_entry(client, entry, out);
		return WT_OK;
	}
	while (!client->has_thread && !client_queue_is_full(client) && hold_next(client)) {
		if (client->held.request == request) {
			note_listed(client, &client->held, client->core.serial);
			give_held(client, out);
			return WT_OK;
		}
		if (!queue_held(client))
			return WT_NO_MEMORY;
	}
	if (!is_awaited(client, request))
		return WT_INVALID;
	return client_queue_is_full(client) ? WT_QUEUE_FULL : WT_TIMEOUT;
}

static const char *sentence_for(enum wt_result result)
{
	if (result == WT_QUEUE_FULL)
		return "the answer is behind more events than are kept: take some";
	if (result == WT_NO_MEMORY)
		return "no memory";
	return "there is no such request, or its answer was taken";
}

enum wt_result wt_wait(struct wt_client *client, uint32_t request, int timeout_ms,
		       struct wt_event *out)
{
	uint64_t until = DEADLINE_UNSET;
	bool has_tried = client->has_thread;

	if (request == 0)
		return client_fail(client, WT_INVALID, sentence_for(WT_INVALID));
	client_lock(client);
	come_back(client);
	for (;;) {
		enum wt_result result = seek_answer(client, request, out);

		client->is_waiting = result == WT_TIMEOUT && timeout_ms != 0;
		client_unlock(client);
		if (result == WT_OK) {
			flush_in_time(client);
			return WT_OK;
		}
		if (result != WT_TIMEOUT)
			return client_fail(client, result, sentence_for(result));
		if (atomic_exchange(&client->woken, false))
			return WT_TIMEOUT;
		set_deadline(&until, timeout_ms);
		if (has_tried && is_past(until))
			return WT_TIMEOUT;
		wait_for_news(client, until);
		has_tried = true;
		client_lock(client);
	}
}

/* --- Waiting for the connection, and for its end --- */

/* Waits until one of the counters is another than it was. False: the time is over. */
static bool wait_for_change(struct wt_client *client, uint64_t connects, uint64_t disconnects,
			    uint64_t until_ns)
{
	bool has_tried = client->has_thread;

	for (;;) {
		bool is_changed;

		client_lock(client);
		if (!client->has_thread)
			client_queue_events(client);
		is_changed = client->connects != connects || client->disconnects != disconnects;
		client->is_waiting = !is_changed;
		client_unlock(client);
		if (is_changed)
			return true;
		if (has_tried && is_past(until_ns))
			return false;
		wait_for_news(client, until_ns);
		has_tried = true;
	}
}

enum wt_result wt_connect_wait(struct wt_client *client, const char *server, int timeout_ms)
{
	uint64_t until = deadline_after(timeout_ms);
	uint64_t connects;
	uint64_t disconnects;
	enum wt_result result;
	bool is_changed;

	client_lock(client);
	come_back(client);
	client_unlock(client);
	result = wt_connect(client, server);
	if (result != WT_OK)
		return result;

	client_lock(client);
	connects = client->connects_at_start;
	disconnects = client->disconnects_at_start;
	/* Events of an earlier connection must not keep this one's from coming. */
	client->queue_extra_bytes = client->queue.bytes;
	client_unlock(client);
	is_changed = wait_for_change(client, connects, disconnects, until);
	client_lock(client);
	client->queue_extra_bytes = 0;
	if (!is_changed) {
		core_abandon(&client->core);
		if (client->has_thread)
			client_wake_thread(client);
	}
	result = client->connects != connects ? WT_OK : client->end_reason;
	client_unlock(client);
	if (!is_changed)
		return client_fail(client, WT_TIMEOUT, "the server did not answer in time");
	return result == WT_OK ? WT_OK : client_fail(client, result, client->end_text);
}

enum wt_result wt_disconnect(struct wt_client *client, int timeout_ms)
{
	uint64_t until = deadline_after(timeout_ms);
	uint64_t disconnects;
	enum wt_result result;
	bool is_changed;

	client_lock(client);
	come_back(client);
	if (core_is_over(&client->core)) {
		client_unlock(client);
		return client_fail(client, WT_NOT_CONNECTED, "there is no connection");
	}
	core_leave(&client->core, clock_elapsed_ns());
	/* The answers of all that is in flight have to find room. */
	client->queue_extra_bytes =
		client->queue.bytes + (client->core.in_flight.count + 1) * CLIENT_EVENT_BYTES;
	disconnects = client->disconnects;
	if (client->has_thread)
		client_wake_thread(client);
	client_unlock(client);

	do {
		uint64_t connects;

		client_lock(client);
		connects = client->connects;
		client_unlock(client);
		is_changed = wait_for_change(client, connects, disconnects, until);
	} while (is_changed && client->disconnects == disconnects);

	client_lock(client);
	client->queue_extra_bytes = 0;
	if (!is_changed) {
		core_abandon(&client->core);
		if (client->has_thread)
			client_wake_thread(client);
	}
	result = client->end_reason;
	client_unlock(client);
	if (!client->has_thread)
		transport_close(&client->transport);
	if (!is_changed)
		return client_fail(client, WT_TIMEOUT, "the server did not answer BYE in time");
	return result == WT_OK ? WT_OK : client_fail(client, result, client->end_text);
}

/* --- For loops of the application's own --- */

int wt_fd(const struct wt_client *client)
{
	if (client->has_thread)
		return client->events_fd;
	return client->transport.socket_fd >= 0 ? client->transport.socket_fd : client->wake_fd;
}

unsigned wt_want(const struct wt_client *client)
{
	const struct transport *transport = &client->transport;
	const struct input_buffer *input = &client->core.input;
	unsigned want;

	if (client->has_thread || transport->socket_fd < 0)
		return WT_WANT_READ;
	want = transport_want(transport,
			      input->end < input->capacity || !core_has_event(&client->core));
	if (transport_is_up(transport) && core_has_output(&client->core))
		want |= WT_WANT_WRITE;
	return want;
}

int wt_timeout_ms(const struct wt_client *client)
{
	const struct client_core *core = &client->core;
	const struct transport *transport = &client->transport;
	uint64_t until;
	uint64_t now;

	if (client->has_thread)
		return -1;
	until = core_deadline(core);
	if (client->queue.first || client->is_holding || core_has_event(core) ||
	    (core_wants_stream(core) && transport->attempt != core->attempts))
		return 0;
	if (transport->connecting && transport->give_up_ns < until)
		until = transport->give_up_ns;
	if (until == CORE_NEVER)
		return -1;
	now = clock_elapsed_ns();
	if (until <= now)
		return 0;
	until = (until - now + NS_PER_MS - 1) / NS_PER_MS;
	return until < INT32_MAX ? (int)until : INT32_MAX;
}

void wt_process(struct wt_client *client)
{
	if (!client->has_thread)
		(void)client_turn(client, client->wake_fd, 0);
}

void wt_wakeup(struct wt_client *client)
{
	int error = errno; /* of the code that a signal handler interrupted */

	atomic_store(&client->woken, true);
	net_wake(client->wake_fd);
	errno = error;
}
