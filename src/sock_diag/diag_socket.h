/* A TCP socket as the kernel tells of it: numbers in host order, nothing borrowed. */
#ifndef WIRETALE_SOCK_DIAG_DIAG_SOCKET_H
#define WIRETALE_SOCK_DIAG_DIAG_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip_address.h"

/* The kernel's numbers. Two of its states are never given: TCP_NEW_SYN_RECV (a SYN whose socket is
 * not made yet) is SYN_RECV, TCP_BOUND_INACTIVE (bound, nothing else) is CLOSED. */
enum socket_state {
	SOCKET_ESTABLISHED = 1,
	SOCKET_SYN_SENT = 2,
	SOCKET_SYN_RECV = 3,
	SOCKET_FIN_WAIT1 = 4,
	SOCKET_FIN_WAIT2 = 5,
	SOCKET_TIME_WAIT = 6,
	SOCKET_CLOSED = 7,
	SOCKET_CLOSE_WAIT = 8,
	SOCKET_LAST_ACK = 9,
	SOCKET_LISTEN = 10,
	SOCKET_CLOSING = 11,
	SOCKET_STATE_END, /* above all of them */
};

/* What will happen to the socket next, unless a segment or the program is earlier. */
enum socket_timer {
	SOCKET_TIMER_NONE = 0,
	SOCKET_TIMER_RETRANSMIT = 1, /* a segment is sent again */
	SOCKET_TIMER_KEEP_ALIVE = 2, /* a probe; of orphans in FIN_WAIT2: they go */
	SOCKET_TIMER_TIME_WAIT = 3,  /* it is gone */
	SOCKET_TIMER_PROBE = 4,      /* the peer's window is closed: asks whether it opened */
};

#define SOCKET_CONGESTION_BYTES 16u

/* Of TCP_INFO what people look at. Counts without a unit are segments. */
struct socket_info {
	uint32_t rtt_us;           /* smoothed round-trip time; 0: none measured */
	uint32_t rttvar_us;        /* its mean deviation */
	uint32_t rto_us;           /* until a segment is sent again */
	uint32_t cwnd;             /* congestion window */
	uint32_t ssthresh;         /* where slow start ends; SOCKET_SSTHRESH_NONE: not set yet */
	uint32_t unacked;          /* sent, not acknowledged */
	uint32_t sacked;           /* of these, known to have arrived */
	uint32_t lost;             /* of these, taken for lost */
	uint32_t retrans;          /* of these, sent again */
	uint32_t total_retrans;    /* sent again since the beginning */
	uint32_t snd_mss;          /* bytes; */
	uint32_t rcv_mss;          /* bytes; as guessed from what came */
	uint32_t pmtu;             /* bytes */
	uint32_t last_sent_ms;     /* since data was last sent */
	uint32_t last_received_ms; /* since data last came */
	uint32_t last_ack_ms;      /* since an acknowledgement last came */
	uint8_t retransmits;       /* of the segment at the head, without an answer */
	uint8_t probes;            /* of a closed window or a silent peer, without an answer */
	uint8_t backoff;           /* the timeout was doubled so often */
	bool has_traffic;          /* the kernel told the next four (Linux 4.2) */
	bool has_min_rtt;          /* and the next two (4.6) */
	bool has_sent;             /* and the next two (4.19) */
	bool has_window;           /* and the last (5.4) */
	uint64_t bytes_acked;      /* of the sequence space: SYN and FIN are counted */
	uint64_t bytes_received;   /* in order; the FIN is counted */
	uint32_t segments_out;
	uint32_t segments_in;
	uint32_t not_sent_bytes; /* written by the program, still waiting */
	uint32_t min_rtt_us;
	uint64_t bytes_sent;       /* data, each time it was sent */
	uint64_t bytes_sent_again; /* of these, not for the first time */
	uint32_t send_window;      /* bytes; what the peer last said, scaled */
};

#define SOCKET_SSTHRESH_NONE 0x7fffffffu

struct diag_socket {
	enum socket_state state;
	struct ip_address local;  /* IPv4 addresses of a socket of both kinds are version 4 */
	struct ip_address remote; /* all zero: none */
	uint16_t local_port;
	uint16_t remote_port;
	uint32_t interface; /* index of the one it is bound to; 0: any */
	uint32_t uid;       /* whose it is; 0 also where the kernel keeps no owner */
	uint32_t inode;     /* 0: no program has it, the kernel finishes it alone */
	uint64_t cookie;    /* the kernel's number for it, never used again */
	enum socket_timer timer;
	uint32_t timer_ms;      /* until it fires; 0: none, or at once */
	uint8_t tries;          /* retransmissions or probes so far without an answer */
	uint32_t receive_queue; /* bytes not read yet; LISTEN: connections not accepted yet */
	uint32_t send_queue;    /* bytes not acknowledged yet; LISTEN: most that may wait so */
	char congestion[SOCKET_CONGESTION_BYTES]; /* "cubic"; empty: not told */
	bool has_info; /* not of TIME_WAIT and SYN_RECV, which are no full sockets */
	struct socket_info info;
};

#endif
