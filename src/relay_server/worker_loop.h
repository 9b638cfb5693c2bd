/* Puts a worker on sockets: its epoll loop, and the thread that turns it. */
#ifndef WIRETALE_RELAY_SERVER_WORKER_LOOP_H
#define WIRETALE_RELAY_SERVER_WORKER_LOOP_H

#include "relay_server/worker.h"

/* Opens the loop. 0, or a negative errno. */
int worker_loop_init(struct worker *worker);

/* Turns until the worker is done; a thread's start routine, given the worker. */
void *worker_loop_run(void *context);

/* Closes what is left: sessions and the loop. */
void worker_loop_finish(struct worker *worker);

#endif
