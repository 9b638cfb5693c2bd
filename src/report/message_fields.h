/* A message of the relay taken apart into the fields of docs/dissection.md. Any thread. */
#ifndef WIRETALE_REPORT_MESSAGE_FIELDS_H
#define WIRETALE_REPORT_MESSAGE_FIELDS_H

#include "report/dissection.h"
#include "report/stream_messages.h"

/* To the layer begun last: those of a frame of version 1, as far as its kept bytes go. */
void message_fields_relay(struct dissection *out, const struct stream_message *message);

/* The same of the classic dialect, its greeting too. (classic_fields.c) */
void message_fields_classic(struct dissection *out, const struct stream_message *message);

/* A field with its place; NULL: no room. Then no value may be given. */
struct dissected_field *message_fields_add(struct dissection *out, const char *name,
					   const char *title, uint8_t level, uint32_t offset,
					   uint32_t bytes);

#endif
