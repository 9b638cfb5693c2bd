/*
 * Carries out a plan through a peer's own client library: 1 to 1, a window on the way (throughput)
 * or a message every so often (latency). The calling thread publishes; what hears is the library's
 * or the driver's own.
 */
#ifndef WIRETALE_BENCH_PEER_LIBRARY_H
#define WIRETALE_BENCH_PEER_LIBRARY_H

#include "bench/library_driver.h"
#include "relay_load/load_plan.h"

/* As load_run(): *result is always written, and nothing moving for 5 s is a failure. */
enum load_outcome peer_library_run(const struct load_plan *plan,
				   const struct library_driver *driver, struct load_result *result);

#endif
