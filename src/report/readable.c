#include "report/readable.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"

#define NS_PER_US 1000u
#define MINUTE_S 60u
#define HOUR_S 3600u
#define DAY_S 86400u
#define FRAMES_MAX 16u

static uint64_t size_of(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

/* To the nearest, without an overflow. */
static uint64_t divided(uint64_t value, uint64_t by)
{
	return value / by + (value % by >= by - by / 2 ? 1 : 0);
}

/*
 * A value in units of `scale` (a thousand or more): three digits that matter, no zeros behind the
 * point: 0.369, 9.04, 28.6, 5, 750.
 */
static void three_digits(struct text_builder *out, uint64_t value, uint64_t scale)
{
	static const unsigned powers[] = { 1, 10, 100, 1000 };
	char digits[DECIMAL_MAX_BYTES];
	uint64_t whole = value / scale;
	unsigned places = whole == 0 ? 3u : whole < 10 ? 2u : whole < 100 ? 1u : 0u;
	uint64_t parts = divided(value, scale / powers[places]);
	unsigned fraction = (unsigned)(parts % powers[places]);

	text_append_bytes(out, digits, decimal_write(digits, parts / powers[places]));
	while (places > 0 && fraction % 10 == 0) {
		fraction /= 10;
		places--;
	}
	if (places > 0)
		text_append_format(out, ".%0*u", (int)places, fraction);
}

static void two_units(struct text_builder *out, uint64_t large, const char *large_unit,
		      uint64_t small, const char *small_unit)
{
	text_append_format(out, "%" PRIu64 " %s", large, large_unit);
	if (small > 0)
		text_append_format(out, " %" PRIu64 " %s", small, small_unit);
}

static void long_duration(struct text_builder *out, uint64_t seconds)
{
	if (seconds < HOUR_S) {
		two_units(out, seconds / MINUTE_S, "min", seconds % MINUTE_S, "s");
	} else if (seconds < DAY_S) {
		uint64_t minutes = (seconds + MINUTE_S / 2) / MINUTE_S;

		two_units(out, minutes / 60, "h", minutes % 60, "min");
	} else {
		uint64_t hours = (seconds + HOUR_S / 2) / HOUR_S;

		two_units(out, hours / 24, hours < 48 ? "day" : "days", hours % 24, "h");
	}
}

void readable_duration(struct text_builder *out, int64_t ns)
{
	uint64_t size = size_of(ns);

	if (ns < 0)
		text_append(out, "-");
	if (size == 0) {
		text_append(out, "0 s");
	} else if (divided(size, NS_PER_US) == 0) {
		text_append(out, "0.001 ms"); /* never nothing where there was something */
	} else if (divided(size, NS_PER_MS) < 1000) {
		three_digits(out, size, NS_PER_MS);
		text_append(out, " ms");
	} else if (divided(size, NS_PER_S) < 2 * MINUTE_S) {
		three_digits(out, size, NS_PER_S);
		text_append(out, " s");
	} else {
		long_duration(out, divided(size, NS_PER_S));
	}
}

/* The largest power of a thousand that leaves something before the point; *unit: which. */
static uint64_t scale_of(uint64_t bytes, size_t *unit)
{
	uint64_t scale = 1000;

	for (*unit = 0; *unit < 5 && divided(bytes, scale) >= 1000; ++*unit)
		scale *= 1000;
	return scale;
}

void readable_bytes(struct text_builder *out, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	size_t unit;
	uint64_t scale;

	if (bytes < 10000) {
		readable_count(out, bytes);
		text_append(out, bytes == 1 ? " byte" : " bytes");
		return;
	}
	scale = scale_of(bytes, &unit);
	three_digits(out, bytes, scale);
	text_append_format(out, " %s", units[unit]);
}

void readable_short_bytes(struct text_builder *out, uint64_t bytes)
{
	static const char units[] = "kMGTPE";
	size_t unit;
	uint64_t scale;

	if (bytes < 10000) {
		text_append_format(out, "%" PRIu64, bytes);
		return;
	}
	scale = scale_of(bytes, &unit);
	three_digits(out, bytes, scale);
	text_append_bytes(out, &units[unit], 1);
}

void readable_count(struct text_builder *out, uint64_t count)
{
	if (count >= 1000) {
		readable_count(out, count / 1000);
		text_append_format(out, ",%03u", (unsigned)(count % 1000));
	} else {
		text_append_format(out, "%u", (unsigned)count);
	}
}

static const char *const small_numbers[] = {
	"no",    "one",   "two",  "three", "four",   "five",   "six",
	"seven", "eight", "nine", "ten",   "eleven", "twelve",
};

void readable_few(struct text_builder *out, uint64_t count)
{
	if (count < sizeof(small_numbers) / sizeof(small_numbers[0]))
		text_append(out, small_numbers[count]);
	else
		readable_count(out, count);
}

void readable_number_of(struct text_builder *out, uint64_t count, const char *singular,
			const char *plural)
{
	readable_few(out, count);
	text_append(out, " ");
	text_append(out, count == 1 ? singular : plural);
}

/* RFC 3339 with a blank, and without the zone: captures are read where they were made. */
static void local_text(int64_t time_ns, int digits, char text[CLOCK_TEXT_BYTES])
{
	uint64_t wall_ns = time_ns < 0 ? 0 : (uint64_t)time_ns;
	size_t length = 19 + (digits > 0 ? 1 + (size_t)digits : 0);

	clock_text(wall_ns, clock_zone_s(wall_ns), digits, text);
	if (strlen(text) > length)
		text[length] = '\0';
	if (text[0] != '\0')
		text[10] = ' ';
}

void readable_time_of_day(struct text_builder *out, int64_t time_ns, int digits)
{
	char text[CLOCK_TEXT_BYTES];

	local_text(time_ns, digits, text);
	if (text[0] != '\0')
		text_append(out, text + 11);
}

void readable_moment(struct text_builder *out, int64_t time_ns, int digits)
{
	char text[CLOCK_TEXT_BYTES];

	local_text(time_ns, digits, text);
	text_append(out, text);
}

void readable_frames(struct text_builder *out, const uint64_t *frames, size_t count)
{
	uint64_t last = 0;

	for (size_t printed = 0; printed < FRAMES_MAX; printed++) {
		uint64_t next = UINT64_MAX;

		for (size_t i = 0; i < count; i++) {
			if (frames[i] > last && frames[i] < next)
				next = frames[i];
		}
		if (next == UINT64_MAX)
			break;
		text_append_format(out, last == 0 ? " [%" PRIu64 : " %" PRIu64, next);
		last = next;
	}
	if (last > 0)
		text_append(out, "]");
}
