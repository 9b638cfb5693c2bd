#include "relay_client/event_queue.h"

#include <stdlib.h>
#include <string.h>

/* Of each size: as many as a busy client has in the queue at a time. */
#define EVENT_QUEUE_SPARE_MAX 2048u

/* What most events need: nothing or a short text, and a message of a few hundred bytes. */
static const size_t spare_payload_bytes[EVENT_QUEUE_SPARE_SIZES] = { 64, 512 };

void event_queue_init(struct event_queue *queue, size_t max_bytes)
{
	*queue = (struct event_queue){ .max_bytes = max_bytes };
}

static void free_entry(struct event_entry *entry)
{
	free(entry->block);
	free(entry);
}

static void free_all(struct event_entry *entry)
{
	while (entry) {
		struct event_entry *next = entry->next;

		free_entry(entry);
		entry = next;
	}
}

void event_queue_finish(struct event_queue *queue)
{
	free_all(queue->first);
	for (int size = 0; size < EVENT_QUEUE_SPARE_SIZES; size++)
		free_all(queue->spare[size]);
	event_queue_init(queue, queue->max_bytes);
}

/* Counts what an event points to, or copies it and lets the event point to the copies. */
struct packer {
	char *next;    /* where the next copy goes; NULL: only count */
	size_t length; /* bytes so far */
};

static const void *pack(struct packer *packer, const void *bytes, size_t length)
{
	const char *copy = packer->next;

	packer->length += length;
	if (!packer->next || !bytes)
		return bytes;
	if (length > 0)
		memcpy(packer->next, bytes, length);
	packer->next += length;
	return copy;
}

static const char *pack_text(struct packer *packer, const char *text)
{
	return text ? pack(packer, text, strlen(text) + 1) : NULL;
}

/* answer.peers and .rooms are in the block, and stay there. */
static void pack_event(struct packer *packer, struct wt_event *event)
{
	switch (event->kind) {
	case WT_EVENT_CONNECTED:
		event->as.connected.server_name =
			pack_text(packer, event->as.connected.server_name);
		event->as.connected.banner = pack_text(packer, event->as.connected.banner);
		break;
	case WT_EVENT_DISCONNECTED:
		event->as.disconnected.text = pack_text(packer, event->as.disconnected.text);
		break;
	case WT_EVENT_MESSAGE:
		event->as.message.from.name = pack_text(packer, event->as.message.from.name);
		event->as.message.room = pack_text(packer, event->as.message.room);
		event->as.message.data =
			pack(packer, event->as.message.data, event->as.message.data_bytes);
		if (event->as.message.message_id)
			event->as.message.message_id =
				pack(packer, event->as.message.message_id, WT_MESSAGE_ID_BYTES);
		break;
	case WT_EVENT_VERDICT:
		event->as.verdict.text = pack_text(packer, event->as.verdict.text);
		break;
	case WT_EVENT_ANSWER:
		event->as.answer.text = pack_text(packer, event->as.answer.text);
		event->as.answer.name = pack_text(packer, event->as.answer.name);
		event->as.answer.data =
			pack(packer, event->as.answer.data, event->as.answer.data_bytes);
		break;
	case WT_EVENT_PRESENCE:
		event->as.presence.peer.name = pack_text(packer, event->as.presence.peer.name);
		break;
	case WT_EVENT_CLOSING:
		event->as.closing.text = pack_text(packer, event->as.closing.text);
		break;
	case WT_EVENT_NONE:
		break;
	}
}

/* The smallest size that has room, or EVENT_QUEUE_SPARE_SIZES where none has. */
static int spare_size(size_t payload_bytes)
{
	int size = 0;

	while (size < EVENT_QUEUE_SPARE_SIZES && payload_bytes > spare_payload_bytes[size])
		size++;
	return size;
}

static struct event_entry *entry_for(struct event_queue *queue, size_t payload_bytes)
{
	int size = spare_size(payload_bytes);
	size_t capacity = payload_bytes;
	struct event_entry *entry;

	if (size < EVENT_QUEUE_SPARE_SIZES) {
		capacity = spare_payload_bytes[size];
		entry = queue->spare[size];
		if (entry) {
			queue->spare[size] = entry->next;
			queue->spare_count[size]--;
			return entry;
		}
	}
	entry = malloc(sizeof(*entry) + capacity);
	if (entry)
		entry->capacity = capacity;
	return entry;
}

/* The elements of a list; their names are about as long again. */
static size_t block_bytes(const struct wt_event *event)
{
	if (event->kind != WT_EVENT_ANSWER)
		return 0;
	if (event->as.answer.peers)
		return event->as.answer.count * 2 * sizeof(struct wt_peer);
	if (event->as.answer.rooms)
		return event->as.answer.count * (sizeof(struct wt_room) + WT_NAME_MAX_BYTES);
	return 0;
}

bool event_queue_push(struct event_queue *queue, const struct wt_event *event, uint64_t serial,
		      void *block)
{
	struct wt_event copy = *event;
	struct packer packer = { 0 };
	struct event_entry *entry;

	pack_event(&packer, &copy);
	entry = entry_for(queue, packer.length);
	if (!entry)
		return false;

	packer = (struct packer){ .next = entry->payload };
	pack_event(&packer, &copy);
	entry->next = NULL;
	entry->event = copy;
	entry->serial = serial;
	entry->block = block;
	entry->bytes = sizeof(*entry) + entry->capacity + block_bytes(event);
	if (queue->last)
		queue->last->next = entry;
	else
		queue->first = entry;
	queue->last = entry;
	queue->bytes += entry->bytes;
	return true;
}

static struct event_entry *take_behind(struct event_queue *queue, struct event_entry *previous)
{
	struct event_entry *entry = previous ? previous->next : queue->first;

	if (!entry)
		return NULL;
	if (previous)
		previous->next = entry->next;
	else
		queue->first = entry->next;
	if (queue->last == entry)
		queue->last = previous;
	queue->bytes -= entry->bytes;
	entry->next = NULL;
	return entry;
}

struct event_entry *event_queue_take_first(struct event_queue *queue)
{
	return take_behind(queue, NULL);
}

struct event_entry *event_queue_take_answer(struct event_queue *queue, uint32_t request)
{
	struct event_entry *previous = NULL;

	for (const struct event_entry *entry = queue->first; entry; entry = entry->next) {
		if (entry->event.request == request)
			return take_behind(queue, previous);
		previous = previous ? previous->next : queue->first;
	}
	return NULL;
}

bool event_queue_has_answer(const struct event_queue *queue, uint32_t request)
{
	for (const struct event_entry *entry = queue->first; entry; entry = entry->next) {
		if (entry->event.request == request)
			return true;
	}
	return false;
}

void event_queue_release(struct event_queue *queue, struct event_entry *entry)
{
	int size;

	if (!entry)
		return;
	size = spare_size(entry->capacity);
	if (size == EVENT_QUEUE_SPARE_SIZES || queue->spare_count[size] == EVENT_QUEUE_SPARE_MAX) {
		free_entry(entry);
		return;
	}
	free(entry->block);
	entry->block = NULL;
	entry->next = queue->spare[size];
	queue->spare[size] = entry;
	queue->spare_count[size]++;
}
