/* What a chat session awaits, and for how long: an answer that is overdue is told of once. */
#include <inttypes.h>
#include <limits.h>

#include "base/clock.h"
#include "chat_ui/chat_session_state.h"

#define DEFAULT_TIMEOUT_MS 10000u

/* The server itself decides on a message after 10 s; its word is the better one. */
#define VERDICT_GRACE_MS 5000u

uint64_t chat_timeout_ms(const struct chat_session *session)
{
	return session->options->timeout_ms > 0 ? session->options->timeout_ms : DEFAULT_TIMEOUT_MS;
}

static uint64_t deadline_ms(const struct chat_session *session, const struct chat_pending *pending)
{
	return pending->asked_at_ms + chat_timeout_ms(session) +
	       (pending->kind == CHAT_COMMAND_SEND ? VERDICT_GRACE_MS : 0);
}

int chat_session_timeout_ms(const struct chat_session *session, uint64_t now_ms)
{
	uint64_t first_ms = UINT64_MAX;

	if (session->batch.type != WT_REQUEST_NONE)
		first_ms = session->batch_since_ms + chat_timeout_ms(session);
	for (size_t i = 0; i < session->pending_count; i++) {
		const struct chat_pending *pending = &session->pending[i];

		if (!pending->quiet && !pending->late && deadline_ms(session, pending) < first_ms)
			first_ms = deadline_ms(session, pending);
	}
	if (first_ms == UINT64_MAX)
		return -1;
	if (first_ms <= now_ms)
		return 0;
	return first_ms - now_ms < INT_MAX ? (int)(first_ms - now_ms) : INT_MAX;
}

static void tell_silence(struct chat_session *session, const char *word, uint64_t waited_ms)
{
	text_append_format(chat_errors(session), "No answer to %s for %" PRIu64, word,
			   waited_ms / MS_PER_S);
	if (waited_ms % MS_PER_S != 0)
		text_append_format(session->errors, ".%03" PRIu64, waited_ms % MS_PER_S);
	text_append(session->errors, " s.\n");
}

/* What still comes for it is not of the next batch. */
static void give_up_batch(struct chat_session *session)
{
	struct request_batch *batch = &session->batch;
	bool is_time = batch->type == WT_REQUEST_TIME;
	struct round_trip_summary summary = round_trips_summarize(&batch->trips);

	*(is_time ? &session->stray_times : &session->stray_pings) += batch->made - batch->ended;
	tell_silence(session, is_time ? "time" : "ping", chat_timeout_ms(session));
	if (batch->wanted > 1)
		render_round_trips(session->out, batch->made, &summary);
	request_batch_finish(batch);
}

void chat_session_check_time(struct chat_session *session, uint64_t now_ms)
{
	if (session->batch.type != WT_REQUEST_NONE &&
	    session->batch_since_ms + chat_timeout_ms(session) <= now_ms)
		give_up_batch(session);
	for (size_t i = 0; i < session->pending_count; i++) {
		struct chat_pending *pending = &session->pending[i];

		if (pending->quiet || pending->late || deadline_ms(session, pending) > now_ms)
			continue;
		pending->late = true; /* it is told all the same where it comes */
		tell_silence(session, chat_command_word_of(pending->kind),
			     deadline_ms(session, pending) - pending->asked_at_ms);
		if (pending->kind == CHAT_COMMAND_LIST && session->question == CHAT_QUESTION_LIST)
			session->question = CHAT_QUESTION_NONE;
	}
}
