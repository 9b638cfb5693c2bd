/* The keys of expectations: the paths into the JSON of a connection, and what stands at each. */
#ifndef WIRETALE_TCP_FLOW_EXPECTATION_KEYS_H
#define WIRETALE_TCP_FLOW_EXPECTATION_KEYS_H

#include <stdbool.h>
#include <stddef.h>

/* What the values of a key are: from KEY_BOOL on, words of a list. */
enum key_kind {
	KEY_TEXT,
	KEY_NUMBER,
	KEY_BOOL,
	KEY_SIDE,
	KEY_OPENING,
	KEY_CLOSING,
	KEY_STATE,
	KEY_FINDING,
	KEY_CAUSE,
	KEY_CONFIDENCE,
	KEY_LIMIT,
};

struct expectation_key {
	const char *name;
	enum key_kind kind;
	bool zero_when_absent; /* a count that the JSON leaves out when it is 0 */
};

/* By its name, or NULL. Static. */
const struct expectation_key *expectation_key_find(const char *name);

/* The name of the key that was meant by a word that is none, or NULL. Static. */
const char *expectation_key_nearest(const char *word);

/* The words that a key's values are taken from; count 0: no list. Static. */
struct expectation_words {
	const char *const *list;
	size_t count;
};

struct expectation_words expectation_key_words(enum key_kind kind);

#endif
