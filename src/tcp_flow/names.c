#include "tcp_flow/names.h"

#include <stddef.h>

#define AS_NAME(constant, name) name,

static const char *name_at(const char *const *names, size_t count, size_t index)
{
	return index < count ? names[index] : "?";
}

#define DEFINE_NAMES(function, parameter, list)                                                    \
	const char *function(parameter value)                                                      \
	{                                                                                          \
		static const char *const names[] = { list(AS_NAME) };                              \
		return name_at(names, sizeof(names) / sizeof(names[0]), (size_t)value);            \
	}

DEFINE_NAMES(tcp_state_name, enum tcp_state, TCP_STATES)
DEFINE_NAMES(tcp_opening_name, enum tcp_opening, TCP_OPENINGS)
DEFINE_NAMES(tcp_closing_name, enum tcp_closing, TCP_CLOSINGS)
DEFINE_NAMES(tcp_label_name, enum tcp_label, TCP_LABELS)
DEFINE_NAMES(tcp_cause_name, enum tcp_cause, TCP_CAUSES)
DEFINE_NAMES(tcp_ledger_part_name, enum tcp_ledger_part, TCP_LEDGER_PARTS)
DEFINE_NAMES(tcp_confidence_name, enum tcp_confidence, TCP_CONFIDENCES)

const char *tcp_side_name(enum tcp_side side)
{
	switch (side) {
	case TCP_CLIENT:
		return "client";
	case TCP_SERVER:
		return "server";
	case TCP_BOTH_SIDES:
		return "both";
	}
	return "?";
}
