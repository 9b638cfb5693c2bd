#include "base/text_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define TEXT_BUILDER_FIRST_BYTES 128u

void text_builder_init(struct text_builder *builder, size_t max_bytes)
{
	*builder = (struct text_builder){ .max_bytes = max_bytes };
}

void text_builder_finish(struct text_builder *builder)
{
	free(builder->text);
	*builder = (struct text_builder){ .max_bytes = builder->max_bytes };
}

void text_builder_clear(struct text_builder *builder)
{
	builder->length = 0;
	builder->truncated = false;
	if (builder->text)
		builder->text[0] = '\0';
}

const char *text_builder_text(const struct text_builder *builder)
{
	return builder->text ? builder->text : "";
}

/* Room for `length` more bytes and the terminating zero. */
static bool make_room(struct text_builder *builder, size_t length)
{
	size_t capacity = builder->capacity ? builder->capacity : TEXT_BUILDER_FIRST_BYTES;
	char *text;

	if (builder->truncated)
		return false;
	if (length > builder->max_bytes || builder->length > builder->max_bytes - length) {
		builder->truncated = true;
		return false;
	}
	if (builder->text && builder->length + length < builder->capacity)
		return true;
	while (capacity <= builder->length + length)
		capacity *= 2;
	text = realloc(builder->text, capacity);
	if (!text) {
		builder->truncated = true;
		return false;
	}
	builder->text = text;
	builder->capacity = capacity;
	return true;
}

void text_append_bytes(struct text_builder *builder, const void *bytes, size_t length)
{
	if (!make_room(builder, length))
		return;
	if (length > 0)
		memcpy(builder->text + builder->length, bytes, length);
	builder->length += length;
	builder->text[builder->length] = '\0';
}

void text_append(struct text_builder *builder, const char *text)
{
	text_append_bytes(builder, text, strlen(text));
}

void text_append_format(struct text_builder *builder, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0 || !make_room(builder, (size_t)length))
		return;
	va_start(arguments, format);
	(void)vsnprintf(builder->text + builder->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	builder->length += (size_t)length;
}

char *text_builder_reserve(struct text_builder *builder, size_t bytes)
{
	return make_room(builder, bytes) ? builder->text + builder->length : NULL;
}

void text_builder_use(struct text_builder *builder, size_t used)
{
	builder->length += used;
	builder->text[builder->length] = '\0';
}

static void append_escape(struct text_builder *builder, uint32_t code_point)
{
	switch (code_point) {
	case '\n':
		text_append(builder, "\\n");
		break;
	case '\r':
		text_append(builder, "\\r");
		break;
	case '\t':
		text_append(builder, "\\t");
		break;
	default:
		if (code_point < 0x80)
			text_append_format(builder, "\\x%02x", code_point);
		else
			text_append_format(builder, "\\u{%x}", code_point);
	}
}

void text_append_harmless(struct text_builder *builder, const void *bytes, size_t length)
{
	const uint8_t *next = bytes;
	size_t plain = 0; /* harmless bytes not yet added */
	size_t at = 0;

	while (at < length) {
		uint32_t code_point = 0;
		size_t size = utf8_decode(next + at, length - at, &code_point);

		if (size > 0 && !utf8_is_control(code_point) && !utf8_is_deceptive(code_point)) {
			at += size;
			continue;
		}
		text_append_bytes(builder, next + plain, at - plain);
		if (size == 0) {
			text_append_format(builder, "\\x%02x", (unsigned)next[at]);
			size = 1;
		} else {
			append_escape(builder, code_point);
		}
		at += size;
		plain = at;
	}
	if (length > plain)
		text_append_bytes(builder, next + plain, length - plain);
}
