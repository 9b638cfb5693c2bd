#include "programs/lab_list.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/display_width.h"
#include "base/json_writer.h"
#include "base/text_builder.h"
#include "programs/lab_json.h"
#include "programs/lab_output.h"
#include "programs/lab_source.h"
#include "report/wrapped_lines.h"
#include "tcp_lab/builtin_experiments.h"
#include "tcp_lab/experiment.h"

#define LIST_MAX_BYTES (1024u * 1024)

/* In the order in which a course would take them. Those that stand nowhere come last. */
static const struct group {
	const char *heading;
	const char *chinese; /* the heading in an index of pages */
	const char *names;   /* separated by blanks */
} groups[] = {
	{ "The relay on the cable", "网线上的中继聊天",
	  "demo relay-connect relay-time relay-name relay-list relay-send relay-disconnect "
	  "relay-hundred" },
	{ "What a course asks", "课程实验",
	  "client-port accept-later sends-and-segments one-port-many-clients time-wait "
	  "cable-pulled cable-pulled-relay handshake close-four close-three close-simultaneous "
	  "receive-five hello-quit echo-serial header-tour options-tour sequence-wrap "
	  "states-tour" },
	{ "Beyond it", "进一步的实验",
	  "refused unanswered-syn lost-syn-ack lost-last-ack backlog-full simultaneous-open "
	  "half-close linger-reset unread-data-reset write-after-reset vanished-peer keep-alive "
	  "user-timeout zero-window silly-window window-scaling nagle-delayed-ack cork "
	  "loss-timeout loss-tail-probe loss-fast-retransmit loss-sack reordering duplication "
	  "corruption slow-start ecn urgent fast-open path-mtu challenge-ack time-wait-reuse "
	  "slow-receiver slow-server" },
	{ "More", "其他实验", "" },
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

#define NOWHERE SIZE_MAX

/* How many words stand before it. */
static size_t place_among(const char *words, const char *name)
{
	size_t length = strlen(name);

	for (size_t place = 0; *words; place++) {
		size_t word = strcspn(words, " ");

		if (word == length && memcmp(words, name, length) == 0)
			return place;
		words += word;
		words += strspn(words, " ");
	}
	return NOWHERE;
}

static const struct group *group_of(const char *name)
{
	for (size_t i = 0; i + 1 < GROUPS; i++) {
		if (place_among(groups[i].names, name) != NOWHERE)
			return &groups[i];
	}
	return &groups[GROUPS - 1];
}

bool lab_list_group(size_t i, struct page_index_group *out)
{
	if (i >= GROUPS)
		return false;
	*out = (struct page_index_group){ .heading = groups[i].heading,
					  .chinese = groups[i].chinese };
	return true;
}

struct lab_place lab_list_place(const char *name)
{
	const struct group *group = group_of(name);

	return (struct lab_place){ .group = (size_t)(group - groups),
				   .place = place_among(group->names, name) };
}

struct list {
	const struct lab_options *options;
	struct text_builder out;
	size_t columns;      /* of a line */
	size_t name_columns; /* of the longest name */
	bool colour;
	bool headed; /* the group at hand has its heading */
};

static void append_json(struct list *list, const struct group *group,
			const struct experiment *experiment)
{
	struct json_writer json = json_writer_on(&list->out);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "experiment");
	json_name(&json, "name");
	json_string(&json, experiment->name);
	json_name(&json, "title");
	json_string(&json, experiment->title);
	json_name(&json, "question");
	json_string(&json, experiment->question);
	lab_json_translations(&json, experiment);
	json_name(&json, "group");
	json_string(&json, group->heading);
	json_name(&json, "steps");
	json_unsigned(&json, experiment->step_count);
	json_end_object(&json);
	text_append(&list->out, "\n");
}

static void append_line(struct list *list, const struct group *group,
			const struct experiment *experiment)
{
	struct text_builder first;
	struct text_builder next;
	struct wrapped_lines lines = { .columns = list->columns };

	if (!list->headed)
		text_append_format(&list->out, "%s%s%s%s\n", list->out.length > 0 ? "\n" : "",
				   list->colour ? "\x1b[1m" : "", group->heading,
				   list->colour ? "\x1b[0m" : "");
	list->headed = true;
	text_builder_init(&first, LIST_MAX_BYTES);
	text_builder_init(&next, LIST_MAX_BYTES);
	text_append(&first, "  ");
	display_append_left(&first, experiment->name, list->name_columns + 2);
	display_append_left(&next, "", list->name_columns + 4);
	lines.first = text_builder_text(&first);
	lines.next = text_builder_text(&next);
	wrapped_lines_append(&list->out, experiment->title, &lines);
	text_builder_finish(&next);
	text_builder_finish(&first);
}

static bool append_builtin(struct list *list, const struct group *group, size_t i)
{
	struct lab_source source;
	struct experiment *experiment;

	lab_source_of_builtin(i, &source);
	experiment = lab_source_parse(&source);
	if (!experiment)
		return false;
	if (list->options->json)
		append_json(list, group, experiment);
	else
		append_line(list, group, experiment);
	experiment_destroy(experiment);
	return true;
}

/* The built-in one of that name; builtin_experiment_count: there is none. */
static size_t find_builtin(const char *name, size_t length)
{
	size_t i = 0;

	while (i < builtin_experiment_count &&
	       (strlen(builtin_experiments[i].name) != length ||
		memcmp(builtin_experiments[i].name, name, length) != 0))
		i++;
	return i;
}

static bool append_group(struct list *list, const struct group *group)
{
	const char *words = group->names;
	bool whole = true;

	list->headed = false;
	for (; *words; words += strspn(words, " ")) {
		size_t length = strcspn(words, " ");
		size_t i = find_builtin(words, length);

		if (i < builtin_experiment_count)
			whole = append_builtin(list, group, i) && whole;
		words += length;
	}
	for (size_t i = 0; !*group->names && i < builtin_experiment_count; i++) {
		if (group_of(builtin_experiments[i].name) == group)
			whole = append_builtin(list, group, i) && whole;
	}
	return whole;
}

enum exit_status lab_list(const struct lab_options *options)
{
	struct list list = { .options = options, .columns = lab_output_columns() };
	enum exit_status status = EXIT_DONE;

	list.colour = lab_output_has_colour();
	text_builder_init(&list.out, LIST_MAX_BYTES);
	for (size_t i = 0; i < builtin_experiment_count; i++) {
		size_t columns = display_width(builtin_experiments[i].name);

		list.name_columns = columns > list.name_columns ? columns : list.name_columns;
	}
	for (size_t i = 0; i < GROUPS; i++) {
		if (!append_group(&list, &groups[i]))
			status = EXIT_NOT_DONE;
	}
	if (!options->json)
		text_append(&list.out, "\nwiretale lab run NAME runs one; wiretale lab show NAME "
				       "shows it.\n");
	if (!lab_output_write(text_builder_text(&list.out), list.out.length))
		status = EXIT_NOT_DONE;
	text_builder_finish(&list.out);
	return status;
}

enum exit_status lab_show(const struct lab_options *options)
{
	struct lab_source source;
	struct text_builder out;
	enum exit_status status = lab_source_open(options->operands[0], &source);

	if (status != EXIT_DONE)
		return status;
	text_builder_init(&out, 4 * EXPERIMENT_MAX_BYTES + 1);
	/* Of a file it is not known whose text it is. */
	for (size_t at = 0; at < source.length;) {
		const char *line = source.text + at;
		const char *end = memchr(line, '\n', source.length - at);
		size_t length = end ? (size_t)(end - line) : source.length - at;
		size_t kept = length;

		while (kept > 0 && line[kept - 1] == '\r')
			kept--;
		lab_output_append_line(&out, line, kept);
		at += length + 1;
	}
	if (!lab_output_write(text_builder_text(&out), out.length))
		status = EXIT_NOT_DONE;
	text_builder_finish(&out);
	lab_source_finish(&source);
	return status;
}

static bool is_expectation(enum step_verb verb)
{
	return verb >= STEP_EXPECT_STATE;
}

/* What there is in it, for those who wonder whether it was read as meant. */
static void append_contents(struct text_builder *out, const char *path,
			    const struct experiment *experiment)
{
	size_t expectations = 0;

	for (size_t i = 0; i < experiment->step_count; i++)
		expectations += is_expectation(experiment->steps[i].verb);
	text_append_harmless(out, path, strlen(path));
	text_append_format(out, ": %zu step%s, %zu expectation%s\n",
			   experiment->step_count - expectations,
			   experiment->step_count - expectations == 1 ? "" : "s", expectations,
			   expectations == 1 ? "" : "s");
}

/* Also one built in, by its name: as good an example as any. */
static bool check(const char *word, struct text_builder *out)
{
	struct lab_source source;
	struct experiment *experiment;

	if (lab_source_open(word, &source) != EXIT_DONE)
		return false;
	experiment = lab_source_parse(&source);
	if (experiment)
		append_contents(out, word, experiment);
	lab_source_finish(&source);
	experiment_destroy(experiment);
	return experiment != NULL;
}

enum exit_status lab_check(const struct lab_options *options)
{
	enum exit_status status = EXIT_DONE;
	struct text_builder out;

	text_builder_init(&out, LIST_MAX_BYTES);
	for (size_t i = 0; i < options->operand_count; i++) {
		if (!check(options->operands[i], &out) ||
		    !lab_output_write(text_builder_text(&out), out.length))
			status = EXIT_NOT_DONE;
		text_builder_clear(&out);
	}
	text_builder_finish(&out);
	return status;
}
