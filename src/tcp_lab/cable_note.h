/* Notes of what was done to a packet: short texts of which the end may be missing. Any thread. */
#ifndef WIRETALE_TCP_LAB_CABLE_NOTE_H
#define WIRETALE_TCP_LAB_CABLE_NOTE_H

#include <stddef.h>

/* Adds to a zero-terminated text, behind "; " where there is one. What has no room is cut off, at
 * the end of a character. */
void cable_note_add(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
