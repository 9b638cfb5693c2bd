/* Runs many requests of one kind for `wiretale time` and `wiretale ping`. */
#ifndef WIRETALE_PROGRAMS_ONE_SHOT_BATCH_H
#define WIRETALE_PROGRAMS_ONE_SHOT_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "chat_ui/request_batch.h"
#include "programs/one_shot.h"

struct one_shot_batch {
	struct request_batch batch; /* owned */
	uint64_t time_ns;           /* of the last TIME answer; 0: none came */
	int32_t zone_s;
	/* Called for each answer that is ok, with its round trip; NULL: no need. False: enough. */
	bool (*each)(struct one_shot *shot, size_t number, uint64_t elapsed_ns);
};

/*
 * Makes the requests and takes their answers until all ended. False: some did not, or `each`
 * has had enough; a sentence was printed unless nobody reads the output.
 */
bool one_shot_batch_run(struct one_shot *shot, struct one_shot_batch *run);

/* "count","responses","min","median","max" */
void one_shot_batch_json(struct json_writer *json, size_t wanted,
			 const struct round_trip_summary *summary);

#endif
