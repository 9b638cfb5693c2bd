/* That every field has something to say, and that no bytes make it read outside. */
#include "report/explanation.h"

#include "support/explanation_layout.h"
#include "support/unit_test.h"

#define OUT_MAX_BYTES (1u << 20)

/* These say all there is by their name and value. */
static bool needs_no_words(enum header_field_id id)
{
	static const enum header_field_id ids[] = {
		FIELD_BYTES,        FIELD_OPTION_CONTENT, FIELD_EXTENSION_CONTENT,
		FIELD_SLL_RESERVED, FIELD_IPV4_OPTION,    FIELD_FRAGMENT_RESERVED,
		FIELD_GRE_RESERVED, FIELD_GRE_OFFSET,     FIELD_ICMP_UNUSED,
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (ids[i] == id)
			return true;
	}
	return false;
}

static void every_field_has_something_to_say(void **state)
{
	static const uint8_t bytes[60] = { 0 };
	const struct captured_frame frame = { .number = 1, .bytes = bytes, .captured_length = 60 };
	const struct packet packet = { .kind = PACKET_OTHER };
	const struct header_trail trail = { .count = 1,
					    .places = { { .kind = HEADER_OTHER, .length = 60 } } };
	const struct frame_view view = { .frame = &frame, .packet = &packet, .trail = &trail };
	struct text_builder out;

	(void)state;
	text_builder_init(&out, OUT_MAX_BYTES);
	for (unsigned id = 0; id < HEADER_FIELD_COUNT; id++) {
		const struct header_field field = { .id = (enum header_field_id)id, .bits = 8 };
		struct explanation_memory memory = { .connection = 0 };
		bool silent = needs_no_words(field.id);

		text_builder_clear(&out);
		explanation_append(&out, &view, &trail.places[0], &field, &memory);
		if ((out.length == 0) != silent)
			fail_msg("%s says %s", header_field_name(field.id),
				 silent ? "something" : "nothing");
		explanation_check_layout(text_builder_text(&out));
	}
	text_builder_finish(&out);
}

/* Every field, of every width and at every place, of headers that are noise and cut anywhere. */
static void no_bytes_lead_outside(void **state)
{
	static uint8_t bytes[80];
	struct text_builder out;
	uint32_t random = 7;

	(void)state;
	text_builder_init(&out, OUT_MAX_BYTES);
	for (unsigned turn = 0; turn < 20000; turn++) {
		struct packet packet = { .kind = turn % 2 ? PACKET_TCP : PACKET_OTHER };
		struct header_trail trail = { .count = 1 };
		struct captured_frame frame = { .number = 1, .bytes = bytes };
		const struct frame_view view = { .frame = &frame,
						 .packet = &packet,
						 .trail = &trail };
		struct explanation_memory memory = { .connection = 0 };
		struct header_field field;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			random = random * 1664525 + 1013904223;
			bytes[i] = (uint8_t)(random >> 24);
		}
		frame.captured_length = bytes[0] % sizeof(bytes);
		frame.original_length = bytes[1];
		packet.tcp.length = (uint8_t)(20 + bytes[2] % 11 * 4);
		packet.payload_length = bytes[3];
		packet.ip.source.version = turn % 3 ? 4 : 6;
		packet.ip.destination.version = packet.ip.source.version;
		trail.places[0] = (struct header_place){
			.kind = turn % 5 ? HEADER_TCP : HEADER_IPV4,
			.offset = bytes[4] % 64,
			.length = bytes[5] % 64,
			.in_datagram = bytes[6] % 8 == 0,
		};
		field = (struct header_field){
			.id = (enum header_field_id)(turn % HEADER_FIELD_COUNT),
			.first_bit = bytes[7] * 2u,
			.bits = bytes[8] % 4 ? 8u << bytes[8] % 5 : bytes[8],
		};
		text_builder_clear(&out);
		explanation_append(&out, &view, turn % 7 ? &trail.places[0] : NULL, &field,
				   &memory);
		explanation_check_layout(text_builder_text(&out));
	}
	text_builder_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_has_something_to_say),
		cmocka_unit_test(no_bytes_lead_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
