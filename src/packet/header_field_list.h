/* A header's fields while they are put in a row. Only those of this folder who do so include it. */
#ifndef WIRETALE_PACKET_HEADER_FIELD_LIST_H
#define WIRETALE_PACKET_HEADER_FIELD_LIST_H

#include "packet/header_field.h"

struct header_field_list {
	const uint8_t *bytes; /* borrowed; the header's */
	uint32_t length;      /* bytes of it that are there */
	uint32_t bit;         /* where the next field begins */
	uint8_t level;        /* of the next field */
	size_t count;
	struct header_field *out; /* borrowed; HEADER_FIELDS_MAX of them */
};

/* The next field takes so many bits. False: they are not all there, or there is no room. */
bool header_field_next(struct header_field_list *list, enum header_field_id id, uint32_t bits);

/* All that is left of the header, where something is. */
void header_field_rest(struct header_field_list *list, enum header_field_id id);

/* The options of TCP, of IPv4, from the next byte to the header's end. */
void header_fields_of_tcp_options(struct header_field_list *list);
void header_fields_of_ipv4_options(struct header_field_list *list);

#endif
