#include "programs/trace_follow.h"

#include "programs/one_shot.h"

void trace_follow_init(struct trace_follow *follow, const struct trace_options *options,
		       size_t columns, bool colour, follow_writer write, void *context)
{
	const struct follow_style style = {
		.form = options->json  ? FOLLOW_JSON
			: options->hex ? FOLLOW_HEX
				       : FOLLOW_TEXT,
		.colour = colour && !options->json,
		.columns = columns,
	};

	*follow = (struct trace_follow){ .options = options };
	for (int side = 0; side < 2; side++)
		byte_stream_init(&follow->streams[side], (enum tcp_side)side);
	follow_text_init(&follow->text, &style, write, context);
}

void trace_follow_finish(struct trace_follow *follow)
{
	for (int side = 0; side < 2; side++)
		byte_stream_finish(&follow->streams[side]);
	follow_text_finish(&follow->text);
}

static void take_piece(void *context, const struct stream_piece *piece)
{
	struct trace_follow *follow = context;

	follow_text_piece(&follow->text, piece);
}

void trace_follow_frame(struct trace_follow *follow, const struct trace_frame *frame)
{
	const struct tcp_connection *connection = frame->connection;
	const struct segment_facts *segment = frame->segment;

	if (!segment)
		return;
	if (connection->number > follow->connections)
		follow->connections = connection->number;
	if (connection->number != follow->options->follow || follow->over)
		return;
	if (!follow->found) {
		follow->found = true;
		follow_text_heading(&follow->text, connection);
	}
	byte_stream_acknowledged(&follow->streams[tcp_other_side(segment->from)], segment,
				 take_piece, follow);
	byte_stream_segment(&follow->streams[segment->from], segment, take_piece, follow);
}

void trace_follow_connection(struct trace_follow *follow, const struct tcp_connection *connection)
{
	if (connection->number != follow->options->follow || !follow->found || follow->over)
		return;
	for (int side = 0; side < 2; side++)
		byte_stream_end(&follow->streams[side], take_piece, follow);
	follow_text_end(&follow->text);
	follow->over = true;
}

bool trace_follow_is_over(const struct trace_follow *follow)
{
	return follow->over;
}

enum exit_status trace_follow_status(const struct trace_follow *follow)
{
	if (!follow->found && follow->connections == 0) {
		one_shot_complain("trace: --follow %llu: there is no TCP connection.",
				  (unsigned long long)follow->options->follow);
		return EXIT_NOT_DONE;
	}
	if (!follow->found) {
		one_shot_complain("trace: --follow %llu: there are no more than %llu connections.",
				  (unsigned long long)follow->options->follow,
				  (unsigned long long)follow->connections);
		return EXIT_NOT_DONE;
	}
	if (follow->streams[TCP_CLIENT].failed || follow->streams[TCP_SERVER].failed) {
		one_shot_complain("trace: --follow: out of memory; not all of it was told.");
		return EXIT_ENVIRONMENT;
	}
	return EXIT_DONE;
}
