/*
 * What the kernel says of sockets: one answer recorded from Linux 6.18, and what it never says but
 * might one day.
 */
#include "sock_diag/diag_message.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "support/unit_test.h"

#define SEQUENCE 0x77u
#define MESSAGE_BYTES (NLMSG_HDRLEN + sizeof(struct inet_diag_msg))

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* 127.0.0.1:34446 to 127.0.0.1:41201, ESTABLISHED: asked for with TCP_INFO and the name of its
 * congestion control, after it had sent 5 bytes and got 2. */
static const uint8_t recorded[] = {
	0xa0, 0x01, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x77, 0x00, 0x00, 0x00, 0xec, 0x30, 0x00,
	0x00, 0x02, 0x01, 0x00, 0x00, 0x86, 0x8e, 0xa0, 0xf1, 0x7f, 0x00, 0x00, 0x01, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x7f, 0x00, 0x00, 0x01, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xea, 0x4a, 0x0b, 0x01, 0x05, 0x00,
	0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x08, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c,
	0x00, 0x15, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0x00, 0x16, 0x00,
	0x52, 0x00, 0x00, 0x00, 0x1c, 0x01, 0x02, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x07, 0xaa,
	0x01, 0xe0, 0x1c, 0x03, 0x00, 0x40, 0x9c, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x18, 0x02,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0xd7, 0xff, 0x00,
	0x00, 0x1b, 0x00, 0x00, 0x00, 0x0f, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0x7f, 0x0b, 0x00,
	0x00, 0x00, 0xcb, 0xff, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xd7,
	0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x64, 0x19, 0x0c, 0x43, 0x07, 0x00, 0x00, 0x00,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x03, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
	0x00, 0x00, 0x00, 0xaa, 0xaa, 0xc2, 0xa2, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
	0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x08, 0x00, 0x04, 0x00, 0x62, 0x62, 0x72, 0x00,
};
#endif

/* A message of a dump, as the kernel makes them; attributes may follow. */
struct made {
	_Alignas(struct nlmsghdr) uint8_t bytes[1024];
	size_t length;
};

static struct inet_diag_msg told_of(uint8_t family, uint8_t state)
{
	struct inet_diag_msg told = { .idiag_family = family, .idiag_state = state };

	told.id.idiag_sport = htons(80);
	return told;
}

static void add_message(struct made *made, uint16_t type, uint16_t flags, uint32_t sequence,
			const void *payload, size_t length)
{
	struct nlmsghdr header = { .nlmsg_len = (uint32_t)(NLMSG_HDRLEN + length),
				   .nlmsg_type = type,
				   .nlmsg_flags = flags,
				   .nlmsg_seq = sequence };

	assert_true(made->length + NLMSG_HDRLEN + length + 4 <= sizeof(made->bytes));
	memcpy(made->bytes + made->length, &header, sizeof(header));
	memcpy(made->bytes + made->length + NLMSG_HDRLEN, payload, length);
	made->length += NLMSG_ALIGN((size_t)NLMSG_HDRLEN + length);
}

static void add_socket(struct made *made, const struct inet_diag_msg *told)
{
	add_message(made, SOCK_DIAG_BY_FAMILY, 0, SEQUENCE, told, sizeof(*told));
}

static struct diag_reader reader_of(const struct made *made)
{
	return (struct diag_reader){ .bytes = made->bytes,
				     .length = made->length,
				     .sequence = SEQUENCE };
}

static enum socket_state state_told_for(uint8_t kernel_state)
{
	struct inet_diag_msg told = told_of(AF_INET, kernel_state);
	struct diag_socket socket = { 0 };
	struct made made = { .length = 0 };
	struct diag_reader reader;

	add_socket(&made, &told);
	reader = reader_of(&made);
	return diag_reader_next(&reader, &socket) == DIAG_SOCKET ? socket.state : SOCKET_STATE_END;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static void a_recorded_answer_is_understood(void **state)
{
	static const uint8_t loopback[16] = { 127, 0, 0, 1 };
	struct diag_reader reader = { .sequence = SEQUENCE, .length = sizeof(recorded) };
	struct made made = { .length = sizeof(recorded) };
	struct diag_socket socket;

	(void)state;
	memcpy(made.bytes, recorded, sizeof(recorded));
	reader.bytes = made.bytes;
	assert_int_equal(diag_reader_next(&reader, &socket), DIAG_SOCKET);
	assert_int_equal(socket.state, SOCKET_ESTABLISHED);
	assert_int_equal(socket.local.version, 4);
	assert_memory_equal(socket.local.bytes, loopback, sizeof(loopback));
	assert_memory_equal(socket.remote.bytes, loopback, sizeof(loopback));
	assert_int_equal(socket.local_port, 34446);
	assert_int_equal(socket.remote_port, 41201);
	assert_int_equal(socket.timer, SOCKET_TIMER_NONE);
	assert_int_equal(socket.uid, 0);
	assert_int_not_equal(socket.inode, 0);
	assert_true(socket.has_info && socket.info.has_window && socket.info.has_sent);
	assert_int_equal(socket.info.bytes_sent, 5);
	assert_int_equal(socket.info.bytes_received, 2);
	assert_int_equal(socket.info.snd_mss, 32768);
	assert_int_equal(socket.info.cwnd, 11);
	assert_int_equal(socket.info.unacked, 0);
	assert_string_equal(socket.congestion, "bbr");
	assert_int_equal(diag_reader_next(&reader, &socket), DIAG_NOTHING_LEFT);
}

/* Each in memory of its own length, so that a byte read too far is seen. */
static void a_truncated_answer_is_no_socket(void **state)
{
	(void)state;
	for (size_t length = 1; length < sizeof(recorded); length++) {
		uint8_t *bytes = malloc(length);
		struct diag_reader reader = { .bytes = bytes,
					      .length = length,
					      .sequence = SEQUENCE };
		struct diag_socket socket;

		assert_non_null(bytes);
		memcpy(bytes, recorded, length);
		assert_int_equal(diag_reader_next(&reader, &socket), DIAG_MALFORMED);
		assert_int_equal(diag_reader_next(&reader, &socket), DIAG_NOTHING_LEFT);
		free(bytes);
	}
}

/* The message says that it is so short, and is. */
static void a_short_answer_tells_what_it_has(void **state)
{
	(void)state;
	for (size_t length = NLMSG_HDRLEN; length <= sizeof(recorded); length++) {
		uint8_t *bytes = malloc(length);
		struct diag_reader reader = { .bytes = bytes,
					      .length = length,
					      .sequence = SEQUENCE };
		uint32_t told = (uint32_t)length;
		struct diag_socket socket = { 0 };

		assert_non_null(bytes);
		memcpy(bytes, recorded, length);
		memcpy(bytes, &told, sizeof(told));
		if (length < MESSAGE_BYTES) {
			assert_int_equal(diag_reader_next(&reader, &socket), DIAG_MALFORMED);
		} else {
			assert_int_equal(diag_reader_next(&reader, &socket), DIAG_SOCKET);
			assert_int_equal(socket.local_port, 34446);
			assert_int_equal(socket.has_info, length >= 408);
			assert_int_equal(socket.congestion[0] != '\0', length >= 416);
		}
		free(bytes);
	}
}

/* TCP_INFO of older kernels ends earlier: what they do not tell is not taken for a zero. */
static void a_short_tcp_info_lacks_what_came_later(void **state)
{
	static const struct {
		uint16_t bytes;
		bool info, traffic, min_rtt, sent, window;
	} kernels[] = {
		{ 100, false, false, false, false, false },
		{ 104, true, false, false, false, false },
		{ 144, true, true, false, false, false },
		{ 152, true, true, true, false, false },
		{ 216, true, true, true, true, false },
		{ 232, true, true, true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		struct made made = { .length = 124u + 4u + kernels[i].bytes };
		uint32_t told = (uint32_t)made.length;
		uint16_t of_attribute = (uint16_t)(4 + kernels[i].bytes);
		struct diag_socket socket;
		struct diag_reader reader;

		memcpy(made.bytes, recorded, made.length);
		memcpy(made.bytes, &told, sizeof(told));
		memcpy(made.bytes + 124, &of_attribute, sizeof(of_attribute));
		reader = reader_of(&made);
		assert_int_equal(diag_reader_next(&reader, &socket), DIAG_SOCKET);
		assert_int_equal(socket.has_info, kernels[i].info);
		assert_int_equal(socket.info.has_traffic, kernels[i].traffic);
		assert_int_equal(socket.info.has_min_rtt, kernels[i].min_rtt);
		assert_int_equal(socket.info.has_sent, kernels[i].sent);
		assert_int_equal(socket.info.has_window, kernels[i].window);
	}
}

/* Lengths of 0, of less than a header, of more than there is: the socket is told all the same. */
static void attributes_that_lie_are_left_out(void **state)
{
	static const uint16_t lies[] = { 0, 3, 4, 4000, 65535 };

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct made made = { .length = sizeof(recorded) };
		struct diag_socket socket;
		struct diag_reader reader;

		memcpy(made.bytes, recorded, sizeof(recorded));
		memcpy(made.bytes + 124, &lies[i], sizeof(lies[i]));
		reader = reader_of(&made);
		assert_int_equal(diag_reader_next(&reader, &socket), DIAG_SOCKET);
		assert_int_equal(socket.local_port, 34446);
		assert_false(socket.has_info);
	}
}

/* Whatever bytes come, reading them ends, and within them. */
static void damaged_answers_do_no_harm(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		struct diag_reader reader = { .sequence = SEQUENCE, .length = sizeof(recorded) };
		uint8_t *bytes = malloc(sizeof(recorded));
		struct diag_socket socket;
		unsigned messages = 0;

		assert_non_null(bytes);
		memcpy(bytes, recorded, sizeof(recorded));
		for (unsigned i = 0; i < 4; i++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
			bytes[(random >> 33) % sizeof(recorded)] = (uint8_t)(random >> 56);
		}
		reader.bytes = bytes;
		while (diag_reader_next(&reader, &socket) != DIAG_NOTHING_LEFT)
			assert_true(++messages <= sizeof(recorded) / NLMSG_HDRLEN + 1);
		free(bytes);
	}
}
#endif

/* As a signed number the last two are negative, and rounded up to four bytes they are nothing. */
static void a_message_longer_than_what_came_is_malformed(void **state)
{
	static const uint32_t lies[] = { 0, 15, 89, 0x7fffffff, 0x80000000, 0xffffffff };
	struct inet_diag_msg told = told_of(AF_INET, SOCKET_LISTEN);

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct made made = { .length = 0 };
		struct diag_socket socket;
		struct diag_reader reader;

		add_socket(&made, &told);
		memcpy(made.bytes, &lies[i], sizeof(lies[i]));
		reader = reader_of(&made);
		assert_int_equal(diag_reader_next(&reader, &socket), DIAG_MALFORMED);
		assert_int_equal(diag_reader_next(&reader, &socket), DIAG_NOTHING_LEFT);
	}
}

static void the_kernels_own_states_are_folded_into_ours(void **state)
{
	(void)state;
	for (unsigned number = SOCKET_ESTABLISHED; number < SOCKET_STATE_END; number++)
		assert_int_equal(state_told_for((uint8_t)number), number);
	assert_int_equal(state_told_for(12), SOCKET_SYN_RECV); /* TCP_NEW_SYN_RECV */
	assert_int_equal(state_told_for(13), SOCKET_CLOSED);   /* TCP_BOUND_INACTIVE */
}

static void an_unknown_state_is_told_as_that(void **state)
{
	static const uint8_t unknown[] = { 0, 14, 255 };
	struct diag_socket socket;

	(void)state;
	for (size_t i = 0; i < sizeof(unknown); i++) {
		struct inet_diag_msg told = told_of(AF_INET, unknown[i]);
		struct made made = { .length = 0 };
		struct diag_reader reader;

		add_socket(&made, &told);
		reader = reader_of(&made);
		assert_int_equal(diag_reader_next(&reader, &socket), DIAG_UNKNOWN);
	}
}

static void ipv4_between_sockets_of_ipv6_is_ipv4(void **state)
{
	static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff, [12] = 192, 0, 2, 7 };
	static const uint8_t plain[16] = { 192, 0, 2, 7 };
	struct inet_diag_msg told = told_of(AF_INET6, SOCKET_ESTABLISHED);
	struct made made = { .length = 0 };
	struct diag_socket socket;
	struct diag_reader reader;

	(void)state;
	memcpy(told.id.idiag_src, mapped, sizeof(mapped));
	told.id.idiag_dst[3] = htonl(1);
	add_socket(&made, &told);
	reader = reader_of(&made);
	assert_int_equal(diag_reader_next(&reader, &socket), DIAG_SOCKET);
	assert_int_equal(socket.local.version, 4);
	assert_memory_equal(socket.local.bytes, plain, sizeof(plain));
	assert_int_equal(socket.remote.version, 6);
	assert_int_equal(socket.remote.bytes[15], 1);
}

static void timers_and_queues_are_told(void **state)
{
	struct inet_diag_msg told = told_of(AF_INET, SOCKET_FIN_WAIT1);
	struct made made = { .length = 0 };
	struct diag_socket socket;
	struct diag_reader reader;

	(void)state;
	told.idiag_timer = SOCKET_TIMER_RETRANSMIT;
	told.idiag_expires = 812;
	told.idiag_retrans = 3;
	told.idiag_rqueue = 7;
	told.idiag_wqueue = 9;
	told.id.idiag_if = 4;
	add_socket(&made, &told);
	told.idiag_timer = 77; /* none that is known */
	add_socket(&made, &told);
	reader = reader_of(&made);
	assert_int_equal(diag_reader_next(&reader, &socket), DIAG_SOCKET);
	assert_int_equal(socket.timer, SOCKET_TIMER_RETRANSMIT);
	assert_int_equal(socket.timer_ms, 812);
	assert_int_equal(socket.tries, 3);
	assert_int_equal(socket.receive_queue, 7);
	assert_int_equal(socket.send_queue, 9);
	assert_int_equal(socket.interface, 4);
	assert_false(socket.has_info);
	assert_int_equal(diag_reader_next(&reader, &socket), DIAG_SOCKET);
	assert_int_equal(socket.timer, SOCKET_TIMER_NONE);
	assert_int_equal(socket.timer_ms, 0);
}

static void messages_of_an_earlier_request_are_passed_over(void **state)
{
	struct inet_diag_msg told = told_of(AF_INET, SOCKET_LISTEN);
	struct made made = { .length = 0 };
	struct diag_socket socket;
	struct diag_reader reader;
	int error = -ENOENT;

	(void)state;
	add_message(&made, NLMSG_ERROR, 0, SEQUENCE - 1, &error, sizeof(error));
	add_message(&made, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP_INTR, SEQUENCE - 1, &told, sizeof(told));
	add_message(&made, NLMSG_NOOP, 0, SEQUENCE, &told, sizeof(told));
	add_socket(&made, &told);
	reader = reader_of(&made);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(diag_reader_next(&reader, &socket), DIAG_NOT_MEANT);
	assert_int_equal(diag_reader_next(&reader, &socket), DIAG_SOCKET);
	assert_int_equal(reader.error, 0);
	assert_false(reader.interrupted);
}

static void a_dump_that_was_disturbed_says_so(void **state)
{
	struct inet_diag_msg told = told_of(AF_INET, SOCKET_LISTEN);
	struct made made = { .length = 0 };
	struct diag_socket socket;
	struct diag_reader reader;
	int none = 0;

	(void)state;
	add_message(&made, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP_INTR, SEQUENCE, &told, sizeof(told));
	add_message(&made, NLMSG_DONE, 0, SEQUENCE, &none, sizeof(none));
	reader = reader_of(&made);
	assert_int_equal(diag_reader_next(&reader, &socket), DIAG_SOCKET);
	assert_int_equal(diag_reader_next(&reader, &socket), DIAG_END);
	assert_true(reader.interrupted);
	assert_int_equal(reader.error, 0);
}

static void errors_are_told_whatever_they_are(void **state)
{
	static const struct {
		uint16_t type;
		int sent;
		enum diag_answer answer;
		int told;
	} rows[] = {
		{ NLMSG_ERROR, -ENOENT, DIAG_ERROR, -ENOENT },
		{ NLMSG_ERROR, 0, DIAG_ERROR, 0 },
		{ NLMSG_DONE, 0, DIAG_END, 0 },
		{ NLMSG_DONE, -EINTR, DIAG_END, -EINTR },
		{ NLMSG_ERROR, 5, DIAG_ERROR, -EPROTO },
		{ NLMSG_DONE, INT32_MIN, DIAG_END, -EPROTO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct made made = { .length = 0 };
		struct diag_socket socket;
		struct diag_reader reader;

		add_message(&made, rows[i].type, 0, SEQUENCE, &rows[i].sent, sizeof(rows[i].sent));
		reader = reader_of(&made);
		assert_int_equal(diag_reader_next(&reader, &socket), rows[i].answer);
		assert_int_equal(reader.error, rows[i].told);
	}
}

static void a_dump_asks_for_the_kernels_own_states_too(void **state)
{
	struct diag_request request = { .family = AF_INET6,
					.wants_info = true,
					.states = 1u << SOCKET_SYN_RECV | 1u << SOCKET_CLOSED,
					.sequence = SEQUENCE };
	uint8_t bytes[DIAG_REQUEST_BYTES];
	struct inet_diag_req_v2 asked;
	struct nlmsghdr header;

	(void)state;
	assert_int_equal(diag_request_write(&request, bytes), NLMSG_HDRLEN + sizeof(asked));
	memcpy(&header, bytes, sizeof(header));
	memcpy(&asked, bytes + NLMSG_HDRLEN, sizeof(asked));
	assert_int_equal(header.nlmsg_type, SOCK_DIAG_BY_FAMILY);
	assert_int_equal(header.nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	assert_int_equal(header.nlmsg_seq, SEQUENCE);
	assert_int_equal(asked.sdiag_family, AF_INET6);
	assert_int_equal(asked.sdiag_protocol, IPPROTO_TCP);
	assert_int_equal(asked.idiag_states, 1u << 3 | 1u << 12 | 1u << 7 | 1u << 13);
	assert_int_equal(asked.idiag_ext, 1u << (INET_DIAG_INFO - 1) | 1u << (INET_DIAG_CONG - 1));
}

static void one_socket_is_asked_for_by_its_ends(void **state)
{
	const struct ip_address local = { .version = 4, .bytes = { 10, 0, 0, 1 } };
	const struct ip_address remote = { .version = 4, .bytes = { 10, 0, 0, 2 } };
	struct diag_request request = { .family = AF_INET,
					.local = &local,
					.remote = &remote,
					.local_port = 40000,
					.remote_port = 80,
					.interface = 3 };
	uint8_t bytes[DIAG_REQUEST_BYTES];
	struct inet_diag_req_v2 asked;
	struct nlmsghdr header;

	(void)state;
	(void)diag_request_write(&request, bytes);
	memcpy(&header, bytes, sizeof(header));
	memcpy(&asked, bytes + NLMSG_HDRLEN, sizeof(asked));
	assert_int_equal(header.nlmsg_flags, NLM_F_REQUEST);
	assert_int_equal(asked.id.idiag_sport, htons(40000));
	assert_int_equal(asked.id.idiag_dport, htons(80));
	assert_memory_equal(asked.id.idiag_src, local.bytes, 16);
	assert_memory_equal(asked.id.idiag_dst, remote.bytes, 16);
	assert_int_equal(asked.id.idiag_if, 3);
	assert_int_equal(asked.id.idiag_cookie[0], INET_DIAG_NOCOOKIE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		cmocka_unit_test(a_recorded_answer_is_understood),
		cmocka_unit_test(a_truncated_answer_is_no_socket),
		cmocka_unit_test(a_short_answer_tells_what_it_has),
		cmocka_unit_test(a_short_tcp_info_lacks_what_came_later),
		cmocka_unit_test(attributes_that_lie_are_left_out),
		cmocka_unit_test(damaged_answers_do_no_harm),
#endif
		cmocka_unit_test(a_message_longer_than_what_came_is_malformed),
		cmocka_unit_test(the_kernels_own_states_are_folded_into_ours),
		cmocka_unit_test(an_unknown_state_is_told_as_that),
		cmocka_unit_test(ipv4_between_sockets_of_ipv6_is_ipv4),
		cmocka_unit_test(timers_and_queues_are_told),
		cmocka_unit_test(messages_of_an_earlier_request_are_passed_over),
		cmocka_unit_test(a_dump_that_was_disturbed_says_so),
		cmocka_unit_test(errors_are_told_whatever_they_are),
		cmocka_unit_test(a_dump_asks_for_the_kernels_own_states_too),
		cmocka_unit_test(one_socket_is_asked_for_by_its_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
