#include "tcp_lab/experiment_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/duration.h"
#include "base/nearest_word.h"
#include "base/text_builder.h"

#define SHOWN_MAX_BYTES 40u

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void parser_begin_line(struct experiment_parser *parser, uint32_t number, const char *text,
		       size_t length)
{
	while (length > 0 && is_blank(text[0])) {
		text++;
		length--;
	}
	while (length > 0 && is_blank(text[length - 1]))
		length--;
	parser->line = number;
	parser->text = text;
	parser->length = length;
	parser->at = 0;
	parser->stored = 0;
	parser->has_word = false;
	parser->taken = (struct experiment_word){ 0 };
}

bool parser_refuse(struct experiment_parser *parser, const char *format, ...)
{
	struct experiment_problem *problem = parser->problem;
	struct text_builder harmless;
	va_list arguments;

	if (parser->failed)
		return false;
	parser->failed = true;
	parser->has_word = false;
	problem->line = parser->line;
	va_start(arguments, format);
	(void)vsnprintf(problem->sentence, sizeof(problem->sentence), format, arguments);
	va_end(arguments);
	/* Words of the file are in it. Where escapes make it too long, letters go. */
	text_builder_init(&harmless, sizeof(problem->sentence) - 1);
	for (size_t length = strlen(problem->sentence); length > 0; length--) {
		text_builder_clear(&harmless);
		text_append_harmless(&harmless, problem->sentence, length);
		if (!harmless.truncated)
			break;
	}
	(void)snprintf(problem->sentence, sizeof(problem->sentence), "%s",
		       text_builder_text(&harmless));
	text_builder_finish(&harmless);
	return false;
}

bool parser_refuse_memory(struct experiment_parser *parser)
{
	return parser_refuse(parser, "out of memory");
}

const char *parser_shown(const char *text, size_t length, char out[PARSER_SHOWN_BYTES])
{
	struct text_builder shown;
	bool cut = length > SHOWN_MAX_BYTES;

	if (cut) {
		length = SHOWN_MAX_BYTES;
		while (length > 0 && ((unsigned char)text[length] & 0xc0u) == 0x80u)
			length--;
	}
	text_builder_init(&shown, PARSER_SHOWN_BYTES - 1);
	text_append_harmless(&shown, text, length);
	if (cut)
		text_append(&shown, "...");
	memcpy(out, text_builder_text(&shown), shown.length);
	out[shown.length] = '\0';
	text_builder_finish(&shown);
	return out;
}

bool parser_refuse_word(struct experiment_parser *parser, const char *what,
			const char *const *words, size_t count)
{
	const struct experiment_word *word = parser_peek(parser);
	const char *nearest = NULL;
	char behind[PARSER_SHOWN_BYTES + 16] = "";
	char shown[PARSER_SHOWN_BYTES];

	if (parser->taken.text) {
		(void)parser_shown(parser->text + parser->taken.at,
				   parser->taken.end - parser->taken.at, shown);
		(void)snprintf(behind, sizeof(behind), " behind '%s'", shown);
	}
	if (!word)
		return parser_refuse(parser, "%s is missing%s", what, behind);
	(void)parser_shown(parser->text + word->at, word->end - word->at, shown);
	if (words && !word->quoted)
		nearest = nearest_word(word->text, words, count);
	/* Right in itself, but not at this place. */
	if (nearest && strcmp(nearest, word->text) == 0)
		nearest = NULL;
	if (nearest)
		return parser_refuse(parser, "%s is expected%s, not '%s'; is %s meant?", what,
				     behind, shown, nearest);
	return parser_refuse(parser, "%s is expected%s, not '%s'", what, behind, shown);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Behind a backslash at parser->at - 1. */
static bool read_escape(struct experiment_parser *parser, char *out)
{
	static const char letters[] = "nrt\"\\";
	static const char meanings[] = "\n\r\t\"\\";
	const char *here = parser->text + parser->at;
	size_t left = parser->length - parser->at;
	const char *letter = left > 0 ? memchr(letters, here[0], sizeof(letters) - 1) : NULL;

	if (letter) {
		*out = meanings[letter - letters];
		parser->at++;
		return true;
	}
	if (left >= 3 && here[0] == 'x' && hex_value(here[1]) >= 0 && hex_value(here[2]) >= 0) {
		*out = (char)(hex_value(here[1]) * 16 + hex_value(here[2]));
		parser->at += 3;
		return true;
	}
	return parser_refuse(parser,
			     "at column %zu a backslash stands without meaning: \\n, \\r, "
			     "\\t, \\\", \\\\ and \\x41 are there",
			     parser->at);
}

/* Behind the opening quote. */
static bool read_quoted(struct experiment_parser *parser)
{
	size_t start = parser->at;

	while (parser->at < parser->length && parser->text[parser->at] != '"') {
		char c = parser->text[parser->at++];

		if (c == '\\' && !read_escape(parser, &c))
			return false;
		parser->storage[parser->stored++] = c;
	}
	if (parser->at == parser->length)
		return parser_refuse(parser, "the quote at column %zu is not closed", start);
	parser->at++;
	if (parser->at < parser->length && !is_blank(parser->text[parser->at]))
		return parser_refuse(parser, "a blank is missing behind the quote at column %zu",
				     parser->at);
	return true;
}

/* Quotes inside of it hold blanks, and stay: what it means is decided by who reads it. */
static bool read_plain(struct experiment_parser *parser)
{
	size_t quote = SIZE_MAX; /* where the one that is open stands */

	while (parser->at < parser->length) {
		char c = parser->text[parser->at];

		if (quote == SIZE_MAX && is_blank(c))
			break;
		if (c == '"')
			quote = quote == SIZE_MAX ? parser->at : SIZE_MAX;
		parser->storage[parser->stored++] = c;
		parser->at++;
	}
	if (quote != SIZE_MAX)
		return parser_refuse(parser, "the quote at column %zu is not closed", quote + 1);
	return true;
}

/* Fills parser->word. The storage holds all words of a line: none is longer than what it was read
 * from, and the zero behind it has the place of a blank. */
static bool read_word(struct experiment_parser *parser)
{
	struct experiment_word *word = &parser->word;
	size_t stored = parser->stored;

	while (parser->at < parser->length && is_blank(parser->text[parser->at]))
		parser->at++;
	if (parser->at == parser->length || parser->text[parser->at] == '#')
		return false;
	*word = (struct experiment_word){ .text = parser->storage + stored, .at = parser->at };
	word->quoted = parser->text[parser->at] == '"';
	if (word->quoted) {
		parser->at++;
		if (!read_quoted(parser))
			return false;
	} else if (!read_plain(parser)) {
		return false;
	}
	word->end = parser->at;
	word->length = parser->stored - stored;
	parser->storage[parser->stored++] = '\0';
	return true;
}

bool parser_check_line(struct experiment_parser *parser, const struct experiment_line *line)
{
	size_t column = experiment_line_bad_column(line);

	parser->line = line->number;
	if (line->length > EXPERIMENT_LINE_MAX_BYTES)
		return parser_refuse(parser, "the line is longer than %u bytes",
				     EXPERIMENT_LINE_MAX_BYTES);
	if (column != SIZE_MAX)
		return parser_refuse(
			parser,
			"at column %zu stands what is no text: a control character, or "
			"not UTF-8",
			column + 1);
	return true;
}

bool parser_stands_once(struct experiment_parser *parser, const char *heading, uint32_t *line)
{
	if (*line != 0)
		return parser_refuse(parser, "there is %s %s already, in line %u",
				     strchr("aeiou", heading[0]) ? "an" : "a", heading, *line);
	*line = parser->line;
	return true;
}

const struct experiment_word *parser_peek(struct experiment_parser *parser)
{
	if (parser->failed)
		return NULL;
	if (!parser->has_word)
		parser->has_word = read_word(parser);
	return parser->has_word ? &parser->word : NULL;
}

const struct experiment_word *parser_take(struct experiment_parser *parser)
{
	parser->taken = parser->word;
	parser->has_word = false;
	return &parser->taken;
}

const char *parser_take_rest(struct experiment_parser *parser, size_t *length)
{
	size_t at = parser->taken.text ? parser->taken.end : 0;

	while (at < parser->length && is_blank(parser->text[at]))
		at++;
	parser->at = parser->length;
	parser->has_word = false;
	*length = parser->length - at;
	return parser->text + at;
}

struct parser_place parser_mark(const struct experiment_parser *parser)
{
	return (struct parser_place){
		.at = parser->at,
		.stored = parser->stored,
		.has_word = parser->has_word,
		.word = parser->word,
		.taken = parser->taken,
	};
}

void parser_return(struct experiment_parser *parser, const struct parser_place *place)
{
	parser->at = place->at;
	parser->stored = place->stored;
	parser->has_word = place->has_word && !parser->failed;
	parser->word = place->word;
	parser->taken = place->taken;
}

static bool is_word(const struct experiment_word *word, const char *keyword)
{
	return word && !word->quoted && strcmp(word->text, keyword) == 0;
}

bool parser_take_keyword(struct experiment_parser *parser, const char *keyword)
{
	if (!is_word(parser_peek(parser), keyword))
		return false;
	(void)parser_take(parser);
	return true;
}

bool parser_need_keyword(struct experiment_parser *parser, const char *keyword)
{
	char what[64];

	if (parser_take_keyword(parser, keyword))
		return true;
	(void)snprintf(what, sizeof(what), "`%s`", keyword);
	return parser_refuse_word(parser, what, NULL, 0);
}

int parser_take_choice(struct experiment_parser *parser, const char *what, const char *const *words,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (parser_take_keyword(parser, words[i]))
			return (int)i;
	}
	(void)parser_refuse_word(parser, what, words, count);
	return -1;
}

bool parser_sees_number(struct experiment_parser *parser)
{
	const struct experiment_word *word = parser_peek(parser);

	return word && !word->quoted && word->text[0] >= '0' && word->text[0] <= '9';
}

bool parser_take_number(struct experiment_parser *parser, const char *what, uint64_t min,
			uint64_t max, uint64_t *out)
{
	const struct experiment_word *word = parser_peek(parser);

	if (!word || word->quoted || !decimal_parse(word->text, min, max, out)) {
		char bounds[128];

		(void)snprintf(bounds, sizeof(bounds), "%s (a number from %llu to %llu)", what,
			       (unsigned long long)min, (unsigned long long)max);
		return parser_refuse_word(parser, bounds, NULL, 0);
	}
	(void)parser_take(parser);
	return true;
}

bool parser_take_port(struct experiment_parser *parser, uint16_t *out)
{
	uint64_t port = 0;

	if (!parser_take_number(parser, "a port", 1, UINT16_MAX, &port))
		return false;
	*out = (uint16_t)port;
	return true;
}

bool parser_take_time(struct experiment_parser *parser, const char *what, uint64_t *out_ns)
{
	const struct experiment_word *word = parser_peek(parser);
	uint64_t ns;

	if (!word || word->quoted || !duration_parse(word->text, UINT64_MAX, &ns))
		return parser_refuse_word(parser, what, NULL, 0);
	if (strchr("0123456789.", word->text[word->length - 1]))
		return parser_refuse(parser, "'%s' has no unit: %sms or %ss?", word->text,
				     word->text, word->text);
	if (ns > LAB_TIME_LIMIT_MAX_NS)
		return parser_refuse(parser, "'%s' is longer than an hour", word->text);
	(void)parser_take(parser);
	*out_ns = ns;
	return true;
}

bool parser_copy_bytes(struct experiment_parser *parser, const char *bytes, size_t length,
		       struct step_bytes *out)
{
	char *copy = malloc(length + 1);

	if (!copy)
		return parser_refuse_memory(parser);
	if (length > 0)
		memcpy(copy, bytes, length);
	copy[length] = '\0';
	free(out->bytes);
	*out = (struct step_bytes){ .bytes = copy, .length = length };
	return true;
}

bool parser_take_string(struct experiment_parser *parser, const char *what, struct step_bytes *out)
{
	const struct experiment_word *word = parser_peek(parser);

	if (!word || !word->quoted)
		return parser_refuse_word(parser, what, NULL, 0);
	if (word->length == 0)
		return parser_refuse(parser, "the text between the quotes is empty");
	if (!parser_copy_bytes(parser, word->text, word->length, out))
		return false;
	(void)parser_take(parser);
	return true;
}

bool parser_need_end(struct experiment_parser *parser)
{
	const struct experiment_word *word = parser_peek(parser);
	char shown[PARSER_SHOWN_BYTES];

	if (!word)
		return !parser->failed;
	(void)parser_shown(parser->text + word->at, word->end - word->at, shown);
	return parser_refuse(parser, "the line should end before '%s'", shown);
}

bool parser_take_host(struct experiment_parser *parser, enum lab_host *out)
{
	for (int host = 0; host < LAB_HOSTS; host++) {
		if (parser_take_keyword(parser, lab_host_name((enum lab_host)host))) {
			*out = (enum lab_host)host;
			return true;
		}
	}
	return false;
}

bool parser_copy_name(struct experiment_parser *parser, const char *text, size_t length,
		      char out[LAB_NAME_BYTES])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char others[] = "0123456789_-";
	bool fits = length > 0 && length < LAB_NAME_BYTES &&
		    memchr(letters, text[0], sizeof(letters) - 1);

	for (size_t i = 1; fits && i < length; i++)
		fits = memchr(letters, text[i], sizeof(letters) - 1) ||
		       memchr(others, text[i], sizeof(others) - 1);
	if (!fits) {
		char shown[PARSER_SHOWN_BYTES];

		return parser_refuse(parser,
				     "'%s' is no name: a letter, then letters, digits, _ and -, at "
				     "most %u",
				     parser_shown(text, length, shown), LAB_NAME_BYTES - 1);
	}
	memcpy(out, text, length);
	out[length] = '\0';
	return true;
}

bool parser_take_who(struct experiment_parser *parser, struct step *step)
{
	const struct experiment_word *word = parser_peek(parser);

	if (!word || word->quoted || strpbrk(word->text, "=!<>"))
		return false;
	for (int host = 0; host < LAB_HOSTS; host++) {
		const char *name = lab_host_name((enum lab_host)host);
		size_t length = strlen(name);

		if (strncmp(word->text, name, length) != 0)
			continue;
		if (word->text[length] == '.') {
			if (!parser_copy_name(parser, word->text + length + 1,
					      word->length - length - 1, step->name))
				return false;
		} else if (word->text[length] != '\0') {
			continue;
		}
		(void)parser_take(parser);
		step->host = (enum lab_host)host;
		step->has_host = true;
		return true;
	}
	return false;
}
