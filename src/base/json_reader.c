#include "base/json_reader.h"

#include <stdint.h>
#include <string.h>

struct reader {
	const char *next;
	const char *end;
	json_visit visit;
	void *context;
	unsigned depth;
	size_t path_length;
	char path[JSON_READER_MAX_PATH];
	char text[JSON_READER_MAX_TEXT];
	size_t text_length;
	bool cut;
};

static bool read_value(struct reader *reader);

static void skip_blanks(struct reader *reader)
{
	while (reader->next < reader->end && (*reader->next == ' ' || *reader->next == '\t' ||
					      *reader->next == '\n' || *reader->next == '\r'))
		reader->next++;
}

static bool take(struct reader *reader, char wanted)
{
	if (reader->next >= reader->end || *reader->next != wanted)
		return false;
	reader->next++;
	return true;
}

static void add_byte(struct reader *reader, char byte)
{
	/* one stays free for the terminating zero */
	if (reader->text_length + 1 < sizeof(reader->text))
		reader->text[reader->text_length++] = byte;
	else
		reader->cut = true;
}

static void add_code_point(struct reader *reader, uint32_t code_point)
{
	if (code_point < 0x80) {
		add_byte(reader, (char)code_point);
		return;
	}
	if (code_point < 0x800) {
		add_byte(reader, (char)(0xc0 | code_point >> 6));
	} else {
		if (code_point < 0x10000) {
			add_byte(reader, (char)(0xe0 | code_point >> 12));
		} else {
			add_byte(reader, (char)(0xf0 | code_point >> 18));
			add_byte(reader, (char)(0x80 | (code_point >> 12 & 0x3f)));
		}
		add_byte(reader, (char)(0x80 | (code_point >> 6 & 0x3f)));
	}
	add_byte(reader, (char)(0x80 | (code_point & 0x3f)));
}

static bool take_hex(struct reader *reader, uint32_t *out)
{
	uint32_t value = 0;

	if (reader->end - reader->next < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char digit = *reader->next++;

		if (digit >= '0' && digit <= '9')
			value = value * 16 + (uint32_t)(digit - '0');
		else if (digit >= 'a' && digit <= 'f')
			value = value * 16 + (uint32_t)(digit - 'a') + 10;
		else if (digit >= 'A' && digit <= 'F')
			value = value * 16 + (uint32_t)(digit - 'A') + 10;
		else
			return false;
	}
	*out = value;
	return true;
}

/* What follows "\u": one unit of UTF-16, or two that belong together. */
static bool take_unicode(struct reader *reader)
{
	uint32_t code_point = 0;
	uint32_t low = 0;

	if (!take_hex(reader, &code_point))
		return false;
	if (code_point >= 0xd800 && code_point < 0xdc00) {
		if (!take(reader, '\\') || !take(reader, 'u') || !take_hex(reader, &low) ||
		    low < 0xdc00 || low > 0xdfff)
			return false;
		code_point = 0x10000 + ((code_point - 0xd800) << 10) + (low - 0xdc00);
	} else if (code_point >= 0xdc00 && code_point <= 0xdfff) {
		return false;
	}
	add_code_point(reader, code_point);
	return true;
}

static bool take_escape(struct reader *reader)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (reader->next >= reader->end)
		return false;
	if (take(reader, 'u'))
		return take_unicode(reader);
	found = memchr(letters, *reader->next, sizeof(letters) - 1);
	if (!found)
		return false;
	reader->next++;
	add_byte(reader, meanings[found - letters]);
	return true;
}

/* Into `text`; the opening quote is taken already. */
static bool read_string(struct reader *reader)
{
	reader->text_length = 0;
	reader->cut = false;
	while (reader->next < reader->end) {
		char byte = *reader->next++;

		if (byte == '"') {
			reader->text[reader->text_length] = '\0';
			return true;
		}
		if ((unsigned char)byte < 0x20)
			return false;
		if (byte == '\\') {
			if (!take_escape(reader))
				return false;
		} else {
			add_byte(reader, byte);
		}
	}
	return false;
}

static void hand_out(struct reader *reader, enum json_kind kind)
{
	struct json_value value = {
		.kind = kind,
		.path = reader->path,
		.text = reader->text,
		.length = reader->text_length,
		.cut = reader->cut,
	};

	reader->visit(reader->context, &value);
}

static bool take_digits(struct reader *reader)
{
	const char *start = reader->next;

	while (reader->next < reader->end && *reader->next >= '0' && *reader->next <= '9')
		add_byte(reader, *reader->next++);
	return reader->next > start;
}

static bool take_exponent(struct reader *reader)
{
	if (reader->next >= reader->end || (*reader->next != 'e' && *reader->next != 'E'))
		return true;
	add_byte(reader, *reader->next++);
	if (reader->next < reader->end && (*reader->next == '+' || *reader->next == '-'))
		add_byte(reader, *reader->next++);
	return take_digits(reader);
}

static bool read_number(struct reader *reader)
{
	reader->text_length = 0;
	reader->cut = false;
	if (take(reader, '-'))
		add_byte(reader, '-');
	if (take(reader, '0'))
		add_byte(reader, '0');
	else if (!take_digits(reader))
		return false;
	if (take(reader, '.')) {
		add_byte(reader, '.');
		if (!take_digits(reader))
			return false;
	}
	if (!take_exponent(reader))
		return false;
	reader->text[reader->text_length] = '\0';
	hand_out(reader, JSON_NUMBER);
	return true;
}

static bool read_word(struct reader *reader, const char *word, enum json_kind kind)
{
	size_t length = strlen(word);

	if ((size_t)(reader->end - reader->next) < length ||
	    memcmp(reader->next, word, length) != 0)
		return false;
	reader->next += length;
	memcpy(reader->text, word, length + 1);
	reader->text_length = length;
	reader->cut = false;
	hand_out(reader, kind);
	return true;
}

/* A name and its value; the path is longer in between. */
static bool read_member(struct reader *reader)
{
	size_t before = reader->path_length;
	size_t dot = before > 0 ? 1 : 0;
	bool good;

	skip_blanks(reader);
	if (!take(reader, '"') || !read_string(reader) || reader->cut)
		return false;
	if (before + dot + reader->text_length >= sizeof(reader->path))
		return false;
	if (dot)
		reader->path[before] = '.';
	memcpy(reader->path + before + dot, reader->text, reader->text_length + 1);
	reader->path_length = before + dot + reader->text_length;
	skip_blanks(reader);
	good = take(reader, ':') && read_value(reader);
	reader->path_length = before;
	reader->path[before] = '\0';
	return good;
}

/* Behind the opening bracket, up to and with the closing one. */
static bool read_members(struct reader *reader, char closing)
{
	bool is_object = closing == '}';

	skip_blanks(reader);
	if (take(reader, closing))
		return true;
	do {
		if (!(is_object ? read_member(reader) : read_value(reader)))
			return false;
		skip_blanks(reader);
	} while (take(reader, ','));
	return take(reader, closing);
}

static bool read_nested(struct reader *reader, char closing)
{
	bool good;

	if (reader->depth >= JSON_READER_MAX_DEPTH)
		return false;
	reader->depth++;
	good = read_members(reader, closing);
	reader->depth--;
	return good;
}

static bool read_value(struct reader *reader)
{
	skip_blanks(reader);
	if (take(reader, '{'))
		return read_nested(reader, '}');
	if (take(reader, '['))
		return read_nested(reader, ']');
	if (take(reader, '"')) {
		if (!read_string(reader))
			return false;
		hand_out(reader, JSON_STRING);
		return true;
	}
	return read_word(reader, "true", JSON_TRUE) || read_word(reader, "false", JSON_FALSE) ||
	       read_word(reader, "null", JSON_NULL) || read_number(reader);
}

bool json_read(const char *text, size_t length, json_visit visit, void *context)
{
	struct reader reader;

	/* Field by field: to zero the buffers as well would cost more than to read. */
	reader.next = text;
	reader.end = text + length;
	reader.visit = visit;
	reader.context = context;
	reader.depth = 0;
	reader.path_length = 0;
	reader.path[0] = '\0';
	reader.text_length = 0;
	reader.cut = false;
	if (!read_value(&reader))
		return false;
	skip_blanks(&reader);
	return reader.next == reader.end;
}
