/*
 * Writes pcapng: interfaces, frames with nanoseconds, a comment for each frame that has one. Nobody
 * sees a half-written file under its name: it is written beside it and renamed at the end.
 * One thread.
 */
#ifndef WIRETALE_CAPTURE_PCAPNG_WRITER_H
#define WIRETALE_CAPTURE_PCAPNG_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "packet/captured_frame.h"

struct pcapng_writer;

/* NULL: errno says why. path "-": standard output. application: goes into the section header. */
struct pcapng_writer *pcapng_writer_open(const char *path, const char *application);

/* Returns the number to give in captured_frame.interface, or -errno. name may be NULL. */
int64_t pcapng_writer_add_interface(struct pcapng_writer *writer, uint16_t link_type,
				    uint32_t snap_length, const char *name);

/* comment: UTF-8, or NULL. 0, or -errno; an error sticks. */
int pcapng_writer_frame(struct pcapng_writer *writer, const struct captured_frame *frame,
			const char *comment);

/* Takes the writer. 0 when every byte is in the file under its name, else -errno. */
int pcapng_writer_close(struct pcapng_writer *writer);

/* Takes the writer, leaves no file. */
void pcapng_writer_abandon(struct pcapng_writer *writer); /* may be NULL */

#endif
