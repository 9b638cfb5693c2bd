/* Numbers that people write: decimal digits and nothing else. Any thread. */
#ifndef WIRETALE_BASE_DECIMAL_H
#define WIRETALE_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The whole of a zero-terminated text as a number from min to max. False, *out unchanged: it is
 * empty, has anything but digits in it (signs and blanks too), or is out of these bounds.
 */
bool decimal_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out);

#endif
