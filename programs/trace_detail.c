#include "programs/trace_detail.h"

bool trace_detail_init(struct trace_detail *detail, const struct trace_options *options,
		       size_t columns, bool colour)
{
	*detail = (struct trace_detail){
		.options = options,
		.messages = connection_messages_create(),
		.style = { .colour = colour, .columns = columns },
	};
	if (options->explain)
		detail->style.explains = &detail->memory;
	return detail->messages != NULL;
}

void trace_detail_finish(struct trace_detail *detail)
{
	connection_messages_destroy(detail->messages);
	detail->messages = NULL;
}

/* Without numbers: what has TCP in it, whole or in part. */
static bool is_chosen(const struct trace_options *options, const struct trace_frame *frame)
{
	if (options->frames.count > 0)
		return frame_set_has(&options->frames, frame->captured->number);
	return frame->packet->kind != PACKET_OTHER;
}

void trace_detail_frame(struct trace_detail *detail, const struct trace_frame *frame, bool selected,
			struct text_builder *out)
{
	struct frame_view view = {
		.frame = frame->captured,
		.packet = frame->packet,
		.trail = frame->trail,
		.segment = frame->segment,
		.connection = frame->connection,
	};

	if (frame->segment)
		view.message_count = connection_messages_segment(
			detail->messages, frame->connection, frame->segment, &view.messages);
	if (!selected || !is_chosen(detail->options, frame))
		return;
	if (detail->options->json) {
		detail_json(out, &view);
		text_append(out, "\n");
	} else {
		if (detail->shown > 0)
			text_append(out, "\n");
		detail_frame(out, &view, &detail->style);
	}
	detail->shown++;
}

void trace_detail_connection(struct trace_detail *detail, const struct tcp_connection *connection)
{
	connection_messages_forget(detail->messages, connection->number);
}

bool trace_detail_is_over(const struct trace_detail *detail, uint64_t frame)
{
	const struct frame_set *frames = &detail->options->frames;

	/* JSON ends with a line about the whole file. */
	return !detail->options->json && frames->count > 0 && frame >= frames->last;
}
