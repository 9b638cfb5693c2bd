/*
 * The rules of a cable, in the order in which they were added, and how often each has acted. One
 * thread. All memory is in the struct; zeroed it has no rules.
 */
#ifndef WIRETALE_TCP_LAB_CABLE_RULES_H
#define WIRETALE_TCP_LAB_CABLE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "tcp_lab/cable_rule.h"
#include "tcp_lab/lab_limits.h"
#include "tcp_lab/segment_meaning.h"

#define CABLE_LABEL_BYTES 160u

struct cable_rule_entry {
	struct cable_rule rule;
	uint32_t uses;
	char label[CABLE_LABEL_BYTES]; /* "rule 2: hold client FIN for 50ms"; harmless */
};

struct cable_rules {
	struct cable_rule_entry entries[CABLE_RULES_MAX];
	int count;
};

/* Its number, from 1, or -ENOSPC. */
int cable_rules_add(struct cable_rules *rules, const struct cable_rule *rule);

/* 1 to count. */
static inline const struct cable_rule_entry *cable_rules_at(const struct cable_rules *rules,
							    int number)
{
	return &rules->entries[number - 1];
}

/* Acts on a segment whatever another rule does to it; the others decide its way. */
static inline bool cable_action_is_beside(enum cable_action action)
{
	return action == CABLE_MARK || action == CABLE_CUT || action == CABLE_FORGE;
}

/* The rule that decides this segment's way: its number, and that is a use of it. 0: none. */
int cable_rules_acting(struct cable_rules *rules, const struct segment_meaning *meaning);

/* The next rule behind `number` (0: the first) with an action that is beside others, for this
 * segment: its number, and that is a use of it. 0: no more. */
int cable_rules_beside(struct cable_rules *rules, enum cable_action action,
		       const struct segment_meaning *meaning, int number);

/* Does this segment, just sent, end what a rule does to one of that connection? */
bool cable_rules_other(const struct cable_rules *rules, int number, uint32_t connection,
		       const struct segment_meaning *meaning);

#endif
