/*
 * What the clients of a server may expect of it, whatever they said: the judge of
 * session_pair_fuzz.c. It is told each byte that a client says, reads each byte that a client
 * hears, and stops the program (abort) where the server has broken a promise of
 * docs/protocol.md:
 *
 * - all that a client hears is well formed, begins with HELLO, and ends with the last word;
 * - a request is answered once at most, by its id and type, and THROUGH spans only open SENDs;
 * - `delivered` was acknowledged by a recipient, `passed` was taken by a classic one's TCP;
 * - a message comes whole, in order, once, and from whom it says;
 * - SEND and PING indications are numbered without a gap;
 * - what the server holds for a client keeps to its ceilings.
 *
 * It knows of a message what is in its content: model_tag() writes that.
 */
#ifndef TESTS_FUZZ_SESSION_PAIR_MODEL_H
#define TESTS_FUZZ_SESSION_PAIR_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/server_core.h"

#define MODEL_MESSAGES_MAX 1024u
#define MODEL_IDS_MAX (2u * MODEL_MESSAGES_MAX) /* some have no tag */
#define MODEL_ASKED_MAX 1024u                   /* of one client, without an answer */
#define MODEL_RANGES_MAX 128u
#define MODEL_FRAMES_A_SAY 32u /* said at once, at most */
#define MODEL_CLAIMS_MAX MODEL_MESSAGES_MAX
#define MODEL_TAG_BYTES 13u /* "tale:" and eight figures */

/* A request that has no answer yet. */
struct model_request {
	uint64_t said_ms;
	uint32_t id;
	uint32_t serial; /* of its message; 0: none, or one without a tag */
	uint16_t type;
	bool bad;        /* its body is malformed, or there is no such type */
	bool to_room;    /* SEND */
	bool has_id;     /* SEND: a MESSAGE_ID */
	bool has_cursor; /* LIST, ROOMS */
};

struct model_range {
	uint32_t from;
	uint32_t through;
};

/* One client's end of a connection. */
struct model_client {
	struct server_client *end; /* borrowed */
	bool classic;
	bool stopped; /* it said something after which nothing counts */
	bool hung_up;
	bool was_reset;
	bool greeted;      /* HELLO was heard */
	bool last_word;    /* BYE or ERROR was heard */
	bool reused;       /* it has said an id again that had no answer yet */
	bool acked_unread; /* it has acknowledged what it had been given but had not heard */
	uint32_t words;    /* classic: what was heard as type 5 and has no tag */
	uint32_t heard_order[SERVER_CORE_CLIENTS_MAX]; /* of the last message of each sender */
	struct byte_queue unparsed; /* what it said of a frame that is not whole */
	struct model_request asked[MODEL_ASKED_MAX];
	uint32_t asked_count;
	uint32_t send_id; /* of the last SEND indication heard */
	uint32_t ping_id;
	uint32_t serials[MODEL_MESSAGES_MAX + 1];    /* by the id of the indication */
	bool acked[MODEL_IDS_MAX + 1];               /* by the same */
	struct model_range ranges[MODEL_RANGES_MAX]; /* acknowledged, maybe not read yet */
	uint32_t range_count;
};

/* A message whose content has a tag. */
struct model_message {
	uint64_t said_ms;
	uint64_t delivered_at; /* model->steps then; 0: no such verdict was heard */
	uint64_t said_at;      /* model->steps then; 0: not said yet */
	uint32_t order;        /* among all that were said, from 1 on */
	uint32_t sender;       /* its number */
	uint32_t length;
	uint32_t heard_by;  /* bit (1 << place of the client) */
	uint8_t message_id; /* 0: none */
	bool to_room;
	bool forged;            /* said more than once: nothing is known */
	uint8_t outcome;        /* of the verdict */
	uint32_t claimed_count; /* COUNT of the verdict */
};

struct model {
	struct server_core *core; /* borrowed */
	struct model_client clients[SERVER_CORE_CLIENTS_MAX];
	uint32_t count;
	struct model_message messages[MODEL_MESSAGES_MAX + 1]; /* by serial, from 1 on */
	uint32_t serial;                                       /* of the newest */
	uint32_t untagged; /* messages without a tag that were said */
	uint32_t orders;   /* messages said so far */
	uint64_t steps;    /* looks so far, from 1 on */
	/* Verdicts of ok that were heard, to be proved when all others have read too. */
	uint32_t claims[MODEL_CLAIMS_MAX];
	uint32_t claim_count;
	bool shut_down;
};

void model_init(struct model *model, struct server_core *core);
void model_finish(struct model *model);

/* Stops the program where it does not hold, and says what. */
#define MODEL_CHECK(holds) model_check_at(holds, #holds, __FILE__, __LINE__)
void model_check_at(bool holds, const char *what, const char *file, int line);

struct model_client *model_connected(struct model *model, struct server_client *end, bool classic);

/* A serial for a message that is going to be said; 0: there were enough. */
uint32_t model_new_message(struct model *model);

/* Writes the tag, and a filling that depends on it, as far as `length` goes. */
void model_tag(uint32_t serial, uint8_t *content, size_t length);

/* The client says these bytes. False: too much is open, nothing was said. */
bool model_say(struct model *model, struct model_client *client, const void *bytes, size_t length);

/* The client heard it: whole, once, in order, and from whom it says (0: it does not say). Returns
 * its serial. */
uint32_t model_message_heard(struct model *model, struct model_client *client,
			     struct relay_bytes content, uint32_t from);

/* Reads what all clients heard, and looks at what the server holds for them. */
void model_look(struct model *model);

/* All deadlines have passed and all was read: nothing that was asked is without an answer. */
void model_check_answered(const struct model *model);

#endif
