#include "relay_client/entry_pages.h"

#include <stdlib.h>
#include <string.h>

static bool make_room(struct entry_pages *pages, size_t length)
{
	size_t capacity = pages->capacity ? pages->capacity : 256;
	uint8_t *bytes;

	while (capacity - pages->length < length)
		capacity *= 2;
	if (capacity == pages->capacity)
		return true;
	bytes = realloc(pages->bytes, capacity);
	if (!bytes)
		return false;
	pages->bytes = bytes;
	pages->capacity = capacity;
	return true;
}

/* Numbers ascend over all pages: so a server can't go round in a circle. */
static bool ascends(uint32_t *last_number, struct relay_bytes entries)
{
	struct relay_entry entry;

	while (relay_entry_next(&entries, &entry)) {
		if (entry.number <= *last_number)
			return false;
		*last_number = entry.number;
	}
	return true;
}

enum entry_pages_verdict entry_pages_add(struct entry_pages **pages, enum relay_type type,
					 const struct relay_message *page, size_t *held,
					 const char **problem)
{
	struct entry_pages *at = *pages;

	if (!at) {
		at = calloc(1, sizeof(*at));
		if (!at)
			return ENTRY_PAGES_NO_MEMORY;
		*pages = at;
	}
	if (page->entry_count > ENTRY_PAGES_MAX_ENTRIES - at->entries ||
	    page->entries.length > ENTRY_PAGES_MAX_BYTES - *held ||
	    at->pages == ENTRY_PAGES_MAX_PAGES) {
		*problem = "the list does not end";
		return ENTRY_PAGES_MALFORMED;
	}
	if (type == RELAY_TYPE_LIST && !ascends(&at->last_number, page->entries)) {
		*problem = "the numbers of LIST do not ascend";
		return ENTRY_PAGES_MALFORMED;
	}
	if (!make_room(at, page->entries.length))
		return ENTRY_PAGES_NO_MEMORY;
	if (page->entries.length > 0)
		memcpy(at->bytes + at->length, page->entries.bytes, page->entries.length);
	at->length += page->entries.length;
	at->entries += page->entry_count;
	at->pages++;
	*held += page->entries.length;
	return ENTRY_PAGES_OK;
}

void entry_pages_destroy(struct entry_pages *pages, size_t *held)
{
	if (!pages)
		return;
	*held -= pages->length;
	free(pages->bytes);
	free(pages);
}

static struct relay_bytes all_entries(const struct entry_pages *pages)
{
	return (struct relay_bytes){ .bytes = pages->bytes, .length = (uint32_t)pages->length };
}

/* Memory for `count` elements and the names, each with its zero. */
static void *block_for(const struct entry_pages *pages, size_t element_bytes, char **names)
{
	struct relay_bytes rest = all_entries(pages);
	struct relay_entry entry;
	size_t size = pages->entries * element_bytes;
	size_t names_at = size;
	uint8_t *block;

	while (relay_entry_next(&rest, &entry))
		size += entry.name.length > 0 ? entry.name.length + 1 : 0;
	block = malloc(size > 0 ? size : 1);
	if (block)
		*names = (char *)block + names_at;
	return block;
}

static const char *put_name(char **names, struct relay_bytes name)
{
	char *at = *names;

	if (name.length == 0)
		return NULL;
	memcpy(at, name.bytes, name.length);
	at[name.length] = '\0';
	*names += name.length + 1;
	return at;
}

struct wt_peer *entry_pages_peers(const struct entry_pages *pages)
{
	struct relay_bytes rest = all_entries(pages);
	struct relay_entry entry;
	char *names = NULL;
	struct wt_peer *peers = block_for(pages, sizeof(*peers), &names);

	for (size_t i = 0; peers && relay_entry_next(&rest, &entry); i++) {
		peers[i] = (struct wt_peer){
			.number = entry.number,
			.address = { .family = entry.address.family, .port = entry.address.port },
			.name = put_name(&names, entry.name),
			.since_ns = entry.since_ns,
		};
		memcpy(peers[i].address.bytes, entry.address.bytes, sizeof(entry.address.bytes));
	}
	return peers;
}

struct wt_room *entry_pages_rooms(const struct entry_pages *pages)
{
	struct relay_bytes rest = all_entries(pages);
	struct relay_entry entry;
	char *names = NULL;
	struct wt_room *rooms = block_for(pages, sizeof(*rooms), &names);

	for (size_t i = 0; rooms && relay_entry_next(&rest, &entry); i++) {
		rooms[i].name = put_name(&names, entry.name);
		rooms[i].members = entry.count;
	}
	return rooms;
}
