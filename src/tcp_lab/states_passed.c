#include "tcp_lab/states_passed.h"

void states_passed_add(struct states_passed *passed, enum tcp_state state)
{
	if (passed->count > 0 && passed->states[passed->count - 1] == state)
		return;
	if (passed->count == STATES_PASSED_MAX) {
		passed->more = true;
		return;
	}
	passed->states[passed->count++] = state;
}

struct span {
	const enum tcp_state *states;
	size_t count;
};

/* Without what need not be said. */
static struct span core_of(const enum tcp_state *states, size_t count)
{
	while (count > 0 && (*states == TCP_CLOSED || *states == TCP_LISTEN)) {
		states++;
		count--;
	}
	while (count > 0 && states[count - 1] == TCP_CLOSED)
		count--;
	return (struct span){ states, count };
}

static bool has(const struct states_passed *passed, enum tcp_state state)
{
	for (size_t i = 0; i < passed->count; i++) {
		if (passed->states[i] == state)
			return true;
	}
	return false;
}

bool states_passed_have(const struct states_passed *passed, const enum tcp_state *wanted,
			size_t count)
{
	struct span asked = core_of(wanted, count);

	if (asked.count == 0)
		return count > 0 && has(passed, wanted[0]);
	for (size_t from = 0; from + asked.count <= passed->count; from++) {
		size_t same = 0;

		while (same < asked.count && passed->states[from + same] == asked.states[same])
			same++;
		if (same == asked.count)
			return true;
	}
	return false;
}

void states_passed_text(const struct states_passed *passed, const enum tcp_state *wanted,
			size_t count, struct text_builder *out)
{
	struct span seen = core_of(passed->states, passed->count);
	struct span asked = core_of(wanted, count);
	bool any = false;

	for (size_t i = 0; i < seen.count; i++) {
		text_append(out, i > 0 ? ", " : "");
		text_append(out, tcp_state_name(seen.states[i]));
	}
	text_append(out, seen.count == 0 ? "none that says anything" : "");
	text_append(out, passed->more ? ", and more" : "");
	for (size_t i = 0; i < asked.count; i++) {
		if (has(passed, asked.states[i]))
			continue;
		text_append(out, any ? ", " : "; never ");
		text_append(out, tcp_state_name(asked.states[i]));
		any = true;
	}
	if (passed->missed)
		text_append(out, "; the kernel was not asked about every segment");
}
