/* Where libpcap was not there when this was built. */
#include "capture/capture_filter.h"

#include <stddef.h>

#include "capture/capture_problem.h"

enum capture_result capture_filter_create(const char *expression, const uint16_t *link_types,
					  uint32_t link_type_count, struct capture_filter **out,
					  struct capture_problem *problem)
{
	(void)expression;
	(void)link_types;
	(void)link_type_count;
	*out = NULL;
	capture_problem_say(problem, 0, false,
			    "the filter is refused: this wiretale was built without libpcap");
	return CAPTURE_REFUSED;
}

void capture_filter_destroy(struct capture_filter *filter)
{
	(void)filter;
}

enum capture_filter_verdict capture_filter_apply(struct capture_filter *filter,
						 const struct captured_frame *frame)
{
	(void)filter;
	(void)frame;
	return CAPTURE_FILTER_LEAVES;
}
