/* What is found of a segment that was sent again, once its cause is known. */
#ifndef WIRETALE_TCP_FLOW_RECOVERY_FINDINGS_H
#define WIRETALE_TCP_FLOW_RECOVERY_FINDINGS_H

#include <stdint.h>

struct segment_facts;
struct tcp_connection;

/* It came that long after its first transmission. */
void recovery_found_resend(struct tcp_connection *connection, const struct segment_facts *segment,
			   int64_t waited_ns);

/* What it brings was lost before it came here. */
void recovery_found_loss(struct tcp_connection *connection, const struct segment_facts *segment);

#endif
