#include "programs/trace_problems.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void trace_problems_finish(struct trace_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		free(problems->sentences[i]);
	*problems = (struct trace_problems){ 0 };
}

void trace_problem(struct trace_problems *problems, const char *format, ...)
{
	va_list values;
	char *sentence = NULL;
	int length;

	if (problems->count >= TRACE_PROBLEMS_MAX - 1) {
		problems->left_out++;
		return;
	}
	va_start(values, format);
	length = vasprintf(&sentence, format, values);
	va_end(values);
	if (length < 0)
		problems->left_out++;
	else
		problems->sentences[problems->count++] = sentence;
}

void trace_problems_close(struct trace_problems *problems)
{
	char *sentence = NULL;

	if (problems->left_out == 0 || problems->count >= TRACE_PROBLEMS_MAX)
		return;
	if (asprintf(&sentence, "%zu more of such", problems->left_out) >= 0)
		problems->sentences[problems->count++] = sentence;
}
