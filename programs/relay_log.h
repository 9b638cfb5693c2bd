/*
 * The server's log: lines on standard error, written by a thread of its own, so that a
 * slow terminal or pipe never holds a worker up. Lines that find no room are counted and
 * told of later. Any thread.
 */
#ifndef WIRETALE_PROGRAMS_RELAY_LOG_H
#define WIRETALE_PROGRAMS_RELAY_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "relay_server/relay_server.h"

enum relay_log_level {
	RELAY_LOG_ERROR,  /* what the machine refuses */
	RELAY_LOG_WARN,   /* connections turned away */
	RELAY_LOG_NOTICE, /* who came and left, and why */
	RELAY_LOG_INFO,   /* what each asked, where each message went */
	RELAY_LOG_DEBUG,  /* what became of each message */
};

struct relay_log;

/* False: the word names no level. */
bool relay_log_level_parse(const char *word, enum relay_log_level *out);

/* NULL: out of memory, or no thread to be had. */
struct relay_log *relay_log_create(void);

/* A line of the program's own. */
void relay_log_say(struct relay_log *log, const char *text);

/*
 * Writes what is left, and ends the thread. Where nobody takes what is written, it gives
 * up after a second: the log is then never freed, for the thread still holds it.
 */
void relay_log_destroy(struct relay_log *log);

/* The kinds of events that the level shows: relay_server_config.event_mask. */
uint32_t relay_log_event_mask(enum relay_log_level level);

/* relay_server_config.event, with the log as its context. */
void relay_log_event(void *context, const struct relay_event *event);

#endif
