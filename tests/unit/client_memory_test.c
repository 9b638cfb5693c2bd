/*
 * The client without a socket where memory runs out: each of its allocations fails in turn.
 * The program's own malloc(), calloc(), realloc() and free() stand before those of the C
 * library, and count. Not under sanitizers, which stand there themselves.
 */
#include "support/unit_test.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

#ifdef HAS_SANITIZER

int main(void)
{
	(void)puts("1..0 # SKIP the sanitizer has its own malloc()");
	return 0;
}

#else

#include "support/core_bench.h"

/* Names that the C library has chosen. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
/* NOLINTBEGIN(readability-identifier-naming,readability-inconsistent-declaration-parameter-name) */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static bool is_counting;
static long allocations; /* since counting began */
static long failing;     /* the one that fails; 0: none */
static long held;        /* taken and not given back since counting began */

static bool fails(void)
{
	return is_counting && ++allocations == failing;
}

static void *count(void *memory)
{
	held += is_counting && memory;
	return memory;
}

void *malloc(size_t size)
{
	return fails() ? NULL : count(__libc_malloc(size));
}

void *calloc(size_t number, size_t size)
{
	return fails() ? NULL : count(__libc_calloc(number, size));
}

void *realloc(void *memory, size_t size)
{
	if (fails())
		return NULL;
	return memory ? __libc_realloc(memory, size) : count(__libc_realloc(NULL, size));
}

void free(void *memory)
{
	held -= is_counting && memory;
	__libc_free(memory);
}
/* NOLINTEND(readability-identifier-naming,readability-inconsistent-declaration-parameter-name) */
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

struct tally {
	int queued;
	int verdicts;
};

static void send_some(struct bench *bench, struct tally *tally, int number)
{
	for (int i = 0; i < number; i++) {
		struct core_request send = i % 3 == 0   ? to_number(3)
					   : i % 3 == 1 ? to_name("ann")
							: to_room("attic");

		tally->queued += core_request(&bench->core, &send, bench->now_ns, NULL) == WT_OK;
	}
}

static void take_them(struct bench *bench, struct tally *tally)
{
	static const uint8_t message_id[16] = { 1 };

	while (take(bench)) {
		tally->verdicts += bench->event.kind == WT_EVENT_VERDICT;
		(void)core_is_repeated(&bench->core, message_id, bench->now_ns);
	}
}

/* The server says the script, as far as there is memory for it. */
static void say_what_fits(struct bench *bench)
{
	size_t room = 0;
	uint8_t *into = core_input_room(&bench->core, &room);
	size_t length = bench->script.writer.length;

	if (into && length <= room) {
		memcpy(into, bench->script.bytes, length);
		core_received(&bench->core, length, bench->now_ns);
	}
	script_start(&bench->script);
}

/* What the client says is dropped by the kernel's side of the bench. */
static void swallow(struct bench *bench)
{
	struct byte_queue taken;

	byte_queue_init(&taken, 0);
	if (core_take_output(&bench->core, &taken))
		core_sent(&bench->core, byte_queue_length(&taken));
	byte_queue_finish(&taken);
}

static void answer_first(struct bench *bench, enum relay_type type)
{
	const struct in_flight_request *asked =
		in_flight_first(&bench->core.in_flight, &bench->core.in_flight.open);

	while (asked && asked->type != type)
		asked = in_flight_next(&bench->core.in_flight, asked);
	if (!asked)
		return;
	if (type == RELAY_TYPE_HELLO)
		say_named(&bench->script, asked->id, "bob");
	else if (type == RELAY_TYPE_JOIN)
		say_joined(&bench->script, asked->id, 1);
	else if (type == RELAY_TYPE_LIST)
		say_list_page(&bench->script, asked->id, 1, 20, NULL);
	else
		say_delivered(&bench->script, asked->id, 0, 1);
}

static void hold_one_connection(struct bench *bench, struct tally *tally)
{
	core_stream_started(&bench->core, bench->now_ns);
	say_hello(&bench->script);
	say_what_fits(bench);
	take_them(bench, tally);
	answer_first(bench, RELAY_TYPE_HELLO);
	say_what_fits(bench);
	take_them(bench, tally);
	(void)core_request(&bench->core, &(struct core_request){ .type = RELAY_TYPE_LIST },
			   bench->now_ns, NULL);
	(void)core_request(
		&bench->core,
		&(struct core_request){ .type = RELAY_TYPE_JOIN, .to_room = script_name("attic") },
		bench->now_ns, NULL);
	send_some(bench, tally, 90);
	swallow(bench);
	answer_first(bench, RELAY_TYPE_LIST);
	answer_first(bench, RELAY_TYPE_JOIN);
	answer_first(bench, RELAY_TYPE_SEND);
	say_what_fits(bench);
	take_them(bench, tally);
}

/* Returns how many allocations there were. */
static long live_through(long which)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct tally tally = { 0 };
	long made;

	assert_non_null(bench);
	script_start(&bench->script);
	bench->now_ns = 1000 * S;
	allocations = 0;
	held = 0;
	failing = which;
	is_counting = true;
	core_init(&bench->core, &lasting);
	core_connect(&bench->core, bench->now_ns);
	send_some(bench, &tally, 9);
	for (int i = 0; i < 2; i++) {
		hold_one_connection(bench, &tally);
		core_stream_ended(&bench->core, WT_CLOSED, "broken", bench->now_ns);
		take_them(bench, &tally);
		bench->now_ns += 60 * S;
		core_tick(&bench->core, bench->now_ns);
	}
	core_abandon(&bench->core);
	take_them(bench, &tally);
	core_finish(&bench->core);
	is_counting = false;
	made = allocations;
	free(bench);
	if (tally.queued != tally.verdicts || held != 0)
		fail_msg("allocation %ld fails: %d messages, %d verdicts, %ld blocks held", which,
			 tally.queued, tally.verdicts, held);
	return made;
}

static void when_memory_runs_out_no_message_is_left_without_verdict(void **state)
{
	long made = live_through(0);

	(void)state;
	assert_true(made > 100);
	for (long which = 1; which <= made; which++)
		(void)live_through(which);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(when_memory_runs_out_no_message_is_left_without_verdict),
	};

	return cmocka_run_group_tests_name("client_memory", tests, NULL, NULL);
}

#endif
