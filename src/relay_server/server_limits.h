/* Every ceiling of the server that protocol.md leaves to it. docs/ARCHITECTURE.md lists them. */
#ifndef WIRETALE_RELAY_SERVER_SERVER_LIMITS_H
#define WIRETALE_RELAY_SERVER_SERVER_LIMITS_H

#include "relay_protocol/limits.h"

#define RELAY_WORKERS_MAX 64u
#define RELAY_LISTENERS_MAX 32u

/* What waits to be sent to one client: from the first on, new messages to it are refused
 * as busy; from the second on it is cut off. The second grows with --max-body, so that
 * one message of the largest size always finds room. */
#define RELAY_QUEUE_BUSY_BYTES (256u * 1024)
#define RELAY_QUEUE_MAX_BYTES (1024u * 1024)
#define RELAY_QUEUE_AGE_MS 10000u /* nothing may wait longer */

/* Over so much of its own answers unread, a client is not read from either. */
#define RELAY_QUEUE_PAUSE_BYTES (512u * 1024)

#define RELAY_OPEN_SENDS_MAX 16384u   /* of one client, without a verdict */
#define RELAY_LATE_MAX 1024u          /* timed-out messages to one client, still to be recognised */
#define RELAY_MESSAGE_WAITERS_MAX 64u /* requests that wait for one MESSAGE_ID's verdict */
#define RELAY_VERDICT_WITHIN_MS 15000u /* backstop: no request stays open longer */

#define RELAY_VERDICT_LOOK_MS 1000u /* between looks for such a request */

/* Of messages that wait at one worker for its clients. A thousand busy clients have more on the way
 * than a quarter of it. */
#define RELAY_INBOX_MAX_BYTES (32u * 1024 * 1024)
#define RELAY_INBOX_BATCH_BYTES (32u * 1024)

#define RELAY_RECEIVE_BYTES (128u * 1024) /* one read */
#define RELAY_READS_PER_TURN 4u           /* of one client */
#define RELAY_TURN_WORK 2048u             /* units (about one frame each) of one client in a turn */
#define RELAY_INBOX_TURN_WORK 65536u      /* units of other workers' items in a turn */
#define RELAY_LIST_WORK 64u               /* units that one page of a list counts for */
#define RELAY_PAGE_MAX_BYTES (32u * 1024) /* of entries in one answer */

/* Bodies over this are held once and shared; smaller ones are cheaper copied than counted. */
#define RELAY_PAYLOAD_SHARED_BYTES 512u

/* A partial frame over this is read in place instead of being copied for each read. */
#define RELAY_STASH_COPY_BYTES 4096u

/* Clients that connect one after another share a worker, up to so many (--group). */
#define RELAY_GROUP_DEFAULT 16u
#define RELAY_GROUP_MAX 65536u

/* A worker that used more of its processor gets no new clients, as long as others are free. */
#define RELAY_BUSY_PERCENT 50u
#define RELAY_BUSY_LOOK_MS 100u /* between looks */

#define RELAY_REFUSED_MAX 64u /* refused connections that are still being told so */
#define RELAY_ACCEPTS_PER_TURN 64u
#define RELAY_ACCEPT_PAUSE_MS 200u /* when not even refusing is possible */

#define RELAY_MEMORY_RETRY_MS 10u /* after memory ran out */

#define RELAY_DISCARD_LOOK_MS 100u /* between looks at a reader that is slow to its end */

#define RELAY_CLASSIC_POLL_MIN_MS 1u /* between looks at what a classic peer's TCP acknowledged */
#define RELAY_CLASSIC_POLL_MAX_MS 50u

#endif
