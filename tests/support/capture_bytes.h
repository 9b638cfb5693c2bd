/*
 * Capture files as tests write them: byte by byte, right or wrong, in either byte order, and shown
 * to the reader as a file in memory that has a path.
 */
#ifndef TESTS_SUPPORT_CAPTURE_BYTES_H
#define TESTS_SUPPORT_CAPTURE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture_bytes {
	uint8_t *bytes; /* owned */
	size_t length;
	size_t capacity;
	bool big_endian; /* of the numbers that follow; set it directly */
};

#define PCAP_MAGIC 0xa1b2c3d4u
#define PCAP_NANOSECOND_MAGIC 0xa1b23c4du

/* A zeroed one is empty. */
void capture_bytes_finish(struct capture_bytes *file);

void put_bytes(struct capture_bytes *file, const void *bytes, size_t length);
void put_u16(struct capture_bytes *file, uint16_t value);
void put_u32(struct capture_bytes *file, uint32_t value);
void put_u64(struct capture_bytes *file, uint64_t value);
/* Changes what was put. */
void set_u32(struct capture_bytes *file, size_t at, uint32_t value);

/* Version 2.4, snap length 65535. */
void put_pcap_header(struct capture_bytes *file, uint32_t magic, uint32_t link_type);
/* The frame's bytes are 0, 1, 2... */
void put_pcap_record(struct capture_bytes *file, uint32_t seconds, uint32_t fraction,
		     uint32_t length);

/* Returns where the block begins, for end_block(), which pads it and sets both lengths. */
size_t begin_block(struct capture_bytes *file, uint32_t type);
void end_block(struct capture_bytes *file, size_t begin);
void put_option(struct capture_bytes *file, uint16_t code, const void *value, uint16_t length);
void put_section(struct capture_bytes *file);
void put_interface(struct capture_bytes *file, uint16_t link_type, uint32_t snap_length);
/* Enhanced packet block; the frame's bytes are 0, 1, 2... */
void put_packet(struct capture_bytes *file, uint32_t interface, uint64_t ticks, uint32_t length);

/* Appends what gzip, or zstd, makes of the bytes of another file. */
void put_gzip(struct capture_bytes *file, const void *bytes, size_t length);
void put_zstd(struct capture_bytes *file, const void *bytes, size_t length);

/* A file in memory with the first `length` bytes: a descriptor to be closed, and its path. */
struct memory_file {
	int fd;
	char path[32];
};

struct memory_file memory_file_of(const void *bytes, size_t length);
void memory_file_close(struct memory_file *file);

#endif
