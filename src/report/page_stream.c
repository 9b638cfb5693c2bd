#include "report/page_stream.h"

#include "base/json_writer.h"
#include "report/page_limits.h"
#include "tcp_flow/names.h"

void page_stream_init(struct page_stream *stream, struct page_stream_budget *budget)
{
	*stream = (struct page_stream){ .budget = budget };
	for (int side = 0; side < 2; side++)
		byte_stream_init(&stream->streams[side], (enum tcp_side)side);
}

void page_stream_finish(struct page_stream *stream)
{
	for (int side = 0; side < 2; side++)
		byte_stream_finish(&stream->streams[side]);
}

/* keep: of its bytes, the first so many; those of a gap need no room. */
static void write_piece(struct page_stream *stream, const struct stream_piece *piece, size_t keep)
{
	struct json_writer json = json_writer_on(stream->out);

	json.needs_comma = stream->any;
	stream->any = true;
	json_begin_object(&json);
	json_name(&json, "from");
	json_string(&json, tcp_side_name(piece->from));
	json_name(&json, "frame");
	json_unsigned(&json, piece->frame);
	json_name(&json, "time");
	json_signed_seconds(&json, piece->time_ns);
	json_name(&json, "offset");
	json_unsigned(&json, piece->offset);
	if (piece->bytes) {
		json_name(&json, "data");
		json_base64(&json, piece->bytes, keep);
	} else {
		json_name(&json, "missing");
		json_unsigned(&json, piece->length);
	}
	json_end_object(&json);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How many bytes of it may still be written. Once a side had to be cut, nothing more of it is: what
 * stands there is its beginning. */
static uint64_t room_for(const struct page_stream *stream, enum tcp_side side)
{
	uint64_t of_side = PAGE_STREAM_SIDE_MAX_BYTES - stream->told[side];
	uint64_t of_all = stream->budget->left;

	if (stream->left_out[side] > 0 || of_all <= PAGE_STREAM_PIECE_BYTES)
		return 0;
	return smaller(of_side, of_all - PAGE_STREAM_PIECE_BYTES);
}

static void take_piece(void *context, const struct stream_piece *piece)
{
	struct page_stream *stream = context;
	uint64_t room = room_for(stream, piece->from);
	uint64_t keep = piece->bytes ? smaller(piece->length, room) : 0;

	if (room > 0) {
		write_piece(stream, piece, (size_t)keep);
		stream->told[piece->from] += keep;
		stream->budget->left -= keep + PAGE_STREAM_PIECE_BYTES;
	}
	if (piece->bytes || room == 0)
		stream->left_out[piece->from] += piece->length - keep;
}

void page_stream_segment(struct page_stream *stream, const struct segment_facts *segment,
			 struct text_builder *out)
{
	stream->out = out;
	byte_stream_acknowledged(&stream->streams[tcp_other_side(segment->from)], segment,
				 take_piece, stream);
	byte_stream_segment(&stream->streams[segment->from], segment, take_piece, stream);
	stream->out = NULL;
}

void page_stream_end(struct page_stream *stream, struct text_builder *out)
{
	stream->out = out;
	for (int side = 0; side < 2; side++)
		byte_stream_end(&stream->streams[side], take_piece, stream);
	stream->out = NULL;
}

uint64_t page_stream_waiting(const struct page_stream *stream)
{
	return stream->streams[0].waiting + stream->streams[1].waiting;
}

void page_stream_object_begin(struct text_builder *out, uint64_t connection)
{
	struct json_writer json = json_writer_on(out);

	json_begin_object(&json);
	json_name(&json, "connection");
	json_unsigned(&json, connection);
	text_append(out, ",\"pieces\":[");
}

void page_stream_object_end(struct text_builder *out, const uint64_t left_out[2])
{
	struct json_writer json = json_writer_on(out);

	text_append(out, "]");
	json.needs_comma = true;
	if (left_out[0] + left_out[1] > 0) {
		json_name(&json, "left_out");
		json_begin_object(&json);
		json_name(&json, "client");
		json_unsigned(&json, left_out[TCP_CLIENT]);
		json_name(&json, "server");
		json_unsigned(&json, left_out[TCP_SERVER]);
		json_end_object(&json);
	}
	json_end_object(&json);
}
