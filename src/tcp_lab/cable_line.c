#include "tcp_lab/cable_line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tcp_lab/lab_limits.h"

#define NS_PER_S UINT64_C(1000000000)
#define RING_FIRST 64u

void cable_line_finish(struct cable_line *line)
{
	free(line->starts);
	*line = (struct cable_line){ 0 };
}

void cable_line_clear(struct cable_line *line, uint64_t now_ns)
{
	line->first = 0;
	line->count = 0;
	line->free_ns = now_ns;
}

uint64_t cable_line_time_ns(size_t length, uint64_t rate_bits)
{
	/* length: 65535 at most, so this is far from too much */
	return (uint64_t)length * 8 * NS_PER_S / rate_bits;
}

static bool grow(struct cable_line *line)
{
	size_t capacity = line->capacity ? line->capacity * 2 : RING_FIRST;
	uint64_t *starts = malloc(capacity * sizeof(*starts));

	if (!starts)
		return false;
	for (size_t i = 0; i < line->count; i++)
		starts[i] = line->starts[(line->first + i) & (line->capacity - 1)];
	free(line->starts);
	line->starts = starts;
	line->capacity = capacity;
	line->first = 0;
	return true;
}

int cable_line_take(struct cable_line *line, uint64_t now_ns, size_t length, uint64_t rate_bits,
		    uint32_t queue, uint64_t *left_ns)
{
	uint64_t start_ns = line->free_ns > now_ns ? line->free_ns : now_ns;

	while (line->count > 0 && line->starts[line->first] <= now_ns) {
		line->first = (line->first + 1) & (line->capacity - 1);
		line->count--;
	}
	if (start_ns > now_ns) {
		if (line->count >= queue || line->count >= CABLE_IN_FLIGHT_MAX)
			return -ENOBUFS;
		if (line->count == line->capacity && !grow(line))
			return -ENOMEM;
		line->starts[(line->first + line->count) & (line->capacity - 1)] = start_ns;
		line->count++;
	}
	line->free_ns = cable_time_sum(start_ns, cable_line_time_ns(length, rate_bits));
	*left_ns = line->free_ns;
	return 0;
}
