/* Sentences for people, on standard error: what went wrong. One thread. */
#ifndef WIRETALE_PROGRAMS_COMPLAINT_H
#define WIRETALE_PROGRAMS_COMPLAINT_H

#include <stdarg.h>

#include "programs/command.h"

/*
 * "wiretale: ", the sentence, and the line end; made harmless, and wrapped where it goes to a
 * terminal. `program` is "wiretale" or "wiretaled".
 */
void complaint_print(const char *program, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/* The same for a wrong command line, with where its help is. Returns EXIT_USAGE. */
enum exit_status complaint_usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
enum exit_status complaint_usage_in_full(const struct command *command, const char *format,
					 va_list arguments) __attribute__((format(printf, 2, 0)));

#endif
