#include "chat_ui/render.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/display_width.h"
#include "net/address.h"

#define CELL_MAX_BYTES 1024u /* a name of 64 bytes, each made a visible escape */
#define WORDS_MAX_BYTES 400u /* of a sentence that the server wrote */

void render_colour_begin(struct text_builder *out, struct render_style style, const char *sgr)
{
	if (style.colour)
		text_append_format(out, "\033[%sm", sgr);
}

void render_colour_end(struct text_builder *out, struct render_style style)
{
	if (style.colour)
		text_append(out, "\033[0m");
}

static void append_coloured(struct text_builder *out, struct render_style style, const char *sgr,
			    const char *text)
{
	render_colour_begin(out, style, sgr);
	text_append(out, text);
	render_colour_end(out, style);
}

static void append_harmless_text(struct text_builder *out, const char *text)
{
	text_append_harmless(out, text, strlen(text));
}

void render_address(const struct wt_address *address, char out[RENDER_ADDRESS_BYTES])
{
	struct net_address socket_address = { 0 };
	char text[NET_ADDRESS_TEXT_BYTES];

	if (address->family == 6) {
		socket_address.length = sizeof(socket_address.socket.v6);
		socket_address.socket.v6.sin6_family = AF_INET6;
		memcpy(&socket_address.socket.v6.sin6_addr, address->bytes, 16);
	} else {
		socket_address.length = sizeof(socket_address.socket.v4);
		socket_address.socket.v4.sin_family = AF_INET;
		memcpy(&socket_address.socket.v4.sin_addr, address->bytes, 4);
	}
	net_address_set_port(&socket_address, address->port);
	net_address_text(&socket_address, text);
	_Static_assert(sizeof(text) <= RENDER_ADDRESS_BYTES, "the text fits");
	memcpy(out, text, sizeof(text));
}

void render_peer(struct text_builder *out, struct render_style style, const struct wt_peer *peer)
{
	char address[RENDER_ADDRESS_BYTES];

	render_address(&peer->address, address);
	render_colour_begin(out, style, RENDER_BOLD);
	if (peer->name) {
		text_append_format(out, "%" PRIu32 " @", peer->number);
		append_harmless_text(out, peer->name);
	} else {
		text_append_format(out, "client %" PRIu32, peer->number);
	}
	render_colour_end(out, style);
	text_append_format(out, " (%s)", address);
}

void render_duration(struct text_builder *out, uint64_t duration_ns)
{
	uint64_t us = duration_ns / 1000;

	if (us < 1000 * MS_PER_S)
		text_append_format(out, "%" PRIu64 ".%03" PRIu64 " ms", us / 1000, us % 1000);
	else
		text_append_format(out, "%" PRIu64 ".%03" PRIu64 " s", us / 1000000,
				   us / 1000 % 1000);
}

/* Of "2026-11-20T21:00:03+08:00", local. */
#define DATE_BYTES 10
#define TIME_AT 11
#define TIME_BYTES 8

void render_time_of_day(struct text_builder *out, uint64_t wall_ns)
{
	char text[CLOCK_TEXT_BYTES] = "";

	clock_text(wall_ns, clock_zone_s(wall_ns), 0, text);
	text_append_bytes(out, text + TIME_AT, TIME_BYTES);
}

void render_date_and_time(struct text_builder *out, uint64_t wall_ns)
{
	char text[CLOCK_TEXT_BYTES] = "";

	clock_text(wall_ns, clock_zone_s(wall_ns), 0, text);
	text_append_bytes(out, text, DATE_BYTES);
	text_append(out, " ");
	text_append_bytes(out, text + TIME_AT, TIME_BYTES);
}

static void append_time_column(struct text_builder *out, struct render_style style,
			       uint64_t wall_ns)
{
	render_colour_begin(out, style, RENDER_DIM);
	render_time_of_day(out, wall_ns);
	render_colour_end(out, style);
	text_append(out, "  ");
}

void render_message(struct text_builder *out, struct render_style style,
		    const struct wt_event *event)
{
	append_time_column(out, style, event->as.message.time_ns);
	render_peer(out, style, &event->as.message.from);
	if (event->as.message.room) {
		text_append(out, " in #");
		append_harmless_text(out, event->as.message.room);
	}
	text_append(out, ": ");
	text_append_harmless(out, event->as.message.data, event->as.message.data_bytes);
	text_append(out, "\n");
}

void render_presence(struct text_builder *out, struct render_style style,
		     const struct wt_event *event, const char *old_name, uint64_t now_ns)
{
	struct wt_peer peer = event->as.presence.peer;
	const char *new_name = peer.name;

	if (old_name)
		peer.name = *old_name ? old_name : NULL;
	append_time_column(out, style, now_ns);
	render_peer(out, style, &peer);
	if (!event->as.presence.came) {
		text_append(out, " went\n");
	} else if (!old_name) {
		text_append(out, " came\n");
	} else if (!new_name) {
		text_append(out, " has no name now\n");
	} else {
		text_append(out, " is called ");
		append_harmless_text(out, new_name);
		text_append(out, " now\n");
	}
}

/* A sentence of the server's, cut to a length that nobody minds. */
static void append_server_words(struct text_builder *out, const char *text)
{
	size_t length = strnlen(text, WORDS_MAX_BYTES + 1);

	if (length <= WORDS_MAX_BYTES) {
		text_append_harmless(out, text, length);
		return;
	}
	length = WORDS_MAX_BYTES;
	while (length > 0 && ((uint8_t)text[length] & 0xc0) == 0x80)
		length--; /* not in the middle of a character */
	text_append_harmless(out, text, length);
	text_append(out, "...");
}

/* "no-such-client (there is no client 9)" */
static void append_status(struct text_builder *out, enum wt_status status, const char *text)
{
	text_append(out, wt_status_text(status));
	if (text && *text) {
		text_append(out, " (");
		append_server_words(out, text);
		text_append(out, ")");
	}
}

static void append_retry(struct text_builder *out, uint32_t retry_after_ms)
{
	if (retry_after_ms == 0)
		return;
	text_append(out, "; try again in ");
	render_duration(out, retry_after_ms * NS_PER_MS);
}

static void append_delivery(struct text_builder *out, struct render_style style,
			    const struct wt_event *event)
{
	if (!event->as.verdict.to_room) {
		append_coloured(out, style, RENDER_GREEN, "delivered");
	} else if (event->as.verdict.count == 0) {
		append_coloured(out, style, RENDER_YELLOW, "sent, but no other member took it");
	} else {
		render_colour_begin(out, style, RENDER_GREEN);
		text_append_format(out, "delivered to %" PRIu32 " %s", event->as.verdict.count,
				   event->as.verdict.count == 1 ? "member" : "members");
		render_colour_end(out, style);
	}
}

enum wt_outcome render_true_outcome(const struct wt_event *event)
{
	if (event->as.verdict.outcome == WT_OUTCOME_NONE &&
	    event->as.verdict.status == WT_STATUS_TIMEOUT)
		return WT_OUTCOME_UNKNOWN;
	return event->as.verdict.outcome;
}

/* The recipient had it, or may have had it, when something came between. */
static bool may_have_arrived(enum wt_status status)
{
	return status == WT_STATUS_GONE || status == WT_STATUS_SHUTTING_DOWN ||
	       status == WT_STATUS_INTERNAL;
}

static void append_failure(struct text_builder *out, struct render_style style,
			   const struct wt_event *event)
{
	bool surely = !may_have_arrived(event->as.verdict.status);

	append_coloured(out, style, RENDER_RED, surely ? "not delivered" : "not acknowledged");
	text_append(out, ": ");
	append_status(out, event->as.verdict.status, event->as.verdict.text);
	text_append(out, surely ? "" : "; it may not have arrived");
	append_retry(out, event->as.verdict.retry_after_ms);
}

static void append_uncertainty(struct text_builder *out, struct render_style style,
			       const struct wt_event *event)
{
	append_coloured(out, style, RENDER_YELLOW, "unknown");
	if (event->as.verdict.outcome == WT_OUTCOME_UNKNOWN)
		text_append(out, ": the connection ended first; it may have arrived, or not");
	else
		text_append(out, ": no acknowledgement within 10 s; it may have arrived");
}

void render_outcome(struct text_builder *out, struct render_style style,
		    const struct wt_event *event)
{
	switch (render_true_outcome(event)) {
	case WT_OUTCOME_DELIVERED:
		append_delivery(out, style, event);
		break;
	case WT_OUTCOME_STORED:
		append_coloured(out, style, RENDER_GREEN, "stored for later delivery");
		break;
	case WT_OUTCOME_PASSED:
		append_coloured(out, style, RENDER_GREEN, "passed on");
		text_append(out, " (to a client of the classic dialect, which cannot confirm it)");
		break;
	case WT_OUTCOME_UNKNOWN:
		append_uncertainty(out, style, event);
		break;
	case WT_OUTCOME_NONE:
		append_failure(out, style, event);
		break;
	}
}

void render_verdict(struct text_builder *out, struct render_style style, const struct recipient *to,
		    const struct wt_event *event)
{
	text_append(out, "To ");
	recipient_append(out, to);
	text_append(out, ": ");
	render_outcome(out, style, event);
	text_append(out, ", after ");
	render_duration(out, event->as.verdict.elapsed_ns);
	text_append(out, "\n");
}

void render_connected(struct text_builder *out, struct render_style style,
		      const struct wt_event *event, const char *server)
{
	char address[RENDER_ADDRESS_BYTES];

	render_address(&event->as.connected.address, address);
	append_coloured(out, style, RENDER_GREEN, "Connected");
	text_append(out, " to ");
	append_harmless_text(out, server);
	if (event->as.connected.server_name && *event->as.connected.server_name) {
		text_append(out, ", which is called ");
		append_harmless_text(out, event->as.connected.server_name);
	}
	text_append_format(out, ". You are client %" PRIu32 " (%s).\n", event->as.connected.number,
			   address);
	if (event->as.connected.banner && *event->as.connected.banner) {
		text_append(out, "It says: ");
		append_server_words(out, event->as.connected.banner);
		text_append(out, "\n");
	}
}

void render_disconnect_reason(struct text_builder *out, const struct wt_event *event)
{
	const char *text = event->as.disconnected.text;

	if (event->as.disconnected.reason == WT_REFUSED)
		append_status(out, event->as.disconnected.status, text);
	else if (text && *text)
		append_server_words(out, text);
	else
		text_append(out, wt_result_text(event->as.disconnected.reason));
}

void render_connect_failure(struct text_builder *out, const char *server, const char *why,
			    enum wt_result result)
{
	/* The library's own words may name the host, which is then named once. */
	if (strncmp(why, "cannot ", strlen("cannot ")) != 0) {
		text_append(out, "cannot connect to ");
		append_server_words(out, server);
		text_append(out, ": ");
	}
	append_server_words(out, *why ? why : wt_result_text(result));
}

const char *render_connect_hint(const char *why, enum wt_result result)
{
	if (result == WT_TIMEOUT || strstr(why, "refused") || strstr(why, "no answer in time"))
		return " Is wiretaled running there?";
	if (result == WT_PROTOCOL && strstr(why, "not of this protocol"))
		return " This may be its classic port, or another service.";
	return "";
}

void render_refusal(struct text_builder *out, const struct wt_event *event)
{
	const char *text = event->as.answer.text;

	if (event->as.answer.result == WT_REFUSED) {
		append_status(out, event->as.answer.status, text);
		append_retry(out, event->as.answer.retry_after_ms);
	} else if (event->as.answer.result == WT_CLOSED) {
		text_append(out, "the connection ended before the answer came");
	} else {
		text_append(out, wt_result_text(event->as.answer.result));
	}
}

/* A name as a cell of a table: made harmless, "-" where there is none. */
static void append_name_cell(struct text_builder *out, const char *name, size_t columns)
{
	struct text_builder cell;

	text_builder_init(&cell, CELL_MAX_BYTES);
	if (name)
		append_harmless_text(&cell, name);
	else
		text_append(&cell, "-");
	display_append_left(out, text_builder_text(&cell), columns);
	text_builder_finish(&cell);
}

static size_t name_columns(const char *name)
{
	struct text_builder cell;
	size_t columns;

	if (!name)
		return 1;
	text_builder_init(&cell, CELL_MAX_BYTES);
	append_harmless_text(&cell, name);
	columns = display_width(text_builder_text(&cell));
	text_builder_finish(&cell);
	return columns;
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

void render_list(struct text_builder *out, struct render_style style, const struct wt_event *event,
		 uint32_t own_number)
{
	const struct wt_peer *peers = event->as.answer.peers;
	size_t count = event->as.answer.count;
	size_t address_columns = strlen("ADDRESS");
	size_t names = strlen("NAME");

	for (size_t i = 0; i < count; i++) {
		char address[RENDER_ADDRESS_BYTES];

		render_address(&peers[i].address, address);
		address_columns = larger(address_columns, strlen(address));
		names = larger(names, name_columns(peers[i].name));
	}
	render_colour_begin(out, style, RENDER_DIM);
	text_append(out, "NUMBER  ");
	display_append_left(out, "ADDRESS", address_columns);
	text_append(out, "  ");
	display_append_left(out, "NAME", names);
	text_append(out, "  CONNECTED SINCE");
	render_colour_end(out, style);
	text_append(out, "\n");
	for (size_t i = 0; i < count; i++) {
		char address[RENDER_ADDRESS_BYTES];

		render_address(&peers[i].address, address);
		text_append_format(out, "%6" PRIu32 "  ", peers[i].number);
		display_append_left(out, address, address_columns);
		text_append(out, "  ");
		append_name_cell(out, peers[i].name, names);
		text_append(out, "  ");
		render_date_and_time(out, peers[i].since_ns);
		if (peers[i].number == own_number)
			text_append(out, "  (you)");
		text_append(out, "\n");
	}
}

void render_rooms(struct text_builder *out, struct render_style style, const struct wt_event *event)
{
	const struct wt_room *rooms = event->as.answer.rooms;
	size_t count = event->as.answer.count;

	if (count == 0) {
		text_append(out, "There are no rooms. The first to join one makes it.\n");
		return;
	}
	append_coloured(out, style, RENDER_DIM, "MEMBERS  ROOM");
	text_append(out, "\n");
	for (size_t i = 0; i < count; i++) {
		text_append_format(out, "%7" PRIu32 "  #", rooms[i].members);
		append_harmless_text(out, rooms[i].name);
		text_append(out, "\n");
	}
}

void render_server_time(struct text_builder *out, const struct wt_event *event)
{
	char text[CLOCK_TEXT_BYTES] = "";

	clock_text(event->as.answer.time_ns, event->as.answer.zone_s, 9, text);
	text_append(out, text);
}

void render_round_trips(struct text_builder *out, size_t requests,
			const struct round_trip_summary *summary)
{
	text_append_format(out, "%zu %s, %zu %s", requests, requests == 1 ? "request" : "requests",
			   summary->count, summary->count == 1 ? "response" : "responses");
	if (summary->count > 0) {
		text_append(out, ": min ");
		render_duration(out, summary->min_ns);
		text_append(out, ", median ");
		render_duration(out, summary->median_ns);
		text_append(out, ", max ");
		render_duration(out, summary->max_ns);
	}
	text_append(out, "\n");
}
