#include "report/page_escape.h"

#include <string.h>

void page_escape(struct text_builder *out, const char *json, size_t length)
{
	const char *end = json + length;
	const char *bracket;

	while (json < end && (bracket = memchr(json, '<', (size_t)(end - json))) != NULL) {
		text_append_bytes(out, json, (size_t)(bracket - json));
		text_append(out, "\\u003c");
		json = bracket + 1;
	}
	text_append_bytes(out, json, (size_t)(end - json));
}
