/* What became of our requests: a function for each kind of answer. See client_core.h. */
#ifndef WIRETALE_RELAY_CLIENT_CORE_ANSWERS_H
#define WIRETALE_RELAY_CLIENT_CORE_ANSWERS_H

#include "relay_client/client_core.h"

/* The response to one request, or by THROUGH to several. */
enum core_step core_handle_response(struct client_core *core, const struct relay_frame *frame,
				    const struct relay_message *message, struct wt_event *out);

/* Tells the oldest of the requests that are done. There must be one. */
enum core_step core_tell_done(struct client_core *core, struct wt_event *out);

/* What became of the name that the library asked for. */
void core_note_own_name(struct client_core *core, enum wt_status status);

#endif
