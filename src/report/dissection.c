#include "report/dissection.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYERS_FIRST 8u
#define FIELDS_FIRST 64u
#define TEXTS_FIRST 128u
#define TEXT_MAX_BYTES 2048u /* of one value or meaning */

void dissection_init(struct dissection *dissection)
{
	*dissection = (struct dissection){ .layers = NULL };
}

void dissection_clear(struct dissection *dissection)
{
	for (uint32_t i = 0; i < dissection->text_count; i++)
		free(dissection->texts[i]);
	dissection->text_count = 0;
	dissection->layer_count = 0;
	dissection->field_count = 0;
	dissection->cut = false;
	dissection->no_memory = false;
}

void dissection_finish(struct dissection *dissection)
{
	dissection_clear(dissection);
	free(dissection->layers);
	free(dissection->fields);
	free(dissection->texts);
	dissection_init(dissection);
}

/* Room for one more of `size` bytes each; NULL: out of memory, the old array stands. */
static void *room_for_one(void *array, uint32_t count, uint32_t *capacity, uint32_t first,
			  size_t size)
{
	uint32_t wanted = *capacity > 0 ? *capacity * 2 : first;
	void *larger;

	if (count < *capacity)
		return array;
	larger = realloc(array, wanted * size);
	if (larger)
		*capacity = wanted;
	return larger;
}

/* "" where there is no memory: what is shown is poorer, never wrong. */
__attribute__((format(printf, 2, 0))) static const char *
keep_text(struct dissection *dissection, const char *format, va_list arguments)
{
	char **texts = room_for_one(dissection->texts, dissection->text_count,
				    &dissection->text_capacity, TEXTS_FIRST, sizeof(*texts));
	char *copy = NULL;

	if (texts) {
		char text[TEXT_MAX_BYTES];

		dissection->texts = texts;
		(void)vsnprintf(text, sizeof(text), format, arguments);
		copy = strdup(text);
	}
	if (!copy) {
		dissection->no_memory = true;
		return "";
	}
	dissection->texts[dissection->text_count++] = copy;
	return copy;
}

__attribute__((format(printf, 2, 3))) static const char *keep(struct dissection *dissection,
							      const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = keep_text(dissection, format, arguments);
	va_end(arguments);
	return text;
}

struct dissected_layer *dissection_layer(struct dissection *dissection, const char *name,
					 const char *title)
{
	struct dissected_layer *layers;
	struct dissected_layer *layer;

	if (dissection->cut || dissection->layer_count >= DISSECTION_LAYERS_MAX) {
		dissection->cut = true;
		return NULL;
	}
	layers = room_for_one(dissection->layers, dissection->layer_count,
			      &dissection->layer_capacity, LAYERS_FIRST, sizeof(*layers));
	if (!layers) {
		dissection->cut = true;
		dissection->no_memory = true;
		return NULL;
	}
	dissection->layers = layers;
	layer = &layers[dissection->layer_count++];
	*layer = (struct dissected_layer){
		.name = name,
		.title = keep(dissection, "%s", title),
		.summary = "",
		.in_frame = true,
		.first_field = dissection->field_count,
	};
	return layer;
}

void dissection_summary(struct dissection *dissection, const char *format, ...)
{
	va_list arguments;

	if (dissection->layer_count == 0)
		return;
	va_start(arguments, format);
	dissection->layers[dissection->layer_count - 1].summary =
		keep_text(dissection, format, arguments);
	va_end(arguments);
}

struct dissected_field *dissection_field(struct dissection *dissection, const char *name,
					 const char *title, uint32_t offset, uint32_t bytes)
{
	struct dissected_field *fields;
	struct dissected_field *field;

	/* What follows a layer for which there was no room must not pass for the layer before it.
	 */
	if (dissection->cut || dissection->field_count >= DISSECTION_FIELDS_MAX) {
		dissection->cut = true;
		return NULL;
	}
	fields = room_for_one(dissection->fields, dissection->field_count,
			      &dissection->field_capacity, FIELDS_FIRST, sizeof(*fields));
	if (!fields) {
		dissection->cut = true;
		dissection->no_memory = true;
		return NULL;
	}
	dissection->fields = fields;
	field = &fields[dissection->field_count++];
	*field = (struct dissected_field){
		.name = name,
		.title = title,
		.id = HEADER_FIELD_COUNT,
		.offset = offset,
		.bytes = bytes,
		.bits = bytes * 8,
		.value = "",
		.meaning = "",
	};
	if (dissection->layer_count > 0)
		dissection->layers[dissection->layer_count - 1].field_count++;
	return field;
}

void dissection_value(struct dissection *dissection, const char *format, ...)
{
	va_list arguments;

	if (dissection->field_count == 0 || dissection->cut)
		return;
	va_start(arguments, format);
	dissection->fields[dissection->field_count - 1].value =
		keep_text(dissection, format, arguments);
	va_end(arguments);
}

void dissection_meaning(struct dissection *dissection, const char *format, ...)
{
	va_list arguments;

	if (dissection->field_count == 0 || dissection->cut)
		return;
	va_start(arguments, format);
	dissection->fields[dissection->field_count - 1].meaning =
		keep_text(dissection, format, arguments);
	va_end(arguments);
}
