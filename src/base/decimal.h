/* Decimal numbers: those that people write, and a quick way to write them. Any thread. */
#ifndef WIRETALE_BASE_DECIMAL_H
#define WIRETALE_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The whole of a zero-terminated text as a number from min to max. False, *out unchanged: it is
 * empty, has anything but digits in it (signs and blanks too), or is out of these bounds.
 */
bool decimal_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* Digits of the largest number; a sign, a point and nine more digits fit as well. */
#define DECIMAL_MAX_BYTES 32u

/*
 * These write at most DECIMAL_MAX_BYTES and no terminating zero, and return the length. A few
 * nanoseconds each, for the lines of which there are millions.
 */
size_t decimal_write(char *out, uint64_t value);
size_t decimal_write_signed(char *out, int64_t value);
/* Nanoseconds as seconds with nine digits: "-0.000369000". */
size_t decimal_write_seconds(char *out, int64_t ns);

#endif
