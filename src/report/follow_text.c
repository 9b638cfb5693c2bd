#include "report/follow_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/display_width.h"
#include "base/json_writer.h"
#include "base/utf8.h"
#include "report/readable.h"
#include "report/wrapped_lines.h"

#define OUT_MAX_BYTES (4u * 1024 * 1024) /* more than the JSON of the largest payload */
#define SHOWN_MAX_BYTES 64u
#define TOTALS_MAX_BYTES 256u
#define LABEL_MAX_BYTES 64u
#define WRITE_BYTES (64u * 1024) /* so much is written at a time */
#define MARGIN_COLUMNS 20u       /* frame and time, before the mark of the speaker */
#define ZEROS_MIN 4u             /* as many in a row are counted in place of shown */
#define HEX_ROW_BYTES 16u

#define DIM "\x1b[2m"
#define CYAN "\x1b[36m"
#define YELLOW "\x1b[33m"
#define BOLD "\x1b[1m"
#define PLAIN "\x1b[0m"

void follow_text_init(struct follow_text *follow, const struct follow_style *style,
		      follow_writer write, void *context)
{
	*follow = (struct follow_text){ .style = *style, .write = write, .context = context };
	if (follow->style.columns > 0 && follow->style.columns < FOLLOW_COLUMNS_MIN)
		follow->style.columns = FOLLOW_COLUMNS_MIN;
	text_builder_init(&follow->out, OUT_MAX_BYTES);
	text_builder_init(&follow->shown, SHOWN_MAX_BYTES);
}

void follow_text_finish(struct follow_text *follow)
{
	text_builder_finish(&follow->out);
	text_builder_finish(&follow->shown);
}

static void write_out(struct follow_text *follow)
{
	if (follow->out.length > 0)
		follow->write(follow->context, text_builder_text(&follow->out), follow->out.length);
	text_builder_clear(&follow->out);
}

static void paint(struct follow_text *follow, const char *sgr)
{
	if (follow->style.colour)
		text_append(&follow->out, sgr);
}

static char mark_of(enum tcp_side from)
{
	return from == TCP_CLIENT ? '>' : '<';
}

/* The colour of what a side says. */
static const char *sgr_of(enum tcp_side from)
{
	return from == TCP_CLIENT ? CYAN : PLAIN;
}

/* "0.000369"; clocks may have gone backwards. */
static void append_time(struct text_builder *out, int64_t time_ns, int width)
{
	uint64_t us = (time_ns < 0 ? 0 - (uint64_t)time_ns : (uint64_t)time_ns) / 1000;
	struct text_builder text;

	text_builder_init(&text, 64);
	text_append_format(&text, "%s%" PRIu64 ".%06" PRIu64, time_ns < 0 ? "-" : "", us / 1000000,
			   us % 1000000);
	text_append_format(out, "%*s", width, text_builder_text(&text));
	text_builder_finish(&text);
}

/* ---- rows of text ---- */

enum row_kind {
	ROW_OF_PIECE, /* begins with the speaker's mark, and where the piece begins with its frame
		       */
	ROW_WRAPPED,  /* the line before was too long */
};

/*
 * Frame and time, in the margin: the larger they are, the fewer digits behind the point. Returns
 * what they take.
 */
static size_t append_label(struct follow_text *follow, const struct stream_piece *piece)
{
	size_t keep = MARGIN_COLUMNS - 1;
	struct text_builder label;
	size_t point;

	text_builder_init(&label, LABEL_MAX_BYTES);
	text_append_format(&label, "%7" PRIu64 " ", piece->frame);
	append_time(&label, piece->time_ns, label.length < keep ? (int)(keep - label.length) : 0);
	point = strcspn(text_builder_text(&label), ".");
	if (point + 1 >= keep)
		keep = point;
	paint(follow, DIM);
	text_append_bytes(&follow->out, text_builder_text(&label), keep);
	paint(follow, PLAIN);
	do {
		text_append(&follow->out, " ");
	} while (++keep < MARGIN_COLUMNS);
	text_builder_finish(&label);
	return keep;
}

static void begin_row(struct follow_text *follow, enum row_kind kind)
{
	const struct stream_piece *piece = follow->piece;
	size_t margin = MARGIN_COLUMNS;

	if (!follow->labelled)
		margin = append_label(follow, piece);
	else
		text_append_format(&follow->out, "%*s", (int)MARGIN_COLUMNS, "");
	follow->labelled = true;
	paint(follow, sgr_of(piece->from));
	text_append_format(&follow->out, "%c ", kind == ROW_WRAPPED ? ' ' : mark_of(piece->from));
	follow->column = margin + 2;
	follow->dimmed = false;
}

static void end_row(struct follow_text *follow)
{
	paint(follow, PLAIN);
	text_append(&follow->out, "\n");
	follow->column = 0;
	if (follow->out.length >= WRITE_BYTES)
		write_out(follow);
}

/* Text that is to stand together; dim: it is none of theirs. */
static void put(struct follow_text *follow, const char *text, size_t length, size_t width, bool dim)
{
	if (follow->column > 0 && follow->style.columns > 0 &&
	    follow->column + width > follow->style.columns) {
		end_row(follow);
		begin_row(follow, ROW_WRAPPED);
	} else if (follow->column == 0) {
		begin_row(follow, ROW_OF_PIECE);
	}
	if (dim != follow->dimmed) {
		paint(follow, dim ? DIM : PLAIN);
		if (!dim)
			paint(follow, sgr_of(follow->piece->from));
		follow->dimmed = dim;
	}
	text_append_bytes(&follow->out, text, length);
	follow->column += width;
}

static void put_shown(struct follow_text *follow)
{
	put(follow, text_builder_text(&follow->shown), follow->shown.length, follow->shown.length,
	    true);
}

static void put_zeros(struct follow_text *follow, size_t count)
{
	text_builder_clear(&follow->shown);
	text_append(&follow->shown, "[");
	readable_count(&follow->shown, count);
	text_append(&follow->shown, " zero bytes]");
	put_shown(follow);
}

/* Bytes that are shown as escapes, or one character as it is. */
static void put_harmless(struct follow_text *follow, const uint8_t *bytes, size_t length,
			 uint32_t code_point, bool valid)
{
	if (valid && !utf8_is_control(code_point) && !utf8_is_deceptive(code_point)) {
		put(follow, (const char *)bytes, length, display_width_of(code_point), false);
		return;
	}
	text_builder_clear(&follow->shown);
	text_append_harmless(&follow->shown, bytes, length);
	put_shown(follow);
}

/* The bytes end where a character's rest could follow. */
static bool could_go_on(const uint8_t *bytes, size_t length)
{
	size_t size = bytes[0] >= 0xf0 && bytes[0] <= 0xf4   ? 4
		      : bytes[0] >= 0xe0 && bytes[0] <= 0xef ? 3
		      : bytes[0] >= 0xc2 && bytes[0] <= 0xdf ? 2
							     : 0;

	if (length >= size)
		return false;
	for (size_t i = 1; i < length; i++)
		if ((bytes[i] & 0xc0u) != 0x80u)
			return false;
	return true;
}

/* What waited for the rest of a character that does not come. */
static void put_pending(struct follow_text *follow, enum tcp_side side)
{
	struct follow_pending *pending = &follow->pending[side];

	for (uint32_t i = 0; i < pending->count; i++)
		put_harmless(follow, &pending->bytes[i], 1, 0, false);
	pending->count = 0;
}

/* With what waited of the side's last piece: how many of these bytes belong to that character. */
static size_t join_pending(struct follow_text *follow, const uint8_t *bytes, size_t length)
{
	struct follow_pending *pending = &follow->pending[follow->piece->from];
	uint8_t joined[8];
	uint32_t code_point;
	size_t more = length < 3 ? length : 3;
	size_t size;

	if (pending->count == 0)
		return 0;
	memcpy(joined, pending->bytes, pending->count);
	memcpy(joined + pending->count, bytes, more);
	size = utf8_decode(joined, pending->count + more, &code_point);
	if (size > pending->count) {
		size_t taken = size - pending->count;

		put_harmless(follow, joined, size, code_point, true);
		pending->count = 0;
		return taken;
	}
	if (pending->count + more < sizeof(pending->bytes) &&
	    could_go_on(joined, pending->count + more)) {
		memcpy(pending->bytes, joined, pending->count + more);
		pending->count += (uint32_t)more;
		return more;
	}
	put_pending(follow, follow->piece->from);
	return 0;
}

static size_t zeros_at(const uint8_t *bytes, size_t length)
{
	size_t count = 0;

	while (count < length && bytes[count] == 0)
		count++;
	return count;
}

/* How many of the bytes are plain letters that fit into the row; at least one that does not fit. */
static size_t letters_at(const struct follow_text *follow, const uint8_t *bytes, size_t length)
{
	size_t room =
		follow->style.columns > follow->column ? follow->style.columns - follow->column : 1;
	size_t count = 0;

	if (follow->style.columns == 0)
		room = length;
	else if (follow->column == 0)
		room = follow->style.columns - MARGIN_COLUMNS - 2;
	if (length > room)
		length = room;
	while (count < length && bytes[count] >= 0x20 && bytes[count] < 0x7f)
		count++;
	return count;
}

/* Takes letters, one other character, a line end or a run of zeros; returns how many bytes. */
static size_t put_next(struct follow_text *follow, const uint8_t *bytes, size_t length)
{
	struct follow_pending *pending = &follow->pending[follow->piece->from];
	size_t letters = letters_at(follow, bytes, length);
	uint32_t code_point = 0;
	size_t zeros;
	size_t size;

	if (letters > 0) {
		put(follow, (const char *)bytes, letters, letters, false);
		return letters;
	}
	if (bytes[0] == '\n') {
		if (follow->column == 0)
			begin_row(follow, ROW_OF_PIECE);
		end_row(follow);
		return 1;
	}
	zeros = zeros_at(bytes, length);
	if (zeros >= ZEROS_MIN) {
		put_zeros(follow, zeros);
		return zeros;
	}
	size = utf8_decode(bytes, length, &code_point);
	if (size == 0 && could_go_on(bytes, length)) {
		memcpy(pending->bytes, bytes, length);
		pending->count = (uint32_t)length;
		pending->frame = follow->piece->frame;
		pending->time_ns = follow->piece->time_ns;
		return length;
	}
	put_harmless(follow, bytes, size > 0 ? size : 1, code_point, size > 0);
	return size > 0 ? size : 1;
}

static void tell_text(struct follow_text *follow, const struct stream_piece *piece)
{
	size_t length = (size_t)piece->length;
	size_t at = join_pending(follow, piece->bytes, length);

	while (at < length)
		at += put_next(follow, piece->bytes + at, length - at);
	if (follow->column > 0)
		end_row(follow);
}

static void append_gap(struct text_builder *out, uint64_t length)
{
	text_append(out, "[");
	readable_bytes(out, length);
	text_append(out, length == 1 ? " is not in the capture]" : " are not in the capture]");
}

static void tell_gap(struct follow_text *follow, const struct stream_piece *piece)
{
	put_pending(follow, piece->from);
	if (follow->column > 0)
		end_row(follow);
	begin_row(follow, ROW_OF_PIECE);
	paint(follow, YELLOW);
	append_gap(&follow->out, piece->length);
	end_row(follow);
}

/* ---- hex ---- */

static void append_hex_row(struct follow_text *follow, const uint8_t *bytes, size_t length,
			   uint64_t offset)
{
	static const char digits[] = "0123456789abcdef";
	char row[HEX_ROW_BYTES * 4 + 4]; /* " 00 .. 00  00 .. 00  ................" */
	size_t at = 0;

	for (size_t i = 0; i < HEX_ROW_BYTES; i++) {
		if (i % 8 == 0)
			row[at++] = ' ';
		row[at++] = i < length ? digits[bytes[i] >> 4] : ' ';
		row[at++] = i < length ? digits[bytes[i] & 15] : ' ';
		row[at++] = ' ';
	}
	row[at++] = ' ';
	for (size_t i = 0; i < length; i++)
		row[at++] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	while (row[at - 1] == ' ')
		at--;
	paint(follow, sgr_of(follow->piece->from));
	text_append_format(&follow->out, "%c %08" PRIx64 " ", mark_of(follow->piece->from), offset);
	text_append_bytes(&follow->out, row, at);
	end_row(follow);
}

static void tell_hex(struct follow_text *follow, const struct stream_piece *piece)
{
	struct text_builder *out = &follow->out;

	paint(follow, DIM);
	text_append_format(out, "%c frame %" PRIu64 ", ", mark_of(piece->from), piece->frame);
	append_time(out, piece->time_ns, 0);
	text_append(out, " s: ");
	if (!piece->bytes) {
		paint(follow, PLAIN);
		paint(follow, YELLOW);
		append_gap(out, piece->length);
		end_row(follow);
		return;
	}
	readable_bytes(out, piece->length);
	end_row(follow);
	for (uint64_t at = 0; at < piece->length; at += HEX_ROW_BYTES)
		append_hex_row(follow, piece->bytes + at,
			       piece->length - at < HEX_ROW_BYTES ? (size_t)(piece->length - at)
								  : HEX_ROW_BYTES,
			       piece->offset + at);
}

/* ---- JSON ---- */

static void tell_json(struct follow_text *follow, const struct stream_piece *piece)
{
	struct json_writer json = json_writer_on(&follow->out);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "chunk");
	json_name(&json, "from");
	json_string(&json, piece->from == TCP_CLIENT ? "client" : "server");
	json_name(&json, "offset");
	json_unsigned(&json, piece->offset);
	json_name(&json, "frame");
	json_unsigned(&json, piece->frame);
	json_name(&json, "time");
	json_signed_seconds(&json, piece->time_ns);
	if (!piece->bytes) {
		json_name(&json, "missing");
		json_unsigned(&json, piece->length);
	} else if (utf8_is_valid(piece->bytes, (size_t)piece->length)) {
		json_name(&json, "data");
		json_string_bytes(&json, piece->bytes, (size_t)piece->length);
	} else {
		json_name(&json, "data_base64");
		json_base64(&json, piece->bytes, (size_t)piece->length);
	}
	json_end_object(&json);
	text_append(&follow->out, "\n");
}

/* ---- all of it ---- */

void follow_text_heading(struct follow_text *follow, const struct tcp_connection *connection)
{
	struct text_builder *out = &follow->out;
	const struct tcp_end *ends = connection->ends;
	char client[IP_ENDPOINT_TEXT_BYTES];
	char server[IP_ENDPOINT_TEXT_BYTES];
	size_t used;

	if (follow->style.form == FOLLOW_JSON)
		return;
	(void)ip_endpoint_text(&ends[TCP_CLIENT].address, ends[TCP_CLIENT].port, client);
	(void)ip_endpoint_text(&ends[TCP_SERVER].address, ends[TCP_SERVER].port, server);
	paint(follow, BOLD);
	used = out->length;
	text_append_format(out, "Connection %" PRIu64, connection->number);
	used = out->length - used;
	paint(follow, PLAIN);
	text_append_format(out, ": ");
	paint(follow, sgr_of(TCP_CLIENT));
	text_append_format(out, "> client %s", client);
	paint(follow, PLAIN);
	/* Below each other where there is no room for both. */
	used += strlen(": > client   < server ") + strlen(client) + strlen(server);
	if (follow->style.columns > 0 && used > follow->style.columns)
		text_append(out, "\n");
	text_append_format(out, "  < server %s\n\n", server);
	if (follow->style.form == FOLLOW_TEXT) {
		paint(follow, DIM);
		text_append_format(out, "%7s %11s", "frame", "time, s");
		end_row(follow);
	}
	write_out(follow);
}

void follow_text_piece(struct follow_text *follow, const struct stream_piece *piece)
{
	follow->piece = piece;
	follow->labelled = false;
	follow->told[piece->from] += piece->bytes ? piece->length : 0;
	follow->missing[piece->from] += piece->bytes ? 0 : piece->length;
	switch (follow->style.form) {
	case FOLLOW_HEX:
		tell_hex(follow, piece);
		break;
	case FOLLOW_JSON:
		tell_json(follow, piece);
		break;
	case FOLLOW_TEXT:
	default:
		if (piece->bytes)
			tell_text(follow, piece);
		else
			tell_gap(follow, piece);
		break;
	}
	follow->piece = NULL;
	write_out(follow);
}

/* What waits at the end can only be shown as bytes: in a row under their own frame. */
static void flush_pending(struct follow_text *follow, enum tcp_side side)
{
	const struct follow_pending *pending = &follow->pending[side];
	const struct stream_piece piece = { .from = side,
					    .frame = pending->frame,
					    .time_ns = pending->time_ns };

	if (pending->count == 0)
		return;
	follow->piece = &piece;
	follow->labelled = false;
	put_pending(follow, side);
	end_row(follow);
	follow->piece = NULL;
}

static void append_total(struct text_builder *out, const struct follow_text *follow,
			 enum tcp_side side)
{
	readable_bytes(out, follow->told[side]);
	text_append(out, side == TCP_CLIENT ? " from the client" : " from the server");
	if (follow->missing[side] == 0)
		return;
	text_append(out, " and ");
	readable_bytes(out, follow->missing[side]);
	text_append(out, " that the capture does not have");
}

void follow_text_end(struct follow_text *follow)
{
	const struct wrapped_lines lines = { .first = "",
					     .next = "",
					     .columns = follow->style.columns };
	struct text_builder totals;

	if (follow->style.form == FOLLOW_JSON)
		return;
	flush_pending(follow, TCP_CLIENT);
	flush_pending(follow, TCP_SERVER);
	text_append(&follow->out, "\n");
	text_builder_init(&totals, TOTALS_MAX_BYTES);
	append_total(&totals, follow, TCP_CLIENT);
	text_append(&totals, "; ");
	append_total(&totals, follow, TCP_SERVER);
	text_append(&totals, ".");
	wrapped_lines_append(&follow->out, text_builder_text(&totals), &lines);
	text_builder_finish(&totals);
	write_out(follow);
}
