/* The interfaces that a capture file describes, numbered over all its sections. */
#ifndef WIRETALE_CAPTURE_INTERFACE_LIST_H
#define WIRETALE_CAPTURE_INTERFACE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture_file.h"
#include "capture/interface_clock.h"

/* Of all names together; those that would pass it are left out. */
#define INTERFACE_NAMES_MAX_BYTES (1024u * 1024)

struct listed_interface {
	struct capture_interface told; /* its name is `name` */
	struct interface_clock clock;
	char *name; /* owned; NULL: not told */
};

struct interface_list {
	struct listed_interface *interfaces; /* owned */
	uint32_t count;                      /* at most CAPTURE_INTERFACES_MAX */
	uint32_t capacity;
	size_t name_bytes; /* at most INTERFACE_NAMES_MAX_BYTES */
};

/* A zeroed list is empty. */
void interface_list_finish(struct interface_list *list);

/*
 * name_bytes: at `name`, which may be NULL; control characters in it become question marks. False:
 * no memory. The caller looks at the ceiling, to say it in its own words.
 */
bool interface_list_add(struct interface_list *list, const struct capture_interface *told,
			const struct interface_clock *clock, const uint8_t *name,
			size_t name_bytes);

#endif
