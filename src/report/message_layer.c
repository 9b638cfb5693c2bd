#include "report/stream_messages.h"

#include <stdio.h>

#include "report/message_fields.h"
#include "report/message_text.h"
#include "report/readable.h"

#define SUMMARY_MAX_BYTES 1024u

/* "bytes 1,449 to 2,896 of 5,000 are in this frame": counted from 1, as people do. */
static void tell_part(const struct stream_message *message, struct text_builder *out)
{
	text_append(out, message->part_bytes == 1 ? "byte " : "bytes ");
	readable_count(out, message->part_offset + 1);
	if (message->part_bytes > 1) {
		text_append(out, " to ");
		readable_count(out, message->part_offset + message->part_bytes);
	}
	if (message->bytes > 0) {
		text_append(out, " of ");
		readable_count(out, message->bytes);
	}
	text_append(out, message->part_bytes == 1 ? " is in this frame" : " are in this frame");
}

static void summarise(const struct stream_message *message, struct dissection *out)
{
	struct text_builder text;

	text_builder_init(&text, SUMMARY_MAX_BYTES);
	text_append(&text, message->detail);
	if (!message->begins || !message->ends) {
		message_text_next(&text);
		tell_part(message, &text);
	}
	if (!message->begins && message->first_frame > 0)
		text_append_format(&text, ", begins in frame %llu",
				   (unsigned long long)message->first_frame);
	dissection_summary(out, "%s", text_builder_text(&text));
	text_builder_finish(&text);
}

void stream_message_dissect(const struct stream_message *message, uint32_t payload_frame_offset,
			    struct dissection *out)
{
	char title[STREAM_MESSAGE_NAME_BYTES + 40];
	struct dissected_layer *layer;

	(void)snprintf(title, sizeof(title), "%s: %s",
		       message->greeting  ? "Classic greeting"
		       : message->classic ? "Classic message"
					  : "Wiretale frame",
		       message->name);
	layer = dissection_layer(out, message->classic ? "classic" : "wiretale", title);
	if (!layer)
		return;
	layer->bytes = message->kept;
	layer->length = message->kept_bytes;
	layer->frame_offset = (int64_t)payload_frame_offset + message->payload_offset -
			      (int64_t)message->part_offset;
	layer->earlier =
		message->part_offset < UINT32_MAX ? (uint32_t)message->part_offset : UINT32_MAX;
	summarise(message, out);
	if (!message->kept)
		return;
	if (message->classic)
		message_fields_classic(out, message);
	else
		message_fields_relay(out, message);
}
