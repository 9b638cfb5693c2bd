#include "relay_protocol/message.h"

#include "base/utf8.h"

/*
 * One row for each message there is: the table "Types" of docs/protocol.md. A tag that is
 * in no mask of its row is skipped, known or not.
 */
struct message_shape {
	uint32_t required;   /* bit (1u << enum relay_field) each; one missing is malformed */
	uint32_t optional;   /* may be there */
	uint32_t recipient;  /* exactly one of these must be there */
	uint32_t repeatable; /* of the above; all others may stand once */
	bool exists;         /* there is such a message, if only with an empty body */
	const struct message_shape *entry; /* how an ENTRY looks here; NULL where none may be */
};

/* What stands before the content where a SEND has TO_NUMBER and DATA only. */
#define PLAIN_SEND_BYTES (RELAY_FIELD_HEADER_BYTES + 4 + RELAY_FIELD_HEADER_BYTES)

#define BIT(field) (1u << RELAY_FIELD_##field)

static const struct message_shape client_entry = {
	.required = BIT(NUMBER) | BIT(ADDRESS) | BIT(TIME),
	.optional = BIT(NAME),
	.exists = true,
};

static const struct message_shape room_entry = {
	.required = BIT(NAME) | BIT(COUNT),
	.exists = true,
};

/* A refusal looks the same whatever was asked, also where that was an unknown type. */
static const struct message_shape refusal = {
	.optional = BIT(TEXT) | BIT(RETRY_AFTER),
	.exists = true,
};

#define ENTRIES_OF(shape)                                                                          \
	.optional = BIT(ENTRY) | BIT(CURSOR), .repeatable = BIT(ENTRY), .entry = &(shape)

static const struct message_shape shapes[RELAY_ACKNOWLEDGEMENT + 1][RELAY_TYPE_ERROR + 1] = {
	[RELAY_REQUEST] = {
		[RELAY_TYPE_BYE] = { .exists = true },
		[RELAY_TYPE_TIME] = { .exists = true },
		[RELAY_TYPE_NAME] = { .exists = true },
		[RELAY_TYPE_LIST] = { .exists = true, .optional = BIT(CURSOR) },
		[RELAY_TYPE_SEND] = { .exists = true, .required = BIT(DATA),
				      .recipient = BIT(TO_NUMBER) | BIT(TO_NAME) | BIT(TO_ROOM),
				      .optional = BIT(MESSAGE_ID) },
		[RELAY_TYPE_HELLO] = { .exists = true, .optional = BIT(NAME) },
		[RELAY_TYPE_PING] = { .exists = true, .optional = BIT(DATA) },
		[RELAY_TYPE_JOIN] = { .exists = true, .required = BIT(TO_ROOM) },
		[RELAY_TYPE_LEAVE] = { .exists = true, .required = BIT(TO_ROOM) },
		[RELAY_TYPE_ROOMS] = { .exists = true, .optional = BIT(CURSOR) },
		[RELAY_TYPE_WATCH] = { .exists = true, .required = BIT(FLAG) },
	},
	[RELAY_RESPONSE] = {
		[RELAY_TYPE_BYE] = { .exists = true },
		[RELAY_TYPE_TIME] = { .exists = true, .required = BIT(TIME) | BIT(ZONE) },
		[RELAY_TYPE_NAME] = { .exists = true, .required = BIT(NAME) },
		[RELAY_TYPE_LIST] = { .exists = true, ENTRIES_OF(client_entry) },
		[RELAY_TYPE_SEND] = { .exists = true, .required = BIT(OUTCOME),
				      .optional = BIT(COUNT) | BIT(THROUGH) },
		[RELAY_TYPE_HELLO] = { .exists = true, .required = BIT(NUMBER),
				       .optional = BIT(NAME) },
		[RELAY_TYPE_PING] = { .exists = true, .optional = BIT(DATA) },
		[RELAY_TYPE_JOIN] = { .exists = true, .required = BIT(COUNT) },
		[RELAY_TYPE_LEAVE] = { .exists = true },
		[RELAY_TYPE_ROOMS] = { .exists = true, ENTRIES_OF(room_entry) },
		[RELAY_TYPE_WATCH] = { .exists = true },
	},
	[RELAY_INDICATION] = {
		[RELAY_TYPE_BYE] = { .exists = true, .required = BIT(TEXT) },
		[RELAY_TYPE_SEND] = { .exists = true, .required = BIT(FROM) | BIT(DATA) | BIT(TIME),
				      .optional = BIT(TO_ROOM) | BIT(MESSAGE_ID) },
		[RELAY_TYPE_HELLO] = { .exists = true,
				       .required = BIT(NAME) | BIT(TEXT) | BIT(NUMBER) |
						   BIT(ADDRESS) | BIT(LIMIT) | BIT(KEEPALIVE) |
						   BIT(AUTH) },
		[RELAY_TYPE_PING] = { .exists = true },
		[RELAY_TYPE_WATCH] = { .exists = true, .required = BIT(FLAG) | BIT(ENTRY),
				       .entry = &client_entry },
		[RELAY_TYPE_ERROR] = { .exists = true, .required = BIT(TEXT),
				       .optional = BIT(RETRY_AFTER) },
	},
	[RELAY_ACKNOWLEDGEMENT] = {
		[RELAY_TYPE_SEND] = { .exists = true, .optional = BIT(THROUGH) },
		[RELAY_TYPE_PING] = { .exists = true, .optional = BIT(THROUGH) },
	},
};

static const char *const missing[] = {
#define AS_SENTENCE(name, tag, slug) [tag] = slug " is missing",
	RELAY_FIELDS(AS_SENTENCE)
#undef AS_SENTENCE
};

static const char *const repeated[] = {
#define AS_SENTENCE(name, tag, slug) [tag] = slug " may be there only once",
	RELAY_FIELDS(AS_SENTENCE)
#undef AS_SENTENCE
};

static const char *const wrong_length[] = {
#define AS_SENTENCE(name, tag, slug) [tag] = slug " has a wrong length",
	RELAY_FIELDS(AS_SENTENCE)
#undef AS_SENTENCE
};

static const char not_a_name[] = "a name must be 1 to 64 bytes of UTF-8 without control characters";

struct field {
	uint16_t tag; /* enum relay_field, or unknown to us */
	struct relay_bytes value;
};

/* The functions below return NULL for good, or the static sentence that says what is wrong. */
typedef const char *take_field_function(const struct field *field,
					const struct message_shape *shape, void *out);

/* Only while bytes are left. */
static inline const char *next_field(struct relay_bytes *rest, struct field *out)
{
	uint32_t length;

	if (rest->length < RELAY_FIELD_HEADER_BYTES)
		return "bytes are left over behind the last field";
	length = relay_load_u32(rest->bytes + 2);
	if (length > rest->length - RELAY_FIELD_HEADER_BYTES)
		return "a field is longer than the rest of the body";
	out->tag = relay_load_u16(rest->bytes);
	out->value.bytes = rest->bytes + RELAY_FIELD_HEADER_BYTES;
	out->value.length = length;
	rest->bytes = out->value.bytes + length;
	rest->length -= RELAY_FIELD_HEADER_BYTES + length;
	return NULL;
}

static const char *judge_presence(uint32_t present, const struct message_shape *shape)
{
	uint32_t absent = shape->required & ~present;
	uint32_t recipients = shape->recipient & present;

	if (absent != 0)
		return missing[__builtin_ctz(absent)];
	if (shape->recipient != 0 && recipients == 0)
		return "TO_NUMBER, TO_NAME or TO_ROOM is missing";
	if ((recipients & (recipients - 1)) != 0)
		return "only one of TO_NUMBER, TO_NAME and TO_ROOM may be there";
	return NULL;
}

/* Inlined with a known `take` into each caller: the server does this for every message. */
__attribute__((always_inline)) static inline const char *
take_fields(struct relay_bytes rest, const struct message_shape *shape, take_field_function *take,
	    void *out, uint32_t *present)
{
	uint32_t listed = shape->required | shape->optional | shape->recipient;
	uint32_t seen = 0;

	while (rest.length > 0) {
		struct field field;
		const char *problem = next_field(&rest, &field);
		uint32_t bit;

		if (problem)
			return problem;
		if (field.tag >= 32 || (listed >> field.tag & 1u) == 0)
			continue;
		bit = 1u << field.tag;
		if ((seen & bit & ~shape->repeatable) != 0)
			return repeated[field.tag];
		seen |= bit;
		problem = take(&field, shape, out);
		if (problem)
			/* cppcheck-suppress returnDanglingLifetime ; a static sentence */
			return problem;
	}
	*present = seen;
	return judge_presence(seen, shape);
}

bool relay_name_is_valid(const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	if (length == 0 || length > RELAY_NAME_MAX_BYTES)
		return false;
	while (at < length) {
		uint32_t code_point;
		size_t size = utf8_decode(bytes + at, length - at, &code_point);

		if (size == 0 || utf8_is_control(code_point))
			return false;
		at += size;
	}
	return true;
}

static inline const char *take_bytes(const struct field *field, struct relay_bytes *out)
{
	*out = field->value;
	return NULL;
}

static inline const char *take_name(const struct field *field, struct relay_bytes *out)
{
	if (!relay_name_is_valid(field->value.bytes, field->value.length))
		return not_a_name;
	*out = field->value;
	return NULL;
}

static inline const char *take_u8(const struct field *field, uint8_t *out)
{
	if (field->value.length != 1)
		return wrong_length[field->tag];
	*out = field->value.bytes[0];
	return NULL;
}

static inline const char *take_u32(const struct field *field, uint32_t *out)
{
	if (field->value.length != 4)
		return wrong_length[field->tag];
	*out = relay_load_u32(field->value.bytes);
	return NULL;
}

static inline const char *take_u64(const struct field *field, uint64_t *out)
{
	if (field->value.length != 8)
		return wrong_length[field->tag];
	*out = relay_load_u64(field->value.bytes);
	return NULL;
}

static const char *take_zone(const struct field *field, int32_t *out)
{
	uint32_t value;
	const char *problem = take_u32(field, &value);

	if (!problem)
		*out = (int32_t)value;
	return problem;
}

static const char *take_limit(const struct field *field, uint32_t *out)
{
	uint32_t value;
	const char *problem = take_u32(field, &value);

	if (problem)
		return problem;
	if (value < RELAY_BODY_MIN_BYTES || value > RELAY_BODY_MAX_BYTES)
		return "LIMIT is not between 1,024 and 1,048,576";
	*out = value;
	return NULL;
}

static const char *take_flag(const struct field *field, uint8_t *out)
{
	uint8_t value;
	const char *problem = take_u8(field, &value);

	if (problem)
		return problem;
	if (value > 1)
		return "FLAG is neither 0 nor 1";
	*out = value;
	return NULL;
}

static const char *take_outcome(const struct field *field, uint8_t *out)
{
	uint8_t value;
	const char *problem = take_u8(field, &value);

	if (problem)
		return problem;
	if (value < RELAY_OUTCOME_DELIVERED || value > RELAY_OUTCOME_PASSED)
		return "OUTCOME is not 1, 2 or 3";
	*out = value;
	return NULL;
}

static const char *take_cursor(const struct field *field, struct relay_bytes *out)
{
	if (field->value.length == 0 || field->value.length > RELAY_CURSOR_MAX_BYTES)
		return "a CURSOR must be 1 to 64 bytes";
	*out = field->value;
	return NULL;
}

static const char *take_message_id(const struct field *field, const uint8_t **out)
{
	if (field->value.length != RELAY_MESSAGE_ID_BYTES)
		return wrong_length[field->tag];
	*out = field->value.bytes;
	return NULL;
}

static const char *take_address(const struct field *field, struct relay_address *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const uint8_t *bytes = field->value.bytes;
	uint32_t length = field->value.length;

	if (length != 3 + 4 && length != 3 + 16)
		return wrong_length[field->tag];
	if (bytes[0] != (length == 3 + 4 ? 4 : 6))
		return "the family of an ADDRESS does not fit its length";
	*out = (struct relay_address){ .family = bytes[0], .port = relay_load_u16(bytes + 1) };
	memcpy(out->bytes, bytes + 3, length - 3);
	/* It should have been sent as family 4. What it means is clear, though. */
	if (out->family == 6 && memcmp(out->bytes, mapped, sizeof(mapped)) == 0) {
		out->family = 4;
		memmove(out->bytes, out->bytes + 12, 4);
		memset(out->bytes + 4, 0, 12);
	}
	return NULL;
}

/* `out` is a struct relay_entry. */
static const char *take_entry_field(const struct field *field, const struct message_shape *shape,
				    void *out)
{
	struct relay_entry *entry = out;

	(void)shape;
	switch (field->tag) {
	case RELAY_FIELD_NUMBER:
		return take_u32(field, &entry->number);
	case RELAY_FIELD_NAME:
		return take_name(field, &entry->name);
	case RELAY_FIELD_ADDRESS:
		return take_address(field, &entry->address);
	case RELAY_FIELD_TIME:
		return take_u64(field, &entry->since_ns);
	case RELAY_FIELD_COUNT:
		return take_u32(field, &entry->count);
	default:
		return NULL;
	}
}

static const char *take_entry(const struct field *field, const struct message_shape *shape,
			      struct relay_entry *out)
{
	uint32_t present;

	*out = (struct relay_entry){ 0 };
	return take_fields(field->value, shape, take_entry_field, out, &present);
}

/* An ENTRY is only checked here; relay_entry_next() takes it apart for whoever wants it. */
static const char *check_entry(const struct field *field, const struct message_shape *shape,
			       struct relay_message *message)
{
	struct relay_entry entry;
	const char *problem = take_entry(field, shape->entry, &entry);

	if (problem)
		/* cppcheck-suppress returnDanglingLifetime ; a static sentence */
		return problem;
	if (message->entry_count == 0)
		message->entries.bytes = field->value.bytes - RELAY_FIELD_HEADER_BYTES;
	message->entry_count++;
	return NULL;
}

/* `out` is a struct relay_message. */
static inline const char *take_message_field(const struct field *field,
					     const struct message_shape *shape, void *out)
{
	struct relay_message *message = out;

	switch (field->tag) {
	case RELAY_FIELD_TEXT:
		return take_bytes(field, &message->text);
	case RELAY_FIELD_DATA:
		return take_bytes(field, &message->data);
	case RELAY_FIELD_NUMBER:
		return take_u32(field, &message->number);
	case RELAY_FIELD_NAME:
		return take_name(field, &message->name);
	case RELAY_FIELD_ADDRESS:
		return take_address(field, &message->address);
	case RELAY_FIELD_TIME:
		return take_u64(field, &message->time_ns);
	case RELAY_FIELD_ZONE:
		return take_zone(field, &message->zone_s);
	case RELAY_FIELD_ENTRY:
		return check_entry(field, shape, message);
	case RELAY_FIELD_TO_NUMBER:
		return take_u32(field, &message->to_number);
	case RELAY_FIELD_TO_NAME:
		return take_name(field, &message->to_name);
	case RELAY_FIELD_TO_ROOM:
		return take_name(field, &message->to_room);
	case RELAY_FIELD_FROM:
		return take_entry(field, &client_entry, &message->from);
	case RELAY_FIELD_MESSAGE_ID:
		return take_message_id(field, &message->message_id);
	case RELAY_FIELD_OUTCOME:
		return take_outcome(field, &message->outcome);
	case RELAY_FIELD_THROUGH:
		return take_u32(field, &message->through);
	case RELAY_FIELD_LIMIT:
		return take_limit(field, &message->limit);
	case RELAY_FIELD_KEEPALIVE:
		return take_u32(field, &message->keepalive_ms);
	case RELAY_FIELD_AUTH:
		return take_u8(field, &message->auth);
	case RELAY_FIELD_CURSOR:
		return take_cursor(field, &message->cursor);
	case RELAY_FIELD_COUNT:
		return take_u32(field, &message->count);
	case RELAY_FIELD_FLAG:
		return take_flag(field, &message->flag);
	case RELAY_FIELD_RETRY_AFTER:
		return take_u32(field, &message->retry_after_ms);
	default: /* SECRET: no row lists it */
		return NULL;
	}
}

static const struct message_shape *shape_of(const struct relay_frame *frame)
{
	const struct message_shape *shape;

	if (frame->kind == RELAY_RESPONSE && frame->status != RELAY_STATUS_OK)
		return &refusal;
	if (frame->kind < RELAY_REQUEST || frame->kind > RELAY_ACKNOWLEDGEMENT ||
	    frame->type > RELAY_TYPE_ERROR)
		return NULL;
	shape = &shapes[frame->kind][frame->type];
	return shape->exists ? shape : NULL;
}

/*
 * The body of nearly every request of a busy client, recognised at a glance: TO_NUMBER, then DATA,
 * and nothing else. What does not look exactly so is for take_fields() to judge.
 */
static inline bool is_plain_send(const struct relay_frame *frame)
{
	const uint8_t *body = frame->body;

	return frame->kind == RELAY_REQUEST && frame->type == RELAY_TYPE_SEND &&
	       frame->length >= PLAIN_SEND_BYTES && relay_load_u16(body) == RELAY_FIELD_TO_NUMBER &&
	       relay_load_u32(body + 2) == 4 && relay_load_u16(body + 10) == RELAY_FIELD_DATA &&
	       relay_load_u32(body + 12) == frame->length - PLAIN_SEND_BYTES;
}

static inline void take_plain_send(const struct relay_frame *frame, struct relay_message *out)
{
	out->present = BIT(TO_NUMBER) | BIT(DATA);
	out->to_number = relay_load_u32(frame->body + RELAY_FIELD_HEADER_BYTES);
	out->data = (struct relay_bytes){ .bytes = frame->body + PLAIN_SEND_BYTES,
					  .length = frame->length - PLAIN_SEND_BYTES };
}

enum relay_message_verdict relay_message_decode(const struct relay_frame *frame,
						struct relay_message *out, const char **problem)
{
	const struct message_shape *shape = shape_of(frame);
	struct relay_bytes body = { .bytes = frame->body, .length = frame->length };
	const char *sentence;

	out->entry_count = 0;
	out->entries = (struct relay_bytes){ 0 }; /* so that relay_entry_next() finds none */
	if (is_plain_send(frame)) {
		take_plain_send(frame, out);
		return RELAY_MESSAGE_OK;
	}
	if (!shape)
		return RELAY_MESSAGE_UNKNOWN_TYPE;
	sentence = take_fields(body, shape, take_message_field, out, &out->present);
	if (!sentence && relay_message_has(out, RELAY_FIELD_THROUGH) && out->through < frame->id)
		sentence = "THROUGH is below the id";
	if (sentence) {
		if (problem)
			*problem = sentence;
		return RELAY_MESSAGE_MALFORMED;
	}
	if (out->entry_count > 0)
		out->entries.length = (uint32_t)(frame->body + frame->length - out->entries.bytes);
	return RELAY_MESSAGE_OK;
}

bool relay_entry_next(struct relay_bytes *rest, struct relay_entry *out)
{
	struct field entry;
	struct field field;

	do {
		if (rest->length == 0 || next_field(rest, &entry))
			return false;
	} while (entry.tag != RELAY_FIELD_ENTRY);

	/*
	 * What the ENTRY has to hold was checked, by the row of a LIST or of ROOMS. Which of the
	 * two is not known here: what the other row would want is taken where it is well-formed.
	 */
	*out = (struct relay_entry){ 0 };
	while (entry.value.length > 0 && !next_field(&entry.value, &field))
		(void)take_entry_field(&field, NULL, out);
	return true;
}

static uint32_t address_length(const struct relay_address *address)
{
	return address->family == 4 ? 3 + 4 : 3 + 16;
}

void relay_put_address(struct byte_writer *writer, const struct relay_address *address)
{
	uint32_t length = address_length(address);
	uint8_t *room = relay_put_field(writer, RELAY_FIELD_ADDRESS, length);

	if (!room)
		return;
	room[0] = address->family;
	relay_store_u16(room + 1, address->port);
	memcpy(room + 3, address->bytes, length - 3);
}

void relay_put_entry(struct byte_writer *writer, enum relay_field field,
		     const struct relay_entry *entry)
{
	size_t length = RELAY_FIELD_HEADER_BYTES + 4 + RELAY_FIELD_HEADER_BYTES +
			address_length(&entry->address) + RELAY_FIELD_HEADER_BYTES + 8;

	if (entry->name.length > 0)
		length += RELAY_FIELD_HEADER_BYTES + entry->name.length;
	/* Room for all of it or none: a cut ENTRY must not be left in the buffer. */
	if (!relay_put_field(writer, field, length))
		return;
	writer->length -= length;
	relay_put_u32(writer, RELAY_FIELD_NUMBER, entry->number);
	relay_put_address(writer, &entry->address);
	if (entry->name.length > 0)
		relay_put_bytes(writer, RELAY_FIELD_NAME, entry->name.bytes, entry->name.length);
	relay_put_u64(writer, RELAY_FIELD_TIME, entry->since_ns);
}

void relay_put_room_entry(struct byte_writer *writer, const struct relay_entry *entry)
{
	size_t length =
		RELAY_FIELD_HEADER_BYTES + entry->name.length + RELAY_FIELD_HEADER_BYTES + 4;

	if (!relay_put_field(writer, RELAY_FIELD_ENTRY, length))
		return;
	writer->length -= length;
	relay_put_bytes(writer, RELAY_FIELD_NAME, entry->name.bytes, entry->name.length);
	relay_put_u32(writer, RELAY_FIELD_COUNT, entry->count);
}
