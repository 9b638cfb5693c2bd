/*
 * Carries out a plan through libwiretale's public calls, as an application would: one client that
 * sends, on the calling thread, and one that receives, on another; both without the library's own
 * thread, which is the quicker way.
 */
#ifndef WIRETALE_RELAY_LOAD_LIBRARY_LOAD_H
#define WIRETALE_RELAY_LOAD_LIBRARY_LOAD_H

#include "relay_load/load_engine.h"
#include "relay_load/load_plan.h"

/* As load_run(), for plans with `library`: throughput or latency of one pair. */
enum load_outcome library_load_run(const struct load_plan *plan,
				   const struct load_progress *progress,
				   struct load_result *result);

#endif
