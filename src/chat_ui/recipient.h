/* To whom a message goes, as people write it: 7, @name or #room. Any thread. */
#ifndef WIRETALE_CHAT_UI_RECIPIENT_H
#define WIRETALE_CHAT_UI_RECIPIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "wiretale/client.h"

enum recipient_kind { RECIPIENT_NUMBER, RECIPIENT_NAME, RECIPIENT_ROOM };

struct recipient {
	enum recipient_kind kind;
	uint32_t number;                  /* RECIPIENT_NUMBER: from 1 up; else 0 */
	char name[WT_NAME_MAX_BYTES + 1]; /* the others: without the @ or #, zero-terminated */
};

/* False: the text names nobody; *problem is a static sentence that says why. */
bool recipient_parse(const char *text, struct recipient *out, const char **problem);

/* 1 to 64 bytes of UTF-8 without control characters: what a client or a room may be called. */
bool recipient_name_is_valid(const char *name);

/* Sets the one of the three fields that says to whom; it borrows from the recipient. */
void recipient_address(const struct recipient *recipient, struct wt_message *message);

/* Adds it as it is written, made harmless. */
void recipient_append(struct text_builder *out, const struct recipient *recipient);

#endif
