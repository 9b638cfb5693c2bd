/*
 * Of each host in a connection: the number behind all that it sent, and which data segment each
 * part of its stream was first sent in. Raw sequence numbers are unwrapped to 64 bits at once,
 * counted from the host's first.
 */
#include "tcp_lab/segment_meaning.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash_table.h"
#include "packet/sequence.h"
#include "tcp_lab/lab_limits.h"
#include "tcp_lab/segment_pattern.h"

#define FIRST_RANGES 16u

/* A part of a stream, by the data segment that brought it. */
struct data_range {
	int64_t left;
	int64_t right; /* the first number that is not in it */
	uint32_t number;
	uint32_t transmissions;
};

/* One host in a connection. */
struct sender {
	bool begun;        /* next and next_raw mean something */
	int64_t next;      /* behind all that it sent */
	uint32_t next_raw; /* the same, as on the wire */
	bool has_isn;      /* a SYN or SYN-ACK of it was seen */
	uint32_t isn;      /* with has_isn */
	bool was_answered; /* acked means something */
	int64_t acked;     /* of its numbers, the highest that the other host acknowledged */
	uint32_t syns;     /* transmissions */
	uint32_t syn_acks; /* transmissions */
	uint32_t fins;     /* transmissions */
	uint32_t resets;   /* segments with RST */
	uint32_t segments; /* all of its segments */
	uint32_t data;     /* the latest data segment's number */
	uint32_t acks;     /* bare ones */
	uint16_t window;   /* of its latest header */
	struct data_range *ranges; /* owned; apart from each other, in order */
	uint32_t range_count;
	uint32_t range_capacity;
};

/* Whatever pads it is zero: it is hashed and compared as bytes. */
struct connection_key {
	uint8_t addresses[LAB_HOSTS][16];
	uint16_t ports[LAB_HOSTS];
	uint32_t version;
};

struct connection {
	struct hash_node node; /* first: found by a cast */
	struct connection_key key;
	struct connection *next; /* owned; in no order */
	uint32_t number;
	bool ended; /* a FIN or RST was seen */
	struct sender senders[LAB_HOSTS];
};

struct segment_meanings {
	struct hash_table table; /* of connection.node */
	struct hash_secret secret;
	struct connection *connections; /* owned, with those behind it; CABLE_CONNECTIONS_MAX */
	uint32_t numbered;              /* the latest connection's number */
	uint32_t remembered;            /* room of all ranges; CABLE_REMEMBERED_DATA_ALL_MAX */
	uint64_t over_ceiling;
};

struct segment_meanings *segment_meanings_create(void)
{
	struct segment_meanings *meanings = calloc(1, sizeof(*meanings));

	if (!meanings)
		return NULL;
	hash_table_init(&meanings->table);
	hash_secret_init(&meanings->secret);
	return meanings;
}

void segment_meanings_destroy(struct segment_meanings *meanings)
{
	if (!meanings)
		return;
	while (meanings->connections) {
		struct connection *connection = meanings->connections;

		meanings->connections = connection->next;
		for (size_t host = 0; host < LAB_HOSTS; host++)
			free(connection->senders[host].ranges);
		free(connection);
	}
	hash_table_finish(&meanings->table);
	free(meanings);
}

uint64_t segment_meanings_over_ceiling(const struct segment_meanings *meanings)
{
	return meanings->over_ceiling;
}

/* ---- connections ---- */

static void key_of(enum lab_host from, const struct packet *packet, struct connection_key *out)
{
	enum lab_host to = lab_other_host(from);

	memset(out, 0, sizeof(*out));
	memcpy(out->addresses[from], packet->ip.source.bytes, sizeof(out->addresses[from]));
	memcpy(out->addresses[to], packet->ip.destination.bytes, sizeof(out->addresses[to]));
	out->ports[from] = packet->tcp.source_port;
	out->ports[to] = packet->tcp.destination_port;
	out->version = packet->ip.source.version;
}

static struct connection *find(const struct segment_meanings *meanings,
			       const struct connection_key *key, uint64_t hash)
{
	struct hash_node *node = hash_table_first_match(&meanings->table, hash);

	while (node && memcmp(&((struct connection *)node)->key, key, sizeof(*key)) != 0)
		node = hash_table_next_match(node);
	return (struct connection *)node;
}

static struct connection *find_number(const struct segment_meanings *meanings, uint32_t number)
{
	struct connection *connection = meanings->connections;

	while (connection && connection->number != number)
		connection = connection->next;
	return connection;
}

/* NULL: over the ceiling, or out of memory. */
static struct connection *add_connection(struct segment_meanings *meanings,
					 const struct connection_key *key, uint64_t hash)
{
	if (meanings->table.count >= CABLE_CONNECTIONS_MAX)
		return NULL;
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	if (!hash_table_insert(&meanings->table, &connection->node, hash)) {
		free(connection);
		return NULL;
	}
	connection->key = *key;
	connection->next = meanings->connections;
	meanings->connections = connection;
	connection->number = ++meanings->numbered;
	return connection;
}

/* Does this SYN begin another connection of the same addresses and ports? As the trace has it. */
static bool begins_anew(const struct connection *connection, enum lab_host from,
			const struct tcp_header *tcp)
{
	const struct sender *sender = &connection->senders[from];
	const struct sender *other = &connection->senders[lab_other_host(from)];

	if ((tcp->flags & (TCP_FLAG_SYN | TCP_FLAG_ACK | TCP_FLAG_RST)) != TCP_FLAG_SYN ||
	    (sender->has_isn && sender->isn == tcp->sequence))
		return false;
	/* Or nobody ever answered: there is no live connection that it could be inside of. */
	return connection->ended || (sender->has_isn && other->segments == 0);
}

static void begin_anew(struct segment_meanings *meanings, struct connection *connection)
{
	for (size_t host = 0; host < LAB_HOSTS; host++) {
		struct sender *sender = &connection->senders[host];

		*sender = (struct sender){ .ranges = sender->ranges,
					   .range_capacity = sender->range_capacity };
	}
	connection->ended = false;
	connection->number = ++meanings->numbered;
}

/* ---- data ---- */

/* Of all ranges, the last one that begins at or before `at`, plus 1; 0: none does. */
static uint32_t ranges_up_to(const struct sender *sender, int64_t at)
{
	uint32_t low = 0;
	uint32_t high = sender->range_count;

	if (high > 0 && sender->ranges[high - 1].left <= at)
		return high;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (sender->ranges[middle].left <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct data_range *range_with(const struct sender *sender, int64_t at)
{
	uint32_t count = ranges_up_to(sender, at);

	if (count == 0 || sender->ranges[count - 1].right <= at)
		return NULL;
	return &sender->ranges[count - 1];
}

static bool grow_ranges(struct segment_meanings *meanings, struct sender *sender)
{
	uint32_t capacity = sender->range_capacity ? sender->range_capacity * 2 : FIRST_RANGES;
	uint32_t more = capacity - sender->range_capacity;

	if (capacity > CABLE_REMEMBERED_DATA_MAX ||
	    more > CABLE_REMEMBERED_DATA_ALL_MAX - meanings->remembered)
		return false;
	struct data_range *ranges = realloc(sender->ranges, capacity * sizeof(*ranges));

	if (!ranges)
		return false;
	meanings->remembered += more;
	sender->ranges = ranges;
	sender->range_capacity = capacity;
	return true;
}

/* Puts a range in that begins where no other is; where it meets the next one it ends. */
static void remember(struct segment_meanings *meanings, struct sender *sender,
		     struct data_range range)
{
	if (sender->range_count == sender->range_capacity && !grow_ranges(meanings, sender)) {
		uint32_t forgotten = sender->range_count - sender->range_count / 2;

		if (forgotten == 0)
			return;
		sender->range_count -= forgotten;
		memmove(sender->ranges, sender->ranges + forgotten,
			sender->range_count * sizeof(*sender->ranges));
	}
	uint32_t place = ranges_up_to(sender, range.left);
	uint32_t behind = sender->range_count - place;

	if (behind > 0) {
		if (sender->ranges[place].left < range.right)
			range.right = sender->ranges[place].left;
		memmove(sender->ranges + place + 1, sender->ranges + place,
			behind * sizeof(*sender->ranges));
	}
	sender->ranges[place] = range;
	sender->range_count++;
}

/* All of it was sent before and is forgotten, as far as we can tell. */
static bool is_forgotten(const struct sender *sender, int64_t left, int64_t right)
{
	return right <= sender->next &&
	       (sender->range_count == 0 || left < sender->ranges[0].left) && sender->data > 0;
}

static void take_data(struct segment_meanings *meanings, struct sender *sender, int64_t left,
		      int64_t right, struct segment_meaning *out)
{
	struct data_range *known = range_with(sender, left);

	if (known) {
		/* A part of a segment is sent again for the first time like the whole. */
		if (known->left == left || known->transmissions == 1)
			known->transmissions++;
		out->data = known->number;
		out->transmission = known->transmissions;
		if (right > sender->next)
			remember(meanings, sender,
				 (struct data_range){ sender->next, right, known->number, 1 });
	} else if (is_forgotten(sender, left, right)) {
		out->transmission = 2;
	} else {
		out->data = ++sender->data;
		out->transmission = 1;
		remember(meanings, sender, (struct data_range){ left, right, out->data, 1 });
	}
}

/* ---- segments ---- */

static int64_t unwrapped(const struct sender *sender, uint32_t raw)
{
	return sender->next + sequence_distance(sender->next_raw, raw);
}

static void advance(struct sender *sender, int64_t to)
{
	if (to <= sender->next)
		return;
	sender->next_raw += (uint32_t)(to - sender->next);
	sender->next = to;
}

static void take_syn(struct sender *sender, const struct tcp_header *tcp,
		     struct segment_meaning *out)
{
	bool answers = (tcp->flags & TCP_FLAG_ACK) != 0;

	out->kinds |= answers ? SEGMENT_SYN_ACK : SEGMENT_SYN;
	if (sender->has_isn && sender->isn != tcp->sequence) {
		out->transmission = 1; /* it belongs to no connection that there is */
		return;
	}
	out->transmission = answers ? ++sender->syn_acks : ++sender->syns;
	if (sender->has_isn)
		return;
	sender->has_isn = true;
	sender->isn = tcp->sequence;
	if (!sender->begun) {
		sender->begun = true;
		sender->next_raw = tcp->sequence + 1;
	}
}

static void take_ack(struct sender *other, const struct tcp_header *tcp)
{
	if ((tcp->flags & TCP_FLAG_ACK) == 0 || !other->begun)
		return;
	int64_t acked = unwrapped(other, tcp->acknowledgment);

	if (acked > other->next || (other->was_answered && acked <= other->acked))
		return;
	other->was_answered = true;
	other->acked = acked;
}

/* Everything but SYN and RST. */
static void take_stream(struct segment_meanings *meanings, struct sender *sender,
			const struct packet *packet, struct segment_meaning *out)
{
	const struct tcp_header *tcp = &packet->tcp;
	bool has_syn = (tcp->flags & TCP_FLAG_SYN) != 0;

	if (!sender->begun) {
		sender->begun = true;
		sender->next_raw = tcp->sequence;
	}
	int64_t left = unwrapped(sender, tcp->sequence) + has_syn;
	int64_t right = left + packet->payload_length;

	if (packet->payload_length > 0) {
		out->kinds |= SEGMENT_DATA;
		take_data(meanings, sender, left, right, out);
	}
	if ((tcp->flags & TCP_FLAG_FIN) != 0) {
		out->kinds |= SEGMENT_FIN;
		sender->fins++;
		if (packet->payload_length == 0)
			out->transmission = sender->fins;
		right++;
	}
	if (out->kinds == 0 && (tcp->flags & TCP_FLAG_ACK) != 0) {
		bool probes = sender->was_answered && left < sender->acked;

		out->kinds = probes ? SEGMENT_PROBE : SEGMENT_ACK;
		if (!probes)
			out->ack = ++sender->acks;
	}
	advance(sender, right);
}

/* Over the ceiling: what its header says by itself. */
static uint32_t kinds_by_flags(const struct packet *packet)
{
	uint16_t flags = packet->tcp.flags;
	uint32_t kinds = 0;

	if ((flags & TCP_FLAG_RST) != 0)
		return SEGMENT_RST;
	if ((flags & TCP_FLAG_SYN) != 0)
		kinds = (flags & TCP_FLAG_ACK) != 0 ? SEGMENT_SYN_ACK : SEGMENT_SYN;
	if (packet->payload_length > 0)
		kinds |= SEGMENT_DATA;
	if ((flags & TCP_FLAG_FIN) != 0)
		kinds |= SEGMENT_FIN;
	return kinds == 0 && (flags & TCP_FLAG_ACK) != 0 ? SEGMENT_ACK : kinds;
}

static struct connection *connection_of(struct segment_meanings *meanings, enum lab_host from,
					const struct packet *packet)
{
	struct connection_key key;

	key_of(from, packet, &key);
	uint64_t hash = hash_bytes(&meanings->secret, &key, sizeof(key));
	struct connection *connection = find(meanings, &key, hash);

	if (!connection)
		return add_connection(meanings, &key, hash);
	if (begins_anew(connection, from, &packet->tcp))
		begin_anew(meanings, connection);
	return connection;
}

void segment_meanings_take(struct segment_meanings *meanings, enum lab_host from,
			   const struct packet *packet, struct segment_meaning *out)
{
	const struct tcp_header *tcp = &packet->tcp;

	memset(out, 0, sizeof(*out));
	if (packet->kind != PACKET_TCP)
		return;
	out->is_tcp = true;
	out->from = from;
	struct connection *connection = connection_of(meanings, from, packet);

	if (!connection) {
		meanings->over_ceiling++;
		out->kinds = kinds_by_flags(packet);
		return;
	}
	struct sender *sender = &connection->senders[from];

	out->connection = connection->number;
	out->segment = ++sender->segments;
	sender->window = tcp->window;
	if ((tcp->flags & TCP_FLAG_RST) != 0) {
		out->kinds = SEGMENT_RST;
		sender->resets++;
		connection->ended = true;
		return;
	}
	if ((tcp->flags & TCP_FLAG_SYN) != 0)
		take_syn(sender, tcp, out);
	/* Numbers of a SYN that is out of place would lead astray. */
	if ((tcp->flags & TCP_FLAG_SYN) == 0 || sender->isn == tcp->sequence)
		take_stream(meanings, sender, packet, out);
	take_ack(&connection->senders[lab_other_host(from)], tcp);
	if ((out->kinds & SEGMENT_FIN) != 0)
		connection->ended = true;
}

bool segment_meanings_ends(const struct segment_meanings *meanings, uint32_t connection,
			   struct segment_ends *out)
{
	const struct connection *found = find_number(meanings, connection);

	if (!found)
		return false;
	for (size_t host = 0; host < LAB_HOSTS; host++) {
		out->known[host] = found->senders[host].begun;
		out->next[host] = found->senders[host].next_raw;
		out->window[host] = found->senders[host].window;
		out->segments[host] = found->senders[host].segments;
	}
	return true;
}

static bool happened_to(const struct segment_pattern *pattern, const struct sender *sender)
{
	uint32_t latest = 0;

	switch (pattern->kind) {
	case SEGMENT_SYN:
		latest = sender->syns;
		break;
	case SEGMENT_SYN_ACK:
		latest = sender->syn_acks;
		break;
	case SEGMENT_FIN:
		latest = sender->fins;
		break;
	case SEGMENT_RST:
		return sender->resets > 0;
	case SEGMENT_ANY:
		return pattern->ordinal > 0 && sender->segments >= pattern->ordinal;
	case SEGMENT_DATA:
		return pattern->ordinal > 0 && sender->data >= pattern->ordinal;
	case SEGMENT_ACK:
		return pattern->ordinal > 0 && sender->acks >= pattern->ordinal;
	case SEGMENT_PROBE:
	default:
		return false;
	}
	return latest > 0 && latest >= pattern->ordinal;
}

bool segment_meanings_happened(const struct segment_meanings *meanings,
			       const struct segment_pattern *pattern, uint32_t connection)
{
	const struct connection *found =
		find_number(meanings, pattern->connection ? pattern->connection : connection);

	if (!found)
		return false;
	for (size_t host = 0; host < LAB_HOSTS; host++) {
		if ((pattern->either_host || host == (size_t)pattern->from) &&
		    happened_to(pattern, &found->senders[host]))
			return true;
	}
	return false;
}

static void append_numbered(const char *name, uint32_t number, struct text_builder *out)
{
	text_append(out, name);
	if (number > 0)
		text_append_format(out, " %u", number);
}

void segment_meaning_text(const struct segment_meaning *meaning, struct text_builder *out)
{
	uint32_t kinds = meaning->kinds;

	if (!meaning->is_tcp) {
		text_append(out, "no TCP");
		return;
	}
	text_append(out, lab_host_name(meaning->from));
	if (kinds == 0)
		append_numbered(" segment", meaning->segment, out);
	if ((kinds & SEGMENT_SYN) != 0)
		text_append(out, " SYN");
	if ((kinds & SEGMENT_SYN_ACK) != 0)
		text_append(out, " SYN-ACK");
	if ((kinds & (SEGMENT_SYN | SEGMENT_SYN_ACK)) != 0 && (kinds & SEGMENT_DATA) != 0)
		text_append(out, " with");
	if ((kinds & SEGMENT_DATA) != 0)
		append_numbered(" data", meaning->data, out);
	if ((kinds & SEGMENT_FIN) != 0)
		text_append(out, kinds != SEGMENT_FIN ? " with FIN" : " FIN");
	if ((kinds & SEGMENT_ACK) != 0)
		append_numbered(" ACK", meaning->ack, out);
	if ((kinds & SEGMENT_PROBE) != 0)
		text_append(out, " probe");
	if ((kinds & SEGMENT_RST) != 0)
		text_append(out, " RST");
	if (meaning->transmission > 1)
		text_append(out, " (sent again)");
}
