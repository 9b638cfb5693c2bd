#include "tcp_lab/lab_counters.h"

#include <stddef.h>
#include <string.h>

#include "base/decimal.h"

/* Past the line's end; the text's end. */
static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

static bool is_of_group(const char *line, const char *group, size_t length)
{
	return strncmp(line, group, length) == 0 && line[length] == ':';
}

/* *word: the last one, of *length; becomes the next one. False: the line has no more. */
static bool next_word(const char **word, size_t *length)
{
	const char *at = *word + *length;

	at += strspn(at, " ");
	*word = at;
	*length = strcspn(at, " \n");
	return *length > 0;
}

static bool is_number(const char *word, size_t length, uint64_t *out)
{
	char digits[DECIMAL_MAX_BYTES];

	if (length >= sizeof(digits))
		return false;
	memcpy(digits, word, length);
	digits[length] = '\0';
	return decimal_parse(digits, 0, UINT64_MAX, out);
}

bool lab_counter_find(const char *text, const char *group, const char *name, uint64_t *out)
{
	size_t group_length = strlen(group);
	size_t wanted = strlen(name);
	const char *names = text;
	const char *values;
	size_t name_length = group_length + 1;
	size_t value_length = name_length; /* of the groups' own names, before the first word */

	while (*names && !is_of_group(names, group, group_length))
		names = next_line(names);
	values = next_line(names);
	if (!*names || !is_of_group(values, group, group_length))
		return false;
	while (next_word(&names, &name_length) && next_word(&values, &value_length)) {
		if (name_length == wanted && strncmp(names, name, wanted) == 0)
			return is_number(values, value_length, out);
	}
	return false;
}

bool lab_counts_read(const char *snmp, const char *netstat, struct lab_counts *out)
{
	enum file { SNMP, NETSTAT };
#define AS_ROW(constant, file, group, name) { constant, file, group, name },
	static const struct row {
		enum lab_counter counter;
		enum file file;
		const char *group;
		const char *name;
	} rows[] = { LAB_COUNTERS(AS_ROW) };
#undef AS_ROW
	struct lab_counts counts = { 0 };
	bool has_first = false;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		bool found = lab_counter_find(row->file == SNMP ? snmp : netstat, row->group,
					      row->name, &counts.values[row->counter]);

		if (row->counter == LAB_COUNTER_SENT_AGAIN)
			has_first = found;
	}
	if (has_first)
		*out = counts;
	return has_first;
}

/* Behind the name and its colon come 8 counters of what was received: bytes, packets, errors,
 * dropped and so on, then the same of what was sent. */
#define SENT_COLUMN 9
#define DROPPED_COLUMN 11

static bool device_counter(const char *text, const char *device, int counter, uint64_t *out)
{
	size_t name_length = strlen(device);
	const char *line = text;
	const char *word;
	size_t length = name_length + 1;

	for (;;) {
		if (!*line)
			return false;
		word = line + strspn(line, " ");
		if (is_of_group(word, device, name_length))
			break;
		line = next_line(line);
	}
	for (int column = 0; column <= counter; column++) {
		if (!next_word(&word, &length))
			return false;
	}
	return is_number(word, length, out);
}

bool lab_counter_sent(const char *text, const char *device, uint64_t *out)
{
	return device_counter(text, device, SENT_COLUMN, out);
}

bool lab_counter_dropped(const char *text, const char *device, uint64_t *out)
{
	return device_counter(text, device, DROPPED_COLUMN, out);
}
