/*
 * Many requests of one kind and their round trips: `time 100`, `ping 5`. Those of TIME are
 * pipelined as far as the library's queue takes them, those of PING follow each other. Used
 * with one client at a time. One thread.
 */
#ifndef WIRETALE_CHAT_UI_REQUEST_BATCH_H
#define WIRETALE_CHAT_UI_REQUEST_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "chat_ui/round_trips.h"
#include "wiretale/client.h"

struct request_batch {
	enum wt_request_type type; /* TIME or PING; NONE: no batch is under way */
	size_t wanted;             /* requests to make */
	size_t made;               /* requests made, answered or not */
	size_t ended;              /* those that were answered, refused or lost */
	struct round_trips trips;  /* owned; of the answers that came */
};

/* False: no memory, or a count of 0 or over ROUND_TRIPS_MAX. Finish it in either case. */
bool request_batch_init(struct request_batch *batch, enum wt_request_type type, size_t wanted);

/* A zeroed batch is finished. */
void request_batch_finish(struct request_batch *batch);

/* Makes as many of the requests as may be made now. WT_OK, also where the queue is full. */
enum wt_result request_batch_make(struct request_batch *batch, struct wt_client *client);

/* Takes an ANSWER. False: it is none of this batch. */
bool request_batch_take(struct request_batch *batch, const struct wt_event *event);

/* All that were wanted have ended. */
bool request_batch_is_over(const struct request_batch *batch);

#endif
