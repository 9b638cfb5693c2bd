#include "chat_ui/chat_completion.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "chat_ui/chat_command.h"

/* Offers a word where it begins with what was typed. */
static void offer(struct chat_completion *out, const char *word, const char *typed)
{
	size_t length = strlen(word);

	if (out->count == CHAT_COMPLETION_MAX || length >= CHAT_COMPLETION_BYTES ||
	    strncmp(word, typed, strlen(typed)) != 0)
		return;
	memcpy(out->words[out->count++], word, length + 1);
}

/*
 * "@ann", or "\"@ann lee\"" where a blank would end the word: offered as soon as @ann's
 * letters are typed, with or without the quote. Names that deceive the eye are not offered.
 */
static void offer_name(struct chat_completion *out, char sigil, const char *name, const char *typed)
{
	bool must_quote = strpbrk(name, " \t\"") != NULL;
	char word[CHAT_COMPLETION_BYTES];

	for (size_t at = 0, left = strlen(name); left > 0;) {
		uint32_t code_point = 0;
		size_t size = utf8_decode((const uint8_t *)name + at, left, &code_point);

		if (size == 0 || utf8_is_control(code_point) || utf8_is_deceptive(code_point))
			return;
		at += size;
		left -= size;
	}
	if (strchr(name, '"'))
		return;
	if (must_quote && *typed != '"' && strlen(typed) <= strlen(name) + 1 && *typed == sigil &&
	    strncmp(name, typed + 1, strlen(typed + 1)) == 0)
		typed = ""; /* what follows replaces it whole, the quote included */
	(void)snprintf(word, sizeof(word), must_quote ? "\"%c%s\"" : "%c%s", sigil, name);
	offer(out, word, typed);
}

static void offer_recipients(struct chat_completion *out, const struct chat_roster *roster,
			     const char *typed)
{
	for (size_t i = 0; i < roster->peer_count; i++) {
		char number[16];

		(void)snprintf(number, sizeof(number), "%" PRIu32, roster->peers[i].number);
		offer(out, number, typed);
		if (roster->peers[i].name[0])
			offer_name(out, '@', roster->peers[i].name, typed);
	}
	for (size_t i = 0; i < roster->room_count; i++)
		offer_name(out, '#', roster->rooms[i], typed);
}

static void offer_commands(struct chat_completion *out, const char *typed)
{
	for (size_t i = 0; chat_command_word(i); i++)
		offer(out, chat_command_word(i), typed);
}

static void offer_operands(struct chat_completion *out, const struct chat_roster *roster,
			   const char *command, const char *typed)
{
	if (strcmp(command, "send") == 0 || strcmp(command, "6") == 0) {
		offer_recipients(out, roster, typed);
	} else if (strcmp(command, "watch") == 0) {
		offer(out, "on", typed);
		offer(out, "off", typed);
	} else if (strcmp(command, "join") == 0 || strcmp(command, "leave") == 0) {
		for (size_t i = 0; i < roster->room_count; i++)
			offer(out, roster->rooms[i], typed);
	}
}

static int compare_words(const void *left, const void *right)
{
	const char *a = left;
	const char *b = right;

	return strcmp(a, b);
}

static void sort_words(struct chat_completion *out)
{
	size_t kept = 0;

	qsort(out->words, out->count, sizeof(out->words[0]), compare_words);
	for (size_t i = 0; i < out->count; i++) {
		if (kept > 0 && strcmp(out->words[kept - 1], out->words[i]) == 0)
			continue;
		if (kept != i)
			memcpy(out->words[kept], out->words[i], sizeof(out->words[i]));
		kept++;
	}
	out->count = kept;
}

void chat_completion_find(enum chat_completion_place place, const char *line,
			  const struct chat_roster *roster, struct chat_completion *out)
{
	size_t command_bytes;
	char command[16] = "";
	const char *word;

	out->count = 0;
	line += strspn(line, " \t");
	command_bytes = strcspn(line, " \t");
	word = line + command_bytes + strspn(line + command_bytes, " \t");
	if (place == CHAT_COMPLETION_RECIPIENT) {
		word = line;
		offer_recipients(out, roster, word);
	} else if (place == CHAT_COMPLETION_COMMAND && line[command_bytes] == '\0') {
		word = line;
		if (*word == '@' || *word == '#' || *word == '"')
			offer_recipients(out, roster, word);
		else
			offer_commands(out, word);
	} else if (place == CHAT_COMPLETION_COMMAND && command_bytes < sizeof(command) &&
		   (*word == '"' || !strpbrk(word, " \t"))) {
		memcpy(command, line, command_bytes);
		offer_operands(out, roster, command, word);
	}
	out->word_bytes = strlen(word);
	sort_words(out);
}

size_t chat_completion_common_bytes(const struct chat_completion *completion)
{
	size_t common = completion->count > 0 ? strlen(completion->words[0]) : 0;

	for (size_t i = 1; i < completion->count; i++) {
		size_t same = 0;

		while (same < common && completion->words[i][same] == completion->words[0][same])
			same++;
		common = same;
	}
	/* Not in the middle of a character. */
	while (common > 0 && ((uint8_t)completion->words[0][common] & 0xc0) == 0x80)
		common--;
	return common;
}
