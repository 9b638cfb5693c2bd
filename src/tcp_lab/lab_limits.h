/* The ceilings of the lab. What goes over one is said, never silently dropped. */
#ifndef WIRETALE_TCP_LAB_LAB_LIMITS_H
#define WIRETALE_TCP_LAB_LAB_LIMITS_H

#include <stdint.h>

/* An experiment's file. */
#define EXPERIMENT_MAX_BYTES (256u * 1024)
#define EXPERIMENT_MAX_STEPS 1000u
#define EXPERIMENT_LINE_MAX_BYTES 4096u
#define EXPERIMENT_MAX_TRANSLATIONS 8u
#define LAB_NAME_BYTES 32u /* of a socket or program, with its terminating zero */

/* A run. */
#define LAB_PACKET_MAX_BYTES 65535u
#define LAB_SOCKETS_MAX 1024u               /* that steps have open at a time, of both hosts */
#define LAB_PROGRAMS_MAX 64u                /* that steps started */
#define LAB_OUTPUT_MAX_BYTES (1024u * 1024) /* kept of a program's output; the rest is counted */
#define LAB_OUTPUT_MARKS_MAX 16384u         /* pieces of it whose times are kept */
#define LAB_TIME_LIMIT_DEFAULT_NS (UINT64_C(30) * 1000 * 1000 * 1000)
#define LAB_TIME_LIMIT_MAX_NS (UINT64_C(3600) * 1000 * 1000 * 1000)

/* The cable. */
#define CABLE_QUEUE_DEFAULT 1000u  /* packets of one direction that wait for its rate */
#define CABLE_IN_FLIGHT_MAX 65536u /* packets on the cable, both directions */
#define CABLE_IN_FLIGHT_MAX_BYTES (64u * 1024 * 1024)
#define CABLE_RULES_MAX 64u
#define CABLE_CONNECTIONS_MAX 4096u /* whose segments are told apart for rules */
/* Data segments whose numbers are known when they are sent again: of one host in a connection, and
 * of all. Older ones are forgotten. */
#define CABLE_REMEMBERED_DATA_MAX 8192u
#define CABLE_REMEMBERED_DATA_ALL_MAX (1024u * 1024)

/* The record. */
#define LAB_RECORD_MAX_SEGMENTS 200000u
#define LAB_RECORD_MAX_BYTES (128u * 1024 * 1024)

#endif
