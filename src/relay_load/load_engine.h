/*
 * Carries out a plan against a server. Two threads do the work, one for all senders and one for
 * all receivers, as two programs would; the calling thread connects everybody, keeps the idle
 * ones alive, and ends it all where nothing moves any more.
 */
#ifndef WIRETALE_RELAY_LOAD_LOAD_ENGINE_H
#define WIRETALE_RELAY_LOAD_LOAD_ENGINE_H

#include "relay_load/load_dialect.h"
#include "relay_load/load_plan.h"

/* Nothing moved for so long: the run has failed. */
#define LOAD_PATIENCE_NS UINT64_C(5000000000)

/* Told now and then how far it is; `phase` is static text, `done` counts up to `of`. */
struct load_progress {
	void (*tell)(void *context, const char *phase, uint64_t done, uint64_t of);
	void *context;
};

/*
 * Blocks for as long as the plan says, at most LOAD_PATIENCE_NS more for each of its steps.
 * *result is always written. progress may be NULL. Raises the soft limit of descriptors. Not
 * for plans with `library`.
 */
enum load_outcome load_run(const struct load_plan *plan, const struct load_dialect *dialect,
			   const struct load_progress *progress, struct load_result *result);

#endif
