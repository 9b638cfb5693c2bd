/* The peers' protocols as bytes, whole and cut at every place. */
#include "support/unit_test.h"

#include <stdlib.h>
#include <string.h>

#include "bench/peer_dialects.h"

#define ROOM_BYTES 4096

static struct load_party receiver = { .index = 7, .role = LOAD_RECEIVER };
static struct load_party sender = { .index = 8, .role = LOAD_SENDER, .to = &receiver };
static uint8_t written[ROOM_BYTES];

/* What a dialect writes, against the text that is expected. */
static void assert_written(const struct byte_writer *out, const void *expected, size_t length)
{
	assert_false(out->overflowed);
	assert_int_equal(out->length, length);
	assert_memory_equal(out->bytes, expected, length);
}

static struct byte_writer greeting(const struct load_dialect *dialect, struct load_party party)
{
	struct byte_writer out = byte_writer_into(written, sizeof(written));

	dialect->greet(&party, &out);
	return out;
}

static struct byte_writer message(const struct load_dialect *dialect, struct load_party party)
{
	static uint8_t bytes[ROOM_BYTES];
	struct byte_writer out = byte_writer_into(bytes, dialect->extra_bytes + 5);

	dialect->put_message(&party, &out, (const uint8_t *)"hello", 5);
	return out;
}

struct stream {
	const struct load_dialect *dialect;
	const struct load_party *party;
	const void *bytes;
	size_t length;
	uint64_t received;
	uint64_t confirmed;
	const char *answer; /* what is written back; where it depends on the cut, NULL */
};

/* In a block of its own, so that a sanitizer sees a read behind its end. */
static size_t take(const struct stream *stream, struct load_party *party, size_t from, size_t to,
		   struct byte_writer *out, struct load_sink *sink)
{
	uint8_t *bytes = malloc(to - from + 1);
	ssize_t used;

	assert_non_null(bytes);
	memcpy(bytes + 1, (const uint8_t *)stream->bytes + from, to - from);
	used = stream->dialect->take(party, bytes + 1, to - from, out, sink);
	free(bytes);
	assert_in_range(used, 0, to - from);
	return (size_t)used;
}

/* Two reads, the second with what the first left over. */
static void assert_same_at_every_cut(const struct stream *stream)
{
	for (size_t cut = 0; cut <= stream->length; cut++) {
		struct load_party party = *stream->party;
		struct load_sink sink = { 0 };
		struct byte_writer out = byte_writer_into(written, sizeof(written));
		size_t used;

		party.messages = 3;
		used = take(stream, &party, 0, cut, &out, &sink);
		used += take(stream, &party, used, stream->length, &out, &sink);
		assert_int_equal(used, stream->length);
		assert_true(party.ready);
		assert_int_equal(sink.received, stream->received);
		assert_int_equal(sink.out_of_order, 0);
		assert_int_equal(sink.confirmed, stream->confirmed);
		if (stream->answer)
			assert_written(&out, stream->answer, strlen(stream->answer));
	}
}

static void assert_broken(const struct load_dialect *dialect, const void *bytes, size_t length)
{
	struct load_party party = receiver;
	struct load_sink sink = { 0 };
	struct byte_writer out = byte_writer_into(written, sizeof(written));

	assert_int_equal(dialect->take(&party, bytes, length, &out, &sink), -1);
	assert_true(sink.problem[0] != '\0');
}

/* A payload that is a stamp: due 0, late 0, and its sequence, in this machine's order. */
#define STAMP(sequence)                                                                            \
	"\0\0\0\0\0\0\0\0"                                                                         \
	"\0\0\0\0" sequence "\0\0\0"
#define BROKEN(dialect, text) assert_broken(dialect, text, sizeof(text) - 1)

static void nats_speaks_as_documented(void **state)
{
	static const char subscribed[] = "SUB p7 1\r\nPING\r\n";
	struct byte_writer out = greeting(&nats_dialect, receiver);

	(void)state;
	assert_memory_equal(out.bytes, "CONNECT {", 9);
	assert_memory_equal(out.bytes + out.length - strlen(subscribed), subscribed,
			    strlen(subscribed));
	out = message(&nats_dialect, sender);
	assert_written(&out, "PUB p7 5\r\nhello\r\n", 17);
}

static void nats_is_understood_wherever_it_is_cut(void **state)
{
	static const char bytes[] =
		"INFO {\"max_payload\":1048576}\r\nPONG\r\n"
		"MSG p7 1 16\r\n" STAMP("\1") "\r\n"
					      "PING\r\n+OK\r\n"
					      "MSG p7 1 16\r\n" STAMP("\2") "\r\n";

	(void)state;
	assert_same_at_every_cut(&(struct stream){ .dialect = &nats_dialect,
						   .party = &receiver,
						   .bytes = bytes,
						   .length = sizeof(bytes) - 1,
						   .received = 2,
						   .answer = "PONG\r\n" });
}

static void nats_that_is_broken_is_seen(void **state)
{
	(void)state;
	BROKEN(&nats_dialect, "-ERR 'Slow Consumer'\r\n");
	BROKEN(&nats_dialect, "MSG p7 1 99999999999999999999\r\n");
	BROKEN(&nats_dialect, "MSG p7 1 x\r\n");
	BROKEN(&nats_dialect, "MSG\r\n");
	BROKEN(&nats_dialect, "MSG p7 1 \r\n");
	BROKEN(&nats_dialect, "\r\n");
	BROKEN(&nats_dialect, "\n");
}

static void redis_speaks_as_documented(void **state)
{
	struct byte_writer out = greeting(&redis_dialect, receiver);

	(void)state;
	assert_written(&out, "*2\r\n$9\r\nSUBSCRIBE\r\n$2\r\np7\r\n", 27);
	out = message(&redis_dialect, sender);
	assert_written(&out, "*3\r\n$7\r\nPUBLISH\r\n$2\r\np7\r\n$5\r\nhello\r\n", 36);
}

static void redis_is_understood_wherever_it_is_cut(void **state)
{
	static const char heard[] =
		"*3\r\n$9\r\nsubscribe\r\n$2\r\np7\r\n:1\r\n"
		"*3\r\n$7\r\nmessage\r\n$2\r\np7\r\n$16\r\n" STAMP(
			"\1") "\r\n"
			      "*3\r\n$7\r\nmessage\r\n$2\r\np7\r\n$16\r\n" STAMP("\2") "\r\n";
	static const char replies[] = "+PONG\r\n:1\r\n:0\r\n:1000\r\n";

	(void)state;
	assert_same_at_every_cut(&(struct stream){ .dialect = &redis_dialect,
						   .party = &receiver,
						   .bytes = heard,
						   .length = sizeof(heard) - 1,
						   .received = 2,
						   .answer = "" });
	assert_same_at_every_cut(&(struct stream){ .dialect = &redis_dialect,
						   .party = &sender,
						   .bytes = replies,
						   .length = sizeof(replies) - 1,
						   .answer = "" });
}

static void redis_that_is_broken_is_seen(void **state)
{
	(void)state;
	BROKEN(&redis_dialect, "-ERR max number of clients reached\r\n");
	BROKEN(&redis_dialect, "*2\r\n");
	BROKEN(&redis_dialect, "*3\r\n$7\r\nmessage\r\n$2\r\np7\r\n$99999999999\r\n");
	BROKEN(&redis_dialect, "*3\r\n$-1\r\n");
	BROKEN(&redis_dialect, ":\r\n");
	BROKEN(&redis_dialect, "hello");
}

static void mqtt_speaks_as_documented(void **state)
{
	struct byte_writer out = greeting(&mqtt_dialect, receiver);

	(void)state;
	/* CONNECT, 21 bytes: "MQTT", level 4, clean session, keep-alive 0, an identifier */
	assert_memory_equal(out.bytes,
			    "\x10\x15\0\4MQTT\4\2\0\0\0\x09"
			    "c",
			    15);
	/* SUBSCRIBE 1, "p7" at QoS 0 */
	assert_int_equal(out.length, 23 + 9);
	assert_memory_equal(out.bytes + 23, "\x82\7\0\1\0\2p7\0", 9);
	out = message(&mqtt_dialect, sender);
	assert_written(&out, "\x30\x09\0\2p7hello", 11);
}

static void an_mqtt_length_takes_a_second_byte_from_128_on(void **state)
{
	uint8_t payload[124] = { 0 };
	uint8_t bytes[160];
	struct byte_writer out = byte_writer_into(bytes, sizeof(bytes));

	(void)state;
	mqtt_dialect.put_message(&sender, &out, payload, sizeof(payload) - 1);
	assert_memory_equal(bytes, "\x30\x7f\0\2", 4);
	out = byte_writer_into(bytes, sizeof(bytes));
	mqtt_dialect.put_message(&sender, &out, payload, sizeof(payload));
	assert_memory_equal(bytes, "\x30\x80\x01\0\2", 5);
}

static void mqtt_is_understood_wherever_it_is_cut(void **state)
{
	static const char bytes[] = "\x20\2\0\0"   /* CONNACK */
				    "\x90\3\0\1\0" /* SUBACK */
				    "\x30\x14\0\2p7" STAMP("\1") "\x30\x14\0\2p7" STAMP("\2");

	(void)state;
	assert_same_at_every_cut(&(struct stream){ .dialect = &mqtt_dialect,
						   .party = &receiver,
						   .bytes = bytes,
						   .length = sizeof(bytes) - 1,
						   .received = 2,
						   .answer = "" });
	assert_same_at_every_cut(&(struct stream){ .dialect = &mqtt_dialect,
						   .party = &sender,
						   .bytes = bytes,
						   .length = 4,
						   .answer = "" });
}

static void an_mqtt_receiver_is_ready_with_its_subscription_only(void **state)
{
	struct load_party party = receiver;
	struct load_sink sink = { 0 };
	struct byte_writer out = byte_writer_into(written, sizeof(written));

	(void)state;
	assert_int_equal(mqtt_dialect.take(&party, (const uint8_t *)"\x20\2\0\0", 4, &out, &sink),
			 4);
	assert_false(party.ready);
}

static void mqtt_that_is_broken_is_seen(void **state)
{
	(void)state;
	BROKEN(&mqtt_dialect, "\x20\2\0\5");               /* not authorized */
	BROKEN(&mqtt_dialect, "\x90\3\0\1\x80");           /* not granted */
	BROKEN(&mqtt_dialect, "\x30\x03\0\2p");            /* ends within its topic */
	BROKEN(&mqtt_dialect, "\x30\x01\0");               /* and within the topic's length */
	BROKEN(&mqtt_dialect, "\x30\xff\xff\xff\xff\x01"); /* a fifth byte of length */
	BROKEN(&mqtt_dialect, "\x30\xff\xff\xff\x7f");     /* 256 MiB */
	BROKEN(&mqtt_dialect, "\xe0\0");
}

static void bare_frames_go_both_ways(void **state)
{
	static const char heard[] = "\0\0\0\x08\0\0\0\0" /* the greeting, come back */
				    "\0\0\0\x10" STAMP("\1") "\0\0\0\x10" STAMP("\2");
	static const char answers[] = "\0\0\0\x09\0\0\0\x08"
				      "\0\0\0\1"
				      "\0\0\0\2";
	struct byte_writer out = greeting(&bare_dialect, sender);

	(void)state;
	assert_written(&out, "\0\0\0\x09\0\0\0\x08", 8);
	out = message(&bare_dialect, sender);
	assert_written(&out, "\0\0\0\5hello", 9);
	assert_same_at_every_cut(&(struct stream){ .dialect = &bare_dialect,
						   .party = &receiver,
						   .bytes = heard,
						   .length = sizeof(heard) - 1,
						   .received = 2,
						   .answer = "" });
	assert_same_at_every_cut(&(struct stream){ .dialect = &bare_answered_dialect,
						   .party = &receiver,
						   .bytes = heard,
						   .length = sizeof(heard) - 1,
						   .received = 2 });
	assert_same_at_every_cut(&(struct stream){ .dialect = &bare_answered_dialect,
						   .party = &sender,
						   .bytes = answers,
						   .length = sizeof(answers) - 1,
						   .confirmed = 3,
						   .answer = "" });
}

static void an_answer_says_how_many_came_in_one_read(void **state)
{
	static const char heard[] = "\0\0\0\x10" STAMP("\1") "\0\0\0\x10" STAMP("\2") "\0\0\0";
	struct load_party party = receiver;
	struct load_sink sink = { 0 };
	struct byte_writer out = byte_writer_into(written, sizeof(written));

	(void)state;
	party.ready = true;
	assert_int_equal(bare_answered_dialect.take(&party, (const uint8_t *)heard,
						    sizeof(heard) - 1, &out, &sink),
			 40);
	assert_written(&out, "\0\0\0\2", 4);
	assert_int_equal(
		bare_answered_dialect.take(&party, (const uint8_t *)heard + 40, 3, &out, &sink), 0);
	assert_int_equal(out.length, 4);
}

static void an_answer_to_more_than_was_sent_is_broken(void **state)
{
	struct load_party party = sender;
	struct load_sink sink = { 0 };
	struct byte_writer out = byte_writer_into(written, sizeof(written));

	(void)state;
	party.ready = true;
	party.messages = 1;
	assert_int_equal(
		bare_answered_dialect.take(&party, (const uint8_t *)"\0\0\0\2", 4, &out, &sink),
		-1);
	BROKEN(&bare_dialect, "\0\0\0\1\0\0\0\2"
			      "\x7f\0\0\0");
}

static void the_room_has_one_name_for_all(void **state)
{
	struct load_party to_room = { .index = 1, .role = LOAD_SENDER };
	struct load_party member = { .index = 2, .role = LOAD_RECEIVER, .in_room = true };
	uint8_t name[PEER_NAME_MAX_BYTES];
	struct load_party last = { .index = UINT32_MAX, .role = LOAD_STALLED };

	(void)state;
	assert_int_equal(peer_write_name(name, &to_room), 1);
	assert_int_equal(name[0], 'r');
	assert_int_equal(peer_write_name(name, &member), 1);
	assert_int_equal(name[0], 'r');
	assert_int_equal(peer_write_name(name, &last), PEER_NAME_MAX_BYTES);
	assert_memory_equal(name, "p4294967295", PEER_NAME_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nats_speaks_as_documented),
		cmocka_unit_test(nats_is_understood_wherever_it_is_cut),
		cmocka_unit_test(nats_that_is_broken_is_seen),
		cmocka_unit_test(redis_speaks_as_documented),
		cmocka_unit_test(redis_is_understood_wherever_it_is_cut),
		cmocka_unit_test(redis_that_is_broken_is_seen),
		cmocka_unit_test(mqtt_speaks_as_documented),
		cmocka_unit_test(an_mqtt_length_takes_a_second_byte_from_128_on),
		cmocka_unit_test(mqtt_is_understood_wherever_it_is_cut),
		cmocka_unit_test(an_mqtt_receiver_is_ready_with_its_subscription_only),
		cmocka_unit_test(mqtt_that_is_broken_is_seen),
		cmocka_unit_test(bare_frames_go_both_ways),
		cmocka_unit_test(an_answer_says_how_many_came_in_one_read),
		cmocka_unit_test(an_answer_to_more_than_was_sent_is_broken),
		cmocka_unit_test(the_room_has_one_name_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
