/*
 * Text that grows up to a ceiling, always zero-terminated. The first addition that would
 * pass the ceiling, or finds no memory, sets `truncated` and is left out whole, as is
 * everything after it. One thread at a time.
 */
#ifndef WIRETALE_BASE_TEXT_BUILDER_H
#define WIRETALE_BASE_TEXT_BUILDER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text_builder {
	char *text;       /* owned; NULL until the first addition */
	size_t length;    /* without the terminating zero */
	size_t capacity;  /* bytes at `text` */
	size_t max_bytes; /* the ceiling for `length` */
	bool truncated;   /* something was left out; never cleared but by _clear() */
};

void text_builder_init(struct text_builder *builder, size_t max_bytes);
void text_builder_finish(struct text_builder *builder);

/* Empties it and keeps its memory. */
void text_builder_clear(struct text_builder *builder);

/* Never NULL. Borrowed until the builder is next changed. */
const char *text_builder_text(const struct text_builder *builder);

void text_append_bytes(struct text_builder *builder, const void *bytes, size_t length);
void text_append(struct text_builder *builder, const char *text);
void text_append_format(struct text_builder *builder, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * For those who write many small pieces: room for `bytes` behind the text, of which
 * text_builder_use() then adds the first `used`. NULL: no room, `truncated` is set.
 */
char *text_builder_reserve(struct text_builder *builder, size_t bytes);
void text_builder_use(struct text_builder *builder, size_t used);

/*
 * Adds text that came from a network or a file so that no terminal obeys it: control
 * characters, what is not UTF-8, and characters that deceive the eye become visible
 * escapes (\n as "\\n", others as "\\x1b" or "\\u{202e}"). A backslash stays as it is.
 */
void text_append_harmless(struct text_builder *builder, const void *bytes, size_t length);

#endif
