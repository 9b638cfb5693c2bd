#include "relay_server/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay_protocol/classic.h"

#include "support/unit_test.h"

static struct relay_bytes text(const char *words)
{
	return (struct relay_bytes){ .bytes = (const uint8_t *)words,
				     .length = (uint32_t)strlen(words) };
}

static struct relay_address address_of(uint32_t number)
{
	return (struct relay_address){ .family = 4,
				       .port = (uint16_t)(40000 + number),
				       .bytes = { 10, 7, 92, 177 } };
}

static struct directory_entry entry_of(uint32_t number)
{
	return (struct directory_entry){ .number = number,
					 .address = address_of(number),
					 .worker = (uint8_t)(number % 7),
					 .since_ns = number * UINT64_C(1000000000) };
}

/* What the server said to it; a name that was taken is news only where *changed says so. */
static enum relay_status set_name(struct directory *directory, struct directory_entry *entry,
				  struct relay_bytes name)
{
	bool same = entry->name && entry->name->length == name.length &&
		    memcmp(entry->name->bytes, name.bytes, name.length) == 0;
	bool changed = false;
	enum relay_status status = directory_set_name(directory, entry, name, &changed);

	assert_int_equal(changed, status == RELAY_STATUS_OK && !same);
	return status;
}

/* Which client has the name; 0: none. */
static uint32_t named(struct directory *directory, const char *name)
{
	struct directory_place place = { 0 };

	if (!directory_find_name(directory, text(name), &place))
		assert_int_equal(place.number, 0);
	else
		assert_int_equal(place.worker, place.number % 7);
	return place.number;
}

static uint32_t at_address(struct directory *directory, const struct relay_address *address)
{
	struct directory_place place = { 0 };

	(void)directory_find_address(directory, address, &place);
	return place.number;
}

static void a_client_is_found_by_number_and_address_while_it_is_there(void **state)
{
	struct directory_entry entries[3] = { entry_of(1), entry_of(2), entry_of(9) };
	struct directory_place place = { 0 };
	struct relay_address address = address_of(2);
	struct directory directory;

	(void)state;
	directory_init(&directory);
	for (size_t i = 0; i < 3; i++)
		assert_true(directory_add(&directory, &entries[i]));
	assert_int_equal(directory_count(&directory), 3);
	assert_true(directory_find_number(&directory, 9, &place));
	assert_int_equal(place.number, 9);
	assert_int_equal(place.worker, 2);
	assert_false(directory_find_number(&directory, 3, &place));
	assert_false(directory_find_number(&directory, 0, &place));
	assert_int_equal(at_address(&directory, &address), 2);
	assert_int_equal(directory_remove(&directory, &entries[1]), 2);
	assert_false(directory_find_number(&directory, 2, &place));
	assert_int_equal(at_address(&directory, &address), 0);
	assert_int_equal(directory_count(&directory), 2);
	assert_int_equal(directory_remove(&directory, &entries[0]), 1);
	assert_int_equal(directory_remove(&directory, &entries[2]), 0);
	directory_finish(&directory);
}

static void addresses_differ_by_family_port_and_every_byte_that_counts(void **state)
{
	struct directory_entry four = entry_of(1);
	struct directory_entry six = entry_of(2);
	struct relay_address address;
	struct directory directory;

	(void)state;
	directory_init(&directory);
	six.address = (struct relay_address){ .family = 6, .port = 5, .bytes = { 10, 7, 92, 177 } };
	assert_true(directory_add(&directory, &four));
	assert_true(directory_add(&directory, &six));
	address = six.address;
	assert_int_equal(at_address(&directory, &address), 2);
	address.bytes[15] ^= 1;
	assert_int_equal(at_address(&directory, &address), 0);
	address = four.address;
	address.bytes[4] = 99; /* behind an IPv4 address: nothing */
	assert_int_equal(at_address(&directory, &address), 1);
	address.port ^= 0x100;
	assert_int_equal(at_address(&directory, &address), 0);
	address = four.address;
	address.bytes[3] ^= 1;
	assert_int_equal(at_address(&directory, &address), 0);
	address = four.address;
	address.family = 6;
	assert_int_equal(at_address(&directory, &address), 0);
	(void)directory_remove(&directory, &four);
	(void)directory_remove(&directory, &six);
	directory_finish(&directory);
}

static void of_two_with_one_address_the_one_that_came_first_is_meant(void **state)
{
	struct directory_entry entries[3] = { entry_of(5), entry_of(3), entry_of(8) };
	struct relay_address address = address_of(1);
	struct directory directory;

	(void)state;
	directory_init(&directory);
	for (size_t i = 0; i < 3; i++) {
		entries[i].address = address;
		assert_true(directory_add(&directory, &entries[i]));
	}
	assert_int_equal(at_address(&directory, &address), 3);
	(void)directory_remove(&directory, &entries[1]);
	assert_int_equal(at_address(&directory, &address), 5);
	(void)directory_remove(&directory, &entries[0]);
	assert_int_equal(at_address(&directory, &address), 8);
	(void)directory_remove(&directory, &entries[2]);
	directory_finish(&directory);
}

static void a_name_belongs_to_one_client_and_is_free_when_it_goes_or_takes_another(void **state)
{
	struct directory_entry ann = entry_of(1);
	struct directory_entry bob = entry_of(2);
	struct directory directory;

	(void)state;
	directory_init(&directory);
	assert_true(directory_add(&directory, &ann));
	assert_true(directory_add(&directory, &bob));
	assert_int_equal(named(&directory, "ann"), 0);
	assert_int_equal(set_name(&directory, &ann, text("ann")), RELAY_STATUS_OK);
	assert_int_equal(named(&directory, "ann"), 1);
	assert_int_equal(set_name(&directory, &ann, text("ann")), RELAY_STATUS_OK);
	assert_int_equal(set_name(&directory, &bob, text("ann")), RELAY_STATUS_NAME_TAKEN);
	assert_null(bob.name);
	assert_int_equal(set_name(&directory, &bob, text("bob")), RELAY_STATUS_OK);
	assert_int_equal(set_name(&directory, &bob, text("ann")), RELAY_STATUS_NAME_TAKEN);
	assert_int_equal(named(&directory, "bob"), 2); /* refused, nothing changes */

	assert_int_equal(set_name(&directory, &ann, text("anna")), RELAY_STATUS_OK);
	assert_int_equal(named(&directory, "ann"), 0);
	assert_int_equal(named(&directory, "anna"), 1);
	assert_int_equal(set_name(&directory, &bob, text("ann")), RELAY_STATUS_OK);
	assert_int_equal(named(&directory, "bob"), 0);
	assert_int_equal(directory_remove(&directory, &ann), 1);
	assert_null(ann.name);
	assert_int_equal(named(&directory, "anna"), 0);
	(void)directory_remove(&directory, &bob);
	assert_int_equal(directory.by_name.count, 0);
	assert_int_equal(directory.by_address.count, 0);
	directory_finish(&directory);
}

static void names_are_compared_byte_by_byte(void **state)
{
	static const char *const others[] = { "Ann", "an", "annn", "ann ", "\xc3\xa4nn" };
	struct directory_entry ann = entry_of(1);
	struct relay_entry view;
	struct directory directory;

	(void)state;
	directory_init(&directory);
	assert_true(directory_add(&directory, &ann));
	assert_int_equal(set_name(&directory, &ann, text("ann")), RELAY_STATUS_OK);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(named(&directory, others[i]), 0);
	view = directory_entry_view(&ann);
	assert_int_equal(view.number, 1);
	assert_int_equal(view.name.length, 3);
	assert_memory_equal(view.name.bytes, "ann", 3);
	assert_true(view.since_ns == ann.since_ns);
	assert_int_equal(view.address.port, 40001);
	(void)directory_remove(&directory, &ann);
	directory_finish(&directory);
}

#define CROWD 3000u

struct crowd {
	struct directory directory;
	struct directory_entry entries[CROWD + 1]; /* by number */
	uint8_t page[2000];
};

static struct crowd *crowd_create(void)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));

	assert_non_null(crowd);
	directory_init(&crowd->directory);
	for (uint32_t number = 1; number <= CROWD; number++) {
		char name[16];

		crowd->entries[number] = entry_of(number);
		assert_true(directory_add(&crowd->directory, &crowd->entries[number]));
		(void)snprintf(name, sizeof(name), "client%u", number);
		assert_int_equal(set_name(&crowd->directory, &crowd->entries[number], text(name)),
				 RELAY_STATUS_OK);
	}
	return crowd;
}

static void crowd_remove(struct crowd *crowd, uint32_t number)
{
	(void)directory_remove(&crowd->directory, &crowd->entries[number]);
	crowd->entries[number].number = 0;
}

static void crowd_destroy(struct crowd *crowd)
{
	for (uint32_t number = 1; number <= CROWD; number++) {
		if (crowd->entries[number].number != 0)
			crowd_remove(crowd, number);
	}
	directory_finish(&crowd->directory);
	free(crowd);
}

/* Reads one page's entries and returns how many of those stay throughout (3 divides them). */
static unsigned read_page(const struct crowd *crowd, size_t length, uint32_t *last)
{
	struct relay_bytes rest = { .bytes = crowd->page, .length = (uint32_t)length };
	struct relay_entry entry;
	unsigned staying = 0;

	while (relay_entry_next(&rest, &entry)) {
		char name[16];

		assert_true(entry.number > *last);
		*last = entry.number;
		staying += entry.number % 3 == 0;
		(void)snprintf(name, sizeof(name), "client%u", entry.number);
		assert_int_equal(entry.name.length, strlen(name));
		assert_memory_equal(entry.name.bytes, name, strlen(name));
		assert_int_equal(entry.address.port, 40000 + entry.number);
	}
	return staying;
}

static void pages_go_through_all_in_ascending_order_while_some_leave(void **state)
{
	struct crowd *crowd = crowd_create();
	uint32_t last = 0;
	uint32_t after = 0;
	unsigned staying = 0;
	bool more = true;

	(void)state;
	for (uint32_t page = 0; more; page++) {
		struct byte_writer writer = byte_writer_into(crowd->page, sizeof(crowd->page));

		more = directory_list(&crowd->directory, &after, &writer);
		assert_false(writer.overflowed);
		if (more)
			assert_true(writer.capacity - writer.length < RELAY_ENTRY_MAX_BYTES);
		staying += read_page(crowd, writer.length, &last);
		assert_int_equal(after, last);
		/* One that was read already, and one that was not. */
		if (page % 3 != 0 && last > 3 && last < CROWD - 3) {
			crowd_remove(crowd, last - (last % 3 == 0 ? 1 : last % 3 == 1 ? 0 : 1));
			crowd_remove(crowd, (last / 3 + 1) * 3 + 1);
		}
	}
	assert_int_equal(staying, CROWD / 3);
	crowd_destroy(crowd);
}

static void a_page_that_takes_everything_says_that_nothing_follows(void **state)
{
	struct directory_entry entries[2] = { entry_of(1), entry_of(2) };
	uint8_t page[3 * RELAY_ENTRY_MAX_BYTES];
	struct directory directory;
	struct byte_writer writer;
	uint32_t after = 0;
	size_t one;

	(void)state;
	directory_init(&directory);
	assert_true(directory_add(&directory, &entries[0]));
	assert_true(directory_add(&directory, &entries[1]));
	writer = byte_writer_into(page, sizeof(page));
	assert_false(directory_list(&directory, &after, &writer));
	assert_int_equal(after, 2);
	one = writer.length / 2;

	/* Just enough for a first entry, and one byte too little for the second. */
	after = 0;
	writer = byte_writer_into(page, one + RELAY_ENTRY_MAX_BYTES - 1);
	assert_true(directory_list(&directory, &after, &writer));
	assert_int_equal(after, 1);
	after = 0;
	writer = byte_writer_into(page, one + RELAY_ENTRY_MAX_BYTES);
	assert_false(directory_list(&directory, &after, &writer));
	assert_int_equal(after, 2);
	after = 2;
	writer = byte_writer_into(page, sizeof(page));
	assert_false(directory_list(&directory, &after, &writer));
	assert_int_equal(writer.length, 0);
	(void)directory_remove(&directory, &entries[0]);
	(void)directory_remove(&directory, &entries[1]);
	directory_finish(&directory);
}

static void the_classic_list_has_the_asker_first_and_whole_entries_only(void **state)
{
	struct crowd *crowd = crowd_create();
	char list[CLASSIC_DATA_BYTES] = "";
	size_t length = directory_list_classic(&crowd->directory, &crowd->entries[3], list);

	(void)state;
	assert_int_equal(strlen(list), length);
	assert_true(length <= CLASSIC_TEXT_MAX_BYTES && length > CLASSIC_TEXT_MAX_BYTES - 25);
	assert_memory_equal(list,
			    "3,40003,10.7.92.177;1,40001,10.7.92.177;2,40002,10.7.92.177;"
			    "4,40004,10.7.92.177;",
			    80);
	assert_int_equal(list[length - 1], ';');
	crowd_destroy(crowd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_is_found_by_number_and_address_while_it_is_there),
		cmocka_unit_test(addresses_differ_by_family_port_and_every_byte_that_counts),
		cmocka_unit_test(of_two_with_one_address_the_one_that_came_first_is_meant),
		cmocka_unit_test(
			a_name_belongs_to_one_client_and_is_free_when_it_goes_or_takes_another),
		cmocka_unit_test(names_are_compared_byte_by_byte),
		cmocka_unit_test(pages_go_through_all_in_ascending_order_while_some_leave),
		cmocka_unit_test(a_page_that_takes_everything_says_that_nothing_follows),
		cmocka_unit_test(the_classic_list_has_the_asker_first_and_whole_entries_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
