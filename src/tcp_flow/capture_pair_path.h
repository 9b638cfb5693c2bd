/* What the path between two captures did to the segments that came through. */
#ifndef WIRETALE_TCP_FLOW_CAPTURE_PAIR_PATH_H
#define WIRETALE_TCP_FLOW_CAPTURE_PAIR_PATH_H

#include "tcp_flow/capture_pair.h"

/* Delays of one direction, and who overtook whom. False: out of memory, as below. */
bool pair_path_times(struct capture_pair *pair, struct flow_pair *flows, enum tcp_side side);

/* Hops, and what was changed on the way. */
void pair_path_changes(struct capture_pair *pair, struct flow_pair *flows, enum tcp_side side);

/* Which resends were needless, and why; once the fates of both directions are known. */
bool pair_path_resends(struct capture_pair *pair, struct flow_pair *flows, enum tcp_side side);

#endif
