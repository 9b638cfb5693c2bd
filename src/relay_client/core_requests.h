/* What the client says: requests, and the frames that wait to be sent. See client_core.h. */
#ifndef WIRETALE_RELAY_CLIENT_CORE_REQUESTS_H
#define WIRETALE_RELAY_CLIENT_CORE_REQUESTS_H

#include "relay_client/client_core.h"

/* A request to be made. Fields that are zero are not sent; DATA goes where it is needed. */
struct core_request {
	enum relay_type type;
	uint32_t to_number;
	bool number_is_stale;       /* it is from a connection before this one: goes nowhere */
	struct relay_bytes to_name; /* borrowed, as all below */
	struct relay_bytes to_room;
	struct relay_bytes name;
	const void *data;
	size_t data_bytes;
	bool has_data;             /* also where data_bytes is 0 */
	const uint8_t *message_id; /* RELAY_MESSAGE_ID_BYTES, or NULL */
	bool has_flag;
	bool flag;
	struct relay_bytes cursor;
};

/*
 * Queues a request of the application: for the kernel where the connection is there, else
 * until it is. Names must be valid. Errors: NOT_CONNECTED, QUEUE_FULL, TOO_LARGE, NO_MEMORY.
 */
enum wt_result core_request(struct client_core *core, const struct core_request *request,
			    uint64_t now_ns, uint32_t *id);

/* A request of the library itself: no ceiling, no event. False: out of memory. */
bool core_own_request(struct client_core *core, const struct core_request *request, uint32_t *id);

/* Asks for the next page under the id of the first. False: out of memory. */
bool core_ask_next_page(struct client_core *core, const struct in_flight_request *request,
			struct relay_bytes cursor);

/*
 * HELLO came: asks for the name, joins and watches as before, and sends what was kept, in
 * the order in which it was asked. False: out of memory.
 */
bool core_say_hello(struct client_core *core);

/* Acknowledgements that are due become frames in the output. */
void core_write_acknowledgements(struct client_core *core);

/* A frame that says nothing but that we are here. */
void core_write_sign_of_life(struct client_core *core);

/*
 * The connection is over: what may be sent again, and what never was sent, stays where
 * another connection follows; all else is done, its end unknown.
 */
void core_settle_requests(struct client_core *core, bool another_follows);

/* The application or we ourselves are in the room now, or no more. */
void core_note_room(struct client_core *core, struct relay_bytes room, bool joined);

#endif
