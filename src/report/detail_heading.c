#include "report/detail_heading.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/ip_address.h"
#include "packet/tcp_header.h"
#include "report/detail_table.h"
#include "report/readable.h"
#include "report/wrapped_lines.h"

#define TEXT_MAX_BYTES 4096u

static void append_flags(struct text_builder *out, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{ TCP_FLAG_SYN, "SYN" }, { TCP_FLAG_FIN, "FIN" }, { TCP_FLAG_RST, "RST" },
		{ TCP_FLAG_PSH, "PSH" }, { TCP_FLAG_ACK, "ACK" }, { TCP_FLAG_URG, "URG" },
		{ TCP_FLAG_ECE, "ECE" }, { TCP_FLAG_CWR, "CWR" }, { TCP_FLAG_AE, "AE" },
	};
	size_t begin = out->length;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (flags & names[i].flag)
			text_append_format(out, "%s%s", out->length > begin ? ", " : "",
					   names[i].name);
	}
	if (out->length == begin)
		text_append(out, "no flags");
}

static void append_labels(struct text_builder *out, uint32_t labels)
{
	for (enum tcp_label label = 0; label < LABEL_COUNT; label++) {
		if (labels & TCP_LABEL_BIT(label))
			text_append_format(out, ", %s", tcp_label_name(label));
	}
}

/* "SYN, ACK: sequence 0, acknowledgment 1, window 65,535, no data" */
static void segment_line(struct text_builder *out, const struct frame_view *view)
{
	const struct segment_facts *segment = segment_with_numbers(view->segment);
	const struct tcp_header *tcp = &view->packet->tcp;

	append_flags(out, tcp->flags);
	if (!segment)
		text_append_format(out, ": sequence %" PRIu32, tcp->sequence);
	else
		text_append_format(out, ": sequence %" PRId64, segment->sequence);
	if ((tcp->flags & TCP_FLAG_ACK) && !segment)
		text_append_format(out, ", acknowledgment %" PRIu32, tcp->acknowledgment);
	else if (tcp->flags & TCP_FLAG_ACK)
		text_append_format(out, ", acknowledgment %" PRId64, segment->acknowledgment);
	text_append(out, ", window ");
	readable_count(out,
		       segment && segment->window >= 0 ? (uint64_t)segment->window : tcp->window);
	text_append(out, ", ");
	if (view->packet->payload_length == 1) {
		text_append(out, "1 byte of data");
	} else if (view->packet->payload_length > 0) {
		readable_count(out, view->packet->payload_length);
		text_append(out, " bytes of data");
	} else {
		text_append(out, "no data");
	}
	if (segment)
		append_labels(out, segment->labels);
}

static void kind_line(struct text_builder *out, const struct packet *packet)
{
	switch (packet->kind) {
	case PACKET_FRAGMENT:
		text_append(out,
			    "A fragment of a datagram with TCP in it, which is not whole yet.");
		break;
	case PACKET_ICMP_ERROR:
		text_append(out, "An ICMP error that quotes a TCP segment.");
		break;
	case PACKET_DAMAGED:
		text_append_format(out, "Damaged: %s.", packet->problem);
		break;
	case PACKET_OTHER:
		text_append(out, "No TCP segment");
		text_append_format(out, packet->problem[0] ? ": %s." : "%s.", packet->problem);
		break;
	case PACKET_TCP:
	default:
		break;
	}
}

/* "Captured 2023-05-04 19:52:34.780366500, 0.369 ms into the connection; 66 bytes." */
static void capture_line(struct text_builder *out, const struct frame_view *view)
{
	uint32_t captured = view->frame->captured_length;

	text_append(out, "Captured ");
	readable_moment(out, view->frame->time_ns, 9);
	if (view->segment && view->segment->since_start_ns > 0) {
		text_append(out, ", ");
		readable_duration(out, view->segment->since_start_ns);
		text_append(out, " into the connection");
	}
	text_append(out, "; ");
	readable_bytes(out, view->packet->frame_length);
	if (captured < view->packet->frame_length) {
		text_append(out, " on the wire, of which ");
		readable_count(out, captured);
		text_append(out, " were captured");
	}
	text_append(out, ".");
}

static void states_line(struct text_builder *out, const struct segment_facts *segment)
{
	if (segment->states[TCP_CLIENT] == segment->states[TCP_SERVER]) {
		text_append_format(out, "Then both sides are in %s.",
				   tcp_state_name(segment->states[TCP_CLIENT]));
		return;
	}
	text_append_format(out, "Then the client is in %s, the server in %s.",
			   tcp_state_name(segment->states[TCP_CLIENT]),
			   tcp_state_name(segment->states[TCP_SERVER]));
}

static void title_line(struct text_builder *out, const struct frame_view *view,
		       const struct detail_style *style)
{
	struct detail_paint paint = detail_paint(style);
	const struct segment_facts *segment = view->segment;
	const struct packet *packet = view->packet;
	char source[IP_ENDPOINT_TEXT_BYTES];
	char destination[IP_ENDPOINT_TEXT_BYTES];

	text_append_format(out, "%sFrame %" PRIu64 "%s", paint.bold, view->frame->number,
			   paint.plain);
	if (packet->kind != PACKET_TCP)
		return;
	(void)ip_endpoint_text(&packet->ip.source, packet->tcp.source_port, source);
	(void)ip_endpoint_text(&packet->ip.destination, packet->tcp.destination_port, destination);
	if (segment && view->connection)
		text_append_format(out, " of connection %" PRIu64 ": %s %s -> %s %s",
				   view->connection->number, tcp_side_name(segment->from), source,
				   tcp_side_name(tcp_other_side(segment->from)), destination);
	else
		text_append_format(out, ": %s -> %s", source, destination);
}

void detail_heading_append(struct text_builder *out, const struct frame_view *view,
			   const struct detail_style *style)
{
	const struct wrapped_lines first = { .first = "", .next = "  ", .columns = style->columns };
	const struct wrapped_lines others = {
		.first = "  ",
		.next = "  ",
		.columns = style->columns,
	};
	struct text_builder line;

	text_builder_init(&line, TEXT_MAX_BYTES);
	title_line(&line, view, style);
	wrapped_lines_append(out, text_builder_text(&line), &first);
	text_builder_clear(&line);
	if (view->packet->kind == PACKET_TCP)
		segment_line(&line, view);
	else
		kind_line(&line, view->packet);
	wrapped_lines_append(out, text_builder_text(&line), &others);
	text_builder_clear(&line);
	capture_line(&line, view);
	wrapped_lines_append(out, text_builder_text(&line), &others);
	text_builder_clear(&line);
	if (segment_with_numbers(view->segment) && view->connection) {
		states_line(&line, view->segment);
		wrapped_lines_append(out, text_builder_text(&line), &others);
	}
	text_builder_finish(&line);
}
