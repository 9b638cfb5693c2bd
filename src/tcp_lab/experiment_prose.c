#include "tcp_lab/experiment_prose.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *heading;
	const char *name;
} proses[PROSE_COUNT] = {
	[PROSE_TITLE] = { "title", "title" },
	[PROSE_QUESTION] = { "question", "question" },
	[PROSE_EXPLANATION] = { "explain", "explanation" },
};

static bool read_title(struct experiment_parser *parser, char **out)
{
	struct step_bytes title = { 0 };
	size_t length;
	const char *text = parser_take_rest(parser, &length);

	if (length == 0)
		return parser_refuse(parser, "the title is missing behind 'title'");
	if (!parser_copy_bytes(parser, text, length, &title))
		return false;
	free(*out);
	*out = title.bytes;
	return true;
}

/* The indented lines that follow, and what stands in the line of the heading itself. */
static bool read_block(struct experiment_parser *parser, struct experiment_text *file,
		       const char *heading, char **out)
{
	struct experiment_paragraphs paragraphs;
	struct experiment_line line = { 0 };
	struct step_bytes text = { 0 };
	uint32_t heading_line = parser->line;

	line.text = parser_take_rest(parser, &line.length);
	experiment_paragraphs_init(&paragraphs);
	if (line.length > 0)
		experiment_paragraphs_add(&paragraphs, &line);
	while (experiment_text_next(file, &line)) {
		if (line.length > 0 && !experiment_line_is_indented(&line)) {
			experiment_text_back(file, &line);
			break;
		}
		if (!parser_check_line(parser, &line))
			break;
		experiment_paragraphs_add(&paragraphs, &line);
	}
	if (!parser->failed)
		parser->line = heading_line;
	if (paragraphs.text.truncated) /* tabs make it longer than the file */
		(void)parser_refuse(parser, "the text of `%s` is longer than %u bytes", heading,
				    EXPERIMENT_MAX_BYTES);
	else if (paragraphs.text.length == 0)
		(void)parser_refuse(parser,
				    "there is no text: it stands behind `%s`, or below it, "
				    "indented",
				    heading);
	else
		(void)parser_copy_bytes(parser, paragraphs.text.text, paragraphs.text.length,
					&text);
	experiment_paragraphs_finish(&paragraphs);
	if (text.bytes) {
		free(*out);
		*out = text.bytes;
	}
	return !parser->failed;
}

/* A heading as it stands: of which kind, and the tag in its brackets. */
struct heading {
	enum prose prose;
	const char *tag; /* NULL: it has none */
	size_t tag_length;
};

static bool is_heading(const struct experiment_word *word, struct heading *out)
{
	for (int i = 0; i < PROSE_COUNT && !word->quoted; i++) {
		size_t length = strlen(proses[i].heading);

		if (strncmp(word->text, proses[i].heading, length) != 0)
			continue;
		*out = (struct heading){ .prose = (enum prose)i };
		if (word->length == length)
			return true;
		if (word->text[length] != '[' || word->text[word->length - 1] != ']')
			continue;
		out->tag = word->text + length + 1;
		out->tag_length = word->length - length - 2;
		return true;
	}
	return false;
}

static int add_language(struct experiment_parser *parser, const char *tag, size_t length)
{
	struct experiment *experiment = parser->experiment;
	size_t count = experiment->translation_count;
	struct experiment_translation *more;

	if (count == EXPERIMENT_MAX_TRANSLATIONS) {
		(void)parser_refuse(parser, "an experiment is translated into at most %u languages",
				    EXPERIMENT_MAX_TRANSLATIONS);
		return -1;
	}
	more = reallocarray(experiment->translations, count + 1, sizeof(*more));
	if (!more) {
		(void)parser_refuse_memory(parser);
		return -1;
	}
	more[count] = (struct experiment_translation){ 0 };
	memcpy(more[count].language, tag, length);
	experiment->translations = more;
	experiment->translation_count++;
	return (int)count;
}

/* Its place among the experiment's translations; -1: refused. */
static int place_of_language(struct experiment_parser *parser, const struct heading *heading)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-";
	const struct experiment *experiment = parser->experiment;
	char shown[PARSER_SHOWN_BYTES];

	if (heading->tag_length < 2 || heading->tag_length >= EXPERIMENT_LANGUAGE_BYTES ||
	    strspn(heading->tag, letters) < heading->tag_length) {
		(void)parser_refuse(parser, "'%s' is no language: a tag such as zh-CN is expected",
				    parser_shown(heading->tag, heading->tag_length, shown));
		return -1;
	}
	for (size_t i = 0; i < experiment->translation_count; i++) {
		const char *language = experiment->translations[i].language;

		if (strlen(language) == heading->tag_length &&
		    strncasecmp(language, heading->tag, heading->tag_length) == 0)
			return (int)i;
	}
	return add_language(parser, heading->tag, heading->tag_length);
}

static bool read_prose(struct experiment_parser *parser, struct experiment_text *file,
		       enum prose prose, uint32_t lines[PROSE_COUNT], char **const texts[])
{
	if (!parser_stands_once(parser, proses[prose].name, &lines[prose]))
		return false;
	if (prose == PROSE_TITLE)
		return read_title(parser, texts[prose]);
	return read_block(parser, file, proses[prose].heading, texts[prose]);
}

bool experiment_prose_take(struct experiment_prose *prose, struct experiment_parser *parser,
			   struct experiment_text *file, bool *read)
{
	struct experiment *experiment = parser->experiment;
	struct heading heading;
	int place;

	if (!is_heading(parser_peek(parser), &heading))
		return false;
	(void)parser_take(parser);
	if (!heading.tag) {
		char **const texts[] = { &experiment->title, &experiment->question,
					 &experiment->explanation };

		*read = read_prose(parser, file, heading.prose, prose->lines, texts);
		return true;
	}
	place = place_of_language(parser, &heading);
	*read = place >= 0;
	if (*read) {
		struct experiment_translation *translation = &experiment->translations[place];
		char **const texts[] = { &translation->title, &translation->question,
					 &translation->explanation };

		*read = read_prose(parser, file, heading.prose, prose->translated[place], texts);
	}
	return true;
}

bool experiment_prose_has_title(const struct experiment_prose *prose)
{
	return prose->lines[PROSE_TITLE] != 0;
}
