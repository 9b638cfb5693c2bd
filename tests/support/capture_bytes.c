#include "support/capture_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

static void require(bool holds)
{
	if (!holds)
		abort();
}

void capture_bytes_finish(struct capture_bytes *file)
{
	free(file->bytes);
	*file = (struct capture_bytes){ 0 };
}

static uint8_t *make_room(struct capture_bytes *file, size_t length)
{
	if (length > file->capacity - file->length) {
		file->capacity = (file->length + length) * 2;
		file->bytes = realloc(file->bytes, file->capacity);
		require(file->bytes);
	}
	return file->bytes + file->length;
}

void put_bytes(struct capture_bytes *file, const void *bytes, size_t length)
{
	uint8_t *room = make_room(file, length);

	if (length > 0)
		memcpy(room, bytes, length);
	file->length += length;
}

static void put_number(struct capture_bytes *file, uint64_t value, unsigned width)
{
	uint8_t *room = make_room(file, width);

	for (unsigned i = 0; i < width; i++)
		room[file->big_endian ? width - 1 - i : i] = (uint8_t)(value >> (8 * i));
	file->length += width;
}

void put_u16(struct capture_bytes *file, uint16_t value)
{
	put_number(file, value, 2);
}

void put_u32(struct capture_bytes *file, uint32_t value)
{
	put_number(file, value, 4);
}

void put_u64(struct capture_bytes *file, uint64_t value)
{
	put_number(file, value, 8);
}

void set_u32(struct capture_bytes *file, size_t at, uint32_t value)
{
	size_t length = file->length;

	require(at + 4 <= length);
	file->length = at;
	put_u32(file, value);
	file->length = length;
}

void put_pcap_header(struct capture_bytes *file, uint32_t magic, uint32_t link_type)
{
	put_u32(file, magic);
	put_u16(file, 2);
	put_u16(file, 4);
	put_u64(file, 0); /* time zone, accuracy */
	put_u32(file, 65535);
	put_u32(file, link_type);
}

static void put_frame_bytes(struct capture_bytes *file, uint32_t length)
{
	uint8_t *room = make_room(file, length);

	for (uint32_t i = 0; i < length; i++)
		room[i] = (uint8_t)i;
	file->length += length;
}

void put_pcap_record(struct capture_bytes *file, uint32_t seconds, uint32_t fraction,
		     uint32_t length)
{
	put_u32(file, seconds);
	put_u32(file, fraction);
	put_u32(file, length);
	put_u32(file, length);
	put_frame_bytes(file, length);
}

size_t begin_block(struct capture_bytes *file, uint32_t type)
{
	size_t begin = file->length;

	put_u32(file, type);
	put_u32(file, 0);
	return begin;
}

static void pad(struct capture_bytes *file)
{
	while (file->length % 4 != 0)
		put_bytes(file, "", 1);
}

void end_block(struct capture_bytes *file, size_t begin)
{
	pad(file);
	put_u32(file, (uint32_t)(file->length - begin + 4));
	set_u32(file, begin + 4, (uint32_t)(file->length - begin));
}

void put_option(struct capture_bytes *file, uint16_t code, const void *value, uint16_t length)
{
	put_u16(file, code);
	put_u16(file, length);
	put_bytes(file, value, length);
	pad(file);
}

void put_section(struct capture_bytes *file)
{
	size_t begin = begin_block(file, 0x0a0d0d0a);

	put_u32(file, 0x1a2b3c4d);
	put_u16(file, 1);
	put_u16(file, 0);
	put_u64(file, UINT64_MAX);
	end_block(file, begin);
}

void put_interface(struct capture_bytes *file, uint16_t link_type, uint32_t snap_length)
{
	size_t begin = begin_block(file, 1);

	put_u16(file, link_type);
	put_u16(file, 0);
	put_u32(file, snap_length);
	end_block(file, begin);
}

void put_packet(struct capture_bytes *file, uint32_t interface, uint64_t ticks, uint32_t length)
{
	size_t begin = begin_block(file, 6);

	put_u32(file, interface);
	put_u32(file, (uint32_t)(ticks >> 32));
	put_u32(file, (uint32_t)ticks);
	put_u32(file, length);
	put_u32(file, length);
	put_frame_bytes(file, length);
	end_block(file, begin);
}

void put_gzip(struct capture_bytes *file, const void *bytes, size_t length)
{
	z_stream gzip = { 0 };
	size_t most = length + length / 100 + 1024;
	uint8_t *room = make_room(file, most);
	uint8_t *copy = calloc(1, length + 1); /* zlib wants it without const */

	require(copy);
	if (length > 0)
		memcpy(copy, bytes, length);
	require(deflateInit2(&gzip, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	gzip.next_in = copy;
	gzip.avail_in = (uInt)length;
	gzip.next_out = room;
	gzip.avail_out = (uInt)most;
	require(deflate(&gzip, Z_FINISH) == Z_STREAM_END);
	file->length += gzip.total_out;
	(void)deflateEnd(&gzip);
	free(copy);
}

void put_zstd(struct capture_bytes *file, const void *bytes, size_t length)
{
	size_t most = ZSTD_compressBound(length);
	uint8_t *room = make_room(file, most);
	size_t packed = ZSTD_compress(room, most, bytes, length, 3);

	require(!ZSTD_isError(packed));
	file->length += packed;
}

struct memory_file memory_file_of(const void *bytes, size_t length)
{
	struct memory_file file = { .fd = memfd_create("capture", MFD_CLOEXEC) };
	const uint8_t *next = bytes;

	require(file.fd >= 0);
	while (length > 0) {
		ssize_t written = write(file.fd, next, length);

		require(written > 0);
		next += written;
		length -= (size_t)written;
	}
	(void)snprintf(file.path, sizeof(file.path), "/proc/self/fd/%d", file.fd);
	return file;
}

void memory_file_close(struct memory_file *file)
{
	(void)close(file->fd);
	file->fd = -1;
}
