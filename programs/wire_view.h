/*
 * --wire: the segments of one connection of this program's own, from a live capture, under each
 * answer. Where capturing is not permitted one line says how to permit it, and everything else
 * goes on. One thread.
 *
 *   wire = wire_view_open("time", 2312);          before connecting; NULL: goes on without
 *   ... connect ...
 *   wire_view_connection(wire, &local, &remote);
 *   ... an answer was printed ...
 *   wire_view_show(wire);
 *   wire_view_close(wire);                         shows the rest
 *
 * Who makes several connections, one after the other, says before each to which port it goes, and
 * after each that it ended: wire_view_expect(), wire_view_ended().
 */
#ifndef WIRETALE_PROGRAMS_WIRE_VIEW_H
#define WIRETALE_PROGRAMS_WIRE_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip_address.h"
#include "base/text_builder.h"

struct wire_view;

struct wire_end {
	struct ip_address address;
	uint16_t port;
};

/*
 * command: for sentences, borrowed. port: the server's; 0: wire_view_expect() will tell. A sentence
 * is printed where it gives NULL. Privileges are given up once the capture is open, as
 * privileges_give_up() does: before threads are started. If they cannot be, there is no capture.
 */
struct wire_view *wire_view_open(const char *command, uint16_t port);

/* From now on lines of JSON, as `wiretale trace --json --segments` prints them, the connection's
 * own as its last. wire may be NULL in this and all that follow. */
void wire_view_use_json(struct wire_view *wire);

/* A connection to that port will be made next. */
void wire_view_expect(struct wire_view *wire, uint16_t port);

/*
 * Which connection it is, once it has both ends; before that nothing is shown. An end without
 * address is known by its port alone.
 */
void wire_view_connection(struct wire_view *wire, const struct wire_end *local,
			  const struct wire_end *remote);

/*
 * The connection between these ends did not come about: what there was of it (SYN and RST, SYN
 * again and again) is shown by wire_view_ended() or wire_view_close(), to be called once its
 * socket is closed, without waiting where no answer came. A local end without port: there was no
 * socket. Nothing where wire_view_connection() told of it already.
 */
void wire_view_failed(struct wire_view *wire, const struct wire_end *local,
		      const struct wire_end *remote);

/*
 * Prints to standard output what passed since the last time, ladder and unfolded messages. Waits
 * for the segments that are surely on their way (the acknowledgement of data), a quarter of a
 * second at most.
 */
void wire_view_show(struct wire_view *wire);

/* The same into a text, for those who write to the terminal themselves (chat). */
void wire_view_append(struct wire_view *wire, struct text_builder *out);

/* The connection was closed: what is left, its closing above all. Waits for it for as long. */
void wire_view_ended(struct wire_view *wire, struct text_builder *out);

/* The same to standard output, and lets go. */
void wire_view_close(struct wire_view *wire);

#endif
