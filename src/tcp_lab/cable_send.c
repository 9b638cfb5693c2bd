/*
 * A packet's way: sent() is told; what held others for it lets them go; cut, MTU, rules, chance or
 * the full queue may end it there. Else its due time is rate, delay and jitter, never before that
 * of the packet ahead; rules and chance may then make it later than others.
 */
#include "tcp_lab/cable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tcp_lab/cable_change.h"
#include "tcp_lab/cable_fate.h"
#include "tcp_lab/cable_forge.h"
#include "tcp_lab/cable_note.h"
#include "tcp_lab/cable_parts.h"

#define MS_NS UINT64_C(1000000)
#define COPY_BEHIND_NS MS_NS
#define REORDER_PACKETS 3u
#define WHY_BYTES 96u

/* A packet while cable_send() deals with it. */
struct sending {
	struct cable *cable;
	struct cable_transit *transit;
	const struct packet *decoded; /* NULL: nobody wants to know */
	struct cable_direction *direction;
	struct cable_fate fate;
	uint64_t now_ns;
	int rule;       /* that decides its way; 0: none */
	bool displaced; /* it may overtake, or be overtaken */
	bool twice;     /* a copy is to follow it */
};

/* ---- packets of the cable's own ---- */

static void copy_behind(struct sending *sending)
{
	struct cable *cable = sending->cable;
	const struct cable_transit *original = sending->transit;
	struct cable_packet like = original->packet;

	like.copy_of = original->packet.number;
	like.sent_ns = sending->now_ns;
	struct cable_transit *copy = cable_make(cable, &like, sending->decoded);

	if (!copy)
		return;
	copy->base_due_ns =
		cable_due_ns(original->packet.due_ns,
			     sending->direction->settings.delay_ns > 0 ? COPY_BEHIND_NS : 0);
	copy->packet.due_ns = copy->base_due_ns;
	(void)snprintf(copy->note, sizeof(copy->note), "%s", original->note);
	cable_queue_insert(&cable->queue, copy);
}

static void forge_behind(struct cable *cable, const struct cable_packet *which,
			 const struct packet *decoded, int number, uint64_t now_ns)
{
	const struct cable_rule_entry *entry = cable_rules_at(&cable->rules, number);
	const struct cable_forgery *forgery = &entry->rule.forgery;
	uint8_t bytes[CABLE_FORGED_MAX_BYTES];
	struct segment_ends ends;

	if (!segment_meanings_ends(cable->meanings, which->meaning.connection, &ends))
		memset(&ends, 0, sizeof(ends));
	struct cable_packet like = {
		.from = forgery->from,
		.bytes = bytes,
		.length = cable_forge_segment(forgery, decoded, which->from, &ends, bytes),
		.sent_ns = now_ns,
		.forged = true,
	};
	uint16_t flags = forgery->flags;

	if (forgery->acknowledges)
		flags |= TCP_FLAG_ACK;
	like.meaning = (struct segment_meaning){
		.is_tcp = true,
		.from = forgery->from,
		.kinds = cable_forge_kinds(flags),
		.connection = which->meaning.connection,
	};
	cable_launch_forged(cable, &like, entry->label);
}

/* Tells the sender what fits. */
static void answer_too_long(struct sending *sending, const struct cable_packet *packet)
{
	uint8_t bytes[CABLE_FORGED_MAX_BYTES];
	uint32_t mtu = sending->direction->settings.mtu;
	struct cable_packet like = {
		.from = lab_other_host(packet->from),
		.bytes = bytes,
		.length = cable_forge_too_long(packet->bytes, packet->length, mtu, bytes),
		.sent_ns = sending->now_ns,
		.forged = true,
	};
	char note[WHY_BYTES];

	if (like.length == 0)
		return;
	(void)snprintf(note, sizeof(note), "the cable's answer to packet %llu: at most %u bytes",
		       (unsigned long long)packet->number, mtu);
	cable_launch_forged(sending->cable, &like, note);
}

/* ---- what is kept for another ---- */

/* A segment was sent for which rules hold others. */
static void let_go_for(struct cable *cable, const struct segment_meaning *meaning, uint64_t now_ns)
{
	struct cable_transit *next;

	for (struct cable_transit *kept = cable->queue.kept.first; kept; kept = next) {
		const struct cable_rules *rules = &cable->rules;
		int rule = kept->kept_by;

		next = kept->next_kept;
		if (cable_rules_at(rules, rule)->rule.action != CABLE_HOLD ||
		    !cable_rules_other(rules, rule, kept->packet.meaning.connection, meaning))
			continue;
		cable_queue_let_go(&cable->queue, kept);
		kept->packet.due_ns = kept->base_due_ns > now_ns ? kept->base_due_ns : now_ns;
		cable_queue_move(&cable->queue, kept);
	}
}

/* A segment is on its way behind which others wait to be delivered. */
static void let_go_behind(struct cable *cable, const struct cable_transit *ahead)
{
	struct cable_transit *next;

	for (struct cable_transit *kept = cable->queue.kept.first; kept; kept = next) {
		const struct cable_rules *rules = &cable->rules;
		int rule = kept->kept_by;

		next = kept->next_kept;
		if (cable_rules_at(rules, rule)->rule.action != CABLE_SWAP || kept == ahead ||
		    !cable_rules_other(rules, rule, kept->packet.meaning.connection,
				       &ahead->packet.meaning))
			continue;
		cable_queue_let_go(&cable->queue, kept);
		kept->packet.due_ns = ahead->packet.due_ns;
		kept->order = 2 * ahead->packet.number + 1;
		if (kept->base_due_ns > kept->packet.due_ns)
			kept->packet.due_ns = kept->base_due_ns;
		cable_queue_move(&cable->queue, kept);
	}
}

/* ---- sending ---- */

/* The rule's label, with what came of it. */
static void note_rule(struct sending *sending, int rule, const char *outcome)
{
	struct cable_transit *transit = sending->transit;

	cable_note_add(transit->note, sizeof(transit->note), "%s%s",
		       cable_rules_at(&sending->cable->rules, rule)->label, outcome);
}

static bool happened(const struct sending *sending, const struct cable_rule *rule)
{
	return segment_meanings_happened(sending->cable->meanings, &rule->other,
					 sending->transit->packet.meaning.connection);
}

static void keep(struct sending *sending, uint64_t until_ns)
{
	struct cable_packet *packet = &sending->transit->packet;

	if (until_ns > packet->due_ns)
		packet->due_ns = until_ns;
	sending->displaced = true;
	cable_queue_keep(&sending->cable->queue, sending->transit, sending->rule);
}

static void hold(struct sending *sending, const struct cable_rule *rule)
{
	if (rule->has_until && happened(sending, rule)) {
		note_rule(sending, sending->rule, " (not held: that was sent before)");
		return;
	}
	note_rule(sending, sending->rule, "");
	keep(sending,
	     rule->has_until ? CABLE_NEVER_NS : cable_time_sum(sending->now_ns, rule->time_ns));
}

static void swap(struct sending *sending, const struct cable_rule *rule)
{
	if (happened(sending, rule)) {
		note_rule(sending, sending->rule, " (not swapped: the other was sent before)");
		return;
	}
	note_rule(sending, sending->rule, "");
	keep(sending, cable_time_sum(sending->now_ns, CABLE_SWAP_MAX_NS));
}

static void corrupt(struct sending *sending, const struct cable_rule *rule)
{
	struct cable_packet *packet = &sending->transit->packet;
	uint32_t at;

	if (!cable_change_corrupt(sending->transit->bytes, packet->length, sending->decoded,
				  rule->byte, &at)) {
		note_rule(sending, sending->rule, " (not changed: it is a fragment)");
		return;
	}
	packet->changed = true;
	if (sending->decoded->captured_payload == 0)
		note_rule(sending, sending->rule, " (without payload: the urgent pointer)");
	else
		note_rule(sending, sending->rule, at == rule->byte ? "" : " (its last byte)");
}

static void be_later(struct sending *sending, uint64_t time_ns)
{
	struct cable_packet *packet = &sending->transit->packet;

	packet->due_ns = cable_due_ns(packet->due_ns, time_ns);
	sending->transit->base_due_ns = packet->due_ns;
	sending->displaced = true;
}

/* What the rule does that decides its way, but for CABLE_DROP. */
static void obey(struct sending *sending)
{
	const struct cable_rule *rule =
		&cable_rules_at(&sending->cable->rules, sending->rule)->rule;

	switch (rule->action) {
	case CABLE_HOLD:
		hold(sending, rule);
		break;
	case CABLE_DELAY:
		note_rule(sending, sending->rule, "");
		be_later(sending, rule->time_ns);
		break;
	case CABLE_SWAP:
		swap(sending, rule);
		break;
	case CABLE_DUPLICATE:
		note_rule(sending, sending->rule, "");
		sending->twice = true;
		break;
	case CABLE_CORRUPT:
		corrupt(sending, rule);
		break;
	case CABLE_DROP:
	case CABLE_MARK:
	case CABLE_CUT:
	case CABLE_FORGE:
	default:
		break;
	}
}

static void take_chances(struct sending *sending)
{
	const struct cable_settings *settings = &sending->direction->settings;
	struct cable_transit *transit = sending->transit;
	uint64_t later_ns = settings->reorder_ns;

	if (cable_fate_strikes(&sending->fate, FATE_REORDER, settings->reorder_ppm)) {
		if (later_ns == 0 && settings->rate_bits > 0)
			later_ns = REORDER_PACKETS *
				   cable_line_time_ns(transit->packet.length, settings->rate_bits);
		cable_note_add(transit->note, sizeof(transit->note), "later than others by chance");
		be_later(sending, later_ns > 0 ? later_ns : MS_NS);
	}
	if (cable_fate_strikes(&sending->fate, FATE_DUPLICATE, settings->duplicate_ppm)) {
		cable_note_add(transit->note, sizeof(transit->note), "twice by chance");
		sending->twice = true;
	}
}

static void mark(struct sending *sending)
{
	struct cable_packet *packet = &sending->transit->packet;
	struct cable_rules *rules = &sending->cable->rules;
	int rule = 0;

	while ((rule = cable_rules_beside(rules, CABLE_MARK, &packet->meaning, rule)) != 0) {
		switch (cable_change_mark(sending->transit->bytes, packet->length)) {
		case CABLE_MARKED:
			packet->changed = true;
			note_rule(sending, rule, "");
			break;
		case CABLE_MARKED_BEFORE:
			note_rule(sending, rule, " (it was marked before)");
			break;
		case CABLE_NOT_ECN_CAPABLE:
		default:
			note_rule(sending, rule, " (not marked: it is not ECN-capable)");
			break;
		}
	}
}

/* Rate, delay and jitter. 0, or -ENOBUFS, -ENOMEM: it has no place on the line. */
static int schedule(struct sending *sending)
{
	struct cable_direction *direction = sending->direction;
	const struct cable_settings *settings = &direction->settings;
	struct cable_transit *transit = sending->transit;
	uint64_t due_ns = sending->now_ns;

	if (settings->rate_bits > 0) {
		uint32_t queue = settings->queue_packets;
		int result = cable_line_take(&direction->line, sending->now_ns,
					     transit->packet.length, settings->rate_bits,
					     queue > 0 ? queue : CABLE_QUEUE_DEFAULT, &due_ns);

		if (result < 0)
			return result;
	}
	due_ns = cable_time_sum(due_ns, settings->delay_ns);
	if (settings->jitter_ns > 0)
		due_ns = cable_time_sum(
			due_ns, cable_fate_below(&sending->fate, FATE_JITTER, settings->jitter_ns));
	if (due_ns < direction->last_due_ns)
		due_ns = direction->last_due_ns;
	transit->base_due_ns = due_ns;
	transit->packet.due_ns = due_ns;
	transit->order = 2 * transit->packet.number;
	return 0;
}

/* Why it ends before it is on the line; NULL: it does not. */
static const char *ends_here(struct sending *sending)
{
	const struct cable_settings *settings = &sending->direction->settings;
	struct cable_rules *rules = &sending->cable->rules;

	if (sending->decoded)
		sending->rule = cable_rules_acting(rules, &sending->transit->packet.meaning);
	if (sending->rule == 0) {
		bool lost = cable_fate_strikes(&sending->fate, FATE_LOSS, settings->loss_ppm);

		return lost ? "chance" : NULL;
	}
	const struct cable_rule_entry *entry = cable_rules_at(rules, sending->rule);

	return entry->rule.action == CABLE_DROP ? entry->label : NULL;
}

static void carry(struct sending *sending)
{
	struct cable *cable = sending->cable;
	struct cable_transit *transit = sending->transit;
	const char *why = ends_here(sending);
	int result = why ? 0 : schedule(sending);

	if (result < 0)
		why = result == -ENOBUFS ? "the queue was full" : "out of memory";
	if (why) {
		cable_lose(cable, transit, why);
		return;
	}
	if (cable->rules.count > 0)
		mark(sending);
	if (sending->rule > 0)
		obey(sending);
	else
		take_chances(sending);
	if (sending->displaced) {
		cable_queue_insert(&cable->queue, transit);
	} else {
		sending->direction->last_due_ns = transit->packet.due_ns;
		cable_queue_append(&cable->queue, transit);
	}
	if (cable->queue.kept.first && transit->kept_by == 0)
		let_go_behind(cable, transit);
	if (sending->twice)
		copy_behind(sending);
}

/* What was told to have been sent goes its way. */
static void go(struct sending *sending)
{
	struct cable *cable = sending->cable;
	const struct cable_settings *settings = &sending->direction->settings;
	const struct cable_packet packet = sending->transit->packet;
	int rule = 0;

	if (settings->cut) {
		cable_lose(cable, sending->transit, CABLE_IS_CUT_TEXT);
		return;
	}
	if (settings->mtu > 0 && packet.length > settings->mtu) {
		char why[WHY_BYTES];

		(void)snprintf(why, sizeof(why), "longer than the MTU of %u bytes", settings->mtu);
		if (!settings->mtu_is_silent)
			answer_too_long(sending, &packet);
		cable_lose(cable, sending->transit, why);
		return;
	}
	carry(sending);
	if (cable->rules.count == 0)
		return;
	while ((rule = cable_rules_beside(&cable->rules, CABLE_FORGE, &packet.meaning, rule)) != 0)
		forge_behind(cable, &packet, sending->decoded, rule, sending->now_ns);
}

int cable_send(struct cable *cable, enum lab_host from, const uint8_t *bytes, size_t length,
	       uint64_t now_ns)
{
	struct cable_direction *direction = &cable->directions[from];
	struct cable_transit *transit = NULL;
	struct packet decoded;

	if (length == 0 || cable_is_for_all(bytes, length))
		return 0;
	int result = length > LAB_PACKET_MAX_BYTES
			     ? -EMSGSIZE
			     : cable_queue_take(&cable->queue, length, &transit);

	if (result == -ENOMEM)
		return result;
	struct cable_packet refused = { .bytes = bytes, .length = length };
	struct cable_packet *packet = transit ? &transit->packet : &refused;
	struct sending sending = {
		.cable = cable,
		.transit = transit,
		.direction = direction,
		.fate = { .seed = cable->seed, .from = from, .ordinal = ++direction->sent },
		.now_ns = now_ns,
	};

	packet->from = from;
	packet->sent_ns = now_ns;
	packet->number = ++cable->numbers;
	if (transit)
		memcpy(transit->bytes, bytes, length);
	sending.decoded = cable_decode(cable, packet, &decoded);
	if (sending.decoded)
		segment_meanings_take(cable->meanings, from, &decoded, &packet->meaning);
	cable_tell_sent(cable, packet, sending.decoded);
	if (cable->queue.kept.first)
		let_go_for(cable, &packet->meaning, now_ns);
	if (transit)
		go(&sending);
	else
		cable->owner.lost(cable->owner.context, packet, cable_refusal_text(result));
	return 0;
}
