#include "tcp_flow/loss_notes.h"

#include <stdlib.h>

struct loss_notes *loss_notes_create(void)
{
	return calloc(1, sizeof(struct loss_notes));
}

void loss_notes_destroy(struct loss_notes *notes)
{
	if (!notes)
		return;
	sequence_ranges_finish(&notes->sacked);
	sequence_ranges_finish(&notes->arrived);
	free(notes);
}

void loss_notes_resent(struct loss_notes *notes, const struct resent_segment *segment)
{
	struct resent_segment *place = &notes->resent[notes->next_resent];

	if (notes->resent_count < LOSS_RESENDS_REMEMBERED)
		notes->resent_count++;
	else if (!place->settled)
		notes->unsettled--;
	*place = *segment;
	if (!segment->settled)
		notes->unsettled++;
	notes->next_resent = (notes->next_resent + 1) % LOSS_RESENDS_REMEMBERED;
}

struct resent_segment *loss_notes_find_resent(struct loss_notes *notes, int64_t left, int64_t right)
{
	for (uint32_t i = 1; i <= notes->resent_count; i++) {
		uint32_t at = (notes->next_resent + LOSS_RESENDS_REMEMBERED - i) %
			      LOSS_RESENDS_REMEMBERED;
		struct resent_segment *segment = &notes->resent[at];

		if (!segment->reported && segment->sequence < right && left < segment->end)
			return segment;
	}
	return NULL;
}

struct resent_segment *loss_notes_find_fill(struct loss_notes *notes, int64_t left, int64_t right)
{
	for (uint32_t i = 1; i <= notes->resent_count; i++) {
		uint32_t at = (notes->next_resent + LOSS_RESENDS_REMEMBERED - i) %
			      LOSS_RESENDS_REMEMBERED;
		struct resent_segment *segment = &notes->resent[at];

		if (segment->fills && segment->sequence <= left && right <= segment->end)
			return segment;
	}
	return NULL;
}

void loss_notes_gap(struct loss_notes *notes, const struct captured_gap *gap)
{
	notes->gaps[notes->next_gap] = *gap;
	notes->gaps[notes->next_gap].used = true;
	notes->next_gap = (notes->next_gap + 1) % LOSS_GAPS_REMEMBERED;
}

void loss_notes_know_arrivals(struct loss_notes *notes, const struct sequence_ranges *seen)
{
	if (notes->knows_arrivals)
		return;
	notes->knows_arrivals = true;
	for (uint32_t i = 0; i < seen->count; i++) {
		struct sequence_range range = sequence_ranges_at(seen, i);

		sequence_ranges_add(&notes->arrived, range.left, range.right);
	}
}

const struct captured_gap *loss_notes_find_gap(const struct loss_notes *notes, int64_t number)
{
	for (uint32_t i = 1; i <= LOSS_GAPS_REMEMBERED; i++) {
		uint32_t at = (notes->next_gap + LOSS_GAPS_REMEMBERED - i) % LOSS_GAPS_REMEMBERED;
		const struct captured_gap *gap = &notes->gaps[at];

		if (gap->used && gap->left <= number && number < gap->right)
			return gap;
	}
	return NULL;
}
