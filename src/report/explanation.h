/*
 * What a field is for, as a lecture would say it, and the arithmetic behind it worked out with the
 * values of the segment at hand. Any thread.
 */
#ifndef WIRETALE_REPORT_EXPLANATION_H
#define WIRETALE_REPORT_EXPLANATION_H

#include <stdbool.h>

#include "base/text_builder.h"
#include "packet/header_field.h"
#include "report/dissection.h"

/* What was told already, so that a general explanation is given once and not under each frame. */
struct explanation_memory {
	bool told[HEADER_FIELD_COUNT];
	bool sequence_told; /* how numbers wrap and are compared */
	bool checksum_told;
	bool ecn_round_told;
	/* Of whom the addresses, ports and such were told, which stay the same in all segments. */
	uint64_t connection;    /* its number; 0: none yet */
	uint64_t end_frames[2]; /* by side, the frame in which they were told; 0: not yet */
};

/*
 * Appends what there is to say of this field in this frame: paragraphs, each ended by a newline,
 * unwrapped; lines that begin with two blanks are arithmetic and stay as they are. First what it is
 * for (once), then what this value says here. Appends nothing where nothing is worth saying.
 * Sums are worked out of packets that were decoded with PACKET_VERIFY_CHECKSUMS.
 */
void explanation_append(struct text_builder *out, const struct frame_view *view,
			const struct header_place *place, const struct header_field *field,
			struct explanation_memory *memory);

/* The same for a field of a dissection; nothing for one that is of no header. */
void explanation_append_field(struct text_builder *out, const struct frame_view *view,
			      const struct dissected_layer *layer,
			      const struct dissected_field *field,
			      struct explanation_memory *memory);

/*
 * Appends what the field is for in general, whichever frame it stands in: paragraphs, as above. For
 * those who tell it once for all frames, and mark it as told in their memories with
 * explanation_general_is_told(): then explanation_append() says only what the value says here.
 */
void explanation_purpose(struct text_builder *out, enum header_field_id id);
void explanation_general_is_told(struct explanation_memory *memory);

/* Behind the last field of the frame: what the segment as a whole does (its part of the handshake,
 * the data, the closing), in one short paragraph; may append nothing. */
void explanation_segment(struct text_builder *out, const struct frame_view *view);

#endif
