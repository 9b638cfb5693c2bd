#include "tcp_flow/exact_number.h"

#define FRACTION_DIGITS 18

bool exact_number_parse(const char *text, struct exact_number *out)
{
	struct exact_number number = { 0 };
	int fraction_digits = 0;
	bool any = false;

	if (*text == '-') {
		number.negative = true;
		text++;
	}
	for (; *text >= '0' && *text <= '9'; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (number.whole > (UINT64_MAX - digit) / 10)
			return false;
		number.whole = number.whole * 10 + digit;
		any = true;
	}
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++) {
			if (fraction_digits < FRACTION_DIGITS) {
				number.fraction = number.fraction * 10 + (uint64_t)(*text - '0');
				fraction_digits++;
			}
			any = true;
		}
	}
	if (!any || *text != '\0')
		return false;
	for (; fraction_digits < FRACTION_DIGITS; fraction_digits++)
		number.fraction *= 10;
	if (number.whole == 0 && number.fraction == 0)
		number.negative = false;
	*out = number;
	return true;
}

int exact_number_compare(const struct exact_number *a, const struct exact_number *b)
{
	int sign = a->negative ? -1 : 1;

	if (a->negative != b->negative)
		return sign;
	if (a->whole != b->whole)
		return a->whole < b->whole ? -sign : sign;
	if (a->fraction != b->fraction)
		return a->fraction < b->fraction ? -sign : sign;
	return 0;
}
