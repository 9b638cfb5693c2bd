/*
 * history_client --server ADDRESS:PORT --log FILE ...: see history_client.h, and the README for
 * the words of the log. Commands come as lines on standard input, and how far it is goes out on
 * standard output:
 *
 *   hush    write nothing new             speak   go on with that
 *   stall   take no events any more       resume  go on with that
 *   reset   end the connection by a RST   leave   BYE, and the end
 *
 * The end of the input is the end of the runner, and of this process.
 */
#include "history/history_client.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <netinet/in.h>

#define EXIT_USAGE 2
#define COMMANDS_BYTES 256u
#define EVENTS_PER_TURN 256u /* then the commands are looked at */
#define PROGRESS_STEP 32u    /* messages that are not worth a line of progress */
#define LOOK_AGAIN_MS 20     /* at who is there, or for room in the pipe */
#define LEAVE_WITHIN_MS 8000
#define DESCRIPTORS_MAX 64
#define HISTORY_RESET_BURST 32u

static uint16_t server_port(const struct history_client *client)
{
	const char *colon = strrchr(client->options.server, ':');

	return colon ? (uint16_t)strtoul(colon + 1, NULL, 10) : 0;
}

static bool is_connected_to(int fd, uint16_t port)
{
	struct sockaddr_in peer = { 0 };
	socklen_t length = sizeof(peer);

	return getpeername(fd, (struct sockaddr *)&peer, &length) == 0 &&
	       peer.sin_family == AF_INET && ntohs(peer.sin_port) == port;
}

static bool cut(int socket_fd)
{
	static const struct sockaddr nothing = { .sa_family = AF_UNSPEC };

	/*
	 * Past the C library: ThreadSanitizer would call it a race that the library's own thread is
	 * using the socket. It is meant to be; the kernel's locks order the two.
	 */
	return syscall(SYS_connect, socket_fd, &nothing, sizeof(nothing)) == 0;
}

/*
 * The socket is the library's, which has no call for this. To connect it to nothing makes the
 * kernel send a RST and drop all that is queued either way: as a network does that loses a
 * router's memory, at whatever byte the stream is. A burst goes ahead, so that there is
 * something to lose.
 */
static void reset_connection(struct history_client *client)
{
	uint16_t port = server_port(client);
	int done = 0;

	history_ask(client, HISTORY_RESET_BURST);
	wt_process(client->wt);
	for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS_MAX; fd++) {
		if (is_connected_to(fd, port) && cut(fd))
			done++;
	}
	history_log_line(&client->log, "reset", "%d", done);
}

static void leave(struct history_client *client)
{
	struct wt_event event;

	client->leaving = true;
	history_log_line(&client->log, "leave", "-");
	history_log_flush(&client->log);
	(void)wt_disconnect(client->wt, LEAVE_WITHIN_MS);
	while (wt_poll(client->wt, 0, &event) == WT_OK)
		history_take(client, &event);
}

static void obey(struct history_client *client, const char *command)
{
	if (strcmp(command, "stall") == 0 || strcmp(command, "resume") == 0) {
		client->progress.stalled = command[0] == 's';
		history_log_line(&client->log, command, "-");
	} else if (strcmp(command, "reset") == 0) {
		reset_connection(client);
	} else if (strcmp(command, "hush") == 0 || strcmp(command, "speak") == 0) {
		client->hushed = command[0] == 'h';
		history_set_rate(client, client->options.rate);
	} else if (strcmp(command, "leave") == 0) {
		leave(client);
	} else {
		(void)fprintf(stderr, "history_client: what is '%s'?\n", command);
		exit(EXIT_FAILURE);
	}
}

/* Commands are short, and the runner writes each at once: a read holds whole lines. */
static void read_commands(struct history_client *client)
{
	char commands[COMMANDS_BYTES];
	ssize_t length = read(STDIN_FILENO, commands, sizeof(commands) - 1);
	char *rest = NULL;

	if (length < 0 && errno == EINTR)
		return;
	if (length <= 0)
		exit(EXIT_FAILURE);
	commands[length] = '\0';
	for (char *line = strtok_r(commands, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		obey(client, line);
}

static bool is_news(const struct history_client *client)
{
	const struct history_progress *now = &client->progress;
	const struct history_progress *told = &client->told;

	return now->settled - told->settled >= PROGRESS_STEP || now->timeouts != told->timeouts ||
	       now->connected != told->connected || now->stalled != told->stalled ||
	       now->quiet != told->quiet ||
	       (now->settled != told->settled && now->settled == client->options.messages);
}

/* A pipe that is full means that the runner has more to read than it wants to know. */
static void tell_progress(struct history_client *client)
{
	const struct history_progress *now = &client->progress;
	char line[96];
	int length;

	client->progress.quiet = client->hushed && now->asked == now->settled;
	if (!is_news(client))
		return;
	length = snprintf(line, sizeof(line), "%" PRIu32 " %" PRIu32 " %" PRIu32 " %d %d %d\n",
			  now->asked, now->settled, now->timeouts, now->connected, now->stalled,
			  now->quiet);
	if (write(STDOUT_FILENO, line, (size_t)length) == length)
		client->told = *now;
}

static int earlier(int a, int b)
{
	if (a < 0)
		return b;
	return b < 0 || a < b ? a : b;
}

static int wait_ms(const struct history_client *client)
{
	const struct history_progress *progress = &client->progress;
	int wait = -1;

	if (is_news(client))
		wait = LOOK_AGAIN_MS;
	if (progress->stalled)
		return wait;
	if (progress->asked < client->options.messages)
		wait = earlier(wait, earlier(LOOK_AGAIN_MS, history_pace_ms(client)));
	return earlier(wait, wt_timeout_ms(client->wt));
}

static void wait_for_something(struct history_client *client, bool more_events)
{
	struct pollfd ready[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = -1 },
	};

	history_log_flush(&client->log);
	if (!client->progress.stalled) {
		unsigned want = wt_want(client->wt);

		ready[1].fd = wt_fd(client->wt);
		if ((want & WT_WANT_READ) != 0)
			ready[1].events |= POLLIN;
		if ((want & WT_WANT_WRITE) != 0)
			ready[1].events |= POLLOUT;
	}
	if (poll(ready, 2, more_events ? 0 : wait_ms(client)) < 0 && errno != EINTR) {
		perror("history_client: poll");
		exit(EXIT_FAILURE);
	}
	if (ready[0].revents != 0)
		read_commands(client);
}

/* Whether there may be more. */
static bool take_events(struct history_client *client)
{
	struct wt_event event;

	for (uint32_t taken = 0; taken < EVENTS_PER_TURN; taken++) {
		enum wt_result result = wt_poll(client->wt, 0, &event);

		if (result == WT_TIMEOUT)
			return false;
		if (result != WT_OK) {
			(void)fprintf(stderr, "history_client: wt_poll: %s\n",
				      wt_result_text(result));
			exit(EXIT_FAILURE);
		}
		history_take(client, &event);
	}
	return true;
}

static void run(struct history_client *client)
{
	while (!client->leaving) {
		bool more = false;

		if (!client->progress.stalled) {
			more = take_events(client);
			history_ask(client, 0);
			wt_process(client->wt);
		}
		tell_progress(client);
		wait_for_something(client, more);
	}
}

/* --- Starting --- */

static const struct option option_table[] = {
	{ "server", required_argument, NULL, 's' },   { "log", required_argument, NULL, 'l' },
	{ "seed", required_argument, NULL, 'S' },     { "client", required_argument, NULL, 'c' },
	{ "life", required_argument, NULL, 'L' },     { "peers", required_argument, NULL, 'p' },
	{ "messages", required_argument, NULL, 'm' }, { "window", required_argument, NULL, 'w' },
	{ "rate", required_argument, NULL, 'r' },     { "thread", no_argument, NULL, 't' },
	{ "manual", no_argument, NULL, 'a' },         { 0 },
};

static uint32_t number(const char *text, uint32_t low, uint32_t high)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value < low || value > high) {
		(void)fprintf(stderr,
			      "history_client: '%s' is not from %" PRIu32 " to %" PRIu32 "\n", text,
			      low, high);
		exit(EXIT_USAGE);
	}
	return (uint32_t)value;
}

static void take_option(struct history_options *options, int key)
{
	switch (key) {
	case 's':
		options->server = optarg;
		break;
	case 'l':
		options->log = optarg;
		break;
	case 'S':
		options->seed = number(optarg, 0, UINT32_MAX);
		break;
	case 'c':
		options->client = number(optarg, 0, HISTORY_PEERS_MAX - 1);
		break;
	case 'L':
		options->life = number(optarg, 1, UINT32_MAX);
		break;
	case 'p':
		options->peers = number(optarg, 1, HISTORY_PEERS_MAX);
		break;
	case 'm':
		options->messages = number(optarg, 0, UINT32_MAX);
		break;
	case 'w':
		options->window = number(optarg, 1, HISTORY_WINDOW_MAX);
		break;
	case 'r':
		options->rate = number(optarg, 0, 1000000);
		break;
	case 't':
		options->thread = true;
		break;
	case 'a':
		options->manual = true;
		break;
	default:
		exit(EXIT_USAGE);
	}
}

static struct history_options read_options(int argc, char **argv)
{
	struct history_options options = { .life = 1, .peers = 1, .window = 64 };
	int key;

	while ((key = getopt_long(argc, argv, "", option_table, NULL)) != -1)
		take_option(&options, key);
	if (optind != argc || !options.server || !options.log) {
		(void)fputs("history_client: --server ADDRESS:PORT and --log FILE are needed\n",
			    stderr);
		exit(EXIT_USAGE);
	}
	return options;
}

static bool start(struct history_client *client)
{
	char name[HISTORY_NAME_BYTES];
	struct wt_options options;

	history_name(client->options.client, name);
	history_random_init(&client->random, client->options.seed, client->options.client,
			    client->options.life);
	history_set_rate(client, client->options.rate);
	if (!history_log_open(&client->log, client->options.log)) {
		perror(client->options.log);
		return false;
	}
	history_log_line(&client->log, "life", "%s %" PRIu32 " %s", name, client->options.life,
			 client->options.manual ? "manual" : "automatic");
	history_log_flush(&client->log);
	wt_options_init(&options);
	options.name = name;
	options.reconnect = true;
	options.manual_acknowledge = client->options.manual;
	if (wt_client_create(&options, &client->wt) != WT_OK)
		return false;
	if (client->options.thread && wt_client_start_thread(client->wt) != WT_OK)
		return false;
	return wt_connect(client->wt, client->options.server) == WT_OK;
}

int main(int argc, char **argv)
{
	static struct history_client client;
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	client.options = read_options(argc, argv);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK);
	if (!start(&client)) {
		(void)fprintf(stderr, "history_client: cannot start: %s\n",
			      client.wt ? wt_error_text(client.wt) : "no client");
		wt_client_destroy(client.wt);
		return EXIT_FAILURE;
	}
	run(&client);
	wt_client_destroy(client.wt);
	history_log_line(&client.log, "end", "-");
	history_log_close(&client.log);
	return EXIT_SUCCESS;
}
