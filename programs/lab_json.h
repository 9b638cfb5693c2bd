/* The lines of `wiretale lab run --json` and `try --json`. Each ends without a newline. */
#ifndef WIRETALE_PROGRAMS_LAB_JSON_H
#define WIRETALE_PROGRAMS_LAB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_writer.h"
#include "base/text_builder.h"
#include "programs/lab_judgement.h"
#include "tcp_lab/lab_inference.h"
#include "tcp_lab/lab_record.h"

/* Of a program's output; the line says how much is missing. All of it is in the text. */
#define LAB_JSON_OUTPUT_MAX_BYTES 65536u
/* Of all lines in a transcript; each counts for so much more than its text. */
#define LAB_JSON_TRANSCRIPT_MAX_BYTES (1024u * 1024)
#define LAB_JSON_ENTRY_BYTES 64u

/* The lines of the trace, and what only a lab knows. experiment: its name; with_info: what the
 * kernels told beside the states too. */
void lab_json_connection(struct text_builder *out, const char *experiment,
			 const struct lab_inferred_connection *connection);
void lab_json_segment(struct text_builder *out, const char *experiment,
		      const struct lab_inferred_segment *segment, bool with_info);

struct lab_json_facts {
	const struct lab_record *record;
	const struct lab_judgement *judgement;
	const struct lab_states *states;
	uint32_t connections;
	const char *const *saved; /* names of files */
	size_t saved_count;
	const char *save_problem; /* "": none */
};

/* The experiment's own line. */
void lab_json_experiment(struct text_builder *out, const struct lab_json_facts *facts);

/* What it says in other languages: a member of the object at hand, where there are any. */
void lab_json_translations(struct json_writer *json, const struct experiment *experiment);

/* The same of one whose worker went down: what is known of it. */
void lab_json_broken(struct text_builder *out, const struct experiment *experiment,
		     const char *failure);

#endif
