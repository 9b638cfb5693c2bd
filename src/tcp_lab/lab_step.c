#include "tcp_lab/lab_step.h"

#include <stdarg.h>
#include <stdio.h>

enum step_progress step_says(struct running_step *running, enum step_progress progress,
			     const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(running->result, sizeof(running->result), format, arguments);
	va_end(arguments);
	return progress;
}

enum step_progress step_called(struct running_step *running, int result)
{
	if (result >= 0)
		return STEP_DONE;
	running->error = -result;
	return STEP_ERRNO;
}

void step_take_sent(struct lab_stage *stage)
{
	bool more = true;

	for (int round = 0; more && round < 16; round++)
		more = lab_traffic_take(stage->traffic);
}
