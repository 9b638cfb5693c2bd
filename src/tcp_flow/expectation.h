/*
 * What is expected of a connection: the grammar of --only, --expect and the lab's `expect`.
 *
 *   closing.kind=orderly-3 closing.first=client from_client.retransmissions=0
 *
 * Terms separated by blanks, of which all must hold. A key is a path into the connection's JSON; a
 * value with blanks stands in double quotes. `=` and `!=` compare text, or numbers where the key
 * has numbers; `<` and `>` numbers. Where a key has several values (findings.kind), one that
 * matches is enough, and `!=` wants that none is equal. What the JSON leaves out when it is 0
 * counts as 0; anything else that is absent is unequal to every value. Plain data, no memory of its
 * own; any thread.
 */
#ifndef WIRETALE_TCP_FLOW_EXPECTATION_H
#define WIRETALE_TCP_FLOW_EXPECTATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"

#define EXPECTATION_TERMS_MAX 32u
#define EXPECTATION_VALUE_MAX_BYTES 128u /* with its terminating zero */
#define EXPECTATION_TEXT_MAX_BYTES 192u

enum expectation_operator {
	EXPECTATION_EQUAL,
	EXPECTATION_UNEQUAL,
	EXPECTATION_LESS,
	EXPECTATION_MORE,
};

struct expectation_key; /* a row of the table of keys */

struct expectation_term {
	const struct expectation_key *key; /* static */
	enum expectation_operator operator;
	char value[EXPECTATION_VALUE_MAX_BYTES];
	char text[EXPECTATION_TEXT_MAX_BYTES]; /* as it was written: "closing.kind=orderly-3" */
};

struct expectation {
	struct expectation_term terms[EXPECTATION_TERMS_MAX];
	size_t count; /* of them in use */
};

struct expectation_problem {
	size_t at;          /* offset in the text, from 0 */
	char sentence[256]; /* names the place, and the nearest key where the key is unknown */
};

/* False: *problem is filled, *out is not changed. A text without terms is a problem too. */
bool expectation_parse(const char *text, struct expectation *out,
		       struct expectation_problem *problem);

enum expectation_verdict {
	EXPECTATION_HOLDS,
	EXPECTATION_FAILS,
	EXPECTATION_UNREADABLE, /* the line is no JSON */
};

/*
 * json: the line of a connection, of that length. differences (may be NULL) gets each term that
 * does not hold, "closing.kind is orderly-4, expected orderly-3", separated by "; ".
 */
enum expectation_verdict expectation_match(const struct expectation *expectation, const char *json,
					   size_t length, struct text_builder *differences);

/* The same of one term: whether expectation->terms[i] holds. */
enum expectation_verdict expectation_match_term(const struct expectation_term *term,
						const char *json, size_t length,
						struct text_builder *difference);

/* All keys, for a help text and for tests. NULL behind the last. Static. */
const char *expectation_key_name(size_t i);

#endif
