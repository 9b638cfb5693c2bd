/* Finding the server. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "relay_client/client_internal.h"

struct place {
	char text[CLIENT_SERVER_TEXT_BYTES]; /* "host:port" */
	struct transport_target target;
};

static enum wt_result find_place(struct wt_client *client, const char *server, struct place *out)
{
	struct transport_target *target = &out->target;
	char problem_text[CLIENT_ERROR_TEXT_BYTES];
	const char *problem = NULL;

	if (!server)
		server = WT_DEFAULT_SERVER;
	if (!net_host_port_parse(server, RELAY_DEFAULT_PORT, target->host, &target->port, &problem))
		return client_fail(client, WT_INVALID, problem);
	if (target->port == 0)
		return client_fail(client, WT_INVALID, "nobody listens at port 0");
	if (target->host[0] == '\0')
		(void)strcpy(target->host, "127.0.0.1");
	(void)snprintf(out->text, sizeof(out->text),
		       strchr(target->host, ':') ? "[%s]:%u" : "%s:%u", target->host,
		       (unsigned)target->port);
	target->count = net_resolve(target->host, target->port, target->addresses, &problem);
	if (target->count > 0)
		return WT_OK;
	(void)snprintf(problem_text, sizeof(problem_text), "cannot find the host %.100s: %.100s",
		       target->host, problem);
	return client_fail(client, WT_RESOLVE, problem_text);
}

enum wt_result wt_connect(struct wt_client *client, const char *server)
{
	struct client_core *core = &client->core;
	struct place place = { 0 };
	enum wt_result result = find_place(client, server, &place);

	if (result != WT_OK)
		return result;

	client_lock(client);
	/* What is left of an earlier connection is told first. It is bounded by what it was. */
	client->queue_extra_bytes = SIZE_MAX / 2;
	if (core_is_over(core))
		client_queue_events(client);
	client->queue_extra_bytes = 0;
	if (core->state != CORE_IDLE) {
		client_unlock(client);
		return client_fail(client, WT_CONNECTED, "there is a connection already");
	}
	client->connects_at_start = client->connects;
	client->disconnects_at_start = client->disconnects;
	client->target = place.target;
	memcpy(client->server, place.text, sizeof(client->server));
	client->local = (struct net_address){ .length = 0 };
	client->remote = client->local;
	core_connect(core, clock_elapsed_ns());
	client->attempt_at_start = core->attempts;
	if (client->has_thread)
		client_wake_thread(client);
	client_unlock(client);
	return WT_OK;
}
