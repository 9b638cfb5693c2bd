#include "programs/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

bool standard_streams_keep_places(void)
{
	for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
		/* The wrong way round: nothing that is lost is taken for written. */
		int flags = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(stream, F_GETFD) != -1)
			continue;
		/* The lowest number that is free is this one. */
		if (open("/dev/null", flags | O_NOCTTY) != stream) // NOLINT(android-cloexec-open)
			return false;
	}
	return true;
}
