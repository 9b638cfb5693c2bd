#include "base/duration.h"

#include <stddef.h>
#include <string.h>

static const struct unit {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "", UINT64_C(1000000000) },     { "s", UINT64_C(1000000000) },
	{ "ms", UINT64_C(1000000) },      { "us", UINT64_C(1000) },
	{ "min", UINT64_C(60000000000) }, { "h", UINT64_C(3600000000000) },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const struct unit *find_unit(const char *name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	}
	return NULL;
}

bool duration_parse(const char *text, uint64_t max_ns, uint64_t *out_ns)
{
	size_t whole_digits = strspn(text, "0123456789");
	const char *fraction = text + whole_digits + (text[whole_digits] == '.' ? 1 : 0);
	size_t fraction_digits = text[whole_digits] == '.' ? strspn(fraction, "0123456789") : 0;
	const struct unit *unit = find_unit(fraction + fraction_digits);
	uint64_t ns = 0;

	if (!unit || whole_digits + fraction_digits == 0)
		return false;
	for (const char *digit = text; is_digit(*digit); digit++) {
		if (__builtin_mul_overflow(ns, 10, &ns) ||
		    __builtin_add_overflow(ns, (uint64_t)(*digit - '0') * unit->ns, &ns))
			return false;
	}
	for (uint64_t part = unit->ns / 10; fraction_digits > 0 && is_digit(*fraction);
	     fraction++, part /= 10) {
		if (__builtin_add_overflow(ns, (uint64_t)(*fraction - '0') * part, &ns))
			return false;
	}
	if (ns > max_ns)
		return false;
	*out_ns = ns;
	return true;
}
