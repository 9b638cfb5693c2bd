/*
 * An experiment as its file says: title, question, steps, explanation. Plain data; reading it does
 * nothing. The language is docs/experiments.md.
 *
 *   experiment = experiment_parse(name, text, length, &problem);
 *   ... lab_run() ...
 *   experiment_destroy(experiment);
 *
 * Any thread.
 */
#ifndef WIRETALE_TCP_LAB_EXPERIMENT_H
#define WIRETALE_TCP_LAB_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcp_flow/expectation.h"
#include "tcp_flow/names.h"
#include "tcp_lab/cable.h"
#include "tcp_lab/cable_rule.h"
#include "tcp_lab/lab_host.h"
#include "tcp_lab/lab_limits.h"

#define EXPERIMENT_STATES_MAX 32u /* in one line */
#define EXPERIMENT_BACKLOG_DEFAULT 16
#define EXPERIMENT_QUIET_DEFAULT_NS (UINT64_C(100) * 1000 * 1000)

enum step_verb {
	/* sockets: `who` is the host, `name` the socket ("": the host's own, unnamed one) */
	STEP_SOCKET,    /* socket [ipv6]: makes it; other verbs do where there is none yet */
	STEP_OPTION,    /* option TCP_NODELAY 1 */
	STEP_ISN,       /* isn 4294967040: the first sequence number; before connect */
	STEP_BIND,      /* bind 40000 */
	STEP_LISTEN,    /* listen 8888 [backlog 1] [ipv6] */
	STEP_CONNECT,   /* connect 8888 [from 40000] [ipv6] [with "data"]: to the other host */
	STEP_CONNECTED, /* connected: what `connect ... without waiting` began has succeeded */
	STEP_ACCEPT,    /* accept [LISTENER] */
	STEP_SEND,      /* send "text" | send 1000 bytes [100 times] [every 5ms] [urgent] [more] */
	STEP_RECEIVE,   /* receive "text" | 5 bytes | some | all | end | urgent */
	STEP_SHUTDOWN,  /* shutdown [write|read|both]: write */
	STEP_CLOSE,     /* close */
	STEP_RESET,     /* reset: SO_LINGER 0, then close */
	STEP_VANISH,    /* vanish: the socket is gone without a word, as in a power failure */
	STEP_DESTROY,   /* destroy: the kernel kills the connection (SOCK_DESTROY) */
	/* programs: `name` is the program */
	STEP_RUN,       /* run wiretaled --listen 0.0.0.0:8888 */
	STEP_TYPE,      /* type "time": a line for its standard input; .bytes without newline */
	STEP_END_INPUT, /* end input */
	STEP_OUTPUT,    /* prints "delivered": waits until its output has it, behind what earlier
			   `prints` found */
	STEP_EXITS,     /* exits [0]: waits for its end; [any]: with whatever status */
	STEP_KILL,      /* kill [TERM|KILL|INT|HUP|STOP|CONT]: TERM */
	/* hosts */
	STEP_SYSCTL, /* sysctl net.ipv4.tcp_sack 0 */
	/* the cable */
	STEP_CABLE_SET,     /* cable delay 10ms [from client] ...: struct step.settings */
	STEP_CABLE_RULE,    /* cable drop client data 3 once ... */
	STEP_CABLE_CUT,     /* cable cut */
	STEP_CABLE_RESTORE, /* cable restore */
	/* the clock */
	STEP_WAIT_TIME,    /* wait 200ms */
	STEP_WAIT_STATE,   /* wait until server CLOSE_WAIT; several, separated by "or"; "gone" is
			      TCP_CLOSED */
	STEP_WAIT_SEGMENT, /* wait until sent client data 3; wait until delivered server FIN */
	STEP_WAIT_LISTEN,  /* wait until server listens [8888] */
	STEP_WAIT_QUIET,   /* wait until quiet [for 300ms]: nothing on the cable for that long;
			      100 ms where it does not say */
	/* what must be so; judged at this place */
	STEP_EXPECT_STATE, /* expect server CLOSE_WAIT */
	STEP_EXPECT_INFO,  /* expect client info cwnd<10 ; expect client timer time-wait left>50s */
	STEP_EXPECT_OUTPUT, /* expect client prints "100 responses"; also "never prints" */
	/* judged at the end */
	STEP_EXPECT_STATES,     /* expect client passes SYN_SENT ESTABLISHED ... TIME_WAIT */
	STEP_EXPECT_CONNECTION, /* expect [connection 2|every connection] [at client|at server]
				   closing.kind=orderly-3 ... */
	STEP_EXPECT_COUNT,      /* expect connections=3 */
};

enum receive_what {
	RECEIVE_TEXT,   /* exactly these bytes, however many segments or calls */
	RECEIVE_BYTES,  /* so many */
	RECEIVE_SOME,   /* what one recv() gives, at least one byte */
	RECEIVE_ALL,    /* what is there now, until recv() would block; may be nothing */
	RECEIVE_END,    /* the end of the stream: recv() returns 0 */
	RECEIVE_URGENT, /* MSG_OOB: one byte */
};

enum info_operator { INFO_EQUAL, INFO_UNEQUAL, INFO_LESS, INFO_MORE };

/* A key of TCP_INFO, of the socket's queues or timer: see info_key.h. */
struct info_term {
	char key[24];
	enum info_operator operator;
	uint64_t value; /* times: nanoseconds */
};

#define STEP_INFO_TERMS_MAX 8u

/* Which one: each of them, at least one; else its number. */
enum wanted_connection {
	CONNECTION_EACH = 0,
};

enum wanted_vantage {
	VANTAGE_CABLE,  /* all that was sent, whether it arrived or not */
	VANTAGE_CLIENT, /* what a capture on that host shows */
	VANTAGE_SERVER,
};

/* Bytes written in the file, unescaped. */
struct step_bytes {
	char *bytes; /* owned; zero-terminated behind its length */
	size_t length;
};

struct step {
	enum step_verb verb;
	uint32_t line;      /* in the file, from 1; 0: there is none, see lab_try.h */
	char *text;         /* owned; the step as written, without comment and indentation */
	enum lab_host host; /* who, with has_host */
	bool has_host;
	bool both_hosts;           /* "both sysctl ..." */
	char name[LAB_NAME_BYTES]; /* of the socket or program; "": the host's unnamed one */
	uint64_t after_ns; /* "after 2s: cable cut": set, and the next step begins at once */
	bool only_full;    /* "full: wait ...": with --full only */
	bool only_short;   /* "short: ...": without --full only */
	bool no_wait;      /* "... without waiting": CONNECT, ACCEPT, SEND, RECEIVE: one call, whose
			      EAGAIN is its result; EINPROGRESS of connect() is success */
	int fails_with;    /* "... fails ECONNRESET": that errno is what must come; 0: none */
	bool ipv6;
	uint16_t port;      /* of BIND, LISTEN, CONNECT, WAIT_LISTEN; 0: none */
	uint16_t from_port; /* of CONNECT; 0: the kernel chooses */
	int number;         /* LISTEN: backlog; EXITS: status, -1 any; KILL: the signal;
			       SHUTDOWN: SHUT_*; OPTION: an integer value, in the option's own unit
			       (SO_LINGER: seconds, -1: off) */
	int level;          /* of OPTION: SOL_SOCKET ... */
	int option;         /* of OPTION: SO_REUSEADDR ... */
	uint32_t isn;
	struct step_bytes bytes; /* SEND, RECEIVE_TEXT, TYPE, OUTPUT, EXPECT_OUTPUT, CONNECT with;
				    RUN: the command for a shell; OPTION: a text value (else .bytes
				    is NULL); SYSCTL: the value */
	char other[128];         /* ACCEPT: the listener's name; SYSCTL: its name */
	uint64_t count;          /* SEND (0: step.bytes), RECEIVE_BYTES: bytes; EXPECT_COUNT:
				    connections */
	uint32_t times;          /* SEND: 1 */
	uint64_t every_ns;       /* SEND */
	bool urgent;             /* SEND */
	bool more;               /* SEND: MSG_MORE */
	bool never;              /* EXPECT_OUTPUT: must not have it */
	enum receive_what receive;
	uint64_t time_ns; /* WAIT_TIME, WAIT_QUIET */
	/* CABLE_SET: those in `set` are to be changed, for packets of `host`, or with !has_host of
	 * both */
	struct cable_settings settings;
	uint32_t set; /* CABLE_SET_* bits */
	struct cable_rule rule;
	enum tcp_state states[EXPERIMENT_STATES_MAX]; /* WAIT_STATE (any of them), EXPECT_STATE (any
							 of them), EXPECT_STATES (in this order) */
	size_t state_count;
	struct segment_pattern segment; /* WAIT_SEGMENT */
	bool delivered;                 /* of WAIT_SEGMENT: else sent */
	struct info_term info[STEP_INFO_TERMS_MAX];
	size_t info_count;
	struct expectation *expectation; /* owned; of EXPECT_CONNECTION */
	uint32_t connection;             /* of EXPECT_CONNECTION: its number, or CONNECTION_EACH */
	enum wanted_vantage vantage;
};

enum {
	CABLE_SET_DELAY = 1 << 0,
	CABLE_SET_JITTER = 1 << 1,
	CABLE_SET_RATE = 1 << 2,
	CABLE_SET_QUEUE = 1 << 3,
	CABLE_SET_MTU = 1 << 4,
	CABLE_SET_LOSS = 1 << 5,
	CABLE_SET_DUPLICATE = 1 << 6,
	CABLE_SET_REORDER = 1 << 7,
};

#define EXPERIMENT_LANGUAGE_BYTES 16u /* a tag of BCP 47, and a zero */

/* Its texts in another language, as `title[zh-CN]` gives them. */
struct experiment_translation {
	char language[EXPERIMENT_LANGUAGE_BYTES]; /* "zh-CN" */
	char *title;                              /* owned, as are the next two; NULL: untold */
	char *question;
	char *explanation;
};

struct experiment {
	char *name;  /* owned; "close-three"; of a file: its name without folder and ending */
	char *title; /* owned, as are the next two; "": there is none. In these paragraphs are
			parted by an empty line, and a line of its own begins with blanks */
	char *question;
	char *explanation;
	struct experiment_translation *translations; /* owned; translation_count of them */
	size_t translation_count;
	uint64_t limit_ns;    /* for all steps */
	uint32_t mtu;         /* of both devices; 0: 1500 */
	bool system_defaults; /* "defaults system": the kernel's own settings in place of textbook's
			       */
	struct step *steps;   /* owned; step_count of them */
	size_t step_count;
};

struct experiment_problem {
	uint32_t line;      /* from 1; 0: the whole file */
	char sentence[320]; /* what was expected there and what stands there instead; with the
			       nearest word that would be right */
};

/* NULL: *problem is filled (out of memory too). text: of a file, hostile. */
struct experiment *experiment_parse(const char *name, const char *text, size_t length,
				    struct experiment_problem *problem);
void experiment_destroy(struct experiment *experiment); /* may be NULL */

/* Its texts in a language, "zh-CN": else those of the first other region ("zh-TW"), else NULL. */
const struct experiment_translation *experiment_translated(const struct experiment *experiment,
							   const char *language);

/* "close-three" of "/home/ann/close-three.lab". *length gets its length; borrowed from path. */
const char *experiment_name_of(const char *path, size_t *length);

#endif
