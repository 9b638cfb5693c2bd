#include "base/decimal.h"

#include <string.h>

bool decimal_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9')
			return false;
		/* Asked before it is reckoned: max may be the largest there is. */
		if (digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value < min)
		return false;
	*out = value;
	return true;
}

/* Two digits at a time: half as many divisions. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

size_t decimal_write(char *out, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	while (value >= 100) {
		at -= 2;
		memcpy(digits + at, pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (value >= 10) {
		at -= 2;
		memcpy(digits + at, pairs + value * 2, 2);
	} else {
		digits[--at] = (char)('0' + value);
	}
	memcpy(out, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at;
}

/* The size of a number, also of the least one, whose size is no int64_t. */
static uint64_t size_of(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

size_t decimal_write_signed(char *out, int64_t value)
{
	if (value >= 0)
		return decimal_write(out, (uint64_t)value);
	*out = '-';
	return 1 + decimal_write(out + 1, size_of(value));
}

size_t decimal_write_seconds(char *out, int64_t ns)
{
	uint32_t fraction = (uint32_t)(size_of(ns) % 1000000000u);
	size_t length = 0;

	if (ns < 0)
		out[length++] = '-';
	length += decimal_write(out + length, size_of(ns) / 1000000000u);
	out[length++] = '.';
	for (size_t pair = 4; pair > 0; pair--) {
		memcpy(out + length + pair * 2 - 1, pairs + fraction % 100 * 2, 2);
		fraction /= 100;
	}
	out[length] = (char)('0' + fraction);
	return length + 9;
}
