#include "base/error_name.h"

#include <errno.h>
#include <string.h>

#define SOCKET_ERRORS(X)                                                                           \
	X(EACCES)                                                                                  \
	X(EADDRINUSE)                                                                              \
	X(EADDRNOTAVAIL)                                                                           \
	X(EAFNOSUPPORT)                                                                            \
	X(EAGAIN)                                                                                  \
	X(EALREADY)                                                                                \
	X(EBADF)                                                                                   \
	X(ECONNABORTED)                                                                            \
	X(ECONNREFUSED)                                                                            \
	X(ECONNRESET)                                                                              \
	X(EHOSTDOWN)                                                                               \
	X(EHOSTUNREACH)                                                                            \
	X(EINPROGRESS)                                                                             \
	X(EINTR)                                                                                   \
	X(EINVAL)                                                                                  \
	X(EIO)                                                                                     \
	X(EISCONN)                                                                                 \
	X(EMFILE)                                                                                  \
	X(EMSGSIZE)                                                                                \
	X(ENETDOWN)                                                                                \
	X(ENETUNREACH)                                                                             \
	X(ENFILE)                                                                                  \
	X(ENOBUFS)                                                                                 \
	X(ENODEV)                                                                                  \
	X(ENOENT)                                                                                  \
	X(ENOMEM)                                                                                  \
	X(ENOPROTOOPT)                                                                             \
	X(ENOTCONN)                                                                                \
	X(ENOTSOCK)                                                                                \
	X(EOPNOTSUPP)                                                                              \
	X(EPERM)                                                                                   \
	X(EPIPE)                                                                                   \
	X(EPROTO)                                                                                  \
	X(EPROTONOSUPPORT)                                                                         \
	X(ETIMEDOUT)

const char *error_name(int error)
{
	switch (error) {
#define AS_CASE(name)                                                                              \
	case name:                                                                                 \
		return #name;
		SOCKET_ERRORS(AS_CASE)
#undef AS_CASE
	default:
		return NULL;
	}
}

int error_number(const char *name)
{
#define AS_ROW(error) { #error, error },
	static const struct {
		const char *name;
		int number;
	} rows[] = { SOCKET_ERRORS(AS_ROW) };
#undef AS_ROW

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].number;
	}
	return 0;
}

const char *const *error_names(size_t *count)
{
#define AS_NAME(error) #error,
	static const char *const names[] = { SOCKET_ERRORS(AS_NAME) };
#undef AS_NAME

	*count = sizeof(names) / sizeof(names[0]);
	return names;
}
