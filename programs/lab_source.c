#include "programs/lab_source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nearest_word.h"
#include "programs/one_shot.h"
#include "tcp_lab/builtin_experiments.h"
#include "tcp_lab/lab_limits.h"

#define FILE_ENDING ".lab"

static bool names_a_file(const char *word)
{
	size_t length = strlen(word);

	return strchr(word, '/') || (length > strlen(FILE_ENDING) &&
				     strcmp(word + length - strlen(FILE_ENDING), FILE_ENDING) == 0);
}

void lab_source_of_builtin(size_t i, struct lab_source *out)
{
	const struct builtin_experiment *builtin = &builtin_experiments[i];

	*out = (struct lab_source){ .given = builtin->name,
				    .name = builtin->name,
				    .name_length = strlen(builtin->name),
				    .text = builtin->text,
				    .length = builtin->length };
}

static enum exit_status refuse_name(const char *word)
{
	const char **names = calloc(builtin_experiment_count + 1, sizeof(*names));
	const char *nearest = NULL;
	struct stat file;
	char path[PATH_MAX];

	for (size_t i = 0; names && i < builtin_experiment_count; i++)
		names[i] = builtin_experiments[i].name;
	if (names)
		nearest = nearest_word(word, names, builtin_experiment_count);
	free(names);
	if (snprintf(path, sizeof(path), "%s" FILE_ENDING, word) < (int)sizeof(path) &&
	    stat(path, &file) == 0)
		one_shot_complain("lab: there is no experiment %.256s; ./%.256s is a file: name it "
				  "so.",
				  word, path);
	else if (nearest)
		one_shot_complain("lab: there is no experiment %.256s; did you mean %s?", word,
				  nearest);
	else if (stat(word, &file) == 0)
		one_shot_complain("lab: there is no experiment %.256s. The file of that name is "
				  "meant by ./%.256s",
				  word, word);
	else
		one_shot_complain("lab: there is no experiment %.256s. See: wiretale lab list",
				  word);
	return EXIT_USAGE;
}

/* *length bytes, at most one more than an experiment may have. -errno. */
static int read_all(int fd, char *bytes, size_t *length)
{
	*length = 0;
	while (*length <= EXPERIMENT_MAX_BYTES) {
		ssize_t got = read(fd, bytes + *length, EXPERIMENT_MAX_BYTES + 1 - *length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		*length += (size_t)got;
	}
	return -EFBIG;
}

static enum exit_status refuse_file(const char *path, int error)
{
	if (error == -EFBIG)
		one_shot_complain("lab: %s: an experiment has at most %u bytes.", path,
				  EXPERIMENT_MAX_BYTES);
	else
		one_shot_complain("lab: %s: %s", path, strerror(-error));
	return EXIT_USAGE;
}

static enum exit_status open_file(const char *path, struct lab_source *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char *bytes = NULL;
	size_t length = 0;
	int error;

	if (fd < 0)
		return refuse_file(path, -errno);
	bytes = malloc(EXPERIMENT_MAX_BYTES + 1);
	error = bytes ? read_all(fd, bytes, &length) : -ENOMEM;
	(void)close(fd);
	if (error < 0) {
		free(bytes);
		return refuse_file(path, error);
	}
	*out = (struct lab_source){
		.given = path, .is_file = true, .text = bytes, .length = length, .owned = bytes
	};
	out->name = experiment_name_of(path, &out->name_length);
	return EXIT_DONE;
}

enum exit_status lab_source_open(const char *word, struct lab_source *out)
{
	*out = (struct lab_source){ 0 };
	if (names_a_file(word))
		return open_file(word, out);
	for (size_t i = 0; i < builtin_experiment_count; i++) {
		if (strcmp(builtin_experiments[i].name, word) == 0) {
			lab_source_of_builtin(i, out);
			return EXIT_DONE;
		}
	}
	return refuse_name(word);
}

void lab_source_finish(struct lab_source *source)
{
	free(source->owned);
	*source = (struct lab_source){ 0 };
}

struct experiment *lab_source_parse(const struct lab_source *source)
{
	char *name = strndup(source->name, source->name_length);
	struct experiment_problem problem = { .sentence = "out of memory" };
	struct experiment *experiment = NULL;

	if (name)
		experiment = experiment_parse(name, source->text, source->length, &problem);
	free(name);
	if (experiment)
		return experiment;
	/* FILE:LINE: as compilers say it: editors jump there. */
	if (problem.line > 0)
		one_shot_complain("%s:%u: %s", source->given, problem.line, problem.sentence);
	else
		one_shot_complain("%s: %s", source->given, problem.sentence);
	return NULL;
}
