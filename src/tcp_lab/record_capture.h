/* What a frame of a saved capture says of itself beside its bytes. No input or output. */
#ifndef WIRETALE_TCP_LAB_RECORD_CAPTURE_H
#define WIRETALE_TCP_LAB_RECORD_CAPTURE_H

#include "base/text_builder.h"
#include "tcp_lab/lab_record.h"

/* "client data 3; client FIN_WAIT1, server ESTABLISHED when sent; lost: rule 1: drop data 3 once"
 */
void record_capture_comment(const struct lab_segment *segment, struct text_builder *out);

#endif
