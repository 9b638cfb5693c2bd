#include "tcp_lab/cable_parts.h"

#include <errno.h>
#include <string.h>

#include "tcp_lab/cable_note.h"

#define LINK_RAW 101

void cable_tell_sent(struct cable *cable, struct cable_packet *packet, const struct packet *decoded)
{
	packet->packet = decoded;
	cable->owner.sent(cable->owner.context, packet);
	packet->packet = NULL;
}

void cable_lose(struct cable *cable, struct cable_transit *transit, const char *why)
{
	struct cable_packet *packet = &transit->packet;

	packet->note = transit->note[0] != '\0' ? transit->note : NULL;
	cable->owner.lost(cable->owner.context, packet, why);
	cable_queue_give_back(&cable->queue, transit);
}

const char *cable_refusal_text(int error)
{
	switch (error) {
	case -ENOMEM:
		return "out of memory";
	case -EMSGSIZE:
		return "longer than a packet can be";
	default:
		return "too much was on the cable at once";
	}
}

static bool wants_meanings(const struct cable *cable)
{
	return !cable->owner.without_meanings || cable->rules.count > 0;
}

const struct packet *cable_decode(struct cable *cable, const struct cable_packet *packet,
				  struct packet *out)
{
	struct captured_frame frame = {
		.number = packet->number,
		.bytes = packet->bytes,
		.captured_length = (uint32_t)packet->length,
		.original_length = (uint32_t)packet->length,
		.link_type = LINK_RAW,
	};

	if (!wants_meanings(cable))
		return NULL;
	(void)packet_decode(cable->decoder, &frame, out);
	return out;
}

struct cable_transit *cable_make(struct cable *cable, const struct cable_packet *like,
				 const struct packet *decoded)
{
	struct cable_transit *transit;
	int result = cable_queue_take(&cable->queue, like->length, &transit);

	if (result < 0) {
		struct cable_packet refused = *like;

		refused.number = ++cable->numbers;
		refused.due_ns = 0;
		refused.note = NULL;
		cable_tell_sent(cable, &refused, decoded);
		cable->owner.lost(cable->owner.context, &refused, cable_refusal_text(result));
		return NULL;
	}
	const uint8_t *bytes = transit->packet.bytes;

	transit->packet = *like;
	transit->packet.bytes = bytes;
	transit->packet.number = ++cable->numbers;
	transit->packet.due_ns = 0;
	transit->packet.note = NULL;
	transit->order = 2 * transit->packet.number;
	memcpy(transit->bytes, like->bytes, like->length);
	cable_tell_sent(cable, &transit->packet, decoded);
	return transit;
}

void cable_launch_forged(struct cable *cable, const struct cable_packet *like, const char *note)
{
	struct cable_direction *direction = &cable->directions[like->from];
	struct packet decoded;
	struct cable_transit *transit =
		cable_make(cable, like, cable_decode(cable, like, &decoded));

	if (!transit)
		return;
	cable_note_add(transit->note, sizeof(transit->note), "%s", note);
	if (direction->settings.cut) {
		cable_lose(cable, transit, CABLE_IS_CUT_TEXT);
		return;
	}
	uint64_t due_ns = cable_due_ns(like->sent_ns, direction->settings.delay_ns);

	if (due_ns < direction->last_due_ns)
		due_ns = direction->last_due_ns;
	direction->last_due_ns = due_ns;
	transit->base_due_ns = due_ns;
	transit->packet.due_ns = due_ns;
	cable_queue_append(&cable->queue, transit);
}
