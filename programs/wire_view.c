#include "programs/wire_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wire.h"
#include "capture/live_capture.h"
#include "chat_ui/wrapped_text.h"
#include "packet/header_trail.h"
#include "programs/connection_messages.h"
#include "programs/one_shot.h"
#include "programs/privileges.h"
#include "report/detail_text.h"
#include "report/ladder.h"
#include "report/trace_json.h"
#include "tcp_flow/tcp_tracker.h"

#define WAIT_NS (UINT64_C(250) * NS_PER_MS)
#define SHOWN_MAX_BYTES                                                                            \
	(4u * 1024 * 1024)   /* of what is shown at once, ladder and messages each                 \
			      */
#define COLLECTED_MAX 65536u /* frames at a time: who floods us does not hold the program up */
#define UNFOLDED_MAX 24u     /* frames with messages, of those shown at once */
#define SENTENCE_MAX_BYTES 8192u
#define COLUMNS_DEFAULT 100u
#define COLUMNS_MAX 120u
#define LINUX_SLL2 276u
#define SLL2_HEADER_BYTES 20u
#define SLL2_INTERFACE_AT 4u
#define FILTER_BYTES 512u
#define NO_PORT 0u /* nobody's: nothing is let through, so that nothing fills the buffer */

struct wire_view {
	const char *command;       /* borrowed */
	struct live_capture *live; /* owned */
	/* of the connection that is followed; NULL while none is expected */
	struct packet_decoder *decoder;       /* owned */
	struct tcp_tracker *tracker;          /* owned */
	struct connection_messages *messages; /* owned */
	struct wire_end remote;               /* with is_known */
	uint32_t interfaces[2]; /* that the first segment came by: ours, theirs; 0: none yet */
	uint64_t frames;        /* of it, so far */
	bool is_known;          /* its two ends are */
	bool is_settled;        /* what we sent is acknowledged */
	bool is_over;           /* it is closed, both ways */
	bool was_vain;          /* nothing at all was seen, though it was waited for */
	bool has_failed;        /* it never came about; its socket is closed when it is told */
	bool was_answered;      /* a segment of theirs was seen */
	/* what is not shown yet */
	struct text_builder ladder;  /* owned */
	struct text_builder details; /* owned */
	size_t unfolded;             /* messages in `details` */
	size_t not_unfolded;         /* messages beyond the ceiling */
	struct ladder_style ladder_style;
	struct detail_style detail_style;
	uint16_t open_port; /* all of whose segments come, until the connection is known */
	bool json;
	bool failed;          /* the capture broke; it was said */
	uint64_t drops_told;  /* frames that the kernel had no room for */
	struct packet packet; /* these three: of the frame at hand */
	struct header_trail trail;
	struct segment_facts facts;
};

static void tell_end(void *context, const struct tcp_connection *connection)
{
	struct wire_view *wire = context;

	if (!wire->json)
		return;
	trace_json_connection(&wire->ladder, connection);
	text_append(&wire->ladder, "\n");
}

static void forget_connection(struct wire_view *wire)
{
	connection_messages_destroy(wire->messages);
	tcp_tracker_destroy(wire->tracker);
	packet_decoder_destroy(wire->decoder);
	wire->messages = NULL;
	wire->tracker = NULL;
	wire->decoder = NULL;
	wire->is_known = false;
}

static bool begin_connection(struct wire_view *wire)
{
	const struct tcp_tracker_options options = {
		.flags = TRACKER_KEEP_PAYLOAD | TRACKER_KEEP_TURNS,
		.ended = tell_end,
		.context = wire,
	};

	forget_connection(wire);
	wire->decoder = packet_decoder_create(PACKET_VERIFY_CHECKSUMS);
	wire->tracker = tcp_tracker_create(&options);
	wire->messages = connection_messages_create();
	wire->interfaces[0] = 0;
	wire->interfaces[1] = 0;
	wire->frames = 0;
	wire->is_settled = false;
	wire->is_over = false;
	wire->was_vain = false;
	wire->has_failed = false;
	wire->was_answered = false;
	if (wire->decoder && wire->tracker && wire->messages)
		return true;
	forget_connection(wire);
	return false;
}

static void destroy(struct wire_view *wire)
{
	forget_connection(wire);
	live_capture_close(wire->live);
	text_builder_finish(&wire->ladder);
	text_builder_finish(&wire->details);
	free(wire);
}

static void say_why_not(const char *command, enum live_capture_refusal refusal,
			const struct capture_problem *problem)
{
	struct text_builder remedy;

	if (refusal != LIVE_CAPTURE_NOT_PERMITTED) {
		one_shot_complain("%s: --wire: %s; going on without it.", command,
				  problem->sentence);
		return;
	}
	text_builder_init(&remedy, SENTENCE_MAX_BYTES);
	privileges_append_remedy(&remedy);
	one_shot_complain("%s: --wire: you may not capture on this machine, so no segments are "
			  "shown; %s.",
			  command, text_builder_text(&remedy));
	text_builder_finish(&remedy);
}

static void port_filter(uint16_t port, char out[FILTER_BYTES])
{
	(void)snprintf(out, FILTER_BYTES, "tcp port %u", (unsigned)port);
}

static bool open_capture(struct wire_view *wire, uint16_t port)
{
	char filter[FILTER_BYTES];
	const struct live_capture_options options = { .interface = "any",
						      .filter = filter,
						      .immediate = true };
	enum live_capture_refusal refusal = LIVE_CAPTURE_OTHER;
	struct capture_problem problem = { .offset = 0 };
	struct text_builder why;
	bool gone;

	port_filter(port, filter);
	if (live_capture_open(&options, &wire->live, &problem, &refusal) != CAPTURE_FRAME) {
		say_why_not(wire->command, refusal, &problem);
		return false;
	}
	text_builder_init(&why, SENTENCE_MAX_BYTES);
	gone = privileges_give_up(&why);
	if (!gone)
		one_shot_complain("%s: --wire: privileges could not be given up, so nothing is "
				  "captured: %s.",
				  wire->command, text_builder_text(&why));
	text_builder_finish(&why);
	return gone;
}

struct wire_view *wire_view_open(const char *command, uint16_t port)
{
	struct wire_view *wire = calloc(1, sizeof(*wire));

	if (!wire) {
		one_shot_complain("%s: --wire: out of memory; going on without it.", command);
		return NULL;
	}
	wire->command = command;
	wire->open_port = port;
	text_builder_init(&wire->ladder, SHOWN_MAX_BYTES);
	text_builder_init(&wire->details, SHOWN_MAX_BYTES);
	wire->ladder_style.colour = one_shot_wants_colour();
	wire->ladder_style.read_at_once = true;
	wire->detail_style.colour = wire->ladder_style.colour;
	if (open_capture(wire, port) && begin_connection(wire))
		return wire;
	destroy(wire);
	return NULL;
}

void wire_view_use_json(struct wire_view *wire)
{
	if (wire)
		wire->json = true;
}

static void listen_to_port(struct wire_view *wire, uint16_t port)
{
	char filter[FILTER_BYTES];

	/* A filter that is changed loses what comes in that moment: a SYN may. */
	if (port == wire->open_port && port != NO_PORT)
		return;
	port_filter(port, filter);
	(void)live_capture_filter(wire->live, filter);
	wire->open_port = port;
}

void wire_view_expect(struct wire_view *wire, uint16_t port)
{
	if (!wire || !begin_connection(wire))
		return;
	listen_to_port(wire, port);
}

/* side: src or dst. */
static void append_end(struct text_builder *filter, const char *side, const struct wire_end *end)
{
	char address[IP_ENDPOINT_TEXT_BYTES];

	text_append_format(filter, "%s port %u", side, (unsigned)end->port);
	if (end->address.version == 0)
		return;
	(void)ip_address_text(&end->address, address);
	text_append_format(filter, " and %s host %s", side, address);
}

static void append_way(struct text_builder *filter, const struct wire_end *from,
		       const struct wire_end *to)
{
	text_append(filter, "(");
	append_end(filter, "src", from);
	text_append(filter, " and ");
	append_end(filter, "dst", to);
	text_append(filter, ")");
}

void wire_view_connection(struct wire_view *wire, const struct wire_end *local,
			  const struct wire_end *remote)
{
	struct text_builder filter;

	if (!wire || !wire->tracker)
		return;
	text_builder_init(&filter, FILTER_BYTES);
	text_append(&filter, "tcp and (");
	append_way(&filter, local, remote);
	text_append(&filter, " or ");
	append_way(&filter, remote, local);
	text_append(&filter, ")");
	wire->remote = *remote;
	wire->is_known = live_capture_narrow(wire->live, text_builder_text(&filter));
	wire->open_port = NO_PORT;
	text_builder_finish(&filter);
}

void wire_view_failed(struct wire_view *wire, const struct wire_end *local,
		      const struct wire_end *remote)
{
	if (!wire || wire->is_known)
		return;
	/* Without a port of ours no socket was had: that filter lets nothing through. */
	wire_view_connection(wire, local, remote);
	wire->has_failed = wire->is_known;
}

/* What is seen on its way through several interfaces is taken at the first of them only. */
static bool is_second_look(struct wire_view *wire, const struct captured_frame *frame)
{
	bool is_theirs = wire->packet.tcp.source_port == wire->remote.port;
	uint32_t interface;

	if (frame->link_type != LINUX_SLL2 || frame->captured_length < SLL2_HEADER_BYTES)
		return false;
	interface = wire_u32(frame->bytes + SLL2_INTERFACE_AT);
	if (wire->interfaces[is_theirs] == 0)
		wire->interfaces[is_theirs] = interface;
	return wire->interfaces[is_theirs] != interface;
}

/*
 * What we sent. Our own acknowledgement of theirs is not waited for, nor our closing: that would
 * hold up what makes them leave, and show a conversation that only happens under --wire.
 */
static bool is_acknowledged(const struct wire_view *wire, const struct tcp_connection *connection)
{
	for (unsigned side = 0; side < 2; side++) {
		const struct tcp_end *end = &connection->ends[side];

		if (end->port != wire->remote.port && end->sends &&
		    (!end->has_acked || end->acked < end->next))
			return false;
	}
	return true;
}

/* The terminal may have become another one in between. */
static void fit_columns(struct wire_view *wire)
{
	size_t columns = wrapped_text_columns(STDOUT_FILENO);

	if (columns == 0)
		columns = COLUMNS_DEFAULT;
	if (columns > COLUMNS_MAX)
		columns = COLUMNS_MAX;
	wire->ladder_style.columns = columns;
	wire->detail_style.columns = columns;
}

/* Those that there is room for. */
static void unfold(struct wire_view *wire, struct frame_view *view)
{
	size_t room = UNFOLDED_MAX - wire->unfolded;

	if (view->message_count > room) {
		wire->not_unfolded += view->message_count - room;
		view->message_count = room;
	}
	if (view->message_count == 0)
		return;
	wire->unfolded += view->message_count;
	text_append_format(&wire->details, "\n[%" PRIu64 "] from the %s, byte by byte\n",
			   view->frame->number, tcp_side_name(wire->facts.from));
	detail_messages(&wire->details, view, &wire->detail_style);
}

static void tell_segment(struct wire_view *wire, const struct captured_frame *frame,
			 const struct tcp_connection *connection)
{
	struct ladder_line line = { .connection = connection, .segment = &wire->facts };
	struct frame_view view = { .frame = frame,
				   .packet = &wire->packet,
				   .trail = &wire->trail,
				   .segment = &wire->facts,
				   .connection = connection };

	if (wire->json) {
		trace_json_segment(&wire->ladder, connection, &wire->facts);
		text_append(&wire->ladder, "\n");
		return;
	}
	view.message_count = connection_messages_segment(wire->messages, connection, &wire->facts,
							 &view.messages);
	line.messages = view.messages;
	line.message_count = view.message_count;
	if (connection->first_frame == frame->number)
		ladder_heading(&wire->ladder, connection, &wire->ladder_style);
	ladder_segment(&wire->ladder, &line, &wire->ladder_style);
	unfold(wire, &view);
}

static void take_frame(struct wire_view *wire, struct captured_frame *frame)
{
	const struct tcp_connection *connection = NULL;

	frame->number = wire->frames + 1; /* those before were of others */
	if (packet_decode_trail(wire->decoder, frame, &wire->packet, &wire->trail) != PACKET_TCP ||
	    is_second_look(wire, frame))
		return;
	wire->frames++;
	if (tcp_tracker_packet(wire->tracker, &wire->packet, &wire->facts, &connection) !=
	    TRACKER_SEGMENT)
		return;
	tell_segment(wire, frame, connection);
	wire->was_answered =
		wire->was_answered || wire->packet.tcp.source_port == wire->remote.port;
	wire->is_over = connection->is_complete;
	wire->is_settled = wire->is_over || is_acknowledged(wire, connection);
}

static void fail(struct wire_view *wire)
{
	if (!wire->failed)
		one_shot_complain("%s: --wire: the capture ended: %s.", wire->command,
				  live_capture_problem(wire->live));
	wire->failed = true;
}

/*
 * to_the_end: the connection was closed. Where no segment ever came back its socket knew of none
 * to answer to, and what it sent has passed the capture: nothing more is to come.
 */
static bool has_all(const struct wire_view *wire, bool to_the_end)
{
	if (!to_the_end)
		return wire->is_settled;
	return wire->is_over || (wire->has_failed && !wire->was_answered);
}

/*
 * All that is there, and what is sure to come. Whatever made the program go on (an answer) has
 * passed the capture before it came here: only what answers to that can be on its way.
 */
static void collect(struct wire_view *wire, bool to_the_end)
{
	uint64_t give_up_ns = clock_elapsed_ns() + (wire->was_vain ? 0 : WAIT_NS);
	uint32_t collected = 0;
	int wait_ms = 0;

	fit_columns(wire);
	while (!wire->failed && collected < COLLECTED_MAX) {
		struct captured_frame frame;
		uint64_t now_ns;

		switch (live_capture_next(wire->live, wait_ms, &frame)) {
		case CAPTURE_FRAME:
			take_frame(wire, &frame);
			collected++;
			wait_ms = 0;
			continue;
		case CAPTURE_END:
			break;
		case CAPTURE_DAMAGED:
		case CAPTURE_FAILED:
		case CAPTURE_REFUSED:
			fail(wire);
			continue;
		}
		now_ns = clock_elapsed_ns();
		if (has_all(wire, to_the_end) || now_ns >= give_up_ns)
			break;
		wait_ms = (int)((give_up_ns - now_ns) / NS_PER_MS) + 1;
	}
	wire->was_vain = wire->frames == 0;
}

/* Frames that were lost since it was last asked. */
static uint64_t new_drops(struct wire_view *wire)
{
	uint64_t by_kernel = 0;
	uint64_t by_interface = 0;
	uint64_t told = wire->drops_told;

	live_capture_dropped(wire->live, &by_kernel, &by_interface);
	wire->drops_told = by_kernel;
	return by_kernel - told;
}

/* Whole lines: half an object would be none. */
static void move_lines(struct wire_view *wire, struct text_builder *to)
{
	uint64_t drops = new_drops(wire);
	const char *lines = text_builder_text(&wire->ladder);
	const char *last = memrchr(lines, '\n', wire->ladder.length);

	text_append_bytes(to, lines, last ? (size_t)(last + 1 - lines) : 0);
	if (wire->ladder.truncated)
		one_shot_complain("%s: --wire: too many segments at once; some are left out.",
				  wire->command);
	if (drops > 0)
		one_shot_complain("%s: --wire: %" PRIu64 " frames were lost by the capture.",
				  wire->command, drops);
	text_builder_clear(&wire->ladder);
}

static void move_text(struct text_builder *from, struct text_builder *to)
{
	text_append_bytes(to, text_builder_text(from), from->length);
	if (from->truncated)
		text_append(to, "  (the rest is too long to be shown)\n");
	text_builder_clear(from);
}

/* Below an empty line, as what stands above is an answer; and with one behind it. */
static void append_collected(struct wire_view *wire, struct text_builder *out)
{
	uint64_t drops;

	if (wire->ladder.length == 0)
		return;
	if (wire->json) {
		move_lines(wire, out);
		return;
	}
	text_append(out, "\n");
	move_text(&wire->ladder, out);
	move_text(&wire->details, out);
	if (wire->not_unfolded > 0)
		text_append_format(out,
				   "  (%zu more messages are not unfolded; `wiretale trace "
				   "--detail` does it of a capture)\n",
				   wire->not_unfolded);
	drops = new_drops(wire);
	if (drops > 0)
		text_append_format(out, "  (%" PRIu64 " frames were lost by the capture)\n", drops);
	text_append(out, "\n");
	wire->unfolded = 0;
	wire->not_unfolded = 0;
}

void wire_view_append(struct wire_view *wire, struct text_builder *out)
{
	if (!wire || !wire->is_known)
		return;
	collect(wire, false);
	append_collected(wire, out);
}

void wire_view_ended(struct wire_view *wire, struct text_builder *out)
{
	if (!wire || !wire->is_known)
		return;
	collect(wire, true);
	tcp_tracker_finish(wire->tracker);
	append_collected(wire, out);
	if (wire->has_failed && wire->frames == 0 && !wire->failed && !wire->json)
		text_append(out, "\n  (no segment of it left this machine)\n\n");
	forget_connection(wire);
	listen_to_port(wire, NO_PORT);
}

static void print(struct text_builder *text)
{
	if (text->length > 0)
		(void)fwrite(text_builder_text(text), 1, text->length, stdout);
	(void)fflush(stdout);
	text_builder_finish(text);
}

void wire_view_show(struct wire_view *wire)
{
	struct text_builder out;

	text_builder_init(&out, 3 * SHOWN_MAX_BYTES);
	wire_view_append(wire, &out);
	print(&out);
}

void wire_view_close(struct wire_view *wire)
{
	struct text_builder out;

	if (!wire)
		return;
	text_builder_init(&out, 3 * SHOWN_MAX_BYTES);
	wire_view_ended(wire, &out);
	print(&out);
	destroy(wire);
}
