/*
 * Reads JSON (RFC 8259) and hands out each value that is no object or array, with its path: the
 * names on the way to it, joined by dots. Elements of an array have the array's path, so that
 * "findings.kind" comes once for each finding. Reads nothing outside of the text, and goes no
 * deeper than JSON_READER_MAX_DEPTH. Any thread.
 */
#ifndef WIRETALE_BASE_JSON_READER_H
#define WIRETALE_BASE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_READER_MAX_DEPTH 32u
#define JSON_READER_MAX_PATH 256u
/* Of a string, unescaped; what is longer is cut, and `cut` says so. */
#define JSON_READER_MAX_TEXT 4096u

enum json_kind { JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL };

struct json_value {
	enum json_kind kind;
	const char *path; /* zero-terminated; borrowed for the call */
	const char
		*text; /* the number or word as it stands, the string unescaped; zero-terminated */
	size_t length; /* of `text`, which may hold zeros of its own */
	bool cut;
};

typedef void (*json_visit)(void *context, const struct json_value *value);

/* False: it is no JSON, or deeper, or has longer paths than is allowed; some was visited then. */
bool json_read(const char *text, size_t length, json_visit visit, void *context);

#endif
