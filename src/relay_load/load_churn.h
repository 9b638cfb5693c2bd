/* Connections that come and go: connect, be greeted, close, as fast as one thread can. */
#ifndef WIRETALE_RELAY_LOAD_LOAD_CHURN_H
#define WIRETALE_RELAY_LOAD_LOAD_CHURN_H

#include "relay_load/load_crowd.h"

/* Keeps plan->connections under way at a time. How it went is in the loop and the result. */
void load_churn_run(const struct load_plan *plan, const struct load_target *target,
		    struct load_loop *loop, const struct load_progress *progress,
		    struct load_result *result);

#endif
