#include "tcp_flow/damaged_payload.h"

#include <stdlib.h>
#include <string.h>

#include "tcp_flow/segment_facts.h"

void damaged_payloads_finish(struct damaged_payloads *payloads)
{
	for (uint32_t i = 0; i < payloads->count; i++)
		free(payloads->list[i].bytes);
	free(payloads->list);
	*payloads = (struct damaged_payloads){ .list = NULL };
}

void damaged_payloads_keep(struct damaged_payloads *payloads, const struct segment_facts *segment,
			   enum tcp_side after)
{
	const struct packet *packet = segment->packet;
	bool has_syn = (segment->flags & TCP_FLAG_SYN) != 0;
	uint32_t length = packet->captured_payload < segment->length ? packet->captured_payload
								     : segment->length;
	struct damaged_payload *list;
	uint8_t *bytes;

	if (length == 0 || payloads->count == DAMAGED_PAYLOADS_MAX ||
	    payloads->bytes + length > DAMAGED_PAYLOAD_MAX_BYTES)
		return;
	list = realloc(payloads->list, (payloads->count + 1) * sizeof(*list));
	if (!list)
		return;
	payloads->list = list;
	bytes = malloc(length);
	if (!bytes)
		return;
	memcpy(bytes, packet->payload, length);
	list[payloads->count++] = (struct damaged_payload){
		.left = segment->sequence + has_syn,
		.right = segment->sequence + has_syn + length,
		.bytes = bytes,
		.after = after,
		.frame = packet->frame,
		.time_ns = segment->since_start_ns,
	};
	payloads->bytes += length;
}

bool damaged_payloads_take(struct damaged_payloads *payloads, int64_t acknowledgment,
			   struct damaged_payload *out)
{
	uint32_t at = 0;

	while (at < payloads->count && payloads->list[at].right > acknowledgment)
		at++;
	if (at == payloads->count)
		return false;
	*out = payloads->list[at];
	payloads->bytes -= (uint64_t)(out->right - out->left);
	payloads->count--;
	memmove(&payloads->list[at], &payloads->list[at + 1],
		(payloads->count - at) * sizeof(*payloads->list));
	return true;
}
