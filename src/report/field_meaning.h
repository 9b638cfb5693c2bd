/*
 * What a field of a header holds, in words: its value, and what that means in this frame. Any
 * thread.
 */
#ifndef WIRETALE_REPORT_FIELD_MEANING_H
#define WIRETALE_REPORT_FIELD_MEANING_H

#include <stdbool.h>
#include <stdint.h>

#include "packet/header_field.h"
#include "report/dissection.h"

/* A field, and what is known around it. */
struct told_field {
	const struct frame_view *view;     /* borrowed */
	const struct header_place *place;  /* borrowed; of its header */
	const uint8_t *header;             /* borrowed; place->length bytes */
	const struct header_field *field;  /* borrowed */
	const struct header_field *parent; /* borrowed; the field of level 0 that it is part of */
	uint64_t value;                    /* of a field of at most 64 bits, else 0 */
	bool innermost;         /* of the IP header that counts, of the segment's TCP header */
	struct dissection *out; /* borrowed */
};

typedef void field_teller(const struct told_field *told);

/* Gives the field that was last added to the dissection its value and meaning. */
void field_meaning_tell(const struct told_field *told);

/* Who tells of it; NULL: none of those in this file. */
field_teller *field_teller_of_link(enum header_field_id id);
field_teller *field_teller_of_ip(enum header_field_id id);
field_teller *field_teller_of_tunnel(enum header_field_id id);
field_teller *field_teller_of_tcp(enum header_field_id id);
field_teller *field_teller_of_option(enum header_field_id id);

/* Several of them need these. */
void field_meaning_number(const struct told_field *told);
void field_meaning_flag(const struct told_field *told, const char *set);
void field_meaning_bytes(const struct told_field *told);
void field_meaning_ip_address(const struct told_field *told);
void field_meaning_protocol(const struct told_field *told);
void field_meaning_ethertype(const struct told_field *told);

#endif
