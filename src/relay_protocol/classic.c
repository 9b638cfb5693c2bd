#include "relay_protocol/classic.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

bool classic_message_decode(const uint8_t *bytes, size_t length, struct classic_message *out)
{
	const uint8_t *data = bytes + 8;
	const uint8_t *zero;
	uint64_t type = 0;

	if (length < CLASSIC_MESSAGE_BYTES)
		return false;
	for (int i = 7; i >= 0; i--)
		type = type << 8 | bytes[i];
	zero = memchr(data, 0, CLASSIC_DATA_BYTES);
	*out = (struct classic_message){
		.type = type,
		.text = (const char *)data,
		.text_length = zero ? (size_t)(zero - data) : CLASSIC_DATA_BYTES,
	};
	return true;
}

/* The text and zeros behind it. */
static void fill_data(uint8_t out[CLASSIC_DATA_BYTES], const void *text, size_t length)
{
	memset(out, 0, CLASSIC_DATA_BYTES);
	if (length > 0)
		memcpy(out, text, length);
}

bool classic_message_encode(uint64_t type, const void *text, size_t length,
			    uint8_t out[CLASSIC_MESSAGE_BYTES])
{
	if (length > CLASSIC_TEXT_MAX_BYTES || (length > 0 && memchr(text, 0, length)))
		return false;
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(type >> (8 * i));
	fill_data(out + 8, text, length);
	return true;
}

void classic_hello_encode(const char *text, uint8_t out[CLASSIC_DATA_BYTES])
{
	size_t length = strlen(text);

	if (length > CLASSIC_TEXT_MAX_BYTES) {
		length = CLASSIC_TEXT_MAX_BYTES;
		/* Not in the middle of a UTF-8 character. */
		while (length > 0 && ((uint8_t)text[length] & 0xc0u) == 0x80u)
			length--;
	}
	fill_data(out, text, length);
}

/* "127.0.0.1", "::1" or "[::1]"; a scope (%eth0) has no meaning for another machine. */
static bool address_from_text(const char *text, size_t length, struct relay_address *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char figures[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	bool bracketed = length >= 2 && text[0] == '[' && text[length - 1] == ']';

	if (bracketed) {
		text++;
		length -= 2;
	}
	if (length >= sizeof(figures))
		return false;
	memcpy(figures, text, length);
	figures[length] = '\0';
	if (!bracketed && inet_pton(AF_INET, figures, bytes) == 1) {
		*out = (struct relay_address){ .family = 4 };
		memcpy(out->bytes, bytes, 4);
		return true;
	}
	if (inet_pton(AF_INET6, figures, bytes) != 1)
		return false;
	if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		*out = (struct relay_address){ .family = 4 };
		memcpy(out->bytes, bytes + 12, 4);
	} else {
		*out = (struct relay_address){ .family = 6 };
		memcpy(out->bytes, bytes, 16);
	}
	return true;
}

static bool port_from_text(const char *text, size_t length, uint16_t *out)
{
	uint32_t value = 0;

	if (length == 0 || length > 5)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint32_t)(text[i] - '0');
	}
	if (value > UINT16_MAX)
		return false;
	*out = (uint16_t)value;
	return true;
}

bool classic_send_decode(const struct classic_message *message, struct classic_send *out)
{
	const char *ip = message->text;
	const char *end = ip + message->text_length;
	const char *ip_end;
	const char *port_end;
	struct relay_address to;

	if (message->text_length > CLASSIC_TEXT_MAX_BYTES)
		return false;
	ip_end = memchr(ip, ',', message->text_length);
	if (!ip_end)
		return false;
	port_end = memchr(ip_end + 1, ',', (size_t)(end - ip_end - 1));
	if (!port_end)
		return false;
	if (!address_from_text(ip, (size_t)(ip_end - ip), &to) ||
	    !port_from_text(ip_end + 1, (size_t)(port_end - ip_end - 1), &to.port))
		return false;
	*out = (struct classic_send){
		.to = to,
		.content = { .bytes = (const uint8_t *)port_end + 1,
			     .length = (uint32_t)(end - port_end - 1) },
	};
	return true;
}

bool classic_client_append(char text[CLASSIC_DATA_BYTES], size_t *length, uint32_t number,
			   const struct relay_address *address)
{
	char ip[RELAY_ADDRESS_TEXT_BYTES];
	char entry[RELAY_ADDRESS_TEXT_BYTES + 24];
	int entry_length;

	relay_ip_text(address, ip);
	entry_length = snprintf(entry, sizeof(entry), "%u,%u,%s;", number, address->port, ip);
	if (entry_length < 0 || (size_t)entry_length > CLASSIC_TEXT_MAX_BYTES - *length)
		return false;
	memcpy(text + *length, entry, (size_t)entry_length + 1);
	*length += (size_t)entry_length;
	return true;
}

void relay_ip_text(const struct relay_address *address, char out[RELAY_ADDRESS_TEXT_BYTES])
{
	int family = address->family == 4 ? AF_INET : AF_INET6;

	/* The longest address has fewer characters than there is room for: it cannot fail. */
	if (!inet_ntop(family, address->bytes, out, RELAY_ADDRESS_TEXT_BYTES))
		out[0] = '\0';
}

void relay_address_text(const struct relay_address *address, char out[RELAY_ADDRESS_TEXT_BYTES])
{
	char ip[INET6_ADDRSTRLEN];

	if (!inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, ip, sizeof(ip)))
		ip[0] = '\0';
	(void)snprintf(out, RELAY_ADDRESS_TEXT_BYTES, address->family == 4 ? "%s:%u" : "[%s]:%u",
		       ip, address->port);
}
