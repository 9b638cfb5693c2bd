#include "capture/capture_problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void capture_problem_say(struct capture_problem *problem, uint64_t offset, bool unpacked,
			 const char *format, ...)
{
	va_list arguments;

	problem->offset = offset;
	problem->unpacked = unpacked;
	va_start(arguments, format);
	(void)vsnprintf(problem->sentence, sizeof(problem->sentence), format, arguments);
	va_end(arguments);
}

struct grouped grouped(uint64_t value)
{
	struct grouped result = { { 0 } };
	char backwards[sizeof(result.text)];
	size_t length = 0;
	unsigned digits = 0;

	do {
		if (digits > 0 && digits % 3 == 0)
			backwards[length++] = ',';
		backwards[length++] = (char)('0' + value % 10);
		value /= 10;
		digits++;
	} while (value > 0);
	for (size_t i = 0; i < length; i++)
		result.text[i] = backwards[length - 1 - i];
	return result;
}
