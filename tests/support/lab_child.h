/*
 * Worlds of the lab in tests: making one changes the process that does, so each claim is tried in a
 * child of its own; with each kind of device, and where the test is run by root also as an ordinary
 * user.
 */
#ifndef TESTS_SUPPORT_LAB_CHILD_H
#define TESTS_SUPPORT_LAB_CHILD_H

#include <stdint.h>

#include <netinet/in.h>
#include <unistd.h>

#include "tcp_lab/lab_world.h"

#define LAB_CHILD_SKIPPED 77
#define LAB_CHILD_PATIENCE_MS 20000

/* ---- in a child ---- */

/* What is not so is written, and the child ends. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			lab_child_complain(__FILE__, __LINE__, #condition);                        \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

void lab_child_complain(const char *file, int line, const char *condition);

/* Ends the child where this machine refuses: the test is skipped then. */
struct lab_world *lab_child_create_world(enum lab_backend backend);

struct sockaddr_in lab_child_address(const char *text, uint16_t port);

/* ---- in the test itself ---- */

typedef void lab_child_play(enum lab_backend backend);

/* With both kinds of device. Says so where it can be played with none. */
void lab_child_play_everywhere(lab_child_play *play);
/* With LAB_BACKEND_ANY. */
void lab_child_play_once(lab_child_play *play);

#endif
