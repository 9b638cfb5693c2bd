#include "programs/lab_ladders.h"

#include <stdlib.h>
#include <string.h>

#include "programs/connection_messages.h"
#include "programs/lab_events.h"
#include "report/ladder.h"
#include "report/readable.h"
#include "report/story.h"

/* The lines of one segment, or of what a step did. */
struct piece {
	char *text; /* owned */
	size_t length;
};

struct told_connection {
	uint32_t number;
	struct text_builder first;                /* owned; the beginning of its ladder */
	struct piece last[LAB_LADDER_LAST_LINES]; /* owned; the end, as a ring */
	size_t pieces;                            /* all there were */
	size_t next_event;                        /* to stand before the next segment */
	bool began;                               /* a segment of it was told */
	uint32_t by_meaning;         /* with began: its number as the segments' meanings have it */
	int64_t first_ns;            /* with began: when the first was sent */
	uint16_t ports[LAB_HOSTS];   /* with began */
	struct text_builder heading; /* owned */
	struct text_builder story;   /* owned */
	enum lab_host hosts[2];      /* by enum tcp_side */
	bool has_row;
	int64_t row_ns; /* when the last row was, with has_row */
	bool over;
	bool complete; /* with over: both sides have closed it */
};

struct lab_ladders {
	const struct lab_record *record;
	struct lab_ladders_style style;
	struct ladder_style drawn;
	struct connection_messages *messages; /* owned */
	bool several; /* connections: each ladder has its own events, and those of none */
	struct lab_event *events; /* owned; NULL: none */
	size_t event_count;
	struct told_connection **connections; /* owned; by number */
	size_t count;
	size_t bytes; /* of all ladders */
	bool incomplete;
	struct text_builder scratch; /* owned */
};

static uint32_t connections_of(const struct lab_record *record)
{
	uint32_t count = 0;

	for (size_t i = 0; i < record->segment_count; i++) {
		uint32_t number = record->segments[i].meaning.connection;

		count = number > count ? number : count;
	}
	return count;
}

struct lab_ladders *lab_ladders_create(const struct lab_record *record,
				       const struct lab_ladders_style *style)
{
	struct lab_ladders *ladders = calloc(1, sizeof(*ladders));

	if (!ladders)
		return NULL;
	ladders->record = record;
	ladders->style = *style;
	ladders->drawn =
		(struct ladder_style){ .colour = style->colour, .columns = style->columns };
	text_builder_init(&ladders->scratch, LAB_LADDERS_MAX_BYTES);
	ladders->connections =
		calloc(LAB_LADDERS_MAX_CONNECTIONS, sizeof(struct told_connection *));
	ladders->messages = connection_messages_create();
	ladders->several = connections_of(record) > 1;
	ladders->events = lab_events_make(
		record, ladders->several ? LAB_EVENTS_OF_CONNECTIONS : LAB_EVENTS_ALL,
		&ladders->event_count);
	if (ladders->connections && ladders->messages && ladders->events)
		return ladders;
	lab_ladders_destroy(ladders);
	return NULL;
}

static void destroy_connection(struct told_connection *told)
{
	if (!told)
		return;
	text_builder_finish(&told->first);
	text_builder_finish(&told->heading);
	text_builder_finish(&told->story);
	for (size_t i = 0; i < LAB_LADDER_LAST_LINES; i++)
		free(told->last[i].text);
	free(told);
}

void lab_ladders_destroy(struct lab_ladders *ladders)
{
	if (!ladders)
		return;
	for (size_t i = 0; ladders->connections && i < ladders->count; i++)
		destroy_connection(ladders->connections[i]);
	free(ladders->connections);
	connection_messages_destroy(ladders->messages);
	free(ladders->events);
	text_builder_finish(&ladders->scratch);
	free(ladders);
}

/* The connection of that number, made where there is none yet; NULL: not told. */
static struct told_connection *find(struct lab_ladders *ladders, uint32_t number,
				    const enum lab_host hosts[2])
{
	struct told_connection *told;

	if (number == 0 || number > LAB_LADDERS_MAX_CONNECTIONS) {
		ladders->incomplete = true;
		return NULL;
	}
	told = ladders->connections[number - 1];
	if (told)
		return told;
	told = calloc(1, sizeof(*told));
	if (!told) {
		ladders->incomplete = true;
		return NULL;
	}
	told->number = number;
	memcpy(told->hosts, hosts, sizeof(told->hosts));
	text_builder_init(&told->first, LAB_LADDERS_MAX_BYTES);
	text_builder_init(&told->heading, LAB_LADDERS_MAX_BYTES);
	text_builder_init(&told->story, LAB_LADDERS_MAX_BYTES);
	ladders->connections[number - 1] = told;
	ladders->count = number > ladders->count ? number : ladders->count;
	return told;
}

static bool has_ladder(const struct lab_ladders *ladders, uint32_t number)
{
	return ladders->style.whole ||
	       (!ladders->style.stories_only && number <= LAB_LADDERS_SHOWN);
}

static void keep_last(struct lab_ladders *ladders, struct piece *place)
{
	struct piece piece = { .length = ladders->scratch.length };

	ladders->bytes -= place->length;
	free(place->text);
	piece.text = strndup(text_builder_text(&ladders->scratch), piece.length);
	if (!piece.text) {
		piece.length = 0;
		ladders->incomplete = true;
	}
	ladders->bytes += piece.length;
	*place = piece;
}

/* What stands in scratch goes behind the connection's lines. */
static void keep(struct lab_ladders *ladders, struct told_connection *told)
{
	size_t length = ladders->scratch.length;

	if (length > LAB_LADDERS_MAX_BYTES - ladders->bytes) {
		ladders->incomplete = true;
	} else if (ladders->style.whole || told->pieces < LAB_LADDER_FIRST_LINES) {
		text_append_bytes(&told->first, text_builder_text(&ladders->scratch), length);
		ladders->bytes += length;
		ladders->incomplete = ladders->incomplete || told->first.truncated;
	} else {
		keep_last(ladders, &told->last[told->pieces % LAB_LADDER_LAST_LINES]);
	}
	told->pieces++;
	text_builder_clear(&ladders->scratch);
}

static enum tcp_side side_of(const struct told_connection *told, const struct lab_event *event)
{
	if (event->at_cable)
		return TCP_BOTH_SIDES;
	return told->hosts[TCP_CLIENT] == event->host ? TCP_CLIENT : TCP_SERVER;
}

/* Since the row before it, which it then is for the next. */
static int64_t since_row(struct told_connection *told, int64_t at_ns)
{
	int64_t since_ns = told->has_row ? at_ns - told->row_ns : 0;

	told->has_row = true;
	told->row_ns = at_ns;
	return since_ns > 0 ? since_ns : 0;
}

/* Of several connections: its own; the listener that it came to; and of what is nobody's (the
 * cable) not what was before a later one began, nor what was behind its end. */
static bool is_told_here(const struct lab_ladders *ladders, const struct told_connection *told,
			 const struct lab_event *event, bool over)
{
	if (!ladders->several)
		return true;
	if (event->connection != 0)
		return event->connection == told->by_meaning;
	if (event->listens != 0)
		return event->at_ns < told->first_ns && event->listens == told->ports[event->host];
	return !over && (told->number == 1 || event->at_ns >= told->first_ns);
}

/* Those that happened before that moment. */
static void keep_events(struct lab_ladders *ladders, struct told_connection *told, int64_t until_ns,
			bool over)
{
	while (told->next_event < ladders->event_count &&
	       ladders->events[told->next_event].at_ns <= until_ns) {
		const struct lab_event *event = &ladders->events[told->next_event++];
		struct ladder_event drawn = {
			.at_ns = event->at_ns,
			.side = side_of(told, event),
			.text = event->text,
			.failed = event->failed,
		};

		if (!is_told_here(ladders, told, event, over))
			continue;
		drawn.since_ns = since_row(told, event->at_ns);
		ladder_event(&ladders->scratch, &drawn, &ladders->drawn);
		keep(ladders, told);
	}
}

static void begin(struct told_connection *told, const struct lab_inferred_segment *segment)
{
	if (told->began)
		return;
	told->began = true;
	told->by_meaning = segment->segment->meaning.connection;
	told->first_ns = segment->segment->sent_ns;
	for (int side = 0; side < 2; side++)
		told->ports[segment->hosts[side]] = segment->connection->ends[side].port;
}

static struct ladder_truth_state truth_of_end(const struct lab_end_state *end)
{
	return (struct ladder_truth_state){
		.known = end->happened && (end->asked || end->inferred),
		.changes = end->changes,
		.by_kernel = end->asked,
		.differs = end->differs,
		.state = end->asked ? end->kernel : end->by_wire,
		.by_wire = end->by_wire,
	};
}

static struct ladder_truth truth_of(const struct lab_inferred_segment *segment)
{
	const struct lab_segment *seen = segment->segment;
	enum tcp_side from = segment->facts->from;
	struct ladder_truth truth = {
		.sent_ns = seen->sent_ns,
		.fate = LADDER_ON_ITS_WAY,
		.why = seen->why,
		.forged = seen->forged,
		.changed = seen->changed,
		.copy_of = segment->copy_of,
		.overtaken_by = segment->overtaken_by,
	};

	if (seen->lost) {
		truth.fate = LADDER_LOST;
	} else if (seen->delivered_ns >= 0) {
		truth.fate = segment->arrives_later ? LADDER_ARRIVES_LATER : LADDER_ARRIVED;
		truth.way_ns = seen->delivered_ns - seen->sent_ns;
	}
	truth.states[from] = truth_of_end(&segment->ends[LAB_SENT]);
	truth.states[tcp_other_side(from)] = truth_of_end(&segment->ends[LAB_DELIVERED]);
	return truth;
}

void lab_ladders_segment(struct lab_ladders *ladders, const struct lab_inferred_segment *segment)
{
	struct told_connection *told = find(ladders, segment->number, segment->hosts);
	struct ladder_truth truth = truth_of(segment);
	struct ladder_line line = {
		.connection = segment->connection,
		.segment = segment->facts,
		.truth = &truth,
		.proven = segment->proven,
	};

	if (!told || !has_ladder(ladders, segment->number))
		return;
	line.message_count = connection_messages_segment(ladders->messages, segment->connection,
							 segment->facts, &line.messages);
	begin(told, segment);
	keep_events(ladders, told, truth.sent_ns, false);
	truth.since_ns = since_row(told, truth.sent_ns);
	ladder_segment(&ladders->scratch, &line, &ladders->drawn);
	keep(ladders, told);
}

void lab_ladders_arrival(struct lab_ladders *ladders, const struct lab_arrival *arrival)
{
	struct told_connection *told = NULL;
	struct ladder_arrival drawn = {
		.frame = arrival->frame,
		.connection = arrival->number,
		.at_ns = arrival->segment->delivered_ns,
		.way_ns = arrival->segment->delivered_ns - arrival->segment->sent_ns,
		.from = arrival->from,
		.flags = arrival->flags,
		.state = truth_of_end(arrival->end),
	};

	if (arrival->number > 0 && arrival->number <= ladders->count)
		told = ladders->connections[arrival->number - 1];
	if (!told || !has_ladder(ladders, arrival->number))
		return;
	keep_events(ladders, told, drawn.at_ns, false);
	drawn.since_ns = since_row(told, drawn.at_ns);
	ladder_arrival(&ladders->scratch, &drawn, &ladders->drawn);
	keep(ladders, told);
}

void lab_ladders_error(struct lab_ladders *ladders, const struct lab_inferred_error *error)
{
	const struct lab_segment *seen = error->segment;
	struct told_connection *told = NULL;
	struct ladder_error drawn = {
		.frame = error->frame,
		.connection = error->number,
		.at_ns = seen->sent_ns,
		.way_ns = seen->delivered_ns - seen->sent_ns,
		.has_arrived = seen->delivered_ns >= 0,
		.to = error->to,
		.icmp = error->icmp,
	};

	if (error->number > 0 && error->number <= ladders->count)
		told = ladders->connections[error->number - 1];
	if (!told || !has_ladder(ladders, error->number))
		return;
	keep_events(ladders, told, drawn.at_ns, false);
	drawn.since_ns = since_row(told, drawn.at_ns);
	ladder_error(&ladders->scratch, &drawn, &ladders->drawn);
	keep(ladders, told);
}

void lab_ladders_connection(struct lab_ladders *ladders,
			    const struct lab_inferred_connection *connection)
{
	struct told_connection *told = find(ladders, connection->number, connection->hosts);
	const struct story_style style = { .colour = ladders->style.colour,
					   .columns = ladders->style.prose_columns };

	connection_messages_forget(ladders->messages, connection->connection->number);
	if (!told || told->over)
		return;
	told->over = true;
	told->complete = connection->connection->is_complete;
	if (has_ladder(ladders, connection->number))
		ladder_heading(&told->heading, connection->connection, &ladders->drawn);
	if (ladders->style.whole || connection->number <= LAB_STORIES_SHOWN)
		story_connection(&told->story, connection->connection, &style);
}

void lab_ladders_close(struct lab_ladders *ladders)
{
	for (size_t i = 0; i < ladders->count; i++) {
		struct told_connection *told = ladders->connections[i];

		if (!told || !has_ladder(ladders, told->number))
			continue;
		keep_events(ladders, told, INT64_MAX, told->complete);
	}
}

size_t lab_ladders_count(const struct lab_ladders *ladders)
{
	return ladders->count;
}

bool lab_ladders_incomplete(const struct lab_ladders *ladders)
{
	return ladders->incomplete;
}

static void append_last(const struct told_connection *told, struct text_builder *out)
{
	size_t behind = told->pieces - LAB_LADDER_FIRST_LINES;
	size_t kept = behind < LAB_LADDER_LAST_LINES ? behind : LAB_LADDER_LAST_LINES;

	if (behind > kept) {
		text_append(out, "          ... ");
		readable_count(out, behind - kept);
		text_append(out, " more; --segments shows them all ...\n");
	}
	for (size_t number = told->pieces - kept; number < told->pieces; number++) {
		const struct piece *piece = &told->last[number % LAB_LADDER_LAST_LINES];

		if (piece->text)
			text_append_bytes(out, piece->text, piece->length);
	}
}

void lab_ladders_append(const struct lab_ladders *ladders, size_t i, struct text_builder *out)
{
	const struct told_connection *told = ladders->connections[i];

	if (!told)
		return;
	text_append_bytes(out, text_builder_text(&told->heading), told->heading.length);
	text_append_bytes(out, text_builder_text(&told->first), told->first.length);
	if (!ladders->style.whole && told->pieces > LAB_LADDER_FIRST_LINES)
		append_last(told, out);
	if (told->heading.length > 0 && told->story.length > 0)
		text_append(out, "\n");
	text_append_bytes(out, text_builder_text(&told->story), told->story.length);
}
