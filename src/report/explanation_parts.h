/* What the files of the explanations share; only they include this. */
#ifndef WIRETALE_REPORT_EXPLANATION_PARTS_H
#define WIRETALE_REPORT_EXPLANATION_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/explanation.h"

/* One field that is being explained. */
struct explained {
	struct text_builder *out;
	const struct frame_view *view;
	const struct header_place *place; /* NULL: the field is behind the headers */
	const struct header_field *field;
	struct explanation_memory *memory;
	const uint8_t *header; /* the bytes of the place that were captured */
	uint32_t length;       /* of them */
	uint64_t value;        /* of a field of at most 64 bits; else 0 */
	bool first;            /* what the field is for was told just now */
	bool of_new_end;       /* what stays the same in all segments of this end is not told yet */
	/* of TCP's header and data; else NULL, as in a header that an error quotes */
	const struct segment_facts *segment;
	const struct tcp_connection *connection;
};

/* One row of the tables. */
struct field_explanation {
	const char *purpose;                             /* told once; NULL: nothing to say */
	void (*here)(const struct explained *explained); /* each time; NULL: nothing to say */
	enum header_field_id same;                       /* with `has_same`: told as that one */
	bool has_same;
};

/* The row of a field, from the file that knows its header; NULL: it is not one of these. */
const struct field_explanation *explanation_of_link(enum header_field_id id);
const struct field_explanation *explanation_of_ip(enum header_field_id id);
const struct field_explanation *explanation_of_tunnel(enum header_field_id id);
const struct field_explanation *explanation_of_tcp(enum header_field_id id);
const struct field_explanation *explanation_of_flag(enum header_field_id id);
const struct field_explanation *explanation_of_option(enum header_field_id id);

/* The sum of an IPv4 header, and of a TCP segment. */
void explanation_ipv4_checksum(const struct explained *explained);
void explanation_tcp_checksum(const struct explained *explained);

/* In general: the arithmetic of checksums, and how numbers that wrap are compared, on two pairs of
 * which only one looks the way it is. */
void explanation_how_checksums_are_made(struct text_builder *out);
void explanation_how_numbers_compare(struct text_builder *out);

/* The whole round of a congestion mark, unless it was told. */
void explanation_ecn_round(const struct explained *explained);

/* The bytes of the field itself; NULL where they are not there whole. *length gets how many. */
const uint8_t *explained_bytes(const struct explained *explained, uint32_t *length);

/* "1 byte", "5 bytes". */
void explained_bytes_text(struct text_builder *out, uint64_t count);

/* "the client", "the server": who sent the segment, who gets it. "The sender" where it is not
 * known. */
const char *explained_sender(const struct explained *explained);
const char *explained_receiver(const struct explained *explained);

#endif
