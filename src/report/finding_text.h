/* The sentence of a finding. */
#ifndef WIRETALE_REPORT_FINDING_TEXT_H
#define WIRETALE_REPORT_FINDING_TEXT_H

#include <stdbool.h>

#include "base/text_builder.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/finding.h"

/* One or two plain sentences, without the frame numbers. Every kind has one. */
void finding_text(struct text_builder *out, const struct tcp_connection *connection,
		  const struct tcp_finding *finding);

/* Its parts, by those who know the kinds. False: not one of theirs, nothing was written. */
bool finding_text_recovery(struct text_builder *out, const struct tcp_connection *connection,
			   const struct tcp_finding *finding); /* finding_text_recovery.c */
bool finding_text_events(struct text_builder *out, const struct tcp_connection *connection,
			 const struct tcp_finding *finding); /* finding_text_events.c */
bool finding_text_resets(struct text_builder *out, const struct tcp_connection *connection,
			 const struct tcp_finding *finding); /* finding_text_resets.c */
bool finding_text_ends(struct text_builder *out, const struct tcp_connection *connection,
		       const struct tcp_finding *finding); /* finding_text_ends.c */

#endif
