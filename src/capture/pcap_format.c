#include "capture/pcap_format.h"

#include <stddef.h>

#include "capture/capture_problem.h"
#include "capture/stored_number.h"

#define FILE_HEADER_BYTES 24u
#define RECORD_HEADER_BYTES 16u
/* The low half; above it stand the length of a frame check sequence, and reserved bits. */
#define LINK_TYPE_MASK 0xffffu

/* Kuznetzov's patches of libpcap share a magic: one adds 8 bytes to a record's header, one 12. */
#define PATCHED_MAGIC 0xa1b2cd34u
#define PATCHED_HEADER_BYTES 24u
#define LONGER_PATCHED_HEADER_BYTES 28u
#define PLAUSIBLE_GAP_S (366u * 86400) /* between two records; a year is plenty */

static const struct pcap_kind {
	uint32_t magic;
	uint32_t fraction_ns;
	uint32_t file_header_bytes;
	uint32_t record_header_bytes;
	const char *name;
} kinds[] = {
	{ 0xa1b2c3d4u, 1000, FILE_HEADER_BYTES, RECORD_HEADER_BYTES, "pcap" },
	{ 0xa1b23c4du, 1, FILE_HEADER_BYTES, RECORD_HEADER_BYTES, "pcap, nanoseconds" },
	{ PATCHED_MAGIC, 1000, FILE_HEADER_BYTES, PATCHED_HEADER_BYTES, "pcap, patched libpcap" },
	/* Ixia's, which say the length of all records behind the file's header. */
	{ 0x1c0001acu, 1000, FILE_HEADER_BYTES + 4, RECORD_HEADER_BYTES, "pcap, Ixia" },
	{ 0x1c0001abu, 1000, FILE_HEADER_BYTES + 4, RECORD_HEADER_BYTES, "pcap, Ixia" },
};

/* AIX writes version 2.2, nanoseconds, and interface types of RFC 1573 for link types. */
static const struct aix_link_type {
	uint16_t interface_type;
	uint16_t link_type;
} aix_link_types[] = {
	{ 6, 1 },   /* Ethernet */
	{ 9, 6 },   /* token ring */
	{ 15, 10 }, /* FDDI */
	{ 24, 0 },  /* loopback */
};

static const struct pcap_kind *kind_of(const uint8_t magic[4], bool *big_endian)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		*big_endian = stored_u32(magic, true) == kinds[i].magic;
		if (*big_endian || stored_u32(magic, false) == kinds[i].magic)
			return &kinds[i];
	}
	return NULL;
}

bool pcap_format_recognises(const uint8_t magic[4])
{
	bool big_endian;

	return kind_of(magic, &big_endian) != NULL;
}

static void take_version(struct pcap_format *format, unsigned major, unsigned minor)
{
	format->lengths = PCAP_CAPTURED_FIRST;
	if (major != 2 || minor < 3)
		format->lengths = PCAP_ORIGINAL_FIRST;
	else if (minor == 3)
		format->lengths = PCAP_SHORTER_FIRST;
	if (major != 2 || minor != 2)
		return;
	for (size_t i = 0; i < sizeof(aix_link_types) / sizeof(aix_link_types[0]); i++) {
		if (format->link_type != aix_link_types[i].interface_type)
			continue;
		format->link_type = aix_link_types[i].link_type;
		format->fraction_ns = 1;
		format->name = "pcap, AIX";
		return;
	}
}

static bool plausible_record(const struct pcap_format *format, const uint8_t *header,
			     uint32_t seconds_before)
{
	uint32_t seconds = stored_u32(header, format->big_endian);
	uint32_t captured = stored_u32(header + 8, format->big_endian);
	uint32_t original = stored_u32(header + 12, format->big_endian);

	return seconds - seconds_before < PLAUSIBLE_GAP_S &&
	       stored_u32(header + 4, format->big_endian) < 1000000 && captured > 0 &&
	       captured <= original && captured < 65536;
}

/* Which of the two patches it was shows where the second record begins. */
static void choose_patch(struct pcap_format *format)
{
	const uint8_t *first = capture_stream_peek(format->stream, RECORD_HEADER_BYTES);
	const uint8_t *records;
	uint32_t seconds;
	size_t second;

	if (!first)
		return;
	seconds = stored_u32(first, format->big_endian);
	if (!plausible_record(format, first, seconds))
		return;
	second = stored_u32(first + 8, format->big_endian) + PATCHED_HEADER_BYTES;
	records = capture_stream_peek(format->stream, second + LONGER_PATCHED_HEADER_BYTES);
	if (!records || plausible_record(format, records + second, seconds))
		return;
	second += LONGER_PATCHED_HEADER_BYTES - PATCHED_HEADER_BYTES;
	if (plausible_record(format, records + second, seconds))
		format->record_header_bytes = LONGER_PATCHED_HEADER_BYTES;
}

enum capture_result pcap_format_init(struct pcap_format *format, struct capture_stream *stream,
				     struct interface_list *interfaces,
				     struct capture_problem *problem)
{
	const uint8_t *header = capture_stream_peek(stream, FILE_HEADER_BYTES);
	bool big_endian = false;
	const struct pcap_kind *kind;
	struct interface_clock clock;
	struct capture_interface told = { .link_type = 0 };
	uint16_t major;

	if (!header)
		return capture_stream_cut(stream, problem,
					  "it begins as pcap, but %zu of the header's %u bytes are "
					  "there: the file was cut short",
					  stream->left, FILE_HEADER_BYTES);

	kind = kind_of(header, &big_endian);
	if (!kind)
		return capture_stream_damaged(stream, problem, "it does not begin as pcap does");
	major = stored_u16(header + 4, big_endian);
	if (major != 2 && major != 543) /* that one: what DEC's tcpdump wrote */
		return capture_stream_damaged(
			stream, problem, "it says pcap version %u, and only version 2 is known",
			major);

	*format = (struct pcap_format){
		.stream = stream,
		.big_endian = big_endian,
		.link_type = (uint16_t)(stored_u32(header + 20, big_endian) & LINK_TYPE_MASK),
		.fraction_ns = kind->fraction_ns,
		.record_header_bytes = kind->record_header_bytes,
		.name = kind->name,
	};
	take_version(format, major, stored_u16(header + 6, big_endian));
	told.link_type = format->link_type;
	told.snap_length = stored_u32(header + 16, big_endian);
	told.time_resolution = format->fraction_ns == 1 ? 9 : 6;
	interface_clock_init(&clock, told.time_resolution, 0);
	if (!interface_list_add(interfaces, &told, &clock, NULL, 0)) {
		capture_problem_say(problem, 0, false, "no memory");
		return CAPTURE_FAILED;
	}
	if (!capture_stream_skip(stream, kind->file_header_bytes))
		return capture_stream_cut(stream, problem, "its header was cut short");
	if (kind->magic == PATCHED_MAGIC)
		choose_patch(format);
	return CAPTURE_FRAME;
}

static void order_lengths(enum pcap_lengths lengths, uint32_t *captured, uint32_t *original)
{
	uint32_t first = *captured;

	if (lengths == PCAP_CAPTURED_FIRST ||
	    (lengths == PCAP_SHORTER_FIRST && *captured <= *original))
		return;
	*captured = *original;
	*original = first;
}

/* At the end of the file, or in the middle of a record's header. */
static enum capture_result end_of_records(struct pcap_format *format,
					  struct capture_problem *problem)
{
	const struct capture_stream *stream = format->stream;

	if (stream->left == 0 && stream->ending == CAPTURE_END)
		return CAPTURE_END;
	return capture_stream_cut(stream, problem,
				  "the header of the record at this offset has %u bytes, %zu are "
				  "left: the file was cut short",
				  format->record_header_bytes, stream->left);
}

static enum capture_result cut_record(struct pcap_format *format, uint32_t captured,
				      struct capture_problem *problem)
{
	const struct capture_stream *stream = format->stream;
	size_t left = stream->left > format->record_header_bytes
			      ? stream->left - format->record_header_bytes
			      : 0;

	if (captured > CAPTURE_FRAME_MAX_BYTES)
		return capture_stream_damaged(
			stream, problem,
			"the record at this offset says %s bytes, more than any frame has (%s)",
			grouped(captured).text, grouped(CAPTURE_FRAME_MAX_BYTES).text);
	return capture_stream_cut(
		stream, problem,
		"the record at this offset says %s bytes, %s are left: the file was cut short",
		grouped(captured).text, grouped(left).text);
}

enum capture_result pcap_format_next(struct pcap_format *format, struct captured_frame *out,
				     struct capture_problem *problem)
{
	struct capture_stream *stream = format->stream;
	bool big_endian = format->big_endian;
	size_t header_bytes = format->record_header_bytes;
	const uint8_t *record = capture_stream_peek(stream, header_bytes);
	uint32_t captured, original, fraction;
	int64_t seconds;

	if (!record)
		return end_of_records(format, problem);

	seconds = stored_u32(record, big_endian);
	/* A fraction over a second is nonsense; it wraps as tshark's does, so that times agree. */
	fraction = stored_u32(record + 4, big_endian) * format->fraction_ns;
	captured = stored_u32(record + 8, big_endian);
	original = stored_u32(record + 12, big_endian);
	if (format->lengths != PCAP_CAPTURED_FIRST)
		order_lengths(format->lengths, &captured, &original);
	if (captured > CAPTURE_FRAME_MAX_BYTES)
		return cut_record(format, captured, problem);
	record = capture_stream_peek(stream, header_bytes + captured);
	if (!record)
		return cut_record(format, captured, problem);
	capture_stream_take(stream, header_bytes + captured);

	*out = (struct captured_frame){
		.number = ++format->frames,
		.time_ns = seconds * 1000000000 + (int32_t)fraction,
		.bytes = record + header_bytes,
		.captured_length = captured,
		.original_length = original,
		.link_type = format->link_type,
	};
	return CAPTURE_FRAME;
}
