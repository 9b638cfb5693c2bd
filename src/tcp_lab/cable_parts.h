/*
 * What the files of the cable share: its parts, what it tells its owner, and packets of its own.
 * For them only; all others use tcp_lab/cable.h.
 */
#ifndef WIRETALE_TCP_LAB_CABLE_PARTS_H
#define WIRETALE_TCP_LAB_CABLE_PARTS_H

#include "tcp_lab/cable.h"
#include "tcp_lab/cable_line.h"
#include "tcp_lab/cable_queue.h"
#include "tcp_lab/cable_rules.h"

#define CABLE_NEVER_NS UINT64_MAX
#define CABLE_IS_CUT_TEXT "the cable is cut"

struct cable_direction {
	struct cable_settings settings;
	struct cable_line line;
	uint64_t last_due_ns; /* of the packets that keep their order */
	uint64_t sent;        /* packets that the host sent */
};

struct cable {
	struct cable_owner owner;
	uint64_t seed;
	struct cable_direction directions[LAB_HOSTS]; /* by sender */
	struct cable_rules rules;
	struct cable_queue queue;
	struct packet_decoder *decoder;    /* owned */
	struct segment_meanings *meanings; /* owned */
	uint64_t numbers;                  /* the latest packet's */
};

/* `decoded` may be NULL, and is borrowed. */
void cable_tell_sent(struct cable *cable, struct cable_packet *packet,
		     const struct packet *decoded);
/* Told, and given back. */
void cable_lose(struct cable *cable, struct cable_transit *transit, const char *why);
/* Why there is no room for a packet: an error of cable_queue_take() or -EMSGSIZE. Static. */
const char *cable_refusal_text(int error);

/* Returns out, or NULL: nobody wants to know. */
const struct packet *cable_decode(struct cable *cable, const struct cable_packet *packet,
				  struct packet *out);

/* A packet as `like`, with bytes of its own and a new number, told. It is to be queued. NULL: there
 * was no room for it, and that was told. */
struct cable_transit *cable_make(struct cable *cable, const struct cable_packet *like,
				 const struct packet *decoded);
/* What nobody sent: rules and chance do nothing to it, the delay and a cut do. */
void cable_launch_forged(struct cable *cable, const struct cable_packet *like, const char *note);

/* A time at which something is due: not CABLE_NEVER_NS. */
static inline uint64_t cable_due_ns(uint64_t a, uint64_t b)
{
	uint64_t sum = cable_time_sum(a, b);

	return sum == CABLE_NEVER_NS ? sum - 1 : sum;
}

#endif
