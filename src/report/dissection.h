/*
 * One frame taken apart: its headers, their fields, where each stands and what it means. Made by
 * dissection_frame() and by those who know a protocol above TCP; rendered as text (detail_text.h)
 * and as JSON (dissection_json.h). Any thread.
 */
#ifndef WIRETALE_REPORT_DISSECTION_H
#define WIRETALE_REPORT_DISSECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_builder.h"
#include "packet/captured_frame.h"
#include "packet/header_field.h"
#include "packet/header_trail.h"
#include "packet/packet.h"
#include "tcp_flow/connection.h"
#include "tcp_flow/segment_facts.h"

#define DISSECTION_FIELDS_MAX 4096u /* of one frame; beyond it `cut` is set */
#define DISSECTION_LAYERS_MAX 512u

struct dissected_field {
	const char *name;        /* for programs: "tcp.sequence", "wiretale.type"; static */
	const char *title;       /* for people: "Sequence number"; static */
	enum header_field_id id; /* HEADER_FIELD_COUNT: none of the headers' */
	uint8_t level;           /* 0; more: a part of the nearest field above with a lower level */
	uint32_t offset;         /* of its first byte, in its layer's bytes */
	uint32_t bytes;          /* that it touches */
	uint8_t first_bit;       /* within the first byte, 0: the highest */
	uint32_t bits;
	const char *value;   /* "50030", "10.7.92.177", "set", "SEND"; owned by the dissection */
	const char *meaning; /* "relative 1", "good", "30 bytes of options"; "": nothing to add */
};

struct dissected_layer {
	const char *name;     /* "tcp", "wiretale", "classic"; static */
	const char *title;    /* "TCP header", "Wiretale frame: TIME request"; owned */
	const char *summary;  /* one line: "50030 > 1005 [SYN] ..."; ""; owned */
	const uint8_t *bytes; /* borrowed; the layer's own */
	uint32_t length;      /* of them that are there */
	/*
	 * Where the layer's first byte stands in the frame. Below 0, or past the captured bytes:
	 * what is shown came with other frames (a message in several segments, a datagram in
	 * fragments); field bytes that fall into the frame can be found in its hex dump.
	 */
	int64_t frame_offset;
	uint32_t earlier; /* so many of its first bytes came with earlier frames: they are not here,
			     whatever stands in this one at their place */
	bool in_frame; /* false: none of it can be found in the frame (put together from fragments)
			*/
	const struct header_place *place; /* borrowed from the trail; NULL: no header's */
	uint32_t first_field;
	uint32_t field_count;
};

struct dissection {
	struct dissected_layer *layers; /* owned */
	uint32_t layer_count;
	uint32_t layer_capacity;
	struct dissected_field *fields; /* owned */
	uint32_t field_count;
	uint32_t field_capacity;
	char **texts; /* owned; values and meanings */
	uint32_t text_count;
	uint32_t text_capacity;
	bool cut;       /* a ceiling was met: what is there is right, but not all */
	bool no_memory; /* the same for want of memory */
};

void dissection_init(struct dissection *dissection);
void dissection_finish(struct dissection *dissection);
void dissection_clear(struct dissection *dissection);

/* Begins a layer; the fields that follow are its own. name is static, title is copied. */
struct dissected_layer *dissection_layer(struct dissection *dissection, const char *name,
					 const char *title);
/* The title or summary of the layer begun last, as printf does. */
void dissection_summary(struct dissection *dissection, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A field of whole bytes in the layer begun last. NULL: no room; the caller may go on. */
struct dissected_field *dissection_field(struct dissection *dissection, const char *name,
					 const char *title, uint32_t offset, uint32_t bytes);
/* The texts of the field given last. What comes from a packet must be made harmless before. */
void dissection_value(struct dissection *dissection, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void dissection_meaning(struct dissection *dissection, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct stream_message; /* report/stream_messages.h */

/* All that is known of one frame when it is shown. */
struct frame_view {
	const struct captured_frame *frame;
	const struct packet *packet;
	const struct header_trail *trail;
	const struct segment_facts *segment;     /* NULL: no segment of a connection */
	const struct tcp_connection *connection; /* NULL with it */
	const struct stream_message *messages;   /* that have bytes in it; may be NULL */
	size_t message_count;
};

/* Headers, payload or messages, padding: everything in the frame, in its order. */
void dissection_frame(struct dissection *dissection, const struct frame_view *view);

#endif
