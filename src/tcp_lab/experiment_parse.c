#include "tcp_lab/experiment.h"

#include <stdlib.h>
#include <string.h>

#include "tcp_lab/experiment_parser.h"
#include "tcp_lab/experiment_prose.h"
#include "tcp_lab/experiment_steps.h"
#include "tcp_lab/experiment_text.h"

#define MTU_MIN_BYTES 68u

/* A file as it is read. */
struct reading {
	struct experiment_parser parser;
	struct experiment_text file;
	size_t step_capacity;
	uint32_t limit_line; /* where `limit` stands; 0: nowhere */
	uint32_t mtu_line;
	uint32_t defaults_line;
	struct experiment_prose prose;
};

static bool read_limit(struct reading *reading)
{
	struct experiment *experiment = reading->parser.experiment;

	if (!parser_stands_once(&reading->parser, "limit", &reading->limit_line) ||
	    !parser_take_time(&reading->parser, "a time such as 20s", &experiment->limit_ns))
		return false;
	if (experiment->limit_ns == 0)
		return parser_refuse(&reading->parser, "a limit of nothing lets nothing happen");
	return parser_need_end(&reading->parser);
}

static bool read_mtu(struct reading *reading)
{
	uint64_t mtu;

	if (!parser_stands_once(&reading->parser, "mtu", &reading->mtu_line) ||
	    !parser_take_number(&reading->parser, "an MTU in bytes", MTU_MIN_BYTES,
				LAB_PACKET_MAX_BYTES, &mtu))
		return false;
	reading->parser.experiment->mtu = (uint32_t)mtu;
	return parser_need_end(&reading->parser);
}

static bool read_defaults(struct reading *reading)
{
	if (!parser_stands_once(&reading->parser, "defaults", &reading->defaults_line) ||
	    !parser_need_keyword(&reading->parser, "system"))
		return false;
	reading->parser.experiment->system_defaults = true;
	return parser_need_end(&reading->parser);
}

static bool add_step(struct reading *reading)
{
	struct experiment *experiment = reading->parser.experiment;

	if (experiment->step_count == EXPERIMENT_MAX_STEPS)
		return parser_refuse(&reading->parser, "an experiment has at most %u steps",
				     EXPERIMENT_MAX_STEPS);
	if (experiment->step_count == reading->step_capacity) {
		size_t capacity = reading->step_capacity > 0 ? reading->step_capacity * 2 : 16;
		struct step *steps =
			reallocarray(experiment->steps, capacity, sizeof(*experiment->steps));

		if (!steps)
			return parser_refuse_memory(&reading->parser);
		experiment->steps = steps;
		reading->step_capacity = capacity;
	}
	experiment->steps[experiment->step_count] = (struct step){ 0 };
	/* Counted first: what a refused step has allocated is given back with it. */
	return experiment_read_step(&reading->parser, &experiment->steps[experiment->step_count++]);
}

/* A line that is not empty. */
static bool read_line(struct reading *reading, const struct experiment_line *line)
{
	struct experiment_parser *parser = &reading->parser;
	bool read;

	if (!parser_check_line(parser, line))
		return false;
	parser_begin_line(parser, line->number, line->text, line->length);
	if (!parser_peek(parser))
		return !parser->failed; /* but a comment */
	if (experiment_line_is_indented(line))
		return parser_refuse(parser, "the line is indented: that is for the text below "
					     "`question` and `explain`");
	if (experiment_prose_take(&reading->prose, parser, &reading->file, &read))
		return read;
	if (parser_take_keyword(parser, "limit"))
		return read_limit(reading);
	if (parser_take_keyword(parser, "mtu"))
		return read_mtu(reading);
	if (parser_take_keyword(parser, "defaults"))
		return read_defaults(reading);
	return add_step(reading);
}

static bool read_file(struct reading *reading)
{
	struct experiment_line line;

	while (experiment_text_next(&reading->file, &line)) {
		if (line.length > 0 && !read_line(reading, &line))
			return false;
	}
	reading->parser.line = 0;
	if (!experiment_prose_has_title(&reading->prose))
		return parser_refuse(&reading->parser,
				     "there is no title: a line such as `title Two FINs cross`");
	if (reading->parser.experiment->step_count == 0)
		return parser_refuse(&reading->parser,
				     "there are no steps: a line such as `server listen 8888`");
	return true;
}

static struct experiment *create(const char *name)
{
	struct experiment *experiment = calloc(1, sizeof(*experiment));

	if (!experiment)
		return NULL;
	experiment->name = strdup(name);
	experiment->title = strdup("");
	experiment->question = strdup("");
	experiment->explanation = strdup("");
	experiment->limit_ns = LAB_TIME_LIMIT_DEFAULT_NS;
	if (!experiment->name || !experiment->title || !experiment->question ||
	    !experiment->explanation) {
		experiment_destroy(experiment);
		return NULL;
	}
	return experiment;
}

struct experiment *experiment_parse(const char *name, const char *text, size_t length,
				    struct experiment_problem *problem)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	struct experiment *experiment = create(name);
	struct experiment_parser unread = { .problem = problem };
	bool done = false;

	if (!reading || !experiment) {
		(void)parser_refuse_memory(&unread);
	} else if (length > EXPERIMENT_MAX_BYTES) {
		(void)parser_refuse(&unread, "the file is longer than %u bytes",
				    EXPERIMENT_MAX_BYTES);
	} else {
		reading->parser.experiment = experiment;
		reading->parser.problem = problem;
		experiment_text_init(&reading->file, text, length);
		done = read_file(reading);
		experiment_names_finish(&reading->parser.names);
	}
	free(reading);
	if (done)
		return experiment;
	experiment_destroy(experiment);
	return NULL;
}
