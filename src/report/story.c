#include "report/story.h"

#include <inttypes.h>
#include <string.h>

#include "report/conversation.h"
#include "report/finding_text.h"
#include "report/readable.h"
#include "report/story_parts.h"

#define NOTABLE_PAUSE_NS INT64_C(100000000)

#define NAME_MAX_BYTES 512u

void story_begin_sentence(struct text_builder *out)
{
	if (out->length > 0)
		text_append(out, " ");
}

/* These stand at the head of the story, in their own words: unknowns before what is told. */
static bool is_unknown_to_begin_with(enum tcp_finding_kind kind)
{
	return kind == FINDING_ONE_DIRECTION || kind == FINDING_CAPTURE_LOSS ||
	       kind == FINDING_TIME_BACKWARDS || kind == FINDING_EVICTED;
}

/* A resend of what had arrived: the finding with its proof says so too. */
static bool is_told_with_proof(const struct tcp_connection *connection,
			       const struct tcp_finding *finding)
{
	if (finding->kind != FINDING_RETRANSMISSION || finding->cause != CAUSE_NEEDLESS)
		return false;
	for (uint32_t i = 0; i < connection->findings.count; i++) {
		const struct tcp_finding *other = &connection->findings.list[i];

		if (other->kind == FINDING_NEEDLESS && other->side == finding->side &&
		    other->values[0] == NEEDLESS_ARRIVED)
			return true;
	}
	return false;
}

bool story_tells(const struct tcp_connection *connection, const struct tcp_finding *finding)
{
	return is_told_with_proof(connection, finding) || is_unknown_to_begin_with(finding->kind) ||
	       finding->kind == FINDING_MIDSTREAM || finding->kind == FINDING_TIME_WAIT;
}

static void tell_unknowns(struct text_builder *out, const struct tcp_connection *connection)
{
	for (uint32_t i = 0; i < connection->findings.count; i++) {
		const struct tcp_finding *finding = &connection->findings.list[i];

		if (!is_unknown_to_begin_with(finding->kind))
			continue;
		story_begin_sentence(out);
		finding_text(out, connection, finding);
	}
}

static void tell_name(struct text_builder *out, const struct tcp_connection *connection)
{
	const char *protocol = conversation_protocol(connection);
	struct text_builder name;

	/* That it was text says the sample of it better. */
	if (!protocol || strcmp(protocol, "text") == 0)
		return;
	text_builder_init(&name, NAME_MAX_BYTES);
	if (conversation_name(connection, &name))
		text_append_format(out, "They spoke %s. ", text_builder_text(&name));
	text_builder_finish(&name);
}

/* From the end of the opening, where the file has it, to the first data. */
static int64_t first_pause_ns(const struct tcp_connection *connection)
{
	const struct opening *opening = &connection->opening;
	int64_t opened_ns = 0;

	if (opening->has_rtt)
		opened_ns = opening->last_syn_ns - connection->start_ns + opening->rtt_ns;
	return connection->dialogue.turns[0].start_ns - opened_ns;
}

/* "After 3.43 s": only pauses that a person would notice. */
static void tell_first_turn(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct dialogue_turn *turn = &connection->dialogue.turns[0];
	int64_t pause_ns = first_pause_ns(connection);

	if (pause_ns >= NOTABLE_PAUSE_NS) {
		text_append(out, "After ");
		readable_duration(out, pause_ns);
		text_append(out, " the ");
	} else {
		text_append(out, "The ");
	}
	text_append_format(out, "%s sent ", tcp_side_name(turn->speaker));
	readable_bytes(out, turn->bytes);
}

static void turn_frames(struct text_builder *out, const struct dialogue_turn *turn)
{
	const uint64_t frames[] = { turn->first_frame, turn->last_frame };

	if (turn->last_frame > turn->first_frame + 1)
		text_append_format(out, " [%" PRIu64 "-%" PRIu64 "]", turn->first_frame,
				   turn->last_frame);
	else
		readable_frames(out, frames, 2);
}

static void tell_turns(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct dialogue *dialogue = &connection->dialogue;

	for (uint32_t i = 0; i < dialogue->turns_kept; i++) {
		const struct dialogue_turn *turn = &dialogue->turns[i];

		if (i == 0) {
			tell_first_turn(out, connection);
		} else {
			bool last = i + 1 == dialogue->turns_kept;

			text_append(out, last ? " and " : ", ");
			text_append_format(out, i == 1 ? "the %s answered with " : "the %s sent ",
					   tcp_side_name(turn->speaker));
			readable_bytes(out, turn->bytes);
			if (turn->thought_ns >= 0) {
				text_append(out, " after ");
				readable_duration(out, turn->thought_ns);
			}
		}
		turn_frames(out, turn);
	}
}

static void tell_sums(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct tcp_end *client = &connection->ends[TCP_CLIENT];
	const struct tcp_end *server = &connection->ends[TCP_SERVER];

	if (connection->dialogue.turn_count > STORY_TURNS_TOLD_MAX) {
		text_append(out, "In ");
		readable_number_of(out, connection->dialogue.turn_count, "turn", "turns");
		text_append(out, " the client sent ");
	} else {
		text_append(out, "The client sent ");
	}
	readable_bytes(out, client->bytes);
	text_append(out, " and the server ");
	if (server->bytes == 0)
		text_append(out, "nothing");
	else
		readable_bytes(out, server->bytes);
}

/* Where only one side spoke, that the other did not is worth a word. */
static void tell_silence(struct text_builder *out, const struct tcp_connection *connection)
{
	for (unsigned side = 0; side < 2; side++) {
		if (connection->ends[side].bytes == 0 && connection->ends[side].sends)
			text_append_format(out, "; the %s sent none",
					   tcp_side_name((enum tcp_side)side));
	}
}

/* SYN-ACKs of a simultaneous opening, or of one to itself: they count as repeats of the SYNs, but
 * nothing was lost. */
static uint64_t crossing_syn_acks(const struct tcp_connection *connection)
{
	const struct opening *opening = &connection->opening;
	uint64_t most = connection->to_itself ? 1 : 2; /* one end, or two */

	if (opening->kind != OPENING_SIMULTANEOUS && !connection->to_itself)
		return 0;
	return opening->syn_ack_count < most ? opening->syn_ack_count : most;
}

static void tell_repeats(struct text_builder *out, const struct tcp_connection *connection)
{
	uint64_t repeats = connection->ends[TCP_CLIENT].retransmissions +
			   connection->ends[TCP_SERVER].retransmissions;
	uint64_t crossing = crossing_syn_acks(connection);
	struct text_builder number;

	if (repeats <= crossing)
		return;
	story_begin_sentence(out);
	text_builder_init(&number, NAME_MAX_BYTES);
	readable_number_of(&number, repeats - crossing, "segment was", "segments were");
	if (number.length > 0 && number.text[0] >= 'a' && number.text[0] <= 'z')
		number.text[0] = (char)(number.text[0] - 'a' + 'A');
	text_append(out, text_builder_text(&number));
	text_append(out, " sent again.");
	text_builder_finish(&number);
}

void story_exchange(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct dialogue *dialogue = &connection->dialogue;
	uint64_t bytes = connection->ends[TCP_CLIENT].bytes + connection->ends[TCP_SERVER].bytes;
	enum tcp_opening opening = connection->opening.kind;

	if (bytes == 0 && opening != OPENING_HANDSHAKE && opening != OPENING_SIMULTANEOUS)
		return;
	story_begin_sentence(out);
	if (bytes == 0) {
		text_append(out, "Neither side sent any data.");
		return;
	}
	tell_name(out, connection);
	if (dialogue->turn_count > 0 && dialogue->turn_count <= STORY_TURNS_TOLD_MAX &&
	    dialogue->turns_kept == dialogue->turn_count) {
		tell_turns(out, connection);
		tell_silence(out, connection);
	} else {
		tell_sums(out, connection);
	}
	text_append(out, ".");
}

void story_text(struct text_builder *out, const struct tcp_connection *connection)
{
	tell_unknowns(out, connection);
	story_opening(out, connection);
	story_exchange(out, connection);
	tell_repeats(out, connection);
	story_closing(out, connection);
}
