/* What the server says: a function for each kind of message. See client_core.h. */
#ifndef WIRETALE_RELAY_CLIENT_CORE_FRAMES_H
#define WIRETALE_RELAY_CLIENT_CORE_FRAMES_H

#include "relay_client/client_core.h"

/* Takes the next frame. A fault ends the connection, and counts as QUIET. */
enum core_step core_take_frame(struct client_core *core, struct wt_event *out);

void core_tell_connected(struct client_core *core, struct wt_event *out);

/* A whole frame, or one that is broken, is at the front of the input. */
bool core_has_frame(const struct client_core *core);

#endif
