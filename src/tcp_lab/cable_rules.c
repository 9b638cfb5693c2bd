#include "tcp_lab/cable_rules.h"

#include <errno.h>
#include <string.h>

#include "base/text_builder.h"
#include "tcp_lab/cable_note.h"

/* An escape takes four bytes for one at most. */
#define TEXT_HARMLESS_BYTES (4u * CABLE_RULE_TEXT_BYTES)

static void write_label(struct cable_rule_entry *entry, int number)
{
	const char *text = entry->rule.text;
	struct text_builder harmless;

	text_builder_init(&harmless, TEXT_HARMLESS_BYTES);
	text_append_harmless(&harmless, text, strnlen(text, sizeof(entry->rule.text)));
	cable_note_add(entry->label, sizeof(entry->label), "rule %d: %s", number,
		       text_builder_text(&harmless));
	text_builder_finish(&harmless);
}

int cable_rules_add(struct cable_rules *rules, const struct cable_rule *rule)
{
	struct cable_rule_entry *entry = &rules->entries[rules->count];

	if (rules->count == (int)CABLE_RULES_MAX)
		return -ENOSPC;
	rules->count++;
	entry->rule = *rule;
	entry->uses = 0;
	entry->label[0] = '\0';
	write_label(entry, rules->count);
	return rules->count;
}

static bool use(struct cable_rule_entry *entry, const struct segment_meaning *meaning)
{
	const struct cable_rule *rule = &entry->rule;

	if ((rule->times > 0 && entry->uses >= rule->times) ||
	    !segment_pattern_matches(&rule->which, meaning))
		return false;
	entry->uses += entry->uses < UINT32_MAX;
	return true;
}

int cable_rules_acting(struct cable_rules *rules, const struct segment_meaning *meaning)
{
	for (int i = 0; i < rules->count; i++) {
		struct cable_rule_entry *entry = &rules->entries[i];

		if (!cable_action_is_beside(entry->rule.action) && use(entry, meaning))
			return i + 1;
	}
	return 0;
}

int cable_rules_beside(struct cable_rules *rules, enum cable_action action,
		       const struct segment_meaning *meaning, int number)
{
	for (int i = number; i < rules->count; i++) {
		struct cable_rule_entry *entry = &rules->entries[i];

		if (entry->rule.action == action && use(entry, meaning))
			return i + 1;
	}
	return 0;
}

bool cable_rules_other(const struct cable_rules *rules, int number, uint32_t connection,
		       const struct segment_meaning *meaning)
{
	const struct cable_rule *rule = &cable_rules_at(rules, number)->rule;

	if (rule->action != CABLE_SWAP && !(rule->action == CABLE_HOLD && rule->has_until))
		return false;
	/* A pattern that names no connection means that of the segment which waits. */
	return segment_pattern_matches(&rule->other, meaning) &&
	       (rule->other.connection != 0 || meaning->connection == connection);
}
