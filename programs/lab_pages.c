#include "programs/lab_pages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "programs/lab_output.h"
#include "programs/one_shot.h"
#include "programs/page_file.h"
#include "programs/whole_file.h"
#include "report/page_index.h"

/* "pages" and "pages/" are the same folder. */
static bool ends_with_slash(const char *where)
{
	return where[strlen(where) - 1] == '/';
}

/* A file with words that are not ours. What cannot be read is met when it is to be written. */
static bool is_foreign_index(const char *path)
{
	char beginning[PAGE_INDEX_MARK_WITHIN + 1];
	struct stat there;
	size_t length;
	FILE *file;

	if (stat(path, &there) != 0 || !S_ISREG(there.st_mode) || there.st_size == 0)
		return false;
	file = fopen(path, "re");
	if (!file)
		return false;
	length = fread(beginning, 1, sizeof(beginning) - 1, file);
	(void)fclose(file);
	return !memmem(beginning, length, PAGE_INDEX_MARK, strlen(PAGE_INDEX_MARK));
}

static enum exit_status prepare_folder(const char *where)
{
	const struct lab_pages pages = { .where = where, .is_folder = true };
	char index[PATH_MAX];

	if (!lab_output_folder("report", where))
		return EXIT_NOT_DONE;
	if (lab_pages_path(&pages, LAB_PAGES_INDEX, index) && is_foreign_index(index)) {
		one_shot_complain(
			"lab: --report: %s is there already, and not known as one of ours: choose "
			"another folder, or move that file away",
			index);
		return EXIT_NOT_DONE;
	}
	if (access(where, W_OK | X_OK) == 0)
		return EXIT_DONE;
	one_shot_complain("lab: --report %s: %s", where, strerror(errno));
	return EXIT_NOT_DONE;
}

/* Before the experiment runs, which may take long. */
static enum exit_status prepare_file(const char *where)
{
	int error = whole_file_try(where);

	if (error == 0)
		return EXIT_DONE;
	one_shot_complain("lab: --report %s: %s", where, whole_file_why(-error));
	return EXIT_NOT_DONE;
}

enum exit_status lab_pages_prepare(const char *where, bool several, struct lab_pages *out)
{
	struct stat there;

	*out = (struct lab_pages){ .where = where };
	if (!where)
		return EXIT_DONE;
	if (!page_file_possible("lab"))
		return EXIT_ENVIRONMENT;
	out->is_folder = several || ends_with_slash(where) ||
			 (stat(where, &there) == 0 && S_ISDIR(there.st_mode));
	return out->is_folder ? prepare_folder(where) : prepare_file(where);
}

bool lab_pages_path(const struct lab_pages *pages, const char *name, char out[PATH_MAX])
{
	int length;

	if (!pages->is_folder)
		length = snprintf(out, PATH_MAX, "%s", pages->where);
	else
		length = snprintf(out, PATH_MAX, "%s%s%s" LAB_PAGES_ENDING, pages->where,
				  ends_with_slash(pages->where) ? "" : "/", name);
	return length < PATH_MAX;
}

void lab_pages_say(const struct lab_pages *pages, const struct lab_outcome *outcome)
{
	const char *line = outcome->page_said;

	while (*line) {
		size_t length = strcspn(line, "\n");
		bool is_last = line[length] == '\0';

		if (!is_last || !pages->is_folder)
			one_shot_complain("%.*s", (int)length, line);
		line += is_last ? length : length + 1;
	}
}
