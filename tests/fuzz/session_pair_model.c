#include "fuzz/session_pair_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "relay_server/session.h"

#define TAG "tale:"
#define TAG_LETTERS (sizeof(TAG) - 1)
#define UNPARSED_MAX ((size_t)2 * 1024 * 1024)

void model_check_at(bool holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

void model_init(struct model *model, struct server_core *core)
{
	model->core = core;
	model->count = 0;
	model->serial = 0;
	model->untagged = 0;
	model->steps = 1;
	model->orders = 0;
	model->shut_down = false;
	model->claim_count = 0;
}

void model_finish(struct model *model)
{
	for (uint32_t i = 0; i < model->count; i++)
		byte_queue_finish(&model->clients[i].unparsed);
}

struct model_client *model_connected(struct model *model, struct server_client *end, bool classic)
{
	struct model_client *client = &model->clients[model->count++];

	/* Arrays are written before they are read: clearing all of it would take a while. */
	memset(client, 0, offsetof(struct model_client, asked));
	client->end = end;
	client->classic = classic;
	client->asked_count = 0;
	client->send_id = 0;
	client->ping_id = 0;
	client->range_count = 0;
	byte_queue_init(&client->unparsed, UNPARSED_MAX);
	return client;
}

/* ---- messages and their tags ---- */

uint32_t model_new_message(struct model *model)
{
	if (model->serial == MODEL_MESSAGES_MAX)
		return 0;
	model->messages[++model->serial] = (struct model_message){ 0 };
	return model->serial;
}

static uint8_t filling(uint32_t serial)
{
	return (uint8_t)('a' + serial % 26);
}

void model_tag(uint32_t serial, uint8_t *content, size_t length)
{
	MODEL_CHECK(length >= MODEL_TAG_BYTES);
	memcpy(content, TAG, TAG_LETTERS);
	for (size_t i = TAG_LETTERS; i < MODEL_TAG_BYTES; i++) {
		content[i] = (uint8_t)('0' + (serial >> (4 * (i - TAG_LETTERS)) & 15));
	}
	memset(content + MODEL_TAG_BYTES, filling(serial), length - MODEL_TAG_BYTES);
}

/* 0: it has none that we gave. */
static uint32_t read_tag(const struct model *model, struct relay_bytes content)
{
	uint32_t serial = 0;

	if (content.length < MODEL_TAG_BYTES || memcmp(content.bytes, TAG, TAG_LETTERS) != 0)
		return 0;
	for (size_t i = MODEL_TAG_BYTES; i > TAG_LETTERS; i--)
		serial = serial << 4 | ((content.bytes[i - 1] - (uint32_t)'0') & 15);
	return serial <= model->serial ? serial : 0;
}

static uint32_t message_said(struct model *model, const struct model_client *sender,
			     struct relay_bytes content)
{
	uint32_t serial = read_tag(model, content);
	struct model_message *message = &model->messages[serial];

	if (serial == 0) {
		model->untagged++;
		return 0;
	}
	/* Raw bytes may repeat a tag. */
	message->forged |= message->said_at != 0;
	message->said_at = model->steps;
	message->order = ++model->orders;
	message->said_ms = model->core->now_ms;
	message->sender = sender->end->number;
	message->length = content.length;
	return serial;
}

/* A message that came, and whose verdict of ok was heard, keeps all others of its MESSAGE_ID away
 * for ten minutes: its own, for a repeat makes them no longer. */
static bool is_repeat(const struct model *model, const struct model_message *message)
{
	for (uint32_t i = 1; message->message_id && i <= model->serial; i++) {
		const struct model_message *other = &model->messages[i];

		if (other != message && other->message_id == message->message_id &&
		    !other->forged && other->heard_by != 0 && other->delivered_at != 0 &&
		    other->delivered_at <= message->said_at &&
		    model->core->now_ms < other->said_ms + RELAY_MESSAGE_ID_LIFE_S * MS_PER_S)
			return true;
	}
	return false;
}

uint32_t model_message_heard(struct model *model, struct model_client *client,
			     struct relay_bytes content, uint32_t from)
{
	uint32_t serial = read_tag(model, content);
	struct model_message *message = &model->messages[serial];
	uint32_t bit = 1u << (client - model->clients);

	if (serial == 0) {
		MODEL_CHECK(client->classic || model->untagged > 0);
		return 0;
	}
	MODEL_CHECK(message->said_at != 0);
	if (message->forged)
		return serial;
	MODEL_CHECK(content.length == message->length);
	if (content.length > MODEL_TAG_BYTES) {
		const uint8_t *rest = content.bytes + MODEL_TAG_BYTES;

		MODEL_CHECK(rest[0] == filling(serial) &&
			    memcmp(rest, rest + 1, content.length - MODEL_TAG_BYTES - 1) == 0);
	}
	MODEL_CHECK(from == 0 || from == message->sender);
	MODEL_CHECK(message->to_room ? (message->heard_by & bit) == 0 : message->heard_by == 0);
	MODEL_CHECK(!is_repeat(model, message));
	MODEL_CHECK(message->order > client->heard_order[message->sender - 1]);
	client->heard_order[message->sender - 1] = message->order;
	message->heard_by |= bit;
	return serial;
}

/* ---- what a client says ---- */

static uint32_t max_body(const struct model *model)
{
	return model->core->shared.config.max_body_bytes;
}

static void request_said(struct model *model, struct model_client *client,
			 const struct relay_frame *frame)
{
	struct model_request *request = &client->asked[client->asked_count++];
	struct relay_message message;
	bool good = relay_message_decode(frame, &message, NULL) == RELAY_MESSAGE_OK;

	for (uint32_t i = 0; i + 1 < client->asked_count; i++)
		client->reused |= client->asked[i].id == frame->id;
	*request = (struct model_request){
		.said_ms = model->core->now_ms,
		.id = frame->id,
		.type = frame->type,
		.bad = !good,
	};
	if (!good)
		return;
	request->has_cursor = relay_message_has(&message, RELAY_FIELD_CURSOR);
	if (frame->type == RELAY_TYPE_SEND) {
		struct model_message *told;

		request->to_room = relay_message_has(&message, RELAY_FIELD_TO_ROOM);
		request->has_id = relay_message_has(&message, RELAY_FIELD_MESSAGE_ID);
		request->serial = message_said(model, client, message.data);
		told = &model->messages[request->serial];
		told->to_room = request->to_room;
		told->message_id = request->has_id ? (uint8_t)(message.message_id[0] + 1) : 0;
	}
	/* Under an id that may still be open, it may be refused. */
	client->stopped = frame->type == RELAY_TYPE_BYE && !client->reused;
}

static void acknowledgement_said(struct model_client *client, const struct relay_frame *frame)
{
	struct relay_message message;
	struct model_range *range = &client->ranges[client->range_count];

	switch (relay_message_decode(frame, &message, NULL)) {
	case RELAY_MESSAGE_UNKNOWN_TYPE:
		return;
	case RELAY_MESSAGE_MALFORMED:
		client->stopped = true;
		return;
	case RELAY_MESSAGE_OK:
		break;
	}
	if (frame->type != RELAY_TYPE_SEND)
		return;
	range->from = frame->id;
	range->through =
		relay_message_has(&message, RELAY_FIELD_THROUGH) ? message.through : frame->id;
	client->range_count++;
}

static void frame_said(struct model *model, struct model_client *client,
		       const struct relay_frame *frame)
{
	if (frame->kind == RELAY_ACKNOWLEDGEMENT)
		acknowledgement_said(client, frame);
	else if (frame->kind != RELAY_REQUEST || frame->id == 0)
		client->stopped = true;
	else
		request_said(model, client, frame);
}

static void classic_said(struct model *model, struct model_client *client,
			 const struct classic_message *message)
{
	struct classic_send send;

	if (message->type == CLASSIC_CANCEL) {
		client->stopped = true;
		return;
	}
	if (message->type < CLASSIC_CANCEL || message->type > CLASSIC_SEND)
		return;
	client->asked[client->asked_count++] = (struct model_request){
		.type = (uint16_t)message->type,
	};
	if (message->type == CLASSIC_SEND && classic_send_decode(message, &send))
		(void)message_said(model, client, send.content);
}

/* Returns the bytes of one whole frame that was looked at; 0: there is none. */
static size_t one_said(struct model *model, struct model_client *client, const uint8_t *bytes,
		       size_t length)
{
	struct classic_message message;
	struct relay_frame frame;
	size_t size = 0;

	if (client->classic) {
		if (!classic_message_decode(bytes, length, &message))
			return 0;
		classic_said(model, client, &message);
		return CLASSIC_MESSAGE_BYTES;
	}
	switch (relay_frame_decode(bytes, length, max_body(model), &frame, &size)) {
	case RELAY_FRAME_OK:
		frame_said(model, client, &frame);
		return size;
	case RELAY_FRAME_NEED_MORE:
		return 0;
	case RELAY_FRAME_BAD_MAGIC:
	case RELAY_FRAME_BAD_VERSION:
	case RELAY_FRAME_BAD_KIND:
	case RELAY_FRAME_TOO_LARGE:
		client->stopped = true;
		return 0;
	}
	return 0;
}

bool model_say(struct model *model, struct model_client *client, const void *bytes, size_t length)
{
	const uint8_t *next;
	size_t size;

	if (client->hung_up || !client->end->session ||
	    client->asked_count + MODEL_FRAMES_A_SAY > MODEL_ASKED_MAX ||
	    client->range_count + MODEL_FRAMES_A_SAY > MODEL_RANGES_MAX)
		return false;
	server_core_say(client->end, bytes, length);
	MODEL_CHECK(byte_queue_push(&client->unparsed, bytes, length));
	while (!client->stopped && byte_queue_length(&client->unparsed) > 0) {
		next = byte_queue_bytes(&client->unparsed);
		size = one_said(model, client, next, byte_queue_length(&client->unparsed));
		if (size == 0)
			break;
		byte_queue_drop(&client->unparsed, size);
	}
	if (client->stopped)
		byte_queue_drop(&client->unparsed, byte_queue_length(&client->unparsed));
	return true;
}
