/* The two machines of the lab. Who of them is the client of a connection is another matter. */
#ifndef WIRETALE_TCP_LAB_LAB_HOST_H
#define WIRETALE_TCP_LAB_LAB_HOST_H

enum lab_host {
	LAB_CLIENT = 0, /* 10.77.0.1, fd77::1, "client" */
	LAB_SERVER = 1, /* 10.77.0.2, fd77::2, "server" */
};

#define LAB_HOSTS 2

static inline enum lab_host lab_other_host(enum lab_host host)
{
	return host == LAB_CLIENT ? LAB_SERVER : LAB_CLIENT;
}

/* "client", "server" */
const char *lab_host_name(enum lab_host host);

#define LAB_CLIENT_IPV4 "10.77.0.1"
#define LAB_SERVER_IPV4 "10.77.0.2"
#define LAB_CLIENT_IPV6 "fd77::1"
#define LAB_SERVER_IPV6 "fd77::2"

#endif
