/*
 * Frames of a network interface as they pass, through libpcap (TPACKET_V3 where nothing immediate
 * is asked for). One thread.
 *
 *   if (live_capture_open(&options, &live, &problem) == CAPTURE_FRAME)
 *           ... privileges may be given up here ...
 *   while ((result = live_capture_next(live, 100, &frame)) != CAPTURE_FAILED) ...
 *   live_capture_close(live);
 */
#ifndef WIRETALE_CAPTURE_LIVE_CAPTURE_H
#define WIRETALE_CAPTURE_LIVE_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/capture_file.h"
#include "packet/captured_frame.h"

/* Where nothing immediate is asked for: in the kernel, and of each frame. An immediate one holds
 * 128 frames, of 131,072 bytes less 256 at most. */
#define LIVE_CAPTURE_BUFFER_BYTES (8u * 1024 * 1024)
#define LIVE_CAPTURE_SNAP_BYTES 262144u
/* What is not immediate is handed over in blocks: a full one, or one to which the second beat of a
 * clock like this comes. */
#define LIVE_CAPTURE_BLOCK_MS 20

struct live_capture_options {
	const char *interface; /* "lo", "eth0", "any" */
	const char *filter;    /* libpcap's language; NULL: "tcp" and what may hide it */
	bool immediate;        /* frames at once: for the few of --wire, not for a busy line */
	bool promiscuous;
};

struct live_capture;

/* Why it could not be opened. */
enum live_capture_refusal {
	LIVE_CAPTURE_OTHER,
	LIVE_CAPTURE_NOT_PERMITTED, /* CAP_NET_RAW is lacking */
	LIVE_CAPTURE_NO_INTERFACE, /* there is none of that name; the sentence names those there are
				    */
	LIVE_CAPTURE_NO_LIBRARY,   /* built without libpcap */
};

/* CAPTURE_FRAME: opened. CAPTURE_REFUSED: the filter is none. CAPTURE_FAILED: *refusal says why. */
enum capture_result live_capture_open(const struct live_capture_options *options,
				      struct live_capture **out, struct capture_problem *problem,
				      enum live_capture_refusal *refusal);
void live_capture_close(struct live_capture *live); /* may be NULL */

/*
 * Waits at most timeout_ms for a frame (0: not at all). CAPTURE_FRAME: *out is borrowed until the
 * next call. CAPTURE_END: none came in time, or a signal. CAPTURE_FAILED: the interface is gone;
 * live_capture_problem() says so.
 */
enum capture_result live_capture_next(struct live_capture *live, int timeout_ms,
				      struct captured_frame *out);
const char *live_capture_problem(const struct live_capture *live);

/* Readable when frames may be there. */
int live_capture_fd(const struct live_capture *live);
uint16_t live_capture_link_type(const struct live_capture *live);

/*
 * Another filter from now on. What passes while it is being changed is lost, and not counted:
 * nobody may wait for it. False: it is none; the old one stays.
 */
bool live_capture_filter(struct live_capture *live, const char *filter);

/*
 * Leaves out, of what the filter lets through, what this one does not, also of what waits to be
 * read; nothing that both let through is lost. Until live_capture_filter(). False: it is none.
 */
bool live_capture_narrow(struct live_capture *live, const char *filter);

/* Frames that the kernel had no room for, and that the interface lost, so far. */
void live_capture_dropped(struct live_capture *live, uint64_t *by_kernel, uint64_t *by_interface);

/* Names of the interfaces, "lo, eth0", appended to a text. */
struct text_builder;
void live_capture_interfaces(struct text_builder *out);

#endif
