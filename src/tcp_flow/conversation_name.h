/*
 * What protocol two byte streams speak, and what name they give themselves: from the beginnings
 * of both, by what well-known protocols say first. The bytes are hostile: nothing is read outside
 * of them, no memory is taken, what is given back points into them. Any thread.
 */
#ifndef WIRETALE_TCP_FLOW_CONVERSATION_NAME_H
#define WIRETALE_TCP_FLOW_CONVERSATION_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"

/* Borrowed from a stream's bytes; length 0: not there. */
struct stream_text {
	const uint8_t *bytes;
	size_t length;
};

struct conversation_clues {
	const char
		*protocol; /* "tls", "http", "ssh" ...; "text"; NULL: none that is known. Static */
	const char
		*title; /* how people write it: "TLS 1.3", "HTTP", "SSH"; with protocol. Static */
	struct stream_text host;     /* TLS: the server name asked for; HTTP: Host */
	struct stream_text alpn;     /* TLS: the protocol chosen, or the first that was offered */
	bool alpn_chosen;            /* by the server, as far as it says so in the clear */
	struct stream_text request;  /* HTTP: the first line. Without its line end, as all here */
	struct stream_text answer;   /* HTTP: the status line */
	struct stream_text greeting; /* SSH, SMTP, FTP ...: what the server says first */
};

/* The clues of two streams: the client's and the server's first bytes, either may be empty. */
void conversation_clues_find(struct stream_text client, struct stream_text server,
			     struct conversation_clues *out);

/*
 * "TLS 1.3 to example.org (ALPN h2)", "HTTP example.org GET /index.html", "SSH OpenSSH_9.2p1".
 * False: there is nothing to say, nothing was written.
 */
bool conversation_clues_text(const struct conversation_clues *clues, struct text_builder *out);

/*
 * All of it could stand in a text: UTF-8 with something to see in it, and without control
 * characters save line ends, tabs and zeros. Nothing at all is plain, too.
 */
bool stream_text_is_plain(struct stream_text text);

#endif
