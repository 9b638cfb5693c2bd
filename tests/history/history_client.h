/*
 * One client of the history, for the length of one process. It writes to the others, takes what
 * they write, and logs each of these things in the order in which it happens to an application.
 */
#ifndef WIRETALE_TESTS_HISTORY_HISTORY_CLIENT_H
#define WIRETALE_TESTS_HISTORY_HISTORY_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <wiretale/client.h>

#include "history/history_content.h"
#include "history/history_log.h"

#define HISTORY_PEERS_MAX 64u
#define HISTORY_WINDOW_MAX 1024u
#define HISTORY_SENT_MAX 4096u /* more than the window: what has a verdict is known for longer */
#define HISTORY_NAME_BYTES 8u

struct history_options {
	const char *server; /* ADDRESS:PORT, IPv4 */
	const char *log;    /* the file to make */
	uint64_t seed;
	uint32_t client;   /* which of the peers this is, from 0 */
	uint32_t life;     /* how often it was started, from 1 */
	uint32_t peers;    /* all clients, this one included */
	uint32_t messages; /* to write, in this life */
	uint32_t window;   /* how many may be without verdict */
	uint32_t rate;     /* messages a second; 0: as the window lets it */
	bool thread;       /* run the library's receiving thread */
	bool manual;       /* acknowledge by wt_acknowledge(): then the library drops no double */
};

/* What wt_send() took, until something younger needs the place. */
struct history_sent {
	uint32_t request; /* the library's number; 0: the place was never used */
	uint32_t serial;  /* counts what went to this peer */
	uint32_t peer;
	bool is_settled; /* its verdict came */
};

/* What the runner is told, one line for each change that matters to it. */
struct history_progress {
	uint32_t asked;
	uint32_t settled;  /* have a verdict, or were not taken by the library */
	uint32_t timeouts; /* verdicts of this kind */
	bool connected;
	bool stalled;
	bool quiet; /* hushed, and nothing is without verdict */
};

struct history_client {
	struct history_options options;
	struct wt_client *wt; /* owned */
	struct history_log log;
	struct history_random random;
	struct history_progress progress;
	struct history_progress told;        /* what the runner knows */
	uint32_t serials[HISTORY_PEERS_MAX]; /* the last that was used for each peer */
	uint32_t numbers[HISTORY_PEERS_MAX]; /* where each peer is; 0: nowhere */
	struct history_sent sent[HISTORY_SENT_MAX];
	uint32_t next_sent;   /* the place to use next */
	uint32_t oldest_open; /* where to begin to look for what a verdict is about */
	uint64_t paced_since_us;
	uint32_t paced_asked; /* progress.asked at that time */
	uint32_t list_request;
	bool hushed; /* asks nothing new */
	bool leaving;
};

/* history_asking.c: writes as much as window, rate and presence allow, and `more` than the rate. */
void history_ask(struct history_client *client, uint32_t more);

/* Milliseconds until the rate allows another message; -1: not the rate holds it back. */
int history_pace_ms(const struct history_client *client);
void history_set_rate(struct history_client *client, uint32_t rate);

/* history_taking.c: logs one event and does what it asks for. */
void history_take(struct history_client *client, const struct wt_event *event);

/* "h07" */
void history_name(uint32_t peer, char out[HISTORY_NAME_BYTES]);

#endif
