/*
 * Any bytes as what the kernel answers to sock_diag. Reading them must end, in as many steps as
 * there are headers in them; what is told of a socket must be within its bounds.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sock_diag/diag_message.h"

#define SEQUENCE 0x77u
#define HEADER_BYTES 16u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check_socket(const struct diag_socket *socket)
{
	require(socket->state >= SOCKET_ESTABLISHED && socket->state < SOCKET_STATE_END);
	require(socket->local.version == 4 || socket->local.version == 6);
	require(socket->remote.version == 4 || socket->remote.version == 6);
	require(socket->timer <= SOCKET_TIMER_PROBE);
	require(socket->timer != SOCKET_TIMER_NONE || socket->timer_ms == 0);
	require(memchr(socket->congestion, '\0', sizeof(socket->congestion)) != NULL);
	require(socket->has_info || !socket->info.has_traffic);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Memory of its own: aligned, and as long as it says. */
	uint8_t *bytes = malloc(size > 0 ? size : 1);
	struct diag_reader reader = { .bytes = bytes, .length = size, .sequence = SEQUENCE };
	struct diag_socket socket;
	enum diag_answer answer;
	size_t steps = 0;

	if (!bytes)
		return 0;
	if (size > 0)
		memcpy(bytes, data, size);
	while ((answer = diag_reader_next(&reader, &socket)) != DIAG_NOTHING_LEFT) {
		require(++steps <= size / HEADER_BYTES + 1);
		require(reader.error <= 0);
		if (answer == DIAG_SOCKET)
			check_socket(&socket);
	}
	require(reader.length == 0);
	free(bytes);
	return 0;
}
