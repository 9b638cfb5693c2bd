#include "capture/pcapng_format.h"

#include <stddef.h>

#include "capture/capture_problem.h"
#include "capture/pcapng_block.h"
#include "capture/stored_number.h"

/* A block that is read whole: one over it is damage, for nothing in it can need so much. */
#define BLOCK_MAX_BYTES CAPTURE_PEEK_MAX_BYTES

/* A block in the window, borrowed until the next peek. */
struct block {
	const uint8_t *bytes;
	size_t length; /* as padded to four bytes, trailing length included */
};

struct option {
	uint16_t code;
	uint16_t length;
	const uint8_t *value;
};

/* Goes through a block's options; `next` and `left` are what is still unread. */
struct option_cursor {
	const uint8_t *next;
	size_t left;
	bool big_endian;
	bool overran; /* an option is longer than its block */
};

bool pcapng_format_recognises(const uint8_t magic[4])
{
	return stored_u32(magic, true) == PCAPNG_SECTION; /* the same from either end */
}

static struct option_cursor options_of(const struct pcapng_format *format,
				       const struct block *block, size_t at)
{
	return (struct option_cursor){ .next = block->bytes + at,
				       .left = block->length - 4 - at,
				       .big_endian = format->big_endian };
}

static bool next_option(struct option_cursor *cursor, struct option *out)
{
	struct option option;
	size_t padded;

	if (cursor->left < 4)
		return false;
	option.code = stored_u16(cursor->next, cursor->big_endian);
	option.length = stored_u16(cursor->next + 2, cursor->big_endian);
	option.value = cursor->next + 4;
	if (option.code == PCAPNG_OPTION_END)
		return false;
	padded = (option.length + 3u) & ~3u;
	if (padded > cursor->left - 4) {
		cursor->overran = true;
		return false;
	}
	cursor->next += 4 + padded;
	cursor->left -= 4 + padded;
	*out = option;
	return true;
}

/* Up to a multiple of four: some writers leave the padding out of a block's length. */
static uint64_t padded_length(uint32_t length)
{
	return ((uint64_t)length + 3) & ~UINT64_C(3);
}

static enum capture_result cut_block(struct pcapng_format *format, uint64_t length,
				     struct capture_problem *problem)
{
	return capture_stream_cut(
		format->stream, problem,
		"the block at this offset says %s bytes, %s are left: the file was cut short",
		grouped(length).text, grouped(format->stream->left).text);
}

static enum capture_result lengths_differ(struct pcapng_format *format, uint32_t front,
					  uint32_t end, struct capture_problem *problem)
{
	return capture_stream_damaged(
		format->stream, problem,
		"the block at this offset says %s bytes at its front and %s at its end",
		grouped(front).text, grouped(end).text);
}

static enum capture_result block_too_short(struct pcapng_format *format, uint32_t length,
					   size_t shortest, struct capture_problem *problem)
{
	return capture_stream_damaged(
		format->stream, problem,
		"the block at this offset says %u bytes, and one of its type has at least %zu",
		length, shortest);
}

static enum capture_result no_memory(struct pcapng_format *format, struct capture_problem *problem)
{
	capture_problem_say(problem, capture_stream_offset(format->stream),
			    format->stream->unpacker != NULL, "no memory");
	return CAPTURE_FAILED;
}

/*
 * The block that begins here, whole, of at least `shortest` bytes, not taken yet. out->bytes stays
 * as it is where there is none such, and the result is why.
 */
static enum capture_result peek_block(struct pcapng_format *format, size_t shortest,
				      struct block *out, struct capture_problem *problem)
{
	struct capture_stream *stream = format->stream;
	uint32_t said = stored_u32(stream->next + 4, format->big_endian);
	uint64_t length = padded_length(said);
	const uint8_t *bytes;
	uint32_t again;

	if (length < shortest)
		return block_too_short(format, said, shortest, problem);
	if (length > BLOCK_MAX_BYTES)
		return capture_stream_damaged(
			stream, problem,
			"the block at this offset says %s bytes, more than any has (%s)",
			grouped(said).text, grouped(BLOCK_MAX_BYTES).text);
	bytes = capture_stream_peek(stream, (size_t)length);
	if (!bytes)
		return cut_block(format, said, problem);
	again = stored_u32(bytes + length - 4, format->big_endian);
	if (padded_length(again) != length)
		return lengths_differ(format, said, again, problem);
	*out = (struct block){ .bytes = bytes, .length = (size_t)length };
	return CAPTURE_FRAME;
}

/* A block of which nothing is wanted, of any length. */
static enum capture_result skip_block(struct pcapng_format *format, struct capture_problem *problem)
{
	struct capture_stream *stream = format->stream;
	uint32_t said = stored_u32(stream->next + 4, format->big_endian);
	uint64_t length = padded_length(said);
	uint64_t offset = capture_stream_offset(stream);
	const uint8_t *end = NULL;
	enum capture_result result;

	if (length < PCAPNG_BLOCK_MIN_BYTES)
		return block_too_short(format, said, PCAPNG_BLOCK_MIN_BYTES, problem);
	if (capture_stream_skip(stream, length - 4))
		end = capture_stream_peek(stream, 4);
	if (!end) {
		uint64_t left = capture_stream_offset(stream) + stream->left - offset;

		result = capture_stream_cut(stream, problem,
					    "the block at this offset says %s bytes, %s are left: "
					    "the file was cut short",
					    grouped(said).text, grouped(left).text);
		/* The block's own offset, unless the disk or the packing is to blame. */
		if (stream->ending == CAPTURE_END)
			problem->offset = offset;
		return result;
	}
	if (padded_length(stored_u32(end, format->big_endian)) != length) {
		result = lengths_differ(format, said, stored_u32(end, format->big_endian), problem);
		problem->offset = offset;
		return result;
	}
	capture_stream_take(stream, 4);
	return CAPTURE_FRAME;
}

static enum capture_result read_section(struct pcapng_format *format,
					struct capture_problem *problem)
{
	struct capture_stream *stream = format->stream;
	const uint8_t *header = capture_stream_peek(stream, 16);
	struct block block = { .bytes = NULL };
	enum capture_result result;
	unsigned major, minor;

	if (!header)
		return cut_block(format, PCAPNG_SECTION_MIN_BYTES, problem);
	format->big_endian = stored_u32(header + 8, true) == PCAPNG_BYTE_ORDER_MAGIC;
	if (!format->big_endian && stored_u32(header + 8, false) != PCAPNG_BYTE_ORDER_MAGIC)
		return capture_stream_damaged(stream, problem,
					      "the section header at this offset tells no byte "
					      "order");
	result = peek_block(format, PCAPNG_SECTION_MIN_BYTES, &block, problem);
	if (!block.bytes)
		return result;
	major = stored_u16(block.bytes + 12, format->big_endian);
	minor = stored_u16(block.bytes + 14, format->big_endian);
	if (major != 1 || (minor != 0 && minor != 2))
		return capture_stream_damaged(stream, problem,
					      "the section at this offset says pcapng version "
					      "%u.%u, and only 1.0 is known",
					      major, minor);
	capture_stream_take(stream, block.length);
	format->first_interface = format->interfaces->count;
	format->interface_count = 0;
	return CAPTURE_FRAME;
}

/* What an interface's options say, as far as it is wanted. */
struct interface_options {
	const uint8_t *name;
	size_t name_bytes;
	uint8_t resolution;
	int64_t offset_s;
};

static bool read_interface_options(struct option_cursor cursor, struct interface_options *out)
{
	struct interface_options options = { .resolution = INTERFACE_CLOCK_MICROSECONDS };
	struct option option;

	while (next_option(&cursor, &option)) {
		if (option.code == PCAPNG_OPTION_NAME) {
			options.name = option.value;
			options.name_bytes = option.length;
		} else if (option.code == PCAPNG_OPTION_TIME_RESOLUTION && option.length == 1) {
			options.resolution = option.value[0];
		} else if (option.code == PCAPNG_OPTION_TIME_OFFSET && option.length == 8) {
			options.offset_s = (int64_t)stored_u64(option.value, cursor.big_endian);
		}
	}
	if (cursor.overran)
		return false;
	*out = options;
	return true;
}

static enum capture_result read_interface(struct pcapng_format *format,
					  struct capture_problem *problem)
{
	struct interface_options options;
	struct interface_clock clock;
	struct capture_interface told;
	struct block block = { .bytes = NULL };
	enum capture_result result =
		peek_block(format, PCAPNG_INTERFACE_MIN_BYTES, &block, problem);

	if (!block.bytes)
		return result;
	if (format->interfaces->count >= CAPTURE_INTERFACES_MAX)
		return capture_stream_damaged(format->stream, problem,
					      "the file describes more than %s interfaces",
					      grouped(CAPTURE_INTERFACES_MAX).text);
	if (!read_interface_options(options_of(format, &block, 16), &options))
		return capture_stream_damaged(format->stream, problem,
					      "an option of the interface at this offset is "
					      "longer than its block");
	told = (struct capture_interface){
		.link_type = stored_u16(block.bytes + 8, format->big_endian),
		.snap_length = stored_u32(block.bytes + 12, format->big_endian),
		.time_resolution = options.resolution,
	};
	interface_clock_init(&clock, options.resolution, options.offset_s);
	if (!interface_list_add(format->interfaces, &told, &clock, options.name,
				options.name_bytes))
		return no_memory(format, problem);
	format->interface_count++;
	capture_stream_take(format->stream, block.length);
	return CAPTURE_FRAME;
}

static struct listed_interface *find_interface(struct pcapng_format *format, uint32_t number)
{
	if (number >= format->interface_count)
		return NULL;
	return &format->interfaces->interfaces[format->first_interface + number];
}

static enum capture_result no_such_interface(struct pcapng_format *format, uint32_t number,
					     struct capture_problem *problem)
{
	return capture_stream_damaged(format->stream, problem,
				      "the block at this offset is of interface %u, and its "
				      "section has described %u",
				      number, format->interface_count);
}

static enum capture_result read_statistics(struct pcapng_format *format,
					   struct capture_problem *problem)
{
	struct listed_interface *interface;
	struct option_cursor options;
	struct option option;
	struct block block = { .bytes = NULL };
	enum capture_result result =
		peek_block(format, PCAPNG_STATISTICS_MIN_BYTES, &block, problem);

	if (!block.bytes)
		return result;
	/* Of an unknown interface, or with a broken option: nobody's frames hang on it. */
	interface = find_interface(format, stored_u32(block.bytes + 8, format->big_endian));
	options = options_of(format, &block, 20);
	while (interface && next_option(&options, &option)) {
		if (option.code == PCAPNG_OPTION_DROPPED && option.length == 8)
			interface->told.dropped = stored_u64(option.value, format->big_endian);
	}
	capture_stream_take(format->stream, block.length);
	return CAPTURE_FRAME;
}

static size_t frame_room(const struct block *block, size_t without)
{
	size_t room = block->length - without;

	return room < CAPTURE_FRAME_MAX_BYTES ? room : CAPTURE_FRAME_MAX_BYTES;
}

static enum capture_result frame_too_long(struct pcapng_format *format, uint32_t captured,
					  size_t room, struct capture_problem *problem)
{
	return capture_stream_damaged(
		format->stream, problem,
		"the block at this offset says a frame of %s bytes, and there is room for %s",
		grouped(captured).text, grouped(room).text);
}

/* The enhanced packet block, and the old one, which differs in its first four bytes. */
static enum capture_result read_packet(struct pcapng_format *format, bool old,
				       struct captured_frame *out, struct capture_problem *problem)
{
	bool big_endian = format->big_endian;
	const struct listed_interface *interface;
	uint32_t number, captured;
	uint64_t ticks;
	struct block block = { .bytes = NULL };
	enum capture_result result =
		peek_block(format, PCAPNG_ENHANCED_PACKET_MIN_BYTES, &block, problem);

	if (!block.bytes)
		return result;
	number = old ? stored_u16(block.bytes + 8, big_endian)
		     : stored_u32(block.bytes + 8, big_endian);
	interface = find_interface(format, number);
	if (!interface)
		return no_such_interface(format, number, problem);
	captured = stored_u32(block.bytes + 20, big_endian);
	if (captured > frame_room(&block, PCAPNG_ENHANCED_PACKET_MIN_BYTES))
		return frame_too_long(format, captured,
				      frame_room(&block, PCAPNG_ENHANCED_PACKET_MIN_BYTES),
				      problem);
	ticks = (uint64_t)stored_u32(block.bytes + 12, big_endian) << 32 |
		stored_u32(block.bytes + 16, big_endian);
	format->time_ns = interface_clock_ns(&interface->clock, ticks);
	*out = (struct captured_frame){
		.number = ++format->frames,
		.time_ns = format->time_ns,
		.bytes = block.bytes + 28,
		.captured_length = captured,
		.original_length = stored_u32(block.bytes + 24, big_endian),
		.interface = format->first_interface + number,
		.link_type = interface->told.link_type,
	};
	capture_stream_take(format->stream, block.length);
	return CAPTURE_FRAME;
}

static enum capture_result read_simple_packet(struct pcapng_format *format,
					      struct captured_frame *out,
					      struct capture_problem *problem)
{
	const struct listed_interface *interface = find_interface(format, 0);
	struct block block = { .bytes = NULL };
	enum capture_result result =
		peek_block(format, PCAPNG_SIMPLE_PACKET_MIN_BYTES, &block, problem);
	uint32_t captured, original;

	if (!block.bytes)
		return result;
	if (!interface)
		return no_such_interface(format, 0, problem);
	original = stored_u32(block.bytes + 8, format->big_endian);
	captured = original;
	if (interface->told.snap_length > 0 && captured > interface->told.snap_length)
		captured = interface->told.snap_length;
	if (captured > frame_room(&block, PCAPNG_SIMPLE_PACKET_MIN_BYTES))
		return frame_too_long(format, captured,
				      frame_room(&block, PCAPNG_SIMPLE_PACKET_MIN_BYTES), problem);
	*out = (struct captured_frame){
		.number = ++format->frames,
		/* It has none of its own; the one before is nearer to the truth than 1970. */
		.time_ns = format->time_ns,
		.bytes = block.bytes + 12,
		.captured_length = captured,
		.original_length = original,
		.interface = format->first_interface,
		.link_type = interface->told.link_type,
	};
	capture_stream_take(format->stream, block.length);
	return CAPTURE_FRAME;
}

/*
 * No frames, but Wireshark gives them numbers among the frames', and people compare: a number must
 * mean the same frame in both.
 */
static bool has_a_number(uint32_t type)
{
	return type == PCAPNG_JOURNAL_ENTRY || type == PCAPNG_SYSTEM_CALL ||
	       type == PCAPNG_SYSTEM_CALL_FLAGS || type == PCAPNG_SYSTEM_CALL_2 ||
	       type == PCAPNG_SYSTEM_CALL_2_LARGE || type == PCAPNG_CUSTOM ||
	       type == PCAPNG_CUSTOM_NOT_COPIED;
}

/* A block without a frame. CAPTURE_FRAME: read or left out, go on. */
static enum capture_result read_other(struct pcapng_format *format, uint32_t type,
				      struct capture_problem *problem)
{
	enum capture_result result;

	switch (type) {
	case PCAPNG_SECTION:
		return read_section(format, problem);
	case PCAPNG_INTERFACE:
		return read_interface(format, problem);
	case PCAPNG_STATISTICS:
		return read_statistics(format, problem);
	default:
		result = skip_block(format, problem);
		if (result == CAPTURE_FRAME && has_a_number(type))
			format->frames++;
		return result;
	}
}

/* The type of the block that begins here; END: none does. */
static enum capture_result peek_type(struct pcapng_format *format, uint32_t *type,
				     struct capture_problem *problem)
{
	struct capture_stream *stream = format->stream;
	const uint8_t *header = capture_stream_peek(stream, PCAPNG_BLOCK_HEADER_BYTES);

	if (header) {
		*type = stored_u32(header, format->big_endian);
		return CAPTURE_FRAME;
	}
	if (stream->left == 0 && stream->ending == CAPTURE_END)
		return CAPTURE_END;
	return capture_stream_cut(stream, problem,
				  "the block at this offset has %zu bytes left of at least %u: "
				  "the file was cut short",
				  stream->left, PCAPNG_BLOCK_MIN_BYTES);
}

enum capture_result pcapng_format_init(struct pcapng_format *format, struct capture_stream *stream,
				       struct interface_list *interfaces,
				       struct capture_problem *problem)
{
	enum capture_result result;
	uint32_t type = 0;

	*format = (struct pcapng_format){ .stream = stream, .interfaces = interfaces };
	result = read_section(format, problem);
	/*
	 * Only what is there already: the first frame of a live capture may be hours away. What is
	 * wrong with a block is told in its turn.
	 */
	while (result == CAPTURE_FRAME && stream->left >= PCAPNG_BLOCK_HEADER_BYTES) {
		result = peek_type(format, &type, problem);
		if (result != CAPTURE_FRAME || type != PCAPNG_INTERFACE)
			break;
		result = read_interface(format, problem);
	}
	return result;
}

enum capture_result pcapng_format_next(struct pcapng_format *format, struct captured_frame *out,
				       struct capture_problem *problem)
{
	for (;;) {
		uint32_t type = 0;
		enum capture_result result = peek_type(format, &type, problem);

		if (result != CAPTURE_FRAME)
			return result;
		if (type == PCAPNG_ENHANCED_PACKET || type == PCAPNG_OLD_PACKET)
			return read_packet(format, type == PCAPNG_OLD_PACKET, out, problem);
		if (type == PCAPNG_SIMPLE_PACKET)
			return read_simple_packet(format, out, problem);
		result = read_other(format, type, problem);
		if (result != CAPTURE_FRAME)
			return result;
	}
}
