#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_elapsed_ns(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

uint64_t clock_elapsed_ms(void)
{
	return clock_elapsed_ns() / NS_PER_MS;
}

uint64_t clock_cpu_ns(clockid_t cpu_clock)
{
	return read_clock(cpu_clock);
}

void clock_sleep_until(uint64_t elapsed_ns)
{
	const struct timespec moment = { .tv_sec = (time_t)(elapsed_ns / NS_PER_S),
					 .tv_nsec = (long)(elapsed_ns % NS_PER_S) };

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &moment, NULL) == EINTR) {
	}
}

void clock_pause_ms(uint32_t pause_ms)
{
	const struct timespec pause = {
		.tv_sec = (time_t)(pause_ms / MS_PER_S),
		.tv_nsec = (long)(pause_ms % MS_PER_S * NS_PER_MS),
	};

	(void)nanosleep(&pause, NULL);
}

uint64_t clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

int32_t clock_zone_s(uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / NS_PER_S);
	struct tm local;

	if (!localtime_r(&seconds, &local))
		return 0;
	return (int32_t)local.tm_gmtoff;
}

void clock_text(uint64_t wall_ns, int32_t zone_s, int digits, char out[CLOCK_TEXT_BYTES])
{
	time_t shifted = (time_t)(wall_ns / NS_PER_S) + zone_s;
	int32_t zone_minutes = abs(zone_s / 60) % (24 * 60); /* abs(INT32_MIN) is none */
	char fraction[16] = "";
	struct tm parts;

	if (digits > 0) {
		(void)snprintf(fraction, sizeof(fraction), ".%09u", (unsigned)(wall_ns % NS_PER_S));
		fraction[1 + (digits < 9 ? digits : 9)] = '\0';
	}
	if (!gmtime_r(&shifted, &parts)) {
		out[0] = '\0';
		return;
	}
	(void)snprintf(out, CLOCK_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d%s%c%02d:%02d",
		       (parts.tm_year + 1900) % 10000, (parts.tm_mon + 1) % 100,
		       parts.tm_mday % 100, parts.tm_hour % 100, parts.tm_min % 100,
		       parts.tm_sec % 100, fraction, zone_s < 0 ? '-' : '+', zone_minutes / 60,
		       zone_minutes % 60);
}
