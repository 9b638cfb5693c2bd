/*
 * The memory of MESSAGE_IDs, by which a message that is sent again is not delivered
 * again: for 10 minutes, and at most RELAY_MESSAGE_IDS_MAX of them. Shared by all workers;
 * each call takes its lock, does a little work on memory, and lets go.
 *
 * A record is IN FLIGHT from the first request until its verdict; whoever asks meanwhile
 * waits for the same verdict. Delivered, it is remembered; timed out, it is remembered
 * as such while the recipient's connection lives; every other end forgets it.
 */
#ifndef WIRETALE_RELAY_SERVER_MESSAGE_IDS_H
#define WIRETALE_RELAY_SERVER_MESSAGE_IDS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash_table.h"
#include "relay_protocol/message.h"

struct message_record;

/* Who asked, and where the verdict goes. */
struct message_origin {
	uint32_t sender; /* its number */
	uint32_t request_id;
	uint8_t worker; /* of the sender */
};

struct message_verdict {
	uint16_t status; /* enum relay_status */
	uint8_t outcome; /* enum relay_outcome, where status is ok */
	bool to_room;
	uint32_t count; /* to a room: members that acknowledged */
};

struct message_ids {
	pthread_mutex_t lock;
	struct hash_table records;
	struct message_record *oldest; /* list in the order of their making */
	struct message_record *newest;
	struct hash_secret secret;
};

enum message_ids_answer {
	MESSAGE_ID_NEW,     /* deliver it; *record is a reference for message_ids_finish_record() */
	MESSAGE_ID_WAIT,    /* one is in flight; the verdict will come to this origin too */
	MESSAGE_ID_VERDICT, /* *verdict is the answer */
	MESSAGE_ID_FAILED,  /* out of memory, or too many wait: *verdict's status says which */
};

void message_ids_init(struct message_ids *ids);
void message_ids_destroy(struct message_ids *ids);

enum message_ids_answer message_ids_ask(struct message_ids *ids, const uint8_t *message_id,
					const struct message_origin *origin, uint64_t now_ms,
					struct message_record **record,
					struct message_verdict *verdict);

/*
 * The verdict of a record in flight. Writes whom to tell, the first asker included, as
 * an array that the caller frees, and returns how many. Drops the reference,
 * except for a timeout with keep_late, where it stays the caller's for message_ids_late().
 */
size_t message_ids_verdict(struct message_ids *ids, struct message_record *record,
			   const struct message_verdict *verdict, bool keep_late,
			   struct message_origin **origins);

/* A timed-out message was acknowledged after all. Drops the reference. */
void message_ids_late(struct message_ids *ids, struct message_record *record);

/* A late acknowledgement would not be recognised any more: what stands, stands. Drops the
 * reference. */
void message_ids_forget(struct message_ids *ids, struct message_record *record);

/* The recipient's connection ended without a late acknowledgement: it may be tried
 * anew. Drops the reference. */
void message_ids_gone(struct message_ids *ids, struct message_record *record);

#endif
