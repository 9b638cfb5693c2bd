/*
 * The states that one end of a connection went through, as its kernel was seen in them, and whether
 * these are the expected ones. Pure; one thread.
 */
#ifndef WIRETALE_TCP_LAB_STATES_PASSED_H
#define WIRETALE_TCP_LAB_STATES_PASSED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"
#include "tcp_flow/names.h"

#define STATES_PASSED_MAX 32u

/* All zero: none yet. */
struct states_passed {
	enum tcp_state states[STATES_PASSED_MAX]; /* each unlike the one before */
	size_t count;
	bool more;   /* there were more: the latest are left out */
	bool missed; /* at times the kernel was not asked */
};

void states_passed_add(struct states_passed *passed, enum tcp_state state);

/*
 * Whether these were passed, in this order, with none between. How it began and how it ended may be
 * left out; a CLOSED or LISTEN that they begin with, and a CLOSED that they end with, need not have
 * been seen: nobody looks before the first segment and behind the last.
 */
bool states_passed_have(const struct states_passed *passed, const enum tcp_state *wanted,
			size_t count);

/* "SYN_SENT, ESTABLISHED, TIME_WAIT; never FIN_WAIT2": what was passed, and which of the wanted
 * were not seen. */
void states_passed_text(const struct states_passed *passed, const enum tcp_state *wanted,
			size_t count, struct text_builder *out);

#endif
