#include "capture/capture_file.h"

#include <stdlib.h>

#include "capture/capture_filter.h"
#include "capture/capture_problem.h"
#include "capture/capture_stream.h"
#include "capture/interface_list.h"
#include "capture/other_kinds.h"
#include "capture/pcap_format.h"
#include "capture/pcapng_format.h"

#define MAGIC_BYTES 4u

struct capture_file {
	struct capture_stream stream;
	struct interface_list interfaces;
	struct capture_filter *filter; /* owned; NULL: every frame is wanted */
	bool is_pcapng;                /* which of the next two is in use */
	struct pcap_format pcap;
	struct pcapng_format pcapng;
	enum capture_result ending;     /* CAPTURE_FRAME until there are no more */
	struct capture_problem problem; /* of an ending that is not CAPTURE_END */
	char format[48];                /* for capture_file_format() */
};

static void name_format(struct capture_file *file)
{
	const char *name = file->is_pcapng ? "pcapng" : file->pcap.name;
	const char *packing = capture_packing_name(file->stream.packing);
	const char *parts[] = { name, ", ", packing };
	size_t length = 0;

	for (size_t i = 0; i < (file->stream.unpacker ? 3 : 1); i++) {
		for (const char *next = parts[i]; *next && length + 1 < sizeof(file->format);
		     next++)
			file->format[length++] = *next;
	}
	file->format[length] = 0;
}

static enum capture_result open_other(struct capture_file *file, struct capture_problem *problem)
{
	struct capture_stream *stream = &file->stream;
	const uint8_t *bytes = capture_stream_peek(stream, OTHER_KIND_BYTES);
	size_t length = stream->left < OTHER_KIND_BYTES ? stream->left : OTHER_KIND_BYTES;

	if (!bytes)
		bytes = stream->next;
	return capture_stream_cut(stream, problem, "%s", other_kind_sentence(bytes, length));
}

static enum capture_result open_format(struct capture_file *file, struct capture_problem *problem)
{
	struct capture_stream *stream = &file->stream;
	const uint8_t *magic = capture_stream_peek(stream, MAGIC_BYTES);
	enum capture_result result;

	if (magic && pcapng_format_recognises(magic)) {
		file->is_pcapng = true;
		result = pcapng_format_init(&file->pcapng, stream, &file->interfaces, problem);
	} else if (magic && pcap_format_recognises(magic)) {
		result = pcap_format_init(&file->pcap, stream, &file->interfaces, problem);
	} else {
		result = open_other(file, problem);
	}
	if (result == CAPTURE_FRAME)
		name_format(file);
	return result;
}

static enum capture_result open_filter(struct capture_file *file, const char *filter,
				       struct capture_problem *problem)
{
	uint32_t count = file->interfaces.count;
	uint16_t *link_types;
	enum capture_result result;

	if (!filter)
		return CAPTURE_FRAME;
	link_types = calloc(count ? count : 1, sizeof(*link_types));
	if (!link_types) {
		capture_problem_say(problem, 0, false, "no memory for the filter");
		return CAPTURE_FAILED;
	}
	for (uint32_t i = 0; i < count; i++)
		link_types[i] = file->interfaces.interfaces[i].told.link_type;
	result = capture_filter_create(filter, link_types, count, &file->filter, problem);
	free(link_types);
	return result;
}

enum capture_result capture_file_open(const char *path, const char *filter,
				      struct capture_file **out, struct capture_problem *problem)
{
	return capture_file_open_until(path, filter, -1, out, problem);
}

enum capture_result capture_file_open_until(const char *path, const char *filter, int stop_fd,
					    struct capture_file **out,
					    struct capture_problem *problem)
{
	struct capture_file *file = calloc(1, sizeof(*file));
	enum capture_result result;

	if (!file) {
		capture_problem_say(problem, 0, false, "no memory");
		return CAPTURE_FAILED;
	}
	result = capture_stream_init(&file->stream, path, stop_fd, problem);
	if (result != CAPTURE_FRAME)
		goto free_file;
	result = open_format(file, problem);
	if (result == CAPTURE_FRAME)
		result = open_filter(file, filter, problem);
	if (result != CAPTURE_FRAME)
		goto close_file;
	*out = file;
	return CAPTURE_FRAME;

close_file:
	capture_file_close(file);
	return result;
free_file:
	free(file);
	return result;
}

void capture_file_close(struct capture_file *file)
{
	if (!file)
		return;
	capture_filter_destroy(file->filter);
	interface_list_finish(&file->interfaces);
	capture_stream_finish(&file->stream);
	free(file);
}

static enum capture_result next_unfiltered(struct capture_file *file, struct captured_frame *out)
{
	if (file->is_pcapng)
		return pcapng_format_next(&file->pcapng, out, &file->problem);
	return pcap_format_next(&file->pcap, out, &file->problem);
}

static enum capture_result next_filtered(struct capture_file *file, struct captured_frame *out)
{
	struct captured_frame frame;
	enum capture_result result;

	while ((result = next_unfiltered(file, &frame)) == CAPTURE_FRAME) {
		switch (capture_filter_apply(file->filter, &frame)) {
		case CAPTURE_FILTER_TAKES:
			*out = frame;
			return CAPTURE_FRAME;
		case CAPTURE_FILTER_LEAVES:
			break;
		case CAPTURE_FILTER_FULL:
			return capture_stream_damaged(&file->stream, &file->problem,
						      "a filter is set, and the frames before this "
						      "offset are of more than %u link types",
						      CAPTURE_FILTER_LINK_TYPES_MAX);
		}
	}
	return result;
}

enum capture_result capture_file_next(struct capture_file *file, struct captured_frame *out)
{
	if (file->ending == CAPTURE_FRAME)
		file->ending = file->filter ? next_filtered(file, out) : next_unfiltered(file, out);
	return file->ending;
}

const struct capture_problem *capture_file_problem(const struct capture_file *file)
{
	return &file->problem;
}

uint64_t capture_file_offset(const struct capture_file *file)
{
	return capture_stream_disk_offset(&file->stream);
}

uint64_t capture_file_size(const struct capture_file *file)
{
	return file->stream.disk_bytes;
}

uint32_t capture_file_interface_count(const struct capture_file *file)
{
	return file->interfaces.count;
}

bool capture_file_interface(const struct capture_file *file, uint32_t number,
			    struct capture_interface *out)
{
	if (number >= file->interfaces.count)
		return false;
	*out = file->interfaces.interfaces[number].told;
	return true;
}

const char *capture_file_format(const struct capture_file *file)
{
	return file->format;
}
