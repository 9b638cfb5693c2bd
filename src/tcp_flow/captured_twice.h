/*
 * The same packet seen by two capture points: a mirror port, or several interfaces of one machine.
 * It was sent once, so it must not count as sent again.
 */
#ifndef WIRETALE_TCP_FLOW_CAPTURED_TWICE_H
#define WIRETALE_TCP_FLOW_CAPTURED_TWICE_H

#include <stdbool.h>
#include <stdint.h>

#include "packet/packet.h"

#define RECENT_PACKETS 2u         /* remembered of each sender */
#define CAPTURED_TWICE_NS 1000000 /* a sender does not repeat itself as fast as this */

struct recent_packet {
	int64_t time_ns;
	uint32_t sequence;
	uint32_t acknowledgment;
	uint32_t timestamp_value;
	uint32_t payload_length;
	uint16_t identification;
	uint16_t flags;
	uint16_t window;
	uint8_t time_to_live;
	bool used;
};

struct recent_packets {
	struct recent_packet ring[RECENT_PACKETS];
	uint8_t next;
	bool identifications_differ; /* the sender numbers its packets: equal numbers mean something
				      */
};

/*
 * Is this one of the recent packets again? rtt_ns: the connection's, 0 where it is not known. Need
 * not be asked where the sender was silent for CAPTURED_TWICE_NS.
 */
bool captured_twice(const struct recent_packets *recent, const struct packet *packet,
		    int64_t rtt_ns);

/* age 0: the latest, 1: the one before; `used` is false where there is none. */
static inline const struct recent_packet *recent_packets_at(const struct recent_packets *recent,
							    unsigned age)
{
	return &recent->ring[recent->next ^ (age == 0)];
}

void captured_twice_remember(struct recent_packets *recent, const struct packet *packet);

#endif
