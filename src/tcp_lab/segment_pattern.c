#include "tcp_lab/segment_pattern.h"

bool segment_pattern_matches(const struct segment_pattern *pattern,
			     const struct segment_meaning *meaning)
{
	uint32_t ordinal = 0;

	if (!meaning->is_tcp || (!pattern->either_host && pattern->from != meaning->from) ||
	    (pattern->connection != 0 && pattern->connection != meaning->connection) ||
	    (pattern->kind != SEGMENT_ANY && (meaning->kinds & pattern->kind) == 0))
		return false;
	if (pattern->ordinal == 0)
		return true;
	switch (pattern->kind) {
	case SEGMENT_ANY:
		ordinal = meaning->segment;
		break;
	case SEGMENT_DATA:
		ordinal = meaning->data;
		break;
	case SEGMENT_ACK:
		ordinal = meaning->ack;
		break;
	case SEGMENT_SYN:
	case SEGMENT_SYN_ACK:
	case SEGMENT_FIN:
		ordinal = meaning->transmission;
		break;
	case SEGMENT_RST:
	case SEGMENT_PROBE:
	default:
		return true;
	}
	return pattern->ordinal == ordinal;
}

static const char *kind_name(enum segment_kind kind)
{
	switch (kind) {
	case SEGMENT_SYN:
		return "SYN";
	case SEGMENT_SYN_ACK:
		return "SYN-ACK";
	case SEGMENT_DATA:
		return "data";
	case SEGMENT_ACK:
		return "ACK";
	case SEGMENT_FIN:
		return "FIN";
	case SEGMENT_RST:
		return "RST";
	case SEGMENT_PROBE:
		return "probe";
	case SEGMENT_ANY:
	default:
		return "segment";
	}
}

void segment_pattern_text(const struct segment_pattern *pattern, struct text_builder *out)
{
	if (!pattern->either_host)
		text_append_format(out, "%s ", lab_host_name(pattern->from));
	if (pattern->connection > 0)
		text_append_format(out, "connection %u ", pattern->connection);
	text_append(out, kind_name(pattern->kind));
	if (pattern->ordinal > 0)
		text_append_format(out, " %u", pattern->ordinal);
}
