#include "tcp_lab/record_capture.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/pcapng_writer.h"

#define APPLICATION "wiretale lab"
#define COMMENT_MAX_BYTES 1024u
#define LINK_RAW 101 /* LINKTYPE_RAW */

/* The three files. */
static const struct capture_place {
	enum wanted_vantage vantage;
	const char *file;
	const char *interface;
} places[] = {
	{ VANTAGE_CLIENT, "client.pcapng", "client eth0" },
	{ VANTAGE_SERVER, "server.pcapng", "server eth0" },
	{ VANTAGE_CABLE, "cable.pcapng", "cable" },
};

/* Parts of a comment stand behind each other. */
static void begin_part(struct text_builder *out)
{
	if (out->length > 0)
		text_append(out, "; ");
}

static void append_states(const struct lab_truth *truth, const char *when, struct text_builder *out)
{
	if (!truth->asked)
		return;
	begin_part(out);
	text_append_format(out, "%s %s, %s %s %s", lab_host_name(LAB_CLIENT),
			   tcp_state_name(truth->states[LAB_CLIENT]), lab_host_name(LAB_SERVER),
			   tcp_state_name(truth->states[LAB_SERVER]), when);
}

static void append_why(const struct lab_segment *segment, struct text_builder *out)
{
	text_append_harmless(out, segment->why, strnlen(segment->why, sizeof(segment->why)));
}

/* What it is, and what was done to it, unless that was its loss. */
static void append_nature(const struct lab_segment *segment, struct text_builder *out)
{
	if (segment->meaning.is_tcp)
		segment_meaning_text(&segment->meaning, out);
	if (segment->forged) {
		begin_part(out);
		text_append(out, "nobody sent it: the cable made it");
	}
	if (segment->copy_of != 0) {
		begin_part(out);
		text_append(out, "a copy that the cable made");
	}
	if (segment->changed) {
		begin_part(out);
		text_append(out, "changed on its way");
	}
	if (!segment->lost && segment->why[0] != '\0') {
		begin_part(out);
		append_why(segment, out);
	}
}

void record_capture_comment(const struct lab_segment *segment, struct text_builder *out)
{
	append_nature(segment, out);
	append_states(&segment->sent, "when sent", out);
	if (segment->lost) {
		begin_part(out);
		text_append(out, "lost: ");
		append_why(segment, out);
	} else if (segment->delivered_ns < 0) {
		begin_part(out);
		text_append(out, "still on the cable at the end");
	} else {
		append_states(&segment->delivered, "after delivery", out);
		begin_part(out);
		text_append_format(out, "%.2f ms on the cable",
				   (double)(segment->delivered_ns - segment->sent_ns) / 1e6);
	}
}

static int write_frames(const struct lab_record *record, const struct capture_place *place,
			struct pcapng_writer *writer)
{
	struct text_builder comment;
	struct lab_sighting *sightings;
	size_t count;
	bool no_memory;
	int result = 0;

	sightings = lab_record_sightings(record, place->vantage, &count, &no_memory);
	if (no_memory)
		return -ENOMEM;
	text_builder_init(&comment, COMMENT_MAX_BYTES);
	for (size_t i = 0; i < count && result == 0; i++) {
		struct captured_frame frame;

		lab_record_frame(record, &sightings[i], i + 1, &frame);
		text_builder_clear(&comment);
		record_capture_comment(sightings[i].segment, &comment);
		result = pcapng_writer_frame(writer, &frame, text_builder_text(&comment));
	}
	text_builder_finish(&comment);
	free(sightings);
	return result;
}

static int save_one(const struct lab_record *record, const struct capture_place *place,
		    const char *path)
{
	struct pcapng_writer *writer = pcapng_writer_open(path, APPLICATION);
	int64_t interface;
	int result;

	if (!writer)
		return -errno;
	interface = pcapng_writer_add_interface(writer, LINK_RAW, 0, place->interface);
	result = interface < 0 ? (int)interface : write_frames(record, place, writer);
	if (result < 0) {
		pcapng_writer_abandon(writer);
		return result;
	}
	return pcapng_writer_close(writer);
}

int lab_record_save(const struct lab_record *record, const char *folder, const char *prefix,
		    char *path)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int length = snprintf(path, PATH_MAX, "%s/%s%s", folder, prefix, places[i].file);
		int result = -ENAMETOOLONG;

		if (length >= 0 && length < PATH_MAX)
			result = save_one(record, &places[i], path);
		if (result < 0)
			return result;
	}
	return 0;
}
