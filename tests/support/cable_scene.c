#include "support/cable_scene.h"

#include <stdlib.h>
#include <string.h>

#include "base/byte_writer.h"
#include "packet/checksum.h"

#define LOG_MAX_BYTES (1024u * 1024)

static void log_sent(void *context, const struct cable_packet *packet)
{
	struct cable_scene *scene = context;

	scene->sent++;
	assert_int_equal(packet->due_ns, 0);
	assert_null(packet->note);
	if (scene->quiet)
		return;
	text_append_format(&scene->log, ">%llu ", (unsigned long long)packet->number);
	segment_meaning_text(&packet->meaning, &scene->log);
	if (packet->forged)
		text_append(&scene->log, " forged");
	if (packet->copy_of > 0)
		text_append_format(&scene->log, " copy of %llu",
				   (unsigned long long)packet->copy_of);
	text_append(&scene->log, "\n");
}

static void log_lost(void *context, const struct cable_packet *packet, const char *why)
{
	struct cable_scene *scene = context;

	scene->lost++;
	if (scene->quiet)
		return;
	text_append_format(&scene->log, "x%llu %s", (unsigned long long)packet->number, why);
	if (packet->note)
		text_append_format(&scene->log, " [%s]", packet->note);
	text_append(&scene->log, "\n");
}

static void log_delivered(void *context, const struct cable_packet *packet)
{
	struct cable_scene *scene = context;

	scene->delivered++;
	assert_true(packet->due_ns <= scene->now_ns);
	assert_true(packet->due_ns >= scene->due_ns);
	scene->due_ns = packet->due_ns;
	assert_true(packet->length <= sizeof(scene->bytes));
	memcpy(scene->bytes, packet->bytes, packet->length);
	scene->length = packet->length;
	if (scene->quiet)
		return;
	text_append_format(&scene->log, "<%llu at %g", (unsigned long long)packet->number,
			   (double)scene->now_ns / (double)SCENE_MS);
	if (packet->changed)
		text_append(&scene->log, " changed");
	if (packet->note)
		text_append_format(&scene->log, " [%s]", packet->note);
	text_append(&scene->log, "\n");
}

void cable_scene_start(struct cable_scene *scene, uint64_t seed)
{
	struct cable_owner owner = {
		.context = scene,
		.sent = log_sent,
		.lost = log_lost,
		.deliver = log_delivered,
	};

	memset(scene, 0, sizeof(*scene));
	text_builder_init(&scene->log, LOG_MAX_BYTES);
	scene->isn[LAB_CLIENT] = 1000;
	scene->isn[LAB_SERVER] = UINT32_MAX; /* its first data stands behind the wrap */
	scene->ports[LAB_CLIENT] = 40000;
	scene->ports[LAB_SERVER] = 8888;
	scene->cable = cable_create(seed, &owner);
	assert_non_null(scene->cable);
}

void cable_scene_finish(struct cable_scene *scene)
{
	assert_int_equal(scene->sent,
			 scene->lost + scene->delivered + cable_in_flight(scene->cable));
	cable_destroy(scene->cable);
	text_builder_finish(&scene->log);
}

/* ---- packets ---- */

static uint16_t flags_of(const char *letters)
{
	static const char names[] = "FSRPAUEC";
	uint16_t flags = 0;

	for (; *letters != '\0' && *letters != '.'; letters++) {
		const char *place = strchr(names, *letters);

		assert_non_null(place);
		flags |= (uint16_t)(1u << (unsigned)(place - names));
	}
	return flags;
}

static void write_address(struct byte_writer *writer, const struct cable_scene *scene,
			  enum lab_host host)
{
	if (!scene->ipv6) {
		byte_write_u32_be(writer, UINT32_C(0x0a4d0001) + (uint32_t)host);
		return;
	}
	byte_write_u64_be(writer, UINT64_C(0xfd77000000000000));
	byte_write_u64_be(writer, 1 + (uint64_t)host);
}

static void write_ip(struct byte_writer *writer, const struct cable_scene *scene,
		     enum lab_host from, size_t length)
{
	if (scene->ipv6) {
		byte_write_u32_be(writer, UINT32_C(0x60000000) | (uint32_t)scene->ecn << 20);
		byte_write_u16_be(writer, (uint16_t)length);
		byte_write_u16_be(writer, 6 << 8 | 64);
	} else {
		byte_write_u8(writer, 0x45);
		byte_write_u8(writer, scene->ecn);
		byte_write_u16_be(writer, (uint16_t)(20 + length));
		byte_write_u16_be(writer, 7);
		byte_write_u16_be(writer, scene->may_fragment ? 0 : 0x4000);
		byte_write_u32_be(writer, UINT32_C(0x40060000));
	}
	write_address(writer, scene, from);
	write_address(writer, scene, lab_other_host(from));
	if (!scene->ipv6) {
		uint16_t checksum = checksum_right_ipv4(writer->bytes, 20);

		writer->bytes[10] = (uint8_t)(checksum >> 8);
		writer->bytes[11] = (uint8_t)checksum;
	}
}

size_t scene_packet(struct cable_scene *scene, enum lab_host from, const char *flags,
		    uint32_t sequence, uint32_t acknowledgment, uint32_t payload)
{
	struct byte_writer writer = byte_writer_into(scene->packet, sizeof(scene->packet));
	enum lab_host to = lab_other_host(from);
	uint16_t bits = flags_of(flags);

	write_ip(&writer, scene, from, 20 + payload);
	byte_write_u16_be(&writer, scene->ports[from]);
	byte_write_u16_be(&writer, scene->ports[to]);
	byte_write_u32_be(&writer, scene->isn[from] + sequence);
	byte_write_u32_be(&writer, (bits & 0x10) != 0 ? scene->isn[to] + acknowledgment : 0);
	byte_write_u16_be(&writer, (uint16_t)(0x5000 | bits));
	byte_write_u16_be(&writer, 500);
	byte_write_u32_be(&writer, 0);
	for (uint32_t i = 0; i < payload; i++)
		byte_write_u8(&writer, (uint8_t)('a' + i % 26));
	assert_false(writer.overflowed);
	return writer.length;
}

void scene_send(struct cable_scene *scene, enum lab_host from, const char *flags, uint32_t sequence,
		uint32_t acknowledgment, uint32_t payload)
{
	size_t length = scene_packet(scene, from, flags, sequence, acknowledgment, payload);

	/* In a block of exactly its size, so that a read past the end is seen. */
	uint8_t *exact = malloc(length);

	assert_non_null(exact);
	memcpy(exact, scene->packet, length);
	assert_int_equal(cable_send(scene->cable, from, exact, length, scene->now_ns), 0);
	free(exact);
}

void scene_run(struct cable_scene *scene, uint64_t until_ms)
{
	uint64_t until_ns = until_ms * SCENE_MS;

	while (cable_next_ns(scene->cable) <= until_ns) {
		uint64_t next_ns = cable_next_ns(scene->cable);

		if (next_ns > scene->now_ns)
			scene->now_ns = next_ns;
		cable_advance(scene->cable, scene->now_ns);
	}
	if (until_ns > scene->now_ns)
		scene->now_ns = until_ns;
}

void scene_open(struct cable_scene *scene)
{
	bool quiet = scene->quiet;
	size_t held = cable_in_flight(scene->cable);

	scene->quiet = true;
	scene_send(scene, LAB_CLIENT, "S", 0, 0, 0);
	scene_run(scene, scene->now_ns / SCENE_MS + 1000);
	scene_send(scene, LAB_SERVER, "SA", 0, 1, 0);
	scene_run(scene, scene->now_ns / SCENE_MS + 1000);
	scene_send(scene, LAB_CLIENT, "A", 1, 1, 0);
	scene_run(scene, scene->now_ns / SCENE_MS + 1000);
	scene->quiet = quiet;
	assert_int_equal(cable_in_flight(scene->cable), held);
}

struct packet scene_decoded(const struct cable_scene *scene)
{
	struct packet_decoder *decoder = packet_decoder_create(PACKET_VERIFY_CHECKSUMS);
	struct captured_frame frame = {
		.number = 1,
		.bytes = scene->bytes,
		.captured_length = (uint32_t)scene->length,
		.original_length = (uint32_t)scene->length,
		.link_type = 101,
	};
	struct packet packet;

	assert_non_null(decoder);
	(void)packet_decode(decoder, &frame, &packet);
	packet_decoder_destroy(decoder);
	return packet;
}

/* ---- rules ---- */

static enum segment_kind kind_of(const char *word, size_t length)
{
	static const struct {
		const char *name;
		enum segment_kind kind;
	} kinds[] = {
		{ "segment", SEGMENT_ANY },     { "SYN", SEGMENT_SYN },
		{ "SYN-ACK", SEGMENT_SYN_ACK }, { "data", SEGMENT_DATA },
		{ "ACK", SEGMENT_ACK },         { "FIN", SEGMENT_FIN },
		{ "RST", SEGMENT_RST },         { "probe", SEGMENT_PROBE },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].name) == length && memcmp(kinds[i].name, word, length) == 0)
			return kinds[i].kind;
	}
	fail_msg("no kind of segment: %s", word);
	return SEGMENT_ANY;
}

static const char *skip_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncmp(text, word, length) == 0 ? text + length : NULL;
}

struct segment_pattern scene_pattern(const char *text)
{
	struct segment_pattern pattern = { .either_host = true };
	const char *rest = skip_word(text, "client ");
	char *end;

	if (rest) {
		pattern.either_host = false;
		text = rest;
	} else if ((rest = skip_word(text, "server ")) != NULL) {
		pattern.either_host = false;
		pattern.from = LAB_SERVER;
		text = rest;
	}
	if ((rest = skip_word(text, "connection ")) != NULL) {
		pattern.connection = (uint32_t)strtoul(rest, &end, 10);
		text = end + 1;
	}
	size_t length = strcspn(text, " ");

	pattern.kind = kind_of(text, length);
	if (text[length] == ' ')
		pattern.ordinal = (uint32_t)strtoul(text + length + 1, NULL, 10);
	return pattern;
}

int scene_rule_with(struct cable_scene *scene, const char *which, uint32_t times,
		    struct cable_rule rule)
{
	static const char *const verbs[] = { "drop",    "hold", "delay", "swap", "duplicate",
					     "corrupt", "mark", "cut",   "forge" };
	const char *verb = verbs[rule.action];

	rule.which = scene_pattern(which);
	rule.times = times;
	assert_true(strlen(verb) + 1 + strlen(which) < sizeof(rule.text));
	memcpy(rule.text, verb, strlen(verb));
	rule.text[strlen(verb)] = ' ';
	memcpy(rule.text + strlen(verb) + 1, which, strlen(which) + 1);
	return cable_add_rule(scene->cable, &rule);
}

int scene_rule(struct cable_scene *scene, enum cable_action action, const char *which,
	       uint32_t times)
{
	return scene_rule_with(scene, which, times, (struct cable_rule){ .action = action });
}

void scene_expect(struct cable_scene *scene, const char *log)
{
	assert_string_equal(text_builder_text(&scene->log), log);
	text_builder_clear(&scene->log);
}
