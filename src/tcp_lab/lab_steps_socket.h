/* The steps that make, connect and end sockets. See lab_step.h. */
#ifndef WIRETALE_TCP_LAB_LAB_STEPS_SOCKET_H
#define WIRETALE_TCP_LAB_LAB_STEPS_SOCKET_H

#include "tcp_lab/lab_step.h"

step_function step_socket;
step_function step_option;
step_function step_isn;
step_function step_bind;
step_function step_listen;
step_function step_connect;
step_function step_connected;
step_function step_accept;
step_function step_shutdown;
step_function step_close;
step_function step_reset;
step_function step_vanish;
step_function step_destroy;

/* The open connection, or where listeners_too the listener, that the step means; NULL: there is
 * none, and running->result says so. */
struct lab_socket *step_open_socket(struct lab_stage *stage, struct running_step *running,
				    bool listeners_too);

#endif
