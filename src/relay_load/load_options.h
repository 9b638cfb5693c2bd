/* The command line of a load program, from words to a plan. Any thread. */
#ifndef WIRETALE_RELAY_LOAD_LOAD_OPTIONS_H
#define WIRETALE_RELAY_LOAD_LOAD_OPTIONS_H

#include "relay_load/load_plan.h"

struct load_options {
	struct load_plan plan;
	const char *dialect; /* borrowed; --dialect, or NULL */
	bool json;
	bool help;         /* --help: nothing else was looked at */
	char problem[256]; /* a sentence without its full stop, where reading returned false */
};

/*
 * Reads `count` words, those behind the program's (and the command's) name: the kind, and
 * options as "--window 8" or "--window=8". The plan borrows them. `server` is used where there
 * is no --server. --dialect is only an option where takes_dialect says so. False: wrong usage.
 */
bool load_options_read(int count, char **words, const char *server, bool takes_dialect,
		       struct load_options *out);

/* The part of a --help text that is about the kinds and options, lines and all. */
#define LOAD_OPTIONS_HELP                                                                          \
	"What is measured:\n"                                                                      \
	"  throughput    how many messages a second get through, with --window of each\n"          \
	"                sender on the way at a time. One counts when it was received, and\n"      \
	"                its place in the window is free again with the server's verdict\n"        \
	"  latency       how long a message takes, at a fixed --rate: each is due at its\n"        \
	"                time whatever became of those before, and its time counts from\n"         \
	"                then, so that a server that stalls can't hide it (open loop)\n"           \
	"  fan-out       one sender, a room of --members: until the last of them has it\n"         \
	"  connections   connect, be greeted, close: how many times a second\n"                    \
	"  idle          --connections that do nothing: what each costs the server's\n"            \
	"                memory, where --server-pid says which process that is. Start the\n"       \
	"                server anew for it: memory that it holds already does not show\n"         \
	"\n"                                                                                       \
	"  --pairs N             senders, each with a receiver of its own (1)\n"                   \
	"  --window N            messages of a sender on the way (1024; fan-out: 1)\n"             \
	"  --rate N              latency: messages a second, of all senders (2000)\n"              \
	"  --size BYTES          content of a message, 16 at least (64)\n"                         \
	"  --seconds S           measured time (3), after --warm-up S (0.5)\n"                     \
	"  --members N           fan-out: of the room (100)\n"                                     \
	"  --connections N       connections: at a time (16); idle: in all (1000)\n"               \
	"  --idle-beside N       so many more connections that do nothing\n"                       \
	"  --stalled N           so many more receivers that never read, each sent 1,000\n"        \
	"                        messages of 1,000 bytes a second\n"                               \
	"  --library             through the client library; else raw frames\n"                    \
	"  --server-pid PID      idle: the server's process\n"                                     \
	"  --json                one object, see wiretale(1)\n"

#endif
