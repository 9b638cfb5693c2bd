#include "programs/socket_events.h"

#include <stdio.h>
#include <string.h>

#include "base/error_name.h"
#include "base/json_writer.h"
#include "base/utf8.h"
#include "net/address.h"
#include "socket_peer/byte_notation.h"

#define WHO_BYTES 32u
/* So many zero bytes in a row are counted instead of shown: what pads an answer. */
#define ZEROS_COUNTED 4u

/* "client 3", "the peer" */
static void name_peer(const struct socket_telling *telling, uint32_t number, char out[WHO_BYTES])
{
	if (telling->listens)
		(void)snprintf(out, WHO_BYTES, "client %u", (unsigned)number);
	else
		(void)snprintf(out, WHO_BYTES, "the peer");
}

static void append_capital(struct text_builder *out, const char *who)
{
	text_append_format(out, "%c%s", who[0] - 'a' + 'A', who + 1);
}

static size_t zeros_at(const uint8_t *bytes, size_t length)
{
	size_t count = 0;

	while (count < length && bytes[count] == 0)
		count++;
	return count;
}

/* A line without its end. */
static void append_line_bytes(struct text_builder *out, struct render_style style,
			      const uint8_t *bytes, size_t length)
{
	size_t at = 0;
	size_t plain = 0;

	while (at < length) {
		size_t zeros = zeros_at(bytes + at, length - at);

		if (zeros < ZEROS_COUNTED) {
			at += zeros > 0 ? zeros : 1;
			continue;
		}
		text_append_harmless(out, bytes + plain, at - plain);
		render_colour_begin(out, style, RENDER_DIM);
		text_append_format(out, " (%zu zero bytes)", zeros);
		render_colour_end(out, style);
		at += zeros;
		plain = at;
	}
	text_append_harmless(out, bytes + plain, length - plain);
}

static void append_from(struct text_builder *out, const struct socket_telling *telling,
			uint32_t number)
{
	render_colour_begin(out, telling->style, RENDER_CYAN);
	if (telling->listens)
		text_append_format(out, "%u< ", (unsigned)number);
	else
		text_append(out, "< ");
	render_colour_end(out, telling->style);
}

static void append_data(struct text_builder *out, const struct socket_telling *telling,
			const struct socket_peer_event *event)
{
	const uint8_t *bytes = event->bytes;
	size_t left = event->length;

	if (telling->hex) {
		struct text_builder from;

		text_builder_init(&from, 256);
		append_from(&from, telling, event->number);
		byte_notation_append_dump(out, text_builder_text(&from), event->place, bytes, left);
		text_builder_finish(&from);
		return;
	}
	while (left > 0) {
		const uint8_t *end = memchr(bytes, '\n', left);
		size_t length = end ? (size_t)(end - bytes) : left;

		append_from(out, telling, event->number);
		append_line_bytes(out, telling->style, bytes, length);
		text_append(out, "\n");
		length += end ? 1 : 0;
		bytes += length;
		left -= length;
	}
}

static void append_connected(struct text_builder *out, const struct socket_telling *telling,
			     const struct socket_peer_event *event)
{
	char local[NET_ADDRESS_TEXT_BYTES];
	char remote[NET_ADDRESS_TEXT_BYTES];

	net_address_text(event->local, local);
	net_address_text(event->remote, remote);
	if (telling->listens) {
		text_append_format(out, "Client %u is connected: from %s to %s.\n",
				   (unsigned)event->number, remote, local);
		return;
	}
	text_append_format(out, "Connected to %s from %s.\n", remote, local);
	if (strcmp(local, remote) == 0)
		text_append(out, "That is this very socket: nobody listens there, and the kernel "
				 "happened to lend it just that port.\n");
}

static void append_half_closed(struct text_builder *out, const struct socket_telling *telling,
			       const struct socket_peer_event *event)
{
	char who[WHO_BYTES];

	name_peer(telling, event->number, who);
	if (event->by == SOCKET_PEER_US) {
		text_append_format(
			out, "We send %s nothing more (our FIN); what comes is still read.\n", who);
		return;
	}
	append_capital(out, who);
	text_append(out, " sends nothing more (its FIN); our side is still open: CLOSE_WAIT.\n");
}

/* Behind "We closed ..." */
static const char *reason(enum socket_peer_why why)
{
	switch (why) {
	case SOCKET_PEER_WHY_WORD:
		return ": the word came";
	case SOCKET_PEER_WHY_COUNT:
		return ": the bytes came";
	case SOCKET_PEER_WHY_TIME:
		return ": its time was over";
	case SOCKET_PEER_WHY_IDLE:
		return ": nothing came for too long";
	case SOCKET_PEER_WHY_PEER:
	case SOCKET_PEER_WHY_ASKED:
		break;
	}
	return "";
}

static void append_lost(struct text_builder *out, const char *who,
			const struct socket_peer_event *event)
{
	const char *name = error_name(event->error);

	text_append_format(out, "The connection with %s is lost: %s", who, strerror(event->error));
	if (name)
		text_append_format(out, " (%s)", name);
	text_append(out, ".");
}

static void append_end(struct text_builder *out, const char *who,
		       const struct socket_peer_event *event)
{
	bool reset = event->how == SOCKET_PEER_BY_RESET;

	switch (event->by) {
	case SOCKET_PEER_THEM:
		append_capital(out, who);
		text_append(out, reset ? " reset the connection (RST)."
				       : " closed the connection (FIN), then we did.");
		break;
	case SOCKET_PEER_US:
		if (!reset && event->why == SOCKET_PEER_WHY_PEER) {
			append_capital(out, who);
			text_append(out, " closed too (FIN); we were first.");
			break;
		}
		text_append_format(out, "We %s the connection with %s (%s)%s",
				   reset ? "reset" : "closed", who, reset ? "RST" : "FIN",
				   reason(event->why));
		if (reset && event->unread_bytes > 0)
			text_append_format(out,
					   "; the kernel sends RST where bytes were not read: %zu",
					   event->unread_bytes);
		text_append(out, ".");
		break;
	case SOCKET_PEER_NOBODY:
		append_lost(out, who, event);
		break;
	}
}

static void append_closed(struct text_builder *out, const struct socket_telling *telling,
			  const struct socket_peer_event *event)
{
	bool badly = event->how != SOCKET_PEER_BY_FIN;
	char who[WHO_BYTES];

	name_peer(telling, event->number, who);
	if (badly)
		render_colour_begin(out, telling->style, RENDER_RED);
	append_end(out, who, event);
	if (badly)
		render_colour_end(out, telling->style);
	text_append_format(out, " Bytes: %llu received, %llu sent",
			   (unsigned long long)event->received_bytes,
			   (unsigned long long)event->sent_bytes);
	if (event->unsent_bytes > 0)
		text_append_format(out, ", %zu given up", event->unsent_bytes);
	text_append(out, ".\n");
}

static void append_cannot_accept(struct text_builder *out, const struct socket_peer_event *event)
{
	if (event->error == 0)
		text_append_format(out,
				   "%u clients are here, and no more are taken: others wait in the "
				   "backlog until one goes.\n",
				   SOCKET_PEER_MAX_CLIENTS);
	else
		text_append_format(out,
				   "A client waits, but accept() fails: %s. It is tried again each "
				   "second.\n",
				   strerror(event->error));
}

void socket_event_text(struct text_builder *out, const struct socket_telling *telling,
		       const struct socket_peer_event *event)
{
	char local[NET_ADDRESS_TEXT_BYTES];

	switch (event->kind) {
	case SOCKET_PEER_LISTENING:
		net_address_text(event->local, local);
		text_append_format(out, "Listening at %s.\n", local);
		break;
	case SOCKET_PEER_CONNECTED:
		append_connected(out, telling, event);
		break;
	case SOCKET_PEER_DATA:
		append_data(out, telling, event);
		break;
	case SOCKET_PEER_HALF_CLOSED:
		append_half_closed(out, telling, event);
		break;
	case SOCKET_PEER_CLOSED:
		append_closed(out, telling, event);
		break;
	case SOCKET_PEER_CANNOT_ACCEPT:
		append_cannot_accept(out, event);
		break;
	}
}

static void json_place(struct json_writer *json, const char *name,
		       const struct net_address *address)
{
	char text[NET_ADDRESS_TEXT_BYTES];

	net_address_text(address, text);
	json_member_string(json, name, text);
}

static void json_error(struct json_writer *json, int error)
{
	const char *name = error_name(error);

	if (error > 0)
		json_member_string(json, "error", name ? name : strerror(error));
}

static const char *side_word(enum socket_peer_side side)
{
	static const char *const words[] = {
		[SOCKET_PEER_US] = "us",
		[SOCKET_PEER_THEM] = "peer",
		[SOCKET_PEER_NOBODY] = "nobody",
	};

	return words[side];
}

static void json_closed(struct json_writer *json, const struct socket_peer_event *event)
{
	static const char *const how[] = {
		[SOCKET_PEER_BY_FIN] = "fin",
		[SOCKET_PEER_BY_RESET] = "reset",
		[SOCKET_PEER_BY_ERROR] = "lost",
	};
	static const char *const why[] = {
		[SOCKET_PEER_WHY_PEER] = "peer", [SOCKET_PEER_WHY_ASKED] = "asked",
		[SOCKET_PEER_WHY_WORD] = "word", [SOCKET_PEER_WHY_COUNT] = "count",
		[SOCKET_PEER_WHY_TIME] = "time", [SOCKET_PEER_WHY_IDLE] = "idle",
	};

	json_member_string(json, "by", side_word(event->by));
	json_member_string(json, "how", how[event->how]);
	json_member_string(json, "why", why[event->why]);
	json_error(json, event->error);
	json_member_unsigned(json, "received", event->received_bytes);
	json_member_unsigned(json, "sent", event->sent_bytes);
	json_member_unsigned(json, "unread", event->unread_bytes);
	json_member_unsigned(json, "unsent", event->unsent_bytes);
}

static void json_data(struct json_writer *json, const struct socket_peer_event *event)
{
	json_member_string(json, "from", "peer");
	if (utf8_is_valid(event->bytes, event->length)) {
		json_name(json, "data");
		json_string_bytes(json, event->bytes, event->length);
	} else {
		json_name(json, "data_base64");
		json_base64(json, event->bytes, event->length);
	}
}

void socket_event_json(struct text_builder *out, const struct socket_peer_event *event)
{
	static const char *const types[] = {
		[SOCKET_PEER_LISTENING] = "listening",
		[SOCKET_PEER_CONNECTED] = "connected",
		[SOCKET_PEER_DATA] = "data",
		[SOCKET_PEER_HALF_CLOSED] = "half_closed",
		[SOCKET_PEER_CLOSED] = "closed",
		[SOCKET_PEER_CANNOT_ACCEPT] = "cannot_accept",
	};
	struct json_writer json = json_writer_on(out);

	json_begin_object(&json);
	json_member_string(&json, "type", types[event->kind]);
	if (event->number > 0)
		json_member_unsigned(&json, "number", event->number);
	switch (event->kind) {
	case SOCKET_PEER_LISTENING:
		json_place(&json, "local", event->local);
		break;
	case SOCKET_PEER_CONNECTED:
		json_place(&json, "local", event->local);
		json_place(&json, "peer", event->remote);
		break;
	case SOCKET_PEER_DATA:
		json_data(&json, event);
		break;
	case SOCKET_PEER_HALF_CLOSED:
		json_member_string(&json, "by", side_word(event->by));
		break;
	case SOCKET_PEER_CLOSED:
		json_closed(&json, event);
		break;
	case SOCKET_PEER_CANNOT_ACCEPT:
		json_error(&json, event->error);
		break;
	}
	json_end_object(&json);
	text_append(out, "\n");
}

static const char *state_words(const struct socket_peer_fact *fact)
{
	if (fact->we_ended)
		return "our side closed";
	return fact->they_ended ? "its side closed" : "open";
}

void socket_list_text(struct text_builder *out, const struct socket_telling *telling,
		      const struct socket_peer *peer)
{
	struct socket_peer_fact fact;
	size_t index = 0;

	for (; socket_peer_get(peer, index, &fact); index++) {
		char remote[NET_ADDRESS_TEXT_BYTES];

		net_address_text(fact.remote, remote);
		if (telling->listens)
			text_append_format(out, "%4u  ", (unsigned)fact.number);
		text_append_format(out, "%-21s  %s, %llu received, %llu sent", remote,
				   state_words(&fact), (unsigned long long)fact.received_bytes,
				   (unsigned long long)fact.sent_bytes);
		if (fact.queued_bytes > 0)
			text_append_format(out, ", %zu waiting", fact.queued_bytes);
		text_append(out, "\n");
	}
	if (index == 0)
		text_append(out, "Nobody is connected.\n");
}
