/*
 * What the relays beside ours speak, for src/relay_load: as much of it as this work takes, on raw
 * sockets, so that all are loaded by the same code. None of them confirms a delivery, but for the
 * bare relay where its recipients answer.
 *
 * A receiver hears a subject of its own, or the room's; a sender publishes to it. On one server
 * there is one run at a time.
 */
#ifndef WIRETALE_BENCH_PEER_DIALECTS_H
#define WIRETALE_BENCH_PEER_DIALECTS_H

#include "relay_load/load_dialect.h"

extern const struct load_dialect nats_dialect;
extern const struct load_dialect redis_dialect;
extern const struct load_dialect mqtt_dialect;          /* 3.1.1 at QoS 0 */
extern const struct load_dialect bare_dialect;          /* bare_relay.c; to one, never to a room */
extern const struct load_dialect bare_answered_dialect; /* the recipient says how many it had */

#define PEER_NAME_MAX_BYTES 11u /* "p4294967295", without a zero */
#define PEER_DECIMAL_MAX_BYTES 20u

/* A payload that a server announces as longer than this is taken for nonsense. */
#define PEER_PAYLOAD_MAX_BYTES (16u * 1024 * 1024)

/* Writes a number in digits, not terminated; returns how many. */
size_t peer_write_decimal(uint8_t *out, uint64_t value);

/* Writes what is published to by a sender and heard by its receiver; returns its length. */
size_t peer_write_name(uint8_t *out, const struct load_party *party);

static inline bool peer_hears(const struct load_party *party)
{
	return party->role == LOAD_RECEIVER || party->role == LOAD_STALLED;
}

#endif
