#include "tcp_lab/experiment.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void finish_step(struct step *step)
{
	free(step->text);
	free(step->bytes.bytes);
	free(step->expectation);
}

static void finish_translation(struct experiment_translation *translation)
{
	free(translation->title);
	free(translation->question);
	free(translation->explanation);
}

void experiment_destroy(struct experiment *experiment)
{
	if (!experiment)
		return;
	for (size_t i = 0; i < experiment->step_count; i++)
		finish_step(&experiment->steps[i]);
	free(experiment->steps);
	for (size_t i = 0; i < experiment->translation_count; i++)
		finish_translation(&experiment->translations[i]);
	free(experiment->translations);
	free(experiment->explanation);
	free(experiment->question);
	free(experiment->title);
	free(experiment->name);
	free(experiment);
}

const struct experiment_translation *experiment_translated(const struct experiment *experiment,
							   const char *language)
{
	const struct experiment_translation *other_region = NULL;
	size_t length = strcspn(language, "-");

	for (size_t i = 0; i < experiment->translation_count; i++) {
		const struct experiment_translation *translation = &experiment->translations[i];
		const char *tag = translation->language;

		if (strcasecmp(tag, language) == 0)
			return translation;
		if (!other_region && strncasecmp(tag, language, length) == 0 &&
		    (tag[length] == '\0' || tag[length] == '-'))
			other_region = translation;
	}
	return other_region;
}

const char *experiment_name_of(const char *path, size_t *length)
{
	static const char ending[] = ".lab";
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t ending_length = sizeof(ending) - 1;

	*length = strlen(name);
	if (*length > ending_length && strcmp(name + *length - ending_length, ending) == 0)
		*length -= ending_length;
	return name;
}
