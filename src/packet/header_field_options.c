/* The options of TCP (RFC 9293 section 3.2) and of IPv4 (RFC 791), each with its parts. */
#include "packet/header_field_list.h"

#include "packet/tcp_header.h"

#define IPV4_OPTION_END 0
#define IPV4_OPTION_NOTHING 1

static enum header_field_id option_field(uint8_t kind)
{
	switch (kind) {
	case TCP_OPTION_MSS:
		return FIELD_OPTION_MSS;
	case TCP_OPTION_WINDOW_SCALE:
		return FIELD_OPTION_WINDOW_SCALE;
	case TCP_OPTION_SACK_PERMITTED:
		return FIELD_OPTION_SACK_PERMITTED;
	case TCP_OPTION_SACK:
		return FIELD_OPTION_SACK;
	case TCP_OPTION_TIMESTAMPS:
		return FIELD_OPTION_TIMESTAMPS;
	case TCP_OPTION_MD5:
		return FIELD_OPTION_MD5;
	case TCP_OPTION_USER_TIMEOUT:
		return FIELD_OPTION_USER_TIMEOUT;
	case TCP_OPTION_AO:
		return FIELD_OPTION_AO;
	case TCP_OPTION_MPTCP:
		return FIELD_OPTION_MPTCP;
	case TCP_OPTION_FAST_OPEN:
		return FIELD_OPTION_FAST_OPEN;
	case TCP_OPTION_ACCECN_0:
	case TCP_OPTION_ACCECN_1:
		return FIELD_OPTION_ACCURATE_ECN;
	default:
		return FIELD_OPTION_OTHER;
	}
}

/* Behind kind and length. What is not as its kind should be is content. */
static void option_content(struct header_field_list *list, const struct tcp_option *option)
{
	uint32_t length = option->content_length;

	if (option->kind == TCP_OPTION_MSS && length == 2) {
		(void)header_field_next(list, FIELD_MSS_VALUE, 16);
	} else if (option->kind == TCP_OPTION_WINDOW_SCALE && length == 1) {
		(void)header_field_next(list, FIELD_WINDOW_SCALE_SHIFT, 8);
	} else if (option->kind == TCP_OPTION_TIMESTAMPS && length == 8) {
		(void)header_field_next(list, FIELD_TIMESTAMP_VALUE, 32);
		(void)header_field_next(list, FIELD_TIMESTAMP_ECHO, 32);
	} else if (option->kind == TCP_OPTION_SACK) {
		for (; length >= 8; length -= 8) {
			(void)header_field_next(list, FIELD_SACK_LEFT, 32);
			(void)header_field_next(list, FIELD_SACK_RIGHT, 32);
		}
		if (length > 0)
			(void)header_field_next(list, FIELD_OPTION_CONTENT, length * 8);
	} else if (length > 0) {
		(void)header_field_next(list, FIELD_OPTION_CONTENT, length * 8);
	}
}

/* The parts of an option that has taken so many bytes. */
static void option_parts(struct header_field_list *list, const struct tcp_option *option,
			 uint32_t taken)
{
	list->bit -= taken * 8;
	list->level = 1;
	(void)header_field_next(list, FIELD_OPTION_KIND, 8);
	if (taken >= 2)
		(void)header_field_next(list, FIELD_OPTION_LENGTH, 8);
	option_content(list, option);
	list->level = 0;
}

void header_fields_of_tcp_options(struct header_field_list *list)
{
	uint32_t begin = list->bit / 8;
	uint32_t length = list->length - begin;
	struct tcp_option option;
	size_t offset = 0;
	size_t at = 0;

	if (length > TCP_OPTIONS_MAX_BYTES)
		length = TCP_OPTIONS_MAX_BYTES;
	while (tcp_option_next(list->bytes + begin, length, &offset, &option)) {
		uint32_t taken = (uint32_t)(offset - at);

		at = offset;
		if (option.kind == TCP_OPTION_NOP) {
			(void)header_field_next(list, FIELD_OPTION_NOP, 8);
		} else if (option.kind == TCP_OPTION_EOL) {
			(void)header_field_next(list, FIELD_OPTION_END, 8);
			if (taken > 1)
				(void)header_field_next(list, FIELD_OPTION_PADDING,
							(taken - 1) * 8);
		} else if (header_field_next(list, option_field(option.kind), taken * 8)) {
			option_parts(list, &option, taken);
		}
	}
}

void header_fields_of_ipv4_options(struct header_field_list *list)
{
	const uint8_t *options = list->bytes + list->bit / 8;
	uint32_t length = list->length - list->bit / 8;
	uint32_t at = 0;

	/* A header has room for 40 bytes of them. */
	if (length > 40)
		length = 40;
	(void)header_field_next(list, FIELD_IPV4_OPTIONS, length * 8);
	list->bit -= length * 8;
	list->level = 1;
	while (at < length) {
		uint32_t said = 1;

		if (options[at] == IPV4_OPTION_END)
			said = length - at;
		else if (options[at] != IPV4_OPTION_NOTHING)
			said = length - at >= 2 ? options[at + 1] : 0;
		if (said == 0 || said > length - at)
			said = length - at;
		(void)header_field_next(list, FIELD_IPV4_OPTION, said * 8);
		at += said;
	}
	list->level = 0;
}
