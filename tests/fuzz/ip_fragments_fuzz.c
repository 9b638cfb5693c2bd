/*
 * Any fragments, in any order, beside a plain model of one datagram that marks each byte there: the
 * datagram must be whole exactly when the model's is, and have the bytes that came first. A
 * fragment is five bytes: who sends it, offset and `more`, length.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "packet/ip_fragments.h"

#define FRAGMENT_BYTES 5u
#define SENDERS 3u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct model {
	uint8_t bytes[IP_DATAGRAM_MAX_BYTES];
	uint8_t there[IP_DATAGRAM_MAX_BYTES]; /* 1: it is */
	uint32_t length;                      /* 0: not known */
};

static struct model models[SENDERS];
static uint8_t content[UINT16_MAX];

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void add_to_model(struct model *model, const struct ip_fragment *fragment)
{
	uint32_t end = fragment->offset + fragment->length;
	uint32_t length = fragment->length;

	if (!fragment->more && model->length == 0)
		model->length = end;
	if (end != model->length)
		length -= length % 8;
	for (uint32_t i = 0; i < length; i++) {
		uint32_t at = fragment->offset + i;

		if (!model->there[at])
			model->bytes[at] = fragment->bytes[i];
		model->there[at] = 1;
	}
}

static bool model_is_whole(const struct model *model)
{
	return model->length > 0 && !memchr(model->there, 0, model->length);
}

static void add(struct ip_fragments *fragments, const uint8_t *data, uint8_t value)
{
	struct model *model = &models[data[0] % SENDERS];
	uint32_t field = (uint32_t)data[1] << 8 | data[2];
	struct ip_datagram whole;
	struct ip_fragment fragment = {
		.source = { .version = 4, .bytes = { (uint8_t)(data[0] % SENDERS) } },
		.destination = { .version = 4 },
		.protocol = 6,
		.more = (field & 1) != 0,
		.offset = field & 0xfff8,
		.bytes = content,
		.length = (uint32_t)data[3] << 8 | data[4],
	};

	memset(content, value, fragment.length);
	enum ip_fragment_result result = ip_fragments_add(fragments, &fragment, &whole);

	require(result != IP_FRAGMENT_NO_MEMORY);
	if (result == IP_FRAGMENT_TOO_LONG) {
		require(fragment.offset + fragment.length > IP_DATAGRAM_MAX_BYTES);
		return;
	}
	add_to_model(model, &fragment);
	require((result == IP_FRAGMENT_COMPLETE) == model_is_whole(model));
	if (result == IP_FRAGMENT_COMPLETE) {
		require(whole.length == model->length);
		require(memcmp(whole.bytes, model->bytes, whole.length) == 0);
		memset(model, 0, sizeof(*model));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ip_fragments fragments;
	uint8_t value = 1;

	memset(models, 0, sizeof(models));
	ip_fragments_init(&fragments);
	for (; size >= FRAGMENT_BYTES; size -= FRAGMENT_BYTES, data += FRAGMENT_BYTES, value++)
		add(&fragments, data, value);
	require(fragments.given_up == 0 && fragments.table.count <= SENDERS);
	ip_fragments_finish(&fragments);
	require(fragments.bytes == 0);
	return 0;
}
