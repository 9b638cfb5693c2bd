/*
 * What people are shown: an event or a table as text. Everything that came from the network
 * is made harmless. Each function adds whole lines, each with its line end, unless it says
 * otherwise. Times are shown in this machine's zone. Any thread.
 */
#ifndef WIRETALE_CHAT_UI_RENDER_H
#define WIRETALE_CHAT_UI_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "chat_ui/recipient.h"
#include "chat_ui/round_trips.h"
#include "wiretale/client.h"

struct render_style {
	bool colour; /* for a terminal that shows it, and people who want it */
};

/* "127.0.0.1:51402", "[::1]:51402" and the terminating zero */
#define RENDER_ADDRESS_BYTES 80

void render_address(const struct wt_address *address, char out[RENDER_ADDRESS_BYTES]);

/* "client 3 (127.0.0.1:51402)", "3 @ann (127.0.0.1:51402)"; no line end. */
void render_peer(struct text_builder *out, struct render_style style, const struct wt_peer *peer);

/* "0.412 ms", "1.204 s"; no line end. */
void render_duration(struct text_builder *out, uint64_t duration_ns);

/* "21:00:03"; no line end. */
void render_time_of_day(struct text_builder *out, uint64_t wall_ns);

/* "2026-11-20 21:00:03"; no line end. */
void render_date_and_time(struct text_builder *out, uint64_t wall_ns);

/* MESSAGE: time, sender and text. */
void render_message(struct text_builder *out, struct render_style style,
		    const struct wt_event *event);

/*
 * PRESENCE at the given time. old_name: what it was called before where it was here already
 * and has another name now ("": it had none); else NULL.
 */
void render_presence(struct text_builder *out, struct render_style style,
		     const struct wt_event *event, const char *old_name, uint64_t now_ns);

/* VERDICT: what became of the message, as a part of a sentence; no line end. */
void render_outcome(struct text_builder *out, struct render_style style,
		    const struct wt_event *event);

/*
 * VERDICT: the outcome, but UNKNOWN for one without acknowledgement in time too, which may
 * have arrived.
 */
enum wt_outcome render_true_outcome(const struct wt_event *event);

/* VERDICT on a message to that recipient. */
void render_verdict(struct text_builder *out, struct render_style style, const struct recipient *to,
		    const struct wt_event *event);

/* CONNECTED, to a server that was written so. */
void render_connected(struct text_builder *out, struct render_style style,
		      const struct wt_event *event, const char *server);

/* DISCONNECTED: why, as a part of a sentence; no line end. */
void render_disconnect_reason(struct text_builder *out, const struct wt_event *event);

/*
 * Why there is no connection, as a part of a sentence: "cannot connect to 10.0.0.1: Connection
 * refused". `why` is what the library said, or "". No line end.
 */
void render_connect_failure(struct text_builder *out, const char *server, const char *why,
			    enum wt_result result);

/*
 * What to look for where there is no connection: "" or a sentence with a blank before it.
 * `why` and `result` are as for render_connect_failure().
 */
const char *render_connect_hint(const char *why, enum wt_result result);

/* ANSWER that is not ok: why, as a part of a sentence; no line end. */
void render_refusal(struct text_builder *out, const struct wt_event *event);

/* ANSWER to LIST, TIME and ROOMS. The own client's row is marked. */
void render_list(struct text_builder *out, struct render_style style, const struct wt_event *event,
		 uint32_t own_number);
void render_rooms(struct text_builder *out, struct render_style style,
		  const struct wt_event *event);

/* RFC 3339 with nine digits, in the server's zone; no line end. */
void render_server_time(struct text_builder *out, const struct wt_event *event);

/* "100 requests, 100 responses: min 0.110 ms, median 0.154 ms, max 0.402 ms" */
void render_round_trips(struct text_builder *out, size_t requests,
			const struct round_trip_summary *summary);

/* Colours for a part of a line, by the SGR parameters given; nothing where style has none. */
void render_colour_begin(struct text_builder *out, struct render_style style, const char *sgr);
void render_colour_end(struct text_builder *out, struct render_style style);

#define RENDER_BOLD "1"
#define RENDER_DIM "2"
#define RENDER_RED "31"
#define RENDER_GREEN "32"
#define RENDER_YELLOW "33"
#define RENDER_CYAN "36"

#endif
