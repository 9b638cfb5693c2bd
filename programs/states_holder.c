#include "programs/states_holder.h"

struct states_holder states_holder_of(const struct states_sample *sample,
				      const struct diag_socket *socket)
{
	struct states_holder holder = { .kind = STATES_HIDDEN };

	if (socket->inode > 0) {
		if (sample->owners &&
		    socket_owners_find(sample->owners, socket->inode, &holder.owner))
			holder.kind = STATES_HELD;
	} else if (socket->state == SOCKET_ESTABLISHED || socket->state == SOCKET_CLOSE_WAIT ||
		   socket->state == SOCKET_SYN_RECV) {
		holder.kind = STATES_NOT_ACCEPTED;
	} else {
		holder.kind = STATES_LEFT;
	}
	return holder;
}

const char *states_holder_name(const struct states_holder *holder)
{
	switch (holder->kind) {
	case STATES_HELD:
		return holder->owner.program;
	case STATES_HIDDEN:
		return "(hidden)";
	case STATES_NOT_ACCEPTED:
		return "(not accepted yet)";
	case STATES_LEFT:
		break;
	}
	return "(left to the kernel)";
}

const char *states_holder_word(enum states_holder_kind kind)
{
	switch (kind) {
	case STATES_HELD:
		return "held";
	case STATES_HIDDEN:
		return "hidden";
	case STATES_NOT_ACCEPTED:
		return "not-accepted";
	case STATES_LEFT:
		break;
	}
	return "left";
}
