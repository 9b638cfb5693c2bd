#include "report/page_document.h"

#include <time.h>

#include "base/clock.h"
#include "base/json_writer.h"

#define DOCUMENT_VERSION 1u
#define TIME_BYTES 32u

/* 2026-11-21T18:00:00Z: the page's readers are in any zone. */
static void created(struct json_writer *json, int64_t created_ns)
{
	time_t seconds = (time_t)(created_ns / (int64_t)NS_PER_S);
	struct tm parts;
	char text[TIME_BYTES];

	if (!gmtime_r(&seconds, &parts) ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		text[0] = '\0';
	json_member_string(json, "created", text);
}

/* JSON that is made already. */
static void whole(struct text_builder *out, const char *name, const char *open, const char *json,
		  const char *close)
{
	if (!json)
		return;
	text_append_format(out, ",\"%s\":%s", name, open);
	text_append(out, json);
	text_append(out, close);
}

void page_document_begin(struct text_builder *out, const struct page_heading *heading)
{
	struct json_writer json = json_writer_on(out);

	json_begin_object(&json);
	json_member_string(&json, "type", "report");
	json_name(&json, "version");
	json_unsigned(&json, DOCUMENT_VERSION);
	json_member_string(&json, "program", heading->program);
	created(&json, heading->created_ns);
	json_member_string(&json, "title", heading->title);
	json_member_string(&json, "source", heading->source);
	if (heading->index)
		json_member_string(&json, "index", heading->index);
	whole(out, "file", "", heading->file, "");
	whole(out, "pair", "[", heading->pair, "]");
	whole(out, "experiment", "", heading->experiment, "");
}

void page_document_array(struct text_builder *out, const char *name)
{
	text_append_format(out, ",\n\"%s\":[", name);
}

void page_document_array_end(struct text_builder *out)
{
	text_append(out, "]");
}

static void count(struct json_writer *json, const char *name, uint64_t number)
{
	if (number == 0)
		return;
	json_name(json, name);
	json_unsigned(json, number);
}

void page_document_end(struct text_builder *out, const struct page_left_out *left_out)
{
	struct json_writer json = json_writer_on(out);

	text_append(out, ",\n\"left_out\":");
	json_begin_object(&json);
	count(&json, "connections", left_out->connections);
	count(&json, "segments", left_out->segments);
	count(&json, "frames", left_out->frames);
	count(&json, "bytes", left_out->bytes);
	count(&json, "stream_bytes", left_out->stream_bytes);
	json_end_object(&json);
	text_append(out, "}\n");
}
