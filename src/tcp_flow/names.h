/*
 * The words for what a connection did: one list each makes the enum, the name in JSON and in text,
 * and the tests. The names are fixed: programs outside read them. Any thread.
 */
#ifndef WIRETALE_TCP_FLOW_NAMES_H
#define WIRETALE_TCP_FLOW_NAMES_H

enum tcp_side {
	TCP_CLIENT = 0,
	TCP_SERVER = 1,
	TCP_BOTH_SIDES = 2, /* and for findings that are about neither: the connection */
};

/* RFC 9293 section 3.3.2, with Linux's spelling of SYN-RECEIVED. */
#define TCP_STATES(X)                                                                              \
	X(TCP_CLOSED, "CLOSED")                                                                    \
	X(TCP_LISTEN, "LISTEN")                                                                    \
	X(TCP_SYN_SENT, "SYN_SENT")                                                                \
	X(TCP_SYN_RECV, "SYN_RECV")                                                                \
	X(TCP_ESTABLISHED, "ESTABLISHED")                                                          \
	X(TCP_FIN_WAIT1, "FIN_WAIT1")                                                              \
	X(TCP_FIN_WAIT2, "FIN_WAIT2")                                                              \
	X(TCP_CLOSE_WAIT, "CLOSE_WAIT")                                                            \
	X(TCP_CLOSING, "CLOSING")                                                                  \
	X(TCP_LAST_ACK, "LAST_ACK")                                                                \
	X(TCP_TIME_WAIT, "TIME_WAIT")

#define TCP_OPENINGS(X)                                                                            \
	X(OPENING_MIDSTREAM, "midstream")       /* no SYN in the file */                           \
	X(OPENING_HANDSHAKE, "handshake")       /* SYN, SYN-ACK, ACK */                            \
	X(OPENING_SIMULTANEOUS, "simultaneous") /* both sent a SYN before they got one */          \
	X(OPENING_REFUSED, "refused")           /* SYN answered by RST */                          \
	X(OPENING_UNANSWERED, "unanswered")     /* SYN, and nothing from the server */             \
	X(OPENING_HALF, "half")                 /* SYN, SYN-ACK, then nothing or an RST */

#define TCP_CLOSINGS(X)                                                                            \
	X(CLOSING_OPEN, "open")               /* no FIN, no RST */                                 \
	X(CLOSING_HALF_CLOSED, "half-closed") /* one FIN only */                                   \
	X(CLOSING_ORDERLY_4, "orderly-4")     /* FIN1 was acknowledged before FIN2 */              \
	X(CLOSING_ORDERLY_3, "orderly-3")     /* FIN2 is the first to acknowledge FIN1 */          \
	X(CLOSING_SIMULTANEOUS, "simultaneous")                                                    \
	X(CLOSING_RESET, "reset")

#define TCP_LABELS(X)                                                                              \
	X(LABEL_RETRANSMISSION, "retransmission")                                                  \
	X(LABEL_FAST_RETRANSMISSION, "fast-retransmission")                                        \
	X(LABEL_SPURIOUS_RETRANSMISSION, "spurious-retransmission")                                \
	X(LABEL_OUT_OF_ORDER, "out-of-order")                                                      \
	X(LABEL_DUPLICATE_ACK, "duplicate-ack")                                                    \
	X(LABEL_KEEP_ALIVE, "keep-alive")                                                          \
	X(LABEL_KEEP_ALIVE_ACK, "keep-alive-ack")                                                  \
	X(LABEL_ZERO_WINDOW, "zero-window")                                                        \
	X(LABEL_ZERO_WINDOW_PROBE, "zero-window-probe")                                            \
	X(LABEL_ZERO_WINDOW_PROBE_ACK, "zero-window-probe-ack")                                    \
	X(LABEL_WINDOW_FULL, "window-full")                                                        \
	X(LABEL_WINDOW_UPDATE, "window-update")                                                    \
	X(LABEL_LOST_SEGMENT, "lost-segment")                                                      \
	X(LABEL_ACK_LOST_SEGMENT, "ack-lost-segment")                                              \
	X(LABEL_REUSED_PORTS, "reused-ports")

/* Why a segment was sent again. CAUSE_NONE: it was not. */
#define TCP_CAUSES(X)                                                                              \
	X(CAUSE_NONE, "")                                                                          \
	X(CAUSE_TAIL_LOSS_PROBE, "tail-loss-probe")                                                \
	X(CAUSE_TIMEOUT, "timeout")                                                                \
	X(CAUSE_FAST, "fast")                                                                      \
	X(CAUSE_SACK, "sack")                                                                      \
	X(CAUSE_GO_BACK_N, "go-back-n")                                                            \
	X(CAUSE_NEEDLESS, "needless")                                                              \
	X(CAUSE_UNKNOWN, "unknown")

/* Where the time went; the parts exclude each other. */
#define TCP_LEDGER_PARTS(X)                                                                        \
	X(LEDGER_OPENING, "opening")                                                               \
	X(LEDGER_NETWORK, "network")                                                               \
	X(LEDGER_CLIENT, "client")                                                                 \
	X(LEDGER_SERVER, "server")                                                                 \
	X(LEDGER_RECOVERY, "recovery")                                                             \
	X(LEDGER_WINDOW, "window")                                                                 \
	X(LEDGER_CLOSING, "closing")                                                               \
	X(LEDGER_IDLE, "idle")

#define TCP_CONFIDENCES(X)                                                                         \
	X(CONFIDENCE_SURE, "sure")                                                                 \
	X(CONFIDENCE_LIKELY, "likely")                                                             \
	X(CONFIDENCE_UNSURE, "unsure")

#define TCP_AS_ENUM(constant, ...) constant,
enum tcp_state { TCP_STATES(TCP_AS_ENUM) TCP_STATE_COUNT };
enum tcp_opening { TCP_OPENINGS(TCP_AS_ENUM) OPENING_COUNT };
enum tcp_closing { TCP_CLOSINGS(TCP_AS_ENUM) CLOSING_COUNT };
enum tcp_label { TCP_LABELS(TCP_AS_ENUM) LABEL_COUNT };
enum tcp_cause { TCP_CAUSES(TCP_AS_ENUM) CAUSE_COUNT };
enum tcp_ledger_part { TCP_LEDGER_PARTS(TCP_AS_ENUM) LEDGER_PART_COUNT };
enum tcp_confidence { TCP_CONFIDENCES(TCP_AS_ENUM) CONFIDENCE_COUNT };
#undef TCP_AS_ENUM

/* A set of labels has bit TCP_LABEL_BIT(label) for each. */
#define TCP_LABEL_BIT(label) (1u << (label))

const char *tcp_side_name(enum tcp_side side); /* "client", "server", "both" */
const char *tcp_state_name(enum tcp_state value);
const char *tcp_opening_name(enum tcp_opening value);
const char *tcp_closing_name(enum tcp_closing value);
const char *tcp_label_name(enum tcp_label value);
const char *tcp_cause_name(enum tcp_cause value);
const char *tcp_ledger_part_name(enum tcp_ledger_part value);
const char *tcp_confidence_name(enum tcp_confidence value);

static inline enum tcp_side tcp_other_side(enum tcp_side side)
{
	return side == TCP_CLIENT ? TCP_SERVER : TCP_CLIENT;
}

#endif
