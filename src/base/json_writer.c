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

struct json_writer json_writer_reopen(struct text_builder *out)
{
	struct json_writer json = json_writer_on(out);

	/* The brace that ends it. */
	if (out->length > 0 && !out->truncated) {
		out->length--;
		out->text[out->length] = '\0';
	}
	json.needs_comma = out->length > 0 && out->text[out->length - 1] != '{';
	return json;
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

static void put_group(char quad[4], const uint8_t *bytes, size_t count)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t group = (uint32_t)bytes[0] << 16;

	if (count > 1)
		group |= (uint32_t)bytes[1] << 8;
	if (count > 2)
		group |= bytes[2];
	quad[0] = digits[group >> 18];
	quad[1] = digits[group >> 12 & 63];
	quad[2] = count > 1 ? digits[group >> 6 & 63] : '=';
	quad[3] = count > 2 ? digits[group & 63] : '=';
}

/* So many bytes, a multiple of three, are written at a time. */
#define BASE64_PART_BYTES 3072u

void json_base64(struct json_writer *json, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;

	before_value(json);
	text_append(json->out, "\"");
	while (length > 0) {
		size_t part = length < BASE64_PART_BYTES ? length : BASE64_PART_BYTES;
		char *room = text_builder_reserve(json->out, (part + 2) / 3 * 4);

		if (!room)
			break;
		for (size_t at = 0; at < part; at += 3)
			put_group(room + at / 3 * 4, next + at, part - at < 3 ? part - at : 3);
		text_builder_use(json->out, (part + 2) / 3 * 4);
		next += part;
		length -= part;
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

void json_member_string(struct json_writer *json, const char *name, const char *text)
{
	json_name(json, name);
	json_string(json, text);
}

void json_member_unsigned(struct json_writer *json, const char *name, uint64_t value)
{
	json_name(json, name);
	json_unsigned(json, value);
}

void json_member_bool(struct json_writer *json, const char *name, bool value)
{
	json_name(json, name);
	json_bool(json, value);
}

void json_member_seconds(struct json_writer *json, const char *name, uint64_t ns)
{
	json_name(json, name);
	json_seconds(json, ns);
}

void json_member_signed_seconds(struct json_writer *json, const char *name, int64_t ns)
{
	json_name(json, name);
	json_signed_seconds(json, ns);
}
