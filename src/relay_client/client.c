/* Making and ending clients, and what they tell of themselves. */
#include "wiretale/client.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/socket.h"
#include "relay_client/client_internal.h"

#define CLIENT_DEFAULT_CONNECT_TIMEOUT_MS 10000u
#define CLIENT_DEFAULT_IN_FLIGHT 16384u
#define CLIENT_MAX_IN_FLIGHT 65536u
#define CLIENT_DEFAULT_UNSENT_BYTES ((size_t)4 * 1024 * 1024)
#define CLIENT_DEFAULT_EVENT_BYTES ((size_t)4 * 1024 * 1024)
#define CLIENT_MAX_QUEUE_BYTES ((size_t)1024 * 1024 * 1024)
/* The struct's size in the first version of the library: no program was built with less. */
#define CLIENT_FIRST_OPTIONS_BYTES sizeof(struct wt_options)

void wt_options_init(struct wt_options *options)
{
	*options = (struct wt_options){
		.size = sizeof(*options),
		.connect_timeout_ms = CLIENT_DEFAULT_CONNECT_TIMEOUT_MS,
		.max_in_flight = CLIENT_DEFAULT_IN_FLIGHT,
		.max_unsent_bytes = CLIENT_DEFAULT_UNSENT_BYTES,
		.max_event_bytes = CLIENT_DEFAULT_EVENT_BYTES,
	};
}

/* The caller's options over the defaults, as far as the caller knew them. */
static bool read_options(const struct wt_options *given, struct wt_options *out)
{
	struct wt_options options = { 0 };
	struct wt_options defaults;

	wt_options_init(&defaults);
	if (given) {
		size_t size = given->size != 0 ? given->size : CLIENT_FIRST_OPTIONS_BYTES;

		if (size < CLIENT_FIRST_OPTIONS_BYTES)
			return false;
		memcpy(&options, given, size < sizeof(options) ? size : sizeof(options));
	}
	if (options.connect_timeout_ms == 0)
		options.connect_timeout_ms = defaults.connect_timeout_ms;
	if (options.max_in_flight == 0)
		options.max_in_flight = defaults.max_in_flight;
	if (options.max_unsent_bytes == 0)
		options.max_unsent_bytes = defaults.max_unsent_bytes;
	if (options.max_event_bytes == 0)
		options.max_event_bytes = defaults.max_event_bytes;
	if (options.max_in_flight > CLIENT_MAX_IN_FLIGHT ||
	    options.max_unsent_bytes > CLIENT_MAX_QUEUE_BYTES ||
	    options.max_event_bytes > CLIENT_MAX_QUEUE_BYTES)
		return false;
	if (options.name && !relay_name_is_valid((const uint8_t *)options.name,
						 strnlen(options.name, WT_NAME_MAX_BYTES + 1)))
		return false;
	*out = options;
	return true;
}

enum wt_result wt_client_create(const struct wt_options *given, struct wt_client **out)
{
	struct core_options core_options = { 0 };
	struct wt_options options;
	struct wt_client *client;

	if (!read_options(given, &options))
		return WT_INVALID;
	client = calloc(1, sizeof(*client));
	if (!client)
		return WT_NO_MEMORY;

	client->thread_fd = -1;
	client->events_fd = -1;
	client->wake_fd = net_wake_open();
	if (client->wake_fd < 0)
		goto free_client;
	if (pthread_mutex_init(&client->lock, NULL) != 0)
		goto close_wake;

	core_options.name = options.name;
	core_options.reconnect = options.reconnect;
	core_options.connect_timeout_ns = options.connect_timeout_ms * NS_PER_MS;
	core_options.max_in_flight = options.max_in_flight;
	core_options.max_unsent_bytes = options.max_unsent_bytes;
	hash_secret_init(&core_options.secret);
	core_init(&client->core, &core_options);
	transport_init(&client->transport);
	event_queue_init(&client->queue, options.max_event_bytes);
	atomic_init(&client->woken, false);
	client->manual_acknowledge = options.manual_acknowledge;
	client->connect_timeout_ns = core_options.connect_timeout_ns;
	*out = client;
	return WT_OK;

close_wake:
	(void)close(client->wake_fd);
free_client:
	free(client);
	return WT_SYSTEM;
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

void wt_client_destroy(struct wt_client *client)
{
	if (!client)
		return;
	if (client->has_thread) {
		client_lock(client);
		client->is_stopping = true;
		client_wake_thread(client);
		client_unlock(client);
		(void)pthread_join(client->thread, NULL);
	}
	transport_close(&client->transport);
	event_queue_release(&client->queue, client->taken);
	event_queue_finish(&client->queue);
	core_finish(&client->core);
	close_if_open(client->events_fd);
	close_if_open(client->thread_fd);
	close_if_open(client->wake_fd);
	(void)pthread_mutex_destroy(&client->lock);
	free(client);
}

enum wt_result wt_client_start_thread(struct wt_client *client)
{
	sigset_t all_signals;
	sigset_t signals;
	int thread_fd;
	int events_fd;
	int error;

	if (client->has_thread)
		return client_fail(client, WT_INVALID, "the thread was started before");
	thread_fd = net_wake_open();
	if (thread_fd < 0)
		goto fail;
	events_fd = net_wake_open();
	if (events_fd < 0)
		goto close_thread_fd;

	/* What was borrowed from the core's input would be read while it is received into. */
	core_release_event(&client->core);
	client->thread_fd = thread_fd;
	client->events_fd = events_fd;
	client->has_thread = true;
	if (client->queue.first)
		net_wake(events_fd);
	/* The application's signal handlers are not to run in a thread that it does not know. */
	(void)sigfillset(&all_signals);
	(void)pthread_sigmask(SIG_SETMASK, &all_signals, &signals);
	error = pthread_create(&client->thread, NULL, client_thread_main, client);
	(void)pthread_sigmask(SIG_SETMASK, &signals, NULL);
	if (error != 0)
		goto close_events_fd;
	return WT_OK;

close_events_fd:
	client->has_thread = false;
	client->thread_fd = -1;
	client->events_fd = -1;
	(void)close(events_fd);
close_thread_fd:
	(void)close(thread_fd);
fail:
	return client_fail(client, WT_SYSTEM, "no descriptor or no thread is left");
}

void client_lock(struct wt_client *client)
{
	if (client->has_thread)
		(void)pthread_mutex_lock(&client->lock);
}

void client_unlock(struct wt_client *client)
{
	if (client->has_thread)
		(void)pthread_mutex_unlock(&client->lock);
}

enum wt_result client_fail(struct wt_client *client, enum wt_result result, const char *text)
{
	size_t length;

	client_lock(client); /* the text may be one that the thread writes */
	length = strnlen(text, sizeof(client->error) - 1);
	memcpy(client->error, text, length);
	client->error[length] = '\0';
	client_unlock(client);
	return result;
}

const char *wt_error_text(const struct wt_client *client)
{
	return client->error;
}

static void copy_address(struct wt_address *out, const struct net_address *address)
{
	if (address->length == 0)
		return;
	out->family = (uint8_t)net_address_family(address);
	out->port = net_address_port(address);
	net_address_ip(address, out->bytes);
}

void wt_get_info(struct wt_client *client, struct wt_info *out)
{
	const struct client_core *core = &client->core;
	struct wt_info info = { 0 };

	client_lock(client);
	info.connected = core_is_connected(core);
	info.server = client->server;
	info.in_flight = core->in_flight.count;
	info.unsent_bytes = core->unsent_bytes;
	copy_address(&info.local, &client->local);
	copy_address(&info.remote, &client->remote);
	if (info.connected) {
		info.number = core->number;
		info.limit_bytes = core->limit_bytes;
		if (core->name.text[0] != '\0') {
			memcpy(client->name, core->name.text, sizeof(client->name));
			info.name = client->name;
		}
	}
	client_unlock(client);
	*out = info;
}
