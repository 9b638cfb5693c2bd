/* What a chat session asks for next: the prompt, and what may be completed behind it. */
#include <inttypes.h>
#include <string.h>

#include "chat_ui/chat_session_state.h"

const char *chat_default_server(const struct chat_session *session)
{
	if (session->server[0])
		return session->server;
	return session->options->server ? session->options->server : WT_DEFAULT_SERVER;
}

const char *chat_session_prompt(struct chat_session *session)
{
	struct text_builder *prompt = &session->prompt;

	text_builder_clear(prompt);
	switch (session->question) {
	case CHAT_QUESTION_SERVER:
		text_append(prompt, "HOST[:PORT] or HOST PORT [");
		text_append_harmless(prompt, chat_default_server(session),
				     strlen(chat_default_server(session)));
		text_append(prompt, "]: ");
		break;
	case CHAT_QUESTION_RECIPIENT:
		text_append(prompt, "To (number, @name or #room): ");
		break;
	case CHAT_QUESTION_TEXT:
		text_append(prompt, "Text: ");
		break;
	case CHAT_QUESTION_NAME:
		text_append(prompt,
			    session->asked_for == CHAT_COMMAND_CALL_ME ? "Name: " : "Room: ");
		break;
	case CHAT_QUESTION_NONE:
	case CHAT_QUESTION_LIST:
		if (session->link != CHAT_LINK_THERE)
			text_append(prompt, "wiretale> ");
		else if (!session->name[0])
			text_append_format(prompt, "client %" PRIu32 "> ", session->number);
		else {
			text_append_harmless(prompt, session->name, strlen(session->name));
			text_append(prompt, "> ");
		}
		break;
	}
	return text_builder_text(prompt);
}

enum chat_completion_place chat_session_place(const struct chat_session *session)
{
	switch (session->question) {
	case CHAT_QUESTION_NONE:
	case CHAT_QUESTION_LIST:
		return CHAT_COMPLETION_COMMAND;
	case CHAT_QUESTION_RECIPIENT:
		return CHAT_COMPLETION_RECIPIENT;
	case CHAT_QUESTION_SERVER:
	case CHAT_QUESTION_TEXT:
	case CHAT_QUESTION_NAME:
		break;
	}
	return CHAT_COMPLETION_NOTHING;
}
