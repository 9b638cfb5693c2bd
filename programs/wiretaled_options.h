/* What wiretaled says of itself; also read by wiretale, which writes the man pages of both. */
#ifndef WIRETALE_PROGRAMS_WIRETALED_OPTIONS_H
#define WIRETALE_PROGRAMS_WIRETALED_OPTIONS_H

#include "programs/command.h"

enum wiretaled_option {
	WIRETALED_LISTEN = OPTION_FIRST_KEY,
	WIRETALED_CLASSIC,
	WIRETALED_NAME,
	WIRETALED_WORKERS,
	WIRETALED_GROUP,
	WIRETALED_MAX_CLIENTS,
	WIRETALED_MAX_PER_ADDRESS,
	WIRETALED_MAX_BODY,
	WIRETALED_KEEPALIVE,
	WIRETALED_RATE,
	WIRETALED_LOG,
	WIRETALED_VERSION,
};

/* Its run is NULL: wiretaled.c has a main() of its own. */
extern const struct command wiretaled_command;

#endif
