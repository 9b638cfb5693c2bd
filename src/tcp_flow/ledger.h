/* Where the time of a connection went, and what limited it. */
#ifndef WIRETALE_TCP_FLOW_LEDGER_H
#define WIRETALE_TCP_FLOW_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct segment_facts;
struct tcp_connection;

#define LEDGER_RUNS_MAX 8u          /* latest stretches of time kept, for what is known late */
#define LEDGER_TOO_SHORT_NS 1000000 /* below it, nothing can be said of what limited it */

/* What the time until the next segment will count as. */
enum ledger_state {
	LEDGER_DECIDED,     /* as since_last says */
	LEDGER_SILENT,      /* all is acknowledged: who breaks the silence decides */
	LEDGER_UNHEARD,     /* data is out, and nothing of the other side was captured so far */
	LEDGER_HALF_CLOSED, /* one FIN was sent: whether the other side goes on decides */
};

/* Time in one piece that was booked on one part. */
struct ledger_run {
	int64_t length_ns;
	enum tcp_ledger_part part;
};

struct ledger {
	int64_t parts_ns[LEDGER_PART_COUNT]; /* exclude each other; sum to the duration once
						concluded */
	enum tcp_ledger_part since_last;     /* with LEDGER_DECIDED */
	enum ledger_state state;
	int64_t counted_ns; /* since the connection's first frame: time before is accounted for */
	int64_t pending_ns; /* silent or unheard time that is not booked yet */
	int64_t kept_alive_ns; /* of it, until the latest keep-alive */
	/* of parts_ns: nothing shows whether anybody was expected to speak */
	int64_t guessed_ns[LEDGER_PART_COUNT];
	int64_t waiting_ns; /* on the network since the last acknowledgement of new data */
	/* by who sent the answer: such waiting that ended with an acknowledgement in an answer,
	 * which may have been his program's time as well */
	int64_t answered_ns[2];
	uint64_t answers[2];
	struct ledger_run
		runs[LEDGER_RUNS_MAX]; /* a ring: the latest stretches, apart from pending */
	uint8_t run_first;
	uint8_t run_count;
	enum tcp_side last_speaker; /* of new data; TCP_BOTH_SIDES: nobody yet */
	bool begun;
	bool opens_still;   /* the latest segment was a SYN-ACK again, though the client's ACK is in
			       the file */
	bool spoke[2];      /* new data came from this side */
	bool went_on[2];    /* it broke a silence after its own words: a stream, not a question */
	bool recovering[2]; /* the loss of this side's data is booked since recovering_since_ns */
	int64_t recovering_since_ns[2]; /* recovery's loss_since_ns that was booked last */
};

/*
 * The one plain answer. Told by FINDING_LIMIT, which every concluded connection has: values[0] the
 * largest part, [1] its time, [2] one of these; side: whose program, whose data was lost, who was
 * held back by a window (else TCP_BOTH_SIDES). Sure: 80 % of the duration or more; unsure: less
 * than half, or half only by a guess, one side was not captured, or the times go back. LIMIT_CLIENT
 * or LIMIT_SERVER may stand beside LEDGER_NETWORK: the acknowledgements came only with the answers,
 * much later than a round trip.
 */
enum tcp_limit {
	LIMIT_NOTHING,     /* too short to say */
	LIMIT_CLIENT,      /* the client's program */
	LIMIT_SERVER,      /* the server's program */
	LIMIT_ROUND_TRIPS, /* waiting for acknowledgements, nothing lost */
	LIMIT_LOSS,
	LIMIT_WINDOW, /* the receiver's window */
	LIMIT_IDLE,   /* nobody wanted anything */
	LIMIT_OPENING,
	LIMIT_CLOSING,
};

/* Last of those who judge: it reads what the others have found out. Every segment: it is time. */
void ledger_segment(struct tcp_connection *connection, const struct segment_facts *segment);
void ledger_conclude(struct tcp_connection *connection);

#endif
