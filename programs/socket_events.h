/* What happens at a bare peer, in words and as JSON: whole lines, harmless to a terminal. */
#ifndef WIRETALE_PROGRAMS_SOCKET_EVENTS_H
#define WIRETALE_PROGRAMS_SOCKET_EVENTS_H

#include <stdbool.h>

#include "base/text_builder.h"
#include "chat_ui/render.h"
#include "socket_peer/socket_peer.h"

struct socket_telling {
	struct render_style style;
	bool listens; /* several peers, each with a number */
	bool hex;     /* data as a dump */
};

/* All events; DATA as lines with who sent them in front. */
void socket_event_text(struct text_builder *out, const struct socket_telling *telling,
		       const struct socket_peer_event *event);

/* All events: one object, with its line end. */
void socket_event_json(struct text_builder *out, const struct socket_peer_event *event);

/* /list: a line for each connection. */
void socket_list_text(struct text_builder *out, const struct socket_telling *telling,
		      const struct socket_peer *peer);

#endif
