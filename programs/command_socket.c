/* wiretale socket: a bare TCP peer, to see what the calls of the socket API do. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error_name.h"
#include "net/address.h"
#include "programs/one_shot.h"
#include "programs/socket_session.h"

/* Addresses of a place. 0: a sentence was printed. */
static size_t resolve(const struct socket_place *place, bool listens,
		      struct net_address out[NET_ADDRESSES_MAX])
{
	const char *anywhere = listens ? "0.0.0.0" : "127.0.0.1";
	const char *host = place->host[0] ? place->host : anywhere;
	const char *problem = "";
	size_t count = net_resolve(host, place->port, out, &problem);

	if (count == 0)
		one_shot_complain("socket: no address for %s: %s.", host, problem);
	return count;
}

/* What a person can do about it: "" or a sentence with a blank before it. */
static const char *advice(int error, const char *call, bool listens)
{
	bool binding = strcmp(call, "bind") == 0;

	switch (error) {
	case EADDRINUSE:
		return binding || listens
			       ? " Another program has that port, or an old connection of it is "
				 "still in TIME_WAIT: end the program (ss -ltnp shows it), take "
				 "another port, or try --reuse."
			       : " This pair of ports is still in use, perhaps in TIME_WAIT: wait "
				 "a "
				 "minute, or take another port.";
	case EADDRNOTAVAIL:
		return binding ? " No interface of this machine has that address (ip address shows "
				 "them); 0.0.0.0 is all of them."
			       : "";
	case EACCES:
	case EPERM:
		return binding ? " Ports below 1024 are for root: take a higher one."
			       : " A firewall of this machine forbids it.";
	case ECONNREFUSED:
		return " An RST came back, as where nobody listens at that port (some firewalls "
		       "answer so too). Start the server first, or mend the port.";
	case ECONNRESET:
		return " The other side ended the handshake with RST.";
	case ETIMEDOUT:
		return " No answer came to any SYN: the address is wrong, the machine is off, or a "
		       "firewall drops the segments.";
	case EHOSTUNREACH:
	case ENETUNREACH:
		return " There is no way there, or a firewall says so: look at the address, the "
		       "cable, and the routes (ip route).";
	case EINVAL:
		return strcmp(call, "connect") == 0
			       ? " From a loopback address one reaches loopback addresses only."
			       : "";
	case EAFNOSUPPORT:
		return " Both ends must be IPv4, or both IPv6, and this machine must have it.";
	default:
		return "";
	}
}

static enum exit_status status_of(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
	case EAFNOSUPPORT:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return EXIT_ENVIRONMENT;
	default:
		return EXIT_NOT_DONE;
	}
}

static enum exit_status complain(const struct socket_options *options, int error, const char *call)
{
	const char *name = error_name(error);
	const char *what = options->listens ? "cannot listen at" : "cannot connect to";

	one_shot_complain("socket: %s %s: %s: %s%s%s%s.%s", what, options->target, call,
			  strerror(error), name ? " (" : "", name ? name : "", name ? ")" : "",
			  advice(error, call, options->listens));
	return status_of(error);
}

static void open_wire(struct socket_session *session)
{
	session->wire = wire_view_open("socket", session->options->at.port);
	if (session->options->json)
		wire_view_use_json(session->wire);
}

/* Listens or connects. DONE: it is open. */
static enum exit_status open_peer(struct socket_session *session)
{
	const struct socket_options *options = session->options;
	struct net_address addresses[NET_ADDRESSES_MAX];
	struct net_address from[NET_ADDRESSES_MAX];
	const char *call = "";
	size_t count = resolve(&options->at, options->listens, addresses);
	bool wire_is_late;
	int result;

	if (count == 0)
		return EXIT_NOT_DONE;
	if (options->has_from && resolve(&options->from, true, from) == 0)
		return EXIT_NOT_DONE;
	/* It gives privileges up, which such a port needs. */
	wire_is_late = options->listens && options->at.port > 0 && options->at.port < 1024;
	if (options->wire && !wire_is_late)
		open_wire(session);
	if (options->listens)
		result = socket_peer_listen(&session->peer, addresses, count, &call);
	else
		result = socket_peer_connect(&session->peer, addresses, count,
					     options->has_from ? from : NULL, &call);
	if (result < 0)
		return complain(options, -result, call);
	if (options->wire && wire_is_late)
		open_wire(session);
	return EXIT_DONE;
}

static enum exit_status run(const struct command *self, int argc, char **argv)
{
	enum exit_status status = EXIT_USAGE;
	struct socket_options options;
	struct socket_session session;
	bool judged; /* by what became of its one connection */

	if (!socket_options_read(self, argc, argv, &options, &status))
		return status;
	if (!socket_session_init(&session, &options)) {
		one_shot_complain("socket: there is no memory for it.");
		status = EXIT_ENVIRONMENT;
		goto finish;
	}
	status = open_peer(&session);
	if (status != EXIT_DONE)
		goto finish;
	socket_session_run(&session);
	/* A listener with many clients has done its work, whatever became of one of them. */
	judged = !options.listens || options.plan.once;
	if (session.failed || session.output_failed ||
	    (judged && (socket_peer_failed(&session.peer) || session.peer.last_number == 0)))
		status = EXIT_NOT_DONE;

finish:
	wire_view_close(session.wire);
	socket_session_finish(&session);
	socket_options_finish(&options);
	return status;
}

const struct command command_socket = {
	.name = "socket",
	.summary = "a bare TCP peer: listen or connect, and see each socket call",
	.usage = "listen ADDR:PORT [OPTION]...\nconnect ADDR:PORT [OPTION]...",
	.about = "One end of a TCP connection, on the plain socket API, for experiments: with "
		 "another of these, with your own program, or with any server. What you type is "
		 "sent, what comes is shown. In a pipe it is exact: standard input goes to the "
		 "peer and what the peer sends to standard output, byte for byte; sentences go to "
		 "standard error.\n\n"
		 "ADDR is an address or a name, IPv6 in brackets; :PORT or PORT alone is every "
		 "IPv4 address of this machine for listen, and 127.0.0.1 for connect. Port 0 asks "
		 "the kernel for one.",
	.options = socket_option_table,
	.notes =
		"Where a person types, a line goes to the peer, or to all clients; @2 TEXT goes "
		"to client 2. Commands begin with a slash: /list, /close [N], /half [N], "
		"/reset [N], /say TEXT, /hex BYTES, /help, /quit.\n\n"
		"A listener serves at most 512 clients at a time. What cannot be sent yet is kept, "
		"256 KiB for each; where that is full, a pipe is not read further.\n\n"
		"--calls leaves out poll(), with which it waits: a call that would block is not "
		"made.",
	.examples =
		"wiretale socket listen 8888 --calls  # and in another window:\n"
		"wiretale socket connect 127.0.0.1:8888 --calls\n"
		"wiretale socket listen 1234 --serial --pad 100 --until bye  # 0hello, 1again\n"
		"wiretale socket listen 8888 --accept-after 10s  # connect() succeeds before "
		"accept()\n"
		"wiretale socket listen 8888 --keep-open --echo  # a server that forgets close()\n"
		"wiretale socket connect 127.0.0.1:8888 --say get --linger 0 --close-after 1s  # "
		"RST\n"
		"printf 'get' | wiretale socket connect 127.0.0.1:60000 --half-close",
	.statuses = "0 it ended in order; 1 nobody there, reset, lost, silent for --timeout, or "
		    "ended before --until or --count; 2 wrong usage; 3 this machine lacks "
		    "something.",
	.operands = VALUE_WORDS,
	.operand_words = "listen connect",
	.run = run,
};
