/* --connections: one line for each connection. */
#include "report/story.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "report/readable.h"

/* What the columns take; narrower terminals get those that matter most. */
#define WIDE_COLUMNS 118u
#define WIDE_COLUMNS_WITH_LABEL 148u

#define BOLD "\x1b[1m"
#define PLAIN "\x1b[0m"

static bool is_wide(const struct story_style *style)
{
	return style->columns == 0 || style->columns >= WIDE_COLUMNS;
}

static bool has_labels(const struct story_style *style)
{
	return style->columns == 0 || style->columns >= WIDE_COLUMNS_WITH_LABEL;
}

void story_table_heading(struct text_builder *out, const struct story_style *style)
{
	if (style->colour)
		text_append(out, BOLD);
	if (is_wide(style))
		text_append_format(out, "%5s %-21s %-21s %-12s %9s %-12s %-12s %6s %6s %5s%s",
				   "no.", "client", "server", "start", "duration", "opening",
				   "closing", "->", "<-", "again",
				   has_labels(style) ? " most often" : "");
	else
		text_append_format(out, "%3s %-21s %-20s %8s %-12s %5s %5s", "no.", "client",
				   "server", "duration", "closing", "->", "<-");
	if (style->colour)
		text_append(out, PLAIN);
	text_append(out, "\n");
}

/* The label that most segments have, with how many; nothing where none has one. */
static void top_label(struct text_builder *out, const struct tcp_connection *connection)
{
	const uint64_t *counts = connection->label_counts;
	unsigned top = 0;

	for (unsigned label = 1; label < LABEL_COUNT; label++) {
		if (counts[label] > counts[top])
			top = label;
	}
	if (counts[top] > 0)
		text_append_format(out, " %s (%" PRIu64 ")", tcp_label_name((enum tcp_label)top),
				   counts[top]);
}

/* The first three columns of a row. */
struct ends_columns {
	int number;
	int client;
	int server;
};

static void append_blanks(struct text_builder *out, int count)
{
	text_append_format(out, "%*s", count > 0 ? count : 0, "");
}

/* Addresses of IPv6 may take the room of both, or a line of their own. */
static void append_ends(struct text_builder *out, const struct tcp_connection *connection,
			struct ends_columns columns, bool one_line)
{
	const struct tcp_end *ends = connection->ends;
	char client[IP_ENDPOINT_TEXT_BYTES + DECIMAL_MAX_BYTES];
	char server[IP_ENDPOINT_TEXT_BYTES];
	char address[IP_ENDPOINT_TEXT_BYTES];
	int server_at = columns.number + 1 + columns.client + 1;
	int room = server_at + columns.server;
	int more;
	int used;

	(void)ip_endpoint_text(&ends[TCP_CLIENT].address, ends[TCP_CLIENT].port, address);
	(void)ip_endpoint_text(&ends[TCP_SERVER].address, ends[TCP_SERVER].port, server);
	used = snprintf(client, sizeof(client), "%*" PRIu64 " %s", columns.number,
			connection->number, address);
	more = (int)strlen(server);
	text_append(out, client);
	if (used < server_at && more <= columns.server) {
		append_blanks(out, server_at - used);
		used = server_at;
	} else if (one_line || used + 1 + more <= room) {
		text_append(out, " ");
		used++;
	} else {
		text_append_format(out, "\n%*s -> ", columns.number, "");
		used = columns.number + 4;
	}
	text_append(out, server);
	used += more;
	if (used > room && !one_line) {
		text_append(out, "\n");
		used = 0;
	}
	append_blanks(out, room - used);
}

/* In the narrow table: how it ended, or why it never began. */
static const char *outcome(const struct tcp_connection *connection)
{
	switch (connection->opening.kind) {
	case OPENING_REFUSED:
	case OPENING_UNANSWERED:
	case OPENING_HALF:
		return tcp_opening_name(connection->opening.kind);
	case OPENING_MIDSTREAM:
	case OPENING_HANDSHAKE:
	case OPENING_SIMULTANEOUS:
	case OPENING_COUNT:
		break;
	}
	return tcp_closing_name(connection->closing.kind);
}

void story_table_row(struct text_builder *out, const struct tcp_connection *connection,
		     const struct story_style *style)
{
	const struct tcp_end *ends = connection->ends;
	struct text_builder cells[4];

	for (unsigned i = 0; i < 4; i++)
		text_builder_init(&cells[i], 64);
	for (unsigned side = 0; side < 2; side++)
		readable_short_bytes(&cells[side], ends[side].bytes);
	readable_duration(&cells[2], connection->end_ns - connection->start_ns);
	readable_time_of_day(&cells[3], connection->start_ns, 3);
	if (is_wide(style)) {
		append_ends(out, connection, (struct ends_columns){ 5, 21, 21 },
			    style->columns == 0);
		text_append_format(out, " %-12s %9s %-12s %-12s %6s %6s %5" PRIu64,
				   text_builder_text(&cells[3]), text_builder_text(&cells[2]),
				   tcp_opening_name(connection->opening.kind),
				   tcp_closing_name(connection->closing.kind),
				   text_builder_text(&cells[0]), text_builder_text(&cells[1]),
				   ends[TCP_CLIENT].retransmissions +
					   ends[TCP_SERVER].retransmissions);
		if (has_labels(style))
			top_label(out, connection);
	} else {
		append_ends(out, connection, (struct ends_columns){ 3, 21, 20 }, false);
		text_append_format(out, " %8s %-12s %5s %5s", text_builder_text(&cells[2]),
				   outcome(connection), text_builder_text(&cells[0]),
				   text_builder_text(&cells[1]));
	}
	text_append(out, "\n");
	for (unsigned i = 0; i < 4; i++)
		text_builder_finish(&cells[i]);
}
