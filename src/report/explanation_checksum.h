/*
 * The Internet checksum (RFC 1071) worked out as on paper: word after word, the carries, the
 * complement, and what it is compared with. Its verdicts are those of packet/checksum.h. Any
 * thread.
 */
#ifndef WIRETALE_REPORT_EXPLANATION_CHECKSUM_H
#define WIRETALE_REPORT_EXPLANATION_CHECKSUM_H

#include <stdint.h>

#include "base/text_builder.h"
#include "packet/packet.h"

#define CHECKSUM_LINE_COLUMNS 76u /* no line of the sums is wider */

/* Of an IPv4 header, options included: 20 bytes at least. */
enum checksum_verdict checksum_work_ipv4(struct text_builder *out, const uint8_t *header,
					 uint32_t length);

/* Of a TCP segment: all of its `length` bytes are at `segment`, header_bytes of them the header:
 * 20 at least, and a multiple of 4. */
enum checksum_verdict checksum_work_tcp(struct text_builder *out, const struct ip_header *ip,
					const uint8_t *segment, uint32_t header_bytes,
					uint32_t length);

#endif
