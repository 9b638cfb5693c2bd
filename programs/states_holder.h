/* Who has a socket, as far as it can be told: for the views of `wiretale states`. One thread. */
#ifndef WIRETALE_PROGRAMS_STATES_HOLDER_H
#define WIRETALE_PROGRAMS_STATES_HOLDER_H

#include "programs/states_sample.h"

enum states_holder_kind {
	STATES_HELD,         /* by a program that is known */
	STATES_HIDDEN,       /* by one that may not be looked at */
	STATES_NOT_ACCEPTED, /* it waits in a listener's queue: accept() was not called yet */
	STATES_LEFT,         /* the program is done with it; the kernel ends it alone */
};

struct states_holder {
	enum states_holder_kind kind;
	struct socket_owner owner; /* of STATES_HELD */
};

struct states_holder states_holder_of(const struct states_sample *sample,
				      const struct diag_socket *socket);

/* "(hidden)" and the like; of STATES_HELD the program's name, borrowed from *holder. */
const char *states_holder_name(const struct states_holder *holder);

/* As JSON tells it: "held", "hidden", "not-accepted", "left". */
const char *states_holder_word(enum states_holder_kind kind);

#endif
