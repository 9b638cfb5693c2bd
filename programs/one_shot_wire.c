#include "programs/one_shot_wire.h"

#include <string.h>

#include "net/address.h"

#define DEFAULT_PORT 2312

static struct wire_end end_of(const struct wt_address *address)
{
	struct wire_end end = { .address.version = address->family, .port = address->port };

	memcpy(end.address.bytes, address->bytes,
	       address->family == 4 ? 4 : sizeof(address->bytes));
	return end;
}

uint16_t one_shot_wire_port(const char *server)
{
	char host[NET_HOST_MAX_BYTES];
	uint16_t port = DEFAULT_PORT;

	(void)net_host_port_parse(server, DEFAULT_PORT, host, &port, NULL);
	return port;
}

void one_shot_wire_open(struct one_shot *shot)
{
	if (!shot->wants_wire)
		return;
	shot->wire = wire_view_open(shot->command->name, one_shot_wire_port(shot->server));
	if (shot->json)
		wire_view_use_json(shot->wire);
}

void one_shot_wire_follow(struct wire_view *wire, const struct wt_info *info)
{
	struct wire_end local = end_of(&info->local);
	struct wire_end remote = end_of(&info->remote);

	if (info->connected)
		wire_view_connection(wire, &local, &remote);
	else if (info->remote.family != 0)
		wire_view_failed(wire, &local, &remote);
}

void one_shot_wire_tried(struct one_shot *shot)
{
	struct wt_info info;

	if (!shot->wire || !shot->client)
		return;
	wt_get_info(shot->client, &info);
	one_shot_wire_follow(shot->wire, &info);
}

void one_shot_wire_lost(struct one_shot *shot)
{
	one_shot_wire_tried(shot);
	text_builder_clear(&shot->out);
	wire_view_ended(shot->wire, &shot->out);
	(void)one_shot_flush(shot);
	wire_view_expect(shot->wire, one_shot_wire_port(shot->server));
}
