#include "tcp_flow/finding.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 4u

const char *tcp_finding_name(enum tcp_finding_kind kind)
{
#define AS_NAME(constant, name) name,
	static const char *const names[] = { TCP_FINDINGS(AS_NAME) };
#undef AS_NAME
	return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

void findings_finish(struct tcp_findings *findings)
{
	free(findings->list);
	*findings = (struct tcp_findings){ 0 };
}

static bool make_room(struct tcp_findings *findings)
{
	uint32_t capacity = findings->capacity ? findings->capacity * 2 : FIRST_CAPACITY;
	struct tcp_finding *list;

	if (findings->count < findings->capacity)
		return true;
	if (findings->count >= CONNECTION_FINDINGS_MAX)
		return false;
	list = realloc(findings->list, capacity * sizeof(*list));
	if (!list)
		return false;
	findings->list = list;
	findings->capacity = capacity;
	return true;
}

struct tcp_finding *findings_add(struct tcp_findings *findings, enum tcp_finding_kind kind,
				 enum tcp_side side, enum tcp_confidence confidence)
{
	struct tcp_finding *finding;

	if (!make_room(findings)) {
		findings->left_out++;
		return NULL;
	}
	finding = &findings->list[findings->count++];
	memset(finding, 0, sizeof(*finding));
	finding->kind = kind;
	finding->side = side;
	finding->confidence = confidence;
	return finding;
}

struct tcp_finding *findings_gather(struct tcp_findings *findings, enum tcp_finding_kind kind,
				    enum tcp_side side, enum tcp_cause cause)
{
	struct tcp_finding *finding;

	for (uint32_t i = 0; i < findings->count; i++) {
		finding = &findings->list[i];
		if (finding->kind == kind && finding->side == side && finding->cause == cause)
			return finding;
	}
	finding = findings_add(findings, kind, side, CONFIDENCE_SURE);
	if (finding)
		finding->cause = cause;
	return finding;
}

struct tcp_finding *findings_find(const struct tcp_findings *findings, enum tcp_finding_kind kind,
				  enum tcp_side side)
{
	for (uint32_t i = 0; i < findings->count; i++) {
		struct tcp_finding *finding = &findings->list[i];

		if (finding->kind == kind && (side == TCP_BOTH_SIDES || finding->side == side))
			return finding;
	}
	return NULL;
}

void finding_frame(struct tcp_finding *finding, uint64_t frame)
{
	if (!finding || finding->frame_count >= FINDING_FRAMES_MAX)
		return;
	for (uint32_t i = 0; i < finding->frame_count; i++) {
		if (finding->frames[i] == frame)
			return;
	}
	finding->frames[finding->frame_count++] = frame;
}

void finding_happened(struct tcp_finding *finding, uint64_t frame)
{
	if (!finding)
		return;
	finding->count++;
	finding_frame(finding, frame);
}

static int compare_findings(const void *left, const void *right)
{
	const struct tcp_finding *a = left;
	const struct tcp_finding *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->frames[0] != b->frames[0])
		return a->frames[0] < b->frames[0] ? -1 : 1;
	return 0;
}

void findings_sort(struct tcp_findings *findings)
{
	if (findings->count > 1)
		qsort(findings->list, findings->count, sizeof(*findings->list), compare_findings);
}
