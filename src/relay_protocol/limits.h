/* The numbers that docs/protocol.md fixes. Servers and clients share them. */
#ifndef WIRETALE_RELAY_PROTOCOL_LIMITS_H
#define WIRETALE_RELAY_PROTOCOL_LIMITS_H

#define RELAY_DEFAULT_PORT 2312

#define RELAY_FRAME_HEADER_BYTES 16u
#define RELAY_FIELD_HEADER_BYTES 6u

#define RELAY_BODY_DEFAULT_BYTES (64u * 1024) /* LIMIT unless set */
#define RELAY_BODY_MAX_BYTES (1024u * 1024)   /* LIMIT is never more */
#define RELAY_BODY_MIN_BYTES 1024u            /* LIMIT is never less: every request fits */
#define RELAY_SERVER_EXTRA_BYTES 1024u        /* a server's body is at most LIMIT + this */

#define RELAY_NAME_MAX_BYTES 64u
#define RELAY_CURSOR_MAX_BYTES 64u
#define RELAY_MESSAGE_ID_BYTES 16u

#define RELAY_ROOMS_PER_CLIENT_MAX 64u
#define RELAY_UNACKNOWLEDGED_MAX 4096u /* messages to one recipient */
#define RELAY_MESSAGE_IDS_MAX 100000u
#define RELAY_MESSAGE_ID_LIFE_S 600u

#define RELAY_ACKNOWLEDGE_WITHIN_S 10u
#define RELAY_BYE_WITHIN_S 10u
#define RELAY_DISCARD_WITHIN_S 1u /* after ERROR or BYE, until the peer's FIN */
#define RELAY_SHUTDOWN_WITHIN_S 5u

#endif
