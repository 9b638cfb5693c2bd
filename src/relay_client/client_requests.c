/* What the application asks for. */
#include <string.h>

#include "base/clock.h"
#include "relay_client/client_internal.h"
#include "relay_client/core_requests.h"

static const char not_a_name[] = "a name is 1 to 64 bytes of UTF-8 without control characters";

static bool name_from(const char *name, struct relay_bytes *out)
{
	const uint8_t *bytes = (const uint8_t *)name;
	size_t length = name ? strnlen(name, WT_NAME_MAX_BYTES + 1) : 0;

	if (!relay_name_is_valid(bytes, length))
		return false;
	*out = (struct relay_bytes){ .bytes = bytes, .length = (uint32_t)length };
	return true;
}

static const char *sentence_for(enum wt_result result)
{
	switch (result) {
	case WT_NOT_CONNECTED:
		return "there is no connection, and none is being made";
	case WT_QUEUE_FULL:
		return "too much is in flight: take events, then try again";
	case WT_TOO_LARGE:
		return "longer than the server takes";
	case WT_NO_MEMORY:
		return "no memory";
	case WT_OK:
	case WT_TIMEOUT:
	case WT_INVALID:
	case WT_CONNECTED:
	case WT_RESOLVE:
	case WT_SYSTEM:
	case WT_REFUSED:
	case WT_CLOSED:
	case WT_PROTOCOL:
		break;
	}
	return "";
}

static enum wt_result make(struct wt_client *client, const struct core_request *request,
			   uint32_t *id)
{
	struct core_request copy = *request;
	enum wt_result result;

	client_lock(client);
	/* Who was not told yet of this connection means a client of the one before. */
	copy.number_is_stale = request->to_number != 0 && client->core.again &&
			       client->told_serial != client->core.serial;
	result = core_request(&client->core, &copy, clock_elapsed_ns(), id);
	if (result == WT_OK) {
		if (client->has_thread)
			client_wake_thread(client);
		else
			client_flush(client, false);
	}
	client_unlock(client);
	return result == WT_OK ? WT_OK : client_fail(client, result, sentence_for(result));
}

enum wt_result wt_time(struct wt_client *client, uint32_t *request)
{
	return make(client, &(struct core_request){ .type = RELAY_TYPE_TIME }, request);
}

enum wt_result wt_server_name(struct wt_client *client, uint32_t *request)
{
	return make(client, &(struct core_request){ .type = RELAY_TYPE_NAME }, request);
}

enum wt_result wt_list(struct wt_client *client, uint32_t *request)
{
	return make(client, &(struct core_request){ .type = RELAY_TYPE_LIST }, request);
}

enum wt_result wt_rooms(struct wt_client *client, uint32_t *request)
{
	return make(client, &(struct core_request){ .type = RELAY_TYPE_ROOMS }, request);
}

enum wt_result wt_set_name(struct wt_client *client, const char *name, uint32_t *request)
{
	struct core_request hello = { .type = RELAY_TYPE_HELLO };

	if (!name_from(name, &hello.name))
		return client_fail(client, WT_INVALID, not_a_name);
	return make(client, &hello, request);
}

enum wt_result wt_join(struct wt_client *client, const char *room, uint32_t *request)
{
	struct core_request join = { .type = RELAY_TYPE_JOIN };

	if (!name_from(room, &join.to_room))
		return client_fail(client, WT_INVALID, not_a_name);
	return make(client, &join, request);
}

enum wt_result wt_leave(struct wt_client *client, const char *room, uint32_t *request)
{
	struct core_request leave = { .type = RELAY_TYPE_LEAVE };

	if (!name_from(room, &leave.to_room))
		return client_fail(client, WT_INVALID, not_a_name);
	return make(client, &leave, request);
}

enum wt_result wt_watch(struct wt_client *client, bool on, uint32_t *request)
{
	const struct core_request watch = { .type = RELAY_TYPE_WATCH,
					    .has_flag = true,
					    .flag = on };

	return make(client, &watch, request);
}

enum wt_result wt_ping(struct wt_client *client, const void *data, size_t data_bytes,
		       uint32_t *request)
{
	const struct core_request ping = {
		.type = RELAY_TYPE_PING,
		.data = data,
		.data_bytes = data_bytes,
		.has_data = data_bytes > 0,
	};

	if (!data && data_bytes > 0)
		return client_fail(client, WT_INVALID, "no data");
	return make(client, &ping, request);
}

enum wt_result wt_send(struct wt_client *client, const struct wt_message *message,
		       uint32_t *request)
{
	struct core_request send = {
		.type = RELAY_TYPE_SEND,
		.to_number = message->to_number,
		.data = message->data,
		.data_bytes = message->data_bytes,
		.has_data = true,
		.message_id = message->message_id,
	};

	if ((message->to_number != 0) + (message->to_name != NULL) + (message->to_room != NULL) !=
	    1)
		return client_fail(client, WT_INVALID, "a message goes to exactly one recipient");
	if ((message->to_name && !name_from(message->to_name, &send.to_name)) ||
	    (message->to_room && !name_from(message->to_room, &send.to_room)))
		return client_fail(client, WT_INVALID, not_a_name);
	if (!message->data && message->data_bytes > 0)
		return client_fail(client, WT_INVALID, "no data");
	return make(client, &send, request);
}

enum wt_result wt_acknowledge(struct wt_client *client, uint32_t message_number, bool through)
{
	enum wt_result result = WT_NOT_CONNECTED;
	bool is_given;

	client_lock(client);
	is_given = client->manual_acknowledge && message_number != 0 &&
		   message_number <= client->given_number;
	if (is_given && client->given_serial == client->core.serial)
		result = core_acknowledge(&client->core, through ? 0 : message_number,
					  message_number);
	if (result == WT_OK && client->has_thread)
		client_wake_thread(client);
	client_unlock(client);
	if (!is_given)
		return client_fail(client, WT_INVALID,
				   "no such message was taken, or it is not "
				   "for the application to acknowledge");
	return result == WT_OK ? WT_OK : client_fail(client, result, sentence_for(result));
}
