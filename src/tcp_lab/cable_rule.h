/* What the cable is to do with segments of its choice, as plain data. */
#ifndef WIRETALE_TCP_LAB_CABLE_RULE_H
#define WIRETALE_TCP_LAB_CABLE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_lab/segment_pattern.h"

enum cable_action {
	CABLE_DROP,
	CABLE_HOLD,  /* kept until `other` is sent, or for time_ns, or until `restore`; not at all
			where `other` comes but once and was sent already */
	CABLE_DELAY, /* time_ns more than the others */
	CABLE_SWAP,  /* `which` is delivered right behind the next that `other` matches, or
			after CABLE_SWAP_MAX_NS without it, or at `restore` */
	CABLE_DUPLICATE, /* delivered twice */
	CABLE_CORRUPT,   /* one byte is changed; no checksum is mended */
	CABLE_MARK,  /* congestion experienced (CE) in the IP header, its checksum mended; only of
			ECN-capable packets */
	CABLE_CUT,   /* both directions are cut once `which` was delivered */
	CABLE_FORGE, /* a segment that nobody sent follows `which`, see struct cable_forgery */
};

/* A made-up segment of the connection, as from `from`, to the other host. */
struct cable_forgery {
	enum lab_host from;
	uint16_t flags;          /* TCP_FLAG_* */
	int64_t sequence_offset; /* from the next number that host would send */
	bool acknowledges;       /* carries the right acknowledgement number */
};

#define CABLE_RULE_TEXT_BYTES 128u
#define CABLE_SWAP_MAX_NS (UINT64_C(10) * 1000 * 1000 * 1000)

struct cable_rule {
	enum cable_action action;
	struct segment_pattern which;
	struct segment_pattern other; /* of SWAP; of HOLD with has_until. Where it names no
					 connection: in that of `which` */
	bool has_until;
	uint64_t time_ns; /* of DELAY; of HOLD without has_until */
	uint32_t times;   /* so many segments at most; 0: each that matches */
	uint32_t byte;    /* of CORRUPT: which byte of the payload, from 0; without payload of the
			     TCP header */
	struct cable_forgery forgery;
	char text[CABLE_RULE_TEXT_BYTES]; /* as written: "drop client data 3 once" */
};

#endif
