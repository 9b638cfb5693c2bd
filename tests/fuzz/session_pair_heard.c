/* What the clients hear, and what the server holds for them: the judging half of the model. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fuzz/session_pair_model.h"
#include "relay_server/session.h"

/* ---- verdicts ---- */

/* Has this client acknowledged the message, or may it have, unread? */
static bool may_have_acked(const struct model_client *client, uint32_t serial, bool was_heard)
{
	uint32_t last = client->send_id;

	for (uint32_t id = 1; was_heard && id <= last; id++) {
		if (client->serials[id] != serial)
			continue;
		if (client->acked[id])
			return true;
		for (uint32_t i = 0; i < client->range_count; i++) {
			if (client->ranges[i].from <= id && id <= client->ranges[i].through)
				return true;
		}
	}
	/* It stands in what the client has not read yet, and was acknowledged blindly. */
	for (uint32_t i = 0; !was_heard && i < client->range_count; i++) {
		if (client->ranges[i].through > last)
			return true;
	}
	return false;
}

/* How many clients may have acknowledged it, or have taken it. */
static uint32_t count_receivers(const struct model *model, uint32_t serial, uint8_t outcome)
{
	const struct model_message *message = &model->messages[serial];
	uint32_t count = 0;

	for (uint32_t i = 0; i < model->count; i++) {
		const struct model_client *client = &model->clients[i];
		bool was_heard = (message->heard_by >> i & 1u) != 0;

		if (outcome == RELAY_OUTCOME_PASSED || client->classic)
			count += client->classic && was_heard;
		else
			count += may_have_acked(client, serial, was_heard);
	}
	return count;
}

static bool is_proved(const struct model *model, uint32_t serial)
{
	const struct model_message *claimed = &model->messages[serial];
	uint32_t least = claimed->to_room ? claimed->claimed_count : 1;

	if (claimed->forged || count_receivers(model, serial, claimed->outcome) >= least)
		return true;
	/* The verdict may be that of another with the same MESSAGE_ID. */
	for (uint32_t i = 1; claimed->message_id && i <= model->serial; i++) {
		const struct model_message *other = &model->messages[i];

		if (i != serial && other->said_at != 0 && other->message_id == claimed->message_id)
			return true;
	}
	return false;
}

static void prove_claims(struct model *model)
{
	for (uint32_t i = 0; i < model->claim_count; i++)
		MODEL_CHECK(is_proved(model, model->claims[i]));
	model->claim_count = 0;
}

static void claim(struct model *model, uint32_t serial, const struct relay_message *verdict)
{
	struct model_message *message = &model->messages[serial];

	if (serial == 0)
		return;
	message->delivered_at = model->steps;
	message->outcome = verdict->outcome;
	message->claimed_count = relay_message_has(verdict, RELAY_FIELD_COUNT) ? verdict->count : 0;
	if (model->claim_count < MODEL_CLAIMS_MAX)
		model->claims[model->claim_count++] = serial;
}

/* ---- responses ---- */

/* The request that a response with this status is for; asked_count: there is none. */
static uint32_t find_request(const struct model_client *client, uint16_t type, uint32_t id,
			     uint16_t status)
{
	uint32_t found = client->asked_count;

	for (uint32_t i = 0; i < client->asked_count; i++) {
		const struct model_request *request = &client->asked[i];

		if (request->id != id || request->type != type)
			continue;
		if (status == RELAY_STATUS_OK && request->bad)
			continue;
		/* Of two under one id the newer was refused as malformed. */
		found = i;
		if (status != RELAY_STATUS_MALFORMED || request->bad)
			break;
	}
	return found;
}

static void forget_request(struct model_client *client, uint32_t index)
{
	client->asked_count--;
	memmove(&client->asked[index], &client->asked[index + 1],
		(client->asked_count - index) * sizeof(client->asked[0]));
}

static bool is_open_twice(const struct model_client *client, uint32_t id)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < client->asked_count; i++)
		count += client->asked[i].id == id;
	return count > 1;
}

static bool is_type_known(uint16_t type)
{
	return type >= RELAY_TYPE_BYE && type < RELAY_TYPE_ERROR;
}

static void check_refusal(const struct model *model, const struct model_client *client,
			  const struct model_request *request, uint16_t status)
{
	uint64_t age_ms = model->core->now_ms - request->said_ms;

	if (status == RELAY_STATUS_MALFORMED)
		MODEL_CHECK(request->bad || request->has_cursor ||
			    is_open_twice(client, request->id) || client->reused);
	else if (status == RELAY_STATUS_UNSUPPORTED && request->type != RELAY_TYPE_SEND)
		MODEL_CHECK(!is_type_known(request->type));
	else if (status == RELAY_STATUS_RATE_LIMITED)
		MODEL_CHECK(model->core->shared.config.rate > 0);
	else if (status == RELAY_STATUS_TIMEOUT && !request->has_id && !client->reused)
		MODEL_CHECK(age_ms >= RELAY_ACKNOWLEDGE_WITHIN_S * MS_PER_S);
	else if (status == RELAY_STATUS_SHUTTING_DOWN)
		MODEL_CHECK(model->shut_down);
	else
		MODEL_CHECK(status != RELAY_STATUS_INTERNAL && status <= RELAY_STATUS_INTERNAL);
}

static void list_heard(const struct model_client *client, const struct model_request *request,
		       const struct relay_message *message)
{
	struct relay_bytes rest = message->entries;
	bool was_there = request->has_cursor;
	struct relay_entry entry;
	uint32_t last = 0;

	while (relay_entry_next(&rest, &entry)) {
		MODEL_CHECK(entry.number > last);
		last = entry.number;
		was_there |= entry.number == client->end->number;
	}
	MODEL_CHECK(was_there);
}

static void response_heard(struct model *model, struct model_client *client,
			   const struct relay_frame *frame, const struct relay_message *message)
{
	uint32_t through = frame->id;

	if (frame->type == RELAY_TYPE_SEND && frame->status == RELAY_STATUS_OK &&
	    relay_message_has(message, RELAY_FIELD_THROUGH))
		through = message->through;
	MODEL_CHECK(through >= frame->id && through - frame->id < MODEL_ASKED_MAX);
	for (uint32_t id = frame->id;; id++) {
		uint32_t index = find_request(client, frame->type, id, frame->status);
		struct model_request *request = &client->asked[index];

		MODEL_CHECK(index < client->asked_count);
		if (frame->status != RELAY_STATUS_OK)
			check_refusal(model, client, request, frame->status);
		else if (frame->type == RELAY_TYPE_LIST)
			list_heard(client, request, message);
		else if (frame->type == RELAY_TYPE_BYE)
			MODEL_CHECK(client->asked_count == 1 || client->reused);
		if (frame->status == RELAY_STATUS_OK && frame->type == RELAY_TYPE_SEND) {
			/* One that repeats a MESSAGE_ID gets the verdict of the first, whereto
			 * that went. */
			MODEL_CHECK(!request->to_room || request->has_id || through == frame->id ||
				    client->reused);
			claim(model, client->reused ? 0 : request->serial, message);
		}
		forget_request(client, index);
		if (id == through)
			break;
	}
	client->last_word |= frame->type == RELAY_TYPE_BYE && frame->status == RELAY_STATUS_OK;
}

/* ---- indications ---- */

static void indication_heard(struct model *model, struct model_client *client,
			     const struct relay_frame *frame, const struct relay_message *message)
{
	switch ((enum relay_type)frame->type) {
	case RELAY_TYPE_SEND:
		MODEL_CHECK(frame->id == client->send_id + 1);
		MODEL_CHECK(frame->id <= MODEL_IDS_MAX);
		client->send_id++;
		client->acked[frame->id] = false;
		client->serials[frame->id] =
			model_message_heard(model, client, message->data, message->from.number);
		break;
	case RELAY_TYPE_PING:
		MODEL_CHECK(frame->id == ++client->ping_id);
		break;
	case RELAY_TYPE_WATCH:
		MODEL_CHECK(frame->id == 0);
		break;
	case RELAY_TYPE_BYE:
		MODEL_CHECK(model->shut_down);
		client->last_word = true;
		break;
	case RELAY_TYPE_ERROR:
		MODEL_CHECK(frame->status != RELAY_STATUS_INTERNAL);
		client->last_word = true;
		break;
	case RELAY_TYPE_HELLO:
		MODEL_CHECK(!client->greeted && message->number == client->end->number);
		client->greeted = true;
		break;
	case RELAY_TYPE_TIME:
	case RELAY_TYPE_NAME:
	case RELAY_TYPE_LIST:
	case RELAY_TYPE_JOIN:
	case RELAY_TYPE_LEAVE:
	case RELAY_TYPE_ROOMS:
		abort();
	}
}

/* Returns the bytes of one whole frame that was heard; 0: there is none. */
static size_t one_heard(struct model *model, struct model_client *client, const uint8_t *bytes,
			size_t length)
{
	const uint32_t most = RELAY_SERVER_EXTRA_BYTES + model->core->shared.config.max_body_bytes;
	struct relay_message message;
	struct relay_frame frame;
	size_t size = 0;
	enum relay_frame_verdict verdict = relay_frame_decode(bytes, length, most, &frame, &size);

	if (verdict == RELAY_FRAME_NEED_MORE)
		return 0;
	MODEL_CHECK(verdict == RELAY_FRAME_OK && !client->last_word);
	MODEL_CHECK(relay_message_decode(&frame, &message, NULL) == RELAY_MESSAGE_OK);
	MODEL_CHECK(client->greeted || frame.type == RELAY_TYPE_HELLO ||
		    frame.type == RELAY_TYPE_ERROR);
	if (frame.kind == RELAY_RESPONSE) {
		response_heard(model, client, &frame, &message);
	} else {
		MODEL_CHECK(frame.kind == RELAY_INDICATION);
		indication_heard(model, client, &frame, &message);
	}
	return size;
}

/* ---- the classic dialect ---- */

static void classic_answered(struct model_client *client, uint16_t type)
{
	uint32_t index = 0;

	while (index < client->asked_count && client->asked[index].type != type)
		index++;
	MODEL_CHECK(index < client->asked_count);
	forget_request(client, index);
}

static size_t one_classic_heard(struct model *model, struct model_client *client,
				const uint8_t *bytes, size_t length)
{
	struct classic_message message;
	struct relay_bytes text;

	if (!client->greeted) {
		client->greeted = length >= CLASSIC_DATA_BYTES;
		return client->greeted ? CLASSIC_DATA_BYTES : 0;
	}
	if (!classic_message_decode(bytes, length, &message))
		return 0;
	MODEL_CHECK(message.type >= CLASSIC_TIME && message.type <= CLASSIC_SEND);
	MODEL_CHECK(message.text_length < CLASSIC_DATA_BYTES);
	text = (struct relay_bytes){ .bytes = (const uint8_t *)message.text,
				     .length = (uint32_t)message.text_length };
	if (message.type != CLASSIC_SEND)
		classic_answered(client, (uint16_t)message.type);
	else if (model_message_heard(model, client, text, 0) == 0)
		client->words++; /* a verdict, or a message without a tag */
	return CLASSIC_MESSAGE_BYTES;
}

/* Verdicts look like messages there: they can only be counted. */
static void check_words(const struct model *model, const struct model_client *client)
{
	uint32_t sends = 0;

	for (uint32_t i = 0; i < client->asked_count; i++)
		sends += client->asked[i].type == CLASSIC_SEND;
	MODEL_CHECK(client->words <= sends + model->untagged);
}

/* ---- what the server holds ---- */

/* The server has read all that was said: no acknowledgement is for more than what it had given. */
static void settle_ranges(struct model_client *client, uint32_t given)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < client->range_count; i++) {
		struct model_range range = client->ranges[i];

		if (range.through > given)
			range.through = given;
		for (uint32_t id = range.from; id <= client->send_id && id <= range.through; id++)
			client->acked[id] = true;
		if (range.through > client->send_id)
			client->ranges[kept++] = range;
	}
	client->range_count = kept;
}

static void check_ceilings(const struct model *model, struct model_client *client)
{
	const struct session *session = client->end->session;
	size_t stash = RELAY_FRAME_HEADER_BYTES + model->core->shared.config.max_body_bytes;

	if (!session)
		return;
	if (stash < RELAY_RECEIVE_BYTES)
		stash = RELAY_RECEIVE_BYTES;
	MODEL_CHECK(session->out.bytes <=
		    session_queue_max(client->end->worker) + RELAY_FRAME_HEADER_BYTES);
	MODEL_CHECK(session->stash_capacity <= stash && session->stash_length <= stash);
	MODEL_CHECK(session->requests.count <= RELAY_OPEN_SENDS_MAX);
	MODEL_CHECK(session->room_count <= RELAY_ROOMS_PER_CLIENT_MAX);
	MODEL_CHECK(!session->pending || session->pending->open <= RELAY_UNACKNOWLEDGED_MAX);
	if (!client->classic && byte_queue_length(&client->end->said) == 0 && !session->is_ready &&
	    !session->paused)
		settle_ranges(client, session->last_send_id);
}

static void read_client(struct model *model, struct model_client *client)
{
	struct byte_queue *heard = &client->end->heard;
	size_t size;

	while (byte_queue_length(heard) > 0) {
		const uint8_t *bytes = byte_queue_bytes(heard);
		size_t length = byte_queue_length(heard);

		size = client->classic ? one_classic_heard(model, client, bytes, length)
				       : one_heard(model, client, bytes, length);
		if (size == 0)
			break;
		byte_queue_drop(heard, size);
	}
	if (client->classic)
		check_words(model, client);
	if (!client->end->finished)
		return;
	/* Behind the server's FIN: nothing is cut off, and a half-closed client has its answers. */
	MODEL_CHECK(byte_queue_length(heard) == 0);
	if (client->hung_up && !client->last_word && !client->classic && !model->shut_down)
		MODEL_CHECK(client->asked_count == 0 || client->reused);
}

void model_look(struct model *model)
{
	model->steps++;
	for (uint32_t i = 0; i < model->count; i++)
		read_client(model, &model->clients[i]);
	prove_claims(model);
	for (uint32_t i = 0; i < model->count; i++)
		check_ceilings(model, &model->clients[i]);
}

void model_check_answered(const struct model *model)
{
	for (uint32_t i = 0; i < model->count; i++) {
		const struct model_client *client = &model->clients[i];
		const struct session *session = client->end->session;

		if (!session || session->state != SESSION_OPEN || client->classic)
			continue;
		MODEL_CHECK(byte_queue_length(&client->end->said) == 0 && !session->paused);
		MODEL_CHECK(client->asked_count == 0);
	}
}
