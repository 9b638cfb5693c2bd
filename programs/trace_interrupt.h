/*
 * The first Ctrl-C (or SIGTERM, SIGHUP) ends the reading, and what was read is told and written; a
 * second one ends the program, and no half-written page stays. For the whole process.
 *
 *   trace_interrupt_begin();
 *   while (!trace_interrupt_came()) read what comes; waiting for trace_interrupt_fd() too
 */
#ifndef WIRETALE_PROGRAMS_TRACE_INTERRUPT_H
#define WIRETALE_PROGRAMS_TRACE_INTERRUPT_H

#include <stdbool.h>

/* A SIGHUP that is ignored (nohup) stays so. */
void trace_interrupt_begin(void);

bool trace_interrupt_came(void);

/* Can be read once it came: for who waits. -1: there is none, as before trace_interrupt_begin(). */
int trace_interrupt_fd(void);

#endif
