/* What stands above a ladder. */
#include "report/ladder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ip_address.h"
#include "report/ladder_layout.h"
#include "report/ladder_row.h"

static void endpoint(const struct tcp_connection *connection, enum tcp_side side,
		     char text[IP_ENDPOINT_TEXT_BYTES])
{
	(void)ip_endpoint_text(&connection->ends[side].address, connection->ends[side].port, text);
}

/* At that column, or as far left of it as the line is too short; in a new line, if that is taken.
 */
static void place(struct ladder_row *row, const struct ladder_layout *layout, size_t column,
		  const char *text, const char *sgr)
{
	size_t width = strlen(text);

	if (column + width > layout->end)
		column = width < layout->end ? layout->end - width : 0;
	if (row->column > 0 && row->column >= column)
		ladder_row_end(row);
	ladder_row_to(row, column);
	ladder_row_text(row, text, sgr);
}

/* At the left over the client's lifeline, at the right over the server's. */
static void two_sides(struct ladder_row *row, const struct ladder_layout *layout,
		      const char *client, const char *server, const char *sgr)
{
	size_t width = strlen(server);

	place(row, layout, layout->client, client, sgr);
	place(row, layout, width <= layout->server ? layout->server + 1 - width : 0, server, sgr);
	ladder_row_end(row);
}

/* One line for a connection among others: where they are told apart by their numbers. */
static void introduce(struct ladder_row *row, const struct tcp_connection *connection,
		      const struct ladder_layout *layout)
{
	static const char client[] = "client ";
	static const char server[] = "server ";
	char number[32];
	char left[sizeof(client) + IP_ENDPOINT_TEXT_BYTES];
	char right[sizeof(server) + IP_ENDPOINT_TEXT_BYTES];

	(void)snprintf(number, sizeof(number), "#%" PRIu64, connection->number);
	memcpy(left, client, sizeof(client));
	endpoint(connection, TCP_CLIENT, left + sizeof(client) - 1);
	memcpy(right, server, sizeof(server));
	endpoint(connection, TCP_SERVER, right + sizeof(server) - 1);
	ladder_row_text(row, number, LADDER_BOLD);
	two_sides(row, layout, left, right, LADDER_BOLD);
}

void ladder_heading(struct text_builder *out, const struct tcp_connection *connection,
		    const struct ladder_style *style)
{
	const struct ladder_layout layout = ladder_layout_of(style);
	struct ladder_row row = { .out = out, .colour = style->colour };
	char client[IP_ENDPOINT_TEXT_BYTES];
	char server[IP_ENDPOINT_TEXT_BYTES];
	char number[32];

	if (style->mixed) {
		introduce(&row, connection, &layout);
		return;
	}
	endpoint(connection, TCP_CLIENT, client);
	endpoint(connection, TCP_SERVER, server);
	(void)snprintf(number, sizeof(number), "Connection %" PRIu64, connection->number);
	ladder_row_text(&row, number, LADDER_BOLD);
	two_sides(&row, &layout, "client", "server", LADDER_BOLD);
	ladder_row_text(&row, "frame", LADDER_DIM);
	ladder_row_to(&row, layout.margin - strlen("seconds"));
	ladder_row_text(&row, "seconds", LADDER_DIM);
	two_sides(&row, &layout, client, server, NULL);
}
