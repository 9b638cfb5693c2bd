/*
 * TCP segments from lines of text, for tests of what follows connections.
 *
 *   struct segments script;
 *
 *   segments_start(&script, 0);
 *   segments_feed(&script, "C > S  S  seq 0 win 64240 mss 1460 ws 7 sackok ts 5/0 @0");
 *   segments_feed(&script, "S > C  SA seq 0 ack 1 win 65160 mss 1460 ws 7 sackok ts 9/5 +0.010");
 *   segments_feed(&script, "C > S  A  seq 1 ack 1 win 502 +0");
 *   segments_feed(&script, "C > S  PA seq 1:101 ack 1 win 502 sack 201:301 ts 6/9 @0.020");
 *   ... script.facts, script.connection: of the segment fed last ...
 *   segments_end(&script);
 *   ... script.ended ...
 *   segments_finish(&script);
 *
 * Each word group may be left out, and the order behind the flags is free:
 *   C > S      who to whom: client 192.0.2.1:40000, server 192.0.2.2:80. D is a second client,
 *              192.0.2.1:40001, whose server is S too: "D > S", "S > D"
 *   FSRPAUECN  flag letters, "." for none; without them A. "ack" adds A
 *   seq L[:R]  relative numbers of the sender; R - L payload bytes. Without it: where it left off
 *   ack N      relative numbers of the other side
 *   win N      as in the header, before scaling; without it 502
 *   sack L:R   relative numbers of the other side; up to four times
 *   ts V/E     timestamps; "tsval V/E" too
 *   mss N, ws N, sackok, id N (IP; without it counts up), ttl N (64), tos N, urg N
 *   sumok, sumbad: its checksum was verified; without them nobody asked
 *   lost       it is known never to have arrived
 *   data TEXT  the payload, up to the end of the line; without "R" it says the length
 *   @T, +T     seconds since the first segment, or since the last one
 * All calls fail the test where the line makes no sense.
 */
#ifndef WIRETALE_TESTS_SUPPORT_SEGMENTS_H
#define WIRETALE_TESTS_SUPPORT_SEGMENTS_H

#include "support/unit_test.h"

#include "tcp_flow/tcp_tracker.h"

#define SEGMENTS_ENDED_MAX 8u
#define SEGMENTS_PAYLOAD_MAX 65535u
#define SEGMENTS_START_NS INT64_C(1700000000000000000)

/* One host of the script. */
struct segments_host {
	uint32_t base; /* the raw number that is 0 in the lines; set it for tests of the wrap */
	uint32_t next; /* relative: where the sender left off */
	uint16_t port;
	uint16_t ip_id; /* of its next segment */
};

struct segments {
	struct tcp_tracker *tracker;    /* owned */
	struct segments_host hosts[3];  /* C, S, D */
	struct packet packet;           /* the latest */
	uint64_t frames;                /* fed so far */
	int64_t now_ns;                 /* since the first segment */
	enum tcp_tracker_result result; /* of the latest segment */
	struct segment_facts facts;     /* of the latest segment */
	const struct tcp_connection
		*connection; /* of the latest segment; borrowed from the tracker */
	/* Those that are over, as they were handed out. Of what they point to only findings.list is
	 * still there. */
	struct tcp_connection ended[SEGMENTS_ENDED_MAX];
	uint32_t ended_count;
	/* Called with each that is over, while all of it is still there; may be NULL. */
	void (*check)(void *context, const struct tcp_connection *connection);
	void *check_context;
	uint8_t options[TCP_OPTIONS_MAX_BYTES]; /* of the latest segment */
	uint8_t payload[SEGMENTS_PAYLOAD_MAX];
};

/* flags: TRACKER_*. */
void segments_start(struct segments *script, unsigned flags);
void segments_start_with(struct segments *script, const struct tcp_tracker_options *options);
/* Feeds one line, or several parted by newlines; empty ones are left out. */
void segments_feed(struct segments *script, const char *lines);
/* Only makes script->packet; the time moves on, nothing is fed. */
void segments_make(struct segments *script, const char *line);
/* No more segments: all connections are handed out. */
void segments_end(struct segments *script);
void segments_finish(struct segments *script);

/* A handshake with MSS 1460, scale 7, SACK, and timestamps if asked for; round trip 10 ms. */
void segments_handshake(struct segments *script, bool timestamps);

/* Of the ended connection number `which`, from 0; NULL: it has no such finding. */
const struct tcp_finding *segments_finding(const struct segments *script, uint32_t which,
					   enum tcp_finding_kind kind, enum tcp_side side);

#endif
