/* `wiretale trace client.pcap server.pcap`: the same connections, captured at both ends. */
#ifndef WIRETALE_PROGRAMS_TRACE_PAIR_H
#define WIRETALE_PROGRAMS_TRACE_PAIR_H

#include "programs/trace_options.h"

/* All of the command with options->second_path. */
enum exit_status trace_pair_run(const struct trace_options *options);

#endif
