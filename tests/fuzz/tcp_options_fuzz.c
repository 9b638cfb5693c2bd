/*
 * Any bytes as TCP options. Reading them one after the other must end, come to the end, and stay
 * within; decoding all of them must find what reading one by one finds.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "packet/tcp_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_one(const uint8_t *data, size_t size, const struct tcp_option *option)
{
	const char *name = tcp_option_name(option->kind);

	require(!name || name[0] != '\0');
	require(option->content >= data && option->content <= data + size);
	require(option->content_length <= (size_t)(data + size - option->content));
	if (option->kind <= TCP_OPTION_NOP)
		require(option->length == 1 && option->content_length == 0);
	else if (!option->bad_length)
		require(option->length == option->content_length + 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcp_options options;
	struct tcp_option option;
	size_t offset = 0;
	size_t before = 0;
	bool lies = false;
	bool sack = false;

	if (size > TCP_OPTIONS_MAX_BYTES)
		size = TCP_OPTIONS_MAX_BYTES;
	tcp_options_decode(data, size, &options);
	while (tcp_option_next(data, size, &offset, &option)) {
		require(offset > before && offset <= size);
		before = offset;
		check_one(data, size, &option);
		lies = lies || option.bad_length;
		sack = sack || (option.kind == TCP_OPTION_SACK && !option.bad_length &&
				option.content_length >= 8 && option.content_length % 8 == 0);
	}
	require(offset == size);
	require(!lies || (options.has & TCP_HAS_BAD_LENGTH));
	require(sack == ((options.has & TCP_HAS_SACK) != 0));
	require(options.sack_count <= TCP_SACK_MAX_BLOCKS);
	if (options.has & TCP_HAS_MPTCP)
		(void)mptcp_subtype_name(options.mptcp_subtype);
	return 0;
}
