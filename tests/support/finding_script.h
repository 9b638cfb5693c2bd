/*
 * What a connection of segments.h was found to do: most tests of findings feed it some lines behind
 * its handshake, end it, and look at what is told. All calls fail the test where what they expect
 * does not hold.
 */
#ifndef WIRETALE_TESTS_SUPPORT_FINDING_SCRIPT_H
#define WIRETALE_TESTS_SUPPORT_FINDING_SCRIPT_H

#include "support/unit_test.h"

#include <stdbool.h>

#include "support/segments.h"

/* Feeds the lines behind a handshake without timestamps; more may follow. */
void begin(struct segments *script, const char *lines);
/* Feeds the lines behind a handshake, and ends the script. */
void run(struct segments *script, const char *lines);
void run_with_timestamps(struct segments *script, const char *lines);
/* Feeds the lines, which are all there is, and ends the script. */
void run_alone(struct segments *script, const char *lines);

/* Of the first connection; it must be there. */
const struct tcp_finding *found(const struct segments *script, enum tcp_finding_kind kind,
				enum tcp_side side);

/* How many findings say why the first connection was reset. */
unsigned reset_findings(const struct segments *script);
/* The only one that does, of this kind, side and confidence. */
const struct tcp_finding *only_reset(const struct segments *script, enum tcp_finding_kind kind,
				     enum tcp_side side, enum tcp_confidence confidence);

void assert_frames(const struct tcp_finding *finding, const uint64_t *frames, uint32_t count);
#define FRAMES(...) ((const uint64_t[]){ __VA_ARGS__ })

#endif
