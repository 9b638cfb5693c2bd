#include "report/message_fields.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "relay_protocol/classic.h"
#include "relay_protocol/frame.h"
#include "relay_protocol/message.h"
#include "report/message_text.h"
#include "report/readable.h"
#include "report/relay_dissection.h"
#include "tcp_flow/conversation_name.h"

#define TEXT_MAX_BYTES 1024u /* of one value or meaning */
#define FIELD_BYTES_MAX (RELAY_BODY_MAX_BYTES + RELAY_SERVER_EXTRA_BYTES)

/* How the value of a field reads. */
enum value_shape {
	SHAPE_HEX,
	SHAPE_TEXT,
	SHAPE_DATA,
	SHAPE_NUMBER,
	SHAPE_DURATION,
	SHAPE_ADDRESS,
	SHAPE_TIME,
	SHAPE_ZONE,
	SHAPE_OUTCOME,
	SHAPE_AUTH,
	SHAPE_FLAG,
	SHAPE_FIELDS,
};

/* name, in small letters, shape, bytes of the value where they are always as many */
#define FIELD_SHAPES(X)                                                                            \
	X(TEXT, "text", SHAPE_TEXT, 0)                                                             \
	X(DATA, "data", SHAPE_DATA, 0)                                                             \
	X(NUMBER, "number", SHAPE_NUMBER, 4)                                                       \
	X(NAME, "name", SHAPE_TEXT, 0)                                                             \
	X(ADDRESS, "address", SHAPE_ADDRESS, 0)                                                    \
	X(TIME, "time", SHAPE_TIME, 8)                                                             \
	X(ZONE, "zone", SHAPE_ZONE, 4)                                                             \
	X(ENTRY, "entry", SHAPE_FIELDS, 0)                                                         \
	X(TO_NUMBER, "to_number", SHAPE_NUMBER, 4)                                                 \
	X(TO_NAME, "to_name", SHAPE_TEXT, 0)                                                       \
	X(TO_ROOM, "to_room", SHAPE_TEXT, 0)                                                       \
	X(FROM, "from", SHAPE_FIELDS, 0)                                                           \
	X(MESSAGE_ID, "message_id", SHAPE_HEX, 0)                                                  \
	X(OUTCOME, "outcome", SHAPE_OUTCOME, 1)                                                    \
	X(THROUGH, "through", SHAPE_NUMBER, 4)                                                     \
	X(LIMIT, "limit", SHAPE_NUMBER, 4)                                                         \
	X(KEEPALIVE, "keepalive", SHAPE_DURATION, 4)                                               \
	X(SECRET, "secret", SHAPE_HEX, 0)                                                          \
	X(AUTH, "auth", SHAPE_AUTH, 1)                                                             \
	X(CURSOR, "cursor", SHAPE_HEX, 0)                                                          \
	X(COUNT, "count", SHAPE_NUMBER, 4)                                                         \
	X(FLAG, "flag", SHAPE_FLAG, 1)                                                             \
	X(RETRY_AFTER, "retry_after", SHAPE_DURATION, 4)

struct field_row {
	const char *title;
	const char *name; /* of the whole, its tag, its length, its value */
	const char *tag;
	const char *length;
	const char *value;
	enum value_shape shape;
	uint32_t bytes; /* of the value; 0: any */
};

#define ROW(title, slug, shape, bytes)                                                             \
	{                                                                                          \
		title, "wiretale.field." slug, "wiretale.field." slug ".tag",                      \
			"wiretale.field." slug ".length", "wiretale.field." slug ".value", shape,  \
			bytes                                                                      \
	}

static const struct field_row rows[] = { [0] = ROW("unknown field", "unknown", SHAPE_HEX, 0),
#define AS_ROW(name, slug, shape, bytes) [RELAY_FIELD_##name] = ROW(#name, slug, shape, bytes),
					 FIELD_SHAPES(AS_ROW)
#undef AS_ROW
};

static const struct field_row *row_of(uint16_t tag)
{
	return &rows[tag < sizeof(rows) / sizeof(rows[0]) ? tag : 0];
}

/* What a message is taken apart with. */
struct unfolding {
	struct dissection *out;
	const uint8_t *bytes; /* of the message */
	uint32_t length;      /* of them that are there */
	uint8_t kind;         /* enum relay_kind */
	uint16_t type;
	bool decoded;   /* by its row of docs/protocol.md */
	uint32_t known; /* bit (1u << enum relay_field) of those that it lists and has; with decoded
			 */
	int32_t zone_s; /* for times */
	struct text_builder value;
	struct text_builder meaning;
};

struct dissected_field *message_fields_add(struct dissection *out, const char *name,
					   const char *title, uint8_t level, uint32_t offset,
					   uint32_t bytes)
{
	struct dissected_field *field = dissection_field(out, name, title, offset, bytes);

	if (field)
		field->level = level;
	return field;
}

/* ---- values ---- */

static void clear_texts(struct unfolding *unfolding)
{
	text_builder_clear(&unfolding->value);
	text_builder_clear(&unfolding->meaning);
}

/* A field with the texts at hand. */
static void add(struct unfolding *unfolding, const char *name, const char *title, uint8_t level,
		uint32_t offset, uint32_t bytes)
{
	if (!message_fields_add(unfolding->out, name, title, level, offset, bytes))
		return;
	dissection_value(unfolding->out, "%s", text_builder_text(&unfolding->value));
	if (unfolding->meaning.length > 0)
		dissection_meaning(unfolding->out, "%s", text_builder_text(&unfolding->meaning));
}

static void add_number(struct unfolding *unfolding, const char *name, const char *title,
		       uint8_t level, struct relay_bytes place)
{
	uint32_t number = 0;

	for (uint32_t i = 0; i < place.length; i++)
		number = number << 8 | place.bytes[i];
	clear_texts(unfolding);
	text_append_format(&unfolding->value, "%u", number);
	add(unfolding, name, title, level, (uint32_t)(place.bytes - unfolding->bytes),
	    place.length);
}

static struct relay_bytes at(const struct unfolding *unfolding, uint32_t offset, uint32_t length)
{
	return (struct relay_bytes){ .bytes = unfolding->bytes + offset, .length = length };
}

static bool read_address(struct relay_bytes value, struct relay_address *out)
{
	if (!(value.length == 3 + 4 && value.bytes[0] == 4) &&
	    !(value.length == 3 + 16 && value.bytes[0] == 6))
		return false;
	*out = (struct relay_address){ .family = value.bytes[0],
				       .port = relay_load_u16(value.bytes + 1) };
	memcpy(out->bytes, value.bytes + 3, value.length - 3);
	return true;
}

static void tell_address(struct unfolding *unfolding, struct relay_bytes value)
{
	struct relay_address address;
	char text[RELAY_ADDRESS_TEXT_BYTES];

	if (!read_address(value, &address)) {
		message_text_hex(&unfolding->value, value.bytes, value.length);
		return;
	}
	relay_address_text(&address, text);
	text_append(&unfolding->value, text);
}

static void tell_data(struct unfolding *unfolding, struct relay_bytes value)
{
	struct stream_text text = { .bytes = value.bytes, .length = value.length };
	bool plain = value.length > 0 && stream_text_is_plain(text);

	if (plain)
		message_text_words(&unfolding->value, value.bytes, value.length);
	else
		message_text_hex(&unfolding->value, value.bytes, value.length);
	readable_bytes(&unfolding->meaning, value.length);
	if (plain)
		text_append(&unfolding->meaning, " of text");
}

static void tell_zone(struct unfolding *unfolding, uint32_t number)
{
	int32_t zone_s = (int32_t)number;
	uint32_t minutes = (zone_s < 0 ? 0 - number : number) / 60;

	text_append_format(&unfolding->value, "%d", zone_s);
	text_append_format(&unfolding->meaning, "UTC%c%02u:%02u", zone_s < 0 ? '-' : '+',
			   minutes / 60, minutes % 60);
}

static void tell_time(struct unfolding *unfolding, uint64_t time_ns)
{
	char text[CLOCK_TEXT_BYTES];

	clock_text(time_ns, unfolding->zone_s, 9, text);
	text_append_format(&unfolding->value, "%llu", (unsigned long long)time_ns);
	text_append(&unfolding->meaning, text);
}

static const char *small_meaning(const struct unfolding *unfolding, enum value_shape shape,
				 uint8_t number)
{
	bool watches = unfolding->kind == RELAY_INDICATION && unfolding->type == RELAY_TYPE_WATCH;

	if (shape == SHAPE_AUTH)
		return number == 0 ? "none is required" : "";
	if (shape == SHAPE_FLAG && watches)
		return number == 1 ? "came" : number == 0 ? "went" : "";
	if (shape == SHAPE_FLAG)
		return number == 1 ? "on" : number == 0 ? "off" : "";
	switch (number) {
	case RELAY_OUTCOME_DELIVERED:
		return "delivered";
	case RELAY_OUTCOME_STORED:
		return "stored";
	case RELAY_OUTCOME_PASSED:
		return "passed";
	default:
		return "";
	}
}

/* What an ENTRY or FROM holds; length 0: it is not there. */
struct entry_parts {
	struct relay_bytes number;
	struct relay_bytes name;
	struct relay_bytes address;
	struct relay_bytes count;
};

static void note_part(struct entry_parts *parts, uint16_t tag, struct relay_bytes value)
{
	if (tag == RELAY_FIELD_NUMBER && value.length == 4)
		parts->number = value;
	else if (tag == RELAY_FIELD_COUNT && value.length == 4)
		parts->count = value;
	else if (tag == RELAY_FIELD_NAME)
		parts->name = value;
	else if (tag == RELAY_FIELD_ADDRESS)
		parts->address = value;
}

static struct entry_parts read_entry(struct relay_bytes value)
{
	struct entry_parts parts = { .number = { .length = 0 } };

	while (value.length >= RELAY_FIELD_HEADER_BYTES) {
		uint32_t length = relay_load_u32(value.bytes + 2);

		if (length > value.length - RELAY_FIELD_HEADER_BYTES)
			break;
		note_part(&parts, relay_load_u16(value.bytes),
			  (struct relay_bytes){ value.bytes + RELAY_FIELD_HEADER_BYTES, length });
		value.bytes += RELAY_FIELD_HEADER_BYTES + length;
		value.length -= RELAY_FIELD_HEADER_BYTES + length;
	}
	return parts;
}

/* "client 2 @alice at 127.0.0.1:51402", "room tea, members: 3". */
static void tell_entry(struct unfolding *unfolding, struct relay_bytes value)
{
	const struct entry_parts parts = read_entry(value);
	struct text_builder *out = &unfolding->value;
	struct relay_address address;
	char text[RELAY_ADDRESS_TEXT_BYTES];

	if (parts.number.length > 0)
		text_append_format(out, "client %u", relay_load_u32(parts.number.bytes));
	if (parts.name.length > 0) {
		text_append(out, parts.number.length > 0 ? " @" : "room ");
		message_text_words(out, parts.name.bytes, parts.name.length);
	}
	if (parts.address.length > 0 && read_address(parts.address, &address)) {
		relay_address_text(&address, text);
		text_append_format(out, " at %s", text);
	}
	if (parts.count.length > 0)
		text_append_format(out, ", members: %u", relay_load_u32(parts.count.bytes));
}

/* Value and meaning of a field whose value is all there. */
static void tell_value(struct unfolding *unfolding, const struct field_row *row,
		       struct relay_bytes value)
{
	enum value_shape shape = row->shape;

	clear_texts(unfolding);
	if (row->bytes > 0 && value.length != row->bytes)
		shape = SHAPE_HEX;
	switch (shape) {
	case SHAPE_TEXT:
		message_text_words(&unfolding->value, value.bytes, value.length);
		break;
	case SHAPE_DATA:
		tell_data(unfolding, value);
		break;
	case SHAPE_NUMBER:
		text_append_format(&unfolding->value, "%u", relay_load_u32(value.bytes));
		break;
	case SHAPE_DURATION:
		text_append_format(&unfolding->value, "%u", relay_load_u32(value.bytes));
		readable_duration(&unfolding->meaning,
				  (int64_t)relay_load_u32(value.bytes) * (int64_t)NS_PER_MS);
		break;
	case SHAPE_ADDRESS:
		tell_address(unfolding, value);
		break;
	case SHAPE_TIME:
		tell_time(unfolding, relay_load_u64(value.bytes));
		break;
	case SHAPE_ZONE:
		tell_zone(unfolding, relay_load_u32(value.bytes));
		break;
	case SHAPE_OUTCOME:
	case SHAPE_AUTH:
	case SHAPE_FLAG:
		text_append_format(&unfolding->value, "%u", value.bytes[0]);
		text_append(&unfolding->meaning, small_meaning(unfolding, shape, value.bytes[0]));
		break;
	case SHAPE_FIELDS:
		tell_entry(unfolding, value);
		break;
	case SHAPE_HEX:
	default:
		message_text_hex(&unfolding->value, value.bytes, value.length);
		break;
	}
}

/* ---- fields ---- */

static void add_address_parts(struct unfolding *unfolding, struct relay_bytes value, uint8_t level)
{
	uint32_t offset = (uint32_t)(value.bytes - unfolding->bytes);
	struct relay_address address;
	char text[RELAY_ADDRESS_TEXT_BYTES];

	if (!read_address(value, &address))
		return;
	clear_texts(unfolding);
	text_append_format(&unfolding->value, "%u", address.family);
	text_append(&unfolding->meaning, address.family == 4 ? "IPv4" : "IPv6");
	add(unfolding, "wiretale.field.address.family", "Family", level, offset, 1);
	add_number(unfolding, "wiretale.field.address.port", "Port", level,
		   at(unfolding, offset + 1, 2));
	clear_texts(unfolding);
	relay_ip_text(&address, text);
	text_append(&unfolding->value, text);
	add(unfolding, "wiretale.field.address.ip", "IP address", level, offset + 3,
	    value.length - 3);
}

static void unfold_fields(struct unfolding *unfolding, uint32_t offset, uint32_t end,
			  uint8_t level);

static bool is_skipped(const struct unfolding *unfolding, uint16_t tag, uint8_t level)
{
	return level == 0 && unfolding->decoded &&
	       (tag >= 32 || (unfolding->known >> tag & 1u) == 0);
}

/* A whole field: [offset, offset + header + length) is there. */
static void unfold_field(struct unfolding *unfolding, uint32_t offset, uint32_t length,
			 uint8_t level)
{
	uint16_t tag = relay_load_u16(unfolding->bytes + offset);
	const struct field_row *row = row_of(tag);
	struct relay_bytes value = at(unfolding, offset + RELAY_FIELD_HEADER_BYTES, length);

	tell_value(unfolding, row, value);
	if (is_skipped(unfolding, tag, level)) {
		text_builder_clear(&unfolding->meaning);
		text_append(&unfolding->meaning, "skipped: not listed for this message");
	}
	add(unfolding, row->name, row->title, level, offset, RELAY_FIELD_HEADER_BYTES + length);
	clear_texts(unfolding);
	text_append_format(&unfolding->value, "%u", tag);
	text_append(&unfolding->meaning, row == &rows[0] ? "unknown" : row->title);
	add(unfolding, row->tag, "Tag", level + 1, offset, 2);
	add_number(unfolding, row->length, "Length", level + 1, at(unfolding, offset + 2, 4));
	if (length == 0)
		return;
	tell_value(unfolding, row, value);
	add(unfolding, row->value, "Value", level + 1, offset + RELAY_FIELD_HEADER_BYTES, length);
	if (row->shape == SHAPE_ADDRESS)
		add_address_parts(unfolding, value, level + 2);
	else if (row->shape == SHAPE_FIELDS && level == 0)
		unfold_fields(unfolding, offset + RELAY_FIELD_HEADER_BYTES,
			      offset + RELAY_FIELD_HEADER_BYTES + length, level + 2);
}

/* A field of which only a part is there, up to the end of the bytes. */
static void unfold_cut_field(struct unfolding *unfolding, uint32_t offset, uint8_t level)
{
	uint32_t left = unfolding->length - offset;
	const struct field_row *row;
	uint16_t tag;

	if (left < 2)
		return;
	tag = relay_load_u16(unfolding->bytes + offset);
	row = row_of(tag);
	clear_texts(unfolding);
	text_append(&unfolding->meaning, "not all of it is here");
	add(unfolding, row->name, row->title, level, offset, left);
	clear_texts(unfolding);
	text_append_format(&unfolding->value, "%u", tag);
	text_append(&unfolding->meaning, row == &rows[0] ? "unknown" : row->title);
	add(unfolding, row->tag, "Tag", level + 1, offset, 2);
	if (left >= RELAY_FIELD_HEADER_BYTES)
		add_number(unfolding, row->length, "Length", level + 1,
			   at(unfolding, offset + 2, 4));
}

static void add_malformed(struct unfolding *unfolding, uint32_t offset, uint32_t end, uint8_t level)
{
	uint32_t left = end - offset;

	if (end > unfolding->length)
		end = unfolding->length;
	clear_texts(unfolding);
	message_text_hex(&unfolding->value, unfolding->bytes + offset, end - offset);
	if (left < RELAY_FIELD_HEADER_BYTES)
		text_append(&unfolding->meaning, "too few bytes for a field");
	else
		text_append_format(&unfolding->meaning,
				   "a field that claims %u bytes where %u are left",
				   relay_load_u32(unfolding->bytes + offset + 2),
				   left - RELAY_FIELD_HEADER_BYTES);
	add(unfolding, "wiretale.malformed", "No field", level, offset, end - offset);
}

/* The fields of [offset, end), of which the bytes may end before. */
/* NOLINTNEXTLINE(misc-no-recursion) ; one level deep */
static void unfold_fields(struct unfolding *unfolding, uint32_t offset, uint32_t end, uint8_t level)
{
	while (offset < end && offset < unfolding->length && !unfolding->out->cut) {
		uint32_t left = end - offset;
		uint32_t here = unfolding->length - offset;
		uint32_t length;

		if (left >= RELAY_FIELD_HEADER_BYTES && here < RELAY_FIELD_HEADER_BYTES) {
			unfold_cut_field(unfolding, offset, level);
			return;
		}
		length = left < RELAY_FIELD_HEADER_BYTES
				 ? 0
				 : relay_load_u32(unfolding->bytes + offset + 2);
		if (left < RELAY_FIELD_HEADER_BYTES || length > left - RELAY_FIELD_HEADER_BYTES) {
			add_malformed(unfolding, offset, end, level);
			return;
		}
		if (length > here - RELAY_FIELD_HEADER_BYTES) {
			unfold_cut_field(unfolding, offset, level);
			return;
		}
		unfold_field(unfolding, offset, length, level);
		offset += RELAY_FIELD_HEADER_BYTES + length;
	}
}

static void add_named(struct unfolding *unfolding, const char *name, const char *title,
		      struct relay_bytes place, const char *meaning)
{
	uint32_t number = place.length == 1 ? place.bytes[0] : relay_load_u16(place.bytes);

	clear_texts(unfolding);
	text_append_format(&unfolding->value, "%u", number);
	text_append(&unfolding->meaning, meaning ? meaning : "unknown");
	add(unfolding, name, title, 0, (uint32_t)(place.bytes - unfolding->bytes), place.length);
}

static void unfold_header(struct unfolding *unfolding)
{
	const uint8_t *bytes = unfolding->bytes;

	clear_texts(unfolding);
	message_text_words(&unfolding->value, bytes, 2);
	add(unfolding, "wiretale.magic", "Magic", 0, 0, 2);
	add_number(unfolding, "wiretale.version", "Version", 0, at(unfolding, 2, 1));
	add_named(unfolding, "wiretale.kind", "Kind", at(unfolding, 3, 1),
		  relay_dissection_kind(bytes[3]));
	add_named(unfolding, "wiretale.type", "Type", at(unfolding, 4, 2),
		  relay_dissection_type(unfolding->type));
	add_named(unfolding, "wiretale.status", "Status", at(unfolding, 6, 2),
		  relay_status_slug(relay_load_u16(bytes + 6)));
	add_number(unfolding, "wiretale.id", "Id", 0, at(unfolding, 8, 4));
	add_number(unfolding, "wiretale.length", "Length", 0, at(unfolding, 12, 4));
}

/* What only the whole tells: which fields it lists, and the zone of its times. */
static void decode_whole(struct unfolding *unfolding)
{
	struct relay_frame frame;
	struct relay_message message;
	size_t needed;

	if (relay_frame_decode(unfolding->bytes, unfolding->length, FIELD_BYTES_MAX, &frame,
			       &needed) != RELAY_FRAME_OK ||
	    relay_message_decode(&frame, &message, NULL) != RELAY_MESSAGE_OK)
		return;
	unfolding->decoded = true;
	unfolding->known = message.present;
	if (relay_message_has(&message, RELAY_FIELD_ZONE) && message.zone_s > -86400 &&
	    message.zone_s < 86400)
		unfolding->zone_s = message.zone_s;
}

void message_fields_relay(struct dissection *out, const struct stream_message *message)
{
	struct unfolding unfolding = { .out = out, .bytes = message->kept };
	uint32_t body;

	unfolding.length = message->kept_bytes;
	if (unfolding.length < RELAY_FRAME_HEADER_BYTES)
		return;
	unfolding.kind = unfolding.bytes[3];
	unfolding.type = relay_load_u16(unfolding.bytes + 4);
	body = relay_load_u32(unfolding.bytes + 12);
	if (body > FIELD_BYTES_MAX)
		body = FIELD_BYTES_MAX;
	text_builder_init(&unfolding.value, TEXT_MAX_BYTES);
	text_builder_init(&unfolding.meaning, TEXT_MAX_BYTES);
	decode_whole(&unfolding);
	unfold_header(&unfolding);
	unfold_fields(&unfolding, RELAY_FRAME_HEADER_BYTES, RELAY_FRAME_HEADER_BYTES + body, 0);
	text_builder_finish(&unfolding.value);
	text_builder_finish(&unfolding.meaning);
}
