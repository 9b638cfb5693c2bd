/*
 * Lines broken at blanks, where the terminal would break them within a word. Lines that
 * follow from such a break are indented, so that none of them looks like a line of its own.
 * Any thread.
 */
#ifndef WIRETALE_CHAT_UI_WRAPPED_TEXT_H
#define WIRETALE_CHAT_UI_WRAPPED_TEXT_H

#include <stddef.h>

#include "base/text_builder.h"

/* How wide lines on that descriptor should be at most; 0: it is no terminal. */
size_t wrapped_text_columns(int fd);

/*
 * Adds whole lines, each at most so many columns wide where it can be broken: behind blanks
 * and before wide characters. Colours (SGR) count nothing. columns 0: adds them as they are.
 */
void wrapped_text_append(struct text_builder *out, const char *text, size_t length, size_t columns);

#endif
