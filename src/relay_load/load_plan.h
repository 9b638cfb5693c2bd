/* What is to be measured, and what came of it. Plain values, read and written by one thread. */
#ifndef WIRETALE_RELAY_LOAD_LOAD_PLAN_H
#define WIRETALE_RELAY_LOAD_LOAD_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay_load/latency_histogram.h"

#define LOAD_PAIRS_MAX 10000u
#define LOAD_WINDOW_MAX 65536u
#define LOAD_SIZE_MAX 1000000u /* bytes of a payload */
#define LOAD_RATE_MAX 10000000u
#define LOAD_SECONDS_MAX 600u /* a message's number must not go round within a run */
#define LOAD_CONNECTIONS_MAX 1000000u

enum load_kind {
	LOAD_THROUGHPUT,  /* as many messages as go through, a window of them on the way */
	LOAD_LATENCY,     /* a message every so often, whatever became of those before */
	LOAD_FAN_OUT,     /* one sender, a room of many */
	LOAD_CONNECTIONS, /* connect, be greeted, close; again and again */
	LOAD_IDLE_MEMORY, /* what connections that do nothing cost the server */
};
#define LOAD_KINDS 5

/* "throughput", "fan-out". */
const char *load_kind_name(enum load_kind kind);

struct load_plan {
	enum load_kind kind;
	const char *server;    /* borrowed; "127.0.0.1:2312" */
	uint16_t default_port; /* where `server` names none */
	uint32_t pairs;        /* of a sender and a receiver */
	uint32_t window;       /* messages of one sender on the way at a time */
	uint32_t size;         /* bytes of a payload */
	uint32_t rate;         /* latency: messages a second, of all senders together */
	uint64_t warm_up_ns;   /* before the measured time: the same work, not counted */
	uint64_t measured_ns;
	uint32_t members;     /* fan-out: of the room */
	uint32_t connections; /* connections: at a time; idle: in all */
	uint32_t idle_beside; /* further connections that do nothing */
	uint32_t stalled;     /* further receivers that read nothing, each with a sender */
	uint32_t stalled_rate;
	uint32_t stalled_size;
	uint32_t server_pid; /* whose memory is read; 0: nobody's */
	bool library;        /* through the client library instead of raw frames */
};

enum load_outcome {
	LOAD_DONE,
	LOAD_NOT_DONE,    /* no server, a server that stops answering, a broken answer */
	LOAD_ENVIRONMENT, /* descriptors, ports or memory of this machine do not suffice */
};

/*
 * Counts of the whole run, warm-up and drain included, say `all_`. In fan-out a message that
 * was received by the whole room counts once in `messages`, and its copies in all_received.
 */
struct load_result {
	uint64_t measured_ns;      /* the time that `messages` took */
	uint64_t messages;         /* received within the measured time */
	uint64_t all_sent;         /* put on the wire */
	uint64_t all_received;     /* by the receivers */
	uint64_t all_confirmed;    /* said by the relay to be delivered; 0 where it confirms none */
	uint64_t all_refused;      /* said by the relay not to be delivered */
	uint64_t all_out_of_order; /* received, but not behind the one that was sent before */
	uint64_t stalled_sent;     /* to the stalled readers; in none of the counts above */
	uint64_t stalled_refused;
	const char *last_refusal; /* static, or NULL: a word for the latest refusal */

	/* From due to received; fan-out: from sent to the last; connections: until greeted. */
	struct latency_histogram latency;
	struct latency_histogram transit;  /* from handed to the kernel to received */
	struct latency_histogram lateness; /* of the load program itself, from due to handed over */
	struct latency_histogram verdicts; /* from due to the relay's verdict */

	uint64_t connections;          /* made, greeted (and closed) in measured_ns */
	uint64_t memory_before_bytes;  /* the server's, resident */
	uint64_t memory_after_bytes;   /* with the connections there */
	uint64_t private_before_bytes; /* what it shares with no other process */
	uint64_t private_after_bytes;
	bool memory_known;
	char problem[320]; /* where the outcome is not LOAD_DONE: a sentence without its full stop
			    */
};

#endif
