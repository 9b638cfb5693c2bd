/* What both kernels said at the two ends of a segment's way, as JSON. */
#ifndef WIRETALE_PROGRAMS_LAB_JSON_KERNEL_H
#define WIRETALE_PROGRAMS_LAB_JSON_KERNEL_H

#include <stdbool.h>

#include "base/json_writer.h"
#include "tcp_lab/lab_inference.h"

/*
 * The member "kernel", by the sides of the connection, as "client_state" and "server_state" are.
 * with_info: beside the states what TCP_INFO tells: "sent_info" and "delivered_info". Nothing where
 * no kernel was asked.
 */
void lab_json_kernel(struct json_writer *json, const struct lab_inferred_segment *segment,
		     bool with_info);

#endif
