/* wiretale send: one message, and what became of it. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat_ui/recipient.h"
#include "programs/one_shot.h"

/* The server itself decides after 10 s without acknowledgement; its word is the better one. */
#define SEND_TIMEOUT_MS 15000u

/* No server takes more in one message. */
#define SEND_MAX_BYTES ((size_t)1024 * 1024)

/* What is to be sent; "-" alone stands for standard input. Status DONE: it is in *text. */
static enum exit_status read_text(int count, char **words, struct text_builder *text)
{
	if (count == 1 && strcmp(words[0], "-") == 0) {
		char bytes[16384];
		size_t length;

		while ((length = fread(bytes, 1, sizeof(bytes), stdin)) > 0 && !text->truncated)
			text_append_bytes(text, bytes, length);
		if (ferror(stdin)) {
			one_shot_complain("send: cannot read standard input: %s.", strerror(errno));
			return EXIT_NOT_DONE;
		}
	} else {
		for (int i = 0; i < count; i++) {
			text_append(text, i > 0 ? " " : "");
			text_append(text, words[i]);
		}
	}
	return EXIT_DONE;
}

static const char *outcome_word(enum wt_outcome outcome)
{
	switch (outcome) {
	case WT_OUTCOME_DELIVERED:
		return "delivered";
	case WT_OUTCOME_STORED:
		return "stored";
	case WT_OUTCOME_PASSED:
		return "passed";
	case WT_OUTCOME_UNKNOWN:
		return "unknown";
	case WT_OUTCOME_NONE:
		break;
	}
	return "failed";
}

static void begin_json(struct json_writer *json, const char *to, const char *outcome,
		       const char *status, const char *text)
{
	json_begin_object(json);
	json_name(json, "type");
	json_string(json, "send");
	json_name(json, "to");
	json_string(json, to);
	json_name(json, "outcome");
	json_string(json, outcome);
	json_name(json, "status");
	json_string(json, status);
	json_name(json, "text");
	json_string(json, text);
}

/* With --json: the object for a message that never left, or whose verdict never came. */
static void show_failure(struct one_shot *shot, const char *to, const char *outcome,
			 const char *status, const char *text)
{
	struct json_writer json = json_writer_on(&shot->out);

	if (!shot->json)
		return;
	begin_json(&json, to, outcome, status, text);
	json_name(&json, "seconds");
	json_seconds(&json, 0);
	json_end_object(&json);
	text_append(&shot->out, "\n");
	(void)one_shot_flush(shot);
}

/* The same, with the sentence for people. */
__attribute__((format(printf, 4, 5))) static void fail(struct one_shot *shot, const char *to,
						       const char *status, const char *format, ...)
{
	char sentence[512];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	show_failure(shot, to, "failed", status, sentence);
	one_shot_complain("send: %s.", sentence);
}

static void append_json(struct one_shot *shot, const char *to, const struct wt_event *event)
{
	struct json_writer json = json_writer_on(&shot->out);
	const struct render_style plain = { .colour = false };
	struct text_builder text;

	text_builder_init(&text, 16384);
	render_outcome(&text, plain, event);
	begin_json(&json, to, outcome_word(render_true_outcome(event)),
		   wt_status_text(event->as.verdict.status), text_builder_text(&text));
	if (event->as.verdict.to_room) {
		json_name(&json, "count");
		json_unsigned(&json, event->as.verdict.count);
	}
	json_name(&json, "seconds");
	json_seconds(&json, event->as.verdict.elapsed_ns);
	json_end_object(&json);
	text_append(&shot->out, "\n");
	text_builder_finish(&text);
}

/* Waits for the verdict; where time runs out, ends the connection, which brings one too. */
static bool await_verdict(struct one_shot *shot, const char *to_text, uint32_t request,
			  struct wt_event *event)
{
	enum wt_result result = wt_wait(shot->client, request, (int)shot->timeout_ms, event);

	if (result == WT_TIMEOUT) {
		(void)wt_disconnect(shot->client, 0);
		result = wt_wait(shot->client, request, 0, event);
	}
	if (result == WT_OK && event->kind == WT_EVENT_VERDICT)
		return true;
	show_failure(shot, to_text, "unknown", wt_result_text(result), "no verdict came");
	one_shot_complain("send: no verdict came: %s.", wt_result_text(result));
	return false;
}

/* On standard output what came of it, in JSON always; on standard error why it did not. */
static bool show_verdict(struct one_shot *shot, const char *to_text, const struct recipient *to,
			 const struct wt_event *event)
{
	const struct render_style plain = { .colour = false };
	enum wt_outcome outcome = render_true_outcome(event);
	bool done = outcome != WT_OUTCOME_NONE && outcome != WT_OUTCOME_UNKNOWN;
	struct text_builder reason;

	if (shot->json)
		append_json(shot, to_text, event);
	else if (done)
		render_verdict(&shot->out, shot->style, to, event);
	if (done)
		return one_shot_flush(shot);
	(void)one_shot_flush(shot);
	text_builder_init(&reason, 16384);
	recipient_append(&reason, to);
	text_append(&reason, ": ");
	render_outcome(&reason, plain, event);
	one_shot_complain("send: to %s.", text_builder_text(&reason));
	text_builder_finish(&reason);
	return false;
}

/* Nobody would take it while we wait for the verdict on it. */
static bool is_to_ourselves(struct one_shot *shot, const char *to_text, const struct recipient *to)
{
	struct wt_info info;

	wt_get_info(shot->client, &info);
	if (to->kind == RECIPIENT_NUMBER && to->number == info.number)
		fail(shot, to_text, "no-such-client",
		     "client %" PRIu32 " is this command itself: nobody else has that number",
		     to->number);
	else if (to->kind == RECIPIENT_NAME && shot->name && strcmp(to->name, shot->name) == 0)
		fail(shot, to_text, "no-such-client",
		     "@%s is this command itself: nobody else has that name", to->name);
	else
		return false;
	return true;
}

static bool send_text(struct one_shot *shot, const char *to_text, const struct recipient *to,
		      const struct text_builder *text)
{
	struct wt_message message = { .data = text->text, .data_bytes = text->length };
	struct wt_event event;
	uint32_t request = 0;
	enum wt_result made;

	recipient_address(to, &message);
	made = wt_send(shot->client, &message, &request);
	if (made == WT_TOO_LARGE) {
		struct wt_info info;

		wt_get_info(shot->client, &info);
		fail(shot, to_text, "too-large",
		     "%zu bytes are too many for this server, which takes %" PRIu32
		     " with all that belongs to a message",
		     text->length, info.limit_bytes);
		return false;
	}
	if (made != WT_OK) {
		fail(shot, to_text, wt_result_text(made), "the message was not sent: %s",
		     wt_result_text(made));
		return false;
	}
	return await_verdict(shot, to_text, request, &event) &&
	       show_verdict(shot, to_text, to, &event);
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	static const struct one_shot_shape shape = { .min_operands = 2,
						     .max_operands = -1,
						     .timeout_ms = SEND_TIMEOUT_MS };
	enum exit_status status = EXIT_NOT_DONE;
	const char *problem = "";
	struct text_builder text;
	struct recipient to;
	struct one_shot shot;
	const char *to_text;

	if (!one_shot_begin(&shot, self, &shape, argc, argv, &status))
		return status;
	text_builder_init(&text, SEND_MAX_BYTES);
	to_text = shot.arguments.operands[0];
	if (!recipient_parse(to_text, &to, &problem)) {
		status = one_shot_usage(self, "send: no such recipient: %s.", problem);
		goto finish;
	}
	status = read_text(shot.arguments.operand_count - 1, shot.arguments.operands + 1, &text);
	if (status != EXIT_DONE)
		goto finish;
	status = EXIT_NOT_DONE;
	if (text.truncated) {
		fail(&shot, to_text, "too-large", "no message may have more than %zu bytes",
		     SEND_MAX_BYTES);
		goto finish;
	}
	if (!one_shot_connect(&shot)) {
		show_failure(&shot, to_text, "failed", "not-connected",
			     text_builder_text(&shot.trouble));
		goto finish;
	}
	if (!is_to_ourselves(&shot, to_text, &to) && send_text(&shot, to_text, &to, &text))
		status = EXIT_DONE;
	one_shot_leave(&shot);

finish:
	text_builder_finish(&text);
	one_shot_finish(&shot);
	return status;
}

static const struct command_option options[] = {
	{ .key = ONE_SHOT_NAME,
	  .name = "name",
	  .value = "NAME",
	  .help = "be called so while sending" },
	ONE_SHOT_WIRE_ROW,
	ONE_SHOT_SERVER_ROW,
	ONE_SHOT_TIMEOUT_ROW("for connecting, and for the verdict (default: 15; the server itself "
			     "decides after 10)"),
	ONE_SHOT_JSON_ROW("one object on one line, also where it was not delivered"),
	{ 0 },
};

const struct command command_send = {
	.name = "send",
	.summary = "send a message, and hear what became of it",
	.usage = "[OPTION]... TO TEXT...",
	.about = "Sends one message and waits until it is known what became of it.\n"
		 "\n"
		 "  TO        7 (a number of wiretale list), @name or #room; quote the # for the\n"
		 "            shell: '#tea'\n"
		 "  TEXT...   words, joined by a blank; - alone: standard input, every byte of\n"
		 "            it. Put -- before words that begin with -\n",
	.options = options,
	.notes = "Outcomes:\n"
		 "\n"
		 "  delivered   the recipient's program acknowledged it; to a room: those who did\n"
		 "              are counted\n"
		 "  passed      the recipient speaks the classic dialect, which cannot\n"
		 "              acknowledge; its machine has every byte\n"
		 "  failed      it was not delivered, or not surely; status and text say why\n"
		 "  unknown     no acknowledgement within 10 s, or the connection ended first: it\n"
		 "              may have arrived, or not\n",
	.examples =
		"wiretale send 3 hello there\n"
		"wiretale send @ann - < letter.txt\n"
		"wiretale send '#tea' 'the water boils' --json\n"
		"  "
		"{\"type\":\"send\",\"to\":\"#tea\",\"outcome\":\"delivered\",\"status\":\"ok\",\n"
		"   \"text\":\"delivered to 2 members\",\"count\":2,\"seconds\":0.000412000}",
	.statuses = "0 delivered or passed; 1 not, or no connection; 2 wrong usage; 3 this machine "
		    "lacks something.",
	.run = run,
};
