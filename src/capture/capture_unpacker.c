#include "capture/capture_unpacker.h"

#include <limits.h>
#include <stdlib.h>

#define ZLIB_CONST /* next_in does not ask for bytes that may be written */
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

struct capture_unpacker {
	enum capture_packing packing;
	bool may_end;       /* at the end of a member or frame, the first has been seen */
	z_stream gzip;      /* initialised where packing says so */
	ZSTD_DStream *zstd; /* owned; else NULL */
};

enum capture_packing capture_packing_of(const uint8_t *bytes, size_t length)
{
	if (length < CAPTURE_PACKING_MAGIC_BYTES)
		return CAPTURE_PLAIN;
	if (bytes[0] == 0x1f && bytes[1] == 0x8b)
		return CAPTURE_GZIP;
	if (bytes[0] == 0x28 && bytes[1] == 0xb5 && bytes[2] == 0x2f && bytes[3] == 0xfd)
		return CAPTURE_ZSTD;
	/* A skippable frame, as pzstd writes one in front. */
	if (bytes[0] >= 0x50 && bytes[0] <= 0x5f && bytes[1] == 0x2a && bytes[2] == 0x4d &&
	    bytes[3] == 0x18)
		return CAPTURE_ZSTD;
	return CAPTURE_PLAIN;
}

const char *capture_packing_name(enum capture_packing packing)
{
	switch (packing) {
	case CAPTURE_GZIP:
		return "gzip";
	case CAPTURE_ZSTD:
		return "zstd";
	case CAPTURE_PLAIN:
		break;
	}
	return "plain";
}

static bool begin_gzip(struct capture_unpacker *unpacker)
{
	/* 15 bits of window, and 16: a gzip wrapper and nothing else. */
	return inflateInit2(&unpacker->gzip, 15 + 16) == Z_OK;
}

static bool begin_zstd(struct capture_unpacker *unpacker)
{
	unpacker->zstd = ZSTD_createDStream();
	if (!unpacker->zstd)
		return false;
	if (ZSTD_isError(ZSTD_DCtx_setParameter(unpacker->zstd, ZSTD_d_windowLogMax,
						CAPTURE_UNPACK_WINDOW_LOG))) {
		(void)ZSTD_freeDStream(unpacker->zstd);
		return false;
	}
	return true;
}

struct capture_unpacker *capture_unpacker_create(enum capture_packing packing)
{
	struct capture_unpacker *unpacker = calloc(1, sizeof(*unpacker));
	bool begun;

	if (!unpacker)
		return NULL;
	unpacker->packing = packing;
	begun = packing == CAPTURE_GZIP ? begin_gzip(unpacker) : begin_zstd(unpacker);
	if (!begun) {
		free(unpacker);
		return NULL;
	}
	return unpacker;
}

void capture_unpacker_destroy(struct capture_unpacker *unpacker)
{
	if (!unpacker)
		return;
	if (unpacker->packing == CAPTURE_GZIP)
		(void)inflateEnd(&unpacker->gzip);
	else
		(void)ZSTD_freeDStream(unpacker->zstd);
	free(unpacker);
}

static uInt at_most_uint(size_t length)
{
	return length < UINT_MAX ? (uInt)length : UINT_MAX;
}

/* Between two members; the zeros there are what tapes and block copies leave behind. */
static bool begin_member(struct capture_unpacker *unpacker, struct unpack_step *step)
{
	while (step->in_left > 0 && step->in[0] == 0) {
		step->in++;
		step->in_left--;
	}
	if (step->in_left == 0)
		return false;
	(void)inflateReset(&unpacker->gzip);
	unpacker->may_end = false;
	return true;
}

static enum unpack_verdict step_gzip(struct capture_unpacker *unpacker, struct unpack_step *step)
{
	z_stream *gzip = &unpacker->gzip;
	uInt in_given = at_most_uint(step->in_left);
	uInt out_given = at_most_uint(step->out_left);
	int result;

	if (unpacker->may_end) {
		if (!begin_member(unpacker, step))
			return UNPACK_OK;
		in_given = at_most_uint(step->in_left);
	}
	gzip->next_in = step->in;
	gzip->avail_in = in_given;
	gzip->next_out = step->out;
	gzip->avail_out = out_given;
	result = inflate(gzip, Z_NO_FLUSH);
	step->in += in_given - gzip->avail_in;
	step->in_left -= in_given - gzip->avail_in;
	step->out += out_given - gzip->avail_out;
	step->out_left -= out_given - gzip->avail_out;

	if (result == Z_STREAM_END)
		unpacker->may_end = true;
	else if (result == Z_MEM_ERROR)
		return UNPACK_NO_MEMORY;
	else if (result != Z_OK && result != Z_BUF_ERROR) /* that one: no progress, no harm */
		return UNPACK_DAMAGED;
	return UNPACK_OK;
}

static enum unpack_verdict step_zstd(struct capture_unpacker *unpacker, struct unpack_step *step)
{
	ZSTD_inBuffer in = { step->in, step->in_left, 0 };
	ZSTD_outBuffer out = { step->out, step->out_left, 0 };
	size_t result;

	/* Asked at the end of a frame with nothing to read, it would begin the next one. */
	if (unpacker->may_end && step->in_left == 0)
		return UNPACK_OK;
	result = ZSTD_decompressStream(unpacker->zstd, &out, &in);
	step->in += in.pos;
	step->in_left -= in.pos;
	step->out += out.pos;
	step->out_left -= out.pos;

	if (!ZSTD_isError(result)) {
		unpacker->may_end = result == 0;
		return UNPACK_OK;
	}
	if (ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge)
		return UNPACK_TOO_WIDE;
	if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
		return UNPACK_NO_MEMORY;
	return UNPACK_DAMAGED;
}

enum unpack_verdict capture_unpacker_step(struct capture_unpacker *unpacker,
					  struct unpack_step *step)
{
	if (unpacker->packing == CAPTURE_GZIP)
		return step_gzip(unpacker, step);
	return step_zstd(unpacker, step);
}

bool capture_unpacker_may_end(const struct capture_unpacker *unpacker)
{
	return unpacker->may_end;
}
