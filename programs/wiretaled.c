/* wiretaled: the relay server. Options, signals and the log; the rest is src/relay_server. */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/decimal.h"
#include "net/address.h"
#include "programs/complaint.h"
#include "programs/relay_log.h"
#include "programs/standard_streams.h"
#include "programs/version.h"
#include "programs/wiretaled_options.h"
#include "relay_protocol/message.h"
#include "relay_server/relay_server.h"

/* Descriptors that are not clients: listeners, loops, logs, and some to refuse with. */
#define RESERVED_DESCRIPTORS 64u
#define DESCRIPTORS_PER_WORKER 2u /* its epoll loop, and what wakes it */

struct wiretaled {
	struct relay_server_config config;
	struct relay_listener_config listeners[RELAY_LISTENERS_MAX];
	size_t listener_count;
	bool default_listeners; /* --listen was not given */
	bool max_clients_given;
	enum relay_log_level level;
	char host_name[RELAY_NAME_MAX_BYTES + 1];
};

/* A wrong value; the sentence is made harmless, whatever was put into it. */
__attribute__((format(printf, 1, 2))) static int usage_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)complaint_usage_in_full(&wiretaled_command, format, arguments);
	va_end(arguments);
	return EXIT_USAGE;
}

static bool parse_number(const char *text, uint32_t low, uint32_t high, uint32_t *out)
{
	uint64_t value;

	if (!decimal_parse(text, low, high, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

static int add_listeners(struct wiretaled *daemon, const char *text, bool classic)
{
	struct net_address found[NET_ADDRESSES_MAX];
	static const char *const everywhere[] = { "0.0.0.0", "::" };
	char host[NET_HOST_MAX_BYTES];
	const char *problem = "it has no port";
	uint16_t port = 0;
	size_t count = 0;

	/* Several colons without brackets: where does the port begin? */
	if (text[0] != '[' && strchr(text, ':') != strrchr(text, ':'))
		return usage_error("'%s': write an IPv6 address as [ADDRESS]:PORT.", text);
	if (!strchr(text, ':') ||
	    !net_host_port_parse(text, RELAY_DEFAULT_PORT, host, &port, &problem))
		return usage_error("'%s' is no ADDR:PORT: %s.", text, problem);
	if (host[0] == '\0') {
		for (size_t i = 0; i < 2; i++)
			count += net_resolve(everywhere[i], port, found + count, &problem);
	} else {
		count = net_resolve(host, port, found, &problem);
	}
	if (count == 0) {
		(void)fprintf(stderr, "wiretaled: cannot listen on %s: %s.\n", text, problem);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < count; i++) {
		if (daemon->listener_count == RELAY_LISTENERS_MAX)
			return usage_error("more than %u addresses to listen on.",
					   RELAY_LISTENERS_MAX);
		daemon->listeners[daemon->listener_count++] =
			(struct relay_listener_config){ .address = found[i], .classic = classic };
	}
	return 0;
}

static bool parse_keepalive(const char *text, uint32_t *out)
{
	double seconds;
	char *end;

	if (strcmp(text, "off") == 0) {
		*out = 0;
		return true;
	}
	if ((*text < '0' || *text > '9') && *text != '.')
		return false;
	seconds = strtod(text, &end);
	if (*end != '\0' || !(seconds >= 0.1) || seconds > 86400)
		return false;
	*out = (uint32_t)(seconds * 1000);
	return true;
}

static bool parse_count_or_unlimited(const char *text, uint32_t high, uint32_t *out)
{
	if (strcmp(text, "unlimited") != 0)
		return parse_number(text, 1, high, out);
	*out = 0;
	return true;
}

static int take_limit(struct wiretaled *daemon, int code, const char *value)
{
	struct relay_server_config *config = &daemon->config;

	switch (code) {
	case WIRETALED_WORKERS:
		if (!parse_number(value, 1, RELAY_WORKERS_MAX, &config->workers))
			return usage_error("--workers takes a number from 1 to 64, not '%s'.",
					   value);
		break;
	case WIRETALED_GROUP:
		if (!parse_number(value, 1, RELAY_GROUP_MAX, &config->group))
			return usage_error("--group takes a number from 1 to 65536, not '%s'.",
					   value);
		break;
	case WIRETALED_MAX_CLIENTS:
		if (!parse_number(value, 1, 10000000, &config->max_clients))
			return usage_error(
				"--max-clients takes a number from 1 to 10000000, not '%s'.",
				value);
		daemon->max_clients_given = true;
		break;
	case WIRETALED_MAX_PER_ADDRESS:
		if (!parse_count_or_unlimited(value, 10000000, &config->max_per_address))
			return usage_error("--max-per-address takes a number from 1, or "
					   "'unlimited', not '%s'.",
					   value);
		break;
	case WIRETALED_MAX_BODY:
		if (!parse_number(value, RELAY_BODY_MIN_BYTES, RELAY_BODY_MAX_BYTES,
				  &config->max_body_bytes))
			return usage_error("--max-body takes 1024 to 1048576 bytes, not '%s'.",
					   value);
		break;
	case WIRETALED_RATE:
		if (!parse_count_or_unlimited(value, 4000000, &config->rate))
			return usage_error("--rate takes a number from 1 to 4000000, or "
					   "'unlimited', not '%s'.",
					   value);
		break;
	default:
		assert(false && "a row of the table that nobody takes");
		break;
	}
	return 0;
}

static int take_option(struct wiretaled *daemon, int code, const char *value)
{
	switch (code) {
	case WIRETALED_LISTEN:
		daemon->default_listeners = false;
		return add_listeners(daemon, value, false);
	case WIRETALED_CLASSIC:
		return add_listeners(daemon, value, true);
	case WIRETALED_NAME:
		if (!relay_name_is_valid((const uint8_t *)value, strlen(value)))
			return usage_error("a name is 1 to 64 bytes of UTF-8 without control "
					   "characters.");
		daemon->config.name = value;
		return 0;
	case WIRETALED_KEEPALIVE:
		if (!parse_keepalive(value, &daemon->config.keepalive_ms))
			return usage_error("--keepalive takes seconds from 0.1 to 86400, or 'off', "
					   "not '%s'.",
					   value);
		return 0;
	case WIRETALED_LOG:
		if (!relay_log_level_parse(value, &daemon->level))
			return usage_error("--log takes error, warn, notice, info or debug, not "
					   "'%s'.",
					   value);
		return 0;
	default:
		return take_limit(daemon, code, value);
	}
}

/* Returns -1 to go on, or the exit status. */
static int parse_options(struct wiretaled *daemon, int argc, char **argv)
{
	struct option_reader reader;
	int key;

	option_reader_begin(&reader, &wiretaled_command, argc, argv);
	while ((key = option_reader_next(&reader)) > OPTION_END) {
		int status;

		if (key == WIRETALED_VERSION) {
			(void)puts("wiretaled " WIRETALE_VERSION);
			return EXIT_DONE;
		}
		status = take_option(daemon, key, reader.value);
		if (status != 0)
			return status;
	}
	if (key == OPTION_OVER)
		return reader.status;
	if (reader.operand_count > 0)
		return usage_error("'%s' is not an option.", reader.operands[0]);
	return -1;
}

static void set_defaults(struct wiretaled *daemon)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t length;

	*daemon = (struct wiretaled){
		.config = {
			.workers = processors < 1 ? 1 : (unsigned)processors,
			.group = RELAY_GROUP_DEFAULT,
			.max_per_address = 32,
			.max_body_bytes = RELAY_BODY_DEFAULT_BYTES,
			.keepalive_ms = 30000,
		},
		.default_listeners = true,
		.level = RELAY_LOG_INFO,
	};
	if (daemon->config.workers > RELAY_WORKERS_MAX)
		daemon->config.workers = RELAY_WORKERS_MAX;
	(void)gethostname(daemon->host_name, sizeof(daemon->host_name) - 1);
	length = strlen(daemon->host_name);
	daemon->config.name = relay_name_is_valid((const uint8_t *)daemon->host_name, length)
				      ? daemon->host_name
				      : "wiretaled";
}

/* Raises the descriptor limit as far as it goes, and bounds the clients by it. */
static int fit_descriptors(struct wiretaled *daemon)
{
	const uint32_t reserved =
		RESERVED_DESCRIPTORS + DESCRIPTORS_PER_WORKER * daemon->config.workers;
	struct rlimit limit = { .rlim_cur = 1024, .rlim_max = 1024 };
	uint32_t room;

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur <= reserved) {
		(void)fprintf(stderr,
			      "wiretaled: only %llu descriptors are allowed, and %u are needed "
			      "before the first client. Raise the limit: ulimit -n 1024.\n",
			      (unsigned long long)limit.rlim_cur, reserved);
		return EXIT_ENVIRONMENT;
	}
	room = limit.rlim_cur > 10000000 ? 10000000 : (uint32_t)limit.rlim_cur;
	room -= reserved;
	if (!daemon->max_clients_given) {
		daemon->config.max_clients = room;
	} else if (daemon->config.max_clients > room) {
		(void)fprintf(stderr,
			      "wiretaled: --max-clients %u needs more descriptors than the %llu "
			      "allowed; up to about %u clients will fit. Raise the hard limit "
			      "(ulimit -Hn) for more.\n",
			      daemon->config.max_clients, (unsigned long long)limit.rlim_cur, room);
	}
	return -1;
}

static int open_server(struct wiretaled *daemon, struct relay_server **server)
{
	char text[NET_ADDRESS_TEXT_BYTES];
	size_t failed;
	int result;

	for (;;) {
		result = relay_server_create(&daemon->config, daemon->listeners,
					     daemon->listener_count, server, &failed);
		if (result == 0)
			return -1;
		/* A machine without IPv6 still has a loopback. */
		if (daemon->default_listeners && failed == daemon->listener_count - 1 &&
		    failed > 0 && (result == -EADDRNOTAVAIL || result == -EAFNOSUPPORT)) {
			daemon->listener_count--;
			continue;
		}
		break;
	}
	if (failed < daemon->listener_count) {
		net_address_text(&daemon->listeners[failed].address, text);
		(void)fprintf(stderr, "wiretaled: cannot listen on %s: %s.%s\n", text,
			      strerror(-result),
			      result == -EADDRINUSE ? " Another program has that port: stop it, or "
						      "choose another with --listen ADDR:PORT."
						    : "");
		return EXIT_FAILURE;
	}
	(void)fprintf(stderr, "wiretaled: cannot start: %s.\n", strerror(-result));
	return EXIT_ENVIRONMENT;
}

static void say_listening(const struct wiretaled *daemon, const struct relay_server *server)
{
	for (size_t i = 0; i < daemon->listener_count; i++) {
		char text[NET_ADDRESS_TEXT_BYTES];
		struct net_address address;

		relay_server_address(server, i, &address);
		net_address_text(&address, text);
		(void)fprintf(stderr, "wiretaled: listening on %s%s\n", text,
			      daemon->listeners[i].classic ? " (classic)" : "");
	}
}

/* q and Enter; an end of input, or a terminal that is not ours now, is no word to stop. */
static bool asked_to_quit(struct pollfd *terminal)
{
	char line[256];
	ssize_t length = read(terminal->fd, line, sizeof(line));

	if (length <= 0)
		terminal->fd = -1;
	return length > 0 && (line[0] == 'q' || line[0] == 'Q') && (length == 1 || line[1] == '\n');
}

static void wait_for_the_end(int signal_fd)
{
	struct pollfd waits[2] = {
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = isatty(STDIN_FILENO) ? STDIN_FILENO : -1, .events = POLLIN },
	};

	for (;;) {
		if (poll(waits, 2, -1) < 0)
			continue;
		if (waits[0].revents != 0)
			return;
		if (waits[1].revents != 0 && asked_to_quit(&waits[1]))
			return;
	}
}

/* The first signal has done its work; the next one ends the process as signals do. */
static void use_up_signal(int signal_fd)
{
	struct pollfd waiting = { .fd = signal_fd, .events = POLLIN };
	struct signalfd_siginfo first;

	if (poll(&waiting, 1, 0) > 0)
		(void)!read(signal_fd, &first, sizeof(first));
}

static int serve(struct wiretaled *daemon, struct relay_server *server, const sigset_t *ends)
{
	int signal_fd = signalfd(-1, ends, SFD_CLOEXEC);
	int result = signal_fd < 0 ? -errno : relay_server_start(server);

	if (result < 0) {
		(void)fprintf(stderr, "wiretaled: cannot start: %s.\n", strerror(-result));
		return EXIT_ENVIRONMENT;
	}
	say_listening(daemon, server);
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && daemon->level >= RELAY_LOG_NOTICE)
		(void)fprintf(stderr, "wiretaled: q and Enter stop it\n");
	wait_for_the_end(signal_fd);
	use_up_signal(signal_fd);
	(void)pthread_sigmask(SIG_UNBLOCK, ends, NULL);
	if (daemon->level >= RELAY_LOG_NOTICE)
		relay_log_say(daemon->config.event_context, "stopping");
	relay_server_stop(server);
	relay_server_join(server);
	(void)close(signal_fd);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct relay_server *server = NULL;
	struct wiretaled daemon;
	struct relay_log *log;
	sigset_t ends;
	int status;

	if (!standard_streams_keep_places())
		return EXIT_ENVIRONMENT;
	set_defaults(&daemon);
	status = parse_options(&daemon, argc, argv);
	if (status < 0 && daemon.default_listeners) {
		status = add_listeners(&daemon, "127.0.0.1:2312", false);
		if (status == 0)
			status = add_listeners(&daemon, "[::1]:2312", false);
		status = status == 0 ? -1 : status;
	}
	if (status < 0)
		status = fit_descriptors(&daemon);
	if (status >= 0)
		return status;

	/* Before the first thread, which inherits it. */
	(void)sigemptyset(&ends);
	(void)sigaddset(&ends, SIGTERM);
	(void)sigaddset(&ends, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &ends, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGTTIN, SIG_IGN);

	log = relay_log_create();
	if (!log) {
		(void)fprintf(stderr, "wiretaled: cannot start: out of memory.\n");
		return EXIT_ENVIRONMENT;
	}
	daemon.config.event = relay_log_event;
	daemon.config.event_context = log;
	daemon.config.event_mask = relay_log_event_mask(daemon.level);
	status = open_server(&daemon, &server);
	if (status < 0)
		status = serve(&daemon, server, &ends);
	relay_server_destroy(server);
	relay_log_destroy(log);
	return status;
}
