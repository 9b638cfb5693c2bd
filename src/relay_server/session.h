/*
 * One client's connection, as its worker sees it. A session belongs to one worker from
 * its start to its end, and only that worker's thread touches it.
 *
 * No function here makes a system call: bytes come in through session_received(), go out
 * through session->out, and the clock is worker->now_ms. worker_loop.c puts it on sockets;
 * tests and fuzzers drive it with scripts.
 *
 * An idle session holds no buffer: stash, queue, window and set are lent while needed.
 */
#ifndef WIRETALE_RELAY_SERVER_SESSION_H
#define WIRETALE_RELAY_SERVER_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_writer.h"
#include "base/hash_table.h"
#include "net/event_loop.h"
#include "net/timer_heap.h"
#include "relay_protocol/frame.h"
#include "relay_protocol/message.h"
#include "relay_server/directory.h"
#include "relay_server/message_ids.h"
#include "relay_server/open_requests.h"
#include "relay_server/out_queue.h"
#include "relay_server/pending_window.h"

struct worker;
struct local_room;

enum session_state {
	SESSION_OPEN,    /* after its number was given: reads and answers */
	SESSION_LEAVING, /* after BYE or the end of its stream: earlier requests are being answered
			  */
	SESSION_CLOSING, /* after the last word (BYE, ERROR) was queued: what is queued is sent */
	SESSION_DISCARD, /* after our FIN: waits for the peer's, throws its bytes away */
	SESSION_DEAD,    /* after the end: waits for the end of the turn to be freed */
};

/* Deliveries to this client that end in one answer to it, gathered into one frame. */
struct session_answer {
	uint32_t first; /* request id; 0: none is gathered */
	uint32_t last;
	uint8_t outcome;
};

struct session {
	struct fd_watch watch;      /* first: worker_loop.c casts */
	struct hash_node by_number; /* in worker->sessions */
	struct timer timer;         /* the earliest deadline of all below, or earlier */
	struct session *next_dirty; /* in worker->dirty */
	struct session *next_ready; /* in worker->ready */
	struct session *next_dead;  /* in worker->dead */
	struct session *previous_watcher;
	struct session *next_watcher; /* in worker->watchers */
	struct directory_entry entry; /* number, address, name */
	struct out_queue out;
	struct open_requests requests;  /* its SENDs without an answer */
	struct pending_window *pending; /* owned; messages to it without an acknowledgement */
	uint8_t *stash;                 /* owned; bytes received and not yet parsed */
	uint32_t stash_length;
	uint32_t stash_capacity;
	uint32_t last_send_id; /* of SEND indications to it */
	uint32_t last_ping_id;
	uint32_t bye_id;          /* of its BYE; 0: it said none */
	uint64_t last_frame_ms;   /* when its last whole frame came */
	uint64_t leave_by_ms;     /* LEAVING, DISCARD: the latest moment of that state */
	uint64_t age_mark_ms;     /* when `age_mark` was set */
	uint64_t age_mark;        /* out.total then; 0: the queue is empty */
	uint64_t rate_at_ms;      /* when `rate_tokens` was reckoned */
	uint64_t classic_poll_ms; /* next look at what TCP acknowledged; 0: none */
	struct session_answer answer;
	uint32_t rate_tokens;      /* thousandths of a request */
	struct local_room **rooms; /* owned array of borrowed rooms */
	uint8_t room_count;
	uint8_t classic_poll_step_ms;
	uint8_t state; /* enum session_state; changed by session_move_to() only */
	bool classic;
	bool registered;    /* in directory, rooms, watchers' knowledge */
	bool watching;      /* in worker->watchers */
	bool is_dirty;      /* in worker->dirty */
	bool is_ready;      /* in worker->ready */
	bool pinged;        /* a PING is out since last_frame_ms */
	bool end_of_stream; /* the peer's FIN was read */
	bool paused;        /* not read from: its own answers pile up, or its rate is used up */
	bool blocked; /* the kernel took less than was queued, and has not said that it takes more
		       */
	bool watch_missed;      /* a watcher that was not told all: closed at its next tick */
	const char *why_closed; /* static sentence for the log */
};

/*
 * Makes a session for a connection and queues its HELLO. Takes the descriptor (-1: none,
 * in tests). NULL: out of memory; the descriptor is still the caller's.
 */
struct session *session_create(struct worker *worker, int fd, uint32_t number,
			       const struct relay_address *address, bool classic);

/* Frees what it owns, verdicts of what was under way included. At the end of a turn only. */
void session_destroy(struct worker *worker, struct session *session);

/* The end without a word; why is a static sentence for the log. */
void session_doom(struct worker *worker, struct session *session, const char *why);

/* The end with ERROR (classic: without): a rule was broken. */
void session_fail(struct worker *worker, struct session *session, enum relay_status status,
		  const char *text);

/* Out of list, rooms and names at once; what it has not acknowledged is gone. Twice is once. */
void session_unregister(struct worker *worker, struct session *session);

/* Its peer will send no more. */
void session_end_of_stream(struct worker *worker, struct session *session);

/* No more requests are taken; when the earlier ones are answered it closes. */
void session_start_leaving(struct worker *worker, struct session *session, const char *why);

/* LEAVING and nothing open any more: the last word. Called after each answer. */
void session_check_leaving(struct worker *worker, struct session *session);

/* The server ends: what is open is answered shutting-down, then BYE. */
void session_shut_down(struct worker *worker, struct session *session);

/* Everything was sent, and our FIN behind it: CLOSING becomes DISCARD, or the end. */
void session_all_said(struct worker *worker, struct session *session);

/* ---- output (session_output.c) ---- */

/*
 * A writer with room for max_bytes behind what is queued; what was written counts with
 * session_commit(), which must follow before anything else is queued. Without memory the writer
 * overflows at once, and session_commit() ends the session.
 */
struct byte_writer session_writer(struct session *session, size_t max_bytes);
void session_commit(struct worker *worker, struct session *session, struct byte_writer *writer);

/* Answers its SEND of that id, which is open. */
void session_answer(struct worker *worker, struct session *session, uint32_t request_id,
		    const struct message_verdict *verdict);

/* Marks that something waits to be sent: at the end of the turn it will be. */
void session_mark_dirty(struct worker *worker, struct session *session);

/* A response of status ok without fields. */
void session_respond_ok(struct worker *worker, struct session *session, uint16_t type, uint32_t id);

/* A response of another status. text may be NULL: the status's own sentence. */
void session_refuse(struct worker *worker, struct session *session, const struct relay_frame *frame,
		    enum relay_status status, const char *text);

/* Writes the gathered answer, where there is one. */
void session_flush_answer(struct worker *worker, struct session *session);

/* How many bytes may wait before messages to it are refused, and before it is cut off. */
bool session_is_busy(const struct session *session);
size_t session_queue_max(const struct worker *worker);

/* Reads on from one that was made to wait, unless its queue is still long. */
void session_resume(struct worker *worker, struct session *session);

/* After bytes were sent, or could not be: ages, pauses, states. */
void session_sent(struct worker *worker, struct session *session, size_t length);

/* ---- input (session_input.c) ---- */

/*
 * Where to receive: room for *length bytes behind what waits already. Nothing else may
 * happen on this worker between this call and session_received(). NULL: out of memory.
 */
uint8_t *session_receive_room(struct worker *worker, struct session *session, size_t *length);

/* So many bytes were put there (0: just go on with what waits). Parses and acts. */
void session_received(struct worker *worker, struct session *session, size_t length);

/* Lets it go on in the next turn with frames that it has received already. */
void session_mark_ready(struct worker *worker, struct session *session);

/* ---- time (session_time.c) ---- */

/* Looks at all deadlines and sets the timer anew. */
void session_tick(struct worker *worker, struct session *session);

/* Classic: looks at what its TCP acknowledged, and again later while something is not. */
void session_look_passed(struct worker *worker, struct session *session);

/* Makes sure that session_tick() comes by then. */
void session_tick_by(struct worker *worker, struct session *session, uint64_t deadline_ms);

#endif
