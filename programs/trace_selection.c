#include "programs/trace_selection.h"

#include <stdlib.h>
#include <string.h>

#include "base/text_builder.h"
#include "report/finding_text.h"

#define SENTENCE_MAX_BYTES 4096u

void trace_selection_finish(struct trace_selection *selection)
{
	for (size_t i = 0; i < selection->comment_count; i++)
		free(selection->comments[i].text);
	free(selection->comments);
	free(selection->bits);
	*selection = (struct trace_selection){ 0 };
}

bool trace_selection_add(struct trace_selection *selection, uint64_t number)
{
	size_t at = number / 8;

	if (at >= selection->bytes) {
		size_t bytes = at * 2 + 1024;
		uint8_t *bits = realloc(selection->bits, bytes);

		if (!bits)
			return false;
		memset(bits + selection->bytes, 0, bytes - selection->bytes);
		selection->bits = bits;
		selection->bytes = bytes;
	}
	selection->bits[at] |= (uint8_t)(1u << number % 8);
	return true;
}

bool trace_selection_has(const struct trace_selection *selection, uint64_t number)
{
	return number / 8 < selection->bytes &&
	       (selection->bits[number / 8] & 1u << number % 8) != 0;
}

static bool make_room(struct trace_selection *selection)
{
	size_t capacity = selection->comment_capacity ? selection->comment_capacity * 2 : 256;
	struct trace_comment *comments;

	if (selection->comment_count < selection->comment_capacity)
		return true;
	if (selection->comment_count >= TRACE_COMMENTS_MAX)
		return false;
	comments = realloc(selection->comments, capacity * sizeof(*comments));
	if (!comments)
		return false;
	selection->comments = comments;
	selection->comment_capacity = capacity;
	return true;
}

static void add_comment(struct trace_selection *selection, uint64_t frame, const char *text)
{
	char *copy = make_room(selection) ? strdup(text) : NULL;

	if (!copy) {
		selection->left_out = true;
		return;
	}
	selection->comments[selection->comment_count] = (struct trace_comment){
		.frame = frame,
		.order = selection->comment_count,
		.text = copy,
	};
	selection->comment_count++;
}

void trace_selection_comment(struct trace_selection *selection,
			     const struct tcp_connection *connection)
{
	struct text_builder text;

	text_builder_init(&text, SENTENCE_MAX_BYTES);
	for (uint32_t i = 0; i < connection->findings.count; i++) {
		const struct tcp_finding *finding = &connection->findings.list[i];

		text_builder_clear(&text);
		text_append_format(&text, "%s (%s): ", tcp_finding_name(finding->kind),
				   tcp_confidence_name(finding->confidence));
		finding_text(&text, connection, finding);
		for (uint32_t f = 0; f < finding->frame_count; f++)
			add_comment(selection, finding->frames[f], text_builder_text(&text));
	}
	text_builder_finish(&text);
}

static int compare_comments(const void *left, const void *right)
{
	const struct trace_comment *a = left;
	const struct trace_comment *b = right;

	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return 0;
}

void trace_selection_sort(struct trace_selection *selection)
{
	if (selection->comment_count > 1)
		qsort(selection->comments, selection->comment_count, sizeof(*selection->comments),
		      compare_comments);
	selection->next_comment = 0;
}

void trace_selection_take_comments(struct trace_selection *selection, uint64_t frame,
				   struct text_builder *out)
{
	size_t at = selection->next_comment;

	while (at < selection->comment_count && selection->comments[at].frame < frame)
		at++;
	for (; at < selection->comment_count && selection->comments[at].frame == frame; at++) {
		if (out->length > 0)
			text_append(out, "\n");
		text_append(out, selection->comments[at].text);
	}
	selection->next_comment = at;
}
