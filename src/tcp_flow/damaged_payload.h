/*
 * What segments with a wrong checksum carried. Their receiver drops them, so it is no part of the
 * stream: unless an acknowledgement says that it was taken all the same, and no other segment has
 * brought it until then. Then the sum was wrong where it was captured only, not on arrival.
 */
#ifndef WIRETALE_TCP_FLOW_DAMAGED_PAYLOAD_H
#define WIRETALE_TCP_FLOW_DAMAGED_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_flow/names.h"

struct segment_facts;

#define DAMAGED_PAYLOAD_MAX_BYTES (256u * 1024) /* of one stream; beyond, it is not kept */
#define DAMAGED_PAYLOADS_MAX 256u               /* the same, of their number */

struct damaged_payload {
	int64_t left; /* sequence numbers, half-open */
	int64_t right;
	uint8_t *bytes;      /* owned */
	enum tcp_side after; /* who spoke last before it; TCP_BOTH_SIDES: nobody yet */
	uint64_t frame;
	int64_t time_ns; /* since the connection's first frame */
};

struct damaged_payloads {
	struct damaged_payload *list; /* owned; in the order in which they came */
	uint32_t count;
	uint64_t bytes; /* of all */
};

void damaged_payloads_finish(struct damaged_payloads *payloads);

/* Keeps a copy of what the damaged segment carries, as far as there is room. */
void damaged_payloads_keep(struct damaged_payloads *payloads, const struct segment_facts *segment,
			   enum tcp_side after);

/* The first that is acknowledged as a whole, taken off the list: its bytes are the caller's to
 * free. False: there is none. */
bool damaged_payloads_take(struct damaged_payloads *payloads, int64_t acknowledgment,
			   struct damaged_payload *out);

#endif
