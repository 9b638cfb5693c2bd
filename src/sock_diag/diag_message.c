#include "sock_diag/diag_message.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

/* The two that the kernel has besides those of RFC 9293 (include/net/tcp_states.h). */
#define KERNEL_NEW_SYN_RECV 12u
#define KERNEL_BOUND_INACTIVE 13u

#define EXTENSION_BIT(attribute) ((uint8_t)(1u << ((attribute)-1)))

static uint32_t kernel_states(uint32_t states)
{
	if (states & 1u << SOCKET_SYN_RECV)
		states |= 1u << KERNEL_NEW_SYN_RECV;
	if (states & 1u << SOCKET_CLOSED)
		states |= 1u << KERNEL_BOUND_INACTIVE;
	return states;
}

size_t diag_request_write(const struct diag_request *request, uint8_t out[DIAG_REQUEST_BYTES])
{
	_Alignas(struct nlmsghdr) uint8_t bytes[DIAG_REQUEST_BYTES];
	struct nlmsghdr *header = mnl_nlmsg_put_header(bytes);
	struct inet_diag_req_v2 *asked;
	size_t length;

	header->nlmsg_type = request->destroys ? SOCK_DESTROY : SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = request->destroys ? NLM_F_REQUEST | NLM_F_ACK : NLM_F_REQUEST;
	header->nlmsg_seq = request->sequence;
	asked = mnl_nlmsg_put_extra_header(header, sizeof(*asked));
	asked->sdiag_family = request->family;
	asked->sdiag_protocol = IPPROTO_TCP;
	if (request->wants_info)
		asked->idiag_ext = EXTENSION_BIT(INET_DIAG_INFO) | EXTENSION_BIT(INET_DIAG_CONG);
	asked->idiag_states = kernel_states(request->states);
	if (!request->local) {
		header->nlmsg_flags |= NLM_F_DUMP;
	} else {
		asked->idiag_states = UINT32_MAX;
		asked->id.idiag_sport = htons(request->local_port);
		asked->id.idiag_dport = htons(request->remote_port);
		memcpy(asked->id.idiag_src, request->local->bytes, sizeof(asked->id.idiag_src));
		memcpy(asked->id.idiag_dst, request->remote->bytes, sizeof(asked->id.idiag_dst));
		asked->id.idiag_if = request->interface;
		asked->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
		asked->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
		if (request->cookie != 0) {
			asked->id.idiag_cookie[0] = (uint32_t)request->cookie;
			asked->id.idiag_cookie[1] = (uint32_t)(request->cookie >> 32);
		}
	}
	length = header->nlmsg_len;
	memcpy(out, bytes, length);
	return length;
}

static void copy_address(uint8_t family, const __be32 words[4], struct ip_address *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	uint8_t bytes[16];

	memcpy(bytes, words, sizeof(bytes));
	*out = (struct ip_address){ .version = 6 };
	if (family == AF_INET) {
		out->version = 4;
		memcpy(out->bytes, bytes, 4);
	} else if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		out->version = 4;
		memcpy(out->bytes, bytes + sizeof(mapped), 4);
	} else {
		memcpy(out->bytes, bytes, sizeof(bytes));
	}
}

/* False: none of ours. */
static bool copy_state(uint8_t kernel_state, enum socket_state *out)
{
	if (kernel_state == KERNEL_NEW_SYN_RECV)
		*out = SOCKET_SYN_RECV;
	else if (kernel_state == KERNEL_BOUND_INACTIVE)
		*out = SOCKET_CLOSED;
	else if (kernel_state >= SOCKET_ESTABLISHED && kernel_state < SOCKET_STATE_END)
		*out = (enum socket_state)kernel_state;
	else
		return false;
	return true;
}

static enum socket_timer timer_of(uint8_t kernel_timer)
{
	return kernel_timer <= SOCKET_TIMER_PROBE ? (enum socket_timer)kernel_timer
						  : SOCKET_TIMER_NONE;
}

/* Kernels tell more of it with every year: what this one did not tell stays zero. */
static void copy_info(const struct nlattr *attribute, struct diag_socket *out)
{
	size_t length = mnl_attr_get_payload_len(attribute);
	struct tcp_info told = { 0 };

	if (length < offsetof(struct tcp_info, tcpi_pacing_rate))
		return;
	memcpy(&told, mnl_attr_get_payload(attribute),
	       length < sizeof(told) ? length : sizeof(told));
	out->has_info = true;
	out->info = (struct socket_info){
		.rtt_us = told.tcpi_rtt,
		.rttvar_us = told.tcpi_rttvar,
		.rto_us = told.tcpi_rto,
		.cwnd = told.tcpi_snd_cwnd,
		.ssthresh = told.tcpi_snd_ssthresh,
		.unacked = told.tcpi_unacked,
		.sacked = told.tcpi_sacked,
		.lost = told.tcpi_lost,
		.retrans = told.tcpi_retrans,
		.total_retrans = told.tcpi_total_retrans,
		.snd_mss = told.tcpi_snd_mss,
		.rcv_mss = told.tcpi_rcv_mss,
		.pmtu = told.tcpi_pmtu,
		.last_sent_ms = told.tcpi_last_data_sent,
		.last_received_ms = told.tcpi_last_data_recv,
		.last_ack_ms = told.tcpi_last_ack_recv,
		.retransmits = told.tcpi_retransmits,
		.probes = told.tcpi_probes,
		.backoff = told.tcpi_backoff,
		.has_traffic = length >= offsetof(struct tcp_info, tcpi_notsent_bytes),
		.has_min_rtt = length >= offsetof(struct tcp_info, tcpi_data_segs_in),
		.has_window = length >=
			      offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof(told.tcpi_snd_wnd),
		.has_sent = length >= offsetof(struct tcp_info, tcpi_dsack_dups),
		.bytes_sent = told.tcpi_bytes_sent,
		.bytes_sent_again = told.tcpi_bytes_retrans,
		.bytes_acked = told.tcpi_bytes_acked,
		.bytes_received = told.tcpi_bytes_received,
		.segments_out = told.tcpi_segs_out,
		.segments_in = told.tcpi_segs_in,
		.not_sent_bytes = told.tcpi_notsent_bytes,
		.min_rtt_us = told.tcpi_min_rtt,
		.send_window = told.tcpi_snd_wnd,
	};
}

static void copy_congestion(const struct nlattr *attribute, struct diag_socket *out)
{
	size_t length = mnl_attr_get_payload_len(attribute);

	length = strnlen(mnl_attr_get_payload(attribute), length);
	if (length >= sizeof(out->congestion))
		length = sizeof(out->congestion) - 1;
	memcpy(out->congestion, mnl_attr_get_payload(attribute), length);
	out->congestion[length] = '\0';
}

/* What cannot be read of them is left out: the socket itself is known. */
static void copy_attributes(const struct nlmsghdr *header, struct diag_socket *out)
{
	size_t before = NLMSG_ALIGN(sizeof(struct inet_diag_msg));
	size_t left = mnl_nlmsg_get_payload_len(header);
	const struct nlattr *attribute = mnl_nlmsg_get_payload_offset(header, before);

	left = left > before ? left - before : 0;
	while (left > 0 && mnl_attr_ok(attribute, (int)left)) {
		uint16_t type = mnl_attr_get_type(attribute);
		size_t step = NLMSG_ALIGN((size_t)mnl_attr_get_len(attribute));

		if (type == INET_DIAG_INFO)
			copy_info(attribute, out);
		else if (type == INET_DIAG_CONG)
			copy_congestion(attribute, out);
		if (step >= left)
			return;
		left -= step;
		attribute = mnl_attr_next(attribute);
	}
}

static enum diag_answer read_socket(const struct nlmsghdr *header, struct diag_socket *out)
{
	struct diag_socket read = { 0 };
	struct inet_diag_msg told;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(told))
		return DIAG_MALFORMED;
	memcpy(&told, mnl_nlmsg_get_payload(header), sizeof(told));
	if ((told.idiag_family != AF_INET && told.idiag_family != AF_INET6) ||
	    !copy_state(told.idiag_state, &read.state))
		return DIAG_UNKNOWN;
	copy_address(told.idiag_family, told.id.idiag_src, &read.local);
	copy_address(told.idiag_family, told.id.idiag_dst, &read.remote);
	read.local_port = ntohs(told.id.idiag_sport);
	read.remote_port = ntohs(told.id.idiag_dport);
	read.interface = told.id.idiag_if;
	read.uid = told.idiag_uid;
	read.inode = told.idiag_inode;
	read.cookie = (uint64_t)told.id.idiag_cookie[1] << 32 | told.id.idiag_cookie[0];
	read.timer = timer_of(told.idiag_timer);
	read.timer_ms = read.timer == SOCKET_TIMER_NONE ? 0 : told.idiag_expires;
	read.tries = told.idiag_retrans;
	read.receive_queue = told.idiag_rqueue;
	read.send_queue = told.idiag_wqueue;
	copy_attributes(header, &read);
	*out = read;
	return DIAG_SOCKET;
}

/* Of NLMSG_ERROR and NLMSG_DONE: a number that is 0 or -errno stands first. */
static enum diag_answer read_verdict(struct diag_reader *reader, const struct nlmsghdr *header,
				     enum diag_answer answer)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(header) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(header), sizeof(error));
	else if (answer == DIAG_ERROR)
		return DIAG_MALFORMED;
	reader->error = error <= 0 && error > -4096 ? error : -EPROTO;
	return answer;
}

/* By hand: mnl_nlmsg_ok() takes lengths for an int, and lets one of 4 GB pass as negative. */
static const struct nlmsghdr *whole_message(const struct diag_reader *reader)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)(const void *)reader->bytes;

	if (reader->length < sizeof(*header) || header->nlmsg_len < sizeof(*header) ||
	    header->nlmsg_len > reader->length)
		return NULL;
	return header;
}

static enum diag_answer give_up(struct diag_reader *reader)
{
	reader->length = 0;
	return DIAG_MALFORMED;
}

enum diag_answer diag_reader_next(struct diag_reader *reader, struct diag_socket *out)
{
	const struct nlmsghdr *header;
	enum diag_answer answer = DIAG_NOT_MEANT;
	size_t length;

	if (reader->length == 0)
		return DIAG_NOTHING_LEFT;
	header = whole_message(reader);
	if (!header)
		return give_up(reader);
	length = NLMSG_ALIGN((size_t)header->nlmsg_len);
	if (header->nlmsg_seq == reader->sequence) {
		if (header->nlmsg_flags & NLM_F_DUMP_INTR)
			reader->interrupted = true;
		if (header->nlmsg_type == NLMSG_ERROR)
			answer = read_verdict(reader, header, DIAG_ERROR);
		else if (header->nlmsg_type == NLMSG_DONE)
			answer = read_verdict(reader, header, DIAG_END);
		else if (header->nlmsg_type == SOCK_DIAG_BY_FAMILY)
			answer = read_socket(header, out);
	}
	if (answer == DIAG_MALFORMED)
		return give_up(reader);
	length = length < reader->length ? length : reader->length;
	reader->bytes += length;
	reader->length -= length;
	return answer;
}
