#include "report/state_text.h"

#include <string.h>

/* A name without "-" and "_"; longer ones are none of these. */
#define BARE_NAME_BYTES 16u

const struct state_text *state_text_of(enum tcp_state state)
{
	static const struct state_text texts[TCP_STATE_COUNT] = {
		[TCP_CLOSED] = { "has a port, but neither listens nor is connected.",
				 "programs that bind() and do nothing more." },
		[TCP_LISTEN] = { "waits at its port for clients to come.",
				 "many services, or one at many ports." },
		[TCP_SYN_SENT] = { "has sent a SYN and waits for an answer.",
				   "nobody answers: the host is down, or a firewall drops the "
				   "SYN." },
		[TCP_SYN_RECV] = { "has answered a SYN and waits for the third segment.",
				   "clients that do not answer, or a flood of SYNs." },
		[TCP_ESTABLISHED] = { "is connected: both sides can send.",
				      "as many connections are open, idle ones too." },
		[TCP_FIN_WAIT1] = { "closed first; the peer has not acknowledged its FIN yet.",
				    "peers that are gone, or take the data before the FIN "
				    "slowly." },
		[TCP_FIN_WAIT2] = { "closed first; the peer knows, but has not closed its side.",
				    "the other side does not close." },
		[TCP_CLOSE_WAIT] = { "the peer has closed; the program here has not.",
				     "a mistake in the program: it does not call close()." },
		[TCP_CLOSING] = { "both closed at the same time; the last acknowledgement is due.",
				  "acknowledgements are lost on the way; rare." },
		[TCP_LAST_ACK] = { "closed second; the peer has not acknowledged its FIN yet.",
				   "peers that went away without acknowledging." },
		[TCP_TIME_WAIT] = { "closed first, all is done; holds its ports for 60 s, so that "
				    "late segments meet no new connection.",
				    "this side is the one that closes; harmless until ports run "
				    "out." },
	};

	return &texts[state];
}

/* Upper case, without what parts the words. False: too long to be one of ours. */
static bool bare_name(const char *name, size_t length, char out[BARE_NAME_BYTES])
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		char letter = name[i];

		if (letter == '-' || letter == '_')
			continue;
		if (used == BARE_NAME_BYTES - 1)
			return false;
		if (letter >= 'a' && letter <= 'z')
			letter = (char)(letter - 'a' + 'A');
		out[used++] = letter;
	}
	out[used] = '\0';
	return true;
}

enum tcp_state state_by_name(const char *name, size_t length)
{
	static const struct {
		const char *name;
		enum tcp_state state;
	} others[] = {
		{ "ESTAB", TCP_ESTABLISHED }, { "SYNRECEIVED", TCP_SYN_RECV },
		{ "SYNRCVD", TCP_SYN_RECV },  { "CLOSE", TCP_CLOSED },
		{ "UNCONN", TCP_CLOSED },     { "LISTENING", TCP_LISTEN },
	};
	char asked[BARE_NAME_BYTES];
	char bare[BARE_NAME_BYTES];

	if (!bare_name(name, length, asked))
		return TCP_STATE_COUNT;
	for (unsigned state = 0; state < TCP_STATE_COUNT; state++) {
		const char *full = tcp_state_name((enum tcp_state)state);

		if (bare_name(full, strlen(full), bare) && strcmp(asked, bare) == 0)
			return (enum tcp_state)state;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcmp(asked, others[i].name) == 0)
			return others[i].state;
	}
	return TCP_STATE_COUNT;
}
