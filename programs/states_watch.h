/*
 * Looking again and again: `wiretale states --watch`. Waits for the next look, and for what may
 * come before: an end (Ctrl-C, q, SIGTERM), a pause (Ctrl-Z), another size of the terminal. On a
 * terminal it has a screen of its own, and gives back what was there. One thread.
 */
#ifndef WIRETALE_PROGRAMS_STATES_WATCH_H
#define WIRETALE_PROGRAMS_STATES_WATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

struct states_watch {
	int signals;           /* signalfd; owned */
	sigset_t mask_before;  /* of signals, to be given back */
	bool has_screen;       /* standard output is a terminal */
	bool has_keys;         /* standard input is a terminal: q ends, nothing is echoed */
	bool on_screen;        /* our screen is shown */
	struct termios before; /* of standard input; with has_keys */
	uint64_t next_ms;      /* clock_elapsed_ms() of the next look */
	uint64_t every_ms;
};

enum states_watch_event {
	STATES_WATCH_LOOK,   /* it is time */
	STATES_WATCH_REDRAW, /* what was shown is gone, or does not fit any more */
	STATES_WATCH_END,
};

/* 0 or -errno. The screen is taken at once. */
int states_watch_begin(struct states_watch *watch, uint64_t every_ms);
void states_watch_end(struct states_watch *watch);

enum states_watch_event states_watch_wait(struct states_watch *watch);

#endif
