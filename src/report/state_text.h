/* What a TCP state is, and what it means when many sockets are in it. For people. Any thread. */
#ifndef WIRETALE_REPORT_STATE_TEXT_H
#define WIRETALE_REPORT_STATE_TEXT_H

#include <stddef.h>

#include "base/text_builder.h"
#include "tcp_flow/names.h"

struct state_text {
	const char *is;   /* half a sentence about a socket: "closed first; ..." */
	const char *many; /* half a sentence: whom to look for when there are many */
};

const struct state_text *state_text_of(enum tcp_state state);

/*
 * The state of that name, however people write it: "TIME_WAIT", "time-wait", "timewait"; ss's
 * "ESTAB", "FIN-WAIT-1" and "UNCONN", RFC 9293's "SYN-RECEIVED" too. TCP_STATE_COUNT: none is.
 */
enum tcp_state state_by_name(const char *name, size_t length);

#endif
