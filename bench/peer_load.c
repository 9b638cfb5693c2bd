/*
 * `wiretale bench` for the relays beside ours: the same command line with --dialect, the same
 * engine, the same JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_builder.h"
#include "bench/library_driver.h"
#include "bench/peer_dialects.h"
#include "bench/peer_library.h"
#include "relay_load/load_engine.h"
#include "relay_load/load_options.h"
#include "relay_load/load_report.h"

#define EXIT_USAGE 2
#define EXIT_ENVIRONMENT 3
#define REPORT_MAX_BYTES (64u * 1024)

static const struct peer {
	const struct load_dialect *dialect;
	const struct library_driver *library; /* NULL: there is none */
} peers[] = {
	{ &nats_dialect, &library_nats },      { &redis_dialect, &library_redis },
	{ &mqtt_dialect, &library_mosquitto }, { &bare_dialect, NULL },
	{ &bare_answered_dialect, NULL },
};

static const struct peer *find_peer(const char *name)
{
	for (size_t i = 0; name && i < sizeof(peers) / sizeof(peers[0]); i++)
		if (strcmp(peers[i].dialect->name, name) == 0)
			return &peers[i];
	return NULL;
}

static void print_help(void)
{
	(void)fputs("Usage: peer_load --dialect NAME KIND [OPTION]...\n"
		    "Load a relay that speaks another protocol, as `wiretale bench` loads ours.\n\n"
		    "      --dialect NAME          ",
		    stdout);
	for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
		(void)printf("%s%s", i > 0 ? ", " : "", peers[i].dialect->name);
	(void)fputs("\n\nKIND and the other options are those of `wiretale bench --help`.\n",
		    stdout);
}

static int fail(int status, const char *problem)
{
	(void)fprintf(stderr, "peer_load: %s\n", problem);
	return status;
}

/* NULL, or why this peer can't do it. */
static const char *objection(const struct peer *peer, const struct load_plan *plan)
{
	if (!peer)
		return "--dialect is one of nats, redis, mqtt, bare, bare-answered";
	if (plan->kind == LOAD_FAN_OUT && !peer->library)
		return "a bare relay has no rooms";
	if (plan->library && !peer->library)
		return "there is no library for that";
	if (plan->library && (plan->pairs > 1 || plan->idle_beside > 0 || plan->stalled > 0 ||
			      (plan->kind != LOAD_THROUGHPUT && plan->kind != LOAD_LATENCY)))
		return "through a library only throughput and latency of one pair are measured";
	return NULL;
}

static int report(const struct load_options *options, const struct peer *peer,
		  const struct load_result *result)
{
	bool confirms = peer->dialect->confirms;
	struct text_builder text;
	int status = EXIT_SUCCESS;

	text_builder_init(&text, REPORT_MAX_BYTES);
	if (options->json)
		load_report_json(&text, &options->plan, peer->dialect->name, confirms, result);
	else
		load_report_text(&text, &options->plan, peer->dialect->name, confirms, result);
	if (text.truncated || fputs(text_builder_text(&text), stdout) < 0 || fflush(stdout) != 0)
		status = fail(EXIT_FAILURE, "the report could not be written");
	text_builder_finish(&text);
	return status;
}

int main(int argc, char **argv)
{
	static struct load_result result; /* too large for a stack */
	struct load_options options;
	const struct peer *peer;
	enum load_outcome outcome;

	if (!load_options_read(argc - 1, argv + 1, "127.0.0.1", true, &options))
		return fail(EXIT_USAGE, options.problem);
	if (options.help) {
		print_help();
		return EXIT_SUCCESS;
	}
	peer = find_peer(options.dialect);
	if (objection(peer, &options.plan))
		return fail(EXIT_USAGE, objection(peer, &options.plan));
	outcome = options.plan.library ? peer_library_run(&options.plan, peer->library, &result)
				       : load_run(&options.plan, peer->dialect, NULL, &result);
	switch (outcome) {
	case LOAD_DONE:
		return report(&options, peer, &result);
	case LOAD_ENVIRONMENT:
		return fail(EXIT_ENVIRONMENT, result.problem);
	case LOAD_NOT_DONE:
		break;
	}
	return fail(EXIT_FAILURE, result.problem);
}
