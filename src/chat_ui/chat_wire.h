/*
 * Who shows the segments of the chat's connection under each answer, where somebody does: the chat
 * tells when, and gives the text to add to. One thread.
 */
#ifndef WIRETALE_CHAT_UI_CHAT_WIRE_H
#define WIRETALE_CHAT_UI_CHAT_WIRE_H

#include "base/text_builder.h"
#include "wiretale/client.h"

struct chat_wire {
	void *context;
	void (*connecting)(void *context, const char *server); /* HOST[:PORT]: will be tried now */
	/* The connection is there, or could not be made; then ended() comes next. */
	void (*tried)(void *context, const struct wt_info *info);
	/* Something was told; what passed since the last time may be added. */
	void (*told)(void *context, struct text_builder *out);
	/* The same, and the connection is gone. */
	void (*ended)(void *context, struct text_builder *out);
};

#endif
