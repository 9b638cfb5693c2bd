/* A result as text for people, or as one JSON object for programs. Any thread. */
#ifndef WIRETALE_RELAY_LOAD_LOAD_REPORT_H
#define WIRETALE_RELAY_LOAD_LOAD_REPORT_H

#include "base/text_builder.h"
#include "relay_load/load_plan.h"

/* A table of a few lines. `dialect` is the relay's name: "wiretale". */
void load_report_text(struct text_builder *out, const struct load_plan *plan, const char *dialect,
		      bool confirms, const struct load_result *result);

/* {"type":"bench",...} and the end of the line. */
void load_report_json(struct text_builder *out, const struct load_plan *plan, const char *dialect,
		      bool confirms, const struct load_result *result);

#endif
