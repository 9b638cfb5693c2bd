/*
 * A client of the relay without a thread, a socket or a clock: bytes and the time go in,
 * bytes, events and the next deadline come out. client.c puts it on a socket; tests and
 * the fuzzer drive it with scripts and a clock of their own.
 *
 * Nothing is queued for the application in here. What comes from the server stays in the
 * input buffer until core_next_event() is asked: that decodes on from where it stopped,
 * answers by itself what needs no application, and gives the next event. So the only
 * memory that a server can fill is the input buffer, and its bound is the back-pressure.
 *
 * Four files work on the same struct: this one's .c holds the life of a connection,
 * core_requests.c what we say, core_frames.c what we are told, core_answers.c the part of
 * it that answers our requests.
 *
 * Times are nanoseconds of one clock that never goes back. One thread at a time.
 */
#ifndef WIRETALE_RELAY_CLIENT_CLIENT_CORE_H
#define WIRETALE_RELAY_CLIENT_CLIENT_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte_queue.h"
#include "base/clock.h"
#include "base/hash_table.h"
#include "relay_client/in_flight.h"
#include "relay_client/input_buffer.h"
#include "relay_client/recent_ids.h"
#include "relay_protocol/message.h"
#include "wiretale/client.h"

/* Before HELLO has told LIMIT: the server's name and banner, or an ERROR, fit well. */
#define CORE_GREETING_BODY_MAX_BYTES 4096u
/* Texts for people; a longer one is cut. */
#define CORE_TEXT_MAX_BYTES 1024u
/* Queued for the kernel beyond max_unsent_bytes: acknowledgements and next pages. */
#define CORE_CONTROL_RESERVE_BYTES ((size_t)8 * 1024 * 1024)
/* Rooms that are joined again after a reconnection; of more, the first so many. */
#define CORE_ROOMS_MAX 1024u

#define CORE_BACK_OFF_LEAST_NS (100 * NS_PER_MS)
#define CORE_BACK_OFF_FIRST_BOUND_NS (200 * NS_PER_MS)
#define CORE_BACK_OFF_LAST_BOUND_NS (30 * NS_PER_S)
/* A connection that lasted so long sets the back-off to its start. */
#define CORE_STEADY_NS (5 * NS_PER_S)
/* The longest RETRY_AFTER that a server can make us wait. */
#define CORE_RETRY_AFTER_MAX_MS 300000u
/* A name that the server still holds for our old connection is asked for so often. */
#define CORE_NAME_AGAIN_NS (2 * NS_PER_S)
/* Shorter silences than this are not held against a server, whatever its KEEPALIVE. */
#define CORE_SILENCE_LEAST_NS NS_PER_S
/* From the server's BYE to the end of its stream. */
#define CORE_BYE_WITHIN_NS (10 * NS_PER_S)

#define CORE_NEVER UINT64_MAX

enum core_state {
	CORE_IDLE,       /* nothing asked for, or all is over */
	CORE_CONNECTING, /* core_connect() was called, or the back-off is over */
	CORE_GREETING,   /* the stream is there; the server's HELLO is not */
	CORE_NAMING,     /* HELLO came; the name that we asked for is not granted or refused yet */
	CORE_OPEN,       /* CONNECTED was told */
	CORE_LEAVING,    /* BYE was said by us */
	CORE_WAITING,    /* the connection is over; the next attempt is at retry_ns */
};

struct core_options {
	const char *name; /* valid, or NULL; copied */
	bool reconnect;
	uint64_t connect_timeout_ns; /* from the stream's start until CONNECTED */
	uint32_t max_in_flight;
	size_t max_unsent_bytes;
	struct hash_secret secret; /* random: MESSAGE_IDs and the back-off come from it */
};

struct core_name {
	char text[RELAY_NAME_MAX_BYTES + 1]; /* zero-terminated; empty: none */
};

/* Acknowledgements that are due, as one range; from 0 on: none. */
struct core_range {
	uint32_t from;
	uint32_t through;
};

/* Why a connection is over. Told as DISCONNECTED once all that came before was taken. */
struct core_end {
	bool pending; /* it is over, and this was not told yet */
	bool settled; /* the requests that end with it were moved to `done` */
	enum wt_result reason;
	enum wt_status status;
	uint32_t retry_after_ms; /* the server asked us to stay away for so long */
	char text[CORE_TEXT_MAX_BYTES + 1];
};

struct client_core {
	/* Set at the start. */
	bool reconnect;
	uint64_t connect_timeout_ns;
	uint32_t max_in_flight;
	size_t max_unsent_bytes;
	struct hash_secret secret;

	/* What lasts over connections. */
	uint64_t now_ns;        /* the newest time that anybody told */
	uint64_t looked_ns;     /* as core_looked() said; CORE_NEVER: not yet */
	uint64_t numbers_drawn; /* by core_random() */
	struct in_flight in_flight;
	size_t kept_bytes;        /* frames kept for sending later or again */
	size_t pages_bytes;       /* of lists that are being put together */
	void *block;              /* owned: what the last event's answer.peers or .rooms is in */
	struct recent_ids recent; /* messages that the application was given */
	struct core_name wanted;  /* asked for at each connect */
	struct core_name *rooms;  /* owned: rooms that we are in, to be joined again */
	uint32_t room_count;
	bool watching; /* presence is told, to be asked for again */

	/* The connection. */
	enum core_state state;
	uint64_t attempts;  /* to make a stream, so far */
	uint64_t serial;    /* streams so far; the number of the present one */
	bool was_connected; /* a HELLO came on this or an earlier connection */
	bool leaving;       /* the application ended it: no reconnection */
	struct core_end end;
	struct input_buffer input;
	struct byte_queue output;       /* what core_take_output() has not taken yet */
	size_t unsent_bytes;            /* output, and what was taken but not sent yet */
	struct core_range due_messages; /* to be acknowledged with the next output */
	struct core_range due_pings;
	uint32_t messages_seen;      /* number of the newest SEND indication */
	uint32_t pings_seen;         /* number of the newest PING indication */
	uint32_t acknowledged_below; /* messages under this number are acknowledged */

	/* From HELLO. */
	uint32_t number;           /* ours; 0: no HELLO yet */
	struct wt_address address; /* ours */
	uint32_t limit_bytes;
	uint32_t keepalive_ms;
	struct core_name server_name;
	char banner[CORE_TEXT_MAX_BYTES + 1];
	struct core_name name; /* as granted */
	bool connected_due;    /* the event CONNECTED comes next */
	bool again;            /* this connection is a reconnection */
	enum wt_status name_status;
	uint32_t name_request;   /* id of the library's own HELLO; 0: none is open */
	size_t scanned;          /* NAMING: bytes of the input that were looked through */
	uint64_t name_answer_at; /* place in the stream of the answer, taken out of turn */
	uint64_t consumed;       /* bytes of the stream that were decoded */

	/* Clocks; CORE_NEVER: not running. */
	uint64_t greeting_by_ns;    /* CONNECTED must be there */
	uint64_t opened_ns;         /* CONNECTED was told */
	uint64_t received_ns;       /* bytes came last */
	uint64_t probed_ns;         /* the silent server was sent a PING */
	uint64_t spoke_ns;          /* we queued a frame last */
	uint64_t name_again_ns;     /* the refused name is asked for again */
	uint64_t bye_by_ns;         /* the server said BYE: the stream must have ended */
	uint64_t retry_ns;          /* WAITING: the next attempt */
	uint64_t back_off_bound_ns; /* the next back-off is below this */

	/* What the last event points to. */
	char text[CORE_TEXT_MAX_BYTES + 1];
	struct core_name event_name;
	struct core_name event_room;
};

/* options are copied. */
void core_init(struct client_core *core, const struct core_options *options);
void core_finish(struct client_core *core);

/* --- What the one who owns the socket tells and asks --- */

/* From IDLE, with nothing of an earlier connection left to be told. */
void core_connect(struct client_core *core, uint64_t now_ns);

/* A stream to the server is to be made, or to be kept; otherwise it is to be closed. */
bool core_wants_stream(const struct client_core *core);

/* The stream is there. core->serial is its number from here on. */
void core_stream_started(struct client_core *core, uint64_t now_ns);

/*
 * The stream can't be made, or is over: WT_CLOSED at its end, else the error, with a
 * sentence. What came before is still decoded.
 */
void core_stream_ended(struct client_core *core, enum wt_result reason, const char *text,
		       uint64_t now_ns);

/* Where bytes are to be received; NULL: not before events were taken. */
uint8_t *core_input_room(struct client_core *core, size_t *room);
void core_received(struct client_core *core, size_t length, uint64_t now_ns);
/* All that had come by then was received; what came later may still wait in the socket, where this
 * process stood still. Who never tells has always received all. */
void core_looked(struct client_core *core, uint64_t looked_ns);

/*
 * Moves everything that is to be sent into `into`, which is empty; acknowledgements that
 * are due are made frames only now, one for all. False: there is nothing.
 */
bool core_take_output(struct client_core *core, struct byte_queue *into);
bool core_has_output(const struct client_core *core);

/* The kernel took so many of them. */
void core_sent(struct client_core *core, size_t length);

/* core_tick() is to be called at that time; CORE_NEVER: no need. */
uint64_t core_deadline(const struct client_core *core);
void core_tick(struct client_core *core, uint64_t now_ns);

/* --- What the application tells and asks --- */

/*
 * Gives the next event. What it points to is good until core_release_event() and the next
 * core_next_event(). False: there is none before something comes or a deadline passes.
 */
bool core_next_event(struct client_core *core, struct wt_event *out);
void core_release_event(struct client_core *core);

/* An event can be had now, without anything coming first. */
bool core_has_event(const struct client_core *core);

/* The block that holds the lists of the last event; it is the caller's to free. */
void *core_steal_block(struct client_core *core);

/*
 * True: the application was given this message before. False: it is noted as given now.
 */
bool core_is_repeated(struct client_core *core, const uint8_t *message_id, uint64_t now_ns);

/* Acknowledges the messages `from` to `through`, 0 for all since the last acknowledged. */
enum wt_result core_acknowledge(struct client_core *core, uint32_t from, uint32_t through);

/* Says BYE behind all that was asked; the end follows when the server has answered. */
void core_leave(struct client_core *core, uint64_t now_ns);

/* Ends the connection, or the attempts to make one, at once; reason OK. */
void core_abandon(struct client_core *core);

/* A connection is there, HELLO and all. */
bool core_is_connected(const struct client_core *core);

/* Over, with no attempt to follow; what is left to be told can still be taken. */
bool core_is_over(const struct client_core *core);

/* --- Between the four files --- */

/* Ends the connection, unless it is over. text may be NULL. */
void core_end(struct client_core *core, enum wt_result reason, enum wt_status status,
	      const char *text);

uint64_t core_random(struct client_core *core);

enum core_step {
	CORE_STEP_EVENT, /* *out is an event */
	CORE_STEP_QUIET, /* a frame was taken that the application needs not know of */
	CORE_STEP_WAIT,  /* more bytes are needed */
};

/* The server broke the protocol: ends the connection, and what else came is not looked at. */
enum core_step core_fault(struct client_core *core, const char *what);

/* A status that we do not know is `internal`. */
enum wt_status core_status_of(uint16_t wire);

/* Copies a text from the wire, cut where it is too long or holds a zero. */
void core_copy_text(char out[CORE_TEXT_MAX_BYTES + 1], const uint8_t *text, size_t text_bytes);
void core_copy_name(struct core_name *out, struct relay_bytes name);
struct relay_bytes core_name_bytes(const struct core_name *name);

/* The name in the scratch; NULL: the name is empty. */
const char *core_name_of(struct core_name *scratch, struct relay_bytes name);

/* The message's TEXT in core->text; "": it has none. */
const char *core_text_of(struct client_core *core, const struct relay_message *message);

/* Frees what the request owns and forgets it. */
void core_close_request(struct client_core *core, struct in_flight_request *request);

#endif
