/*
 * Rooms: members of this worker, and messages to all members of all workers, whose
 * answers are gathered into one.
 */
#ifndef WIRETALE_RELAY_SERVER_ROOM_DELIVERY_H
#define WIRETALE_RELAY_SERVER_ROOM_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "relay_server/delivery.h"

/* The members of one room on one worker. */
struct local_room {
	struct hash_node by_number;
	uint64_t number;          /* of the room */
	struct session **members; /* owned array of borrowed sessions */
	uint32_t count;
	uint32_t capacity;
	struct relay_bytes name; /* owned bytes */
};

/* Status ok (a member now, *members counted), forbidden (too many rooms), internal. */
enum relay_status room_join(struct worker *worker, struct session *session, struct relay_bytes name,
			    uint32_t *members);
void room_leave(struct worker *worker, struct session *session, struct relay_bytes name);
void room_leave_all(struct worker *worker, struct session *session);

/* Sends a begun order to a room; every end of it is an answer to the sender. */
void room_send_order(struct worker *worker, struct session *sender, const struct send_order *order,
		     struct message_record *record);

/* Frees those that still wait; at the worker's end. */
void room_sends_finish(struct worker *worker);

/* One member of a batch acknowledged (ok), or why it did not. */
void room_member_done(struct worker *worker, struct room_batch *batch, enum relay_status status);

void room_deliver_from_inbox(struct worker *worker, const struct inbox_item *item);
void room_result_from_inbox(struct worker *worker, const struct inbox_item *item);

#endif
