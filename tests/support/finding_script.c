#include "support/finding_script.h"

static void end(struct segments *script)
{
	segments_end(script);
	assert_true(script->ended_count > 0);
}

void begin(struct segments *script, const char *lines)
{
	segments_start(script, 0);
	segments_handshake(script, false);
	segments_feed(script, lines);
}

void run(struct segments *script, const char *lines)
{
	begin(script, lines);
	end(script);
}

void run_with_timestamps(struct segments *script, const char *lines)
{
	segments_start(script, 0);
	segments_handshake(script, true);
	segments_feed(script, lines);
	end(script);
}

void run_alone(struct segments *script, const char *lines)
{
	segments_start(script, 0);
	segments_feed(script, lines);
	end(script);
}

const struct tcp_finding *found(const struct segments *script, enum tcp_finding_kind kind,
				enum tcp_side side)
{
	const struct tcp_finding *finding = segments_finding(script, 0, kind, side);

	assert_non_null(finding);
	return finding;
}

unsigned reset_findings(const struct segments *script)
{
	const struct tcp_findings *findings = &script->ended[0].findings;
	unsigned count = 0;

	for (uint32_t i = 0; i < findings->count; i++)
		count += findings->list[i].kind >= FINDING_RESET_UNREAD_DATA &&
			 findings->list[i].kind <= FINDING_RESET_AFTER_CLOSE;
	return count;
}

const struct tcp_finding *only_reset(const struct segments *script, enum tcp_finding_kind kind,
				     enum tcp_side side, enum tcp_confidence confidence)
{
	const struct tcp_finding *finding = found(script, kind, side);

	assert_int_equal(finding->confidence, confidence);
	assert_int_equal(reset_findings(script), 1);
	return finding;
}

void assert_frames(const struct tcp_finding *finding, const uint64_t *frames, uint32_t count)
{
	assert_int_equal(finding->frame_count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(finding->frames[i], frames[i]);
}
