/*
 * Reads capture files: pcap (micro- and nanoseconds, both byte orders, and its kin), pcapng; plain,
 * gzip or zstd; from a path or standard input, in large windows without a copy for each frame.
 *
 *   struct capture_file *file = NULL;
 *   if (capture_file_open("-", NULL, &file, &problem) ...
 *   while ((result = capture_file_next(file, &frame)) == CAPTURE_FRAME) ...
 *   if (result == CAPTURE_DAMAGED) ... capture_file_problem(file)
 *   capture_file_close(file);
 *
 * Memory is bounded by the window, CAPTURE_WINDOW_BYTES, and the longest frame that is believed.
 * One thread a file.
 */
#ifndef WIRETALE_CAPTURE_CAPTURE_FILE_H
#define WIRETALE_CAPTURE_CAPTURE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/captured_frame.h"

#define CAPTURE_WINDOW_BYTES                                                                       \
	(64u * 1024) /* larger ones push out of the cache what else is needed */
#define CAPTURE_FRAME_MAX_BYTES (16u * 1024 * 1024) /* a longer record is damage */
#define CAPTURE_INTERFACES_MAX 65536u               /* of all sections of a pcapng file */

enum capture_result {
	CAPTURE_FRAME,
	CAPTURE_END,     /* the file ended where it may */
	CAPTURE_DAMAGED, /* it cannot be read on; what was given before stands */
	CAPTURE_FAILED,  /* the machine failed: no such file, no permission, no memory */
	CAPTURE_REFUSED, /* the filter is none: the sentence says why */
};

struct capture_problem {
	uint64_t offset;    /* in the file as it is on disk unless `unpacked`; bytes */
	bool unpacked;      /* the offset counts in the decompressed bytes */
	char sentence[200]; /* without the file's name and the offset */
};

struct capture_file;

/*
 * path: "-" is standard input. filter: libpcap's language, applied to every frame by its link
 * type; NULL: all frames. *out is given only with CAPTURE_FRAME (which here means: opened, ask for
 * the first frame); else *problem is filled.
 */
enum capture_result capture_file_open(const char *path, const char *filter,
				      struct capture_file **out, struct capture_problem *problem);
/*
 * The same of a file that may be ended early: once stop_fd can be read, what is under way in a pipe
 * is read, and then CAPTURE_END comes, also where the last frame is not whole; from here too, where
 * that was before the first one (*problem is not filled then). A pipe that nobody writes to is no
 * reason to wait longer. stop_fd: borrowed; -1: none.
 */
enum capture_result capture_file_open_until(const char *path, const char *filter, int stop_fd,
					    struct capture_file **out,
					    struct capture_problem *problem);
void capture_file_close(struct capture_file *file); /* may be NULL */

/* *out is borrowed until the next call. Frames that the filter leaves out are numbered too. */
enum capture_result capture_file_next(struct capture_file *file, struct captured_frame *out);

/* What went wrong; valid after CAPTURE_DAMAGED or CAPTURE_FAILED. */
const struct capture_problem *capture_file_problem(const struct capture_file *file);

/* For a progress line: bytes consumed of the file on disk, and its size (0: not known). */
uint64_t capture_file_offset(const struct capture_file *file);
uint64_t capture_file_size(const struct capture_file *file);

/* What the file says of itself. */
struct capture_interface {
	uint16_t link_type;
	uint32_t snap_length;    /* 0: no limit */
	uint8_t time_resolution; /* as pcapng writes if_tsresol */
	uint64_t dropped;        /* by its statistics block; 0 also where there is none */
	const char *name;        /* borrowed; NULL: not told */
};

uint32_t capture_file_interface_count(const struct capture_file *file);
/* False: no such interface. Borrowed until the next call of capture_file_next(). */
bool capture_file_interface(const struct capture_file *file, uint32_t number,
			    struct capture_interface *out);

/* "pcap", "pcap, nanoseconds", "pcapng"; with ", gzip" or ", zstd". Borrowed from the file. */
const char *capture_file_format(const struct capture_file *file);

#endif
