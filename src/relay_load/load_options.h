/* The command line of a load program, from words to a plan. Any thread. */
#ifndef WIRETALE_RELAY_LOAD_LOAD_OPTIONS_H
#define WIRETALE_RELAY_LOAD_LOAD_OPTIONS_H

#include "relay_load/load_plan.h"

struct load_options {
	struct load_plan plan;
	const char *dialect; /* borrowed; --dialect, or NULL */
	bool json;
	bool help;         /* --help: nothing else was looked at */
	bool has_kind;     /* what is to be measured was named */
	unsigned given;    /* a bit for each option that was given */
	char problem[256]; /* a sentence without its full stop, where something gave false */
};

/*
 * From options to a plan: begin, set and kind for each that is given, end. The plan borrows the
 * values. `server` is used where there is no --server. False: wrong usage.
 */
void load_options_begin(struct load_options *out, const char *server);
bool load_options_set(struct load_options *out, const char *name, const char *value);
bool load_options_kind(struct load_options *out, const char *word);
bool load_options_end(struct load_options *out);

/*
 * The same for those who have no other reader of command lines: `count` words, those behind the
 * program's name: the kind, and options as "--window 8" or "--window=8". --dialect is only an
 * option where takes_dialect says so.
 */
bool load_options_read(int count, char **words, const char *server, bool takes_dialect,
		       struct load_options *out);

#endif
