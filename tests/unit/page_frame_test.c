/* Frames as a page carries them: what a dissection says, and nothing else, under the ceilings. */
#include "report/page_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_reader.h"
#include "base/json_writer.h"
#include "report/page_limits.h"
#include "report/stream_messages.h"
#include "support/shown_frame.h"
#include "support/unit_test.h"

#define ETHERNET_LINK 1
#define LOOPBACK_LINK 0
#define VALUES_MAX 512u
#define FIELD_NUMBERS 9

static struct shown_frame shown;
static struct page_frames *frames;
static struct text_builder out;
static struct text_builder part;

static int begin(void **state)
{
	(void)state;
	shown_frame_start(&shown);
	frames = page_frames_create();
	text_builder_init(&out, 64u * 1024 * 1024);
	text_builder_init(&part, 1024 * 1024);
	return frames ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	page_frames_destroy(frames);
	text_builder_finish(&out);
	text_builder_finish(&part);
	shown_frame_end(&shown);
	return 0;
}

static void pack(uint16_t link_type, const uint8_t *bytes, size_t length)
{
	text_builder_clear(&out);
	assert_true(page_frames_pack(frames, shown_frame_feed(&shown, link_type, bytes, length, 0),
				     &out));
}

/* ---- the object, read ---- */

/* All values of one path, in their order. */
struct found {
	const char *path;
	size_t count;
	char texts[VALUES_MAX][96];
};

static void visit(void *context, const struct json_value *value)
{
	struct found *found = context;

	if (strcmp(value->path, found->path) != 0)
		return;
	assert_true(found->count < VALUES_MAX);
	(void)snprintf(found->texts[found->count++], sizeof(found->texts[0]), "%s", value->text);
}

static const struct found *find(const char *path)
{
	static struct found found;

	found = (struct found){ .path = path };
	assert_true(json_read(text_builder_text(&out), out.length, visit, &found));
	return &found;
}

static uint32_t number_at(const char *path, size_t index)
{
	const struct found *found = find(path);

	assert_true(index < found->count);
	return (uint32_t)strtoul(found->texts[index], NULL, 10);
}

static bool has(const char *path)
{
	return find(path)->count > 0;
}

/* The text at a place, as JSON. */
static const char *text_json(uint32_t place)
{
	text_builder_clear(&part);
	page_texts_json(page_frames_texts(frames), place, place + 1, &part);
	return text_builder_text(&part) + (place > 0 ? 1 : 0);
}

static void assert_text(uint32_t place, const char *expected)
{
	struct text_builder wanted;
	struct json_writer json;

	text_builder_init(&wanted, 64 * 1024);
	json = json_writer_on(&wanted);
	json_string(&json, expected);
	assert_string_equal(text_json(place), text_builder_text(&wanted));
	text_builder_finish(&wanted);
}

/* The numbers of a field, by its place; how many there are. */
static int field_numbers(uint32_t place, unsigned numbers[FIELD_NUMBERS])
{
	const char *text;
	char *rest;
	int count = 0;

	text_builder_clear(&part);
	page_texts_values(page_frames_fields(frames), place + 1, place + 2, &part);
	text = text_builder_text(&part) + (place > 0 ? 1 : 0);
	for (; count < FIELD_NUMBERS && (*text == '[' || *text == ','); text = rest) {
		numbers[count] = (unsigned)strtoul(text + 1, &rest, 10);
		if (rest == text + 1)
			break;
		count++;
	}
	return count;
}

static void assert_kind(uint32_t kind, const char *path, const char *expected)
{
	static struct found found;

	text_builder_clear(&part);
	page_frames_kinds_json(frames, &part);
	found = (struct found){ .path = path };
	assert_true(json_read(text_builder_text(&part), part.length, visit, &found));
	assert_true(kind < found.count);
	assert_string_equal(found.texts[kind], expected);
}

static void assert_field(uint32_t place, const struct dissected_field *field)
{
	unsigned numbers[FIELD_NUMBERS];

	assert_true(field_numbers(place, numbers) >= FIELD_NUMBERS - 1);
	assert_int_equal(numbers[1], field->level);
	assert_int_equal(numbers[2], field->offset);
	assert_int_equal(numbers[3], field->bytes);
	assert_int_equal(numbers[4], field->first_bit);
	assert_int_equal(numbers[5], field->bits);
	assert_text(numbers[6], field->value);
	assert_text(numbers[7], field->meaning);
	assert_kind(numbers[0], "name", field->name);
	assert_kind(numbers[0], "title", field->title);
}

/* What the object says is what the dissection of the same frame says. */
static void assert_same_as_dissection(void)
{
	struct dissection taken;

	dissection_init(&taken);
	dissection_frame(&taken, &shown.view);
	assert_int_equal(find("layers.name")->count, taken.layer_count);
	assert_int_equal(find("layers.fields")->count, taken.field_count);
	for (uint32_t i = 0; i < taken.layer_count; i++) {
		assert_string_equal(find("layers.name")->texts[i], taken.layers[i].name);
		assert_text(number_at("layers.title", i), taken.layers[i].title);
		assert_text(number_at("layers.summary", i), taken.layers[i].summary);
		assert_int_equal(number_at("layers.length", i), taken.layers[i].length);
	}
	for (uint32_t i = 0; i < taken.field_count; i++)
		assert_field(number_at("layers.fields", i), &taken.fields[i]);
	dissection_finish(&taken);
}

static void assert_bytes(const char *path, const uint8_t *bytes, size_t length)
{
	static struct text_builder wanted;
	struct json_writer json = json_writer_on(&wanted);

	text_builder_init(&wanted, 64 * 1024);
	json_name(&json, path);
	json_base64(&json, bytes, length);
	assert_non_null(strstr(text_builder_text(&out), text_builder_text(&wanted)));
	text_builder_finish(&wanted);
}

/* ---- the claims ---- */

static void a_packed_frame_says_what_its_dissection_says(void **state)
{
	static const uint8_t syn[] = { FIVE_BYTES_SYN };
	static const uint8_t syn_ack[] = { FIVE_BYTES_SYN_ACK };
	static const uint8_t data[] = { FIVE_BYTES_ACK_AND_DATA };

	(void)state;
	pack(ETHERNET_LINK, syn, sizeof(syn));
	assert_same_as_dissection();
	assert_bytes("bytes", syn, sizeof(syn));
	pack(ETHERNET_LINK, syn_ack, sizeof(syn_ack));
	assert_same_as_dissection();
	pack(ETHERNET_LINK, data, sizeof(data));
	assert_same_as_dissection();
	assert_int_equal(number_at("frame", 0), 3);
	assert_int_equal(number_at("captured", 0), sizeof(data));
	assert_false(has("cut"));
	assert_false(has("layers.bytes")); /* all of it stands in the frame */
}

static void what_is_the_same_in_two_frames_is_kept_once(void **state)
{
	static const uint8_t syn[] = { LOOPBACK_SYN };
	static const uint8_t syn_ack[] = { LOOPBACK_SYN_ACK };
	static const uint8_t ack[] = { LOOPBACK_ACK };
	static const uint8_t hello[] = { LOOPBACK_HELLO };
	size_t before;
	size_t last;

	(void)state;
	pack(LOOPBACK_LINK, syn, sizeof(syn));
	pack(LOOPBACK_LINK, syn_ack, sizeof(syn_ack));
	pack(LOOPBACK_LINK, ack, sizeof(ack));
	before = page_texts_count(page_frames_fields(frames));
	pack(LOOPBACK_LINK, hello, sizeof(hello));
	last = find("layers.fields")->count;
	assert_true(page_texts_count(page_frames_fields(frames)) - before < last / 2);
	assert_same_as_dissection();
}

static void a_checksum_stands_beside_what_it_should_be(void **state)
{
	uint8_t syn[] = { FIVE_BYTES_SYN };

	(void)state;
	pack(ETHERNET_LINK, syn, sizeof(syn));
	assert_int_equal(find("checksums.layer")->count, 2);
	assert_string_equal(find("checksums.verdict")->texts[0], "good");
	assert_string_equal(find("checksums.verdict")->texts[1], "good");
	assert_int_equal(number_at("checksums.carried", 0), 0x1e2d);
	assert_int_equal(number_at("checksums.computed", 0), 0x1e2d);
	assert_int_equal(number_at("checksums.carried", 1), 0x03f1);
	assert_non_null(strstr(text_json(number_at("checksums.work", 1)),
			       "The segment carries 03f1: it arrived as it was sent."));
	syn[sizeof(syn) - 1] ^= 1; /* the last option */
	pack(ETHERNET_LINK, syn, sizeof(syn));
	assert_string_equal(find("checksums.verdict")->texts[1], "bad");
	assert_int_equal(number_at("checksums.carried", 1), 0x03f1);
	assert_int_equal(number_at("checksums.computed", 1), 0x03f0);
}

static void a_checksum_of_bytes_that_are_not_there_is_not_computed(void **state)
{
	static const uint8_t data[] = { FIVE_BYTES_ACK_AND_DATA };

	(void)state;
	text_builder_clear(&out);
	assert_true(page_frames_pack(
		frames, shown_frame_feed(&shown, ETHERNET_LINK, data, 56, sizeof(data)), &out));
	assert_int_equal(number_at("length", 0), sizeof(data));
	assert_int_equal(number_at("captured", 0), 56);
	assert_string_equal(find("checksums.verdict")->texts[1], "unknown");
	assert_int_equal(find("checksums.computed")->count, 1); /* of the IP header */
}

static void what_a_field_is_for_stands_once_with_its_kind(void **state)
{
	static const uint8_t syn[] = { FIVE_BYTES_SYN };
	const char *kinds;

	(void)state;
	pack(ETHERNET_LINK, syn, sizeof(syn));
	text_builder_clear(&part);
	page_frames_kinds_json(frames, &part);
	kinds = text_builder_text(&part);
	assert_non_null(strstr(kinds, "{\"name\":\"tcp.sequence\",\"title\":\"Sequence number\","
				      "\"defined\":\"RFC 9293 section 3.4\",\"purpose\":\""));
	assert_non_null(strstr(kinds, "After 4294967295 comes 0"));
	assert_non_null(strstr(kinds, "How it is made (RFC 1071)"));
	assert_null(strstr(strstr(kinds, "tcp.option.nop") + 1, "\"name\":\"tcp.option.nop\""));
}

static void each_of_the_first_frames_is_explained_for_itself(void **state)
{
	static const uint8_t syn[] = { FIVE_BYTES_SYN };
	unsigned numbers[FIELD_NUMBERS] = { 0 };
	size_t explained[2] = { 0 };

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		pack(ETHERNET_LINK, syn, sizeof(syn));
		assert_true(has("explained"));
		for (size_t i = 0; i < find("layers.fields")->count; i++) {
			int count = field_numbers(number_at("layers.fields", i), numbers);

			explained[round] += count == FIELD_NUMBERS;
			if (count == FIELD_NUMBERS)
				assert_null(strstr(text_json(numbers[8]), "How it is made"));
		}
	}
	assert_true(explained[0] > 3);
	assert_int_equal(explained[0], explained[1]);
}

static void later_frames_are_not_explained(void **state)
{
	static const uint8_t syn[] = { FIVE_BYTES_SYN };
	unsigned numbers[FIELD_NUMBERS];

	(void)state;
	for (unsigned i = 0; i < PAGE_EXPLAINED_FRAMES; i++)
		pack(ETHERNET_LINK, syn, sizeof(syn));
	assert_true(has("checksums.work"));
	pack(ETHERNET_LINK, syn, sizeof(syn));
	assert_false(has("explained"));
	assert_false(has("checksums.work"));
	for (size_t i = 0; i < find("layers.fields")->count; i++)
		assert_int_equal(field_numbers(number_at("layers.fields", i), numbers),
				 FIELD_NUMBERS - 1);
	assert_same_as_dissection();
}

static void a_long_frame_loses_its_end_and_that_is_counted(void **state)
{
	static uint8_t longest[PAGE_FRAME_MAX_BYTES + 100] = { FIVE_BYTES_SYN };

	(void)state;
	pack(ETHERNET_LINK, longest, PAGE_FRAME_MAX_BYTES);
	assert_int_equal(page_frames_cut_bytes(frames), 0);
	pack(ETHERNET_LINK, longest, sizeof(longest));
	assert_int_equal(page_frames_cut_bytes(frames), 100);
	assert_bytes("bytes", longest, PAGE_FRAME_MAX_BYTES);
	assert_int_equal(number_at("captured", 0), sizeof(longest));
}

static void of_later_frames_less_is_kept(void **state)
{
	static uint8_t longest[PAGE_LATER_FRAME_MAX_BYTES + 50] = { FIVE_BYTES_SYN };

	(void)state;
	for (unsigned i = 0; i < PAGE_WHOLE_FRAMES; i++)
		pack(ETHERNET_LINK, longest, 66);
	assert_int_equal(page_frames_cut_bytes(frames), 0);
	pack(ETHERNET_LINK, longest, sizeof(longest));
	assert_int_equal(page_frames_cut_bytes(frames), 50);
	assert_bytes("bytes", longest, PAGE_LATER_FRAME_MAX_BYTES);
}

static void beyond_a_ceiling_a_frame_is_left_out_whole(void **state)
{
	static uint8_t longest[PAGE_LATER_FRAME_MAX_BYTES] = { FIVE_BYTES_SYN };
	uint64_t packed = 0;
	const struct frame_view *view;

	(void)state;
	do {
		text_builder_clear(&out);
		text_append(&out, "before");
		view = shown_frame_feed(&shown, ETHERNET_LINK, longest, sizeof(longest), 0);
	} while (page_frames_pack(frames, view, &out) && ++packed < UINT32_MAX);
	assert_true(packed > 10000);
	assert_true(packed * sizeof(longest) <= PAGE_FRAMES_MAX_BYTES);
	assert_string_equal(text_builder_text(&out), "before");
	assert_true(page_frames_are_full(frames));
	assert_false(page_frames_pack(frames, view, &out));
}

static void bytes_that_are_in_no_frame_stand_with_their_layer(void **state)
{
	static const uint8_t message[] = "a message that came in two segments";
	static const uint8_t hello[] = { LOOPBACK_HELLO };
	struct stream_message found = {
		.from = TCP_SERVER,
		.name = "hello",
		.bytes = sizeof(message),
		.part_bytes = 14,
		.part_offset = sizeof(message) - 14,
		.ends = true,
		.kept = message,
		.kept_bytes = sizeof(message),
		.detail = "",
	};
	struct frame_view view = *shown_frame_feed(&shown, LOOPBACK_LINK, hello, sizeof(hello), 0);

	(void)state;
	view.messages = &found;
	view.message_count = 1;
	assert_true(page_frames_pack(frames, &view, &out));
	assert_int_equal(find("layers.bytes")->count, 1);
	assert_bytes("bytes", message, sizeof(message));
	/* Its place would be within the headers: it has none. The frame itself has none either. */
	assert_int_equal(find("layers.at")->count, find("layers.name")->count - 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_packed_frame_says_what_its_dissection_says),
		TEST(what_is_the_same_in_two_frames_is_kept_once),
		TEST(a_checksum_stands_beside_what_it_should_be),
		TEST(a_checksum_of_bytes_that_are_not_there_is_not_computed),
		TEST(what_a_field_is_for_stands_once_with_its_kind),
		TEST(each_of_the_first_frames_is_explained_for_itself),
		TEST(later_frames_are_not_explained),
		TEST(a_long_frame_loses_its_end_and_that_is_counted),
		TEST(of_later_frames_less_is_kept),
		TEST(beyond_a_ceiling_a_frame_is_left_out_whole),
		TEST(bytes_that_are_in_no_frame_stand_with_their_layer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
