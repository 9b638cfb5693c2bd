#include "chat_ui/chat_terminal.h"

#include <errno.h>
#include <histedit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/display_width.h"
#include "base/text_builder.h"
#include "base/utf8.h"

/*
 * libedit reads a line in one blocking call, el_gets(), but takes its characters from a
 * function of ours. That function waits for keys and events alike, so events are shown while
 * the line is half typed: the line is erased, the text printed, and the line drawn again by
 * libedit itself, which keeps it all the while.
 */

#define HISTORY_LINES 500
#define DEFAULT_COLUMNS 80u
#define INPUT_BYTES 256u
#define PROMPT_BYTES 1024u
#define LISTING_MAX_BYTES ((size_t)CHAT_COMPLETION_MAX * 1024)
#define REPLACEMENT_CHARACTER 0xfffd

struct chat_terminal {
	const struct chat_terminal_owner *owner; /* borrowed */
	EditLine *edit;                          /* owned */
	History *history;                        /* owned */
	bool editing;                            /* within el_gets(): a line is on the screen */
	char prompt[PROMPT_BYTES];               /* as it was last drawn */
	unsigned char input[INPUT_BYTES];        /* bytes read, not yet taken */
	size_t input_start;
	size_t input_end;
	enum chat_key stopped_by;          /* why there are no more characters */
	struct chat_completion completion; /* of the last Tab */
	struct text_builder line;          /* owned; what chat_terminal_read() gave */
};

static struct chat_terminal *terminal_of(EditLine *edit)
{
	void *terminal = NULL;

	(void)el_get(edit, EL_CLIENTDATA, &terminal);
	return terminal;
}

/* libedit wants a pointer to what it could write to, and does not write. */
static char *draw_prompt(EditLine *edit)
{
	struct chat_terminal *terminal = terminal_of(edit);
	const char *prompt = terminal->owner->prompt(terminal->owner->context);
	size_t length = strnlen(prompt, sizeof(terminal->prompt) - 1);

	memcpy(terminal->prompt, prompt, length);
	terminal->prompt[length] = '\0';
	return terminal->prompt;
}

static size_t screen_columns(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return DEFAULT_COLUMNS;
	return size.ws_col;
}

/* Moves on by one character; libedit too puts a wide one that does not fit on the next row. */
static void step(size_t width, size_t columns, size_t *row, size_t *column)
{
	if (*column + width > columns) {
		++*row;
		*column = 0;
	}
	*column += width;
	if (*column >= columns) {
		++*row;
		*column = 0;
	}
}

/* How many rows the cursor is below the one where the prompt begins. */
static size_t rows_above_cursor(const struct chat_terminal *terminal)
{
	const LineInfoW *line = el_wline(terminal->edit);
	const uint8_t *prompt = (const uint8_t *)terminal->prompt;
	size_t left = strlen(terminal->prompt);
	size_t columns = screen_columns();
	size_t row = 0;
	size_t column = 0;

	while (left > 0) {
		uint32_t code_point = 0;
		size_t size = utf8_decode(prompt, left, &code_point);

		step(size > 0 ? display_width_of(code_point) : 1, columns, &row, &column);
		size = size > 0 ? size : 1;
		prompt += size;
		left -= size;
	}
	for (const wchar_t *next = line->buffer; next < line->cursor; next++) {
		uint32_t code_point = (uint32_t)*next;

		/* libedit shows a control character as ^A. */
		step(utf8_is_control(code_point) ? 2 : display_width_of(code_point), columns, &row,
		     &column);
	}
	return row;
}

static void erase_line(const struct chat_terminal *terminal)
{
	size_t rows = rows_above_cursor(terminal);

	if (rows > 0)
		(void)printf("\033[%zuA", rows);
	(void)fputs("\r\033[J", stdout);
}

static void draw_line(const struct chat_terminal *terminal)
{
	(void)fflush(stdout);
	(void)el_set(terminal->edit, EL_REFRESH);
	(void)fflush(stdout);
}

void chat_terminal_print(struct chat_terminal *terminal, const char *text, size_t length)
{
	if (terminal->editing)
		erase_line(terminal);
	(void)fwrite(text, 1, length, stdout);
	if (terminal->editing)
		draw_line(terminal);
	(void)fflush(stdout);
}

bool chat_terminal_drop_line(struct chat_terminal *terminal)
{
	const LineInfoW *wide = el_wline(terminal->edit);
	const LineInfo *line = el_line(terminal->edit);
	int behind_cursor = (int)(wide->lastchar - wide->cursor);
	int all = (int)(wide->lastchar - wide->buffer);
	struct text_builder typed;

	terminal->input_start = 0;
	terminal->input_end = 0;
	if (!terminal->editing || all == 0)
		return false;
	text_builder_init(&typed, SIZE_MAX / 2);
	text_append_bytes(&typed, line->buffer, (size_t)(line->lastchar - line->buffer));
	chat_terminal_remember(terminal, text_builder_text(&typed));
	text_builder_finish(&typed);
	erase_line(terminal);
	(void)el_cursor(terminal->edit, behind_cursor);
	el_deletestr(terminal->edit, all);
	terminal->prompt[0] =
		'\0'; /* nothing is on the screen: chat_terminal_print() erases nothing */
	return true;
}

void chat_terminal_resized(struct chat_terminal *terminal)
{
	if (terminal->editing)
		erase_line(terminal);
	(void)fflush(stdout);
	el_resize(terminal->edit);
	if (terminal->editing)
		draw_line(terminal);
}

/* The terminal as others want it. */
static void lend(struct chat_terminal *terminal)
{
	(void)fputs("\r\n", stdout);
	(void)fflush(stdout);
	(void)el_set(terminal->edit, EL_PREP_TERM, 0);
}

static void take_back(struct chat_terminal *terminal)
{
	if (!terminal->editing)
		return;
	(void)el_set(terminal->edit, EL_PREP_TERM, 1);
	el_resize(terminal->edit);
	draw_line(terminal);
}

/* The kernel stops us only where a shell is there that could let us go on. */
void chat_terminal_stop_process(struct chat_terminal *terminal)
{
	sigset_t stop;

	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTSTP);
	if (terminal)
		lend(terminal);
	(void)sigprocmask(SIG_UNBLOCK, &stop, NULL);
	(void)kill(getpid(), SIGTSTP);
	(void)sigprocmask(SIG_BLOCK, &stop, NULL);
	if (terminal)
		take_back(terminal);
}

/* Takes one character of the bytes read. False: it is not whole yet. */
static bool take_character(struct chat_terminal *terminal, wchar_t *out)
{
	const uint8_t *next = terminal->input + terminal->input_start;
	size_t left = terminal->input_end - terminal->input_start;
	uint32_t code_point = 0;
	size_t size = utf8_decode(next, left, &code_point);

	if (size == 0) {
		size_t wanted = *next >= 0xf0 ? 4 : *next >= 0xe0 ? 3 : 2;
		bool may_become_whole = *next >= 0xc2 && *next <= 0xf4 && left < wanted;

		for (size_t i = 1; i < left; i++)
			may_become_whole = may_become_whole && (next[i] & 0xc0) == 0x80;
		if (may_become_whole)
			return false;
		code_point = REPLACEMENT_CHARACTER;
		size = 1;
	}
	terminal->input_start += size;
	*out = (wchar_t)code_point;
	return true;
}

/* False: no more will come; stopped_by says why. */
static bool read_input(struct chat_terminal *terminal)
{
	size_t left = terminal->input_end - terminal->input_start;
	ssize_t count;

	if (terminal->input_start > 0) {
		memmove(terminal->input, terminal->input + terminal->input_start, left);
		terminal->input_start = 0;
		terminal->input_end = left;
	}
	do
		count = read(STDIN_FILENO, terminal->input + left, sizeof(terminal->input) - left);
	while (count < 0 && errno == EINTR);
	if (count <= 0) {
		terminal->stopped_by = CHAT_KEY_END;
		return false;
	}
	terminal->input_end += (size_t)count;
	return true;
}

static size_t character_count(const char *text, size_t bytes)
{
	size_t count = 0;

	for (size_t i = 0; i < bytes; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static void list_completions(struct chat_terminal *terminal)
{
	const struct chat_completion *completion = &terminal->completion;
	struct text_builder listing;
	size_t widest = 0;
	size_t per_row;

	for (size_t i = 0; i < completion->count; i++) {
		size_t width = display_width(completion->words[i]);

		widest = width > widest ? width : widest;
	}
	per_row = screen_columns() / (widest + 2);
	per_row = per_row > 0 ? per_row : 1;
	text_builder_init(&listing, LISTING_MAX_BYTES);
	for (size_t i = 0; i < completion->count; i++) {
		bool last = (i + 1) % per_row == 0 || i + 1 == completion->count;

		display_append_left(&listing, completion->words[i], last ? 0 : widest + 2);
		text_append(&listing, last ? "\n" : "");
	}
	chat_terminal_print(terminal, text_builder_text(&listing), listing.length);
	text_builder_finish(&listing);
}

static void complete_word(struct chat_terminal *terminal)
{
	struct chat_completion *completion = &terminal->completion;
	const LineInfo *line = el_line(terminal->edit);
	size_t length = (size_t)(line->cursor - line->buffer);
	struct text_builder before;
	size_t common;
	size_t word_bytes;

	text_builder_init(&before, length);
	text_append_bytes(&before, line->buffer, length);
	terminal->owner->complete(terminal->owner->context, text_builder_text(&before), completion);
	common = chat_completion_common_bytes(completion);
	word_bytes = completion->word_bytes < length ? completion->word_bytes : length;
	if (completion->count == 1 || common > word_bytes) {
		char word[CHAT_COMPLETION_BYTES + 1];
		int typed = (int)character_count(line->buffer + length - word_bytes, word_bytes);

		(void)snprintf(word, sizeof(word), "%.*s%s", (int)common, completion->words[0],
			       completion->count == 1 ? " " : "");
		erase_line(terminal);
		el_deletestr(terminal->edit, typed);
		(void)el_insertstr(terminal->edit, word);
		draw_line(terminal);
	} else if (completion->count > 1) {
		list_completions(terminal);
	} else {
		el_beep(terminal->edit);
	}
	text_builder_finish(&before);
}

/*
 * What libedit calls for each character: 1 and *out, or 0 at the end, or -1. Tab is answered
 * here: libedit keeps the line between two characters, and would lose the memory of a function
 * given to it.
 */
static int get_character(EditLine *edit, wchar_t *out)
{
	struct chat_terminal *terminal = terminal_of(edit);
	bool whole = terminal->input_end > terminal->input_start;

	for (;;) {
		enum chat_key key = terminal->owner->wait_for_key(terminal->owner->context, whole);

		if (key != CHAT_KEY_THERE) {
			terminal->stopped_by = key;
			return key == CHAT_KEY_END ? 0 : -1;
		}
		if (!whole && !read_input(terminal))
			return 0;
		whole = take_character(terminal, out);
		if (whole && *out != '\t')
			return 1;
		if (whole)
			complete_word(terminal);
		whole = whole && terminal->input_end > terminal->input_start;
	}
}

static bool can_edit(EditLine *edit)
{
	char *up = NULL;
	char *clear = NULL;

	return el_get(edit, EL_GETTC, "up", &up) == 0 && up && *up &&
	       el_get(edit, EL_GETTC, "cd", &clear) == 0 && clear && *clear;
}

struct chat_terminal *chat_terminal_create(const struct chat_terminal_owner *owner)
{
	struct chat_terminal *terminal = calloc(1, sizeof(*terminal));
	HistEvent event;

	if (!terminal)
		return NULL;
	terminal->owner = owner;
	text_builder_init(&terminal->line, SIZE_MAX / 2);
	terminal->edit = el_init("wiretale", stdin, stdout, stderr);
	terminal->history = history_init();
	if (!terminal->edit || !terminal->history || !can_edit(terminal->edit)) {
		chat_terminal_destroy(terminal);
		return NULL;
	}
	(void)history(terminal->history, &event, H_SETSIZE, HISTORY_LINES);
	(void)history(terminal->history, &event, H_SETUNIQUE, 1);
	(void)el_set(terminal->edit, EL_CLIENTDATA, terminal);
	(void)el_set(terminal->edit, EL_PROMPT, draw_prompt);
	(void)el_set(terminal->edit, EL_EDITOR, "emacs");
	(void)el_set(terminal->edit, EL_HIST, history, terminal->history);
	(void)el_set(terminal->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
	(void)el_set(terminal->edit, EL_GETCFN, get_character);
	return terminal;
}

void chat_terminal_destroy(struct chat_terminal *terminal)
{
	if (!terminal)
		return;
	if (terminal->history)
		history_end(terminal->history);
	if (terminal->edit)
		el_end(terminal->edit);
	text_builder_finish(&terminal->line);
	free(terminal);
}

enum chat_key chat_terminal_read(struct chat_terminal *terminal, const char **line)
{
	int length = 0;
	const char *typed;

	terminal->stopped_by = CHAT_KEY_END;
	terminal->editing = true;
	/* libedit itself does it only behind the prompt: what a quick typist, or a program, sends
	 * at its sight would be echoed by the terminal and shown once more. */
	(void)el_set(terminal->edit, EL_PREP_TERM, 1);
	typed = el_gets(terminal->edit, &length);
	terminal->editing = false;
	if (!typed || length <= 0) {
		(void)fputs(terminal->stopped_by == CHAT_KEY_INTERRUPTED ? "^C\n" : "\n", stdout);
		(void)fflush(stdout);
		return terminal->stopped_by;
	}
	if (typed[length - 1] == '\n')
		length--;
	text_builder_clear(&terminal->line);
	text_append_bytes(&terminal->line, typed, (size_t)length);
	*line = text_builder_text(&terminal->line);
	return CHAT_KEY_THERE;
}

void chat_terminal_remember(struct chat_terminal *terminal, const char *line)
{
	HistEvent event;

	(void)history(terminal->history, &event, H_ENTER, line);
}
