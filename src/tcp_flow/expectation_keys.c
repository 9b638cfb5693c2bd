#include "tcp_flow/expectation_keys.h"

#include <string.h>

#include "base/nearest_word.h"
#include "tcp_flow/expectation.h"
#include "tcp_flow/finding.h"
#include "tcp_flow/names.h"

/* The paths that stand once. The last column: a count that is left out when it is 0. */
#define PLAIN_KEYS(X)                                                                              \
	X("type", KEY_TEXT, false)                                                                 \
	X("number", KEY_NUMBER, false)                                                             \
	X("client", KEY_TEXT, false)                                                               \
	X("server", KEY_TEXT, false)                                                               \
	X("first_frame", KEY_NUMBER, false)                                                        \
	X("last_frame", KEY_NUMBER, false)                                                         \
	X("start", KEY_NUMBER, false)                                                              \
	X("duration", KEY_NUMBER, false)                                                           \
	X("opening.kind", KEY_OPENING, false)                                                      \
	X("opening.rtt", KEY_NUMBER, false)                                                        \
	X("opening.frames", KEY_NUMBER, false)                                                     \
	X("opening.agreed.window_scale", KEY_BOOL, false)                                          \
	X("opening.agreed.sack", KEY_BOOL, false)                                                  \
	X("opening.agreed.timestamps", KEY_BOOL, false)                                            \
	X("opening.agreed.ecn", KEY_BOOL, false)                                                   \
	X("closing.kind", KEY_CLOSING, false)                                                      \
	X("closing.first", KEY_SIDE, false)                                                        \
	X("closing.segments", KEY_NUMBER, false)                                                   \
	X("closing.time_wait", KEY_SIDE, false)                                                    \
	X("closing.frames", KEY_NUMBER, false)                                                     \
	X("states.client", KEY_STATE, false)                                                       \
	X("states.server", KEY_STATE, false)                                                       \
	X("limit", KEY_LIMIT, false)                                                               \
	X("protocol", KEY_TEXT, false)                                                             \
	X("name", KEY_TEXT, false)                                                                 \
	X("turn_count", KEY_NUMBER, false)                                                         \
	X("turns.from", KEY_SIDE, false)                                                           \
	X("turns.bytes", KEY_NUMBER, false)                                                        \
	X("turns.first_frame", KEY_NUMBER, false)                                                  \
	X("turns.last_frame", KEY_NUMBER, false)                                                   \
	X("turns.start", KEY_NUMBER, false)                                                        \
	X("turns.end", KEY_NUMBER, false)                                                          \
	X("turns.thought", KEY_NUMBER, false)                                                      \
	X("messages.from", KEY_SIDE, false)                                                        \
	X("messages.frame", KEY_NUMBER, false)                                                     \
	X("messages.time", KEY_NUMBER, false)                                                      \
	X("messages.bytes", KEY_NUMBER, false)                                                     \
	X("messages.whole", KEY_BOOL, false)                                                       \
	X("messages.name", KEY_TEXT, false)                                                        \
	X("messages.detail", KEY_TEXT, false)                                                      \
	X("messages_left_out", KEY_NUMBER, true)                                                   \
	X("findings.kind", KEY_FINDING, false)                                                     \
	X("findings.side", KEY_SIDE, false)                                                        \
	X("findings.cause", KEY_CAUSE, false)                                                      \
	X("findings.count", KEY_NUMBER, false)                                                     \
	X("findings.frames", KEY_NUMBER, false)                                                    \
	X("findings.confidence", KEY_CONFIDENCE, false)                                            \
	X("findings.text", KEY_TEXT, false)                                                        \
	X("findings_left_out", KEY_NUMBER, true)                                                   \
	X("evicted", KEY_BOOL, false)                                                              \
	X("story", KEY_TEXT, false)

/* The keys that both directions have. */
#define SIDE_KEYS(X)                                                                               \
	X("segments", KEY_NUMBER, false)                                                           \
	X("bytes", KEY_NUMBER, false)                                                              \
	X("retransmissions", KEY_NUMBER, false)                                                    \
	X("captured_twice", KEY_NUMBER, true)                                                      \
	X("largest_payload", KEY_NUMBER, true)                                                     \
	X("rtt.min", KEY_NUMBER, false)                                                            \
	X("rtt.mean", KEY_NUMBER, false)                                                           \
	X("rtt.max", KEY_NUMBER, false)                                                            \
	X("rtt.samples", KEY_NUMBER, true)                                                         \
	X("offer.mss", KEY_NUMBER, false)                                                          \
	X("offer.window_scale", KEY_NUMBER, false)                                                 \
	X("offer.window", KEY_NUMBER, false)                                                       \
	X("offer.sack_permitted", KEY_BOOL, false)                                                 \
	X("offer.timestamps", KEY_BOOL, false)                                                     \
	X("offer.fast_open", KEY_BOOL, false)                                                      \
	X("offer.mptcp", KEY_BOOL, false)                                                          \
	X("offer.md5", KEY_BOOL, false)                                                            \
	X("offer.ao", KEY_BOOL, false)                                                             \
	X("offer.ecn", KEY_BOOL, false)

#define AS_KEY(name, kind, absent) { name, kind, absent },
#define AS_CLIENT_KEY(name, kind, absent) { "from_client." name, kind, absent },
#define AS_SERVER_KEY(name, kind, absent) { "from_server." name, kind, absent },
#define AS_LABEL_KEY(constant, name) { "labels." name, KEY_NUMBER, true },
#define AS_LEDGER_KEY(constant, name) { "ledger." name, KEY_NUMBER, false },

#define ALL_KEYS                                                                                   \
	PLAIN_KEYS(AS_KEY)                                                                         \
	SIDE_KEYS(AS_CLIENT_KEY)                                                                   \
	SIDE_KEYS(AS_SERVER_KEY)                                                                   \
	TCP_LABELS(AS_LABEL_KEY)                                                                   \
	TCP_LEDGER_PARTS(AS_LEDGER_KEY)

static const struct expectation_key keys[] = { ALL_KEYS };

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

const char *expectation_key_name(size_t i)
{
	return i < KEY_COUNT ? keys[i].name : NULL;
}

const struct expectation_key *expectation_key_find(const char *name)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

/* A key of which the word is the last part, for who left the first one out. */
static const char *key_ending_in(const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < KEY_COUNT; i++) {
		size_t key_length = strlen(keys[i].name);

		if (key_length > length && keys[i].name[key_length - length - 1] == '.' &&
		    strcmp(keys[i].name + key_length - length, word) == 0)
			return keys[i].name;
	}
	return NULL;
}

/* A key that begins with the word and a dot, for who left the last part out. */
static const char *key_beginning_with(const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (length > 0 && strncmp(keys[i].name, word, length) == 0 &&
		    keys[i].name[length] == '.')
			return keys[i].name;
	}
	return NULL;
}

const char *expectation_key_nearest(const char *word)
{
	const char *names[KEY_COUNT];
	const char *nearest;

	for (size_t i = 0; i < KEY_COUNT; i++)
		names[i] = keys[i].name;
	nearest = key_beginning_with(word);
	if (!nearest)
		nearest = key_ending_in(word);
	return nearest ? nearest : nearest_word(word, names, KEY_COUNT);
}

/* The words that a key's values are taken from. */
#define AS_NAME(constant, name) name,
static const char *const side_words[] = { "client", "server", "both" };
static const char *const bool_words[] = { "true", "false" };
static const char *const opening_words[] = { TCP_OPENINGS(AS_NAME) };
static const char *const closing_words[] = { TCP_CLOSINGS(AS_NAME) };
static const char *const state_words[] = { TCP_STATES(AS_NAME) };
static const char *const finding_words[] = { TCP_FINDINGS(AS_NAME) };
static const char *const cause_words[] = { TCP_CAUSES(AS_NAME) };
static const char *const confidence_words[] = { TCP_CONFIDENCES(AS_NAME) };
static const char *const limit_words[] = { "client", "server", "round-trips", "loss",
					   "window", "idle",   "opening",     "closing" };
#undef AS_NAME

#define WORDS(array) ((struct expectation_words){ array, sizeof(array) / sizeof((array)[0]) })

struct expectation_words expectation_key_words(enum key_kind kind)
{
	switch (kind) {
	case KEY_BOOL:
		return WORDS(bool_words);
	case KEY_SIDE:
		return WORDS(side_words);
	case KEY_OPENING:
		return WORDS(opening_words);
	case KEY_CLOSING:
		return WORDS(closing_words);
	case KEY_STATE:
		return WORDS(state_words);
	case KEY_FINDING:
		return WORDS(finding_words);
	case KEY_CAUSE:
		return WORDS(cause_words);
	case KEY_CONFIDENCE:
		return WORDS(confidence_words);
	case KEY_LIMIT:
		return WORDS(limit_words);
	case KEY_TEXT:
	case KEY_NUMBER:
		break;
	}
	return (struct expectation_words){ NULL, 0 };
}
