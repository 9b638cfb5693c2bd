#include "tcp_lab/lab_counters.h"

#include "support/unit_test.h"

static const char snmp[] = "Ip: Forwarding DefaultTTL\n"
			   "Ip: 2 64\n"
			   "Tcp: RtoAlgorithm MaxConn RetransSegs InErrs\n"
			   "Tcp: 1 -1 17 3\n"
			   "Udp: InDatagrams NoPorts\n"
			   "Udp: 5\n"
			   "UdpLite: InDatagrams\n";

static void a_counter_is_found_by_its_group_and_name(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_true(lab_counter_find(snmp, "Tcp", "RetransSegs", &value));
	assert_int_equal(value, 17);
	assert_true(lab_counter_find(snmp, "Tcp", "InErrs", &value));
	assert_int_equal(value, 3);
	assert_true(lab_counter_find(snmp, "Ip", "DefaultTTL", &value));
	assert_int_equal(value, 64);
}

static void what_is_not_there_is_not_found(void **state)
{
	uint64_t value = 99;

	(void)state;
	assert_false(lab_counter_find(snmp, "Tcp", "Retrans", &value));
	assert_false(lab_counter_find(snmp, "Tcp", "DefaultTTL", &value));
	assert_false(lab_counter_find(snmp, "Icmp", "InMsgs", &value));
	assert_false(lab_counter_find(snmp, "Tcp", "MaxConn", &value));         /* no count */
	assert_false(lab_counter_find(snmp, "Udp", "NoPorts", &value));         /* no value */
	assert_false(lab_counter_find(snmp, "UdpLite", "InDatagrams", &value)); /* no values */
	assert_false(lab_counter_find("", "Tcp", "RetransSegs", &value));
	assert_false(lab_counter_find("Tcp: RetransSegs", "Tcp", "RetransSegs", &value));
	assert_int_equal(value, 99);
}

static void packets_stand_in_the_line_of_their_device(void **state)
{
	static const char text[] = "Inter-|   Receive                      |  Transmit\n"
				   " face |bytes packets errs drop fifo frame compressed multicast|"
				   "bytes packets errs drop fifo colls carrier compressed\n"
				   "    lo:  1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
				   "  eth0:21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36\n"
				   " short: 1 2 3\n";
	uint64_t value = 99;

	(void)state;
	assert_true(lab_counter_dropped(text, "lo", &value));
	assert_int_equal(value, 12);
	assert_true(lab_counter_dropped(text, "eth0", &value));
	assert_int_equal(value, 32);
	assert_true(lab_counter_sent(text, "eth0", &value));
	assert_int_equal(value, 30);
	assert_false(lab_counter_sent(text, "eth", &value));
	assert_false(lab_counter_dropped(text, "eth", &value));
	assert_false(lab_counter_dropped(text, "short", &value));
	assert_false(lab_counter_dropped("", "eth0", &value));
	assert_int_equal(value, 30);
}

static void what_a_host_counts_stands_in_two_files(void **state)
{
	static const char netstat[] = "TcpExt: SyncookiesSent TCPFastRetrans TCPTimeouts\n"
				      "TcpExt: 5 3 2\n"
				      "IpExt: InNoRoutes\n"
				      "IpExt: 0\n";
	struct lab_counts counts = { .values = { 99, 99, 99, 99, 99, 99 } };

	(void)state;
	assert_false(lab_counts_read("", netstat, &counts));
	assert_int_equal(counts.values[LAB_COUNTER_FAST], 99);
	assert_true(lab_counts_read(snmp, netstat, &counts));
	assert_int_equal(counts.values[LAB_COUNTER_SENT_AGAIN], 17);
	assert_int_equal(counts.values[LAB_COUNTER_FAST], 3);
	assert_int_equal(counts.values[LAB_COUNTER_TIMEOUTS], 2);
	/* of an older kernel */
	assert_int_equal(counts.values[LAB_COUNTER_PROBES], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counter_is_found_by_its_group_and_name),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(what_a_host_counts_stands_in_two_files),
		cmocka_unit_test(packets_stand_in_the_line_of_their_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
