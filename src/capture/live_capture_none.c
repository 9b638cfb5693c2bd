/* Where libpcap was not there when this was built. */
#include "capture/live_capture.h"

#include <stddef.h>

#include "capture/capture_problem.h"

/* No handle is ever given out: what takes one is never called. */

enum capture_result live_capture_open(const struct live_capture_options *options,
				      struct live_capture **out, struct capture_problem *problem,
				      enum live_capture_refusal *refusal)
{
	(void)options;
	*out = NULL;
	*refusal = LIVE_CAPTURE_NO_LIBRARY;
	capture_problem_say(problem, 0, false, "this wiretale was built without libpcap");
	return CAPTURE_FAILED;
}

void live_capture_close(struct live_capture *live)
{
	(void)live;
}

enum capture_result live_capture_next(struct live_capture *live, int timeout_ms,
				      struct captured_frame *out)
{
	(void)live;
	(void)timeout_ms;
	(void)out;
	return CAPTURE_FAILED;
}

const char *live_capture_problem(const struct live_capture *live)
{
	(void)live;
	return "this wiretale was built without libpcap";
}

int live_capture_fd(const struct live_capture *live)
{
	(void)live;
	return -1;
}

uint16_t live_capture_link_type(const struct live_capture *live)
{
	(void)live;
	return 0;
}

bool live_capture_filter(struct live_capture *live, const char *filter)
{
	(void)live;
	(void)filter;
	return false;
}

bool live_capture_narrow(struct live_capture *live, const char *filter)
{
	(void)live;
	(void)filter;
	return false;
}

void live_capture_dropped(struct live_capture *live, uint64_t *by_kernel, uint64_t *by_interface)
{
	(void)live;
	*by_kernel = 0;
	*by_interface = 0;
}

void live_capture_interfaces(struct text_builder *out)
{
	(void)out;
}
