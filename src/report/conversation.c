#include "report/conversation.h"

#include <stdio.h>
#include <string.h>

#include "report/classic_dissection.h"
#include "report/message_text.h"
#include "report/relay_dissection.h"
#include "tcp_flow/tls_hello.h"

static struct stream_text head_text(const struct tcp_connection *connection, enum tcp_side side)
{
	const struct dialogue_head *head = &connection->dialogue.heads[side];

	return (struct stream_text){ .bytes = head->bytes, .length = head->length };
}

static bool is_relay(const struct tcp_connection *connection)
{
	struct stream_text client = head_text(connection, TCP_CLIENT);
	struct stream_text server = head_text(connection, TCP_SERVER);

	if (client.length == 0)
		return relay_dissection_fits(server.bytes, server.length);
	return relay_dissection_fits(client.bytes, client.length) &&
	       (server.length == 0 || relay_dissection_fits(server.bytes, server.length));
}

enum conversation_reader conversation_relay_reader(const struct tcp_connection *connection,
						   uint32_t *hello_bytes)
{
	*hello_bytes = 0;
	if (is_relay(connection))
		return READS_RELAY;
	return classic_dissection_fits(connection, hello_bytes) ? READS_CLASSIC : READS_TURNS;
}

static const struct reader_row {
	const char *protocol; /* as conversation_clues_find() says */
	enum conversation_reader reader;
} readers[] = {
	{ "text", READS_TEXT }, { "smtp", READS_TEXT }, { "ftp", READS_TEXT },
	{ "pop3", READS_TEXT }, { "imap", READS_TEXT }, { "irc", READS_TEXT },
	{ "nntp", READS_TEXT }, { "http", READS_HTTP }, { "tls", READS_TLS },
	{ "rtsp", READS_HTTP }, { "sip", READS_HTTP },  { "redis", READS_TEXT },
};

/* The protocol and how to read it; *clues are filled where it is none of the relay's. */
static const char *recognise(const struct tcp_connection *connection,
			     struct conversation_clues *clues, enum conversation_reader *reader,
			     uint32_t *hello_bytes)
{
	*clues = (struct conversation_clues){ .protocol = NULL };
	*reader = conversation_relay_reader(connection, hello_bytes);
	if (*reader == READS_RELAY)
		return "wiretale";
	if (*reader == READS_CLASSIC)
		return "classic";
	conversation_clues_find(head_text(connection, TCP_CLIENT),
				head_text(connection, TCP_SERVER), clues);
	for (size_t i = 0; clues->protocol && i < sizeof(readers) / sizeof(readers[0]); i++)
		if (strcmp(readers[i].protocol, clues->protocol) == 0)
			*reader = readers[i].reader;
	return clues->protocol;
}

const char *conversation_protocol(const struct tcp_connection *connection)
{
	struct conversation_clues clues;
	enum conversation_reader reader;
	uint32_t hello_bytes;

	return recognise(connection, &clues, &reader, &hello_bytes);
}

bool conversation_name(const struct tcp_connection *connection, struct text_builder *out)
{
	struct conversation_clues clues;
	enum conversation_reader reader;
	uint32_t hello_bytes;

	(void)recognise(connection, &clues, &reader, &hello_bytes);
	if (reader == READS_RELAY)
		text_append(out, "Wiretale relay");
	else if (reader == READS_CLASSIC)
		text_append(out, "Wiretale relay, classic dialect");
	else
		return conversation_clues_text(&clues, out);
	return true;
}

void conversation_begin(struct conversation *conversation, const struct tcp_connection *connection)
{
	struct conversation_clues clues;

	*conversation = (struct conversation){ .connection = connection };
	text_builder_init(&conversation->detail, CONVERSATION_DETAIL_MAX_BYTES);
	(void)recognise(connection, &clues, &conversation->reader, &conversation->hello_bytes);
}

void conversation_finish(struct conversation *conversation)
{
	text_builder_finish(&conversation->detail);
}

uint64_t conversation_untold(const struct conversation *conversation, enum tcp_side side)
{
	uint64_t bytes = conversation->connection->ends[side].bytes;
	uint32_t read = conversation->read[side];

	return bytes > read ? bytes - read : 0;
}

static const struct dialogue_head *head_of(const struct conversation *conversation,
					   enum tcp_side side)
{
	return &conversation->connection->dialogue.heads[side];
}

/* How many bytes of the head from `offset` on were said before the other side spoke. */
static uint32_t left_of_turn(const struct dialogue_head *head, uint32_t offset, enum tcp_side side)
{
	for (uint32_t i = 0; i < head->mark_count; i++)
		if (head->marks[i].offset > offset && head->marks[i].offset < head->length &&
		    head->marks[i].after == tcp_other_side(side))
			return head->marks[i].offset - offset;
	return head->length - offset;
}

static void name_line(struct conversation_line *line, const char *name)
{
	(void)snprintf(line->name, sizeof(line->name), "%s", name);
}

/* A line ends behind its line end, or behind the zeros after it; else with the turn. */
static size_t tell_text(struct conversation *conversation, const uint8_t *bytes, size_t length,
			struct conversation_line *line)
{
	size_t end = 0;
	size_t shown;

	while (end < length && bytes[end] != '\n' && bytes[end] != '\0')
		end++;
	shown = end;
	if (end < length && bytes[end] == '\n')
		end++;
	while (end < length && bytes[end] == '\0')
		end++;
	if (shown > 0 && shown < length && bytes[shown] == '\n' && bytes[shown - 1] == '\r')
		shown--;
	name_line(line, "text");
	message_text_sample(&conversation->detail, bytes, shown);
	line->bytes = end;
	return end;
}

static size_t tell_turn(struct conversation *conversation, const uint8_t *bytes, size_t length,
			struct conversation_line *line)
{
	name_line(line, "bytes");
	message_text_sample(&conversation->detail, bytes, length);
	line->bytes = length;
	return length;
}

static size_t tell_http(struct conversation *conversation, const uint8_t *bytes, size_t length,
			struct conversation_line *line)
{
	const uint8_t *end = memchr(bytes, '\n', length);
	size_t shown = end ? (size_t)(end - bytes) : length;
	bool answers =
		length >= 5 && (memcmp(bytes, "HTTP/", 5) == 0 || memcmp(bytes, "RTSP/", 5) == 0 ||
				memcmp(bytes, "SIP/2", 5) == 0);

	if (shown > 0 && bytes[shown - 1] == '\r')
		shown--;
	if (!answers && (bytes[0] < 'A' || bytes[0] > 'Z'))
		return tell_turn(conversation, bytes, length, line);
	name_line(line, answers ? "response" : "request");
	message_text_sample(&conversation->detail, bytes, shown);
	line->bytes = length;
	return length;
}

/* All records of application data of a turn are one line. */
static size_t tell_application_data(struct conversation *conversation, const uint8_t *bytes,
				    size_t length, struct conversation_line *line)
{
	struct tls_record record;
	size_t taken = 0;
	unsigned records = 0;

	line->bytes = 0;
	while (taken < length && tls_record_read(bytes + taken, length - taken, &record) &&
	       record.type == 23) {
		line->bytes += (uint64_t)TLS_RECORD_HEADER_BYTES + record.length;
		line->whole = record.content_length == record.length;
		taken += TLS_RECORD_HEADER_BYTES + record.content_length;
		records++;
	}
	name_line(line, "application data");
	text_append_format(&conversation->detail, "%u %s", records,
			   records == 1 ? "record" : "records");
	return taken;
}

static size_t tell_tls(struct conversation *conversation, const uint8_t *bytes, size_t length,
		       struct conversation_line *line)
{
	struct tls_record record;
	const char *name = "alert";

	if (!tls_record_read(bytes, length, &record))
		return tell_turn(conversation, bytes, length, line);
	if (record.type == 23) {
		conversation->encrypted[line->from] = true;
		return tell_application_data(conversation, bytes, length, line);
	}
	if (record.type == 20)
		name = "change cipher spec";
	else if (record.type == 22 && !conversation->encrypted[line->from] &&
		 record.content_length > 0)
		name = tls_handshake_name(record.content[0]);
	else if (record.type == 22)
		name = "encrypted handshake";
	else if (record.type == 24)
		name = "heartbeat";
	if (record.type == 20)
		conversation->encrypted[line->from] = true;
	name_line(line, name ? name : "handshake");
	line->bytes = (uint64_t)TLS_RECORD_HEADER_BYTES + record.length;
	line->whole = record.content_length == record.length;
	return TLS_RECORD_HEADER_BYTES + record.content_length;
}

static size_t tell(struct conversation *conversation, struct conversation_line *line)
{
	const struct dialogue_head *head = head_of(conversation, line->from);
	uint32_t read = conversation->read[line->from];
	const uint8_t *bytes = head->bytes + read;
	size_t turn = left_of_turn(head, read, line->from);
	size_t taken;

	line->whole = true;
	switch (conversation->reader) {
	case READS_RELAY:
		taken = relay_dissection_tell(bytes, head->length - read, line,
					      &conversation->detail);
		return taken > 0 ? taken
				 : tell_turn(conversation, bytes, head->length - read, line);
	case READS_CLASSIC:
		return classic_dissection_tell(conversation, bytes, head->length - read, line);
	case READS_TLS: /* a record that the other side's words cut in two is one all the same */
		return tell_tls(conversation, bytes, head->length - read, line);
	case READS_TEXT:
		taken = tell_text(conversation, bytes, turn, line);
		break;
	case READS_HTTP:
		taken = tell_http(conversation, bytes, turn, line);
		break;
	case READS_TURNS:
	default:
		taken = tell_turn(conversation, bytes, turn, line);
		break;
	}
	/* What ends with the kept bytes may go on behind them. */
	line->whole = read + taken < head->length ||
		      conversation->connection->ends[line->from].bytes <= head->length;
	return taken;
}

bool conversation_next(struct conversation *conversation, struct conversation_line *out)
{
	const struct dialogue_mark *next[2];
	struct conversation_line line = { .from = TCP_CLIENT };
	const struct dialogue_mark *mark;

	for (int side = 0; side < 2; side++)
		next[side] = dialogue_mark_at(head_of(conversation, (enum tcp_side)side),
					      conversation->read[side]);
	if (!next[TCP_CLIENT] && !next[TCP_SERVER])
		return false;
	if (!next[TCP_CLIENT] ||
	    (next[TCP_SERVER] && next[TCP_SERVER]->frame < next[TCP_CLIENT]->frame))
		line.from = TCP_SERVER;
	mark = next[line.from];
	line.frame = mark->frame;
	line.time_ns = mark->time_ns;
	text_builder_clear(&conversation->detail);
	conversation->read[line.from] += (uint32_t)tell(conversation, &line);
	line.detail = text_builder_text(&conversation->detail);
	*out = line;
	return true;
}
