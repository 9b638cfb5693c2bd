/*
 * The first 16 bytes of every payload: when the message was due to leave, how late it left, and
 * which of its sender's messages it is. One program writes and reads them, so they are in the
 * order of this machine. Any thread.
 */
#ifndef WIRETALE_RELAY_LOAD_LOAD_STAMP_H
#define WIRETALE_RELAY_LOAD_LOAD_STAMP_H

#include <stdint.h>
#include <string.h>

#define LOAD_STAMP_BYTES 16u /* no payload is shorter */

struct load_stamp {
	uint64_t due_ns;   /* clock_elapsed_ns() at which it should have left */
	uint32_t late_ns;  /* so much later it was handed to the kernel; at most UINT32_MAX */
	uint32_t sequence; /* 1 for its sender's first message; goes round after 2^32 */
};

static inline void load_stamp_write(uint8_t *payload, const struct load_stamp *stamp)
{
	memcpy(payload, &stamp->due_ns, 8);
	memcpy(payload + 8, &stamp->late_ns, 4);
	memcpy(payload + 12, &stamp->sequence, 4);
}

static inline struct load_stamp load_stamp_read(const uint8_t *payload)
{
	struct load_stamp stamp;

	memcpy(&stamp.due_ns, payload, 8);
	memcpy(&stamp.late_ns, payload + 8, 4);
	memcpy(&stamp.sequence, payload + 12, 4);
	return stamp;
}

#endif
