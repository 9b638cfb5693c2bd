/*
 * Messages from a sender to a recipient, and verdicts back: the heart of the relay. The two may
 * be on different workers; then the message goes through the recipient's worker's inbox
 * and the verdict through the sender's.
 */
#ifndef WIRETALE_RELAY_SERVER_DELIVERY_H
#define WIRETALE_RELAY_SERVER_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "relay_server/worker.h"

/* A message on its way: the body of the SEND indication, and where the verdict goes. */
struct delivery {
	struct message_origin origin;
	struct message_record *record; /* a reference, or NULL */
	struct room_batch *batch;      /* borrowed, or NULL: to one client */
	struct payload *payload;       /* borrowed; NULL: see `bytes` */
	const uint8_t *bytes;          /* borrowed */
	uint32_t length;
	uint32_t received_ms;
};

/* What a SEND, of either dialect, asks for. */
struct send_order {
	uint32_t request_id;
	struct relay_bytes data;
	const uint8_t *message_id; /* NULL: none */
	struct relay_bytes room;   /* with bytes NULL: to a client */
};

/*
 * Puts the indication's body together, in worker->scratch or as a payload with one reference that
 * the caller releases. False: out of memory.
 */
bool delivery_build(struct worker *worker, struct session *sender, const struct send_order *order,
		    struct delivery *out);

/*
 * Opens a request: its id counts as open, and its MESSAGE_ID is looked up. Returns true where the
 * message is to be delivered, with *record a reference or NULL; false where it was answered, or
 * will be.
 */
bool delivery_begin(struct worker *worker, struct session *sender, const struct send_order *order,
		    struct message_record **record);

/* Sends a begun order to one client; every end of it is an answer to the sender. */
void delivery_to_client(struct worker *worker, struct session *sender,
			const struct send_order *order, struct message_record *record,
			struct directory_place to);

/* A begun order comes to nothing. */
void delivery_failed(struct worker *worker, struct session *sender, const struct send_order *order,
		     struct message_record *record, enum relay_status status);

/*
 * Hands a message to a session of this worker. Returns ok where it waits for its acknowledgement,
 * else the status for the verdict, which is then the caller's to give.
 */
enum relay_status delivery_to_session(struct worker *worker, struct session *recipient,
				      const struct delivery *delivery);

/* The client acknowledged the ids from `id` to `through`. */
void delivery_acknowledged(struct worker *worker, struct session *recipient, uint32_t id,
			   uint32_t through);

/* Classic: TCP acknowledged everything up to `total` of what was ever queued. */
void delivery_passed(struct worker *worker, struct session *recipient, uint64_t total);

/* Ends the messages to this client that are 10 s old. */
void delivery_time_out(struct worker *worker, struct session *recipient);

/* Its connection is over for messages: everything unacknowledged is gone. */
void delivery_recipient_gone(struct worker *worker, struct session *recipient);

/* Gives a verdict to the one who asked, and to those who asked for the same MESSAGE_ID. */
void delivery_verdict(struct worker *worker, const struct message_origin *origin,
		      struct message_record *record, const struct message_verdict *verdict);

/* Answers one origin, on whichever worker it is. */
void delivery_answer(struct worker *worker, const struct message_origin *origin,
		     const struct message_verdict *verdict);

/* INBOX_DELIVER and INBOX_VERDICT. */
void delivery_from_inbox(struct worker *worker, const struct inbox_item *item);
void delivery_verdict_from_inbox(struct worker *worker, const struct inbox_item *item);

#endif
