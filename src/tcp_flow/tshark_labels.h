/*
 * What tshark 4.0 would say of each segment: its rules, its order, its mistakes. Nothing here
 * depends on the rest of the analysis, so that the two can be held against each other.
 *
 * Senders are told apart by `direction`, 0 or 1: the same for all segments of one sender. Where
 * both ends have the same address and port, tshark knows one sender only: give 0 for both.
 */
#ifndef WIRETALE_TCP_FLOW_TSHARK_LABELS_H
#define WIRETALE_TCP_FLOW_TSHARK_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include "packet/packet.h"

struct tshark_labels; /* the state of one stream */

/* NULL: out of memory. */
struct tshark_labels *tshark_labels_create(void);
void tshark_labels_destroy(struct tshark_labels *labels); /* may be NULL */

/*
 * Labels one segment: a set of TCP_LABEL_BIT()s. new_stream_on_used_ports: this is the first
 * segment of a stream whose ports an earlier stream had, see tshark_starts_new_stream().
 */
uint32_t tshark_labels_segment(struct tshark_labels *labels, const struct packet *packet,
			       unsigned direction, bool new_stream_on_used_ports);

/* From here on the directions are called the other way round. */
void tshark_labels_turn(struct tshark_labels *labels);

/* Would tshark open a new stream for this segment, on the ports of this one? */
bool tshark_starts_new_stream(const struct tshark_labels *labels, const struct packet *packet,
			      unsigned direction);

/*
 * The same for a header that is not analysed, but takes part in finding streams: one that an ICMP
 * error quotes, or one that is longer than its segment. flags: TCP_FLAG_*.
 */
bool tshark_header_starts_new_stream(const struct tshark_labels *labels, uint16_t flags,
				     uint32_t sequence, unsigned direction);

/* The relative numbers that tshark shows for the segment it was last given. */
uint32_t tshark_relative_sequence(const struct tshark_labels *labels, const struct packet *packet,
				  unsigned direction);
uint32_t tshark_relative_acknowledgment(const struct tshark_labels *labels,
					const struct packet *packet, unsigned direction);

/* The window that tshark shows for it, scaled; -1: it knows no scale. */
int64_t tshark_window(const struct tshark_labels *labels, const struct packet *packet,
		      unsigned direction);

#endif
