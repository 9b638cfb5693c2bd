/* The server's side of the classic dialect. docs/protocol.md, "The classic dialect". */
#ifndef WIRETALE_RELAY_SERVER_CLASSIC_SESSION_H
#define WIRETALE_RELAY_SERVER_CLASSIC_SESSION_H

#include "relay_protocol/classic.h"
#include "relay_server/delivery.h"

void classic_greet(struct worker *worker, struct session *session);

/* False: it must wait (its rate is used up); nothing was done. */
bool classic_handle(struct worker *worker, struct session *session,
		    const struct classic_message *message);

/* The verdict of its SEND, as a word. */
void classic_answer(struct worker *worker, struct session *session,
		    const struct message_verdict *verdict);

/* Queues the content of a message as type 5. Status ok, too-large, unsupported or internal. */
enum relay_status classic_deliver(struct worker *worker, struct session *recipient,
				  const struct delivery *delivery);

#endif
