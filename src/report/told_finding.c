#include "report/told_finding.h"

#include "report/readable.h"

struct told_finding told_finding(struct text_builder *out, const struct tcp_finding *finding)
{
	return (struct told_finding){
		.out = out,
		.finding = finding,
		.side = tcp_side_name(finding->side),
		.other = tcp_side_name(tcp_other_side(finding->side)),
	};
}

void told_times(const struct told_finding *told, int64_t count)
{
	if (count == 1)
		text_append(told->out, "once");
	else if (count == 2)
		text_append(told->out, "twice");
	else
		readable_number_of(told->out, (uint64_t)count, "time", "times");
}
