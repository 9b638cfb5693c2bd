/*
 * What the word at the cursor may become: commands, recipients, rooms. No terminal. One
 * thread at a time.
 */
#ifndef WIRETALE_CHAT_UI_CHAT_COMPLETION_H
#define WIRETALE_CHAT_UI_CHAT_COMPLETION_H

#include <stddef.h>

#include "base/text_builder.h"
#include "chat_ui/chat_roster.h"

#define CHAT_COMPLETION_MAX 100u /* those over it are not offered */

/* '"', '@', the name, '"', zero */
#define CHAT_COMPLETION_BYTES (WT_NAME_MAX_BYTES + 4)

/* What is being typed. */
enum chat_completion_place {
	CHAT_COMPLETION_COMMAND,   /* a command and its operands */
	CHAT_COMPLETION_RECIPIENT, /* the answer to the question to whom */
	CHAT_COMPLETION_NOTHING,   /* text, or an answer that can't be guessed */
};

struct chat_completion {
	size_t word_bytes; /* the word to be replaced: so many bytes before the cursor */
	size_t count;
	char words[CHAT_COMPLETION_MAX][CHAT_COMPLETION_BYTES]; /* ascending, no two the same */
};

/* `line` is what stands before the cursor. */
void chat_completion_find(enum chat_completion_place place, const char *line,
			  const struct chat_roster *roster, struct chat_completion *out);

/* How many bytes all words begin with alike: whole characters. 0 where there is none. */
size_t chat_completion_common_bytes(const struct chat_completion *completion);

#endif
