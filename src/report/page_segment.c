#include "report/page_segment.h"

#include "base/json_writer.h"

static void carried(struct json_writer *json, const struct stream_message *message)
{
	json_begin_object(json);
	json_name(json, "name");
	json_string(json, message->name);
	if (message->detail && message->detail[0]) {
		json_name(json, "detail");
		json_string(json, message->detail);
	}
	json_name(json, "begins");
	json_bool(json, message->begins);
	json_name(json, "ends");
	json_bool(json, message->ends);
	json_end_object(json);
}

void page_segment_carries(struct text_builder *line, const struct stream_message *messages,
			  size_t count)
{
	struct json_writer json;

	if (count == 0 || line->length == 0 || line->truncated)
		return;
	json = json_writer_reopen(line);
	json_name(&json, "carries");
	json_begin_array(&json);
	for (size_t i = 0; i < count; i++)
		carried(&json, &messages[i]);
	json_end_array(&json);
	json_end_object(&json);
}
