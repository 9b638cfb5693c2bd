#include "programs/states_groups.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_table.h"
#include "base/json_writer.h"
#include "programs/states_holder.h"
#include "report/state_counts.h"
#include "report/wrapped_lines.h"

#define GROUPS_MAX ((size_t)100000) /* what is beyond them is one group, said to be that */
#define LABEL_BYTES 64u
#define GAP 2 /* blanks between columns */

/* What sockets have in common; the rest of the bytes are zero, so that it can be hashed. */
struct group_key {
	uint16_t port;             /* --by port */
	bool is_far;               /* the port is the peer's */
	bool is_rest;              /* of all that found no group of their own */
	uint8_t holder;            /* --by program: enum states_holder_kind */
	struct ip_address address; /* --by peer; version 0: none */
	char program[SOCKET_OWNER_PROGRAM_BYTES];
};

struct group {
	struct hash_node node; /* first: found by a cast */
	struct group_key key;
	struct state_counts counts;
	uint64_t total;
	char program[SOCKET_OWNER_PROGRAM_BYTES]; /* of a port: whose it is; empty: not known */
};

struct groups {
	const struct states_sample *sample;
	const struct states_options *options;
	struct hash_table table;
	struct hash_secret secret;
	struct group *rest; /* owned; NULL: none needed one */
};

static bool is_zero(const struct ip_address *address)
{
	static const uint8_t zero[sizeof(address->bytes)];

	return memcmp(address->bytes, zero, sizeof(zero)) == 0;
}

static void make_key(const struct groups *groups, const struct diag_socket *socket,
		     struct group_key *key)
{
	struct states_holder holder;

	memset(key, 0, sizeof(*key));
	switch (groups->options->by) {
	case STATES_BY_PORT:
		key->is_far = socket->remote_port > 0 &&
			      !states_sample_listens(groups->sample, socket->local_port);
		key->port = key->is_far ? socket->remote_port : socket->local_port;
		break;
	case STATES_BY_PEER:
		if (socket->remote_port > 0 || !is_zero(&socket->remote))
			key->address = socket->remote;
		break;
	case STATES_BY_PROGRAM:
		holder = states_holder_of(groups->sample, socket);
		key->holder = (uint8_t)holder.kind;
		if (holder.kind == STATES_HELD)
			memcpy(key->program, holder.owner.program, sizeof(key->program));
		break;
	}
}

static struct group *find_group(const struct groups *groups, const struct group_key *key,
				uint64_t hash)
{
	struct hash_node *node = hash_table_first_match(&groups->table, hash);

	while (node && memcmp(&((struct group *)node)->key, key, sizeof(*key)) != 0)
		node = hash_table_next_match(node);
	return (struct group *)node;
}

static struct group *add_group(struct groups *groups, const struct group_key *key, uint64_t hash)
{
	struct group *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	memcpy(&group->key, key, sizeof(*key));
	if (hash_table_insert(&groups->table, &group->node, hash))
		return group;
	free(group);
	return NULL;
}

static struct group *rest_of(struct groups *groups)
{
	if (!groups->rest) {
		groups->rest = calloc(1, sizeof(*groups->rest));
		if (groups->rest)
			groups->rest->key.is_rest = true;
	}
	return groups->rest;
}

/* A port's program is that of the first socket of it that has one. */
static void note_program(const struct groups *groups, struct group *group,
			 const struct diag_socket *socket)
{
	struct states_holder holder;

	if (groups->options->by != STATES_BY_PORT || group->key.is_far || group->program[0])
		return;
	holder = states_holder_of(groups->sample, socket);
	if (holder.kind == STATES_HELD)
		memcpy(group->program, holder.owner.program, sizeof(group->program));
}

static bool count_socket(struct groups *groups, const struct diag_socket *socket)
{
	struct group_key key;
	struct group *group;
	uint64_t hash;

	make_key(groups, socket, &key);
	hash = hash_bytes(&groups->secret, &key, sizeof(key));
	group = find_group(groups, &key, hash);
	if (!group)
		group = groups->table.count < GROUPS_MAX ? add_group(groups, &key, hash)
							 : rest_of(groups);
	if (!group)
		return false;
	group->counts.now[states_of(socket->state)]++;
	group->total++;
	note_program(groups, group, socket);
	return true;
}

static const char *label_of(const struct groups *groups, const struct group *group,
			    char out[LABEL_BYTES])
{
	const struct states_holder holder = { .kind = (enum states_holder_kind)group->key.holder };

	if (group->key.is_rest)
		return "all others";
	switch (groups->options->by) {
	case STATES_BY_PORT:
		(void)snprintf(out, LABEL_BYTES, "%s%u", group->key.is_far ? "to " : "",
			       group->key.port);
		return out;
	case STATES_BY_PEER:
		if (group->key.address.version == 0)
			return "(no peer)";
		(void)ip_address_text(&group->key.address, out);
		return out;
	case STATES_BY_PROGRAM:
		break;
	}
	if (holder.kind == STATES_HELD)
		return group->key.program;
	(void)snprintf(out, LABEL_BYTES, "%s", states_holder_name(&holder));
	return out;
}

/* "15 ESTABLISHED, 6 LISTEN", from that column on; lines are broken behind commas. */
static void append_states(struct states_output *output, const struct group *group, int indent)
{
	enum tcp_state order[TCP_STATE_COUNT];
	size_t column = (size_t)indent;

	state_counts_order(&group->counts, order);
	for (size_t i = 0; i < TCP_STATE_COUNT && group->counts.now[order[i]] > 0; i++) {
		bool is_last = i + 1 == TCP_STATE_COUNT || group->counts.now[order[i + 1]] == 0;
		char text[LABEL_BYTES];
		size_t length = (size_t)snprintf(text, sizeof(text), "%" PRIu64 " %s%s",
						 group->counts.now[order[i]],
						 tcp_state_name(order[i]), is_last ? "" : ",");

		if (i > 0 && output->columns > 0 && column + 1 + length > output->columns) {
			text_append_format(&output->text, "\n%*s", indent, "");
			column = (size_t)indent;
		} else if (i > 0) {
			text_append(&output->text, " ");
			column++;
		}
		text_append(&output->text, text);
		column += length;
	}
	text_append(&output->text, "\n");
}

struct widths {
	int label;
	int program; /* 0: no such column */
	int total;
};

static int width_of(const char *text)
{
	return (int)wrapped_lines_width(text, strlen(text));
}

static int wider(int one, int other)
{
	return one > other ? one : other;
}

/* printf() counts bytes; people see columns. */
static int padding(const char *text, int columns)
{
	return columns + (int)strlen(text) - width_of(text);
}

static const char *title_of(enum states_by by)
{
	static const char *const titles[] = { [STATES_BY_PORT] = "PORT",
					      [STATES_BY_PEER] = "PEER",
					      [STATES_BY_PROGRAM] = "PROGRAM" };

	return titles[by];
}

static struct widths measure(const struct groups *groups, struct group *const *sorted, size_t count)
{
	struct widths widths = { .label = width_of(title_of(groups->options->by)),
				 .total = (int)strlen("SOCKETS") };

	for (size_t i = 0; i < count; i++) {
		char label[LABEL_BYTES];
		char total[32];

		widths.label = wider(widths.label, width_of(label_of(groups, sorted[i], label)));
		if (sorted[i]->program[0])
			widths.program = wider(wider(widths.program, (int)strlen("PROGRAM")),
					       width_of(sorted[i]->program));
		(void)snprintf(total, sizeof(total), "%" PRIu64, sorted[i]->total);
		widths.total = wider(widths.total, width_of(total));
	}
	return widths;
}

static void append_head(struct states_output *output, const struct groups *groups,
			const struct widths *widths)
{
	text_append_format(&output->text, "%s%-*s  ", states_output_bold(output), widths->label,
			   title_of(groups->options->by));
	if (widths->program > 0)
		text_append_format(&output->text, "%-*s  ", widths->program, "PROGRAM");
	text_append_format(&output->text, "%*s  STATES%s\n", widths->total, "SOCKETS",
			   states_output_plain(output));
}

static void append_group(struct states_output *output, const struct groups *groups,
			 const struct widths *widths, const struct group *group)
{
	struct text_builder *out = &output->text;
	char text[LABEL_BYTES];
	const char *label = label_of(groups, group, text);
	int indent = widths->label + GAP + widths->total + GAP;

	text_append_format(out, "%-*s  ", padding(label, widths->label), label);
	if (widths->program > 0) {
		text_append_format(out, "%-*s  ", padding(group->program, widths->program),
				   group->program);
		indent += widths->program + GAP;
	}
	text_append_format(out, "%*" PRIu64 "  ", widths->total, group->total);
	append_states(output, group, indent);
	states_output_row(output);
}

static void append_json_key(struct json_writer *json, const struct groups *groups,
			    const struct group *group)
{
	char text[IP_ENDPOINT_TEXT_BYTES];

	json_name(json, "by");
	switch (groups->options->by) {
	case STATES_BY_PORT:
		json_string(json, "port");
		if (group->key.is_rest)
			return;
		json_name(json, "port");
		json_unsigned(json, group->key.port);
		json_name(json, "end");
		json_string(json, group->key.is_far ? "peer" : "local");
		if (group->program[0]) {
			json_name(json, "program");
			json_string(json, group->program);
		}
		return;
	case STATES_BY_PEER:
		json_string(json, "peer");
		if (group->key.is_rest || group->key.address.version == 0)
			return;
		(void)ip_address_text(&group->key.address, text);
		json_name(json, "peer");
		json_string(json, text);
		return;
	case STATES_BY_PROGRAM:
		break;
	}
	json_string(json, "program");
	if (group->key.is_rest)
		return;
	if (group->key.holder == STATES_HELD) {
		json_name(json, "program");
		json_string(json, group->key.program);
	}
	json_name(json, "holder");
	json_string(json, states_holder_word((enum states_holder_kind)group->key.holder));
}

static void append_json(struct states_output *output, const struct groups *groups,
			const struct group *group)
{
	struct json_writer json = json_writer_on(&output->text);

	json_begin_object(&json);
	json_name(&json, "type");
	json_string(&json, "group");
	append_json_key(&json, groups, group);
	if (group->key.is_rest) {
		json_name(&json, "rest");
		json_bool(&json, true);
	}
	json_name(&json, "count");
	json_unsigned(&json, group->total);
	json_name(&json, "states");
	json_begin_object(&json);
	for (unsigned state = 0; state < TCP_STATE_COUNT; state++) {
		if (group->counts.now[state] == 0)
			continue;
		json_name(&json, tcp_state_name((enum tcp_state)state));
		json_unsigned(&json, group->counts.now[state]);
	}
	json_end_object(&json);
	json_end_object(&json);
	text_append(&output->text, "\n");
	states_output_row(output);
}

/* The largest first; equal ones by what they have in common, so that rows stay where they are. */
static int compare(const void *one, const void *other)
{
	const struct group *left = *(struct group *const *)one;
	const struct group *right = *(struct group *const *)other;

	if (left->key.is_rest != right->key.is_rest)
		return left->key.is_rest ? 1 : -1;
	if (left->total != right->total)
		return left->total > right->total ? -1 : 1;
	if (left->key.is_far != right->key.is_far)
		return left->key.is_far ? 1 : -1;
	if (left->key.port != right->key.port)
		return left->key.port < right->key.port ? -1 : 1;
	return memcmp(&left->key, &right->key, sizeof(left->key));
}

static void write_sorted(struct states_output *output, const struct groups *groups,
			 struct group *const *sorted, size_t count)
{
	struct widths widths = measure(groups, sorted, count);

	if (!groups->options->json)
		append_head(output, groups, &widths);
	for (size_t i = 0; i < count && !output->failed; i++) {
		if (groups->options->json)
			append_json(output, groups, sorted[i]);
		else
			append_group(output, groups, &widths, sorted[i]);
	}
}

/* Empties the table. False: out of memory; what was gathered so far is to be given back. */
static bool gather(struct groups *groups, struct group ***out, size_t *out_count)
{
	struct group **sorted = calloc(groups->table.count + 1, sizeof(struct group *));
	struct hash_node *node;
	size_t count = 0;

	if (!sorted)
		return false;
	while ((node = hash_table_any(&groups->table))) {
		hash_table_remove(&groups->table, node);
		sorted[count++] = (struct group *)node;
	}
	if (groups->rest)
		sorted[count++] = groups->rest;
	groups->rest = NULL;
	qsort(sorted, count, sizeof(struct group *), compare);
	*out = sorted;
	*out_count = count;
	return true;
}

static void finish(struct groups *groups)
{
	struct hash_node *node;

	while ((node = hash_table_any(&groups->table))) {
		hash_table_remove(&groups->table, node);
		free(node);
	}
	hash_table_finish(&groups->table);
	free(groups->rest);
}

bool states_groups_write(struct states_output *output, const struct states_sample *sample,
			 const struct states_options *options)
{
	struct groups groups = { .sample = sample, .options = options };
	struct group **sorted;
	size_t count;
	bool counted = true;

	hash_table_init(&groups.table);
	hash_secret_init(&groups.secret);
	for (size_t i = 0; i < sample->count && counted; i++)
		counted = count_socket(&groups, &sample->sockets[i]);
	counted = counted && gather(&groups, &sorted, &count);
	if (counted) {
		if (count > 0)
			write_sorted(output, &groups, sorted, count);
		for (size_t i = 0; i < count; i++)
			free(sorted[i]);
		free(sorted);
	}
	finish(&groups);
	return counted;
}
