#include "base/decimal.h"

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
