#include "tcp_lab/lab_record.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/capture_file.h"
#include "support/unit_test.h"
#include "tcp_lab/lab_limits.h"
#include "tcp_lab/lab_recorder.h"
#include "tcp_lab/record_capture.h"

#define BEGIN_NS UINT64_C(5000000000) /* of the run, by the monotonic clock */
#define WALL_NS INT64_C(1700000000000000001)

/* A record in the making. */
struct scene {
	struct step steps[2];
	struct experiment experiment;
	struct lab_record record;
	struct lab_recorder recorder;
};

static void begin(struct scene *scene, bool no_segments)
{
	const struct lab_recorder_options options = {
		.seed = 7,
		.monotonic_ns = BEGIN_NS,
		.wall_ns = WALL_NS,
		.no_segments = no_segments,
	};

	memset(scene, 0, sizeof(*scene));
	scene->experiment.steps = scene->steps;
	scene->experiment.step_count = 2;
	assert_int_equal(
		lab_recorder_init(&scene->recorder, &scene->record, &scene->experiment, &options),
		0);
}

static void end(struct scene *scene)
{
	lab_recorder_finish(&scene->recorder, BEGIN_NS + 1000);
	assert_int_equal(scene->record.duration_ns, 1000);
	lab_record_finish(&scene->record);
}

/* A packet of four bytes that say who it is. */
static struct cable_packet packet(uint64_t number, enum lab_host from, uint64_t sent_ns,
				  const char *bytes)
{
	return (struct cable_packet){
		.number = number,
		.from = from,
		.sent_ns = BEGIN_NS + sent_ns,
		.bytes = (const uint8_t *)bytes,
		.length = strlen(bytes),
		.meaning = { .is_tcp = true,
			     .from = from,
			     .kinds = SEGMENT_DATA,
			     .connection = 1,
			     .data = 3,
			     .transmission = 1 },
	};
}

static void deliver(struct scene *scene, const struct cable_packet *sent, uint64_t at_ns)
{
	lab_recorder_delivered(&scene->recorder, sent, BEGIN_NS + at_ns);
}

/*
 * 1 client, sent at 10, delivered at 100; 2 server, sent at 20, lost; 3 a copy of 1, delivered at
 * 100; 4 forged as from the server, made at 30, delivered at 40; 5 client, sent at 100, on its way.
 */
static void fill(struct scene *scene)
{
	struct cable_packet packets[] = {
		packet(1, LAB_CLIENT, 10, "one "),  packet(2, LAB_SERVER, 20, "two "),
		packet(3, LAB_CLIENT, 25, "copy"),  packet(4, LAB_SERVER, 30, "four"),
		packet(5, LAB_CLIENT, 100, "five"),
	};

	packets[2].copy_of = 1;
	packets[3].forged = true;
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
		lab_recorder_sent(&scene->recorder, &packets[i]);
	lab_recorder_lost(&scene->recorder, &packets[1], "rule 1: drop server data 3 once");
	deliver(scene, &packets[3], 40);
	deliver(scene, &packets[0], 100);
	packets[2].note = "rule 2: duplicate client data 3";
	deliver(scene, &packets[2], 100);
}

/* wanted: "1@10 4<40": number and time, "<" where it is received. */
static void assert_sightings(const struct lab_record *record, enum wanted_vantage vantage,
			     const char *wanted)
{
	char text[200] = "";
	size_t length = 0;
	size_t count;
	bool no_memory;
	struct lab_sighting *sightings = lab_record_sightings(record, vantage, &count, &no_memory);

	assert_false(no_memory);
	for (size_t i = 0; i < count; i++)
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "%s%llu%s%lld", i > 0 ? " " : "",
			(unsigned long long)sightings[i].segment->number,
			sightings[i].received ? "<" : "@", (long long)sightings[i].time_ns);
	assert_string_equal(text, wanted);
	free(sightings);
}

static void each_place_sees_what_a_capture_there_would(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, false);
	assert_sightings(&scene.record, VANTAGE_CABLE, "");
	fill(&scene);
	assert_sightings(&scene.record, VANTAGE_CABLE, "1@10 2@20 4@30 5@100");
	assert_sightings(&scene.record, VANTAGE_CLIENT, "1@10 4<40 5@100");
	assert_sightings(&scene.record, VANTAGE_SERVER, "2@20 1<100 3<100");
	end(&scene);
}

static void fates_are_written_down(void **state)
{
	struct scene scene;
	const struct lab_segment *segments;

	(void)state;
	begin(&scene, false);
	fill(&scene);
	segments = scene.record.segments;
	assert_int_equal(scene.record.segment_count, 5);
	assert_true(segments[1].lost);
	assert_int_equal(segments[1].delivered_ns, -1);
	assert_string_equal(segments[1].why, "rule 1: drop server data 3 once");
	assert_int_equal(segments[2].copy_of, 1);
	assert_string_equal(segments[2].why, "rule 2: duplicate client data 3");
	assert_true(segments[3].forged);
	assert_int_equal(segments[4].delivered_ns, -1);
	assert_false(segments[4].lost);
	assert_ptr_equal(lab_recorder_segment(&scene.recorder, 5), &segments[4]);
	assert_null(lab_recorder_segment(&scene.recorder, 6));
	assert_null(lab_recorder_segment(&scene.recorder, 0));
	end(&scene);
}

static void a_cable_that_skips_numbers_is_followed(void **state)
{
	struct scene scene;
	struct cable_packet sent = packet(4, LAB_CLIENT, 1, "four");

	(void)state;
	begin(&scene, false);
	lab_recorder_sent(&scene.recorder, &sent);
	sent.number = 9;
	sent.copy_of = 4;
	lab_recorder_sent(&scene.recorder, &sent);
	assert_int_equal(lab_recorder_segment(&scene.recorder, 9)->number, 2);
	assert_int_equal(lab_recorder_segment(&scene.recorder, 9)->copy_of, 1);
	assert_null(lab_recorder_segment(&scene.recorder, 1));
	end(&scene);
}

static void a_changed_packet_is_kept_as_sent_and_as_delivered(void **state)
{
	struct scene scene;
	struct cable_packet sent = packet(1, LAB_CLIENT, 10, "right");
	struct lab_sighting sighting = { 0 };
	struct captured_frame frame;

	(void)state;
	begin(&scene, false);
	lab_recorder_sent(&scene.recorder, &sent);
	sent.bytes = (const uint8_t *)"wrong!";
	sent.length = 6;
	sent.changed = true;
	deliver(&scene, &sent, 50);
	sighting.segment = &scene.record.segments[0];
	assert_true(sighting.segment->changed);
	sighting.time_ns = 10;
	lab_record_frame(&scene.record, &sighting, 3, &frame);
	assert_int_equal(frame.number, 3);
	assert_int_equal(frame.time_ns, WALL_NS + 10);
	assert_int_equal(frame.link_type, 101);
	assert_int_equal(frame.captured_length, 5);
	assert_memory_equal(frame.bytes, "right", 5);
	sighting.received = true;
	lab_record_frame(&scene.record, &sighting, 3, &frame);
	assert_int_equal(frame.captured_length, 6);
	assert_memory_equal(frame.bytes, "wrong!", 6);
	end(&scene);
}

static void over_the_ceiling_packets_are_counted(void **state)
{
	struct scene scene;
	struct cable_packet sent = packet(0, LAB_CLIENT, 10, "");

	(void)state;
	begin(&scene, false);
	for (uint64_t i = 1; i <= LAB_RECORD_MAX_SEGMENTS + 3; i++) {
		sent.number = i;
		lab_recorder_sent(&scene.recorder, &sent);
	}
	assert_int_equal(scene.record.segment_count, LAB_RECORD_MAX_SEGMENTS);
	assert_int_equal(scene.record.not_recorded, 3);
	deliver(&scene, &sent, 20); /* of one that is not there */
	lab_recorder_lost(&scene.recorder, &sent, "chance");
	end(&scene);
}

static void over_the_ceiling_of_bytes_too(void **state)
{
	enum { LENGTH = 65535 };
	static char bytes[LENGTH] = "";
	struct scene scene;
	struct cable_packet sent = packet(0, LAB_CLIENT, 10, "");

	(void)state;
	begin(&scene, false);
	sent.bytes = (const uint8_t *)bytes;
	sent.length = LENGTH;
	for (uint64_t i = 1; i <= LAB_RECORD_MAX_BYTES / LENGTH + 1; i++) {
		sent.number = i;
		lab_recorder_sent(&scene.recorder, &sent);
	}
	assert_int_equal(scene.record.segment_count, LAB_RECORD_MAX_BYTES / LENGTH);
	assert_int_equal(scene.record.not_recorded, 1);
	sent.number++;
	sent.length = 1; /* would fit, but a record has no holes */
	lab_recorder_sent(&scene.recorder, &sent);
	assert_int_equal(scene.record.not_recorded, 2);
	end(&scene);
}

static void without_segments_there_are_none(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, true);
	fill(&scene);
	assert_int_equal(scene.record.segment_count, 0);
	assert_int_equal(scene.record.not_recorded, 0);
	end(&scene);
}

static void steps_and_the_first_failure_are_kept(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene, false);
	assert_ptr_equal(scene.record.steps[1].step, &scene.steps[1]);
	assert_int_equal(scene.record.steps[0].began_ns, -1);
	lab_recorder_step_began(&scene.recorder, 0, BEGIN_NS + 5);
	lab_recorder_step_ended(&scene.recorder, 0, BEGIN_NS + 9, true, "%d bytes", 5);
	assert_true(scene.record.steps[0].done && scene.record.steps[0].held);
	assert_int_equal(scene.record.steps[0].began_ns, 5);
	assert_int_equal(scene.record.steps[0].ended_ns, 9);
	assert_string_equal(scene.record.steps[0].result, "5 bytes");
	assert_false(scene.record.steps[1].done);
	lab_recorder_fail(&scene.recorder, "line %d: first", 3);
	lab_recorder_fail(&scene.recorder, "second");
	assert_true(scene.record.failed);
	assert_string_equal(scene.record.failure, "line 3: first");
	lab_recorder_not_asked(&scene.recorder, 4);
	assert_int_equal(scene.record.not_asked, 4);
	end(&scene);
}

static void assert_comment(const struct lab_segment *segment, const char *wanted)
{
	struct text_builder comment;

	text_builder_init(&comment, 1000);
	record_capture_comment(segment, &comment);
	assert_string_equal(text_builder_text(&comment), wanted);
	text_builder_finish(&comment);
}

static void comments_say_states_and_fate(void **state)
{
	struct scene scene;
	struct lab_segment *segments;

	(void)state;
	begin(&scene, false);
	fill(&scene);
	segments = scene.record.segments;
	segments[0].sent =
		(struct lab_truth){ .asked = true, .states = { TCP_FIN_WAIT1, TCP_ESTABLISHED } };
	segments[0].delivered =
		(struct lab_truth){ .asked = true, .states = { TCP_FIN_WAIT1, TCP_CLOSE_WAIT } };
	segments[0].delivered_ns = 10060010;
	assert_comment(&segments[0],
		       "client data 3; client FIN_WAIT1, server ESTABLISHED when sent; "
		       "client FIN_WAIT1, server CLOSE_WAIT after delivery; 10.06 ms on the cable");
	assert_comment(&segments[1], "server data 3; lost: rule 1: drop server data 3 once");
	assert_comment(&segments[2], "client data 3; a copy that the cable made; "
				     "rule 2: duplicate client data 3; 0.00 ms on the cable");
	assert_comment(&segments[3], "server data 3; nobody sent it: the cable made it; "
				     "0.00 ms on the cable");
	assert_comment(&segments[4], "client data 3; still on the cable at the end");
	end(&scene);
}

/* wanted: texts of the frames in their order, NULL behind the last. */
static void assert_file(const char *path, const char *interface_name, const char *const *wanted)
{
	struct capture_file *file = NULL;
	struct capture_problem problem;
	struct capture_interface interface;
	struct captured_frame frame;
	int64_t time_ns = 0;

	assert_int_equal(capture_file_open(path, NULL, &file, &problem), CAPTURE_FRAME);
	for (; *wanted; wanted++) {
		assert_int_equal(capture_file_next(file, &frame), CAPTURE_FRAME);
		assert_int_equal(frame.captured_length, 4);
		assert_memory_equal(frame.bytes, *wanted, 4);
		assert_true(frame.time_ns >= time_ns && frame.time_ns >= WALL_NS);
		time_ns = frame.time_ns;
	}
	assert_int_equal(capture_file_next(file, &frame), CAPTURE_END);
	assert_true(capture_file_interface(file, 0, &interface));
	assert_string_equal(interface.name, interface_name);
	assert_int_equal(interface.link_type, 101);
	assert_int_equal(interface.time_resolution, 9);
	capture_file_close(file);
}

static void three_captures_are_saved(void **state)
{
	static const char *const at_client[] = { "one ", "four", "five", NULL };
	static const char *const at_server[] = { "two ", "one ", "copy", NULL };
	static const char *const at_cable[] = { "one ", "two ", "four", "five", NULL };
	static const struct {
		const char *file;
		const char *interface;
		const char *const *frames;
	} files[] = {
		{ "x-client.pcapng", "client eth0", at_client },
		{ "x-server.pcapng", "server eth0", at_server },
		{ "x-cable.pcapng", "cable", at_cable },
	};
	char folder[] = P_tmpdir "/lab_record_XXXXXX";
	char path[PATH_MAX];
	struct scene scene;

	(void)state;
	assert_non_null(mkdtemp(folder));
	begin(&scene, false);
	fill(&scene);
	assert_int_equal(lab_record_save(&scene.record, folder, "x-", path), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, files[i].file);
		assert_file(path, files[i].interface, files[i].frames);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(folder), 0); /* nothing else was left in it */
	assert_int_equal(lab_record_save(&scene.record, folder, "x-", path), -ENOENT);
	assert_non_null(strstr(path, "/x-client.pcapng"));
	end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_place_sees_what_a_capture_there_would),
		cmocka_unit_test(fates_are_written_down),
		cmocka_unit_test(a_cable_that_skips_numbers_is_followed),
		cmocka_unit_test(a_changed_packet_is_kept_as_sent_and_as_delivered),
		cmocka_unit_test(over_the_ceiling_packets_are_counted),
		cmocka_unit_test(over_the_ceiling_of_bytes_too),
		cmocka_unit_test(without_segments_there_are_none),
		cmocka_unit_test(steps_and_the_first_failure_are_kept),
		cmocka_unit_test(comments_say_states_and_fate),
		cmocka_unit_test(three_captures_are_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
