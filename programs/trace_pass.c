#include "programs/trace_pass.h"

#include <stddef.h>

#include "packet/packet.h"
#include "programs/one_shot.h"

bool trace_pass_init(struct trace_pass *pass, const struct trace_options *options,
		     const struct trace_reader *reader, const char *name)
{
	struct tcp_tracker_options tracking = {
		.flags = reader->tracker_flags |
			 (options->as_tshark ? (unsigned)TRACKER_AS_TSHARK : 0),
		.max_connections = options->max_connections,
		.ended = reader->connection,
		.context = reader->context,
	};

	*pass = (struct trace_pass){ .reader = reader, .name = name };
	pass->decoder = packet_decoder_create(
		options->no_checksums || (tracking.flags & TRACKER_TOTALS_ONLY) != 0
			? 0
			: (unsigned)PACKET_VERIFY_CHECKSUMS);
	pass->tracker = tcp_tracker_create(&tracking);
	if (!pass->decoder || !pass->tracker)
		one_shot_complain("trace: out of memory.");
	return pass->decoder && pass->tracker;
}

static void note_packet_problem(struct trace_pass *pass)
{
	const struct packet *packet = &pass->packet;

	if (packet->kind == PACKET_DAMAGED)
		trace_problem(&pass->problems, "frame %llu: %s", (unsigned long long)packet->frame,
			      packet->problem);
}

bool trace_pass_frame(struct trace_pass *pass, const struct captured_frame *frame)
{
	const struct trace_reader *reader = pass->reader;
	enum tcp_tracker_result result;
	bool is_segment;

	pass->connection = NULL;
	if (reader->wants_trails)
		(void)packet_decode_trail(pass->decoder, frame, &pass->packet, &pass->trail);
	else
		(void)packet_decode(pass->decoder, frame, &pass->packet);
	note_packet_problem(pass);
	result = tcp_tracker_packet(pass->tracker, &pass->packet, &pass->facts, &pass->connection);
	if (result == TRACKER_NO_MEMORY)
		trace_problem(&pass->problems, "frame %llu: out of memory, left out",
			      (unsigned long long)frame->number);
	if (!reader->frame)
		return true;
	is_segment = pass->connection != NULL;
	return reader->frame(reader->context,
			     &(struct trace_frame){
				     .captured = frame,
				     .packet = &pass->packet,
				     .trail = reader->wants_trails ? &pass->trail : NULL,
				     .segment = is_segment ? &pass->facts : NULL,
				     .connection = pass->connection,
			     });
}

void trace_pass_conclude(struct trace_pass *pass)
{
	const struct tcp_totals *totals = tcp_tracker_totals(pass->tracker);

	tcp_tracker_finish(pass->tracker);
	if (totals->evicted > 0)
		trace_problem(&pass->problems,
			      "%llu connections were told before their end, to make room for "
			      "newer ones; --max-connections sets how many are remembered",
			      (unsigned long long)totals->evicted);
	if (packet_decoder_given_up(pass->decoder) > 0)
		trace_problem(&pass->problems,
			      "%llu fragmented datagrams were dropped before they were whole: too "
			      "many were open at a time",
			      (unsigned long long)packet_decoder_given_up(pass->decoder));
	if (totals->without_payload > 0)
		trace_problem(&pass->problems,
			      "of %llu connections nobody looked at what was said: too many were "
			      "remembered at a time",
			      (unsigned long long)totals->without_payload);
}

void trace_pass_end(struct trace_pass *pass)
{
	static const struct tcp_totals nothing;

	trace_problems_close(&pass->problems);
	if (pass->reader->end)
		pass->reader->end(pass->reader->context,
				  pass->tracker ? tcp_tracker_totals(pass->tracker) : &nothing,
				  &pass->problems);
}

void trace_pass_finish(struct trace_pass *pass)
{
	tcp_tracker_destroy(pass->tracker);
	packet_decoder_destroy(pass->decoder);
	trace_problems_finish(&pass->problems);
}
