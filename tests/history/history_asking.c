/* What a client of the history writes, and to whom. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "history/history_client.h"

#define PACE_BURST 16u       /* messages that may go at once at any rate */
#define ONE_IN_BY_NUMBER 8u  /* the rest by name */
#define ONE_IN_TO_ABSENT 32u /* else only to those who are there */
#define DRAWS 4u             /* of a recipient, until one is there */
#define MS_PER_S 1000u
#define US_PER_S UINT64_C(1000000)

void history_name(uint32_t peer, char out[HISTORY_NAME_BYTES])
{
	(void)snprintf(out, HISTORY_NAME_BYTES, "h%02" PRIu32, peer);
}

static uint64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * US_PER_S + (uint64_t)now.tv_nsec / 1000;
}

void history_set_rate(struct history_client *client, uint32_t rate)
{
	client->options.rate = rate;
	client->paced_since_us = now_us();
	client->paced_asked = client->progress.asked;
}

static uint64_t allowed_by_rate(const struct history_client *client)
{
	uint64_t elapsed_us = now_us() - client->paced_since_us;

	if (client->options.rate == 0)
		return UINT32_MAX;
	return client->paced_asked + PACE_BURST + elapsed_us * client->options.rate / US_PER_S;
}

static bool may_ask(const struct history_client *client)
{
	const struct history_progress *progress = &client->progress;
	const struct history_sent *place = &client->sent[client->next_sent];

	return !client->hushed && progress->asked < client->options.messages &&
	       progress->asked - progress->settled < client->options.window &&
	       (place->request == 0 || place->is_settled);
}

int history_pace_ms(const struct history_client *client)
{
	if (client->options.rate == 0 || !may_ask(client) || !client->progress.connected)
		return -1;
	return 1 + (int)(PACE_BURST * MS_PER_S / client->options.rate);
}

/* False: nobody is there, for now. */
static bool choose_peer(struct history_client *client, uint32_t *out)
{
	uint32_t peer = 0;

	for (uint32_t draw = 0; draw < DRAWS; draw++) {
		peer = history_random_below(&client->random, client->options.peers);
		if (client->numbers[peer] != 0) {
			*out = peer;
			return true;
		}
	}
	if (history_random_below(&client->random, ONE_IN_TO_ABSENT) != 0)
		return false;
	*out = peer;
	return true;
}

static void note_sent(struct history_client *client, uint32_t request, uint32_t peer)
{
	client->sent[client->next_sent] = (struct history_sent){
		.request = request,
		.serial = client->serials[peer],
		.peer = peer,
	};
	client->next_sent = (client->next_sent + 1) % HISTORY_SENT_MAX;
}

static void ask(struct history_client *client, uint32_t peer)
{
	static uint8_t data[HISTORY_CONTENT_MAX_BYTES];
	char head[HISTORY_CONTENT_HEAD_BYTES];
	char sender[HISTORY_NAME_BYTES];
	char recipient[HISTORY_NAME_BYTES];
	char id_text[HISTORY_ID_TEXT_BYTES];
	uint8_t id[HISTORY_ID_BYTES];
	struct wt_message message = { .data = data, .message_id = id };
	bool by_number = client->numbers[peer] != 0 &&
			 history_random_below(&client->random, ONE_IN_BY_NUMBER) == 0;
	uint32_t request = 0;
	enum wt_result result;

	client->serials[peer]++;
	client->progress.asked++;
	history_name(client->options.client, sender);
	history_name(peer, recipient);
	(void)snprintf(head, sizeof(head), "%s.%" PRIu32 " to %s, %" PRIu32 "\n", sender,
		       client->options.life, recipient, client->serials[peer]);
	message.data_bytes = history_content_write(&client->random, head, data);
	history_id_draw(&client->random, id);
	history_id_text(id, id_text);
	if (by_number)
		message.to_number = client->numbers[peer];
	else
		message.to_name = recipient;

	/* It may be on its way before wt_send() returns. */
	history_log_line(&client->log, "ask", "%s %s %" PRIu32 " %s %zu %016" PRIx64,
			 by_number ? "number" : "name", recipient, client->serials[peer], id_text,
			 message.data_bytes, history_content_hash(data, message.data_bytes));
	history_log_flush(&client->log);
	result = wt_send(client->wt, &message, &request);
	if (result == WT_OK) {
		note_sent(client, request, peer);
		return;
	}
	history_log_line(&client->log, "refused", "%s %" PRIu32 " %d", recipient,
			 client->serials[peer], (int)result);
	client->progress.settled++;
}

void history_ask(struct history_client *client, uint32_t more)
{
	uint64_t allowed = allowed_by_rate(client) + more;
	uint32_t peer;

	while (may_ask(client) && client->progress.asked < allowed && choose_peer(client, &peer))
		ask(client, peer);
}
