#include "support/ladder_scene.h"

#include <string.h>

#include "base/display_width.h"
#include "support/unit_test.h"

struct ladder_scene scene;

int ladder_scene_start(void **state)
{
	(void)state;
	text_builder_init(&scene.text, 1u << 20);
	scene.style = (struct ladder_style){ .columns = 80 };
	scene.message_count = 0;
	segments_start(&scene.script, 0);
	return 0;
}

int ladder_scene_stop(void **state)
{
	(void)state;
	segments_finish(&scene.script);
	text_builder_finish(&scene.text);
	return 0;
}

void draw_latest(void)
{
	const struct ladder_line line = {
		.connection = scene.script.connection,
		.segment = &scene.script.facts,
		.messages = scene.messages,
		.message_count = scene.message_count,
	};

	ladder_segment(&scene.text, &line, &scene.style);
	assert_false(scene.text.truncated);
}

const char *draw(const char *lines)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");
		char line[256];

		assert_true(length < sizeof(line));
		memcpy(line, lines, length);
		line[length] = '\0';
		segments_feed(&scene.script, line);
		if (length > 0)
			draw_latest();
		lines += length + (lines[length] == '\n');
	}
	return text_builder_text(&scene.text);
}

const char *draw_only(const char *lines)
{
	text_builder_clear(&scene.text);
	return draw(lines);
}

void assert_has(const char *whole, const char *part)
{
	if (!strstr(whole, part))
		fail_msg("%s\nlacks\n%s", whole, part);
}

void assert_lacks(const char *whole, const char *part)
{
	if (strstr(whole, part))
		fail_msg("%s\nhas\n%s", whole, part);
}

void assert_fits(const char *lines, size_t columns)
{
	while (*lines) {
		size_t length = strcspn(lines, "\n");

		if (display_width_bytes(lines, length) > columns)
			fail_msg("wider than %zu: %.*s", columns, (int)length, lines);
		if (length > 0 && lines[length - 1] == ' ')
			fail_msg("ends in a blank: \"%.*s\"", (int)length, lines);
		assert_int_equal(lines[length], '\n');
		lines += length + 1;
	}
}

void say(const char *name, const char *detail, bool begins, bool ends)
{
	struct stream_message *message = &scene.messages[scene.message_count++];

	*message = (struct stream_message){ .begins = begins, .ends = ends, .detail = detail };
	(void)strncpy(message->name, name, sizeof(message->name) - 1);
}
