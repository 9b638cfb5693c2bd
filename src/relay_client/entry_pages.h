/*
 * Puts the pages of a LIST or ROOMS together. The server is not trusted: what it may make
 * us hold, and how long it may go on, is bounded.
 */
#ifndef WIRETALE_RELAY_CLIENT_ENTRY_PAGES_H
#define WIRETALE_RELAY_CLIENT_ENTRY_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "relay_client/in_flight.h"
#include "relay_protocol/message.h"
#include "wiretale/client.h"

#define ENTRY_PAGES_MAX_ENTRIES 1000000u
#define ENTRY_PAGES_MAX_BYTES ((size_t)64 * 1024 * 1024) /* all lists under way together */
#define ENTRY_PAGES_MAX_PAGES 100000u                    /* pages may be empty, but not for ever */

enum entry_pages_verdict {
	ENTRY_PAGES_OK,
	ENTRY_PAGES_NO_MEMORY,
	ENTRY_PAGES_MALFORMED, /* *problem says what is wrong, a static sentence */
};

/*
 * Adds the entries of one page. *pages is NULL before the first; free with
 * entry_pages_destroy(). *held counts the bytes of all lists of this client.
 */
enum entry_pages_verdict entry_pages_add(struct entry_pages **pages, enum relay_type type,
					 const struct relay_message *page, size_t *held,
					 const char **problem);

/* pages may be NULL. */
void entry_pages_destroy(struct entry_pages *pages, size_t *held);

/*
 * One block with the array and, behind it, the names that it points to; free with free().
 * NULL: out of memory.
 */
struct wt_peer *entry_pages_peers(const struct entry_pages *pages);
struct wt_room *entry_pages_rooms(const struct entry_pages *pages);

#endif
