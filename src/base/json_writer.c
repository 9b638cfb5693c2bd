#include "base/json_writer.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/utf8.h"

static void before_value(struct json_writer *json)
{
	if (json->needs_comma)
		text_append(json->out, ",");
	json->needs_comma = true;
}

void json_begin_object(struct json_writer *json)
{
	before_value(json);
	text_append(json->out, "{");
	json->needs_comma = false;
}

void json_end_object(struct json_writer *json)
{
	text_append(json->out, "}");
	json->needs_comma = true;
}

void json_begin_array(struct json_writer *json)
{
	before_value(json);
	text_append(json->out, "[");
	json->needs_comma = false;
}

void json_end_array(struct json_writer *json)
{
	text_append(json->out, "]");
	json->needs_comma = true;
}

void json_name(struct json_writer *json, const char *name)
{
	size_t length = strlen(name);
	char *room = text_builder_reserve(json->out, length + 4);
	size_t used = 0;

	if (!room)
		return;
	if (json->needs_comma)
		room[used++] = ',';
	room[used++] = '"';
	memcpy(room + used, name, length);
	used += length;
	room[used++] = '"';
	room[used++] = ':';
	text_builder_use(json->out, used);
	json->needs_comma = false;
}

static void append_character(struct text_builder *out, uint32_t code_point)
{
	switch (code_point) {
	case '"':
		text_append(out, "\\\"");
		break;
	case '\\':
		text_append(out, "\\\\");
		break;
	case '\n':
		text_append(out, "\\n");
		break;
	case '\r':
		text_append(out, "\\r");
		break;
	case '\t':
		text_append(out, "\\t");
		break;
	default:
		text_append_format(out, "\\u%04x", code_point);
	}
}

/* DEL, the C1 controls and the line separators are legal in JSON as they are; escaped
 * they can't reach a terminal that shows the line. */
static bool needs_escape(uint32_t code_point)
{
	return code_point == '"' || code_point == '\\' || utf8_is_control(code_point) ||
	       code_point == 0x2028 || code_point == 0x2029;
}

/* Nearly every byte is one of these, and needs no decoding. */
static bool is_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

void json_string_bytes(struct json_writer *json, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;
	size_t plain = 0; /* bytes that need no escape and are not yet added */
	size_t at = 0;

	before_value(json);
	text_append(json->out, "\"");
	while (at < length) {
		uint32_t code_point = 0;
		size_t size;

		if (is_plain(next[at])) {
			at++;
			continue;
		}
		size = utf8_decode(next + at, length - at, &code_point);
		if (size > 0 && !needs_escape(code_point)) {
			at += size;
			continue;
		}
		text_append_bytes(json->out, next + plain, at - plain);
		if (size == 0) {
			text_append(json->out, "\xef\xbf\xbd");
			size = 1;
		} else {
			append_character(json->out, code_point);
		}
		at += size;
		plain = at;
	}
	if (length > plain)
		text_append_bytes(json->out, next + plain, length - plain);
	text_append(json->out, "\"");
}

void json_string(struct json_writer *json, const char *text)
{
	json_string_bytes(json, text, strlen(text));
}

void json_base64(struct json_writer *json, const void *bytes, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *next = bytes;

	before_value(json);
	text_append(json->out, "\"");
	for (size_t at = 0; at < length; at += 3) {
		size_t here = length - at < 3 ? length - at : 3;
		uint32_t group = (uint32_t)next[at] << 16;
		char quad[4];

		if (here > 1)
			group |= (uint32_t)next[at + 1] << 8;
		if (here > 2)
			group |= next[at + 2];
		quad[0] = digits[group >> 18];
		quad[1] = digits[group >> 12 & 63];
		quad[2] = here > 1 ? digits[group >> 6 & 63] : '=';
		quad[3] = here > 2 ? digits[group & 63] : '=';
		text_append_bytes(json->out, quad, sizeof(quad));
	}
	text_append(json->out, "\"");
}

void json_unsigned(struct json_writer *json, uint64_t value)
{
	char digits[DECIMAL_MAX_BYTES];

	before_value(json);
	text_append_bytes(json->out, digits, decimal_write(digits, value));
}

void json_signed(struct json_writer *json, int64_t value)
{
	char digits[DECIMAL_MAX_BYTES];

	before_value(json);
	text_append_bytes(json->out, digits, decimal_write_signed(digits, value));
}

void json_bool(struct json_writer *json, bool value)
{
	before_value(json);
	text_append(json->out, value ? "true" : "false");
}

void json_null(struct json_writer *json)
{
	before_value(json);
	text_append(json->out, "null");
}

void json_seconds(struct json_writer *json, uint64_t ns)
{
	before_value(json);
	text_append_format(json->out, "%" PRIu64 ".%09" PRIu64, ns / NS_PER_S, ns % NS_PER_S);
}

void json_signed_seconds(struct json_writer *json, int64_t ns)
{
	char digits[DECIMAL_MAX_BYTES];

	before_value(json);
	text_append_bytes(json->out, digits, decimal_write_seconds(digits, ns));
}
