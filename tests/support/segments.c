#include "support/segments.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/byte_writer.h"
#include "packet/sequence.h"

#define NS_PER_SECOND INT64_C(1000000000)

enum { CLIENT, SERVER, SECOND_CLIENT };

/* What a line is read with. */
struct line {
	const char *at;
	const char *all; /* for what is said of it */
	struct segments_host *from;
	struct segments_host *to;
	bool has_sequence;
	bool has_end;
};

static void keep_ended(void *context, const struct tcp_connection *connection)
{
	struct segments *script = context;
	struct tcp_connection *kept;
	size_t bytes = connection->findings.count * sizeof(*connection->findings.list);

	if (script->check)
		script->check(script->check_context, connection);
	if (script->ended_count == SEGMENTS_ENDED_MAX)
		return;
	kept = &script->ended[script->ended_count++];
	*kept = *connection;
	kept->findings.list = NULL;
	if (bytes) {
		kept->findings.list = malloc(bytes);
		assert_non_null(kept->findings.list);
		memcpy(kept->findings.list, connection->findings.list, bytes);
	}
}

void segments_start_with(struct segments *script, const struct tcp_tracker_options *options)
{
	struct tcp_tracker_options mine = *options;

	memset(script, 0, sizeof(*script));
	script->hosts[CLIENT] = (struct segments_host){ .base = 1000, .port = 40000, .ip_id = 1 };
	script->hosts[SERVER] = (struct segments_host){ .base = 500000, .port = 80, .ip_id = 1001 };
	script->hosts[SECOND_CLIENT] =
		(struct segments_host){ .base = 7000000, .port = 40001, .ip_id = 2001 };
	for (size_t i = 0; i < sizeof(script->payload); i++)
		script->payload[i] = (uint8_t)('a' + i % 26);
	mine.ended = keep_ended;
	mine.context = script;
	script->tracker = tcp_tracker_create(&mine);
	assert_non_null(script->tracker);
}

void segments_start(struct segments *script, unsigned flags)
{
	segments_start_with(script, &(struct tcp_tracker_options){ .flags = flags });
}

void segments_end(struct segments *script)
{
	tcp_tracker_finish(script->tracker);
	script->connection = NULL;
}

void segments_finish(struct segments *script)
{
	tcp_tracker_destroy(script->tracker);
	for (uint32_t i = 0; i < script->ended_count; i++)
		free(script->ended[i].findings.list);
	script->tracker = NULL;
	script->ended_count = 0;
}

static void skip_spaces(struct line *line)
{
	while (*line->at == ' ' || *line->at == '\t')
		line->at++;
}

/* The next word, at most 15 bytes; "" at the end of the line. */
static void take_word(struct line *line, char word[16])
{
	size_t length = 0;

	skip_spaces(line);
	while (*line->at && !isspace((unsigned char)*line->at)) {
		if (length == 15)
			fail_msg("a word is too long in: %s", line->all);
		word[length++] = *line->at++;
	}
	word[length] = 0;
}

static int64_t take_number(struct line *line)
{
	char *end;
	long long number;

	skip_spaces(line);
	number = strtoll(line->at, &end, 0);
	if (end == line->at)
		fail_msg("no number at \"%s\" in: %s", line->at, line->all);
	line->at = end;
	return number;
}

static void take_mark(struct line *line, char mark)
{
	if (*line->at != mark)
		fail_msg("no '%c' at \"%s\" in: %s", mark, line->at, line->all);
	line->at++;
}

/* Seconds with up to nine digits behind the point. */
static int64_t take_seconds(struct line *line)
{
	int64_t ns = take_number(line) * NS_PER_SECOND;
	int64_t scale = NS_PER_SECOND / 10;

	if (*line->at != '.')
		return ns;
	for (line->at++; isdigit((unsigned char)*line->at); line->at++, scale /= 10)
		ns += (*line->at - '0') * scale;
	return ns;
}

static struct segments_host *take_host(struct segments *script, struct line *line)
{
	char word[16];

	take_word(line, word);
	if (strcmp(word, "C") == 0)
		return &script->hosts[CLIENT];
	if (strcmp(word, "S") == 0)
		return &script->hosts[SERVER];
	if (strcmp(word, "D") != 0)
		fail_msg("no host \"%s\": %s", word, line->all);
	return &script->hosts[SECOND_CLIENT];
}

static bool take_flags(const char *word, struct packet *packet)
{
	static const char letters[] = "FSRPAUECN";
	uint16_t flags = 0;

	if (strcmp(word, ".") == 0)
		return true;
	for (const char *letter = word; *letter; letter++) {
		const char *place = strchr(letters, *letter);

		if (!place)
			return false;
		flags |= (uint16_t)(1u << (place - letters));
	}
	packet->tcp.flags |= flags;
	return true;
}

static void take_sequence(struct line *line, struct packet *packet)
{
	int64_t left = take_number(line);

	packet->tcp.sequence = line->from->base + (uint32_t)left;
	line->has_sequence = true;
	if (*line->at != ':')
		return;
	take_mark(line, ':');
	packet->payload_length = (uint32_t)(take_number(line) - left);
	if (packet->payload_length > SEGMENTS_PAYLOAD_MAX)
		fail_msg("too much payload: %s", line->all);
	line->has_end = true;
}

static void take_sack(struct line *line, struct tcp_options *options)
{
	struct sack_block *block;

	if (options->sack_count == TCP_SACK_MAX_BLOCKS)
		fail_msg("too many SACK blocks: %s", line->all);
	block = &options->sack[options->sack_count++];
	options->has |= TCP_HAS_SACK;
	block->left = line->to->base + (uint32_t)take_number(line);
	take_mark(line, ':');
	block->right = line->to->base + (uint32_t)take_number(line);
}

static void take_data(struct segments *script, struct line *line)
{
	size_t length;

	skip_spaces(line);
	length = strlen(line->at);
	if (!line->has_end)
		script->packet.payload_length = (uint32_t)length;
	if (length > script->packet.payload_length)
		length = script->packet.payload_length;
	memcpy(script->payload, line->at, length);
	line->at += strlen(line->at);
}

static bool take_option(struct line *line, const char *word, struct tcp_options *options)
{
	if (strcmp(word, "mss") == 0) {
		options->has |= TCP_HAS_MSS;
		options->mss = (uint16_t)take_number(line);
	} else if (strcmp(word, "ws") == 0) {
		options->has |= TCP_HAS_WINDOW_SCALE;
		options->window_scale = (uint8_t)take_number(line);
	} else if (strcmp(word, "sackok") == 0) {
		options->has |= TCP_HAS_SACK_PERMITTED;
	} else if (strcmp(word, "sack") == 0) {
		take_sack(line, options);
	} else if (strcmp(word, "ts") == 0 || strcmp(word, "tsval") == 0) {
		options->has |= TCP_HAS_TIMESTAMPS;
		options->timestamp_value = (uint32_t)take_number(line);
		take_mark(line, '/');
		options->timestamp_echo = (uint32_t)take_number(line);
	} else {
		return false;
	}
	return true;
}

static bool take_field(struct segments *script, struct line *line, const char *word)
{
	struct packet *packet = &script->packet;

	if (strcmp(word, "seq") == 0) {
		take_sequence(line, packet);
	} else if (strcmp(word, "ack") == 0) {
		packet->tcp.flags |= TCP_FLAG_ACK;
		packet->tcp.acknowledgment = line->to->base + (uint32_t)take_number(line);
	} else if (strcmp(word, "win") == 0) {
		packet->tcp.window = (uint16_t)take_number(line);
	} else if (strcmp(word, "id") == 0) {
		packet->ip.identification = (uint16_t)take_number(line);
	} else if (strcmp(word, "ttl") == 0) {
		packet->ip.time_to_live = (uint8_t)take_number(line);
	} else if (strcmp(word, "tos") == 0) {
		packet->ip.traffic_class = (uint8_t)take_number(line);
	} else if (strcmp(word, "urg") == 0) {
		packet->tcp.urgent_pointer = (uint16_t)take_number(line);
	} else if (strcmp(word, "sumok") == 0) {
		packet->checksum = CHECKSUM_GOOD;
	} else if (strcmp(word, "sumbad") == 0) {
		packet->checksum = CHECKSUM_BAD;
	} else if (strcmp(word, "lost") == 0) {
		packet->never_arrived = true;
	} else if (strcmp(word, "data") == 0) {
		take_data(script, line);
	} else {
		return take_option(line, word, &packet->tcp.options);
	}
	return true;
}

static void take_time(struct segments *script, const char *word, const struct line *line)
{
	struct line time = { .at = word + 1, .all = line->all };
	int64_t ns = take_seconds(&time);

	script->now_ns = *word == '@' ? ns : script->now_ns + ns;
}

static struct ip_address address_of(const struct segments *script, const struct segments_host *host)
{
	struct ip_address address = { .version = 4, .bytes = { 192, 0, 2, 1 } };

	if (host == &script->hosts[SERVER])
		address.bytes[3] = 2;
	return address;
}

/* The options as they stand in a header, each filled up to four bytes. */
static size_t write_options(const struct tcp_options *options, uint8_t bytes[TCP_OPTIONS_MAX_BYTES])
{
	struct byte_writer writer = byte_writer_into(bytes, TCP_OPTIONS_MAX_BYTES);

	if ((options->has & TCP_HAS_MSS) != 0) {
		byte_write_u16_be(&writer, TCP_OPTION_MSS << 8 | 4);
		byte_write_u16_be(&writer, options->mss);
	}
	if ((options->has & TCP_HAS_WINDOW_SCALE) != 0) {
		byte_write_u16_be(&writer, TCP_OPTION_NOP << 8 | TCP_OPTION_WINDOW_SCALE);
		byte_write_u16_be(&writer, (uint16_t)(3 << 8 | options->window_scale));
	}
	if ((options->has & TCP_HAS_SACK_PERMITTED) != 0) {
		byte_write_u16_be(&writer, TCP_OPTION_NOP << 8 | TCP_OPTION_NOP);
		byte_write_u16_be(&writer, TCP_OPTION_SACK_PERMITTED << 8 | 2);
	}
	if ((options->has & TCP_HAS_TIMESTAMPS) != 0) {
		byte_write_u16_be(&writer, TCP_OPTION_NOP << 8 | TCP_OPTION_NOP);
		byte_write_u16_be(&writer, TCP_OPTION_TIMESTAMPS << 8 | 10);
		byte_write_u32_be(&writer, options->timestamp_value);
		byte_write_u32_be(&writer, options->timestamp_echo);
	}
	if ((options->has & TCP_HAS_SACK) != 0) {
		byte_write_u16_be(&writer, TCP_OPTION_NOP << 8 | TCP_OPTION_NOP);
		byte_write_u16_be(&writer,
				  (uint16_t)(TCP_OPTION_SACK << 8 | (2 + 8 * options->sack_count)));
		for (unsigned i = 0; i < options->sack_count; i++) {
			byte_write_u32_be(&writer, options->sack[i].left);
			byte_write_u32_be(&writer, options->sack[i].right);
		}
	}
	if (writer.overflowed)
		fail_msg("more options than a header holds");
	return writer.length;
}

static void complete(struct segments *script, struct line *line)
{
	struct packet *packet = &script->packet;
	uint32_t end;

	if (!line->has_sequence)
		packet->tcp.sequence = line->from->base + line->from->next;
	end = packet->tcp.sequence - line->from->base + packet->payload_length;
	end += packet->tcp.flags & TCP_FLAG_SYN ? 1 : 0;
	end += packet->tcp.flags & TCP_FLAG_FIN ? 1 : 0;
	if (sequence_before(line->from->next, end))
		line->from->next = end;
	packet->kind = PACKET_TCP;
	packet->time_ns = SEGMENTS_START_NS + script->now_ns;
	packet->frame = ++script->frames;
	packet->tcp.options_bytes = script->options;
	packet->tcp.options_length = (uint8_t)write_options(&packet->tcp.options, script->options);
	packet->tcp.length = (uint8_t)(TCP_HEADER_MIN_BYTES + packet->tcp.options_length);
	packet->tcp.source_port = line->from->port;
	packet->tcp.destination_port = line->to->port;
	packet->ip.source = address_of(script, line->from);
	packet->ip.destination = address_of(script, line->to);
	packet->ip.header_length = 20;
	packet->ip.dont_fragment = true;
	packet->ip.payload_length = packet->tcp.length + packet->payload_length;
	packet->captured_payload = packet->payload_length;
	packet->payload = script->payload;
	packet->frame_length = 34 + packet->ip.payload_length;
}

static void make(struct segments *script, const char *text)
{
	struct packet *packet = &script->packet;
	struct line line = { .at = text, .all = text };
	bool has_flags = false;
	char word[16];

	memset(packet, 0, sizeof(*packet));
	packet->tcp.window = 502;
	packet->ip.time_to_live = 64;
	line.from = take_host(script, &line);
	take_word(&line, word);
	assert_string_equal(word, ">");
	line.to = take_host(script, &line);
	assert_ptr_not_equal(line.from, line.to);
	packet->ip.identification = line.from->ip_id++;
	for (take_word(&line, word); *word; take_word(&line, word)) {
		if (*word == '@' || *word == '+') {
			take_time(script, word, &line);
		} else if (take_flags(word, packet)) {
			has_flags = true;
		} else if (!take_field(script, &line, word)) {
			fail_msg("what is \"%s\"? %s", word, text);
		}
	}
	if (!has_flags)
		packet->tcp.flags |= TCP_FLAG_ACK;
	complete(script, &line);
}

void segments_make(struct segments *script, const char *line)
{
	make(script, line);
}

static void feed(struct segments *script, const char *line)
{
	make(script, line);
	script->result = tcp_tracker_packet(script->tracker, &script->packet, &script->facts,
					    &script->connection);
	if (script->result == TRACKER_NO_MEMORY)
		fail_msg("no memory: %s", line);
}

void segments_feed(struct segments *script, const char *lines)
{
	char line[256];

	while (*lines) {
		size_t length = strcspn(lines, "\n");
		size_t blanks = strspn(lines, " \t");

		if (length >= sizeof(line))
			fail_msg("too long: %s", lines);
		memcpy(line, lines, length);
		line[length] = 0;
		if (blanks < length)
			feed(script, line);
		lines += length + (lines[length] == '\n');
	}
}

void segments_handshake(struct segments *script, bool timestamps)
{
	if (timestamps)
		segments_feed(
			script,
			"C > S S seq 0 win 64240 mss 1460 ws 7 sackok ts 1000/0 @0\n"
			"S > C SA seq 0 ack 1 win 65160 mss 1460 ws 7 sackok ts 5000/1000 +0.01\n"
			"C > S A seq 1 ack 1 win 502 ts 1010/5000 +0.000010\n");
	else
		segments_feed(script, "C > S S seq 0 win 64240 mss 1460 ws 7 sackok @0\n"
				      "S > C SA seq 0 ack 1 win 65160 mss 1460 ws 7 sackok +0.01\n"
				      "C > S A seq 1 ack 1 win 502 +0.000010\n");
}

const struct tcp_finding *segments_finding(const struct segments *script, uint32_t which,
					   enum tcp_finding_kind kind, enum tcp_side side)
{
	if (which >= script->ended_count)
		fail_msg("no connection %u among those that are over", which);
	return findings_find(&script->ended[which].findings, kind, side);
}
