#include "capture/capture_filter.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "capture/capture_problem.h"

#define SNAP_LENGTH 262144
#define ETHERNET 1u

struct program {
	struct bpf_program code; /* owned where `compiled` */
	uint16_t link_type;
	bool compiled; /* false: the filter makes no sense for it */
};

struct capture_filter {
	char *expression; /* owned */
	struct program programs[CAPTURE_FILTER_LINK_TYPES_MAX];
	uint32_t program_count;
	uint32_t last; /* index of the program used last */
};

/*
 * libpcap compiles for a DLT_, which is a LINKTYPE_'s number on this machine; they differ in those
 * whose DLT_ numbers were taken differently by different systems.
 */
static int dlt_of(uint16_t link_type)
{
	switch (link_type) {
	case 100:
		return DLT_ATM_RFC1483;
	case 101:
		return DLT_RAW;
	case 102:
		return DLT_SLIP_BSDOS;
	case 103:
		return DLT_PPP_BSDOS;
	case 106:
		return DLT_ATM_CLIP;
	case 246:
		return DLT_PFSYNC;
	default:
		return link_type;
	}
}

static void say_no_memory(struct capture_problem *problem)
{
	capture_problem_say(problem, 0, false, "no memory for the filter");
}

/* The next of `programs`, whose room the caller has looked at. *problem: why it did not compile. */
static enum capture_result compile(struct capture_filter *filter, uint16_t link_type,
				   struct capture_problem *problem)
{
	struct program *program = &filter->programs[filter->program_count];
	pcap_t *pcap = pcap_open_dead(dlt_of(link_type), SNAP_LENGTH);

	if (!pcap) {
		say_no_memory(problem);
		return CAPTURE_FAILED;
	}
	program->link_type = link_type;
	program->compiled = pcap_compile(pcap, &program->code, filter->expression, 1,
					 PCAP_NETMASK_UNKNOWN) == 0;
	if (!program->compiled)
		capture_problem_say(problem, 0, false, "the filter is refused: %s",
				    pcap_geterr(pcap));
	pcap_close(pcap);
	filter->last = filter->program_count++;
	return program->compiled ? CAPTURE_FRAME : CAPTURE_REFUSED;
}

static bool is_compiled_for(const struct capture_filter *filter, uint16_t link_type)
{
	for (uint32_t i = 0; i < filter->program_count; i++) {
		if (filter->programs[i].link_type == link_type)
			return true;
	}
	return false;
}

/* The first sentence of refusal is kept: it is about the interface that a person thinks of. */
static enum capture_result compile_all(struct capture_filter *filter, const uint16_t *link_types,
				       uint32_t link_type_count, struct capture_problem *problem)
{
	static const uint16_t usual[] = { ETHERNET };
	enum capture_result result = CAPTURE_REFUSED;
	struct capture_problem refusal = { .offset = 0 };

	if (link_type_count == 0) {
		link_types = usual;
		link_type_count = 1;
	}
	for (uint32_t i = 0; i < link_type_count; i++) {
		struct capture_problem here = { .offset = 0 };
		enum capture_result one;

		if (filter->program_count == CAPTURE_FILTER_LINK_TYPES_MAX)
			break;
		if (is_compiled_for(filter, link_types[i]))
			continue;
		one = compile(filter, link_types[i], &here);
		if (one == CAPTURE_FRAME)
			result = CAPTURE_FRAME;
		else if (refusal.sentence[0] == 0)
			refusal = here;
		if (one == CAPTURE_FAILED)
			result = one;
	}
	if (result != CAPTURE_FRAME)
		*problem = refusal;
	return result;
}

enum capture_result capture_filter_create(const char *expression, const uint16_t *link_types,
					  uint32_t link_type_count, struct capture_filter **out,
					  struct capture_problem *problem)
{
	struct capture_filter *filter = calloc(1, sizeof(*filter));
	enum capture_result result;

	if (!filter) {
		say_no_memory(problem);
		return CAPTURE_FAILED;
	}
	filter->expression = strdup(expression);
	if (!filter->expression) {
		say_no_memory(problem);
		result = CAPTURE_FAILED;
		goto destroy_filter;
	}
	result = compile_all(filter, link_types, link_type_count, problem);
	if (result != CAPTURE_FRAME)
		goto destroy_filter;
	*out = filter;
	return CAPTURE_FRAME;

destroy_filter:
	capture_filter_destroy(filter);
	return result;
}

void capture_filter_destroy(struct capture_filter *filter)
{
	if (!filter)
		return;
	for (uint32_t i = 0; i < filter->program_count; i++) {
		if (filter->programs[i].compiled)
			pcap_freecode(&filter->programs[i].code);
	}
	free(filter->expression);
	free(filter);
}

static bool find_program(struct capture_filter *filter, uint16_t link_type)
{
	struct capture_problem ignored;

	for (uint32_t i = 0; i < filter->program_count; i++) {
		if (filter->programs[i].link_type == link_type) {
			filter->last = i;
			return true;
		}
	}
	if (filter->program_count == CAPTURE_FILTER_LINK_TYPES_MAX)
		return false;
	(void)compile(filter, link_type, &ignored);
	return filter->programs[filter->last].link_type == link_type;
}

enum capture_filter_verdict capture_filter_apply(struct capture_filter *filter,
						 const struct captured_frame *frame)
{
	const struct program *program = &filter->programs[filter->last];
	struct pcap_pkthdr header = { .caplen = frame->captured_length,
				      .len = frame->original_length };

	if (program->link_type != frame->link_type) {
		if (!find_program(filter, frame->link_type))
			return CAPTURE_FILTER_FULL;
		program = &filter->programs[filter->last];
	}
	if (!program->compiled || pcap_offline_filter(&program->code, &header, frame->bytes) == 0)
		return CAPTURE_FILTER_LEAVES;
	return CAPTURE_FILTER_TAKES;
}
