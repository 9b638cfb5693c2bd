#include "relay_server/relay_server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/random.h"
#include "relay_server/acceptor.h"
#include "relay_server/worker_loop.h"

struct relay_server {
	struct relay_shared shared;
	struct acceptor acceptor;
	struct worker *workers; /* owned array */
	unsigned worker_count;  /* initialised */
	pthread_t worker_threads[RELAY_WORKERS_MAX];
	pthread_t acceptor_thread;
	unsigned running_workers;
	bool acceptor_running;
	struct net_address addresses[RELAY_LISTENERS_MAX]; /* as the kernel gave them */
};

static void init_shared(struct relay_shared *shared, const struct relay_server_config *config)
{
	shared->config = *config;
	directory_init(&shared->directory);
	room_directory_init(&shared->rooms, config->workers);
	message_ids_init(&shared->message_ids);
	admission_init(&shared->admission, config->max_clients, config->max_per_address);
	shared->request_multiplier = open_requests_choose_multiplier();
}

static void finish_shared(struct relay_shared *shared)
{
	directory_finish(&shared->directory);
	room_directory_finish(&shared->rooms);
	message_ids_destroy(&shared->message_ids);
	admission_finish(&shared->admission);
}

/* Everybody gets an outbox to everybody, its own included, which stays empty. */
static int connect_workers(struct relay_server *server)
{
	unsigned count = server->shared.config.workers;

	for (unsigned i = 0; i < count; i++) {
		struct inbox *inbox = &server->workers[i].inbox;
		int result = outbox_init(&server->acceptor.outboxes[i], inbox);

		for (unsigned j = 0; j < count && result == 0; j++)
			result = outbox_init(&server->workers[j].outboxes[i], inbox);
		if (result < 0)
			return result;
	}
	return 0;
}

static int init_workers(struct relay_server *server)
{
	unsigned count = server->shared.config.workers;

	server->workers = calloc(count, sizeof(*server->workers));
	if (!server->workers)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		struct worker *worker = &server->workers[i];
		int result = worker_init(worker, &server->shared, i);

		if (result < 0)
			return result;
		server->worker_count++;
		server->shared.workers[i] = worker;
		result = worker_loop_init(worker);
		if (result < 0)
			return result;
	}
	return connect_workers(server);
}

int relay_server_create(const struct relay_server_config *config,
			const struct relay_listener_config *listeners, size_t listener_count,
			struct relay_server **out, size_t *failed)
{
	struct relay_server *server = calloc(1, sizeof(*server));
	size_t opened = listener_count;
	int result;

	if (failed)
		*failed = listener_count;
	if (!server)
		return -ENOMEM;
	init_shared(&server->shared, config);
	result = acceptor_init(&server->acceptor, &server->shared);
	if (result < 0)
		goto destroy;
	result = init_workers(server);
	if (result < 0)
		goto destroy;
	for (opened = 0; opened < listener_count; opened++) {
		result = acceptor_listen(&server->acceptor, &listeners[opened].address,
					 listeners[opened].classic);
		if (result < 0)
			goto destroy;
		(void)net_local_address(server->acceptor.listeners[opened].watch.fd,
					&server->addresses[opened]);
	}
	*out = server;
	return 0;

destroy:
	if (failed)
		*failed = opened;
	relay_server_destroy(server);
	return result;
}

void relay_server_address(const struct relay_server *server, size_t listener,
			  struct net_address *out)
{
	*out = server->addresses[listener];
}

static int start_threads(struct relay_server *server)
{
	for (unsigned i = 0; i < server->worker_count; i++) {
		int error = pthread_create(&server->worker_threads[i], NULL, worker_loop_run,
					   &server->workers[i]);

		if (error != 0)
			return -error;
		server->running_workers++;
		(void)pthread_getcpuclockid(server->worker_threads[i],
					    &server->workers[i].cpu_clock);
	}
	if (pthread_create(&server->acceptor_thread, NULL, acceptor_run, &server->acceptor) != 0)
		return -EAGAIN;
	server->acceptor_running = true;
	return 0;
}

int relay_server_start(struct relay_server *server)
{
	sigset_t all;
	sigset_t former;
	int result;

	/* Signals are for the thread that started us: it decides what they mean. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &former);
	result = start_threads(server);
	(void)pthread_sigmask(SIG_SETMASK, &former, NULL);
	if (result < 0) {
		/* Without the acceptor nobody tells the workers to end: it is run here. */
		acceptor_stop(&server->acceptor);
		(void)acceptor_run(&server->acceptor);
		relay_server_join(server);
	}
	return result;
}

void relay_server_stop(struct relay_server *server)
{
	acceptor_stop(&server->acceptor);
}

void relay_server_join(struct relay_server *server)
{
	if (server->acceptor_running)
		(void)pthread_join(server->acceptor_thread, NULL);
	server->acceptor_running = false;
	while (server->running_workers > 0)
		(void)pthread_join(server->worker_threads[--server->running_workers], NULL);
}

void relay_server_destroy(struct relay_server *server)
{
	if (!server)
		return;
	for (unsigned i = 0; i < server->worker_count; i++)
		(void)worker_flush_outboxes(&server->workers[i]);
	for (unsigned i = 0; i < server->worker_count; i++)
		worker_loop_finish(&server->workers[i]);
	acceptor_finish(&server->acceptor);
	for (unsigned i = 0; i < server->worker_count; i++)
		worker_finish(&server->workers[i]);
	free(server->workers);
	finish_shared(&server->shared);
	free(server);
}
