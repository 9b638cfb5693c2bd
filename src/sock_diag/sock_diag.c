#include "sock_diag/sock_diag.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "sock_diag/diag_message.h"

#define RECEIVE_BYTES 32768u /* the most that the kernel puts into one part of a dump */
#define PATIENCE_S 10        /* it answers at once; only a broken one lets us wait */

struct sock_diag {
	struct mnl_socket *netlink; /* owned */
	uint32_t sequence;          /* of the last request */
	_Alignas(struct nlmsghdr) uint8_t received[RECEIVE_BYTES];
};

static int wrap(struct mnl_socket *netlink, struct sock_diag **out)
{
	static const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct sock_diag *diag = calloc(1, sizeof(*diag));

	if (!diag)
		return -ENOMEM;
	(void)setsockopt(mnl_socket_get_fd(netlink), SOL_SOCKET, SO_RCVTIMEO, &patience,
			 sizeof(patience));
	diag->netlink = netlink;
	*out = diag;
	return 0;
}

bool sock_diag_is_built(void)
{
	return true;
}

int sock_diag_open(struct sock_diag **out)
{
	struct mnl_socket *netlink = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	int result;

	if (!netlink)
		return -errno;
	if (mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0) {
		result = -errno;
		goto close_netlink;
	}
	result = wrap(netlink, out);
	if (result < 0)
		goto close_netlink;
	return 0;

close_netlink:
	(void)mnl_socket_close(netlink);
	return result;
}

/* mnl_socket_close() would close what is the caller's when this fails: none of that after fdopen.
 */
int sock_diag_adopt(int fd, struct sock_diag **out)
{
	struct mnl_socket *netlink = mnl_socket_fdopen(fd);
	int result;

	if (!netlink)
		return -errno;
	result = wrap(netlink, out);
	if (result < 0)
		free(netlink);
	return result;
}

void sock_diag_close(struct sock_diag *diag)
{
	if (!diag)
		return;
	(void)mnl_socket_close(diag->netlink);
	free(diag);
}

int sock_diag_fd(const struct sock_diag *diag)
{
	return mnl_socket_get_fd(diag->netlink);
}

/* On success *reader waits for the answer's first bytes. */
static int ask(struct sock_diag *diag, struct diag_request *request, struct diag_reader *reader)
{
	uint8_t bytes[DIAG_REQUEST_BYTES];
	ssize_t sent;
	size_t length;

	request->sequence = ++diag->sequence;
	length = diag_request_write(request, bytes);
	do {
		sent = mnl_socket_sendto(diag->netlink, bytes, length);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	*reader = (struct diag_reader){ .sequence = request->sequence };
	return 0;
}

static int receive(struct sock_diag *diag, struct diag_reader *reader)
{
	ssize_t length;

	do {
		length = mnl_socket_recvfrom(diag->netlink, diag->received, RECEIVE_BYTES);
	} while (length < 0 && errno == EINTR);
	if (length < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (length == 0)
		return -EPROTO;
	reader->bytes = diag->received;
	reader->length = (size_t)length;
	return 0;
}

/* The next answer that says something, whatever it takes to get it. */
static int next_answer(struct sock_diag *diag, struct diag_reader *reader, enum diag_answer *answer,
		       struct diag_socket *socket)
{
	for (;;) {
		int result;

		*answer = diag_reader_next(reader, socket);
		if (*answer == DIAG_MALFORMED)
			return -EPROTO;
		if (*answer != DIAG_NOTHING_LEFT)
			return 0;
		result = receive(diag, reader);
		if (result < 0)
			return result;
	}
}

/* Sets notes->changed, and never clears it. */
static int dump_family(struct sock_diag *diag, uint8_t family,
		       const struct sock_diag_question *question,
		       const struct sock_diag_taker *taker, struct sock_diag_notes *notes)
{
	struct diag_request request = { .family = family,
					.wants_info = question->wants_info,
					.states = question->states };
	struct diag_socket socket;
	struct diag_reader reader = { .sequence = 0 };
	enum diag_answer answer = DIAG_NOT_MEANT;
	int result = ask(diag, &request, &reader);

	while (result == 0 && answer != DIAG_END && answer != DIAG_ERROR) {
		result = next_answer(diag, &reader, &answer, &socket);
		if (result < 0)
			return result;
		if (answer == DIAG_SOCKET)
			taker->take(taker->context, &socket);
		else if (answer == DIAG_UNKNOWN)
			notes->skipped++;
	}
	if (result < 0)
		return result;
	notes->changed = notes->changed || reader.interrupted;
	return reader.error;
}

static int dump_once(struct sock_diag *diag, const struct sock_diag_question *question,
		     const struct sock_diag_taker *taker, struct sock_diag_notes *notes)
{
	int result = dump_family(diag, AF_INET, question, taker, notes);

	if (result < 0)
		return result;
	result = dump_family(diag, AF_INET6, question, taker, notes);
	/* A kernel without IPv6 has no such sockets. */
	return result == -ENOENT ? 0 : result;
}

int sock_diag_dump(struct sock_diag *diag, const struct sock_diag_question *question,
		   const struct sock_diag_taker *taker, struct sock_diag_notes *notes)
{
	struct sock_diag_notes told = { .changed = true };

	while (told.changed && told.dumps < SOCK_DIAG_DUMPS_MAX) {
		int result;

		told.dumps++;
		told.changed = false;
		told.skipped = 0;
		taker->begin(taker->context);
		result = dump_once(diag, question, taker, &told);
		if (result == -EINTR) /* as kernels also say that a dump was disturbed */
			told.changed = true;
		else if (result < 0)
			return result;
	}
	*notes = told;
	return 0;
}

static bool has_ends(const struct diag_socket *socket, const struct sock_diag_ends *ends)
{
	return socket->local_port == ends->local_port && socket->remote_port == ends->remote_port &&
	       memcmp(socket->local.bytes, ends->local.bytes, sizeof(ends->local.bytes)) == 0 &&
	       memcmp(socket->remote.bytes, ends->remote.bytes, sizeof(ends->remote.bytes)) == 0;
}

static struct diag_request request_for(const struct sock_diag_ends *ends)
{
	return (struct diag_request){
		.family = ends->local.version == 4 ? AF_INET : AF_INET6,
		.local = &ends->local,
		.remote = &ends->remote,
		.local_port = ends->local_port,
		.remote_port = ends->remote_port,
		.interface = ends->interface,
	};
}

int sock_diag_find_receiver(struct sock_diag *diag, const struct sock_diag_ends *ends,
			    bool wants_info, struct diag_socket *out)
{
	struct diag_request request = request_for(ends);
	enum diag_answer answer = DIAG_NOT_MEANT;
	struct diag_socket socket;
	struct diag_reader reader = { .sequence = 0 };
	int result;

	request.wants_info = wants_info;
	result = ask(diag, &request, &reader);
	while (result == 0 && answer == DIAG_NOT_MEANT)
		result = next_answer(diag, &reader, &answer, &socket);
	if (result < 0)
		return result;
	if (answer != DIAG_SOCKET)
		return reader.error < 0 ? reader.error : -EPROTO;
	if (!has_ends(&socket, ends) && socket.state != SOCKET_LISTEN)
		return -ENOENT;
	*out = socket;
	return 0;
}

int sock_diag_find(struct sock_diag *diag, const struct sock_diag_ends *ends, bool wants_info,
		   struct diag_socket *out)
{
	struct diag_socket socket;
	int result = sock_diag_find_receiver(diag, ends, wants_info, &socket);

	if (result < 0)
		return result;
	if (!has_ends(&socket, ends))
		return -ENOENT;
	*out = socket;
	return 0;
}

/* By its cookie: else, were it gone meanwhile, its listener would be killed. */
int sock_diag_destroy(struct sock_diag *diag, const struct sock_diag_ends *ends)
{
	struct diag_request request = request_for(ends);
	enum diag_answer answer = DIAG_NOT_MEANT;
	struct diag_socket socket;
	struct diag_reader reader = { .sequence = 0 };
	int result = sock_diag_find(diag, ends, false, &socket);

	if (result < 0)
		return result;
	request.cookie = socket.cookie;
	request.destroys = true;
	result = ask(diag, &request, &reader);
	while (result == 0 && answer != DIAG_ERROR)
		result = next_answer(diag, &reader, &answer, &socket);
	return result < 0 ? result : reader.error;
}
