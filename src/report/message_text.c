#include "report/message_text.h"

#include "tcp_flow/conversation_name.h"

void message_text_hex(struct text_builder *out, const uint8_t *bytes, size_t length)
{
	size_t shown = MESSAGE_HEX_BYTES;

	if (length < shown)
		shown = length;
	for (size_t i = 0; i < shown; i++)
		text_append_format(out, "%s%02x", i > 0 ? " " : "", bytes[i]);
	if (shown < length)
		text_append(out, " ...");
}

/* The most of the bytes, up to `max`, that does not cut a character in two. */
static size_t whole_characters(const uint8_t *bytes, size_t length, size_t max)
{
	if (length <= max)
		return length;
	for (size_t back = 0; back < 4 && back < max; back++)
		if ((bytes[max - back] & 0xc0u) != 0x80u)
			return max - back;
	return max;
}

void message_text_words(struct text_builder *out, const uint8_t *bytes, size_t length)
{
	size_t shown = whole_characters(bytes, length, MESSAGE_SAMPLE_BYTES);

	text_append_harmless(out, bytes, shown);
	if (shown < length)
		text_append(out, "...");
}

void message_text_sample(struct text_builder *out, const uint8_t *bytes, size_t length)
{
	struct stream_text text = { .bytes = bytes, .length = length };
	size_t shown;

	if (length == 0)
		return;
	if (!stream_text_is_plain(text)) {
		message_text_hex(out, bytes, length);
		return;
	}
	shown = whole_characters(bytes, length, MESSAGE_SAMPLE_BYTES);
	text_append(out, "\"");
	text_append_harmless(out, bytes, shown);
	text_append(out, shown < length ? "\"..." : "\"");
}

void message_text_next(struct text_builder *out)
{
	if (out->length > 0)
		text_append(out, ", ");
}
