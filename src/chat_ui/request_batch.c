#include "chat_ui/request_batch.h"

bool request_batch_init(struct request_batch *batch, enum wt_request_type type, size_t wanted)
{
	struct round_trips trips = { 0 };

	*batch = (struct request_batch){ 0 };
	if (!round_trips_init(&trips, wanted))
		return false;
	*batch = (struct request_batch){ .type = type, .wanted = wanted, .trips = trips };
	return true;
}

void request_batch_finish(struct request_batch *batch)
{
	round_trips_finish(&batch->trips);
	*batch = (struct request_batch){ 0 };
}

enum wt_result request_batch_make(struct request_batch *batch, struct wt_client *client)
{
	enum wt_result result = WT_OK;

	while (result == WT_OK && batch->made < batch->wanted) {
		if (batch->type == WT_REQUEST_TIME) {
			result = wt_time(client, NULL);
		} else if (batch->made > batch->ended) {
			break;
		} else {
			result = wt_ping(client, NULL, 0, NULL);
		}
		if (result == WT_OK)
			batch->made++;
	}
	/* Answers make room in a full queue; without any under way none would ever come. */
	if (result == WT_QUEUE_FULL && batch->made > batch->ended)
		result = WT_OK;
	return result;
}

bool request_batch_take(struct request_batch *batch, const struct wt_event *event)
{
	if (batch->type == WT_REQUEST_NONE || event->kind != WT_EVENT_ANSWER ||
	    event->as.answer.type != batch->type || batch->ended == batch->made)
		return false;
	batch->ended++;
	if (event->as.answer.result == WT_OK)
		round_trips_add(&batch->trips, event->as.answer.elapsed_ns);
	return true;
}

bool request_batch_is_over(const struct request_batch *batch)
{
	return batch->ended == batch->wanted;
}
