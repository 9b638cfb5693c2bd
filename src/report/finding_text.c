#include "report/finding_text.h"

void finding_text(struct text_builder *out, const struct tcp_connection *connection,
		  const struct tcp_finding *finding)
{
	if (finding_text_recovery(out, connection, finding) ||
	    finding_text_events(out, connection, finding) ||
	    finding_text_ends(out, connection, finding))
		return;
	/* Not reached while every kind has a text, which a test sees to. */
	text_append_format(out, "%s.", tcp_finding_name(finding->kind));
}
