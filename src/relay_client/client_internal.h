/*
 * struct wt_client, and what the files behind the public header share.
 *
 * Without a thread the application's calls work on everything themselves. With one, the
 * receiving thread owns `transport` and the core's input buffer; all else is guarded by
 * `lock`, which nobody holds while a socket call runs.
 */
#ifndef WIRETALE_RELAY_CLIENT_CLIENT_INTERNAL_H
#define WIRETALE_RELAY_CLIENT_CLIENT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "relay_client/client_core.h"
#include "relay_client/event_queue.h"
#include "relay_client/transport.h"

/* What is queued beyond this is handed to the kernel by the call that queues it. */
#define CLIENT_FLUSH_BYTES ((size_t)64 * 1024)
/* While events are there to be taken, what is to be sent waits at most so long. */
#define CLIENT_FLUSH_NS NS_PER_MS
/* What a verdict or an answer without lists takes in the queue, at most. */
#define CLIENT_EVENT_BYTES ((size_t)2 * 1024)
#define CLIENT_SERVER_TEXT_BYTES (NET_HOST_MAX_BYTES + 16)
#define CLIENT_ERROR_TEXT_BYTES TRANSPORT_TEXT_BYTES

struct wt_client {
	pthread_mutex_t lock;
	bool manual_acknowledge;
	uint64_t connect_timeout_ns;

	struct client_core core;
	struct transport transport;
	struct transport_target target; /* where the server is */
	char server[CLIENT_SERVER_TEXT_BYTES];
	/* Of the connection, or of the last try for one; length 0: none yet. */
	struct net_address local;
	struct net_address remote;
	size_t flush_at_bytes; /* of the core's output: client_flush() tries again */

	/* Events on their way to the application. */
	struct event_queue queue;
	size_t queue_extra_bytes; /* added to its ceiling while wt_disconnect() waits */
	struct wt_event held;     /* of the core, where the queue had no memory for it */
	bool is_holding;
	struct event_entry *taken; /* owned: what the last event points into, or NULL */
	uint64_t flushed_ns;       /* without thread: when bytes were last handed to the kernel */

	/* What the application was given last. */
	uint32_t given_number; /* of the newest message; 0: none */
	uint64_t given_serial; /* the connection that it came by */
	uint64_t told_serial;  /* the connection whose CONNECTED was taken last */
	bool given_is_due;     /* it is acknowledged when the application comes back */

	/* What the calls that wait look at. */
	uint64_t connects;             /* CONNECTED events so far */
	uint64_t disconnects;          /* DISCONNECTED events so far */
	uint64_t connects_at_start;    /* when the last wt_connect() began */
	uint64_t disconnects_at_start; /* likewise */
	uint64_t attempt_at_start;     /* core.attempts of the last wt_connect() */
	enum wt_result end_reason;
	char end_text[CLIENT_ERROR_TEXT_BYTES];

	int wake_fd;       /* owned: wakes the application's thread */
	atomic_bool woken; /* by wt_wakeup() */

	/* With a thread. */
	bool has_thread;
	pthread_t thread;
	bool is_stopping;
	bool is_waiting;        /* the application's thread waits at wake_fd */
	bool thread_is_woken;   /* since its last turn began */
	bool thread_is_stalled; /* the queue was full in its last turn */
	int thread_fd;          /* owned: wakes the receiving thread; -1: none */
	int events_fd;          /* owned: readable while an event is queued; -1: none */

	char error[CLIENT_ERROR_TEXT_BYTES]; /* about the last call that failed */
	char name[RELAY_NAME_MAX_BYTES + 1]; /* for wt_get_info() */
};

/* No-ops without a thread. */
void client_lock(struct wt_client *client);
void client_unlock(struct wt_client *client);

/* Records a sentence about a failed call; returns the result. */
enum wt_result client_fail(struct wt_client *client, enum wt_result result, const char *text);

/*
 * One round of work on the socket: closes or connects, sends, receives, keeps time. Waits
 * for something to do until wait_until_ns (0: not at all). wake_fd cuts the wait short;
 * true: it did. For the thread that owns the transport, unlocked.
 */
bool client_turn(struct wt_client *client, int wake_fd, uint64_t wait_until_ns);

/* Without a thread: hands to the kernel what it takes; not `all`: only where much waits. */
void client_flush(struct wt_client *client, bool all);

/* With a thread: it looks at what changed soon. Locked. */
void client_wake_thread(struct wt_client *client);

/* --- Events; all locked --- */

/* Moves the core's events into the queue until that is full. */
void client_queue_events(struct wt_client *client);

/* The queue takes no more before something is taken. */
bool client_queue_is_full(const struct wt_client *client);

/* Takes note of what the calls that wait look at. */
void client_note_event(struct wt_client *client, const struct wt_event *event);

/* Body of the receiving thread; argument is the client. */
void *client_thread_main(void *argument);

#endif
