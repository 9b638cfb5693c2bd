#include "tcp_lab/lab_host.h"

const char *lab_host_name(enum lab_host host)
{
	return host == LAB_CLIENT ? "client" : "server";
}
