/*
 * Frames taken apart, as a page carries them: PackedFrame of web/src/document/types.ts. Field kinds
 * and texts are kept once for all frames. One thread.
 *
 *   frames = page_frames_create();
 *   for each frame: page_frames_pack(frames, &view, out);
 *   page_frames_kinds_json(frames, out), page_texts_json(page_frames_texts(frames), ...),
 *   page_texts_values(page_frames_fields(frames), ...);
 *   page_frames_destroy(frames);
 */
#ifndef WIRETALE_REPORT_PAGE_FRAME_H
#define WIRETALE_REPORT_PAGE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "report/dissection.h"
#include "report/page_texts.h"

struct page_frames;

struct page_frames *page_frames_create(void);         /* NULL: out of memory */
void page_frames_destroy(struct page_frames *frames); /* may be NULL */

/*
 * Appends the frame's object. The view needs frame, packet and trail; segment, connection and
 * messages where they are known (of a lab, from its record). The packet should have been decoded
 * with PACKET_VERIFY_CHECKSUMS. False: a ceiling of page_limits.h was met, or memory ended; nothing
 * was appended, and no later frame will be packed.
 */
bool page_frames_pack(struct page_frames *frames, const struct frame_view *view,
		      struct text_builder *out);

/* True once a frame was refused: trails and messages need not be made any more. */
bool page_frames_are_full(const struct page_frames *frames);

/* Bytes that were cut off the ends of those that are packed. */
uint64_t page_frames_cut_bytes(const struct page_frames *frames);

/* The array of FieldKind, whole: [...]. */
void page_frames_kinds_json(const struct page_frames *frames, struct text_builder *out);
const struct page_texts *page_frames_texts(const struct page_frames *frames);
/* Of JSON values: each a PackedField. */
const struct page_texts *page_frames_fields(const struct page_frames *frames);

#endif
