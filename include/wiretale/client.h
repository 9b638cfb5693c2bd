/**
 * libwiretale: a client of the Wiretale relay (docs/protocol.md).
 *
 * One thread:   wt_client_create(), wt_connect_wait(), then requests such as wt_send(), and
 *               wt_poll() in a loop for what comes; wt_disconnect(), wt_client_destroy().
 * Own loop:     wait on wt_fd() for wt_want(), at most wt_timeout_ms(); then wt_process(), then
 *               wt_poll(client, 0, &event) until it gives WT_TIMEOUT.
 * With thread:  wt_client_start_thread(); from then on a thread of the library owns the
 *               socket, wt_fd() is readable while an event waits, and every function
 *               may be called from any thread.
 *
 * Requests are asynchronous: they are queued, named by a number, and answered by exactly
 * one event with that number. wt_wait() is the blocking form.
 *
 * Ownership: what is given to the library is copied before the call returns. What the
 * library gives is borrowed until the next wt_poll() or wt_wait() on that client.
 * Threads: without wt_client_start_thread() a client belongs to one thread at a time; only
 * wt_wakeup() may be called from any. Different clients are independent.
 *
 * The library prints nothing, installs no signal handler, keeps no global state, and
 * never lets SIGPIPE happen.
 */
#ifndef WIRETALE_CLIENT_H
#define WIRETALE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define WT_EXPORT __attribute__((visibility("default")))
#else
#define WT_EXPORT
#endif

#define WT_DEFAULT_SERVER "127.0.0.1:2312"
#define WT_NAME_MAX_BYTES 64
#define WT_MESSAGE_ID_BYTES 16

struct wt_client;

/** What a call came to. */
enum wt_result {
	WT_OK = 0,
	WT_TIMEOUT = 1,	      /**< the time given ran out; nothing else changed */
	WT_INVALID = 2,	      /**< an argument breaks a rule that the function states */
	WT_NOT_CONNECTED = 3, /**< no connection, and none is being made */
	WT_CONNECTED = 4,     /**< a connection is there or being made already */
	WT_QUEUE_FULL = 5,    /**< a bounded queue is full; take events, then try again */
	WT_TOO_LARGE = 6,     /**< over the server's LIMIT; nothing was queued */
	WT_NO_MEMORY = 7,
	WT_RESOLVE = 8,	      /**< the host's name has no address */
	WT_SYSTEM = 9,	      /**< a system call failed; wt_error_text() says which and why */
	WT_REFUSED = 10,      /**< the server answered with another status than ok */
	WT_CLOSED = 11,	      /**< the connection ended first; whether the request was done is unknown */
	WT_PROTOCOL = 12,     /**< the server broke the protocol; the connection was ended */
};

/** The statuses of docs/protocol.md, numbers included. */
enum wt_status {
	WT_STATUS_OK = 0,
	WT_STATUS_MALFORMED = 1,
	WT_STATUS_UNSUPPORTED = 2,
	WT_STATUS_TOO_LARGE = 3,
	WT_STATUS_NO_SUCH_CLIENT = 4,
	WT_STATUS_GONE = 5,
	WT_STATUS_BUSY = 6,
	WT_STATUS_RATE_LIMITED = 7,
	WT_STATUS_UNAUTHORIZED = 8,
	WT_STATUS_FORBIDDEN = 9,
	WT_STATUS_NAME_TAKEN = 10,
	WT_STATUS_TIMEOUT = 11,
	WT_STATUS_SHUTTING_DOWN = 12,
	WT_STATUS_INTERNAL = 13,
};

/** What became of a message. */
enum wt_outcome {
	WT_OUTCOME_NONE = 0,	  /**< it was not delivered, or not surely: the status says why */
	WT_OUTCOME_DELIVERED = 1, /**< the recipient's client acknowledged it */
	WT_OUTCOME_STORED = 2,	  /**< reserved */
	WT_OUTCOME_PASSED = 3,	  /**< a classic recipient's TCP acknowledged every byte */
	WT_OUTCOME_UNKNOWN = 4,	  /**< the connection ended first: it may have arrived, or not */
};

/** Options of a client. wt_options_init() fills in the defaults, which zeros also mean. */
struct wt_options {
	size_t size;		    /**< sizeof(struct wt_options), for programs built earlier */
	const char *name;	    /**< asked for at each connect; NULL: none. Zero-terminated UTF-8 */
	bool reconnect;		    /**< connect again after a loss; see wt_connect() */
	bool manual_acknowledge;    /**< only wt_acknowledge() acknowledges messages */
	uint32_t connect_timeout_ms; /**< for one attempt; default 10,000 */
	uint32_t max_in_flight;	    /**< requests without answer; default 16,384, at most 65,536 */
	size_t max_unsent_bytes;    /**< requests not yet taken by the kernel; default 4 MiB */
	size_t max_event_bytes;	    /**< events not yet taken; default 4 MiB. Beyond it the
				     *   library stops reading, and the server says busy to
				     *   those who write to us: nothing is dropped */
};

/** An address as the server sees it. */
struct wt_address {
	uint8_t family;	   /**< 4 or 6 */
	uint16_t port;	   /**< host order */
	uint8_t bytes[16]; /**< network order; the first 4 for family 4 */
};

/** A client of the server. */
struct wt_peer {
	uint32_t number;	   /**< from 1 up; never used again while the server runs */
	struct wt_address address;
	const char *name;	   /**< UTF-8, zero-terminated; NULL: has none */
	uint64_t since_ns;	   /**< connected since: nanoseconds since 1970 (UTC), server's clock */
};

struct wt_room {
	const char *name; /**< UTF-8, zero-terminated */
	uint32_t members;
};

enum wt_event_kind {
	WT_EVENT_NONE = 0,
	WT_EVENT_CONNECTED = 1,	   /**< the server's HELLO came (and the name, if any, was granted or refused) */
	WT_EVENT_DISCONNECTED = 2, /**< the connection ended, or could not be made */
	WT_EVENT_MESSAGE = 3,	   /**< somebody wrote to us */
	WT_EVENT_VERDICT = 4,	   /**< what became of a wt_send() */
	WT_EVENT_ANSWER = 5,	   /**< the answer to any other request */
	WT_EVENT_PRESENCE = 6,	   /**< somebody came, changed name, or went; after wt_watch() */
	WT_EVENT_CLOSING = 7,	   /**< the server said that it will close; more may still come */
};

enum wt_request_type {
	WT_REQUEST_NONE = 0,
	WT_REQUEST_BYE = 1,
	WT_REQUEST_TIME = 2,
	WT_REQUEST_NAME = 3,
	WT_REQUEST_LIST = 4,
	WT_REQUEST_SEND = 5,
	WT_REQUEST_HELLO = 6,
	WT_REQUEST_PING = 7,
	WT_REQUEST_JOIN = 8,
	WT_REQUEST_LEAVE = 9,
	WT_REQUEST_ROOMS = 10,
	WT_REQUEST_WATCH = 11,
};

/** One thing that happened. Which part of `as` holds is told by `kind`. */
struct wt_event {
	enum wt_event_kind kind;
	uint32_t request; /**< VERDICT, ANSWER: the number that the request got; else 0 */

	union {
		struct {
			uint32_t number;	    /**< ours */
			struct wt_address address;  /**< ours, as the server sees it */
			const char *server_name;
			const char *banner;
			uint32_t limit_bytes;	    /**< the largest body that we may send */
			uint32_t keepalive_ms;	    /**< 0: the server does not check */
			bool again;		    /**< a reconnection */
			enum wt_status name_status; /**< ok, or why options.name was not granted */
		} connected;

		struct {
			enum wt_result reason;	 /**< OK: we asked for it; CLOSED: end of stream; SYSTEM,
						  *   RESOLVE, TIMEOUT, PROTOCOL; REFUSED: the server's ERROR */
			enum wt_status status;	 /**< REFUSED: the status that ERROR carried */
			const char *text;	 /**< a sentence for people */
			int32_t retry_in_ms;	 /**< reconnection follows in so long; -1: none */
		} disconnected;

		struct {
			uint32_t number;	   /**< 1, 2, 3, ... on this connection */
			struct wt_peer from;
			const char *room;	   /**< NULL: to us alone */
			uint64_t time_ns;	   /**< when the server took it, its clock */
			const uint8_t *message_id; /**< WT_MESSAGE_ID_BYTES, or NULL */
			const void *data;
			size_t data_bytes;
		} message;

		struct {
			enum wt_outcome outcome;
			enum wt_status status;	 /**< ok with DELIVERED and PASSED; else why not */
			uint32_t count;		 /**< to a room: members that acknowledged; else 1 or 0 */
			bool to_room;
			uint32_t retry_after_ms; /**< 0: not said */
			const char *text;	 /**< the server's sentence, or "" */
			uint64_t elapsed_ns;	 /**< from wt_send() to the verdict */
		} verdict;

		struct {
			enum wt_request_type type;
			enum wt_result result;	 /**< OK; REFUSED: see status; CLOSED; PROTOCOL */
			enum wt_status status;
			const char *text;	 /**< REFUSED: the server's sentence */
			uint32_t retry_after_ms; /**< 0: not said */
			uint64_t elapsed_ns;	 /**< from the request to its answer */
			uint64_t time_ns;	 /**< TIME: nanoseconds since 1970 (UTC) */
			int32_t zone_s;		 /**< TIME: seconds east of UTC at the server */
			const char *name;	 /**< NAME: the server's machine; HELLO: our name, or NULL */
			const struct wt_peer *peers; /**< LIST: all pages, ascending numbers, us included */
			const struct wt_room *rooms; /**< ROOMS: all pages */
			size_t count;		 /**< LIST, ROOMS: elements; JOIN: members, us included */
			const void *data;	 /**< PING: what was sent along */
			size_t data_bytes;
		} answer;

		struct {
			bool came;		 /**< or changed its name; false: went */
			struct wt_peer peer;
		} presence;

		struct {
			const char *text;
		} closing;
	} as;
};

/** Where a client stands. */
struct wt_info {
	bool connected;		  /**< the server's HELLO is here and the connection has not ended */
	uint32_t number;	  /**< ours; 0 while not connected */
	const char *name;	  /**< ours as granted; NULL: none. Borrowed until the next call */
	const char *server;	  /**< "host:port" of the last connect */
	struct wt_address local;  /**< our end */
	struct wt_address remote; /**< the server's end */
	uint32_t in_flight;	  /**< requests without answer */
	size_t unsent_bytes;	  /**< queued, not yet taken by the kernel */
	uint32_t limit_bytes;
};

enum wt_want {
	WT_WANT_READ = 1,
	WT_WANT_WRITE = 2,
};

/** What to send, and to whom: exactly one of the three is given. */
struct wt_message {
	uint32_t to_number;	   /**< 0: not by number */
	const char *to_name;	   /**< NULL: not by name */
	const char *to_room;	   /**< NULL: not to a room */
	const void *data;	   /**< any bytes; may be NULL where data_bytes is 0 */
	size_t data_bytes;
	const uint8_t *message_id; /**< WT_MESSAGE_ID_BYTES that nobody else uses; NULL: with
				    *   options.reconnect the library makes one, else none is sent */
};

/** Fills in the defaults. */
WT_EXPORT void wt_options_init(struct wt_options *options);

/**
 * Makes a client that is not yet connected. options may be NULL: all defaults.
 * Errors: INVALID (a name that is none), NO_MEMORY, SYSTEM (no descriptor left).
 * On success gives *out; free with wt_client_destroy().
 */
WT_EXPORT enum wt_result wt_client_create(const struct wt_options *options, struct wt_client **out);

/** Ends the connection at once, stops the thread, frees all. NULL does nothing. */
WT_EXPORT void wt_client_destroy(struct wt_client *client);

/**
 * Starts to connect; CONNECTED or DISCONNECTED follows as an event. server is "HOST",
 * "HOST:PORT", "[IPv6]:PORT" or ":PORT"; NULL means WT_DEFAULT_SERVER. Each of the host's addresses is tried in turn.
 * A host that is a name is looked up before the call returns (blocking); addresses in figures never block.
 *
 * With options.reconnect a lost connection, or one that can't be made, is tried again after a random
 * time between 0.1 s and a bound that doubles from 0.2 s to 30 s, until wt_disconnect(). The name is asked for again, rooms joined
 * and presence watched again. Messages to names and rooms that have no verdict yet are sent again under their MESSAGE_ID; those
 * to numbers are not, since a restarted server gives numbers anew: their verdict is UNKNOWN.
 *
 * Errors: INVALID, CONNECTED, RESOLVE, SYSTEM, NO_MEMORY.
 */
WT_EXPORT enum wt_result wt_connect(struct wt_client *client, const char *server);

/** The same, and waits for the outcome at most timeout_ms (-1: for ever), as wt_wait() does; the CONNECTED event stays to be
 * taken. Errors: those of wt_connect(), and the reason why the connection could not be made, TIMEOUT included (the attempt is then given up). */
WT_EXPORT enum wt_result wt_connect_wait(struct wt_client *client, const char *server, int timeout_ms);

/**
 * Acknowledges what was taken, says BYE, waits at most timeout_ms for the answers of all that is in flight, and closes; no
 * reconnection follows. Requests without answer by then end with CLOSED or UNKNOWN. Events stay to be taken, DISCONNECTED last.
 * Without a connection: ends a reconnection that is under way. Errors: NOT_CONNECTED, TIMEOUT (closed all the same).
 */
WT_EXPORT enum wt_result wt_disconnect(struct wt_client *client, int timeout_ms);

/**
 * Starts the receiving thread. From then on the client may be used from any thread, and wt_process() does nothing.
 * The thread ends with wt_client_destroy(). Errors: INVALID (started already), SYSTEM.
 */
WT_EXPORT enum wt_result wt_client_start_thread(struct wt_client *client);

/** A descriptor to wait on, the library's own: only wait on it. Without thread: for what wt_want() says, and it changes with each connect (it is never -1). With thread: readable while an event waits. */
WT_EXPORT int wt_fd(const struct wt_client *client);

/** What to wait for on wt_fd(): bits of enum wt_want. */
WT_EXPORT unsigned wt_want(const struct wt_client *client);

/** The longest time to wait before wt_process() has something to do even so, in ms; -1: no bound; 0: now. */
WT_EXPORT int wt_timeout_ms(const struct wt_client *client);

/** Reads, writes and keeps time, without blocking. What came of it is taken with wt_poll(). Errors: none; troubles are events. */
WT_EXPORT void wt_process(struct wt_client *client);

/**
 * Takes the next event, waiting for it at most timeout_ms (0: not at all, -1: for ever) and
 * doing all of wt_process() meanwhile. Unless options.manual_acknowledge is set, the message that the call before
 * gave is acknowledged now: a program that dies while it handles a message never had it `delivered`.
 *
 * Errors: TIMEOUT (no event; also after wt_wakeup()), NOT_CONNECTED (nothing is left that could bring an event).
 */
WT_EXPORT enum wt_result wt_poll(struct wt_client *client, int timeout_ms, struct wt_event *out);

/**
 * Waits for the one event that answers a request; others keep their order and stay to be taken. Several threads may wait for different
 * requests. Errors: TIMEOUT (the answer will still come as an event), INVALID (no such request is open, or its event was taken).
 */
WT_EXPORT enum wt_result wt_wait(struct wt_client *client, uint32_t request, int timeout_ms,
				 struct wt_event *out);

/** Ends a wt_poll() or wt_wait() of another thread with TIMEOUT. From any thread, and from signal handlers. */
WT_EXPORT void wt_wakeup(struct wt_client *client);

/**
 * The requests. Each is queued and *request (may be NULL) is its number, never 0; the answer is an ANSWER event (VERDICT for
 * wt_send()). They can be made as soon as wt_connect() was called: they leave when the connection is there. Errors of all: NOT_CONNECTED, QUEUE_FULL,
 * NO_MEMORY; of those with a name: INVALID (1 to 64 bytes of UTF-8 without control characters).
 */
WT_EXPORT enum wt_result wt_time(struct wt_client *client, uint32_t *request);
WT_EXPORT enum wt_result wt_server_name(struct wt_client *client, uint32_t *request);
WT_EXPORT enum wt_result wt_list(struct wt_client *client, uint32_t *request);
WT_EXPORT enum wt_result wt_rooms(struct wt_client *client, uint32_t *request);
WT_EXPORT enum wt_result wt_set_name(struct wt_client *client, const char *name, uint32_t *request);
WT_EXPORT enum wt_result wt_join(struct wt_client *client, const char *room, uint32_t *request);
WT_EXPORT enum wt_result wt_leave(struct wt_client *client, const char *room, uint32_t *request);
WT_EXPORT enum wt_result wt_watch(struct wt_client *client, bool on, uint32_t *request);
WT_EXPORT enum wt_result wt_ping(struct wt_client *client, const void *data, size_t data_bytes,
				 uint32_t *request);

/** Errors also: INVALID (not exactly one recipient), TOO_LARGE. Every message that was queued ends in exactly one VERDICT. */
WT_EXPORT enum wt_result wt_send(struct wt_client *client, const struct wt_message *message,
				 uint32_t *request);

/** With options.manual_acknowledge: acknowledges the message of that number, and with `through` all taken before it. Errors: INVALID, NOT_CONNECTED. */
WT_EXPORT enum wt_result wt_acknowledge(struct wt_client *client, uint32_t message_number, bool through);

WT_EXPORT void wt_get_info(struct wt_client *client, struct wt_info *out);

/** A sentence about the last call on this client that failed, or "". Borrowed until the next call. */
WT_EXPORT const char *wt_error_text(const struct wt_client *client);

/** "timeout", "no-such-client"; static, never NULL. */
WT_EXPORT const char *wt_result_text(enum wt_result result);
WT_EXPORT const char *wt_status_text(enum wt_status status);
WT_EXPORT const char *wt_outcome_text(enum wt_outcome outcome);

#ifdef __cplusplus
}
#endif

#endif
