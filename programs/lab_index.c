#include "programs/lab_index.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text_builder.h"
#include "programs/lab_list.h"
#include "programs/one_shot.h"
#include "programs/version.h"
#include "programs/whole_file.h"
#include "report/page_index.h"

#define INDEX_MAX_BYTES (16u * 1024 * 1024)
#define EARLIER_MAX 4096u /* rows that are kept; pages beyond stay, unlisted */
#define READ_BYTES 65536u
#define DATE_LENGTH 10u
#define MINUTES_LENGTH 16u /* of a time as RFC 3339 has it */

/* A row that will stand: of this run, or as an earlier one left it. */
struct entry {
	struct lab_place place;
	size_t order;                    /* among those of no place */
	const struct lab_index_row *row; /* NULL: earlier */
	struct page_index_earlier earlier;
};

struct entries {
	struct entry *all; /* owned */
	size_t count;
	size_t passed;
	size_t kept; /* of earlier runs */
};

static enum page_index_result result_of(const struct lab_index_row *row)
{
	if (!row->told)
		return PAGE_INDEX_NOT_TOLD;
	switch (row->outcome.verdict) {
	case LAB_PASSED:
		return PAGE_INDEX_PASSED;
	case LAB_STOPPED:
		return PAGE_INDEX_STOPPED;
	case LAB_NOT_POSSIBLE:
		return PAGE_INDEX_NOT_TOLD;
	case LAB_NOTHING_SAID:
	case LAB_FAILED:
		break;
	}
	return PAGE_INDEX_FAILED;
}

static void append_row(struct text_builder *out, const struct lab_index_row *row,
		       const char *created)
{
	const struct experiment *experiment = row->experiment;
	const struct experiment_translation *chinese = experiment_translated(experiment, "zh-CN");
	struct page_index_row told = {
		.name = experiment->name,
		.title = experiment->title,
		.question = experiment->question,
		.what = row->outcome.what,
		.created = created,
		.result = result_of(row),
		.duration_ns = row->outcome.duration_ns,
		.connection = row->outcome.connection,
	};
	char file[NAME_MAX + sizeof(LAB_PAGES_ENDING)];

	if (chinese) {
		told.chinese_title = chinese->title;
		told.chinese_question = chinese->question;
		told.chinese_language = chinese->language;
	}
	if (row->outcome.has_page && snprintf(file, sizeof(file), "%s" LAB_PAGES_ENDING,
					      experiment->name) < (int)sizeof(file))
		told.file = file;
	page_index_row(out, &told);
}

static int by_place(const void *one, const void *other)
{
	const struct entry *left = one;
	const struct entry *right = other;

	if (left->place.group != right->place.group)
		return left->place.group < right->place.group ? -1 : 1;
	if (left->place.place != right->place.place)
		return left->place.place < right->place.place ? -1 : 1;
	/* Those of no place stay as the command line has them. */
	return (left->order > right->order) - (left->order < right->order);
}

static void append_rows(struct text_builder *out, const struct entries *entries,
			const char *created)
{
	struct page_index_group heading;

	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->all[i];
		size_t group = entry->place.group;

		if ((i == 0 || entry[-1].place.group != group) && lab_list_group(group, &heading))
			page_index_group(out, &heading);
		if (entry->row)
			append_row(out, entry->row, created);
		else
			page_index_keep_row(out, &entry->earlier);
		if (i + 1 == entries->count || entry[1].place.group != group)
			page_index_group_end(out);
	}
}

/* ---- what earlier runs left ---- */

static bool is_among(const char *name, const struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->all[i];

		if (strcmp(entry->row ? entry->row->experiment->name : entry->earlier.name, name) ==
		    0)
			return true;
	}
	return false;
}

static bool has_page(const struct lab_pages *pages, const char *name)
{
	char path[PATH_MAX];

	return lab_pages_path(pages, name, path) && access(path, F_OK) == 0;
}

/* What cannot be read, or is too much, is nothing: its pages stay, and can be run again. */
static void read_earlier(const char *path, struct text_builder *out)
{
	struct stat there;
	FILE *file = NULL;
	char bytes[READ_BYTES];
	size_t length;

	if (stat(path, &there) == 0 && S_ISREG(there.st_mode)) /* a pipe would be waited for */
		file = fopen(path, "re");
	while (file && !out->truncated && (length = fread(bytes, 1, sizeof(bytes), file)) > 0)
		text_append_bytes(out, bytes, length);
	if (file)
		(void)fclose(file);
	if (out->truncated)
		text_builder_clear(out);
}

static void add_entry(struct entries *entries, const char *name, struct entry entry)
{
	entry.place = lab_list_place(name);
	entry.order = entries->count;
	entries->all[entries->count++] = entry;
}

/* Of those whose pages are there, and that were not run again. */
static void add_earlier(struct entries *entries, const struct text_builder *text,
			const struct lab_pages *pages)
{
	struct page_index_earlier earlier;
	size_t at = 0;

	while (entries->kept < EARLIER_MAX &&
	       page_index_earlier(text_builder_text(text), text->length, &at, &earlier)) {
		if (is_among(earlier.name, entries) || !has_page(pages, earlier.name))
			continue;
		add_entry(entries, earlier.name, (struct entry){ .earlier = earlier });
		entries->passed += earlier.passed;
		entries->kept++;
	}
}

/* False: out of memory. */
static bool collect(struct entries *entries, const struct lab_index_row *rows, size_t count,
		    const struct text_builder *earlier, const struct lab_pages *pages)
{
	entries->all = calloc(count + EARLIER_MAX, sizeof(*entries->all));
	if (!entries->all)
		return false;
	for (size_t i = 0; i < count; i++) {
		add_entry(entries, rows[i].experiment->name, (struct entry){ .row = &rows[i] });
		entries->passed += result_of(&rows[i]) == PAGE_INDEX_PASSED;
	}
	add_earlier(entries, earlier, pages);
	qsort(entries->all, entries->count, sizeof(*entries->all), by_place);
	return true;
}

/* ---- the file ---- */

static void append_index(struct text_builder *out, const struct entries *entries)
{
	struct page_index index = {
		.program = "wiretale " WIRETALE_VERSION,
		.count = entries->count,
		.passed = entries->passed,
	};
	char created[CLOCK_TEXT_BYTES];

	/* "2026-11-21 18:46": the rest of a second's precision is of use to nobody here. */
	clock_text(clock_wall_ns(), 0, 0, created);
	created[DATE_LENGTH] = ' ';
	created[MINUTES_LENGTH] = '\0';
	index.created = created;
	page_index_begin(out, &index);
	append_rows(out, entries, created);
	page_index_end(out);
}

/* 0 or -errno. */
static int write_whole(const char *path, const struct text_builder *text)
{
	struct whole_file *file;

	if (text->truncated)
		return -EFBIG;
	file = whole_file_open(path);
	if (!file)
		return -errno;
	if (fwrite(text_builder_text(text), 1, text->length, whole_file_stream(file)) <
	    text->length) {
		int error = -errno; /* which the stream does not keep */

		whole_file_abandon(file);
		return error;
	}
	return whole_file_close(file);
}

static void say_written(const char *path, const struct lab_index_row *rows, size_t count,
			size_t kept)
{
	size_t written = 0;

	for (size_t i = 0; i < count; i++)
		written += rows[i].outcome.has_page;
	if (written + kept == 0)
		one_shot_complain(
			"index written: %s; it leads to no page, as none could be written", path);
	else if (kept == 0)
		one_shot_complain("pages written: %s, and %zu that it leads to", path, written);
	else
		one_shot_complain("pages written: %s, and %zu that it leads to, beside %zu of "
				  "earlier runs",
				  path, written, kept);
}

bool lab_index_write(const struct lab_pages *pages, const struct lab_index_row *rows, size_t count)
{
	struct text_builder earlier;
	struct text_builder text;
	struct entries entries = { .count = 0 };
	char path[PATH_MAX];
	int error = -ENAMETOOLONG;

	if (!pages->where || !pages->is_folder)
		return true;
	text_builder_init(&earlier, INDEX_MAX_BYTES);
	text_builder_init(&text, INDEX_MAX_BYTES);
	if (lab_pages_path(pages, LAB_PAGES_INDEX, path)) {
		read_earlier(path, &earlier);
		error = -ENOMEM;
		if (collect(&entries, rows, count, &earlier, pages)) {
			append_index(&text, &entries);
			error = write_whole(path, &text);
		}
	}
	text_builder_finish(&text);
	text_builder_finish(&earlier);
	free(entries.all);
	if (error < 0)
		one_shot_complain("lab: --report: %s: %s", path, whole_file_why(-error));
	else
		say_written(path, rows, count, entries.kept);
	return error == 0;
}
