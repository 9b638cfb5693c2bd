/* What became of a program, in words. No input or output. Any thread. */
#ifndef WIRETALE_TCP_LAB_PROGRAM_FATE_H
#define WIRETALE_TCP_LAB_PROGRAM_FATE_H

#include "base/text_builder.h"
#include "tcp_lab/lab_record.h"

/* A piece of a sentence: "ended with status 1", "crashed: SIGSEGV (Segmentation fault)", "could not
 * be started: sh: 1: ./server: not found", "is running". */
void program_fate_text(const struct lab_program_result *result, struct text_builder *out);

#endif
