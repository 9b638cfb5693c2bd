/* Round-trip times of many requests, and what is said of them. One thread at a time. */
#ifndef WIRETALE_CHAT_UI_ROUND_TRIPS_H
#define WIRETALE_CHAT_UI_ROUND_TRIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUND_TRIPS_MAX 1000000u /* as many requests as one command may ask for */

struct round_trips {
	uint64_t *samples_ns; /* owned; NULL until round_trips_init() gave it */
	size_t count;         /* samples there */
	size_t capacity;      /* room for so many */
};

/* Room for `capacity` samples, at most ROUND_TRIPS_MAX. False: no memory. */
bool round_trips_init(struct round_trips *trips, size_t capacity);
void round_trips_finish(struct round_trips *trips);

/* Samples over the capacity are dropped. */
void round_trips_add(struct round_trips *trips, uint64_t sample_ns);

struct round_trip_summary {
	size_t count;
	uint64_t min_ns;
	uint64_t median_ns; /* of an even count: the mean of the two in the middle */
	uint64_t max_ns;
};

/* All zeros where there is no sample. Sorts the samples. */
struct round_trip_summary round_trips_summarize(struct round_trips *trips);

#endif
