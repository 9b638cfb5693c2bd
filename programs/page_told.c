#include "programs/page_told.h"

#include "report/readable.h"

static void name_left_out(struct text_builder *out, uint64_t count, const char *singular,
			  const char *plural)
{
	if (count == 0)
		return;
	if (out->length > 0)
		text_append(out, ", ");
	readable_count(out, count);
	text_append_format(out, " %s", count == 1 ? singular : plural);
}

void page_told_left_out(struct text_builder *out, const struct page_left_out *left_out)
{
	name_left_out(out, left_out->connections, "connection", "connections");
	name_left_out(out, left_out->segments, "segment", "segments");
	name_left_out(out, left_out->frames, "segment's headers and bytes",
		      "segments' headers and bytes");
	name_left_out(out, left_out->bytes, "byte at the end of a long frame",
		      "bytes at the ends of long frames");
	name_left_out(out, left_out->stream_bytes, "byte of a conversation",
		      "bytes of conversations");
}

void page_told_counts(struct text_builder *out, size_t connections, size_t segments)
{
	readable_count(out, connections);
	text_append(out, connections == 1 ? " connection, " : " connections, ");
	readable_count(out, segments);
	text_append(out, segments == 1 ? " segment" : " segments");
}
