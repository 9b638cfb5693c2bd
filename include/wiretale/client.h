/**
 * libwiretale: a client of the Wiretale relay (docs/protocol.md, docs/client-library.md).
 *
 * One thread:   wt_client_create(), wt_connect_wait(), then requests such as wt_send(), and
 *               wt_poll() in a loop for what comes; wt_disconnect(), wt_client_destroy().
 * Own loop:     wait on wt_fd() for wt_want(), at most wt_timeout_ms(); then wt_process(), then
 *               wt_poll(client, 0, &event) until it gives WT_TIMEOUT.
 * With thread:  wt_client_start_thread(); from then on a thread of the library owns the
 *               socket, and wt_fd() is readable while an event waits.
 *
 * Requests are asynchronous: they are queued, named by a number, and answered by exactly
 * one event with that number. wt_wait() is the blocking form.
 *
 * Ownership: what is given to the library is copied before the call returns. What the
 * library gives with an event is borrowed until the next wt_poll(), wt_wait(), or call that
 * connects or disconnects, on that client.
 *
 * Threads: without wt_client_start_thread() a client belongs to one thread at a time; only
 * wt_wakeup() may be called from any. With it, requests (wt_time() to wt_send(), and
 * wt_acknowledge()) and wt_get_info() may come from any thread at any time, while all other
 * calls, those that take events above all, are made by one thread at a time. Different
 * clients are independent. Nothing of the application's is ever called back.
 *
 * Blocking: only the calls with a timeout_ms wait, and never longer than it says; and
 * wt_connect() looks a host's name up. timeout_ms 0: not at all, -1: for ever.
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
	WT_TIMEOUT = 1,       /**< the time given ran out */
	WT_INVALID = 2,       /**< an argument breaks a rule that the function states */
	WT_NOT_CONNECTED = 3, /**< no connection, and none is being made */
	WT_CONNECTED = 4,     /**< a connection is there or being made already */
	WT_QUEUE_FULL = 5,    /**< a bounded queue is full; take events, then try again */
	WT_TOO_LARGE = 6,     /**< over the server's LIMIT; nothing was queued */
	WT_NO_MEMORY = 7,
	WT_RESOLVE = 8,   /**< the host's name has no address */
	WT_SYSTEM = 9,    /**< a system call failed; wt_error_text() says which and why */
	WT_REFUSED = 10,  /**< the server answered with another status than ok */
	WT_CLOSED = 11,   /**< the connection ended first: it may have been done, or not */
	WT_PROTOCOL = 12, /**< the server broke the protocol; the connection was ended */
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
	WT_OUTCOME_NONE = 0,      /**< it was not delivered, or not surely: the status says why */
	WT_OUTCOME_DELIVERED = 1, /**< the recipient's client acknowledged it */
	WT_OUTCOME_STORED = 2,    /**< reserved */
	WT_OUTCOME_PASSED = 3,    /**< a classic recipient's TCP acknowledged every byte */
	WT_OUTCOME_UNKNOWN = 4,   /**< the connection ended first: it may have arrived, or not */
};

/** Options of a client. wt_options_init() fills in the defaults, which zeros also mean. */
struct wt_options {
	size_t size;                 /**< sizeof(struct wt_options), for programs built earlier */
	const char *name;            /**< asked for at each connect; NULL: none. 1 to 64 bytes of
				      *   UTF-8 without control characters, zero-terminated */
	bool reconnect;              /**< connect again after a loss; see wt_connect() */
	bool manual_acknowledge;     /**< only wt_acknowledge() acknowledges messages; nor are
				      *   repeated ones dropped: see wt_poll() */
	uint32_t connect_timeout_ms; /**< for one attempt; default 10,000 */
	uint32_t max_in_flight;      /**< requests without answer; default 16,384, at most 65,536 */
	size_t max_unsent_bytes;     /**< requests not yet taken by the kernel; default 4 MiB.
				      *   The same again is kept for sending once more, with
				      *   `reconnect`, or for when the connection is there */
	size_t max_event_bytes;      /**< events not yet taken; default 4 MiB. Beyond it the
				      *   library stops reading, and the server says busy to
				      *   those who write to us: nothing is dropped */
};

/** An address as the server sees it. */
struct wt_address {
	uint8_t family;    /**< 4 or 6 */
	uint16_t port;     /**< host order */
	uint8_t bytes[16]; /**< network order; the first 4 for family 4 */
};

/** A client of the server. */
struct wt_peer {
	uint32_t number; /**< from 1 up; never used again while the server runs */
	struct wt_address address;
	const char *name;  /**< UTF-8, zero-terminated; NULL: has none */
	uint64_t since_ns; /**< connected since: nanoseconds since 1970 (UTC), server's clock */
};

struct wt_room {
	const char *name; /**< UTF-8, zero-terminated */
	uint32_t members;
};

enum wt_event_kind {
	WT_EVENT_NONE = 0,
	WT_EVENT_CONNECTED = 1,    /**< the server's HELLO came; the name, if one was asked for,
				    *   was granted or refused. Comes before all else */
	WT_EVENT_DISCONNECTED = 2, /**< the connection ended, or could not be made; comes behind
				    *   all that the connection brought */
	WT_EVENT_MESSAGE = 3,      /**< somebody wrote to us */
	WT_EVENT_VERDICT = 4,      /**< what became of a wt_send() */
	WT_EVENT_ANSWER = 5,       /**< the answer to any other request; `request` is 0 where the
				    *   library asked by itself: see wt_connect() */
	WT_EVENT_PRESENCE = 6,     /**< somebody came, changed name, or went; after wt_watch() */
	WT_EVENT_CLOSING = 7,      /**< the server said that it will close; more may still come */
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
			uint32_t number;           /**< ours */
			struct wt_address address; /**< ours, as the server sees it */
			const char *server_name;
			const char *banner;
			uint32_t limit_bytes;       /**< the largest body that we may send */
			uint32_t keepalive_ms;      /**< 0: the server does not check */
			bool again;                 /**< a reconnection */
			enum wt_status name_status; /**< ok, or why options.name was not granted */
		} connected;

		struct {
			enum wt_result reason; /**< OK: we asked for it; CLOSED: end of stream;
						*   TIMEOUT: no answer; SYSTEM, RESOLVE, PROTOCOL,
						*   NO_MEMORY; REFUSED: the server's ERROR */
			enum wt_status status; /**< REFUSED: the status that ERROR carried */
			const char *text;      /**< a sentence for people */
			int32_t retry_in_ms;   /**< reconnection follows in so long; -1: none */
		} disconnected;

		struct {
			uint32_t number; /**< 1, 2, 3, ... on this connection */
			struct wt_peer from;
			const char *room;          /**< to that room; NULL: to us alone */
			uint64_t time_ns;          /**< when the server took it, its clock */
			const uint8_t *message_id; /**< WT_MESSAGE_ID_BYTES, or NULL */
			const void *data;          /**< any bytes, and no zero behind them */
			size_t data_bytes;
		} message;

		struct {
			enum wt_outcome outcome;
			enum wt_status status; /**< ok with DELIVERED and PASSED; else why not;
						*   timeout with UNKNOWN */
			uint32_t count; /**< to a room: members that acknowledged; else 1 or 0 */
			bool to_room;
			uint32_t retry_after_ms; /**< 0: not said */
			const char *text;        /**< the server's sentence, or "" */
			uint64_t elapsed_ns;     /**< from wt_send() to the verdict */
		} verdict;

		struct {
			enum wt_request_type type;
			enum wt_result result; /**< OK; REFUSED: see status; CLOSED; NO_MEMORY */
			enum wt_status status;
			const char *text;        /**< a sentence about a failure, or "" */
			uint32_t retry_after_ms; /**< 0: not said */
			uint64_t elapsed_ns;     /**< from the request to its answer */
			uint64_t time_ns;        /**< TIME: nanoseconds since 1970 (UTC) */
			int32_t zone_s;          /**< TIME: seconds east of UTC at the server */
			const char *name; /**< NAME: the server's machine; HELLO: ours, or NULL;
					   *   JOIN as request 0: the room */
			/** LIST: all clients, us included, by ascending number */
			const struct wt_peer *peers;
			const struct wt_room *rooms; /**< ROOMS: all rooms */
			size_t count;                /**< LIST, ROOMS: elements; JOIN: members */
			const void *data;            /**< PING: what was sent along */
			size_t data_bytes;
		} answer;

		struct {
			bool came; /**< or changed its name; false: went */
			struct wt_peer peer;
		} presence;

		struct {
			const char *text;
		} closing;
	} as;
};

/** Where a client stands. */
struct wt_info {
	bool connected;     /**< the server's HELLO is here and the connection has not ended */
	uint32_t number;    /**< ours; 0 while not connected */
	const char *name;   /**< ours as granted; NULL: none. Until the next wt_get_info() */
	const char *server; /**< "host:port" of the last connect, or "". Until the next */
	/**
	 * Our end and the server's. While not connected: of the try under way or the last one,
	 * also where it failed; family 0: there was none, or no segment was sent for it.
	 */
	struct wt_address local;
	struct wt_address remote;
	uint32_t in_flight;   /**< requests without answer */
	size_t unsent_bytes;  /**< queued, not yet taken by the kernel */
	uint32_t limit_bytes; /**< the largest body that we may send; 0 while not connected */
};

enum wt_want {
	WT_WANT_READ = 1,
	WT_WANT_WRITE = 2,
};

/** What to send, and to whom: exactly one of the three is given. */
struct wt_message {
	uint32_t to_number;  /**< 0: not by number */
	const char *to_name; /**< NULL: not by name */
	const char *to_room; /**< NULL: not to a room */
	const void *data;    /**< any bytes; may be NULL where data_bytes is 0 */
	size_t data_bytes;
	/**
	 * WT_MESSAGE_ID_BYTES that nobody else uses; NULL: with options.reconnect the library
	 * makes one, else none is sent
	 */
	const uint8_t *message_id;
};

/** Fills in the defaults. */
WT_EXPORT void wt_options_init(struct wt_options *options);

/**
 * Makes a client that is not yet connected. options may be NULL: all defaults.
 *
 * On success gives *out; free with wt_client_destroy(). Errors: INVALID (a name that is
 * none, a number over its bound), NO_MEMORY, SYSTEM (no descriptor is left).
 */
WT_EXPORT enum wt_result wt_client_create(const struct wt_options *options, struct wt_client **out);

/**
 * Ends the connection at once, without BYE, stops the thread, frees all. No event follows;
 * what is in flight gets no verdict: wt_disconnect() first, where that matters. Never
 * waits for the network. NULL does nothing.
 */
WT_EXPORT void wt_client_destroy(struct wt_client *client);

/**
 * Starts to connect; CONNECTED or DISCONNECTED follows as an event. server is "HOST",
 * "HOST:PORT", "[IPv6]:PORT" or ":PORT"; NULL means WT_DEFAULT_SERVER, and no host its
 * host. Each of the host's addresses is tried in turn.
 *
 * Blocking: a host that is a name is looked up before the call returns; addresses in
 * figures never block. For a reconnection the thread has it looked up again, without
 * blocking anything; without thread the addresses found here are used on.
 *
 * With options.reconnect a connection that is lost, or can't be made, is tried again after
 * a random time between 0.1 s and a bound that doubles from 0.2 s to 30 s (or after the
 * server's RETRY_AFTER), until wt_disconnect(). Each try that fails is a DISCONNECTED event
 * with retry_in_ms. Then
 *   - the name is asked for again: the one of the options, or the last that wt_set_name()
 *     got. While the server still holds it for our old connection (name-taken), it is
 *     asked for every 2 s; when it is granted, an ANSWER of type HELLO as request 0 tells.
 *   - rooms are joined and presence is watched as before. A refusal is an ANSWER as
 *     request 0 of type JOIN, with the room as its name, or WATCH. Of more than 1,024 rooms
 *     the first are joined.
 *   - messages to names and rooms that have no verdict yet are sent again under their
 *     MESSAGE_ID. Those to numbers are not, since a restarted server gives numbers anew:
 *     their verdict is UNKNOWN; and of one that is sent while the connection is away, or
 *     before the new one's CONNECTED was taken (or the answer to a wt_list() on it), the
 *     verdict is NONE with status gone.
 *   - other requests that were under way end with CLOSED; those made in between leave with
 *     the new connection.
 *
 * Errors: INVALID, CONNECTED, RESOLVE, NO_MEMORY.
 */
WT_EXPORT enum wt_result wt_connect(struct wt_client *client, const char *server);

/**
 * The same, and waits for the first CONNECTED or DISCONNECTED, which stays to be taken.
 *
 * Errors: those of wt_connect(); the reason of DISCONNECTED, wt_error_text() being its text
 * (with options.reconnect the attempts go on); TIMEOUT when timeout_ms is over: then the
 * attempts are given up.
 */
WT_EXPORT enum wt_result wt_connect_wait(struct wt_client *client, const char *server,
					 int timeout_ms);

/**
 * Leaves in order: acknowledges what was taken, says BYE, waits for the answers of all that
 * is in flight, and closes; no reconnection follows. What has no answer by then ends with
 * CLOSED or UNKNOWN. Events stay to be taken, DISCONNECTED last. Without a connection: ends
 * the attempts to make one, and does not wait.
 *
 * Errors: NOT_CONNECTED; TIMEOUT, or the reason why the connection ended before the server
 * had answered (closed all the same).
 */
WT_EXPORT enum wt_result wt_disconnect(struct wt_client *client, int timeout_ms);

/**
 * Starts the receiving thread: it owns the socket, answers the server's PING, connects and
 * reconnects, and hands complete events over through a queue of options.max_event_bytes.
 * wt_process() does nothing from then on. The thread ends with wt_client_destroy(); all
 * signals are blocked in it.
 *
 * Errors: INVALID (it was started before), SYSTEM (no thread or descriptor is left).
 */
WT_EXPORT enum wt_result wt_client_start_thread(struct wt_client *client);

/**
 * A descriptor to wait on, the library's own: only wait on it. Never -1. Without thread:
 * for what wt_want() says; it changes with each connect and disconnect, so ask anew before
 * each wait. With thread: readable while an event waits; always the same.
 */
WT_EXPORT int wt_fd(const struct wt_client *client);

/** What to wait for on wt_fd(): bits of enum wt_want. */
WT_EXPORT unsigned wt_want(const struct wt_client *client);

/**
 * The longest time to wait, in ms, before wt_process() or wt_poll() has something to do
 * even so; -1: no bound; 0: now.
 */
WT_EXPORT int wt_timeout_ms(const struct wt_client *client);

/**
 * Reads, writes and keeps time, without blocking. What came of it is taken with wt_poll();
 * what an event points to stays good. Troubles are events, too.
 */
WT_EXPORT void wt_process(struct wt_client *client);

/**
 * Takes the next event, doing all of wt_process() while it waits.
 *
 * Unless options.manual_acknowledge is set, the message that the call before gave is
 * acknowledged now: the sender hears `delivered` only when the application came back, and a
 * program that dies while it handles a message never had it delivered. A message that was
 * given before, and that its sender repeated under its MESSAGE_ID after a lost connection
 * (within 10 minutes, the last 8,192), is acknowledged and not given again.
 *
 * Errors: TIMEOUT (no event; also after wt_wakeup()), NOT_CONNECTED (nothing is left that
 * could bring an event).
 */
WT_EXPORT enum wt_result wt_poll(struct wt_client *client, int timeout_ms, struct wt_event *out);

/**
 * Waits for the one event that answers a request. Others keep their order and stay to be
 * taken with wt_poll(). Acknowledges like wt_poll().
 *
 * Errors: TIMEOUT (the answer will still come; also after wt_wakeup()), INVALID (no such
 * request is open, or its event was taken), QUEUE_FULL (options.max_event_bytes of others
 * came before it: take some), NO_MEMORY.
 */
WT_EXPORT enum wt_result wt_wait(struct wt_client *client, uint32_t request, int timeout_ms,
				 struct wt_event *out);

/**
 * Ends a wt_poll() or wt_wait() that waits, or else the next that would, with TIMEOUT. From
 * any thread, and from signal handlers.
 */
WT_EXPORT void wt_wakeup(struct wt_client *client);

/**
 * The requests. Each is queued and *request (may be NULL) is its number, never 0; the
 * answer is an ANSWER event (VERDICT for wt_send()). They never block. They can be made as
 * soon as wt_connect() was called: they leave when the connection is there. Without thread
 * they are gathered, and leave with the next wt_process(), wt_poll() or wt_wait(), or as
 * soon as 64 KiB are waiting.
 *
 * Names of clients and rooms are 1 to 64 bytes of UTF-8 without control characters,
 * zero-terminated.
 *
 * Errors of all: NOT_CONNECTED (no connection, and none being made; or it is ending),
 * QUEUE_FULL (take events, then try again), NO_MEMORY; of those with a name or data:
 * INVALID (it is none), TOO_LARGE.
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

/**
 * Sends a message. Once it is queued it ends in exactly one VERDICT event, whatever happens
 * to the connection (but for wt_client_destroy()).
 *
 * Errors also: INVALID (not exactly one recipient), TOO_LARGE (the body would be over
 * LIMIT; nothing was queued. Before CONNECTED, when LIMIT is not known, a message over it
 * ends in a VERDICT with status too-large).
 */
WT_EXPORT enum wt_result wt_send(struct wt_client *client, const struct wt_message *message,
				 uint32_t *request);

/**
 * With options.manual_acknowledge: acknowledges the message of that number, and with
 * `through` all taken before it. Numbers are of the connection that brought the newest
 * message that was taken. Sending is asynchronous, as with requests.
 *
 * Errors: INVALID (no message of that number was taken), NOT_CONNECTED (the connection that
 * brought it is over: the sender hears that it was not delivered), QUEUE_FULL.
 */
WT_EXPORT enum wt_result wt_acknowledge(struct wt_client *client, uint32_t message_number,
					bool through);

/** Where the client stands. What *out points to is good until the next wt_get_info(). */
WT_EXPORT void wt_get_info(struct wt_client *client, struct wt_info *out);

/**
 * A sentence about the last call on this client that failed, or "". Borrowed until the next
 * call. With a thread: only while no other thread makes requests.
 */
WT_EXPORT const char *wt_error_text(const struct wt_client *client);

/** "timeout", "no-such-client", "delivered"; static, never NULL. */
WT_EXPORT const char *wt_result_text(enum wt_result result);
WT_EXPORT const char *wt_status_text(enum wt_status status);
WT_EXPORT const char *wt_outcome_text(enum wt_outcome outcome);

#ifdef __cplusplus
}
#endif

#endif
