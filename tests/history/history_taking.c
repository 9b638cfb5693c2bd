/* What a client of the history is told, and what it writes down of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/history_client.h"

/* Which peer has a name; false: it is none of ours. */
static bool find_peer(const struct history_client *client, const char *name, uint32_t *out)
{
	char known[HISTORY_NAME_BYTES];

	for (uint32_t peer = 0; name && peer < client->options.peers; peer++) {
		history_name(peer, known);
		if (strcmp(name, known) == 0) {
			*out = peer;
			return true;
		}
	}
	return false;
}

static void require(enum wt_result result, const char *what)
{
	if (result == WT_OK)
		return;
	(void)fprintf(stderr, "history_client: %s: %s\n", what, wt_result_text(result));
	exit(EXIT_FAILURE);
}

/* Who is there is asked anew; the library itself watches again after a reconnection. */
static void take_connected(struct history_client *client, const struct wt_event *event)
{
	history_log_line(&client->log, "connect", "%" PRIu32 " %s", event->as.connected.number,
			 event->as.connected.server_name);
	client->progress.connected = true;
	memset(client->numbers, 0, sizeof(client->numbers));
	if (client->leaving)
		return;
	if (!event->as.connected.again)
		require(wt_watch(client->wt, true, NULL), "wt_watch");
	require(wt_list(client->wt, &client->list_request), "wt_list");
}

static void take_list(struct history_client *client, const struct wt_event *event)
{
	uint32_t peer;

	if (event->request != client->list_request || event->as.answer.result != WT_OK)
		return;
	for (size_t i = 0; i < event->as.answer.count; i++) {
		if (find_peer(client, event->as.answer.peers[i].name, &peer))
			client->numbers[peer] = event->as.answer.peers[i].number;
	}
}

static void take_presence(struct history_client *client, const struct wt_event *event)
{
	const struct wt_peer *who = &event->as.presence.peer;
	uint32_t peer;

	if (!find_peer(client, who->name, &peer))
		return;
	if (event->as.presence.came)
		client->numbers[peer] = who->number;
	else if (client->numbers[peer] == who->number)
		client->numbers[peer] = 0;
}

/*
 * It is acknowledged behind this, by us or by the library with the next wt_poll(): by then the
 * line is out of our hands.
 */
static void take_message(struct history_client *client, const struct wt_event *event)
{
	enum wt_result result;

	char id_text[HISTORY_ID_TEXT_BYTES] = "-";

	if (event->as.message.message_id)
		history_id_text(event->as.message.message_id, id_text);
	history_log_line(
		&client->log, "receive", "%" PRIu32 " %.64s %s %zu %016" PRIx64,
		event->as.message.from.number,
		event->as.message.from.name ? event->as.message.from.name : "-", id_text,
		event->as.message.data_bytes,
		history_content_hash(event->as.message.data, event->as.message.data_bytes));
	history_log_flush(&client->log);
	if (!client->options.manual)
		return;
	result = wt_acknowledge(client->wt, event->as.message.number, false);
	if (result != WT_NOT_CONNECTED)
		require(result, "wt_acknowledge");
}

/* Of two with the same number the open one is meant; NULL: no such request was made. */
static struct history_sent *find_sent(struct history_client *client, uint32_t request)
{
	struct history_sent *settled = NULL;

	for (uint32_t i = 0; i < HISTORY_SENT_MAX; i++) {
		uint32_t place = (client->oldest_open + i) % HISTORY_SENT_MAX;
		struct history_sent *sent = &client->sent[place];

		if (sent->request != request)
			continue;
		if (!sent->is_settled)
			return sent;
		settled = sent;
	}
	return settled;
}

static void move_oldest_open(struct history_client *client)
{
	while (client->oldest_open != client->next_sent &&
	       client->sent[client->oldest_open].is_settled)
		client->oldest_open = (client->oldest_open + 1) % HISTORY_SENT_MAX;
}

static void take_verdict(struct history_client *client, const struct wt_event *event)
{
	struct history_sent *sent = find_sent(client, event->request);
	int outcome = (int)event->as.verdict.outcome;
	enum wt_status status = event->as.verdict.status;
	char recipient[HISTORY_NAME_BYTES];

	if (!sent) {
		history_log_line(&client->log, "verdict", "- %" PRIu32 " %d %d", event->request,
				 outcome, (int)status);
		return;
	}
	history_name(sent->peer, recipient);
	history_log_line(&client->log, "verdict", "%s %" PRIu32 " %d %d", recipient, sent->serial,
			 outcome, (int)status);
	if (sent->is_settled)
		return;
	sent->is_settled = true;
	client->progress.settled++;
	if (event->as.verdict.outcome == WT_OUTCOME_NONE && status == WT_STATUS_TIMEOUT)
		client->progress.timeouts++;
	move_oldest_open(client);
}

void history_take(struct history_client *client, const struct wt_event *event)
{
	switch (event->kind) {
	case WT_EVENT_CONNECTED:
		take_connected(client, event);
		break;
	case WT_EVENT_DISCONNECTED:
		history_log_line(&client->log, "disconnect", "%d",
				 (int)event->as.disconnected.reason);
		client->progress.connected = false;
		break;
	case WT_EVENT_MESSAGE:
		take_message(client, event);
		break;
	case WT_EVENT_VERDICT:
		take_verdict(client, event);
		break;
	case WT_EVENT_ANSWER:
		if (event->as.answer.type == WT_REQUEST_LIST)
			take_list(client, event);
		break;
	case WT_EVENT_PRESENCE:
		take_presence(client, event);
		break;
	case WT_EVENT_CLOSING:
	case WT_EVENT_NONE:
		break;
	}
}
