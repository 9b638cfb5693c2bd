/* Which segments a rule or a wait means. Plain data. Any thread. */
#ifndef WIRETALE_TCP_LAB_SEGMENT_PATTERN_H
#define WIRETALE_TCP_LAB_SEGMENT_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "tcp_lab/lab_host.h"
#include "tcp_lab/segment_meaning.h"

struct segment_pattern {
	bool either_host; /* else `from` */
	enum lab_host from;
	enum segment_kind kind;
	uint32_t ordinal; /* of data, ACK, or of all with SEGMENT_ANY; of SYN, SYN-ACK and FIN the
			     transmission; RST and probes have none. 0: each */
	uint32_t connection; /* 0: each */
};

bool segment_pattern_matches(const struct segment_pattern *pattern,
			     const struct segment_meaning *meaning);
/* "client data 3". */
void segment_pattern_text(const struct segment_pattern *pattern, struct text_builder *out);

#endif
