#include "report/classic_dissection.h"

#include <stdio.h>
#include <string.h>

#include "report/message_text.h"

bool classic_dissection_could_start(const uint8_t *bytes, size_t length)
{
	static const uint8_t zeros[7] = { 0 };

	if (length > 8)
		length = 8;
	return length == 0 || (bytes[0] >= CLASSIC_CANCEL && bytes[0] <= CLASSIC_SEND &&
			       memcmp(bytes + 1, zeros, length - 1) == 0);
}

/* A message could start at the offset, or the kept bytes end before that could be told. */
static bool could_start(const struct dialogue_head *head, uint32_t offset)
{
	return offset + 8 > head->length ||
	       classic_dissection_could_start(head->bytes + offset, head->length - offset);
}

/*
 * Ours sends 256 bytes; the assignment's own server as many as its text has. What is left when the
 * messages are taken out of the whole stream is the greeting, if the whole stream was captured.
 */
static bool find_hello(const struct dialogue_head *head, uint64_t stream_bytes, uint32_t *out)
{
	uint32_t left_over = (uint32_t)(stream_bytes % CLASSIC_MESSAGE_BYTES);

	if (head->length == 0) {
		*out = 0;
		return true;
	}
	if (left_over <= CLASSIC_DATA_BYTES && could_start(head, left_over)) {
		*out = left_over;
		return true;
	}
	for (uint32_t offset = 0; offset <= CLASSIC_DATA_BYTES; offset++)
		if (offset + 8 <= head->length && could_start(head, offset)) {
			*out = offset;
			return true;
		}
	return false;
}

bool classic_dissection_fits(const struct tcp_connection *connection, uint32_t *hello_bytes)
{
	const struct dialogue_head *client = &connection->dialogue.heads[TCP_CLIENT];
	const struct dialogue_head *server = &connection->dialogue.heads[TCP_SERVER];
	struct stream_text hello = { .bytes = server->bytes };
	uint32_t length;

	if (client->length < CLASSIC_MESSAGE_BYTES)
		return false;
	if (!could_start(client, 0) || !could_start(client, CLASSIC_MESSAGE_BYTES))
		return false;
	if (!find_hello(server, connection->ends[TCP_SERVER].bytes, &length))
		return false;
	hello.length = length < server->length ? length : server->length;
	if (hello.length > 0 && !stream_text_is_plain(hello))
		return false;
	*hello_bytes = length;
	return true;
}

bool classic_dissection_greets(const struct tcp_connection *connection)
{
	const struct dialogue_head *client = &connection->dialogue.heads[TCP_CLIENT];
	const struct dialogue_head *server = &connection->dialogue.heads[TCP_SERVER];
	struct stream_text text = { .bytes = server->bytes };

	if (client->length > 0 || server->length != CLASSIC_DATA_BYTES || !server->from_start)
		return false;
	text.length = strnlen((const char *)server->bytes, CLASSIC_DATA_BYTES);
	if (text.length == 0 || text.length == CLASSIC_DATA_BYTES || !stream_text_is_plain(text))
		return false;
	for (size_t i = text.length; i < CLASSIC_DATA_BYTES; i++)
		if (server->bytes[i] != 0)
			return false;
	return true;
}

const char *classic_dissection_type(uint64_t type)
{
	switch (type) {
	case CLASSIC_CANCEL:
		return "CANCEL";
	case CLASSIC_TIME:
		return "TIME";
	case CLASSIC_NAME:
		return "NAME";
	case CLASSIC_CLIENT:
		return "CLIENT";
	case CLASSIC_SEND:
		return "SEND";
	default:
		return NULL;
	}
}

/* What the server says with type SEND answers a request, or comes from another client. */
static const char *role_text(struct conversation *conversation, enum tcp_side from, uint64_t type)
{
	if (from == TCP_CLIENT) {
		if (type == CLASSIC_SEND)
			conversation->open_sends++;
		return "request";
	}
	if (type != CLASSIC_SEND)
		return "answer";
	if (conversation->open_sends == 0)
		return "message";
	conversation->open_sends--;
	return "answer";
}

void classic_dissection_name(struct conversation *conversation, enum tcp_side from, uint64_t type,
			     char out[CONVERSATION_NAME_BYTES])
{
	const char *name = classic_dissection_type(type);

	if (name)
		(void)snprintf(out, CONVERSATION_NAME_BYTES, "%s %s", name,
			       role_text(conversation, from, type));
	else
		(void)snprintf(out, CONVERSATION_NAME_BYTES, "unknown type");
}

void classic_dissection_detail(struct text_builder *detail, enum tcp_side from,
			       const struct classic_message *message)
{
	struct classic_send send;
	char address[RELAY_ADDRESS_TEXT_BYTES];

	if (from == TCP_CLIENT && message->type == CLASSIC_SEND &&
	    classic_send_decode(message, &send)) {
		relay_address_text(&send.to, address);
		text_append_format(detail, "to %s", address);
		if (send.content.length > 0)
			text_append(detail, ": ");
		message_text_sample(detail, send.content.bytes, send.content.length);
		return;
	}
	message_text_sample(detail, (const uint8_t *)message->text, message->text_length);
}

static size_t tell_hello(struct conversation *conversation, const uint8_t *bytes, size_t length,
			 struct conversation_line *line)
{
	size_t stated = conversation->hello_bytes - conversation->read[TCP_SERVER];

	(void)snprintf(line->name, sizeof(line->name), "hello");
	line->bytes = stated;
	line->whole = length >= stated;
	if (length > stated)
		length = stated;
	message_text_sample(&conversation->detail, bytes, strnlen((const char *)bytes, length));
	return length;
}

size_t classic_dissection_tell(struct conversation *conversation, const uint8_t *bytes,
			       size_t length, struct conversation_line *line)
{
	struct classic_message message;

	if (line->from == TCP_SERVER && conversation->read[TCP_SERVER] < conversation->hello_bytes)
		return tell_hello(conversation, bytes, length, line);
	line->bytes = CLASSIC_MESSAGE_BYTES;
	line->whole = classic_message_decode(bytes, length, &message);
	if (!line->whole) {
		(void)snprintf(line->name, sizeof(line->name), "part of a message");
		text_append_format(&conversation->detail, "%zu of %u bytes", length,
				   CLASSIC_MESSAGE_BYTES);
		return length;
	}
	classic_dissection_name(conversation, line->from, message.type, line->name);
	classic_dissection_detail(&conversation->detail, line->from, &message);
	return CLASSIC_MESSAGE_BYTES;
}
