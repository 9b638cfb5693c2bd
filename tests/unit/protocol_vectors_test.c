/*
 * Holds the codec against docs/protocol-vectors.tsv: each row's bytes must get the row's verdict,
 * and what is "ok" must come out of the encoder byte for byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay_protocol/classic.h"
#include "relay_protocol/message.h"
#include "support/reencode.h"
#include "support/unit_test.h"

#define LIMIT_BYTES (64u * 1024)
#define LINE_MAX_BYTES 8192
#define VECTOR_MAX_BYTES 2048

struct vector {
	const char *name;
	const char *from;
	const char *verdict;
	uint8_t bytes[VECTOR_MAX_BYTES];
	size_t length;
};

static int digit(char character)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = character ? strchr(digits, character) : NULL;

	return found ? (int)(found - digits) : -1;
}

static bool parse_hex(const char *hex, struct vector *vector)
{
	vector->length = 0;
	if (strcmp(hex, "-") == 0)
		return true;
	for (; *hex; hex += 2) {
		int high = digit(hex[0]);
		int low = digit(hex[1]);

		if (high < 0 || low < 0 || vector->length == sizeof(vector->bytes))
			return false;
		vector->bytes[vector->length++] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* False: a comment. The texts point into the line. */
static bool parse_line(char *line, struct vector *vector)
{
	char *hex;
	char *meaning;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '#' || line[0] == '\0')
		return false;
	vector->name = strsep(&line, "\t");
	vector->from = strsep(&line, "\t");
	vector->verdict = strsep(&line, "\t");
	hex = strsep(&line, "\t");
	meaning = strsep(&line, "\t");
	if (!meaning || line || !parse_hex(hex, vector))
		fail_msg("%s: not five columns, or no hex", vector->name);
	return true;
}

static const char *judge_header(enum relay_frame_verdict verdict)
{
	switch (verdict) {
	case RELAY_FRAME_OK:
		break;
	case RELAY_FRAME_NEED_MORE:
		return "partial";
	case RELAY_FRAME_BAD_MAGIC:
	case RELAY_FRAME_BAD_KIND:
		return "end-malformed";
	case RELAY_FRAME_BAD_VERSION:
		return "end-unsupported";
	case RELAY_FRAME_TOO_LARGE:
		return "end-too-large";
	}
	return NULL;
}

/* Written again it must be the same bytes; where it isn't, something in it was skipped. */
static const char *judge_encoder(const struct vector *vector, const struct relay_frame *frame,
				 const struct relay_message *message)
{
	uint8_t again[VECTOR_MAX_BYTES];
	size_t length = reencode_message(frame, message, again, sizeof(again));
	bool status_ignored = frame->kind == RELAY_REQUEST && frame->status != 0;

	if (length == vector->length && memcmp(again, vector->bytes, length) == 0 &&
	    !status_ignored)
		return "ok";
	return length > 0 ? "accepted" : "lost in the encoder";
}

/* The rules of docs/protocol.md that a receiver adds to the codec's. */
static const char *judge(const struct vector *vector)
{
	bool from_client = strcmp(vector->from, "client") == 0;
	uint32_t max_body = LIMIT_BYTES + (from_client ? 0 : RELAY_SERVER_EXTRA_BYTES);
	struct relay_frame frame;
	struct relay_message message;
	size_t needed;
	const char *verdict = judge_header(
		relay_frame_decode(vector->bytes, vector->length, max_body, &frame, &needed));
	bool is_answered;

	if (verdict)
		return verdict;
	if (needed != vector->length)
		return "more than one frame";
	is_answered = frame.kind == RELAY_REQUEST || frame.kind == RELAY_RESPONSE;
	if (from_client != (frame.kind == RELAY_REQUEST || frame.kind == RELAY_ACKNOWLEDGEMENT) ||
	    (is_answered && frame.id == 0))
		return "end-malformed";
	switch (relay_message_decode(&frame, &message, NULL)) {
	case RELAY_MESSAGE_OK:
		break;
	case RELAY_MESSAGE_MALFORMED:
		return frame.kind == RELAY_REQUEST ? "malformed" : "end-malformed";
	case RELAY_MESSAGE_UNKNOWN_TYPE:
		return frame.kind == RELAY_REQUEST ? "unsupported" : "ignored";
	}
	return judge_encoder(vector, &frame, &message);
}

static const char *judge_classic(const struct vector *vector)
{
	uint8_t again[CLASSIC_MESSAGE_BYTES];
	struct classic_message message;
	struct classic_send send;
	bool from_client = strcmp(vector->from, "classic-client") == 0;

	if (!classic_message_decode(vector->bytes, vector->length, &message))
		return "partial";
	if (message.type < CLASSIC_CANCEL || message.type > CLASSIC_SEND)
		return "ignored";
	if (from_client && message.type == CLASSIC_SEND && !classic_send_decode(&message, &send))
		return "malformed";
	if (!classic_message_encode(message.type, message.text, message.text_length, again) ||
	    memcmp(again, vector->bytes, 8 + message.text_length + 1) != 0)
		return "lost in the encoder";
	return "ok";
}

static void every_vector_gets_its_verdict(void **state)
{
	const char *root = getenv("WIRETALE_SOURCE_ROOT");
	char path[4096];
	char line[LINE_MAX_BYTES];
	size_t good = 0;
	size_t bad = 0;
	FILE *file;

	(void)state;
	assert_non_null(root);
	assert_true((size_t)snprintf(path, sizeof(path), "%s/docs/protocol-vectors.tsv", root) <
		    sizeof(path));
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s cannot be opened", path);
	while (fgets(line, sizeof(line), file)) {
		struct vector vector = { .name = "", .from = "", .verdict = "" };
		const char *verdict;

		if (!parse_line(line, &vector))
			continue;
		if (strncmp(vector.from, "classic-", 8) == 0)
			verdict = judge_classic(&vector);
		else
			verdict = judge(&vector);
		if (strcmp(verdict, vector.verdict) != 0)
			fail_msg("%s: it is %s, and should be %s", vector.name, verdict,
				 vector.verdict);
		if (strcmp(verdict, "ok") == 0)
			good++;
		else
			bad++;
	}
	(void)fclose(file);
	assert_true(good >= 70);
	assert_true(bad >= 120);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_vector_gets_its_verdict),
	};

	return cmocka_run_group_tests_name("protocol_vectors", tests, NULL, NULL);
}
