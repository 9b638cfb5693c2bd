#include "tcp_lab/lab_steps_transfer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text_builder.h"
#include "tcp_lab/lab_clock.h"
#include "tcp_lab/lab_steps_socket.h"

#define PIECE_BYTES 65536u
#define CALLS_AT_ONCE 64u /* of a socket, before the cable gets its turn again */

/* ---- sending ---- */

/* "abc...z", a newline, and again: where a segment begins in it can be read off. */
static void write_pattern(uint64_t from, size_t length, char *out)
{
	static const char pattern[] = "abcdefghijklmnopqrstuvwxyz\n";
	const size_t period = sizeof(pattern) - 1;

	for (size_t i = 0; i < length; i++)
		out[i] = pattern[(from + i) % period];
}

/* One send() of what is left of this time's bytes. */
static ssize_t send_piece(const struct running_step *running, struct lab_socket *socket,
			  uint64_t length)
{
	const struct step *step = running->step;
	uint64_t left = length - running->bytes_of_call;
	int flags = (step->urgent ? MSG_OOB : 0) | (step->more ? MSG_MORE : 0);
	char buffer[PIECE_BYTES];

	if (step->bytes.bytes)
		return lab_socket_send(socket, step->bytes.bytes + running->bytes_of_call,
				       (size_t)left, flags);
	if (left > PIECE_BYTES) {
		/* The urgent byte is the last of all of them. */
		flags &= ~MSG_OOB;
		left = PIECE_BYTES;
	}
	write_pattern(socket->pattern_bytes, (size_t)left, buffer);
	return lab_socket_send(socket, buffer, (size_t)left, flags);
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static enum step_progress say_sent(struct running_step *running)
{
	if (running->times > 1)
		return step_says(running, STEP_DONE, "%" PRIu64 " byte%s in %" PRIu32 " calls",
				 running->bytes, plural(running->bytes), running->times);
	return step_says(running, STEP_DONE, "%" PRIu64 " byte%s", running->bytes,
			 plural(running->bytes));
}

/* The next of its times begins when it is due: counted from the first, so that nothing adds up. */
static bool is_due(struct running_step *running)
{
	const struct step *step = running->step;
	uint64_t due_ns = running->began_ns + running->times * step->every_ns;

	if (step->every_ns == 0 || running->bytes_of_call > 0 || due_ns <= lab_now_ns())
		return true;
	running->retry_ns = due_ns;
	return false;
}

enum step_progress step_send(struct lab_stage *stage, struct running_step *running)
{
	const struct step *step = running->step;
	uint64_t length = step->bytes.bytes ? step->bytes.length : step->count;
	uint32_t times = step->times > 0 ? step->times : 1;
	struct lab_socket *socket = step_open_socket(stage, running, false);

	if (!socket)
		return STEP_WRONG;
	for (unsigned calls = 0; running->times < times; calls++) {
		ssize_t sent;

		if (!is_due(running))
			return STEP_WAITS;
		if (calls == CALLS_AT_ONCE) {
			running->retry_ns = 0;
			return STEP_WAITS;
		}
		sent = send_piece(running, socket, length);
		if (sent == -EAGAIN && !step->no_wait)
			return step_says(running, STEP_WAITS,
					 "%" PRIu64 " bytes went, and nobody received enough of "
					 "them to make room for more",
					 running->bytes);
		if (sent < 0)
			return step_called(running, (int)sent);
		step_take_sent(stage);
		running->bytes += (uint64_t)sent;
		running->bytes_of_call += (uint64_t)sent;
		if (!step->bytes.bytes)
			socket->pattern_bytes += (uint64_t)sent;
		if (running->bytes_of_call == length || step->no_wait) {
			running->times++;
			running->bytes_of_call = 0;
		}
	}
	return say_sent(running);
}

/* ---- receiving ---- */

static enum step_progress say_received(struct running_step *running)
{
	return step_says(running, STEP_DONE, "%" PRIu64 " byte%s", running->bytes,
			 plural(running->bytes));
}

/* For the limit. */
static enum step_progress wait_for_more(struct running_step *running, uint64_t wanted)
{
	return step_says(running, STEP_WAITS, "%" PRIu64 " of %" PRIu64 " bytes came",
			 running->bytes, wanted);
}

static enum step_progress say_ended(struct running_step *running)
{
	if (running->bytes == 0)
		return step_says(running, STEP_WRONG,
				 "the other side has ended its stream: nothing more comes");
	return step_says(running, STEP_WRONG,
			 "the other side has ended its stream after %" PRIu64 " byte%s",
			 running->bytes, plural(running->bytes));
}

/* Other bytes came than those that were to come. */
static enum step_progress say_other(struct running_step *running, const char *came, size_t length)
{
	const struct step_bytes *wanted = &running->step->bytes;
	struct text_builder quoted;
	size_t at = 0;

	while (at < length && came[at] == wanted->bytes[running->bytes + at])
		at++;
	text_builder_init(&quoted, 120);
	text_append_harmless(&quoted, came, length < 24 ? length : 24);
	(void)step_says(running, STEP_WRONG, "\"%s\"%s came, which differs at byte %" PRIu64,
			text_builder_text(&quoted), length > 24 ? "..." : "",
			running->bytes + at + 1);
	text_builder_finish(&quoted);
	return STEP_WRONG;
}

/* Many bytes may be wanted: what does not fit into a piece is left for the next call. */
static enum step_progress receive_so_many(struct running_step *running, struct lab_socket *socket)
{
	const struct step *step = running->step;
	bool is_text = step->receive == RECEIVE_TEXT;
	uint64_t wanted = is_text ? step->bytes.length : step->count;
	char buffer[PIECE_BYTES];

	for (unsigned calls = 0; running->bytes < wanted; calls++) {
		uint64_t left = wanted - running->bytes;
		ssize_t came;

		if (calls == CALLS_AT_ONCE) {
			running->retry_ns = 0;
			return wait_for_more(running, wanted);
		}
		came = lab_socket_receive(socket, buffer,
					  left < PIECE_BYTES ? (size_t)left : PIECE_BYTES, 0);
		if (came == -EAGAIN && !step->no_wait)
			return wait_for_more(running, wanted);
		if (came < 0)
			return step_called(running, (int)came);
		if (came == 0)
			return say_ended(running);
		if (is_text &&
		    memcmp(buffer, step->bytes.bytes + running->bytes, (size_t)came) != 0)
			return say_other(running, buffer, (size_t)came);
		running->bytes += (uint64_t)came;
		if (step->no_wait && running->bytes < wanted)
			return step_called(running, -EAGAIN);
	}
	return say_received(running);
}

static enum step_progress receive_some(struct running_step *running, struct lab_socket *socket)
{
	char buffer[PIECE_BYTES];
	ssize_t came = lab_socket_receive(socket, buffer, sizeof(buffer), 0);

	if (came == -EAGAIN && !running->step->no_wait)
		return STEP_WAITS;
	if (came < 0)
		return step_called(running, (int)came);
	if (came == 0)
		return say_ended(running);
	running->bytes = (uint64_t)came;
	return say_received(running);
}

static enum step_progress receive_all(struct running_step *running, struct lab_socket *socket)
{
	char buffer[PIECE_BYTES];

	for (unsigned calls = 0; calls < CALLS_AT_ONCE; calls++) {
		ssize_t came = lab_socket_receive(socket, buffer, sizeof(buffer), 0);

		if (came == -EAGAIN)
			return say_received(running);
		if (came < 0)
			return step_called(running, (int)came);
		if (came == 0)
			return step_says(running, STEP_DONE, "%" PRIu64 " byte%s and the end",
					 running->bytes, plural(running->bytes));
		running->bytes += (uint64_t)came;
	}
	running->retry_ns = 0;
	return STEP_WAITS;
}

static enum step_progress receive_end(struct running_step *running, struct lab_socket *socket)
{
	char buffer[64];
	ssize_t came = lab_socket_receive(socket, buffer, sizeof(buffer), 0);
	struct text_builder quoted;

	if (came == -EAGAIN && !running->step->no_wait)
		return STEP_WAITS;
	if (came < 0)
		return step_called(running, (int)came);
	if (came == 0)
		return step_says(running, STEP_DONE, "the end");
	text_builder_init(&quoted, 120);
	text_append_harmless(&quoted, buffer, came < 24 ? (size_t)came : 24);
	(void)step_says(running, STEP_WRONG, "\"%s\"%s came before the end",
			text_builder_text(&quoted), came > 24 ? "..." : "");
	text_builder_finish(&quoted);
	return STEP_WRONG;
}

/* EINVAL means that no urgent byte has come, but also that it was read already. */
static enum step_progress receive_urgent(struct running_step *running, struct lab_socket *socket)
{
	const struct step *step = running->step;
	char byte = 0;
	ssize_t came = lab_socket_receive(socket, &byte, 1, MSG_OOB);
	struct text_builder quoted;

	if ((came == -EAGAIN || (came == -EINVAL && step->fails_with != EINVAL)) && !step->no_wait)
		return STEP_WAITS;
	if (came < 0)
		return step_called(running, (int)came);
	if (came == 0)
		return say_ended(running);
	text_builder_init(&quoted, 16);
	text_append_harmless(&quoted, &byte, 1);
	(void)step_says(running, STEP_DONE, "\"%s\"", text_builder_text(&quoted));
	text_builder_finish(&quoted);
	return STEP_DONE;
}

enum step_progress step_receive(struct lab_stage *stage, struct running_step *running)
{
	struct lab_socket *socket = step_open_socket(stage, running, false);

	if (!socket)
		return STEP_WRONG;
	switch (running->step->receive) {
	case RECEIVE_TEXT:
	case RECEIVE_BYTES:
		return receive_so_many(running, socket);
	case RECEIVE_SOME:
		return receive_some(running, socket);
	case RECEIVE_ALL:
		return receive_all(running, socket);
	case RECEIVE_END:
		return receive_end(running, socket);
	case RECEIVE_URGENT:
		return receive_urgent(running, socket);
	}
	return STEP_WRONG;
}
