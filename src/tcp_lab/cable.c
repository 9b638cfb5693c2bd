#include "tcp_lab/cable.h"

#include <stdlib.h>

#include "tcp_lab/cable_note.h"
#include "tcp_lab/cable_parts.h"

#define NS_PER_S UINT64_C(1000000000)

struct cable *cable_create(uint64_t seed, const struct cable_owner *owner)
{
	struct cable *cable = calloc(1, sizeof(*cable));

	if (!cable)
		return NULL;
	cable->owner = *owner;
	cable->seed = seed;
	cable_queue_init(&cable->queue);
	cable->decoder = packet_decoder_create(0);
	cable->meanings = segment_meanings_create();
	if (cable->decoder && cable->meanings)
		return cable;
	cable_destroy(cable);
	return NULL;
}

void cable_destroy(struct cable *cable)
{
	if (!cable)
		return;
	for (size_t from = 0; from < LAB_HOSTS; from++)
		cable_line_finish(&cable->directions[from].line);
	segment_meanings_destroy(cable->meanings);
	packet_decoder_destroy(cable->decoder);
	cable_queue_finish(&cable->queue);
	free(cable);
}

const struct cable_settings *cable_settings(const struct cable *cable, enum lab_host from)
{
	return &cable->directions[from].settings;
}

void cable_set(struct cable *cable, enum lab_host from, const struct cable_settings *settings)
{
	cable->directions[from].settings = *settings;
}

int cable_add_rule(struct cable *cable, const struct cable_rule *rule)
{
	return cable_rules_add(&cable->rules, rule);
}

uint32_t cable_rule_uses(const struct cable *cable, int number)
{
	if (number < 1 || number > cable->rules.count)
		return 0;
	return cable_rules_at(&cable->rules, number)->uses;
}

size_t cable_in_flight(const struct cable *cable)
{
	return cable->queue.taken;
}

uint64_t cable_not_told_apart(const struct cable *cable)
{
	return segment_meanings_over_ceiling(cable->meanings);
}

/* ---- delivering ---- */

uint64_t cable_next_ns(const struct cable *cable)
{
	const struct cable_transit *first = cable_queue_first(&cable->queue);

	return first ? first->packet.due_ns : CABLE_NEVER_NS;
}

/* Is the cable cut behind this one? */
static bool cuts_behind(struct cable *cable, struct cable_transit *transit)
{
	const struct cable_packet *packet = &transit->packet;
	bool cuts = false;
	int rule = 0;

	if (packet->forged || cable->rules.count == 0)
		return false;
	while ((rule = cable_rules_beside(&cable->rules, CABLE_CUT, &packet->meaning, rule)) != 0) {
		cable_note_add(transit->note, sizeof(transit->note), "%s",
			       cable_rules_at(&cable->rules, rule)->label);
		cuts = true;
	}
	return cuts;
}

static void deliver(struct cable *cable, struct cable_transit *transit, uint64_t now_ns)
{
	struct cable_packet *packet = &transit->packet;
	bool cuts = cuts_behind(cable, transit);

	packet->note = transit->note[0] != '\0' ? transit->note : NULL;
	cable->owner.deliver(cable->owner.context, packet);
	cable_queue_give_back(&cable->queue, transit);
	if (cuts)
		cable_cut(cable, now_ns);
}

/* A segment waited in vain for the one that it was to be delivered behind. */
static void note_vain_wait(struct cable *cable, struct cable_transit *transit)
{
	if (transit->kept_by != 0 &&
	    cable_rules_at(&cable->rules, transit->kept_by)->rule.action == CABLE_SWAP)
		cable_note_add(transit->note, sizeof(transit->note),
			       "the other did not come in %u s",
			       (unsigned)(CABLE_SWAP_MAX_NS / NS_PER_S));
}

void cable_advance(struct cable *cable, uint64_t now_ns)
{
	uint64_t latest = cable->numbers;

	for (;;) {
		struct cable_transit *first = cable_queue_first(&cable->queue);

		/* What the owner sends meanwhile is for the next call: this one has an end. */
		if (!first || first->packet.due_ns > now_ns ||
		    first->packet.due_ns == CABLE_NEVER_NS || first->packet.number > latest)
			break;
		note_vain_wait(cable, first);
		(void)cable_queue_pop(&cable->queue);
		deliver(cable, first, now_ns);
	}
}

/* ---- cut and restored ---- */

void cable_cut(struct cable *cable, uint64_t now_ns)
{
	for (size_t from = 0; from < LAB_HOSTS; from++) {
		struct cable_direction *direction = &cable->directions[from];

		direction->settings.cut = true;
		cable_line_clear(&direction->line, now_ns);
		direction->last_due_ns = 0;
	}
	for (struct cable_transit *transit = cable_queue_pop(&cable->queue); transit;
	     transit = cable_queue_pop(&cable->queue))
		cable_lose(cable, transit, "the cable was cut");
}

void cable_restore(struct cable *cable, uint64_t now_ns)
{
	struct cable_transit *kept;

	for (size_t from = 0; from < LAB_HOSTS; from++)
		cable->directions[from].settings.cut = false;
	while ((kept = cable->queue.kept.first) != NULL) {
		cable_queue_let_go(&cable->queue, kept);
		kept->packet.due_ns = kept->base_due_ns > now_ns ? kept->base_due_ns : now_ns;
		cable_queue_move(&cable->queue, kept);
		cable_note_add(kept->note, sizeof(kept->note), "let go by restore");
	}
}
