#include "programs/socket_options.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "programs/complaint.h"
#include "socket_peer/byte_notation.h"

#define SAID_MAX_BYTES ((size_t)SOCKET_PEER_QUEUE_MAX_BYTES / 2)
#define TIME_MAX_MS UINT64_C(86400000)
#define DEFAULT_BACKLOG 16

enum {
	SOCKET_SAY = OPTION_FIRST_KEY,
	SOCKET_ECHO,
	SOCKET_SERIAL,
	SOCKET_PAD,
	SOCKET_UNTIL,
	SOCKET_COUNT,
	SOCKET_HALF_CLOSE,
	SOCKET_CLOSE_AFTER,
	SOCKET_LINGER,
	SOCKET_KEEP_OPEN,
	SOCKET_ONCE,
	SOCKET_TIMEOUT,
	SOCKET_BIND,
	SOCKET_BACKLOG,
	SOCKET_ACCEPT_AFTER,
	SOCKET_SEND_SIZE,
	SOCKET_RECV_SIZE,
	SOCKET_RECV_EVERY,
	SOCKET_REUSE,
	SOCKET_NODELAY,
	SOCKET_KEEPALIVE,
	SOCKET_RCVBUF,
	SOCKET_SNDBUF,
	SOCKET_HEX,
	SOCKET_HEX_IN,
	SOCKET_HEX_OUT,
	SOCKET_LINE_END,
	SOCKET_CALLS,
	SOCKET_WIRE,
	SOCKET_JSON,
};

const struct command_option socket_option_table[] = {
	{ .key = SOCKET_SAY,
	  .name = "say",
	  .value = "TEXT",
	  .help = "send TEXT as soon as there is a connection; may be repeated, each is one "
		  "send(). "
		  "\\n, \\r, \\t, \\0, \\xNN and \\\\ in it stand for one byte each" },
	{ .key = SOCKET_ECHO, .name = "echo", .help = "send back what comes" },
	{ .key = SOCKET_SERIAL,
	  .name = "serial",
	  .help = "send back what each recv() brings with a counter in front: 0hello, 1again" },
	{ .key = SOCKET_PAD,
	  .name = "pad",
	  .value = "N",
	  .help = "make each such answer N bytes long: with zero bytes behind it, or cut off" },
	{ .key = SOCKET_UNTIL,
	  .name = "until",
	  .value = "WORD",
	  .help = "close a connection once WORD came on it, in however many pieces; WORD and what "
		  "follows it is not answered. Escapes as in --say" },
	{ .key = SOCKET_COUNT,
	  .name = "count",
	  .value = "N",
	  .help = "close a connection once N bytes came on it" },
	{ .key = SOCKET_HALF_CLOSE,
	  .name = "half-close",
	  .help = "shutdown(SHUT_WR) at the end of the input, or behind --say where a person "
		  "types; "
		  "what comes is still read" },
	{ .key = SOCKET_CLOSE_AFTER,
	  .name = "close-after",
	  .value = "TIME",
	  .help = "close a connection when it is that old: 2s, 200ms" },
	{ .key = SOCKET_LINGER,
	  .name = "linger",
	  .value = "0",
	  .help = "close with RST instead of FIN: SO_LINGER with 0 seconds",
	  .kind = VALUE_WORDS,
	  .words = "0" },
	{ .key = SOCKET_KEEP_OPEN,
	  .name = "keep-open",
	  .help = "do not close when the peer does: this side stays in CLOSE_WAIT" },
	{ .key = SOCKET_ONCE, .name = "once", .help = "listen: serve one client, then end" },
	{ .key = SOCKET_TIMEOUT,
	  .name = "timeout",
	  .value = "TIME",
	  .help = "give up connecting, or a connection on which nothing comes, after that time "
		  "(default: as the kernel does; never)" },
	{ .key = SOCKET_BIND,
	  .name = "bind",
	  .value = "ADDR:PORT",
	  .help = "connect: from this address and port of this machine" },
	{ .key = SOCKET_BACKLOG,
	  .name = "backlog",
	  .value = "N",
	  .help = "listen: connections that the kernel completes before accept() (default: 16)" },
	{ .key = SOCKET_ACCEPT_AFTER,
	  .name = "accept-after",
	  .value = "TIME",
	  .help = "listen: call accept() only that long after a client came" },
	{ .key = SOCKET_SEND_SIZE,
	  .name = "send-size",
	  .value = "N",
	  .help = "give at most N bytes to one send()" },
	{ .key = SOCKET_RECV_SIZE,
	  .name = "recv-size",
	  .value = "N",
	  .help = "take at most N bytes by one recv() (default: 65536)" },
	{ .key = SOCKET_RECV_EVERY,
	  .name = "recv-every",
	  .value = "TIME",
	  .help = "call recv() only that long after the last one: the window closes" },
	{ .key = SOCKET_REUSE,
	  .name = "reuse",
	  .help = "SO_REUSEADDR: take a port that old connections in TIME_WAIT still have, if they "
		  "had "
		  "it set too" },
	{ .key = SOCKET_NODELAY, .name = "nodelay", .help = "TCP_NODELAY: no waiting by Nagle" },
	{ .key = SOCKET_KEEPALIVE,
	  .name = "keepalive",
	  .value = "SECONDS",
	  .help = "SO_KEEPALIVE: probe a silent peer after that long, and that often" },
	{ .key = SOCKET_RCVBUF,
	  .name = "rcvbuf",
	  .value = "BYTES",
	  .help = "SO_RCVBUF: the kernel's buffer for receiving, and so the window" },
	{ .key = SOCKET_SNDBUF,
	  .name = "sndbuf",
	  .value = "BYTES",
	  .help = "SO_SNDBUF: the kernel's buffer for sending" },
	{ .key = SOCKET_HEX,
	  .name = "hex",
	  .letter = 'x',
	  .help = "bytes as hex digits, those that are typed and those that come" },
	{ .key = SOCKET_HEX_IN, .name = "hex-in", .help = "only those that are typed" },
	{ .key = SOCKET_HEX_OUT, .name = "hex-out", .help = "only those that come" },
	{ .key = SOCKET_LINE_END,
	  .name = "line-end",
	  .value = "KIND",
	  .help = "what is sent behind a typed line: lf, crlf or none (default: lf)",
	  .kind = VALUE_WORDS,
	  .words = "lf crlf none" },
	{ .key = SOCKET_CALLS,
	  .name = "calls",
	  .help = "show each socket call with its arguments and its result, on standard error" },
	{ .key = SOCKET_WIRE,
	  .name = "wire",
	  .help = "show the segments of the first connection below the calls that caused them, "
		  "also where connecting fails; it waits for the last of them, at most a quarter "
		  "of a second each time" },
	{ .key = SOCKET_JSON, .name = "json", .help = "one object a line for all that happens" },
	{ 0 },
};

struct reading {
	const struct command *command;  /* borrowed */
	const struct option_reader *at; /* borrowed; the option given last */
	struct socket_options *options; /* borrowed */
	/* Where each saying begins in options->said, which may still move. */
	size_t starts[SOCKET_PEER_SAYINGS_MAX];
};

static bool read_number(const struct reading *reading, uint64_t min, uint64_t max, uint64_t *out)
{
	if (decimal_parse(reading->at->value, min, max, out))
		return true;
	(void)complaint_usage(reading->command, "socket: --%s takes a number from %llu to %llu.",
			      reading->at->row->name, (unsigned long long)min,
			      (unsigned long long)max);
	return false;
}

static bool read_size(const struct reading *reading, uint64_t max, size_t *out)
{
	uint64_t number;

	if (!read_number(reading, 1, max, &number))
		return false;
	*out = (size_t)number;
	return true;
}

static bool read_int(const struct reading *reading, uint64_t min, uint64_t max, int *out)
{
	uint64_t number;

	if (!read_number(reading, min, max, &number))
		return false;
	*out = (int)number;
	return true;
}

static bool read_time(const struct reading *reading, uint64_t *out_ms)
{
	uint64_t ns;

	/* What would be cut off is refused: a millisecond is the finest that poll() waits. */
	if (duration_parse(reading->at->value, TIME_MAX_MS * NS_PER_MS, &ns) &&
	    ns % NS_PER_MS == 0) {
		*out_ms = ns / NS_PER_MS;
		return true;
	}
	(void)complaint_usage(reading->command,
			      "socket: --%s takes a time such as 2s or 200ms, at most a day.",
			      reading->at->row->name);
	return false;
}

static bool parse_escapes(const struct reading *reading, struct text_builder *out)
{
	const char *problem = "";

	if (byte_notation_parse_escapes(reading->at->value, out, &problem))
		return true;
	(void)complaint_usage(reading->command, "socket: --%s %s: %s.", reading->at->row->name,
			      reading->at->value, problem);
	return false;
}

static bool read_saying(struct reading *reading)
{
	struct socket_options *options = reading->options;
	struct socket_peer_plan *plan = &options->plan;
	size_t start = options->said.length;

	if (plan->saying_count == SOCKET_PEER_SAYINGS_MAX) {
		(void)complaint_usage(reading->command, "socket: --say can be given %u times.",
				      SOCKET_PEER_SAYINGS_MAX);
		return false;
	}
	if (!parse_escapes(reading, &options->said))
		return false;
	reading->starts[plan->saying_count] = start;
	plan->sayings[plan->saying_count].length = options->said.length - start;
	plan->saying_count++;
	return true;
}

static bool read_word(const struct reading *reading, struct word *out)
{
	struct text_builder bytes;
	bool fits = false;

	text_builder_init(&bytes, SAID_MAX_BYTES);
	if (parse_escapes(reading, &bytes)) {
		fits = word_init(out, text_builder_text(&bytes), bytes.length);
		if (!fits)
			(void)complaint_usage(reading->command,
					      "socket: --until takes a word of 1 to %u bytes.",
					      WORD_SEARCH_MAX_BYTES);
	}
	text_builder_finish(&bytes);
	return fits;
}

/* A port alone is a place too. */
static bool parse_place(const char *text, struct socket_place *out, const char **problem)
{
	char with_colon[8];
	bool port_alone = *text && strspn(text, "0123456789") == strlen(text) &&
			  strlen(text) < sizeof(with_colon) - 1;

	if (port_alone) {
		(void)snprintf(with_colon, sizeof(with_colon), ":%s", text);
		text = with_colon;
	}
	if (!net_host_port_parse(text, 0, out->host, &out->port, problem))
		return false;
	if (port_alone || strrchr(text, ':') > strrchr(text, ']'))
		return true;
	*problem = "the port is missing: ADDR:PORT";
	return false;
}

static bool read_place(const struct command *command, const char *what, const char *text,
		       struct socket_place *out)
{
	const char *problem = "";

	if (parse_place(text, out, &problem))
		return true;
	(void)complaint_usage(command, "socket: %s%s%s: %s.", what, *what ? " " : "", text,
			      problem);
	return false;
}

static bool read_linger(const struct reading *reading)
{
	reading->options->plan.reset_on_close = strcmp(reading->at->value, "0") == 0;
	if (!reading->options->plan.reset_on_close)
		(void)complaint_usage(reading->command,
				      "socket: --linger takes 0 only: more would hold all "
				      "connections up while one closes.");
	return reading->options->plan.reset_on_close;
}

static bool read_line_end(const struct reading *reading)
{
	static const struct {
		const char *kind;
		const char *bytes;
	} ends[] = { { "lf", "\n" }, { "crlf", "\r\n" }, { "none", "" } };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strcmp(reading->at->value, ends[i].kind) == 0) {
			reading->options->line_end = ends[i].bytes;
			return true;
		}
	}
	(void)complaint_usage(reading->command, "socket: --line-end takes lf, crlf or none.");
	return false;
}

static bool set_answer(const struct reading *reading, enum socket_peer_answer answer)
{
	struct socket_peer_plan *plan = &reading->options->plan;

	if (plan->answer != SOCKET_PEER_ANSWERS_NOTHING && plan->answer != answer) {
		(void)complaint_usage(reading->command, "socket: give --echo or --serial.");
		return false;
	}
	plan->answer = answer;
	return true;
}

/* Those that need no value. False: `key` is none of them. */
static bool read_switch(struct socket_options *options, int key)
{
	bool *const switches[] = {
		[SOCKET_HALF_CLOSE] = &options->plan.half_close,
		[SOCKET_KEEP_OPEN] = &options->plan.keep_open,
		[SOCKET_ONCE] = &options->plan.once,
		[SOCKET_REUSE] = &options->plan.reuse_address,
		[SOCKET_NODELAY] = &options->plan.no_delay,
		[SOCKET_HEX_IN] = &options->hex_in,
		[SOCKET_HEX_OUT] = &options->hex_out,
		[SOCKET_CALLS] = &options->calls,
		[SOCKET_WIRE] = &options->wire,
		[SOCKET_JSON] = &options->json,
	};

	if (key == SOCKET_HEX) {
		options->hex_in = true;
		options->hex_out = true;
		return true;
	}
	if ((size_t)key >= sizeof(switches) / sizeof(switches[0]) || !switches[key])
		return false;
	*switches[key] = true;
	return true;
}

/* False: a sentence was printed. */
static bool read_value(struct reading *reading, int key)
{
	struct socket_options *options = reading->options;
	struct socket_peer_plan *plan = &options->plan;

	switch (key) {
	case SOCKET_SAY:
		return read_saying(reading);
	case SOCKET_ECHO:
		return set_answer(reading, SOCKET_PEER_ECHOES);
	case SOCKET_SERIAL:
		return set_answer(reading, SOCKET_PEER_NUMBERS);
	case SOCKET_PAD:
		return read_size(reading, SOCKET_PEER_PAD_MAX_BYTES, &plan->pad_bytes);
	case SOCKET_UNTIL:
		return read_word(reading, &plan->until);
	case SOCKET_COUNT:
		return read_number(reading, 1, UINT64_MAX, &plan->count_bytes);
	case SOCKET_CLOSE_AFTER:
		plan->close_timed = true;
		return read_time(reading, &plan->close_after_ms);
	case SOCKET_LINGER:
		return read_linger(reading);
	case SOCKET_TIMEOUT:
		if (!read_time(reading, &plan->idle_ms))
			return false;
		plan->connect_timeout_ms = (uint32_t)plan->idle_ms;
		return true;
	case SOCKET_BIND:
		options->has_from = true;
		return read_place(reading->command, "--bind", reading->at->value, &options->from);
	case SOCKET_BACKLOG:
		return read_int(reading, 0, 65535, &plan->backlog);
	case SOCKET_ACCEPT_AFTER:
		return read_time(reading, &plan->accept_after_ms);
	case SOCKET_SEND_SIZE:
		return read_size(reading, SOCKET_PEER_QUEUE_MAX_BYTES, &plan->send_bytes);
	case SOCKET_RECV_SIZE:
		return read_size(reading, SOCKET_PEER_RECEIVE_MAX_BYTES, &plan->receive_bytes);
	case SOCKET_RECV_EVERY:
		return read_time(reading, &plan->receive_every_ms);
	case SOCKET_KEEPALIVE:
		return read_int(reading, 1, 32767, &plan->keepalive_s);
	case SOCKET_RCVBUF:
		return read_int(reading, 1, INT32_MAX / 2, &plan->receive_buffer_bytes);
	case SOCKET_SNDBUF:
		return read_int(reading, 1, INT32_MAX / 2, &plan->send_buffer_bytes);
	case SOCKET_LINE_END:
		return read_line_end(reading);
	default:
		return read_switch(options, key);
	}
}

/* What only makes sense with the other operand. */
static const char *misplaced_option(const struct socket_options *options)
{
	const struct socket_peer_plan *plan = &options->plan;

	if (options->listens && options->has_from)
		return "--bind goes with connect: a listener's place is its operand";
	if (!options->listens && plan->once)
		return "--once goes with listen: to connect is once anyway";
	if (!options->listens && plan->accept_after_ms > 0)
		return "--accept-after goes with listen";
	if (plan->pad_bytes > 0 && plan->answer == SOCKET_PEER_ANSWERS_NOTHING)
		return "--pad goes with --serial or --echo";
	return NULL;
}

static bool read_operands(const struct command *command, const struct option_reader *reader,
			  struct socket_options *options)
{
	const char *misplaced;

	if (reader->operand_count != 2 || (strcmp(reader->operands[0], "listen") != 0 &&
					   strcmp(reader->operands[0], "connect") != 0)) {
		(void)complaint_usage(command,
				      "socket takes listen or connect, and where: ADDR:PORT.");
		return false;
	}
	options->listens = strcmp(reader->operands[0], "listen") == 0;
	options->target = reader->operands[1];
	if (!read_place(command, "", options->target, &options->at))
		return false;
	if (!options->listens && options->at.port == 0) {
		(void)complaint_usage(command, "socket: nobody can be reached at port 0.");
		return false;
	}
	misplaced = misplaced_option(options);
	if (misplaced)
		(void)complaint_usage(command, "socket: %s.", misplaced);
	return misplaced == NULL;
}

bool socket_options_read(const struct command *command, int argc, char **argv,
			 struct socket_options *out, enum exit_status *status)
{
	struct option_reader reader;
	struct reading reading = { .command = command, .at = &reader, .options = out };
	int key;

	*out = (struct socket_options){ .line_end = "\n", .plan.backlog = DEFAULT_BACKLOG };
	text_builder_init(&out->said, SAID_MAX_BYTES);
	*status = EXIT_USAGE;
	option_reader_begin(&reader, command, argc, argv);
	while ((key = option_reader_next(&reader)) > 0) {
		if (!read_value(&reading, key))
			goto finish;
	}
	if (key == OPTION_OVER) {
		*status = (enum exit_status)reader.status;
		goto finish;
	}
	if (!read_operands(command, &reader, out))
		goto finish;
	for (size_t i = 0; i < out->plan.saying_count; i++)
		out->plan.sayings[i].bytes = text_builder_text(&out->said) + reading.starts[i];
	return true;

finish:
	socket_options_finish(out);
	return false;
}

void socket_options_finish(struct socket_options *options)
{
	text_builder_finish(&options->said);
}
