/*
 * A worker: its sessions, and what must be done for them before the turn ends. One thread
 * owns it. Everything it knows of other workers comes through its inbox.
 */
#ifndef WIRETALE_RELAY_SERVER_WORKER_H
#define WIRETALE_RELAY_SERVER_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/hash_table.h"
#include "net/event_loop.h"
#include "net/timer_heap.h"
#include "relay_server/admission.h"
#include "relay_server/directory.h"
#include "relay_server/inbox.h"
#include "relay_server/message_ids.h"
#include "relay_server/relay_server.h"
#include "relay_server/room_directory.h"
#include "relay_server/session.h"

#define ROUTE_CACHE_PLACES 1024u
#define RECENT_PLACES 1024u

/* The FROM field of one client, as it stands in what it sends. */
struct sender_field {
	uint32_t number; /* 0: of none */
	uint32_t length;
	uint8_t bytes[RELAY_ENTRY_MAX_BYTES];
};

/* What all workers share. Constant while they run, or with locks of its own. */
struct relay_shared {
	struct relay_server_config config;
	struct directory directory;
	struct room_directory rooms;
	struct message_ids message_ids;
	struct admission admission;
	atomic_uint watchers;                      /* sessions that watch, on all workers */
	uint32_t request_multiplier;               /* secret, for open_requests */
	struct worker *workers[RELAY_WORKERS_MAX]; /* borrowed */
};

struct worker {
	struct relay_shared *shared; /* borrowed */
	unsigned index;
	uint64_t now_ms;  /* clock_elapsed_ms() of this turn */
	uint64_t wall_ns; /* clock_wall_ns() of this turn */
	int32_t zone_s;   /* looked up once a second */
	uint64_t zone_at_ms;
	struct hash_table sessions;            /* of struct session, by number */
	struct session *recent[RECENT_PLACES]; /* lately found in `sessions`, by number */
	struct sender_field from;              /* of who sent last */
	struct hash_table local_rooms;         /* of struct local_room, by the room's number */
	struct timer_heap timers;
	struct session *dirty;     /* have something to send */
	struct session *ready;     /* have more frames waiting, for the next turn */
	struct session *ready_now; /* those of the turn before */
	struct session *dead;      /* died in this turn */
	struct session *graves;    /* dead and unregistered: freed when the turn ends */
	struct session *watchers;
	atomic_bool watchers_missed; /* set by other workers: something could not be told to us */
	struct inbox inbox;
	struct inbox_batch *taken; /* being read; owned */
	struct inbox_batch *taken_last;
	struct outbox outboxes[RELAY_WORKERS_MAX]; /* the place of `index` is unused */
	atomic_uint session_count;                 /* for the acceptor's choice */
	clockid_t cpu_clock;                       /* of the worker's thread, likewise */
	bool shutting_down;
	uint64_t end_by_ms; /* shutting down: the latest moment */
	uint32_t work_left; /* units that the session being read may still use */
	struct directory_place routes[ROUTE_CACHE_PLACES]; /* numbers to workers; never wrong, for
							    * a session never changes its worker */
	uint8_t *receive_buffer;                           /* owned; RELAY_RECEIVE_BYTES */
	uint8_t scratch[2 * RELAY_PAYLOAD_SHARED_BYTES];   /* a small body being put together */
	struct room_send *room_sends; /* owned; messages to rooms that wait for answers */
	/* Bytes sent to a session that its TCP has not acknowledged; negative: not known. */
	int64_t (*unacknowledged)(const struct session *session);
	/* Sends what is queued now, and not at the end of the turn. NULL: there is no socket. */
	void (*flush)(struct worker *worker, struct session *session);
	/* Starts to watch a new session's descriptor. False: not possible. */
	bool (*adopted)(struct worker *worker, struct session *session);
	struct event_loop loop;
	struct fd_watch inbox_watch;
};

/* Without threads or sockets: 0, or a negative errno. */
int worker_init(struct worker *worker, struct relay_shared *shared, unsigned index);
void worker_finish(struct worker *worker);

/* The session of a number here, or NULL. */
struct session *worker_look_up(struct worker *worker, uint32_t number);

static inline struct session *worker_find(struct worker *worker, uint32_t number)
{
	struct session *recent = worker->recent[number % RECENT_PLACES];

	if (recent && recent->entry.number == number)
		return recent;
	return worker_look_up(worker, number);
}

/* Before a session's memory goes. */
static inline void worker_forget_recent(struct worker *worker, const struct session *session)
{
	struct session **recent = &worker->recent[session->entry.number % RECENT_PLACES];

	if (*recent == session)
		*recent = NULL;
}

/* Acts on what other workers have sent, up to a bounded amount of work. True: more waits. */
bool worker_read_inbox(struct worker *worker);

/* Lets the sessions of worker->ready_now go on, that had more frames than fit in a turn. */
void worker_run_ready(struct worker *worker);
void worker_run_timers(struct worker *worker);

/* False: memory ran out, and something waits to be handed over until it is back. */
bool worker_flush_outboxes(struct worker *worker);

/* Takes the dead out of all lists that others see; their verdicts follow from it. */
void worker_unregister_dead(struct worker *worker);

/* One session of those, for its descriptor to be closed and session_destroy(); NULL: none.
 * At the end of a turn, when nothing that was marked in it is left undone. */
struct session *worker_take_grave(struct worker *worker);

/* The latest moment to wait for, or TIMER_NEVER. */
uint64_t worker_next_deadline(const struct worker *worker);

/* Is anything left to do before the end? Only while shutting down. */
bool worker_is_done(const struct worker *worker);

/* Takes units of work off what the session or the inbox being read may still use. */
static inline void worker_charge(struct worker *worker, uint32_t units)
{
	worker->work_left = worker->work_left > units ? worker->work_left - units : 0;
}

static inline bool worker_wants_event(const struct worker *worker, enum relay_event_kind kind)
{
	return (worker->shared->config.event_mask >> kind & 1u) != 0;
}

/* Fills in the session, and hands it to the server's owner. */
void worker_tell(struct worker *worker, const struct session *session, struct relay_event *event);

#endif
