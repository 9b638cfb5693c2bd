/*
 * The scene of tests of the ladder: a connection whose segments come from lines of text
 * (segments.h), and what is drawn of them.
 */
#ifndef WIRETALE_TESTS_SUPPORT_LADDER_SCENE_H
#define WIRETALE_TESTS_SUPPORT_LADDER_SCENE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text_builder.h"
#include "report/ladder.h"
#include "support/segments.h"

#define OPEN                                                                                       \
	"C > S S seq 0 win 64240 mss 1460 ws 7 sackok @0\n"                                        \
	"S > C SA seq 0 ack 1 win 65160 mss 1460 ws 7 sackok +0.010\n"                             \
	"C > S A seq 1 ack 1 win 502 +0\n"

/* A segment was lost, and came again because duplicate ACKs asked for it. */
#define LOST                                                                                       \
	OPEN "C > S A seq 1:1461 ack 1 +0.001\n"                                                   \
	     "C > S A seq 2921:4381 ack 1 +0.001\n"                                                \
	     "C > S A seq 4381:5841 ack 1 +0.001\n"                                                \
	     "C > S A seq 5841:7301 ack 1 +0.001\n"                                                \
	     "S > C A seq 1 ack 1461 +0.001\n"                                                     \
	     "S > C A seq 1 ack 1461 sack 2921:4381 +0.001\n"                                      \
	     "S > C A seq 1 ack 1461 sack 2921:5841 +0.001\n"                                      \
	     "S > C A seq 1 ack 1461 sack 2921:7301 +0.001\n"                                      \
	     "C > S A seq 1461:2921 ack 1 +0.010\n"                                                \
	     "S > C A seq 1 ack 7301 +0.010\n"

struct ladder_scene {
	struct text_builder text; /* all that was drawn */
	struct segments script;
	struct ladder_style style;
	struct stream_message messages[8];
	size_t message_count; /* of them, in every segment that follows */
};

extern struct ladder_scene scene;

/* Before and after each test. */
int ladder_scene_start(void **state);
int ladder_scene_stop(void **state);

/* The last segment. */
void draw_latest(void);
/* Feeds the lines, and draws each as it comes. */
const char *draw(const char *lines);
/* The same, without what was drawn before. */
const char *draw_only(const char *lines);

/* As a test of stream_messages would have it. */
void say(const char *name, const char *detail, bool begins, bool ends);

void assert_has(const char *whole, const char *part);
void assert_lacks(const char *whole, const char *part);
/* Terminals show no more than `columns`; nothing ends in a blank. */
void assert_fits(const char *lines, size_t columns);

#endif
