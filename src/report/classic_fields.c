/* The classic dialect in fields: message_fields.h. */
#include "report/message_fields.h"

#include <string.h>

#include "base/clock.h"
#include "relay_protocol/classic.h"
#include "report/classic_dissection.h"
#include "report/message_text.h"

#define TYPE_BYTES 8u
#define TEXT_MAX_BYTES 1024u             /* of one value or meaning */
#define SECONDS_MAX UINT64_C(9999999999) /* of a time that clock_text() can tell */

/* Text that stands at a place of the message. */
struct part {
	const uint8_t *bytes; /* of the message */
	uint32_t left;        /* half-open */
	uint32_t right;
};

static void add_text(struct dissection *out, const char *name, const char *title, uint8_t level,
		     const struct part *part)
{
	struct text_builder text;

	if (!message_fields_add(out, name, title, level, part->left, part->right - part->left))
		return;
	text_builder_init(&text, TEXT_MAX_BYTES);
	message_text_words(&text, part->bytes + part->left, part->right - part->left);
	dissection_value(out, "%s", text_builder_text(&text));
	text_builder_finish(&text);
}

/* The mark's place in the part; part->right: it is not there. */
static uint32_t find(const struct part *part, char mark)
{
	const uint8_t *found = memchr(part->bytes + part->left, mark, part->right - part->left);

	return found ? (uint32_t)(found - part->bytes) : part->right;
}

/* What stands before the mark; the part goes on behind it. */
static struct part take_until(struct part *part, char mark)
{
	struct part taken = { .bytes = part->bytes, .left = part->left };

	taken.right = find(part, mark);
	part->left = taken.right < part->right ? taken.right + 1 : part->right;
	return taken;
}

/* "ip,port,content", which was found to be so. */
static void add_send(struct dissection *out, struct part text)
{
	struct part ip = take_until(&text, ',');
	struct part port = take_until(&text, ',');

	add_text(out, "classic.send.ip", "IP address", 2, &ip);
	add_text(out, "classic.send.port", "Port", 2, &port);
	if (text.left < text.right)
		add_text(out, "classic.send.content", "Content", 2, &text);
}

static bool is_number(const struct part *part)
{
	if (part->left == part->right)
		return false;
	for (uint32_t i = part->left; i < part->right; i++)
		if (part->bytes[i] < '0' || part->bytes[i] > '9')
			return false;
	return true;
}

/* One "number,port,ip;". False: it is none. */
static bool add_client(struct dissection *out, struct part *text)
{
	struct part whole = { .bytes = text->bytes, .left = text->left };
	struct part rest;
	struct part number;
	struct part port;

	whole.right = find(text, ';');
	if (whole.right == text->right)
		return false;
	rest = whole;
	number = take_until(&rest, ',');
	port = take_until(&rest, ',');
	if (!is_number(&number) || !is_number(&port) || rest.left == rest.right)
		return false;
	text->left = whole.right + 1;
	if (message_fields_add(out, "classic.client", "Client", 2, whole.left,
			       text->left - whole.left)) {
		struct text_builder ip;
		bool is_ipv6 = memchr(rest.bytes + rest.left, ':', rest.right - rest.left) != NULL;

		text_builder_init(&ip, TEXT_MAX_BYTES);
		message_text_words(&ip, rest.bytes + rest.left, rest.right - rest.left);
		dissection_value(
			out, is_ipv6 ? "client %.*s at [%s]:%.*s" : "client %.*s at %s:%.*s",
			(int)(number.right - number.left), (const char *)number.bytes + number.left,
			text_builder_text(&ip), (int)(port.right - port.left),
			(const char *)port.bytes + port.left);
		text_builder_finish(&ip);
	}
	add_text(out, "classic.client.number", "Number", 3, &number);
	add_text(out, "classic.client.port", "Port", 3, &port);
	add_text(out, "classic.client.ip", "IP address", 3, &rest);
	return true;
}

/* Seconds since 1970 in words. */
static void explain_time(struct dissection *out, const struct part *text)
{
	uint64_t seconds = 0;
	char words[CLOCK_TEXT_BYTES];

	if (!is_number(text) || text->right - text->left > 10)
		return;
	for (uint32_t i = text->left; i < text->right; i++)
		seconds = seconds * 10 + (uint64_t)(text->bytes[i] - '0');
	if (seconds > SECONDS_MAX)
		return;
	clock_text(seconds * NS_PER_S, 0, 0, words);
	dissection_meaning(out, "%s", words);
}

static void add_zeros(struct dissection *out, const char *name, const struct part *part)
{
	uint32_t length = part->right - part->left;
	uint32_t others = 0;

	if (length == 0 || !message_fields_add(out, name, "Zeros", 1, part->left, length))
		return;
	for (uint32_t i = part->left; i < part->right; i++)
		others += part->bytes[i] != 0;
	dissection_value(out, "%u", length - others);
	if (others == 0)
		dissection_meaning(out, length == 1 ? "the end of the text"
						    : "the end of the text, and padding");
	else
		dissection_meaning(out, "the end of the text, and %u %s ignored", others,
				   others == 1 ? "byte that is" : "bytes that are");
}

/* A text and the zeros behind it: names of the whole, the text, the zeros. */
struct padded_names {
	const char *whole;
	const char *title;
	const char *text;
	const char *zeros;
};

/* Returns where the text is. */
static struct part add_padded(struct dissection *out, const struct padded_names *names,
			      const struct part *all)
{
	struct part text = *all;

	text.right = find(all, '\0');
	if (message_fields_add(out, names->whole, names->title, 0, all->left,
			       all->right - all->left)) {
		struct text_builder shown;

		text_builder_init(&shown, TEXT_MAX_BYTES);
		message_text_words(&shown, text.bytes + text.left, text.right - text.left);
		dissection_value(out, "%s", text_builder_text(&shown));
		text_builder_finish(&shown);
	}
	if (text.left < text.right)
		add_text(out, names->text, "Text", 1, &text);
	return text;
}

static void add_greeting(struct dissection *out, const struct stream_message *message)
{
	static const struct padded_names names = { "classic.hello", "Greeting",
						   "classic.hello.text", "classic.hello.zeros" };
	struct part all = { .bytes = message->kept, .right = message->kept_bytes };
	struct part text = add_padded(out, &names, &all);

	all.left = text.right;
	add_zeros(out, names.zeros, &all);
}

static void add_type(struct dissection *out, uint64_t type)
{
	const char *name = classic_dissection_type(type);

	if (!message_fields_add(out, "classic.type", "Type, little-endian", 0, 0, TYPE_BYTES))
		return;
	dissection_value(out, "%llu", (unsigned long long)type);
	dissection_meaning(out, "%s", name ? name : "unknown");
}

void message_fields_classic(struct dissection *out, const struct stream_message *message)
{
	static const struct padded_names names = { "classic.data", "Data", "classic.data.text",
						   "classic.data.zeros" };
	struct part all = { .bytes = message->kept, .right = message->kept_bytes };
	struct classic_message decoded;
	struct classic_send send;
	struct part text;
	uint64_t type = 0;

	if (message->greeting) {
		add_greeting(out, message);
		return;
	}
	if (message->kept_bytes < TYPE_BYTES)
		return;
	for (int i = TYPE_BYTES - 1; i >= 0; i--)
		type = type << 8 | message->kept[i];
	add_type(out, type);
	all.left = TYPE_BYTES;
	if (!classic_message_decode(message->kept, message->kept_bytes, &decoded))
		return;
	all.right = CLASSIC_MESSAGE_BYTES;
	text = add_padded(out, &names, &all);
	if (message->from == TCP_SERVER && type == CLASSIC_TIME && text.left < text.right)
		explain_time(out, &text);
	all.left = text.right;
	if (message->from == TCP_CLIENT && type == CLASSIC_SEND &&
	    classic_send_decode(&decoded, &send))
		add_send(out, text);
	while (message->from == TCP_SERVER && type == CLASSIC_CLIENT && text.left < text.right &&
	       add_client(out, &text))
		;
	add_zeros(out, names.zeros, &all);
}
