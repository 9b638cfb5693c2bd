#include "tcp_lab/experiment_cable_steps.h"

#include <string.h>

#include "base/decimal.h"
#include "base/text_builder.h"
#include "packet/tcp_header.h"

#define RATE_MAX_BITS UINT64_C(1000000000000)
#define QUEUE_MAX_PACKETS CABLE_IN_FLIGHT_MAX
#define RULE_MAX_TIMES 1000000u
#define ORDINAL_MAX 1000000000u
#define FORGED_OFFSET_MAX INT32_MAX
#define PPM_OF_PERCENT 10000u

struct unit {
	const char *name;
	uint64_t value;
};

/* "1.5mbit": digits, perhaps a point and more, one of the units. False: it is none, more than max,
 * or no whole number in the end. */
static bool parse_scaled(const char *text, const struct unit *units, uint64_t max, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	const char *fraction = text + digits + (text[digits] == '.' ? 1 : 0);
	size_t places = text[digits] == '.' ? strspn(fraction, "0123456789") : 0;
	uint64_t value = 0;
	uint64_t scale;

	while (units->name && strcmp(units->name, fraction + places) != 0)
		units++;
	if (!units->name || digits == 0 || (text[digits] == '.' && places == 0))
		return false;
	scale = units->value;
	for (size_t i = 0; i < digits; i++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text[i] - '0') * scale, &value))
			return false;
	}
	for (size_t i = 0; i < places; i++) {
		if (fraction[i] != '0' && scale % 10 != 0)
			return false;
		scale /= 10;
		if (__builtin_add_overflow(value, (uint64_t)(fraction[i] - '0') * scale, &value))
			return false;
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

static bool take_rate(struct experiment_parser *parser, uint64_t *out)
{
	static const struct unit units[] = { { "bit", 1 },
					     { "kbit", UINT64_C(1000) },
					     { "mbit", UINT64_C(1000000) },
					     { "gbit", UINT64_C(1000000000) },
					     { NULL, 0 } };
	const struct experiment_word *word = parser_peek(parser);

	if (parser_take_keyword(parser, "unlimited")) {
		*out = 0;
		return true;
	}
	if (!word || word->quoted || !parse_scaled(word->text, units, RATE_MAX_BITS, out) ||
	    *out == 0)
		return parser_refuse_word(parser, "a rate such as 10mbit, or unlimited,", NULL, 0);
	(void)parser_take(parser);
	return true;
}

static bool take_percent(struct experiment_parser *parser, uint32_t *out)
{
	static const struct unit units[] = { { "%", PPM_OF_PERCENT }, { NULL, 0 } };
	const struct experiment_word *word = parser_peek(parser);
	uint64_t ppm;

	if (!word || word->quoted || !parse_scaled(word->text, units, 100 * PPM_OF_PERCENT, &ppm))
		return parser_refuse_word(parser, "a share from 0% to 100% (as in 0.1%)", NULL, 0);
	(void)parser_take(parser);
	*out = (uint32_t)ppm;
	return true;
}

/* ---- segments ---- */

static const struct {
	const char *word;
	enum segment_kind kind;
	bool has_ordinal;
} segment_kinds[] = {
	{ "SYN", SEGMENT_SYN, false },    { "SYN-ACK", SEGMENT_SYN_ACK, false },
	{ "data", SEGMENT_DATA, true },   { "ACK", SEGMENT_ACK, true },
	{ "FIN", SEGMENT_FIN, false },    { "RST", SEGMENT_RST, false },
	{ "segment", SEGMENT_ANY, true }, { "probe", SEGMENT_PROBE, false },
};

#define SEGMENT_KIND_COUNT (sizeof(segment_kinds) / sizeof(segment_kinds[0]))

/* "data 3", but of "data 3 times" the number belongs to what follows. */
static bool take_ordinal(struct experiment_parser *parser, uint32_t *out)
{
	struct parser_place place = parser_mark(parser);
	uint64_t ordinal;

	if (!parser_sees_number(parser))
		return true;
	if (!parser_take_number(parser, "which one", 1, ORDINAL_MAX, &ordinal))
		return false;
	if (parser_take_keyword(parser, "times")) {
		parser_return(parser, &place);
		return true;
	}
	*out = (uint32_t)ordinal;
	return true;
}

bool experiment_read_segment(struct experiment_parser *parser, struct segment_pattern *out)
{
	const char *words[SEGMENT_KIND_COUNT];
	struct segment_pattern pattern = { 0 };
	uint64_t connection = 0;
	int choice;

	for (size_t i = 0; i < SEGMENT_KIND_COUNT; i++)
		words[i] = segment_kinds[i].word;
	pattern.either_host = !parser_take_host(parser, &pattern.from);
	if (parser_take_keyword(parser, "connection") &&
	    !parser_take_number(parser, "which connection", 1, CABLE_CONNECTIONS_MAX, &connection))
		return false;
	pattern.connection = (uint32_t)connection;
	choice = parser_take_choice(parser, "a segment such as `client data 3` or `server FIN`",
				    words, SEGMENT_KIND_COUNT);
	if (choice < 0)
		return false;
	pattern.kind = segment_kinds[choice].kind;
	if (segment_kinds[choice].has_ordinal && !take_ordinal(parser, &pattern.ordinal))
		return false;
	*out = pattern;
	return true;
}

/* ---- rules ---- */

static bool refuse_other_times(struct experiment_parser *parser)
{
	static const char *const words[] = { "twice", "thrice", "forever", "never", "often" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (parser_take_keyword(parser, words[i]))
			return parser_refuse(parser,
					     "how often is said by once, a number as in `2 "
					     "times`, or always, not by '%s'",
					     words[i]);
	}
	return !parser->failed;
}

static bool take_times(struct experiment_parser *parser, struct cable_rule *rule)
{
	uint64_t times;

	if (parser_take_keyword(parser, "always")) {
		rule->times = 0;
	} else if (parser_sees_number(parser)) {
		if (!parser_take_number(parser, "how often", 1, RULE_MAX_TIMES, &times) ||
		    !parser_need_keyword(parser, "times"))
			return false;
		rule->times = (uint32_t)times;
	} else {
		(void)parser_take_keyword(parser, "once");
		return refuse_other_times(parser);
	}
	return true;
}

static bool read_plain_rule(struct experiment_parser *parser, struct cable_rule *rule)
{
	return experiment_read_segment(parser, &rule->which) && take_times(parser, rule);
}

static bool read_hold(struct experiment_parser *parser, struct cable_rule *rule)
{
	if (!read_plain_rule(parser, rule))
		return false;
	if (parser_take_keyword(parser, "for"))
		return parser_take_time(parser, "a time such as 50ms", &rule->time_ns);
	rule->has_until = parser_take_keyword(parser, "until");
	return !rule->has_until || experiment_read_segment(parser, &rule->other);
}

static bool read_delay(struct experiment_parser *parser, struct cable_rule *rule)
{
	return experiment_read_segment(parser, &rule->which) && parser_need_keyword(parser, "by") &&
	       parser_take_time(parser, "a time such as 30ms", &rule->time_ns) &&
	       take_times(parser, rule);
}

static bool read_swap(struct experiment_parser *parser, struct cable_rule *rule)
{
	if (!experiment_read_segment(parser, &rule->which))
		return false;
	if (rule->which.either_host)
		return parser_refuse(parser, "whose segments are swapped, the client's or the "
					     "server's?");
	if (!parser_need_keyword(parser, "and") || !experiment_read_segment(parser, &rule->other))
		return false;
	if (rule->other.either_host) {
		rule->other.either_host = false;
		rule->other.from = rule->which.from;
	}
	if (rule->other.from != rule->which.from)
		return parser_refuse(parser, "segments of two hosts cannot be swapped: they never "
					     "meet in order");
	if (rule->other.connection == 0)
		rule->other.connection = rule->which.connection;
	return take_times(parser, rule);
}

static bool read_corrupt(struct experiment_parser *parser, struct cable_rule *rule)
{
	uint64_t byte = 1;

	if (!experiment_read_segment(parser, &rule->which))
		return false;
	if (parser_take_keyword(parser, "byte") &&
	    !parser_take_number(parser, "which byte", 1, LAB_PACKET_MAX_BYTES, &byte))
		return false;
	rule->byte = (uint32_t)byte - 1;
	return take_times(parser, rule);
}

/* "+5000" */
static bool take_offset(struct experiment_parser *parser, int64_t *out)
{
	const struct experiment_word *word = parser_peek(parser);
	uint64_t distance;

	if (!word || word->quoted || (word->text[0] != '+' && word->text[0] != '-') ||
	    !decimal_parse(word->text + 1, 0, FORGED_OFFSET_MAX, &distance))
		return parser_refuse_word(parser, "how far, as in +5000 or -1,", NULL, 0);
	*out = word->text[0] == '-' ? -(int64_t)distance : (int64_t)distance;
	(void)parser_take(parser);
	return true;
}

static bool read_forge(struct experiment_parser *parser, struct cable_rule *rule)
{
	static const char *const words[] = { "SYN", "SYN-ACK", "ACK", "FIN", "RST" };
	static const uint16_t flags[] = { TCP_FLAG_SYN, TCP_FLAG_SYN | TCP_FLAG_ACK, TCP_FLAG_ACK,
					  TCP_FLAG_FIN, TCP_FLAG_RST };
	struct cable_forgery *forgery = &rule->forgery;
	int choice;

	if (!parser_take_host(parser, &forgery->from))
		return parser_refuse_word(parser, "client or server", NULL, 0);
	choice = parser_take_choice(parser, "one of SYN, SYN-ACK, ACK, FIN, RST", words,
				    sizeof(words) / sizeof(words[0]));
	if (choice < 0)
		return false;
	forgery->flags = flags[choice];
	if (parser_take_keyword(parser, "seq") && !take_offset(parser, &forgery->sequence_offset))
		return false;
	if (parser_take_keyword(parser, "ack"))
		forgery->flags |= TCP_FLAG_ACK;
	forgery->acknowledges = (forgery->flags & TCP_FLAG_ACK) != 0;
	return parser_need_keyword(parser, "after") &&
	       experiment_read_segment(parser, &rule->which);
}

static const struct {
	const char *word;
	enum cable_action action;
	bool (*read)(struct experiment_parser *parser, struct cable_rule *rule);
} rules[] = {
	{ "drop", CABLE_DROP, read_plain_rule },
	{ "hold", CABLE_HOLD, read_hold },
	{ "delay", CABLE_DELAY, read_delay },
	{ "swap", CABLE_SWAP, read_swap },
	{ "duplicate", CABLE_DUPLICATE, read_plain_rule },
	{ "corrupt", CABLE_CORRUPT, read_corrupt },
	{ "mark", CABLE_MARK, read_plain_rule },
	{ "forge", CABLE_FORGE, read_forge },
};

#define RULE_COUNT (sizeof(rules) / sizeof(rules[0]))

/* The rule as it was written, with one blank between words; from: where it begins in the line. */
static bool write_rule_text(struct experiment_parser *parser, size_t from, struct cable_rule *rule)
{
	size_t end = parser->taken.end;
	size_t length = 0;

	for (size_t i = from; i < end; i++) {
		bool blank = parser->text[i] == ' ' || parser->text[i] == '\t';

		if (blank && length > 0 && rule->text[length - 1] == ' ')
			continue;
		if (length == CABLE_RULE_TEXT_BYTES - 1)
			return parser_refuse(parser, "a rule has at most %u letters",
					     CABLE_RULE_TEXT_BYTES - 1);
		rule->text[length++] = blank ? ' ' : parser->text[i];
	}
	rule->text[length] = '\0';
	return true;
}

/* ---- settings ---- */

static bool read_delay_setting(struct experiment_parser *parser, struct cable_settings *out)
{
	return parser_take_time(parser, "a time such as 10ms", &out->delay_ns);
}

static bool read_jitter(struct experiment_parser *parser, struct cable_settings *out)
{
	return parser_take_time(parser, "a time such as 2ms", &out->jitter_ns);
}

static bool read_rate(struct experiment_parser *parser, struct cable_settings *out)
{
	return take_rate(parser, &out->rate_bits);
}

static bool read_queue(struct experiment_parser *parser, struct cable_settings *out)
{
	uint64_t packets;

	if (!parser_take_number(parser, "how many packets", 1, QUEUE_MAX_PACKETS, &packets))
		return false;
	out->queue_packets = (uint32_t)packets;
	return true;
}

static bool read_mtu(struct experiment_parser *parser, struct cable_settings *out)
{
	uint64_t mtu = 0;

	if (parser_take_keyword(parser, "unlimited")) {
		out->mtu = 0;
		return true;
	}
	if (!parser_take_number(parser, "an MTU in bytes", 68, LAB_PACKET_MAX_BYTES, &mtu))
		return false;
	out->mtu = (uint32_t)mtu;
	out->mtu_is_silent = parser_take_keyword(parser, "silently");
	return true;
}

static bool read_loss(struct experiment_parser *parser, struct cable_settings *out)
{
	return take_percent(parser, &out->loss_ppm);
}

static bool read_duplicate_setting(struct experiment_parser *parser, struct cable_settings *out)
{
	return take_percent(parser, &out->duplicate_ppm);
}

static bool read_reorder(struct experiment_parser *parser, struct cable_settings *out)
{
	if (!take_percent(parser, &out->reorder_ppm))
		return false;
	if (parser_take_keyword(parser, "by"))
		return parser_take_time(parser, "a time such as 5ms", &out->reorder_ns);
	return true;
}

static const struct {
	const char *word;
	uint32_t bit;
	bool (*read)(struct experiment_parser *parser, struct cable_settings *out);
} settings[] = {
	{ "delay", CABLE_SET_DELAY, read_delay_setting },
	{ "jitter", CABLE_SET_JITTER, read_jitter },
	{ "rate", CABLE_SET_RATE, read_rate },
	{ "queue", CABLE_SET_QUEUE, read_queue },
	{ "mtu", CABLE_SET_MTU, read_mtu },
	{ "loss", CABLE_SET_LOSS, read_loss },
	{ "duplicate", CABLE_SET_DUPLICATE, read_duplicate_setting },
	{ "reorder", CABLE_SET_REORDER, read_reorder },
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

/* Takes one of the settings. False: there is none, or it was refused. */
static bool take_setting(struct experiment_parser *parser, struct step *step)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (!parser_take_keyword(parser, settings[i].word))
			continue;
		if ((step->set & settings[i].bit) != 0)
			return parser_refuse(parser, "`%s` stands twice", settings[i].word);
		step->set |= settings[i].bit;
		return settings[i].read(parser, &step->settings);
	}
	return false;
}

static bool read_settings(struct experiment_parser *parser, struct step *step)
{
	static const char *const words[] = { "delay", "jitter",    "rate",    "queue", "mtu",
					     "loss",  "duplicate", "reorder", "from" };

	step->verb = STEP_CABLE_SET;
	while (take_setting(parser, step))
		;
	if (parser->failed)
		return false;
	if (parser_take_keyword(parser, "from")) {
		step->has_host = parser_take_host(parser, &step->host);
		return step->has_host || parser_refuse_word(parser, "client or server", NULL, 0);
	}
	if (parser_peek(parser))
		return parser_refuse_word(parser, "another setting, or `from`,", words,
					  sizeof(words) / sizeof(words[0]));
	return !parser->failed;
}

/* ---- all of it ---- */

static bool read_rule(struct experiment_parser *parser, size_t i, struct step *step)
{
	size_t from = parser->taken.at;

	step->verb = STEP_CABLE_RULE;
	step->rule.action = rules[i].action;
	step->rule.times = 1;
	return rules[i].read(parser, &step->rule) && write_rule_text(parser, from, &step->rule);
}

static bool read_cut(struct experiment_parser *parser, struct step *step)
{
	size_t from = parser->taken.at;

	if (!parser_take_keyword(parser, "after")) {
		step->verb = STEP_CABLE_CUT;
		return true;
	}
	step->verb = STEP_CABLE_RULE;
	step->rule.action = CABLE_CUT;
	step->rule.times = 1;
	return experiment_read_segment(parser, &step->rule.which) &&
	       write_rule_text(parser, from, &step->rule);
}

/* `delay 10ms` and `duplicate 1%` are settings, `delay client data 2 by 5ms` is a rule. */
static bool is_setting(struct experiment_parser *parser)
{
	struct parser_place place = parser_mark(parser);
	const struct experiment_word *word = parser_peek(parser);
	bool shared;

	if (!word)
		return false;
	shared = strcmp(word->text, "delay") == 0 || strcmp(word->text, "duplicate") == 0;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (word->quoted || strcmp(word->text, settings[i].word) != 0)
			continue;
		if (!shared)
			return true;
		(void)parser_take(parser);
		shared = parser_sees_number(parser) || !parser_peek(parser);
		parser_return(parser, &place);
		return shared;
	}
	return false;
}

bool experiment_read_cable(struct experiment_parser *parser, struct step *step)
{
	static const char *const words[] = {
		"delay", "jitter", "rate", "queue",   "mtu",  "loss",  "duplicate", "reorder",
		"drop",  "hold",   "swap", "corrupt", "mark", "forge", "cut",       "restore",
	};

	if (is_setting(parser))
		return read_settings(parser, step);
	if (parser_take_keyword(parser, "restore")) {
		step->verb = STEP_CABLE_RESTORE;
		return true;
	}
	if (parser_take_keyword(parser, "cut"))
		return read_cut(parser, step);
	for (size_t i = 0; i < RULE_COUNT; i++) {
		if (parser_take_keyword(parser, rules[i].word))
			return read_rule(parser, i, step);
	}
	return parser_refuse_word(parser,
				  "a setting (`delay 10ms`), a rule (`drop client data 2`), "
				  "cut or restore",
				  words, sizeof(words) / sizeof(words[0]));
}
