/*
 * `wiretale trace -i`: a pass over what an interface sees, until Ctrl-C or for as long as was asked
 * for. Connections are told when they are over, not at the end. One thread; the signals SIGINT,
 * SIGTERM and SIGHUP are its own meanwhile, and a second one ends the program at once.
 */
#ifndef WIRETALE_PROGRAMS_TRACE_LIVE_H
#define WIRETALE_PROGRAMS_TRACE_LIVE_H

#include "programs/trace_options.h"
#include "programs/trace_reading.h"

/* Of options->interface. TRACE_READ: it ended as it was asked to. */
enum trace_result trace_live(const struct trace_options *options,
			     const struct trace_reader *reader);

#endif
