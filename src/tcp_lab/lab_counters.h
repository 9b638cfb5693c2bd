/* Counters of the kernel, out of the texts of /proc/net. Any thread. */
#ifndef WIRETALE_TCP_LAB_LAB_COUNTERS_H
#define WIRETALE_TCP_LAB_LAB_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

/* What a host's kernel counts about segments that it sends again: the file of /proc/net, the group
 * and the name in it. */
#define LAB_COUNTERS(X)                                                                            \
	X(LAB_COUNTER_SENT_AGAIN, SNMP, "Tcp", "RetransSegs")                                      \
	X(LAB_COUNTER_TIMEOUTS, NETSTAT, "TcpExt", "TCPTimeouts") /* timers that ran out */        \
	X(LAB_COUNTER_PROBES, NETSTAT, "TcpExt", "TCPLossProbes") /* of new data too */            \
	X(LAB_COUNTER_FAST, NETSTAT, "TcpExt", "TCPFastRetrans")  /* told by ACKs */               \
	X(LAB_COUNTER_SLOW_START, NETSTAT, "TcpExt", "TCPSlowStartRetrans") /* behind a timeout */ \
	X(LAB_COUNTER_SYNS, NETSTAT, "TcpExt", "TCPSynRetrans")             /* SYN and SYN-ACK */

#define LAB_AS_ENUM(constant, ...) constant,
enum lab_counter { LAB_COUNTERS(LAB_AS_ENUM) LAB_COUNTER_COUNT };
#undef LAB_AS_ENUM

/* Of one host. A counter that this kernel has not is 0. */
struct lab_counts {
	uint64_t values[LAB_COUNTER_COUNT];
};

/* snmp, netstat: the texts of these files of /proc/net. False: RetransSegs is not there. */
bool lab_counts_read(const char *snmp, const char *netstat, struct lab_counts *out);

/* Of a text as /proc/net/snmp is. group: "Tcp"; name: "RetransSegs". The first line of a group has
 * the names, the next one the values. False: it is not there. */
bool lab_counter_find(const char *text, const char *group, const char *name, uint64_t *out);

/* Of /proc/net/dev: packets that the device sent, or was to send and dropped. device: "eth0". */
bool lab_counter_sent(const char *text, const char *device, uint64_t *out);
bool lab_counter_dropped(const char *text, const char *device, uint64_t *out);

#endif
