/*
 * Any bytes as messages of the classic dialect. What is read must be what is written, and an
 * address that was understood must survive being written as text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay_protocol/classic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_send(const struct classic_message *message)
{
	char ip[RELAY_ADDRESS_TEXT_BYTES];
	char text[CLASSIC_MESSAGE_BYTES + RELAY_ADDRESS_TEXT_BYTES];
	char list[CLASSIC_DATA_BYTES];
	size_t list_length = 0;
	struct classic_send send;
	struct classic_send again;
	struct classic_message written = { .type = CLASSIC_SEND, .text = text };
	int length;

	if (!classic_send_decode(message, &send))
		return;
	require(message->text_length <= CLASSIC_TEXT_MAX_BYTES);
	require(send.content.bytes + send.content.length ==
		(const uint8_t *)message->text + message->text_length);
	relay_ip_text(&send.to, ip);
	length = snprintf(text, sizeof(text), "%s,%u,", ip, send.to.port);
	require(length > 0);
	written.text_length = (size_t)length;
	require(classic_send_decode(&written, &again));
	require(send.to.family == again.to.family && send.to.port == again.to.port);
	require(memcmp(send.to.bytes, again.to.bytes, sizeof(send.to.bytes)) == 0);
	require(again.content.length == 0);
	while (classic_client_append(list, &list_length, 7, &send.to))
		require(list_length <= CLASSIC_TEXT_MAX_BYTES && list[list_length] == '\0');
	require(list_length > 0);
}

static void check_message(const struct classic_message *message, const uint8_t *bytes)
{
	uint8_t written[CLASSIC_MESSAGE_BYTES];
	bool fits = message->text_length <= CLASSIC_TEXT_MAX_BYTES;

	require(message->text == (const char *)bytes + 8);
	require(message->text_length <= CLASSIC_DATA_BYTES);
	require(!memchr(message->text, 0, message->text_length));
	require(classic_message_encode(message->type, message->text, message->text_length,
				       written) == fits);
	if (fits)
		require(memcmp(written, bytes, 8 + message->text_length + 1) == 0);
	if (message->type == CLASSIC_SEND)
		check_send(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct classic_message message;
	struct classic_message as_text = { .type = CLASSIC_SEND };

	while (classic_message_decode(data, size, &message)) {
		check_message(&message, data);
		data += CLASSIC_MESSAGE_BYTES;
		size -= CLASSIC_MESSAGE_BYTES;
	}
	/* The rest as the text of a SEND: the short way to the address parser. */
	as_text.text = (const char *)data;
	as_text.text_length = size > 0 ? strnlen((const char *)data, size) : 0;
	check_send(&as_text);
	return 0;
}
