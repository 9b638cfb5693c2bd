/*
 * What `expect WHO info` asks of a socket: the keys, and how to get each of what the kernel tells.
 * Any thread; no input or output.
 */
#ifndef WIRETALE_TCP_LAB_INFO_KEY_H
#define WIRETALE_TCP_LAB_INFO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "sock_diag/diag_socket.h"
#include "tcp_lab/experiment.h"

enum info_unit {
	INFO_COUNT,     /* segments, or times */
	INFO_THRESHOLD, /* segments, or SOCKET_SSTHRESH_NONE */
	INFO_BYTES,
	INFO_TIME,  /* nanoseconds */
	INFO_TIMER, /* enum socket_timer */
};

struct info_key {
	const char *name; /* "cwnd"; static, as all of it */
	enum info_unit unit;
	const char *meaning; /* for a table of them */
	size_t offset;       /* in struct diag_socket; of what the next two tell */
	size_t bytes;        /* 1, 4 or 8 */
	uint64_t factor;     /* of what stands there: 1000 where it is microseconds */
	size_t has_offset;   /* of the bool that says whether it is known; 0: always */
};

/* NULL: there is none of that name. */
const struct info_key *info_key_find(const char *name);
const char *info_key_nearest(const char *name);
/* All of them; NULL behind the last. */
const struct info_key *info_key_at(size_t i);

/* A value as an experiment writes it: "10", "200ms", "time-wait", "none". False: it is none of that
 * key. */
bool info_value_parse(const struct info_key *key, const char *text, uint64_t *out);
/* The same the other way. */
void info_value_text(const struct info_key *key, uint64_t value, struct text_builder *out);
/* What values look like: "a time such as 200ms". Static. */
const char *info_value_kind(const struct info_key *key);

/* False: the kernel does not tell it of this socket (TIME_WAIT and SYN_RECV have no TCP_INFO). */
bool info_value_get(const struct info_key *key, const struct diag_socket *socket, uint64_t *out);

/* difference (may be NULL) gets "cwnd is 10, expected <10" where it does not hold. */
bool info_term_holds(const struct info_term *term, const struct diag_socket *socket,
		     struct text_builder *difference);
/* "cwnd<10" */
void info_term_text(const struct info_term *term, struct text_builder *out);

#endif
