#include "programs/lab_transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_builder.h"
#include "support/unit_test.h"

#define MS INT64_C(1000000)
#define SCENE_STEPS 8u
#define SCENE_PROGRAMS 2u

/* A record as a run leaves it: two programs, what was typed to them, and a cable. */
struct scene {
	struct step steps[SCENE_STEPS];
	struct lab_step_result results[SCENE_STEPS];
	struct experiment experiment;
	struct lab_program_result programs[SCENE_PROGRAMS];
	struct program_output outputs[SCENE_PROGRAMS];
	struct lab_record record;
};

static void begin(struct scene *scene, size_t programs)
{
	static const char *const names[SCENE_PROGRAMS] = { "ann", "bob" };

	memset(scene, 0, sizeof(*scene));
	scene->experiment.steps = scene->steps;
	scene->record.experiment = &scene->experiment;
	scene->record.steps = scene->results;
	scene->record.programs = scene->programs;
	scene->record.program_count = programs;
	for (size_t i = 0; i < programs; i++) {
		program_output_init(&scene->outputs[i], 100000);
		scene->programs[i].host = LAB_CLIENT;
		scene->programs[i].command = "cmd";
		scene->programs[i].ran = true;
		(void)snprintf(scene->programs[i].name, LAB_NAME_BYTES, "%s", names[i]);
	}
}

static void end(struct scene *scene)
{
	for (size_t i = 0; i < SCENE_PROGRAMS; i++)
		program_output_finish(&scene->outputs[i]);
}

static void prints(struct scene *scene, size_t program, int64_t at_ms, const char *text)
{
	program_output_add(&scene->outputs[program], text, strlen(text), at_ms * MS);
}

static void does(struct scene *scene, enum step_verb verb, const char *name, int64_t at_ms,
		 char *text)
{
	size_t i = scene->experiment.step_count++;

	assert_true(i < SCENE_STEPS);
	scene->steps[i] = (struct step){ .verb = verb,
					 .text = text,
					 .host = LAB_CLIENT,
					 .has_host = *name != '\0',
					 .after_ns = strncmp(text, "after ", 6) == 0,
					 .number = 15,
					 .bytes = { .bytes = text, .length = strlen(text) } };
	(void)snprintf(scene->steps[i].name, LAB_NAME_BYTES, "%s", name);
	scene->results[i] = (struct lab_step_result){ .step = &scene->steps[i],
						      .done = true,
						      .held = true,
						      .began_ns = at_ms * MS,
						      .ended_ns = at_ms * MS };
}

static void tell(const struct lab_entry *entry, size_t programs, struct text_builder *out)
{
	static const char marks[] = { [LAB_ENTRY_STARTED] = '$',     [LAB_ENTRY_TYPED] = '>',
				      [LAB_ENTRY_INPUT_ENDED] = '/', [LAB_ENTRY_SIGNALLED] = '!',
				      [LAB_ENTRY_PRINTED] = '|',     [LAB_ENTRY_LEFT_OUT] = '.',
				      [LAB_ENTRY_DROPPED] = '-',     [LAB_ENTRY_ENDED] = '#',
				      [LAB_ENTRY_CABLE] = '*' };

	text_append_format(out, "%lld%s %s%c%.*s", (long long)(entry->at_ns / MS),
			   entry->untimed ? "?" : "",
			   entry->program == programs ? "cable"
			   : entry->program == 0      ? "ann"
						      : "bob",
			   marks[entry->kind], (int)entry->length, entry->text ? entry->text : "");
	if (entry->lines > 0)
		text_append_format(out, " (%llu)", (unsigned long long)entry->lines);
	text_append(out, "\n");
}

/* What the transcript says. The caller frees it. */
static char *all_that_is_told(struct scene *scene, bool whole)
{
	struct lab_transcript *transcript;
	struct lab_entry entry;
	struct text_builder out;
	char *told;

	for (size_t i = 0; i < scene->record.program_count; i++) {
		scene->programs[i].output = scene->outputs[i].bytes;
		scene->programs[i].output_length = scene->outputs[i].length;
		scene->programs[i].output_dropped = scene->outputs[i].dropped;
		scene->programs[i].marks = scene->outputs[i].marks;
		scene->programs[i].mark_count = scene->outputs[i].mark_count;
		scene->programs[i].timed_length = scene->outputs[i].timed_length;
	}
	text_builder_init(&out, 1000000);
	transcript = lab_transcript_create(&scene->record, whole);
	assert_non_null(transcript);
	while (lab_transcript_next(transcript, &entry))
		tell(&entry, scene->record.program_count, &out);
	lab_transcript_destroy(transcript);
	told = strdup(text_builder_text(&out));
	text_builder_finish(&out);
	assert_non_null(told);
	return told;
}

static void assert_tells(struct scene *scene, const char *wanted)
{
	char *told = all_that_is_told(scene, false);

	assert_string_equal(told, wanted);
	free(told);
}

static void all_of_it_is_in_the_order_of_time(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 2);
	scene.programs[1].began_ns = 2 * MS;
	prints(&scene, 0, 1, "ready\n");
	prints(&scene, 1, 3, "ready, too\n");
	does(&scene, STEP_TYPE, "ann", 4, (char[]){ "hello" });
	prints(&scene, 1, 5, "got hello\nand more\n");
	prints(&scene, 0, 6, "sent\n");
	does(&scene, STEP_CABLE_CUT, "", 7, (char[]){ "after 2s: cable cut" });
	does(&scene, STEP_CABLE_RESTORE, "", 8, (char[]){ "cable restore" });
	does(&scene, STEP_END_INPUT, "bob", 9, (char[]){ "client.bob end input" });
	does(&scene, STEP_KILL, "bob", 10, (char[]){ "client.bob kill" });
	scene.programs[1].ended = true;
	scene.programs[1].ended_ns = 11 * MS;
	prints(&scene, 1, 11, "last words");
	assert_tells(&scene, "0 ann$cmd\n1 ann|ready\n2 bob$cmd\n3 bob|ready, too\n4 ann>hello\n"
			     "5 bob|got hello\n5 bob|and more\n6 ann|sent\n7 cable*cut\n"
			     "8 cable*restored\n9 bob/\n10 bob!\n11 bob|last words\n11 bob#\n");
	assert_true(lab_transcript_has_typing(&scene.record));
	end(&scene);
}

static void what_was_not_typed_is_not_told(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 1);
	does(&scene, STEP_TYPE, "ann", 4, (char[]){ "hello" });
	scene.results[0].held = false; /* it reads no more */
	does(&scene, STEP_TYPE, "bob", 4, (char[]){ "to nobody" });
	assert_tells(&scene, "0 ann$cmd\n");
	end(&scene);
}

static void a_line_in_pieces_is_one_line_of_the_time_it_began(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 1);
	prints(&scene, 0, 1, "one ");
	prints(&scene, 0, 3, "line");
	prints(&scene, 0, 5, "\nnext");
	prints(&scene, 0, 7, "\n");
	assert_tells(&scene, "0 ann$cmd\n1 ann|one line\n5 ann|next\n");
	end(&scene);
}

static void what_is_typed_behind_a_prompt_stands_behind_it(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 1);
	prints(&scene, 0, 1, "Name: ");
	does(&scene, STEP_TYPE, "ann", 2, (char[]){ "Ann" });
	prints(&scene, 0, 3, "Age: ");
	does(&scene, STEP_TYPE, "ann", 4, (char[]){ "30" });
	prints(&scene, 0, 5, "\nThank ");
	prints(&scene, 0, 6, "you\n");
	assert_tells(
		&scene,
		"0 ann$cmd\n1 ann|Name: \n2 ann>Ann\n3 ann|Age: \n4 ann>30\n5 ann|Thank you\n");
	end(&scene);
}

static void a_program_that_is_started_again_is_spoken_to_as_the_latest(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 2);
	(void)snprintf(scene.programs[1].name, LAB_NAME_BYTES, "ann");
	scene.programs[1].began_ns = 5 * MS;
	does(&scene, STEP_TYPE, "ann", 4, (char[]){ "to the first" });
	does(&scene, STEP_TYPE, "ann", 6, (char[]){ "to the second" });
	assert_tells(&scene, "0 ann$cmd\n4 ann>to the first\n5 bob$cmd\n6 bob>to the second\n");
	assert_int_equal(lab_transcript_namesake(&scene.record, 1), 0);
	end(&scene);
}

static void many_lines_in_a_row_that_differ_in_numbers_only_are_told_by_the_first(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 1);
	for (int i = 1; i <= 100; i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "request %d of 100\n", i);
		prints(&scene, 0, 10 + i, line);
	}
	prints(&scene, 0, 200, "request done\n");
	assert_tells(&scene, "0 ann$cmd\n11 ann|request 1 of 100 (99)\n200 ann|request done\n");
	end(&scene);
}

static void those_that_came_slowly_or_are_few_are_all_told(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 2);
	for (int i = 1; i <= 10; i++)
		prints(&scene, 0, 30 * (int64_t)i, "tick 1\n");
	prints(&scene, 1, 1000, "1\n2\n3\n4\n5\n6\n7\n8\n");
	assert_tells(&scene,
		     "0 ann$cmd\n0 bob$cmd\n30 ann|tick 1\n60 ann|tick 1\n90 ann|tick 1\n"
		     "120 ann|tick 1\n150 ann|tick 1\n180 ann|tick 1\n210 ann|tick 1\n"
		     "240 ann|tick 1\n270 ann|tick 1\n300 ann|tick 1\n1000 bob|1\n1000 bob|2\n"
		     "1000 bob|3\n1000 bob|4\n1000 bob|5\n1000 bob|6\n1000 bob|7\n1000 bob|8\n");
	end(&scene);
}

/* "line a", "line b" ...: not alike. */
static void print_words(struct scene *scene, int count)
{
	for (int i = 0; i < count; i++) {
		char line[16];

		(void)snprintf(line, sizeof(line), "%c%c\n", 'a' + i / 26, 'a' + i % 26);
		prints(scene, 0, i, line);
	}
}

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		count++;
	return count;
}

static void of_long_output_beginning_and_end_are_told_and_how_much_is_not(void **state)
{
	struct scene scene;
	char *told;

	(void)state;
	begin(&scene, 1);
	print_words(&scene, 100);
	told = all_that_is_told(&scene, false);
	assert_int_equal(count_of(told, "|"),
			 LAB_TRANSCRIPT_FIRST_LINES + LAB_TRANSCRIPT_LAST_LINES);
	assert_non_null(strstr(told, "59 ann|ch\n60 ann. (20)\n80 ann|dc\n"));
	free(told);
	told = all_that_is_told(&scene, true);
	assert_int_equal(count_of(told, "|"), 100);
	assert_null(strstr(told, "ann."));
	free(told);
	end(&scene);

	begin(&scene, 1);
	print_words(&scene, LAB_TRANSCRIPT_FIRST_LINES + LAB_TRANSCRIPT_LAST_LINES);
	told = all_that_is_told(&scene, false);
	assert_int_equal(count_of(told, "|"), 80);
	assert_null(strstr(told, "ann."));
	free(told);
	end(&scene);
}

static void ceilings_of_output_and_of_its_times_are_told(void **state)
{
	struct scene scene;
	char *told;

	(void)state;
	begin(&scene, 1);
	for (uint32_t i = 0; i < LAB_OUTPUT_MARKS_MAX; i++)
		prints(&scene, 0, 1, "x\n");
	prints(&scene, 0, 7, "when?\n");
	scene.outputs[0].max_bytes = scene.outputs[0].length;
	prints(&scene, 0, 8, "too much\n");
	told = all_that_is_told(&scene, false);
	assert_string_equal(told, "0 ann$cmd\n1 ann|x (16383)\n1? ann|when?\n1? ann-when?\n");
	free(told);
	end(&scene);
}

static void output_without_any_time_does_no_harm(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, 1);
	scene.programs[0].began_ns = 3 * MS;
	prints(&scene, 0, 5, "a\n\nb");
	scene.outputs[0].mark_count = 0;
	scene.outputs[0].timed_length = 0;
	assert_tells(&scene, "3 ann$cmd\n3? ann|a\n3? ann|\n3? ann|b\n");
	end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_in_the_order_of_time),
		cmocka_unit_test(what_was_not_typed_is_not_told),
		cmocka_unit_test(a_line_in_pieces_is_one_line_of_the_time_it_began),
		cmocka_unit_test(what_is_typed_behind_a_prompt_stands_behind_it),
		cmocka_unit_test(a_program_that_is_started_again_is_spoken_to_as_the_latest),
		cmocka_unit_test(
			many_lines_in_a_row_that_differ_in_numbers_only_are_told_by_the_first),
		cmocka_unit_test(those_that_came_slowly_or_are_few_are_all_told),
		cmocka_unit_test(of_long_output_beginning_and_end_are_told_and_how_much_is_not),
		cmocka_unit_test(ceilings_of_output_and_of_its_times_are_told),
		cmocka_unit_test(output_without_any_time_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
