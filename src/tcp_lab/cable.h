/*
 * The cable: what was sent at one end comes out at the other, later, or not at all. It has no
 * clock, no devices and no randomness of its own: the owner says what time it is, the seed decides
 * what chance decides. Same packets at the same times, same seed: same story.
 *
 *   cable = cable_create(seed, &owner);
 *   cable_send(cable, LAB_CLIENT, bytes, length, now_ns);    the client sent a packet
 *   cable_advance(cable, now_ns);                            owner->deliver() of what is due
 *   ... cable_next_ns(cable) ...                             when it is to be called again
 *   cable_destroy(cable);
 *
 * One thread. Times are of CLOCK_MONOTONIC, nanoseconds.
 */
#ifndef WIRETALE_TCP_LAB_CABLE_H
#define WIRETALE_TCP_LAB_CABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"
#include "tcp_lab/cable_rule.h"
#include "tcp_lab/lab_host.h"
#include "tcp_lab/segment_meaning.h"

/* Of one direction. All 0: everything comes out at once. */
struct cable_settings {
	uint64_t delay_ns;
	uint64_t jitter_ns; /* up to so much more, each packet by itself, in order all the same */
	uint64_t rate_bits; /* a second; 0: no limit */
	uint32_t queue_packets; /* that may wait for the rate; 0: CABLE_QUEUE_DEFAULT */
	uint32_t mtu;           /* longer packets are lost; 0: no limit */
	bool mtu_is_silent;     /* no ICMP error tells the sender of it: a black hole */
	uint32_t loss_ppm;      /* chance, parts of a million */
	uint32_t duplicate_ppm;
	uint32_t reorder_ppm; /* chance to be delayed by reorder_ns more, others overtaking */
	uint64_t reorder_ns;  /* 0: what 3 packets would need, or 1 ms */
	bool cut;
};

/* A packet on its way. Borrowed in the owner's calls. */
struct cable_packet {
	uint64_t number; /* from 1, in the order of sending; forged ones and copies have one too */
	enum lab_host from;
	const uint8_t *bytes; /* from the IP header on; changed already where a rule changed it */
	size_t length;
	uint64_t sent_ns; /* when cable_send() took it; of forged ones: when it was made */
	uint64_t due_ns;  /* when it is to be delivered; 0 in `sent`; UINT64_MAX: not known, held */
	uint64_t copy_of; /* the number of the packet it is a copy of; 0: none */
	bool forged;      /* nobody sent it: the cable made it (ICMP errors too) */
	bool changed;     /* not as it was sent */
	const struct packet *packet; /* decoded as it was sent; valid in `sent` only, else NULL */
	struct segment_meaning meaning;
	const char *note; /* what was done to it and by what: "rule 2: hold client FIN until ...";
			     NULL: nothing */
};

struct cable_owner {
	void *context;
	/* Each packet once, before anything is done with it; copies and forged ones too, when they
	 * come to be. */
	void (*sent)(void *context, const struct cable_packet *packet);
	/* It will not come out. why: "rule 1: drop data 3 once", "chance", "the cable is cut",
	 * "the queue was full", "longer than the MTU of 1400 bytes"; borrowed for the call. */
	void (*lost)(void *context, const struct cable_packet *packet, const char *why);
	/* To be given to the other host now. From here the owner may call all but cable_advance()
	 * and cable_destroy(); from the others nothing. */
	void (*deliver)(void *context, const struct cable_packet *packet);
	/* `packet` and `meaning` may stay empty while there are no rules: so a packet costs less.
	 * What was sent so far then has no numbers once there are some. */
	bool without_meanings;
};

struct cable;

struct cable *cable_create(uint64_t seed, const struct cable_owner *owner); /* NULL: no memory */
void cable_destroy(struct cable *cable); /* may be NULL; what is on its way is lost, untold */

/* Of packets that `from` sends from now on. Borrowed until the next call of either. */
const struct cable_settings *cable_settings(const struct cable *cable, enum lab_host from);
void cable_set(struct cable *cable, enum lab_host from, const struct cable_settings *settings);

/* Returns the rule's number, from 1 in the order of adding, or -ENOSPC. Earlier rules go first;
 * the first that matches and is not used up acts, MARK, CUT and FORGE beside others. What a rule
 * acts on, chance leaves alone. */
int cable_add_rule(struct cable *cable, const struct cable_rule *rule);
uint32_t cable_rule_uses(const struct cable *cable, int number);

/* Both directions. What is on its way at a cut is lost. Restoring lets go what is held. */
void cable_cut(struct cable *cable, uint64_t now_ns);
void cable_restore(struct cable *cable, uint64_t now_ns);

/*
 * 0, or -ENOMEM; over a ceiling the packet is lost, and told so. Not carried, nor told: what a
 * fresh device says by itself (multicast: router solicitations, group memberships).
 */
int cable_send(struct cable *cable, enum lab_host from, const uint8_t *bytes, size_t length,
	       uint64_t now_ns);

/* When the next packet is due; UINT64_MAX: none. */
uint64_t cable_next_ns(const struct cable *cable);
/* Delivers what is due, in the order of due times. The owner may not call cable_advance(). */
void cable_advance(struct cable *cable, uint64_t now_ns);

/* Packets on their way or held. */
size_t cable_in_flight(const struct cable *cable);
/* Segments of connections over CABLE_CONNECTIONS_MAX, which rules cannot tell apart. */
uint64_t cable_not_told_apart(const struct cable *cable);

#endif
