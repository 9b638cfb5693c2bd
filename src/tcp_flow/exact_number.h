/*
 * A decimal number, exactly: moments have nineteen digits, more than a double holds. Digits behind
 * the eighteenth of the fraction are dropped. Any thread.
 */
#ifndef WIRETALE_TCP_FLOW_EXACT_NUMBER_H
#define WIRETALE_TCP_FLOW_EXACT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

struct exact_number {
	bool negative; /* never of 0 */
	uint64_t whole;
	uint64_t fraction; /* in units of 10^-18 */
};

/* The whole text: "-12.5". False, *out unchanged: it is none, or its whole part takes over 64 bits.
 */
bool exact_number_parse(const char *text, struct exact_number *out);

/* Less than 0, 0, more than 0: as a is less than, equal to, more than b. */
int exact_number_compare(const struct exact_number *a, const struct exact_number *b);

#endif
