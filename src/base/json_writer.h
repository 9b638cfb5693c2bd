/*
 * Writes JSON (RFC 8259) into a text builder, on one line. Commas and quotes are its
 * business; pairing begin with end, and a name before each value of an object, the
 * caller's. One thread at a time.
 */
#ifndef WIRETALE_BASE_JSON_WRITER_H
#define WIRETALE_BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

struct json_writer {
	struct text_builder *out; /* borrowed */
	bool needs_comma;         /* a value stands before the place of the next one */
};

static inline struct json_writer json_writer_on(struct text_builder *out)
{
	return (struct json_writer){ .out = out };
}

/* More members for the object that stands last, whole: behind its last one. The caller ends it. */
struct json_writer json_writer_reopen(struct text_builder *out);

void json_begin_object(struct json_writer *json);
void json_end_object(struct json_writer *json);
void json_begin_array(struct json_writer *json);
void json_end_array(struct json_writer *json);
/* Written as it is: names are the program's own, of letters, digits, "_" and "-". */
void json_name(struct json_writer *json, const char *name);

/* Bytes that are not UTF-8 become U+FFFD. */
void json_string_bytes(struct json_writer *json, const void *bytes, size_t length);
void json_string(struct json_writer *json, const char *text);
void json_base64(struct json_writer *json, const void *bytes, size_t length);
void json_unsigned(struct json_writer *json, uint64_t value);
void json_signed(struct json_writer *json, int64_t value);
void json_bool(struct json_writer *json, bool value);
void json_null(struct json_writer *json);

/* Nanoseconds written as seconds with nine digits: 0.000369000. */
void json_seconds(struct json_writer *json, uint64_t ns);
/* The same where clocks may have gone backwards, or before 1970. */
void json_signed_seconds(struct json_writer *json, int64_t ns);

/* A member of an object: its name, and its value. */
void json_member_string(struct json_writer *json, const char *name, const char *text);
void json_member_unsigned(struct json_writer *json, const char *name, uint64_t value);
void json_member_bool(struct json_writer *json, const char *name, bool value);
void json_member_seconds(struct json_writer *json, const char *name, uint64_t ns);
void json_member_signed_seconds(struct json_writer *json, const char *name, int64_t ns);

#endif
