/* The default view of a connection: what a person sees of it on a terminal. */
#include "report/story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/conversation.h"
#include "report/finding_text.h"
#include "report/readable.h"
#include "report/story_parts.h"
#include "report/wrapped_lines.h"

#define TEXT_MAX_BYTES (64u * 1024)
#define FINDINGS_MAX_BYTES (256u * 1024)
#define NAME_MAX_BYTES 512u
#define BAR_COLUMNS 30u
#define CHECKSUM_FRAMES_MAX 3u
#define LINES_SHOWN_MAX 12u               /* of a conversation */
#define LEDGER_WORTH_NS INT64_C(10000000) /* shorter connections say little by where time went */

#define BOLD "\x1b[1m"
#define DIM "\x1b[2m"
#define GREEN "\x1b[32m"
#define YELLOW "\x1b[33m"
#define PLAIN "\x1b[0m"

static void paint(struct text_builder *out, const struct story_style *style, const char *colour)
{
	if (style->colour)
		text_append(out, colour);
}

static void heading(struct text_builder *out, const struct tcp_connection *connection,
		    const struct story_style *style)
{
	char client[IP_ENDPOINT_TEXT_BYTES];
	char server[IP_ENDPOINT_TEXT_BYTES];
	const struct wrapped_lines lines = { .first = "", .next = "  ", .columns = style->columns };
	struct text_builder name;
	struct text_builder text;

	(void)ip_endpoint_text(&connection->ends[TCP_CLIENT].address,
			       connection->ends[TCP_CLIENT].port, client);
	(void)ip_endpoint_text(&connection->ends[TCP_SERVER].address,
			       connection->ends[TCP_SERVER].port, server);
	text_builder_init(&text, TEXT_MAX_BYTES);
	paint(&text, style, BOLD);
	text_append_format(&text, "Connection %" PRIu64, connection->number);
	paint(&text, style, PLAIN);
	text_append_format(&text, ": %s -> %s", client, server);
	text_builder_init(&name, NAME_MAX_BYTES);
	if (conversation_name(connection, &name))
		text_append_format(&text, ", %s", text_builder_text(&name));
	text_builder_finish(&name);
	wrapped_lines_append(out, text_builder_text(&text), &lines);
	text_builder_finish(&text);
}

/* "2023-05-04 19:52:34.780, 28.6 s, 9 segments: 5 bytes from the client, 0 from the server" */
static void measures(struct text_builder *out, const struct tcp_connection *connection,
		     const struct story_style *style)
{
	const struct tcp_end *ends = connection->ends;
	uint64_t segments = ends[TCP_CLIENT].segments + ends[TCP_SERVER].segments;
	const struct wrapped_lines lines = { .first = style->colour ? "  " DIM : "  ",
					     .next = "  ",
					     .columns = style->columns };
	struct text_builder text;

	text_builder_init(&text, TEXT_MAX_BYTES);
	readable_moment(&text, connection->start_ns, 3);
	text_append(&text, ", ");
	readable_duration(&text, connection->end_ns - connection->start_ns);
	text_append(&text, ", ");
	readable_count(&text, segments);
	text_append(&text, segments == 1 ? " segment" : " segments");
	if (ends[TCP_CLIENT].bytes + ends[TCP_SERVER].bytes > 0) {
		text_append(&text, ", ");
		readable_bytes(&text, ends[TCP_CLIENT].bytes);
		text_append(&text, " there, ");
		readable_bytes(&text, ends[TCP_SERVER].bytes);
		text_append(&text, " back");
	}
	paint(&text, style, PLAIN);
	wrapped_lines_append(out, text_builder_text(&text), &lines);
	text_builder_finish(&text);
}

/* "curl (process 4711) is the client, nginx (process 88) the server": where they run here. */
static void programs(struct text_builder *out, const struct tcp_connection *connection,
		     const struct story_style *style)
{
	const struct tcp_program *client = &connection->programs[TCP_CLIENT];
	const struct tcp_program *server = &connection->programs[TCP_SERVER];
	const struct wrapped_lines lines = { .first = style->colour ? "  " DIM : "  ",
					     .next = "  ",
					     .columns = style->columns };
	struct text_builder text;

	if (client->process == 0 && server->process == 0)
		return;
	text_builder_init(&text, TEXT_MAX_BYTES);
	if (client->process != 0)
		text_append_format(&text, "%s (process %" PRId64 ") is the client", client->name,
				   client->process);
	if (server->process != 0)
		text_append_format(&text, "%s%s (process %" PRId64 ")%s the server",
				   client->process != 0 ? ", " : "", server->name, server->process,
				   client->process != 0 ? "" : " is");
	paint(&text, style, PLAIN);
	wrapped_lines_append(out, text_builder_text(&text), &lines);
	text_builder_finish(&text);
}

static void story(struct text_builder *out, const struct tcp_connection *connection,
		  const struct story_style *style)
{
	const struct wrapped_lines lines = { .first = "  ",
					     .next = "  ",
					     .columns = style->columns };
	struct text_builder text;

	text_builder_init(&text, TEXT_MAX_BYTES);
	story_text(&text, connection);
	wrapped_lines_append(out, text_builder_text(&text), &lines);
	text_builder_finish(&text);
}

/* The frames that prove it; dots where there are more than are listed. */
static void finding_frames(struct text_builder *out, const struct tcp_finding *finding)
{
	if (finding->frame_count == 0)
		return;
	for (uint32_t i = 0; i < finding->frame_count; i++)
		text_append_format(out, i == 0 ? " [%" PRIu64 : " %" PRIu64, finding->frames[i]);
	if (finding->count > finding->frame_count && (finding->frame_count == FINDING_FRAMES_MAX ||
						      finding->kind == FINDING_CHECKSUM_OFFLOADED))
		text_append(out, " ...");
	text_append(out, "]");
}

/* Timeouts that their own lines call probes: see proves_timeout. */
static void correction(struct text_builder *out, const struct tcp_finding *finding)
{
	if (finding->kind != FINDING_RETRANSMISSION || finding->cause != CAUSE_TIMEOUT ||
	    finding->values[2] == 0)
		return;
	if (finding->values[2] == 1) {
		text_append(out, " (One was told as a tail loss probe at first.)");
		return;
	}
	text_append(out, " (");
	readable_count(out, (uint64_t)finding->values[2]);
	text_append(out, " were told as tail loss probes at first.)");
}

static const char *mark_of(enum tcp_confidence confidence, bool colour)
{
	switch (confidence) {
	case CONFIDENCE_SURE:
		return colour ? "  " GREEN "*" PLAIN " " : "  * ";
	case CONFIDENCE_LIKELY:
		return colour ? "  " YELLOW "~" PLAIN " " : "  ~ ";
	case CONFIDENCE_UNSURE:
	case CONFIDENCE_COUNT:
		break;
	}
	return colour ? "  " YELLOW "?" PLAIN " " : "  ? ";
}

static void one_finding(struct text_builder *out, const struct tcp_connection *connection,
			const struct tcp_finding *finding, const struct story_style *style)
{
	const struct wrapped_lines lines = {
		.first = mark_of(finding->confidence, style->colour),
		.next = "    ",
		.columns = style->columns,
	};
	struct text_builder text;

	text_builder_init(&text, TEXT_MAX_BYTES);
	if (finding->confidence == CONFIDENCE_LIKELY)
		text_append(&text, "Likely: ");
	else if (finding->confidence == CONFIDENCE_UNSURE)
		text_append(&text, "Perhaps: ");
	finding_text(&text, connection, finding);
	if (style->corrects)
		correction(&text, finding);
	finding_frames(&text, finding);
	wrapped_lines_append(out, text_builder_text(&text), &lines);
	text_builder_finish(&text);
}

/* They change nothing for whoever reads on: one for both sides, at the end, with few frames. */
static bool checksums_not_filled_in(const struct tcp_connection *connection,
				    struct tcp_finding *out)
{
	static const struct tcp_finding none = { .frame_count = 0 };
	const struct tcp_finding *client =
		findings_find(&connection->findings, FINDING_CHECKSUM_OFFLOADED, TCP_CLIENT);
	const struct tcp_finding *server =
		findings_find(&connection->findings, FINDING_CHECKSUM_OFFLOADED, TCP_SERVER);
	uint32_t of_client = 0;
	uint32_t of_server = 0;

	if (!client && !server)
		return false;
	if (!client)
		client = &none;
	if (!server)
		server = &none;
	*out = client->frame_count > 0 ? *client : *server;
	if (client->frame_count > 0 && server->frame_count > 0) {
		out->side = TCP_BOTH_SIDES;
		out->count = client->count + server->count;
	}
	out->frame_count = 0;
	while (out->frame_count < CHECKSUM_FRAMES_MAX) {
		bool more_of_client = of_client < client->frame_count;

		if (of_server < server->frame_count &&
		    (!more_of_client || server->frames[of_server] < client->frames[of_client]))
			finding_frame(out, server->frames[of_server++]);
		else if (more_of_client)
			finding_frame(out, client->frames[of_client++]);
		else
			break;
	}
	return true;
}

/* Compares two programs and says nothing of the connection: the JSON has it whole. */
static void labels_differ(struct text_builder *out, const struct tcp_connection *connection,
			  const struct story_style *style)
{
	const struct wrapped_lines lines = { .first = "    ",
					     .next = "    ",
					     .columns = style->columns };
	struct text_builder text;
	uint64_t count = 0;

	for (uint32_t i = 0; i < connection->findings.count; i++) {
		const struct tcp_finding *finding = &connection->findings.list[i];

		if (finding->kind == FINDING_LABELS_DIFFER)
			count += finding->count;
	}
	if (count == 0)
		return;
	text_builder_init(&text, TEXT_MAX_BYTES);
	text_append(&text, "(tshark would label ");
	readable_number_of(&text, count, "segment", "segments");
	text_append(&text, " otherwise: see --json.)");
	wrapped_lines_append(out, text_builder_text(&text), &lines);
	text_builder_finish(&text);
}

static bool is_listed(const struct tcp_connection *connection, const struct tcp_finding *finding)
{
	return finding->kind != FINDING_LIMIT && finding->kind != FINDING_LABELS_DIFFER &&
	       finding->kind != FINDING_CHECKSUM_OFFLOADED && !story_tells(connection, finding);
}

static void findings(struct text_builder *out, const struct tcp_connection *connection,
		     const struct story_style *style)
{
	struct tcp_finding checksums;
	struct text_builder lines;

	text_builder_init(&lines, FINDINGS_MAX_BYTES);
	for (uint32_t i = 0; i < connection->findings.count; i++) {
		if (is_listed(connection, &connection->findings.list[i]))
			one_finding(&lines, connection, &connection->findings.list[i], style);
	}
	if (checksums_not_filled_in(connection, &checksums))
		one_finding(&lines, connection, &checksums, style);
	labels_differ(&lines, connection, style);
	if (connection->findings.left_out > 0)
		text_append_format(&lines, "    ... and %" PRIu32 " more findings\n",
				   connection->findings.left_out);
	if (lines.length > 0) {
		text_append(out, "\n");
		text_append(out, text_builder_text(&lines));
	}
	text_builder_finish(&lines);
}

static void ledger_row(struct text_builder *out, enum tcp_ledger_part part, int64_t part_ns,
		       int64_t total_ns)
{
	/* by double: the product of two times does not fit 64 bits */
	double share = (double)part_ns / (double)total_ns;
	unsigned percent = (unsigned)(share * 100 + 0.5);
	unsigned bar = (unsigned)(share * BAR_COLUMNS + 0.5);
	struct text_builder time;

	text_builder_init(&time, 64);
	readable_duration(&time, part_ns);
	text_append_format(out, "    %-8s %12s ", tcp_ledger_part_name(part),
			   text_builder_text(&time));
	text_builder_finish(&time);
	if (percent == 0)
		text_append(out, " <1 %");
	else
		text_append_format(out, "%3u %%", percent);
	if (bar > 0)
		text_append(out, "  ");
	for (unsigned i = 0; i < bar; i++)
		text_append(out, "#");
	text_append(out, "\n");
}

/* Where the time went, largest first, and the one plain answer above it. */
static void ledger(struct text_builder *out, const struct tcp_connection *connection,
		   const struct story_style *style)
{
	const int64_t *parts_ns = connection->ledger.parts_ns;
	const struct tcp_finding *limit =
		findings_find(&connection->findings, FINDING_LIMIT, TCP_BOTH_SIDES);
	int64_t total_ns = 0;
	unsigned shown = 0; /* a set of parts */

	for (unsigned part = 0; part < LEDGER_PART_COUNT; part++)
		total_ns += parts_ns[part];
	if (total_ns < LEDGER_WORTH_NS)
		return;
	text_append(out, "\n");
	if (limit && limit->values[2] != LIMIT_NOTHING)
		one_finding(out, connection, limit, style);
	for (unsigned row = 0; row < LEDGER_PART_COUNT; row++) {
		unsigned largest = LEDGER_PART_COUNT;

		for (unsigned part = 0; part < LEDGER_PART_COUNT; part++) {
			if (!(shown & 1u << part) && parts_ns[part] > 0 &&
			    (largest == LEDGER_PART_COUNT || parts_ns[part] > parts_ns[largest]))
				largest = part;
		}
		if (largest == LEDGER_PART_COUNT)
			break;
		shown |= 1u << largest;
		ledger_row(out, (enum tcp_ledger_part)largest, parts_ns[largest], total_ns);
	}
}

static void and_more(struct text_builder *out, uint64_t count)
{
	if (count == 0)
		return;
	text_append(out, "    ... and ");
	readable_count(out, count);
	text_append(out, " more\n");
}

static void turn_row(struct text_builder *out, const struct dialogue_turn *turn)
{
	struct text_builder cell;

	text_builder_init(&cell, 64);
	readable_bytes(&cell, turn->bytes);
	text_append_format(out, "    %s %12s", tcp_side_name(turn->speaker),
			   text_builder_text(&cell));
	text_builder_clear(&cell);
	if (turn->thought_ns >= 0) {
		readable_duration(&cell, turn->thought_ns);
		text_append_format(out, "  after %9s", text_builder_text(&cell));
	} else {
		text_append_format(out, "  %15s", "");
	}
	text_builder_finish(&cell);
	if (turn->last_frame == turn->first_frame)
		text_append_format(out, "  [%" PRIu64 "]\n", turn->first_frame);
	else
		text_append_format(out, "  [%" PRIu64 "-%" PRIu64 "]\n", turn->first_frame,
				   turn->last_frame);
}

/* Those that the story has not told one by one. */
static void turns(struct text_builder *out, const struct dialogue *dialogue)
{
	uint32_t count = dialogue->turns_kept;

	if (dialogue->turn_count <= STORY_TURNS_TOLD_MAX || count == 0)
		return;
	if (count > LINES_SHOWN_MAX)
		count = LINES_SHOWN_MAX;
	text_append(out, "\n  Whose turn it was, and how long the other had thought:\n");
	for (uint32_t i = 0; i < count; i++)
		turn_row(out, &dialogue->turns[i]);
	and_more(out, dialogue->turn_count - count);
}

/* What a row of the conversation says behind the time and the side. */
static void message_said(struct text_builder *out, const struct conversation_line *message)
{
	text_append(out, message->name);
	if (message->detail[0] != '\0')
		text_append_format(out, "%s %s", strcmp(message->name, "text") == 0 ? "" : ":",
				   message->detail);
	if (!message->whole)
		text_append(out, " (not all of it is kept)");
}

/* Rows of one side that say the same, one below the other, become one with their number. */
struct message_rows {
	enum tcp_side from; /* of the row that is not printed yet */
	uint64_t frame;     /* its first */
	uint64_t last_frame;
	struct text_builder said;     /* by the row that is not printed yet */
	struct text_builder said_now; /* by the one that comes */
	char first[64];               /* what stands before `said` */
	uint64_t times;               /* how often; 0: there is no row yet */
	uint64_t shown;               /* rows printed */
	uint64_t messages;            /* in them */
};

static void print_row(struct text_builder *out, struct message_rows *rows,
		      const struct story_style *style)
{
	const struct wrapped_lines lines = { .first = rows->first,
					     .next = "                          ",
					     .columns = style->columns };

	if (rows->times == 0 || rows->shown == LINES_SHOWN_MAX)
		return;
	if (rows->shown == 0)
		text_append(out, "\n  What was said:\n");
	if (rows->last_frame == rows->frame)
		readable_frames(&rows->said, &rows->frame, 1);
	else
		text_append_format(&rows->said, " [%" PRIu64 "-%" PRIu64 "]", rows->frame,
				   rows->last_frame);
	if (rows->times == 2) {
		text_append(&rows->said, ", twice");
	} else if (rows->times > 2) {
		text_append(&rows->said, ", ");
		readable_count(&rows->said, rows->times);
		text_append(&rows->said, " times");
	}
	wrapped_lines_append(out, text_builder_text(&rows->said), &lines);
	rows->shown++;
	rows->messages += rows->times;
}

static void take_message(struct text_builder *out, struct message_rows *rows,
			 const struct conversation_line *message, const struct story_style *style)
{
	struct text_builder time;

	text_builder_clear(&rows->said_now);
	message_said(&rows->said_now, message);
	if (rows->times > 0 && rows->from == message->from &&
	    strcmp(text_builder_text(&rows->said_now), text_builder_text(&rows->said)) == 0) {
		rows->times++;
		rows->last_frame = message->frame;
		return;
	}
	print_row(out, rows, style);
	text_builder_init(&time, sizeof(rows->first));
	readable_duration(&time, message->time_ns);
	(void)snprintf(rows->first, sizeof(rows->first), "    %10s  %s  ", text_builder_text(&time),
		       tcp_side_name(message->from));
	text_builder_finish(&time);
	text_builder_clear(&rows->said);
	text_append(&rows->said, text_builder_text(&rows->said_now));
	rows->from = message->from;
	rows->frame = message->frame;
	rows->last_frame = message->frame;
	rows->times = 1;
}

/* What was said, where the protocol is known; else whose turn it was. */
static void conversation(struct text_builder *out, const struct tcp_connection *connection,
			 const struct story_style *style)
{
	struct message_rows rows = { .times = 0 };
	struct conversation conversation;
	struct conversation_line message;
	uint64_t count = 0;

	if (!conversation_protocol(connection)) {
		turns(out, &connection->dialogue);
		return;
	}
	text_builder_init(&rows.said, TEXT_MAX_BYTES);
	text_builder_init(&rows.said_now, TEXT_MAX_BYTES);
	conversation_begin(&conversation, connection);
	for (; conversation_next(&conversation, &message); count++)
		take_message(out, &rows, &message, style);
	conversation_finish(&conversation);
	print_row(out, &rows, style);
	and_more(out, count - rows.messages);
	if (count == 0)
		turns(out, &connection->dialogue);
	text_builder_finish(&rows.said);
	text_builder_finish(&rows.said_now);
}

void story_connection(struct text_builder *out, const struct tcp_connection *connection,
		      const struct story_style *style)
{
	heading(out, connection, style);
	measures(out, connection, style);
	programs(out, connection, style);
	text_append(out, "\n");
	story(out, connection, style);
	findings(out, connection, style);
	ledger(out, connection, style);
	conversation(out, connection, style);
}
