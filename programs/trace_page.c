#include "programs/trace_page.h"

#include <string.h>

#include "base/clock.h"
#include "programs/version.h"
#include "report/trace_json.h"

#define OBJECT_MAX_BYTES (4u * 1024 * 1024)
#define ADVICE                                                                                     \
	"Choose what goes in: --only takes the connections that are so (--only number=7), "        \
	"--filter the packets that match ('tcp port 80')."

void trace_page_init(struct trace_page *page, const struct trace_options *options)
{
	*page = (struct trace_page){ .options = options };
	text_builder_init(&page->line, OBJECT_MAX_BYTES);
	text_builder_init(&page->whole, OBJECT_MAX_BYTES);
}

void trace_page_finish(struct trace_page *page)
{
	page_file_destroy(page->file);
	page->file = NULL;
	text_builder_finish(&page->line);
	text_builder_finish(&page->whole);
}

bool trace_page_open(struct trace_page *page)
{
	if (!page->options->report)
		return true;
	page->file = page_file_open("trace", page->options->report);
	return page->file != NULL;
}

void trace_page_frame(struct trace_page *page, const struct trace_frame *frame)
{
	const struct frame_view view = trace_frame_view(frame);
	uint64_t number;

	if (!page->file || !frame->segment)
		return;
	number = frame->connection->number;
	if (!page_file_admits(page->file, number))
		return;
	if (!page_file_wants_segment(page->file, number)) {
		page_file_segment(page->file, &view, NULL);
		return;
	}
	text_builder_clear(&page->line);
	trace_json_segment(&page->line, frame->connection, frame->segment);
	page_file_segment(page->file, &view, &page->line);
}

void trace_page_connection(struct trace_page *page, const struct tcp_connection *connection,
			   bool wanted)
{
	const struct tcp_end *client = &connection->ends[TCP_CLIENT];
	const struct tcp_end *server = &connection->ends[TCP_SERVER];

	if (!page->file)
		return;
	if (!wanted) {
		page_file_forget(page->file, connection->number);
		return;
	}
	text_builder_clear(&page->line);
	trace_json_connection(&page->line, connection);
	page_file_connection(page->file, &(struct page_connection){
						 .number = connection->number,
						 .json = text_builder_text(&page->line),
						 .json_length = page->line.length,
						 .segments = client->segments + server->segments,
						 .stream_bytes = { client->bytes, server->bytes },
					 });
}

void trace_page_end(struct trace_page *page, const struct tcp_totals *totals,
		    const struct trace_problems *problems)
{
	if (!page->file)
		return;
	text_builder_clear(&page->whole);
	trace_json_file(&page->whole, totals, (const char *const *)problems->sentences,
			problems->count);
}

/* What the page is about: the interface, or the file without its folders. */
static const char *title_of(const struct trace_options *options)
{
	const char *slash;

	if (options->interface)
		return options->interface;
	if (strcmp(options->path, "-") == 0)
		return "standard input";
	slash = strrchr(options->path, '/');
	return slash && slash[1] ? slash + 1 : options->path;
}

bool trace_page_write(struct trace_page *page)
{
	const struct page_heading heading = {
		.program = "wiretale " WIRETALE_VERSION,
		.created_ns = (int64_t)clock_wall_ns(),
		.title = title_of(page->options),
		.source = page->options->interface ? "live" : "trace",
		.file = page->whole.length > 0 ? text_builder_text(&page->whole) : NULL,
	};

	return !page->file || page_file_write(page->file, &heading, ADVICE);
}
