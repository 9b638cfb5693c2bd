#include "chat_ui/chat_command.h"

#include <string.h>

#include "base/display_width.h"
#include "base/nearest_word.h"
#include "net/address.h"

/* What may stand behind a command's word. */
enum operand {
	OPERAND_NONE,
	OPERAND_SERVER,     /* or nothing: then it is asked for */
	OPERAND_COUNT,      /* or nothing: then 1 */
	OPERAND_MESSAGE,    /* to whom, and the text; each may be missing and is asked for */
	OPERAND_MAYBE_NAME, /* or nothing: then another command is meant */
	OPERAND_NAME,       /* or nothing: then it is asked for */
	OPERAND_ROOM,       /* the same */
	OPERAND_ON_OFF,     /* or nothing: then on */
};

static const struct row {
	const char *number; /* in the menu; NULL: has none */
	const char *word;
	enum chat_command_kind kind;
	enum operand operand;
	const char *shape; /* of the operands, for people */
	const char *help;
} rows[] = {
	{ "1", "connect", CHAT_COMMAND_CONNECT, OPERAND_SERVER, "HOST[:PORT]", "to a server" },
	{ "2", "disconnect", CHAT_COMMAND_DISCONNECT, OPERAND_NONE, "", "from the server" },
	{ "3", "time", CHAT_COMMAND_TIME, OPERAND_COUNT, "[COUNT]", "of the server" },
	{ "4", "name", CHAT_COMMAND_NAME, OPERAND_MAYBE_NAME, "", "of the server's machine" },
	{ "5", "list", CHAT_COMMAND_LIST, OPERAND_NONE, "", "who is connected" },
	{ "6", "send", CHAT_COMMAND_SEND, OPERAND_MESSAGE, "TO TEXT",
	  "a message; TO: a number of the list, @name, #room" },
	{ "0", "quit", CHAT_COMMAND_QUIT, OPERAND_NONE, "", "" },
	{ NULL, "nick", CHAT_COMMAND_CALL_ME, OPERAND_NAME, "NAME", "take a name, or another" },
	{ NULL, "join", CHAT_COMMAND_JOIN, OPERAND_ROOM, "ROOM", "get what is sent to #ROOM" },
	{ NULL, "leave", CHAT_COMMAND_LEAVE, OPERAND_ROOM, "ROOM", "get it no more" },
	{ NULL, "rooms", CHAT_COMMAND_ROOMS, OPERAND_NONE, "", "which there are" },
	{ NULL, "watch", CHAT_COMMAND_WATCH, OPERAND_ON_OFF, "[on|off]",
	  "be told who comes and who goes" },
	{ NULL, "ping", CHAT_COMMAND_PING, OPERAND_COUNT, "[COUNT]",
	  "how long the way there and back takes" },
	{ "?", "help", CHAT_COMMAND_HELP, OPERAND_NONE, "", "all that can be done" },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const struct {
	const char *word;
	const char *means;
} aliases[] = {
	{ "exit", "quit" },
	{ "bye", "quit" },
	{ "who", "list" },
	{ "msg", "send" },
};

const char *chat_command_word(size_t place)
{
	return place < ROW_COUNT ? rows[place].word : NULL;
}

const char *chat_command_word_of(enum chat_command_kind kind)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (rows[i].kind == kind)
			return rows[i].word;
	}
	return "";
}

bool chat_command_needs_connection(enum chat_command_kind kind)
{
	return kind != CHAT_COMMAND_NOTHING && kind != CHAT_COMMAND_BAD &&
	       kind != CHAT_COMMAND_QUIT && kind != CHAT_COMMAND_HELP &&
	       kind != CHAT_COMMAND_CONNECT;
}

static bool is_blank(char character)
{
	return character == ' ' || character == '\t';
}

static const char *skip_blanks(const char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

static size_t word_length(const char *text)
{
	size_t length = 0;

	while (text[length] && !is_blank(text[length]))
		length++;
	return length;
}

/* Without the blanks at the end. */
static size_t trimmed_length(const char *text)
{
	size_t length = strlen(text);

	while (length > 0 && is_blank(text[length - 1]))
		length--;
	return length;
}

/* Sets the problem: what comes before the user's own words, they, and what comes behind. */
static void fail(struct chat_command *out, const char *before, const char *word, size_t word_bytes,
		 const char *behind)
{
	struct text_builder text;
	size_t length;

	text_builder_init(&text, sizeof(out->problem) - 1);
	text_append(&text, before);
	if (word) {
		text_append(&text, "\"");
		text_append_harmless(&text, word, word_bytes < 64 ? word_bytes : 64);
		text_append(&text, "\"");
	}
	text_append(&text, behind);
	length = text.length;
	memcpy(out->problem, text_builder_text(&text), length);
	out->problem[length] = '\0';
	out->kind = CHAT_COMMAND_BAD;
	text_builder_finish(&text);
}

bool chat_command_is_no_host(const char *text)
{
	size_t length = trimmed_length(text);

	return strchr(text, '/') || (length > 0 && strspn(text, "0123456789") == length);
}

void chat_command_server_problem(const char *text, char out[CHAT_PROBLEM_BYTES])
{
	struct chat_command failed;
	size_t length;

	text = skip_blanks(text);
	length = trimmed_length(text);
	if (strchr(text, '/')) {
		fail(&failed, "", text, length, " is no server; write HOST:PORT, without http://.");
	} else if (length <= 5 && chat_command_is_no_host(text)) {
		fail(&failed, "", text, length, " is a port alone; did you mean :");
		fail(&failed, failed.problem, NULL, 0, text);
		failed.problem[strlen(failed.problem) - strlen(text + length)] = '\0';
		fail(&failed, failed.problem, NULL, 0, "?");
	} else {
		fail(&failed, "", text, length,
		     " is no server; write HOST, HOST:PORT, [IPv6]:PORT or :PORT.");
	}
	memcpy(out, failed.problem, sizeof(failed.problem));
}

bool chat_command_parse_server(const char *text, char out[CHAT_SERVER_MAX_BYTES])
{
	char joined[CHAT_SERVER_MAX_BYTES];
	char host[NET_HOST_MAX_BYTES];
	uint16_t port = 0;
	size_t length;
	size_t host_length;

	text = skip_blanks(text);
	length = trimmed_length(text);
	host_length = word_length(text);
	if (length == 0 || length + 4 > sizeof(joined)) /* "[", "]", ":" and the zero */
		return false;
	if (host_length >= length) {
		memcpy(joined, text, length);
		joined[length] = '\0';
	} else {
		const char *port_text = skip_blanks(text + host_length);
		size_t port_length = length - (size_t)(port_text - text);
		const char *colon = memchr(text, ':', host_length);
		bool bare_ipv6 = *text != '[' && colon;
		struct text_builder joiner;

		/* One colon in the first word: a port is there already. */
		if (word_length(port_text) != port_length ||
		    (bare_ipv6 &&
		     !memchr(colon + 1, ':', host_length - (size_t)(colon + 1 - text))))
			return false;
		text_builder_init(&joiner, sizeof(joined) - 1);
		text_append(&joiner, bare_ipv6 ? "[" : "");
		text_append_bytes(&joiner, text, host_length);
		text_append(&joiner, bare_ipv6 ? "]:" : ":");
		text_append_bytes(&joiner, port_text, port_length);
		memcpy(joined, text_builder_text(&joiner), joiner.length + 1);
		text_builder_finish(&joiner);
	}
	if (chat_command_is_no_host(joined) || !net_host_port_parse(joined, 1, host, &port, NULL))
		return false;
	memcpy(out, joined, strlen(joined) + 1);
	return true;
}

static void parse_server(const char *rest, struct chat_command *out)
{
	if (!*rest || chat_command_parse_server(rest, out->server))
		return;
	chat_command_server_problem(rest, out->problem);
	out->kind = CHAT_COMMAND_BAD;
}

static void parse_count(const char *rest, struct chat_command *out)
{
	size_t length = trimmed_length(rest);
	size_t count = 0;

	out->count = 1;
	if (length == 0)
		return;
	for (size_t i = 0; i < length && count <= ROUND_TRIPS_MAX; i++) {
		if (rest[i] < '0' || rest[i] > '9') {
			count = 0;
			break;
		}
		count = count * 10 + (size_t)(rest[i] - '0');
	}
	if (count == 0 || count > ROUND_TRIPS_MAX) {
		fail(out, "", rest, length, " is no count; write a number from 1 to 1000000.");
		return;
	}
	out->count = count;
}

/* Behind a message's recipient, which may stand in double quotes: a name may hold blanks. */
static const char *behind_recipient(const char *rest, const char **start, size_t *length)
{
	const char *quote;

	if (*rest != '"') {
		*start = rest;
		*length = word_length(rest);
		return rest + *length;
	}
	quote = strchr(rest + 1, '"');
	if (!quote)
		return NULL;
	*start = rest + 1;
	*length = (size_t)(quote - rest) - 1;
	return quote + 1;
}

static void parse_message(const char *rest, struct chat_command *out)
{
	char to[WT_NAME_MAX_BYTES + 2] = "";
	const char *start = rest;
	const char *behind;
	const char *problem = "it is too long";
	size_t length = 0;

	if (!*rest)
		return;
	behind = behind_recipient(rest, &start, &length);
	if (!behind) {
		fail(out, "The quote in ", rest, trimmed_length(rest), " has no end.");
		return;
	}
	if (length < sizeof(to)) {
		memcpy(to, start, length);
		to[length] = '\0';
	}
	if (length >= sizeof(to) || !recipient_parse(to, &out->to, &problem)) {
		fail(out, "", start, length, " is no recipient: ");
		fail(out, out->problem, NULL, 0, problem);
		fail(out, out->problem, NULL, 0, ".");
		return;
	}
	out->has_to = true;
	behind = skip_blanks(behind);
	out->text = *behind ? behind : NULL;
}

void chat_command_parse_name(const char *text, bool is_room, struct chat_command *out)
{
	const char *rest = skip_blanks(text);
	size_t length;

	if (is_room && *rest == '#')
		rest++;
	length = trimmed_length(rest);
	if (length > WT_NAME_MAX_BYTES) {
		fail(out, "A name has at most 64 bytes; that one has more.", NULL, 0, "");
		return;
	}
	memcpy(out->name, rest, length);
	out->name[length] = '\0';
	if (!recipient_name_is_valid(out->name))
		fail(out, is_room ? "Which room?" : "Which name?", NULL, 0,
		     " 1 to 64 bytes of UTF-8 without control characters.");
}

/* Nothing at all is asked for; "#" alone is a name that is none. */
static void parse_name(const char *rest, bool is_room, struct chat_command *out)
{
	if (*rest)
		chat_command_parse_name(rest, is_room, out);
}

static void parse_on_off(const char *rest, struct chat_command *out)
{
	size_t length = trimmed_length(rest);

	out->on = length == 0 || (length == 2 && memcmp(rest, "on", 2) == 0);
	if (!out->on && !(length == 3 && memcmp(rest, "off", 3) == 0))
		fail(out, "watch on, or watch off?", NULL, 0, "");
}

static void parse_operands(const struct row *row, const char *rest, struct chat_command *out)
{
	switch (row->operand) {
	case OPERAND_NONE:
		if (*rest)
			fail(out, "", row->word, strlen(row->word), " takes nothing behind it.");
		break;
	case OPERAND_SERVER:
		parse_server(rest, out);
		break;
	case OPERAND_COUNT:
		parse_count(rest, out);
		break;
	case OPERAND_MESSAGE:
		parse_message(rest, out);
		break;
	case OPERAND_MAYBE_NAME:
		if (*rest) {
			out->kind = CHAT_COMMAND_CALL_ME;
			parse_name(rest, false, out);
		}
		break;
	case OPERAND_NAME:
		parse_name(rest, false, out);
		break;
	case OPERAND_ROOM:
		parse_name(rest, true, out);
		break;
	case OPERAND_ON_OFF:
		parse_on_off(rest, out);
		break;
	}
}

static bool equals(const char *text, size_t length, const char *word)
{
	return word && strlen(word) == length && memcmp(text, word, length) == 0;
}

static const struct row *find_row(const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (equals(word, length, aliases[i].word)) {
			word = aliases[i].means;
			length = strlen(word);
		}
	}
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (equals(word, length, rows[i].word) || equals(word, length, rows[i].number))
			return &rows[i];
	}
	return NULL;
}

static void fail_unknown(const char *word, size_t length, struct chat_command *out)
{
	const char *words[ROW_COUNT];
	char typed[NEAREST_WORD_MAX_BYTES + 1] = "";
	const char *nearest;

	for (size_t i = 0; i < ROW_COUNT; i++)
		words[i] = rows[i].word;
	if (length < sizeof(typed))
		memcpy(typed, word, length);
	nearest = nearest_word(typed, words, ROW_COUNT);
	fail(out, "There is no command ", word, length, nearest ? ". Did you mean " : ".");
	fail(out, out->problem, nearest, nearest ? strlen(nearest) : 0,
	     nearest ? "? All there is: ?" : " All there is: ?");
}

void chat_command_parse(const char *line, struct chat_command *out)
{
	const struct row *row;
	size_t length;

	*out = (struct chat_command){ .kind = CHAT_COMMAND_NOTHING };
	line = skip_blanks(line);
	if (!*line)
		return;
	if ((*line == '@' || *line == '#') && line[1] && !is_blank(line[1])) {
		out->kind = CHAT_COMMAND_SEND; /* "@ann hello" is "send @ann hello" */
		parse_message(line, out);
		return;
	}
	length = word_length(line);
	row = find_row(line, length);
	if (!row) {
		fail_unknown(line, length, out);
		return;
	}
	out->kind = row->kind;
	parse_operands(row, skip_blanks(line + length), out);
}

#define WORD_COLUMNS 24u

static void append_row(struct text_builder *out, struct render_style style, const struct row *row)
{
	struct text_builder words;

	text_builder_init(&words, CHAT_PROBLEM_BYTES);
	text_append_format(&words, "%s %s", row->word, row->shape);
	text_append(out, "  ");
	render_colour_begin(out, style, RENDER_CYAN);
	text_append(out, row->number ? row->number : " ");
	render_colour_end(out, style);
	text_append(out, "  ");
	if (*row->help)
		display_append_left(out, text_builder_text(&words), WORD_COLUMNS);
	else
		text_append(out, row->word);
	text_append(out, row->help);
	text_append(out, "\n");
	text_builder_finish(&words);
}

void chat_command_menu(struct text_builder *out, struct render_style style, bool connected)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		bool offered = connected || !chat_command_needs_connection(rows[i].kind);

		if (rows[i].number && offered)
			append_row(out, style, &rows[i]);
	}
}

void chat_command_help(struct text_builder *out, struct render_style style, bool connected)
{
	chat_command_menu(out, style, connected);
	if (!connected) {
		text_append(out, "The rest is for those who are connected.\n");
		return;
	}
	text_append(out, "Besides:\n");
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (!rows[i].number)
			append_row(out, style, &rows[i]);
	}
	text_append(out, "The number does the same as the word. Short forms: \"@ann hello\" for\n"
			 "\"send @ann hello\", \"name ann\" for \"nick ann\".\n");
}
