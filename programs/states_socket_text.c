#include "programs/states_socket_text.h"

#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "programs/states_holder.h"
#include "report/readable.h"

#define NS_PER_US INT64_C(1000)

static bool is_any(const struct ip_address *address)
{
	static const uint8_t zero[sizeof(address->bytes)];

	return memcmp(address->bytes, zero, sizeof(zero)) == 0;
}

void states_end_text(struct text_builder *out, const struct ip_address *address, uint16_t port)
{
	char text[IP_ENDPOINT_TEXT_BYTES];

	(void)ip_endpoint_text(address, port, text);
	text_append(out, port == 0 && is_any(address) ? "*" : text);
}

/* Clauses of a row, separated by commas. */
static void clause(struct text_builder *out)
{
	if (out->length > 0)
		text_append(out, ", ");
}

/* The kernel counts the peer's FIN as a byte that waits to be read. */
static bool has_peers_fin(enum socket_state state)
{
	return state == SOCKET_CLOSE_WAIT || state == SOCKET_LAST_ACK || state == SOCKET_CLOSING;
}

/* And an own FIN or SYN that is not acknowledged, as one to be sent. */
static bool has_own_flag(enum socket_state state)
{
	return state == SOCKET_SYN_SENT || state == SOCKET_FIN_WAIT1 || state == SOCKET_LAST_ACK ||
	       state == SOCKET_CLOSING;
}

static void append_queues(struct text_builder *out, const struct diag_socket *socket)
{
	uint32_t unread = socket->receive_queue;
	uint32_t unacked = socket->send_queue;
	bool end_unread = has_peers_fin(socket->state) && unread > 0;

	if (socket->state == SOCKET_LISTEN) {
		text_append_format(out, "%" PRIu32 " of %" PRIu32 " waiting", unread, unacked);
		return;
	}
	if (end_unread)
		unread--;
	if (has_own_flag(socket->state) && unacked > 0)
		unacked--;
	if (unread > 0) {
		clause(out);
		readable_bytes(out, unread);
		text_append(out, end_unread ? " and the end unread" : " unread");
	} else if (end_unread) {
		clause(out);
		text_append(out, "the end unread");
	}
	if (unacked > 0) {
		clause(out);
		readable_bytes(out, unacked);
		text_append(out, " unacknowledged");
	}
}

static void append_duration_ms(struct text_builder *out, uint32_t ms)
{
	/* Of long times nobody wants the last digits. */
	if (ms >= 10 * MS_PER_S)
		ms -= ms % (uint32_t)MS_PER_S;
	else if (ms >= MS_PER_S)
		ms -= ms % 100;
	readable_duration(out, (int64_t)ms * (int64_t)NS_PER_MS);
}

static void append_due(struct text_builder *out, const char *what, uint32_t ms)
{
	text_append(out, what);
	if (ms == 0) {
		text_append(out, " now");
		return;
	}
	text_append(out, " in ");
	append_duration_ms(out, ms);
}

static void append_tries(struct text_builder *out, uint8_t tries, const char *what)
{
	if (tries > 0)
		text_append_format(out, ", %s %u time%s", what, tries, tries > 1 ? "s" : "");
}

static void append_timer(struct text_builder *out, const struct diag_socket *socket)
{
	if (socket->timer == SOCKET_TIMER_NONE)
		return;
	clause(out);
	switch (socket->timer) {
	case SOCKET_TIMER_RETRANSMIT:
		append_due(out, "sends again", socket->timer_ms);
		append_tries(out, socket->tries, "tried");
		break;
	case SOCKET_TIMER_KEEP_ALIVE:
		append_due(out, socket->state == SOCKET_FIN_WAIT2 ? "given up" : "keep-alive",
			   socket->timer_ms);
		append_tries(out, socket->tries, "unanswered");
		break;
	case SOCKET_TIMER_TIME_WAIT:
		append_duration_ms(out, socket->timer_ms);
		text_append(out, " left");
		break;
	case SOCKET_TIMER_PROBE:
		append_due(out, "window closed, asks", socket->timer_ms);
		append_tries(out, socket->tries, "asked");
		break;
	case SOCKET_TIMER_NONE:
		break;
	}
}

/* False: bound to none, or to one that is gone. */
static bool interface_name(const struct diag_socket *socket, char out[IF_NAMESIZE])
{
	return socket->interface > 0 && if_indextoname(socket->interface, out);
}

void states_doing_text(struct text_builder *out, const struct diag_socket *socket)
{
	char name[IF_NAMESIZE];

	append_queues(out, socket);
	append_timer(out, socket);
	if (interface_name(socket, name)) {
		clause(out);
		text_append(out, "only on ");
		text_append_harmless(out, name, strlen(name));
	}
}

static void append_us(struct text_builder *out, const char *what, uint32_t us)
{
	clause(out);
	text_append(out, what);
	readable_duration(out, (int64_t)us * NS_PER_US);
}

static void append_number(struct text_builder *out, const char *before, uint64_t number,
			  const char *behind)
{
	clause(out);
	text_append_format(out, "%s%" PRIu64 "%s", before, number, behind);
}

/* Those that are 0 while all is well are told only when they are not. */
static void append_trouble(struct text_builder *out, const struct socket_info *info)
{
	if (info->unacked > 0)
		append_number(out, "", info->unacked, " in flight");
	if (info->sacked > 0)
		append_number(out, "", info->sacked, " sacked");
	if (info->lost > 0)
		append_number(out, "", info->lost, " lost");
	if (info->total_retrans > 0)
		append_number(out, "", info->total_retrans, " sent again");
	if (info->backoff > 0)
		append_number(out, "timeout doubled ", info->backoff, "x");
	if (info->has_min_rtt && info->not_sent_bytes > 0)
		append_number(out, "", info->not_sent_bytes, " bytes not sent yet");
}

static void append_traffic(struct text_builder *out, const struct diag_socket *socket)
{
	const struct socket_info *info = &socket->info;
	uint64_t received = info->bytes_received;

	if (has_peers_fin(socket->state) && received > 0)
		received--;
	if (info->has_sent && info->bytes_sent >= info->bytes_sent_again) {
		clause(out);
		readable_bytes(out, info->bytes_sent - info->bytes_sent_again);
		text_append(out, " out");
	}
	if (info->has_traffic) {
		clause(out);
		readable_bytes(out, received);
		text_append(out, " in");
	}
}

void states_info_text(struct text_builder *out, const struct diag_socket *socket)
{
	const struct socket_info *info = &socket->info;

	if (info->rtt_us > 0) {
		append_us(out, "rtt ", info->rtt_us);
		text_append(out, " \xc2\xb1 "); /* plus-minus */
		readable_duration(out, (int64_t)info->rttvar_us * NS_PER_US);
	}
	append_us(out, "rto ", info->rto_us);
	append_number(out, "cwnd ", info->cwnd, "");
	if (info->ssthresh < SOCKET_SSTHRESH_NONE)
		append_number(out, "ssthresh ", info->ssthresh, "");
	append_number(out, "mss ", info->snd_mss, "");
	if (info->has_window)
		append_number(out, "peer's window ", info->send_window, "");
	append_trouble(out, info);
	append_traffic(out, socket);
	if (socket->congestion[0]) {
		clause(out);
		text_append_harmless(out, socket->congestion, strlen(socket->congestion));
	}
}

static void json_end(struct json_writer *json, const char *name, const struct ip_address *address,
		     uint16_t port)
{
	char text[IP_ENDPOINT_TEXT_BYTES];

	(void)ip_endpoint_text(address, port, text);
	json_name(json, name);
	json_string(json, text);
}

static void json_timer(struct json_writer *json, const struct diag_socket *socket)
{
	static const char *const kinds[] = { [SOCKET_TIMER_RETRANSMIT] = "retransmit",
					     [SOCKET_TIMER_KEEP_ALIVE] = "keep-alive",
					     [SOCKET_TIMER_TIME_WAIT] = "time-wait",
					     [SOCKET_TIMER_PROBE] = "window-probe" };

	if (socket->timer == SOCKET_TIMER_NONE)
		return;
	json_name(json, "timer");
	json_begin_object(json);
	json_name(json, "kind");
	json_string(json, kinds[socket->timer]);
	json_member_seconds(json, "seconds", socket->timer_ms * NS_PER_MS);
	json_member_unsigned(json, "tries", socket->tries);
	json_end_object(json);
}

static void json_holder(struct json_writer *json, const struct states_sample *sample,
			const struct diag_socket *socket)
{
	struct states_holder holder = states_holder_of(sample, socket);

	json_name(json, "holder");
	json_string(json, states_holder_word(holder.kind));
	if (holder.kind != STATES_HELD)
		return;
	json_name(json, "program");
	json_string(json, holder.owner.program);
	json_member_unsigned(json, "pid", (uint64_t)holder.owner.pid);
}

static void json_info(struct json_writer *json, const struct diag_socket *socket)
{
	const struct socket_info *info = &socket->info;

	json_name(json, "info");
	json_begin_object(json);
	json_member_seconds(json, "rtt", info->rtt_us * (uint64_t)NS_PER_US);
	json_member_seconds(json, "rttvar", info->rttvar_us * (uint64_t)NS_PER_US);
	if (info->has_min_rtt)
		json_member_seconds(json, "min_rtt", info->min_rtt_us * (uint64_t)NS_PER_US);
	json_member_seconds(json, "rto", info->rto_us * (uint64_t)NS_PER_US);
	json_member_unsigned(json, "cwnd", info->cwnd);
	if (info->ssthresh < SOCKET_SSTHRESH_NONE)
		json_member_unsigned(json, "ssthresh", info->ssthresh);
	json_member_unsigned(json, "snd_mss", info->snd_mss);
	json_member_unsigned(json, "rcv_mss", info->rcv_mss);
	json_member_unsigned(json, "pmtu", info->pmtu);
	json_member_unsigned(json, "unacked", info->unacked);
	json_member_unsigned(json, "sacked", info->sacked);
	json_member_unsigned(json, "lost", info->lost);
	json_member_unsigned(json, "retrans", info->retrans);
	json_member_unsigned(json, "total_retrans", info->total_retrans);
	json_member_seconds(json, "last_sent", info->last_sent_ms * NS_PER_MS);
	json_member_seconds(json, "last_received", info->last_received_ms * NS_PER_MS);
	json_member_seconds(json, "last_ack", info->last_ack_ms * NS_PER_MS);
	if (info->has_traffic) {
		json_member_unsigned(json, "bytes_acked", info->bytes_acked);
		json_member_unsigned(json, "bytes_received", info->bytes_received);
		json_member_unsigned(json, "segments_out", info->segments_out);
		json_member_unsigned(json, "segments_in", info->segments_in);
	}
	if (info->has_sent) {
		json_member_unsigned(json, "bytes_sent", info->bytes_sent);
		json_member_unsigned(json, "bytes_sent_again", info->bytes_sent_again);
	}
	if (info->has_min_rtt)
		json_member_unsigned(json, "not_sent", info->not_sent_bytes);
	if (info->has_window)
		json_member_unsigned(json, "send_window", info->send_window);
	if (socket->congestion[0]) {
		json_name(json, "congestion");
		json_string(json, socket->congestion);
	}
	json_end_object(json);
}

void states_socket_json(struct text_builder *out, const struct states_sample *sample,
			const struct diag_socket *socket, bool info)
{
	struct json_writer json = json_writer_on(out);
	bool listens = socket->state == SOCKET_LISTEN;
	char name[IF_NAMESIZE];

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "socket");
	json_name(&json, "state");
	json_string(&json, tcp_state_name(states_of(socket->state)));
	json_end(&json, "local", &socket->local, socket->local_port);
	if (socket->remote_port > 0)
		json_end(&json, "peer", &socket->remote, socket->remote_port);
	json_member_unsigned(&json, listens ? "waiting" : "receive_queue", socket->receive_queue);
	json_member_unsigned(&json, listens ? "waiting_max" : "send_queue", socket->send_queue);
	json_timer(&json, socket);
	json_holder(&json, sample, socket);
	json_member_unsigned(&json, "uid", socket->uid);
	json_member_unsigned(&json, "inode", socket->inode);
	if (interface_name(socket, name)) {
		json_name(&json, "interface");
		json_string(&json, name);
	}
	if (info && socket->has_info)
		json_info(&json, socket);
	json_end_object(&json);
	text_append(out, "\n");
}
