#include "programs/wiretaled_options.h"

static const struct command_option options[] = {
	{ .key = WIRETALED_LISTEN,
	  .name = "listen",
	  .value = "ADDR:PORT",
	  .help = "listen there; may be repeated. An address in figures, IPv6 in brackets, or a "
		  "name, all of whose addresses are listened on; port 0 asks the kernel for one, "
		  "an empty ADDR means all of this machine's (default: 127.0.0.1:2312 and "
		  "[::1]:2312). IPv6 listeners take IPv6 only" },
	{ .key = WIRETALED_CLASSIC,
	  .name = "classic",
	  .value = "ADDR:PORT",
	  .help = "serve the classic dialect there, the 264-byte structures of the course "
		  "assignment; may be repeated (default: nowhere). Clients of both dialects see "
		  "each other and can write to each other" },
	{ .key = WIRETALED_NAME,
	  .name = "name",
	  .value = "NAME",
	  .help = "the server's name, told to each client (default: the host's name)" },
	{ .key = WIRETALED_WORKERS,
	  .name = "workers",
	  .value = "N",
	  .help = "threads that serve clients, 1 to 64 (default: the number of processors)" },
	{ .key = WIRETALED_GROUP,
	  .name = "group",
	  .value = "N",
	  .help = "clients that share a thread, in the order in which they connect, before it is "
		  "the next thread's turn; threads that are busy anyway are passed over (default: "
		  "16). A message between clients of one thread takes about half the time of one "
		  "between two, while many clients of one thread share its processor" },
	{ .key = WIRETALED_MAX_CLIENTS,
	  .name = "max-clients",
	  .value = "N",
	  .help = "clients at a time; those over it are turned away with busy (default: the limit "
		  "on file descriptors, which is raised to the hard one at the start, less 64)" },
	{ .key = WIRETALED_MAX_PER_ADDRESS,
	  .name = "max-per-address",
	  .value = "N|unlimited",
	  .help = "clients at a time of one IPv4 address or IPv6 /64; loopback is exempt (default: "
		  "32)" },
	{ .key = WIRETALED_MAX_BODY,
	  .name = "max-body",
	  .value = "BYTES",
	  .help = "the largest body of a frame that a client may send, 1024 to 1048576 (default: "
		  "65536)" },
	{ .key = WIRETALED_KEEPALIVE,
	  .name = "keepalive",
	  .value = "SECONDS|off",
	  .help = "a client that sent no whole frame for so long is asked by PING, and closed "
		  "after 1.5 times that (default: 30)" },
	{ .key = WIRETALED_RATE,
	  .name = "rate",
	  .value = "N|unlimited",
	  .help = "requests a second of one client, PING and BYE not counted; those over it are "
		  "refused with rate-limited (default: unlimited)" },
	{ .key = WIRETALED_LOG,
	  .name = "log",
	  .value = "LEVEL",
	  .kind = VALUE_WORDS,
	  .words = "error warn notice info debug",
	  .help = "how much is told: error, warn, notice (who came and who left, and why), info "
		  "(also each request, "
		  "and where each message went) or debug (also what became of each message) "
		  "(default: info). At most 1,000 lines a second about traffic; how many were left "
		  "out is told" },
	{ .key = WIRETALED_VERSION, .name = "version", .help = "show the version" },
	{ 0 },
};

const struct command wiretaled_command = {
	.name = "wiretaled",
	.is_program = true,
	.summary = "relay server for messages over TCP",
	.usage = "[OPTION]...",
	.about = "Relays messages between clients of the Wiretale protocol: they ask it for the "
		 "time, its machine's name and the list of clients, and send messages to each "
		 "other and to rooms.",
	.options = options,
	.notes =
		"It stops on SIGTERM, SIGINT, or q and Enter on its terminal: clients are told, "
		"what is queued is sent for at most 5 s. A second signal ends it at once. There is "
		"no encryption and no password: whoever reaches the port is served.",
	.examples = "wiretaled  # for this machine's own clients\n"
		    "wiretaled --listen :2312 --classic :2313  # for the network, both dialects\n"
		    "wiretaled --listen 127.0.0.1:0 --log notice  # on any port that is free",
	.statuses = "0 stopped as asked; 1 it could not do its work, such as listening on an "
		    "address that is in use; 2 wrong usage; 3 this machine lacks something.",
};
