#include <stdbool.h>
#include <stddef.h>

#include "report/readable.h"
#include "report/story_parts.h"

static void side_and_endpoint(struct text_builder *out, const struct tcp_connection *connection,
			      enum tcp_side side)
{
	const struct tcp_end *end = &connection->ends[side];
	char text[IP_ENDPOINT_TEXT_BYTES];

	(void)ip_endpoint_text(&end->address, end->port, text);
	text_append_format(out, "the %s %s", tcp_side_name(side), text);
}

/* At the start of a sentence. */
static void client_and_endpoint(struct text_builder *out, const struct tcp_connection *connection)
{
	char text[IP_ENDPOINT_TEXT_BYTES];

	(void)ip_endpoint_text(&connection->ends[TCP_CLIENT].address,
			       connection->ends[TCP_CLIENT].port, text);
	text_append_format(out, "The client %s", text);
}

/* One more part of a list that will have `total`: ", " or " and " before it. */
static void begin_part(struct text_builder *out, unsigned *written, unsigned total)
{
	if (*written > 0)
		text_append(out, *written + 1 == total ? " and " : ", ");
	++*written;
}

static void agreed_segment_size(struct text_builder *out, const struct tcp_offer *client,
				const struct tcp_offer *server)
{
	if (client->mss == server->mss)
		text_append_format(out, "segments of at most %u bytes", client->mss);
	else
		text_append_format(out,
				   "segments of at most %u bytes to the server and %u to the "
				   "client",
				   server->mss, client->mss);
}

static void agreed_window_unit(struct text_builder *out, const struct tcp_offer *client,
			       const struct tcp_offer *server)
{
	if (client->window_scale == server->window_scale)
		text_append_format(out, "windows counted in units of %u bytes",
				   1u << client->window_scale);
	else
		text_append_format(out,
				   "windows counted in units of %u bytes by the client and %u by "
				   "the server",
				   1u << client->window_scale, 1u << server->window_scale);
}

static bool both_ask_for_ecn(const struct tcp_offer *client, const struct tcp_offer *server)
{
	const unsigned both = TCP_FLAG_ECE | TCP_FLAG_CWR;

	return (client->flags & both) == both && (server->flags & both) == TCP_FLAG_ECE;
}

static void agreement(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct tcp_offer *client = &connection->ends[TCP_CLIENT].offer;
	const struct tcp_offer *server = &connection->ends[TCP_SERVER].offer;
	uint32_t common = client->has & server->has;
	bool ecn = both_ask_for_ecn(client, server);
	unsigned written = 0;
	unsigned total = 0;

	if (!client->seen || !server->seen)
		return;
	for (unsigned bit = 0; bit < 2; bit++)
		total += (common >> bit) & 1u; /* MSS, window scale */
	total += (common & TCP_HAS_SACK_PERMITTED) != 0;
	total += (common & TCP_HAS_TIMESTAMPS) != 0;
	total += ecn;
	if (total == 0) {
		text_append(out, " They agreed on no options.");
		return;
	}
	text_append(out, " They agreed on ");
	if (common & TCP_HAS_MSS) {
		begin_part(out, &written, total);
		agreed_segment_size(out, client, server);
	}
	if (common & TCP_HAS_WINDOW_SCALE) {
		begin_part(out, &written, total);
		agreed_window_unit(out, client, server);
	}
	if (common & TCP_HAS_SACK_PERMITTED) {
		begin_part(out, &written, total);
		text_append(out, "selective acknowledgements (SACK)");
	}
	if (common & TCP_HAS_TIMESTAMPS) {
		begin_part(out, &written, total);
		text_append(out, "timestamps");
	}
	if (ecn) {
		begin_part(out, &written, total);
		text_append(out, "marks for congestion (ECN)");
	}
	text_append(out, ".");
}

static void frames_of(struct text_builder *out, const struct opening *opening)
{
	const uint64_t frames[] = { opening->syn_frame,
				    opening->syn_count > 1 ? opening->last_syn_frame : 0,
				    opening->syn_ack_frame, opening->ack_frame };

	readable_frames(out, frames, sizeof(frames) / sizeof(frames[0]));
}

/* All of it, from the first SYN on, and what of that was the way there and back. */
static void time_to_open(struct text_builder *out, const struct opening *opening)
{
	int64_t waited_ns = opening->last_syn_ns - opening->first_syn_ns;

	text_append(out, " in ");
	readable_duration(out, waited_ns + opening->rtt_ns);
	if (opening->syn_count < 2)
		return;
	text_append(out, ", ");
	readable_duration(out, opening->rtt_ns);
	text_append(out, opening->syn_count == 2 ? " after the SYN was sent again"
						 : " after the SYN was sent for the last time");
}

static void handshake(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct opening *opening = &connection->opening;

	client_and_endpoint(out, connection);
	text_append(out, " opened the connection to ");
	side_and_endpoint(out, connection, TCP_SERVER);
	if (opening->has_rtt)
		time_to_open(out, opening);
	frames_of(out, opening);
	text_append(out, ".");
	agreement(out, connection);
}

static void simultaneous(struct text_builder *out, const struct tcp_connection *connection)
{
	client_and_endpoint(out, connection);
	text_append(out, " and ");
	side_and_endpoint(out, connection, TCP_SERVER);
	text_append(out, " opened the connection at the same time: each had sent its SYN before "
			 "it got the other's");
	frames_of(out, &connection->opening);
	text_append(out, ".");
	agreement(out, connection);
}

/* "The client 192.0.2.1:40000 asked for a connection to the server 192.0.2.2:80" */
static void client_asked(struct text_builder *out, const struct tcp_connection *connection)
{
	client_and_endpoint(out, connection);
	text_append(out, " asked for a connection to ");
	side_and_endpoint(out, connection, TCP_SERVER);
}

static void refused(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct opening *opening = &connection->opening;
	const uint64_t frames[] = { opening->syn_frame, opening->refused_frame };

	client_asked(out, connection);
	text_append(out, " and was refused: its SYN was answered by a reset");
	readable_frames(out, frames, 2);
	text_append(out, ".");
}

static void unanswered(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct former_segments *former = connection->former;
	const uint64_t frames[] = { connection->opening.syn_frame,
				    former ? former->first_frame : 0 };

	client_asked(out, connection);
	text_append(out, former ? " and got no answer but one for a former connection of these "
				  "ports"
				: " and got no answer");
	readable_frames(out, frames, former ? 2 : 1);
	text_append(out, ".");
}

static void half(struct text_builder *out, const struct tcp_connection *connection)
{
	const struct opening *opening = &connection->opening;
	const struct closing *closing = &connection->closing;
	const uint64_t frames[] = { opening->syn_frame, opening->syn_ack_frame,
				    closing->reset_frame };

	client_asked(out, connection);
	if (closing->reset_frame != 0 && closing->reset_by == TCP_CLIENT)
		text_append(out, ", which was ready for it, and then broke it off with a reset "
				 "instead of completing the handshake, as port scanners do");
	else
		text_append(out, ", which was ready for it, but never completed the handshake");
	readable_frames(out, frames, 3);
	text_append(out, ".");
}

static void midstream(struct text_builder *out, const struct tcp_connection *connection)
{
	client_and_endpoint(out, connection);
	text_append(out, " and ");
	side_and_endpoint(out, connection, TCP_SERVER);
	if (connection->opening.has_syn_ack) {
		text_append(out, " opened a connection of which the capture lacks the client's "
				 "SYN.");
		return;
	}
	text_append(out, " were connected already when the capture began: how they opened the "
			 "connection and what they agreed on is not in it, and who is the client "
			 "is judged by the ports alone.");
}

void story_opening(struct text_builder *out, const struct tcp_connection *connection)
{
	story_begin_sentence(out);
	switch (connection->opening.kind) {
	case OPENING_HANDSHAKE:
		handshake(out, connection);
		break;
	case OPENING_SIMULTANEOUS:
		simultaneous(out, connection);
		break;
	case OPENING_REFUSED:
		refused(out, connection);
		break;
	case OPENING_UNANSWERED:
		unanswered(out, connection);
		break;
	case OPENING_HALF:
		half(out, connection);
		break;
	case OPENING_MIDSTREAM:
	case OPENING_COUNT:
		midstream(out, connection);
		break;
	}
}
