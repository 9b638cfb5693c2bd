#include "programs/page_output.h"

#include <string.h>

#include "report/page_document.h"
#include "report/page_escape.h"
#include "report/page_limits.h"

#define OBJECT_MAX_BYTES (64u * PAGE_MIB) /* of one record, or of the document's head */
#define CHUNK_BYTES 65536u                /* that is escaped at a time */
#define TEXTS_AT_A_TIME 1024u
#define NEXT_PART "</script>\n<script type=\"application/json\" class=\"wiretale-document-more\">"

void page_output_init(struct page_output *output, FILE *file)
{
	*output = (struct page_output){ .file = file };
	text_builder_init(&output->text, OBJECT_MAX_BYTES);
	text_builder_init(&output->escaped, PAGE_ESCAPE_WORST * CHUNK_BYTES);
}

void page_output_finish(struct page_output *output)
{
	text_builder_finish(&output->text);
	text_builder_finish(&output->escaped);
}

void page_output_plain(struct page_output *output, const char *text, size_t length)
{
	(void)fwrite(text, 1, length, output->file);
}

/* Between two pieces, never inside of a text. */
static void begin_part(struct page_output *output)
{
	if (output->part_bytes < PAGE_PART_BYTES)
		return;
	page_output_plain(output, NEXT_PART, strlen(NEXT_PART));
	output->part_bytes = 0;
}

void page_output_flush(struct page_output *output)
{
	const char *text = text_builder_text(&output->text);

	if (output->text.length > 0)
		begin_part(output);
	output->part_bytes += output->text.length;

	for (size_t at = 0; at < output->text.length; at += CHUNK_BYTES) {
		size_t left = output->text.length - at;

		text_builder_clear(&output->escaped);
		page_escape(&output->escaped, text + at, left < CHUNK_BYTES ? left : CHUNK_BYTES);
		output->truncated = output->truncated || output->escaped.truncated;
		page_output_plain(output, text_builder_text(&output->escaped),
				  output->escaped.length);
	}
	output->truncated = output->truncated || output->text.truncated;
	text_builder_clear(&output->text);
}

int page_output_array(struct page_output *output, const char *name, struct page_spool *spool)
{
	int error = 0;

	page_document_array(&output->text, name);
	for (size_t i = 0; i < page_spool_count(spool) && error == 0; i++) {
		text_append(&output->text, i > 0 ? ",\n" : "\n");
		error = page_spool_read(spool, i, &output->text);
		page_output_flush(output);
	}
	page_document_array_end(&output->text);
	page_output_flush(output);
	return error;
}

void page_output_texts(struct page_output *output, const char *name, const struct page_texts *texts,
		       page_texts_writer write)
{
	size_t count = page_texts_count(texts);

	page_document_array(&output->text, name);
	for (size_t first = 0; first < count; first += TEXTS_AT_A_TIME) {
		size_t left = count - first;

		write(texts, first, first + (left < TEXTS_AT_A_TIME ? left : TEXTS_AT_A_TIME),
		      &output->text);
		page_output_flush(output);
	}
	page_document_array_end(&output->text);
	page_output_flush(output);
}
