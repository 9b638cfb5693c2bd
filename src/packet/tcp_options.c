/* TCP options: RFC 9293 section 3.2, and those that define one more each. */
#include "packet/tcp_header.h"

#include <string.h>

#include "base/wire.h"

/* What the two kinds for experiments begin with (RFC 6994): who shares them. */
enum {
	EXPERIMENT_FAST_OPEN = 0xf989, /* RFC 7413 appendix A */
	EXPERIMENT_ACCECN_0 = 0xacc0,
	EXPERIMENT_ACCECN_1 = 0xacc1,
};

static const struct {
	uint8_t kind;
	const char *name;
} option_names[] = {
	{ TCP_OPTION_EOL, "eol" },
	{ TCP_OPTION_NOP, "nop" },
	{ TCP_OPTION_MSS, "mss" },
	{ TCP_OPTION_WINDOW_SCALE, "window_scale" },
	{ TCP_OPTION_SACK_PERMITTED, "sack_permitted" },
	{ TCP_OPTION_SACK, "sack" },
	{ 6, "echo" },
	{ 7, "echo_reply" },
	{ TCP_OPTION_TIMESTAMPS, "timestamps" },
	{ 9, "partial_order_permitted" },
	{ 10, "partial_order_profile" },
	{ 11, "cc" },
	{ 12, "cc_new" },
	{ 13, "cc_echo" },
	{ 14, "alternate_checksum_request" },
	{ 15, "alternate_checksum_data" },
	{ 18, "trailer_checksum" },
	{ TCP_OPTION_MD5, "md5" },
	{ 20, "scps_capabilities" },
	{ 21, "selective_negative_ack" },
	{ 22, "record_boundaries" },
	{ 23, "corruption_experienced" },
	{ 27, "quick_start_response" },
	{ TCP_OPTION_USER_TIMEOUT, "user_timeout" },
	{ TCP_OPTION_AO, "ao" },
	{ TCP_OPTION_MPTCP, "mptcp" },
	{ TCP_OPTION_FAST_OPEN, "fast_open" },
	{ 69, "encryption_negotiation" },
	{ TCP_OPTION_ACCECN_0, "accecn_0" },
	{ TCP_OPTION_ACCECN_1, "accecn_1" },
	{ TCP_OPTION_EXPERIMENT_1, "experiment_1" },
	{ TCP_OPTION_EXPERIMENT_2, "experiment_2" },
};

const char *tcp_option_name(uint8_t kind)
{
	for (size_t i = 0; i < sizeof(option_names) / sizeof(*option_names); i++) {
		if (option_names[i].kind == kind)
			return option_names[i].name;
	}
	return NULL;
}

const char *mptcp_subtype_name(uint8_t subtype)
{
	static const char *const names[16] = {
		"MP_CAPABLE", "MP_JOIN", "DSS",          "ADD_ADDR",  "REMOVE_ADDR",
		"MP_PRIO",    "MP_FAIL", "MP_FASTCLOSE", "MP_TCPRST", [15] = "MP_EXPERIMENTAL",
	};

	return subtype < sizeof(names) / sizeof(*names) ? names[subtype] : NULL;
}

bool tcp_option_next(const uint8_t *bytes, size_t length, size_t *offset, struct tcp_option *out)
{
	size_t at = *offset;

	if (at >= length)
		return false;
	uint8_t kind = bytes[at];

	if (kind == TCP_OPTION_EOL || kind == TCP_OPTION_NOP) {
		/* Behind the end there is only padding. */
		*offset = kind == TCP_OPTION_EOL ? length : at + 1;
		*out = (struct tcp_option){
			.kind = kind,
			.length = 1,
			.content = bytes + at + 1,
		};
		return true;
	}
	size_t left = length - at;
	size_t said = left >= 2 ? bytes[at + 1] : 0;
	bool bad_length = said < 2 || said > left;
	size_t taken = bad_length ? left : said;
	size_t head = left >= 2 ? 2 : 1;
	size_t content_length = taken - head;

	*offset = at + taken;
	*out = (struct tcp_option){
		.kind = kind,
		.length = (uint8_t)said,
		.bad_length = bad_length,
		.content_length =
			(uint8_t)(content_length < UINT8_MAX ? content_length : UINT8_MAX),
		.content = bytes + at + head,
	};
	return true;
}

static bool decode_sack(const struct tcp_option *option, struct tcp_options *out)
{
	if (option->content_length == 0 || option->content_length % 8 != 0)
		return false;
	for (size_t at = 0; at + 8 <= option->content_length; at += 8) {
		if (out->sack_count >= TCP_SACK_MAX_BLOCKS)
			break;
		out->sack[out->sack_count++] = (struct sack_block){
			.left = wire_u32(option->content + at),
			.right = wire_u32(option->content + at + 4),
		};
	}
	out->has |= TCP_HAS_SACK;
	return true;
}

static void decode_experiment(const struct tcp_option *option, struct tcp_options *out)
{
	uint16_t experiment = option->content_length >= 2 ? wire_u16(option->content) : 0;

	if (experiment == EXPERIMENT_FAST_OPEN) {
		out->has |= TCP_HAS_FAST_OPEN;
		out->fast_open_length = (uint8_t)(option->content_length - 2);
	} else if (experiment == EXPERIMENT_ACCECN_0 || experiment == EXPERIMENT_ACCECN_1) {
		out->has |= TCP_HAS_ACCECN;
	} else {
		out->has |= TCP_HAS_OTHER;
	}
}

static bool decode_timestamps(const struct tcp_option *option, struct tcp_options *out)
{
	if (option->content_length != 8)
		return false;
	out->timestamp_value = wire_u32(option->content);
	out->timestamp_echo = wire_u32(option->content + 4);
	out->has |= TCP_HAS_TIMESTAMPS;
	return true;
}

static bool decode_u16(const struct tcp_option *option, uint32_t flag, uint16_t *field,
		       struct tcp_options *out)
{
	if (option->content_length != 2)
		return false;
	*field = wire_u16(option->content);
	out->has |= flag;
	return true;
}

/* Those of which no more is read than that they are there. */
static bool decode_presence(const struct tcp_option *option, struct tcp_options *out)
{
	uint8_t wanted_length = option->content_length;
	uint32_t flag = TCP_HAS_OTHER;

	if (option->kind == TCP_OPTION_SACK_PERMITTED) {
		wanted_length = 0;
		flag = TCP_HAS_SACK_PERMITTED;
	} else if (option->kind == TCP_OPTION_MD5) {
		wanted_length = 16;
		flag = TCP_HAS_MD5;
	} else if (option->kind == TCP_OPTION_AO) {
		flag = TCP_HAS_AO;
	} else if (option->kind == TCP_OPTION_ACCECN_0 || option->kind == TCP_OPTION_ACCECN_1) {
		flag = TCP_HAS_ACCECN;
	}
	if (option->content_length != wanted_length)
		return false;
	out->has |= flag;
	return true;
}

/* False: its length is not that of its kind. */
static bool decode_option(const struct tcp_option *option, struct tcp_options *out)
{
	switch (option->kind) {
	case TCP_OPTION_EOL:
	case TCP_OPTION_NOP:
		return true;
	case TCP_OPTION_MSS:
		return decode_u16(option, TCP_HAS_MSS, &out->mss, out);
	case TCP_OPTION_WINDOW_SCALE:
		if (option->content_length != 1)
			return false;
		out->window_scale = option->content[0];
		out->has |= TCP_HAS_WINDOW_SCALE;
		return true;
	case TCP_OPTION_SACK:
		return decode_sack(option, out);
	case TCP_OPTION_TIMESTAMPS:
		return decode_timestamps(option, out);
	case TCP_OPTION_USER_TIMEOUT:
		return decode_u16(option, TCP_HAS_USER_TIMEOUT, &out->user_timeout, out);
	case TCP_OPTION_MPTCP:
		if (option->content_length < 1)
			return false;
		out->mptcp_subtype = option->content[0] >> 4;
		out->has |= TCP_HAS_MPTCP;
		return true;
	case TCP_OPTION_FAST_OPEN:
		out->fast_open_length = option->content_length;
		out->has |= TCP_HAS_FAST_OPEN;
		return true;
	case TCP_OPTION_EXPERIMENT_1:
	case TCP_OPTION_EXPERIMENT_2:
		decode_experiment(option, out);
		return true;
	default:
		return decode_presence(option, out);
	}
}

void tcp_options_decode(const uint8_t *bytes, size_t length, struct tcp_options *out)
{
	struct tcp_option option;
	size_t offset = 0;

	out->has = 0;
	out->sack_count = 0;
	while (tcp_option_next(bytes, length, &offset, &option)) {
		if (option.bad_length || !decode_option(&option, out))
			out->has |= TCP_HAS_BAD_LENGTH;
	}
}
