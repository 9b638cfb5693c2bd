#include "programs/lab_transcript.h"

#include <stdlib.h>
#include <string.h>

#include "programs/lab_events.h"
#include "programs/lab_printed.h"

/* A line, and how many behind it are not told since they are like it. */
struct item {
	struct lab_printed_line line;
	uint64_t alike;
};

/* One program's output on its way into the transcript. */
struct teller {
	struct lab_printed printed;
	int64_t *typed_ns; /* owned */
	size_t items;      /* all that there are */
	size_t told;       /* of them, or left out */
	bool told_drop;
	bool has_next;
	struct lab_entry next;
};

struct lab_transcript {
	const struct lab_record *record;
	bool whole;
	struct lab_event *events;  /* owned; the cable's */
	struct lab_entry *moments; /* owned; all but what was printed, by time */
	size_t moment_count;
	size_t next_moment;
	struct teller *tellers; /* owned; one for each program */
};

/* ---- moments ---- */

/* Whom the step spoke to: the latest of that name; program_count: nobody. */
static size_t program_of(const struct lab_record *record, const struct step *step, int64_t at_ns)
{
	for (size_t i = record->program_count; i > 0; i--) {
		const struct lab_program_result *program = &record->programs[i - 1];

		if (program->host == step->host && program->began_ns <= at_ns &&
		    strcmp(program->name, step->name) == 0)
			return i - 1;
	}
	return record->program_count;
}

static bool has_moment(const struct lab_step_result *result)
{
	enum step_verb verb = result->step ? result->step->verb : STEP_SOCKET;

	return result->done && result->held &&
	       (verb == STEP_TYPE || verb == STEP_END_INPUT || verb == STEP_KILL);
}

static struct lab_entry moment_of_step(const struct lab_record *record,
				       const struct lab_step_result *result)
{
	const struct step *step = result->step;
	struct lab_entry moment = {
		.kind = LAB_ENTRY_TYPED,
		.at_ns = result->ended_ns,
		.program = program_of(record, step, result->ended_ns),
		.text = step->bytes.bytes,
		.length = step->bytes.length,
	};

	if (step->verb == STEP_TYPE)
		return moment;
	moment.kind = step->verb == STEP_KILL ? LAB_ENTRY_SIGNALLED : LAB_ENTRY_INPUT_ENDED;
	moment.signal = step->number;
	moment.text = "";
	moment.length = 0;
	return moment;
}

static void add_moment(struct lab_transcript *transcript, const struct lab_entry *moment)
{
	transcript->moments[transcript->moment_count++] = *moment;
}

static void add_steps(struct lab_transcript *transcript)
{
	const struct lab_record *record = transcript->record;
	size_t steps = record->steps ? record->experiment->step_count : 0;

	for (size_t i = 0; i < steps; i++) {
		struct lab_entry moment;

		if (!has_moment(&record->steps[i]))
			continue;
		moment = moment_of_step(record, &record->steps[i]);
		if (moment.program < record->program_count)
			add_moment(transcript, &moment);
	}
}

static void add_cable(struct lab_transcript *transcript, size_t count)
{
	static const char who[] = "cable ";

	for (size_t i = 0; i < count; i++) {
		const char *text = transcript->events[i].text;
		bool named = strncmp(text, who, strlen(who)) == 0;
		struct lab_entry moment = {
			.kind = LAB_ENTRY_CABLE,
			.at_ns = transcript->events[i].at_ns,
			.program = transcript->record->program_count,
			.text = named ? text + strlen(who) : text,
		};

		if (strcmp(moment.text, "restore") == 0)
			moment.text = "restored";
		moment.length = strlen(moment.text);
		add_moment(transcript, &moment);
	}
}

static void add_programs(struct lab_transcript *transcript)
{
	const struct lab_record *record = transcript->record;

	for (size_t i = 0; i < record->program_count; i++) {
		const struct lab_program_result *program = &record->programs[i];
		const struct lab_entry started = {
			.kind = LAB_ENTRY_STARTED,
			.at_ns = program->began_ns,
			.program = i,
			.text = program->command,
			.length = strlen(program->command),
		};
		const struct lab_entry ended = { .kind = LAB_ENTRY_ENDED,
						 .at_ns = program->ended_ns,
						 .program = i };

		add_moment(transcript, &started);
		if (program->ended)
			add_moment(transcript, &ended);
	}
}

/* A stable order: they are nearly sorted, and few. */
static void sort(struct lab_entry *moments, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct lab_entry moment = moments[i];
		size_t at = i;

		for (; at > 0 && moments[at - 1].at_ns > moment.at_ns; at--)
			moments[at] = moments[at - 1];
		moments[at] = moment;
	}
}

static bool make_moments(struct lab_transcript *transcript)
{
	const struct lab_record *record = transcript->record;
	size_t events;

	transcript->events = lab_events_make(record, LAB_EVENTS_OF_CABLE, &events);
	if (!transcript->events)
		return false;
	transcript->moments =
		calloc(record->experiment->step_count + 2 * record->program_count + events + 1,
		       sizeof(*transcript->moments));
	if (!transcript->moments)
		return false;
	add_programs(transcript);
	add_cable(transcript, events);
	add_steps(transcript);
	sort(transcript->moments, transcript->moment_count);
	return true;
}

/* ---- what was printed ---- */

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

static size_t digits(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length && is_digit(text[count]))
		count++;
	return count;
}

/* They differ in numbers only. */
static bool are_alike(const struct lab_printed_line *one, const struct lab_printed_line *other)
{
	size_t at_one = 0;
	size_t at_other = 0;

	while (at_one < one->length && at_other < other->length) {
		size_t number = digits(one->text + at_one, one->length - at_one);
		size_t other_number = digits(other->text + at_other, other->length - at_other);

		if ((number > 0) != (other_number > 0))
			return false;
		if (number == 0 && one->text[at_one] != other->text[at_other])
			return false;
		at_one += number > 0 ? number : 1;
		at_other += number > 0 ? other_number : 1;
	}
	return at_one == one->length && at_other == other->length;
}

static bool take_item(struct lab_printed *printed, bool whole, struct item *out)
{
	struct lab_printed ahead;
	struct lab_printed kept;
	struct lab_printed_line line;
	int64_t before_ns;

	*out = (struct item){ 0 };
	if (!lab_printed_next(printed, &out->line))
		return false;
	if (whole)
		return true;
	before_ns = out->line.at_ns;
	ahead = kept = *printed;
	while (lab_printed_next(&ahead, &line) &&
	       line.at_ns - before_ns <= LAB_TRANSCRIPT_ALIKE_NS && are_alike(&out->line, &line)) {
		before_ns = line.at_ns;
		kept = ahead;
		out->alike++;
	}
	if (out->alike < LAB_TRANSCRIPT_ALIKE_LINES)
		out->alike = 0;
	else
		*printed = kept;
	return true;
}

static struct lab_entry entry_of(const struct teller *teller, const struct item *item)
{
	return (struct lab_entry){
		.kind = LAB_ENTRY_PRINTED,
		.at_ns = item->line.at_ns,
		.untimed = item->line.untimed,
		.program = teller->next.program,
		.text = item->line.text,
		.length = item->line.length,
		.lines = item->alike,
	};
}

/* Those between the beginning and the end. */
static void leave_out(struct teller *teller)
{
	struct lab_entry left_out = { .kind = LAB_ENTRY_LEFT_OUT,
				      .program = teller->next.program,
				      .text = "" };
	struct item item;

	for (; teller->told + LAB_TRANSCRIPT_LAST_LINES < teller->items; teller->told++) {
		if (!take_item(&teller->printed, false, &item))
			break;
		if (left_out.lines == 0) {
			left_out.at_ns = item.line.at_ns;
			left_out.untimed = item.line.untimed;
		}
		left_out.lines += 1 + item.alike;
	}
	teller->next = left_out;
}

/* Makes teller->next. */
static void look_ahead(struct teller *teller, bool whole)
{
	struct item item;

	teller->has_next = true;
	if (!whole && teller->told == LAB_TRANSCRIPT_FIRST_LINES &&
	    teller->items > LAB_TRANSCRIPT_FIRST_LINES + LAB_TRANSCRIPT_LAST_LINES) {
		leave_out(teller);
	} else if (take_item(&teller->printed, whole, &item)) {
		teller->next = entry_of(teller, &item);
		teller->told++;
	} else if (teller->printed.program->output_dropped > 0 && !teller->told_drop) {
		teller->next.kind = LAB_ENTRY_DROPPED;
		teller->told_drop = true;
	} else {
		teller->has_next = false;
	}
}

static bool note_typing(const struct lab_transcript *transcript, size_t program,
			struct teller *teller, size_t *count)
{
	*count = 0;
	teller->typed_ns = calloc(transcript->moment_count + 1, sizeof(*teller->typed_ns));
	if (!teller->typed_ns)
		return false;
	for (size_t i = 0; i < transcript->moment_count; i++) {
		const struct lab_entry *moment = &transcript->moments[i];

		if (moment->kind == LAB_ENTRY_TYPED && moment->program == program)
			teller->typed_ns[(*count)++] = moment->at_ns;
	}
	return true;
}

static bool begin_teller(const struct lab_transcript *transcript, size_t program)
{
	struct teller *teller = &transcript->tellers[program];
	struct lab_printed all;
	struct item item;
	size_t typed_count;

	if (!note_typing(transcript, program, teller, &typed_count))
		return false;
	teller->printed = lab_printed_begin(&transcript->record->programs[program],
					    teller->typed_ns, typed_count);
	all = teller->printed;
	while (!transcript->whole && take_item(&all, false, &item))
		teller->items++;
	teller->next.program = program;
	teller->next.text = "";
	look_ahead(teller, transcript->whole);
	return true;
}

/* ---- together ---- */

struct lab_transcript *lab_transcript_create(const struct lab_record *record, bool whole)
{
	struct lab_transcript *transcript = calloc(1, sizeof(*transcript));

	if (!transcript)
		return NULL;
	transcript->record = record;
	transcript->whole = whole;
	transcript->tellers = calloc(record->program_count + 1, sizeof(*transcript->tellers));
	if (!transcript->tellers || !make_moments(transcript))
		goto destroy;
	for (size_t i = 0; i < record->program_count; i++) {
		if (!begin_teller(transcript, i))
			goto destroy;
	}
	return transcript;

destroy:
	lab_transcript_destroy(transcript);
	return NULL;
}

void lab_transcript_destroy(struct lab_transcript *transcript)
{
	if (!transcript)
		return;
	for (size_t i = 0; transcript->tellers && i < transcript->record->program_count; i++)
		free(transcript->tellers[i].typed_ns);
	free(transcript->tellers);
	free(transcript->moments);
	free(transcript->events);
	free(transcript);
}

/* The one whose next line is the earliest; NULL: none has one. */
static struct teller *earliest(const struct lab_transcript *transcript)
{
	struct teller *found = NULL;

	for (size_t i = 0; i < transcript->record->program_count; i++) {
		struct teller *teller = &transcript->tellers[i];

		if (teller->has_next && (!found || teller->next.at_ns < found->next.at_ns))
			found = teller;
	}
	return found;
}

/* What it printed before it ended stands before its end, at the same time too. */
static bool is_before(const struct lab_entry *moment, const struct lab_entry *line)
{
	if (moment->at_ns == line->at_ns)
		return moment->kind != LAB_ENTRY_ENDED;
	return moment->at_ns < line->at_ns;
}

bool lab_transcript_next(struct lab_transcript *transcript, struct lab_entry *out)
{
	struct teller *teller = earliest(transcript);
	bool has_moment_left = transcript->next_moment < transcript->moment_count;
	const struct lab_entry *moment = &transcript->moments[transcript->next_moment];

	if (!teller && !has_moment_left)
		return false;
	if (!teller || (has_moment_left && is_before(moment, &teller->next))) {
		transcript->next_moment++;
		*out = *moment;
		return true;
	}
	*out = teller->next;
	look_ahead(teller, transcript->whole);
	return true;
}

bool lab_transcript_has_typing(const struct lab_record *record)
{
	size_t steps = record->steps ? record->experiment->step_count : 0;

	for (size_t i = 0; i < steps; i++) {
		if (has_moment(&record->steps[i]) && record->steps[i].step->verb == STEP_TYPE)
			return true;
	}
	return false;
}

size_t lab_transcript_namesake(const struct lab_record *record, size_t program)
{
	size_t i = 0;

	while (i < program &&
	       (record->programs[i].host != record->programs[program].host ||
		strcmp(record->programs[i].name, record->programs[program].name) != 0))
		i++;
	return i;
}
