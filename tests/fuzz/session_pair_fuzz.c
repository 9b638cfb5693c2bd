/*
 * Two clients and the server between them, under the orders of the fuzzer: each byte of the
 * input is something that happens (its low five bits, see `happenings`), to one of the two (bit
 * 5), and says who has a turn behind it (the upper two bits); some take parameters behind it.
 * There is no socket and no thread, and the clock is a number.
 *
 * What must hold whatever happens stands in session_pair_model.h. At the end everybody reads,
 * all deadlines pass, and both go: then nothing may be left of them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/byte_reader.h"
#include "base/clock.h"
#include "fuzz/session_pair_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX_BYTES 4096u /* MODEL_IDS_MAX is enough for it */
#define READS_MAX 256u
#define SHORT_KEEPALIVE_MS 2000u
#define RATE 20u
#define LAST_WORDS_MS 30000u /* more than any deadline, less than the keep-alive */

struct fuzz {
	struct server_core *core;
	struct byte_reader orders; /* what is left of the input */
	struct model_client *one;  /* whom it happens to */
	struct model_client *other;
	struct model_client *pair[2]; /* NULL: not connected yet */
	uint32_t next_id[2];          /* of their requests */
	unsigned place;               /* of `one` in the pair */
};

static struct fuzz fuzz;
static struct model model;
static uint8_t content[RELAY_BODY_DEFAULT_BYTES];

static uint8_t order(void)
{
	return byte_reader_u8(&fuzz.orders);
}

/* What waits to be read byte by byte is read in larger pieces where there is much of it. */
static void read_in_time(void)
{
	for (uint32_t i = 0; i < model.count; i++) {
		struct server_client *end = model.clients[i].end;
		size_t least = byte_queue_length(&end->said) / READS_MAX + 1;

		if (end->read_max < least)
			end->read_max = least;
	}
}

static void settle(void)
{
	read_in_time();
	MODEL_CHECK(server_core_settle(fuzz.core));
	model_look(&model);
}

static void wait_ms(uint64_t ms)
{
	read_in_time();
	MODEL_CHECK(server_core_wait(fuzz.core, ms));
	model_look(&model);
}

static uint32_t next_id(void)
{
	return fuzz.next_id[fuzz.place]++;
}

/* One frame that was begun with server_core_begin(). */
static void say_frame(void)
{
	struct byte_writer *writer = &fuzz.core->writer;

	MODEL_CHECK(!writer->overflowed);
	relay_frame_end(writer, 0);
	(void)model_say(&model, fuzz.one, writer->bytes, writer->length);
}

static void say_classic(enum classic_type type, const void *text, size_t length)
{
	uint8_t bytes[CLASSIC_MESSAGE_BYTES];

	MODEL_CHECK(classic_message_encode(type, text, length, bytes));
	(void)model_say(&model, fuzz.one, bytes, sizeof(bytes));
}

static struct byte_writer *begin(enum relay_kind kind, enum relay_type type, uint32_t id)
{
	return server_core_begin(fuzz.core, kind, (uint16_t)type, id);
}

/* ---- what may happen ---- */

static void connect_anew(void)
{
	uint8_t how = order();
	bool classic = (how & 1) != 0;
	struct server_client *end;

	if ((fuzz.one && fuzz.one->end->session) || model.shut_down)
		return;
	end = server_core_connect(fuzz.core, (how >> 1) % fuzz.core->shared.config.workers,
				  classic);
	if (!end)
		return;
	fuzz.pair[fuzz.place] = model_connected(&model, end, classic);
	fuzz.next_id[fuzz.place] = 1;
}

static void say_raw(void)
{
	size_t length = order();
	const uint8_t *bytes;

	if (length > fuzz.orders.left)
		length = fuzz.orders.left;
	bytes = byte_reader_bytes(&fuzz.orders, length);
	if (bytes && length > 0)
		(void)model_say(&model, fuzz.one, bytes, length);
}

static size_t length_of(uint8_t how)
{
	static const size_t lengths[] = { MODEL_TAG_BYTES, 100, 600, 60000 };
	size_t most = fuzz.core->shared.config.max_body_bytes - 200;
	size_t length = lengths[how & 3];

	return length < most ? length : most;
}

static void send_classic(uint8_t how)
{
	uint32_t serial = model_new_message(&model);
	uint32_t to = how & 0x40 ? fuzz.one->end->number : fuzz.other->end->number;
	char text[CLASSIC_DATA_BYTES] = "127.0.0.1,40000,";
	size_t length = strlen(text);

	if (serial == 0)
		return;
	text[length - 3] = (char)('0' + to / 10);
	text[length - 2] = (char)('0' + to % 10);
	model_tag(serial, (uint8_t *)text + length, MODEL_TAG_BYTES + (how & 0x3f));
	say_classic(CLASSIC_SEND, text, length + MODEL_TAG_BYTES + (how & 0x3f));
}

static const char *const names[] = { "ann", "bob", "eve", "\xc3\xa9" };

static void put_recipient(struct byte_writer *writer, uint8_t how)
{
	switch (how >> 5) {
	case 0:
	case 1:
		relay_put_u32(writer, RELAY_FIELD_TO_NUMBER, fuzz.other->end->number);
		break;
	case 2:
		relay_put_u32(writer, RELAY_FIELD_TO_NUMBER, fuzz.one->end->number);
		break;
	case 3:
		relay_put_u32(writer, RELAY_FIELD_TO_NUMBER, order());
		break;
	case 4:
		relay_put_text(writer, RELAY_FIELD_TO_NAME, names[order() & 3]);
		break;
	default:
		relay_put_text(writer, RELAY_FIELD_TO_ROOM, names[order() & 3]);
		break;
	}
}

/* Bits of `how`: 0 and 1 the length, 2 to 4 which MESSAGE_ID (0 to 3: none), 5 to 7 to whom. */
static void send_one(uint8_t how, uint32_t id)
{
	uint8_t message_id[RELAY_MESSAGE_ID_BYTES] = { how >> 2 & 3 };
	size_t length = length_of(how);
	struct byte_writer *writer;
	uint32_t serial;

	if (fuzz.one->classic) {
		send_classic(how);
		return;
	}
	serial = model_new_message(&model);
	if (serial == 0)
		return;
	writer = begin(RELAY_REQUEST, RELAY_TYPE_SEND, id);
	put_recipient(writer, how);
	model_tag(serial, content, length);
	relay_put_bytes(writer, RELAY_FIELD_DATA, content, length);
	if (how & 0x10)
		relay_put_bytes(writer, RELAY_FIELD_MESSAGE_ID, message_id, sizeof(message_id));
	say_frame();
}

static void send_next(void)
{
	send_one(order(), next_id());
}

static void send_with_any_id(void)
{
	uint8_t how = order();

	send_one(how, order());
}

/* A gap in the ids, which no answer may span. */
static void skip_ids(void)
{
	fuzz.next_id[fuzz.place] += order();
}

static void send_many(void)
{
	uint8_t count = order() % 8;

	for (uint8_t i = 0; i < count; i++)
		send_one(0, next_id());
}

static void acknowledge(uint32_t from, uint32_t through)
{
	struct byte_writer *writer;

	if (fuzz.one->classic)
		return;
	writer = begin(RELAY_ACKNOWLEDGEMENT, RELAY_TYPE_SEND, from);
	if (through != from)
		relay_put_u32(writer, RELAY_FIELD_THROUGH, through);
	say_frame();
}

static void acknowledge_some(void)
{
	uint32_t from = order();
	uint8_t more = order();

	acknowledge(from, more == 255 ? UINT32_MAX : from + more);
}

/* All but the newest few. */
static void acknowledge_heard(void)
{
	uint32_t but = order() % 4;

	if (fuzz.one->send_id > but)
		acknowledge(1, fuzz.one->send_id - but);
}

static void acknowledge_newest(void)
{
	if (fuzz.one->send_id > 0)
		acknowledge(fuzz.one->send_id, fuzz.one->send_id);
}

static void ask(void)
{
	static const uint8_t types[] = { RELAY_TYPE_TIME, RELAY_TYPE_NAME, RELAY_TYPE_LIST,
					 RELAY_TYPE_PING, RELAY_TYPE_ROOMS };
	uint8_t how = order();
	enum relay_type type = types[how % sizeof(types)];
	struct byte_writer *writer;

	if (fuzz.one->classic) {
		say_classic(CLASSIC_TIME + how % 3, "", 0);
		return;
	}
	writer = begin(RELAY_REQUEST, type, how & 0x80 ? order() | 1u : next_id());
	if (type == RELAY_TYPE_PING && (how & 0x40) != 0)
		relay_put_text(writer, RELAY_FIELD_DATA, "there?");
	if (type == RELAY_TYPE_LIST && (how & 0x40) != 0)
		relay_put_u32(writer, RELAY_FIELD_CURSOR, how & 3);
	say_frame();
}

static void say_hello(void)
{
	uint8_t how = order();
	struct byte_writer *writer;

	if (fuzz.one->classic)
		return;
	writer = begin(RELAY_REQUEST, RELAY_TYPE_HELLO, next_id());
	if (how & 4)
		relay_put_text(writer, RELAY_FIELD_NAME, names[how & 3]);
	say_frame();
}

static void join_or_leave(void)
{
	uint8_t how = order();
	char name[] = "room 0";
	struct byte_writer *writer;

	if (fuzz.one->classic)
		return;
	writer = begin(RELAY_REQUEST, how & 0x80 ? RELAY_TYPE_LEAVE : RELAY_TYPE_JOIN, next_id());
	name[5] = (char)('0' + (how & 0x3f));
	relay_put_text(writer, RELAY_FIELD_TO_ROOM, how & 0x40 ? name : names[how & 3]);
	say_frame();
}

static void watch(void)
{
	struct byte_writer *writer;
	uint8_t flag = order() & 1;

	if (fuzz.one->classic)
		return;
	writer = begin(RELAY_REQUEST, RELAY_TYPE_WATCH, next_id());
	relay_put_u8(writer, RELAY_FIELD_FLAG, flag);
	say_frame();
}

static void say_bye(void)
{
	if (fuzz.one->classic) {
		say_classic(CLASSIC_CANCEL, "", 0);
		return;
	}
	(void)begin(RELAY_REQUEST, RELAY_TYPE_BYE, next_id());
	say_frame();
}

static void hang_up(void)
{
	fuzz.one->hung_up = true;
	fuzz.one->end->hung_up = true;
}

static void reset(void)
{
	server_core_reset(fuzz.one->end);
	settle();
}

/* How much it reads from now on. */
static void read_so_much(void)
{
	size_t much = order();

	fuzz.one->end->window = much == 255 ? SIZE_MAX : much * much * 8;
}

/* How much the server gets of it in one read. */
static void be_read_so_much(void)
{
	size_t much = order();

	fuzz.one->end->read_max = much == 255 ? SIZE_MAX : much + 1;
}

/* What its TCP owes to be acknowledged. */
static void owe_so_much(void)
{
	fuzz.one->end->unacknowledged = ((int64_t)order() - 1) * 66;
}

static void let_time_pass(void)
{
	wait_ms(order() * UINT64_C(100));
}

static void let_little_time_pass(void)
{
	wait_ms(order());
}

static void let_much_time_pass(void)
{
	wait_ms(order() * UINT64_C(10000));
}

static void shut_down(void)
{
	/* Seldom, for little happens behind it. */
	if (order() != 0x5a)
		return;
	model.shut_down = true;
	server_core_shut_down(fuzz.core);
}

static void nothing(void)
{
}

static void (*const happenings[32])(void) = {
	nothing,
	connect_anew,
	say_raw,
	send_next, /* 0 */
	send_many,
	send_with_any_id,
	skip_ids,
	acknowledge_some, /* 4 */
	ask,
	acknowledge_heard,
	acknowledge_newest,
	say_hello, /* 8 */
	join_or_leave,
	watch,
	say_bye,
	hang_up, /* 12 */
	reset,
	read_so_much,
	be_read_so_much,
	owe_so_much, /* 16 */
	let_time_pass,
	let_little_time_pass,
	let_much_time_pass,
	shut_down, /* 20 */
	send_next,
	send_next,
	acknowledge_heard,
	acknowledge_newest, /* 24 */
	join_or_leave,
	connect_anew,
	let_time_pass,
	say_raw, /* 28 */
};

static void take_turns(uint8_t how)
{
	switch (how >> 6) {
	case 0:
		return;
	case 1:
		server_core_turn_one(fuzz.core, 0);
		break;
	case 2:
		server_core_turn(fuzz.core);
		break;
	default:
		settle();
		return;
	}
	model_look(&model);
}

static void happen(void)
{
	uint8_t what = order();
	uint8_t which = what & 31;

	fuzz.place = what >> 5 & 1;
	fuzz.one = fuzz.pair[fuzz.place];
	fuzz.other = fuzz.pair[1 - fuzz.place];
	if (!fuzz.one || !fuzz.one->end->session)
		connect_anew();
	else if (fuzz.other)
		happenings[which]();
	take_turns(what);
}

/* ---- the end ---- */

static void everybody_reads(void)
{
	for (uint32_t i = 0; i < model.count; i++) {
		struct server_client *end = model.clients[i].end;

		end->window = SIZE_MAX;
		end->read_max = SIZE_MAX;
		end->unacknowledged = 0;
	}
	settle();
}

static void end_all(void)
{
	everybody_reads();
	wait_ms(LAST_WORDS_MS);
	model_check_answered(&model);
	for (uint32_t i = 0; i < model.count; i++) {
		model.clients[i].hung_up = true;
		model.clients[i].end->hung_up = true;
	}
	settle();
	wait_ms(LAST_WORDS_MS);
	for (uint32_t i = 0; i < model.count; i++)
		MODEL_CHECK(!model.clients[i].end->session);
	MODEL_CHECK(server_core_is_empty(fuzz.core));
}

/* One of each number of workers is made once, and then renewed. */
static struct server_core *core_for(uint8_t how)
{
	static struct server_core *cores[SERVER_CORE_WORKERS_MAX];
	struct relay_server_config config = server_core_usual();
	unsigned more = how & 1;

	config.workers = 1 + more;
	if (how & 2)
		config.keepalive_ms = SHORT_KEEPALIVE_MS;
	if (how & 4)
		config.rate = RATE;
	if (how & 8)
		config.max_body_bytes = RELAY_BODY_MIN_BYTES;
	if (!cores[more])
		cores[more] = server_core_create(&config);
	cores[more]->shared.config = config; /* the rest of it is as new */
	return cores[more];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > INPUT_MAX_BYTES)
		return 0;
	fuzz = (struct fuzz){ .orders = byte_reader_over(data, size) };
	fuzz.core = core_for(order());
	model_init(&model, fuzz.core);
	while (fuzz.orders.left > 0)
		happen();
	end_all();
	model_finish(&model);
	/* The memory of MESSAGE_IDs goes too, so that what is still held then is a leak. */
	server_core_renew(fuzz.core, &fuzz.core->shared.config);
	return 0;
}
