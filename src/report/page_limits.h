/* What a page may hold: beyond these it says what was left out. Together some 64 MiB of JSON. */
#ifndef WIRETALE_REPORT_PAGE_LIMITS_H
#define WIRETALE_REPORT_PAGE_LIMITS_H

#define PAGE_MIB (1024u * 1024u)

#define PAGE_PART_BYTES (512u * 1024u) /* of the document in one element, and to its line's end */

#define PAGE_CONNECTIONS_MAX 5000u
#define PAGE_CONNECTIONS_MAX_BYTES (12u * PAGE_MIB) /* of their objects */
#define PAGE_SEGMENTS_MAX 20000u
#define PAGE_SEGMENTS_MAX_BYTES (12u * PAGE_MIB) /* of their objects */

#define PAGE_FRAME_MAX_BYTES 2048u             /* of one frame, as captured; its end is cut off */
#define PAGE_WHOLE_FRAMES 2000u                /* so many; of a later one only so much: */
#define PAGE_LATER_FRAME_MAX_BYTES 192u        /* its headers, and what its data begins with */
#define PAGE_FRAMES_MAX_BYTES (16u * PAGE_MIB) /* of all frames, as captured */
#define PAGE_FRAMES_TEXT_MAX_BYTES (24u * PAGE_MIB) /* of all frames, as JSON */
#define PAGE_LAYER_MAX_BYTES 4096u /* of a layer that cannot be found in its frame */
#define PAGE_EXPLAINED_FRAMES 300u /* the first ones: with explanations and worked out sums */
#define PAGE_TEXTS_MAX 500000u     /* different texts of all fields */
#define PAGE_TEXTS_MAX_BYTES (12u * PAGE_MIB)
#define PAGE_FIELD_KINDS_MAX 2048u
#define PAGE_FIELDS_MAX 700000u /* different fields of all frames */
#define PAGE_FIELDS_MAX_BYTES (16u * PAGE_MIB)

#define PAGE_STREAM_SIDE_MAX_BYTES (64u * 1024u) /* of one side of a conversation */
#define PAGE_STREAMS_MAX_BYTES (8u * PAGE_MIB)   /* of all conversations */
#define PAGE_STREAM_PIECE_BYTES 64u              /* so much each piece counts besides its bytes */
#define PAGE_STREAMS_OPEN_MAX 1024u              /* conversations that are followed at a time */
#define PAGE_STREAMS_WAITING_MAX_BYTES (16u * PAGE_MIB) /* kept beyond gaps, of all of them */

#endif
