/*
 * The clocks. Deadlines use clock_elapsed_ns(), which nobody can set back and which
 * goes on while the machine sleeps; people are told clock_wall_ns(). Any thread.
 */
#ifndef WIRETALE_BASE_CLOCK_H
#define WIRETALE_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define MS_PER_S UINT64_C(1000)

/* Nanoseconds since the machine started, time asleep included (CLOCK_BOOTTIME). */
uint64_t clock_elapsed_ns(void);

/* The same in milliseconds. */
uint64_t clock_elapsed_ms(void);

/* Nanoseconds of a processor that a thread has used, by its pthread_getcpuclockid(); 0 where the
 * clock is none, or the thread has ended. */
uint64_t clock_cpu_ns(clockid_t cpu_clock);

/* Sleeps until clock_elapsed_ns() says so much; how late it wakes is the thread's timer slack. */
void clock_sleep_until(uint64_t elapsed_ns);

/* Lets that much time pass. Only where there is no event to wait for. */
void clock_pause_ms(uint32_t pause_ms);

/* Nanoseconds since 1970-01-01T00:00:00Z (CLOCK_REALTIME). */
uint64_t clock_wall_ns(void);

/* Seconds that local time is east of UTC at the given moment. */
int32_t clock_zone_s(uint64_t wall_ns);

/* Bytes that clock_text() writes at most, the terminating zero included. */
#define CLOCK_TEXT_BYTES 48

/*
 * Writes a moment as RFC 3339 with `digits` (0 to 9) digits of a second and the given
 * zone, zero-terminated: "2026-11-20T21:00:00.123456789+08:00". Years outside 1970 to
 * 9999 can't come from 64 bits of nanoseconds.
 */
void clock_text(uint64_t wall_ns, int32_t zone_s, int digits, char out[CLOCK_TEXT_BYTES]);

#endif
