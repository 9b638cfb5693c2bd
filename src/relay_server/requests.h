/* What a client asks, and the table of who answers it. */
#ifndef WIRETALE_RELAY_SERVER_REQUESTS_H
#define WIRETALE_RELAY_SERVER_REQUESTS_H

#include "relay_protocol/message.h"
#include "relay_server/worker.h"

/* Acts on one whole frame, a request with an id or an acknowledgement, of a client that is open. */
void handle_frame(struct worker *worker, struct session *session, const struct relay_frame *frame);

/* Is this request within the client's rate? If not, *wait_ms says when to try again. */
bool rate_take(struct worker *worker, struct session *session, uint32_t *wait_ms);

#endif
