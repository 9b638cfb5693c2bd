#include "socket_peer/byte_notation.h"

#include <string.h>

#include "base/utf8.h"

#define DUMP_BYTES 16u

/* 0 to 15, or -1. */
static int hex_digit(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	if (letter >= 'a' && letter <= 'f')
		return letter - 'a' + 10;
	if (letter >= 'A' && letter <= 'F')
		return letter - 'A' + 10;
	return -1;
}

/* Two digits as a byte, or -1. */
static int hex_byte(const char *text)
{
	int high = hex_digit(text[0]);
	int low = high < 0 ? -1 : hex_digit(text[1]);

	return low < 0 ? -1 : high * 16 + low;
}

static int escaped_byte(const char *text)
{
	switch (text[0]) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '0':
		return '\0';
	case '\\':
	case '"':
		return text[0];
	case 'x':
		return hex_byte(text + 1);
	default:
		return -1;
	}
}

bool byte_notation_parse_escapes(const char *text, struct text_builder *out, const char **problem)
{
	for (;;) {
		size_t plain = strcspn(text, "\\");
		int value;
		char byte;

		text_append_bytes(out, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		value = escaped_byte(text + 1);
		if (value < 0) {
			*problem = "behind a backslash stands n, r, t, 0, x and two hex digits, or "
				   "another backslash";
			return false;
		}
		byte = (char)(unsigned char)value;
		text_append_bytes(out, &byte, 1);
		text += text[1] == 'x' ? 4 : 2;
	}
	*problem = "that is too long";
	return !out->truncated;
}

bool byte_notation_parse_hex(const char *text, struct text_builder *out, const char **problem)
{
	while (*text) {
		int value;
		char byte;

		if (strchr(" \t,:\r", *text)) {
			text++;
			continue;
		}
		if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X') && text[2]) {
			text += 2;
			continue;
		}
		value = hex_byte(text);
		if (value < 0) {
			*problem =
				"bytes are written as two hex digits each, as in 48 65 6c 6c 6f 0a";
			return false;
		}
		byte = (char)(unsigned char)value;
		text_append_bytes(out, &byte, 1);
		text += 2;
	}
	*problem = "that is too long";
	return !out->truncated;
}

void byte_notation_append_hex(struct text_builder *out, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < length; i++) {
		const char pair[3] = { ' ', digits[bytes[i] >> 4], digits[bytes[i] & 15] };

		text_append_bytes(out, i > 0 ? pair : pair + 1, i > 0 ? 3 : 2);
	}
}

static void append_dump_line(struct text_builder *out, uint64_t place, const uint8_t *bytes,
			     size_t length)
{
	char letters[DUMP_BYTES + 1];

	for (size_t i = 0; i < length; i++)
		letters[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	letters[length] = '\0';
	text_append_format(out, "%04llx  ", (unsigned long long)place);
	for (size_t i = 0; i < DUMP_BYTES; i++) {
		if (i < length)
			text_append_format(out, "%02x ", bytes[i]);
		else
			text_append(out, "   ");
		if (i == DUMP_BYTES / 2 - 1)
			text_append(out, " ");
	}
	text_append_format(out, " |%s|\n", letters);
}

void byte_notation_append_dump(struct text_builder *out, const char *before, uint64_t place,
			       const uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at < length; at += DUMP_BYTES) {
		size_t count = length - at < DUMP_BYTES ? length - at : DUMP_BYTES;

		text_append(out, before);
		append_dump_line(out, place + at, bytes + at, count);
	}
}

/* A piece that holds no quote and no backslash. */
static size_t plain_length(const uint8_t *bytes, size_t length)
{
	size_t plain = 0;

	while (plain < length && bytes[plain] != '"' && bytes[plain] != '\\')
		plain++;
	return plain;
}

void byte_notation_append_string(struct text_builder *out, const uint8_t *bytes, size_t length,
				 size_t max_bytes)
{
	size_t shown = length < max_bytes ? length : max_bytes;
	size_t at = 0;

	/* Not within a letter. */
	while (shown < length && shown > 0 && (bytes[shown] & 0xc0) == 0x80 &&
	       max_bytes - shown < 3)
		shown--;
	text_append(out, "\"");
	while (at < shown) {
		size_t plain = plain_length(bytes + at, shown - at);

		text_append_harmless(out, bytes + at, plain);
		at += plain;
		if (at < shown) {
			text_append_format(out, "\\%c", bytes[at]);
			at++;
		}
	}
	text_append(out, shown < length ? "\"..." : "\"");
}
