/*
 * All that a run has seen: segments with both times and both kernels' states, steps, programs. The
 * run fills it, everything else reads it. Plain data with ceilings. One thread.
 */
#ifndef WIRETALE_TCP_LAB_LAB_RECORD_H
#define WIRETALE_TCP_LAB_LAB_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet/captured_frame.h"
#include "sock_diag/diag_socket.h"
#include "tcp_flow/names.h"
#include "tcp_lab/experiment.h"
#include "tcp_lab/lab_counters.h"
#include "tcp_lab/lab_host.h"
#include "tcp_lab/program_output.h"
#include "tcp_lab/segment_meaning.h"

/* What both kernels said of the segment's connection at one moment. */
struct lab_truth {
	bool asked; /* else it was not: segments came faster than we can ask */
	enum tcp_state
		states[LAB_HOSTS]; /* CLOSED: no socket, or a listener that answers for a pair
				      that was used; LISTEN: before the first SYN arrived */
	/* of full sockets; what is not known is 0 */
	bool has_info[LAB_HOSTS];
	uint32_t cwnd[LAB_HOSTS];
	uint32_t ssthresh[LAB_HOSTS];
	uint32_t rto_us[LAB_HOSTS];
	uint32_t rtt_us[LAB_HOSTS];
	uint32_t total_retrans[LAB_HOSTS];
	enum socket_timer timer[LAB_HOSTS];
	uint32_t timer_ms[LAB_HOSTS];
	uint32_t receive_queue[LAB_HOSTS];
	uint32_t send_queue[LAB_HOSTS];
};

#define LAB_WHY_BYTES 160u

/* A packet that the cable saw. */
struct lab_segment {
	uint64_t number; /* from 1: its frame in the cable's capture; same as its place + 1 */
	enum lab_host from;
	int64_t sent_ns;      /* since the run's beginning; of forged ones and copies: when made */
	int64_t delivered_ns; /* -1: lost, or still on its way at the end */
	bool lost;
	bool forged;        /* nobody sent it */
	bool changed;       /* delivered otherwise than it was sent; bytes are as delivered */
	size_t original_at; /* with changed: in lab_record.bytes, as it was sent */
	uint32_t original_length;
	uint64_t copy_of; /* number; 0 */
	struct segment_meaning meaning;
	struct lab_truth sent;      /* states right after it was sent */
	struct lab_truth delivered; /* and right after it was delivered */
	char why[LAB_WHY_BYTES];    /* what was done to it: "drop client data 3 once"; "" */
	size_t bytes_at;            /* in lab_record.bytes */
	uint32_t length;
};

struct lab_step_result {
	const struct step *step; /* borrowed from the experiment */
	bool done;               /* it began and came to its end */
	bool held;               /* of expectations; of the others: no error */
	int64_t began_ns;        /* since the run's beginning; -1: never */
	int64_t ended_ns;
	int rule;            /* of CABLE_RULE: its number at the cable; 0: it was not laid */
	uint32_t rule_uses;  /* how often that acted */
	uint32_t connection; /* of a socket's step: the connection's number, as of its segments'
				meanings; 0: none, or not of one */
	char result[256]; /* "5 bytes", "ECONNRESET", "CLOSE_WAIT, not TIME_WAIT"; not done: what is
			     known of why, or "" */
};

struct lab_program_result {
	enum lab_host host;
	char name[LAB_NAME_BYTES];
	const char *command; /* borrowed from the step */
	bool ran;            /* else it could not be started: `error` */
	int error;           /* errno */
	int64_t began_ns;    /* since the run's beginning */
	bool ended;
	int64_t ended_ns;  /* with ended */
	int exit_status;   /* with ended; -1: by a signal */
	int signal;        /* 0 */
	bool killed_by_us; /* at the end or at the limit */
	char *output;      /* owned; zero-terminated; both streams as they came */
	size_t output_length;
	uint64_t output_dropped;    /* bytes over LAB_OUTPUT_MAX_BYTES */
	struct program_mark *marks; /* owned; when the pieces of output came, since the run's
				       beginning */
	size_t mark_count;
	size_t timed_length; /* of output behind it the time is not known */
};

struct lab_record {
	const struct experiment *experiment; /* borrowed */
	uint64_t seed;
	int64_t start_ns; /* since 1970: what the captures' times count from */
	int64_t duration_ns;
	struct lab_segment *segments; /* owned; in the order of sending */
	size_t segment_count;
	uint64_t not_recorded; /* packets over a ceiling */
	uint64_t not_asked;    /* states that were not asked for */
	uint8_t *bytes;        /* owned; of all packets, from the IP header on */
	size_t byte_count;
	struct lab_step_result *steps;       /* owned; as many as the experiment has */
	struct lab_program_result *programs; /* owned */
	size_t program_count;
	bool has_counts[LAB_HOSTS];
	struct lab_counts counts[LAB_HOSTS]; /* of the hosts' kernels, during the run */
	uint64_t inside[LAB_HOSTS];          /* packets inside a host; TCP's are in `counts` */
	bool failed;                         /* a step went wrong, or the limit came: `failure` */
	char failure[512];                   /* a sentence: line, what was expected, what came */
	bool interrupted;                    /* the user ended it */
	char world[256];                     /* lab_world_settings() */
	char lacks[512];                     /* lab_world_lacks() */
};

/* A packet as one of the captures has it. */
struct lab_sighting {
	const struct lab_segment *segment; /* borrowed */
	int64_t time_ns;                   /* since the run's beginning */
	bool received;                     /* as it was delivered; else as it was sent */
};

/*
 * What a capture at that place has, by time: of VANTAGE_CABLE all that was sent (no copies), when
 * it was sent; of a host what it sent, then, and what was delivered to it, then. Allocated, the
 * caller frees it; NULL with *count 0: nothing, or no memory (then *no_memory).
 */
struct lab_sighting *lab_record_sightings(const struct lab_record *record,
					  enum wanted_vantage vantage, size_t *count,
					  bool *no_memory);

/* The packet as a captured frame, LINKTYPE_RAW; number: its place in that capture, from 1. */
void lab_record_frame(const struct lab_record *record, const struct lab_sighting *sighting,
		      uint64_t number, struct captured_frame *out);

/*
 * Writes client.pcapng, server.pcapng and cable.pcapng into a folder that exists; comments say what
 * happened to a segment and which states followed. prefix: "close-three-"; 0 or -errno, *path
 * (PATH_MAX bytes) is the file at which it failed.
 */
int lab_record_save(const struct lab_record *record, const char *folder, const char *prefix,
		    char *path);

/* A rule that was laid and never acted, from the step *at on, which goes on behind it. NULL: no
 * more. */
const struct step *lab_record_next_unused_rule(const struct lab_record *record, size_t *at);

void lab_record_finish(struct lab_record *record); /* frees what it owns */

#endif
