#include "relay_server/inbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/socket.h"
#include "relay_server/server_limits.h"

int inbox_init(struct inbox *inbox)
{
	*inbox = (struct inbox){ .wake_fd = net_wake_open() };
	if (inbox->wake_fd < 0)
		return inbox->wake_fd;
	(void)pthread_mutex_init(&inbox->lock, NULL);
	return 0;
}

/* What the items of a chain own is given up with them. */
static void discard(struct inbox_batch *batch)
{
	while (batch) {
		struct inbox_batch *next = batch->next;
		const struct inbox_item *item;

		while ((item = inbox_batch_next(batch)) != NULL) {
			payload_release(item->payload);
			if (item->kind == INBOX_ADOPT)
				(void)close(item->fd);
		}
		free(batch);
		batch = next;
	}
}

void inbox_finish(struct inbox *inbox)
{
	if (inbox->wake_fd < 0)
		return;
	discard(inbox->first);
	inbox->first = NULL;
	(void)close(inbox->wake_fd);
	inbox->wake_fd = -1;
	(void)pthread_mutex_destroy(&inbox->lock);
}

int outbox_init(struct outbox *outbox, struct inbox *to)
{
	*outbox = (struct outbox){
		.to = to, .reserve = malloc(sizeof(*outbox->reserve) + OUTBOX_RESERVE_BYTES)
	};
	if (!outbox->reserve)
		return -ENOMEM;
	*outbox->reserve = (struct inbox_batch){ .capacity = OUTBOX_RESERVE_BYTES };
	return 0;
}

void outbox_finish(struct outbox *outbox)
{
	discard(outbox->first);
	discard(outbox->reserve);
	*outbox = (struct outbox){ 0 };
}

/* Read by another thread's worker as it stands: aligned, as all items are. */
_Static_assert(offsetof(struct inbox_batch, bytes) % 8 == 0, "items are aligned in their batch");

static bool carries_message(const struct inbox_item *item)
{
	return item->kind == INBOX_DELIVER || item->kind == INBOX_ROOM_DELIVER;
}

bool outbox_has_room(const struct outbox *outbox, size_t message_bytes)
{
	size_t waiting = atomic_load_explicit(&outbox->to->message_bytes, memory_order_relaxed);

	return waiting + outbox->message_bytes + message_bytes <= RELAY_INBOX_MAX_BYTES;
}

static struct inbox_batch *batch_with_room(struct outbox *outbox, size_t size)
{
	size_t capacity = size > RELAY_INBOX_BATCH_BYTES ? size : RELAY_INBOX_BATCH_BYTES;
	struct inbox_batch *batch = outbox->last;

	if (batch && size <= batch->capacity - batch->used)
		return batch;
	/* The first is small: most turns have one item or none. */
	if (!batch && size <= 1024)
		capacity = 1024;
	batch = malloc(sizeof(*batch) + capacity);
	if (!batch)
		return NULL;
	*batch = (struct inbox_batch){ .capacity = (uint32_t)capacity };
	if (outbox->last)
		outbox->last->next = batch;
	else
		outbox->first = batch;
	outbox->last = batch;
	return batch;
}

/* Returns the item where it stands now, or NULL. */
static struct inbox_item *add(struct outbox *outbox, const struct inbox_item *item,
			      const void *bytes, size_t length)
{
	size_t size = (sizeof(*item) + length + 7) & ~(size_t)7;
	struct inbox_batch *batch = NULL;
	struct inbox_item *written;

	/* What is in the reserve came first and must leave first. */
	if (outbox->reserve->used == 0)
		batch = batch_with_room(outbox, size);
	if (!batch && !carries_message(item) &&
	    size <= outbox->reserve->capacity - outbox->reserve->used)
		batch = outbox->reserve;
	if (!batch)
		return NULL;
	written = (void *)(batch->bytes + batch->used);
	*written = *item;
	written->size = (uint32_t)size;
	written->length = (uint32_t)length;
	if (length > 0)
		memcpy(written->bytes, bytes, length);
	batch->used += (uint32_t)size;
	if (carries_message(item) || item->kind == INBOX_PRESENCE) {
		size_t message_bytes = size + (item->payload ? item->payload->length : 0);

		batch->message_bytes += (uint32_t)message_bytes;
		outbox->message_bytes += message_bytes;
	}
	return written;
}

bool outbox_add(struct outbox *outbox, const struct inbox_item *item, const void *bytes,
		size_t length)
{
	return add(outbox, item, bytes, length) != NULL;
}

static bool continues(const struct inbox_item *item, const struct message_origin *origin,
		      const struct message_verdict *verdict)
{
	return item->origin.sender == origin->sender && item->through + 1 == origin->request_id &&
	       origin->request_id != 0 && !item->verdict.to_room && !verdict->to_room &&
	       item->verdict.status == verdict->status && item->verdict.outcome == verdict->outcome;
}

bool outbox_add_verdict(struct outbox *outbox, const struct message_origin *origin,
			const struct message_verdict *verdict)
{
	struct inbox_item item;
	struct inbox_item *added;

	if (outbox->verdict && continues(outbox->verdict, origin, verdict)) {
		outbox->verdict->through = origin->request_id;
		return true;
	}
	item = (struct inbox_item){ .kind = INBOX_VERDICT,
				    .origin = *origin,
				    .through = origin->request_id,
				    .verdict = *verdict };
	added = add(outbox, &item, NULL, 0);
	if (added)
		outbox->verdict = added;
	return added != NULL;
}

/* Puts the reserve behind what is to be handed over, and a new one in its place. */
static bool give_up_reserve(struct outbox *outbox)
{
	struct outbox renewed;

	/* A server that did not come about is taken down half made. */
	if (!outbox->reserve || outbox->reserve->used == 0)
		return true;
	if (outbox_init(&renewed, outbox->to) < 0)
		return false;
	if (outbox->last)
		outbox->last->next = outbox->reserve;
	else
		outbox->first = outbox->reserve;
	outbox->last = outbox->reserve;
	outbox->reserve = renewed.reserve;
	return true;
}

bool outbox_flush(struct outbox *outbox)
{
	bool complete = give_up_reserve(outbox);
	struct inbox *inbox = outbox->to;
	size_t message_bytes = 0;
	bool was_empty;

	outbox->verdict = NULL;
	if (!outbox->first)
		return complete;
	for (const struct inbox_batch *batch = outbox->first; batch; batch = batch->next)
		message_bytes += batch->message_bytes;
	outbox->message_bytes -= message_bytes;
	atomic_fetch_add_explicit(&inbox->message_bytes, message_bytes, memory_order_relaxed);

	(void)pthread_mutex_lock(&inbox->lock);
	was_empty = inbox->first == NULL;
	if (was_empty)
		inbox->first = outbox->first;
	else
		inbox->last->next = outbox->first;
	inbox->last = outbox->last;
	(void)pthread_mutex_unlock(&inbox->lock);

	outbox->first = NULL;
	outbox->last = NULL;
	/* Whoever found it not empty knows that a wake-up is on its way already. */
	if (was_empty)
		net_wake(inbox->wake_fd);
	return complete;
}

struct inbox_batch *inbox_take(struct inbox *inbox)
{
	struct inbox_batch *taken;

	(void)pthread_mutex_lock(&inbox->lock);
	taken = inbox->first;
	inbox->first = NULL;
	inbox->last = NULL;
	(void)pthread_mutex_unlock(&inbox->lock);
	return taken;
}

const struct inbox_item *inbox_batch_next(struct inbox_batch *batch)
{
	const struct inbox_item *item;

	if (batch->read == batch->used)
		return NULL;
	item = (const void *)(batch->bytes + batch->read);
	batch->read += item->size;
	return item;
}

void inbox_batch_done(struct inbox *inbox, struct inbox_batch *batch)
{
	atomic_fetch_sub_explicit(&inbox->message_bytes, batch->message_bytes,
				  memory_order_relaxed);
	free(batch);
}
