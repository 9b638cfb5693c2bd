/* How much memory another process of this machine holds. Any thread. */
#ifndef WIRETALE_RELAY_LOAD_SERVER_MEMORY_H
#define WIRETALE_RELAY_LOAD_SERVER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server_memory {
	uint64_t resident_bytes; /* Rss: pages in memory, shared ones too */
	uint64_t private_bytes;  /* of these, what no other process has */
};

/* Reads /proc/PID/smaps_rollup. False: no such process, or not ours to look at. */
bool server_memory_read(uint32_t pid, struct server_memory *out);

/* The same from that file's text, zero-terminated. False: it says no Rss. */
bool server_memory_parse(const char *text, struct server_memory *out);

#endif
