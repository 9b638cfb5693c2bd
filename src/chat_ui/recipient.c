#include "chat_ui/recipient.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

bool recipient_name_is_valid(const char *name)
{
	const uint8_t *next = (const uint8_t *)name;
	size_t left = strlen(name);

	if (left == 0 || left > WT_NAME_MAX_BYTES)
		return false;
	while (left > 0) {
		uint32_t code_point = 0;
		size_t size = utf8_decode(next, left, &code_point);

		if (size == 0 || utf8_is_control(code_point))
			return false;
		next += size;
		left -= size;
	}
	return true;
}

static bool parse_number(const char *text, uint32_t *out)
{
	uint64_t value = 0;

	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)value;
	return value > 0;
}

bool recipient_parse(const char *text, struct recipient *out, const char **problem)
{
	uint32_t number = 0;

	if (*text == '@' || *text == '#') {
		if (!recipient_name_is_valid(text + 1)) {
			*problem = "a name is 1 to 64 bytes of UTF-8 without control characters";
			return false;
		}
		*out = (struct recipient){ .kind = *text == '@' ? RECIPIENT_NAME : RECIPIENT_ROOM };
		memcpy(out->name, text + 1, strlen(text + 1) + 1);
		return true;
	}
	if (!parse_number(text, &number)) {
		*problem = "it must be a client's number as in the list, @name or #room";
		return false;
	}
	*out = (struct recipient){ .kind = RECIPIENT_NUMBER, .number = number };
	return true;
}

void recipient_address(const struct recipient *recipient, struct wt_message *message)
{
	switch (recipient->kind) {
	case RECIPIENT_NUMBER:
		message->to_number = recipient->number;
		break;
	case RECIPIENT_NAME:
		message->to_name = recipient->name;
		break;
	case RECIPIENT_ROOM:
		message->to_room = recipient->name;
		break;
	}
}

void recipient_append(struct text_builder *out, const struct recipient *recipient)
{
	if (recipient->kind == RECIPIENT_NUMBER) {
		text_append_format(out, "%" PRIu32, recipient->number);
		return;
	}
	text_append(out, recipient->kind == RECIPIENT_NAME ? "@" : "#");
	text_append_harmless(out, recipient->name, strlen(recipient->name));
}
