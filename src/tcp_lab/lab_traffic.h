/*
 * What goes over the cable: takes from both hosts' devices what they sent, lays it on the cable,
 * hands over what is due, asks both kernels after each, and writes it all down.
 *
 *   lab_traffic_create(&parts, &traffic);
 *   lab_traffic_take(traffic);      when a device is readable, and after whatever makes a host send
 *   lab_traffic_deliver(traffic);   when lab_traffic_next_ns() has come
 *   lab_traffic_destroy(traffic);
 *
 * One thread.
 */
#ifndef WIRETALE_TCP_LAB_LAB_TRAFFIC_H
#define WIRETALE_TCP_LAB_LAB_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_lab/cable.h"
#include "tcp_lab/experiment.h"
#include "tcp_lab/lab_recorder.h"
#include "tcp_lab/lab_world.h"
#include "tcp_lab/probe.h"

/*
 * Asking costs about 10 microseconds. Segments that open, close or reset are always asked about,
 * and all of connections that are not ESTABLISHED at both ends; the others as long as there are not
 * more of them than these in a row, and not more in a second in the long run.
 */
#define LAB_ASKS_IN_A_ROW 1000u
#define LAB_ASKS_A_SECOND 20000u

struct lab_traffic_parts {
	struct lab_world *world; /* borrowed, as are all of them */
	struct probe *probe;
	struct lab_recorder *recorder;
	const struct experiment *experiment;
	uint64_t seed;
	bool asks;    /* both kernels, about each segment */
	bool records; /* each segment */
};

struct lab_traffic;

/* 0 or -ENOMEM. */
int lab_traffic_create(const struct lab_traffic_parts *parts, struct lab_traffic **out);
void lab_traffic_destroy(struct lab_traffic *traffic); /* may be NULL */

/* For its settings, rules, cut and restore only. Borrowed. */
struct cable *lab_traffic_cable(const struct lab_traffic *traffic);

/* True: there may be more to take; it stopped so that other work gets its turn. */
bool lab_traffic_take(struct lab_traffic *traffic);
void lab_traffic_deliver(struct lab_traffic *traffic);
/* 0, or the -errno with which a device or the memory failed: nothing is taken any more. */
int lab_traffic_error(const struct lab_traffic *traffic);

/* When the next packet is due; UINT64_MAX: none is on its way, or only such as are held. */
uint64_t lab_traffic_next_ns(const struct lab_traffic *traffic);
/* When something last was sent or delivered, or lost; the beginning where nothing ever was. */
uint64_t lab_traffic_last_ns(const struct lab_traffic *traffic);

/* Whether the segment that this step of the experiment waits for was seen; index: of the step. */
bool lab_traffic_saw(const struct lab_traffic *traffic, size_t index);

/* What comes now is carried, but is no part of the story any more. */
void lab_traffic_end_record(struct lab_traffic *traffic);

#endif
