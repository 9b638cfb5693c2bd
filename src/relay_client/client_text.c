/* The words for results, statuses and outcomes. */
#include "relay_protocol/frame.h"
#include "wiretale/client.h"

const char *wt_result_text(enum wt_result result)
{
	switch (result) {
	case WT_OK:
		return "ok";
	case WT_TIMEOUT:
		return "timeout";
	case WT_INVALID:
		return "invalid";
	case WT_NOT_CONNECTED:
		return "not-connected";
	case WT_CONNECTED:
		return "connected";
	case WT_QUEUE_FULL:
		return "queue-full";
	case WT_TOO_LARGE:
		return "too-large";
	case WT_NO_MEMORY:
		return "no-memory";
	case WT_RESOLVE:
		return "no-such-host";
	case WT_SYSTEM:
		return "system-error";
	case WT_REFUSED:
		return "refused";
	case WT_CLOSED:
		return "closed";
	case WT_PROTOCOL:
		return "protocol-error";
	}
	return "unknown";
}

const char *wt_status_text(enum wt_status status)
{
	return relay_status_slug((uint16_t)status);
}

const char *wt_outcome_text(enum wt_outcome outcome)
{
	switch (outcome) {
	case WT_OUTCOME_NONE:
		return "failed";
	case WT_OUTCOME_DELIVERED:
		return "delivered";
	case WT_OUTCOME_STORED:
		return "stored";
	case WT_OUTCOME_PASSED:
		return "passed";
	case WT_OUTCOME_UNKNOWN:
		return "unknown";
	}
	return "unknown";
}
